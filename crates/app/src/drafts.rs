//! Drafts: who is asked to release them, and what becomes of them.
//!
//! In: a draft and a member of staff, or its deadline. Out: its notices in the outbox as they were drafted, or nothing,
//! with who said so and why; to whoever comes second, who was first. Can't happen: a draft released by the one
//! who made it; a draft released when nothing useful is left of it; an hour in a notice that is past or inside the lead time.

use chrono::{DateTime, Utc};

use super::compose::{Composed, Wish};
use super::decide::{PROGRAM, Scene};
use super::play::Heard;
use super::{App, AppError};
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period};
use cuofeng_channel::link;
use cuofeng_notice::{self as notice, Notice, Purpose};
use cuofeng_rules::warning::{self, Act, Episode, Span};
use cuofeng_rules::{Recipients, Rule};
use cuofeng_store::drafts::{self, Outcome, Settled, Waiting};
use cuofeng_store::episodes;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::wording;
use cuofeng_town::roster::{Role, Shift};

/// Why something asked of an episode is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Message);

/// What a release would do.
pub struct Outlook {
    /// The rule's name, where there still is one.
    pub rule: Option<String>,
    /// What would be left, where it is less than was drafted.
    pub cut_to: Option<Vec<Span>>,
}

/// An open episode with its rule and region.
pub(super) type Ruled = (Rule, Region, Episode);

/// What became of a request.
pub type Answer = Result<Message, Refusal>;

pub(super) const fn refuse(message: Message) -> Answer {
    Err(Refusal(message))
}

impl App {
    /// The draft of an episode that still waits.
    pub(super) async fn waiting(&self, episode: Option<&Episode>) -> Result<Option<Waiting>, AppError> {
        let Some(id) = episode.map(|e| e.id.to_string()) else { return Ok(None) };
        Ok(self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == id))
    }

    /// Who is on duty at an instant.
    pub fn shift(&self, at: DateTime<Utc>) -> Shift {
        self.site.roster.shift(self.site.config.zone.local(at).naive_local())
    }

    /// The notices that ask for a release: of those on duty at once, of who stands in for them when half of the time
    /// has gone without an answer.
    pub(super) fn ask_release(
        &self,
        scene: &Scene<'_>,
        composed: &Composed,
        to: Recipients,
        by: &str,
    ) -> Result<Vec<Notice>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let wish = &composed.wish;
        let mut content = self.content(scene, &wish.spans, wish.purpose, composed.number, String::new(), &wish.reason);
        content.purpose = Purpose::Draft;
        content.periods = warning::spans_words(&wish.spans, zone, lang);
        content.short_periods = warning::spans_short(&wish.spans, zone, lang, notice::change::MOST, true);
        content.previous = composed.id.to_string();
        content.level = wish.action.message().text(lang);
        content.link = self.link();
        let half = (super::compose::deadline(scene, &wish.spans) - scene.now) / 2;
        let from = if to == Recipients::Deputies { scene.now + half } else { scene.now };
        let tell = notice::own::ask_release(to);
        let mut notices = Vec::new();
        let asked = notice::select(&tell, &self.site.roster, &self.shift(scene.now), &|_| false);
        for recipient in asked.into_iter().filter(|recipient| recipient.name != by) {
            let key = format!("{}.r{}.draft.duty-{}", composed.id, composed.number, recipient.id);
            let expires = wish.spans.iter().map(|s| s.period.end).max().unwrap_or(scene.now);
            let (notice, _) = notice::render(&self.site.texts, &tell, &recipient, &content, &[], key, (from, expires))
                .map_err(|problem| AppError::Template(Box::new(problem)))?;
            notices.extend(notice.and_then(|notice| self.as_mode_wants(notice)));
        }
        Ok(notices)
    }

    /// What stands before a letter's own code in the address of its page; empty where recipients can reach none.
    pub fn link(&self) -> String {
        let address = self.site.config.address();
        address.map_or_else(String::new, |address| format!("{address}{}", link::PATH))
    }

    /// Settles a draft without telling anybody. Where another was first, nothing is done, and that one is given.
    pub(super) async fn settle(
        &self,
        draft: &Waiting,
        outcome: Outcome,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Settled>, AppError> {
        let mut tx = self.store.begin().await?;
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
    pub fn late(&self, first: &Settled) -> Message {
        let at = self.site.config.zone.words(first.at, self.site.config.language);
        match first.by.as_str() {
            PROGRAM => msg!("drafts.late_program", at = at, outcome = first.outcome.message()),
            by => msg!("drafts.late", by = by, at = at, outcome = first.outcome.message()),
        }
    }

    /// What was answered; that another was first is an answer, too.
    pub(super) fn or_late(&self, answer: Result<Answer, AppError>) -> Result<Answer, AppError> {
        match answer {
            Err(AppError::Late(first)) => Ok(Err(Refusal(self.late(&first)))),
            other => other,
        }
    }

    /// Settles every draft whose deadline has come, as its rule says.
    pub async fn deadlines(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let due: Vec<Waiting> = self.store.waiting_drafts().await?.into_iter().filter(|d| d.deadline <= now).collect();
        for draft in &due {
            // What rests on a forecast that is in force no longer is settled by the decision of this cycle.
            let of = self.rule_of(&draft.episode).await?;
            if draft.made_by == PROGRAM && of.is_some_and(|(.., episode)| episode.draft_unfounded) {
                continue;
            }
            if draft.held.is_some() && self.of_use(draft, now).await?.iter().any(|span| span.period.end > now) {
                continue;
            }
            let reason = msg!("drafts.deadline").text(self.site.config.language);
            let answer = if draft.released_at_deadline && !self.may_go_alone(draft).await? {
                Err(Refusal(msg!("wording.deadline")))
            } else if draft.released_at_deadline {
                self.release(draft, PROGRAM, &reason, now).await?
            } else {
                Err(Refusal(msg!("drafts.deadline")))
            };
            if let Err(Refusal(why)) = answer {
                let why = why.text(self.site.config.language);
                // Where a person was quicker, that holds.
                if self.settle(draft, Outcome::Dropped, PROGRAM, &why, now).await?.is_none() {
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
        if self.held().await? {
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
                if let Some(first) = self.settle(&draft, Outcome::Rejected, by, reason, now).await? {
                    return Ok(Err(Refusal(self.late(&first))));
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
                    return Ok(Err(Refusal(self.late(&first))));
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
        let rule = self.rule_of(&draft.episode).await?.map(|(rule, _, _)| rule.name);
        Ok(Outlook { rule, cut_to: (useful != draft.spans).then_some(useful) })
    }

    /// What can still be asked of a draft.
    async fn of_use(&self, draft: &Waiting, now: DateTime<Utc>) -> Result<Vec<Span>, AppError> {
        if draft.action.takes_back() {
            return Ok(draft.spans.clone());
        }
        let found = self.rule_of(&draft.episode).await?;
        Ok(found.map_or_else(Vec::new, |(rule, _, episode)| useful(&rule, draft, &episode, now)))
    }

    /// The draft of an episode, if the person may settle it.
    async fn draft_for(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
    ) -> Result<Result<Waiting, Refusal>, AppError> {
        if !self.may(by, &Role::RELEASING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let draft = self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == episode);
        Ok(match draft {
            None => Err(Refusal(match drafts::settled(self.store.pool(), episode, number).await? {
                Some(first) => self.late(&first),
                None => msg!("drafts.none", episode = episode),
            })),
            Some(draft) if number.is_some_and(|number| number != draft.number) => Err(Refusal(msg!("page.replaced"))),
            Some(draft) if draft.made_by == by => Err(Refusal(msg!("drafts.own", by = by))),
            Some(draft) => Ok(draft),
        })
    }

    /// Whether a member of staff has one of the roles.
    pub fn may(&self, by: &str, roles: &[Role]) -> bool {
        self.site.roster.staff.iter().any(|m| m.name == by && roles.contains(&m.role))
    }

    /// Puts a draft's notices into the outbox: as drafted, or, where hours have become useless since, without those.
    async fn release(&self, draft: &Waiting, by: &str, reason: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        let Some((rule, region, episode)) = self.rule_of(&draft.episode).await? else {
            return Ok(refuse(msg!("drafts.none", episode = &draft.episode)));
        };
        if draft.made_by == PROGRAM && episode.draft_unfounded {
            return Ok(refuse(msg!("drafts.unfounded")));
        }
        let ends = draft.action.takes_back();
        let useful = if ends { draft.spans.clone() } else { useful(&rule, draft, &episode, now) };
        if useful.iter().all(|s| s.period.end <= now) {
            return Ok(refuse(msg!("drafts.useless")));
        }
        // To leave hours out, the texts are made anew: words that a person changed would be lost, and words of a template
        // that has changed since have been read by nobody.
        if useful != draft.spans && !self.same_wording(draft, &rule).await? {
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
            return Ok(refuse(self.late(&first)));
        }
        let phrase = said.map_or_else(String::new, |said| said.content.periods_spoken);
        let heard = Heard { spans: &draft.spans, phrase: &phrase };
        self.send_out(&mut tx, (&episode.id, draft.number), (&notices, &heard), now).await?;
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
        self.speak(&notices);
        let told = self.store.recipients_of(&draft.episode, draft.number).await?;
        Ok(Ok(self.released(draft, (&notices, told), now)))
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
        let views = self.merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(refuse(msg!("drafts.useless"))) };
        let known = self.known(&region.id, &merged.series, now).await?;
        let scene = Scene { rule, region, merged, known: &known, standing: &[], now };
        let purpose = if draft.action == Act::Raise { Purpose::Raise } else { Purpose::Update };
        let reason = msg!("drafts.cut", reason = reason).text(self.site.config.language);
        let wish = Wish { purpose, action: draft.action, spans, reason };
        let composed = self.compose(&scene, Some(episode), wish).await?;
        let written = self.write_told(&scene, &composed, Some(draft), by).await;
        let told = self.store.recipients_of(&draft.episode, composed.number).await?;
        self.or_late(written.map(|()| Ok(self.released(draft, (&composed.notices, told), now))))
    }

    fn released(&self, draft: &Waiting, (notices, told): (&[Notice], i64), now: DateTime<Utc>) -> Message {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
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

    /// The rule, region and state of an open episode by its identifier.
    pub(super) async fn rule_of(&self, id: &str) -> Result<Option<Ruled>, AppError> {
        for region in &self.site.config.regions {
            let open = self.store.open_episodes(&region.id).await?;
            if let Some(episode) = open.into_iter().find(|e| e.id.to_string() == id) {
                let rule = self.book.rule(episode.rule_set, &episode.rule).cloned();
                return Ok(rule.map(|rule| (rule, region.clone(), episode)));
            }
        }
        Ok(None)
    }

    /// Ends an episode that nobody was told of.
    async fn close_untold(&self, id: &str, reason: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        if let Some((_, _, episode)) = self.rule_of(id).await?.filter(|(_, _, episode)| episode.told == 0) {
            self.expire(&episode, reason, now).await?;
        }
        Ok(())
    }
}

/// What can still be asked of a draft: told periods that have begun stay; new hours only from the lead time on.
fn useful(rule: &Rule, draft: &Waiting, episode: &Episode, now: DateTime<Utc>) -> Vec<Span> {
    let at = now + chrono::Duration::hours(i64::from(rule.lead_hours));
    let hour = Hour::containing(at);
    let from = if hour.start() == at { at } else { (hour + 1).start() };
    let cut = |span: &Span| {
        let told = episode.spans.iter().any(|t| t.period.intersect(&span.period).is_some());
        if told || span.period.start >= from {
            return Some(*span);
        }
        Period::new(from, span.period.end).map(|period| Span { period, ..*span })
    };
    draft.spans.iter().filter_map(cut).collect()
}
