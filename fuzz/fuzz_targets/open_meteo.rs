//! Bodies of Open-Meteo.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for places in 1..3 {
        if let Ok((columns, _)) = cuofeng_feed::open_meteo::read(bytes, places) {
            assert_eq!(columns.len(), places);
        }
    }
    let _ = cuofeng_feed::open_meteo::judge(200, bytes);
});
