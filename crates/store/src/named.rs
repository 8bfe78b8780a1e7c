//! Whom alarms have named to duty staff.
//!
//! In: an alarm's kind, the episode that it is about, whom it names. Out: who was named. Can't happen: somebody named
//! twice, or noted as named by an alarm that was not written.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, seconds};
use crate::sql;

/// Notes whom an alarm names, in its own transaction.
pub async fn note(
    tx: &mut Tx,
    (kind, episode): (&str, &str),
    about: &[String],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for one in about {
        sql::ask("insert into alarm_named (kind, episode, about, at) values ($1, $2, $3, $4) on conflict do nothing")
            .bind(kind)
            .bind(episode)
            .bind(one)
            .bind(seconds(now))
            .run(tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// Whom the alarms of a kind about an episode have named.
    pub async fn named(&self, kind: &str, episode: &str) -> Result<BTreeSet<String>, StoreError> {
        let all: Vec<String> = sql::ask("select about from alarm_named where kind = $1 and episode = $2")
            .bind(kind)
            .bind(episode)
            .all(self.pool())
            .await?;
        Ok(all.into_iter().collect())
    }
}
