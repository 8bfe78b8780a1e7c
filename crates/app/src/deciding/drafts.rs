//! Drafts: who is asked to release them, and what becomes of them.
//!
//! In: a draft and a member of staff, or its deadline. Out: its notices in the outbox as they were drafted, or nothing,
//! with who said so and why; to whoever comes second, who was first. Can't happen: a draft released by the one
//! who made it; a draft released when nothing useful is left of it; an hour in a notice that is past or inside the lead time.

use chrono::{DateTime, Utc};

use crate::deciding::compose::{Wish, compose};
use crate::deciding::open::{expire, rule_of};
use crate::deciding::wording::{may_go_alone, same_wording};
use crate::deciding::write::Writing;
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::judging::known::known;
use crate::judging::scene::Scene;
use crate::keeping::held::held;
use crate::pulling::merge::Forecasts;
use crate::refusal::{Answer, Refusal, refuse};
use crate::telling::play::{Heard, Playing};
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Mode;
use cuofeng_notice::{Notice, Purpose};
use cuofeng_office::site::Site;
use cuofeng_rules::Rule;
use cuofeng_rules::warning::{Act, Episode, Span, useful};
use cuofeng_store::drafts::{self, Outcome, Settled, Waiting};
use cuofeng_store::held::PROGRAM;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, episodes, wording};
use cuofeng_town::roster::Role;

/// What a release would do.
pub struct Outlook {
    /// The rule's name, where there still is one.
    pub rule: Option<String>,
    /// What would be left, where it is less than was drafted.
    pub cut_to: Option<Vec<Span>>,
}

/// What becomes of drafts.
#[derive(Clone, Copy)]
pub struct Drafts<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
    voice: Voice<'a>,
}

impl<'a> Drafts<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode, voice: Voice<'a>) -> Self {
        Self { site, store, book, mode, voice }
    }

    /// Settles every draft whose deadline has come, as its rule says.
    pub async fn deadlines(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let due: Vec<Waiting> = self.store.waiting_drafts().await?.into_iter().filter(|d| d.deadline <= now).collect();
        for draft in &due {
            // What rests on a forecast that is in force no longer is settled by the decision of this cycle.
            let of = rule_of(self.site, self.store, self.book, &draft.episode).await?;
            if draft.made_by == PROGRAM && of.is_some_and(|(.., episode)| episode.draft_unfounded) {
                continue;
            }
            if draft.held.is_some() && self.of_use(draft, now).await?.iter().any(|span| span.period.end > now) {
                continue;
            }
            let reason = msg!("drafts.deadline").text(self.site.config.language);
            let answer = if draft.released_at_deadline && !may_go_alone(self.store, draft).await? {
                Err(Refusal(msg!("wording.deadline")))
            } else if draft.released_at_deadline {
                self.release(draft, PROGRAM, &reason, now).await?
            } else {
                Err(Refusal(msg!("drafts.deadline")))
            };
            if let Err(Refusal(why)) = answer {
                let why = why.text(self.site.config.language);
                // Where a person was quicker, that holds.
                if settle(self.store, draft, Outcome::Dropped, PROGRAM, &why, now).await?.is_none() {
                    self.close_untold(&draft.episode, &why, now).await?;
                }
            }
        }
        Ok(due.len())
    }

    /// Releases the draft of an episode on behalf of a member of staff who may, and did not make it.
    ///
    /// `number` is the revision that was read, where a newer one is not meant.
    pub async fn approve(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if held(self.store).await? {
            return Ok(refuse(msg!("held.resume_first")));
        }
        match self.draft_for(episode, number, by).await? {
            Ok(draft) => {
                let reason = msg!("drafts.approved_by", by = by).text(self.site.config.language);
                self.release(&draft, by, &reason, now).await
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Turns the draft of an episode down.
    pub async fn reject(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        match self.draft_for(episode, number, by).await? {
            Ok(draft) => {
                if let Some(first) = settle(self.store, &draft, Outcome::Rejected, by, reason, now).await? {
                    return Ok(Err(Refusal(late(self.site, &first))));
                }
                self.close_untold(episode, reason, now).await?;
                Ok(Ok(msg!("drafts.rejected", episode = episode)))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Holds the draft of an episode back: its deadline no longer settles it, a person must.
    pub async fn hold_draft(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        match self.draft_for(episode, number, by).await? {
            Ok(draft) => {
                let mut tx = self.store.begin().await?;
                if let Some(first) = drafts::settled(&mut tx, episode, Some(draft.number)).await? {
                    return Ok(Err(Refusal(late(self.site, &first))));
                }
                drafts::hold(&mut tx, (episode, draft.number), by, reason, now).await?;
                ledger::write(&mut tx, &Actor::of(by), Event::DraftHeld, episode, &format!("{by}: {reason}"), now)
                    .await?;
                tx.commit().await?;
                Ok(Ok(msg!("drafts.held_back", episode = episode)))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// What a release would do now: the rule's name, and what would be left where hours have become useless.
    pub async fn outlook(&self, draft: &Waiting, now: DateTime<Utc>) -> Result<Outlook, AppError> {
        let useful = self.of_use(draft, now).await?;
        let rule = rule_of(self.site, self.store, self.book, &draft.episode).await?.map(|(rule, _, _)| rule.name);
        Ok(Outlook { rule, cut_to: (useful != draft.spans).then_some(useful) })
    }

    /// What can still be asked of a draft.
    async fn of_use(&self, draft: &Waiting, now: DateTime<Utc>) -> Result<Vec<Span>, AppError> {
        if draft.action.takes_back() {
            return Ok(draft.spans.clone());
        }
        let found = rule_of(self.site, self.store, self.book, &draft.episode).await?;
        Ok(found.map_or_else(Vec::new, |(rule, _, episode)| useful(&rule, &draft.spans, &episode.spans, now)))
    }

    /// The draft of an episode, if the person may settle it.
    async fn draft_for(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
    ) -> Result<Result<Waiting, Refusal>, AppError> {
        if !self.site.roster.may(by, &Role::RELEASING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let draft = self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == episode);
        Ok(match draft {
            None => Err(Refusal(match drafts::settled(self.store.pool(), episode, number).await? {
                Some(first) => late(self.site, &first),
                None => msg!("drafts.none", episode = episode),
            })),
            Some(draft) if number.is_some_and(|number| number != draft.number) => Err(Refusal(msg!("page.replaced"))),
            Some(draft) if draft.made_by == by => Err(Refusal(msg!("drafts.own", by = by))),
            Some(draft) => Ok(draft),
        })
    }

    /// Puts a draft's notices into the outbox: as drafted, or, where hours have become useless since, without those.
    async fn release(&self, draft: &Waiting, by: &str, reason: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        let Some((rule, region, episode)) = rule_of(self.site, self.store, self.book, &draft.episode).await? else {
            return Ok(refuse(msg!("drafts.none", episode = &draft.episode)));
        };
        if draft.made_by == PROGRAM && episode.draft_unfounded {
            return Ok(refuse(msg!("drafts.unfounded")));
        }
        let ends = draft.action.takes_back();
        let useful = if ends { draft.spans.clone() } else { useful(&rule, &draft.spans, &episode.spans, now) };
        if useful.iter().all(|s| s.period.end <= now) {
            return Ok(refuse(msg!("drafts.useless")));
        }
        // To leave hours out, the texts are made anew: words that a person changed would be lost, and words of a template
        // that has changed since have been read by nobody.
        if useful != draft.spans && !same_wording(self.site, self.store, draft, &rule).await? {
            return Ok(refuse(msg!("drafts.cut_reworded")));
        }
        if useful != draft.spans {
            return self.release_cut(draft, (&rule, &region, &episode), useful, (by, reason), now).await;
        }
        let notices = self.store.draft_notices(draft).await?;
        let words = self.store.draft_wording(&draft.episode, draft.number).await?;
        let said = self.store.said(&draft.episode, draft.number).await?;
        let mut tx = self.store.begin().await?;
        if let Some(first) = drafts::settle(&mut tx, draft, Outcome::Released, by, reason, now).await? {
            return Ok(refuse(late(self.site, &first)));
        }
        let phrase = said.map_or_else(String::new, |said| said.content.periods_spoken);
        let heard = Heard { spans: &draft.spans, phrase: &phrase };
        Playing::new(self.site, self.voice)
            .send_out(&mut tx, (&episode.id, draft.number), (&notices, &heard), now)
            .await?;
        if by != PROGRAM {
            wording::approve(&mut tx, &words, by, now).await?;
        }
        cuofeng_outbox::withdraw_asks(&mut tx, draft, now).await?;
        if ends {
            episodes::close(&mut tx, &episode.id, "lifted").await?;
        }
        ledger::write(&mut tx, &Actor::of(by), Event::DraftReleased, &draft.episode, &format!("{by}: {reason}"), now)
            .await?;
        tx.commit().await?;
        self.voice.speak(&notices);
        let told = self.store.recipients_of(&draft.episode, draft.number).await?;
        Ok(Ok(released(self.site, draft, (&notices, told), now)))
    }

    /// Releases what is still useful of a draft, as a revision of its own; the draft stays as it was.
    async fn release_cut(
        &self,
        draft: &Waiting,
        (rule, region, episode): (&Rule, &Region, &Episode),
        spans: Vec<Span>,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let views = Forecasts::new(self.site, self.store, self.book).merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(refuse(msg!("drafts.useless"))) };
        let known = known(self.site, self.store, &region.id, &merged.series, now).await?;
        let scene = Scene { site: self.site, mode: self.mode, rule, region, merged, known: &known, standing: &[], now };
        let purpose = if draft.action == Act::Raise { Purpose::Raise } else { Purpose::Update };
        let reason = msg!("drafts.cut", reason = reason).text(self.site.config.language);
        let wish = Wish { purpose, action: draft.action, spans, reason };
        let composed = compose(self.store, &scene, Some(episode), wish).await?;
        let written = Writing::new(self.site, self.store, self.book, self.voice)
            .write_told(&scene, &composed, Some(draft), by)
            .await;
        let told = self.store.recipients_of(&draft.episode, composed.number).await?;
        or_late(self.site, written.map(|()| Ok(released(self.site, draft, (&composed.notices, told), now))))
    }

    /// Ends an episode that nobody was told of.
    async fn close_untold(&self, id: &str, reason: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        if let Some((_, _, episode)) =
            rule_of(self.site, self.store, self.book, id).await?.filter(|(_, _, episode)| episode.told == 0)
        {
            expire(self.store, &episode, reason, now).await?;
        }
        Ok(())
    }
}

/// Settles a draft without telling anybody. Where another was first, nothing is done, and that one is given.
pub(crate) async fn settle(
    store: &Store,
    draft: &Waiting,
    outcome: Outcome,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Option<Settled>, AppError> {
    let mut tx = store.begin().await?;
    if let Some(first) = drafts::settle(&mut tx, draft, outcome, by, reason, now).await? {
        return Ok(Some(first));
    }
    cuofeng_outbox::withdraw_asks(&mut tx, draft, now).await?;
    ledger::write(&mut tx, &Actor::of(by), Event::from(outcome), &draft.episode, &format!("{by}: {reason}"), now)
        .await?;
    tx.commit().await?;
    Ok(None)
}

/// What to say to whoever wanted to settle a draft that another had settled.
pub fn late(site: &Site, first: &Settled) -> Message {
    let at = site.config.zone.words(first.at, site.config.language);
    match first.by.as_str() {
        PROGRAM => msg!("drafts.late_program", at = at, outcome = first.outcome.message()),
        by => msg!("drafts.late", by = by, at = at, outcome = first.outcome.message()),
    }
}

/// What was answered; that another was first is an answer, too.
pub(crate) fn or_late(site: &Site, answer: Result<Answer, AppError>) -> Result<Answer, AppError> {
    match answer {
        Err(AppError::Late(first)) => Ok(Err(Refusal(late(site, &first)))),
        other => other,
    }
}

fn released(site: &Site, draft: &Waiting, (notices, told): (&[Notice], i64), now: DateTime<Utc>) -> Message {
    let (zone, lang) = (&site.config.zone, site.config.language);
    let quiet = notices.iter().filter(|n| n.not_before > now).map(|n| n.not_before).max();
    match quiet {
        Some(until) => {
            let late = notices.iter().filter(|n| n.not_before > now).count();
            let until = zone.words(until, lang);
            msg!("drafts.released_quiet", episode = &draft.episode, notices = told, late = late, until = until)
        }
        None => msg!("drafts.released", episode = &draft.episode, notices = told),
    }
}
