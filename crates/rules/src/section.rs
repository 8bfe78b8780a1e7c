//! The sections of a rule file, as they stand, and the words that their keys may have.
//!
//! Can't happen: an unknown key passed over.

use serde::Deserialize;
use toml::Spanned;

use super::rule::{Ask, AtDeadline, Precursor, Recipients, Release, Remind};
use cuofeng_air::forecast::Take;
use cuofeng_base::word::Form;
use cuofeng_town::roster::Grade;

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
    pub(super) extend_hours: Option<Spanned<u32>>,
    pub(super) reach_hours: Option<Spanned<u32>>,
    pub(super) least_hours: Option<Spanned<u32>>,
    pub(super) sure_hours: Option<Spanned<u32>>,
    pub(super) take_back_runs: Option<Spanned<u32>>,
    pub(super) remind: Option<Spanned<String>>,
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
    pub(super) extend_days: Option<Spanned<u32>>,
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

/// A word of rule files, the Chinese ones that say the same, and what it means.
pub(super) type Choice<T> = (&'static str, &'static [&'static str], T);

/// What a word means; case and white space at its ends are nothing.
pub(super) fn chosen<T: Copy>(known: &[Choice<T>], text: &str) -> Option<T> {
    let text = text.trim();
    let is = |word: &str| word.eq_ignore_ascii_case(text);
    known.iter().find(|(word, chinese, _)| is(word) || chinese.iter().any(|c| is(c))).map(|(.., it)| *it)
}

/// The words that may be written, each with the first of its Chinese ones.
pub(super) fn words<T>(known: &[Choice<T>]) -> String {
    let both = |(word, chinese, _): &Choice<T>| match chinese.first() {
        Some(chinese) => format!("{word}（{chinese}）"),
        None => (*word).to_owned(),
    };
    known.iter().map(both).collect::<Vec<_>>().join("、")
}

/// The words that `to` may be.
pub(super) const RECIPIENTS: [Choice<Recipients>; 4] = [
    ("enterprises", &["企业", "各企业"], Recipients::Enterprises),
    ("villages", &["村", "村庄", "各村", "大喇叭"], Recipients::Villages),
    ("keepers", &["村干部和网格员", "村干部", "网格员", "村干部、网格员"], Recipients::Keepers),
    ("duty", &["值班人员", "值班", "值班员"], Recipients::Duty),
];

pub(super) const RELEASES: [Choice<Release>; 2] =
    [("auto", &["直接发出", "自动"], Release::Auto), ("approval", &["放行", "审批", "人工放行"], Release::Approval)];

pub(super) const REMINDS: [Choice<Remind>; 2] =
    [("revision", &["每次变更", "每次"], Remind::Revision), ("episode", &["每个过程一次", "一次"], Remind::Episode)];

pub(super) const DEADLINES: [Choice<AtDeadline>; 2] =
    [("release", &["发出", "放行"], AtDeadline::Release), ("drop", &["作废", "不发"], AtDeadline::Drop)];

pub(super) const RANGES: [Choice<Take>; 3] = [
    ("lower", &["低值", "下限", "低"], Take::Low),
    ("middle", &["中值", "中间", "中"], Take::Middle),
    ("upper", &["高值", "上限", "高"], Take::High),
];

pub(super) const ASKS: [Choice<Ask>; 4] = [
    ("stop", &["停止", "停", "停产"], Ask::Stop),
    ("shift", &["错峰", "移开", "错开", "移"], Ask::Shift),
    ("reduce", &["降低负荷", "降负荷", "限产", "减产"], Ask::Reduce),
    ("care", &["加强管理", "照常", "加强"], Ask::Care),
];

pub(super) const PRECURSORS: [Choice<Precursor>; 2] =
    [("voc", &["挥发性有机物", "VOCs"], Precursor::Voc), ("nox", &["氮氧化物"], Precursor::Nox)];

pub(super) const GRADES: [Choice<Grade>; 4] =
    [("A", &["A级"], Grade::A), ("B", &["B级"], Grade::B), ("C", &["C级"], Grade::C), ("D", &["D级"], Grade::D)];
