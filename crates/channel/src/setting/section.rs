//! `[channel]` of the site file, as TOML sees it.
//!
//! In: the table. Out: the section of each channel, read as its kind. Can't happen: a section that no channel has; a
//! vendor that is registered and has no section.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::{email, gateway, smpp, sms, speaker};
use crate::sms::vendor::Vendor;
use crate::sms::vendors;
use cuofeng_base::word::ChannelName;

/// `[channel]` as TOML sees it.
#[derive(Default)]
pub struct ChannelSection {
    pub(super) email: Option<Spanned<email::EmailSection>>,
    /// `[channel.folder]`.
    pub folder: Option<FolderSection>,
    pub(super) providers: Vec<(&'static Vendor, Spanned<sms::ProviderSection>)>,
    pub(super) sms_http: Option<Spanned<gateway::GatewaySection>>,
    pub(super) smpp: Option<Spanned<smpp::SmppSection>>,
    pub(super) mqtt: Option<Spanned<speaker::MqttSection>>,
    pub(super) speaker_http: Option<Spanned<gateway::GatewaySection>>,
    pub(super) speaker_file: Option<speaker::DropSection>,
}

/// `[channel.folder]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderSection {
    /// The folder, relative to the site.
    pub path: Option<Spanned<String>>,
    /// Who may read what is written there.
    pub mode: Option<Spanned<String>>,
}

/// The sections that there are, in the order in which a wrong name is answered with them.
const SECTIONS: [&str; 7 + vendors::ALL.len()] = {
    let mut all = [""; 7 + vendors::ALL.len()];
    all[0] = ChannelName::Email.name();
    all[1] = ChannelName::Folder.name();
    let mut at = 0;
    while at < vendors::ALL.len() {
        all[2 + at] = vendors::ALL[at].name.name();
        at += 1;
    }
    let others = [
        ChannelName::SmsHttp,
        ChannelName::Smpp,
        ChannelName::Mqtt,
        ChannelName::SpeakerHttp,
        ChannelName::SpeakerFile,
    ];
    let mut other = 0;
    while other < others.len() {
        all[2 + at + other] = others[other].name();
        other += 1;
    }
    all
};

/// Whose section it is.
struct Key(ChannelName);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("field identifier")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Key, E> {
                let known = ChannelName::named(name).filter(|_| SECTIONS.contains(&name));
                known.map(Key).ok_or_else(|| E::unknown_field(name, &SECTIONS))
            }
        }
        deserializer.deserialize_identifier(Name)
    }
}

impl<'de> Deserialize<'de> for ChannelSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sections;
        impl<'de> Visitor<'de> for Sections {
            type Value = ChannelSection;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("struct ChannelSection")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ChannelSection, A::Error> {
                let mut section = ChannelSection::default();
                while let Some(Key(name)) = map.next_key()? {
                    match name {
                        ChannelName::Email => section.email = Some(map.next_value()?),
                        ChannelName::Folder => section.folder = Some(map.next_value()?),
                        ChannelName::SmsHttp => section.sms_http = Some(map.next_value()?),
                        ChannelName::Smpp => section.smpp = Some(map.next_value()?),
                        ChannelName::Mqtt => section.mqtt = Some(map.next_value()?),
                        ChannelName::SpeakerHttp => section.speaker_http = Some(map.next_value()?),
                        ChannelName::SpeakerFile => section.speaker_file = Some(map.next_value()?),
                        other => match vendors::of(other) {
                            Some(vendor) => section.providers.push((vendor, map.next_value()?)),
                            None => return Err(de::Error::unknown_field(other.name(), &SECTIONS)),
                        },
                    }
                }
                section.providers.sort_by_key(|(vendor, _)| vendor.name);
                Ok(section)
            }
        }
        deserializer.deserialize_struct("ChannelSection", &SECTIONS, Sections)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "key_id = \"k\"\nsecret_env = \"S\"\nsign = \"某镇环保办\"\n";

    #[test]
    fn a_section_that_no_channel_has_is_answered_with_those_there_are_and_its_place() {
        for name in ["nowhere", "by_hand"] {
            let text = format!("[{name}]\n");
            let error = toml::from_str::<ChannelSection>(&text).err().expect("refused");
            let known = "expected one of `email`, `folder`, `aliyun`, `tencent`, `sms_http`, `smpp`, `mqtt`, \
                         `speaker_http`, `speaker_file`";
            assert_eq!(error.message(), format!("unknown field `{name}`, {known}"));
            assert_eq!(error.span(), Some(1..1 + name.len()), "{name}");
        }
    }

    #[test]
    fn every_vendor_has_its_section_whatever_the_order_in_the_file() {
        let sections: Vec<String> =
            vendors::ALL.iter().rev().map(|vendor| format!("[{}]\n{ACCOUNT}", vendor.name.name())).collect();
        let Ok(section) = toml::from_str::<ChannelSection>(&sections.concat()) else { panic!("{sections:?}") };
        let read: Vec<ChannelName> = section.providers.iter().map(|(vendor, _)| vendor.name).collect();
        assert_eq!(read, vendors::ALL.map(|vendor| vendor.name));
    }
}
