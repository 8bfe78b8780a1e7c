//! The channels of a site file, and which of them each form takes.
//!
//! In: `[channel.…]` and `[deliver]`. Out: checked settings; the first way of each form and its spare ones. Can't happen:
//! a way by a channel that does not carry the form or is not set up.

pub mod deliver;
pub mod email;
pub mod gateway;
pub mod push;
mod section;
pub mod smpp;
pub mod sms;
pub mod speaker;
pub mod speech;

use std::collections::BTreeMap;

use toml::Spanned;

pub use self::email::{Bounces, DkimSetting, EmailConfig, MailServer, Mailbox, Security};
pub use self::section::{ChannelSection, FolderSection};
pub use self::speech::{SpeechConfig, Voice};
use cuofeng_base::msg;
use cuofeng_base::setting::SiteText;
use cuofeng_base::word::{ChannelName, Form, Routes};

/// What a site file says of its channels.
#[derive(Debug)]
pub struct Channels {
    /// `[channel.email]`.
    pub email: Option<EmailConfig>,
    /// Accounts with vendors of short messages, in the order of the vendors.
    pub providers: Vec<sms::ProviderConfig>,
    /// `[channel.sms_http]`.
    pub sms_http: Option<gateway::GatewayConfig>,
    /// `[channel.smpp]`.
    pub smpp: Option<smpp::SmppConfig>,
    /// `[channel.mqtt]`.
    pub mqtt: Option<speaker::MqttConfig>,
    /// `[channel.speaker_http]`.
    pub speaker_http: Option<gateway::GatewayConfig>,
    /// `[channel.speaker_file]`.
    pub speaker_file: Option<speaker::DropConfig>,
}

impl Channels {
    fn has(&self, name: ChannelName) -> bool {
        match name {
            ChannelName::Folder | ChannelName::ByHand => true,
            ChannelName::Email => self.email.is_some(),
            ChannelName::SmsHttp => self.sms_http.is_some(),
            ChannelName::Smpp => self.smpp.is_some(),
            ChannelName::Mqtt => self.mqtt.is_some(),
            ChannelName::SpeakerHttp => self.speaker_http.is_some(),
            ChannelName::SpeakerFile => self.speaker_file.is_some(),
            vendor => self.providers.iter().any(|provider| provider.vendor.name == vendor),
        }
    }

    /// The channels. Loudspeakers that fetch audio need a voice and an address: `audio` says whether there are both.
    pub fn read(site: &mut SiteText, section: ChannelSection, audio: bool) -> Self {
        let speaker_at = section.speaker_http.as_ref().map(Spanned::span);
        let channels = Self {
            email: section.email.and_then(|section| email::read(site, section)),
            providers: section.providers.into_iter().filter_map(|(of, section)| sms::read(site, of, section)).collect(),
            sms_http: section.sms_http.and_then(|section| gateway::read(site, section, Form::Sms)),
            smpp: section.smpp.and_then(|section| smpp::read(site, section)),
            mqtt: section.mqtt.and_then(|section| speaker::mqtt(site, section)),
            speaker_http: section.speaker_http.and_then(|section| gateway::read(site, section, Form::Speech)),
            speaker_file: section.speaker_file.map(|section| speaker::speaker_file(site, section)),
        };
        let deaf = !audio && channels.speaker_http.as_ref().is_some_and(gateway::GatewayConfig::takes_audio);
        if let Some(span) = speaker_at.filter(|_| deaf) {
            site.problem(span, msg!("config.audio_nowhere"), msg!("config.audio_nowhere_advice"));
        }
        channels
    }

    /// Which ways each form takes; files in a folder where nothing is said.
    pub fn ways(&self, site: &mut SiteText, deliver: BTreeMap<Form, Spanned<deliver::Ways>>) -> Routes {
        let mut routes = Routes::default();
        for (form, names) in deliver {
            let span = names.span();
            let deliver::Ways(names) = names.into_inner();
            for name in &names {
                if !name.carries(form) {
                    let what = msg!("config.route_form", form = form.message(), channel = name.name());
                    site.problem(span.clone(), what, msg!("config.route_form_advice"));
                } else if !self.has(*name) && site.problems.is_empty() {
                    let what = msg!("config.route_unset", channel = name.name());
                    site.problem(span.clone(), what, msg!("config.route_unset_advice", channel = name.name()));
                }
            }
            let twice = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
            if names.is_empty() || twice || form == Form::Speech && names.len() > 1 {
                site.problem(span, msg!("config.ways"), msg!("config.ways_advice"));
            }
            routes.set(form, names);
        }
        routes
    }
}
