//! From what is to be told to a revision with its notices, ready to be written.
//!
//! In: a scene and a wish. Out: [`Composed`], in memory; then in the database, told at once or waiting as a draft. Can't
//! happen: a revision without its notices (one transaction); a notice to someone it is no business of.

use chrono::{DateTime, Duration, Utc};

use super::content::order_behind;
use super::decide::Scene;
use super::enclose::Hours;
use super::{App, AppError};
use crate::acknowledgement;
use crate::config::Mode;
use crate::ledger;
use crate::notice::{self, Audience, Content, Notice, Purpose, Unreachable};
use crate::outbox;
use crate::plan::{self, Plan};
use crate::roster::Enterprise;
use crate::rules::expr::sense;
use crate::rules::{Level, Recipients, Tell, relay};
use crate::store::drafts::{Outcome, Waiting, keep_parts};
use crate::store::episodes::{self, NewRevision};
use crate::store::plans;
use crate::store::wording;
use crate::time::{Hour, Period};
use crate::warning::{Episode, EpisodeId, Span};

/// What is to be told.
pub(super) struct Wish {
    pub(super) purpose: Purpose,
    /// The decision's word.
    pub(super) action: &'static str,
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
    pub(super) unreachable: Vec<Unreachable>,
    /// The plan told with it; an end has none.
    pub(super) plan: Option<Plan>,
    /// Whether a person changed the words.
    pub(super) by_hand: bool,
}

impl Telling<'_> {
    /// Whether a recipient was told of the episode before.
    fn knows(&self, recipient: &notice::Recipient<'_>) -> bool {
        self.already.iter().any(|(a, r)| a == recipient.audience.word() && *r == recipient.id)
    }
}

/// The word of a revision that changes hours and no period.
pub(super) const REPLAN: &str = "replan";

/// What is said to everyone, and what was said before.
struct Telling<'a> {
    spans: &'a [Span],
    content: &'a Content,
    plan: Option<&'a Plan>,
    /// The plan told before, where this revision changes nothing but hours.
    before: Option<&'a Plan>,
    already: &'a [(String, String)],
    /// What an enterprise has in its calendar, and what belongs there now.
    hours: Hours<'a>,
}

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
        let told = self.store.told_plan(&id.to_string()).await?;
        let plan = match &wish.purpose {
            purpose if purpose.ends() => None,
            _ => Some(self.plan(scene, &ahead, (&id.to_string(), told.as_ref())).await?),
        };
        if let Some(plan) = &plan {
            content.worth = notice::hours::worth(plan, &self.site.weights, lang);
        }
        let already = self.store.told(&id).await?;
        // A person's word on hours changes no period: those are told whom it concerns.
        let before = told.as_ref().filter(|_| wish.action == REPLAN);
        let periods: Vec<Period> = ahead.iter().map(|s| s.period).collect();
        let spans_before = episode.map_or(&[][..], |e| e.spans.as_slice());
        let periods_before: Vec<Period> = spans_before.iter().map(|s| s.period).collect();
        let hours = Hours {
            title: &content.title,
            periods: if wish.purpose.ends() { &[] } else { &periods },
            plan: plan.as_ref(),
            periods_before: &periods_before,
            plan_before: told.as_ref(),
        };
        let telling =
            Telling { spans: &ahead, content: &content, plan: plan.as_ref(), before, already: &already, hours };
        let (notices, unreachable) = self.notices(scene, &telling, &id, number)?;
        Ok(Composed { id, number, opens: episode.is_none(), wish, notices, unreachable, by_hand: false, plan })
    }

    /// Plans the hours of everyone that a rule tells.
    pub(super) async fn plan(
        &self,
        scene: &Scene<'_>,
        spans: &[Span],
        (episode, told): (&str, Option<&Plan>),
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
            if enterprises.iter().all(|known| known.id != enterprise.id) {
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
            series: scene.series,
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
        self.speak(&composed.notices).await;
        let mut tx = self.store.begin().await?;
        self.write(&mut tx, scene, composed, replaces, (by, false)).await?;
        if composed.wish.purpose.ends() {
            episodes::close(&mut tx, &composed.id, "lifted").await?;
        }
        self.send_out(&mut tx, (&composed.id, composed.number), &composed.notices, scene.now).await?;
        tx.commit().await?;
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
        let by_hand = composed.by_hand.then_some((id.as_str(), composed.number));
        wording::of_draft(&mut tx, &id, composed.number, &self.draft_wording(scene.rule, by_hand)).await?;
        for notice in &composed.notices {
            keep_parts(&mut tx, notice).await?;
        }
        for to in [Recipients::Releasers, Recipients::Deputies] {
            let notices = self.ask_release(scene, composed, to, by)?;
            episodes::write_notices(&mut tx, &notices, &composed.id, composed.number, scene.now).await?;
            outbox::enqueue(&mut tx, &notices, &self.site.config, scene.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn write(
        &self,
        tx: &mut crate::store::Tx,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        (by, waits): (&str, bool),
    ) -> Result<(), AppError> {
        let (lang, now, wish) = (self.site.config.language, scene.now, &composed.wish);
        if let Some(draft) = replaces {
            crate::store::drafts::settle(tx, draft, Outcome::Replaced, by, &wish.reason, now).await?;
            outbox::withdraw_asks(tx, draft, now).await?;
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
        if waits.is_some()
            && let Some(hold) = replaces.and_then(|draft| draft.held.as_ref())
        {
            // Who held the draft back meant its episode; a newer forecast does not undo that.
            let of = (id.as_str(), composed.number);
            crate::store::drafts::hold(tx, of, &hold.by, &hold.reason, hold.since).await?;
        }
        episodes::write_notices(tx, &composed.notices, &composed.id, composed.number, now).await?;
        if let Some(plan) = &composed.plan {
            plans::keep(tx, &id, composed.number, plan).await?;
        }
        for missing in &composed.unreachable {
            ledger::write(tx, "unreachable", &id, &missing.message().text(lang), now).await?;
        }
        let event = if waits.is_some() { "draft" } else { wish.action };
        ledger::write(tx, event, &id, &format!("{by}: {}", wish.reason), now).await?;
        Ok(())
    }

    async fn new_episode(&self, scene: &Scene<'_>) -> Result<EpisodeId, AppError> {
        let (kind, region) = (scene.rule.kind.clone(), scene.region.id.clone());
        let day = self.site.config.zone.day(scene.now);
        let ordinal = self.store.episodes_on(&kind, &region, day).await? + 1;
        Ok(EpisodeId { kind, region, day, ordinal })
    }

    fn notices(
        &self,
        scene: &Scene<'_>,
        telling: &Telling<'_>,
        id: &EpisodeId,
        revision: u32,
    ) -> Result<(Vec<Notice>, Vec<Unreachable>), AppError> {
        let Telling { spans, content, .. } = telling;
        let periods: Vec<Period> = spans.iter().map(|s| s.period).collect();
        // A lift, too, is worth hearing until the period it takes back would have ended.
        let expires_at = periods.iter().map(|p| p.end).max().unwrap_or(scene.now);
        let level = spans.iter().map(|s| s.level).min().and_then(|level| scene.rule.levels.get(level));
        let lift = content.purpose.ends();
        let free =
            |e: &Enterprise| !lift && scene.rule.exemption(e, level.map_or("", |l: &Level| l.id.as_str())).is_some();
        let shift = self.shift(scene.now);
        let (mut notices, mut unreachable) = (Vec::new(), Vec::new());
        let copied = if scene.rule.relays.is_some() { None } else { self.copies(scene, spans, lift) };
        for tell in scene.rule.tell.iter().chain(&copied) {
            for recipient in notice::select(tell, &self.site.roster, &shift, &free) {
                if !self.is_told(scene, telling, &recipient) {
                    continue;
                }
                let lines = self.lines(telling, &recipient);
                let key = format!(
                    "{id}.r{revision}.{}.{}-{}",
                    content.purpose.word(),
                    recipient.audience.word(),
                    recipient.id
                );
                let not_before = self.after_quiet(scene, recipient.audience, &periods);
                let window = (not_before, expires_at);
                let asking = (tell.ask_hours.is_some() && !lift).then(|| Content {
                    link: self.link(),
                    reply: acknowledgement::code(&id.to_string(), revision),
                    ..Content::clone(content)
                });
                let content = asking.as_ref().unwrap_or(content);
                let (made, missing) = notice::render(&self.site.texts, tell, &recipient, content, &lines, key, window)
                    .map_err(|problem| AppError::Template(Box::new(problem)))?;
                let known = telling.knows(&recipient);
                let enclosed =
                    made.map(|notice| self.enclose(scene, (id, revision), &telling.hours, (&recipient, known), notice));
                notices.extend(enclosed.and_then(|notice| self.as_mode_wants(notice)));
                unreachable.extend(missing);
            }
        }
        Ok((notices, unreachable))
    }

    /// Whether a recipient is told. A lift goes to those who were told, and to nobody else; another plan for the same
    /// periods to those whose hours it changes.
    fn is_told(&self, scene: &Scene<'_>, telling: &Telling<'_>, recipient: &notice::Recipient<'_>) -> bool {
        let known = telling.knows(recipient);
        let Some(plan) = telling.plan else { return known };
        if !concerns(scene, recipient) {
            return false;
        }
        let Some(enterprise) = recipient.enterprise else {
            return telling.before.is_none() || recipient.audience == Audience::Duty;
        };
        let from = scene.now.timestamp();
        if let Some(before) = telling.before {
            return plan.told_of(&enterprise.id, from) != before.told_of(&enterprise.id, from);
        }
        // What a standing rule asks of it already is not told again.
        let village = self.site.roster.village(&enterprise.village);
        let asks = |level: &Level, process: &crate::roster::Process| {
            level.measures.iter().any(|m| m.activities.contains(&process.activity) && m.of.takes(enterprise, village))
        };
        let asked = |process: &crate::roster::Process| {
            telling.spans.iter().filter_map(|s| scene.rule.levels.get(s.level)).any(|level| asks(level, process))
        };
        known || plan.rows_of(&enterprise.id).next().is_some() || !enterprise.processes.iter().any(asked)
    }

    fn lines(&self, telling: &Telling<'_>, recipient: &notice::Recipient<'_>) -> Vec<notice::Line> {
        let (config, weights) = (&self.site.config, &self.site.weights);
        let lines = |(plan, enterprise): (&Plan, &Enterprise)| {
            notice::hours::lines(plan, &enterprise.id, weights, &config.zone, config.language)
        };
        telling.plan.zip(recipient.enterprise).map_or_else(Vec::new, lines)
    }

    /// The departments that are copied in where an order speaks for the rule; of a lift, all who may have been.
    fn copies(&self, scene: &Scene<'_>, spans: &[Span], lift: bool) -> Option<Tell> {
        if !spans.iter().any(|span| span.ordered) {
            return None;
        }
        if lift {
            let departments = &self.site.roster.departments;
            let subjects = departments.iter().flat_map(|d| d.subjects.clone()).chain([String::new()]);
            return Some(relay::copies(subjects.collect()));
        }
        let order = order_behind(scene, spans).filter(|order| scene.rule.hears(order))?;
        Some(relay::copies(vec![order.subject.clone()]))
    }

    /// A notice as the mode lets it out: in an exercise marked, and to the list alone.
    pub(super) fn as_mode_wants(&self, notice: Notice) -> Option<Notice> {
        let config = &self.site.config;
        match self.mode {
            Mode::Exercise => notice::exercise::marked(notice, &config.exercise_to, config.language),
            Mode::Live | Mode::DryRun => Some(notice),
        }
    }

    /// From when a recipient may be written to: after the rule's quiet hours, unless the first period would begin
    /// before they end. Duty staff are told at any hour; a village's loudspeaker has hours of its own.
    fn after_quiet(&self, scene: &Scene<'_>, audience: Audience, periods: &[Period]) -> DateTime<Utc> {
        let zone = &self.site.config.zone;
        let Some(quiet) = scene.rule.quiet.filter(|_| matches!(audience, Audience::Enterprise | Audience::Keeper))
        else {
            return scene.now;
        };
        let mut hour = crate::time::Hour::containing(scene.now);
        let first = hour;
        while quiet.contains(zone.clock(hour)) && hour - first < 24 {
            hour = hour + 1;
        }
        let end = if hour == first { scene.now } else { hour.start() };
        let lead = Duration::hours(i64::from(scene.rule.lead_hours));
        let soonest = periods.iter().map(|p| p.start).min().unwrap_or(scene.now);
        if end + lead <= soonest { end } else { scene.now }
    }
}

/// Until when a draft waits: as long as the rule says, but not beyond the last moment at which it is of use.
pub(super) fn deadline(scene: &Scene<'_>, spans: &[Span]) -> DateTime<Utc> {
    let latest = scene.now + Duration::hours(i64::from(scene.rule.deadline_hours));
    let lead = Duration::hours(i64::from(scene.rule.lead_hours));
    let useful =
        spans.iter().map(|s| s.period.start).filter(|start| *start > scene.now).min().map(|start| start - lead);
    useful.map_or(latest, |useful| latest.min(useful)).max(scene.now)
}

/// Whether a notice is any of a recipient's business: a village and its keepers hear of hot spots near it alone.
fn concerns(scene: &Scene<'_>, recipient: &notice::Recipient<'_>) -> bool {
    let metres = scene.rule.conditions().filter_map(|condition| sense::fire_metres(&condition.expr)).max();
    let only_fires = scene.rule.conditions().all(|condition| !sense::uses_forecast(&condition.expr));
    let village = match recipient.audience {
        Audience::Village => recipient.id.as_str(),
        Audience::Keeper => recipient.id.rsplit_once('-').map_or("", |(code, _)| code),
        _ => return true,
    };
    let hour = Hour::containing(scene.now);
    metres.filter(|_| only_fires).is_none_or(|metres| scene.known.fire_near(village, hour, metres))
}
