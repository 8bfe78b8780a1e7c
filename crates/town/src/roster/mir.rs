//! How much ozone a kilogram of a solvent mix may form, against a base mix.
//!
//! In: `rules/mir.toml` (maximum incremental reactivities, each with its source) and a mix in mass per cent. Out: a
//! reactivity, thousandths, 1000 for the base mix. Can't happen: a name that nobody knows counted as if it were known;
//! a mix of more than the whole.

use std::collections::BTreeMap;

use serde::Deserialize;

use cuofeng_aqi::{Milli, parse_milli, round_half_even};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// The reactivities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mir {
    species: Vec<Species>,
    /// Reactivity of the base mix, thousandths of a gram of ozone a gram.
    base: Milli,
}

/// A substance.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Species {
    names: [String; 3],
    mir: Milli,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sources: BTreeMap<String, String>,
    base: Base,
    species: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Base {
    mix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    zh: String,
    en: String,
    mir: String,
    source: String,
}

/// Why the file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MirError {
    /// Not the shape of the file.
    #[error("{0}")]
    Toml(toml::de::Error),
    /// A value that is no decimal above 0, or without a source.
    #[error("`{0}` needs a `mir` above 0 and a `source` of [sources]")]
    Species(String),
    /// The base mix is none.
    #[error("`mix` of [base]: {0}")]
    Base(MixError),
}

/// Why a mix can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MixError {
    /// A part without a name or a per cent figure above 0.
    #[error("not written as a name and per cent")]
    Form,
    /// A substance that the file does not have.
    #[error("an unknown substance")]
    Unknown,
    /// More than 100 per cent, or for the base less.
    #[error("does not come to 100 per cent")]
    Sum,
}

impl MirError {
    /// In words of the reader's language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Toml(error) => msg!("site.not_toml", error = error.message()),
            Self::Species(id) => msg!("site.mir_species", id = id),
            Self::Base(MixError::Form) => msg!("site.mir_form"),
            Self::Base(MixError::Unknown) => msg!("site.mir_unknown"),
            Self::Base(MixError::Sum) => msg!("site.mir_sum"),
        }
    }
}

/// A hundred per cent.
const WHOLE: Milli = 100_000;

impl Mir {
    /// Reads the file and checks that its figures can be used.
    pub fn parse(source: &str) -> Result<Self, MirError> {
        let file: File = toml::from_str(source).map_err(MirError::Toml)?;
        let mut species = Vec::new();
        for line in file.species {
            let mir = parse_milli(&line.mir).filter(|mir| (1..=100_000).contains(mir));
            let (Some(mir), true) = (mir, file.sources.contains_key(&line.source)) else {
                return Err(MirError::Species(line.id));
            };
            species.push(Species { names: [line.id, line.zh, line.en], mir });
        }
        let mut mir = Self { species, base: 0 };
        let (known, rest) = mir.sum(&file.base.mix).map_err(MirError::Base)?;
        if rest != 0 {
            return Err(MirError::Base(MixError::Sum));
        }
        mir.base = round_half_even(known, WHOLE);
        Ok(mir)
    }

    /// The reactivity of a mix, thousandths: what is not named in it counts as the base mix.
    pub fn reactivity(&self, mix: &str) -> Result<Milli, MixError> {
        let (known, rest) = self.sum(mix)?;
        Ok(round_half_even(known, self.base.max(1) * (WHOLE / 1000)) + round_half_even(rest, WHOLE / 1000))
    }

    /// Per cent times reactivity of what is known, and the per cent of the rest, in thousandths.
    fn sum(&self, mix: &str) -> Result<(i64, Milli), MixError> {
        let (mut known, mut rest, mut all) = (0, WHOLE, 0);
        for part in mix.split([';', '；', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            let part = part.trim_end_matches(['%', '％']).trim_end();
            let name = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            let percent = part.get(name.len()..).and_then(parse_milli).filter(|percent| *percent > 0);
            let (name, percent) = (name.trim(), percent.ok_or(MixError::Form)?);
            if name.is_empty() || percent > WHOLE {
                return Err(if name.is_empty() { MixError::Form } else { MixError::Sum });
            }
            all += percent;
            if ["其他", "其它", "other"].contains(&name) {
                continue;
            }
            rest -= percent;
            known += percent * self.mir_of(name).ok_or(MixError::Unknown)?;
        }
        if all > WHOLE { Err(MixError::Sum) } else { Ok((known, rest)) }
    }

    fn mir_of(&self, name: &str) -> Option<Milli> {
        let is = |known: &String| known.eq_ignore_ascii_case(name);
        self.species.iter().find(|species| species.names.iter().any(is)).map(|species| species.mir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mir() -> Mir {
        Mir::parse(include_str!("../../../../rules/mir.toml")).expect("the file that ships")
    }

    #[test]
    fn a_mix_counts_by_its_parts_against_the_base_mix() {
        let mir = mir();
        // 0.2 × 4 + 0.2 × 7.8 + 0.05 × 7.64 + 0.1 × 3.04 + 0.2 × 0.63 + 0.15 × 0.83 + 0.1 × 0.61 = 3.3575
        assert_eq!(mir.base, 3358);
        for (mix, reactivity) in [
            ("甲苯 100", 1191),                       // 4 / 3.358
            ("toluene 50%；butyl acetate 50 %", 719), // 2.415 / 3.358
            ("间/对二甲苯40；其他 60", 1529),         // 3.12 / 3.358 + 0.6
            ("1,2,4-三甲苯 10", 1164),                // 0.887 / 3.358 + 0.9
            ("其他 100", 1000),
            ("", 1000),
        ] {
            assert_eq!(mir.reactivity(mix), Ok(reactivity), "{mix}");
        }
    }

    #[test]
    fn a_mix_that_cannot_be_read_is_refused() {
        let mir = mir();
        for (mix, error) in [
            ("甲苯", MixError::Form),
            ("40", MixError::Form),
            ("甲苯 0", MixError::Form),
            ("甲苯 1.2.3", MixError::Form),
            ("甲笨 40", MixError::Unknown),
            ("甲苯 60；苯 50", MixError::Sum),
            ("甲苯 60；其他 50", MixError::Sum),
            ("甲苯 99999999999999999999", MixError::Form),
        ] {
            assert_eq!(mir.reactivity(mix), Err(error), "{mix}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why() {
        let text = include_str!("../../../../rules/mir.toml");
        for (from, to, wanted) in [
            ("mir = \"4.00\"", "mir = \"-4\"", MirError::Species("toluene".into())),
            ("source = \"carter-2010\"", "source = \"hearsay\"", MirError::Species("toluene".into())),
            ("甲苯 20；", "甲苯 10；", MirError::Base(MixError::Sum)),
        ] {
            assert_eq!(Mir::parse(&text.replacen(from, to, 1)), Err(wanted), "{to}");
        }
        assert!(matches!(Mir::parse("base = 1"), Err(MirError::Toml(_))));
    }
}
