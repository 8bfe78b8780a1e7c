//! Two plans of one warning side by side.
//!
//! In: an earlier and a later plan. Out: a [`Comparison`] over the days that both hold: whose hours differ, and what
//! each plan emits under every set of weights and costs. Both are valued by the later plan's weights, prices and
//! figures, so that a difference comes from the hours alone. Can't happen: a figure over days that one of them doesn't
//! hold; a difference that a new forecast made and no hour.

use super::horizon::{Horizon, Runs, holds, runs};
use super::schedule::{Outcome, Plan, Row, Way};

/// Two plans compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The days that both hold, in the finer of their steps.
    pub horizon: Horizon,
    /// The processes that either plan moves or asks for something else than the other.
    pub pairs: Vec<Pair>,
    /// What the pairs emit under each set of weights, that of the later plan first.
    pub values: Vec<Value>,
    /// What the pairs cost in electricity, starts and night work, thousandths of a yuan.
    pub cost: [i64; 2],
    /// Units above the caps as each plan was made, over all of its own days, thousandths.
    pub overage: [i64; 2],
    /// The later plan over these days: its weights, prices and nights.
    frame: Plan,
}

/// A process in both plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its rows over the common days; one that a plan does not have runs as usual.
    pub rows: [Row; 2],
    /// What each plan asks of it; none where a plan does not name it.
    pub asked: [Option<Outcome>; 2],
}

/// Weighted emission of two plans under one set of weights, grams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The set.
    pub set: String,
    /// Of the earlier plan and of the later one.
    pub grams: [i64; 2],
}

impl Pair {
    /// Slots in which only one of the plans has it run.
    #[must_use]
    pub fn changed(&self, horizon: &Horizon) -> Runs {
        let [first, second] = &self.rows;
        let differs = |slot| holds(&first.on, slot) != holds(&second.on, slot);
        runs(&(0..horizon.slots()).map(differs).collect::<Vec<_>>())
    }

    fn asked_otherwise(&self) -> bool {
        let [first, second] = &self.rows;
        self.asked[0] != self.asked[1] || first.percent != second.percent
    }

    fn moved(&self) -> bool {
        let moves = |asked: &Option<Outcome>| matches!(asked, Some(Outcome::Own | Outcome::Common | Outcome::Stop));
        self.asked.iter().any(moves)
    }
}

impl Comparison {
    /// Compares an earlier plan with a later one; none where they have no day in common.
    #[must_use]
    pub fn of(first: &Plan, second: &Plan) -> Option<Self> {
        let horizon = first.horizon.shared(&second.horizon)?;
        let frame = framed(second, horizon);
        let both = |process: &str| pair([first, second], process, &horizon);
        let mut names: Vec<&str> = second.rows.iter().map(|row| row.process.as_str()).collect();
        let gone = first.rows.iter().map(|row| row.process.as_str()).filter(|name| second.row(name).is_none());
        names.extend(gone.collect::<Vec<_>>());
        let worth_it = |pair: &Pair| pair.moved() || pair.asked_otherwise() || !pair.changed(&horizon).is_empty();
        let pairs: Vec<Pair> = names.into_iter().filter_map(both).filter(worth_it).collect();
        let sum = |of: &dyn Fn(&Row) -> i64| [0, 1].map(|which| pairs.iter().map(|pair| of(&pair.rows[which])).sum());
        let value = |weights: &super::weights::Row| Value {
            set: weights.set.clone(),
            grams: sum(&|row| row.grams(Way::Planned, weights, &horizon)),
        };
        let mut values: Vec<Value> = frame.weights.iter().map(value).collect();
        values.sort_by_key(|value| value.set != frame.set);
        let cost = sum(&|row| row.cost(Way::Planned, &frame, 0..horizon.slots()));
        let overage = [first.overage, second.overage];
        Some(Self { horizon, pairs, values, cost, overage, frame })
    }

    /// What a pair emits on a day in each plan, under the weights that the later one was made under, grams.
    #[must_use]
    pub fn on_day(&self, pair: &Pair, day: usize) -> [i64; 2] {
        let per_day = self.horizon.per_day();
        let slots = day * per_day..(day + 1) * per_day;
        let of = |row: &Row, weights| row.grams_in(Way::Planned, weights, &self.horizon, slots.clone());
        [0, 1].map(|which| self.frame.own_weights().map_or(0, |weights| of(&pair.rows[which], weights)))
    }
}

/// A plan's weights, prices and nights over another horizon, without its processes.
fn framed(plan: &Plan, horizon: Horizon) -> Plan {
    let skipped = usize::try_from(horizon.first().0 - plan.horizon.first().0).unwrap_or(0);
    let cut = |row: &[i64]| row.iter().skip(skipped).take(horizon.days() * 24).copied().collect();
    let mut frame = Plan { rows: Vec::new(), night: plan.horizon.carry(&plan.night, &horizon), ..plan.clone() };
    for weights in &mut frame.weights {
        weights.voc = cut(&weights.voc);
        weights.nox = cut(&weights.nox);
    }
    frame.horizon = horizon;
    frame
}

/// A process in both plans, valued by the later plan's figures.
fn pair(plans: [&Plan; 2], process: &str, horizon: &Horizon) -> Option<Pair> {
    let [first, second] = plans.map(|plan| plan.row(process).map(|row| carried(row, &plan.horizon, horizon)));
    let asked = [&first, &second].map(|row| row.as_ref().map(|row| row.outcome.clone()));
    let unasked =
        |row: &Row| Row { on: row.usual.clone(), stop: Runs::new(), less: Runs::new(), percent: 0, ..row.clone() };
    let rows = match (first, second) {
        (Some(first), Some(second)) => [Row { figures: second.figures, ..first }, second],
        (Some(first), None) => {
            let second = unasked(&first);
            [first, second]
        }
        (None, Some(second)) => [unasked(&second), second],
        (None, None) => return None,
    };
    Some(Pair { rows, asked })
}

/// A row over another horizon.
fn carried(row: &Row, from: &Horizon, to: &Horizon) -> Row {
    let carry = |runs: &Runs| from.carry(runs, to);
    Row {
        usual: carry(&row.usual),
        practice: carry(&row.practice),
        on: carry(&row.on),
        stop: carry(&row.stop),
        less: carry(&row.less),
        may: carry(&row.may),
        pinned: carry(&row.pinned),
        barred: Vec::new(),
        ..row.clone()
    }
}
