//! The site file as TOML sees it, before its values are checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::schedule::ScheduleSection;
use super::{backup, console, tables};
use cuofeng_base::text::Lang;
use cuofeng_base::word::{Form, Mode};
use cuofeng_channel::setting::{ChannelSection, deliver, speech};
use cuofeng_feed::setting::FeedSection;
use cuofeng_plan::planning::PlanSection;
use cuofeng_rules::escalation::policy::EscalationSection;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteFile {
    pub(super) identity: Option<Spanned<String>>,
    pub(super) site: SiteSection,
    pub(super) region: Vec<RegionSection>,
    #[serde(default)]
    pub(super) feed: Vec<Spanned<FeedSection>>,
    #[serde(default)]
    pub(super) channel: ChannelSection,
    #[serde(default)]
    pub(super) deliver: BTreeMap<Form, Spanned<deliver::Ways>>,
    #[serde(default)]
    pub(super) next_way: deliver::NextWaySection,
    pub(super) schedule: ScheduleSection,
    #[serde(default)]
    pub(super) backup: backup::BackupSection,
    #[serde(default)]
    pub(super) forecast: ForecastSection,
    #[serde(default)]
    pub(super) escalation: EscalationSection,
    #[serde(default)]
    pub(super) speech: speech::SpeechSection,
    #[serde(default)]
    pub(super) exercise: ExerciseSection,
    #[serde(default)]
    pub(super) plan: PlanSection,
    #[serde(default)]
    pub(super) tables: tables::TablesSection,
    pub(super) console: Option<Spanned<console::ConsoleSection>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteSection {
    pub(super) name: Spanned<String>,
    pub(super) phone: Spanned<String>,
    pub(super) timezone: Spanned<String>,
    pub(super) index_needs: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) language: Lang,
    #[serde(default)]
    pub(super) mode: Mode,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ExerciseSection {
    #[serde(default)]
    pub(super) to: Vec<String>,
}

/// A region as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionSection {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    pub(super) latitude: Option<Spanned<f64>>,
    pub(super) longitude: Option<Spanned<f64>>,
    pub(super) city: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastSection {
    pub(super) full_days: Option<Spanned<u32>>,
    pub(super) bias_days: Option<Spanned<u16>>,
}
