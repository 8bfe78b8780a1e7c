//! Weights: what a kilogram that is emitted at an hour counts for ozone.
//!
//! In: `rules/weights.toml` and a region's series. Out: weights per hour, thousandths, for each set. Can't happen: an
//! hour without a weight (where the forecast has no hourly values the set's daily shape stands alone); a weight below
//! the floor.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::burden::Fairness;
use cuofeng_air::forecast::{Series, Variable};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Hour, Zone};

/// The file: sets of weights, the regime, and what a plan is worth.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// The set that plans are made under.
    pub set: String,
    /// The regime of the place.
    pub regime: String,
    /// Kinds of the rules that are planned hour by hour.
    pub kinds: Vec<String>,
    /// Least weight of an hour, thousandths.
    pub floor: i64,
    /// Ozone of an hour above which nothing is moved into it, µg/m³.
    pub limit: i32,
    /// Weighted grams a day that a move must save.
    pub least_grams: i64,
    /// What a weighted kilogram is worth.
    pub yuan_per_kilogram: u32,
    /// What a unit above a cap costs in a slot.
    pub yuan_over_cap: u32,
    /// Per cent that another plan must cost less before a told one changes.
    pub gain_percent: u32,
    /// Per cent of the movable processes that may start in one hour.
    pub restart_percent: u32,
    /// How the burden is shared.
    pub fair: Fairness,
    regimes: BTreeMap<String, Regime>,
    scale: Scale,
    #[serde(rename = "weights", default)]
    sets: Vec<Set>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Regime {
    voc: i64,
    nox: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scale {
    ozone: i64,
    radiation: i64,
    temperature: i64,
    per_degree: i64,
    least: i64,
    most: i64,
    turn: u32,
}

/// A set of weights.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Identifier.
    pub id: String,
    zh: String,
    en: String,
    /// Where it comes from.
    pub source: String,
    voc: Vec<i64>,
    nox: Vec<i64>,
}

impl Set {
    /// Its name.
    #[must_use]
    pub fn words(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }
}

/// Why the file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// Not the shape of the file.
    #[error("{0}")]
    Toml(toml::de::Error),
    /// Not 24 weights from 0 to 10,000.
    #[error("weights {0} need 24 numbers from 0 to 10000 for voc and for nox")]
    Hours(String),
    /// A name that the file does not have.
    #[error("there are no weights and no regime named `{0}` in the file")]
    Unknown(String),
    /// A figure out of its range.
    #[error("`{0}` is out of range")]
    Range(&'static str),
}

impl WeightsError {
    /// In words of the reader's language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Toml(error) => msg!("site.not_toml", error = error.message()),
            Self::Hours(id) => msg!("site.weights_hours", id = id),
            Self::Unknown(name) => msg!("site.weights_unknown", name = name),
            Self::Range(name) => msg!("site.weights_range", name = *name),
        }
    }
}

/// Weights of one set over a horizon, thousandths, one an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The set.
    pub set: String,
    /// Of VOC of reactivity 1.
    pub voc: Vec<i64>,
    /// Of `NOx`.
    pub nox: Vec<i64>,
}

impl Weights {
    /// Reads the file and checks that its figures can be used.
    pub fn parse(source: &str) -> Result<Self, WeightsError> {
        let weights: Self = toml::from_str(source).map_err(WeightsError::Toml)?;
        for set in &weights.sets {
            let fine = |row: &[i64]| row.len() == 24 && row.iter().all(|w| (0..=10_000).contains(w));
            if !fine(&set.voc) || !fine(&set.nox) {
                return Err(WeightsError::Hours(set.id.clone()));
            }
        }
        if weights.set(&weights.set).is_none() {
            return Err(WeightsError::Unknown(weights.set.clone()));
        }
        if !weights.regimes.contains_key(&weights.regime) {
            return Err(WeightsError::Unknown(weights.regime.clone()));
        }
        let (scale, fair) = (&weights.scale, &weights.fair);
        for (name, fine) in [
            ("floor", (0..=10_000).contains(&weights.floor)),
            ("limit", weights.limit > 0 && weights.limit < 10_000),
            ("least_grams", (0..=1_000_000).contains(&weights.least_grams)),
            ("gain_percent", weights.gain_percent <= 100),
            ("restart_percent", (1..=100).contains(&weights.restart_percent)),
            ("ozone", (1..=10_000).contains(&scale.ozone)),
            ("radiation", (1..=10_000).contains(&scale.radiation)),
            ("temperature", (-100..=100).contains(&scale.temperature)),
            ("per_degree", (0..=1000).contains(&scale.per_degree)),
            ("least", (1..=1000).contains(&scale.least)),
            ("most", (1000..=10_000).contains(&scale.most)),
            ("turn", scale.turn <= 24),
            ("days", fair.days <= 366),
            ("tolerance_percent", (0..=1000).contains(&fair.tolerance_percent)),
            ("yuan_per_hour", fair.yuan_per_hour <= 100_000),
            // Else a plan that was made fairer would be given up for what it cost.
            ("cost_percent", fair.cost_percent <= weights.gain_percent),
        ] {
            if !fine {
                return Err(WeightsError::Range(name));
            }
        }
        Ok(weights)
    }

    /// A set by its identifier.
    #[must_use]
    pub fn set(&self, id: &str) -> Option<&Set> {
        self.sets.iter().find(|set| set.id == id)
    }

    /// The weights of every set over `hours` hours from `first`.
    #[must_use]
    pub fn rows(&self, series: &Series, zone: &Zone, first: Hour, hours: usize) -> Vec<Row> {
        let regime = self.regimes.get(&self.regime).copied().unwrap_or(Regime { voc: 1000, nox: 0 });
        let hours: Vec<Hour> = (0..i64::try_from(hours).unwrap_or(0)).map(|h| first + h).collect();
        let factors: Vec<i64> = hours.iter().map(|h| self.factor(series, zone, *h)).collect();
        let row = |shape: &[i64], share: i64| -> Vec<i64> {
            let one = |(hour, factor): (&Hour, &i64)| {
                let clock = usize::try_from(zone.clock(*hour)).unwrap_or(0);
                let base = shape.get(clock).copied().unwrap_or(0) * share / 1000;
                // What the regime does not count has no floor either.
                if share == 0 { 0 } else { (base * factor / 1000).max(self.floor) }
            };
            hours.iter().zip(&factors).map(one).collect()
        };
        let of =
            |set: &Set| Row { set: set.id.clone(), voc: row(&set.voc, regime.voc), nox: row(&set.nox, regime.nox) };
        self.sets.iter().map(of).collect()
    }

    /// What the day whose ozone an hour's emission feeds is like, thousandths; 1000 where the forecast has no values.
    fn factor(&self, series: &Series, zone: &Zone, hour: Hour) -> i64 {
        let scale = &self.scale;
        let day = zone.day_of(hour);
        let day = if zone.clock(hour) >= scale.turn { day + chrono::Days::new(1) } else { day };
        let limited = |factor: i64| factor.clamp(scale.least, scale.most);
        let ozone = largest(series, Variable::O3, day, zone).map_or(1000, |o3| limited(o3 / scale.ozone));
        let light = mean(series, Variable::Radiation, day, zone).map_or(1000, |r| limited(r / scale.radiation));
        let heat = largest(series, Variable::Temperature, day, zone)
            .map_or(1000, |t| limited(1000 + (t - 1000 * scale.temperature) * scale.per_degree / 1000));
        limited(ozone * light / 1000 * heat / 1000)
    }
}

/// The values of a day's hours `[from, until)`, thousandths; nothing where none is known.
fn values(series: &Series, variable: Variable, day: NaiveDate, zone: &Zone, clock: [i64; 2]) -> Vec<i64> {
    let midnight = zone.first_hour(day);
    let hours = (clock[0]..clock[1]).filter_map(|h| series.value(variable, midnight + h));
    hours.map(i64::from).collect()
}

fn largest(series: &Series, variable: Variable, day: NaiveDate, zone: &Zone) -> Option<i64> {
    values(series, variable, day, zone, [8, 20]).into_iter().max()
}

fn mean(series: &Series, variable: Variable, day: NaiveDate, zone: &Zone) -> Option<i64> {
    let values = values(series, variable, day, zone, [8, 16]);
    let count = i64::try_from(values.len()).ok().filter(|n| *n > 0)?;
    Some(values.iter().sum::<i64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuofeng_air::forecast::{Column, Columns, Origin};

    fn weights() -> Weights {
        Weights::parse(include_str!("../../../rules/weights.toml")).expect("the file that ships")
    }

    fn series(zone: &Zone, day: NaiveDate, ozone: i32, radiation: i32) -> Series {
        let first = zone.first_hour(day);
        let mut series = Series::new("r", first, 24);
        let column = |value| Column { first, values: vec![value; 24] };
        let columns = Columns::from([(Variable::O3, column(ozone)), (Variable::Radiation, column(radiation))]);
        series.lay(&columns, &Origin::Observed { feed: "f".into() });
        series
    }

    #[test]
    fn a_bright_day_of_much_ozone_weighs_more_and_its_evening_counts_for_the_next_day() {
        let (weights, zone) = (weights(), Zone::named("Asia/Shanghai").expect("a zone"));
        let day = NaiveDate::from_ymd_opt(2026, 7, 15).expect("a day");
        let of = |series: &Series| {
            let rows = weights.rows(series, &zone, zone.first_hour(day), 24);
            rows.into_iter().find(|r| r.set == "default").expect("the set").voc
        };
        let unknown = of(&Series::new("r", zone.first_hour(day), 0));
        assert_eq!((unknown[9], unknown[18]), (980, 100), "the shape alone; 80 lies below the floor");
        // 200/160 and 600/500: 1250 × 1200 = 1500 thousandths, the most.
        let bright = of(&series(&zone, day, 200_000, 600_000));
        assert_eq!((bright[9], bright[22]), (1470, 210), "the evening feeds a day of which nothing is known");
        // 120/160, and no light but half of the reference.
        let dull = of(&series(&zone, day, 120_000, 250_000));
        assert_eq!(dull[9], 490, "750 × 500 is below the least, 500");
    }

    #[test]
    fn a_place_where_only_voc_counts_gives_nox_no_weight() {
        let (weights, zone) = (weights(), Zone::named("Asia/Shanghai").expect("a zone"));
        let rows = weights.rows(&Series::new("r", Hour(0), 0), &zone, Hour(0), 24);
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.nox.iter().all(|w| *w == 0)));
        let text = include_str!("../../../rules/weights.toml");
        let other =
            Weights::parse(&text.replace("regime = \"voc-limited\"", "regime = \"nox-limited\"")).expect("a file");
        let rows = other.rows(&Series::new("r", Hour(0), 0), &zone, Hour(0), 24);
        // Hour 0 of the epoch is eight o'clock in Shanghai.
        assert_eq!((rows[0].nox[0], rows[0].voc[0]), (940, 0));
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why() {
        let text = include_str!("../../../rules/weights.toml");
        for (from, to, why) in [
            ("set = \"default\"", "set = \"none\"", WeightsError::Unknown("none".into())),
            ("\"voc-limited\"        ", "\"sea\" ", WeightsError::Unknown("sea".into())),
            ("voc = [270, 310, ", "voc = [", WeightsError::Hours("default".into())),
            ("gain_percent = 5", "gain_percent = 500", WeightsError::Range("gain_percent")),
        ] {
            assert!(text.contains(from), "{from}");
            assert_eq!(Weights::parse(&text.replacen(from, to, 1)), Err(why));
        }
        assert!(matches!(Weights::parse("set = 1"), Err(WeightsError::Toml(_))));
    }
}
