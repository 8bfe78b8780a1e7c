//! What loudspeakers say, and what their silence means.
//!
//! In: reports from the broker or pushed; the time. Out: letters moved on. Can't happen: a text called played that
//! nobody said was; one called accepted for ever (after a while of silence its fate is unknown, and staff are told); a
//! late or repeated word that moves a letter back; a text played again that was played after all.

use chrono::{DateTime, Duration, Utc};

use crate::delivering::voice::Voice;
use crate::error::AppError;
use cuofeng_base::msg;
use cuofeng_base::word::ChannelName;
use cuofeng_channel::Words;
use cuofeng_channel::speaker::line::Lines;
use cuofeng_channel::speaker::report::{Report, Step};
use cuofeng_office::site::Site;
use cuofeng_outbox::{Held, State, enter, say_again};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::plays::{self, Open, Silent};
use cuofeng_store::{Store, receipt};

/// How long after it should have ended the end of a playing may be said.
const GRACE: Duration = Duration::minutes(10);

/// How long a word may still come after a text has become useless.
const LATE: Duration = Duration::days(3);

/// From this on a loudspeaker's clock is called wrong.
const WRONG: Duration = Duration::minutes(5);

/// What loudspeakers say.
#[derive(Clone, Copy)]
pub struct Plays<'a> {
    site: &'a Site,
    store: &'a Store,
    voice: Voice<'a>,
}

impl<'a> Plays<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, voice: Voice<'a>) -> Self {
        Self { site, store, voice }
    }

    /// Takes in what loudspeakers have said, and moves their letters on.
    pub(crate) async fn read_plays(&self, lines: &Lines, now: DateTime<Utc>) -> Result<(), AppError> {
        for line in lines.all() {
            if !line.begun() && !self.store.may_hear(ChannelName::Mqtt, now - LATE).await? {
                continue;
            }
            loop {
                let heard = line.heard().await;
                if heard.is_empty() {
                    break;
                }
                let reports: Vec<Report> = heard.iter().filter_map(|one| one.report.clone()).collect();
                if reports.len() < heard.len() {
                    tracing::warn!(count = heard.len() - reports.len(), "loudspeakers said what can't be read");
                }
                self.keep_plays(&reports, now).await?;
                line.noted(&heard).await;
            }
        }
        self.match_plays(now).await?;
        self.call_silent(now).await
    }

    /// Keeps what loudspeakers said; gives how many reports were new.
    pub async fn keep_plays(&self, reports: &[Report], now: DateTime<Utc>) -> Result<usize, AppError> {
        let mut fresh = 0;
        let mut tx = self.store.begin().await?;
        for report in reports {
            fresh += usize::from(plays::keep(&mut tx, report, now).await?);
        }
        tx.commit().await?;
        Ok(fresh)
    }

    /// Moves on the letters that reports are about.
    pub async fn match_plays(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        for open in self.store.open_plays().await? {
            let state = open.state;
            // While it is in hand, the broker's own answer comes first.
            if matches!(state, State::Leased | State::Sending) {
                continue;
            }
            let (moved, said) = (moves(&open, state), said(self.site, &open));
            let words = Words {
                id: cuofeng_channel::speaker::order_of(&open.site, &open.key, open.attempt),
                said: said.clone(),
            };
            let seen = Held { id: open.number, attempt: open.attempt, state };
            let mut tx = self.store.begin().await?;
            match moved {
                Some(to) if to == state => say_again(&mut tx, seen, &said, now).await?,
                Some(to) => {
                    if !enter(&mut tx, seen, to, &said, now).await? {
                        continue;
                    }
                    receipt::keep(&mut tx, open.number, open.attempt, to.word(), &words, now).await?;
                }
                None => {
                    tracing::info!(letter = open.key, said, "a loudspeaker's word that changes nothing");
                }
            }
            plays::close(&mut tx, &open, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Calls unknown what was taken long ago and never said to have been played.
    async fn call_silent(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        let config = &self.site.config;
        let pushed = config.speaker_http.as_ref().is_some_and(|c| c.push.is_some());
        let channels = [(ChannelName::Mqtt, config.mqtt.is_some()), (ChannelName::SpeakerHttp, pushed)];
        for (channel, _) in channels.into_iter().filter(|(_, reports)| *reports) {
            for silent in self.store.awaits_word(channel).await? {
                if self.word_due(&silent) > now {
                    continue;
                }
                let why =
                    if silent.last_word.is_some() { msg!("speaker.never_played") } else { msg!("speaker.never_heard") };
                let why = why.text(config.language);
                let mut tx = self.store.begin().await?;
                let seen = Held { id: silent.number, attempt: silent.attempt, state: State::Accepted };
                if enter(&mut tx, seen, State::Unknown, &why, now).await? {
                    ledger::write(
                        &mut tx,
                        &Actor::Program,
                        Event::PlayUnknown,
                        &format!("letter {}", silent.number),
                        &why,
                        now,
                    )
                    .await?;
                }
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// By when a loudspeaker must have said that a text was played: after its last word by twice the playing's length,
    /// else after the latest beginning by its length.
    fn word_due(&self, silent: &Silent) -> DateTime<Utc> {
        let seconds = i64::from(self.site.config.speech.terms.seconds(self.voice.reading(&silent.body)));
        match silent.last_word {
            Some(word) => word + Duration::seconds(2 * seconds) + GRACE,
            None => silent.begin_before + Duration::seconds(seconds) + GRACE,
        }
    }
}

/// A report in words.
fn said(site: &Site, open: &Open) -> String {
    let lang = site.config.language;
    let mut words = match (open.step, open.seconds) {
        (Step::Played, Some(seconds)) => msg!("speaker.played_seconds", seconds = seconds).text(lang),
        (Step::Failed, _) if !open.reason.is_empty() => {
            msg!("speaker.failed_why", why = open.reason.clone()).text(lang)
        }
        (step, _) => step.message().text(lang),
    };
    if let Some(off) = open.said_at.map(|at| at - open.came_at).filter(|off| off.abs() > WRONG) {
        let minutes = off.abs().num_minutes();
        let message = if off > Duration::zero() {
            msg!("speaker.clock_fast", minutes = minutes)
        } else {
            msg!("speaker.clock_slow", minutes = minutes)
        };
        words.push_str(&message.text(lang));
    }
    words
}

/// Into which state a report moves a letter: its own where only the course is noted, none where it changes nothing.
fn moves(open: &Open, state: State) -> Option<State> {
    let latest = open.attempt == open.latest;
    match (open.step, state) {
        // It has sounded: it need not sound again, whatever was thought of it.
        (Step::Played, State::Accepted | State::Unknown | State::Queued | State::Failed | State::Dead) => {
            Some(State::Delivered)
        }
        (Step::Accepted | Step::Playing, State::Accepted | State::Unknown) if latest => Some(State::Accepted),
        (Step::Failed, State::Accepted | State::Unknown) if latest => Some(State::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_moves_a_letter_forward_and_never_back() {
        let open = |step, attempt| Open {
            site: String::new(),
            key: "a".into(),
            number: 1,
            state: State::Accepted,
            latest: 2,
            attempt,
            step,
            came_at: DateTime::UNIX_EPOCH,
            said_at: None,
            seconds: None,
            reason: String::new(),
        };
        // step, attempt reported on (of two), state before, state after
        let cases = [
            (Step::Accepted, 2, State::Accepted, Some(State::Accepted)),
            (Step::Playing, 2, State::Unknown, Some(State::Accepted)),
            (Step::Played, 2, State::Accepted, Some(State::Delivered)),
            (Step::Played, 2, State::Unknown, Some(State::Delivered)),
            (Step::Failed, 2, State::Accepted, Some(State::Failed)),
            // Out of order: the end has been said before.
            (Step::Accepted, 2, State::Delivered, None),
            (Step::Playing, 2, State::Delivered, None),
            (Step::Failed, 2, State::Delivered, None),
            (Step::Playing, 2, State::Failed, None),
            (Step::Played, 2, State::Failed, Some(State::Delivered)),
            // The first attempt was played after all: the second need not go out, and one that failed is no failure.
            (Step::Played, 1, State::Queued, Some(State::Delivered)),
            (Step::Failed, 1, State::Accepted, None),
            (Step::Playing, 1, State::Queued, None),
            (Step::Played, 1, State::Expired, None),
        ];
        for (step, attempt, state, after) in cases {
            assert_eq!(moves(&open(step, attempt), state), after, "{step:?} {attempt} {state:?}");
        }
    }
}
