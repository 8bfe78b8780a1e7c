//! Everything held back by the program itself, since the database does not know all that has left.
//!
//! In: why the database can't be trusted about what was sent. Out: a hold that only a releaser lifts, and every letter
//! that is not final listed as unknown with the reason. Can't happen: a letter of before, or one written while the hold
//! stands, that leaves by itself afterwards (what is queued when the hold ends is unknown too); a far side asked about
//! such a letter and the letter sent again on its word; another way taken for it.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, seconds};
use crate::notice::alarm::Trouble;
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

    /// Whether a person says first what the folder or the database is.
    #[must_use]
    pub const fn wants_settling(self) -> bool {
        matches!(self, Self::Foreign | Self::Copied)
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

/// The program's hold as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Why.
    pub why: Why,
    /// Whether a person has said what the folder and the database are.
    pub settled: bool,
    /// Whether decisions were made since it began.
    pub judged: bool,
}

/// The program's hold, if it holds.
pub async fn standing(tx: &mut Tx) -> Result<Option<Standing>, StoreError> {
    let row: Option<(String, bool, bool)> =
        sqlx::query_as("select why, settled <> '', judged_at is not null from hold where lifted_at is null")
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.and_then(|(why, settled, judged)| Some(Standing { why: Why::named(&why)?, settled, judged })))
}

/// Notes that decisions were made while it stands.
pub async fn judged(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query("update hold set judged_at = ? where lifted_at is null and judged_at is null")
        .bind(seconds(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes that a person has said what the folder and the database are: `moved` or `copied`.
pub async fn settle(tx: &mut Tx, word: &str) -> Result<(), StoreError> {
    sqlx::query("update hold set settled = ? where lifted_at is null").bind(word).execute(&mut **tx).await?;
    Ok(())
}

/// Leaves everything that is open to the site that this one is a copy of: its letters of unknown fate, its drafts and its
/// episodes are none of this one's, which decides everything anew.
pub async fn leave_to_the_original(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StoreError> {
    let letters: Vec<i64> =
        sqlx::query_scalar("update outbox set state = 'expired', ask_at = null where state = 'unknown' returning id")
            .fetch_all(&mut **tx)
            .await?;
    note(tx, &letters, ("expired", "the original site's to send"), now).await?;
    sqlx::query(
        "insert into release (episode, number, outcome, at, by, reason)
         select r.episode, r.number, 'dropped', ?, ?, '' from revision r
         where r.waits = 1 and not exists (select 1 from release d where d.episode = r.episode and d.number = r.number)",
    )
    .bind(seconds(now))
    .bind(PROGRAM)
    .execute(&mut **tx)
    .await?;
    sqlx::query("update episode set state = 'expired' where state = 'open' and kind <> ?")
        .bind(Trouble::Held.kind())
        .execute(&mut **tx)
        .await?;
    sqlx::query("update outbox set ask_at = null where ask_at is not null").execute(&mut **tx).await?;
    sqlx::query("update hold set judged_at = null where lifted_at is null").execute(&mut **tx).await?;
    Ok(())
}

/// Notes that letters entered a state.
async fn note(
    tx: &mut Tx,
    letters: &[i64],
    (state, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into transition (outbox, number, at, state, attempt, reason)
         select o.id, (select coalesce(max(number), 0) + 1 from transition where outbox = o.id), ?2, ?3, o.attempt, ?4
         from json_each(?1) j join outbox o on o.id = j.value",
    )
    .bind(serde_json::json!(letters).to_string())
    .bind(seconds(now))
    .bind(state)
    .bind(reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Begins the hold, and lists every letter that is not final as unknown; gives how many those are. A person's hold that
/// stands is taken over; of two reasons of the program's the later one stands.
///
/// The ledger is the caller's to write.
pub async fn begin(tx: &mut Tx, why: Why, now: DateTime<Utc>) -> Result<usize, StoreError> {
    sqlx::query("update hold set lifted_at = ?, lifted_by = ? where lifted_at is null")
        .bind(seconds(now))
        .bind(PROGRAM)
        .execute(&mut **tx)
        .await?;
    // What it was told about an earlier one is not told of this.
    sqlx::query("update episode set state = 'expired' where kind = ? and state = 'open'")
        .bind(Trouble::Held.kind())
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

/// Letters in these states become unknown: the states of one index alone, whatever has left.
macro_rules! open_to_unknown {
    ($states:literal) => {
        concat!(
            "update outbox set state = 'unknown', lease = '', ask_at = null where ",
            $states,
            " and not exists (select 1 from notice n cross join episode e on e.id = n.episode
                 where n.key = outbox.notice and e.kind = ?1 and e.state = 'open') returning id"
        )
    };
}

/// Lists every letter that is not final as unknown, but the word to duty staff that everything is held; gives how many.
/// What the far side has accepted stays so.
pub async fn list(tx: &mut Tx, why: Why, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let mut letters: Vec<i64> = Vec::new();
    for statement in [open_to_unknown!("state = 'queued'"), open_to_unknown!("state in ('leased', 'sending')")] {
        let listed: Vec<i64> = sqlx::query_scalar(statement).bind(Trouble::Held.kind()).fetch_all(&mut **tx).await?;
        letters.extend(listed);
    }
    note(tx, &letters, ("unknown", why.noted()), now).await?;
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

impl Store {
    /// Whether the word to duty staff that everything is held is due and has not left.
    pub async fn held_alarm_waits(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "select exists (select 1 from hold where lifted_at is null and why <> '')
                 and exists (select 1 from outbox o join notice n on n.key = o.notice join episode e on e.id = n.episode
                     where e.kind = ?1 and o.state = 'queued' and o.not_before <= ?2)",
        )
        .bind(Trouble::Held.kind())
        .bind(seconds(now))
        .fetch_one(self.pool())
        .await?)
    }
}
