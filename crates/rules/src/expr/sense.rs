//! What can be known of conditions without data.
//!
//! In: conditions. Out: whether one implies another, whether one can hold at all, what it needs. Can't happen: an
//! implication that some data breaks: where the texts alone do not tell, the answer is no.
#![expect(clippy::many_single_char_names, reason = "pairs of parts of two conditions, as in a textbook")]

use std::ops::Range;

use super::{Expr, Fold, Length, Node, Operator, Quantity, Source, Test};
use cuofeng_air::forecast::Variable;
use cuofeng_town::order::Tier;

/// Whether wherever `a` is true `b` is true too, as far as the texts tell.
#[must_use]
pub fn implies(a: &Expr, b: &Expr) -> bool {
    if same(a, b) {
        return true;
    }
    match (&a.node, &b.node) {
        (Node::Any(parts), _) => parts.iter().all(|part| implies(part, b)),
        (_, Node::All(parts)) => parts.iter().all(|part| implies(a, part)),
        (Node::All(parts), Node::Any(others)) => {
            others.iter().any(|other| implies(a, other)) || parts.iter().any(|part| implies(part, b))
        }
        (_, Node::Any(others)) => others.iter().any(|other| implies(a, other)),
        (Node::All(parts), _) => parts.iter().any(|part| implies(part, b)),
        (Node::Not(x), Node::Not(y)) => implies(y, x),
        (Node::Lasts(x, n), Node::Lasts(y, m)) => as_long(*n, *m) && implies(x, y) || implies(x, b),
        (Node::Lasts(x, _), _) => implies(x, b),
        (Node::Within(x, n), Node::Within(y, m)) => n <= m && implies(x, y),
        (_, Node::Within(y, _)) => implies(a, y),
        (Node::Compare(p, s), Node::Compare(q, t)) => compared(*p, *s, *q, *t),
        (Node::Hours(x), Node::Hours(y)) => (0..24).all(|h| !x.contains(h) || y.contains(h)),
        (Node::Months { from, to }, Node::Months { from: f, to: t }) => {
            (1..=12).all(|m| !in_months(*from, *to, m) || in_months(*f, *t, m))
        }
        (Node::Order(x, tier), Node::Order(y, other)) => {
            tiers().into_iter().all(|found| !x.holds(&found, &Some(*tier)) || y.holds(&found, &Some(*other)))
        }
        _ => false,
    }
}

/// The part to blame where a condition certainly never holds.
#[must_use]
pub fn impossible(expr: &Expr) -> Option<Range<usize>> {
    match &expr.node {
        Node::All(parts) => parts.iter().find_map(impossible).or_else(|| {
            let clash = |(at, part): (usize, &Expr)| parts.iter().skip(at + 1).any(|other| excludes(part, other));
            parts.iter().enumerate().any(clash).then(|| expr.range.clone())
        }),
        Node::Any(parts) => parts.iter().all(|part| impossible(part).is_some()).then(|| expr.range.clone()),
        Node::Lasts(inner, length) => impossible(inner).or_else(|| {
            let hours = match length {
                Length::Hours(hours) => *hours,
                Length::Days(days) => days.saturating_mul(24),
            };
            let Node::Hours(window) = &inner.node else { return None };
            let open = (0..24).filter(|h| window.contains(*h)).count();
            (open < 24 && usize::try_from(hours).is_ok_and(|h| h > open)).then(|| expr.range.clone())
        }),
        Node::Within(inner, _) => impossible(inner),
        Node::Compare(quantity, test) => {
            let (least, most) = bounds(*quantity);
            let (low, high) = interval(*test)?;
            (high < least || low > most).then(|| expr.range.clone())
        }
        _ => None,
    }
}

/// Whether the condition looks at hot spots.
#[must_use]
pub fn uses_fires(expr: &Expr) -> bool {
    fire_metres(expr).is_some()
}

/// The largest distance within which the condition counts hot spots, in metres.
#[must_use]
pub fn fire_metres(expr: &Expr) -> Option<u32> {
    match &expr.node {
        Node::Compare(Quantity::Hour(Source::Fires(metres)), _) => Some(*metres),
        Node::All(parts) | Node::Any(parts) => parts.iter().filter_map(fire_metres).max(),
        Node::Not(inner) | Node::Lasts(inner, _) | Node::Within(inner, _) => fire_metres(inner),
        _ => None,
    }
}

/// Whether the condition looks at anything that a forecast brings, and not only at hot spots, orders and the calendar.
#[must_use]
pub fn uses_forecast(expr: &Expr) -> bool {
    any(expr, &|node| match node {
        Node::Compare(Quantity::Hour(Source::Fires(_)), _) => false,
        node => matches!(node, Node::Compare(..) | Node::Primary { .. }),
    })
}

/// Whether an order of a tier can make the condition answer otherwise than none does: so that it holds, or helps it to.
#[must_use]
pub fn hears_tier(expr: &Expr, tier: Tier) -> bool {
    hears(expr, tier, true)
}

/// The same of a condition that is `wanted` to hold, or not to.
fn hears(expr: &Expr, tier: Tier, wanted: bool) -> bool {
    match &expr.node {
        Node::Order(operator, threshold) => {
            let answers = |found: Option<Tier>| operator.holds(&found, &Some(*threshold)) == wanted;
            answers(Some(tier)) && !answers(None)
        }
        Node::All(parts) | Node::Any(parts) => {
            let all_can = || parts.iter().all(|part| can(part, tier, wanted));
            parts.iter().any(|part| hears(part, tier, wanted)) && (!needs_all(expr, wanted) || all_can())
        }
        Node::Not(inner) => hears(inner, tier, !wanted),
        Node::Lasts(inner, _) | Node::Within(inner, _) => hears(inner, tier, wanted),
        _ => false,
    }
}

/// Whether the condition can answer as `wanted` while an order of the tier is in force, whatever else is the case.
fn can(expr: &Expr, tier: Tier, wanted: bool) -> bool {
    match &expr.node {
        Node::Order(operator, threshold) => operator.holds(&Some(tier), &Some(*threshold)) == wanted,
        Node::All(parts) | Node::Any(parts) if needs_all(expr, wanted) => {
            parts.iter().all(|part| can(part, tier, wanted))
        }
        Node::All(parts) | Node::Any(parts) => parts.iter().any(|part| can(part, tier, wanted)),
        Node::Not(inner) => can(inner, tier, !wanted),
        Node::Lasts(inner, _) | Node::Within(inner, _) => can(inner, tier, wanted),
        _ => true,
    }
}

/// Whether all parts must answer as `wanted` for the whole to do so.
const fn needs_all(expr: &Expr, wanted: bool) -> bool {
    matches!(expr.node, Node::All(_)) == wanted
}

/// Whether two conditions always answer alike, as far as the texts tell.
#[must_use]
pub fn alike(a: &Expr, b: &Expr) -> bool {
    implies(a, b) && implies(b, a)
}

/// Whether the condition looks at the calendar of working days.
#[must_use]
pub fn uses_workday(expr: &Expr) -> bool {
    any(expr, &|node| matches!(node, Node::Workday))
}

fn any(expr: &Expr, holds: &dyn Fn(&Node) -> bool) -> bool {
    holds(&expr.node)
        || match &expr.node {
            Node::All(parts) | Node::Any(parts) => parts.iter().any(|part| any(part, holds)),
            Node::Not(inner) | Node::Lasts(inner, _) | Node::Within(inner, _) => any(inner, holds),
            _ => false,
        }
}

/// Equal but for the places in the text.
fn same(a: &Expr, b: &Expr) -> bool {
    let all = |x: &[Expr], y: &[Expr]| x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y));
    match (&a.node, &b.node) {
        (Node::All(x), Node::All(y)) | (Node::Any(x), Node::Any(y)) => all(x, y),
        (Node::Not(x), Node::Not(y)) => same(x, y),
        (Node::Lasts(x, n), Node::Lasts(y, m)) => n == m && same(x, y),
        (Node::Within(x, n), Node::Within(y, m)) => n == m && same(x, y),
        (x, y) => x == y,
    }
}

const fn as_long(n: Length, m: Length) -> bool {
    match (n, m) {
        (Length::Hours(n), Length::Hours(m)) | (Length::Days(n), Length::Days(m)) => n >= m,
        (Length::Days(n), Length::Hours(m)) => n.saturating_mul(24) >= m,
        (Length::Hours(_), Length::Days(_)) => false,
    }
}

const fn in_months(from: u32, to: u32, month: u32) -> bool {
    if from <= to { from <= month && month <= to } else { month >= from || month <= to }
}

fn tiers() -> [Option<Tier>; 5] {
    [None, Some(Tier::Blue), Some(Tier::Yellow), Some(Tier::Orange), Some(Tier::Red)]
}

/// The closed interval of thousandths in which a test holds; nothing where that is no interval.
const fn interval(test: Test) -> Option<(i64, i64)> {
    match test {
        Test::Is(Operator::Above, t) => Some((t.saturating_add(1), i64::MAX)),
        Test::Is(Operator::AtLeast, t) => Some((t, i64::MAX)),
        Test::Is(Operator::Below, t) => Some((i64::MIN, t.saturating_sub(1))),
        Test::Is(Operator::AtMost, t) => Some((i64::MIN, t)),
        Test::Is(Operator::Equal, t) => Some((t, t)),
        Test::Between(low, high) if low <= high => Some((low, high)),
        Test::Is(Operator::NotEqual, _) | Test::Between(..) => None,
    }
}

/// Whether a comparison implies another. Means are fractions, so that bounds move by less than a thousandth; an
/// interval that ends between two thousandths is taken by its threshold, which both sides share.
fn compared(p: Quantity, s: Test, q: Quantity, t: Test) -> bool {
    let (Some((low, high)), Some((other_low, other_high))) = (interval(s), interval(t)) else {
        return p == q && s == t;
    };
    if p == q {
        return other_low <= low && high <= other_high;
    }
    match (p, q) {
        // An hour above a threshold puts its day's maximum there too, and one below it the minimum.
        (Quantity::Hour(x), Quantity::Day(Fold::Max, y)) => {
            x == y && high == i64::MAX && other_high == i64::MAX && other_low <= low
        }
        (Quantity::Hour(x), Quantity::Day(Fold::Min, y)) => {
            x == y && low == i64::MIN && other_low == i64::MIN && high <= other_high
        }
        _ => false,
    }
}

/// Whether two conditions can't hold at once, as far as the texts tell.
fn excludes(a: &Expr, b: &Expr) -> bool {
    match (&a.node, &b.node) {
        (Node::Compare(p, s), Node::Compare(q, t)) if p == q => match (interval(*s), interval(*t)) {
            (Some((low, high)), Some((other_low, other_high))) => high < other_low || other_high < low,
            _ => false,
        },
        (Node::Hours(x), Node::Hours(y)) => (0..24).all(|h| !(x.contains(h) && y.contains(h))),
        (Node::Months { from, to }, Node::Months { from: f, to: t }) => {
            (1..=12).all(|m| !(in_months(*from, *to, m) && in_months(*f, *t, m)))
        }
        (Node::Not(x), _) => same(x, b),
        (_, Node::Not(y)) => same(a, y),
        _ => false,
    }
}

/// The plausible values of a quantity in thousandths.
fn bounds(quantity: Quantity) -> (i64, i64) {
    let of = |source: Source| match source {
        Source::Variable(variable) => plausible(variable),
        Source::Ozone8h => plausible(Variable::O3),
        Source::AqiHour => (0, 500_000),
        Source::Fires(_) => (0, i64::MAX),
    };
    match quantity {
        Quantity::Aqi => (0, 500_000),
        Quantity::Day(Fold::Sum, source) | Quantity::Trailing(Fold::Sum, source, _) => (of(source).0.min(0), i64::MAX),
        Quantity::Hour(source) | Quantity::Day(_, source) | Quantity::Trailing(_, source, _) => of(source),
    }
}

fn plausible(variable: Variable) -> (i64, i64) {
    let (low, high) = variable.plausible();
    (low.saturating_mul(1000), high.saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn read(text: &str) -> Expr {
        parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    #[test]
    fn what_implies_what() {
        let yes = [
            ("aqi > 200", "aqi > 150"),
            ("aqi > 200", "aqi >= 200"),
            ("aqi > 200 for 48h", "aqi > 150"),
            ("aqi > 200 for 72h", "aqi > 150 for 48h"),
            ("aqi > 200 for 3 days", "aqi > 200 for 72h"),
            ("aqi > 200 for 2 days", "aqi > 200"),
            ("日AQI 高于 200 持续48小时", "aqi > 200 for 24h"),
            ("aqi between 160 and 180", "aqi > 150"),
            ("aqi > 200 and wind < 2 m/s", "aqi > 150"),
            ("aqi > 200", "aqi > 150 or wind < 2 m/s"),
            ("aqi > 200 or aqi > 300", "aqi > 200"),
            ("aqi > 300 and wind < 1 m/s", "aqi > 200 and wind < 2 m/s"),
            ("not aqi > 150", "not aqi > 200"),
            ("o3 > 200 µg/m³", "daily_max(o3) > 160 µg/m³"),
            ("wind < 1 m/s", "daily_min(wind) < 2 m/s"),
            ("o3 > 200 µg/m³", "o3 > 160 µg/m³ within 24h"),
            ("o3 > 160 µg/m³ within 12h", "o3 > 160 µg/m³ within 24h"),
            ("hour in 11..15", "hour in 10..18"),
            ("hour in 22..2", "hour in 20..6"),
            ("month in 6..8", "month in 4..9"),
            ("order >= orange", "order >= yellow"),
        ];
        for (a, b) in yes {
            assert!(implies(&read(a), &read(b)), "{a} => {b}");
        }
        let no = [
            ("aqi > 150", "aqi > 200"),
            ("aqi > 150 or wind < 2 m/s", "aqi > 150"),
            ("aqi > 200 for 48h", "aqi > 200 for 72h"),
            ("aqi > 200 for 72h", "aqi > 200 for 3 days"),
            ("aqi > 200", "aqi > 200 for 24h"),
            ("daily_max(o3) > 200 µg/m³", "o3 > 160 µg/m³"),
            ("not aqi > 200", "not aqi > 150"),
            ("o3 > 160 µg/m³ within 24h", "o3 > 160 µg/m³ within 12h"),
            ("hour in 10..18", "hour in 11..15"),
            ("mean(pm25, 24h) > 75 µg/m³", "pm25 > 75 µg/m³"),
            ("aqi != 200", "aqi > 150"),
            ("order >= yellow", "order >= orange"),
        ];
        for (a, b) in no {
            assert!(!implies(&read(a), &read(b)), "{a} =/> {b}");
        }
    }

    #[test]
    fn what_can_never_hold() {
        for text in [
            "aqi > 500",
            "humidity > 110 %",
            "wind < 0 m/s",
            "aqi > 200 and aqi < 150",
            "aqi > 200 and aqi <= 200",
            "hour in 10..12 and hour in 12..14",
            "month in 4..9 and month in 11..2",
            "aqi > 200 and not aqi > 200",
            "aqi > 500 or humidity > 110 %",
            "aqi > 500 for 48h",
            "aqi > 600 within 24h",
            "hour in 10..18 for 9h",
        ] {
            assert!(impossible(&read(text)).is_some(), "{text}");
        }
        for text in [
            "aqi > 499",
            "humidity >= 100 %",
            "temperature < 0 °C",
            "aqi > 150 and aqi < 200",
            "hour in 10..12 and hour in 11..14",
            "month in 11..2 and month in 1..3",
            "aqi > 500 or wind < 1 m/s",
            "hour in 10..18 for 8h",
            "aqi > 200 and not aqi > 300",
            "wind_direction between 315 ° and 45 °",
            "o3 > 200 µg/m³ and daily_max(o3) > 160 µg/m³",
            "火点(5 km) 高于 0",
        ] {
            assert_eq!(impossible(&read(text)), None, "{text}");
        }
    }

    #[test]
    fn what_a_condition_needs() {
        assert!(uses_fires(&read("aqi > 200 or fires(5 km) > 0")) && !uses_fires(&read("aqi > 200")));
        let hears = |text: &str, tier| hears_tier(&read(text), tier);
        assert!(hears("order >= orange", Tier::Red) && hears("aqi > 200 and order >= orange", Tier::Orange));
        assert!(!hears("order >= orange", Tier::Yellow) && !hears("aqi > 200", Tier::Red));
        // A rule that steps back while an order stands does not pass it on.
        assert!(!hears("aqi > 200 and not order >= blue", Tier::Red) && hears("not (order < yellow)", Tier::Red));
        // Levels with an end above: the gravest alert is none of them.
        for text in ["order >= yellow and order < red", "aqi > 200 or order >= yellow and order < red"] {
            assert!(hears(text, Tier::Orange) && !hears(text, Tier::Red), "{text}");
        }
        assert!(hears("not (order < yellow or order >= red)", Tier::Orange));
        assert!(!hears("not (order < yellow or order >= red)", Tier::Red));
        assert!(uses_workday(&read("not workday")) && !uses_workday(&read("aqi > 200")));
    }
}
