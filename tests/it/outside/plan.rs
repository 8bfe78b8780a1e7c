//! Plans of instances and by a checker that are not ours: what the project promises of its size.

use super::shared;
use crate::office::folder;
use crate::plan::Judges;

fn others() -> Judges {
    Judges { maker: shared("plan-generate.py"), judge: shared("plan-check.py") }
}

/// What the program promises of the proved gap, for 30 and for 100 enterprises.
const PROMISED: [(&str, f64); 2] = [("30", 0.035), ("100", 0.008)];

#[test]
#[ignore = "needs ../shared"]
fn small_plans_and_those_without_caps_are_judged() {
    for args in [
        &["--enterprises", "1", "--seed", "7", "--days", "1"][..],
        &["--enterprises", "1", "--seed", "3", "--days", "1", "--tight", "0.7", "--regions", "1"],
        &["--enterprises", "60", "--seed", "9", "--no-caps"],
        &["--enterprises", "20", "--seed", "9", "--no-caps", "--step", "30", "--days", "2"],
    ] {
        others().small(args);
    }
}

#[test]
#[ignore = "needs ../shared"]
fn in_strict_order_small_plans_emit_no_more_and_are_judged_alike() {
    for args in [
        &["--enterprises", "1", "--seed", "7", "--days", "1"][..],
        &["--enterprises", "60", "--seed", "9", "--no-caps"],
    ] {
        others().strict_beside_weighted(args);
    }
}

#[test]
#[ignore = "needs ../shared and, for minutes without optimisation, the release build"]
fn in_strict_order_plans_emit_no_more_and_are_judged_alike() {
    for args in [&["--enterprises", "30", "--seed", "7"][..], &["--enterprises", "100", "--seed", "12"]] {
        others().strict_beside_weighted(args);
    }
}

#[test]
#[ignore = "needs ../shared and, for minutes without optimisation, the release build"]
fn the_checker_accepts_plans_and_threads_change_nothing() {
    let dir = folder();
    for ((enterprises, gap), seed) in [(PROMISED[0], "7"), (PROMISED[1], "7"), (PROMISED[1], "12")] {
        let instance = others().instance(dir.path(), &["--enterprises", enterprises, "--seed", seed]);
        let (one, _) = others().judged(&instance, &["--threads", "1"]);
        let (two, plan) = others().judged(&instance, &["--threads", "2"]);
        assert!(one == two, "{enterprises} enterprises, seed {seed}: threads change the plan");
        assert!(plan["gap"].as_f64() <= Some(gap), "{enterprises} enterprises, seed {seed}: {}", plan["gap"]);
    }
}

#[test]
#[ignore = "needs ../shared and, for minutes without optimisation, the release build"]
fn half_hours_and_tight_caps_are_planned_and_judged() {
    let dir = folder();
    for args in [
        &["--enterprises", "30", "--seed", "5", "--step", "30", "--days", "2"][..],
        &["--enterprises", "40", "--seed", "6", "--tight", "0.7", "--days", "2"],
    ] {
        let instance = others().instance(dir.path(), args);
        let (_, plan) = others().judged(&instance, &[]);
        assert!(plan["gap"].as_f64() < Some(0.5), "{args:?}: {}", plan["gap"]);
    }
}

#[test]
#[ignore = "needs ../shared and, for minutes without optimisation, the release build"]
fn power_is_capped_like_emissions() {
    others().power(&["--enterprises", "40", "--seed", "8", "--days", "1"], ("r", 900.0));
}
