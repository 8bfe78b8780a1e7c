//! Whom to ask next where nobody answers.
//!
//! In: notices without an answer; the time. Out: reminders in the outbox, each step on record. Can't happen: a reminder written
//! after the answer it asks for (the step and its letters are one transaction that looks again).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::answering::answers::{Answering, Standing};
use crate::answering::contact::contact;
use crate::deciding::open::rule_of;
use crate::delivering::ways::Unreaching;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::telling::notices::as_mode_wants;
use crate::telling::words::date;
use cuofeng_base::text::Message;
use cuofeng_base::word::{Form, Mode};
use cuofeng_notice::{self as notice, Audience, Content, Notice, Purpose, Recipient, Unreachable, own};
use cuofeng_office::site::Site;
use cuofeng_rules::acknowledgement;
use cuofeng_rules::escalation::{self, Rung, Step};
use cuofeng_store::answers::{self, Asked};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, episodes, outbox};

/// Reminders to those who have not answered.
#[derive(Clone, Copy)]
pub struct Reminding<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> Reminding<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

    /// Takes every step that is due. Gives how many were taken.
    pub(crate) async fn remind(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        // What the program holds is decided all the same: it may have been sent in the part that is missing.
        let by_person = self.store.hold().await?.is_some_and(|hold| hold.why.is_none());
        if self.mode == Mode::DryRun || by_person {
            return Ok(0);
        }
        // Whoever has not been reached when the first hour comes near is told of before anybody is asked again.
        Unreaching::new(self.site, self.store, self.book, self.mode).tell_ways(now).await?;
        let mut taken = 0;
        for standing in Answering::new(self.site, self.store, self.book, self.mode).standings(now).await? {
            let mut today = BTreeMap::new();
            for rung in Rung::ALL {
                today.insert(rung, self.disturbed(&standing.asked, rung, now).await?);
            }
            let count = |rung: Rung| today.get(&rung).copied().unwrap_or(0);
            let config = &self.site.config;
            if let Step::Take(rung, why) =
                escalation::next(&standing.case, &config.escalation, &config.zone, &count, now)
            {
                taken += usize::from(self.take(&standing, rung, &why, now).await?);
            }
        }
        Ok(taken)
    }

    async fn take(&self, standing: &Standing, rung: Rung, why: &Message, now: DateTime<Utc>) -> Result<bool, AppError> {
        let asked = &standing.asked;
        let reason = why.text(self.site.config.language);
        let Some((rule, _, episode)) = rule_of(self.site, self.store, self.book, &asked.episode).await? else {
            return Ok(false);
        };
        let (letter, missing) = self.reminder(standing, rung, &rule.name, now)?;
        let mut tx = self.store.begin().await?;
        // An answer may have come since this was read.
        if answers::count(&mut tx, asked).await? != standing.seen
            || !answers::step(&mut tx, &asked.notice, rung, &reason, now).await?
        {
            return Ok(false);
        }
        if let Some(letter) = letter {
            episodes::write_notices(&mut tx, std::slice::from_ref(&letter), &episode.id, asked.revision, now).await?;
            outbox::enqueue(&mut tx, std::slice::from_ref(&letter), &self.site.config.routes, now).await?;
        }
        for missing in &missing {
            let detail = missing.message().text(self.site.config.language);
            ledger::write(&mut tx, &Actor::Program, Event::Unreachable, &asked.episode, &detail, now).await?;
        }
        let detail = format!("{} {}: {reason}", asked.name, rung.word());
        ledger::write(&mut tx, &Actor::Program, Event::Escalated, &asked.episode, &detail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn disturbed(&self, asked: &Asked, rung: Rung, now: DateTime<Utc>) -> Result<u32, AppError> {
        let Some((_, _, contact)) = contact(self.site, asked, rung) else { return Ok(0) };
        let (zone, day) = (&self.site.config.zone, self.site.config.zone.day(now));
        let today = (zone.at(day, 0), zone.at(day, 24));
        let mobile = contact.mobile.as_ref().map(cuofeng_town::roster::Mobile::number);
        let email = contact.email.as_ref().map(cuofeng_town::roster::Email::address);
        let mut most = 0;
        for address in [mobile, email].into_iter().flatten() {
            most = most.max(self.store.disturbed(address, today).await?);
        }
        Ok(most)
    }

    /// The letter of a step, and what of it can't go.
    fn reminder(
        &self,
        standing: &Standing,
        rung: Rung,
        title: &str,
        now: DateTime<Utc>,
    ) -> Result<(Option<Notice>, Vec<Unreachable>), AppError> {
        let asked = &standing.asked;
        let Some((audience, id, contact)) = contact(self.site, asked, rung) else { return Ok((None, Vec::new())) };
        let name = if audience == Audience::Keeper { contact.name.clone() } else { asked.name.clone() };
        let recipient = Recipient::of(audience, id, name, &contact);
        let forms: Vec<Form> =
            [Form::Sms, Form::Email].into_iter().filter(|form| recipient.address(*form).is_some()).collect();
        // Who was asked in the first place is asked for an answer of his own, whoever he is.
        let of_others = rung > Rung::Backup;
        let tell = own::remind(audience, of_others, forms);
        let key = format!("{}.{}", asked.notice, rung.word());
        let content = reminder_content(self.site, standing, title.to_owned(), now);
        let window = (now, standing.case.until);
        let (notice, missing) = notice::render(&self.site.texts, &tell, &recipient, &content, &[], key, window)
            .map_err(|problem| AppError::Template(Box::new(problem)))?;
        let notice = notice.map(|notice| Notice { about: Some(asked.notice.clone()), ..notice });
        Ok((notice.and_then(|notice| as_mode_wants(self.site, self.mode, notice)), missing))
    }
}

fn reminder_content(site: &Site, standing: &Standing, title: String, now: DateTime<Utc>) -> Content {
    let (config, asked) = (&site.config, &standing.asked);
    Content {
        title,
        periods: standing.periods.clone(),
        short_periods: standing.short_periods.clone(),
        revision: asked.revision,
        previous: config.zone.words(asked.asked_at, config.language),
        about: asked.name.clone(),
        link: site.config.link(),
        reply: acknowledgement::code(&asked.episode, asked.revision, &asked.recipient),
        ..Content::blank(&config.name, &config.phone, Purpose::Reminder, date(site, now))
    }
}
