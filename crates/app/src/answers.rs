//! Answers, however they come, and whom to ask next where none does.
//!
//! In: an answer by a page, a reply or a member of staff; the time. Out: what is on record, reminders in the outbox, the
//! list of those whom the office calls. Can't happen: a reminder written after the answer it asks for (the step and its
//! letters are one transaction that looks again); an answer to a notice that has been replaced taken for the new one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use super::{App, AppError, Refusal};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::{Form, Mode};
use cuofeng_notice::{self as notice, Audience, Content, Notice, Purpose, Recipient, Unreachable, own};
use cuofeng_outbox::replaced;
use cuofeng_rules::acknowledgement::{self, Said};
use cuofeng_rules::escalation::{self, Case, Depth, Rung, Step};
use cuofeng_rules::warning::{Revision, Span, spans_short, spans_words};
use cuofeng_rules::{Remind, Rule};
use cuofeng_store::answers::{self, Asked, Via};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::replies::Told;
use cuofeng_store::{Tx, episodes};
use cuofeng_town::roster::{Contact, Role};

/// A notice that asks for an answer, and where it stands.
pub struct Standing {
    /// The notice and whom it asked.
    pub asked: Asked,
    /// What was done about it so far.
    pub case: Case,
    /// The answer that holds.
    pub said: Option<acknowledgement::Answer>,
    /// How many answers were on record when this was read.
    seen: i64,
    /// The periods of the notice's own revision that are ahead, in words.
    periods: String,
    /// The same for a short message.
    short_periods: String,
}

impl App {
    /// Every notice that asks for an answer and speaks of what has not ended, in the mode in force.
    pub async fn standings(&self, now: DateTime<Utc>) -> Result<Vec<Standing>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let asked: Vec<Asked> = self.store.asked(now).await?.into_iter().filter(|a| a.mode == self.mode).collect();
        let mut latest: BTreeMap<(String, String, String), u32> = BTreeMap::new();
        let whose = |a: &Asked| (a.episode.clone(), a.audience.word().to_owned(), a.recipient.clone());
        for one in &asked {
            let newest = latest.entry(whose(one)).or_default();
            *newest = one.revision.max(*newest);
        }
        let mut revisions: BTreeMap<String, Vec<Revision>> = BTreeMap::new();
        // While the program holds everything, what is decided is what may have been sent in the part that is missing.
        let held = self.held().await?;
        let unreached = cuofeng_outbox::unreached::unreached(&self.store, Some(now), now).await?;
        let unreached: BTreeSet<String> = unreached.into_iter().map(|one| one.notice).collect();
        let mut once: BTreeMap<String, Option<Rule>> = BTreeMap::new();
        let mut standings = Vec::new();
        for one in asked {
            if !revisions.contains_key(&one.episode) {
                revisions.insert(one.episode.clone(), self.store.revisions(&one.episode).await?);
            }
            let told = revisions.get(&one.episode).map_or(&[][..], Vec::as_slice);
            let given = self.store.answers(&one).await?;
            let said = acknowledgement::holding(&given, told, one.revision).cloned();
            let spans = told.iter().find(|r| r.number == one.revision).map_or(&[][..], |r| r.spans.as_slice());
            let newest = latest.get(&whose(&one)).copied().unwrap_or(0);
            // Nobody is reminded of what may never have arrived, nor at addresses that are dead; the office calls.
            let unasked = one.unproved && !held;
            let dead = |rung: Rung| rung == Rung::Reminder && unreached.contains(&one.notice);
            if !once.contains_key(&one.episode) {
                let rule = self.rule_of(&one.episode).await?.map(|(rule, ..)| rule);
                once.insert(one.episode.clone(), rule.filter(|rule| rule.remind == Remind::Episode));
            }
            let asked_before = match once.get(&one.episode).and_then(Option::as_ref) {
                Some(rule) => {
                    let mut known = self.store.reminded(&one).await?;
                    known.extend(given.iter().map(|answer| answer.revision));
                    let before = told.iter().filter(|r| r.number < one.revision && known.contains(&r.number));
                    before.into_iter().any(|r| acknowledgement::asks_no_more(rule, &r.spans, spans, zone))
                }
                None => false,
            };
            let case = Case {
                asked_before,
                deadline: one.asked_at + Duration::hours(i64::from(one.ask_hours)),
                until: one.until,
                depth: if spans.iter().any(|span| span.ordered) { Depth::Order } else { Depth::Tip },
                answered: said.is_some(),
                over: !one.open || one.revision < newest,
                taken: self.store.steps(&one.notice).await?,
                missing: Rung::ALL
                    .into_iter()
                    .filter(|rung| self.nobody(&one, *rung) || unasked && *rung != Rung::Phone || dead(*rung))
                    .collect(),
            };
            let seen = i64::try_from(given.len()).unwrap_or(i64::MAX);
            let ahead: Vec<Span> = spans.iter().filter(|span| span.period.end > now).copied().collect();
            let (periods, short_periods) =
                (spans_words(&ahead, zone, lang), spans_short(&ahead, zone, lang, notice::change::MOST, false));
            standings.push(Standing { case, said, seen, periods, short_periods, asked: one });
        }
        Ok(standings)
    }

    /// Takes every step that is due. Gives how many were taken.
    pub(super) async fn remind(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        // What the program holds is decided all the same: it may have been sent in the part that is missing.
        let by_person = self.store.hold().await?.is_some_and(|hold| hold.why.is_none());
        if self.mode == Mode::DryRun || by_person {
            return Ok(0);
        }
        // Whoever has not been reached when the first hour comes near is told of before anybody is asked again.
        self.tell_ways(now).await?;
        let mut taken = 0;
        for standing in self.standings(now).await? {
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
        let Some((rule, _, episode)) = self.rule_of(&asked.episode).await? else { return Ok(false) };
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
            cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(&letter), &self.site.config.routes, now).await?;
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

    /// Whom a step goes to; nobody for the list of those who are called.
    fn contact(&self, asked: &Asked, rung: Rung) -> Option<(Audience, String, Contact)> {
        let roster = &self.site.roster;
        let enterprise =
            roster.enterprises.iter().find(|e| asked.audience == Audience::Enterprise && e.id == asked.recipient);
        let code = match enterprise {
            Some(enterprise) => enterprise.village.as_str(),
            None => asked.recipient.rsplit_once('-').map_or("", |(code, _)| code),
        };
        let village = roster.village(code);
        let keeper = |mark: &str, contact: Option<&Contact>| {
            let id = format!("{code}-{mark}");
            // Whoever was asked in the first place is not asked as somebody else.
            let other = asked.audience != Audience::Keeper || id != asked.recipient;
            contact.filter(|_| other).map(|contact| (Audience::Keeper, id, contact.clone()))
        };
        match rung {
            Rung::Reminder => {
                if let Some(e) = enterprise {
                    Some((asked.audience, e.id.clone(), e.contact.clone()))
                } else {
                    let village = village?;
                    let contact = if asked.recipient.ends_with("-g") { &village.grid_worker } else { &village.cadre };
                    contact.clone().map(|contact| (asked.audience, asked.recipient.clone(), contact))
                }
            }
            Rung::Backup => enterprise.and_then(|e| Some((asked.audience, e.id.clone(), e.backup.clone()?))),
            Rung::GridWorker => keeper("g", village?.grid_worker.as_ref()),
            Rung::Cadre => keeper("c", village?.cadre.as_ref()),
            Rung::Phone => None,
        }
        .filter(|(_, _, contact)| contact.mobile.is_some() || contact.email.is_some())
    }

    fn nobody(&self, asked: &Asked, rung: Rung) -> bool {
        rung != Rung::Phone && self.contact(asked, rung).is_none()
    }

    async fn disturbed(&self, asked: &Asked, rung: Rung, now: DateTime<Utc>) -> Result<u32, AppError> {
        let Some((_, _, contact)) = self.contact(asked, rung) else { return Ok(0) };
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
        let Some((audience, id, contact)) = self.contact(asked, rung) else { return Ok((None, Vec::new())) };
        let name = if audience == Audience::Keeper { contact.name.clone() } else { asked.name.clone() };
        let recipient = Recipient::of(audience, id, name, &contact);
        let forms: Vec<Form> =
            [Form::Sms, Form::Email].into_iter().filter(|form| recipient.address(*form).is_some()).collect();
        // Who was asked in the first place is asked for an answer of his own, whoever he is.
        let of_others = rung > Rung::Backup;
        let tell = own::remind(audience, of_others, forms);
        let key = format!("{}.{}", asked.notice, rung.word());
        let content = self.reminder_content(standing, title.to_owned(), now);
        let window = (now, standing.case.until);
        let (notice, missing) = notice::render(&self.site.texts, &tell, &recipient, &content, &[], key, window)
            .map_err(|problem| AppError::Template(Box::new(problem)))?;
        let notice = notice.map(|notice| Notice { about: Some(asked.notice.clone()), ..notice });
        Ok((notice.and_then(|notice| self.as_mode_wants(notice)), missing))
    }

    fn reminder_content(&self, standing: &Standing, title: String, now: DateTime<Utc>) -> Content {
        let (config, asked) = (&self.site.config, &standing.asked);
        Content {
            title,
            periods: standing.periods.clone(),
            short_periods: standing.short_periods.clone(),
            revision: asked.revision,
            previous: config.zone.words(asked.asked_at, config.language),
            about: asked.name.clone(),
            link: self.link(),
            reply: acknowledgement::code(&asked.episode, asked.revision, &asked.recipient),
            ..Content::blank(&config.name, &config.phone, Purpose::Reminder, self.date(now))
        }
    }

    /// Keeps an answer to a notice. Reminders that still wait are taken back at once.
    pub async fn answer(
        &self,
        notice: &str,
        said: &Said,
        (via, by): (Via, &str),
        now: DateTime<Utc>,
    ) -> Result<Result<Message, Refusal>, AppError> {
        if via == Via::Staff && !self.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let standing = self.standings(now).await?.into_iter().find(|s| s.asked.notice == notice);
        let Some(standing) = standing else { return Ok(Err(Refusal(msg!("ack.none", notice = notice)))) };
        if standing.case.over {
            return Ok(Err(Refusal(msg!("ack.replaced"))));
        }
        let mut tx = self.store.begin().await?;
        let Some(told) = self.store.answerable(notice).await? else {
            return Ok(Err(Refusal(msg!("ack.none", notice = notice))));
        };
        record(&mut tx, &told, said, (via, by), now).await?;
        tx.commit().await?;
        Ok(Ok(msg!("ack.kept", name = &standing.asked.name, said = said.message())))
    }
}

/// Writes an answer down, however it came. Reminders that still wait are taken back in the same transaction.
pub(super) async fn record(
    tx: &mut Tx,
    told: &Told,
    said: &Said,
    (via, by): (Via, &str),
    at: DateTime<Utc>,
) -> Result<(), AppError> {
    let new = answers::keep(tx, &told.notice, said, (via, by), at).await?;
    replaced::withdraw_reminders(tx, &told.notice, at).await?;
    if new {
        let actor = match via {
            Via::Staff => Actor::of(by),
            _ => Actor::Answer(told.notice.clone()),
        };
        let detail = format!("{} {} {} ({by})", told.name, said.word(), said.reason());
        ledger::write(tx, &actor, Event::Answered, &told.episode, &detail, at).await?;
    }
    Ok(())
}
