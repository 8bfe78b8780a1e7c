//! Units of a process's figures, as they are written at the head of a column or in a cell.
//!
//! In: `2.5`, `2.5千克/小时`, `12吨/年`. Out: the figure in the unit in which it is kept, or what it is per day, month or year.
//! Can't happen: a unit taken for another one; a yearly figure taken for an hourly one where its unit says what it is.

use cuofeng_aqi::{Milli, parse_milli, round_half_even};
use cuofeng_base::text::Lang;

/// What is measured in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Mass an hour, kept in kg/h.
    Emission,
    /// Power, kept in kW.
    Power,
    /// Money each time, kept in yuan.
    Yuan,
    /// Money an hour, kept in yuan an hour.
    YuanPerHour,
}

impl Quantity {
    /// The unit in which it is kept.
    #[must_use]
    pub const fn unit(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Emission, Lang::Zh) => "千克/小时",
            (Self::Emission, Lang::En) => "kg/h",
            (Self::Power, Lang::Zh) => "千瓦",
            (Self::Power, Lang::En) => "kW",
            (Self::Yuan, Lang::Zh) => "元",
            (Self::Yuan, Lang::En) => "yuan",
            (Self::YuanPerHour, Lang::Zh) => "元/小时",
            (Self::YuanPerHour, Lang::En) => "yuan/h",
        }
    }

    /// The catalogue key of what is wrong where a unit is none of it.
    pub(super) const fn refused(self) -> &'static str {
        match self {
            Self::Emission => "roster.unit_emission",
            Self::Power => "roster.unit_power",
            Self::Yuan => "roster.unit_yuan",
            Self::YuanPerHour => "roster.unit_yuan_per_hour",
        }
    }
}

/// The stretch of time for which a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    /// An hour of running, or no stretch at all.
    Hour,
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// Working days of a year since 2025: 365 less 104 days of rest and 13 holidays (人社部发〔2025〕2号).
const WORKDAYS: i64 = 248;

impl Per {
    /// Hours of running in it, of a process that runs so many hours a day, on working days only or on every one; times
    /// twelve, because a month is a twelfth of a year.
    pub(super) const fn twelfths_of_hours(self, hours_per_day: i64, workdays: bool) -> i64 {
        let days = if workdays { WORKDAYS } else { 365 };
        match self {
            Self::Hour => 12,
            Self::Day => hours_per_day * 12,
            Self::Month => hours_per_day * days,
            Self::Year => hours_per_day * days * 12,
        }
    }
}

/// A figure as written: thousandths of the kept unit, and for how long it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure {
    amount: Milli,
    pub(super) per: Per,
}

impl Figure {
    /// The figure an hour of running, thousandths; nothing where that can't be said.
    pub(super) const fn hourly(self, hours_per_day: i64, workdays: bool) -> Option<Milli> {
        let twelfths = self.per.twelfths_of_hours(hours_per_day, workdays);
        match self.per {
            Per::Hour => Some(self.amount),
            _ if twelfths <= 0 => None,
            // At most 2·10⁹ thousandths of a tonne: 2·10¹³, far from the end of the range.
            _ => Some(round_half_even(self.amount * 12, twelfths)),
        }
    }
}

/// Why a figure can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitError {
    /// Its number is none, or below zero.
    Number,
    /// Its unit is none of the quantity.
    Unit,
}

/// The number and the unit of a cell; the unit may be empty.
pub(super) fn split(cell: &str) -> (&str, &str) {
    let end = cell.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(cell.len());
    let (number, unit) = cell.split_at(end);
    (number.trim(), unit.trim())
}

/// Reads a figure; without a unit it is in the kept one.
pub(super) fn figure(cell: &str, quantity: Quantity) -> Result<Figure, UnitError> {
    let (number, unit) = split(cell);
    let amount = parse_milli(number).filter(|amount| *amount >= 0).ok_or(UnitError::Number)?;
    // `1e3`, `<3`: no number that people write, and no unit.
    if unit.starts_with(|c: char| c.is_ascii_digit()) || number.is_empty() {
        return Err(UnitError::Number);
    }
    let (times, parts, per) = scale(unit, quantity).ok_or(UnitError::Unit)?;
    Ok(Figure { amount: round_half_even(amount * times, parts), per })
}

/// How many kept units a unit is, as a fraction, and for how long it counts.
pub(super) fn scale(unit: &str, quantity: Quantity) -> Option<(i64, i64, Per)> {
    let unit: String = unit.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    if unit.is_empty() {
        return Some((1, 1, Per::Hour));
    }
    let (what, time) = unit.split_once(['/', '每']).unwrap_or((&unit, ""));
    let per = match time {
        "" => None,
        "h" | "hr" | "小时" | "时" => Some(Per::Hour),
        "d" | "day" | "天" | "日" => Some(Per::Day),
        "月" | "month" => Some(Per::Month),
        "a" | "y" | "yr" | "year" | "年" => Some(Per::Year),
        "次" if quantity == Quantity::Yuan => None,
        _ => return None,
    };
    let (times, parts) = match (quantity, what) {
        (Quantity::Emission, "千克" | "公斤" | "kg")
        | (Quantity::Power, "千瓦" | "kw")
        | (Quantity::Yuan | Quantity::YuanPerHour, "元" | "yuan") => (1, 1),
        (Quantity::Emission, "克" | "g") | (Quantity::Power, "瓦" | "w") => (1, 1000),
        (Quantity::Emission, "吨" | "t") | (Quantity::Power, "兆瓦" | "mw") => (1000, 1),
        _ => return None,
    };
    match (quantity, per) {
        (Quantity::Emission, Some(per)) => Some((times, parts, per)),
        (Quantity::YuanPerHour, None | Some(Per::Hour)) | (Quantity::Power | Quantity::Yuan, None) => {
            Some((times, parts, Per::Hour))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousandths an hour, of a process that runs 8 hours on working days.
    fn hourly(cell: &str, quantity: Quantity) -> Result<Option<Milli>, UnitError> {
        figure(cell, quantity).map(|figure| figure.hourly(8, true))
    }

    #[test]
    fn a_figure_is_what_its_unit_says() {
        for (cell, quantity, wanted) in [
            ("2.5", Quantity::Emission, 2500),
            ("2.5千克/小时", Quantity::Emission, 2500),
            ("2.5 kg/h", Quantity::Emission, 2500),
            ("800克每小时", Quantity::Emission, 800),
            ("16公斤/天", Quantity::Emission, 2000),
            // 4960 kg in 248 × 8 hours.
            ("4.96吨/年", Quantity::Emission, 2500),
            ("4.96 t/a", Quantity::Emission, 2500),
            ("4960千克/年", Quantity::Emission, 2500),
            ("0.496吨/月", Quantity::Emission, 3000),
            ("25", Quantity::Power, 25_000),
            ("25 kW", Quantity::Power, 25_000),
            ("0.1兆瓦", Quantity::Power, 100_000),
            ("30元/次", Quantity::Yuan, 30_000),
            ("50元/小时", Quantity::YuanPerHour, 50_000),
        ] {
            assert_eq!(hourly(cell, quantity), Ok(Some(wanted)), "{cell}");
        }
    }

    #[test]
    fn what_a_unit_cannot_mean_is_refused() {
        for (cell, quantity, wanted) in [
            ("2.5吨/年", Quantity::Power, UnitError::Unit),
            ("2.5毫克/立方米", Quantity::Emission, UnitError::Unit),
            // A mass for no time is no rate.
            ("12吨", Quantity::Emission, UnitError::Unit),
            ("千克/小时", Quantity::Emission, UnitError::Number),
            ("-1", Quantity::Emission, UnitError::Number),
            ("1e3", Quantity::Emission, UnitError::Unit),
            ("约3", Quantity::Emission, UnitError::Number),
            ("3元", Quantity::Emission, UnitError::Unit),
            ("25千瓦时", Quantity::Power, UnitError::Unit),
        ] {
            assert_eq!(hourly(cell, quantity), Err(wanted), "{cell}");
        }
        assert_eq!(figure("2吨/年", Quantity::Emission).map(|figure| figure.hourly(0, false)), Ok(None));
    }
}
