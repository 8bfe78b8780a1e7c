//! Drafts: who is asked to release them, and what becomes of them.
//!
//! In: a draft and a member of staff, or its deadline. Out: its notices in the outbox as they were drafted, or nothing,
//! with who said so and why. Can't happen: a draft released by the one who made it; a draft released when nothing
//! useful is left of it; an hour in a notice that is past or inside the lead time.

use chrono::{DateTime, Utc};

use super::compose::{Composed, REPLAN, Wish, Words};
use super::decide::{PROGRAM, Scene};
use super::{App, AppError};
use crate::config::Region;
use crate::ledger;
use crate::link;
use crate::msg;
use crate::notice::{self, Notice, Purpose};
use crate::outbox;
use crate::plan::{Said, Word};
use crate::roster::{Role, Shift};
use crate::rules::{Recipients, Rule};
use crate::store::drafts::{self, Outcome, Waiting};
use crate::store::episodes;
use crate::store::plans;
use crate::store::wording;
use crate::text::Message;
use crate::time::{Hour, Period};
use crate::warning::{self, Episode, Span};

/// Why something asked of an episode is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) Message);

/// What a release would do.
pub(crate) struct Outlook {
    /// The rule's name, where there still is one.
    pub(crate) rule: Option<String>,
    /// What would be left, where it is less than was drafted.
    pub(crate) cut_to: Option<Vec<Span>>,
}

/// What became of a request.
pub(crate) type Answer = Result<Message, Refusal>;

const fn refuse(message: Message) -> Answer {
    Err(Refusal(message))
}

impl App {
    /// The draft of an episode that still waits.
    pub(super) async fn waiting(&self, episode: Option<&Episode>) -> Result<Option<Waiting>, AppError> {
        let Some(id) = episode.map(|e| e.id.to_string()) else { return Ok(None) };
        Ok(self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == id))
    }

    /// Who is on duty at an instant.
    pub(crate) fn shift(&self, at: DateTime<Utc>) -> Shift {
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
        content.previous = composed.id.to_string();
        content.level = warning::word_message(wish.action).text(lang);
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

    /// The address of a letter's own page, its code still to be filled in; empty where recipients can reach none.
    pub(crate) fn link(&self) -> String {
        let address = self.site.config.address();
        address.map_or_else(String::new, |address| format!("{address}{}{}", link::PATH, link::SLOT))
    }

    /// Settles a draft without telling anybody.
    pub(super) async fn settle(
        &self,
        draft: &Waiting,
        outcome: Outcome,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        drafts::settle(&mut tx, draft, outcome, by, reason, now).await?;
        outbox::withdraw_asks(&mut tx, draft, now).await?;
        let event = format!("draft-{}", outcome.word());
        ledger::write(&mut tx, &event, &draft.episode, &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Settles every draft whose deadline has come, as its rule says.
    pub(crate) async fn deadlines(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let due: Vec<Waiting> = self.store.waiting_drafts().await?.into_iter().filter(|d| d.deadline <= now).collect();
        for draft in &due {
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
                self.settle(draft, Outcome::Dropped, PROGRAM, &why, now).await?;
                self.close_untold(&draft.episode, &why, now).await?;
            }
        }
        Ok(due.len())
    }

    /// Releases the draft of an episode on behalf of a member of staff who may, and did not make it.
    ///
    /// `number` is the revision that was read, where a newer one is not meant.
    pub(crate) async fn approve(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        match self.draft_for(episode, number, by).await? {
            Ok(draft) => {
                let reason = msg!("drafts.approved_by", by = by).text(self.site.config.language);
                self.release(&draft, by, &reason, now).await
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Turns the draft of an episode down.
    pub(crate) async fn reject(
        &self,
        episode: &str,
        number: Option<u32>,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        match self.draft_for(episode, number, by).await? {
            Ok(draft) => {
                self.settle(&draft, Outcome::Rejected, by, reason, now).await?;
                self.close_untold(episode, reason, now).await?;
                Ok(Ok(msg!("drafts.rejected", episode = episode)))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Holds the draft of an episode back: its deadline no longer settles it, a person must.
    pub(crate) async fn hold_draft(
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
                drafts::hold(&mut tx, (episode, draft.number), by, reason, now).await?;
                ledger::write(&mut tx, "draft-held", episode, &format!("{by}: {reason}"), now).await?;
                tx.commit().await?;
                Ok(Ok(msg!("drafts.held_back", episode = episode)))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// What a release would do now: the rule's name, and what would be left where hours have become useless.
    pub(crate) async fn outlook(&self, draft: &Waiting, now: DateTime<Utc>) -> Result<Outlook, AppError> {
        let useful = self.of_use(draft, now).await?;
        let rule = self.rule_of(&draft.episode).await?.map(|(rule, _, _)| rule.name);
        Ok(Outlook { rule, cut_to: (useful != draft.spans).then_some(useful) })
    }

    /// What can still be asked of a draft.
    async fn of_use(&self, draft: &Waiting, now: DateTime<Utc>) -> Result<Vec<Span>, AppError> {
        if ["lift", "cancel"].contains(&draft.action.as_str()) {
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
        if !self.may(by, &[Role::Releaser, Role::Admin]) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let draft = self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == episode);
        Ok(match draft {
            None => Err(Refusal(msg!("drafts.none", episode = episode))),
            Some(draft) if number.is_some_and(|number| number != draft.number) => Err(Refusal(msg!("page.replaced"))),
            Some(draft) if draft.made_by == by => Err(Refusal(msg!("drafts.own", by = by))),
            Some(draft) => Ok(draft),
        })
    }

    /// Whether a member of staff has one of the roles.
    pub(crate) fn may(&self, by: &str, roles: &[Role]) -> bool {
        self.site.roster.staff.iter().any(|m| m.name == by && roles.contains(&m.role))
    }

    /// Puts a draft's notices into the outbox: as drafted, or, where hours have become useless since, without those.
    async fn release(&self, draft: &Waiting, by: &str, reason: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        let Some((rule, region, episode)) = self.rule_of(&draft.episode).await? else {
            return Ok(refuse(msg!("drafts.none", episode = &draft.episode)));
        };
        let ends = ["lift", "cancel"].contains(&draft.action.as_str());
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
        self.speak(&notices).await;
        let mut tx = self.store.begin().await?;
        drafts::settle(&mut tx, draft, Outcome::Released, by, reason, now).await?;
        self.send_out(&mut tx, (&episode.id, draft.number), &notices, now).await?;
        if by != PROGRAM {
            wording::approve(&mut tx, &words, by, now).await?;
        }
        outbox::withdraw_asks(&mut tx, draft, now).await?;
        if ends {
            episodes::close(&mut tx, &episode.id, "lifted").await?;
        }
        ledger::write(&mut tx, "draft-released", &draft.episode, &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(Ok(self.released(draft, &notices, now)))
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
        let scene = Scene { rule, region, series: &merged.series, known: &known, standing: &[], now };
        let purpose = if draft.action == "raise" { Purpose::Raise } else { Purpose::Update };
        let reason = msg!("drafts.cut", reason = reason).text(self.site.config.language);
        let wish = Wish { purpose, action: word_of(&draft.action), spans, reason };
        let composed = self.compose(&scene, Some(episode), wish).await?;
        self.write_told(&scene, &composed, Some(draft), by).await?;
        Ok(Ok(self.released(draft, &composed.notices, now)))
    }

    fn released(&self, draft: &Waiting, notices: &[Notice], now: DateTime<Utc>) -> Message {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let quiet = notices.iter().filter(|n| n.not_before > now).map(|n| n.not_before).max();
        match quiet {
            Some(until) => {
                let late = notices.iter().filter(|n| n.not_before > now).count();
                let until = zone.words(until, lang);
                msg!(
                    "drafts.released_quiet",
                    episode = &draft.episode,
                    notices = notices.len(),
                    late = late,
                    until = until
                )
            }
            None => msg!("drafts.released", episode = &draft.episode, notices = notices.len()),
        }
    }

    /// The rule, region and state of an open episode by its identifier.
    pub(super) async fn rule_of(&self, id: &str) -> Result<Option<(Rule, Region, Episode)>, AppError> {
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

    /// Ends an open episode by a person's word: before its end, or because it was told in error. Where the rule wants a
    /// second person's consent, the end waits as a draft.
    pub(crate) async fn end(
        &self,
        id: &str,
        mistaken: bool,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.may(by, &[Role::Drafter, Role::Releaser, Role::Admin]) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let Some((rule, region, episode)) = self.rule_of(id).await?.filter(|(_, _, e)| e.told > 0) else {
            return Ok(refuse(msg!("drafts.no_episode", episode = id)));
        };
        let (purpose, action) = if mistaken { (Purpose::Cancel, "cancel") } else { (Purpose::Lift, "lift") };
        let wish = Wish { purpose, action, spans: episode.spans.clone(), reason: reason.to_owned() };
        self.by_person(wish, (&rule, &region, &episode), by, now).await
    }

    /// Other hours for the draft of an episode, by a person: a newer draft; both are kept.
    pub(crate) async fn edit(
        &self,
        id: &str,
        periods: &[Period],
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.may(by, &[Role::Drafter, Role::Releaser, Role::Admin]) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let found = self.rule_of(id).await?;
        let draft = self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == id);
        let (Some((rule, region, episode)), Some(draft)) = (found, draft) else {
            return Ok(refuse(msg!("drafts.none", episode = id)));
        };
        let level = draft.spans.iter().map(|s| s.level).min().unwrap_or(0);
        let spans: Vec<Span> = periods.iter().map(|period| Span::own(*period, level)).collect();
        let purpose = if episode.told == 0 { Purpose::Raise } else { Purpose::Update };
        let action = if episode.told == 0 { "raise" } else { "update" };
        let reason = msg!("drafts.edited_by", by = by).text(self.site.config.language);
        self.by_person(Wish { purpose, action, spans, reason }, (&rule, &region, &episode), by, now).await
    }

    /// Other words for the draft of an episode, by a person: a newer draft with the same hours; both are kept.
    pub(crate) async fn reword(
        &self,
        id: &str,
        pairs: &[(&str, &str)],
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.may(by, &[Role::Drafter, Role::Releaser, Role::Admin]) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let found = self.rule_of(id).await?;
        let draft = self.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == id);
        let (Some((rule, region, episode)), Some(draft)) = (found, draft) else {
            return Ok(refuse(msg!("drafts.none", episode = id)));
        };
        let number = episode.revision + 1;
        let old = self.store.draft_notices(&draft).await?;
        let notices = match reworded(&old, pairs, (draft.number, number)) {
            Ok(notices) => notices,
            Err(why) => return Ok(refuse(why)),
        };
        let changed = notices.iter().zip(&old).filter(|(new, old)| new.parts != old.parts).count();
        let views = self.merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(refuse(msg!("drafts.useless"))) };
        let known = self.known(&region.id, &merged.series, now).await?;
        let scene = Scene { rule: &rule, region: &region, series: &merged.series, known: &known, standing: &[], now };
        let reason = msg!("drafts.reworded_by", by = by, count = changed).text(self.site.config.language);
        let (purpose, action) = match draft.action.as_str() {
            "lift" => (Purpose::Lift, "lift"),
            "cancel" => (Purpose::Cancel, "cancel"),
            "raise" => (Purpose::Raise, "raise"),
            other => (Purpose::Update, word_of(other)),
        };
        let wish = Wish { purpose, action, spans: draft.spans.clone(), reason };
        // The same hours in other words.
        let plan = self.store.plans(id).await?.into_iter().rfind(|kept| kept.revision == draft.number);
        let plan = plan.map(|kept| kept.plan);
        let (id, unreachable) = (episode.id, Vec::new());
        let pairs = pairs.iter().map(|(stood, put)| ((*stood).to_owned(), (*put).to_owned())).collect();
        let words = Words::ByHand(pairs);
        let composed = Composed { id, number, opens: false, wish, notices, unreachable, words, plan };
        self.write_draft(&scene, &composed, Some(&draft), by).await?;
        Ok(Ok(msg!("drafts.reworded", episode = draft.episode, count = changed)))
    }

    /// Notes what a person says of a process (nothing: all that was said is taken back), and plans the open episodes
    /// again in which it has hours; those whose hours change are told.
    pub(crate) async fn say_of(
        &self,
        process: &str,
        said: Option<Said>,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.may(by, &[Role::Drafter, Role::Releaser, Role::Admin]) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        if !self.site.roster.enterprises.iter().any(|e| e.processes.iter().any(|p| p.id == process)) {
            return Ok(refuse(msg!("planned.no_process", process = process)));
        }
        let mut tx = self.store.begin().await?;
        let event = match said {
            Some(said) => {
                let word = Word { process: process.to_owned(), said };
                plans::say(&mut tx, &word, (by, reason), None, now).await?;
                if matches!(word.said, Said::Cannot { .. }) { "process-cannot" } else { "process-pinned" }
            }
            None if plans::release(&mut tx, process, by, now).await? == 0 => {
                return Ok(refuse(msg!("planned.nothing_said", process = process)));
            }
            None => "process-released",
        };
        ledger::write(&mut tx, event, process, &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        let told = self.plan_again(&[process], (by, reason), now).await?;
        let done =
            if told.is_empty() { msg!("planned.noted").text(self.site.config.language) } else { told.join("\n") };
        Ok(Ok(msg!("time.plain", text = done)))
    }

    /// Plans the open episodes again in which any of these processes has hours; gives what was done, in words.
    pub(super) async fn plan_again(
        &self,
        processes: &[&str],
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, AppError> {
        let mut told = Vec::new();
        for region in self.site.config.regions.clone() {
            for episode in self.store.open_episodes(&region.id).await? {
                let id = episode.id.to_string();
                let plan = self.store.told_plan(&id).await?;
                let planned = plan.is_some_and(|plan| processes.iter().any(|process| plan.row(process).is_some()));
                let ahead = episode.spans.iter().any(|span| span.period.end > now);
                let Some((rule, region, episode)) = self.rule_of(&id).await?.filter(|_| planned && ahead) else {
                    continue;
                };
                let (spans, reason) = (episode.spans.clone(), reason.to_owned());
                let wish = Wish { purpose: Purpose::Update, action: REPLAN, spans, reason };
                if let Ok(done) = self.by_person(wish, (&rule, &region, &episode), by, now).await? {
                    told.push(done.text(self.site.config.language));
                }
            }
        }
        Ok(told)
    }

    pub(super) async fn by_person(
        &self,
        wish: Wish,
        (rule, region, episode): (&Rule, &Region, &Episode),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let views = self.merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(refuse(msg!("drafts.useless"))) };
        let known = self.known(&region.id, &merged.series, now).await?;
        let scene = Scene { rule, region, series: &merged.series, known: &known, standing: &[], now };
        let waiting = self.waiting(Some(episode)).await?;
        let composed = self.compose(&scene, Some(episode), wish).await?;
        let read_before = self.new_wording(rule).await?.is_empty();
        let alone =
            read_before && rule.release == crate::rules::Release::Auto && self.may(by, &[Role::Releaser, Role::Admin]);
        let id = episode.id.to_string();
        if alone {
            self.write_told(&scene, &composed, waiting.as_ref(), by).await?;
            return Ok(Ok(msg!("drafts.told", episode = id, notices = composed.notices.len())));
        }
        self.write_draft(&scene, &composed, waiting.as_ref(), by).await?;
        Ok(Ok(msg!("drafts.waits", episode = id)))
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

/// A draft's notices with other words, under the next revision's number.
///
/// # Errors
/// Words that stand nowhere, or words that only an official order may bring in.
fn reworded(old: &[Notice], pairs: &[(&str, &str)], numbers: (u32, u32)) -> Result<Vec<Notice>, Message> {
    let stands =
        |word: &str| old.iter().flat_map(|n| &n.parts).any(|p| p.body.contains(word) || p.subject.contains(word));
    if let Some((missing, _)) = pairs.iter().find(|(word, _)| word.is_empty() || !stands(word)) {
        return Err(msg!("drafts.stands_nowhere", word = *missing));
    }
    let put = |text: &str| pairs.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    let mut notices = old.to_vec();
    for notice in &mut notices {
        // A revision's number stands in its notices' keys.
        notice.key = notice.key.replacen(&format!(".r{}.", numbers.0), &format!(".r{}.", numbers.1), 1);
        let steps = notice.reserve.iter_mut().map(|step| &mut step.part);
        for part in notice.parts.iter_mut().chain(steps) {
            let (subject, body) = (put(&part.subject), put(&part.body));
            let brought = notice::forbidden(&format!("{subject}{body}"));
            if let Some(word) = brought.filter(|word| !format!("{}{}", part.subject, part.body).contains(word)) {
                return Err(msg!("drafts.colour", word = word));
            }
            (part.subject, part.body) = (subject, body);
        }
    }
    Ok(notices)
}

/// The word of a revision that takes a draft's place.
fn word_of(action: &str) -> &'static str {
    match action {
        "raise" => "raise",
        "upgrade" => "upgrade",
        "downgrade" => "downgrade",
        "extend" => "extend",
        REPLAN => REPLAN,
        _ => "update",
    }
}
