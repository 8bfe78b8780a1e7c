//! Notices that did not arrive by one way go on by the next.
//!
//! In: open tracks; the time. Out: letters by the next way, each with the reason in its steps and in the ledger; duty
//! staff told, once a revision, of those whom no way is known to have reached. Can't happen: another way while everything is held or
//! in a dry run; one in quiet hours that can wait; an address that the roster has corrected since.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use super::alarm::{News, first_names};
use super::calls::{Number, ToCall};
use super::{App, AppError};
use cuofeng_base::boundary::boundary;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::{Form, Mode};
use cuofeng_notice::Audience;
use cuofeng_notice::alarm::Trouble;
use cuofeng_outbox::route::{self, Done, Next, Way, Why};
use cuofeng_outbox::track::{self, Onward, Track};
use cuofeng_outbox::unreached::{self, Unreached};
use cuofeng_outbox::{Held, State, enter};
use cuofeng_rules::warning::Span;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_town::roster::{Email, Mobile};

/// How long those who come to an alarm that stands wait for others.
const GATHER: Duration = Duration::minutes(30);

impl App {
    /// Takes the next way of every notice that did not arrive; gives how many letters that made.
    pub(super) async fn go_on(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        if !cuofeng_outbox::track::has_tracks(&self.store).await?
            || self.mode == Mode::DryRun
            || self.store.hold().await?.is_some()
        {
            return Ok(0);
        }
        let after = Duration::minutes(i64::from(self.site.config.next_after_minutes));
        let free = cuofeng_outbox::track::free_since(&self.store).await?;
        let mut made = 0;
        for track in cuofeng_outbox::track::tracks(&self.store, now).await? {
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

    /// The same where letters have come to nothing since the last look; who is unreached for another reason is told of by
    /// the look before reminders.
    pub(super) async fn tell_lost(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let Some(letters) = cuofeng_outbox::unreached::lost_since(&self.store).await? else { return Ok(0) };
        let made = self.tell_ways(now).await?;
        cuofeng_outbox::unreached::looked_at_lost(&self.store, letters).await?;
        Ok(made)
    }

    /// Tells duty staff of everyone whom the plan needs and no letter is known to have reached, whatever the cause: once a
    /// revision, those who come later by themselves. The alarm stands until the episode is over.
    pub(super) async fn tell_ways(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let unreached = self.unreached(now).await?;
        let mut made = 0;
        for of in unreached.chunk_by(|a, b| a.episode == b.episode) {
            let Some(episode) = of.first().map(|one| one.episode.as_str()) else { continue };
            let named = self.store.named(Trouble::Ways.kind(), episode).await?;
            let new: Vec<&Unreached> = of.iter().filter(|one| one.due && !named.contains(&one.notice)).collect();
            if !new.is_empty() && !self.may_gather(episode, &new, now).await? {
                let calls = self.calls_of(&new, self.site.config.language, now).await?;
                made += self.alarm_of(self.lost(episode, (&new, &calls), &named, now), now).await?;
            }
        }
        for (kind, episode) in self.store.open_kinds().await? {
            // A revision whose letters are still on the way leaves the alarm of its episode as it is.
            let over = unreached.iter().all(|one| one.episode != episode);
            if kind == Trouble::Ways.kind()
                && over
                && !cuofeng_outbox::unreached::is_open(&self.store, &episode).await?
            {
                self.alarm_settled(Trouble::Ways, &episode, &Trouble::Ways.over(), now).await?;
            }
        }
        Ok(made)
    }

    /// Whether those who come to an alarm that stands can wait for others: letters come back one after another.
    async fn may_gather(&self, episode: &str, new: &[&Unreached], now: DateTime<Utc>) -> Result<bool, AppError> {
        let told = self.store.open_episode(Trouble::Ways.kind(), episode).await?;
        let soon = new.iter().any(|one| one.first <= now + unreached::CALL);
        Ok(told.is_some_and(|told| now - told.told_at < GATHER && !soon))
    }

    /// What is told of those whom no letter is known to have reached: those who certainly were not apart from the others,
    /// and of each what a caller needs. Somebody whom an earlier alarm of the episode named is named again as such.
    fn lost<'e>(
        &self,
        episode: &'e str,
        (new, calls): (&[&Unreached], &[ToCall]),
        before: &BTreeSet<String>,
        now: DateTime<Utc>,
    ) -> News<'e> {
        let (lang, zone) = (self.site.config.language, &self.site.config.zone);
        let (sure, open): (Vec<&Unreached>, Vec<&Unreached>) = new.iter().copied().partition(|one| one.cause.is_sure());
        let said = |of: &[&Unreached], key: &'static str| {
            let mut names: Vec<&str> = of.iter().map(|one| one.name.as_str()).collect();
            names.dedup();
            let why = msg!(key).with("count", names.len());
            (!names.is_empty()).then(|| why.with("names", first_names(names, lang)).text(lang))
        };
        let whom: Vec<String> =
            [said(&sure, "alarm.ways_why"), said(&open, "alarm.ways_perhaps_why")].into_iter().flatten().collect();
        let by = calls.iter().map(|call| call.by).min().unwrap_or(now);
        let whom = whom.join(lang.semicolon());
        let why = if by > now {
            msg!("alarm.ways_call", until = zone.words(by, lang), whom = whom)
        } else {
            msg!("alarm.ways_call_now", whom = whom)
        };
        let told_before = |one: &Unreached| {
            let whose = format!(".{}-{}", one.audience.word(), one.recipient);
            before.iter().any(|notice| notice.ends_with(&whose))
        };
        let each = new.iter().zip(calls).map(|(one, call)| self.to_call(call, told_before(one), now).text(lang));
        News {
            trouble: Trouble::Ways,
            episode,
            title: if sure.is_empty() { msg!("alarm.ways") } else { msg!("alarm.ways_sure") },
            subject: Some(self.subject_of(new, by, now)),
            why,
            each: each.collect(),
            about: new.iter().map(|one| one.notice.clone()).collect(),
        }
    }

    /// What a caller needs: what to say and by when, what became of the letters, whom to call, what to note it on.
    fn to_call(&self, call: &ToCall, told_before: bool, now: DateTime<Utc>) -> Message {
        let (lang, zone) = (self.site.config.language, &self.site.config.zone);
        let by = if call.ends {
            msg!("alarm.call_ended")
        } else if call.by > now {
            msg!("alarm.call_by", until = zone.words(call.by, lang))
        } else {
            msg!("escalation.hours_run")
        };
        let number = |number: &Number| {
            let (person, mobile) = (&number.person, &number.mobile);
            msg!("escalation.other", person = person, mobile = mobile, whose = number.whose.message()).text(lang)
        };
        let numbers: Vec<String> = call.numbers.iter().filter(|number| number.dead.is_none()).map(number).collect();
        let whom = if numbers.is_empty() {
            msg!("alarm.call_nobody")
        } else {
            msg!("alarm.call_whom", numbers = numbers.join(lang.semicolon()))
        };
        msg!(if told_before { "alarm.call_again" } else { "alarm.call" })
            .with("name", &call.name)
            .with("say", &call.say)
            .with("by", by)
            .with("why", call.why.join(lang.semicolon()))
            .with("whom", whom)
            .with("notice", &call.notice)
    }

    /// Whom an alarm is about and what they do not know, for its subject.
    fn subject_of(&self, new: &[&Unreached], by: DateTime<Utc>, now: DateTime<Utc>) -> Message {
        let (lang, zone) = (self.site.config.language, &self.site.config.zone);
        let names = first_names(new.iter().map(|one| one.name.as_str()).collect(), lang);
        let key = if new.iter().all(|one| one.purpose.ends()) {
            "alarm.ways_of_end"
        } else if new.iter().any(|one| one.cause.is_sure()) {
            "alarm.ways_of"
        } else {
            "alarm.ways_perhaps_of"
        };
        let when =
            if by > now { msg!("alarm.ways_begins", at = zone.words(by, lang)) } else { msg!("alarm.ways_begun") };
        msg!(key).with("names", names).with("when", when)
    }

    /// Everyone whom no letter has reached, in the mode in force, of what is not over.
    pub async fn unreached(&self, now: DateTime<Utc>) -> Result<Vec<Unreached>, AppError> {
        let mut unreached = cuofeng_outbox::unreached::unreached(&self.store, Some(now), now).await?;
        unreached.retain(|one| one.mode == self.mode && one.stands);
        Ok(unreached)
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
        let listed = |address: &&str| self.mode != Mode::Exercise || self.exercised(address);
        address.filter(listed).map(str::to_owned)
    }

    /// From when the recipient may be written to.
    async fn may_disturb(&self, track: &Track, now: DateTime<Utc>) -> Result<DateTime<Utc>, AppError> {
        let found = self.rule_of(&track.episode).await?.filter(|_| !track.purpose.ends());
        let Some((rule, _, episode)) = found else { return Ok(now) };
        let ahead: Vec<Span> = episode.spans.iter().filter(|s| s.period.end > now).copied().collect();
        Ok(self.after_quiet(&rule, track.audience, &ahead, now))
    }
}
