//! Bodies of QWeather.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    use cuofeng_feed::qweather;
    let zone = cuofeng_base::time::Zone::named("Asia/Shanghai").expect("a zone");
    let _ = qweather::air_hours(bytes);
    let _ = qweather::weather_hours(bytes);
    let _ = qweather::air_days(bytes, "hj633-2012", &zone);
    let _ = qweather::read_alerts(bytes, "feed", "region", &["1032".to_owned()]);
    let _ = qweather::judge(429, bytes);
});
