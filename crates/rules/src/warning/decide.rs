//! The decision itself.

use std::ops::Range;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::wanted::{Cell, Wanted, spans};
use super::{Action, Change, Decision, Episode, Situation, Span};
use crate::Shape;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period};

/// Why an episode ended at its told end while nothing could be said of the air.
pub const EXPIRED_STALE: &str = "warning.expired_stale";

/// Why nothing can be decided where no forecast can be used.
#[must_use]
pub fn no_forecast() -> Message {
    msg!("warning.no_forecast")
}

/// What was told is what would be told now.
pub(super) const UNCHANGED: &str = "warning.unchanged";

/// What the newest run takes back is still asked by the one before.
pub(super) const DOUBTED: &str = "warning.doubted";

/// What the newest run adds no other says so far.
pub(super) const UNSURE: &str = "warning.unsure";

/// What would be told otherwise is still too far ahead.
pub(super) const FAR: &str = "warning.far";

/// How long after its hour a cycle may still be at work.
const CYCLE: Duration = Duration::minutes(10);

/// Whether any told hour is asked no more, or at a lower level.
fn asks_less(told: &[Span], asked: &[Span]) -> bool {
    let asked = ByHour::of(asked);
    let hours = told.iter().flat_map(|span| {
        let Range { start, end } = span.period.starts();
        (start.0..end.0).map(move |hour| (Hour(hour), span.level))
    });
    hours.into_iter().any(|(hour, level)| asked.at(hour).is_none_or(|asked| asked.level > level))
}

/// Decides.
#[must_use]
pub fn decide(situation: &Situation<'_>) -> Decision {
    if situation.rule.standing {
        return situation.standing();
    }
    let wanted = Wanted::of(situation);
    match situation.episode {
        Some(episode) => situation.revise(episode, &wanted),
        None => situation.begin(&wanted),
    }
}

/// How the hours asked differ from those told, counted where a difference is near enough to act on.
#[derive(Debug, Default)]
struct Difference {
    added: u32,
    removed: u32,
    higher: u32,
    lower: u32,
    /// An official order came, went or changed.
    ordered: bool,
    /// Differences that are still too far ahead.
    far: u32,
    /// Hours fewer or lower in periods that begin too soon to be shortened for that alone.
    settled: u32,
    /// Of the added hours those for which tomorrow is too late.
    soon: u32,
}

/// Periods by the hours that start in them, of several the first: a decision asks hour by hour.
struct ByHour<'a> {
    first: Hour,
    hours: Vec<Option<&'a Span>>,
}

impl<'a> ByHour<'a> {
    fn of(spans: &'a [Span]) -> Self {
        let starts = || spans.iter().map(|span| span.period.starts());
        let first = starts().map(|hours| hours.start).min().unwrap_or(Hour(0));
        let place = |hour: Hour| usize::try_from(hour - first).unwrap_or(0);
        let mut hours = vec![None; starts().map(|hours| place(hours.end)).max().unwrap_or(0)];
        for span in spans.iter().rev() {
            let Range { start, end } = span.period.starts();
            hours[place(start)..place(end).max(place(start))].fill(Some(span));
        }
        Self { first, hours }
    }

    fn at(&self, hour: Hour) -> Option<&'a Span> {
        usize::try_from(hour - self.first).ok().and_then(|place| self.hours.get(place)).copied().flatten()
    }
}

impl Situation<'_> {
    /// First whole hour that a notice sent now can still ask for. A cycle takes minutes: those are no hour less.
    pub(super) fn first_useful(&self) -> Hour {
        self.useful_from(self.now)
    }

    /// The first hour that can still be kept when it is told at an instant.
    fn useful_from(&self, told: DateTime<Utc>) -> Hour {
        Hour::not_before(told + Duration::hours(i64::from(self.rule.lead_hours)) - CYCLE)
    }

    /// A rule that needs no forecast: told once for the whole season.
    fn standing(&self) -> Decision {
        if let Some(episode) = self.episode {
            return if episode.end().is_none_or(|end| end <= self.now) {
                Decision::new(Action::Expire, msg!("warning.expired"))
            } else {
                Decision::new(Action::Hold(None), msg!("warning.standing"))
            };
        }
        let useful = self.first_useful().start();
        let inside = |day: &NaiveDate| self.rule.season.contains(*day);
        let days = self.zone.day(self.now).iter_days().take_while(inside).take(366);
        let spans: Vec<Span> = days
            .filter_map(|day| {
                let period = self.shaped(day);
                Some(Span::own(Period::new(period.start.max(useful), period.end)?, 0))
            })
            .collect();
        if spans.is_empty() {
            return Decision::new(Action::Hold(None), msg!("warning.out_of_season"));
        }
        Decision::new(Action::Raise(spans), msg!("warning.standing_raised"))
    }

    /// The period that the rule asks for on a day: its clock window, else the whole day.
    pub(super) fn shaped(&self, day: NaiveDate) -> Period {
        let first = self.zone.first_hour(day);
        match self.rule.shape {
            Shape::Window(window) => window.on(day, self.zone),
            _ => Period { start: first.start(), end: (first + 24).start() },
        }
    }

    fn begin(&self, wanted: &Wanted) -> Decision {
        let ordered = self.orders.iter().any(|order| order.period.end > self.now);
        if !ordered && let Some(stale) = self.stale {
            return Decision::new(Action::Stale, stale.clone());
        }
        if !ordered && !self.rule.season.contains(self.zone.day(self.now)) {
            return Decision::new(Action::Hold(None), msg!("warning.out_of_season"));
        }
        let before = self.before_wanted();
        let all = self.linked_to(&[], self.asked(wanted, None, self.first_useful()));
        let spans = self.linked_to(&[], self.asked(wanted, before.as_ref(), self.first_useful()));
        let reason = match spans.first() {
            None if !all.is_empty() => {
                return Decision::new(Action::Hold(Some(all)), msg!(UNSURE).with("hours", self.rule.sure_hours));
            }
            None if wanted.gap_before(self.now + Duration::hours(24)) => {
                return Decision::new(Action::Stale, msg!("warning.gaps"));
            }
            None => return Decision::new(Action::Hold(None), msg!("warning.nothing")),
            Some(first) if first.period.start > self.near() && !first.ordered => {
                let reason = msg!("warning.far_first", hours = self.rule.ahead_hours);
                return Decision::new(Action::Hold(Some(spans)), reason);
            }
            Some(_) if spans.iter().any(|s| s.ordered) => msg!("warning.ordered"),
            Some(_) => msg!("warning.raised", level = self.level_name(&spans)),
        };
        Decision::new(Action::Raise(spans), reason)
    }

    fn revise(&self, episode: &Episode, wanted: &Wanted) -> Decision {
        let before = self.before_wanted();
        let target = self.target(episode, wanted, before.as_ref());
        let ahead = |spans: &[Span]| spans.iter().filter(|s| s.period.end > self.now).copied().collect::<Vec<_>>();
        let (told, asked) = (ahead(&episode.spans), ahead(&target));
        if told == asked {
            return match (told.is_empty(), self.stale) {
                (true, None) => Decision::new(Action::Expire, msg!("warning.expired")),
                (true, Some(_)) => Decision::new(Action::Expire, msg!(EXPIRED_STALE)),
                (false, None) if episode.unfounded && told.iter().any(|span| wanted.gap_in(span.period)) => {
                    Decision::new(Action::Hold(None), msg!("warning.unfounded"))
                }
                (false, None) => match self.target(episode, wanted, None) {
                    other if ahead(&other) != told => {
                        let reason = if asks_less(&told, &ahead(&other)) {
                            msg!(DOUBTED)
                        } else {
                            msg!(UNSURE).with("hours", self.rule.sure_hours)
                        };
                        Decision::new(Action::Hold(Some(other)), reason)
                    }
                    _ => Decision::new(Action::Hold(None), msg!(UNCHANGED)),
                },
                (false, Some(stale)) => Decision::new(Action::Stale, stale.clone()),
            };
        }
        if asked.is_empty() {
            return self.end(episode, &told, wanted);
        }
        let anew = episode.unfounded;
        let why = |reason| if anew { msg!("warning.anew", reason = reason) } else { reason };
        let difference = self.difference(&told, &asked, anew);
        // What rested on a forecast that is none any more is put right whatever it takes.
        let least = if anew { 1 } else { self.rule.material_hours };
        let material = difference.added.max(difference.removed + difference.lower) >= least;
        if difference.higher > 0 || difference.ordered {
            let reason = if difference.ordered {
                msg!("warning.ordered")
            } else {
                why(msg!("warning.upgraded", level = self.level_name(&asked)))
            };
            let change = if difference.higher > 0 { Change::Upgrade } else { Change::Update };
            return Decision::new(Action::Change(change, target), reason);
        }
        if !material {
            let reason = if difference.far > 0 {
                msg!("warning.far", hours = self.rule.ahead_hours)
            } else if difference.settled > 0 {
                msg!("warning.settled", hours = self.rule.settle_hours)
            } else {
                msg!("warning.not_material", hours = self.rule.material_hours)
            };
            return Decision::new(Action::Hold(Some(target)), reason);
        }
        let today = episode.changes_on(self.zone.day(self.now), self.zone);
        if !anew && today >= usize::try_from(self.rule.daily_revisions).unwrap_or(usize::MAX) {
            // The cap keeps a forecast that wanders from telling people again and again. Hours that come too soon for
            // tomorrow's letter can't wait for that; what gets better does, so that a wandering forecast tells each hour
            // once a day.
            if difference.soon >= least.max(1) {
                let reason = msg!("warning.extended_soon", count = today);
                return Decision::new(Action::Change(Change::Extend, self.grown(episode, &target)), reason);
            }
            return Decision::new(Action::Hold(Some(target)), msg!("warning.told_today", count = today));
        }
        let (change, reason) = match (difference.added, difference.removed, difference.lower) {
            (_, 0, 0) => (Change::Extend, msg!("warning.extended")),
            (0, 0, _) => (Change::Downgrade, msg!("warning.downgraded", level = self.level_name(&asked))),
            (0, ..) => (Change::Update, msg!("warning.shortened")),
            _ => (Change::Update, msg!("warning.moved")),
        };
        Decision::new(Action::Change(change, target), why(reason))
    }

    /// Nothing that was told is asked for any more.
    fn end(&self, episode: &Episode, told: &[Span], wanted: &Wanted) -> Decision {
        if told.iter().all(|s| s.ordered) {
            return Decision::new(Action::Lift, msg!("warning.order_ended"));
        }
        if episode.unfounded {
            return Decision::new(Action::Lift, msg!("warning.anew", reason = msg!("warning.unasked")));
        }
        let sure_until = self.now + Duration::hours(i64::from(self.rule.lift_hours));
        if wanted.clear_until(self) >= sure_until {
            Decision::new(Action::Lift, msg!("warning.lifted", hours = self.rule.lift_hours))
        } else {
            let reason = msg!("warning.not_yet_clear", hours = self.rule.lift_hours);
            Decision::new(Action::Hold(Some(Vec::new())), reason)
        }
    }

    /// Last beginning that is near enough for a period to be told for its own sake.
    fn near(&self) -> DateTime<Utc> {
        self.now + Duration::hours(i64::from(self.rule.ahead_hours))
    }

    /// Whether an hour that nobody was told of may be told: it does not lie too far ahead, and enough is left of what
    /// is asked on its day.
    fn is_worth(&self, hour: Hour) -> bool {
        let reach = Hour::containing(self.now + Duration::hours(i64::from(self.rule.reach_hours)));
        let (begins, hours) = (self.begins(hour), self.hours_a_day());
        let left = begins + hours - self.first_useful();
        begins <= reach && left >= hours.min(i64::from(self.rule.least_hours))
    }

    /// How many hours the rule asks for on a day.
    fn hours_a_day(&self) -> i64 {
        match self.rule.shape {
            Shape::Hours => 1,
            Shape::Days => 24,
            Shape::Window(window) => i64::from((window.to + 24 - window.from - 1) % 24 + 1),
        }
    }

    /// Last beginning that is near enough for a period behind what was told.
    fn near_behind(&self) -> DateTime<Utc> {
        self.now + Duration::hours(i64::from(self.rule.extend_hours))
    }

    /// Until when people have arranged themselves by what was told.
    fn settled(&self) -> DateTime<Utc> {
        self.now + Duration::hours(i64::from(self.rule.settle_hours)) - CYCLE
    }

    /// Until when hours begin for which tomorrow is too late: told at its beginning, people could not arrange themselves.
    fn soon(&self) -> Hour {
        self.zone.first_hour(self.zone.day(self.now)) + 24 + i64::from(self.rule.settle_hours.max(self.rule.lead_hours))
    }

    /// When what is asked of an hour begins: with its clock window or its day; an exact hour stands for itself.
    fn begins(&self, hour: Hour) -> Hour {
        let clock = self.zone.clock(hour);
        let since = match self.rule.shape {
            Shape::Days => clock,
            Shape::Window(window) if window.contains(clock) => (clock + 24 - window.from) % 24,
            Shape::Window(_) | Shape::Hours => 0,
        };
        hour + -i64::from(since)
    }

    /// What the runs before the newest asked for.
    fn before_wanted(&self) -> Option<Wanted> {
        let before = self.before.filter(|_| self.stale.is_none())?;
        Some(Wanted::of(&Situation { verdicts: before, before: None, ..*self }))
    }

    /// Whether an hour that nobody was told of may be told: it is near, or begins before the next decision could tell of
    /// it, or the run before did not say that it is clear.
    fn is_sure(&self, hour: Hour, before: Option<&Wanted>) -> bool {
        let near = Hour::containing(self.now + Duration::hours(i64::from(self.rule.sure_hours)));
        let begins = self.begins(hour);
        let now_or_never = self.next.is_none_or(|next| begins < self.useful_from(next));
        begins <= near || now_or_never || before.is_none_or(|before| before.at(hour) != Cell::Nothing)
    }

    /// What is asked from an hour on.
    fn asked(&self, wanted: &Wanted, before: Option<&Wanted>, from: Hour) -> Vec<Span> {
        let hours = (from.0..wanted.end().0).map(Hour).filter_map(|hour| match wanted.at(hour) {
            Cell::Asked { level, ordered } if ordered || self.is_worth(hour) && self.is_sure(hour, before) => {
                Some((hour, level, ordered))
            }
            _ => None,
        });
        spans(self, hours)
    }

    /// The told periods with what is asked now laid over them. What has begun, or begins too soon for people to rearrange
    /// themselves, only grows, unless it rested on a forecast that is none any more; what can't be said stays as told.
    fn target(&self, episode: &Episode, wanted: &Wanted, before: Option<&Wanted>) -> Vec<Span> {
        let (first, useful) = (wanted.first(), self.first_useful());
        let settled = Hour::not_before(self.settled());
        let known = ByHour::of(&episode.spans);
        let end = episode.end().map_or(first, Hour::containing).max(wanted.end());
        let hours = (first.0..end.0).map(Hour).filter_map(|hour| {
            let told = known.at(hour);
            let twice = self.rule.take_back_runs > 1;
            // The level that two runs in a row or the time left do not take back; the lower number is the higher level.
            let stays = |t: &Span| match before.map(|before| before.at(hour)) {
                _ if self.begins(hour) < settled => Some(t.level),
                Some(Cell::Asked { level, .. }) if twice => Some(level.max(t.level)),
                Some(Cell::Unknown) if twice => Some(t.level),
                _ => None,
            };
            let kept = told.filter(|t| !episode.unfounded && !t.ordered).and_then(stays);
            match (wanted.at(hour), told) {
                (Cell::Asked { level, ordered: false }, _) if kept.is_some_and(|kept| kept < level) => {
                    kept.map(|level| (hour, level, false))
                }
                (Cell::Asked { level, ordered }, Some(_)) => Some((hour, level, ordered)),
                (Cell::Asked { level, ordered }, None) => (hour >= useful
                    && (ordered || self.is_worth(hour) && self.is_sure(hour, before)))
                .then_some((hour, level, ordered)),
                (Cell::Unknown, Some(told)) if !told.ordered => Some((hour, told.level, false)),
                _ => kept.map(|level| (hour, level, false)),
            }
        });
        self.laid(episode, first, spans(self, hours))
    }

    /// The told periods with those of a target laid over them where they ask for more.
    fn grown(&self, episode: &Episode, target: &[Span]) -> Vec<Span> {
        let (known, asked) = (ByHour::of(&episode.spans), ByHour::of(target));
        let first = Hour::containing(self.now);
        let end = episode.spans.iter().chain(target).map(|s| s.period.end).max().map_or(first, Hour::containing);
        let hours = (first.0..end.0).map(Hour).filter_map(|hour| {
            // The lower number is the higher level.
            let span = match (known.at(hour), asked.at(hour)) {
                (Some(told), Some(asked)) if told.level < asked.level => told,
                (told, asked) => asked.or(told)?,
            };
            Some((hour, span.level, span.ordered))
        });
        self.laid(episode, first, spans(self, hours))
    }

    /// The periods from an hour on, behind those of an episode that are over by then.
    fn laid(&self, episode: &Episode, first: Hour, mut ahead: Vec<Span>) -> Vec<Span> {
        let mut target: Vec<Span> = episode.spans.iter().filter(|s| s.period.end <= first.start()).copied().collect();
        // A period that has begun keeps its beginning.
        if let (Some(begun), Some(span)) =
            (ByHour::of(&episode.spans).at(first), ahead.first_mut().filter(|s| s.period.start == first.start()))
            && begun.level == span.level
            && begun.ordered == span.ordered
        {
            span.period.start = begun.period.start;
        }
        target.extend(self.linked_to(&episode.spans, ahead));
        target
    }

    /// The spans that belong to the episode: those that were told or are ordered, and those with no more than
    /// `merge_days` quiet days between them and one that belongs. Of a new episode the first one does.
    fn linked_to(&self, told: &[Span], spans: Vec<Span>) -> Vec<Span> {
        let known = |span: &Span| span.ordered || told.iter().any(|t| t.period.intersect(&span.period).is_some());
        let mut belongs: Vec<bool> = spans.iter().map(known).collect();
        if told.is_empty() && !belongs.contains(&true) {
            belongs.iter_mut().take(1).for_each(|first| *first = true);
        }
        let joined = |a: &Span, b: &Span| self.linked(a.period, b.period);
        for (place, span) in spans.iter().enumerate() {
            let after_told = told.iter().any(|t| t.period.end <= span.period.start && joined(t, span));
            let after_kept = place.checked_sub(1).is_some_and(|before| belongs[before] && joined(&spans[before], span));
            belongs[place] |= after_told || after_kept;
        }
        for place in (1..spans.len()).rev() {
            belongs[place - 1] |= belongs[place] && joined(&spans[place - 1], &spans[place]);
        }
        spans.into_iter().zip(belongs).filter_map(|(span, belongs)| belongs.then_some(span)).collect()
    }

    /// Whether no more than `merge_days` quiet days lie between two periods.
    fn linked(&self, earlier: Period, later: Period) -> bool {
        let last_day = self.zone.day(earlier.end - Duration::seconds(1));
        let gap = (self.zone.day(later.start) - last_day).num_days();
        gap <= i64::from(self.rule.merge_days) + 1
    }

    /// Told and asked compared hour by hour. Of what is to be put right nothing told is too far ahead or too near.
    fn difference(&self, told: &[Span], asked: &[Span], anew: bool) -> Difference {
        let (by_told, by_asked) = (ByHour::of(told), ByHour::of(asked));
        let (near, near_behind) = (self.near(), self.near_behind());
        let (settled, soon) = (self.settled(), self.soon());
        let last = told.iter().map(|s| s.period.end).max().map_or(Hour::containing(self.now), Hour::containing);
        let ends = told.iter().chain(asked).map(|s| s.period.end).max().unwrap_or(self.now);
        let highest = told.iter().map(|s| s.level).min().unwrap_or(0);
        let mut difference = Difference::default();
        for hour in (Hour::containing(self.now).0..Hour::containing(ends).0).map(Hour) {
            let (before, after) = (by_told.at(hour), by_asked.at(hour));
            let (level_before, level_after) = (before.map(|s| s.level), after.map(|s| s.level));
            difference.ordered |= level_before != level_after && [before, after].iter().flatten().any(|s| s.ordered);
            let near = if before.is_none() && hour >= last { near_behind } else { near };
            let near = [before, after].iter().flatten().any(|s| s.period.start <= near) || anew && before.is_some();
            let count = match (level_before, level_after) {
                (a, b) if a == b => continue,
                _ if !near => &mut difference.far,
                (Some(a), Some(b)) if b < a => &mut difference.higher,
                (None, Some(b)) if b < highest => &mut difference.higher,
                (Some(_), _) if !anew && before.is_some_and(|b| b.period.start < settled) => &mut difference.settled,
                (Some(_), Some(_)) => &mut difference.lower,
                (None, Some(_)) => &mut difference.added,
                _ => &mut difference.removed,
            };
            *count += 1;
            let is_new = near && level_before.is_none() && level_after.is_some();
            difference.soon += u32::from(is_new && self.begins(hour) < soon);
        }
        difference
    }

    fn level_name(&self, spans: &[Span]) -> String {
        let highest = spans.iter().map(|s| s.level).min().unwrap_or(0);
        self.rule.levels.get(highest).map_or_else(String::new, |l| l.name.clone())
    }
}
