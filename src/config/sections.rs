//! The site file as TOML sees it, before its values are checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::email::EmailSection;
use super::feeds::FeedSection;
use super::gateway::GatewaySection;
use super::planning::PlanSection;
use super::schedule::ScheduleSection;
use super::sms::ProviderSection;
use super::{Form, Mode};
use crate::text::Lang;

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
    pub(super) deliver: BTreeMap<Form, Spanned<super::deliver::Ways>>,
    #[serde(default)]
    pub(super) next_way: super::deliver::NextWaySection,
    pub(super) schedule: ScheduleSection,
    #[serde(default)]
    pub(super) backup: super::backup::BackupSection,
    #[serde(default)]
    pub(super) forecast: ForecastSection,
    #[serde(default)]
    pub(super) escalation: super::escalation::EscalationSection,
    #[serde(default)]
    pub(super) speech: super::speech::SpeechSection,
    #[serde(default)]
    pub(super) exercise: ExerciseSection,
    #[serde(default)]
    pub(super) plan: PlanSection,
    #[serde(default)]
    pub(super) tables: super::tables::TablesSection,
    pub(super) console: Option<Spanned<super::console::ConsoleSection>>,
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

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelSection {
    pub(super) email: Option<Spanned<EmailSection>>,
    pub(super) folder: Option<FolderSection>,
    pub(super) aliyun: Option<Spanned<ProviderSection>>,
    pub(super) tencent: Option<Spanned<ProviderSection>>,
    pub(super) sms_http: Option<Spanned<GatewaySection>>,
    pub(super) smpp: Option<Spanned<super::smpp::SmppSection>>,
    pub(super) mqtt: Option<Spanned<super::speaker::MqttSection>>,
    pub(super) speaker_http: Option<Spanned<GatewaySection>>,
    pub(super) speaker_file: Option<super::speaker::DropSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FolderSection {
    pub(super) path: Option<Spanned<String>>,
    pub(super) mode: Option<Spanned<String>>,
}
