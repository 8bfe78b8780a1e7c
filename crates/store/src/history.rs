//! What was decided of an episode, oldest first.
//!
//! In: an episode. Out: its revisions with what became of those that waited for a person. Can't happen: a revision left
//! out.

use chrono::{DateTime, Utc};

use super::drafts::{Outcome, read_outcome};
use super::revisions::{read_act, read_spans};
use super::{Store, StoreError, instant, revision_number};
use crate::sql;
use cuofeng_rules::warning::{Act, Span};

/// A revision with what became of it, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub number: u32,
    /// What it does.
    pub action: Act,
    /// What it asks for, or takes back.
    pub spans: Vec<Span>,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it was a draft.
    pub waits: bool,
    /// What became of the draft.
    pub outcome: Option<Outcome>,
    /// Who settled it.
    pub settled_by: Option<String>,
}

sql::row! {
    struct HistoryRow {
        number: i64,
        action: String,
        spans: String,
        reason: String,
        made_by: String,
        decided_at: i64,
        waits: i64,
        outcome: Option<String>,
        by: Option<String>,
    }
}

impl Store {
    /// Everything that was decided of an episode, oldest first.
    pub async fn history(&self, episode: &str) -> Result<Vec<Entry>, StoreError> {
        let rows: Vec<HistoryRow> = sql::ask(
            "select r.number, r.action, r.spans, r.reason, r.made_by, r.decided_at, r.waits, d.outcome, d.by
             from revision r left join release d on d.episode = r.episode and d.number = r.number
             where r.episode = $1 order by r.number",
        )
        .bind(episode)
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(
                |HistoryRow {
                     number,
                     action,
                     spans,
                     reason,
                     made_by: by,
                     decided_at: at,
                     waits,
                     outcome,
                     by: settled_by,
                 }| {
                    let outcome = read_outcome(outcome.as_deref(), episode)?;
                    let (number, spans) = (revision_number(number, episode)?, read_spans(&spans, episode)?);
                    let (at, waits) = (instant(at, episode)?, waits != 0);
                    let action = read_act(&action, episode)?;
                    Ok(Entry { number, action, spans, reason, by, at, waits, outcome, settled_by })
                },
            )
            .collect()
    }
}
