//! Thresholds that can hardly be meant: off the scale of the index, or beyond what the weather does.
//!
//! In: a comparison, a standard. Out: whether its number lies beyond what such a value is ever like, or holds nearly
//! always. Can't happen: a finding on a number within what the standard has levels for.

use super::expr::{Operator, Quantity, Source, Test};
use cuofeng_air::forecast::Variable;
use cuofeng_aqi::{Averaging, Milli, Pollutant, Standard};

/// What is odd about a threshold, with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// Beyond what such a value is ever like.
    Beyond(i64),
    /// Met nearly always.
    Always(i64),
}

/// An index up to which the air is what it is on the cleanest days: what asks for more holds nearly always.
const CLEANEST: u16 = 16;

/// How far above the last level's beginning a threshold may lie, in tenths: a scale that ends at 500 takes 550.
const TENTHS: i64 = 9;

/// Single hours of particles go farther than the scale of days, in dust and on feast days: twice as far.
const HOURLY: i64 = 2;

/// Of the weather near the ground, in its unit: what it never is, and what it nearly always is, at the low and the high
/// end. Set wide by ourselves; no document fixes them.
const WEATHER: [(Variable, [i64; 2], [i64; 2]); 6] = [
    (Variable::Temperature, [-55, 50], [-40, 42]),
    (Variable::Humidity, [2, 100], [5, 100]),
    (Variable::Wind, [0, 40], [0, 10]),
    (Variable::Precipitation, [0, 300], [0, 100]),
    (Variable::Radiation, [0, 1400], [0, 1200]),
    (Variable::MixingHeight, [10, 6000], [20, 4500]),
];

/// What is odd about a comparison, if anything is.
pub(super) fn odd(quantity: Quantity, test: Test, standard: Option<&Standard>) -> Option<Odd> {
    let (low, high) = match test {
        Test::Is(Operator::Above | Operator::AtLeast, t) => (Some(t), t),
        Test::Is(_, t) => (None, t),
        Test::Between(low, high) => (None, low.max(high)),
    };
    match source(quantity)? {
        Kind::Index => low.filter(|t| *t > 0 && *t <= i64::from(CLEANEST) * 1000).map(Odd::Always),
        Kind::Air(pollutant, averaging, reach) => {
            let standard = standard?;
            let index = |value: Milli| standard.iaqi(averaging, pollutant, value);
            let end = index(Milli::from(i32::MAX));
            let within = high.saturating_mul(TENTHS) / 10 / reach;
            if within > 0 && end.is_some() && index(within) == end {
                return Some(Odd::Beyond(high));
            }
            let cleanest = |t: &i64| *t > 0 && index(*t).is_some_and(|index| index <= CLEANEST);
            // Of the other gases ordinary air has far less than the first level allows.
            let is_judged = matches!(pollutant, Pollutant::Pm25 | Pollutant::Pm10 | Pollutant::O38h);
            low.filter(|t| is_judged && cleanest(t)).map(Odd::Always)
        }
        Kind::Weather(variable) => {
            let (_, ever, usual) = WEATHER.into_iter().find(|(known, ..)| *known == variable)?;
            let [ever_low, ever_high] = ever.map(|v| v * 1000);
            let [usual_low, usual_high] = usual.map(|v| v * 1000);
            match test {
                Test::Is(_, t) if t < ever_low || t > ever_high => Some(Odd::Beyond(t)),
                Test::Is(Operator::Above | Operator::AtLeast, t) if t < usual_low => Some(Odd::Always(t)),
                Test::Is(Operator::Below | Operator::AtMost, t) if t > usual_high => Some(Odd::Always(t)),
                _ => None,
            }
        }
    }
}

enum Kind {
    Index,
    Air(Pollutant, Averaging, i64),
    Weather(Variable),
}

/// Of what scale a quantity is; nothing where it has none, as sums and hot spots.
fn source(quantity: Quantity) -> Option<Kind> {
    let (source, days) = match quantity {
        Quantity::Aqi => return Some(Kind::Index),
        Quantity::Hour(source) => (source, false),
        Quantity::Day(super::expr::Fold::Sum, _) | Quantity::Trailing(super::expr::Fold::Sum, ..) => return None,
        Quantity::Day(fold, source) => (source, fold == super::expr::Fold::Mean),
        Quantity::Trailing(_, source, hours) => (source, hours >= 12),
    };
    let variable = match source {
        Source::AqiHour => return Some(Kind::Index),
        Source::Fires(_) => return None,
        Source::Ozone8h => return Some(Kind::Air(Pollutant::O38h, Averaging::Day, 1)),
        Source::Variable(variable) => variable,
    };
    let averaging = if days { Averaging::Day } else { Averaging::Hour };
    let of = |pollutant| Some(Kind::Air(pollutant, averaging, 1));
    match variable {
        Variable::So2 => of(Pollutant::So2),
        Variable::No2 => of(Pollutant::No2),
        Variable::Co => of(Pollutant::Co),
        // There is no index of a day's mean ozone: the scale of single hours is the wider one.
        Variable::O3 => Some(Kind::Air(Pollutant::O3, Averaging::Hour, 1)),
        Variable::Pm10 => Some(Kind::Air(Pollutant::Pm10, Averaging::Day, if days { 1 } else { HOURLY })),
        Variable::Pm25 => Some(Kind::Air(Pollutant::Pm25, Averaging::Day, if days { 1 } else { HOURLY })),
        weather => Some(Kind::Weather(weather)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Node, parse};
    use cuofeng_aqi::Standards;

    #[test]
    fn a_slip_of_a_digit_is_odd_and_what_documents_ask_for_is_not() {
        let standards = Standards(vec![
            Standard::parse(include_str!("../../../rules/standards/hj633-2026.toml")).expect("a standard"),
        ]);
        let of = |text: &str| {
            let Ok(expr) = parse(text) else { panic!("{text}") };
            let Node::Compare(quantity, test) = expr.node else { panic!("{text}") };
            odd(quantity, test, standards.0.first())
        };
        for (text, found) in [
            ("日平均(细颗粒物) 高于 1500 µg/m³", Odd::Beyond(1_500_000)),
            ("日平均(细颗粒物) 低于 1500 µg/m³", Odd::Beyond(1_500_000)),
            ("细颗粒物 高于 1500 µg/m³", Odd::Beyond(1_500_000)),
            ("日最大(臭氧8小时) 高于 1600 µg/m³", Odd::Beyond(1_600_000)),
            ("臭氧 高于 2000 µg/m³", Odd::Beyond(2_000_000)),
            ("日平均(一氧化碳) 高于 400 mg/m³", Odd::Beyond(400_000)),
            ("日AQI 高于 15", Odd::Always(15_000)),
            ("日最大(臭氧8小时) 高于 16 µg/m³", Odd::Always(16_000)),
            ("日平均(细颗粒物) 不低于 6 µg/m³", Odd::Always(6_000)),
            ("日平均(风速) 低于 12 m/s", Odd::Always(12_000)),
            ("风速 高于 60 m/s", Odd::Beyond(60_000)),
            ("混合层高度 低于 9000 m", Odd::Beyond(9_000_000)),
        ] {
            assert_eq!(of(text), Some(found), "{text}");
        }
        for text in [
            "日AQI 高于 500",
            "日AQI 低于 15",
            "日平均(细颗粒物) 高于 500 µg/m³",
            "日平均(细颗粒物) 低于 5 µg/m³",
            "日平均(细颗粒物) 高于 15 µg/m³",
            // Ordinary air has far less of these than their first level allows.
            "二氧化硫 高于 10 µg/m³",
            "日平均(二氧化氮) 高于 5 µg/m³",
            "日平均(一氧化碳) 高于 0.2 mg/m³",
            "臭氧 高于 16 µg/m³",
            "可吸入颗粒物 高于 1000 µg/m³",
            "日最大(臭氧8小时) 高于 800 µg/m³",
            "日最大(臭氧8小时) 高于 100 µg/m³",
            "臭氧 高于 1200 µg/m³",
            "日平均(一氧化碳) 高于 4 mg/m³",
            "日平均(二氧化硫) 高于 2620 µg/m³",
            "日平均(风速) 低于 1.2 m/s",
            "日最大(混合层高度) 低于 600 m",
            "气温 高于 35 ℃",
            "湿度 不低于 95 %",
            "火点(5 km) 高于 0",
            "累计(降水, 24小时) 低于 1 mm",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
