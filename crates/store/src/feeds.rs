//! What is known of each feed's last pull.
//!
//! In: how a pull went. Out: when it last succeeded, what it kept for the next one, when it may be asked again.
//! Can't happen: a failure that forgets the last success.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_feed::Memory;

/// What is known of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedState {
    /// When it was last asked.
    pub pulled_at: Option<DateTime<Utc>>,
    /// When it last answered well.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// What went wrong the last time, if it did.
    pub error: Option<String>,
    /// Not to be asked before.
    pub not_before: Option<DateTime<Utc>>,
    /// What the last good pull kept.
    pub memory: Memory,
    /// Whom to name where the data is shown.
    pub attributions: Vec<String>,
}

/// A stored state: asked, succeeded, error, not before, memory, attributions.
type StateRow = (i64, Option<i64>, Option<String>, i64, String, String);

/// Notes a pull that went well.
pub async fn note_success(
    tx: &mut Tx,
    feed: &str,
    memory: &Memory,
    attributions: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (memory, attributions) = (serde_json::to_string(memory), serde_json::to_string(attributions));
    let (memory, attributions) = (memory.unwrap_or_default(), attributions.unwrap_or_default());
    let put = |text| sql::ask(text).bind(feed).bind(seconds(now)).bind(&memory).bind(&attributions);
    let again = "update feed_state set pulled_at = $2, succeeded_at = $2, error = null, not_before = 0, memory = $3,
             attributions = case when $4 = '[]' then attributions else $4 end
         where feed = $1";
    if put(again).run(tx).await? == 0 {
        let first =
            "insert into feed_state (feed, pulled_at, succeeded_at, memory, attributions) values ($1, $2, $2, $3, $4)";
        put(first).run(tx).await?;
    }
    Ok(())
}

/// Notes whom to name, where data came by another way than a pull.
pub async fn note_attributions(
    tx: &mut Tx,
    feed: &str,
    attributions: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if attributions.is_empty() {
        return Ok(());
    }
    let attributions = serde_json::to_string(attributions).unwrap_or_default();
    let again = sql::ask("update feed_state set attributions = $2 where feed = $1").bind(feed).bind(&attributions);
    if again.run(tx).await? == 0 {
        sql::ask("insert into feed_state (feed, pulled_at, attributions) values ($1, $2, $3)")
            .bind(feed)
            .bind(seconds(now))
            .bind(attributions)
            .run(tx)
            .await?;
    }
    Ok(())
}

/// Notes a pull that failed, and until when the far side asks to be left alone.
pub async fn note_failure(
    tx: &mut Tx,
    feed: &str,
    error: &str,
    not_before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let put = |text| sql::ask(text).bind(feed).bind(seconds(now)).bind(error).bind(not_before.map_or(0, seconds));
    let again = "update feed_state set pulled_at = $2, error = $3, not_before = $4 where feed = $1";
    if put(again).run(tx).await? == 0 {
        put("insert into feed_state (feed, pulled_at, error, not_before) values ($1, $2, $3, $4)").run(tx).await?;
    }
    Ok(())
}

/// Lets feeds be asked again that a clock which was ahead has put off, and dates what it noted of them not later than now.
pub async fn bring_back(tx: &mut Tx, ahead: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask(
        "update feed_state set not_before = 0, pulled_at = $2, succeeded_at = min(succeeded_at, $2) where pulled_at > $1",
    )
    .bind(seconds(ahead))
    .bind(seconds(now))
    .run(tx)
    .await?;
    Ok(())
}

impl Store {
    /// What is known of a feed.
    pub async fn feed_state(&self, feed: &str) -> Result<FeedState, StoreError> {
        let row: Option<StateRow> = sql::ask(
            "select pulled_at, succeeded_at, error, not_before, memory, attributions from feed_state where feed = $1",
        )
        .bind(feed)
        .maybe(self.pool())
        .await?;
        let Some((pulled, succeeded, error, not_before, memory, attributions)) = row else {
            return Ok(FeedState::default());
        };
        Ok(FeedState {
            pulled_at: Some(instant(pulled, "feed_state")?),
            succeeded_at: succeeded.map(|s| instant(s, "feed_state")).transpose()?,
            error,
            not_before: if not_before == 0 { None } else { Some(instant(not_before, "feed_state")?) },
            // What was kept only saves a transfer: an unreadable memory is an empty one.
            memory: serde_json::from_str(&memory).unwrap_or_default(),
            attributions: serde_json::from_str(&attributions).unwrap_or_default(),
        })
    }
}
