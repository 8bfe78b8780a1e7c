//! Enterprises that answer that they can't, and what staff decide.
//!
//! In: such an answer, a member of staff's decision. Out: duty staff told that one waits; where it is granted, the
//! processes fixed to their usual hours for as long as the period lasts and the others planned again, told or drafted as
//! the rule wants it. Can't happen: an answer that frees its sender by itself (anybody may say that they can't, and others
//! would carry it); one that nobody hears of.

use chrono::{DateTime, Utc};

use crate::deciding::edits::Editing;
use crate::deciding::open::rule_of;
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::refusal::{Answer, Refusal};
use crate::watching::alarm::Alarms;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Mode;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::site::Site;
use cuofeng_plan::schedule::Outcome;
use cuofeng_plan::{Said, Word};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::unable::{self, Unable};
use cuofeng_store::{Store, StoreError, plans};
use cuofeng_town::roster::Role;

/// How many characters of a reason an alarm has room for.
const SAID: usize = 60;

/// Enterprises that can not do what is asked.
#[derive(Clone, Copy)]
pub struct Unables<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
    voice: Voice<'a>,
}

impl<'a> Unables<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode, voice: Voice<'a>) -> Self {
        Self { site, store, book, mode, voice }
    }

    /// The answers that wait for a decision, in the mode in force.
    pub async fn unables(&self, now: DateTime<Utc>) -> Result<Vec<Unable>, StoreError> {
        Ok(self.store.unables(now).await?.into_iter().filter(|one| one.mode == self.mode).collect())
    }

    /// The processes of an enterprise that the told plan asks to move or stop: identifier and name.
    pub async fn asked_of(&self, one: &Unable) -> Result<Vec<(String, String)>, AppError> {
        let Some(plan) = self.store.told_plan(&one.episode).await? else { return Ok(Vec::new()) };
        let own = self.site.roster.enterprises.iter().find(|e| e.id == one.enterprise);
        let known = |id: &str| own.is_some_and(|e| e.processes.iter().any(|p| p.id == id));
        let asked = plan
            .rows_of(&one.enterprise)
            .filter(|row| matches!(row.outcome, Outcome::Own | Outcome::Common | Outcome::Stop | Outcome::Reduce))
            .filter(|row| known(&row.process));
        Ok(asked.map(|row| (row.process.clone(), row.name.clone())).collect())
    }

    /// Decides on an answer. Granted, these processes (all that are asked for something, where none is named) keep their
    /// usual hours until the told end, and the plan is made again.
    pub async fn decide_unable(
        &self,
        number: i64,
        granted: Option<&[String]>,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let Some(one) = self.unables(now).await?.into_iter().find(|one| one.number == number) else {
            return self.unable_settled(number).await;
        };
        let asked = self.asked_of(&one).await?;
        let named = granted.unwrap_or_default();
        if let Some(other) = named.iter().find(|name| asked.iter().all(|(id, _)| id != *name)) {
            return Ok(Err(Refusal(msg!("unable.not_asked", process = other, name = &one.name))));
        }
        let fixed: Vec<&str> = asked
            .iter()
            .map(|(id, _)| id.as_str())
            .filter(|id| granted.is_some() && (named.is_empty() || named.iter().any(|name| name == id)))
            .collect();
        let until =
            rule_of(self.site, self.store, self.book, &one.episode).await?.and_then(|(_, _, episode)| episode.end());
        let why = if reason.trim().is_empty() { one.reason.as_str() } else { reason };
        let mut tx = self.store.begin().await?;
        if !unable::decide(&mut tx, number, granted.is_some(), (by, reason), now).await? {
            drop(tx);
            return self.unable_settled(number).await;
        }
        for process in &fixed {
            let word = Word { process: (*process).to_owned(), said: Said::Cannot { reason: one.reason.clone() } };
            plans::say(&mut tx, &word, (by, why), until, now).await?;
            ledger::write(&mut tx, &Actor::of(by), Event::ProcessCannot, process, &format!("{by}: {why}"), now).await?;
        }
        let event = if granted.is_some() { Event::UnableGranted } else { Event::UnableRefused };
        ledger::write(&mut tx, &Actor::of(by), event, &one.notice, &format!("{by}: {why}"), now).await?;
        tx.commit().await?;
        let told = if fixed.is_empty() {
            Vec::new()
        } else {
            Editing::new(self.site, self.store, self.book, self.mode, self.voice)
                .plan_again(&fixed, (by, why), now)
                .await?
        };
        let done = match granted {
            None => msg!("unable.refused", name = &one.name),
            Some(_) => msg!("unable.granted", name = &one.name, count = fixed.len()),
        };
        let lines: Vec<String> = [done.text(self.site.config.language)].into_iter().chain(told).collect();
        Ok(Ok(msg!("time.plain", text = lines.join("\n"))))
    }

    /// What to say to whoever wanted to decide on an answer that another had decided on; nothing where nobody has.
    pub async fn unable_first(&self, number: i64) -> Result<Option<Message>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let first = self.store.unable_decided(number).await?;
        Ok(first.map(|(granted, by, at)| {
            let said = if granted { msg!("unable.was_granted") } else { msg!("unable.was_refused") };
            msg!("unable.late", by = by, at = zone.words(at, lang), said = said)
        }))
    }

    async fn unable_settled(&self, number: i64) -> Result<Answer, AppError> {
        let first = self.unable_first(number).await?;
        Ok(Err(Refusal(first.unwrap_or_else(|| msg!("unable.none", number = number)))))
    }

    /// Tells duty staff of each enterprise whose answer waits for a decision.
    pub(crate) async fn tell_unable(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let waiting = self.unables(now).await?;
        let mut made = 0;
        for one in &waiting {
            let said: String = one.reason.chars().take(SAID).collect();
            let why = msg!("alarm.unable_why", name = &one.name, said = said);
            made += Alarms::new(self.site, self.store)
                .alarm(Trouble::Unable, &one.enterprise, &one.name, Some(&why), now)
                .await?;
        }
        for (kind, enterprise) in self.store.open_kinds().await? {
            if kind == Trouble::Unable.kind() && waiting.iter().all(|one| one.enterprise != enterprise) {
                Alarms::new(self.site, self.store)
                    .alarm_settled(Trouble::Unable, &enterprise, &Trouble::Unable.over(), now)
                    .await?;
            }
        }
        Ok(made)
    }
}
