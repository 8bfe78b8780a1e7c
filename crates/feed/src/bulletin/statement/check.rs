//! Whether what a line states agrees with itself.
//!
//! In: the fields of a line. Out: every disagreement, as a reason to ask a person. Can't happen: a figure put right
//! here; a disagreement is only told.
//!
//! The tolerances come from the bulletins at hand (Jiyuan, 2023 and 2024, 23 forecast days). The levels follow the AQI to
//! the point, except that an AQI range may begin at the very end of the level below: 2024-08-25 says 良 for 50–75.
//! The index of a stated concentration is at most 7 from the stated AQI (2023-08-21: O3 120–150, AQI 60–90), because
//! the bureau rounds both to fives.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::bulletin::words::field::{Amount, Field, hull};
use cuofeng_air::forecast::Range;
use cuofeng_aqi::{Averaging, Pollutant, Standard};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// Points of the index by which a concentration and the AQI may differ: one more than the largest real difference.
/// Read as one-hour values, the ozone of every bulletin at hand is further away than that.
const TOLERANCE: i64 = 8;

/// Ends of the six levels (HJ 633-2012 and HJ 633-2026, the same in both).
const LEVEL_ENDS: [i64; 6] = [50, 100, 150, 200, 300, 500];

/// The earlier standard's tables: the later ones differ in that PM2.5 and PM10 of the same concentration have a higher
/// index there, so what is too high by these is too high by both. Ozone is the same.
static TABLES: LazyLock<Option<Standard>> =
    LazyLock::new(|| Standard::parse(include_str!("../../../../../rules/standards/hj633-2012.toml")).ok());

/// What a line states, to be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::bulletin) struct Stated {
    pub aqi: Option<Amount>,
    pub levels: Option<Range>,
    /// Empty where the line says that there is none.
    pub primary: Option<Vec<Pollutant>>,
    pub concentrations: BTreeMap<Pollutant, Amount>,
    /// The ozone concentration has no averaging time.
    pub plain_ozone: bool,
}

impl Stated {
    /// Whether anything is stated.
    pub fn says_something(&self) -> bool {
        self.aqi.is_some() || self.levels.is_some() || self.primary.is_some() || !self.concentrations.is_empty()
    }

    /// Keeps a field; false where another value was stated before: both are kept then, for a person to see.
    pub fn take(&mut self, field: Field) -> bool {
        match field {
            Field::Aqi(amount) => put(&mut self.aqi, amount, Amount::hull),
            Field::Levels(levels) => put(&mut self.levels, levels, hull),
            Field::Primary(list) => put(&mut self.primary, list, union),
            Field::Concentration { pollutant, amount, plain_ozone } => {
                self.plain_ozone |= plain_ozone;
                let known = self.concentrations.get(&pollutant).copied();
                self.concentrations.insert(pollutant, known.map_or(amount, |known| known.hull(amount)));
                known.is_none_or(|known| known == amount)
            }
        }
    }

    /// What all of these together say: of numbers and levels only what each of them says something of.
    pub fn hull(all: &[&Self]) -> Self {
        let mut said = all.iter().filter(|stated| stated.says_something()).map(|stated| (*stated).clone());
        let Some(first) = said.next() else { return Self::default() };
        said.fold(first, |mut all, next| {
            all.plain_ozone |= next.plain_ozone;
            all.concentrations.retain(|pollutant, _| next.concentrations.contains_key(pollutant));
            for (pollutant, amount) in &mut all.concentrations {
                *amount = next.concentrations.get(pollutant).map_or(*amount, |other| amount.hull(*other));
            }
            Self {
                aqi: all.aqi.zip(next.aqi).map(|(a, b)| a.hull(b)),
                levels: all.levels.zip(next.levels).map(|(a, b)| hull(a, b)),
                // Named of one part it is among those of the day.
                primary: match (all.primary, next.primary) {
                    (Some(one), Some(other)) => Some(union(one, other)),
                    (one, other) => one.or(other),
                },
                ..all
            }
        })
    }
}

fn put<T: Clone + PartialEq>(known: &mut Option<T>, stated: T, both: impl Fn(T, T) -> T) -> bool {
    let same = known.as_ref().is_none_or(|known| *known == stated);
    *known = Some(match known.take() {
        Some(known) => both(known, stated),
        None => stated,
    });
    same
}

fn union(mut one: Vec<Pollutant>, other: Vec<Pollutant>) -> Vec<Pollutant> {
    let new: Vec<Pollutant> = other.into_iter().filter(|pollutant| !one.contains(pollutant)).collect();
    one.extend(new);
    one
}

/// The levels of a range of the AQI, 1 to 6.
pub(in crate::bulletin) fn levels_of(aqi: Range) -> Option<Range> {
    Range::new(level(aqi.low())?, level(aqi.high())?)
}

/// Whether what is taken for the index would make the same levels as the concentration of a pollutant that it may be.
pub(in crate::bulletin) fn may_be_concentration(stated: &Stated) -> bool {
    let (Some(aqi), Some(levels)) = (stated.aqi, stated.levels) else { return true };
    let any = [Pollutant::Pm25, Pollutant::Pm10, Pollutant::O38h];
    let named = stated.primary.as_deref().filter(|primary| !primary.is_empty()).unwrap_or(&any);
    named.iter().any(|pollutant| {
        let index = |value: i64| iaqi(*pollutant, value * 1000);
        let range = index(aqi.range.low()).zip(index(aqi.range.high())).and_then(|(low, high)| Range::new(low, high));
        range.and_then(levels_of) == Some(levels)
    })
}

/// Every disagreement.
pub(in crate::bulletin) fn doubts(stated: &Stated) -> Vec<Message> {
    let mut doubts = Vec::new();
    if stated.aqi.is_none() && stated.levels.is_none() {
        doubts.push(msg!("bulletin.little"));
    }
    doubts.extend(levels(stated));
    doubts.extend(primary(stated));
    doubts.extend(singles(stated));
    doubts.extend(concentrations(stated));
    if stated.plain_ozone && !is_eight_hours(stated) {
        doubts.push(msg!("bulletin.ozone"));
    }
    doubts
}

/// The level of an AQI, 1 to 6.
fn level(aqi: i64) -> Option<i64> {
    LEVEL_ENDS.iter().position(|end| aqi <= *end).and_then(|at| i64::try_from(at + 1).ok())
}

fn levels(stated: &Stated) -> Option<Message> {
    let (aqi, levels) = (stated.aqi?.range, stated.levels?);
    let low = [level(aqi.low()), level(aqi.low() + 1)].contains(&Some(levels.low()));
    let agrees = low && level(aqi.high()) == Some(levels.high());
    (!agrees).then(|| msg!("bulletin.level", low = aqi.low(), high = aqi.high()))
}

/// Above 50 there is a primary pollutant (HJ 633-2012 and HJ 633-2026).
fn primary(stated: &Stated) -> Option<Message> {
    let none = stated.primary.as_ref()?.is_empty();
    let above = stated.aqi.map(|aqi| aqi.range.low() > 50).or(stated.levels.map(|levels| levels.low() > 1))?;
    (none && above).then(|| msg!("bulletin.primary_none"))
}

/// One number where a range is due may be two whose mark was lost. It is taken only where every number of the line
/// stands alone and the level confirms the index.
fn singles(stated: &Stated) -> Option<Message> {
    let alone = stated.aqi.is_some_and(|aqi| aqi.single);
    let same = stated.concentrations.values().all(|amount| amount.single == alone);
    (!same || (alone && stated.levels.is_none())).then(|| msg!("bulletin.single"))
}

fn iaqi(pollutant: Pollutant, milli: i64) -> Option<i64> {
    TABLES.as_ref()?.iaqi(Averaging::Day, pollutant, milli).map(i64::from)
}

/// No pollutant may have a higher index than the day.
fn concentrations(stated: &Stated) -> Option<Message> {
    let top = match (stated.aqi, stated.levels) {
        (Some(aqi), _) => aqi.range,
        (None, Some(levels)) => {
            let end = usize::try_from(levels.high() - 1).ok().and_then(|at| LEVEL_ENDS.get(at)).copied()?;
            Range::new(end, end)?
        }
        (None, None) => return None,
    };
    let too_high = stated.concentrations.iter().find(|(pollutant, amount)| {
        let fits = |value, limit| iaqi(**pollutant, value).is_some_and(|index| index <= limit + TOLERANCE);
        !fits(amount.range.low(), top.low()) || !fits(amount.range.high(), top.high())
    });
    too_high.map(|(pollutant, _)| msg!("bulletin.too_high", pollutant = pollutant.name()))
}

/// `臭氧浓度` without an averaging time is the eight-hour mean where it makes the stated AQI by the table of eight hours
/// at both ends, and does not by the table of one hour.
fn is_eight_hours(stated: &Stated) -> bool {
    let named = stated.primary.as_ref().is_some_and(|primary| primary.contains(&Pollutant::O38h));
    let (Some(aqi), Some(ozone)) = (stated.aqi, stated.concentrations.get(&Pollutant::O38h)) else { return false };
    let near = |pollutant, value, index: i64| iaqi(pollutant, value).is_some_and(|i| (i - index).abs() <= TOLERANCE);
    let makes = |pollutant| {
        near(pollutant, ozone.range.low(), aqi.range.low()) && near(pollutant, ozone.range.high(), aqi.range.high())
    };
    named && makes(Pollutant::O38h) && !makes(Pollutant::O3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(low: i64, high: i64) -> Amount {
        Amount { range: Range::new(low, high).expect("rising"), single: low == high }
    }

    #[test]
    fn levels_follow_the_index_to_the_point_but_for_a_beginning_at_a_boundary() {
        for (aqi, levels, agrees) in [
            ((56, 84), (2, 2), true),
            ((50, 75), (2, 2), true),
            ((50, 75), (1, 2), true),
            ((49, 75), (2, 2), false),
            ((56, 101), (2, 2), false),
            ((130, 160), (3, 4), true),
            ((130, 150), (3, 4), false),
            ((100, 140), (3, 3), true),
            ((300, 320), (6, 6), true),
            ((500, 500), (6, 6), true),
            ((50, 50), (2, 2), false),
        ] {
            let stated =
                Stated { aqi: Some(amount(aqi.0, aqi.1)), levels: Range::new(levels.0, levels.1), ..Stated::default() };
            assert_eq!(super::levels(&stated).is_none(), agrees, "{aqi:?} {levels:?}");
        }
    }

    #[test]
    fn plain_ozone_is_the_eight_hour_mean_only_where_the_index_says_so() {
        for (ozone, aqi, is) in [
            ((130, 160), (70, 100), true),
            ((120, 150), (60, 90), true),   // 67–92: the largest difference of the bulletins
            ((120, 150), (58, 83), false),  // 9 away
            ((160, 200), (50, 100), false), // the table of one hour
            ((20, 30), (10, 15), false),    // both tables
            ((801, 900), (300, 320), false),
        ] {
            let stated = Stated {
                aqi: Some(amount(aqi.0, aqi.1)),
                primary: Some(vec![Pollutant::O38h]),
                concentrations: BTreeMap::from([(Pollutant::O38h, amount(ozone.0 * 1000, ozone.1 * 1000))]),
                plain_ozone: true,
                ..Stated::default()
            };
            assert_eq!(is_eight_hours(&stated), is, "{ozone:?} {aqi:?}");
        }
    }
}
