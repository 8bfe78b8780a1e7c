//! How forecasts differ from what is observed later: the figures that a pretended forecast is made with.
//!
//! In: `rules/errors.toml`. Out: for a variable and a kind of model the slope and the spread, and how errors hang
//! together from day to day, from run to run and from place to place. Can't happen: a figure without a source; a
//! correlation outside 0 to 1; a concentration without figures.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Variable;

/// What kind of model makes the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// One as most are.
    #[default]
    Usual,
    /// One that hardly forecasts a peak.
    Damped,
}

/// The logarithm of a day's forecast against that of the day observed.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Fit {
    /// By how much the forecast follows what is observed; below 1 peaks come out low. 0 to 1.5.
    pub slope: f64,
    /// Standard deviation of what is left. 0 to 2.
    pub spread: f64,
}

/// The figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    /// Correlation of one day's error with the next one's, at the same lead.
    pub days: f64,
    /// Share of the error's variance that all runs of a day have in common.
    pub runs: f64,
    /// Correlation between stations of a region.
    pub regions: f64,
    /// Standard deviation of a station's own bias, as a logarithm.
    pub bias: f64,
    usual: BTreeMap<Variable, Fit>,
    damped: BTreeMap<Variable, Fit>,
    other: Fit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sources: BTreeMap<String, String>,
    error: Structure,
    usual: Vec<Line>,
    #[serde(default)]
    damped: Vec<Line>,
    other: Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Structure {
    days: f64,
    runs: f64,
    regions: f64,
    bias: f64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    variable: String,
    slope: f64,
    spread: f64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    r#as: String,
}

/// Why the file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorsError {
    /// Not the shape of the file.
    #[error("{0}")]
    Toml(toml::de::Error),
    /// A figure of how errors hang together that is impossible, or without a source.
    #[error(
        "[error] needs `days`, `runs` and `regions` from 0 to 1, `days` at most `runs`, `bias` from 0 to 1, and a `source` of [sources]"
    )]
    Structure,
    /// A line for what is no concentration, twice the same, out of range, or without a source.
    #[error(
        "`{0}` must be a concentration, named once, with `slope` from 0 to 1.5, `spread` from 0 to 2 and a `source` of [sources]"
    )]
    Line(String),
    /// `as` names no line of [[usual]].
    #[error("[other] `as` must name a variable of [[usual]], not `{0}`")]
    Other(String),
}

impl Errors {
    /// Reads the file and checks its figures.
    pub fn parse(source: &str) -> Result<Self, ErrorsError> {
        let file: File = toml::from_str(source).map_err(ErrorsError::Toml)?;
        let Structure { days, runs, regions, bias, source } = file.error;
        let parts = [days, runs, regions, bias].iter().all(|part| (0.0..=1.0).contains(part));
        if !parts || days > runs || !file.sources.contains_key(&source) {
            return Err(ErrorsError::Structure);
        }
        let (usual, damped) = (fits(file.usual, &file.sources)?, fits(file.damped, &file.sources)?);
        let other = Variable::named(&file.other.r#as).and_then(|v| usual.get(&v)).copied();
        let other = other.ok_or(ErrorsError::Other(file.other.r#as))?;
        Ok(Self { days, runs, regions, bias, usual, damped, other })
    }

    /// The figures of a variable; those of another one where it has none of its own.
    #[must_use]
    pub fn fit(&self, kind: Kind, variable: Variable) -> Fit {
        let damped = (kind == Kind::Damped).then(|| self.damped.get(&variable)).flatten();
        damped.or_else(|| self.usual.get(&variable)).copied().unwrap_or(self.other)
    }
}

fn fits(lines: Vec<Line>, sources: &BTreeMap<String, String>) -> Result<BTreeMap<Variable, Fit>, ErrorsError> {
    let mut fits = BTreeMap::new();
    for Line { variable, slope, spread, source } in lines {
        let known = Variable::named(&variable).filter(|v| Variable::AIR.contains(v));
        let is_fine = (0.0..=1.5).contains(&slope) && (0.0..=2.0).contains(&spread) && sources.contains_key(&source);
        let Some(known) = known.filter(|_| is_fine) else { return Err(ErrorsError::Line(variable)) };
        if fits.insert(known, Fit { slope, spread }).is_some() {
            return Err(ErrorsError::Line(variable));
        }
    }
    Ok(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../../rules/errors.toml");

    #[test]
    fn what_has_no_figures_of_its_own_takes_those_that_the_file_names() {
        let errors = Errors::parse(SHIPPED).expect("the file that ships");
        let of = |kind, variable| {
            let fit = errors.fit(kind, variable);
            [fit.slope, fit.spread].map(|figure| (figure * 100.0).round())
        };
        for (kind, variable, figures) in [
            (Kind::Usual, Variable::O3, [70.0, 29.0]),
            (Kind::Damped, Variable::O3, [27.0, 8.0]),
            (Kind::Damped, Variable::Pm10, [86.0, 49.0]),
            (Kind::Usual, Variable::No2, [65.0, 47.0]),
            (Kind::Usual, Variable::AqiHour, [65.0, 47.0]),
        ] {
            assert_eq!(of(kind, variable).map(f64::to_bits), figures.map(f64::to_bits), "{kind:?} {variable:?}");
        }
    }

    #[test]
    fn a_figure_that_is_impossible_or_has_no_source_is_refused() {
        for (from, to) in [
            ("days = 0.56", "days = 1.2"),
            ("days = 0.56", "days = 0.9"),
            ("bias = 0.13", "bias = -0.1"),
            ("slope = 0.70", "slope = 7.0"),
            ("spread = 0.29", "spread = nan"),
            ("variable = \"pm10\"", "variable = \"o3\""),
            ("variable = \"pm10\"", "variable = \"wind\""),
            ("as = \"pm25\"", "as = \"co\""),
            ("source = \"arpa-fvg\"", "source = \"hearsay\""),
        ] {
            assert!(SHIPPED.contains(from), "{from}");
            assert!(Errors::parse(&SHIPPED.replacen(from, to, 1)).is_err(), "{from} → {to}");
        }
    }
}
