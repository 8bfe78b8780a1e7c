//! The channels by their names.
//!
//! In: a word of the site file or the database. Out: the channel. Can't happen: a channel that carries a form which it
//! can't.

use serde::Deserialize;

use super::Form;
use crate::msg;
use crate::text::Message;

/// The channels there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelName {
    /// Files in a folder.
    Folder,
    /// Mail by SMTP.
    Email,
    /// Short messages by Aliyun.
    Aliyun,
    /// Short messages by Tencent Cloud.
    Tencent,
    /// Short messages by a gateway of the county's own.
    SmsHttp,
    /// Short messages by an operator's SMPP line.
    Smpp,
    /// Loudspeakers by MQTT.
    Mqtt,
    /// Loudspeakers by HTTP.
    SpeakerHttp,
    /// Loudspeakers by files that another system takes.
    SpeakerFile,
    /// A member of staff who passes the words on and says so.
    ByHand,
}

impl ChannelName {
    /// All channels.
    pub const ALL: [Self; 10] = [
        Self::Folder,
        Self::Email,
        Self::Aliyun,
        Self::Tencent,
        Self::SmsHttp,
        Self::Smpp,
        Self::Mqtt,
        Self::SpeakerHttp,
        Self::SpeakerFile,
        Self::ByHand,
    ];

    /// The name in files and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Email => "email",
            Self::Aliyun => "aliyun",
            Self::Tencent => "tencent",
            Self::SmsHttp => "sms_http",
            Self::Smpp => "smpp",
            Self::Mqtt => "mqtt",
            Self::SpeakerHttp => "speaker_http",
            Self::SpeakerFile => "speaker_file",
            Self::ByHand => "by_hand",
        }
    }

    /// The channel with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// Whether it carries a form.
    #[must_use]
    pub const fn carries(self, form: Form) -> bool {
        match self {
            Self::Folder | Self::ByHand => true,
            Self::Email => matches!(form, Form::Email),
            Self::Aliyun | Self::Tencent | Self::SmsHttp | Self::Smpp => matches!(form, Form::Sms),
            Self::Mqtt | Self::SpeakerHttp | Self::SpeakerFile => matches!(form, Form::Speech),
        }
    }

    /// Whether it says of each letter whether it arrived: where it doesn't, silence means nothing.
    #[must_use]
    pub const fn reports(self) -> bool {
        matches!(self, Self::Aliyun | Self::Tencent | Self::Smpp)
    }

    /// The channel in a table or sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Folder => msg!("channel.folder"),
            Self::Email => msg!("channel.email"),
            Self::Aliyun => msg!("channel.aliyun"),
            Self::Tencent => msg!("channel.tencent"),
            Self::SmsHttp => msg!("channel.sms_http"),
            Self::Smpp => msg!("channel.smpp"),
            Self::Mqtt => msg!("channel.mqtt"),
            Self::SpeakerHttp => msg!("channel.speaker_http"),
            Self::SpeakerFile => msg!("channel.speaker_file"),
            Self::ByHand => msg!("channel.by_hand"),
        }
    }
}
