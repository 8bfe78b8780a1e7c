//! Mailboxes that are read, and what has been looked at in them.
//!
//! In: how a reading went; the marks of mails. Out: since when a mailbox can't be read; which mails are new. Can't
//! happen: marks that pile up (those of mails that have gone are forgotten).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, instant, seconds};
use crate::sql;

/// A mailbox that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What it is called.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, by the last try.
    pub said: String,
}

impl Store {
    /// Notes how a reading went: why it failed, or that it did not.
    pub async fn mailbox_read(&self, name: &str, failure: Option<&str>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let put = |text| sql::ask(text).bind(name).bind(seconds(now)).bind(failure);
        let mut tx = self.begin().await?;
        let again =
            "update mailbox set read_at = case when $3 is null then $2 else read_at end, said = coalesce($3, ''),
                 failed_since = case when $3 is not null then coalesce(failed_since, $2) end
             where name = $1";
        if put(again).run(&mut tx).await? == 0 {
            let first = "insert into mailbox (name, read_at, failed_since, said)
             values ($1, case when $3 is null then $2 end, case when $3 is not null then $2 end, coalesce($3, ''))";
            put(first).run(&mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What is known of a mailbox that could not be read at the last try.
    pub async fn unread_mailbox(&self, name: &str) -> Result<Option<Unread>, StoreError> {
        let row: Option<(i64, String)> =
            sql::ask("select failed_since, said from mailbox where name = $1 and failed_since is not null")
                .bind(name)
                .maybe(self.pool())
                .await?;
        row.map(|(since, said)| Ok(Unread { name: name.to_owned(), since: instant(since, name)?, said })).transpose()
    }

    /// Which of these mails have been looked at; marks of others are forgotten.
    pub async fn mailbox_seen(&self, name: &str, marks: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        let all = serde_json::json!(marks).to_string();
        let mut tx = self.begin().await?;
        sql::ask("delete from mailbox_seen where mailbox = $1 and mark not in (select value from json_each($2))")
            .bind(name)
            .bind(&all)
            .run(&mut tx)
            .await?;
        tx.commit().await?;
        let seen: Vec<String> =
            sql::ask("select mark from mailbox_seen where mailbox = $1").bind(name).all(self.pool()).await?;
        Ok(seen.into_iter().collect())
    }

    /// Notes that a mail has been looked at.
    pub async fn mailbox_looked(&self, name: &str, mark: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sql::ask("insert into mailbox_seen (mailbox, mark) values ($1, $2) on conflict do nothing")
            .bind(name)
            .bind(mark)
            .run(&mut tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
