//! By which channels a form goes: `[deliver]` and `[next_way]`.
//!
//! In: `"aliyun"`, or several in their order. Out: the channels. Can't happen: a name that is no channel's.

use std::fmt;

use serde::Deserialize;
use serde::de::value::{SeqAccessDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, SeqAccess, Visitor};
use toml::Spanned;

use cuofeng_base::word::ChannelName;

/// The channels of a form, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways(pub Vec<ChannelName>);

impl<'de> Deserialize<'de> for Ways {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Ways;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a channel, or a list of channels")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Ways, E> {
                let name: StrDeserializer<'_, E> = name.into_deserializer();
                Ok(Ways(vec![ChannelName::deserialize(name)?]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Ways, A::Error> {
                Ok(Ways(Vec::deserialize(SeqAccessDeserializer::new(names))?))
            }
        }
        deserializer.deserialize_any(Names)
    }
}

/// `[next_way]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct NextWaySection {
    /// Minutes after which a letter that has not arrived goes on by the next way.
    pub after_minutes: Option<Spanned<u32>>,
}
