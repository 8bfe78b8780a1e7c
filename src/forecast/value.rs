//! Values as feeds give them: marks of a missing one, instruments below zero, figures that no place has had.
//!
//! In: a figure in the unit it came in, and what it is in the variable's own. Out: the value, or that there is none, and
//! [`Remarks`] on what was not taken as it stood. Can't happen: a missing mark that reads as a value in any feed; a value
//! above all that has been that reaches a rule; a `999` that one feed takes for a value and another for a mark.

use super::{Columns, MISSING, Variable};
use crate::aqi::{Milli, milli_words, parse_milli};
use crate::msg;
use crate::text::Message;

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

/// Most findings that are kept word by word.
const SHOWN: usize = 3;

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

/// What was not taken as it stood.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remarks {
    /// Small negative values that were made 0.
    pub zeroed: usize,
    /// Values that were set aside: no place has had them.
    pub beyond: usize,
    /// The first of those.
    shown: Vec<(Variable, Milli)>,
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
            if self.shown.len() < SHOWN {
                self.shown.push((variable, value));
            }
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
        self.shown.extend(other.shown);
        self.shown.truncate(SHOWN);
    }

    /// What to tell.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let mut out = Vec::new();
        if let Some((variable, value)) = self.shown.first() {
            let (_, high) = variable.plausible();
            out.push(msg!(
                "feed.set_aside",
                count = self.beyond,
                name = variable.name(),
                value = milli_words(*value),
                high = high,
                unit = variable.unit()
            ));
        }
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
    use crate::time::Hour;

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
        assert!(remarks.messages().is_empty());
        remarks.take(Variable::O3, 6_180_000, 6_180_000);
        let told: Vec<String> = remarks.messages().iter().map(|m| m.text(crate::text::Lang::En)).collect();
        assert!(told.len() == 1 && told[0].contains("6180") && told[0].contains("1400"), "{told:?}");
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
