//! Bulletins, as text and as a page.
#![no_main]

use cuofeng_feed::bulletin::{Known, Verdict, read_as};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let received = chrono::NaiveDate::from_ymd_opt(2026, 7, 15).expect("a day");
    let bulletin = read_as(text, Known { received, given: None, hour: Some(17) });
    for outlook in &bulletin.days {
        let said = outlook.aqi.is_some() || outlook.levels.is_some() || !outlook.concentrations.is_empty();
        assert!(said || !outlook.primary.is_empty(), "a day is taken only where something is said of it");
    }
    let waiting = bulletin.pieces.iter().filter(|piece| matches!(piece.verdict, Verdict::Waiting { .. })).count();
    assert_eq!(waiting, bulletin.aside.len(), "what waits is what a person sees");
    for piece in &bulletin.pieces {
        if let Verdict::Forecast(days) = &piece.verdict {
            let known = |day| bulletin.days.iter().any(|outlook| outlook.day == day);
            assert!(!days.is_empty() && days.iter().all(|day| known(*day)), "a forecast is of days that are taken");
        }
    }
    assert!(bulletin.days.is_empty() || bulletin.issued.is_some(), "nothing is certain without an issue");
});
