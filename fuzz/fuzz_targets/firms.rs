//! Bodies of FIRMS.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = cuofeng_feed::firms::read(bytes);
    let _ = cuofeng_feed::firms::judge(400, bytes);
});
