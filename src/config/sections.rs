//! The site file as TOML sees it, before its values are checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{ChannelName, Form, Region, Security};
use crate::text::Lang;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteFile {
    pub(super) site: SiteSection,
    pub(super) region: Vec<Spanned<Region>>,
    #[serde(default)]
    pub(super) feed: Vec<Spanned<FeedSection>>,
    #[serde(default)]
    pub(super) channel: ChannelSection,
    #[serde(default)]
    pub(super) deliver: BTreeMap<Form, Spanned<ChannelName>>,
    pub(super) schedule: ScheduleSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteSection {
    pub(super) name: Spanned<String>,
    pub(super) phone: Spanned<String>,
    pub(super) timezone: Spanned<String>,
    #[serde(default)]
    pub(super) language: Lang,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedSection {
    pub(super) name: String,
    pub(super) kind: Spanned<String>,
    pub(super) file: String,
    pub(super) label: String,
    pub(super) fresh_hours: Spanned<u32>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelSection {
    pub(super) email: Option<Spanned<EmailSection>>,
    pub(super) folder: Option<FolderSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FolderSection {
    pub(super) path: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailSection {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) from: Spanned<String>,
    pub(super) reply_to: Option<Spanned<String>>,
    pub(super) user: Option<String>,
    pub(super) password_env: Option<String>,
    pub(super) password_file: Option<String>,
    #[serde(default = "default_timeout")]
    pub(super) timeout_seconds: u32,
}

const fn default_timeout() -> u32 {
    30
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleSection {
    pub(super) cycle: Spanned<String>,
}
