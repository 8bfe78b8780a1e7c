//! Letters that another process put into the outbox, noticed at once.
//!
//! In: the database. Out: a call when a letter is due that nobody has sent. Can't happen: a busy loop (it looks ten times a
//! second whether anything was written, and only then whether a letter is due).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::lease::PRIORITIES;
use cuofeng_base::word::ChannelName;
use cuofeng_sql as sql;
use cuofeng_store::{Store, StoreError, seconds};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

/// Watches the database on a connection of its own.
pub struct Wake {
    connection: sql::Watched,
    version: i64,
}

impl Wake {
    /// Begins to watch; what is there already counts as new.
    pub async fn begin(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { connection: sql::Watched::begin(store.pool()).await?, version: 0 })
    }

    /// Waits until a letter is due.
    pub async fn rung(&mut self, time: impl Fn() -> DateTime<Utc>) -> Result<(), StoreError> {
        loop {
            tokio::time::sleep(LOOK).await;
            let version = self.connection.version().await?;
            if version == self.version {
                continue;
            }
            let due = self.due(time()).await?;
            self.version = version;
            if due {
                return Ok(());
            }
        }
    }

    async fn due(&mut self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(sql::ask(
            "select not exists (select 1 from hold where lifted_at is null)
                 and coalesce((select mode from mode order by id desc limit 1), 'live') <> 'dry-run'
                 -- One look a channel and priority, however many wait for later or behind a pause.
                 and exists (select 1 from json_each($2) c cross join json_each($3) r on 1 = 1
                         cross join outbox o on o.state = 'queued' and o.channel = c.value and o.priority = r.value
                             and o.not_before <= $1
                     where not exists (
                         select 1 from channel_pause p where p.channel = c.value and p.lifted_at is null))",
        )
        .bind(seconds(now))
        .bind(serde_json::json!(ChannelName::ALL.map(ChannelName::name)).to_string())
        .bind(PRIORITIES)
        .one(&mut self.connection)
        .await?)
    }
}
