//! From a warning to a plan.
//!
//! In: [`Given`]: the rule and its told periods, the roster, the forecast, weights, prices and caps, the plan already
//! told, what people have said, and `now`. Out: a [`Plan`]: for every process that is asked for something, its hours and
//! why. Can't happen: a move into told hours, into hours that a permit, a night rule or the forecast forbids, or into
//! hours that are past; individual hours from a sector's default figures; hours for what is not worth moving.

use super::asked::{Asked, asked};
use super::case::{Case, figure};
use super::fair;
use super::given::Given;
use super::horizon::{Horizon, Runs, holds, runs};
use super::peak::{over_usual, usual_peak, usually_capped};
use super::schedule::{Outcome, Plan, Tight, Way};
use super::weights;
use crate::planning;
use cuofeng_air::forecast::Variable;
use cuofeng_base::time::Period;
use cuofeng_rules::warning::Span;
use cuofeng_rules::{Ask, Rule};
use cuofeng_solver::{self as solve, Again, Answer, Cap, Effort, Frame, Limited, Order, Problem, Setting};

/// Programmes that a search may run for a process: townships are small, and a plan is made in every cycle that tells.
const TRIES: usize = 300;

/// How many times as much counts what is above a cap, where that and less emission have been weighed and made a new peak.
const FIRM: u32 = 20;

/// Plans what is told.
#[must_use]
pub fn plan(given: &Given<'_>) -> Plan {
    let (horizon, whole) = Horizon::of(given.spans, given.zone, given.now, given.planning.step_minutes);
    let hourly = whole && !given.rule.standing && given.weights.kinds.contains(&given.rule.kind);
    let ozone = hours(&horizon).map(|h| given.series.value(Variable::O3, h)).collect();
    let lead = chrono::Duration::hours(i64::from(given.rule.lead_hours));
    let mut plan = Plan {
        horizon,
        made_at: given.now.timestamp(),
        free_from: horizon.slot_from(given.now + lead),
        hourly,
        strict: given.planning.strict,
        set: given.weights.set.clone(),
        weights: given.weights.rows(given.series, given.zone, horizon.first(), horizon.days() * 24),
        ozone,
        price: given.planning.price.to_vec(),
        told: told_runs(given.spans, &horizon),
        rows: Vec::new(),
        tight: Vec::new(),
        overage: 0,
        gap: 0,
        kept: false,
        night: night_runs(given, &horizon),
        burdens: Vec::new(),
    };
    let mut cases = cases(given, &plan);
    // Who has no hours of its own runs beside those who do.
    for case in cases.iter_mut().filter(|case| case.outcome != Outcome::Own) {
        case.finish(&plan.horizon);
    }
    if cases.iter().any(|case| case.outcome == Outcome::Own) {
        choose(given, &mut plan, &mut cases);
    }
    for case in &mut cases {
        case.finish(&plan.horizon);
    }
    plan.rows = cases.into_iter().map(|case| case.row).collect();
    plan
}

fn hours(horizon: &Horizon) -> impl Iterator<Item = cuofeng_base::time::Hour> {
    let first = horizon.first();
    (0..i64::try_from(horizon.days() * 24).unwrap_or(0)).map(move |h| first + h)
}

fn night_runs(given: &Given<'_>, horizon: &Horizon) -> Runs {
    let night = |slot: usize| given.planning.night.contains(horizon.clock(slot));
    runs(&(0..horizon.slots()).map(night).collect::<Vec<_>>())
}

fn told_runs(spans: &[Span], horizon: &Horizon) -> Runs {
    let mut set = vec![false; horizon.slots()];
    for span in spans {
        let (from, to) = horizon.touched(&span.period);
        set.iter_mut().take(to).skip(from).for_each(|slot| *slot = true);
    }
    runs(&set)
}

/// Every process that is asked for something new, with its hours before any choice.
fn cases(given: &Given<'_>, plan: &Plan) -> Vec<Case> {
    let mut cases = Vec::new();
    for enterprise in given.enterprises {
        let village = given.roster.village(&enterprise.village);
        for process in &enterprise.processes {
            let of = |rule: &Rule, spans: &[Span]| {
                asked(process, (enterprise, village), &rule.levels, spans, &plan.horizon, given.zone)
            };
            let Some(own) = of(given.rule, given.spans) else { continue };
            let others = given.standing.iter().filter(|(rule, _)| rule.id != given.rule.id);
            let standing: Vec<Asked> =
                others.filter_map(|(rule, periods)| of(rule, &each_level(rule, periods))).collect();
            if standing.iter().any(|other| own.within(other)) {
                continue;
            }
            cases.push(Case::new(given, plan, (enterprise, process), &own, &standing));
        }
    }
    cases
}

/// The periods of a standing rule, at every one of its levels.
fn each_level(rule: &Rule, periods: &[Period]) -> Vec<Span> {
    (0..rule.levels.len()).flat_map(|level| periods.iter().map(move |period| Span::own(*period, level))).collect()
}

/// Chooses hours for the processes that have hours of their own.
fn choose(given: &Given<'_>, plan: &mut Plan, cases: &mut [Case]) {
    // Once for everyone; then once more without those for whom it turned out to be of little use.
    for _ in 0..2 {
        let Some(again) = solved(given, plan, cases) else {
            cases.iter_mut().filter(|c| c.outcome == Outcome::Own).for_each(Case::give_up);
            break;
        };
        take(plan, cases, &again);
        let Some(weights) = plan.own_weights() else { break };
        let mut any = false;
        for case in cases.iter_mut().filter(|case| is_little(given, plan, case, weights)) {
            case.leave();
            any = true;
        }
        if !any {
            break;
        }
    }
    share_out(given, plan, cases);
}

fn take(plan: &mut Plan, cases: &mut [Case], again: &Again) {
    let movers = cases.iter_mut().filter(|case| case.outcome == Outcome::Own);
    for (number, case) in movers.enumerate() {
        let chosen: Runs = again.answer.runs(number).map(|r| (r.start, r.end)).collect();
        case.take(&chosen);
    }
    note(plan, again);
}

/// Rounds in which surcharges double.
const ROUNDS: u32 = 3;

/// Shares the burden out: surcharges who carries more than its share, as long as that makes the plan fairer and hardly
/// dearer. Hours that were told and are kept stay as they are.
fn share_out(given: &Given<'_>, plan: &mut Plan, cases: &mut [Case]) {
    let fairness = &given.weights.fair;
    let burdens = |plan: &Plan, cases: &[Case]| {
        let rows = cases.iter().filter(|case| case.outcome == Outcome::Own).map(|case| &case.row);
        fair::burdens(plan, rows, given.carried)
    };
    plan.burdens = burdens(plan, cases);
    let unburdened = problem(given, plan, cases, 1);
    let Some(least) = unburdened.as_ref().and_then(|problem| settled(problem, cases)).filter(|_| !plan.kept) else {
        return;
    };
    let most = least + least.abs() * f64::from(fairness.cost_percent) / 100.0;
    for round in 0..ROUNDS {
        let (mut now, mut tried, mut next) = (plan.burdens.clone(), cases.to_vec(), plan.clone());
        if !fair::surcharge(&mut now, fairness, 1 << round) {
            return;
        }
        for case in &mut tried {
            let own = now.iter().find(|burden| burden.enterprise == case.row.enterprise);
            case.surcharge = own.map_or(0, |burden| burden.surcharge);
        }
        let Some(again) = solved(given, &next, &tried) else { return };
        take(&mut next, &mut tried, &again);
        let cost = unburdened.as_ref().and_then(|problem| settled(problem, &tried));
        let mut after = burdens(&next, &tried);
        let fairer = fair::excess(&after, fairness) < fair::excess(&plan.burdens, fairness);
        if !fairer || cost.is_none_or(|cost| cost > most) {
            return;
        }
        for burden in &mut after {
            burden.surcharge = now.iter().find(|b| b.enterprise == burden.enterprise).map_or(0, |b| b.surcharge);
        }
        next.burdens = after;
        *plan = next;
        cases.clone_from_slice(&tried);
    }
}

/// What the hours of the cases cost, without surcharges.
fn settled(problem: &Problem, cases: &[Case]) -> Option<f64> {
    let movers = cases.iter().filter(|case| case.outcome == Outcome::Own);
    let others = cases.iter().filter(|case| case.outcome != Outcome::Own);
    let runs: Vec<&Runs> = movers.chain(others).map(|case| &case.row.on).collect();
    solve::cost(problem, &runs).map(|parts| parts.sum())
}

/// Whether a process saves too little by its move to be asked for it; an official order asks all the same.
fn is_little(given: &Given<'_>, plan: &Plan, case: &Case, weights: &weights::Row) -> bool {
    if case.outcome != Outcome::Own || case.ordered || case.ask != Ask::Shift || !case.row.pinned.is_empty() {
        return false;
    }
    let days = i64::try_from(case.told_days()).unwrap_or(1).max(1);
    let saved =
        case.row.grams(Way::Usual, weights, &plan.horizon) - case.row.grams(Way::Planned, weights, &plan.horizon);
    saved < given.weights.least_grams * days
}

/// What the solver says of the processes that have hours of their own, the others taken as they are; none where there
/// are none, or their figures are beyond it.
fn solved(given: &Given<'_>, plan: &Plan, cases: &[Case]) -> Option<Again> {
    let weighed = searched(given, plan, cases, 1)?;
    let over = over_usual(given, plan, cases, &weighed.answer);
    if over == 0 {
        return Some(weighed);
    }
    // Less emission is worth much; a new peak comes first where hours without one can be found.
    let firm = searched(given, plan, cases, FIRM)?;
    Some(if over_usual(given, plan, cases, &firm.answer) < over { firm } else { weighed })
}

fn searched(given: &Given<'_>, plan: &Plan, cases: &[Case], times: u32) -> Option<Again> {
    let problem = problem(given, plan, cases, times)?;
    let order = if plan.strict { Order::Strict } else { Order::Weighted };
    let setting = Setting { threads: 1, effort: Effort::Fast, tries: Some(TRIES), order, ..Setting::default() };
    solve::again(&problem, setting, f64::from(given.weights.gain_percent) / 100.0).ok()
}

/// The processes that have hours of their own, and after them the others as loads that don't move; what is above a cap
/// counts so many times as much as the weights say.
fn problem(given: &Given<'_>, plan: &Plan, cases: &[Case], times: u32) -> Option<Problem> {
    let mut problem = Problem::new(frame(given, plan, cases, times)?).ok()?;
    for case in cases.iter().filter(|case| case.outcome == Outcome::Own) {
        problem.push(&case.row.process, &case.process(plan)).ok()?;
    }
    for case in cases.iter().filter(|case| case.outcome != Outcome::Own) {
        problem.push(&case.row.process, &case.fixed(plan)).ok()?;
    }
    Some(problem)
}

fn note(plan: &mut Plan, Again { answer, kept }: &Again) {
    plan.kept = *kept;
    plan.overage = thousandths(answer.overage);
    plan.gap = thousandths(answer.gap());
    plan.tight = tight(answer);
}

fn tight(answer: &Answer) -> Vec<Tight> {
    let one = |price: &solve::Price| {
        let slots: Vec<bool> = price.values.iter().map(|yuan| *yuan > 1e-6).collect();
        Tight { limited: price.limited.word().to_owned(), slots: runs(&slots) }
    };
    answer.prices.iter().map(one).filter(|tight| !tight.slots.is_empty()).collect()
}

/// A figure in thousandths; what is beyond them is cut.
fn thousandths(figure: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    let whole = (figure * 1000.0).round() as i64;
    whole
}

fn frame(given: &Given<'_>, plan: &Plan, cases: &[Case], times: u32) -> Option<Frame> {
    let (horizon, weights) = (&plan.horizon, plan.own_weights()?);
    let slots = horizon.slots();
    let row = |values: &[i64]| -> Vec<f64> {
        (0..slots).map(|s| values.get(horizon.hour_of(s)).copied().map_or(0.0, figure)).collect()
    };
    let price = |slot: usize| usize::try_from(horizon.clock(slot)).ok().and_then(|c| plan.price.get(c)).copied();
    Some(Frame {
        step_hours: horizon.step_hours(),
        slots,
        slots_per_day: horizon.per_day(),
        regions: 1,
        voc_weight: row(&weights.voc),
        nox_weight: row(&weights.nox),
        price: (0..slots).map(|s| price(s).map_or(0.0, figure)).collect(),
        night: Some(cuofeng_solver::SlotSet::of(slots, |slot| holds(&plan.night, slot))),
        ozone: f64::from(given.weights.yuan_per_kilogram),
        overage: f64::from(given.weights.yuan_over_cap) * f64::from(times),
        caps: caps(given, plan, cases),
    })
}

/// The caps of the site file for the region; where the file has none, one on restarts after the told hours, and what the
/// usual days have in their highest hour.
fn caps(given: &Given<'_>, plan: &Plan, cases: &[Case]) -> Vec<Cap> {
    let movers = cases.iter().filter(|case| case.outcome == Outcome::Own).count();
    let horizon = &plan.horizon;
    let slots = horizon.slots();
    let mut caps: Vec<Cap> = Vec::new();
    let own = given.planning.caps.iter().filter(|cap| cap.region.as_ref().is_none_or(|r| r == given.region));
    for limit in own {
        let limited = match limit.limited {
            planning::Limited::Voc => Limited::Voc,
            planning::Limited::Nox => Limited::Nox,
            planning::Limited::Power => Limited::Power,
            planning::Limited::Starts => Limited::Starts,
        };
        if caps.iter().all(|cap| cap.limited != limited) {
            caps.push(Cap { limited, region: 0, limit: vec![None; slots] });
        }
        let Some(cap) = caps.iter_mut().find(|cap| cap.limited == limited) else { continue };
        for (slot, known) in cap.limit.iter_mut().enumerate() {
            if slot >= plan.free_from && limit.hours.contains(horizon.clock(slot)) {
                let value = figure(limit.limit);
                *known = Some(known.map_or(value, |k| k.min(value)));
            }
        }
    }
    if caps.iter().all(|cap| cap.limited != Limited::Starts) {
        let percent = usize::try_from(given.weights.restart_percent).unwrap_or(100);
        let most = (movers * percent).div_ceil(100).max(2);
        let most = u32::try_from(most).map_or(f64::from(u32::MAX), f64::from) * horizon.step_hours();
        let limit = (0..slots).map(|slot| after_told(plan, slot).then_some(most.max(1.0))).collect();
        caps.push(Cap { limited: Limited::Starts, region: 0, limit });
    }
    for (limited, of) in usually_capped(given) {
        let Some(limit) = usual_peak(plan, cases, of) else { continue };
        let limit = limit.into_iter().map(|most| most.map(figure)).collect();
        caps.push(Cap { limited, region: 0, limit });
    }
    caps
}

/// Whether told hours have ended that day before a slot.
fn after_told(plan: &Plan, slot: usize) -> bool {
    let day = plan.horizon.day_of(slot);
    let ended = plan.told.iter().any(|(_, to)| *to <= slot && plan.horizon.day_of(to.saturating_sub(1)) == day);
    slot >= plan.free_from && ended
}
