//! Plans of a small roster, judged by what must hold of every plan.

use chrono::{DateTime, Utc};

use super::planning::PlanSection;
use super::*;
use cuofeng_air::forecast::{Column, Columns, Origin, Series, Take, Variable};
use cuofeng_air::region::Region;
use cuofeng_base::setting::SiteText;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Period, Zone};
use cuofeng_rules::calendar::Calendar;
use cuofeng_rules::warning::Span;
use cuofeng_rules::{self as rules, Rule};
use cuofeng_town::roster::{Mir, Own, Roster, Sectors};

const ENTERPRISES: &str = "id,name,sector,village,grade,email\nE1,甲厂,furniture,500000000001,,a@example.com\n\
    E2,乙厂,printing,500000000001,A,b@example.com\nE3,丙厂,furniture,500000000001,,c@example.com\n";
const PROCESSES: &str = "id,enterprise,name,activity,kind,slots_per_day,duration,batches_per_day,min_on,min_off,voc,nox,\
    reactivity,power,start_cost,disruption,allowed,usual,near_homes,workdays\n\
    A,E1,喷涂,spray,interruptible,6,,,2,1,4,0,2,20,10,10,06-24,09-17,yes,\n\
    B,E2,印刷,print,interruptible,4,,,1,1,0.001,0,1,20,10,10,06-24,10-14,,\n\
    C,E1,烘干,dry,batch,,2,2,,,2,0,1.5,20,10,10,06-24,12-16,,yes\n\
    D,E2,锅炉,kiln,fixed,,,,,,1,5,0.4,20,0,0,,00-24,,\n";

/// A site file, of which only `[plan]` is read.
#[derive(serde::Deserialize)]
struct Whole {
    #[serde(default)]
    plan: PlanSection,
}

struct World {
    zone: Zone,
    roster: Roster,
    rules: Vec<Rule>,
    weights: Weights,
    calendar: Calendar,
    planning: crate::Planning,
    series: Series,
    carried: std::collections::BTreeMap<String, fair::Carried>,
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn world(site: &str) -> World {
    world_of(site, PROCESSES)
}

fn world_of(site: &str, processes: &str) -> World {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let mir = Mir::parse(include_str!("../../../rules/mir.toml")).expect("reactivities");
    let sectors = Sectors::parse("s", include_str!("../../../rules/sectors.toml"), mir).expect("sectors");
    let villages = "code,name\n500000000001,一村\n";
    let (roster, problems) = Roster::read(
        ("enterprises.csv", ENTERPRISES.as_bytes()),
        ("processes.csv", processes.as_bytes()),
        ("villages.csv", villages.as_bytes()),
        (("staff.csv", "name,role\n张某,admin\n".as_bytes()), None, None),
        (&sectors, &Own::default()),
    );
    let roster = roster.unwrap_or_else(|| panic!("{problems:?}"));
    let rules =
        rules::file::parse("ozone.toml", include_str!("../../../rules/ozone.toml"), Take::Middle).expect("rules");
    let config = include_str!("../../../examples/wuping/cuofeng.toml");
    let text = format!("{config}\n{site}");
    let whole: Whole = toml::from_str(&text).expect("a site file");
    let mut site = SiteText { text: text.into(), lang: Lang::Zh, problems: Vec::new() };
    let region = Region { id: "wuping".to_owned(), name: "武平".to_owned(), place: None, city: None };
    let planning = planning::read(&mut site, whole.plan, &[region]);
    assert!(site.problems.is_empty(), "{:?}", site.problems);
    let first = zone.first_hour(zone.day(at("2026-07-15T00:00:00+08:00")));
    let mut series = Series::new("wuping", first, 96);
    let ozone = |hour: i32| if (12..19).contains(&(hour % 24)) { 220_000 } else { 90_000 };
    let column = Column { first, values: (0..96).map(ozone).collect() };
    series.lay(&Columns::from([(Variable::O3, column)]), &Origin::Observed { feed: "f".into() });
    let weights = Weights::parse(include_str!("../../../rules/weights.toml")).expect("weights");
    let calendar = Calendar::parse("w", include_str!("../../../rules/workdays.toml")).expect("a calendar");
    World { zone, roster, rules, weights, calendar, planning, series, carried: std::collections::BTreeMap::new() }
}

/// Ten to five on Wednesday and Thursday.
fn spans() -> Vec<Span> {
    let day = |day: &str| {
        let hour = |h: &str| at(&format!("2026-07-{day}T{h}:00:00+08:00"));
        Span::own(Period { start: hour("10"), end: hour("17") }, 0)
    };
    vec![day("15"), day("16")]
}

impl World {
    fn plan(&self, told: Option<&Plan>, words: &[Word], now: &str) -> Plan {
        let enterprises: Vec<_> = self.roster.enterprises.iter().collect();
        plan(&Given {
            rule: &self.rules[0],
            spans: &spans(),
            region: "wuping",
            enterprises: &enterprises,
            roster: &self.roster,
            standing: &[],
            series: &self.series,
            zone: &self.zone,
            calendar: &self.calendar,
            planning: &self.planning,
            weights: &self.weights,
            told,
            carried: &self.carried,
            words,
            now: at(now),
        })
    }
}

fn on(plan: &Plan, process: &str) -> Vec<usize> {
    let row = plan.row(process).expect("a row");
    row.on.iter().flat_map(|(from, to)| *from..*to).collect()
}

const EVENING: &str = "2026-07-14T20:00:00+08:00";

#[test]
fn each_process_is_asked_what_it_can_do_and_nothing_moves_where_it_may_not() {
    let plan = world("").plan(None, &[], EVENING);
    let outcome = |process: &str| plan.row(process).map(|row| row.outcome.clone());
    assert_eq!(outcome("A"), Some(Outcome::Own));
    assert_eq!(outcome("B"), Some(Outcome::Little), "a gram an hour is not worth a change");
    assert_eq!(outcome("D"), Some(Outcome::Reduce));
    assert_eq!(outcome("E3-1"), Some(Outcome::Common), "a sector's default figures");
    for row in plan.rows.iter().filter(|row| row.outcome == Outcome::Own) {
        for slot in on(&plan, &row.process).into_iter().filter(|s| plan.horizon.day_of(*s) < 2) {
            let clock = plan.horizon.clock(slot);
            assert!((6..10).contains(&clock) || (19..24).contains(&clock), "{}: {clock}", row.process);
            assert!(row.process != "A" || clock < 22, "night, near homes: {clock}");
        }
    }
    assert_eq!(on(&plan, "A").len(), 18, "six hours on each of three days");
    let worth = plan.worth();
    assert!(worth[0].set == "default" && worth[0].planned <= worth[0].practice && worth[0].practice < worth[0].usual);
    assert_eq!(Plan::from_text(&plan.to_text()).as_ref(), Some(&plan));
}

/// Clock hours of the first told day in some runs.
fn clocks(runs: &[(usize, usize)]) -> Vec<usize> {
    runs.iter().flat_map(|(from, to)| *from..*to).filter(|slot| *slot < 24).collect()
}

#[test]
fn an_hour_above_the_limit_is_offered_to_nobody_who_does_not_work_in_it_anyway() {
    // Open from nine to eight in the evening; above the limit from noon to seven, told from ten to five. The hours that it
    // needs, whether it is asked to move, what it is told of five to seven.
    let cases = [(6, Outcome::Own, false), (3, Outcome::Own, false), (11, Outcome::Own, true)];
    for (needed, outcome, works) in cases {
        let row = format!("A,E1,喷涂,spray,interruptible,{needed},,,2,1,4,0,2,20,10,10,06-24,09-20,yes");
        let (_, rest) = PROCESSES.split_once("09-17,yes").expect("a row");
        let (head, _) = PROCESSES.split_once("A,E1").expect("a row");
        let plan = world_of("", &format!("{head}{row}{rest}")).plan(None, &[], EVENING);
        let row = plan.row("A").expect("a row");
        assert_eq!(row.outcome, outcome, "{needed}");
        let closed =
            row.barred.iter().find(|barred| barred.why == schedule::Why::Ozone).map(|barred| clocks(&barred.slots));
        for hour in [17, 18] {
            assert_eq!(clocks(&row.may).contains(&hour), works, "{needed} hours, {hour}:00");
            assert_eq!(
                !closed.as_ref().is_some_and(|closed| closed.contains(&hour)),
                works,
                "{needed} {hour}: {closed:?}"
            );
            assert!(works || !clocks(&row.on).contains(&hour), "{needed} hours: {:?}", row.on);
        }
    }
}

#[test]
fn what_is_made_up_makes_no_hour_higher_than_the_highest_usual_one_where_that_can_be() {
    // Two that take turns on usual days, and have the same hours left.
    let two = |allowed: &str| {
        let row = |id: &str, usual: &str| {
            format!("{id},E1,喷涂{id},spray,interruptible,2,,,2,1,9,0,2,20,10,10,{allowed},{usual},,\n")
        };
        let (head, _) = PROCESSES.split_once("A,E1").expect("a row");
        format!("{head}{}{}", row("F", "10-12"), row("G", "12-14"))
    };
    let plan = world_of("", &two("06-24")).plan(None, &[], EVENING);
    assert!(["F", "G"].iter().all(|id| plan.row(id).is_some_and(|row| row.outcome == Outcome::Own)));
    let most = |way| plan.load(way).into_iter().max().expect("slots");
    assert!(most(Way::Planned) <= most(Way::Usual), "{:?}", plan.load(Way::Planned));
    assert_eq!(plan.new_peak(), None);
    // Two hours are left, and they need four.
    let plan = world_of("", &two("10-21")).plan(None, &[], EVENING);
    let (_, planned, usual) = plan.new_peak().expect("a higher hour, and it is said");
    let over = plan.overage;
    assert!(planned > usual && over > 0, "{planned} {usual}");
    // The office's own cap takes its place.
    let own = "\n[[plan.cap]]\nkind = \"voc\"\nlimit = \"100\"\n";
    let plan = world_of(own, &two("10-21")).plan(None, &[], EVENING);
    assert!(plan.overage < over, "{} {over}", plan.overage);
}

#[test]
fn half_hours_strict_order_and_caps_keep_the_same_rules() {
    let site = "[plan]\nstep_minutes = 30\norder = \"strict\"\n[[plan.cap]]\nkind = \"voc\"\nlimit = \"5\"\nhours = \"17-24\"\n";
    let plan = world(site).plan(None, &[], EVENING);
    assert_eq!((plan.horizon.slots(), plan.strict), (144, true));
    assert_eq!(on(&plan, "A").len(), 36);
    let both = on(&plan, "A").into_iter().filter(|slot| on(&plan, "C").contains(slot));
    let evenings = both.filter(|s| plan.horizon.day_of(*s) < 2 && plan.horizon.clock(*s) >= 17).count();
    assert_eq!(evenings, 0, "4 and 2 kg/h together are above the cap");
}

#[test]
fn planning_again_with_nothing_changed_changes_nothing_and_what_has_run_stays() {
    let world = world("");
    let first = world.plan(None, &[], EVENING);
    let again = world.plan(Some(&first), &[], EVENING);
    assert!(again.kept);
    for process in ["A", "C"] {
        assert_eq!(on(&first, process), on(&again, process), "{process}");
    }
    // At noon of the first day the morning has run; the rest is as told.
    let noon = world.plan(Some(&first), &[], "2026-07-15T12:00:00+08:00");
    assert_eq!(noon.free_from, 14);
    for process in ["A", "C"] {
        assert_eq!(on(&first, process), on(&noon, process), "{process}");
    }
}

#[test]
fn pinned_hours_stay_and_who_cannot_move_is_left_alone() {
    let world = world("");
    let period = Period { start: at("2026-07-15T20:00:00+08:00"), end: at("2026-07-15T22:00:00+08:00") };
    let pin = |on| Word { process: "A".into(), said: Said::Pin { period, on } };
    let pinned = on(&world.plan(None, &[pin(true)], EVENING), "A");
    assert!(pinned.contains(&20) && pinned.contains(&21), "{pinned:?}");
    let off = on(&world.plan(None, &[pin(false)], EVENING), "A");
    assert!(!off.contains(&20) && !off.contains(&21), "{off:?}");
    let cannot = Word { process: "A".into(), said: Said::Cannot { reason: "订单".into() } };
    let plan = world.plan(None, &[cannot], EVENING);
    let row = plan.row("A").expect("a row");
    assert_eq!((&row.outcome, &row.on), (&Outcome::Cannot("订单".into()), &row.usual));
}

#[test]
fn what_runs_on_working_days_only_has_no_hours_on_a_holiday() {
    let world = world("");
    let enterprises: Vec<_> = world.roster.enterprises.iter().collect();
    // 19 June 2026 is the Dragon Boat festival.
    let period = Period { start: at("2026-06-19T10:00:00+08:00"), end: at("2026-06-19T17:00:00+08:00") };
    let given = Given {
        rule: &world.rules[0],
        spans: &[Span::own(period, 0)],
        region: "wuping",
        enterprises: &enterprises,
        roster: &world.roster,
        standing: &[],
        series: &world.series,
        zone: &world.zone,
        calendar: &world.calendar,
        planning: &world.planning,
        weights: &world.weights,
        told: None,
        carried: &world.carried,
        words: &[],
        now: at("2026-06-18T20:00:00+08:00"),
    };
    let plan = plan(&given);
    assert_eq!(on(&plan, "C").iter().filter(|slot| **slot < 24).count(), 0);
}

#[test]
fn a_measure_may_have_hours_of_its_own_that_wrap_midnight_for_one_pollutant() {
    let text = include_str!("../../../rules/ozone.toml").replacen(
        "[[rule.level.measure]]\nask = \"reduce\"",
        "[[rule.level.measure]]\nask = \"shift\"\nactivities = [\"print\", \"spray\"]\nhours = \"20-08\"\npollutant = \"nox\"\n\
         [[rule.level.measure]]\nask = \"reduce\"",
        1,
    );
    let rules = rules::file::parse("ozone.toml", &text, Take::Middle).expect("rules");
    let mut world = world("");
    let (horizon, _) = Horizon::of(&spans(), &world.zone, at(EVENING), 60);
    let of = |world: &World| {
        let enterprise = &world.roster.enterprises[0];
        let spray = &enterprise.processes[0];
        let asked = asked(spray, (enterprise, None), &rules[0].levels, &spans(), &horizon, &world.zone).expect("asked");
        horizon::runs(&asked.stop)
    };
    assert_eq!(of(&world), [(10, 17), (34, 41)], "it emits no NOx");
    world.roster.enterprises[0].processes[0].nox = 1;
    assert_eq!(of(&world), [(10, 17), (20, 32), (34, 41), (44, 56)]);
}

#[test]
fn night_work_is_paid_for_and_a_fuller_purse_for_it_moves_work_out_of_the_night() {
    let mut world = world("[plan]\nnight = \"18-06\"\n");
    let evening = |plan: &Plan| on(plan, "C").iter().filter(|s| plan.horizon.clock(**s) >= 18).count();
    let free = world.plan(None, &[], EVENING);
    world.roster.enterprises[0].processes[1].night_premium = 100_000_000;
    let dear = world.plan(None, &[], EVENING);
    assert!(evening(&free) > 0 && evening(&dear) == 0, "{} {}", evening(&free), evening(&dear));
    // The hours at night that are left cost what they are said to.
    let row = free.row("C").expect("a row").clone();
    let paid = schedule::Row { figures: schedule::Figures { night_premium: 1000, ..row.figures }, ..row.clone() };
    let all = 0..free.horizon.slots();
    let hours = i64::try_from(evening(&free)).expect("few");
    assert_eq!(paid.cost(Way::Planned, &free, all.clone()) - row.cost(Way::Planned, &free, all), 1000 * hours);
}

#[test]
fn who_has_carried_much_is_surcharged_and_what_was_told_stays_told() {
    let mut world = world("");
    let plain = world.plan(None, &[], EVENING);
    assert!(plain.burdens.iter().all(|b| b.surcharge == 0), "nobody carries more than its peers: {:?}", plain.burdens);
    // Two who do the same work; one has carried much in the last days.
    let mut twin = world.roster.enterprises[0].clone();
    twin.id = "E9".into();
    twin.processes.iter_mut().for_each(|process| process.id.push('9'));
    world.roster.enterprises.push(twin);
    world.weights.fair.yuan_per_hour = 100_000;
    world.weights.fair.cost_percent = 100;
    let even = world.plan(None, &[], EVENING);
    let extra = |plan: &Plan, id: &str| plan.burdens.iter().find(|b| b.enterprise == id).expect("a burden").extra;
    assert!(extra(&even, "E1") > 0, "some hours are moved beyond the rule's: {:?}", even.burdens);
    world.carried.insert("E1".into(), fair::Carried { extra: 600, usual: 600 });
    let shared = world.plan(None, &[], EVENING);
    assert!(extra(&shared, "E1") - 600 < extra(&even, "E1"), "{:?} {:?}", shared.burdens, even.burdens);
    let again = world.plan(Some(&shared), &[], EVENING);
    assert!(again.kept && on(&again, "A") == on(&shared, "A") && on(&again, "A9") == on(&shared, "A9"));
}

#[test]
fn in_strict_order_a_plan_emits_no_more_however_dear_the_hours_are() {
    let price = "[[plan.price]]\nhours = \"18-24\"\nyuan = \"90\"\n[[plan.price]]\nhours = \"00-18\"\nyuan = \"1\"\n";
    let emitted = |order: &str| {
        let plan = world(&format!("[plan]\norder = \"{order}\"\n{price}")).plan(None, &[], EVENING);
        let cost: i64 = plan.rows.iter().map(|row| row.cost(Way::Planned, &plan, 0..plan.horizon.slots())).sum();
        // Of everyone: who gains too little by a move is asked for none and runs as usual.
        let weights = plan.own_weights().expect("weights").clone();
        let grams: i64 = plan.rows.iter().map(|row| row.grams(Way::Planned, &weights, &plan.horizon)).sum();
        (grams, cost)
    };
    let (strict, weighted) = (emitted("strict"), emitted("weighted"));
    assert!(strict.0 < weighted.0 && strict.1 > weighted.1, "{strict:?} {weighted:?}");
}

#[test]
fn plans_of_different_days_and_steps_are_compared_over_the_days_that_both_hold() {
    let first = world("").plan(None, &[], EVENING);
    // The first day is over, and the office has gone over to half hours.
    let half = world("[plan]\nstep_minutes = 30\n");
    let second = half.plan(Some(&first), &[], "2026-07-16T00:00:00+08:00");
    let same = compare::Comparison::of(&first, &second).expect("common days");
    assert_eq!((same.horizon.days(), same.horizon.slots()), (2, 96));
    assert!(second.kept && same.pairs.iter().all(|pair| pair.changed(&same.horizon).is_empty()), "{:?}", same.pairs);
    assert!(same.pairs.iter().any(|pair| pair.rows[1].process == "A"), "what is moved counts though nothing differs");
    for value in &same.values {
        assert_eq!(value.grams[0], value.grams[1], "{value:?}");
    }
    assert_eq!(same.cost[0], same.cost[1]);
    assert_eq!(same.values[0].grams[1], second.worth()[0].planned, "as the plan itself has it");
    // The hour of running that one more pin sets is all the difference, in hours and in grams.
    let period = Period { start: at("2026-07-16T20:00:00+08:00"), end: at("2026-07-16T20:30:00+08:00") };
    let clear = !on(&second, "A").contains(&40);
    let word = Word { process: "A".into(), said: Said::Pin { period, on: clear } };
    let third = half.plan(Some(&second), &[word], "2026-07-16T00:00:00+08:00");
    let other = compare::Comparison::of(&second, &third).expect("common days");
    let pair = other.pairs.iter().find(|pair| pair.rows[1].process == "A").expect("it is compared");
    let (before, after) = (on(&second, "A"), on(&third, "A"));
    let differ: Vec<usize> = (0..96).filter(|slot| before.contains(slot) != after.contains(slot)).collect();
    assert!(differ.contains(&40));
    assert_eq!(pair.changed(&other.horizon).iter().flat_map(|(from, to)| *from..*to).collect::<Vec<_>>(), differ);
    let weights = third.own_weights().expect("weights");
    let grams = |plan: &Plan| plan.moved_rows().map(|row| row.grams(Way::Planned, weights, &plan.horizon)).sum::<i64>();
    assert_eq!(other.values[0].grams, [grams(&second), grams(&third)]);
    assert!(compare::Comparison::of(&first, &half.plan(None, &[], "2026-07-20T00:00:00+08:00")).is_none());
}
