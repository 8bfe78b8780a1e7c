//! The second step of a cycle: judge, decide, and commit each decision with its notices in one transaction.

use chrono::{DateTime, Duration, Utc};

use super::known::Known;
use super::{App, AppError, Line, Report};
use crate::config::Region;
use crate::forecast::merge::Merged;
use crate::forecast::{Series, Take};
use crate::ledger;
use crate::msg;
use crate::notice::alarm::Trouble;
use crate::notice::{self, Audience, Content, Notice, Purpose, Unreachable};
use crate::outbox;
use crate::plan;
use crate::rules::expr::sense;
use crate::rules::report::{LevelReport, report};
use crate::rules::{self, Level, Rule};
use crate::store::episodes::{self, NewRevision};
use crate::text::Message;
use crate::time::{Hour, Period};
use crate::warning::{self, Action, Decision, Episode, EpisodeId, Situation, Span};

impl App {
    pub(super) async fn decide(
        &mut self,
        now: DateTime<Utc>,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<(), AppError> {
        for region in self.site.config.regions.clone() {
            let views = self.views(&region.id, now).await?;
            let Some((_, first)) = views.first() else { continue };
            let stale = self.stale(first);
            if !dry_run {
                self.tell_stale(&region, stale.as_ref(), now).await?;
            }
            let known = self.known(&region.id, &first.series, now).await?;
            let open = self.store.open_episodes(&region.id).await?;
            let standing = self.standing(&open);
            let mut taken: Vec<String> = open.iter().map(|e| e.id.kind.clone()).collect();
            let begun = open.into_iter().filter_map(|e| Some((self.book.rule(e.rule_set, &e.rule)?.clone(), Some(e))));
            let waiting = self.book.rules().iter().map(|rule| (rule.clone(), None));
            let looked_at: Vec<(Rule, Option<Episode>)> = begun.chain(waiting).collect();
            for (rule, episode) in looked_at {
                // Another rule of the same kind has the floor until its episode ends.
                if episode.is_none() && (taken.contains(&rule.kind) || !self.can_judge(&rule)) {
                    continue;
                }
                let series = &view(&views, &rule).unwrap_or(first).series;
                let (region, known, standing) = (&region, &known, standing.as_slice());
                let scene = Scene { rule: &rule, region, series, known, standing, now };
                let decision = self.decision(&scene, episode.as_ref(), stale.as_ref());
                if matches!(decision.action, Action::Raise(_)) {
                    taken.push(rule.kind.clone());
                }
                let line = self.apply(&scene, episode, &decision, dry_run, report).await?;
                tracing::info!(rule = rule.id, region = region.id, action = line.action, reason = %line.reason, "decided");
                report.lines.push(line);
            }
        }
        if dry_run {
            return Ok(());
        }
        self.close_orphans(now).await?;
        self.publish(now).await
    }

    /// The merged forecast, once for each end of a daily range that a rule looks at.
    pub(crate) async fn views(&self, region: &str, now: DateTime<Utc>) -> Result<Vec<(Take, Merged)>, AppError> {
        let mut takes = vec![self.site.profiles.value];
        for rule in self.book.all() {
            if !takes.contains(&rule.range) {
                takes.push(rule.range);
            }
        }
        self.merged_by(region, now, &takes).await
    }

    /// What a rule decides on a scene.
    pub(crate) fn decision(&self, scene: &Scene<'_>, episode: Option<&Episode>, stale: Option<&Message>) -> Decision {
        let zone = &self.site.config.zone;
        let fires = |hour, metres| scene.known.fires(hour, metres);
        let workdays = |day| self.site.calendar.workday(day);
        let context = scene.known.context(scene.series, zone, &self.site.standards, &fires, &workdays);
        let verdicts = rules::judge(scene.rule, scene.series, &context);
        let (rule, now) = (scene.rule, scene.now);
        let orders = scene.known.orders_of(rule);
        let stale = stale.filter(|_| rule.conditions().any(|condition| sense::uses_forecast(&condition.expr)));
        warning::decide(&Situation { rule, verdicts: &verdicts, stale, orders: &orders, episode, zone, now })
    }

    /// The rule in force with an identifier; of the files where a site has not begun.
    pub(crate) fn rule(&self, id: &str) -> Option<Rule> {
        let begun = self.book.rules().iter().find(|r| r.id == id);
        begun.or_else(|| self.site.rules.iter().find(|r| r.id == id)).cloned()
    }

    /// Why a rule answers as it does at an hour.
    pub(crate) async fn explain(
        &self,
        rule: &Rule,
        region: &str,
        hour: Hour,
        now: DateTime<Utc>,
    ) -> Result<Vec<LevelReport>, AppError> {
        let views = self.merged_by(region, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(Vec::new()) };
        let known = self.known(region, &merged.series, now).await?;
        let fires = |hour, metres| known.fires(hour, metres);
        let workdays = |day| self.site.calendar.workday(day);
        let zone = &self.site.config.zone;
        let context = known.context(&merged.series, zone, &self.site.standards, &fires, &workdays);
        Ok(report(rule, &context, hour))
    }

    /// Whether any feed brings what the rule looks at: without one for hot spots, a rule about them says nothing.
    fn can_judge(&self, rule: &Rule) -> bool {
        let fires = rule.conditions().any(|condition| sense::uses_fires(&condition.expr));
        !fires || self.site.config.feeds.iter().any(|f| matches!(f.source, crate::config::Source::Firms { .. }))
    }

    /// Open episodes of standing rules, with their rules.
    fn standing(&self, open: &[Episode]) -> Vec<(Rule, Vec<Period>)> {
        let rule = |e: &Episode| self.book.rule(e.rule_set, &e.rule).filter(|rule| rule.standing).cloned();
        let periods = |e: &Episode| e.spans.iter().map(|s| s.period).collect();
        open.iter().filter_map(|e| Some((rule(e)?, periods(e)))).collect()
    }

    /// Ends episodes whose told end has come and that no rule or region looks after any more.
    async fn close_orphans(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        for (kind, region) in self.store.open_kinds().await? {
            let Some(episode) = self.store.open_episode(&kind, &region).await? else { continue };
            let watched = self.site.config.regions.iter().any(|r| r.id == region);
            if Trouble::is_kind(&kind) || watched && self.book.rule(episode.rule_set, &episode.rule).is_some() {
                continue;
            }
            if episode.end().is_none_or(|end| end <= now) {
                let reason = msg!("warning.orphan", rule = &episode.rule).text(self.site.config.language);
                self.expire(&episode, &reason, now).await?;
            }
        }
        Ok(())
    }

    /// Ends an episode whose told end has come.
    async fn expire(&self, episode: &Episode, reason: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        let last = NewRevision {
            episode: &episode.id,
            number: episode.revision + 1,
            action: Action::Expire.word(),
            spans: &episode.spans,
            reason,
            now,
        };
        episodes::revise(&mut tx, &last).await?;
        episodes::close(&mut tx, &episode.id, "expired").await?;
        ledger::write(&mut tx, last.action, &episode.id.to_string(), reason, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn apply(
        &self,
        scene: &Scene<'_>,
        episode: Option<Episode>,
        decision: &Decision,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<Line, AppError> {
        let lang = self.site.config.language;
        let zone = &self.site.config.zone;
        let told = match (&decision.action, &episode) {
            (Action::Raise(spans), _) => Some((Purpose::Raise, spans.clone())),
            (Action::Change(_, spans), _) => Some((Purpose::Update, spans.clone())),
            (Action::Lift, Some(episode)) => Some((Purpose::Lift, episode.spans.clone())),
            _ => None,
        };
        let mut line = Line {
            rule: scene.rule.name.clone(),
            region: scene.region.name.clone(),
            action: decision.action.word(),
            periods: told.as_ref().map_or_else(String::new, |(_, spans)| warning::spans_words(spans, zone, lang)),
            reason: decision.reason.clone(),
            notices: 0,
            unreachable: 0,
            quiet_until: String::new(),
        };
        let Some((purpose, spans)) = told else {
            if let (Action::Expire, Some(episode), false) = (&decision.action, &episode, dry_run) {
                self.expire(episode, &decision.reason.text(lang), scene.now).await?;
            }
            return Ok(line);
        };
        let (id, revision) = match &episode {
            Some(episode) => (episode.id.clone(), episode.revision + 1),
            None => (self.new_episode(scene).await?, 1),
        };
        let previous = episode.as_ref().map(|e| zone.words(e.told_at, lang)).unwrap_or_default();
        let ahead: Vec<Span> = spans.iter().filter(|s| s.period.end > scene.now).copied().collect();
        let content = self.content(scene, &ahead, purpose, revision, previous, &decision.reason.text(lang));
        let already = self.store.told(&id).await?;
        let (notices, unreachable) = self.notices(scene, &ahead, &content, &id, revision, &already)?;
        line.notices = notices.len();
        let quiet_until = notices.iter().map(|n| n.not_before).max().filter(|at| *at > scene.now);
        line.quiet_until = quiet_until.map_or_else(String::new, |at| zone.words(at, lang));
        line.unreachable = unreachable.len();
        if dry_run {
            for notice in &notices {
                let preview = |p: &notice::Part| (notice.name.clone(), p.form.name().to_owned(), p.body.clone());
                report.previews.extend(notice.parts.iter().map(preview));
            }
            return Ok(line);
        }
        let mut tx = self.store.begin().await?;
        if purpose == Purpose::Raise {
            episodes::open(&mut tx, &id, &scene.rule.id, self.book.number()).await?;
        }
        let reason = decision.reason.text(lang);
        let new = NewRevision {
            episode: &id,
            number: revision,
            action: decision.action.word(),
            spans: &spans,
            reason: &reason,
            now: scene.now,
        };
        episodes::revise(&mut tx, &new).await?;
        if purpose == Purpose::Lift {
            episodes::close(&mut tx, &id, "lifted").await?;
        }
        for notice in &notices {
            episodes::write_notice(&mut tx, notice, &id, revision, scene.now).await?;
            outbox::enqueue(&mut tx, notice, &self.site.config, scene.now).await?;
        }
        for missing in &unreachable {
            let detail = msg!("notice.unreachable", name = &missing.name, form = missing.form.message()).text(lang);
            ledger::write(&mut tx, "unreachable", &id.to_string(), &detail, scene.now).await?;
        }
        ledger::write(&mut tx, decision.action.word(), &id.to_string(), &reason, scene.now).await?;
        tx.commit().await?;
        Ok(line)
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
        let lift = content.purpose == Purpose::Lift;
        let free = |e: &crate::roster::Enterprise| {
            !lift && scene.rule.exemption(e, level.map_or("", |l: &Level| l.id.as_str())).is_some()
        };
        let (mut notices, mut unreachable) = (Vec::new(), Vec::new());
        for tell in &scene.rule.tell {
            for recipient in notice::select(tell, &self.site.roster, &free) {
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
                let (made, missing) = notice::render(&self.site.texts, tell, &recipient, content, &lines, key, window)
                    .map_err(|problem| AppError::Template(Box::new(problem)))?;
                notices.extend(made);
                unreachable.extend(missing);
            }
        }
        Ok((notices, unreachable))
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

/// What a decision is about.
pub(crate) struct Scene<'a> {
    pub(super) rule: &'a Rule,
    pub(super) region: &'a Region,
    pub(super) series: &'a Series,
    pub(super) known: &'a Known,
    /// Open episodes of standing rules: what they ask for is not told again.
    pub(super) standing: &'a [(Rule, Vec<Period>)],
    pub(super) now: DateTime<Utc>,
}

fn view<'v>(views: &'v [(Take, Merged)], rule: &Rule) -> Option<&'v Merged> {
    views.iter().find(|(take, _)| *take == rule.range).map(|(_, merged)| merged)
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
