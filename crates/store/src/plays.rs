//! What loudspeakers said of their orders.
//!
//! In: reports as they come. Out: those not yet matched with their letter; letters that nobody has said anything final
//! of. Can't happen: a report kept twice; one about an order that this site never gave.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use crate::state::State;
use cuofeng_base::text::outside;
use cuofeng_base::word::{ChannelName, identity};
use cuofeng_channel::speaker::letter_of;
use cuofeng_channel::speaker::report::{Report, Step};

/// A report and its letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The letter's key.
    pub key: String,
    /// The identity of the site that began what it is about; empty where that began before sites had any.
    pub site: String,
    /// The letter's number.
    pub number: i64,
    /// Where the letter stands.
    pub state: State,
    /// The letter's latest attempt.
    pub latest: i64,
    /// The attempt that is reported on.
    pub attempt: i64,
    /// How far it has come.
    pub step: Step,
    /// When it came.
    pub came_at: DateTime<Utc>,
    /// When it was so by the loudspeaker's own clock.
    pub said_at: Option<DateTime<Utc>>,
    /// Seconds played.
    pub seconds: Option<u32>,
    /// Why it was not played.
    pub reason: String,
}

/// A letter that a far side took and has said nothing final of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// Its number.
    pub number: i64,
    /// Its latest attempt.
    pub attempt: i64,
    /// Its words.
    pub body: String,
    /// Before when playing had to begin.
    pub begin_before: DateTime<Utc>,
    /// When the loudspeaker itself last said something of it.
    pub last_word: Option<DateTime<Utc>>,
}

/// Keeps a report; says whether it was new and of an order of this site.
pub async fn keep(tx: &mut Tx, report: &Report, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let Some((letter, attempt)) = letter_of(&report.order) else { return Ok(false) };
    let done = sql::ask(
        "insert into play_report (letter, attempt, step, came_at, said_at, seconds, reason)
         select o.key, $2, $3, $4, $5, $6, $7 from outbox o join notice n on n.key = o.notice
             join episode e on e.id = n.episode
         where o.key = $1 and o.attempt >= $2 and e.identity = $8 on conflict do nothing",
    )
    .bind(letter)
    .bind(attempt)
    .bind(report.step.word())
    .bind(seconds(now))
    .bind(report.at.map(seconds))
    .bind(report.seconds.map(i64::from))
    .bind(outside::line(&report.reason))
    .bind(identity::named_in(&report.order))
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// Notes that a report was matched with its letter.
pub async fn close(tx: &mut Tx, open: &Open, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update play_report set matched_at = $1 where letter = $2 and attempt = $3 and step = $4")
        .bind(seconds(now))
        .bind(&open.key)
        .bind(open.attempt)
        .bind(open.step.word())
        .run(tx)
        .await?;
    Ok(())
}

sql::row! {
    struct OpenPlaysRow {
        key: String,
        id: i64,
        state: String,
        attempt: i64,
        reported: i64,
        step: String,
        came_at: i64,
        said_at: Option<i64>,
        seconds: Option<i64>,
        reason: String,
        site: String,
    }
}

sql::row! {
    struct AwaitsWordRow {
        id: i64,
        attempt: i64,
        key: String,
        body: String,
        expires_at: i64,
        word: Option<i64>,
    }
}

impl Store {
    /// Reports not yet matched, in the order in which they came; of one moment, in the order of their steps.
    pub async fn open_plays(&self) -> Result<Vec<Open>, StoreError> {
        let rows: Vec<OpenPlaysRow> = sql::ask(
            "select o.key, o.id, o.state, o.attempt, r.attempt as reported, r.step, r.came_at, r.said_at, r.seconds, r.reason,
                 (select e.identity from notice n join episode e on e.id = n.episode where n.key = o.notice) as site from play_report r cross join outbox o on o.key = r.letter where r.matched_at is null order by r.came_at limit 500",
        )
        .all(self.pool())
        .await?;
        let mut open = Vec::with_capacity(rows.len());
        for OpenPlaysRow {
            key,
            id: number,
            state,
            attempt: latest,
            reported: attempt,
            step,
            came_at: came,
            said_at: said,
            seconds: played,
            reason,
            site,
        } in rows
        {
            let named = Step::named(&step);
            let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
            open.push(Open {
                step: named.ok_or_else(|| corrupt("play_report.step", &step))?,
                state: State::named(&state).ok_or_else(|| corrupt("outbox.state", &state))?,
                came_at: instant(came, &key)?,
                said_at: said.and_then(|at| DateTime::from_timestamp(at, 0)),
                seconds: played.and_then(|s| u32::try_from(s).ok()),
                key,
                site,
                number,
                latest,
                attempt,
                reason,
            });
        }
        open.sort_by_key(|one| (one.came_at, one.step));
        Ok(open)
    }

    /// Letters that a channel's far side took, or may have taken, and has said nothing final of.
    pub async fn awaits_word(&self, channel: ChannelName) -> Result<Vec<Silent>, StoreError> {
        let rows: Vec<AwaitsWordRow> = sql::ask(
            "select o.id, o.attempt, o.key, w.body, o.expires_at,
                 (select max(came_at) from play_report r where r.letter = o.key and r.attempt = o.attempt) as word from outbox o cross join letter_text w on w.outbox = o.id
             where o.channel = $1 and o.channel not in ('email', 'folder', 'by_hand')
                 -- The words of outbox_to_hear, without which that index is not taken.
                 and o.state in ('accepted', 'unknown') and o.state = 'accepted' order by o.id",
        )
        .bind(channel.name())
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|AwaitsWordRow { id: number, attempt, key, body, expires_at: before, word }| {
                let last_word = word.map(|at| instant(at, &key)).transpose()?;
                Ok(Silent { number, attempt, body, begin_before: instant(before, &key)?, last_word })
            })
            .collect()
    }

    /// Whether a channel has letters of which its far side may still say something.
    pub async fn may_hear(&self, channel: ChannelName, since: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(sql::ask(
            "select exists (select 1 from outbox where state in ('leased', 'sending') and channel = $1)
                 -- Both states are named first in the words of outbox_to_hear, without which it is not taken.
                 or exists (select 1 from outbox where channel = $1 and channel not in ('email', 'folder', 'by_hand')
                     and state in ('accepted', 'unknown') and state = 'accepted')
                 or exists (select 1 from outbox where channel = $1 and channel not in ('email', 'folder', 'by_hand')
                     and state in ('accepted', 'unknown') and state = 'unknown' and expires_at > $2)",
        )
        .bind(channel.name())
        .bind(seconds(since))
        .one(self.pool())
        .await?)
    }
}
