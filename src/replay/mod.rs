//! What rules would have done: a season played again, decision by decision.
//!
//! In: rules, what was observed in one region, the mode of the pretended forecasts, the days. Out: the episodes with
//! what they asked for, how often each level's answer was true, false or unknown, and days hit, missed and alarmed for
//! nothing. Can't happen: a decision that saw an observation later than its moment; a result that depends on threads.

mod mode;
pub mod story;
mod telling;
mod told;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::mode::Mode;
use self::telling::Shown;
pub use self::telling::Telling;
use self::told::People;
pub use self::told::{LevelSpan, Told};
use crate::aqi::Standards;
use crate::forecast::{Columns, Origin, Profiles, Series, Take};
use crate::roster::Roster;
use crate::rules::calendar::Calendar;
use crate::rules::expr::{Context, Tri};
use crate::rules::{Rule, Verdicts, judge};
use crate::time::{Hour, Zone};
use crate::warning::{self, Action, Change, Episode, EpisodeId, Situation};

/// Days that a decision looks back, as the service does.
const PAST_DAYS: u64 = 3;

/// All that a replay needs beside the data.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The rules.
    pub rules: &'a [Rule],
    /// The site's zone.
    pub zone: &'a Zone,
    /// The AQI standards.
    pub standards: &'a Standards,
    /// Shapes for bulletins.
    pub profiles: &'a Profiles,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Whom the rules would tell.
    pub roster: &'a Roster,
    /// What forecasts are pretended.
    pub mode: Mode,
    /// First and last local day; the whole of the data where none is given.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// How often an answer was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Hours that hold.
    pub holds: u64,
    /// Hours that don't.
    pub fails: u64,
    /// Hours that can't be said.
    pub unknown: u64,
}

impl Counts {
    fn add(&mut self, answer: Tri) {
        match answer {
            Tri::True => self.holds += 1,
            Tri::False => self.fails += 1,
            Tri::Unknown => self.unknown += 1,
        }
    }
}

/// Days told against days observed, for one rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Score {
    /// Days that held and were told.
    pub hits: Vec<NaiveDate>,
    /// Days that held and were not told.
    pub misses: Vec<NaiveDate>,
    /// Days that were told and did not hold.
    pub false_alarms: Vec<NaiveDate>,
    /// Hours from the first notice of a hit day to the beginning of its period, hit by hit.
    pub lead_hours: Vec<i64>,
}

/// What would have happened in a region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replay {
    /// The region.
    pub region: String,
    /// Its first and last local day.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Episodes in the order in which they began.
    pub episodes: Vec<Told>,
    /// Answers by rule and level.
    pub verdicts: BTreeMap<(String, String), Counts>,
    /// Days by rule.
    pub scores: BTreeMap<String, Score>,
    /// Hours and notices by rule.
    pub tellings: BTreeMap<String, Telling>,
}

/// Plays the rules over what was observed in a region.
#[must_use]
pub fn replay(region: &str, observed: &Columns, setting: &Setting<'_>) -> Replay {
    let Some(truth) = truth(region, observed) else { return Replay { region: region.to_owned(), ..Replay::default() } };
    let zone = setting.zone;
    let last_hour = truth.first + (i64::try_from(truth.hours).unwrap_or(1) - 1);
    let (from, to) = setting.days.unwrap_or((zone.day_of(truth.first), zone.day_of(last_hour)));
    let (start, end) = (zone.at(from, 0), zone.at(to, 24));
    let people = setting.rules.iter().map(|rule| People::of(rule, setting.roster)).collect();
    let (open, done, verdicts) = (Vec::new(), Vec::new(), BTreeMap::new());
    let shown = vec![Shown::new(); setting.rules.len()];
    let mut player = Player { setting, truth: &truth, people, open, done, verdicts, shown };
    let known = player.observed_verdicts();
    let moments = setting.mode.moments(start, end, zone);
    let next = moments.iter().copied().skip(1).chain([Hour::containing(end)]);
    for (issued, next) in moments.iter().copied().zip(next) {
        player.moment(issued, next);
    }
    if setting.mode == Mode::Perfect {
        player.count_observed(&known, start, end);
    }
    let mut episodes = player.finish();
    episodes.sort_by(|a, b| (a.told_at, &a.rule).cmp(&(b.told_at, &b.rule)));
    let tellings = setting.rules.iter().zip(&known).zip(&player.shown).map(|((rule, known), shown)| {
        let own: Vec<&Told> = episodes.iter().filter(|e| e.rule == rule.id).collect();
        (rule.id.clone(), telling::count(rule, known, shown, &own, zone))
    });
    let tellings = tellings.collect();
    let scores = setting.rules.iter().zip(&known).filter(|(rule, _)| !rule.standing);
    let scores =
        scores.map(|(rule, known)| (rule.id.clone(), score(rule, known, &episodes, (from, to), zone))).collect();
    Replay { region: region.to_owned(), days: Some((from, to)), episodes, verdicts: player.verdicts, scores, tellings }
}

/// The observations as one series over all their hours.
fn truth(region: &str, observed: &Columns) -> Option<Series> {
    let first = observed.values().map(|c| c.first).min()?;
    let end = observed.values().map(|c| c.first + i64::try_from(c.values.len()).unwrap_or(0)).max()?;
    let mut truth = Series::new(region, first, usize::try_from(end - first).ok()?);
    truth.lay(observed, &Origin::Observed { feed: "observed".to_owned() });
    Some(truth)
}

struct Player<'a> {
    setting: &'a Setting<'a>,
    truth: &'a Series,
    /// Whom each rule tells.
    people: Vec<People<'a>>,
    open: Vec<Open>,
    done: Vec<Told>,
    verdicts: BTreeMap<(String, String), Counts>,
    /// What each rule's same-day forecasts showed.
    shown: Vec<Shown>,
}

/// An open episode and what was told of it.
struct Open {
    episode: Episode,
    told: Told,
}

impl Player<'_> {
    fn context<'c>(
        &'c self,
        series: &'c Series,
        workdays: &'c (dyn Fn(NaiveDate) -> Option<bool> + Sync),
    ) -> Context<'c> {
        Context::new(series, self.setting.zone, self.setting.standards).with_workdays(workdays)
    }

    /// What each rule says of what was observed, known whole.
    fn observed_verdicts(&self) -> Vec<Verdicts> {
        let workdays = |day| self.setting.calendar.workday(day);
        let context = self.context(self.truth, &workdays);
        self.setting.rules.iter().map(|rule| judge(rule, self.truth, &context)).collect()
    }

    fn count_observed(&mut self, known: &[Verdicts], start: DateTime<Utc>, end: DateTime<Utc>) {
        for (rule, verdicts) in self.setting.rules.iter().zip(known) {
            self.count(rule, verdicts, Hour::containing(start), Hour::containing(end));
        }
    }

    fn count(&mut self, rule: &Rule, verdicts: &Verdicts, from: Hour, to: Hour) {
        for (number, level) in rule.levels.iter().enumerate() {
            let counts = self.verdicts.entry((rule.id.clone(), level.id.clone())).or_default();
            let mut hour = from;
            while hour < to {
                counts.add(verdicts.at(number, hour));
                hour = hour + 1;
            }
        }
    }

    /// One moment of issue: the run comes in, every rule is judged, every decision is taken. Its verdicts count until
    /// `next`.
    fn moment(&mut self, issued: Hour, next: Hour) {
        let setting = self.setting;
        let (zone, now) = (setting.zone, issued.start());
        let run = setting.mode.run(self.truth, issued, zone, setting.standards);
        let takes: &[Take] = if run.days.is_empty() { &[Take::Middle] } else { &[Take::Low, Take::Middle, Take::High] };
        for take in takes {
            let mine = |rule: &Rule| run.days.is_empty() || rule.range == *take;
            if !setting.rules.iter().any(mine) {
                continue;
            }
            let series = self.series(&run, issued, *take);
            let workdays = |day| setting.calendar.workday(day);
            let context = Context::new(&series, zone, setting.standards).with_workdays(&workdays);
            for (number, rule) in setting.rules.iter().enumerate().filter(|(_, rule)| mine(rule)) {
                // Out of season nothing is decided; the answers of a perfect forecast are counted as observed.
                let open = self.open.iter().any(|o| o.episode.rule == rule.id);
                if !open && setting.mode == Mode::Perfect && !rule.season.contains(zone.day(now)) {
                    continue;
                }
                let verdicts = judge(rule, &series, &context);
                if setting.mode != Mode::Perfect {
                    self.count(rule, &verdicts, issued, next);
                }
                telling::note(&mut self.shown[number], rule, &verdicts, issued, zone);
                self.decide(number, &verdicts, now);
            }
        }
    }

    /// What is known at a moment: observations before it, the run from it on.
    fn series(&self, run: &crate::forecast::Run, issued: Hour, take: Take) -> Series {
        let Setting { zone, standards, profiles, .. } = *self.setting;
        let first = zone.first_hour(zone.day_of(issued) - chrono::Days::new(PAST_DAYS));
        let ahead = run.days.iter().map(|o| zone.first_hour(o.day) + 24).max();
        let end = ahead.unwrap_or(issued + i64::try_from(mode::HORIZON).unwrap_or(0));
        let hours = usize::try_from(end - first).unwrap_or(0);
        // What was never measured will never be forecast here either; what lies behind the run is still to come.
        let mut series = Series::new(self.truth.region.as_str(), first, hours).seen_at(end);
        if run.days.is_empty() {
            series.lay_run(run, profiles, standards, zone, None);
        } else {
            series.lay_run(run, &profiles.taking(take), standards, zone, None);
        }
        series.lay_span(self.truth, first, issued, &Origin::Observed { feed: "observed".to_owned() });
        series
    }

    fn decide(&mut self, number: usize, verdicts: &Verdicts, now: DateTime<Utc>) {
        let (zone, rule) = (self.setting.zone, &self.setting.rules[number]);
        let people = &self.people[number];
        let place = self.open.iter().position(|o| o.episode.id.kind == rule.kind);
        // Another rule of the same kind has the floor until its episode ends.
        if place.is_some_and(|place| self.open[place].episode.rule != rule.id) {
            return;
        }
        let episode = place.map(|place| &self.open[place].episode);
        let decision = warning::decide(&Situation { rule, verdicts, stale: None, orders: &[], episode, zone, now });
        match (decision.action, place) {
            (Action::Raise(spans), None) => {
                let day = zone.day(now);
                let before = self.done.iter().filter(|t| t.kind == rule.kind && zone.day(t.told_at) == day).count();
                let ordinal = u32::try_from(before).unwrap_or(0) + 1;
                let (kind, region) = (rule.kind.clone(), self.truth.region.clone());
                let id = EpisodeId { kind, region, day, ordinal };
                let mut told = Told::new(rule, &self.truth.region, now, people);
                told.tell(rule, &spans, now, people);
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
                self.open.push(Open { episode, told });
            }
            (Action::Change(change, spans), Some(place)) => {
                let open = &mut self.open[place];
                if change != Change::Upgrade {
                    open.episode.changed_at.push(now);
                }
                open.told.tell(rule, &spans, now, people);
                open.episode.revision += 1;
                open.episode.told += 1;
                (open.episode.spans, open.episode.told_at) = (spans, now);
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
    fn finish(&mut self) -> Vec<Told> {
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

/// Days on which the rule asked for something against days on which what was observed would have had it ask.
fn score(rule: &Rule, known: &Verdicts, episodes: &[Told], (from, to): (NaiveDate, NaiveDate), zone: &Zone) -> Score {
    let mut score = Score::default();
    let told = told::days(episodes.iter().filter(|e| e.rule == rule.id), zone);
    for day in from.iter_days().take_while(|day| *day <= to) {
        let first = zone.first_hour(day);
        let observed = (0..24).map(|hour| telling::highest(rule, known, first + hour)).max().unwrap_or(Tri::Unknown);
        let observed = if rule.season.contains(day) { observed } else { Tri::False };
        match (observed, told.get(&day)) {
            (Tri::True, Some(lead_hours)) => {
                score.hits.push(day);
                score.lead_hours.push(*lead_hours);
            }
            (Tri::True, None) => score.misses.push(day),
            (Tri::False, Some(_)) => score.false_alarms.push(day),
            _ => {}
        }
    }
    score
}
