//! Everything held back by the program itself, since the database does not know all that has left.
//!
//! In: why the database can't be trusted about what was sent; what people and decisions have settled since. Out: how the
//! hold stands. Can't happen: two holds at once (an index). `outbox::withheld` says what becomes of the letters.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx, seconds};
use crate::sql;
use cuofeng_base::text::Message;
use cuofeng_channel::said;

/// Who holds what no person holds.
pub use cuofeng_town::roster::people::PROGRAM;

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
    Ok(row.and_then(|StandingRow { why, settled, judged }| Some(Standing { why: Why::named(&why)?, settled, judged })))
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
