//! A season in a region, moment by moment.
//!
//! In: a setting and what was observed. Out: what was told, and how often each answer was given. Can't happen: a decision
//! that saw an observation later than its moment; two episodes of one kind open at once.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::mode::{BULLETIN_DAYS, HORIZON};
use super::real::Real;
use super::telling::{self, Shown};
use super::told::People;
use super::{Counts, Forecasts, PAST_DAYS, Pretence, Record, Setting, Told};
use cuofeng_air::forecast::{Origin, Run, Series, Take};
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period};
use cuofeng_rules::expr::{Context, Tri, sense};
use cuofeng_rules::warning::{self, Action, Change, Episode, EpisodeId, Situation, Span};
use cuofeng_rules::{Rule, Verdicts, judge};

/// Plays moments, oldest first.
pub(super) struct Player<'a> {
    setting: &'a Setting<'a>,
    truth: &'a Series,
    /// Whom each rule tells.
    people: Vec<People<'a>>,
    open: Vec<Open>,
    done: Vec<Told>,
    /// Answers by rule and level.
    pub(super) verdicts: BTreeMap<(String, String), Counts>,
    /// What each rule's same-day forecasts showed.
    pub(super) shown: Vec<Shown>,
    /// Pretended runs that still reach into a series, oldest first.
    runs: Vec<Run>,
    /// How the runs are wrong, where that hangs together from run to run.
    real: Option<Real<'a>>,
    /// What was worked out of what was observed.
    known: &'a Context<'a>,
}

/// An open episode and what was told of it.
struct Open {
    episode: Episode,
    told: Told,
    /// The versions that its hours rest on, by their places in the record of what the site had.
    rests_on: Vec<usize>,
}

/// What some of the rules look at, at a moment.
struct View {
    /// The end of a stated range that those rules take; none where all rules look at it.
    take: Option<Take>,
    series: Series,
    /// Why the forecast can't be trusted, if it can't.
    stale: Option<Message>,
    /// Until when it is fresh without a newer one; none where a newer one comes.
    fresh_until: Option<DateTime<Utc>>,
    /// Until when it holds what was observed and nothing else.
    observed_until: Hour,
}

impl<'a> Player<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, truth: &'a Series, known: &'a Context<'a>) -> Self {
        let people = setting.rules.iter().map(|rule| People::of(rule, setting.roster)).collect();
        let shown = vec![Shown::new(); setting.rules.len()];
        let (open, done, verdicts, runs) = (Vec::new(), Vec::new(), BTreeMap::new(), Vec::new());
        let real = match setting.forecasts {
            Forecasts::Pretended(pretence) => pretence.errors(setting.errors, truth, setting.zone),
            Forecasts::Issued(_) => None,
        };
        Self { setting, truth, people, open, done, verdicts, shown, runs, real, known }
    }

    /// What each rule says of what was observed, known whole.
    pub(super) fn observed_verdicts(&self) -> Vec<Verdicts> {
        self.setting.rules.iter().map(|rule| judge(rule, self.truth, self.known)).collect()
    }

    /// Counts answers in the hours that start in `[start, end)`.
    pub(super) fn count(&mut self, rule: &Rule, verdicts: &Verdicts, start: DateTime<Utc>, end: DateTime<Utc>) {
        let (from, to) = (Hour::not_before(start), Hour::not_before(end));
        for (number, level) in rule.levels.iter().enumerate() {
            let counts = self.verdicts.entry((rule.id.clone(), level.id.clone())).or_default();
            let answers = verdicts.between(number, from, to);
            for answer in answers {
                counts.add(*answer);
            }
            // Hours outside the series.
            counts.unknown +=
                u64::try_from(to - from).unwrap_or(0).saturating_sub(u64::try_from(answers.len()).unwrap_or(0));
        }
    }

    /// One moment: what is known then, every rule judged, every decision taken. Its verdicts count until `next`.
    pub(super) fn moment(&mut self, now: DateTime<Utc>, next: DateTime<Utc>) {
        let Setting { rules, zone, standards, calendar, forecasts, .. } = *self.setting;
        let perfect = matches!(forecasts, Forecasts::Pretended(Pretence::Perfect));
        let workdays = |day: NaiveDate| calendar.workday(day);
        let known = self.known;
        for view in self.views(now) {
            let context = Context::new(&view.series, zone, standards).with_workdays(&workdays);
            let context = context.with_known(known, view.observed_until);
            let looks = |rule: &Rule| view.take.is_none_or(|take| rule.range == take);
            for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| looks(rule)) {
                // Out of season nothing is decided; the answers of a perfect forecast are counted as observed.
                let open = self.open.iter().any(|o| o.episode.rule == rule.id);
                if !open && perfect && !rule.season.contains(zone.day(now)) {
                    continue;
                }
                let verdicts = judge(rule, &view.series, &context);
                if !perfect {
                    self.count(rule, &verdicts, now, next);
                }
                telling::note(&mut self.shown[number], rule, &verdicts, Hour::not_before(now), zone);
                self.decide(number, &verdicts, &view, (now, next));
            }
        }
    }

    /// What is known at a moment, by each end of a stated range that a rule takes where ranges are stated.
    fn views(&mut self, now: DateTime<Utc>) -> Vec<View> {
        let rules = self.setting.rules;
        let is_asked = |take: &Take| rules.iter().any(|rule| rule.range == *take);
        let takes = [Take::Low, Take::Middle, Take::High].into_iter().filter(is_asked);
        match self.setting.forecasts {
            Forecasts::Issued(record) => takes.map(|take| self.issued(record, now, take)).collect(),
            Forecasts::Pretended(pretence) => {
                self.issue(pretence, Hour::containing(now));
                let view = |take: Option<Take>| self.pretended(pretence, now, take, self.in_force(pretence));
                if pretence == Pretence::Ranges {
                    takes.map(|take| view(Some(take))).collect()
                } else {
                    vec![view(None)]
                }
            }
        }
    }

    /// The runs that the newest view is made of.
    fn in_force(&self, pretence: Pretence) -> &[Run] {
        let behind = if pretence.keeps_earlier() { 0 } else { self.runs.len().saturating_sub(1) };
        self.runs.get(behind..).unwrap_or(&[])
    }

    /// What a rule said by the runs before the newest, where it takes nothing back by that one alone.
    fn before(&self, rule: &Rule, take: Option<Take>, now: DateTime<Utc>) -> Option<Verdicts> {
        if !rule.looks_back() {
            return None;
        }
        let Setting { zone, standards, profiles, calendar, forecasts, .. } = *self.setting;
        let series = match forecasts {
            Forecasts::Issued(record) => {
                record.before(now, &self.truth.region, &profiles.taking(rule.range), standards, zone)
            }
            // What was observed afterwards is never taken back by mistake.
            Forecasts::Pretended(Pretence::Perfect) => return None,
            Forecasts::Pretended(pretence) => {
                let earlier = &self.runs[..self.runs.len().saturating_sub(1)];
                self.pretended(pretence, now, take, earlier).series
            }
        };
        let workdays = |day: NaiveDate| calendar.workday(day);
        Some(judge(rule, &series, &Context::new(&series, zone, standards).with_workdays(&workdays)))
    }

    fn issued(&self, record: &Record, now: DateTime<Utc>, take: Take) -> View {
        let Setting { zone, standards, profiles, .. } = *self.setting;
        let merged = record.at(now, &self.truth.region, &profiles.taking(take), standards, zone);
        let stale = (!merged.fresh()).then(warning::no_forecast);
        let fresh_until = merged.fresh_until;
        View { take: Some(take), observed_until: merged.series.first, series: merged.series, stale, fresh_until }
    }

    /// The run that is pretended comes in.
    fn issue(&mut self, pretence: Pretence, issued: Hour) {
        let Setting { zone, standards, .. } = *self.setting;
        if pretence == Pretence::Perfect || !pretence.issues().contains(&zone.clock(issued)) {
            return;
        }
        if pretence.keeps_earlier() {
            // Hours of the past that were not observed are those of the last run that covered them, as the service has it.
            let reach = chrono::Days::new(u64::from(PAST_DAYS + BULLETIN_DAYS));
            let since = zone.first_hour(zone.day_of(issued) - reach).start();
            self.runs.retain(|run| run.issued_at >= since);
        } else {
            // The run before the newest says whether that one is alone with what it says.
            let behind = self.runs.len().saturating_sub(1);
            self.runs.drain(..behind);
        }
        self.runs.push(pretence.run(self.truth, issued, (zone, standards), self.real.as_ref()));
    }

    /// Observations before a moment, the runs from it on.
    fn pretended(&self, pretence: Pretence, now: DateTime<Utc>, take: Option<Take>, runs: &[Run]) -> View {
        let Setting { zone, standards, profiles, .. } = *self.setting;
        let issued = Hour::containing(now);
        let first = zone.first_hour(zone.day_of(issued) - chrono::Days::new(u64::from(PAST_DAYS)));
        let days = runs.iter().flat_map(|run| &run.days).map(|outlook| zone.first_hour(outlook.day) + 24);
        let horizon = issued + i64::try_from(HORIZON).unwrap_or(0);
        let end = days.max().unwrap_or(horizon).max(zone.first_hour(zone.day_of(issued)) + 24);
        let hours = usize::try_from(end - first).unwrap_or(0);
        if pretence == Pretence::Perfect {
            return View {
                take,
                series: self.truth.part(first, hours).seen_at(end),
                stale: None,
                fresh_until: None,
                observed_until: end,
            };
        }
        // What was never measured will never be forecast here either; what lies behind the runs is still to come.
        let mut series = Series::new(self.truth.region.as_str(), first, hours).seen_at(end);
        let own = take.map(|take| profiles.taking(take));
        for run in runs {
            series.lay_run(run, own.as_ref().unwrap_or(profiles), standards, zone, None);
        }
        series.lay_span(self.truth, first, issued, &Origin::Observed { feed: "observed".to_owned() });
        // What earlier runs left in gaps of the observations was not observed.
        View {
            take,
            series,
            stale: None,
            fresh_until: None,
            observed_until: if pretence.keeps_earlier() { first } else { issued },
        }
    }

    /// The versions of runs that periods rest on; none of pretended ones, which nobody corrects.
    fn rests_on(&self, spans: &[Span], series: &Series, now: DateTime<Utc>) -> Vec<usize> {
        let Forecasts::Issued(record) = self.setting.forecasts else { return Vec::new() };
        let periods: Vec<Period> = spans.iter().map(|span| span.period).collect();
        record.places(&series.runs_behind(&periods, self.setting.zone), now)
    }

    fn decide(&mut self, number: usize, verdicts: &Verdicts, view: &View, (now, next): (DateTime<Utc>, DateTime<Utc>)) {
        let (zone, rule) = (self.setting.zone, &self.setting.rules[number]);
        let people = &self.people[number];
        let place = self.open.iter().position(|o| o.episode.id.kind == rule.kind);
        // Another rule of the same kind has the floor until its episode ends.
        if place.is_some_and(|place| self.open[place].episode.rule != rule.id) {
            return;
        }
        // Nothing is told that nothing asks for.
        if place.is_none() && !rule.standing && verdicts.levels.iter().all(|answers| !answers.contains(&Tri::True)) {
            return;
        }
        if let (Forecasts::Issued(record), Some(place)) = (self.setting.forecasts, place) {
            let open = &mut self.open[place];
            open.episode.unfounded = !record.in_force(&open.rests_on, now);
        }
        let episode = place.map(|place| &self.open[place].episode);
        let stale =
            view.stale.as_ref().filter(|_| rule.conditions().any(|condition| sense::uses_forecast(&condition.expr)));
        let before = self.before(rule, view.take, now);
        let decision = warning::decide(&Situation {
            rule,
            verdicts,
            before: before.as_ref(),
            stale,
            orders: &[],
            episode,
            zone,
            now,
            next: Some(next).filter(|next| view.fresh_until.is_none_or(|until| *next < until)),
        });
        let confirms = decision.confirms();
        let rests_on = match (&decision.action, episode) {
            (Action::Raise(spans) | Action::Change(_, spans), _) => self.rests_on(spans, &view.series, now),
            (_, Some(episode)) if confirms && episode.unfounded => self.rests_on(&episode.spans, &view.series, now),
            _ => Vec::new(),
        };
        match (decision.action, place) {
            (Action::Raise(spans), None) => {
                let day = zone.day(now);
                let before = self.done.iter().filter(|t| t.kind == rule.kind && zone.day(t.told_at) == day).count();
                let ordinal = u32::try_from(before).unwrap_or(0) + 1;
                let (kind, region) = (rule.kind.clone(), self.truth.region.clone());
                let id = EpisodeId { kind, region, day, ordinal };
                let mut told = Told::new(rule, &self.truth.region, now, people);
                told.tell(rule, (None, &spans), now, people);
                let episode = Episode {
                    id,
                    rule: rule.id.clone(),
                    rule_set: 0,
                    revision: 1,
                    spans,
                    told_at: now,
                    told: 1,
                    changed_at: Vec::new(),
                    unfounded: false,
                    draft_unfounded: false,
                };
                self.open.push(Open { episode, told, rests_on });
            }
            (Action::Change(change, spans), Some(place)) => {
                let open = &mut self.open[place];
                if change != Change::Upgrade {
                    open.episode.changed_at.push(now);
                }
                open.told.tell(rule, (Some(change), &spans), now, people);
                open.episode.revision += 1;
                open.episode.told += 1;
                (open.episode.spans, open.episode.told_at, open.rests_on) = (spans, now, rests_on);
            }
            // What was told stands, on the forecast as it is now.
            (Action::Hold(_), Some(place)) if confirms && self.open[place].episode.unfounded => {
                self.open[place].rests_on = rests_on;
            }
            (Action::Lift, Some(place)) => {
                let mut open = self.open.swap_remove(place);
                open.told.lift(rule, now, people);
                self.done.push(open.told);
            }
            (Action::Expire, Some(place)) => {
                let open = self.open.swap_remove(place);
                self.done.push(open.told);
            }
            _ => {}
        }
    }

    /// The episodes, those still open included.
    pub(super) fn finish(&mut self) -> Vec<Told> {
        let mut all: Vec<Told> = self.done.drain(..).chain(self.open.drain(..).map(|o| o.told)).collect();
        for told in &mut all {
            let known = self.setting.rules.iter().zip(&self.people).find(|(rule, _)| rule.id == told.rule);
            if let Some((rule, people)) = known {
                told.settle(rule, self.setting, people);
            }
        }
        all
    }
}
