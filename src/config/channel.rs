//! The channels of a site file, and which of them each form takes.
//!
//! In: `[channel.…]` and `[deliver]`. Out: checked settings; the first way of each form and its spare ones. Can't happen:
//! a way by a channel that does not carry the form or is not set up.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::sections::ChannelSection;
use super::speech::SpeechConfig;
use super::{ConsoleConfig, EmailConfig, Form, Reader, deliver, gateway, smpp, sms, speaker};
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
            Self::Folder => Message::new("channel.folder"),
            Self::Email => Message::new("channel.email"),
            Self::Aliyun => Message::new("channel.aliyun"),
            Self::Tencent => Message::new("channel.tencent"),
            Self::SmsHttp => Message::new("channel.sms_http"),
            Self::Smpp => Message::new("channel.smpp"),
            Self::Mqtt => Message::new("channel.mqtt"),
            Self::SpeakerHttp => Message::new("channel.speaker_http"),
            Self::SpeakerFile => Message::new("channel.speaker_file"),
            Self::ByHand => Message::new("channel.by_hand"),
        }
    }
}

/// What a site file says of its channels.
pub(super) struct Channels {
    pub(super) email: Option<EmailConfig>,
    pub(super) aliyun: Option<sms::ProviderConfig>,
    pub(super) tencent: Option<sms::ProviderConfig>,
    pub(super) sms_http: Option<gateway::GatewayConfig>,
    pub(super) smpp: Option<smpp::SmppConfig>,
    pub(super) mqtt: Option<speaker::MqttConfig>,
    pub(super) speaker_http: Option<gateway::GatewayConfig>,
    pub(super) speaker_file: Option<speaker::DropConfig>,
}

impl Channels {
    const fn has(&self, name: ChannelName) -> bool {
        match name {
            ChannelName::Folder | ChannelName::ByHand => true,
            ChannelName::Email => self.email.is_some(),
            ChannelName::Aliyun => self.aliyun.is_some(),
            ChannelName::Tencent => self.tencent.is_some(),
            ChannelName::SmsHttp => self.sms_http.is_some(),
            ChannelName::Smpp => self.smpp.is_some(),
            ChannelName::Mqtt => self.mqtt.is_some(),
            ChannelName::SpeakerHttp => self.speaker_http.is_some(),
            ChannelName::SpeakerFile => self.speaker_file.is_some(),
        }
    }
}

/// The first way of each form, and its spare ones.
type Ways = (BTreeMap<Form, ChannelName>, BTreeMap<Form, Vec<ChannelName>>);

impl Reader {
    /// The channels; loudspeakers that fetch audio need a voice and an address.
    pub(super) fn channels(
        &mut self,
        section: ChannelSection,
        speech: &SpeechConfig,
        console: Option<&ConsoleConfig>,
    ) -> Channels {
        let speaker_at = section.speaker_http.as_ref().map(Spanned::span);
        let channels = Channels {
            email: section.email.and_then(|section| self.email(section)),
            aliyun: section.aliyun.and_then(|section| self.aliyun(section)),
            tencent: section.tencent.and_then(|section| self.tencent(section)),
            sms_http: section.sms_http.and_then(|section| self.gateway(section, Form::Sms)),
            smpp: section.smpp.and_then(|section| self.smpp(section)),
            mqtt: section.mqtt.and_then(|section| self.mqtt(section)),
            speaker_http: section.speaker_http.and_then(|section| self.gateway(section, Form::Speech)),
            speaker_file: section.speaker_file.map(|section| self.speaker_file(section)),
        };
        let fetched = speech.audio_address.is_some() && console.is_some()
            || console.is_some_and(|console| console.address.is_some());
        let deaf = channels.speaker_http.as_ref().is_some_and(gateway::GatewayConfig::takes_audio)
            && (speech.voice.is_none() || !fetched);
        if let Some(span) = speaker_at.filter(|_| deaf) {
            self.problem(span, msg!("config.audio_nowhere"), msg!("config.audio_nowhere_advice"));
        }
        channels
    }

    /// Which ways each form takes; files in a folder where nothing is said.
    pub(super) fn ways(&mut self, deliver: BTreeMap<Form, Spanned<deliver::Ways>>, channels: &Channels) -> Ways {
        let mut routes: BTreeMap<Form, ChannelName> = Form::ALL.map(|f| (f, ChannelName::Folder)).into();
        let mut spares = BTreeMap::new();
        for (form, names) in deliver {
            let span = names.span();
            let deliver::Ways(names) = names.into_inner();
            for name in &names {
                if !name.carries(form) {
                    let what = msg!("config.route_form", form = form.message(), channel = name.name());
                    self.problem(span.clone(), what, msg!("config.route_form_advice"));
                } else if !channels.has(*name) && self.problems.is_empty() {
                    let what = msg!("config.route_unset", channel = name.name());
                    self.problem(span.clone(), what, msg!("config.route_unset_advice", channel = name.name()));
                }
            }
            let twice = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
            if names.is_empty() || twice || form == Form::Speech && names.len() > 1 {
                self.problem(span, msg!("config.ways"), msg!("config.ways_advice"));
            }
            let mut names = names.into_iter();
            if let Some(first) = names.next() {
                routes.insert(form, first);
            }
            spares.insert(form, names.collect());
        }
        (routes, spares)
    }
}
