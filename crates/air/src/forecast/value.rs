//! Values as feeds give them: marks of a missing one, instruments below zero, figures that no place has had.
//!
//! In: a figure in the unit it came in, and what it is in the variable's own. Out: the value, or that there is none, and
//! [`Remarks`] on what was not taken as it stood. Can't happen: a missing mark that reads as a value in any feed; a value
//! above all that has been that reaches a rule; a `999` that one feed takes for a value and another for a mark.

use std::collections::BTreeMap;

use super::{Columns, MISSING, Variable};
use cuofeng_aqi::{Milli, milli_words, parse_milli};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

/// Whole parts that mark a missing value in every feed, with whatever decimals (`-999.0`, `9999.9`): no variable has
/// them, in any unit that it comes in.
const MARKS: [i64; 5] = [9_999, 99_999, -99, -999, -9_999];

/// A mark where the variable can't have it. Where it can, the hours beside it tell.
const DOUBTFUL: i64 = 999;

/// Hours beside a `999` that are looked at, and above how much one of them must be for it to be a value, in thousandths.
const BESIDE: usize = 3;
const HIGH: i32 = 500_000;

/// Stands for every figure that is larger, in thousandths.
const LARGEST: Milli = 2_000_000_000;

/// Whether a figure, in the unit it is given in, marks a missing value.
#[must_use]
pub fn is_mark(given: Milli) -> bool {
    MARKS.contains(&(given / 1000))
}

/// A float of JSON in thousandths, by its shortest decimals: those that were written. One that is too large to be read
/// is larger than any value there has been.
#[must_use]
pub fn of_float(value: f64) -> Milli {
    // So small that its decimals go on for longer than any that are read.
    if value.abs() < 1e-12 {
        return 0;
    }
    let beyond = if value < 0.0 { -LARGEST } else { LARGEST };
    parse_milli(&value.to_string()).unwrap_or(beyond)
}

/// The bound that a value is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bound {
    Highest,
    Lowest,
}

impl Bound {
    /// What is beyond the bound of a variable: the same words however many values are.
    fn words(self, variable: Variable, lang: Lang) -> String {
        let (low, high) = variable.plausible();
        let name = variable.words(lang);
        let message = match self {
            Self::Highest => msg!("feed.beyond_high", name = name, bound = with_unit(high * 1000, variable)),
            Self::Lowest => {
                let lowest = if low == 0 { -variable.drift() } else { low * 1000 };
                msg!("feed.beyond_low", name = name, bound = with_unit(lowest, variable))
            }
        };
        message.text(lang)
    }
}

/// A value and the unit that it is in, where it has one.
fn with_unit(value: Milli, variable: Variable) -> String {
    format!("{} {}", milli_words(value), variable.unit()).trim_end().to_owned()
}

/// What was not taken as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remarks {
    /// Small negative values that were made 0.
    pub zeroed: usize,
    /// Values that were set aside: no place has had them.
    pub beyond: usize,
    /// Those by the bound that they are beyond: how many, and the first of them.
    bounds: BTreeMap<(Variable, Bound), (usize, Milli)>,
    /// Concentrations of which the hours beside them tell whether they are marks.
    doubtful: usize,
}

impl Remarks {
    /// What a figure is taken for: `given` in the unit it came in, `value` in the variable's own, both in thousandths.
    pub fn take(&mut self, variable: Variable, given: Milli, value: Milli) -> i32 {
        let (low, high) = variable.plausible();
        if is_mark(given) {
            return MISSING;
        }
        if (low * 1000..=high * 1000).contains(&value) {
            self.doubtful += usize::from(value / 1000 == DOUBTFUL && Variable::AIR.contains(&variable));
            return i32::try_from(value).unwrap_or(MISSING);
        }
        if low == 0 && (-variable.drift()..0).contains(&value) {
            self.zeroed += 1;
            return 0;
        }
        if given / 1000 != DOUBTFUL {
            self.beyond += 1;
            let bound = if value < low * 1000 { Bound::Lowest } else { Bound::Highest };
            self.bounds.entry((variable, bound)).or_insert((0, value)).0 += 1;
        }
        MISSING
    }

    /// Whether every value was taken as it stands, whatever stands beside it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes a `999` among concentrations for a missing mark, unless an hour beside it is high as well.
    pub fn settle(columns: &mut Columns) {
        for (_, column) in columns.iter_mut().filter(|(variable, _)| Variable::AIR.contains(variable)) {
            let doubtful = |value: i32| i64::from(value) / 1000 == DOUBTFUL;
            if !column.values.iter().any(|value| doubtful(*value)) {
                continue;
            }
            let given = column.values.clone();
            for (at, value) in column.values.iter_mut().enumerate().filter(|(_, value)| doubtful(**value)) {
                let beside = given.get(at.saturating_sub(BESIDE)..(at + BESIDE + 1).min(given.len())).unwrap_or(&[]);
                if !beside.iter().any(|other| *other > HIGH && !doubtful(*other)) {
                    *value = MISSING;
                }
            }
        }
    }

    /// With those of another part of the same answer.
    pub fn join(&mut self, other: Self) {
        self.zeroed += other.zeroed;
        self.beyond += other.beyond;
        self.doubtful += other.doubtful;
        for (bound, (count, first)) in other.bounds {
            self.bounds.entry(bound).or_insert((0, first)).0 += count;
        }
    }

    /// What was set aside, in words that do not change with how many values it were.
    #[must_use]
    pub fn kinds(&self, lang: Lang) -> Vec<String> {
        self.bounds.keys().map(|(variable, bound)| bound.words(*variable, lang)).collect()
    }

    /// What was set aside, with how many values it were: each holds the words of its [kind](Self::kinds).
    #[must_use]
    pub fn set_aside(&self, lang: Lang) -> Vec<Message> {
        let told = |((variable, bound), (count, first)): (&(Variable, Bound), &(usize, Milli))| {
            let kind = bound.words(*variable, lang);
            msg!("feed.set_aside", kind = kind, count = *count, value = with_unit(*first, *variable))
        };
        self.bounds.iter().map(told).collect()
    }

    /// What to tell, for readers of `lang`.
    #[must_use]
    pub fn messages(&self, lang: Lang) -> Vec<Message> {
        let mut out = self.set_aside(lang);
        if self.zeroed > 0 {
            out.push(msg!("feed.zeroed", count = self.zeroed));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Column;
    use cuofeng_base::time::Hour;

    fn taken(variable: Variable, text: &str) -> (i32, usize, usize) {
        let given = parse_milli(text).expect(text);
        let mut remarks = Remarks::default();
        (remarks.take(variable, given, given), remarks.zeroed, remarks.beyond)
    }

    #[test]
    fn marks_are_missing_in_every_variable_and_no_figure_that_can_be_is_a_mark() {
        for variable in Variable::ALL {
            for mark in ["9999", "9999.0", "9999.9", "99999", "-999", "-999.00", "-9999", "-9999.9", "-99"] {
                assert_eq!(taken(variable, mark), (MISSING, 0, 0), "{} {mark}", variable.name());
            }
        }
        for (variable, text) in [
            (Variable::MixingHeight, "999"),
            (Variable::Radiation, "999"),
            (Variable::Pm10, "998"),
            (Variable::Pm25, "985"),
            (Variable::Temperature, "-40"),
        ] {
            assert_eq!(Some(i64::from(taken(variable, text).0)), parse_milli(text), "{}", variable.name());
        }
        for variable in [Variable::Co, Variable::Temperature, Variable::Wind, Variable::WindDirection] {
            assert_eq!(taken(variable, "999"), (MISSING, 0, 0), "{}", variable.name());
        }
    }

    #[test]
    fn a_little_below_zero_is_zero_and_more_is_a_fault() {
        assert_eq!(taken(Variable::Pm25, "-0.25"), (0, 1, 0));
        assert_eq!(taken(Variable::O3, "-10"), (0, 1, 0));
        assert_eq!(taken(Variable::O3, "-10.001"), (MISSING, 0, 1));
        assert_eq!(taken(Variable::Co, "-0.4"), (0, 1, 0));
        assert_eq!(taken(Variable::Temperature, "-0.4"), (-400, 0, 0));
    }

    #[test]
    fn what_no_place_has_had_is_set_aside_and_told() {
        assert_eq!(taken(Variable::Co, "900"), (MISSING, 0, 1));
        let mut remarks = Remarks::default();
        assert!(remarks.messages(Lang::En).is_empty());
        remarks.take(Variable::O3, 6_180_000, 6_180_000);
        let told = |remarks: &Remarks, lang| {
            remarks.messages(lang).iter().map(|message| message.text(lang)).collect::<Vec<String>>()
        };
        let said = told(&remarks, Lang::En);
        assert!(said.len() == 1 && said[0].contains("6180") && said[0].contains("1400"), "{said:?}");
        // The bound that is broken is named, and the variable as its readers call it.
        for (variable, value, lang, words) in [
            (Variable::O3, -50_000, Lang::Zh, "臭氧低于可信下限 -10 µg/m³：1 个数值没有采用（如 -50 µg/m³）"),
            (Variable::Temperature, 88_000, Lang::Zh, "气温高于可信上限 60 °C：1 个数值没有采用（如 88 °C）"),
            (Variable::AqiHour, 501_000, Lang::Zh, "实时AQI高于可信上限 500：1 个数值没有采用（如 501）"),
            (Variable::Temperature, -95_000, Lang::En, "temperature below -90 °C"),
            (Variable::Pm25, 4_000_000, Lang::En, "PM2.5 above 3500 µg/m³"),
        ] {
            let mut remarks = Remarks::default();
            remarks.take(variable, value, value);
            let said = told(&remarks, lang);
            assert!(said.len() == 1 && said[0].starts_with(words), "{said:?}");
        }
    }

    #[test]
    fn what_is_set_aside_keeps_its_words_when_more_of_it_is() {
        let mut remarks = Remarks::default();
        remarks.take(Variable::Pm25, 4_000_000, 4_000_000);
        remarks.take(Variable::O3, -50_000, -50_000);
        let before = remarks.kinds(Lang::Zh);
        let mut more = Remarks::default();
        more.take(Variable::Pm25, 5_000_000, 5_000_000);
        remarks.join(more);
        assert_eq!((remarks.kinds(Lang::Zh), remarks.beyond), (before.clone(), 3));
        let told = remarks.set_aside(Lang::Zh);
        assert!(told.iter().zip(&before).all(|(told, kind)| told.text(Lang::Zh).contains(kind)), "{told:?}");
        assert!(told[0].text(Lang::Zh).contains("2 个") && told[0].text(Lang::Zh).contains("4000"), "{told:?}");
    }

    #[test]
    fn a_999_is_a_value_beside_high_hours_only() {
        let settled = |variable, values: &[i32]| {
            let values = values.iter().map(|v| v * 1000).collect();
            let mut columns = Columns::from([(variable, Column { first: Hour(0), values })]);
            Remarks::settle(&mut columns);
            columns[&variable].values.iter().map(|v| if *v == MISSING { -1 } else { v / 1000 }).collect::<Vec<_>>()
        };
        assert_eq!(settled(Variable::Pm10, &[80, 999, 90]), [80, -1, 90]);
        assert_eq!(settled(Variable::Pm10, &[999, 999]), [-1, -1]);
        assert_eq!(settled(Variable::Pm10, &[700, 999, 999, 900]), [700, 999, 999, 900]);
        assert_eq!(settled(Variable::Pm10, &[700, 90, 80, 70, 999]), [700, 90, 80, 70, -1]);
        assert_eq!(settled(Variable::MixingHeight, &[80, 999, 90]), [80, 999, 90]);
    }
}
