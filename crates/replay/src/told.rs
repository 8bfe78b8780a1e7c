//! What an episode of a replay asked for, revision by revision.
//!
//! In: each revision's periods. Out: the hours that stood at last, what they asked of enterprises, how many notices
//! each recipient got. Can't happen: an hour counted that a later revision took back before it came.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::Setting;
use cuofeng_base::time::{Period, Zone};
use cuofeng_notice::{self as notice, Purpose, Recipient};
use cuofeng_plan::{Horizon, asked};
use cuofeng_rules::warning::{Change, Span};
use cuofeng_rules::{Ask, Rule, Tell};
use cuofeng_town::roster::{Kind, Roster};

/// A stretch at one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelSpan {
    /// The level's identifier.
    pub level: String,
    /// When.
    pub period: Period,
}

/// An episode as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The rule.
    pub rule: String,
    /// Its kind.
    pub kind: String,
    /// The region.
    pub region: String,
    /// When it was first told.
    pub told_at: DateTime<Utc>,
    /// Revisions that changed the periods, the first included.
    pub revisions: u32,
    /// When it was lifted, if it was.
    pub lifted_at: Option<DateTime<Utc>>,
    /// The hours that stood, by level.
    pub levels: Vec<LevelSpan>,
    /// Notices by class and identifier of the recipient.
    pub notices: BTreeMap<(String, String), u32>,
    /// Hours that processes were asked to leave off, which they usually run.
    pub asked_hours: u64,
    /// Its revisions, oldest first.
    pub(super) history: Vec<Step>,
    /// Notices by recipient, in the order of [`People`].
    counts: Vec<u32>,
    /// Which revision each recipient was told last.
    last: Vec<Option<usize>>,
}

/// A revision, or the lift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: DateTime<Utc>,
    pub(super) purpose: Purpose,
    /// The periods told; at the lift, those that it takes back.
    pub(super) spans: Vec<Span>,
    /// Whom it told, by their places in [`People`].
    pub(super) to: Vec<usize>,
}

impl Step {
    /// The periods that stand from it on.
    fn standing(&self) -> &[Span] {
        if self.purpose.ends() { &[] } else { &self.spans }
    }
}

/// Whom a rule tells, each once.
pub(super) struct People<'a>(pub(super) Vec<(Recipient<'a>, &'a Tell)>);

impl<'a> People<'a> {
    pub(super) fn of(rule: &'a Rule, roster: &'a Roster) -> Self {
        let shift = roster.any_shift();
        let mut people: Vec<(Recipient<'a>, &'a Tell)> = Vec::new();
        for tell in &rule.tell {
            for recipient in notice::select(tell, roster, &shift, &|_| false) {
                if !people.iter().any(|(known, _)| known.audience == recipient.audience && known.id == recipient.id) {
                    people.push((recipient, tell));
                }
            }
        }
        Self(people)
    }
}

impl Told {
    pub(super) fn new(rule: &Rule, region: &str, now: DateTime<Utc>, people: &People<'_>) -> Self {
        Self {
            rule: rule.id.clone(),
            kind: rule.kind.clone(),
            region: region.to_owned(),
            told_at: now,
            revisions: 0,
            lifted_at: None,
            levels: Vec::new(),
            notices: BTreeMap::new(),
            asked_hours: 0,
            history: Vec::new(),
            counts: vec![0; people.0.len()],
            last: vec![None; people.0.len()],
        }
    }

    /// The highest level that stood.
    #[must_use]
    pub fn highest(&self, rule: &Rule) -> Option<&str> {
        let place = |level: &LevelSpan| rule.levels.iter().position(|l| l.id == level.level);
        self.levels.iter().min_by_key(|level| place(level)).map(|level| level.level.as_str())
    }

    /// From the first hour that stood to the end of the last one.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        let start = self.levels.iter().map(|l| l.period.start).min()?;
        Period::new(start, self.levels.iter().map(|l| l.period.end).max()?)
    }

    /// Hours that stood.
    #[must_use]
    pub fn hours(&self) -> i64 {
        self.levels.iter().map(|l| l.period.whole_hours()).sum()
    }

    /// A revision that changes the periods; `change` is none of the first.
    pub(super) fn tell(
        &mut self,
        rule: &Rule,
        (change, spans): (Option<Change>, &[Span]),
        now: DateTime<Utc>,
        people: &People<'_>,
    ) {
        self.revisions += 1;
        let purpose = if change.is_some() { Purpose::Update } else { Purpose::Raise };
        self.step(rule, (purpose, change, spans), now, people);
    }

    /// The lift, told to those who were told.
    pub(super) fn lift(&mut self, rule: &Rule, now: DateTime<Utc>, people: &People<'_>) {
        self.lifted_at = Some(now);
        let spans = self.history.last().map_or_else(Vec::new, |last| last.spans.clone());
        self.step(rule, (Purpose::Lift, None, &spans), now, people);
    }

    fn step(
        &mut self,
        rule: &Rule,
        (purpose, change, spans): (Purpose, Option<Change>, &[Span]),
        at: DateTime<Utc>,
        people: &People<'_>,
    ) {
        let level = spans.iter().map(|s| s.level).min().and_then(|level| rule.levels.get(level));
        let level = level.map_or("", |l| l.id.as_str());
        let mut to = Vec::new();
        for (number, (recipient, tell)) in people.0.iter().enumerate() {
            let free = || recipient.enterprise.is_some_and(|e| rule.exemption(e, level).is_some());
            let is_told = if purpose.ends() { self.counts[number] > 0 } else { !free() };
            let last = self.last[number].and_then(|last| self.history.get(last)).map(|step| (step.at, &step.spans[..]));
            let extends = change == Some(Change::Extend);
            if is_told && notice::seldom::hears(tell, (&purpose, extends), last, spans, at) {
                self.counts[number] += 1;
                self.last[number] = Some(self.history.len());
                to.push(number);
            }
        }
        self.history.push(Step { at, purpose, spans: spans.to_vec(), to });
    }

    /// Works out what stood: of each revision what came before the next one.
    pub(super) fn settle(&mut self, rule: &Rule, setting: &Setting<'_>, people: &People<'_>) {
        let told = people.0.iter().zip(&self.counts).filter(|(_, count)| **count > 0);
        let key = |r: &Recipient<'_>| (r.audience.word().to_owned(), r.id.clone());
        self.notices = told.map(|((recipient, _), count)| (key(recipient), *count)).collect();
        let mut stood: Vec<Span> = Vec::new();
        for (number, step) in self.history.iter().enumerate() {
            let until = self.history.get(number + 1).map_or(DateTime::<Utc>::MAX_UTC, |next| next.at);
            // The first revision speaks of hours to come; a later one takes over at its moment.
            let from = if number == 0 { DateTime::<Utc>::MIN_UTC } else { step.at };
            let window = Period { start: from, end: until };
            stood.extend(
                step.standing().iter().filter_map(|s| Some(Span { period: s.period.intersect(&window)?, ..*s })),
            );
        }
        stood.sort_by_key(|s| s.period.start);
        for span in stood {
            let Some(level) = rule.levels.get(span.level) else { continue };
            self.ask(rule, span, setting, people);
            match self.levels.last_mut() {
                Some(last) if last.level == level.id && last.period.end == span.period.start => {
                    last.period.end = span.period.end;
                }
                _ => self.levels.push(LevelSpan { level: level.id.clone(), period: span.period }),
            }
        }
    }

    fn ask(&mut self, rule: &Rule, span: Span, setting: &Setting<'_>, people: &People<'_>) {
        let Some(level) = rule.levels.get(span.level) else { return };
        for enterprise in people.0.iter().filter_map(|(r, _)| r.enterprise) {
            if rule.exemption(enterprise, &level.id).is_some() {
                continue;
            }
            let village = setting.roster.village(&enterprise.village);
            let (horizon, _) = Horizon::of(&[span], setting.zone, span.period.start, 60);
            for process in &enterprise.processes {
                let of = (enterprise, village);
                let Some(asked) = asked(process, of, &rule.levels, &[span], &horizon, setting.zone) else { continue };
                let stops = matches!(asked.ask, Ask::Stop | Ask::Shift) && process.kind != Kind::Fixed;
                let usual = |slot: usize| process.usual.contains(horizon.clock(slot));
                let hours = asked.stop.iter().enumerate().filter(|(slot, stop)| **stop && usual(*slot)).count();
                self.asked_hours += if stops { u64::try_from(hours).unwrap_or(0) } else { 0 };
            }
        }
    }

    /// Forgets what each revision told, of which what stood has been worked out.
    pub(super) fn forget(&mut self) {
        (self.history, self.counts, self.last) = (Vec::new(), Vec::new(), Vec::new());
        self.levels.shrink_to_fit();
    }

    /// The periods that stood.
    pub(super) fn stood(&self) -> impl Iterator<Item = Period> {
        self.levels.iter().map(|level| level.period)
    }

    /// When a period was first told.
    fn first_told(&self, period: &Period) -> Option<DateTime<Utc>> {
        let tells = |spans: &[Span]| spans.iter().any(|s| s.period.intersect(period).is_some());
        self.history.iter().find(|step| tells(step.standing())).map(|step| step.at)
    }
}

/// The local days on which an episode stood; one may come twice.
pub(super) fn days_of<'a>(told: &'a Told, zone: &'a Zone) -> impl Iterator<Item = NaiveDate> + 'a {
    told.stood().flat_map(|period| days_in(&period, zone))
}

/// The local days of a period.
pub(super) fn days_in(period: &Period, zone: &Zone) -> impl Iterator<Item = NaiveDate> + use<> {
    let (first, last) = (zone.day(period.start), zone.day(period.end - Duration::seconds(1)));
    first.iter_days().take_while(move |day| *day <= last)
}

/// The local days on which a period stood, and the hours from its first notice to its beginning on that day.
pub(super) fn days<'a>(episodes: impl Iterator<Item = &'a Told>, zone: &Zone) -> BTreeMap<NaiveDate, i64> {
    let mut days = BTreeMap::new();
    for told in episodes {
        for period in told.stood() {
            let (first, last) = (zone.day(period.start), zone.day(period.end - Duration::seconds(1)));
            for day in first.iter_days().take_while(|day| *day <= last) {
                let Entry::Vacant(free) = days.entry(day) else { continue };
                let whole = Period { start: zone.at(day, 0), end: zone.at(day, 24) };
                let Some(stood) = period.intersect(&whole) else { continue };
                if let Some(at) = told.first_told(&stood) {
                    free.insert((stood.start - at).num_hours());
                }
            }
        }
    }
    days
}
