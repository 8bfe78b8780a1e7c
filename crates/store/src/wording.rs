//! Templates whose words a person has released before.
//!
//! In: templates by what they say. Out: which of them nobody has released yet. Can't happen: an approval taken back by a
//! later one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, seconds};
use crate::sql;

/// Templates and the digests of what they say.
pub type Wording = BTreeMap<String, String>;

/// Notes that a person has released these words.
pub async fn approve(tx: &mut Tx, wording: &Wording, by: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    for (template, digest) in wording {
        sql::ask(
            "insert into wording (digest, template, approved_at, approved_by) values ($1, $2, $3, $4) on conflict do nothing",
        )
        .bind(digest)
        .bind(template)
        .bind(seconds(now))
        .bind(by)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Keeps the words that a draft was made from.
pub async fn of_draft(tx: &mut Tx, episode: &str, number: u32, wording: &Wording) -> Result<(), StoreError> {
    for (template, digest) in wording {
        sql::ask("insert into draft_wording (episode, number, template, digest) values ($1, $2, $3, $4)")
            .bind(episode)
            .bind(i64::from(number))
            .bind(template)
            .bind(digest)
            .run(tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Those of the templates whose words nobody has released yet.
    pub async fn unreleased(&self, wording: &Wording) -> Result<Vec<String>, StoreError> {
        let mut unknown = Vec::new();
        for (template, digest) in wording {
            let known: i64 =
                sql::ask("select count(*) from wording where digest = $1").bind(digest).one(self.pool()).await?;
            if known == 0 {
                unknown.push(template.clone());
            }
        }
        Ok(unknown)
    }

    /// Whether any words have ever been released.
    pub async fn has_wording(&self) -> Result<bool, StoreError> {
        let count: i64 = sql::ask("select count(*) from wording").one(self.pool()).await?;
        Ok(count > 0)
    }

    /// The words that a draft was made from.
    pub async fn draft_wording(&self, episode: &str, number: u32) -> Result<Wording, StoreError> {
        let rows: Vec<(String, String)> =
            sql::ask("select template, digest from draft_wording where episode = $1 and number = $2")
                .bind(episode)
                .bind(i64::from(number))
                .all(self.pool())
                .await?;
        Ok(rows.into_iter().collect())
    }
}
