//! Files under `rules/standards/`, profiles and sectors.
#![no_main]

use cuofeng_aqi::{Averaging, Pollutant, Standard};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(standard) = Standard::parse(text) {
        for pollutant in Pollutant::ALL {
            for concentration in [0, 1, 999, 160_500, 2_000_000_000] {
                let _ = standard.iaqi(Averaging::Day, pollutant, concentration);
                let _ = standard.iaqi(Averaging::Hour, pollutant, concentration);
            }
        }
    }
    let _ = cuofeng_air::forecast::Profiles::parse(text);
    let _ = cuofeng_office::config::Config::parse(text);
    let _ = cuofeng_rules::file::parse("rules/x.toml", text, cuofeng_air::forecast::Take::Middle);
});
