//! The second step of a cycle: judge, decide, and commit each decision with its notices in one transaction.
//!
//! In: every region's forecast, the open episodes, the rules in force. Out: decisions carried out, a line for each. Can't
//! happen: two rules of one kind speaking for a region at once.

use chrono::{DateTime, Utc};

use crate::deciding::compose::{Wish, compose};
use crate::deciding::drafts::settle;
use crate::deciding::open::{expire, waiting};
use crate::deciding::wording::{new_wording, waits_for};
use crate::deciding::write::Writing;
use crate::delivering::cap::Publishing;
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::judging::judge::{Judging, can_judge, decision};
use crate::judging::known::known;
use crate::judging::scene::Scene;
use crate::judging::unheard::Alerts;
use crate::pulling::freshness::{outage, stale};
use crate::report::{Line, Report};
use crate::telling::joined::Joining;
use crate::telling::removed::Removing;
use crate::watching::alarm::Alarms;
use crate::watching::lines::tell_lines;
use cuofeng_air::forecast::Take;
use cuofeng_air::forecast::merge::Merged;
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::Period;
use cuofeng_base::word::Mode;
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{self as notice, Purpose};
use cuofeng_office::site::Site;
use cuofeng_rules::warning::{self, Act, Action, Decision, Done, Episode};
use cuofeng_rules::{Release, Rule};
use cuofeng_store::drafts::{self, Outcome, Waiting};
use cuofeng_store::held::PROGRAM;
use cuofeng_store::{Store, anew, basis};

/// Who speaks in place of a rule that has no episode.
enum Floor {
    /// The rule itself, by an episode that it began with another set.
    Own,
    /// Something that people must be told of.
    Other(Message),
}

/// Judges, decides, and carries each decision out.
#[derive(Clone, Copy)]
pub struct Deciding<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
    voice: Voice<'a>,
}

impl<'a> Deciding<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode, voice: Voice<'a>) -> Self {
        Self { site, store, book, mode, voice }
    }

    /// Decides on everything; what was corrected before is decided on then.
    pub async fn decide_all(&self, now: DateTime<Utc>, dry_run: bool, report: &mut Report) -> Result<(), AppError> {
        let waiting = self.store.waiting_anew().await?;
        self.decide(now, dry_run, report).await?;
        if !waiting.is_empty() {
            let mut tx = self.store.begin().await?;
            anew::settle(&mut tx, &waiting).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    pub(crate) async fn decide(&self, now: DateTime<Utc>, dry_run: bool, report: &mut Report) -> Result<(), AppError> {
        for region in self.site.config.regions.clone() {
            let views = Judging::new(self.site, self.store, self.book).views(&region.id, now).await?;
            let Some((_, first)) = views.first() else { continue };
            let (stale, outage) = (stale(self.site, first), outage(self.site, first));
            report.unanswerable.extend(Judging::new(self.site, self.store, self.book).unanswerable(&region, first));
            if !dry_run {
                Alarms::new(self.site, self.store).tell_stale(&region, outage.as_ref(), now).await?;
                if outage.is_none() {
                    Alarms::new(self.site, self.store).tell_ending(&region, None, now).await?;
                } else if stale.is_none() {
                    // By what people entered it is judged again: the next end that nobody sees is news.
                    let over = Trouble::Ending.over();
                    Alarms::new(self.site, self.store).alarm_settled(Trouble::Ending, &region.id, &over, now).await?;
                }
            }
            let known = known(self.site, self.store, &region.id, &first.series, now).await?;
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
                    let can_judge = can_judge(self.site, &rule);
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
                let scene =
                    Scene { site: self.site, mode: self.mode, rule: &rule, region, merged, known, standing, now };
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
                    Removing::new(self.site, self.store, self.mode, self.voice).withdraw_removed(&scene, told).await?;
                }
                if let Some(told) = told.filter(|_| stands && !dry_run) {
                    line.joined = Joining::new(self.site, self.store, self.voice).catch_up(&scene, told).await?;
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
        Alerts::new(self.site, self.store, self.book).tell_unheard(now).await?;
        tell_lines(self.site, self.store, now).await?;
        Publishing::new(self.site, self.store, self.book).publish(now).await
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
        let mut decision = decision(scene, episode.filter(|e| e.told > 0), stale);
        if matches!(decision.action, Action::Raise(_)) {
            let of = (scene.rule.kind.as_str(), scene.rule.id.as_str());
            let ended = self.store.ended_by_people(of, &scene.region.id, scene.now).await?;
            decision = decision.after(&ended);
        }
        let line = self.apply(scene, episode, &decision, dry_run, report).await?;
        Ok((decision, line))
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
                expire(self.store, &episode, &reason, now).await?;
            }
        }
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
        let waiting = waiting(self.store, episode).await?;
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
        let fresh = if scene.rule.release == Release::Auto {
            new_wording(self.site, self.store, scene.rule).await?
        } else {
            Vec::new()
        };
        let mut reason = decision.reason.text(lang);
        if !fresh.is_empty() {
            line.reason = waits_for(&fresh, lang);
            reason = msg!("wording.reason", reason = reason, why = line.reason.clone()).text(lang);
        }
        let wish = Wish { purpose, action, spans, reason };
        let composed = compose(self.store, scene, episode, wish).await?;
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
            Writing::new(self.site, self.store, self.book, self.voice)
                .write_draft(scene, &composed, waiting.as_ref(), PROGRAM)
                .await?;
            line.action = Done::Draft;
        } else {
            Writing::new(self.site, self.store, self.book, self.voice)
                .write_told(scene, &composed, waiting.as_ref(), PROGRAM)
                .await?;
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
            && let Some(first) = settle(self.store, draft, Outcome::Replaced, PROGRAM, &reason, scene.now).await?
        {
            return Err(AppError::Late(first));
        }
        // Nobody was told and nothing is wanted any more: there is nothing to end but the record.
        let never_told = episode.told == 0 && over;
        if decision.action == Action::Expire || never_told {
            expire(self.store, episode, &reason, scene.now).await?;
        }
        if decision.action == Action::Expire && decision.reason.key() == warning::EXPIRED_STALE {
            let why = msg!("alarm.ending_why", episode = episode.id.to_string(), rule = &scene.rule.name);
            Alarms::new(self.site, self.store).tell_ending(scene.region, Some(&why), scene.now).await?;
        }
        Ok(())
    }
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
