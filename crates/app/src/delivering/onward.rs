//! Notices that did not arrive by one way go on by the next.
//!
//! In: open tracks; the time. Out: letters by the next way, each with the reason in its steps and in the ledger. Can't happen:
//! another way while everything is held or in a dry run; one in quiet hours that can wait; an address that the roster has
//! corrected since.

use chrono::{DateTime, Duration, Utc};

use crate::deciding::open::rule_of;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::telling::joined::exercised;
use cuofeng_base::boundary::boundary;
use cuofeng_base::msg;
use cuofeng_base::word::{Form, Mode};
use cuofeng_notice::{Audience, quiet};
use cuofeng_office::site::Site;
use cuofeng_outbox::route::{self, Done, Next, Way, Why};
use cuofeng_outbox::track::{self, Onward, Track};
use cuofeng_outbox::{Held, State, enter};
use cuofeng_rules::warning::Span;
use cuofeng_store::Store;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_town::roster::{Email, Mobile};

/// Notices that go on by the next way.
#[derive(Clone, Copy)]
pub struct NextWays<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> NextWays<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

    /// Takes the next way of every notice that did not arrive; gives how many letters that made.
    pub(crate) async fn go_on(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        if !cuofeng_outbox::track::has_tracks(self.store).await?
            || self.mode == Mode::DryRun
            || self.store.hold().await?.is_some()
        {
            return Ok(0);
        }
        let after = Duration::minutes(i64::from(self.site.config.next_after_minutes));
        let free = cuofeng_outbox::track::free_since(self.store).await?;
        let mut made = 0;
        for track in cuofeng_outbox::track::tracks(self.store, now).await? {
            let ways: Vec<Way> = track
                .letters
                .iter()
                .map(|l| Way { state: l.state, reports: l.channel.reports(), begun: l.begun, not_before: l.not_before })
                .collect();
            match route::next(&ways, track.ended, (after, free), now) {
                Next::Stay => {}
                Next::Done(done) => self.settle_track(&track, done, now).await?,
                Next::Go(why) => made += usize::from(self.take_next(&track, why, now).await?),
            }
        }
        Ok(made)
    }

    async fn settle_track(&self, track: &Track, done: Done, now: DateTime<Utc>) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        track::settle(&mut tx, track, done, now).await?;
        if matches!(done, Done::Delivered | Done::Answered) {
            // What waits by another way, for the end of quiet hours, would come a second time.
            let why = msg!("onward.needless").text(self.site.config.language);
            for letter in track.letters.iter().filter(|letter| letter.state == State::Queued) {
                let seen = Held { id: letter.number, attempt: letter.attempt, state: State::Queued };
                enter(&mut tx, seen, State::Expired, &why, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn take_next(&self, track: &Track, why: Why, now: DateTime<Utc>) -> Result<bool, AppError> {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let Some(last) = track.letters.last() else { return Ok(false) };
        let from = self.may_disturb(track, now).await?;
        for way in track.onward(&config.routes) {
            let (form, channel) = match way {
                Onward::Channel(channel) => (last.form, channel),
                Onward::Step(place, channel) => (track.reserve.get(place).map_or(last.form, |r| r.part.form), channel),
            };
            let (before, form, next) = (last.channel.message(), form.message(), channel.message());
            let reason = match why {
                Why::Failed => msg!("onward.failed", before = before, form = form, next = next),
                Why::Late => {
                    msg!("onward.late", before = before, minutes = config.next_after_minutes, form = form, next = next)
                }
            };
            let reason = reason.text(lang);
            let address = self.address_of(track, &way);
            let mut tx = self.store.begin().await?;
            if track::take(&mut tx, track, (&way, address.as_deref()), (&reason, from), now).await? {
                ledger::write(&mut tx, &Actor::Program, Event::NextWay, &track.notice, &reason, now).await?;
                boundary("taking");
                tx.commit().await?;
                boundary("taken");
                return Ok(true);
            }
        }
        // What is late may still arrive; what failed has no way left.
        if why == Why::Failed && track.onward(&config.routes).is_empty() {
            let mut tx = self.store.begin().await?;
            track::settle(&mut tx, track, Done::Exhausted, now).await?;
            ledger::write(
                &mut tx,
                &Actor::Program,
                Event::NoWayLeft,
                &track.notice,
                &msg!("onward.none").text(lang),
                now,
            )
            .await?;
            tx.commit().await?;
        }
        Ok(false)
    }

    /// The address that the roster has now for a step.
    fn address_of(&self, track: &Track, way: &Onward) -> Option<String> {
        let Onward::Step(place, _) = way else { return None };
        let reserve = track.reserve.get(*place)?;
        let whose = |id: &str| self.site.roster.enterprises.iter().find(|e| e.id == id);
        let enterprise = whose(&track.recipient).filter(|_| track.audience == Audience::Enterprise)?;
        let contact = if reserve.backup { enterprise.backup.as_ref()? } else { &enterprise.contact };
        let address = match reserve.part.form {
            Form::Email => contact.email.as_ref().map(Email::address),
            Form::Sms => contact.mobile.as_ref().map(Mobile::number),
            Form::Speech => None,
        };
        let listed = |address: &&str| self.mode != Mode::Exercise || exercised(self.site, address);
        address.filter(listed).map(str::to_owned)
    }

    /// From when the recipient may be written to.
    async fn may_disturb(&self, track: &Track, now: DateTime<Utc>) -> Result<DateTime<Utc>, AppError> {
        let found = rule_of(self.site, self.store, self.book, &track.episode).await?.filter(|_| !track.purpose.ends());
        let Some((rule, _, episode)) = found else { return Ok(now) };
        let ahead: Vec<Span> = episode.spans.iter().filter(|s| s.period.end > now).copied().collect();
        Ok(quiet::after(&rule, track.audience, &ahead, &self.site.config.zone, now))
    }
}
