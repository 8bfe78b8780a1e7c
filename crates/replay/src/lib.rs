//! What rules would have done: a season played again, decision by decision.
//!
//! In: rules, what was observed in one region, the forecasts (pretended, or those that the site got), the days. Out: the episodes with
//! what they asked for, how often each level's answer was true, false or unknown, and days hit, missed and alarmed for
//! nothing. Can't happen: a decision that saw an observation later than its moment; a result that depends on threads.
#![forbid(unsafe_code)]

mod heard;
mod issued;
mod mode;
mod player;
mod random;
mod real;
pub mod story;
mod telling;
mod told;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::heard::Heard;
pub use self::issued::{Received, Record};
pub use self::mode::{Mode, Pretence};
use self::player::Player;
pub use self::telling::Telling;
pub use self::told::{LevelSpan, Told};
use cuofeng_air::forecast::errors::Errors;
use cuofeng_air::forecast::{Column, Columns, Origin, Profiles, Series};
use cuofeng_aqi::Standards;
use cuofeng_base::time::Zone;
use cuofeng_base::word::Routes;
use cuofeng_notice::Audience;
use cuofeng_notice::texts::Texts;
use cuofeng_rules::calendar::Calendar;
use cuofeng_rules::escalation::Policy;
use cuofeng_rules::expr::{Context, Tri};
use cuofeng_rules::{Rule, Verdicts};
use cuofeng_town::roster::Roster;

cuofeng_base::catalogue!(["replay"], on[cuofeng_notice]);

/// Days that a decision looks back, as the service does.
const PAST_DAYS: u16 = 3;

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
    /// How forecasts are wrong.
    pub errors: &'a Errors,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Whom the rules would tell.
    pub roster: &'a Roster,
    /// Which templates have words for a message that carries several.
    pub texts: &'a Texts,
    /// When people are reminded.
    pub policy: &'a Policy,
    /// Which channels carry which form.
    pub routes: &'a Routes,
    /// What forecasts there were.
    pub forecasts: Forecasts<'a>,
    /// First and last local day; the whole of the data where none is given.
    pub days: Option<(NaiveDate, NaiveDate)>,
}

/// What forecasts there were.
#[derive(Debug, Clone, Copy)]
pub enum Forecasts<'a> {
    /// Pretended ones.
    Pretended(Pretence),
    /// Those that the site got.
    Issued(&'a Record),
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
    /// Days that were told and of which observations say nothing.
    pub unsaid: Vec<NaiveDate>,
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
    /// What people heard over all rules, by their class.
    pub heard: BTreeMap<Audience, Heard>,
}

/// Plays the rules over what was observed in a region.
#[must_use]
pub fn replay(region: &str, observed: &Columns, setting: &Setting<'_>) -> Replay {
    let zone = setting.zone;
    let issued = matches!(setting.forecasts, Forecasts::Issued(_));
    let Some(truth) = truth(region, observed, setting.days.filter(|_| issued), zone) else {
        return Replay { region: region.to_owned(), ..Replay::default() };
    };
    let last_hour = truth.first + (i64::try_from(truth.hours).unwrap_or(1) - 1);
    let (from, to) = setting.days.unwrap_or((zone.day_of(truth.first), zone.day_of(last_hour)));
    let (start, end) = (zone.at(from, 0), zone.at(to, 24));
    let moments = match setting.forecasts {
        Forecasts::Pretended(pretence) => pretence.moments(start, end, zone),
        Forecasts::Issued(record) => record.moments.iter().copied().filter(|at| start <= *at && *at < end).collect(),
    };
    let workdays = |day| setting.calendar.workday(day);
    let known = Context::new(&truth, zone, setting.standards).with_workdays(&workdays);
    let whole = Replay { region: region.to_owned(), days: Some((from, to)), ..Replay::default() };
    let (left, right) = halves(setting.rules);
    let [left, right] = [left, right].map(|rules| Setting { rules, ..*setting });
    let played = std::thread::scope(|scope| {
        let other =
            (!right.rules.is_empty()).then(|| scope.spawn(|| season(&right, &truth, &known, &moments, (from, to))));
        let own = season(&left, &truth, &known, &moments, (from, to));
        // Whoever panics in the other thread does so here.
        let other = other.map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(own).chain(other).collect::<Vec<_>>()
    });
    let mut whole = played.into_iter().fold(whole, Replay::with);
    whole.heard = heard::count(setting, &whole.episodes);
    whole.episodes.iter_mut().for_each(Told::forget);
    whole
}

/// The rules in two parts of about as many levels, none with a kind of the other; the second is empty where there is no
/// such place, or nobody to play it beside the first.
fn halves(rules: &[Rule]) -> (&[Rule], &[Rule]) {
    let levels = |rules: &[Rule]| rules.iter().map(|rule| rule.levels.len()).sum::<usize>();
    let apart = |place: &usize| {
        let (left, right) = rules.split_at(*place);
        !left.iter().any(|a| right.iter().any(|b| a.kind == b.kind))
    };
    let uneven = |place: &usize| levels(&rules[..*place]).abs_diff(levels(&rules[*place..]));
    let alone = std::thread::available_parallelism().map_or(1, usize::from) < 2;
    let place = (1..rules.len()).filter(apart).min_by_key(uneven).filter(|_| !alone);
    rules.split_at(place.unwrap_or(rules.len()))
}

/// What would have happened by some of the rules.
fn season(
    setting: &Setting<'_>,
    truth: &Series,
    known: &Context<'_>,
    moments: &[DateTime<Utc>],
    (from, to): (NaiveDate, NaiveDate),
) -> Replay {
    let zone = setting.zone;
    let (start, end) = (zone.at(from, 0), zone.at(to, 24));
    let mut player = Player::new(setting, truth, known);
    let known = player.observed_verdicts();
    let next = moments.iter().copied().skip(1).chain([end]);
    for (now, next) in moments.iter().copied().zip(next) {
        player.moment(now, next);
    }
    if matches!(setting.forecasts, Forecasts::Pretended(Pretence::Perfect)) {
        for (rule, verdicts) in setting.rules.iter().zip(&known) {
            player.count(rule, verdicts, start, end);
        }
    }
    let episodes = player.finish();
    let tellings = setting.rules.iter().zip(&known).zip(&player.shown).map(|((rule, known), shown)| {
        let own: Vec<&Told> = episodes.iter().filter(|e| e.rule == rule.id).collect();
        (rule.id.clone(), telling::count(rule, known, shown, &own, zone))
    });
    let tellings = tellings.collect();
    let scores = setting.rules.iter().zip(&known).filter(|(rule, _)| !rule.standing);
    let scores =
        scores.map(|(rule, known)| (rule.id.clone(), score(rule, known, &episodes, (from, to), zone))).collect();
    Replay { episodes, verdicts: player.verdicts, scores, tellings, ..Replay::default() }
}

impl Replay {
    /// With what other rules would have done in the same region on the same days.
    fn with(mut self, other: Self) -> Self {
        self.episodes.extend(other.episodes);
        self.episodes.sort_by(|a, b| (a.told_at, &a.rule).cmp(&(b.told_at, &b.rule)));
        self.verdicts.extend(other.verdicts);
        self.scores.extend(other.scores);
        self.tellings.extend(other.tellings);
        self
    }
}

/// The observations as one series over all their hours, and over those of `days` where they are given.
fn truth(region: &str, observed: &Columns, days: Option<(NaiveDate, NaiveDate)>, zone: &Zone) -> Option<Series> {
    let asked = days.map(|(from, to)| (zone.first_hour(from), zone.first_hour(to) + 24));
    let ends = |c: &Column| (c.first, c.first + i64::try_from(c.values.len()).unwrap_or(0));
    let spans = || observed.values().map(ends).chain(asked);
    let (first, end) = (spans().map(|s| s.0).min()?, spans().map(|s| s.1).max()?);
    let mut truth = Series::new(region, first, usize::try_from(end - first).ok()?);
    truth.lay(observed, &Origin::Observed { feed: "observed".to_owned() });
    Some(truth)
}

/// Days on which the rule asked for something against days on which what was observed would have had it ask.
fn score(rule: &Rule, known: &Verdicts, episodes: &[Told], (from, to): (NaiveDate, NaiveDate), zone: &Zone) -> Score {
    let mut score = Score::default();
    let told = told::days(episodes.iter().filter(|e| e.rule == rule.id), zone);
    for day in from.iter_days().take_while(|day| *day <= to) {
        let first = zone.first_hour(day);
        let highest = |level: usize| {
            let answers = known.between(level, first, first + 24);
            // Hours that the data has not are unknown.
            let rest = (answers.len() < 24).then_some(Tri::Unknown);
            answers.iter().copied().chain(rest).max()
        };
        let observed = (0..rule.levels.len()).filter_map(highest).max().unwrap_or(Tri::Unknown);
        let observed = if rule.season.contains(day) { observed } else { Tri::False };
        match (observed, told.get(&day)) {
            (Tri::True, Some(lead_hours)) => {
                score.hits.push(day);
                score.lead_hours.push(*lead_hours);
            }
            (Tri::True, None) => score.misses.push(day),
            (Tri::False, Some(_)) => score.false_alarms.push(day),
            (Tri::Unknown, Some(_)) => score.unsaid.push(day),
            (Tri::False | Tri::Unknown, None) => {}
        }
    }
    score
}
