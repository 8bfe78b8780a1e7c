//! Whatever a provider of short messages answers or pushes, and whatever stands in a file of approved texts.
#![no_main]

use cuofeng_rules::acknowledgement;
use cuofeng_channel::sms::vendors;
use cuofeng_notice::filed::Limits;
use cuofeng_notice::filed::Filed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for vendor in vendors::ALL {
        let _ = (vendor.answered)(200, bytes);
        let _ = ((vendor.reports)(bytes).is_ok(), (vendor.replies)(bytes).is_ok());
    }
    let text = String::from_utf8_lossy(bytes);
    let _ = acknowledgement::read(&text);
    let (file, message) = text.split_once('\0').unwrap_or((&text, &text));
    if let Ok(filed) = Filed::parse(file, "某镇环保办", Limits { value: 35, whole: 500 }) {
        let _ = filed.fit(message);
    }
});
