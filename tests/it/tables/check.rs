//! What `cuofeng check` says of tables in the forms of offices.

use chrono::Utc;

use super::case;
use crate::office;

/// What `check` says of a new site with these files laid over it: severity, file, code, sheet and row of each finding.
fn check(files: &[(&str, &[u8])]) -> Vec<(String, String, String, String)> {
    let dir = office::folder();
    let site = dir.path().join("site");
    assert!(office::cuofeng().arg("init").arg(&site).output().expect("the program").status.success());
    for (name, bytes) in files {
        let stem = name.split('.').next().unwrap_or_default();
        if !name.contains('/') && name.ends_with("xlsx") || name.ends_with("xls") {
            let _ = std::fs::remove_file(site.join(format!("{stem}.csv")));
        }
        std::fs::write(site.join(name), bytes).expect("written");
    }
    let output = office::run(&["check", "--json"], &site);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let word = |p: &serde_json::Value, key: &str| p[key].as_str().map_or_else(|| p[key].to_string(), str::to_owned);
    let all = said["problems"].as_array().expect("a list");
    all.iter()
        .map(|p| {
            (word(p, "severity"), word(p, "file"), word(p, "code"), format!("{} {}", word(p, "sheet"), word(p, "line")))
        })
        .collect()
}

#[test]
fn check_says_of_a_workbook_in_any_form_what_it_says_of_the_plain_one() {
    let of = |name: &str| {
        let all = check(&[("enterprises.xlsx", &case("rosters", name))]);
        let here = all.into_iter().filter(|(severity, file, ..)| severity == "error" && file == "enterprises.xlsx");
        here.map(|(_, _, code, place)| format!("{code} {}", place.split(' ').next_back().unwrap_or_default()))
            .collect::<Vec<_>>()
    };
    let plain = of("ent_plain.xlsx");
    for name in [
        "ent_dim0.xlsx",
        "ent_shared.xlsx",
        "ent_rich.xlsx",
        "ent_backslash.xlsx",
        "ent_merged.xlsx",
        "ent_second.xlsx",
    ] {
        assert_eq!(of(name), plain, "{name}");
    }
    let formula = of("ent_formula_nocache.xlsx");
    assert!(formula.contains(&"grid.formula 2".to_owned()), "{formula:?}");
    assert_eq!(of("ent_xls.xlsx"), ["grid.old_excel null"]);
    assert_eq!(of("ent_html.xlsx"), ["grid.page null"]);
}

#[test]
fn a_table_of_old_excel_is_named_with_what_to_do() {
    let all = check(&[("enterprises.xls", &case("rosters", "ent_old.xls"))]);
    let found = all.iter().find(|(_, file, ..)| file == "enterprises.xls").expect("a finding");
    assert_eq!((found.0.as_str(), found.2.as_str()), ("error", "site.other_table"));
}

#[test]
fn check_names_the_rows_of_a_feed_that_were_set_aside_and_refuses_a_format_that_nothing_matches() {
    let section = |format: &str| {
        let dir = office::folder();
        let site = dir.path().join("site");
        assert!(office::cuofeng().arg("init").arg(&site).output().expect("the program").status.success());
        let source = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
        format!(
            "{source}\n[[feed]]\nname = \"station\"\nkind = \"table\"\nfile = \"feeds/station.xlsx\"\nlabel = \"某站\"\n\
             role = \"observations\"\n[feed.map]\ntime = [\"时间\"]\n{format}hour = \"end\"\nonly_region = \"town\"\n\
             [feed.map.columns]\no3 = {{ column = \"O3\", unit = \"ug/m3\" }}\n"
        )
    };
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("小时值").expect("a name");
    sheet.write(0, 0, "某站小时值").expect("written");
    let yesterday = (Utc::now() - chrono::Duration::days(1)).format("%Y/%-m/%-d");
    for (row, (hour, value)) in [(None, "O3"), (Some(1), "80"), (Some(2), "维护")].into_iter().enumerate() {
        let row = u32::try_from(row).expect("few") + 1;
        let time = hour.map_or_else(|| "时间".to_owned(), |hour| format!("{yesterday} {hour}:00"));
        sheet.write(row, 0, time).expect("written");
        sheet.write(row, 1, value).expect("written");
    }
    let bytes = book.save_to_buffer().expect("a workbook");
    let station = |format: &str| {
        let toml = section(format);
        let all = check(&[("cuofeng.toml", toml.as_bytes()), ("feeds/station.xlsx", &bytes)]);
        all.into_iter().map(|(severity, _, code, place)| format!("{severity} {code} {place}")).collect::<Vec<_>>()
    };
    let all = station("");
    for wanted in ["warning grid.passed 小时值 null", "warning feed.number 小时值 4"] {
        assert!(all.contains(&wanted.to_owned()), "{wanted}: {all:?}");
    }
    let all = station("time_format = \"yyyy-MM-dd HH:mm\"\n");
    assert!(all.iter().any(|line| line.starts_with("error feed.map_format")), "{all:?}");
}

#[test]
fn check_says_what_is_waited_for_of_a_table_that_is_being_written() {
    let all = check(&[("feeds/forecast.csv", b"issued,time,region,o3\n2026-11-29T08:00:00+08:00,2026-11")]);
    let found: Vec<_> = all.iter().filter(|(_, file, ..)| file == "feeds/forecast.csv").collect();
    let [(severity, _, code, _)] = found.as_slice() else { panic!("{all:?}") };
    assert_eq!((severity.as_str(), code.as_str()), ("warning", "feed.young_line"));
}
