//! Notices on their way into the outbox: a village's as the rounds in which it is played.
//!
//! In: the notices of a revision, in the transaction that tells it. Out: outbox rows. Can't happen: a village's text
//! queued outside its allowed hours, or one that speaks of hours that are past when it sounds; an older letter of the episode still queued for somebody when a newer one is; a
//! lift to somebody who was told nothing.

use chrono::{DateTime, Utc};

use super::{App, AppError};
use crate::ledger::{self, Actor};
use crate::msg;
use crate::notice::{Audience, Notice, play};
use crate::outbox;
use crate::outbox::replaced;
use crate::store::Tx;
use crate::store::episodes;
use crate::warning::{EpisodeId, Span};

/// The notice where a person passes it on.
fn by_hand(notice: &Notice) -> Notice {
    let mut passed = notice.clone();
    passed.parts.iter_mut().for_each(|part| part.by_hand = true);
    passed
}

/// What loudspeakers are to say of when.
pub(super) struct Heard<'a> {
    /// The told periods.
    pub(super) spans: &'a [Span],
    /// How the texts call them: at each round they are called as they are then.
    pub(super) phrase: &'a str,
}

impl App {
    /// Puts a revision's notices into the outbox.
    pub(super) async fn send_out(
        &self,
        tx: &mut Tx,
        (id, number): (&EpisodeId, u32),
        (notices, heard): (&[Notice], &Heard<'_>),
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        replaced::withdraw(tx, (&id.to_string(), number), notices, now).await?;
        let mut ready: Vec<Notice> = Vec::new();
        for notice in notices {
            let told = (notice.audience, notice.recipient.as_str());
            if notice.purpose.ends()
                && notice.audience != Audience::Duty
                && !replaced::reached(tx, &id.to_string(), told).await?
            {
                self.nothing_to_lift(tx, id, notice, now).await?;
                continue;
            }
            let village = self.site.roster.village(&notice.recipient).filter(|_| notice.audience == Audience::Village);
            let Some(village) = village else {
                ready.push(notice.clone());
                continue;
            };
            let reading = notice.parts.iter().map(|part| self.reading(part.body.text())).max().unwrap_or(0);
            let config = &self.site.config;
            let mut terms = config.speech.terms;
            terms.rounds = if notice.purpose.ends() { 1 } else { terms.rounds };
            let window = (notice.not_before.max(now), notice.expires_at);
            let rounds = play::rounds(village.play_hours, &config.zone, window, &terms, reading);
            if rounds.is_empty() {
                let why = msg!("villages.no_hours", name = &notice.name).text(config.language);
                ledger::write(tx, &Actor::Program, "not-played", &id.to_string(), &why, now).await?;
                // A person can still pass it on; that it is over need not be.
                ready.extend((!notice.purpose.ends()).then(|| self.called(by_hand(notice), heard, now)));
            }
            for (place, round) in rounds.iter().enumerate() {
                let mut playing = notice.clone();
                (playing.not_before, playing.expires_at) = (round.start, round.end);
                playing = self.called(playing, heard, round.start);
                if place > 0 {
                    playing.key = format!("{}.p{}", notice.key, place + 1);
                    episodes::write_notices(tx, std::slice::from_ref(&playing), id, number, now).await?;
                }
                ready.push(playing);
            }
        }
        Ok(outbox::enqueue(tx, &ready, &self.site.config, now).await?)
    }

    /// A village's text as it is heard at an instant: its periods called as they are called then, without what is past.
    fn called(&self, mut notice: Notice, heard: &Heard<'_>, at: DateTime<Utc>) -> Notice {
        let now_called = self.spoken(heard.spans, at);
        if !heard.phrase.is_empty() && !now_called.is_empty() {
            for part in &mut notice.parts {
                part.body = part.body.each(|text| text.replace(heard.phrase, &now_called));
            }
        }
        notice
    }

    /// What never went out is not taken back either: its end would only puzzle.
    async fn nothing_to_lift(
        &self,
        tx: &mut Tx,
        id: &EpisodeId,
        notice: &Notice,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let (event, why) = if notice.audience == Audience::Village {
            ("not-played", msg!("villages.nothing_to_lift", name = &notice.name))
        } else {
            ("not-told", msg!("outbox.nothing_to_lift", name = &notice.name))
        };
        ledger::write(tx, &Actor::Program, event, &id.to_string(), &why.text(self.site.config.language), now).await?;
        Ok(())
    }
}
