//! Plans as the program makes them, judged from their files alone by a checker that shares no code with it.
//!
//! Unoptimised, the search takes thirty times as long: instances of a township's size are ignored there, and
//! `scripts/test` runs them with the release build. Smaller ones of the same make are judged in both.
#![allow(clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::office::{cuofeng, folder, text};

fn solve(instance: &Path, out: &Path, args: &[&str]) -> Output {
    let mut command = cuofeng();
    command.args(["plan", "solve", "--instance"]).arg(instance).arg("--out").arg(out);
    command.args(args).output().expect("the program")
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).expect("a plan")).expect("JSON")
}

/// Two enterprises of one village over one day of six-hour slots: a paint booth that stops and goes, a kiln's batch.
fn small(dir: &Path) -> PathBuf {
    let instance = dir.join("small");
    fs::create_dir_all(&instance).expect("a folder");
    let outline = r#"{ "start": "2026-07-14T00:00:00+08:00", "step_minutes": 360, "slots": 4, "slots_per_day": 4,
        "regions": ["east"], "weights": { "voc": [0.1, 0.9, 0.8, 0.2], "nox": [0.1, 0.1, 0.1, 0.1] },
        "price": [0.5, 0.5, 0.5, 0.5], "objective": { "ozone": 10.0, "overage": 1000.0 },
        "caps": [ { "kind": "voc", "region": "east", "limit": [2.0, 2.0, null, 2.0] } ] }"#;
    let table = "id,enterprise,region,kind,slots_per_day,duration,batches_per_day,min_on,min_off,voc,nox,reactivity,\
                 power,start_cost,disruption,allowed,usual\n\
                 booth,E1,east,interruptible,1,,,1,1,2,0,1,10,0,0,,06-18\n\
                 kiln,E2,east,batch,,1,1,,,1,0,1,0,0,0,,06-18\n";
    fs::write(instance.join("instance.json"), outline).expect("a file");
    fs::write(instance.join("processes.csv"), table).expect("a file");
    instance
}

#[test]
fn a_small_instance_is_planned_without_a_site() {
    let dir = folder();
    let (instance, out) = (small(dir.path()), dir.path().join("plan.json"));
    let said = solve(&instance, &out, &[]);
    assert!(said.status.success(), "{}", text(&said));
    // The booth takes the cleanest hours, the kiln the next: together they would exceed the cap.
    let plan = json(&out);
    assert_eq!(plan["schedule"][0], serde_json::json!({"id": "booth", "on": [[0, 1]]}));
    assert_eq!(plan["schedule"][1], serde_json::json!({"id": "kiln", "on": [[3, 4]]}));
    // Ozone 6 h × 10 × (2 × 0.1 + 1 × 0.2), energy 6 h × 10 kW × 0.5.
    assert!((plan["objective"].as_f64().expect("a number") - 54.0).abs() < 1e-9, "{plan}");
    for words in ["54.00 元", "臭氧 24.00", "电费 30.00", "2 道工序", "plan.json"] {
        assert!(text(&said).contains(words), "{words}: {}", text(&said));
    }
    let said = solve(&instance, &out, &["--json", "--lang", "en"]);
    let value: serde_json::Value = serde_json::from_slice(&said.stdout).expect("one JSON object");
    assert_eq!((&value["schema"], &value["processes"]), (&"cuofeng.plan.solve/1".into(), &2.into()));
    assert_eq!(value["objective"].as_f64(), plan["objective"].as_f64());
}

#[test]
fn what_cannot_be_planned_or_read_has_its_exit_code_and_its_place() {
    let dir = folder();
    let (instance, out) = (small(dir.path()), dir.path().join("plan.json"));
    let table = instance.join("processes.csv");
    let good = fs::read_to_string(&table).expect("a table");
    let long = good.replace("batch,,1,1,,,1,0,1,0,0,0,,", "batch,,2,1,,,1,0,1,0,0,0,00-06,");
    fs::write(&table, long).expect("a table");
    let impossible = solve(&instance, &out, &["--lang", "en"]);
    assert_eq!(impossible.status.code(), Some(1), "{}", text(&impossible));
    for words in ["row 3, column `allowed`", "process kiln", "day 1", "00:00—06:00"] {
        assert!(text(&impossible).contains(words), "{words}: {}", text(&impossible));
    }
    assert!(!out.exists(), "no plan is written");
    fs::write(&table, good.replace("batch,,", "bach,,")).expect("a table");
    let wrong = solve(&instance, &out, &["--json"]);
    assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong));
    let value: serde_json::Value = serde_json::from_slice(&wrong.stdout).expect("one JSON object");
    assert_eq!((&value["problems"][0]["line"], &value["problems"][0]["column"]), (&3.into(), &"kind".into()));
    fs::remove_file(&table).expect("a table");
    let absent = solve(&instance, &out, &[]);
    assert!(absent.status.code() == Some(2) && text(&absent).contains("processes.csv"), "{}", text(&absent));
    fs::write(&table, good).expect("a table");
    let nowhere = solve(&instance, &dir.path().join("none/plan.json"), &[]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", text(&nowhere));
    assert_eq!(solve(&instance, &out, &["--threads", "0"]).status.code(), Some(2));
}

/// Who makes instances and who judges plans of them, as scripts.
pub(crate) struct Judges {
    pub(crate) maker: PathBuf,
    pub(crate) judge: PathBuf,
}

/// Our own: of a township's size, judged with HiGHS.
fn own() -> Judges {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    Judges { maker: folder.join("make.py"), judge: folder.join("judge.py") }
}

impl Judges {
    /// An instance by the maker.
    pub(crate) fn instance(&self, dir: &Path, args: &[&str]) -> PathBuf {
        let instance = dir.join(args.join(""));
        let made = Command::new("/usr/bin/python3").arg(&self.maker).arg(&instance).args(args).output();
        let made = made.expect("python3 (scripts/test installs it)");
        assert!(made.status.success(), "{}", text(&made));
        instance
    }

    /// What is not so in a plan; empty when the judge accepts it.
    fn untrue(&self, instance: &Path, plan: &Path) -> String {
        let said = Command::new("/usr/bin/python3").arg(&self.judge).arg(instance).arg(plan).output();
        let said = said.expect("python3 (scripts/test installs it, and python3-scipy)");
        if said.status.success() { String::new() } else { text(&said) }
    }

    /// The plan's text, after the judge has accepted it, without the seconds.
    pub(crate) fn judged(&self, instance: &Path, args: &[&str]) -> (String, serde_json::Value) {
        let out = instance.join(format!("plan{}.json", args.concat()));
        let said = solve(instance, &out, args);
        assert!(said.status.success(), "{}", text(&said));
        assert_eq!(self.untrue(instance, &out), "", "{} {args:?}", instance.display());
        let plan = fs::read_to_string(&out).expect("a plan");
        let (before, rest) = plan.split_once("\"seconds\":").expect("seconds");
        let (_, after) = rest.split_once(',').expect("what follows");
        (format!("{before}{after}"), json(&out))
    }

    /// Threads don't change a plan, and without caps it is the cheapest.
    pub(crate) fn small(&self, args: &[&str]) {
        let dir = folder();
        let instance = self.instance(dir.path(), args);
        let (one, plan) = self.judged(&instance, &["--threads", "1"]);
        assert!(one == self.judged(&instance, &["--threads", "2"]).0, "{args:?}: threads change the plan");
        let exact = plan["gap"].as_f64() == Some(0.0) && plan["bound"] == plan["objective"];
        assert!(exact || !args.contains(&"--no-caps"), "{args:?}: {}", plan["gap"]);
    }

    /// In strict order a plan emits and exceeds no more than one that weighs money against it, whatever that costs; the
    /// judge accepts it with the bound on the sum, and emission has a bound of its own.
    pub(crate) fn strict_beside_weighted(&self, args: &[&str]) {
        let dir = folder();
        let instance = self.instance(dir.path(), args);
        let (one, strict) = self.judged(&instance, &["--strict", "--threads", "1"]);
        assert!(one == self.judged(&instance, &["--strict", "--threads", "2"]).0, "threads change the plan");
        let (_, weighted) = self.judged(&instance, &[]);
        let emission = |plan: &serde_json::Value| {
            let part = |name: &str| plan["parts"][name].as_f64().expect("a number");
            part("ozone") + part("overage")
        };
        let least = strict["least_emission"].as_f64().expect("a number");
        assert!(least <= emission(&strict) && weighted["least_emission"].is_null());
        // A search may have luck once; without it the stages' thousandth is all that the other may emit less.
        assert!(emission(&strict) <= emission(&weighted) * 1.005, "{} {}", emission(&strict), emission(&weighted));
        assert!(strict["objective"].as_f64() >= weighted["bound"].as_f64());
    }

    /// Caps on power are kept like those on emission, and cost what they cost.
    pub(crate) fn power(&self, args: &[&str], (region, limit): (&str, f64)) {
        let dir = folder();
        let instance = self.instance(dir.path(), args);
        let path = instance.join("instance.json");
        let mut outline = json(&path);
        for number in 0..outline["regions"].as_array().expect("regions").len() {
            // About what runs on average; one region is free by day.
            let limit: Vec<_> = (0..24).map(|h| (number > 0 || !(8..18).contains(&h)).then_some(limit)).collect();
            let cap = serde_json::json!({"kind": "power", "region": format!("{region}{number}"), "limit": limit});
            outline["caps"].as_array_mut().expect("caps").push(cap);
        }
        fs::write(&path, outline.to_string()).expect("a file");
        let (_, plan) = self.judged(&instance, &[]);
        let prices = plan["multipliers"].as_array().expect("prices");
        let power =
            prices.iter().filter(|p| p["kind"] == "power").flat_map(|p| p["values"].as_array().expect("values"));
        assert!(power.filter(|v| v.as_f64() > Some(0.0)).count() > 0, "no power cap binds");
    }
}

#[test]
fn small_plans_and_those_without_caps_are_judged_in_every_build() {
    for args in [
        &["--enterprises", "1", "--seed", "7", "--days", "1"][..],
        &["--enterprises", "1", "--seed", "3", "--days", "1", "--tight", "0.7", "--regions", "1"],
        &["--enterprises", "40", "--seed", "9", "--no-caps"],
        &["--enterprises", "12", "--seed", "9", "--no-caps", "--step", "30", "--days", "2"],
    ] {
        own().small(args);
    }
}

#[test]
fn in_strict_order_small_plans_emit_no_more_and_are_judged_alike() {
    for args in [
        &["--enterprises", "1", "--seed", "7", "--days", "1"][..],
        &["--enterprises", "20", "--seed", "9", "--no-caps"],
    ] {
        own().strict_beside_weighted(args);
    }
}

/// Makes a plan say what is not so.
type Spoil = fn(&mut serde_json::Value);

#[test]
fn the_judge_finds_what_is_not_so() {
    let dir = folder();
    let instance = own().instance(dir.path(), &["--enterprises", "1", "--seed", "7", "--days", "1"]);
    let (_, plan) = own().judged(&instance, &[]);
    let number = |plan: &serde_json::Value, name: &str| plan[name].as_f64().expect("a number");
    let spoil: [(&str, Spoil, &str); 5] = [
        (
            "less than it costs",
            |p| p["objective"] = (p["objective"].as_f64().unwrap_or(0.0) - 1.0).into(),
            "objective is",
        ),
        ("a bound too high", |p| p["bound"] = (p["bound"].as_f64().unwrap_or(0.0) + 1.0).into(), "the bound is"),
        ("a smaller gap", |p| p["gap"] = 0.0.into(), "the gap is"),
        ("nobody works", |p| p["schedule"] = serde_json::json!([]), "are needed"),
        ("a price of no cap", |p| p["multipliers"][0]["region"] = "nowhere".into(), "of no cap"),
    ];
    assert!(number(&plan, "gap") > 0.001, "an instance with a gap: {plan}");
    for (what, spoil, reason) in spoil {
        let (mut spoilt, path) = (plan.clone(), dir.path().join("spoilt.json"));
        spoil(&mut spoilt);
        fs::write(&path, spoilt.to_string()).expect("a plan");
        let found = own().untrue(&instance, &path);
        assert!(found.contains(reason), "{what}: {found}");
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "minutes without optimisation")]
fn plans_of_a_townships_size_are_judged_and_threads_change_nothing() {
    own().small(&["--enterprises", "30", "--seed", "7"]);
    own().strict_beside_weighted(&["--enterprises", "30", "--seed", "7"]);
    own().small(&["--enterprises", "30", "--seed", "5", "--step", "30", "--days", "2", "--tight", "0.8"]);
    own().power(&["--enterprises", "30", "--seed", "8", "--days", "1"], ("v", 900.0));
}

/// What HiGHS says of small random instances beside the program: how many there were, how many of them the program
/// could not and may not plan, and how many plans are optimal. The script fails where a bound lies above the optimum, a
/// plan below it, or the two differ on what is impossible.
fn beside_highs(count: u64, args: &[&str]) -> (u64, u64) {
    let (dir, script) = (folder(), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/plan.py"));
    let program = std::env::var_os("CUOFENG_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_cuofeng").into());
    let mut python = Command::new("/usr/bin/python3");
    python.arg(script).arg(program).arg(dir.path()).args(["--count", &count.to_string()]).args(args);
    let said = python.output().expect("python3");
    assert!(said.status.success(), "{args:?}: {}", text(&said));
    let value: serde_json::Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let number = |name: &str| value[name].as_u64().expect("a number");
    assert_eq!(number("instances"), count);
    (number("impossible"), number("met"))
}

#[test]
fn an_exact_solver_finds_no_cheaper_plan_and_none_below_the_bound() {
    let (impossible, met) = beside_highs(40, &["--no-caps", "--day", "24"]);
    assert!(impossible < 20 && met == 40 - impossible, "without caps every plan is the cheapest");
    let (impossible, met) = beside_highs(10, &["--day", "6", "--days", "1"]);
    assert!(impossible < 8 && met + 1 >= 10 - impossible, "{met} of {} are the cheapest", 10 - impossible);
    let (impossible, met) = beside_highs(20, &["--no-caps", "--strict", "--day", "24", "--seed", "2"]);
    assert!(impossible < 10 && met == 20 - impossible, "without caps the strict order begins with the least emission");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "minutes without optimisation")]
fn an_exact_solver_agrees_on_hundreds_of_instances_with_caps() {
    for (count, args) in [
        (250, &["--seed", "3"][..]),
        (60, &["--seed", "4", "--day", "24", "--days", "1"]),
        (90, &["--seed", "5", "--strict"]),
    ] {
        let (impossible, met) = beside_highs(count, args);
        let planned = count - impossible;
        assert!(planned * 2 > count, "{args:?}: {impossible} are impossible");
        // The promise is the bound and the gap; that small plans are nearly always the cheapest is what is seen.
        assert!(met * 100 >= planned * 95, "{args:?}: {met} of {planned} are the cheapest");
    }
}
