//! Fairness: no enterprise carries more than its share unless it must.
//!
//! What the rule closes everyone must leave; that is nobody's burden but the rule's. What a plan moves beyond it is:
//! an enterprise's extra hours, in this plan and in those of the last days, as a part of the hours it usually runs. Its
//! peers' share is that of all the others together: whoever carries most does not raise its own measure. Who would carry
//! more than that pays a surcharge for every extra hour, so that others take them over where they can at little cost.
//!
//! In: told plans, a plan in the making. Out: what each enterprise [`Carried`], and its surcharge. Can't happen: a
//! surcharge for hours that the rule closes, for one who has no peers, or before anyone has carried anything.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::burden::share;
pub use super::burden::{Burden, Fairness};
use super::horizon::holds;
use super::schedule::{Outcome, Plan, Row};

/// What an enterprise has carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// Minutes moved beyond what rules closed.
    pub extra: i64,
    /// Minutes usually run on those days.
    pub usual: i64,
}

/// A told plan and until when its hours were in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The plan.
    pub plan: Plan,
    /// The end: the present, or when the plan was taken back.
    pub until: DateTime<Utc>,
}

impl Carried {
    fn add(&mut self, other: Self) {
        self.extra += other.extra;
        self.usual += other.usual;
    }
}

/// What each enterprise has carried in past plans.
#[must_use]
pub fn carried(past: &[Past]) -> BTreeMap<String, Carried> {
    let mut all: BTreeMap<String, Carried> = BTreeMap::new();
    for Past { plan, until } in past {
        for row in plan.rows.iter().filter(|row| row.outcome == Outcome::Own) {
            let carried = of_row(row, plan, plan.horizon.slot_from(*until));
            all.entry(row.enterprise.clone()).or_default().add(carried);
        }
    }
    all
}

/// What a row carries in the slots before one, on the days on which the rule closes hours.
fn of_row(row: &Row, plan: &Plan, before: usize) -> Carried {
    let per_day = plan.horizon.per_day();
    let minutes = 60 / i64::try_from(plan.horizon.per_hour()).unwrap_or(1);
    let told = |day: usize| (day * per_day..(day + 1) * per_day).any(|slot| holds(&row.stop, slot));
    let mut carried = Carried::default();
    for day in (0..plan.horizon.days()).filter(|day| told(*day)) {
        let slots = (day * per_day..(day + 1) * per_day).filter(|slot| *slot < before);
        let (mut moved, mut closed) = (0, 0);
        for slot in slots {
            let usual = holds(&row.usual, slot);
            carried.usual += if usual { minutes } else { 0 };
            closed += if usual && holds(&row.stop, slot) { minutes } else { 0 };
            moved += if !usual && holds(&row.on, slot) { minutes } else { 0 };
        }
        carried.extra += (moved - closed).max(0);
    }
    carried
}

/// What each enterprise with hours of its own carries under a plan, the past included; surcharges are still nothing.
pub(super) fn burdens<'a>(
    plan: &Plan,
    rows: impl Iterator<Item = &'a Row>,
    past: &BTreeMap<String, Carried>,
) -> Vec<Burden> {
    let mut all: BTreeMap<&str, Carried> = BTreeMap::new();
    for row in rows {
        let known =
            all.entry(&row.enterprise).or_insert_with(|| past.get(&row.enterprise).copied().unwrap_or_default());
        known.add(of_row(row, plan, plan.horizon.slots()));
    }
    let one = |(id, carried): (&str, Carried)| Burden {
        enterprise: id.to_owned(),
        extra: carried.extra,
        usual: carried.usual,
        surcharge: 0,
    };
    all.into_iter().map(one).collect()
}

/// The share of all others together, thousandths; none where an enterprise has no peers in the plan.
#[must_use]
pub fn peers(burdens: &[Burden], enterprise: &str) -> Option<i64> {
    let others = || burdens.iter().filter(|b| b.enterprise != enterprise);
    let (extra, usual) = (others().map(|b| b.extra).sum(), others().map(|b| b.usual).sum());
    (usual > 0).then(|| share(extra, usual))
}

/// Minutes carried above the tolerated share: what fairness makes small.
#[must_use]
pub fn excess(burdens: &[Burden], fairness: &Fairness) -> i64 {
    let above = |b: &Burden| Some(b.extra - b.usual.saturating_mul(tolerated(burdens, b, fairness)?) / 1000);
    burdens.iter().filter_map(above).map(|minutes| minutes.max(0)).sum()
}

/// Sets the surcharge of everyone who carries more than is tolerated, `times` that of the file; whether there is any.
pub(super) fn surcharge(burdens: &mut [Burden], fairness: &Fairness, times: i64) -> bool {
    let yuan = i64::from(fairness.yuan_per_hour) * 1000 * times;
    let due = |b: &Burden, tolerated: i64| {
        // Twice the tolerated share pays it once; nobody pays more than fivefold.
        yuan.saturating_mul((b.share() - tolerated).clamp(0, 5 * tolerated)) / tolerated
    };
    let all: Vec<i64> =
        burdens.iter().map(|b| tolerated(burdens, b, fairness).map_or(0, |tolerated| due(b, tolerated))).collect();
    burdens.iter_mut().zip(&all).for_each(|(burden, due)| burden.surcharge = *due);
    all.iter().any(|due| *due > 0)
}

/// The least share that is tolerated, thousandths: minutes of a day, which nobody need count where the peers carry none.
const LEAST: i64 = 10;

/// The share that is tolerated of an enterprise, thousandths; none where it has no peers.
fn tolerated(burdens: &[Burden], of: &Burden, fairness: &Fairness) -> Option<i64> {
    let peers = peers(burdens, &of.enterprise)?;
    Some((peers * (100 + fairness.tolerance_percent) / 100).max(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAIR: Fairness = Fairness { days: 30, tolerance_percent: 25, yuan_per_hour: 100, cost_percent: 1 };

    fn burden(enterprise: &str, extra: i64, usual: i64) -> Burden {
        Burden { enterprise: enterprise.into(), extra, usual, surcharge: 0 }
    }

    #[test]
    fn who_carries_more_than_the_tolerated_share_of_the_others_pays_and_nobody_else() {
        // The others carry 80 of 800 minutes, a tenth; tolerated are 12.5 per cent of 400, 50 minutes. Counted with
        // the one itself the measure would be 18.7 per cent.
        let mut all = [burden("a", 100, 400), burden("b", 40, 400), burden("c", 40, 400)];
        assert_eq!(["a", "b"].map(|id| peers(&all, id)), [Some(100), Some(175)]);
        assert_eq!(excess(&all, &FAIR), 50);
        assert!(surcharge(&mut all, &FAIR, 1));
        // Twice the tolerated share: once the yuan of the file.
        assert_eq!(all.map(|b| b.surcharge), [100_000, 0, 0]);
    }

    #[test]
    fn who_carries_all_alone_pays_most_and_who_has_no_peers_nothing() {
        let mut all = [burden("a", 100, 400), burden("b", 0, 400), burden("c", 0, 400)];
        assert!(surcharge(&mut all, &FAIR, 1));
        assert_eq!((all.clone().map(|b| b.surcharge), excess(&all, &FAIR)), ([500_000, 0, 0], 96));
        let mut alone = [burden("a", 100, 400)];
        assert_eq!(peers(&alone, "a"), None);
        assert!(!surcharge(&mut alone, &FAIR, 1) && excess(&alone, &FAIR) == 0);
    }

    #[test]
    fn an_even_burden_and_no_burden_cost_nothing() {
        for mut all in [[burden("a", 50, 400), burden("b", 50, 400)], [burden("a", 0, 400), burden("b", 0, 0)]] {
            assert!(!surcharge(&mut all, &FAIR, 1) && excess(&all, &FAIR) == 0, "{all:?}");
        }
    }
}
