//! Bodies of CNEMC.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = "2026-07-15T00:20:00Z".parse().expect("a time");
    let _ = cuofeng_feed::cnemc::read(bytes, now);
});
