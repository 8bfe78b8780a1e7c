//! The sections of a rule file, as they stand, and the words that their keys may have.
//!
//! Can't happen: an unknown key passed over.

use serde::Deserialize;
use toml::Spanned;

use super::rule::{Ask, AtDeadline, Precursor, Recipients, Release};
use crate::config::Form;
use crate::forecast::Take;
use crate::roster::Grade;

/// A file without its rules: nothing else may stand in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rest {}

/// A rule without its lists of tables.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) source: Spanned<String>,
    pub(super) release: Option<Spanned<String>>,
    pub(super) deadline_hours: Option<Spanned<u32>>,
    pub(super) at_deadline: Option<Spanned<String>>,
    pub(super) season: Option<Spanned<String>>,
    pub(super) standing: Option<Spanned<bool>>,
    pub(super) range: Option<Spanned<String>>,
    pub(super) shape: Spanned<String>,
    pub(super) lead_hours: Option<Spanned<u32>>,
    pub(super) lift: Option<Spanned<String>>,
    pub(super) lift_hours: Option<Spanned<u32>>,
    pub(super) merge_days: Option<Spanned<u32>>,
    pub(super) ahead_hours: Option<Spanned<u32>>,
    pub(super) material_hours: Option<Spanned<u32>>,
    pub(super) settle_hours: Option<Spanned<u32>>,
    pub(super) daily_revisions: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) orders: Vec<String>,
    pub(super) quiet: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelSection {
    pub(super) id: Spanned<String>,
    pub(super) name: Spanned<String>,
    pub(super) source: Option<Spanned<String>>,
    pub(super) when: Option<Spanned<String>>,
    pub(super) quiet: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasureSection {
    pub(super) ask: Spanned<String>,
    pub(super) activities: Spanned<Vec<String>>,
    pub(super) percent: Option<u8>,
    pub(super) pollutant: Option<Spanned<String>>,
    pub(super) hours: Option<Spanned<String>>,
    pub(super) advice: Option<String>,
    #[serde(default)]
    pub(super) sectors: Vec<String>,
    pub(super) grades: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) villages: Vec<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TellSection {
    pub(super) to: Spanned<String>,
    #[serde(default)]
    pub(super) sectors: Vec<String>,
    pub(super) grades: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) villages: Vec<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) activities: Vec<String>,
    pub(super) forms: Spanned<Vec<Form>>,
    pub(super) template: Spanned<String>,
    pub(super) ask_hours: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExemptSection {
    pub(super) grades: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    pub(super) levels: Option<Spanned<Vec<String>>>,
    pub(super) why: Spanned<String>,
}

/// The words that `to` may be.
pub(super) const RECIPIENTS: [(&str, Recipients); 4] = [
    ("enterprises", Recipients::Enterprises),
    ("villages", Recipients::Villages),
    ("keepers", Recipients::Keepers),
    ("duty", Recipients::Duty),
];

pub(super) const RELEASES: [(&str, Release); 2] = [("auto", Release::Auto), ("approval", Release::Approval)];

pub(super) const DEADLINES: [(&str, AtDeadline); 2] = [("release", AtDeadline::Release), ("drop", AtDeadline::Drop)];

pub(super) const RANGES: [(&str, Take); 3] = [("lower", Take::Low), ("middle", Take::Middle), ("upper", Take::High)];

pub(super) const ASKS: [(&str, Ask); 4] =
    [("stop", Ask::Stop), ("shift", Ask::Shift), ("reduce", Ask::Reduce), ("care", Ask::Care)];

pub(super) const PRECURSORS: [(&str, Precursor); 2] = [("voc", Precursor::Voc), ("nox", Precursor::Nox)];

pub(super) const GRADES: [(&str, Grade); 4] = [("A", Grade::A), ("B", Grade::B), ("C", Grade::C), ("D", Grade::D)];
