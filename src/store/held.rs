//! Everything held back by the program itself, since the database does not know all that has left.
//!
//! In: why the database can't be trusted about what was sent. Out: a hold that only a releaser lifts, and every letter
//! that is not final listed as unknown with the reason. Can't happen: a letter of before, or one written while the hold
//! stands, that leaves by itself afterwards (what is queued when the hold ends is unknown too); a far side asked about
//! such a letter and the letter sent again on its word; another way taken for it.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx, seconds};
use crate::text::Message;

/// Who holds what no person holds.
pub const PROGRAM: &str = "cuofeng";

/// Why the database does not know all that has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was restored from a backup.
    Restored,
    /// It is older than what has left, or was emptied.
    Forgotten,
    /// It is another site's.
    Foreign,
    /// Its folder is a copy of a site that works elsewhere, or was moved.
    Copied,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Restored, Self::Forgotten, Self::Foreign, Self::Copied];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Forgotten => "forgotten",
            Self::Foreign => "foreign",
            Self::Copied => "copied",
        }
    }

    /// The reason with this word; none of a person's hold.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }

    /// In a sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        Message::new(match self {
            Self::Restored => "held.restored",
            Self::Forgotten => "held.forgotten",
            Self::Foreign => "held.foreign",
            Self::Copied => "held.copied",
        })
    }

    /// What is noted at a letter.
    const fn noted(self) -> &'static str {
        match self {
            Self::Restored => "not sent: the database was restored from a backup; it may have gone out already",
            Self::Forgotten => "not sent: the database had forgotten what was sent; it may have gone out already",
            Self::Foreign => "not sent: the database is another site's",
            Self::Copied => {
                "not sent: the site's folder was copied or moved; it may go out, or have gone out, elsewhere"
            }
        }
    }
}

/// Begins the hold, and lists every letter that is not final as unknown; gives how many those are. A person's hold that
/// stands is taken over; of two reasons of the program's the later one stands.
///
/// The ledger is the caller's: [`crate::app::hold`] does both.
pub async fn begin(tx: &mut Tx, why: Why, now: DateTime<Utc>) -> Result<usize, StoreError> {
    sqlx::query("update hold set lifted_at = ?, lifted_by = ? where lifted_at is null")
        .bind(seconds(now))
        .bind(PROGRAM)
        .execute(&mut **tx)
        .await?;
    sqlx::query("insert into hold (since, by, reason, why) values (?, ?, '', ?)")
        .bind(seconds(now))
        .bind(PROGRAM)
        .bind(why.word())
        .execute(&mut **tx)
        .await?;
    list(tx, why, now).await
}

/// Lists every letter that is not final as unknown; gives how many. What the far side has accepted stays so.
pub async fn list(tx: &mut Tx, why: Why, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let letters: Vec<i64> = sqlx::query_scalar(
        "update outbox set state = 'unknown', lease = '', ask_at = null
         where state in ('queued', 'leased', 'sending') returning id",
    )
    .fetch_all(&mut **tx)
    .await?;
    sqlx::query(
        "insert into transition (outbox, number, at, state, attempt, reason)
         select o.id, (select coalesce(max(number), 0) + 1 from transition where outbox = o.id), ?2, 'unknown',
             o.attempt, ?3
         from json_each(?1) j join outbox o on o.id = j.value",
    )
    .bind(serde_json::json!(letters).to_string())
    .bind(seconds(now))
    .bind(why.noted())
    .execute(&mut **tx)
    .await?;
    // What was unknown before may have been settled since, in the part that is missing: nobody is asked about it.
    sqlx::query("update outbox set ask_at = null where state = 'unknown' and ask_at is not null")
        .execute(&mut **tx)
        .await?;
    sqlx::query("update track set settled = 'held', settled_at = ? where settled is null")
        .bind(seconds(now))
        .execute(&mut **tx)
        .await?;
    Ok(letters.len())
}
