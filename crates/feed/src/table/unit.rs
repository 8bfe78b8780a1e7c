//! Units that tables come in.
//!
//! In: a unit's spelling and the variable it is of. Out: how to get to the variable's own unit. Can't happen: a unit
//! that does not fit its variable; a conversion that a later rounding to whole units shows.

use cuofeng_air::forecast::Variable;
use cuofeng_aqi::{Milli, parse_milli, round_05up, round_half_even};

/// How a cell becomes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Multiplied by a fraction, then shifted (thousandths).
    Linear {
        /// Numerator.
        times: i64,
        /// Denominator, positive.
        over: i64,
        /// Added after the multiplication.
        plus: Milli,
    },
    /// One of the sixteen winds.
    Compass,
}

/// Molar volume in thousandths of l/mol at 298.15 K and 1013.25 hPa, the reference state of GB 3095-2026 for gases.
const MOLAR_VOLUME: i64 = 24_465;

/// The sixteen winds, clockwise from north: English, and the Chinese words in use.
const WINDS: [(&str, &[&str]); 16] = [
    ("N", &["北", "北风"]),
    ("NNE", &["北东北", "东北偏北"]),
    ("NE", &["东北", "东北风"]),
    ("ENE", &["东东北", "东北偏东"]),
    ("E", &["东", "东风"]),
    ("ESE", &["东东南", "东南偏东"]),
    ("SE", &["东南", "东南风"]),
    ("SSE", &["南东南", "东南偏南"]),
    ("S", &["南", "南风"]),
    ("SSW", &["南西南", "西南偏南"]),
    ("SW", &["西南", "西南风"]),
    ("WSW", &["西西南", "西南偏西"]),
    ("W", &["西", "西风"]),
    ("WNW", &["西西北", "西北偏西"]),
    ("NW", &["西北", "西北风"]),
    ("NNW", &["北西北", "西北偏北"]),
];

/// Words for no wind: a direction that is not there.
const CALM: [&str; 4] = ["C", "CV", "静风", "静"];

impl Unit {
    /// Values are in the variable's own unit.
    pub(super) const OWN: Self = Self::Linear { times: 1, over: 1, plus: 0 };

    /// The unit with this spelling, if it fits the variable.
    pub(super) fn named(text: &str, variable: Variable) -> Option<Self> {
        let text = text.trim().replace(['μ', 'µ'], "u").replace('³', "3").replace('²', "2").to_lowercase();
        let linear = |times, over| Some(Self::Linear { times, over, plus: 0 });
        let gram = |micrograms: bool| match (variable, micrograms) {
            (Variable::Co, true) => linear(1, 1000),
            (Variable::Co, false) => Some(Self::OWN),
            (v, true) if Variable::AIR.contains(&v) => Some(Self::OWN),
            (v, false) if Variable::AIR.contains(&v) => linear(1000, 1),
            _ => None,
        };
        match (text.as_str(), variable) {
            ("ug/m3" | "微克/立方米" | "微克每立方米", _) => gram(true),
            ("mg/m3" | "毫克/立方米" | "毫克每立方米", _) => gram(false),
            ("ppb", _) => molar(variable).and_then(|(mass, scale)| linear(mass, MOLAR_VOLUME * scale)),
            ("ppm", _) => molar(variable).and_then(|(mass, scale)| linear(mass * 1000, MOLAR_VOLUME * scale)),
            ("degc" | "°c" | "℃" | "c", Variable::Temperature)
            | ("%", Variable::Humidity)
            | ("m/s", Variable::Wind)
            | ("°" | "deg", Variable::WindDirection)
            | ("mm", Variable::Precipitation)
            | ("w/m2", Variable::Radiation)
            | ("m", Variable::MixingHeight)
            | ("", Variable::AqiHour) => Some(Self::OWN),
            ("k", Variable::Temperature) => Some(Self::Linear { times: 1, over: 1, plus: -273_150 }),
            // °C = (°F - 32) × 5 / 9.
            ("degf" | "°f" | "℉", Variable::Temperature) => {
                Some(Self::Linear { times: 5, over: 9, plus: -round_half_even(32_000 * 5, 9) })
            }
            ("km/h", Variable::Wind) => linear(10, 36),
            // A knot is 1,852 m an hour.
            ("kn" | "kt", Variable::Wind) => linear(1852, 3600),
            ("compass" | "方位", Variable::WindDirection) => Some(Self::Compass),
            // A megajoule in an hour is 10⁶ / 3600 W.
            ("mj/m2", Variable::Radiation) => linear(1_000_000, 3600),
            _ => None,
        }
    }

    /// The figure of a cell as given and in the variable's own unit, both in thousandths. `Ok(None)` for a direction
    /// without wind.
    pub(super) fn read(self, cell: &str) -> Result<Option<(Milli, Milli)>, ()> {
        match self {
            Self::Linear { times, over, plus } => {
                let given = parse_milli(cell).or_else(|| with_exponent(cell)).ok_or(())?;
                // At most 2 × 10⁹ thousandths times 10⁶: fits. Most columns are in whole units, without a division.
                // What is shifted is a temperature, which nothing rounds later.
                let value = match (over, plus) {
                    (1, _) => given * times,
                    (_, 0) => round_05up(given * times, over),
                    _ => round_half_even(given * times, over),
                };
                Ok(Some((given, value + plus)))
            }
            Self::Compass => {
                if CALM.iter().any(|calm| calm.eq_ignore_ascii_case(cell)) {
                    return Ok(None);
                }
                let is = |(en, zh): &(&str, &[&str])| en.eq_ignore_ascii_case(cell) || zh.contains(&cell);
                let at = WINDS.iter().position(is).ok_or(())?;
                Ok(i64::try_from(at).ok().map(|at| (at * 22_500, at * 22_500)))
            }
        }
    }
}

/// A number as programs write very small ones (`-2.77e-17`) and spreadsheets those in scientific format (`2.0E+01`).
fn with_exponent(cell: &str) -> Option<Milli> {
    let value: f64 = Some(cell).filter(|c| c.contains(['e', 'E']))?.parse().ok()?;
    // Below 10⁹ in the unit, so below 10¹² thousandths: exact as a float, and the cast does not saturate.
    #[expect(clippy::cast_possible_truncation)]
    let milli = (value * 1000.0).round_ties_even() as Milli;
    (value.abs() < 1e9).then_some(milli)
}

/// Molar mass in thousandths of g/mol (IUPAC 2021), and how many micrograms the variable's unit has.
const fn molar(variable: Variable) -> Option<(i64, i64)> {
    match variable {
        Variable::O3 => Some((47_998, 1)),
        Variable::No2 => Some((46_006, 1)),
        Variable::So2 => Some((64_064, 1)),
        Variable::Co => Some((28_010, 1000)),
        _ => None,
    }
}
