//! Templates whose words a person has released before.
//!
//! In: templates by what they say. Out: which of them nobody has released yet. Can't happen: an approval taken back by a
//! later one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, seconds};

/// Templates and the digests of what they say.
pub type Wording = BTreeMap<String, String>;

/// Notes that a person has released these words.
pub async fn approve(tx: &mut Tx, wording: &Wording, by: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    for (template, digest) in wording {
        sqlx::query(
            "insert into wording (digest, template, approved_at, approved_by) values (?, ?, ?, ?) on conflict do nothing",
        )
        .bind(digest)
        .bind(template)
        .bind(seconds(now))
        .bind(by)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Keeps the words that a draft was made from.
pub async fn of_draft(tx: &mut Tx, episode: &str, number: u32, wording: &Wording) -> Result<(), StoreError> {
    for (template, digest) in wording {
        sqlx::query("insert into draft_wording (episode, number, template, digest) values (?, ?, ?, ?)")
            .bind(episode)
            .bind(i64::from(number))
            .bind(template)
            .bind(digest)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Those of the templates whose words nobody has released yet.
    pub async fn unreleased(&self, wording: &Wording) -> Result<Vec<String>, StoreError> {
        let mut unknown = Vec::new();
        for (template, digest) in wording {
            let known: i64 = sqlx::query_scalar("select count(*) from wording where digest = ?")
                .bind(digest)
                .fetch_one(self.pool())
                .await?;
            if known == 0 {
                unknown.push(template.clone());
            }
        }
        Ok(unknown)
    }

    /// Whether any words have ever been released.
    pub async fn has_wording(&self) -> Result<bool, StoreError> {
        let count: i64 = sqlx::query_scalar("select count(*) from wording").fetch_one(self.pool()).await?;
        Ok(count > 0)
    }

    /// The words that a draft was made from.
    pub async fn draft_wording(&self, episode: &str, number: u32) -> Result<Wording, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select template, digest from draft_wording where episode = ? and number = ?")
                .bind(episode)
                .bind(i64::from(number))
                .fetch_all(self.pool())
                .await?;
        Ok(rows.into_iter().collect())
    }
}
