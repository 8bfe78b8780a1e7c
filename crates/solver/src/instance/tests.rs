//! Good files, and every way in which a file can be wrong.

use super::{Instance, OUTLINE, TABLE};
use crate::{Setting, solve};
use cuofeng_base::problem::{Place, Problem};
use cuofeng_base::text::Lang;

/// One day of four slots, a cap that is free in one of them.
const FRAME: &str = r#"{ "start": "2026-07-14T00:00:00+08:00", "step_minutes": 360, "slots": 4, "slots_per_day": 4,
  "regions": ["east"],
  "weights": { "voc": [0.1, 0.9, 0.9, 0.2], "nox": [0.1, 0.1, 0.1, 0.1] },
  "price": [0.3, 0.6, 1.0, 0.6],
  "objective": { "ozone": 20.0, "overage": 400.0 },
  "caps": [ { "kind": "voc", "region": "east", "limit": [1.0, 1.0, null, 1.0] } ] }"#;

const HEADER: &str = "id,enterprise,region,kind,slots_per_day,duration,batches_per_day,min_on,min_off,voc,nox,reactivity,\
power,start_cost,disruption,allowed,usual,state,must_on,must_off,told\n";

const BOOTH: &str = "booth,E1,east,interruptible,2.0,,,1,1,1.5,,1.2,10,5,2,00-18,06-18,,,,\n";
const KILN: &str = "kiln,E1,east,batch,,2,1,,,0.5,0.2,1,30,50,1,,06-18,-1,1-3,0-1,0-2;3-4\n";
const MINE: &str = "mine,E2,east,fixed,,,,,,0.1,0,1,5,1,0,,00-12,,,,\n";

fn table(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[test]
fn good_files_make_an_instance_whose_answer_can_be_written() {
    let text = format!("\u{feff}{}", table(&format!("{BOOTH}{KILN}{MINE}")));
    for text in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
        let instance = Instance::read(&format!("\u{feff}{FRAME}"), &text).expect("an instance");
        assert_eq!((instance.problem.len(), instance.regions.len()), (3, 1));
        assert_eq!(instance.rows, [2, 3, 4]);
        let answer = solve(&instance.problem, Setting { tries: Some(300), ..Setting::default() }).expect("an answer");
        let mut out = Vec::new();
        instance.write(&answer, 1.25, &mut out).expect("memory");
        let value: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(value["seconds"], 1.25);
        assert_eq!(value["schedule"][1], serde_json::json!({"id": "kiln", "on": [[1, 3]]}));
        assert_eq!(value["schedule"][2]["on"], serde_json::json!([[0, 2]]));
        assert_eq!(value["multipliers"][0]["kind"], "voc");
        assert_eq!(value["multipliers"][0]["values"][2], 0.0);
        let sum: f64 = value["parts"].as_object().expect("parts").values().filter_map(serde_json::Value::as_f64).sum();
        assert!((sum - answer.objective).abs() < 1e-9 && value["objective"] == answer.objective);
    }
}

#[test]
fn columns_may_stand_in_any_order_and_the_optional_ones_may_be_left_out() {
    let text = "kind,id,region,voc,nox,reactivity,power,start_cost,disruption,allowed,usual,slots_per_day,duration,\
                batches_per_day,min_on,min_off,note\nfixed,mine,east,1,1,1,1,1,1,,18-06,,,,,,old\n";
    let instance = Instance::read(FRAME, text).expect("an instance");
    let answer = solve(&instance.problem, Setting::default()).expect("an answer");
    assert_eq!(answer.runs(0).collect::<Vec<_>>(), [0..1, 3..4], "usual hours may wrap midnight");
}

/// The findings of a pair of files, which are the same in number and place in both languages.
fn findings(outline: &str, table: &str) -> Vec<Problem> {
    let found = Instance::read(outline, table).expect_err("wrong files");
    for finding in &found {
        for lang in [Lang::Zh, Lang::En] {
            let words = finding.render(lang);
            assert!(!words.contains(['{', '}']) || finding.file == OUTLINE, "a hole is left: {words}");
            assert!(!finding.advice.text(lang).contains("should."), "{words}");
        }
    }
    found
}

#[test]
fn a_wrong_cell_is_named_by_row_process_column_and_advice() {
    let with = |column: &str, value: &str, row: &str| {
        let place = HEADER.trim_end().split(',').position(|c| c == column).expect("a column");
        let mut cells: Vec<&str> = row.trim_end().split(',').collect();
        cells[place] = value;
        cells.join(",") + "\n"
    };
    let cases = [
        (BOOTH, "id", "", "no other process"),
        (BOOTH, "id", "kiln", "no other process"),
        (BOOTH, "region", "west", "`regions`"),
        (BOOTH, "kind", "weekly", "interruptible, batch or fixed"),
        (BOOTH, "slots_per_day", "two", "whole number"),
        (BOOTH, "slots_per_day", "5", "at most the 4 slots"),
        (BOOTH, "min_on", "1.5", "whole number"),
        (BOOTH, "min_off", "-1", "whole number"),
        (BOOTH, "voc", "1.5kg", "0 to 1e12"),
        (BOOTH, "nox", "-1", "0 to 1e12"),
        (BOOTH, "power", "nan", "0 to 1e12"),
        (BOOTH, "start_cost", "inf", "0 to 1e12"),
        (BOOTH, "disruption", "1e13", "0 to 1e12"),
        (BOOTH, "allowed", "6:00-18:00", "05-24"),
        (BOOTH, "usual", "06-25", "05-24"),
        (BOOTH, "state", "on", "+n or -n"),
        (BOOTH, "must_on", "0-5", "up to 4"),
        (BOOTH, "must_off", "2", "up to 4"),
        (BOOTH, "told", "3-1", "up to 4"),
        (KILN, "duration", "", "at least 1"),
        (KILN, "batches_per_day", "7", "at most the 4 slots"),
        (KILN, "reactivity", "x", "0 to 1e12"),
    ];
    for (row, column, value, advice) in cases {
        // A blank line before it counts, as in a spreadsheet.
        let other = if row == KILN { BOOTH } else { KILN };
        let found = findings(FRAME, &table(&format!("{other}\n{}{MINE}", with(column, value, row))));
        let [finding] = &found[..] else { panic!("{column} {value}: {found:?}") };
        assert_eq!(finding.file, TABLE);
        assert_eq!(finding.place, Place::Cell { sheet: None, row: 4, column: column.to_owned() }, "{value}");
        assert!(finding.advice.text(Lang::En).contains(advice), "{column} {value}: {}", finding.advice);
        assert!(column == "id" || finding.what.text(Lang::Zh).contains(row.split(',').next().unwrap_or("")));
    }
}

#[test]
fn every_row_is_told_and_none_that_is_cut_short_is_read() {
    let bad: String = ["p0", "p1", "p2"].map(|id| format!("{id},E1,east,weekly\n")).concat();
    let found = findings(FRAME, &table(&format!("{bad}{MINE}{}", MINE.replace("0.1", "?"))));
    let rows: Vec<_> = found.iter().map(|f| f.json(Lang::En)["line"].clone()).collect();
    assert_eq!(rows, [2, 3, 4, 6]);
    assert!(found[0].what.text(Lang::En).contains("4 cells"), "{}", found[0]);
    let many: String = (0..500).map(|_| "p,E1,east,weekly\n").collect();
    assert_eq!(findings(FRAME, &table(&many)).len(), super::MOST);
    let open = findings(FRAME, &table(&format!("\"{BOOTH}{KILN}{MINE}")));
    assert_eq!(open.len(), 1, "a quotation mark that isn't closed");
}

#[test]
fn a_header_is_checked_column_by_column() {
    let found = |from: &str, to: &str| findings(FRAME, &table(MINE).replacen(from, to, 1));
    for (from, to, words) in [
        (",voc,", ",vocs,", ["`voc` is missing", "did you mean `voc`"]),
        (",must_off,", ",mustoff,", ["did you mean `must_off`", ""]),
        (",told\n", ",state\n", ["twice", ""]),
    ] {
        let said: String = found(from, to).iter().map(|f| f.render(Lang::En)).collect();
        assert!(words.iter().all(|w| said.contains(w)), "{said}");
    }
    assert_eq!(findings(FRAME, "")[0].place, Place::File);
}

#[test]
fn a_wrong_frame_is_pointed_at() {
    let cases = [
        ("\"slots\": 4", "\"slots\": 6", "\"slots\""),
        ("\"slots\": 4", "\"slots\": 40000", "\"slots\""),
        ("\"step_minutes\": 360", "\"step_minutes\": 60", "\"slots_per_day\""),
        ("[0.1, 0.9, 0.9, 0.2]", "[0.1, 0.9]", "\"voc\""),
        ("[0.1, 0.1, 0.1, 0.1]", "[0.1, 0.1, 0.1, 1e13]", "\"nox\""),
        ("[0.3, 0.6, 1.0, 0.6]", "[]", "\"price\""),
        ("20.0", "-20.0", "\"ozone\""),
        ("400.0", "-1", "\"overage\""),
        ("\"kind\": \"voc\"", "\"kind\": \"co\"", "\"kind\""),
        ("\"region\": \"east\"", "\"region\": \"west\"", "\"region\""),
        ("[1.0, 1.0, null, 1.0]", "[1.0, -1.0, null, 1.0]", "\"limit\""),
        ("[1.0, 1.0, null, 1.0]", "[1.0]", "\"limit\""),
    ];
    for (from, to, key) in cases {
        let found = findings(&FRAME.replacen(from, to, 1), &table(MINE));
        let [Problem { file, place: Place::Span { text, range }, .. }] = &found[..] else { panic!("{to}: {found:?}") };
        assert_eq!((file.as_str(), &text[range.clone()]), (OUTLINE, key), "{to}");
    }
    let second = FRAME.replace("} ] }", "}, { \"kind\": \"voc\", \"region\": \"east\", \"limit\": [] } ] }");
    let found = findings(&second, &table(MINE));
    let Place::Span { range, .. } = &found[0].place else { panic!("{found:?}") };
    assert_eq!(range.start, second.rfind("\"kind\"").expect("the second cap"));
}

#[test]
fn what_is_no_json_or_lacks_a_key_is_named() {
    let lacking = findings(&FRAME.replace("\"price\"", "\"prices\""), &table(MINE));
    assert!(lacking[0].what.text(Lang::En).contains("price"), "{}", lacking[0]);
    let typed = findings(&FRAME.replace("[0.3, 0.6, 1.0, 0.6]", "[0.3, 0.6, \"1\", 0.6]"), &table(MINE));
    assert_eq!(typed[0].line_column().map(|(line, _)| line), Some(4), "{}", typed[0]);
    for text in ["", "{", "电", "[1e999]", &FRAME[..100]] {
        assert_eq!(findings(text, &table(MINE)).len(), 1, "{text}");
    }
}

#[test]
fn a_process_that_cannot_be_scheduled_is_told_at_its_row_with_its_hours() {
    let booth = BOOTH.replace("interruptible,2.0,", "interruptible,4,");
    let instance = Instance::read(FRAME, &table(&format!("{MINE}{KILN}\n{booth}"))).expect("an instance");
    let found = solve(&instance.problem, Setting::default()).expect_err("impossible");
    let finding = instance.finding(&found);
    assert_eq!(finding.place, Place::Cell { sheet: None, row: 5, column: "allowed".to_owned() });
    for (lang, words) in [(Lang::Zh, "工序 booth 排不下：第 1 天需要 4 个时段，可用 3 个"), (Lang::En, "process booth")]
    {
        let said = finding.render(lang);
        assert!(said.contains(words) && said.contains("00:00—18:00"), "{said}");
    }
}
