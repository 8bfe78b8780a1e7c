//! One channel's letters on their way: as many at a time as the channel takes, each turn's states in one commit.
//!
//! In: a channel and its due letters. Out: what became of each. Can't happen: a network call before its `sending` is on
//! disk; more letters in `sending` than the channel is wide; an outcome lost because the database was busy (it is kept
//! and written later); a letter whose period has ended on its way.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::drained::{Drained, Time};
use super::limits::UNMARKED;
use super::pause::{self, Gate};
use super::refused;
use super::retry::{self, again};
use super::step::{Doubt, Step};
use super::{Row, State, lease, limits, merge};
use cuofeng_base::boundary::boundary;
use cuofeng_base::caught;
use cuofeng_base::word::{ChannelName, Limit, Window};
use cuofeng_channel::{Channel, Outcome, Words, panicked};
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::merged::Merging;
use cuofeng_store::{Store, StoreError};
use cuofeng_town::roster::people::mask_all;

/// How long after it was sent the far side is first asked what became of a letter.
const FIRST_ASKED: Duration = Duration::minutes(1);

/// How often the outcomes of letters are offered to a database that does not take them, one second apart at first and
/// twice as long each time. Then they are unknown.
const OFFERS: u32 = 6;

/// With more letters than this under way, a commit waits for those that are nearly through.
const FEW: usize = 16;

/// How long it waits: less than a commit takes.
const MOMENT: std::time::Duration = std::time::Duration::from_millis(3);

/// How much a channel carries on the day after its far side has refused the sender: one at a time, a few a minute.
const SLOWLY: [Limit; 1] = [Limit { count: 4, window: Window::Minute, of_address: false }];

/// One channel at work.
pub(super) struct Lane<'a> {
    store: &'a Store,
    name: ChannelName,
    channel: &'a Arc<dyn Channel>,
    time: Time<'a>,
    stop: &'a CancellationToken,
    merging: Option<&'a Merging<'a>>,
    lease: String,
    under_way: JoinSet<(Arc<Row>, Outcome)>,
    steps: Vec<Step>,
    /// Messages that were counted as begun at a time, and have not left.
    uncounted: Option<(i64, DateTime<Utc>)>,
    closed: Option<Words>,
    passed: bool,
    /// Whether letters were set aside, so that those behind them are to be looked at.
    aside: bool,
    drained: Drained,
}

impl<'a> Lane<'a> {
    pub(super) fn new(
        store: &'a Store,
        (name, channel): (ChannelName, &'a Arc<dyn Channel>),
        time: Time<'a>,
        (stop, merging): (&'a CancellationToken, Option<&'a Merging<'a>>),
        lease: String,
    ) -> Self {
        Self {
            store,
            name,
            channel,
            time,
            stop,
            merging,
            lease,
            under_way: JoinSet::new(),
            steps: Vec::new(),
            uncounted: None,
            closed: None,
            passed: false,
            aside: false,
            drained: Drained::default(),
        }
    }

    /// Sends what is due until nothing is, the channel closes or `stop` says so.
    pub(super) async fn run(mut self) -> Result<Drained, StoreError> {
        loop {
            let started = match self.turn().await {
                Ok(started) => started,
                Err(error) => return self.give_up(error).await,
            };
            for row in started {
                let channel = Arc::clone(self.channel);
                self.under_way.spawn(async move {
                    let sent = caught::future(async { channel.send(&row.letter).await }).await;
                    let outcome = sent.unwrap_or_else(|words| panicked(channel.as_ref(), &words));
                    (row, outcome)
                });
            }
            if !self.under_way.is_empty() {
                self.collect().await;
            } else if !self.aside {
                return Ok(self.drained);
            }
        }
    }

    /// Waits for a letter to be through, a moment for others, and takes all that are: the more there are in a commit, the
    /// less each costs.
    async fn collect(&mut self) {
        let mut next = self.under_way.join_next().await;
        if self.under_way.len() > FEW {
            tokio::time::sleep(MOMENT).await;
        }
        while let Some(joined) = next {
            match joined {
                Ok((row, outcome)) => {
                    let step = self.judge(&row, outcome);
                    // What was in one message has one fate.
                    let with = row.carries.iter().map(|c| Step {
                        id: c.id,
                        attempt: c.attempt,
                        carried: true,
                        ..step.clone()
                    });
                    self.steps.extend(with.collect::<Vec<_>>());
                    self.steps.push(step);
                }
                // It stays `sending` until its lease runs out, then it is unknown.
                Err(error) => tracing::error!(channel = self.name.name(), %error, "a send ended by itself"),
            }
            next = self.under_way.try_join_next();
        }
        boundary("sent");
    }

    /// What becomes of a letter after what the far side said.
    fn judge(&mut self, row: &Row, outcome: Outcome) -> Step {
        let now = (self.time)();
        let tries = row.tries + 1;
        let fault = matches!(outcome, Outcome::Fault(_));
        let doubt = match &outcome {
            Outcome::Refused(_) => Some(Doubt::Untold),
            Outcome::Sender { for_good: true, .. } => Some(Doubt::Sender { alone: (State::Failed, now) }),
            Outcome::Sender { .. } if tries >= retry::TRIES => Some(Doubt::Sender { alone: (State::Dead, now) }),
            Outcome::Sender { .. } => {
                Some(Doubt::Sender { alone: (State::Queued, again(&row.letter.key, tries, now)) })
            }
            _ => None,
        };
        let (state, words, next, counts) = match outcome {
            Outcome::Delivered(words) => (State::Delivered, words, now, false),
            Outcome::Accepted(words) => (State::Accepted, words, now + FIRST_ASKED, false),
            Outcome::Permanent(words) | Outcome::Refused(words) | Outcome::Fault(words) => {
                (State::Failed, words, now, false)
            }
            Outcome::Sender { words, .. } => (State::Queued, words, now, false),
            Outcome::Unknown(words) => (State::Unknown, words, now + FIRST_ASKED, false),
            Outcome::Transient(words) if tries >= retry::TRIES => (State::Dead, words, now, true),
            Outcome::Transient(words) => (State::Queued, words, again(&row.letter.key, tries, now), true),
            Outcome::Waits(time) => {
                let next = now + Duration::from_std(time).unwrap_or(FIRST_ASKED);
                (State::Queued, Words::said("its audio is being made"), next, false)
            }
            Outcome::Closed(words) => {
                self.closed = Some(words.clone());
                (State::Queued, words, now, false)
            }
        };
        let letters = 1 + row.carries.len();
        match state {
            State::Accepted | State::Delivered => {
                self.passed = true;
                self.drained.sent += letters;
            }
            State::Queued => self.drained.later += letters,
            _ => self.drained.trouble += letters,
        }
        if !matches!(state, State::Accepted | State::Delivered) {
            let said = mask_all(&words.said);
            tracing::warn!(key = row.letter.key, state = state.word(), attempt = row.attempt, said, "not sent");
        }
        Step { id: row.id, attempt: row.attempt, state, words, next, counts, carried: false, fault, doubt }
    }

    /// One transaction: writes what became of letters, and takes and marks those that are sent next.
    async fn turn(&mut self) -> Result<Vec<Arc<Row>>, StoreError> {
        let now = (self.time)();
        self.store.still_there()?;
        let before = self.store.marked_last();
        let mut tx = self.store.begin().await?;
        let about_sender = refused::weigh(&mut tx, self.name, &mut self.steps, now).await?;
        lease::write(&mut tx, &self.steps, &self.lease, now).await?;
        if let Some(words) = self.closed.as_ref().or(about_sender.as_ref()) {
            pause::begin(&mut tx, self.name, (pause::PROGRAM, &words.said), now).await?;
        }
        if about_sender.is_some() {
            pause::slow_down(&mut tx, self.name).await?;
        }
        let shuts = self.closed.is_some() || about_sender.is_some();
        let (mut gate, slow) = pause::gate(&mut tx, self.name, now).await?;
        if gate == Gate::One && self.passed && !shuts {
            pause::end(&mut tx, self.name, pause::PROGRAM, now).await?;
            gate = Gate::Open;
        }
        // What has ended meanwhile would stand in front of what is due.
        self.drained.expired += lease::expire(&mut tx, now).await?;
        let width = match gate {
            _ if self.stop.is_cancelled() => 0,
            Gate::Open | Gate::Alarm if !slow => self.channel.width(),
            Gate::Open | Gate::Alarm | Gate::One => 1,
            Gate::Shut => 0,
        };
        // No more are taken than are begun in the same commit: a lift that comes in now must not wait behind others.
        let mut room = limits::room(&mut tx, self.name, self.channel.limits(), now).await?;
        if slow {
            room = room.min(limits::room(&mut tx, self.name, &SLOWLY, now).await?);
        }
        let free = width.saturating_sub(self.under_way.len()).min(room);
        let alone = (gate == Gate::Alarm).then_some(Trouble::Held);
        let due = lease::due(&mut tx, (self.name, alone), free, now).await?;
        let due = merge::gather(&mut tx, self.name, self.merging, due, now).await?;
        let (starts, later) = limits::by_address(&mut tx, self.name, self.channel.limits(), due, now).await?;
        lease::postpone(&mut tx, &later, now).await?;
        let number = lease::begin(&mut tx, self.name, &starts, &self.lease, now).await?;
        if number.is_some_and(|number| number <= before) {
            return Err(StoreError::Behind);
        }
        boundary("committing");
        tx.commit().await?;
        boundary("committed");
        (self.aside, self.closed) = (!later.is_empty(), None);
        self.drained.later += later.len();
        self.steps.clear();
        if let Some(Err(error)) = number.map(|number| self.store.remember(number, now)) {
            self.steps.extend(starts.iter().flat_map(unmarked));
            self.uncounted = Some((lease::messages(&starts), now));
            return Err(error);
        }
        Ok(starts)
    }

    /// The database does not answer: no letter is begun any more, and what became of those under way is offered to it
    /// again until it is taken.
    async fn give_up(mut self, error: StoreError) -> Result<Drained, StoreError> {
        tracing::error!(channel = self.name.name(), %error, "the outbox can't be written; nothing more is sent");
        while !self.under_way.is_empty() {
            self.collect().await;
        }
        for offer in 0..OFFERS {
            if self.steps.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1 << offer)).await;
            match self.write_steps().await {
                Ok(()) => self.steps.clear(),
                Err(error) => tracing::error!(channel = self.name.name(), %error, "still can't be written"),
            }
        }
        for step in &self.steps {
            tracing::error!(letter = step.id, state = step.state.word(), "not on record; it will be listed as unknown");
        }
        Err(error)
    }

    async fn write_steps(&self) -> Result<(), StoreError> {
        let now = (self.time)();
        let mut tx = self.store.begin().await?;
        lease::write(&mut tx, &self.steps, &self.lease, now).await?;
        if let Some((messages, begun_at)) = self.uncounted {
            limits::count(&mut tx, self.name, -messages, begun_at).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Letters that were begun and whose number can't be marked: none of them has left, they wait again.
fn unmarked(row: &Arc<Row>) -> Vec<Step> {
    let words = Words::said(UNMARKED);
    let (state, next) = (State::Queued, row.letter.date);
    let step = |id, attempt, carried| Step {
        id,
        attempt,
        state,
        words: words.clone(),
        next,
        counts: false,
        carried,
        fault: false,
        doubt: None,
    };
    let carried = row.carries.iter().map(|other| step(other.id, other.attempt, true));
    carried.chain([step(row.id, row.attempt, false)]).collect()
}
