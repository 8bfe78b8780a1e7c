//! Notices on their way into the outbox: a village's as the rounds in which it is played.
//!
//! In: the notices of a revision, in the transaction that tells it. Out: outbox rows. Can't happen: a village's text
//! queued outside its allowed hours, or one that speaks of hours that are past when it sounds, or of a today that is not
//! the day on which it sounds; a village where a person reads it out bound to the end of a round; an older letter of the
//! episode still queued for somebody when a newer one is; a lift to somebody who was told nothing.

use chrono::{DateTime, Utc};

use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::telling::removed::note_lifted;
use crate::telling::words::spoken;
use cuofeng_base::msg;
use cuofeng_base::time::{ClockHours, Period};
use cuofeng_base::word::ChannelName;
use cuofeng_notice::{Audience, Notice, play};
use cuofeng_office::site::Site;
use cuofeng_outbox::replaced;
use cuofeng_rules::warning::{EpisodeId, Span};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Tx, episodes};

/// What people call a day from the day on which they speak.
const RELATIVE: [&str; 9] = ["今天", "今日", "今晚", "明天", "明日", "明早", "后天", "today", "tomorrow"];

/// What loudspeakers are to say of when.
pub(crate) struct Heard<'a> {
    /// The told periods.
    pub(crate) spans: &'a [Span],
    /// How the texts call them: at each round they are called as they are then.
    pub(crate) phrase: &'a str,
}

impl Heard<'_> {
    /// Whether a text says today or tomorrow in other words than the program's own, which are true on one day alone.
    fn is_fixed(&self, notice: &Notice) -> bool {
        let fixed = |text: &str| {
            (self.phrase.is_empty() || !text.contains(self.phrase)) && RELATIVE.iter().any(|word| text.contains(word))
        };
        notice.parts.iter().any(|part| fixed(part.body.text()))
    }
}

/// Notices on their way into the outbox.
#[derive(Clone, Copy)]
pub struct Playing<'a> {
    site: &'a Site,
    voice: Voice<'a>,
}

impl<'a> Playing<'a> {
    pub(crate) const fn new(site: &'a Site, voice: Voice<'a>) -> Self {
        Self { site, voice }
    }

    /// Puts a revision's notices into the outbox.
    pub(crate) async fn send_out(
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
            if notice.purpose.ends() {
                note_lifted(self.site, tx, id, notice, now).await?;
            }
            let village = self.site.roster.village(&notice.recipient).filter(|_| notice.audience == Audience::Village);
            let Some(village) = village else {
                ready.push(notice.clone());
                continue;
            };
            let mut rounds = self.rounds(village.play_hours, notice, now);
            if self.is_passed_on(notice) {
                let was_told = replaced::reached(tx, &id.to_string(), told).await?;
                ready.push(self.read_out(notice, heard, rounds.first().map(|round| round.start), was_told, now));
                continue;
            }
            let lang = self.site.config.language;
            if rounds.is_empty() {
                let why = msg!("villages.no_hours", name = &notice.name).text(lang);
                ledger::write(tx, &Actor::Program, Event::NotPlayed, &id.to_string(), &why, now).await?;
            }
            // Words that a person has put for the periods can't be called anew: they are heard on the day they were told.
            let zone = &self.site.config.zone;
            if heard.is_fixed(notice) && rounds.iter().any(|round| zone.day(round.start) != zone.day(now)) {
                rounds.retain(|round| zone.day(round.start) == zone.day(now));
                let why = msg!("villages.another_day", name = &notice.name).text(lang);
                ledger::write(tx, &Actor::Program, Event::NotPlayed, &id.to_string(), &why, now).await?;
            }
            if rounds.is_empty() && !notice.purpose.ends() {
                // A person can still pass it on; that it is over need not be.
                ready.push(self.called(by_hand(notice), heard, now));
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
        Ok(cuofeng_outbox::enqueue(tx, &ready, &self.site.config.routes, now).await?)
    }

    /// When a village's text is played.
    fn rounds(&self, hours: ClockHours, notice: &Notice, now: DateTime<Utc>) -> Vec<Period> {
        let reading = notice.parts.iter().map(|part| self.voice.reading(part.body.text())).max().unwrap_or(0);
        let config = &self.site.config;
        let mut terms = config.speech.terms;
        terms.rounds = if notice.purpose.ends() { 1 } else { terms.rounds };
        let window = (notice.not_before.max(now), notice.expires_at);
        play::rounds(hours, &config.zone, window, &terms, reading)
    }

    /// Whether a person reads a village's text out, for want of a loudspeaker.
    fn is_passed_on(&self, notice: &Notice) -> bool {
        let by_hand = |form| self.site.config.routes.first(form) == ChannelName::ByHand;
        notice.parts.iter().all(|part| part.by_hand || by_hand(part.form))
    }

    /// A village's text as a person reads it out: until its hours are over, from the hours on in which people are awake,
    /// unless these come after the first hour that the village has not been told of.
    fn read_out(
        &self,
        notice: &Notice,
        heard: &Heard<'_>,
        awake: Option<DateTime<Utc>>,
        was_told: bool,
        now: DateTime<Utc>,
    ) -> Notice {
        let first = heard.spans.iter().map(|span| span.period.start).filter(|start| *start > now).min();
        let in_time = |at: &DateTime<Utc>| was_told || notice.purpose.ends() || first.is_none_or(|first| *at < first);
        let from = awake.filter(in_time).unwrap_or(now).max(now);
        self.called(Notice { not_before: from, ..by_hand(notice) }, heard, from)
    }

    /// A village's text as it is heard at an instant: its periods called as they are called then, without what is past.
    fn called(&self, mut notice: Notice, heard: &Heard<'_>, at: DateTime<Utc>) -> Notice {
        let now_called = spoken(self.site, heard.spans, at);
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
            (Event::NotPlayed, msg!("villages.nothing_to_lift", name = &notice.name))
        } else {
            (Event::NotTold, msg!("outbox.nothing_to_lift", name = &notice.name))
        };
        ledger::write(tx, &Actor::Program, event, &id.to_string(), &why.text(self.site.config.language), now).await?;
        Ok(())
    }
}

/// The notice where a person passes it on.
fn by_hand(notice: &Notice) -> Notice {
    let mut passed = notice.clone();
    passed.parts.iter_mut().for_each(|part| part.by_hand = true);
    passed
}
