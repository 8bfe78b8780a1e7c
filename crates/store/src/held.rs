//! Everything held back by the program itself, since the database does not know all that has left.
//!
//! In: why the database can't be trusted about what was sent; what people and decisions have settled since. Out: how the
//! hold stands. Can't happen: two holds at once (an index). `outbox::withheld` says what becomes of the letters.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::{msg, words};
use cuofeng_channel::said;

/// Who holds what no person holds.
pub use cuofeng_town::roster::people::PROGRAM;

words! {
    /// Why the database does not know all that has left.
    pub enum Why {
        /// It was restored from a backup.
        Restored = "restored" as "held.restored",
        /// It is older than what has left, or was emptied.
        Forgotten = "forgotten" as "held.forgotten",
        /// It is another site's.
        Foreign = "foreign" as "held.foreign",
        /// Its folder is a copy of a site that works elsewhere, or was moved.
        Copied = "copied" as "held.copied",
    }
}

/// Why a stored hold stands; nothing where a person holds.
fn read_why(word: &str) -> Result<Option<Why>, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "hold.why", of: "hold".to_owned(), value: word.to_owned() };
    if word.is_empty() { Ok(None) } else { Why::named(word).ok_or_else(corrupt).map(Some) }
}

/// Dates a hold that a clock which was ahead began not later than now.
pub async fn bring_back(tx: &mut Tx, ahead: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update hold set since = $2 where lifted_at is null and since > $1")
        .bind(seconds(ahead))
        .bind(seconds(now))
        .run(tx)
        .await?;
    Ok(())
}

impl Why {
    /// Whether a person says first what the folder or the database is.
    #[must_use]
    pub const fn wants_settling(self) -> bool {
        matches!(self, Self::Foreign | Self::Copied)
    }

    /// What is noted at a letter.
    #[must_use]
    pub const fn noted(self) -> &'static str {
        match self {
            Self::Restored => said::HELD_RESTORED,
            Self::Forgotten => said::HELD_FORGOTTEN,
            Self::Foreign => said::HELD_FOREIGN,
            Self::Copied => said::HELD_COPIED,
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

sql::row! {
    struct StandingRow {
        why: String,
        settled: bool,
        judged: bool,
    }
}

/// The program's hold, if it holds.
pub async fn standing(tx: &mut Tx) -> Result<Option<Standing>, StoreError> {
    let row: Option<StandingRow> = sql::ask(
        "select why, settled <> '' as settled, judged_at is not null as judged from hold where lifted_at is null",
    )
    .maybe(&mut *tx)
    .await?;
    let Some(StandingRow { why, settled, judged }) = row else { return Ok(None) };
    Ok(read_why(&why)?.map(|why| Standing { why, settled, judged }))
}

/// Notes that decisions were made while it stands.
pub async fn judged(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update hold set judged_at = $1 where lifted_at is null and judged_at is null")
        .bind(seconds(now))
        .run(tx)
        .await?;
    Ok(())
}

/// Notes that a person has said what the folder and the database are: `moved` or `copied`.
pub async fn settle(tx: &mut Tx, word: &str) -> Result<(), StoreError> {
    sql::ask("update hold set settled = $1 where lifted_at is null").bind(word).run(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use cuofeng_base::text::Lang;
    use cuofeng_channel::said;

    use super::*;

    #[test]
    fn what_a_held_letter_is_noted_with_is_read_in_the_readers_language() {
        for stored in [Why::Restored, Why::Forgotten, Why::Foreign, Why::Copied].map(Why::noted) {
            assert_ne!(said::words(stored, None, Lang::Zh), stored);
        }
    }
}

/// What holds something that is unsent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who said so.
    pub by: String,
    /// Why, in a person's words; empty where the program holds.
    pub reason: String,
    /// Why the program holds, where it does and no person.
    pub why: Option<Why>,
}

impl Hold {
    /// Why, in words.
    #[must_use]
    pub fn words(&self, lang: Lang) -> String {
        self.why.map_or_else(|| self.reason.clone(), |why| why.message().text(lang))
    }

    /// That nothing is sent, and why: what is decided meanwhile reaches nobody.
    #[must_use]
    pub fn message(&self, lang: Lang) -> Message {
        let why = self.words(lang);
        match self.why {
            Some(_) => msg!("held.everything", why = why),
            None => msg!("held.by_person", by = &self.by, why = why),
        }
    }
}

sql::row! {
    struct HoldRow {
        since: i64,
        by: String,
        reason: String,
        why: String,
    }
}

impl Store {
    /// What holds everything that is unsent, if anything does.
    pub async fn hold(&self) -> Result<Option<Hold>, StoreError> {
        let row: Option<HoldRow> =
            sql::ask("select since, by, reason, why from hold where lifted_at is null").maybe(self.pool()).await?;
        row.map(|HoldRow { since, by, reason, why }| {
            Ok(Hold { since: instant(since, "hold")?, by, reason, why: read_why(&why)? })
        })
        .transpose()
    }
}
