//! The vendors of short messages: a line each.
//!
//! In: a channel's name. Out: its vendor. Can't happen: a vendor that only some of settings, pushes, commands and
//! channels know.

use super::vendor::Vendor;
use super::{aliyun, tencent};
use cuofeng_base::word::ChannelName;

/// All vendors, in the order of their names in the list of channels.
pub const ALL: [&Vendor; 2] = [&aliyun::VENDOR, &tencent::VENDOR];

/// The vendor behind a channel; none where another sort of channel stands behind the name.
#[must_use]
pub fn of(name: ChannelName) -> Option<&'static Vendor> {
    ALL.into_iter().find(|vendor| vendor.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuofeng_base::word::Form;

    #[test]
    fn every_channel_of_short_messages_alone_is_a_vendors_or_a_line_of_the_offices_own() {
        for name in ChannelName::ALL {
            let alone = name.carries(Form::Sms) && !name.carries(Form::Email);
            let own = matches!(name, ChannelName::SmsHttp | ChannelName::Smpp);
            assert_eq!(of(name).is_some(), alone && !own, "{}", name.name());
        }
    }
}
