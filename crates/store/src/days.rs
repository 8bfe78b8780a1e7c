//! What happened in a stretch of time, counted.
//!
//! In: a period. Out: how many letters made in it stand in which state, and how many due runs came to nothing. Can't
//! happen: an address or a text.

use super::{Store, StoreError, seconds};
use crate::sql;
use cuofeng_base::time::Period;

impl Store {
    /// Letters of the notices made in a period, by channel and state.
    pub async fn letters_in(&self, period: Period) -> Result<Vec<(String, String, i64)>, StoreError> {
        Ok(sql::ask(
            "select o.channel, o.state, count(*) from outbox o join notice n on n.key = o.notice
             where n.made_at >= $1 and n.made_at < $2 group by o.channel, o.state order by o.channel, o.state",
        )
        .bind(seconds(period.start))
        .bind(seconds(period.end))
        .all(self.pool())
        .await?)
    }

    /// What people were told by messages that left, of the notices made in a period: by class, how many people and how many
    /// messages. A notice in several forms is one, and so is a message that carries several.
    pub async fn heard_in(&self, period: Period) -> Result<Vec<(String, i64, i64)>, StoreError> {
        Ok(sql::ask(
            "select n.audience, count(distinct n.recipient), count(distinct case when o.carried_by is null then n.key end)
             from outbox o join notice n on n.key = o.notice
             where n.made_at >= $1 and n.made_at < $2 and n.audience <> 'village' and o.state in ('accepted', 'delivered')
             group by n.audience order by n.audience",
        )
        .bind(seconds(period.start))
        .bind(seconds(period.end))
        .all(self.pool())
        .await?)
    }

    /// Runs that were due in a period and failed, by job.
    pub async fn failed_in(&self, period: Period) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sql::ask(
            "select job, count(*) from run where due_at >= $1 and due_at < $2 and state = 'failed' group by job
             order by job",
        )
        .bind(seconds(period.start))
        .bind(seconds(period.end))
        .all(self.pool())
        .await?)
    }
}
