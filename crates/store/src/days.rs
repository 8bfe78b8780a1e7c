//! What happened in a stretch of time, counted.
//!
//! In: a period. Out: how many letters made in it stand in which state, and how many due runs came to nothing. Can't
//! happen: an address or a text.

use super::{Store, StoreError, seconds};
use crate::sql;
use crate::state::State;
use cuofeng_base::time::Period;
use cuofeng_base::word::ChannelName;
use cuofeng_notice::Audience;

impl Store {
    /// Letters of the notices made in a period, by channel and state.
    pub async fn letters_in(&self, period: Period) -> Result<Vec<(ChannelName, State, i64)>, StoreError> {
        let rows: Vec<(String, String, i64)> = sql::ask(
            "select o.channel, o.state, count(*) from outbox o join notice n on n.key = o.notice
             where n.made_at >= $1 and n.made_at < $2 group by o.channel, o.state order by o.channel, o.state",
        )
        .bind(seconds(period.start))
        .bind(seconds(period.end))
        .all(self.pool())
        .await?;
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: "a day".to_owned(), value: value.to_owned() };
        rows.into_iter()
            .map(|(channel, state, count)| {
                let channel = ChannelName::named(&channel).ok_or_else(|| corrupt("outbox.channel", &channel))?;
                let state = State::named(&state).ok_or_else(|| corrupt("outbox.state", &state))?;
                Ok((channel, state, count))
            })
            .collect()
    }

    /// What people were told by messages that left, of the notices made in a period: by class, how many people and how many
    /// messages. A notice in several forms is one, and so is a message that carries several.
    pub async fn heard_in(&self, period: Period) -> Result<Vec<(Audience, i64, i64)>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sql::ask(
            "select n.audience, count(distinct n.recipient), count(distinct case when o.carried_by is null then n.key end)
             from outbox o join notice n on n.key = o.notice
             where n.made_at >= $1 and n.made_at < $2 and n.audience <> 'village' and o.state in ('accepted', 'delivered')
             group by n.audience order by n.audience",
        )
        .bind(seconds(period.start))
        .bind(seconds(period.end))
        .all(self.pool())
        .await?;
        let corrupt = |value: &str| StoreError::Corrupt {
            what: "notice.audience",
            of: "a day".to_owned(),
            value: value.to_owned(),
        };
        let read = |(word, people, messages): (String, i64, i64)| {
            Ok((Audience::named(&word).ok_or_else(|| corrupt(&word))?, people, messages))
        };
        rows.into_iter().map(read).collect()
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
