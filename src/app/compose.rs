//! From what is to be told to a revision with its notices, ready to be written.
//!
//! In: a scene and a wish. Out: [`Composed`], in memory; then in the database, told at once or waiting as a draft. Can't
//! happen: a revision without its notices (one transaction); a notice to someone it is no business of.

use chrono::{DateTime, Duration, Utc};

use super::decide::Scene;
use super::{App, AppError};
use crate::acknowledgement;
use crate::config::Mode;
use crate::ledger;
use crate::notice::{self, Audience, Content, Notice, Purpose, Unreachable};
use crate::outbox;
use crate::plan;
use crate::rules::expr::sense;
use crate::rules::{Level, Recipients};
use crate::store::drafts::{Outcome, Waiting, keep_parts};
use crate::store::episodes::{self, NewRevision};
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
    /// Whether a person changed the words.
    pub(super) by_hand: bool,
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
        let content = self.content(scene, &ahead, wish.purpose, times, previous, &wish.reason);
        let already = self.store.told(&id).await?;
        let (notices, unreachable) = self.notices(scene, &ahead, &content, &id, number, &already)?;
        Ok(Composed { id, number, opens: episode.is_none(), wish, notices, unreachable, by_hand: false })
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
            for notice in self.ask_release(scene, composed, to, by)? {
                episodes::write_notice(&mut tx, &notice, &composed.id, composed.number, scene.now).await?;
                outbox::enqueue(&mut tx, &notice, &self.site.config, scene.now).await?;
            }
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
        for notice in &composed.notices {
            episodes::write_notice(tx, notice, &composed.id, composed.number, now).await?;
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
        spans: &[Span],
        content: &Content,
        id: &EpisodeId,
        revision: u32,
        already: &[(String, String)],
    ) -> Result<(Vec<Notice>, Vec<Unreachable>), AppError> {
        let (lang, zone) = (self.site.config.language, &self.site.config.zone);
        let periods: Vec<Period> = spans.iter().map(|s| s.period).collect();
        // A lift, too, is worth hearing until the period it takes back would have ended.
        let expires_at = periods.iter().map(|p| p.end).max().unwrap_or(scene.now);
        let level = spans.iter().map(|s| s.level).min().and_then(|level| scene.rule.levels.get(level));
        let measures = level.map_or(&[][..], |level| level.measures.as_slice());
        let lift = content.purpose.ends();
        let free = |e: &crate::roster::Enterprise| {
            !lift && scene.rule.exemption(e, level.map_or("", |l: &Level| l.id.as_str())).is_some()
        };
        let shift = self.shift(scene.now);
        let (mut notices, mut unreachable) = (Vec::new(), Vec::new());
        for tell in &scene.rule.tell {
            for recipient in notice::select(tell, &self.site.roster, &shift, &free) {
                let known = already.iter().any(|(a, r)| a == recipient.audience.word() && *r == recipient.id);
                // A lift goes to those who were told, and to nobody else.
                if lift && !known || !lift && !concerns(scene, &recipient) {
                    continue;
                }
                let plans = recipient.enterprise.map_or_else(Vec::new, |enterprise| {
                    let village = self.site.roster.village(&enterprise.village);
                    let planned = |measures, periods| plan::plan(enterprise, village, measures, periods, zone);
                    let mut plans = planned(measures, &periods);
                    let before = plans.len();
                    for (rule, periods) in scene.standing.iter().filter(|(rule, _)| rule.id != scene.rule.id) {
                        let told = rule.levels.iter().flat_map(|l| planned(&l.measures, periods)).collect::<Vec<_>>();
                        plans.retain(|plan| !told.iter().any(|t| plan.within(t)));
                    }
                    // Nothing new is marked by an empty plan where there was one.
                    if before > 0 && plans.is_empty() { vec![None] } else { plans.into_iter().map(Some).collect() }
                });
                let nothing_new = plans.first().is_some_and(Option::is_none);
                if nothing_new && !known {
                    continue;
                }
                let plans: Vec<_> = plans.into_iter().flatten().collect();
                let lines = notice::lines(&plans, lang);
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
                    ..content.clone()
                });
                let content = asking.as_ref().unwrap_or(content);
                let (made, missing) = notice::render(&self.site.texts, tell, &recipient, content, &lines, key, window)
                    .map_err(|problem| AppError::Template(Box::new(problem)))?;
                notices.extend(made.and_then(|notice| self.as_mode_wants(notice)));
                unreachable.extend(missing);
            }
        }
        Ok((notices, unreachable))
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
