//! From what is to be told to a revision with its notices, ready to be written.
//!
//! In: a scene and a wish. Out: [`Composed`], in memory; then in the database, told at once or waiting as a draft. Can't
//! happen: a revision without its notices (one transaction); a notice to someone it is no business of.

use chrono::{DateTime, Duration, Utc};

use super::decide::Scene;
use super::enclose::Hours;
use super::play::Heard;
use super::telling::Telling;
use super::{App, AppError};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Period, day_words};
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{self as notice, Content, Notice, Purpose, Unreachable};
use cuofeng_plan::{self as plan, Plan};
use cuofeng_rules::warning::{Act, Episode, EpisodeId, Span};
use cuofeng_rules::{Level, Recipients};
use cuofeng_store::basis;
use cuofeng_store::drafts::{Outcome, Settled, Waiting, keep_parts};
use cuofeng_store::episodes::{self, NewRevision};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::removed::{self, Known};
use cuofeng_store::wording;
use cuofeng_store::{groups, joined, plans};
use cuofeng_town::roster::Enterprise;

/// What is to be told.
pub(super) struct Wish {
    pub(super) purpose: Purpose,
    /// What the revision does.
    pub(super) action: Act,
    /// The periods; at an end, those that it takes back.
    pub(super) spans: Vec<Span>,
    /// Why, in the site's language.
    pub(super) reason: String,
}

/// A revision with its notices.
pub(super) struct Composed {
    pub(super) id: EpisodeId,
    pub(super) number: u32,
    /// Whether the episode is a new one.
    pub(super) opens: bool,
    pub(super) wish: Wish,
    pub(super) notices: Vec<Notice>,
    /// The same as one text for a chat group; nothing where nobody outwards is told.
    pub(super) group: Option<String>,
    /// Those of them who are in the tables no more.
    pub(super) removed: Vec<Known>,
    pub(super) unreachable: Vec<Unreachable>,
    /// The plan told with it; an end has none.
    pub(super) plan: Option<Plan>,
    /// Where its words come from.
    pub(super) words: Words,
}

/// Where a revision's words come from.
pub(super) enum Words {
    /// Templates, given this.
    Templates(Box<Content>),
    /// An earlier draft, in which a person put words for others, in this order.
    ByHand(Vec<(String, String)>),
}

/// When a lift that is undone was told, and to whom: audience and identifier.
type Undone = (DateTime<Utc>, Vec<(String, String)>);

impl App {
    /// Renders what is to be told.
    pub(super) async fn compose(
        &self,
        scene: &Scene<'_>,
        episode: Option<&Episode>,
        wish: Wish,
    ) -> Result<Composed, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let (id, number, times) = match episode {
            Some(episode) => (episode.id.clone(), episode.revision + 1, episode.told + 1),
            None => (self.new_episode(scene).await?, 1, 1),
        };
        let previous = episode.filter(|e| e.told > 0).map(|e| zone.words(e.told_at, lang)).unwrap_or_default();
        let ahead: Vec<Span> = wish.spans.iter().filter(|s| s.period.end > scene.now).copied().collect();
        let mut content = self.content(scene, &ahead, wish.purpose, times, previous, &wish.reason);
        let undone = if wish.purpose == Purpose::Raise { self.undone_lift(scene, &ahead).await? } else { None };
        content.change = self.change(scene, episode, &wish);
        content.short_change = notice::change::short(&content.change, lang);
        content.until_spoken = self.until_spoken(scene, episode, &wish);
        if let Some((at, _)) = &undone {
            let when = notice::change::called(*at, scene.now, zone, lang);
            content.undone = msg!("change.undone", when = when).text(lang);
        }
        let told = self.store.told_plan(&id.to_string()).await?;
        let plan = match &wish.purpose {
            purpose if purpose.ends() => None,
            _ => Some(self.plan(scene, &ahead, (&id.to_string(), told.as_ref()), &|_| true).await?),
        };
        if let Some(plan) = &plan {
            content.worth = notice::hours::worth(plan, &self.site.weights, lang);
        }
        let already = self.store.told(&id).await?;
        let last = self.store.last_told(&id.to_string(), scene.now).await?;
        let seldom = scene.rule.tell.iter().any(|tell| tell.extend_days.is_some());
        let revisions = if seldom { self.store.revisions(&id.to_string()).await? } else { Vec::new() };
        let elsewhere = if wish.purpose.ends() { self.told_elsewhere(&id, scene.now).await? } else { Vec::new() };
        // A person's word on hours changes no period: those are told whom it concerns.
        let before = told.as_ref().filter(|_| wish.action == Act::Replan);
        let periods: Vec<Period> = ahead.iter().map(|s| s.period).collect();
        let spans_before = episode.map_or(&[][..], |e| e.spans.as_slice());
        let periods_before: Vec<Period> = spans_before.iter().map(|s| s.period).collect();
        let site = self.store.site_of(&id.to_string()).await?;
        let hours = Hours {
            site: &site,
            title: &content.title,
            periods: if wish.purpose.ends() { &[] } else { &periods },
            plan: plan.as_ref(),
            periods_before: &periods_before,
            plan_before: told.as_ref(),
        };
        let telling = Telling {
            spans: &ahead,
            content: &content,
            plan: plan.as_ref(),
            before,
            already: &already,
            last: &last,
            revisions: &revisions,
            extends: wish.action == Act::Extend,
            elsewhere: &elsewhere,
            undone: undone.as_ref().map(|(at, told)| (zone.words(*at, lang), told.as_slice())),
            hours,
        };
        let (mut notices, mut unreachable, group) = self.notices(scene, &telling, &id, number)?;
        let mut removed = Vec::new();
        if telling.content.purpose.ends() {
            let (others, missing, known) = self.to_removed(scene, &telling, (&id, number)).await?;
            removed.extend(known);
            notices.extend(others);
            unreachable.extend(missing);
        }
        let words = Words::Templates(Box::new(content));
        Ok(Composed { id, number, opens: episode.is_none(), wish, notices, group, removed, unreachable, words, plan })
    }

    /// Who was told of another episode that has hours ahead: class and identifier.
    async fn told_elsewhere(&self, id: &EpisodeId, now: DateTime<Utc>) -> Result<Vec<(String, String)>, AppError> {
        let mut told = Vec::new();
        for (kind, region) in self.store.open_kinds().await? {
            if Trouble::is_kind(&kind) {
                continue;
            }
            let Some(episode) = self.store.open_episode(&kind, &region).await? else { continue };
            if episode.id != *id && episode.spans.iter().any(|span| span.period.end > now) {
                told.extend(self.store.told(&episode.id).await?);
            }
        }
        Ok(told)
    }

    /// What a wish changes of what was told, in words; of an end, how it ends.
    fn change(&self, scene: &Scene<'_>, episode: Option<&Episode>, wish: &Wish) -> String {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let told = episode.map_or(&[][..], |e| e.spans.as_slice());
        match wish.purpose {
            Purpose::Lift if super::telling::hot_spots(scene.rule).is_some() => msg!("change.settled").text(lang),
            Purpose::Lift | Purpose::Cancel => {
                let is_order = scene.rule.relays.is_some() || told.iter().any(|span| span.ordered);
                notice::change::ending(wish.purpose, is_order, told, scene.now).text(lang)
            }
            Purpose::Update if wish.action != Act::Replan => {
                let levels: Vec<String> = scene.rule.levels.iter().map(|level| level.name.clone()).collect();
                let banned = notice::is_banned(scene.rule);
                notice::change::words((told, &wish.spans), (&levels, banned), scene.now, zone, lang)
            }
            Purpose::Update => msg!("change.plan").text(lang),
            Purpose::Raise | Purpose::Draft | Purpose::Reminder => String::new(),
        }
    }

    /// To which day a wish extends what was told, for the ear; empty where it does anything else.
    fn until_spoken(&self, scene: &Scene<'_>, episode: Option<&Episode>, wish: &Wish) -> String {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let told = episode.map_or(&[][..], |e| e.spans.as_slice());
        let until = match wish.purpose {
            Purpose::Update => notice::change::extended_to((told, &wish.spans), scene.now, zone),
            _ => None,
        };
        match lang {
            Lang::Zh => until.map(notice::speech::date),
            Lang::En => until.map(|day| day_words(day, lang)),
        }
        .unwrap_or_default()
    }

    /// The lift of an earlier episode that a new one undoes: when it was told, and to whom. Only the program's own counts,
    /// and of hours that the new episode asks for again.
    async fn undone_lift(&self, scene: &Scene<'_>, spans: &[Span]) -> Result<Option<Undone>, AppError> {
        let of = (scene.rule.kind.as_str(), scene.region.id.as_str());
        let since = scene.now - Duration::hours(36);
        for lifted in self.store.lifted_since(of, since).await? {
            let again = lifted.spans.iter().any(|s| spans.iter().any(|a| a.period.intersect(&s.period).is_some()));
            if again {
                return Ok(Some((lifted.at, self.store.told_of(&lifted.episode).await?)));
            }
        }
        Ok(None)
    }

    /// Plans the hours of everyone that a rule tells; of them, those who are meant.
    pub(super) async fn plan(
        &self,
        scene: &Scene<'_>,
        spans: &[Span],
        (episode, told): (&str, Option<&Plan>),
        meant: &(dyn Fn(&Enterprise) -> bool + Sync),
    ) -> Result<Plan, AppError> {
        let days = Duration::days(i64::from(self.site.weights.fair.days));
        let past = self.store.past_plans(episode, scene.now - days, scene.now).await?;
        let words: Vec<plan::Word> =
            self.store.spoken(scene.now).await?.into_iter().map(|spoken| spoken.word).collect();
        let level = spans.iter().map(|s| s.level).min().and_then(|level| scene.rule.levels.get(level));
        let level = level.map_or("", |l: &Level| l.id.as_str());
        let free = |e: &Enterprise| scene.rule.exemption(e, level).is_some();
        let tells = scene.rule.tell.iter().filter(|tell| tell.to == Recipients::Enterprises);
        let shift = self.shift(scene.now);
        let mut enterprises: Vec<&Enterprise> = Vec::new();
        for enterprise in
            tells.flat_map(|tell| notice::select(tell, &self.site.roster, &shift, &free)).filter_map(|r| r.enterprise)
        {
            if meant(enterprise) && enterprises.iter().all(|known| known.id != enterprise.id) {
                enterprises.push(enterprise);
            }
        }
        let config = &self.site.config;
        Ok(plan::plan(&plan::Given {
            rule: scene.rule,
            spans,
            region: &scene.region.id,
            enterprises: &enterprises,
            roster: &self.site.roster,
            standing: scene.standing,
            series: &scene.merged.series,
            zone: &config.zone,
            calendar: &self.site.calendar,
            planning: &config.planning,
            weights: &self.site.weights,
            told,
            carried: &plan::fair::carried(&past),
            words: &words,
            now: scene.now,
        }))
    }

    /// Writes a revision and puts its notices into the outbox.
    pub(super) async fn write_told(
        &self,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        by: &str,
    ) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        self.write(&mut tx, scene, composed, replaces, (by, false)).await?;
        if composed.wish.purpose.ends() {
            episodes::close(&mut tx, &composed.id, "lifted").await?;
        }
        let phrase = match &composed.words {
            Words::Templates(content) => content.periods_spoken.as_str(),
            Words::ByHand(_) => "",
        };
        let heard = Heard { spans: &composed.wish.spans, phrase };
        self.send_out(&mut tx, (&composed.id, composed.number), (&composed.notices, &heard), scene.now).await?;
        tx.commit().await?;
        self.speak(&composed.notices);
        Ok(())
    }

    /// Writes a revision that waits, with the words of its notices, and tells those who may release it.
    pub(super) async fn write_draft(
        &self,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        by: &str,
    ) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        self.write(&mut tx, scene, composed, replaces, (by, true)).await?;
        let id = composed.id.to_string();
        let by_hand = matches!(composed.words, Words::ByHand(_)).then_some((id.as_str(), composed.number));
        wording::of_draft(&mut tx, &id, composed.number, &self.draft_wording(scene.rule, by_hand)).await?;
        for notice in &composed.notices {
            keep_parts(&mut tx, notice).await?;
        }
        for to in [Recipients::Releasers, Recipients::Deputies] {
            let notices = self.ask_release(scene, composed, to, by)?;
            episodes::write_notices(&mut tx, &notices, &composed.id, composed.number, scene.now).await?;
            cuofeng_outbox::enqueue(&mut tx, &notices, &self.site.config.routes, scene.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn write(
        &self,
        tx: &mut cuofeng_store::Tx,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        (by, waits): (&str, bool),
    ) -> Result<(), AppError> {
        let (lang, now, wish) = (self.site.config.language, scene.now, &composed.wish);
        if let Some(draft) = replaces {
            let settled = cuofeng_store::drafts::settle(tx, draft, Outcome::Replaced, by, &wish.reason, now).await?;
            if let Some(first) = settled {
                return Err(AppError::Late(first));
            }
            cuofeng_outbox::withdraw_asks(tx, draft, now).await?;
        }
        // Two who changed the same episode, of which no draft waited.
        if let Some((by, at)) = episodes::revised(tx, &composed.id, composed.number).await? {
            return Err(AppError::Late(Settled { outcome: Outcome::Replaced, by, at }));
        }
        if composed.opens {
            episodes::open(tx, &composed.id, &scene.rule.id, self.book.number()).await?;
        }
        let id = composed.id.to_string();
        let waits = waits.then(|| (deadline(scene, &wish.spans), scene.rule.at_deadline));
        let new = NewRevision {
            episode: &composed.id,
            number: composed.number,
            action: wish.action,
            spans: &wish.spans,
            reason: &wish.reason,
            by,
            waits,
            now,
        };
        episodes::revise(tx, &new).await?;
        basis::keep(tx, &id, composed.number, &scene.rests_on(&wish.spans, &self.site.config.zone)).await?;
        if waits.is_some()
            && let Some(hold) = replaces.and_then(|draft| draft.held.as_ref())
        {
            // Who held the draft back meant its episode; a newer forecast does not undo that.
            let of = (id.as_str(), composed.number);
            cuofeng_store::drafts::hold(tx, of, &hold.by, &hold.reason, hold.since).await?;
        }
        match (&composed.words, replaces) {
            (Words::Templates(content), _) if !content.purpose.ends() => {
                joined::keep(tx, &id, composed.number, content).await?;
            }
            (Words::ByHand(pairs), Some(draft)) => {
                joined::keep_put(tx, &id, (draft.number, composed.number), pairs).await?;
            }
            _ => {}
        }
        episodes::write_notices(tx, &composed.notices, &composed.id, composed.number, now).await?;
        if let Some(group) = &composed.group {
            groups::keep(tx, &id, composed.number, group).await?;
        }
        if let Some(plan) = &composed.plan {
            plans::keep(tx, &id, composed.number, plan).await?;
        }
        for known in &composed.removed {
            removed::note(tx, &id, known, now).await?;
        }
        for missing in &composed.unreachable {
            ledger::write(tx, &Actor::Program, Event::Unreachable, &id, &missing.message().text(lang), now).await?;
        }
        let event = if waits.is_some() { Event::Draft } else { wish.action.into() };
        ledger::write(tx, &Actor::of(by), event, &id, &format!("{by}: {}", wish.reason), now).await?;
        Ok(())
    }

    async fn new_episode(&self, scene: &Scene<'_>) -> Result<EpisodeId, AppError> {
        let (kind, region) = (scene.rule.kind.clone(), scene.region.id.clone());
        let day = self.site.config.zone.day(scene.now);
        let ordinal = self.store.last_ordinal(&kind, &region, day).await? + 1;
        Ok(EpisodeId { kind, region, day, ordinal })
    }
}

/// The draft's deadline: the rule's, but never later than the last useful moment.
pub(super) fn deadline(scene: &Scene<'_>, spans: &[Span]) -> DateTime<Utc> {
    let latest = scene.now + Duration::hours(i64::from(scene.rule.deadline_hours));
    let lead = Duration::hours(i64::from(scene.rule.lead_hours));
    let useful =
        spans.iter().map(|s| s.period.start).filter(|start| *start > scene.now).min().map(|start| start - lead);
    useful.map_or(latest, |useful| latest.min(useful)).max(scene.now)
}
