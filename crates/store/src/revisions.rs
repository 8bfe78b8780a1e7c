//! What a stored revision says: what it does and its periods.
//!
//! In: what a row of `revision` holds. Out: the values of `warning`, and back. Can't happen: a word or a period that
//! nobody knows passed over.

use serde::{Deserialize, Serialize};

use super::{StoreError, instant, seconds};
use cuofeng_base::time::Period;
use cuofeng_rules::warning::{Act, Span};

#[derive(Serialize, Deserialize)]
struct StoredSpan {
    start: i64,
    end: i64,
    level: usize,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    ordered: bool,
}

/// Its periods as they are stored.
pub(crate) fn spans_text(spans: &[Span]) -> String {
    let stored: Vec<StoredSpan> = spans
        .iter()
        .map(|s| StoredSpan {
            start: seconds(s.period.start),
            end: seconds(s.period.end),
            level: s.level,
            ordered: s.ordered,
        })
        .collect();
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Its periods.
pub fn read_spans(text: &str, of: &str) -> Result<Vec<Span>, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "spans", of: of.to_owned(), value: text.to_owned() };
    let stored: Vec<StoredSpan> = serde_json::from_str(text).map_err(|_| corrupt())?;
    stored
        .iter()
        .map(|s| {
            let period = Period::new(instant(s.start, of)?, instant(s.end, of)?).ok_or_else(corrupt)?;
            Ok(Span { period, level: s.level, ordered: s.ordered })
        })
        .collect()
}

/// What a stored revision does.
pub(crate) fn read_act(word: &str, episode: &str) -> Result<Act, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "revision.action", of: episode.to_owned(), value: word.to_owned() };
    Act::named(word).ok_or_else(corrupt)
}
