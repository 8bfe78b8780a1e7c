//! Times as CAP writes them: `2026-07-14T08:00:00+08:00` (OASIS CAP 1.2, 3.3.2).
//!
//! In: an instant with its offset, or a text. Out: the text, or the instant.
//! Can't happen: `Z` or a fraction in what is written or strictly read.

use chrono::{DateTime, FixedOffset, NaiveDateTime};

/// The form of every time in a message. UTC is `-00:00`, as the standard demands.
pub(super) fn written(time: DateTime<FixedOffset>) -> String {
    let local = time.format("%Y-%m-%dT%H:%M:%S");
    if time.offset().local_minus_utc() == 0 {
        format!("{local}-00:00")
    } else {
        format!("{local}{}", time.format("%:z"))
    }
}

/// The instant, if the text has exactly the standard's form.
pub(super) fn strict(text: &str) -> Option<DateTime<FixedOffset>> {
    const FORM: &[u8] = b"0000-00-00T00:00:00+00:00";
    let fits = text.len() == FORM.len()
        && text.bytes().zip(FORM).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            b'+' => matches!(byte, b'+' | b'-'),
            _ => byte == *form,
        });
    // A leap second is no second of XML Schema, though chrono reads one.
    if !fits || text.get(17..19) == Some("60") {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok()
}

/// The instant that a text in another form most probably means: with `Z`, with a fraction, or without an offset, which
/// is taken for Beijing time. For judging the rest of a document only.
pub(super) fn loose(text: &str) -> Option<DateTime<FixedOffset>> {
    strict(text).or_else(|| DateTime::parse_from_rfc3339(text).ok()).or_else(|| {
        let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        local.and_local_timezone(FixedOffset::east_opt(8 * 3600)?).single()
    })
}
