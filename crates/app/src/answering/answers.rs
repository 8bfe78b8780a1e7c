//! Answers, however they come, and where each notice stands that asks for one.
//!
//! In: an answer by a page, a reply or a member of staff. Out: what is on record, and what was done so far. Can't happen: an
//! answer to a notice that has been replaced taken for the new one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};

use crate::answering::contact::nobody;
use crate::deciding::open::rule_of;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::keeping::held::held;
use crate::refusal::Refusal;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Mode;
use cuofeng_notice as notice;
use cuofeng_office::site::Site;
use cuofeng_outbox::replaced;
use cuofeng_rules::acknowledgement::{self, Said};
use cuofeng_rules::escalation::{Case, Depth, Rung};
use cuofeng_rules::warning::{Revision, Span, spans_short, spans_words};
use cuofeng_rules::{Remind, Rule};
use cuofeng_store::answers::{self, Asked, Via};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::replies::Told;
use cuofeng_store::{Store, Tx};
use cuofeng_town::roster::Role;

/// A notice that asks for an answer, and where it stands.
pub struct Standing {
    /// The notice and whom it asked.
    pub asked: Asked,
    /// What was done about it so far.
    pub case: Case,
    /// The answer that holds.
    pub said: Option<acknowledgement::Answer>,
    /// How many answers were on record when this was read.
    pub(crate) seen: i64,
    /// The periods of the notice's own revision that are ahead, in words.
    pub(crate) periods: String,
    /// The same for a short message.
    pub(crate) short_periods: String,
}

/// Notices that ask for an answer, and the answers.
#[derive(Clone, Copy)]
pub struct Answering<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> Answering<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

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
        let held = held(self.store).await?;
        let unreached = cuofeng_outbox::unreached::unreached(self.store, Some(now), now).await?;
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
                let rule = rule_of(self.site, self.store, self.book, &one.episode).await?.map(|(rule, ..)| rule);
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
                    .filter(|rung| nobody(self.site, &one, *rung) || unasked && *rung != Rung::Phone || dead(*rung))
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

    /// Keeps an answer to a notice. Reminders that still wait are taken back at once.
    pub async fn answer(
        &self,
        notice: &str,
        said: &Said,
        (via, by): (Via, &str),
        now: DateTime<Utc>,
    ) -> Result<Result<Message, Refusal>, AppError> {
        if via == Via::Staff && !self.site.roster.may(by, &Role::DRAFTING) {
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
pub(crate) async fn record(
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
