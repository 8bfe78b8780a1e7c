//! Conditions of rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(error) = cuofeng_rules::expr::parse(text) {
        assert!(text.get(error.range).is_some(), "an error lies inside the text");
    }
});
