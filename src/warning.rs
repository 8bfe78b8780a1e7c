//! Warning periods: from hourly verdicts to what people are told, and why.
//!
//! In: a rule, its verdicts, the open episode of its kind and region if there is one, and `now`.
//! Out: one [`Decision`] with its reason. Can't happen: a lift because a forecast is missing (unknown is never clear);
//! two open episodes of one kind and region (the store has a unique index); a change of what has already begun.

use std::fmt;

use chrono::{DateTime, Duration, NaiveDate, Timelike, Utc};

use crate::msg;
use crate::rules::expr::Tri;
use crate::rules::{Rule, Shape, Verdicts};
use crate::text::Message;
use crate::time::{Hour, Period, Zone};

/// Identity of an episode: kind, region, the local day it was first told and an ordinal. Its hours are content
/// (design decision 4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpisodeId {
    /// Kind of the rule.
    pub kind: String,
    /// Region identifier.
    pub region: String,
    /// Local day it was first told.
    pub day: NaiveDate,
    /// 1 for the first episode of that kind, region and day.
    pub ordinal: u32,
}

impl fmt::Display for EpisodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", self.kind, self.region, self.day.format("%Y%m%d"), self.ordinal)
    }
}

/// A period at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When.
    pub period: Period,
    /// Index of the level in the rule, 0 being the highest.
    pub level: usize,
}

/// An open episode as it was last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode {
    /// Identity.
    pub id: EpisodeId,
    /// The rule it began with.
    pub rule: String,
    /// The set of rules it began with, by number.
    pub rule_set: i64,
    /// Number of the last revision told, from 1.
    pub revision: u32,
    /// The periods last told.
    pub spans: Vec<Span>,
    /// When the last revision was told.
    pub told_at: DateTime<Utc>,
}

impl Episode {
    /// The instant after its last told period.
    #[must_use]
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.spans.iter().map(|s| s.period.end).max()
    }
}

/// What a decision does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A new episode with these periods.
    Raise(Vec<Span>),
    /// The same episode with other periods.
    Update(Vec<Span>),
    /// Ends before its told end.
    Lift,
    /// Its told end has come; nobody is told.
    Expire,
    /// Nothing that must be told.
    Hold,
    /// Can't say.
    Stale,
}

impl Action {
    /// The word in a table.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Raise(_) => msg!("action.raise"),
            Self::Update(_) => msg!("action.update"),
            Self::Lift => msg!("action.lift"),
            Self::Expire => msg!("action.expire"),
            Self::Hold => msg!("action.hold"),
            Self::Stale => msg!("action.stale"),
        }
    }

    /// The word in the database and in `--json`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Raise(_) => "raise",
            Self::Update(_) => "update",
            Self::Lift => "lift",
            Self::Expire => "expire",
            Self::Hold => "hold",
            Self::Stale => "stale",
        }
    }
}

/// What to do about one rule in one region, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub action: Action,
    /// Why.
    pub reason: Message,
}

impl Decision {
    const fn new(action: Action, reason: Message) -> Self {
        Self { action, reason }
    }
}

/// All that a decision looks at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its verdicts on the region.
    pub verdicts: &'a Verdicts,
    /// Why the forecast can't be trusted, if it can't.
    pub stale: Option<&'a Message>,
    /// The open episode of the rule's kind and the region.
    pub episode: Option<&'a Episode>,
    /// The site's zone.
    pub zone: &'a Zone,
    /// The instant of the decision.
    pub now: DateTime<Utc>,
}

/// Hours before its start from which a told period is no longer taken back: people have arranged themselves.
const SETTLED_HOURS: i64 = 12;

/// Decides.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Decision {
    if situation.rule.standing {
        return situation.standing();
    }
    match (situation.episode, situation.stale) {
        (Some(episode), stale) if stale.is_some() => match episode.end() {
            Some(end) if situation.now < end => {
                Decision::new(Action::Stale, stale.cloned().unwrap_or(msg!("warning.stale")))
            }
            _ => Decision::new(Action::Expire, msg!("warning.expired_stale")),
        },
        (None, Some(stale)) => Decision::new(Action::Stale, stale.clone()),
        (Some(episode), _) => situation.revise(episode),
        (None, None) => situation.begin(),
    }
}

impl Situation<'_> {
    /// First whole hour that a notice sent now can still ask for.
    fn first_useful(&self) -> DateTime<Utc> {
        let at = self.now + Duration::hours(i64::from(self.rule.lead_hours));
        let hour = Hour::containing(at).start();
        if hour == at { at } else { hour + Duration::hours(1) }
    }

    /// A rule that needs no forecast: told once for the whole season.
    fn standing(&self) -> Decision {
        if let Some(episode) = self.episode {
            return if episode.end().is_none_or(|end| end <= self.now) {
                Decision::new(Action::Expire, msg!("warning.expired"))
            } else {
                Decision::new(Action::Hold, msg!("warning.standing"))
            };
        }
        let useful = self.first_useful();
        let inside = |day: &NaiveDate| self.rule.season.contains(*day);
        let days = self.zone.day(self.now).iter_days().take_while(inside).take(366);
        let spans: Vec<Span> = days
            .filter_map(|day| {
                let period = self.shaped(day);
                Some(Span { period: Period::new(period.start.max(useful), period.end)?, level: 0 })
            })
            .collect();
        if spans.is_empty() {
            return Decision::new(Action::Hold, msg!("warning.out_of_season"));
        }
        Decision::new(Action::Raise(spans), msg!("warning.standing_raised"))
    }

    /// The period that the rule asks for on a day: its clock window, else the whole day.
    fn shaped(&self, day: NaiveDate) -> Period {
        let first = self.zone.first_hour(day);
        match self.rule.shape {
            Shape::Window(window) => window.on(day, self.zone),
            _ => Period { start: first.start(), end: (first + 24).start() },
        }
    }

    fn begin(&self) -> Decision {
        if !self.rule.season.contains(self.zone.day(self.now)) {
            return Decision::new(Action::Hold, msg!("warning.out_of_season"));
        }
        let useful = self.first_useful();
        let mut spans: Vec<Span> = Vec::new();
        let wanted = self.wanted();
        for span in wanted.spans {
            let Some(period) = Period::new(span.period.start.max(useful), span.period.end) else { continue };
            if spans.last().is_none_or(|last| self.linked(last.period, period)) {
                spans.push(Span { period, ..span });
            }
        }
        let soon = self.now + Duration::hours(24);
        let gap = wanted.unknown.iter().any(|u| u.start < soon && u.end > self.now);
        if spans.is_empty() && gap {
            Decision::new(Action::Stale, msg!("warning.gaps"))
        } else if spans.is_empty() {
            Decision::new(Action::Hold, msg!("warning.nothing"))
        } else {
            let reason = msg!("warning.raised", level = self.level_name(&spans), lead = self.rule.lead_hours);
            Decision::new(Action::Raise(spans), reason)
        }
    }

    fn revise(&self, episode: &Episode) -> Decision {
        let wanted = self.wanted();
        let target = self.target(episode, &wanted);
        let ended = episode.end().is_none_or(|end| end <= self.now);
        if target == episode.spans {
            return if ended {
                Decision::new(Action::Expire, msg!("warning.expired"))
            } else {
                Decision::new(Action::Hold, msg!("warning.unchanged"))
            };
        }
        let ahead = |spans: &[Span]| spans.iter().filter(|s| s.period.end > self.now).copied().collect::<Vec<_>>();
        let (told, asked) = (ahead(&episode.spans), ahead(&target));
        if asked.is_empty() {
            let sure_until = self.now + Duration::hours(i64::from(self.rule.lift_hours));
            return if wanted.clear_until >= sure_until {
                Decision::new(Action::Lift, msg!("warning.lifted", hours = self.rule.lift_hours))
            } else {
                Decision::new(Action::Hold, msg!("warning.not_yet_clear", hours = self.rule.lift_hours))
            };
        }
        let added = asked.iter().any(|a| !told.iter().any(|t| t.period.intersect(&a.period).is_some()));
        let higher =
            asked.iter().any(|a| told.iter().any(|t| t.period.intersect(&a.period).is_some() && a.level < t.level));
        let told_today = episode.revision > 1 && self.zone.day(episode.told_at) == self.zone.day(self.now);
        if told_today && !higher {
            return Decision::new(Action::Hold, msg!("warning.told_today"));
        }
        let reason = if higher {
            msg!("warning.upgraded", level = self.level_name(&asked))
        } else if added {
            msg!("warning.extended")
        } else {
            msg!("warning.shortened")
        };
        Decision::new(Action::Update(target), reason)
    }

    /// The told periods with what the forecast now says of those that have not begun; linked new ones added.
    fn target(&self, episode: &Episode, wanted: &Wanted) -> Vec<Span> {
        let settled = self.now + Duration::hours(SETTLED_HOURS);
        let mut target: Vec<Span> = Vec::new();
        for told in &episode.spans {
            let begun = told.period.start <= self.now;
            let now_says = wanted.spans.iter().find(|w| w.period.intersect(&told.period).is_some());
            let unknown = wanted.unknown.iter().any(|u| u.intersect(&told.period).is_some());
            match now_says {
                Some(span) if !begun => target.push(*span),
                _ if begun || unknown || told.period.start < settled => target.push(*told),
                _ => {}
            }
        }
        let useful = self.first_useful();
        for span in &wanted.spans {
            let Some(period) = Period::new(span.period.start.max(useful), span.period.end) else { continue };
            let known = episode.spans.iter().any(|t| t.period.intersect(&span.period).is_some());
            let anchor = target.last().or(episode.spans.last());
            if !known && anchor.is_some_and(|last| self.linked(last.period, period)) {
                target.push(Span { period, ..*span });
            }
        }
        target.sort_by_key(|s| s.period.start);
        target.dedup();
        target
    }

    /// Whether two periods belong to one episode: no more than `merge_days` quiet days lie between them.
    fn linked(&self, earlier: Period, later: Period) -> bool {
        let last_day = self.zone.day(earlier.end - Duration::seconds(1));
        let gap = (self.zone.day(later.start) - last_day).num_days();
        gap <= i64::from(self.rule.merge_days) + 1
    }

    fn level_name(&self, spans: &[Span]) -> String {
        let highest = spans.iter().map(|s| s.level).min().unwrap_or(0);
        self.rule.levels.get(highest).map_or_else(String::new, |l| l.name.clone())
    }

    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted { spans: Vec::new(), unknown: Vec::new(), clear_until: self.now };
        match self.rule.shape {
            Shape::Hours => self.wanted_hours(&mut wanted),
            Shape::Days | Shape::Window(_) => self.wanted_days(&mut wanted),
        }
        let mut hour = Hour::containing(self.now);
        while hour < self.verdicts.end() && self.verdicts.clear(hour) {
            hour = hour + 1;
            wanted.clear_until = hour.start();
        }
        wanted
    }

    /// The highest level that holds at an hour; else whether that is known.
    fn answer(&self, hour: Hour) -> (Tri, usize) {
        let mut unknown = false;
        for level in 0..self.rule.levels.len() {
            match self.verdicts.at(level, hour) {
                Tri::True => return (Tri::True, level),
                Tri::Unknown => unknown = true,
                Tri::False => {}
            }
        }
        (if unknown { Tri::Unknown } else { Tri::False }, 0)
    }

    fn wanted_hours(&self, wanted: &mut Wanted) {
        let mut hour = Hour::containing(self.now);
        while hour < self.verdicts.end() {
            let Some(period) = Period::hours(hour, 1) else { break };
            match self.answer(hour) {
                (Tri::True, level) => match wanted.spans.last_mut() {
                    Some(last) if last.period.end == period.start && last.level == level => {
                        last.period.end = period.end;
                    }
                    _ => wanted.spans.push(Span { period, level }),
                },
                (Tri::Unknown, _) => wanted.unknown.push(period),
                (Tri::False, _) => {}
            }
            hour = hour + 1;
        }
        let end = self.verdicts.end().start();
        wanted.unknown.push(Period { start: end, end: DateTime::<Utc>::MAX_UTC });
    }

    fn wanted_days(&self, wanted: &mut Wanted) {
        let today = self.zone.day(self.now);
        let last = self.zone.day_of(self.verdicts.end() + -1);
        for day in today.iter_days().take_while(|d| *d <= last) {
            let first = self.zone.first_hour(day);
            let answers: Vec<(Tri, usize)> = (0..24).map(|h| self.answer(first + h)).collect();
            let period = self.shaped(day);
            let levels = answers.iter().filter(|(tri, _)| *tri == Tri::True).map(|(_, level)| *level);
            if let Some(level) = levels.min() {
                wanted.spans.push(Span { period, level });
            } else if answers.iter().any(|(tri, _)| *tri == Tri::Unknown) {
                wanted.unknown.push(period);
            }
        }
        let after = self.zone.first_hour(last).start() + Duration::days(1);
        wanted.unknown.push(Period { start: after, end: DateTime::<Utc>::MAX_UTC });
    }
}

/// What the verdicts ask for from now on.
struct Wanted {
    spans: Vec<Span>,
    unknown: Vec<Period>,
    /// First instant from now on that is not known to speak for a lift.
    clear_until: DateTime<Utc>,
}

/// The periods as people say them: equal clock hours on consecutive days are said once.
/// `9月13日至9月16日每日10:00—17:00；9月18日12:00—17:00`.
#[must_use]
pub fn spans_words(spans: &[Span], zone: &Zone, lang: crate::text::Lang) -> String {
    let mut parts: Vec<Message> = Vec::new();
    let mut rest = spans;
    while let Some(first) = rest.first() {
        let clock = |s: &Span| (zone.local(s.period.start).time(), s.period.end - s.period.start);
        let day = |s: &Span| zone.day(s.period.start);
        let run = rest
            .iter()
            .enumerate()
            .take_while(|(i, s)| {
                let days = i64::try_from(*i).unwrap_or(0);
                clock(s) == clock(first) && (day(s) - day(first)).num_days() == days
            })
            .count()
            .max(1);
        let whole_days = zone.local(first.period.start).hour() == 0 && first.period.whole_hours() == 24;
        let last = rest.get(run - 1).unwrap_or(first);
        let (from, to) = (crate::time::day_words(day(first), lang), crate::time::day_words(day(last), lang));
        parts.push(if run == 1 {
            Message::new("time.plain").with("text", zone.period_words(&first.period, lang))
        } else if whole_days {
            let all = Period { start: first.period.start, end: last.period.end };
            Message::new("time.plain").with("text", zone.period_words(&all, lang))
        } else {
            let start = zone.local(first.period.start).format("%H:%M").to_string();
            let end = zone.local(first.period.end);
            let end = if end.hour() == 0 { "24:00".to_owned() } else { end.format("%H:%M").to_string() };
            msg!("time.daily", from = from, to = to, start = start, end = end)
        });
        rest = rest.get(run..).unwrap_or(&[]);
    }
    let joined: Vec<String> = parts.iter().map(|m| m.text(lang)).collect();
    joined.join(if lang == crate::text::Lang::Zh { "；" } else { "; " })
}

#[cfg(test)]
mod tests;
