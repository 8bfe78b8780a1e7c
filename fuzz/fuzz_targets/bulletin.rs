//! Bulletins, as text and as a page.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let received = chrono::NaiveDate::from_ymd_opt(2026, 7, 15).expect("a day");
    let bulletin = cuofeng::feed::bulletin::read(text, received);
    for outlook in &bulletin.days {
        let said = outlook.aqi.is_some() || outlook.levels.is_some() || !outlook.concentrations.is_empty();
        assert!(said || !outlook.primary.is_empty(), "a day is taken only where something is said of it");
    }
});
