//! What became of a letter, and its record.
//!
//! In: what the far side said of a try. Out: a step, and lines of the record. Can't happen: a state without its line.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::State;
use cuofeng_base::text::outside;
use cuofeng_channel::Words;
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, seconds};

/// What a refusal leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Whether it is about the letter or about the sender: its words don't tell.
    Untold,
    /// It is about the sender, unless the others pass.
    Sender {
        /// Where the letter stands, and from when it is tried again, where it is about this one after all.
        alone: (State, DateTime<Utc>),
    },
}

/// What became of a letter.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) id: i64,
    pub(super) attempt: i64,
    pub(super) state: State,
    /// What the far side said.
    pub(super) words: Words,
    /// From when it may be tried again, or when the far side is asked what became of it.
    pub(super) next: DateTime<Utc>,
    /// Whether the try counts towards the last one.
    pub(super) counts: bool,
    /// Whether another letter's message carries it: the far side is asked about that one.
    pub(super) carried: bool,
    /// Whether the program itself failed on it: then staff are told of it, as of one that no way brought.
    pub(super) fault: bool,
    /// What a refusal leaves open.
    pub(super) doubt: Option<Doubt>,
}

impl Step {
    pub(super) fn json(&self) -> Value {
        let asked = !self.carried && matches!(self.state, State::Accepted | State::Unknown);
        let ask = asked.then(|| seconds(self.next));
        json!({"id": self.id, "attempt": self.attempt, "state": self.state.word(), "said": outside::line(&self.words.said),
               "provider": outside::line(&self.words.id), "next": seconds(self.next), "counts": i64::from(self.counts), "ask": ask})
    }
}

/// Notes that letters entered a state.
pub(super) async fn note_all(
    tx: &mut Tx,
    ids: &str,
    state: State,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::ask(
        "insert into transition (outbox, number, at, state, attempt, reason)
         select o.id, (select coalesce(max(number), 0) + 1 from transition where outbox = o.id), $2, $3, o.attempt, $4
         from json_each($1) j cross join outbox o on o.id = j.value",
    )
    .bind(ids)
    .bind(seconds(now))
    .bind(state.word())
    .bind(reason)
    .run(tx)
    .await?;
    Ok(())
}
