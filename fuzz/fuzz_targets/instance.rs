//! Planning instances: the outline and the table; what is read is solved where no cap makes that slow.
#![no_main]

use cuofeng_solver::instance::Instance;
use cuofeng_solver::{Setting, solve};
use cuofeng_base::problem::{Place, Problem};

const OUTLINE: &str = r#"{"step_minutes": 120, "slots": 24, "slots_per_day": 12, "regions": ["r"], "caps": [],
 "weights": {"voc": [1,1,1,2,3,4,4,3,2,1,1,1,1,1,1,2,3,4,4,3,2,1,1,1],
             "nox": [1,1,1,2,3,4,4,3,2,1,1,1,1,1,1,2,3,4,4,3,2,1,1,1]},
 "price": [1,1,1,1,1,1,2,2,2,2,1,1,1,1,1,1,1,1,2,2,2,2,1,1], "objective": {"ozone": 20, "overage": 400}}"#;
const TABLE: &str = "id,region,kind,slots_per_day,duration,batches_per_day,min_on,min_off,voc,nox,reactivity,power,\
start_cost,disruption,allowed,usual\np,r,batch,,2,2,,,1,1,1,1,1,1,05-24,08-17\n";

fn inside(problems: &[Problem]) {
    assert!(!problems.is_empty(), "a refusal has its reason");
    for problem in problems {
        if let Place::Span { text, range } = &problem.place {
            assert!(text.get(range.clone()).is_some(), "an error lies inside the text");
        }
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(problems) = Instance::read(text, TABLE) {
        inside(&problems);
    }
    let rows = format!("{}\n{text}", TABLE.lines().next().unwrap_or(""));
    for table in [text, &rows] {
        match Instance::read(OUTLINE, table) {
            Err(problems) => inside(&problems),
            Ok(instance) => match solve(&instance.problem, Setting::default()) {
                Ok(answer) => assert!(answer.gap() == 0.0, "without caps the answer is exact"),
                Err(found) => inside(&[instance.finding(&found)]),
            },
        }
    }
});
