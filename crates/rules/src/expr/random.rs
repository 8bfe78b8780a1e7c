//! Random conditions, random data, random text.

use chrono::{Datelike, NaiveDate, Weekday};
use proptest::prelude::*;
use proptest::sample::select;

use super::reference::Reference;
use super::tests::{laid, midnight, standards, zone};
use super::{
    Context, Expr, Fold, Length, Node, Operator, OrderSpan, Quantity, Source, Test, Tier, eval, explain, parse,
};
use cuofeng_air::forecast::{MISSING, Series, Variable};
use cuofeng_base::time::{ClockWindow, Hour, Period};

fn bare(node: Node) -> Expr {
    Expr { node, range: 0..0 }
}

fn strip(expr: &Expr) -> Expr {
    bare(match &expr.node {
        Node::All(parts) => Node::All(parts.iter().map(strip).collect()),
        Node::Any(parts) => Node::Any(parts.iter().map(strip).collect()),
        Node::Not(inner) => Node::Not(Box::new(strip(inner))),
        Node::Lasts(inner, length) => Node::Lasts(Box::new(strip(inner)), *length),
        Node::Within(inner, hours) => Node::Within(Box::new(strip(inner)), *hours),
        leaf => leaf.clone(),
    })
}

/// One step of the random values of a variable, and how many steps below zero they begin.
fn step(variable: Variable) -> (i32, i32) {
    match variable {
        Variable::Co => (270, 0),
        Variable::Temperature => (2_000, 10),
        Variable::WindDirection => (12_000, 0),
        Variable::Wind | Variable::Precipitation => (500, 0),
        // Off the grid to which the standard rounds.
        Variable::O3 | Variable::Pm25 => (9_500, 0),
        _ => (10_000, 0),
    }
}

fn quantity() -> impl Strategy<Value = Quantity> {
    // The index that a feed states is looked at through `AqiHour` only.
    let known = || Variable::ALL.into_iter().filter(|v| *v != Variable::AqiHour).collect::<Vec<_>>();
    let variable = || select(known());
    let foldable = || variable().prop_filter("a direction", |v| *v != Variable::WindDirection);
    let fold = || select(vec![Fold::Mean, Fold::Max, Fold::Min]);
    prop_oneof![
        4 => variable().prop_map(|v| Quantity::Hour(Source::Variable(v))),
        1 => Just(Quantity::Hour(Source::Ozone8h)),
        1 => Just(Quantity::Hour(Source::AqiHour)),
        1 => Just(Quantity::Hour(Source::Fires(5_000))),
        3 => (fold(), foldable()).prop_map(|(f, v)| Quantity::Day(f, Source::Variable(v))),
        1 => fold().prop_map(|f| Quantity::Day(f, Source::AqiHour)),
        2 => Just(Quantity::Day(Fold::Max, Source::Ozone8h)),
        3 => (fold(), foldable(), 1u32..30).prop_map(|(f, v, h)| Quantity::Trailing(f, Source::Variable(v), h)),
        1 => (1u32..30).prop_map(|h| {
            Quantity::Trailing(Fold::Sum, Source::Variable(Variable::Precipitation), h)
        }),
        1 => (1u32..30).prop_map(|h| Quantity::Trailing(Fold::Max, Source::Ozone8h, h)),
        1 => (fold(), 1u32..30).prop_map(|(f, h)| Quantity::Trailing(f, Source::AqiHour, h)),
        2 => Just(Quantity::Aqi),
    ]
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::{Above, AtLeast, AtMost, Below, Equal, NotEqual};
    select(vec![Above, AtLeast, Below, AtMost, Equal, NotEqual])
}

fn comparison() -> impl Strategy<Value = Node> {
    (quantity(), operator(), 0i32..30, 0i32..30, any::<bool>()).prop_map(|(quantity, operator, a, b, one)| {
        let (size, below) = match quantity {
            Quantity::Hour(Source::Variable(v))
            | Quantity::Day(_, Source::Variable(v))
            | Quantity::Trailing(_, Source::Variable(v), _) => step(v),
            Quantity::Hour(Source::Fires(_)) => (1_000, 0),
            _ => (10_000, 0),
        };
        let value = |steps: i32| i64::from((steps - below) * size);
        let wraps = quantity == Quantity::Hour(Source::Variable(Variable::WindDirection));
        let (low, high) = if wraps { (a, b) } else { (a.min(b), a.max(b)) };
        let test = if one { Test::Is(operator, value(a)) } else { Test::Between(value(low), value(high)) };
        Node::Compare(quantity, test)
    })
}

fn expr() -> impl Strategy<Value = Expr> {
    let pollutants = vec![Variable::Pm25, Variable::Pm10, Variable::So2, Variable::No2, Variable::Co, Variable::O3];
    let leaf = prop_oneof![
        8 => comparison(),
        1 => (0u32..24, 1u32..=24)
            .prop_filter_map("an empty window", |(from, to)| ClockWindow::new(from, to).map(Node::Hours)),
        1 => (1u32..=12, 1u32..=12).prop_map(|(from, to)| Node::Months { from, to }),
        1 => Just(Node::Workday),
        1 => (select(pollutants), any::<bool>()).prop_map(|(pollutant, is)| Node::Primary { pollutant, is }),
        1 => (operator(), select(vec![Tier::Blue, Tier::Yellow, Tier::Orange, Tier::Red]))
            .prop_map(|(operator, tier)| Node::Order(operator, tier)),
    ];
    let length = || prop_oneof![(1u32..8).prop_map(Length::Hours), (1u32..3).prop_map(Length::Days)];
    leaf.prop_map(bare).prop_recursive(4, 16, 3, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| bare(Node::All(parts))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| bare(Node::Any(parts))),
            inner.clone().prop_map(|inner| bare(Node::Not(Box::new(inner)))),
            (inner.clone(), length()).prop_map(|(inner, length)| bare(Node::Lasts(Box::new(inner), length))),
            (inner, 1u32..12).prop_map(|(inner, hours)| bare(Node::Within(Box::new(inner), hours))),
        ]
    })
}

/// Series with gaps round the day the standard changes, some variables missing altogether.
fn series() -> impl Strategy<Value = Series> {
    (1usize..100, 0i64..24, proptest::option::of(-10i64..110)).prop_flat_map(|(hours, late, come)| {
        let value = proptest::option::weighted(0.9, 0i32..30);
        let column = proptest::option::weighted(0.9, proptest::collection::vec(value, hours));
        proptest::collection::vec(column, Variable::ALL.len()).prop_map(move |columns| {
            let laid_columns = Variable::ALL.into_iter().zip(columns).filter_map(|(variable, column)| {
                let (size, below) = step(variable);
                let value = |v: Option<i32>| v.map_or(MISSING, |v| (v - below) * size);
                Some((variable, column?.into_iter().map(value).collect::<Vec<i32>>()))
            });
            let series = laid(midnight(2, 27) + late, hours, laid_columns);
            let first = series.first;
            come.map_or(series.clone(), |come| series.seen_at(first + come))
        })
    })
}

/// Three whole days of every variable, and the same with holes and without some of the variables.
fn whole_and_holed() -> impl Strategy<Value = (Series, Series)> {
    // What a feed states itself of the index is another publisher's word.
    let known = || Variable::ALL.into_iter().filter(|v| *v != Variable::AqiHour);
    let column = || {
        let hour = (0i32..30, proptest::bool::weighted(0.85));
        (proptest::collection::vec(hour, 72), proptest::bool::weighted(0.8))
    };
    proptest::collection::vec(column(), known().count()).prop_map(move |columns| {
        let first = midnight(2, 27);
        let series = |holed: bool| {
            let laid_columns =
                known().zip(&columns).filter(|(_, (_, kept))| *kept || !holed).map(|(variable, (hours, _))| {
                    let (size, below) = step(variable);
                    let value = |(v, there): &(i32, bool)| if *there || !holed { (v - below) * size } else { MISSING };
                    (variable, hours.iter().map(value).collect::<Vec<i32>>())
                });
            laid(first, 72, laid_columns).seen_at(first)
        };
        (series(false), series(true))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The law: what is answered while hours are still to come stays so, whatever they bring.
    #[test]
    fn a_missing_thing_never_reads_as_an_answer_that_it_could_change(expr in expr(), (whole, holed) in whole_and_holed()) {
        let (zone, standards) = (zone(), standards());
        let answers = |series: &Series| eval(&expr, &Context::new(series, &zone, &standards));
        for (at, (early, late)) in answers(&holed).into_iter().zip(answers(&whole)).enumerate() {
            prop_assert!(early == super::Tri::Unknown || early == late, "{} at {}: {:?}, then {:?}", expr, at, early, late);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_conditions_on_random_data_agree_with_the_reference(expr in expr(), series in series()) {
        let (zone, standards) = (zone(), standards());
        let period = |from, hours| Period::hours(series.first + from, hours).expect("a period");
        let orders = [
            OrderSpan { period: period(3, 20), tier: Tier::Yellow },
            OrderSpan { period: period(10, 5), tier: Tier::Orange },
        ];
        let fires = |hour: Hour, _: u32| u32::try_from(hour.0.rem_euclid(7)).ok().filter(|count| *count < 6);
        let workdays = |day: NaiveDate| (day.day() != 28).then(|| day.weekday() != Weekday::Sun);
        let context = Context::new(&series, &zone, &standards)
            .with_orders(&orders)
            .with_fires(&fires)
            .with_workdays(&workdays);
        let answers = eval(&expr, &context);
        prop_assert_eq!(&answers, &Reference::new(&context).column(&expr), "{}", expr);
        // What explains an hour was looked at in the series, and a lone comparison explains itself.
        for (at, answer) in (0i64..).zip(&answers).step_by(5) {
            let evidence = explain(&expr, &context, series.first + at);
            prop_assert!(!evidence.is_empty(), "{}", expr);
            let inside = evidence.iter().all(|e| {
                usize::try_from(e.hour - series.first).is_ok_and(|place| place < answers.len())
            });
            prop_assert!(inside, "{}", expr);
            if let Node::Compare(..) = expr.node {
                prop_assert_eq!(evidence[0].answer, *answer);
            }
        }
    }

    #[test]
    fn what_is_printed_reads_as_the_same_condition(expr in expr()) {
        let printed = expr.to_string();
        let read = parse(&printed);
        prop_assert!(read.is_ok(), "{}: {:?}", printed, read);
        if let Ok(read) = read {
            prop_assert_eq!(strip(&read), expr, "{}", printed);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic_and_every_error_lies_inside_it(source in ".{0,60}") {
        if let Err(error) = parse(&source) {
            prop_assert!(source.get(error.range).is_some());
        }
    }

    #[test]
    fn no_order_of_known_words_makes_the_parser_panic(
        words in proptest::collection::vec(
            select(vec![
                "o3", "臭氧", "臭氧8小时", ">", "160", "０.５", "µg/m³", "mg/m³", "且", "or", "非", "(", "）", "hour", "in",
                "10", "..", "日最大", "mean", ",", "aqi", "m/s", "，", "for", "持续", "48h", "2天", "未来", "内", "within",
                "between", "和", "-", "primary", "=", "order", "黄色", "fires", "5 km", "month", "臭", "x", "；",
            ]),
            0..20,
        ),
        gap in select(vec!["", " "]),
    ) {
        let source = words.join(gap);
        if let Err(error) = parse(&source) {
            prop_assert!(source.get(error.range).is_some(), "{}", source);
        }
    }
}

proptest! {
    /// Conditions on any part of a series of twelve days, with gaps, come out as without what is known of it.
    #[test]
    fn what_is_known_of_a_day_changes_no_answer(
        hours in prop::collection::vec(prop::option::weighted(0.99, 5_000_i32..260_000), 12 * 24),
        first in 0_i64..200, count in 1_usize..200, month in 1_u32..12, from_midnight in any::<bool>(),
    ) {
        let (zone, standards, start) = (zone(), standards(), midnight(month, 3));
        let column = |over: i32| hours.iter().map(|v| v.map_or(MISSING, |v| v / over)).collect::<Vec<_>>();
        let air = Variable::AIR.into_iter().zip([1, 1, 20, 2, 100, 1]);
        let whole = laid(start, hours.len(), air.map(|(variable, over)| (variable, column(over))));
        let known = Context::new(&whole, &zone, &standards);
        let part = whole.part(start + if from_midnight { first / 24 * 24 } else { first }, count);
        let end = part.first + i64::try_from(count).expect("few");
        for text in [
            "aqi > 150", "aqi > 100 for 2 days", "aqi > 100 for 48h", "primary = o3 or not primary = pm25",
            "daily_max(o3_8h) > 160 µg/m³ for 2 days", "daily_mean(pm25) > 60 µg/m³ or aqi < 120",
        ] {
            let expr = parse(text).expect("a condition");
            for (come, until) in [(part.first, end), (part.first + 40, end), (end, part.first + 70), (Hour(i64::MAX), end)] {
                let part = part.clone().seen_at(come);
                let plain = eval(&expr, &Context::new(&part, &zone, &standards));
                let quick = eval(&expr, &Context::new(&part, &zone, &standards).with_known(&known, until));
                prop_assert_eq!(&plain, &quick, "{}", text);
            }
        }
    }
}
