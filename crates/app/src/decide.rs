//! The second step of a cycle: judge, decide, and commit each decision with its notices in one transaction.

use chrono::{DateTime, Utc};

use super::compose::Wish;
use super::known::Known;
use super::{Answer, App, AppError, Line, Refusal, Report};
use cuofeng_air::forecast::Take;
use cuofeng_air::forecast::merge::Merged;
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period, Zone};
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{self as notice, Purpose};
use cuofeng_office::config::Job;
use cuofeng_office::schedule;
use cuofeng_rules::expr::sense;
use cuofeng_rules::report::{LevelReport, report};
use cuofeng_rules::warning::{self, Act, Action, Decision, Done, Episode, Situation, Span};
use cuofeng_rules::{self as rules, Release, Rule};
use cuofeng_store::drafts::{self, Outcome, Waiting};
use cuofeng_store::ended;
use cuofeng_store::episodes::{self, NewRevision};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{anew, basis};
use cuofeng_town::roster::Role;

pub use cuofeng_store::held::PROGRAM;

impl App {
    /// Decides on everything; what was corrected before is decided on then.
    pub(super) async fn decide_all(
        &mut self,
        now: DateTime<Utc>,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<(), AppError> {
        let waiting = self.store.waiting_anew().await?;
        self.decide(now, dry_run, report).await?;
        if !waiting.is_empty() {
            let mut tx = self.store.begin().await?;
            anew::settle(&mut tx, &waiting).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn decide(
        &mut self,
        now: DateTime<Utc>,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<(), AppError> {
        for region in self.site.config.regions.clone() {
            let views = self.views(&region.id, now).await?;
            let Some((_, first)) = views.first() else { continue };
            let (stale, outage) = (self.stale(first), self.outage(first));
            report.unanswerable.extend(self.unanswerable(&region, first));
            if !dry_run {
                self.tell_stale(&region, outage.as_ref(), now).await?;
                if outage.is_none() {
                    self.tell_ending(&region, None, now).await?;
                } else if stale.is_none() {
                    // By what people entered it is judged again: the next end that nobody sees is news.
                    let over = Trouble::Ending.over();
                    self.alarm_settled(Trouble::Ending, &region.id, &over, now).await?;
                }
            }
            let known = self.known(&region.id, &first.series, now).await?;
            let open = self.store.open_episodes(&region.id).await?;
            let standing = self.standing(&open);
            // Who has the floor of a kind: the open episode, then whoever begins one first.
            let mut taken: Vec<(String, String)> = open.iter().map(|e| (e.id.kind.clone(), e.rule.clone())).collect();
            let going_on = open.clone();
            let begun = open.into_iter().filter_map(|e| Some((self.book.rule(e.rule_set, &e.rule)?.clone(), Some(e))));
            let in_force = self.book.rules().iter().chain(self.book.relays(&region.id));
            let waiting = in_force.map(|rule| (rule.clone(), None));
            let looked_at: Vec<(Rule, Option<Episode>)> = begun.chain(waiting).collect();
            for (rule, episode) in looked_at {
                if episode.is_none() {
                    let floor = self.floor(&rule, &taken, &going_on);
                    let can_judge = self.can_judge(&rule);
                    if let Some(Floor::Other(why)) = &floor
                        && can_judge
                    {
                        report.lines.push(still(&rule, &region, why.clone()));
                    }
                    if floor.is_some() || !can_judge {
                        continue;
                    }
                }
                let merged = view(&views, &rule).unwrap_or(first);
                let (region, known, standing) = (&region, &known, standing.as_slice());
                let scene = Scene { rule: &rule, region, merged, known, standing, now };
                let decided = self.decide_on(&scene, episode.as_ref(), stale.as_ref(), dry_run, report).await;
                let (episode, (decision, mut line)) = match decided {
                    // A person settled its draft meanwhile: what is to be decided now rests on that.
                    Err(AppError::Late(_)) => {
                        let kind = episode.as_ref().map_or(&rule.kind, |episode| &episode.id.kind);
                        let episode = self.store.open_episode(kind, &region.id).await?;
                        let again = self.decide_on(&scene, episode.as_ref(), stale.as_ref(), dry_run, report).await?;
                        (episode, again)
                    }
                    decided => (episode, decided?),
                };
                if matches!(decision.action, Action::Raise(_)) {
                    taken.push((rule.kind.clone(), rule.id.clone()));
                }
                let draft = line.action == Done::Draft && matches!(decision.action, Action::Change(..));
                let stands = draft || matches!(decision.action, Action::Hold(_) | Action::Stale);
                let told = episode.as_ref().filter(|e| e.told > 0);
                if let Some(told) = told.filter(|_| !dry_run) {
                    self.withdraw_removed(&scene, told).await?;
                }
                if let Some(told) = told.filter(|_| stands && !dry_run) {
                    line.joined = self.catch_up(&scene, told).await?;
                }
                if let Some(told) = told.filter(|told| told.unfounded && decision.confirms() && !dry_run) {
                    self.found_anew(&scene, told).await?;
                }
                tracing::info!(rule = rule.id, region = region.id, action = line.action.word(), reason = %line.reason, "decided");
                report.lines.push(line);
            }
        }
        if dry_run {
            return Ok(());
        }
        self.close_orphans(now).await?;
        self.tell_unheard(now).await?;
        self.tell_lines(now).await?;
        self.publish(now).await
    }

    /// Who speaks in place of a rule without an episode: another one of its kind until that one's episode ends, or the
    /// rule itself, whose episode began under a name that it had before.
    fn floor(&self, rule: &Rule, taken: &[(String, String)], open: &[Episode]) -> Option<Floor> {
        if let Some((_, other)) = taken.iter().find(|(kind, _)| *kind == rule.kind) {
            let name = self.book.all().find(|r| r.id == *other).map_or(other, |r| &r.name);
            let words = || Floor::Other(msg!("warning.same_kind", rule = name, kind = &rule.kind));
            return Some(if *other == rule.id { Floor::Own } else { words() });
        }
        let own = open.iter().find(|episode| self.book.carries_on(rule, episode))?;
        Some(Floor::Other(msg!("warning.renamed", episode = own.id.to_string())))
    }

    /// Judges a rule and does what follows.
    async fn decide_on(
        &self,
        scene: &Scene<'_>,
        episode: Option<&Episode>,
        stale: Option<&Message>,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<(Decision, Line), AppError> {
        // An untold episode is decided as if it were new.
        let mut decision = self.decision(scene, episode.filter(|e| e.told > 0), stale);
        if matches!(decision.action, Action::Raise(_)) {
            let of = (scene.rule.kind.as_str(), scene.rule.id.as_str());
            let ended = self.store.ended_by_people(of, &scene.region.id, scene.now).await?;
            decision = decision.after(&ended);
        }
        let line = self.apply(scene, episode, &decision, dry_run, report).await?;
        Ok((decision, line))
    }

    /// The merged forecast, once for each end of a daily range that a rule looks at.
    pub async fn views(&self, region: &str, now: DateTime<Utc>) -> Result<Vec<(Take, Merged)>, AppError> {
        let mut takes = vec![self.site.profiles.value];
        for rule in self.book.all() {
            if !takes.contains(&rule.range) {
                takes.push(rule.range);
            }
        }
        self.merged_by(region, now, &takes).await
    }

    /// What a rule decides on a scene.
    pub fn decision(&self, scene: &Scene<'_>, episode: Option<&Episode>, stale: Option<&Message>) -> Decision {
        let zone = &self.site.config.zone;
        let fires = |hour, metres| scene.known.fires(hour, metres);
        let workdays = |day| self.site.calendar.workday(day);
        let context = scene.known.context(&scene.merged.series, zone, &self.site.standards, &fires, &workdays);
        let verdicts = rules::judge(scene.rule, &scene.merged.series, &context);
        let before = scene.merged.before.as_ref().filter(|_| scene.rule.looks_back()).map(|series| {
            let context = scene.known.context(series, zone, &self.site.standards, &fires, &workdays);
            rules::judge(scene.rule, series, &context)
        });
        let (rule, now) = (scene.rule, scene.now);
        let orders = scene.known.orders_of(rule);
        let stale = stale.filter(|_| rule.conditions().any(|condition| sense::uses_forecast(&condition.expr)));
        warning::decide(&Situation {
            rule,
            verdicts: &verdicts,
            before: before.as_ref(),
            stale,
            orders: &orders,
            episode,
            zone,
            now,
            next: self.next_look(scene.merged, now),
        })
    }

    /// When it is decided next by a forecast that is still fresh then.
    fn next_look(&self, merged: &Merged, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let config = &self.site.config;
        let plan = config.schedule.plans.iter().find(|plan| plan.job == Job::Evaluate)?;
        let next = schedule::next_due(plan, &config.zone, now)?;
        merged.fresh_until.filter(|until| next < *until).map(|_| next)
    }

    /// Lets the program tell again what a person has ended.
    pub async fn tell_again(
        &self,
        episode: &str,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.may(by, &Role::RELEASING) {
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

    /// The rule in force with an identifier; of the files where a site has not begun.
    pub fn rule(&self, id: &str) -> Option<Rule> {
        let begun = self.book.rules().iter().find(|r| r.id == id).or_else(|| self.book.rule(0, id));
        begun.or_else(|| self.site.rules.iter().find(|r| r.id == id)).cloned()
    }

    /// Why a rule answers as it does at an hour.
    pub async fn explain(
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
    pub(super) fn can_judge(&self, rule: &Rule) -> bool {
        let fires = rule.conditions().any(|condition| sense::uses_fires(&condition.expr));
        !fires || self.site.config.feeds.iter().any(|f| matches!(f.source, cuofeng_feed::setting::Source::Firms { .. }))
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
    pub(super) async fn expire(&self, episode: &Episode, reason: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        let last = NewRevision {
            episode: &episode.id,
            number: episode.revision + 1,
            action: Act::Expire,
            spans: &episode.spans,
            reason,
            by: PROGRAM,
            waits: None,
            now,
        };
        episodes::revise(&mut tx, &last).await?;
        episodes::close(&mut tx, &episode.id, "expired").await?;
        ledger::write(&mut tx, &Actor::Program, last.action.into(), &episode.id.to_string(), reason, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Carries a decision out: what must be told is told, or waits as a draft where the rule wants a person's consent.
    async fn apply(
        &self,
        scene: &Scene<'_>,
        episode: Option<&Episode>,
        decision: &Decision,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<Line, AppError> {
        let (lang, zone) = (self.site.config.language, &self.site.config.zone);
        let told = match (&decision.action, episode) {
            (Action::Raise(spans), _) => Some((Purpose::Raise, Act::Raise, spans.clone())),
            (Action::Change(change, spans), _) => Some((Purpose::Update, change.act(), spans.clone())),
            (Action::Lift, Some(episode)) => Some((Purpose::Lift, Act::Lift, episode.spans.clone())),
            _ => None,
        };
        let mut line = Line {
            rule: scene.rule.name.clone(),
            region: scene.region.name.clone(),
            action: decision.action.done(),
            periods: told.as_ref().map_or_else(String::new, |(.., spans)| warning::spans_words(spans, zone, lang)),
            reason: decision.reason.clone(),
            notices: 0,
            unreachable: 0,
            joined: 0,
            quiet_until: String::new(),
        };
        let waiting = self.waiting(episode).await?;
        let Some((purpose, action, spans)) = told else {
            if !dry_run {
                self.keep_still(scene, episode, decision, waiting.as_ref()).await?;
            }
            return Ok(line);
        };
        // A draft that rests on what is in force no longer is written anew, with the figures of now.
        let is_unfounded = |draft: &Waiting| draft.made_by == PROGRAM && episode.is_some_and(|e| e.draft_unfounded);
        let is_same = |draft: &Waiting| draft.action == action && draft.spans == spans;
        if waiting.as_ref().is_some_and(|draft| is_same(draft) && !is_unfounded(draft)) {
            line.action = Done::Hold;
            line.reason = msg!("warning.draft_waits");
            return Ok(line);
        }
        let fresh = if scene.rule.release == Release::Auto { self.new_wording(scene.rule).await? } else { Vec::new() };
        let mut reason = decision.reason.text(lang);
        if !fresh.is_empty() {
            line.reason = super::wording::waits_for(&fresh, lang);
            reason = msg!("wording.reason", reason = reason, why = line.reason.clone()).text(lang);
        }
        let wish = Wish { purpose, action, spans, reason };
        let composed = self.compose(scene, episode, wish).await?;
        line.notices = composed.notices.len();
        let quiet_until = composed.notices.iter().map(|n| n.not_before).max().filter(|at| *at > scene.now);
        line.quiet_until = quiet_until.map_or_else(String::new, |at| zone.words(at, lang));
        line.unreachable = composed.unreachable.len();
        if dry_run {
            for notice in &composed.notices {
                let preview = |p: &notice::Part| (notice.name.clone(), p.form.name().to_owned(), p.body.example());
                report.previews.extend(notice.parts.iter().map(preview));
            }
        } else if scene.rule.release == Release::Approval || !fresh.is_empty() {
            self.write_draft(scene, &composed, waiting.as_ref(), PROGRAM).await?;
            line.action = Done::Draft;
        } else {
            self.write_told(scene, &composed, waiting.as_ref(), PROGRAM).await?;
        }
        Ok(line)
    }

    /// Notes that what was told of an episode stands, on the forecast as it is now.
    async fn found_anew(&self, scene: &Scene<'_>, episode: &Episode) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        let runs = scene.rests_on(&episode.spans, &self.site.config.zone);
        basis::found(&mut tx, &episode.id.to_string(), &runs, scene.now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A decision that tells nobody: an end that has come, something held back, a draft that is no longer wanted.
    async fn keep_still(
        &self,
        scene: &Scene<'_>,
        episode: Option<&Episode>,
        decision: &Decision,
        waiting: Option<&Waiting>,
    ) -> Result<(), AppError> {
        let reason = decision.reason.text(self.site.config.language);
        if let Action::Hold(Some(spans)) = &decision.action {
            let mut tx = self.store.begin().await?;
            let of = (scene.rule.id.as_str(), scene.region.id.as_str());
            drafts::hold_back(&mut tx, of, spans, &reason, scene.now).await?;
            tx.commit().await?;
        }
        let Some(episode) = episode else { return Ok(()) };
        // What a person asks for does not hang on the forecast.
        let asked =
            |draft: &Waiting| draft.made_by != PROGRAM && (draft.action == Act::Replan || draft.action.takes_back());
        let wanted = |draft: &&Waiting| decision.action == Action::Expire || !asked(draft);
        // A draft of which nothing can be said any more is none that anybody should release, nor one of what the newest
        // forecast no longer says.
        let over = match &decision.action {
            Action::Hold(None) | Action::Expire => true,
            Action::Hold(Some(spans)) if episode.told > 0 && decision.keeps_told() => {
                waiting.is_some_and(|draft| draft.spans != *spans) || episode.draft_unfounded
            }
            Action::Hold(Some(_)) | Action::Stale => episode.draft_unfounded,
            _ => false,
        };
        if let Some(draft) = waiting.filter(wanted).filter(|_| over)
            && let Some(first) = self.settle(draft, Outcome::Replaced, PROGRAM, &reason, scene.now).await?
        {
            return Err(AppError::Late(first));
        }
        // Nobody was told and nothing is wanted any more: there is nothing to end but the record.
        let never_told = episode.told == 0 && over;
        if decision.action == Action::Expire || never_told {
            self.expire(episode, &reason, scene.now).await?;
        }
        if decision.action == Action::Expire && decision.reason.key() == warning::EXPIRED_STALE {
            let why = msg!("alarm.ending_why", episode = episode.id.to_string(), rule = &scene.rule.name);
            self.tell_ending(scene.region, Some(&why), scene.now).await?;
        }
        Ok(())
    }
}

impl Scene<'_> {
    /// The numbers of the runs that periods rest on: all that say anything of their days.
    pub(super) fn rests_on(&self, spans: &[Span], zone: &Zone) -> Vec<i64> {
        let periods: Vec<Period> = spans.iter().map(|span| span.period).collect();
        let behind = self.merged.series.runs_behind(&periods, zone);
        let mut runs: Vec<i64> = behind.iter().filter_map(|of| self.merged.kept.get(of)).flatten().copied().collect();
        runs.sort_unstable();
        runs.dedup();
        runs
    }
}

/// What a decision is about.
pub struct Scene<'a> {
    pub(super) rule: &'a Rule,
    pub(super) region: &'a Region,
    pub(super) merged: &'a Merged,
    pub(super) known: &'a Known,
    /// Open episodes of standing rules: what they ask for is not told again.
    pub(super) standing: &'a [(Rule, Vec<Period>)],
    pub(super) now: DateTime<Utc>,
}

/// Who speaks in place of a rule that has no episode.
enum Floor {
    /// The rule itself, by an episode that it began with another set.
    Own,
    /// Something that people must be told of.
    Other(Message),
}

/// A rule that does not speak in a cycle, and why.
fn still(rule: &Rule, region: &Region, reason: Message) -> Line {
    Line {
        rule: rule.name.clone(),
        region: region.name.clone(),
        action: Done::Hold,
        periods: String::new(),
        reason,
        notices: 0,
        unreachable: 0,
        joined: 0,
        quiet_until: String::new(),
    }
}

fn view<'v>(views: &'v [(Take, Merged)], rule: &Rule) -> Option<&'v Merged> {
    views.iter().find(|(take, _)| *take == rule.range).map(|(_, merged)| merged)
}
