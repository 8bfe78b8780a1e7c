//! What people change of a warning: its end, the hours or words of its draft, what a process can.
//!
//! In: a member of staff, and what they want otherwise. Out: a revision told at once where the rule and their role allow
//! it, else a newer draft that another person releases. Can't happen: a draft changed in place; words of statutory
//! warnings brought in by hand.

use chrono::{DateTime, Utc};

use crate::deciding::compose::{Composed, Wish, Words, compose};
use crate::deciding::drafts::or_late;
use crate::deciding::open::{Ruled, rule_of, waiting};
use crate::deciding::wording::new_wording;
use crate::deciding::write::Writing;
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::judging::known::known;
use crate::judging::scene::Scene;
use crate::pulling::merge::Forecasts;
use crate::refusal::{Answer, Refusal, refuse};
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::outside;
use cuofeng_base::time::Period;
use cuofeng_base::word::Mode;
use cuofeng_notice::{self as notice, Purpose};
use cuofeng_office::site::Site;
use cuofeng_plan::{Said, Word};
use cuofeng_rules::warning::{Act, Episode, Span};
use cuofeng_rules::{Release, Rule};
use cuofeng_store::drafts::Waiting;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, ended, plans};
use cuofeng_town::roster::Role;

/// What people change of warnings.
#[derive(Clone, Copy)]
pub struct Editing<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
    voice: Voice<'a>,
}

impl<'a> Editing<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode, voice: Voice<'a>) -> Self {
        Self { site, store, book, mode, voice }
    }

    /// Lets the program tell again what a person has ended.
    pub async fn tell_again(
        &self,
        episode: &str,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::RELEASING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let mut tx = self.store.begin().await?;
        if !ended::tell_again(&mut tx, episode, (by, reason), now).await? {
            return Ok(Err(Refusal(msg!("drafts.not_ended", episode = episode))));
        }
        ledger::write(&mut tx, &Actor::of(by), Event::ToldAgain, episode, &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(Ok(msg!("drafts.again", episode = episode)))
    }

    /// Ends an open episode by a person's word: before its end, or because it was told in error. Where the rule wants a
    /// second person's consent, the end waits as a draft.
    pub async fn end(
        &self,
        id: &str,
        mistaken: bool,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let Some((rule, region, episode)) =
            rule_of(self.site, self.store, self.book, id).await?.filter(|(_, _, e)| e.told > 0)
        else {
            return Ok(refuse(msg!("drafts.no_episode", episode = id)));
        };
        let (purpose, action) = if mistaken { (Purpose::Cancel, Act::Cancel) } else { (Purpose::Lift, Act::Lift) };
        let wish = Wish { purpose, action, spans: episode.spans.clone(), reason: reason.to_owned() };
        self.by_person(wish, (&rule, &region, &episode), by, now).await
    }

    /// Other hours for the draft of an episode, by a person: a newer draft; both are kept.
    pub async fn edit(&self, id: &str, periods: &[Period], by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        let ((rule, region, episode), draft) = match self.changeable(id, by).await? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let level = draft.spans.iter().map(|s| s.level).min().unwrap_or(0);
        let spans: Vec<Span> = periods.iter().map(|period| Span::own(*period, level)).collect();
        let (purpose, action) =
            if episode.told == 0 { (Purpose::Raise, Act::Raise) } else { (Purpose::Update, Act::Update) };
        let reason = msg!("drafts.edited_by", by = by).text(self.site.config.language);
        self.by_person(Wish { purpose, action, spans, reason }, (&rule, &region, &episode), by, now).await
    }

    /// Other words for the draft of an episode, by a person: a newer draft with the same hours; both are kept.
    pub async fn reword(
        &self,
        id: &str,
        pairs: &[(&str, &str)],
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let ((rule, region, episode), draft) = match self.changeable(id, by).await? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let number = episode.revision + 1;
        let old = self.store.draft_notices(&draft).await?;
        let clean: Vec<(&str, String)> = pairs.iter().map(|(stood, put)| (*stood, outside::lines(put))).collect();
        let pairs: &[(&str, &str)] = &clean.iter().map(|(stood, put)| (*stood, put.as_str())).collect::<Vec<_>>();
        let notices = match notice::reword::reworded(&old, pairs, (draft.number, number)) {
            Ok(notices) => notices,
            Err(why) => return Ok(refuse(why)),
        };
        let changed = notices.iter().zip(&old).filter(|(new, old)| new.parts != old.parts).count();
        let views = Forecasts::new(self.site, self.store, self.book).merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(refuse(msg!("drafts.useless"))) };
        let known = known(self.site, self.store, &region.id, &merged.series, now).await?;
        let scene = Scene {
            site: self.site,
            mode: self.mode,
            rule: &rule,
            region: &region,
            merged,
            known: &known,
            standing: &[],
            now,
        };
        let reason = msg!("drafts.reworded_by", by = by, count = changed).text(self.site.config.language);
        let Some(purpose) = Purpose::of(draft.action) else {
            return Ok(refuse(msg!("drafts.none", episode = id)));
        };
        let wish = Wish { purpose, action: draft.action, spans: draft.spans.clone(), reason };
        // The same hours in other words.
        let plan = self.store.plans(id).await?.into_iter().rfind(|kept| kept.revision == draft.number);
        let plan = plan.map(|kept| kept.plan);
        let (id, unreachable) = (episode.id, Vec::new());
        let pairs = pairs.iter().map(|(stood, put)| ((*stood).to_owned(), (*put).to_owned())).collect();
        let words = Words::ByHand(pairs);
        let removed = Vec::new();
        let group = self.store.drafted_group(&draft.episode, draft.number).await?;
        let group = group.map(|text| clean.iter().fold(text, |text, (stood, put)| text.replace(stood, put)));
        let composed = Composed { id, number, opens: false, wish, notices, group, removed, unreachable, words, plan };
        let written = Writing::new(self.site, self.store, self.book, self.voice)
            .write_draft(&scene, &composed, Some(&draft), by)
            .await;
        or_late(self.site, written.map(|()| Ok(msg!("drafts.reworded", episode = draft.episode, count = changed))))
    }

    /// An episode and its draft, for whoever may change it.
    async fn changeable(&self, id: &str, by: &str) -> Result<Result<(Ruled, Waiting), Refusal>, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let found = rule_of(self.site, self.store, self.book, id).await?;
        let draft = match &found {
            Some((_, _, episode)) => waiting(self.store, Some(episode)).await?,
            None => None,
        };
        Ok(found.zip(draft).ok_or_else(|| Refusal(msg!("drafts.none", episode = id))))
    }

    /// Notes what a person says of a process (nothing: all that was said is taken back), and plans the open episodes
    /// again in which it has hours; those whose hours change are told.
    pub async fn say_of(
        &self,
        process: &str,
        said: Option<Said>,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
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
                if matches!(word.said, Said::Cannot { .. }) { Event::ProcessCannot } else { Event::ProcessPinned }
            }
            None if plans::release(&mut tx, process, by, now).await? == 0 => {
                return Ok(refuse(msg!("planned.nothing_said", process = process)));
            }
            None => Event::ProcessReleased,
        };
        ledger::write(&mut tx, &Actor::of(by), event, process, &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        let told = self.plan_again(&[process], (by, reason), now).await?;
        let done =
            if told.is_empty() { msg!("planned.noted").text(self.site.config.language) } else { told.join("\n") };
        Ok(Ok(msg!("time.plain", text = done)))
    }

    /// Plans the open episodes again in which any of these processes has hours; gives what was done, in words.
    pub(crate) async fn plan_again(
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
                let Some((rule, region, episode)) =
                    rule_of(self.site, self.store, self.book, &id).await?.filter(|_| planned && ahead)
                else {
                    continue;
                };
                let (spans, reason) = (episode.spans.clone(), reason.to_owned());
                let wish = Wish { purpose: Purpose::Update, action: Act::Replan, spans, reason };
                if let Ok(done) = self.by_person(wish, (&rule, &region, &episode), by, now).await? {
                    told.push(done.text(self.site.config.language));
                }
            }
        }
        Ok(told)
    }

    /// Tells what a person wants of an episode at once, or drafts it.
    async fn by_person(
        &self,
        wish: Wish,
        (rule, region, episode): (&Rule, &Region, &Episode),
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let views = Forecasts::new(self.site, self.store, self.book).merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(refuse(msg!("drafts.useless"))) };
        let known = known(self.site, self.store, &region.id, &merged.series, now).await?;
        let scene = Scene { site: self.site, mode: self.mode, rule, region, merged, known: &known, standing: &[], now };
        let waiting = waiting(self.store, Some(episode)).await?;
        let composed = compose(self.store, &scene, Some(episode), wish).await?;
        let read_before = new_wording(self.site, self.store, rule).await?.is_empty();
        let alone = read_before && rule.release == Release::Auto && self.site.roster.may(by, &Role::RELEASING);
        let id = episode.id.to_string();
        if alone {
            let written = Writing::new(self.site, self.store, self.book, self.voice)
                .write_told(&scene, &composed, waiting.as_ref(), by)
                .await;
            let notices = self.store.recipients_of(&id, composed.number).await?;
            return or_late(self.site, written.map(|()| Ok(msg!("drafts.told", episode = id, notices = notices))));
        }
        let written = Writing::new(self.site, self.store, self.book, self.voice)
            .write_draft(&scene, &composed, waiting.as_ref(), by)
            .await;
        or_late(self.site, written.map(|()| Ok(msg!("drafts.waits", episode = id))))
    }
}
