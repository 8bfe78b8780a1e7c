//! The slow and obvious evaluator that tests hold [`eval()`](super::eval()) against: one hour at a time, by recursion,
//! an answer being `Some(true)`, `Some(false)` or `None`. A value that is not known exactly is tried at every place
//! where the answer could turn; only if all tries agree is there an answer.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};

use super::{Context, Expr, Fold, Length, Node, Operator, Quantity, Source, Test, Tri};
use cuofeng_air::forecast::Variable;
use cuofeng_aqi::{Averaging, Index, Pollutant, Validity, round_05up};
use cuofeng_base::time::Hour;

/// A fraction in thousandths.
type Ratio = (i128, i128);

pub(super) struct Reference<'c, 'a> {
    context: &'c Context<'a>,
    memo: RefCell<HashMap<(*const Expr, i64), Option<bool>>>,
}

/// The ends between which a value lies.
#[derive(Clone, Copy)]
struct Ends {
    low: Option<Ratio>,
    high: Option<Ratio>,
}

impl Ends {
    const NONE: Self = Self { low: None, high: None };

    fn exact(value: Ratio) -> Self {
        Self { low: Some(value), high: Some(value) }
    }
}

fn at_most(a: Ratio, b: Ratio) -> bool {
    a.0 * b.1 <= b.0 * a.1
}

fn satisfies(value: Ratio, test: Test) -> bool {
    let bar = |t: i64| (i128::from(t), 1);
    match test {
        Test::Is(operator, t) => {
            let (no_more, no_less) = (at_most(value, bar(t)), at_most(bar(t), value));
            match operator {
                Operator::Above => !no_more,
                Operator::AtLeast => no_less,
                Operator::Below => !no_less,
                Operator::AtMost => no_more,
                Operator::Equal => no_more && no_less,
                Operator::NotEqual => !(no_more && no_less),
            }
        }
        Test::Between(from, to) => {
            let (after, before) = (at_most(bar(from), value), at_most(value, bar(to)));
            if from <= to { after && before } else { after || before }
        }
    }
}

fn agree(answers: impl IntoIterator<Item = bool>) -> Option<bool> {
    let mut answers = answers.into_iter();
    let first = answers.next()?;
    answers.all(|answer| answer == first).then_some(first)
}

impl<'c, 'a> Reference<'c, 'a> {
    pub(super) fn new(context: &'c Context<'a>) -> Self {
        Self { context, memo: RefCell::default() }
    }

    pub(super) fn column(&self, expr: &Expr) -> Vec<Tri> {
        (0..self.hours()).map(|at| self.at(expr, at).map_or(Tri::Unknown, Tri::from)).collect()
    }

    fn hours(&self) -> i64 {
        i64::try_from(self.context.series.hours).expect("a short series")
    }

    fn hour(&self, at: i64) -> Hour {
        self.context.series.first + at
    }

    fn day(&self, at: i64) -> NaiveDate {
        self.context.zone.day_of(self.hour(at))
    }

    fn validity(&self, day: NaiveDate) -> Validity {
        self.context.standards.on(day).map_or(Validity::GB_3095, |standard| standard.validity)
    }

    /// The answer in an hour; nothing is known outside the series.
    fn at(&self, expr: &Expr, at: i64) -> Option<bool> {
        if !(0..self.hours()).contains(&at) {
            return None;
        }
        let key = (std::ptr::from_ref(expr), at);
        let known = self.memo.borrow().get(&key).copied();
        known.unwrap_or_else(|| {
            let answer = self.work_out(expr, at);
            self.memo.borrow_mut().insert(key, answer);
            answer
        })
    }

    fn work_out(&self, expr: &Expr, at: i64) -> Option<bool> {
        match &expr.node {
            Node::All(parts) => {
                let answers: Vec<_> = parts.iter().map(|part| self.at(part, at)).collect();
                if answers.contains(&Some(false)) {
                    return Some(false);
                }
                answers.iter().all(Option::is_some).then_some(true)
            }
            Node::Any(parts) => {
                let answers: Vec<_> = parts.iter().map(|part| self.at(part, at)).collect();
                if answers.contains(&Some(true)) {
                    return Some(true);
                }
                answers.iter().all(Option::is_some).then_some(false)
            }
            Node::Not(inner) => self.at(inner, at).map(|answer| !answer),
            Node::Lasts(inner, Length::Hours(hours)) => {
                let inside = |place: i64| (0..self.hours()).contains(&place);
                run(at, i64::from(*hours), &inside, &|place| self.at(inner, place))
            }
            Node::Lasts(inner, Length::Days(days)) => {
                let first = self.day(0);
                let last = self.day(self.hours() - 1);
                let date = |number: i64| first + chrono::Duration::days(number);
                let inside = |number: i64| number >= 0 && date(number) <= last;
                let number = (self.day(at) - first).num_days();
                run(number, i64::from(*days), &inside, &|number| self.whole_day(inner, date(number)))
            }
            Node::Within(inner, hours) => {
                let answers: Vec<_> = (at..at + i64::from(*hours)).map(|place| self.at(inner, place)).collect();
                if answers.contains(&Some(true)) {
                    return Some(true);
                }
                answers.iter().all(Option::is_some).then_some(false)
            }
            Node::Compare(quantity, test) => self.compare(*quantity, *test, at),
            Node::Hours(window) => Some(window.contains(self.context.zone.clock(self.hour(at)))),
            Node::Months { from, to } => {
                let month = self.day(at).month();
                let mut months = vec![*from];
                while months.last() != Some(to) {
                    months.push(months.last().expect("the first month") % 12 + 1);
                }
                Some(months.contains(&month))
            }
            Node::Workday => self.context.workdays.and_then(|workday| workday(self.day(at))),
            Node::Primary { pollutant, is } => {
                let index = self.context.series.daily_index(self.day(at), self.context.zone, self.context.standards)?;
                let possible = primaries(&index);
                let found = possible.iter().map(|names| {
                    let ozone = *pollutant == Variable::O3 && names.contains(&Pollutant::O38h);
                    ozone || names.iter().any(|p| p.name() == pollutant.name())
                });
                agree(found.map(|found| found == *is))
            }
            Node::Order(operator, tier) => {
                let start = self.hour(at).start();
                let rank = self.context.orders.iter().filter(|o| o.period.start <= start && start < o.period.end);
                let rank = rank.map(|order| order.tier as i64 + 1).max().unwrap_or(0);
                Some(satisfies((i128::from(rank), 1), Test::Is(*operator, *tier as i64 + 1)))
            }
        }
    }

    fn whole_day(&self, expr: &Expr, day: NaiveDate) -> Option<bool> {
        let places: Vec<i64> = (0..self.hours()).filter(|at| self.day(*at) == day).collect();
        let answers: Vec<_> = places.iter().map(|at| self.at(expr, *at)).collect();
        if answers.contains(&Some(false)) {
            return Some(false);
        }
        let complete = places.len() == 24 || daily(expr);
        (complete && answers.iter().all(Option::is_some)).then_some(true)
    }

    fn compare(&self, quantity: Quantity, test: Test, at: i64) -> Option<bool> {
        let ends = compared(self.ends(quantity, at), quantity.unit());
        if let (Some(low), Some(high)) = (ends.low, ends.high)
            && at_most(high, low)
        {
            return Some(satisfies(low, test));
        }
        if ends.low.is_none() && ends.high.is_none() {
            return None;
        }
        // Everything between the ends is possible: try the ends, the far ends, and both sides of each threshold.
        let far = 1_000_000_000_000_i128;
        let mut tries: Vec<Ratio> = vec![(far, 1), (-far, 1)];
        tries.extend(ends.low);
        tries.extend(ends.high);
        let thresholds = match test {
            Test::Is(_, t) => vec![t],
            Test::Between(from, to) => vec![from, to],
        };
        for threshold in thresholds {
            let finest = i128::from(threshold) * 1_000_000;
            tries.extend([(finest - 1, 1_000_000), (finest, 1_000_000), (finest + 1, 1_000_000)]);
        }
        let possible = |value: &Ratio| {
            ends.low.is_none_or(|low| at_most(low, *value)) && ends.high.is_none_or(|high| at_most(*value, high))
        };
        agree(tries.into_iter().filter(possible).map(|value| satisfies(value, test)))
    }

    fn ends(&self, quantity: Quantity, at: i64) -> Ends {
        match quantity {
            Quantity::Hour(source) => self.hourly(source, at),
            Quantity::Day(Fold::Max, Source::Ozone8h) => self.daily_ozone(at),
            Quantity::Day(_, Source::Ozone8h) => Ends::NONE,
            Quantity::Day(fold, source) => {
                let day = self.day(at);
                let start = self.context.zone.first_hour(day) - self.context.series.first;
                let values = self.present(source, start, start + 24);
                let needed = self.validity(day).day_hours;
                let open = self.open(source, start, start + 24);
                let ends = folded(fold, &values, needed, open, (24, source));
                self.bounded(fold, source, (start, start + 24), ends)
            }
            Quantity::Trailing(fold, source, hours) => {
                let values = self.present(source, at - i64::from(hours) + 1, at + 1);
                let needed = (3 * usize::try_from(hours).expect("hours")).div_ceil(4);
                let open = self.open(source, (at - i64::from(hours) + 1).max(0), at + 1);
                let ends = folded(fold, &values, needed, open, (i128::from(hours), source));
                self.bounded(fold, source, (at - i64::from(hours) + 1, at + 1), ends)
            }
            Quantity::Aqi => {
                let day = self.day(at);
                let index = self.context.series.daily_index(day, self.context.zone, self.context.standards);
                index.map_or(Ends::NONE, |index| index_ends(&index))
            }
        }
    }

    /// The exact values of the hours `[start, end)`, without those outside the series.
    fn present(&self, source: Source, start: i64, end: i64) -> Vec<Ratio> {
        let exact = |at: i64| {
            let ends = self.hourly(source, at);
            ends.low.filter(|low| ends.high == Some(*low))
        };
        (start..end).filter(|at| (0..self.hours()).contains(at)).filter_map(exact).collect()
    }

    /// A maximum is no smaller than what an hour that is not known exactly is no smaller than.
    fn bounded(&self, fold: Fold, source: Source, (start, end): (i64, i64), ends: Ends) -> Ends {
        let hours = (start..end).filter(|at| (0..self.hours()).contains(at)).map(|at| self.hourly(source, at));
        let lows = hours.filter(|ends| ends.high.is_none()).filter_map(|ends| ends.low);
        let Some(low) = lows.reduce(|a, b| if at_most(a, b) { b } else { a }).filter(|_| fold == Fold::Max) else {
            return ends;
        };
        if ends.low.is_some_and(|known| at_most(low, known)) { ends } else { Ends { low: Some(low), high: None } }
    }

    /// How many hours of `[start, end)` have not come and are not there.
    fn open(&self, source: Source, start: i64, end: i64) -> usize {
        let comes = |at: &i64| self.hour(*at).0 >= self.context.series.present.0;
        (start..end).filter(comes).filter(|at| self.present(source, *at, at + 1).is_empty()).count()
    }

    fn hourly(&self, source: Source, at: i64) -> Ends {
        let series = self.context.series;
        match source {
            Source::Variable(variable) => {
                series.value(variable, self.hour(at)).map_or(Ends::NONE, |v| Ends::exact((i128::from(v), 1)))
            }
            Source::Ozone8h => {
                let needed = self.validity(self.day(at)).o3_8h_hours;
                self.ozone_ends(at, needed)
            }
            Source::AqiHour => {
                let day = self.day(at);
                let Some(standard) = self.context.standards.on(day) else { return Ends::NONE };
                let values = Pollutant::ALL.map(|pollutant| {
                    let value = if let Some(variable) = Variable::named(pollutant.name()) {
                        series.value(variable, self.hour(at)).map(i64::from)
                    } else {
                        let ends = self.ozone_ends(at, standard.validity.o3_8h_hours);
                        ends.high.and(ends.low).map(|(sum, count)| {
                            let (sum, count) = (i64::try_from(sum), i64::try_from(count));
                            round_05up(sum.expect("a small sum"), count.expect("a small count"))
                        })
                    };
                    (pollutant, value)
                });
                let stated = series.value(Variable::AqiHour, self.hour(at)).map(|aqi| (i128::from(aqi), 1));
                let found = index_ends(&standard.index(Averaging::Hour, &values));
                match (found.high, stated, found.low) {
                    (None, Some(stated), Some(low)) => Ends::exact(if at_most(low, stated) { stated } else { low }),
                    (None, Some(stated), None) => Ends::exact(stated),
                    _ => found,
                }
            }
            Source::Fires(metres) => {
                let count = self.context.fires.and_then(|fires| fires(self.hour(at), metres));
                count.map_or(Ends::NONE, |count| Ends::exact((i128::from(count) * 1000, 1)))
            }
        }
    }

    fn ozone_mean(&self, last: i64, needed: usize) -> Option<Ratio> {
        let values: Vec<i32> =
            (last - 7..=last).filter_map(|at| self.context.series.value(Variable::O3, self.hour(at))).collect();
        let count = i128::try_from(values.len()).ok()?;
        let sum: i128 = values.iter().map(|v| i128::from(*v)).sum();
        (values.len() >= needed && count > 0).then_some((sum, count))
    }

    /// The mean of the eight hours that end with one; of hours that have not come nothing is known but that they are no
    /// less than nothing.
    fn ozone_ends(&self, last: i64, needed: usize) -> Ends {
        let open = self.open(Source::Variable(Variable::O3), last - 7, last + 1);
        if open == 0 {
            return self.ozone_mean(last, needed).map_or(Ends::NONE, Ends::exact);
        }
        let low = self.ozone_mean(last, needed.saturating_sub(open)).map(|(sum, _)| (sum, 8));
        Ends { low, high: None }
    }

    fn daily_ozone(&self, at: i64) -> Ends {
        let day = self.day(at);
        let validity = self.validity(day);
        let start = self.context.zone.first_hour(day) - self.context.series.first;
        let [first, last] = validity.o3_8h_starts;
        let means = (first..=last).map(|begins| self.ozone_ends(start + begins + 7, validity.o3_8h_hours));
        let (exact, bounds): (Vec<Ends>, Vec<Ends>) =
            means.filter(|ends| ends.low.is_some()).partition(|ends| ends.high.is_some());
        let all: Vec<Ratio> = exact.iter().chain(&bounds).filter_map(|ends| ends.low).collect();
        let open = self.open(Source::Variable(Variable::O3), start + first, start + last + 8);
        if exact.len() >= validity.o3_8h_windows && open == 0 {
            folded(Fold::Max, &all, 0, 0, (24, Source::Ozone8h))
        } else {
            folded(Fold::Max, &all, usize::MAX, 0, (24, Source::Ozone8h))
        }
    }
}

fn index_ends(index: &Index) -> Ends {
    let ratio = |aqi: u16| (i128::from(aqi) * 1000, 1);
    let largest = index.items.iter().filter_map(|item| item.iaqi).max();
    match index.aqi {
        Some(aqi) if index.missing.is_empty() => Ends::exact(ratio(aqi)),
        _ => Ends { low: largest.map(ratio), high: None },
    }
}

/// The sets of primary pollutants that there may be: what is missing is tried at its lowest, at the scale's end and at
/// the largest that is known, one and all.
fn primaries(index: &Index) -> Vec<Vec<Pollutant>> {
    let known: Vec<(Pollutant, u16)> = index.items.iter().filter_map(|i| Some((i.pollutant, i.iaqi?))).collect();
    let largest = known.iter().map(|(_, iaqi)| *iaqi).max().unwrap_or(0);
    let tried = |at: &dyn Fn(Pollutant) -> Option<u16>| {
        let mut all = known.clone();
        for pollutant in &index.missing {
            all.extend(at(*pollutant).map(|iaqi| (*pollutant, iaqi)));
        }
        let top = all.iter().map(|(_, iaqi)| *iaqi).max().unwrap_or(0);
        all.into_iter().filter(|(_, iaqi)| top > 50 && *iaqi == top).map(|(p, _)| p).collect::<Vec<_>>()
    };
    let mut out = vec![tried(&|_| None)];
    for level in [largest, 500] {
        out.push(tried(&|_| Some(level)));
        out.extend(index.missing.iter().map(|one| tried(&|p| (p == *one).then_some(level))));
    }
    out
}

/// The ends as the standard compares a concentration: to the nearer whole unit (tenth of a mg/m³), the even one at a tie.
fn compared(ends: Ends, unit: &str) -> Ends {
    let step = match unit {
        "µg/m³" => 1_000,
        "mg/m³" => 100,
        _ => return ends,
    };
    let round = |(num, den): Ratio| {
        let below = num.div_euclid(den * step);
        let (down, up) = (num - below * den * step, (below + 1) * den * step - num);
        let up = up < down || (up == down && below.rem_euclid(2) == 1);
        ((below + i128::from(up)) * step, 1)
    };
    Ends { low: ends.low.map(round), high: ends.high.map(round) }
}

/// Of `hours` hours of a source these values are there, `needed` must be, and `open` have not come.
fn folded(fold: Fold, values: &[Ratio], needed: usize, open: usize, (hours, source): (i128, Source)) -> Ends {
    if values.is_empty() {
        return Ends::NONE;
    }
    // All values have one denominator or are means of six to eight hours: 840 is a multiple of every one.
    let scaled: Vec<i128> = values.iter().map(|(num, den)| num * (840 / den)).collect();
    let (count, sum) = (i128::try_from(values.len()).expect("a count"), scaled.iter().sum::<i128>());
    if fold == Fold::Mean && open > 0 {
        let amount = source != Source::Variable(Variable::Temperature);
        let becomes = amount && values.len() + open >= needed;
        return Ends { low: becomes.then_some((sum, 840 * hours)), high: None };
    }
    let (value, low, high) = match fold {
        Fold::Mean => ((sum, 840 * count), false, false),
        Fold::Sum => ((sum, 840), true, false),
        Fold::Max => ((*scaled.iter().max().expect("a value"), 840), true, false),
        Fold::Min => ((*scaled.iter().min().expect("a value"), 840), false, true),
    };
    if values.len() >= needed && open == 0 {
        Ends::exact(value)
    } else {
        Ends { low: low.then_some(value), high: high.then_some(value) }
    }
}

/// Whether an expression's answer belongs to the day: nothing in it looks at a single hour.
fn daily(expr: &Expr) -> bool {
    match &expr.node {
        Node::All(parts) | Node::Any(parts) => parts.iter().all(daily),
        Node::Not(inner) => daily(inner),
        Node::Lasts(_, Length::Days(_))
        | Node::Compare(Quantity::Day(..) | Quantity::Aqi, _)
        | Node::Months { .. }
        | Node::Workday
        | Node::Primary { .. } => true,
        _ => false,
    }
}

/// Whether a place lies in a run of true at least `least` long; nothing where it could, counting what is not known and
/// what lies outside as true.
fn run(place: i64, least: i64, inside: &dyn Fn(i64) -> bool, answer: &dyn Fn(i64) -> Option<bool>) -> Option<bool> {
    let length = |goes_on: &dyn Fn(i64) -> bool| {
        let mut count = 0;
        for step in [1, -1] {
            let mut at = if step == 1 { place } else { place - 1 };
            while count < least && goes_on(at) {
                count += 1;
                at += step;
            }
        }
        count
    };
    if length(&|at| inside(at) && answer(at) == Some(true)) >= least && answer(place) == Some(true) {
        return Some(true);
    }
    if answer(place) == Some(false) {
        return Some(false);
    }
    let possible = length(&|at| !inside(at) || answer(at) != Some(false));
    if possible >= least { None } else { Some(false) }
}
