//! Observed weeks: rules, index and letters say the same of them.

use std::fs;
use std::path::{Path, PathBuf};

use cuofeng_air::forecast::{Column, Columns, Origin, Series, Variable};
use cuofeng_aqi::{Averaging, Concentration, Pollutant, Standard, Standards};
use cuofeng_base::time::Hour;
use cuofeng_feed::qweather::air_days;
use cuofeng_rules::expr::{Context, Known, Tri, explain, parse};

use super::{answer, at, case, day, forecast_of, replay, zone};
use crate::office::{self, folder, mails, run, text};

fn standard(with: &[(&str, &str)]) -> Standards {
    let mut source = include_str!("../../../rules/standards/hj633-2026.toml").to_owned();
    for (from, to) in with {
        assert!(source.contains(from), "{from}");
        source = source.replace(from, to);
    }
    Standards(vec![Standard::parse(&source).expect("a standard")])
}

/// The observations of a case as one series.
fn observed(name: &str) -> Series {
    let bytes = case(name);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    let first = Hour::containing(at(&rows[0][0]));
    let mut columns = Columns::new();
    for (place, name) in header.iter().enumerate().skip(2) {
        let milli = |row: &csv::StringRecord| {
            let value = cuofeng_aqi::parse_milli(&row[place]).expect("a number");
            i32::try_from(value).expect("a small number")
        };
        let values = rows.iter().map(milli).collect();
        columns.insert(Variable::named(name).expect("a variable"), Column { first, values });
    }
    let mut series = Series::new("town", first, rows.len());
    series.lay(&columns, &Origin::Observed { feed: "station".to_owned() });
    series
}

#[test]
fn a_heavy_day_whose_primary_pollutant_nobody_names_is_not_denied() {
    let standards = Standards(vec![
        standard(&[]).0.remove(0),
        Standard::parse(include_str!("../../../rules/standards/hj633-2012.toml")).expect("a standard"),
    ]);
    let heavy = "aqi > 200 and primary = pm25";
    for (name, wanted) in [("q_d_220null", Tri::Unknown), ("q_d_220pm", Tri::True), ("q_d_220o3", Tri::False)] {
        let (days, ..) = air_days(&case(&format!("answers/{name}.json")), "hj633-2026", &zone()).expect(name);
        let date = days[0].day;
        let run = cuofeng_air::forecast::Run {
            feed: "q".into(),
            region: "town".into(),
            issued_at: at("2026-08-12T00:00:00Z"),
            columns: Columns::new(),
            days,
            archive: false,
        };
        let zone = zone();
        let mut series = Series::new("town", zone.first_hour(date), 72);
        series.lay_run(&run, &cuofeng_air::forecast::Profiles::default(), &standards, &zone, None);
        assert_eq!(answer(heavy, &series, &standards, &date.to_string()), wanted, "{name}");
    }
}

fn site_with(dir: &Path, when: &str) -> PathBuf {
    let rule = format!(
        "[[rule]]\nid = \"pm\"\nname = \"颗粒物提示\"\nkind = \"pm\"\nsource = \"GB 3095-2026\"\nshape = \"days\"\n\
         [[rule.level]]\nid = \"exceed\"\nname = \"超标\"\nwhen = \"{when}\"\n\
         [[rule.level.measure]]\nask = \"care\"\nactivities = [\"crush\"]\nadvice = \"物料覆盖\"\n\
         [[rule.tell]]\nto = \"duty\"\nforms = [\"email\"]\ntemplate = \"ozone/duty\"\n"
    );
    office::ruled(dir, &rule)
}

#[test]
fn edge_a_day_of_which_twenty_hours_are_forecast_is_not_told_as_if_it_were_over() {
    let dir = folder();
    let site = site_with(dir.path(), "daily_mean(pm25) > 60 µg/m³");
    let result = replay(&site, "edge");
    let episodes = result["episodes"].as_array().expect("episodes");
    assert_eq!(episodes.len(), 1, "{result}");
    let told = &episodes[0];
    assert_eq!(
        (told["start"].as_str(), told["end"].as_str()),
        (Some("2026-11-04T00:00:00+08:00"), Some("2026-11-05T00:00:00+08:00"))
    );
    assert_eq!(told["revisions"], 1, "nobody was told of the fifth, whose mean is 55.8: {told}");
    assert_eq!(result["scores"]["pm/town"]["false_alarms"], 0);
    assert_eq!(result["scores"]["pm/town"]["hits"], 1);
}

#[test]
fn starts_count_for_rules_and_index_alike() {
    let series = observed("replay/starts.csv");
    let zone = zone();
    // 2026-07-14: 60 until 17 o'clock, then seven hours of 300; the window from 16 o'clock has a mean of 270.
    for (starts, first, second) in
        [("[0, 16]", 270_000, 60_000), ("[-7, 16]", 270_000, 270_000), ("[0, 9]", 60_000, 60_000)]
    {
        let standards = standard(&[
            ("o3_8h_starts = [0, 16]", &format!("o3_8h_starts = {starts}")),
            ("o3_8h_windows = 14", "o3_8h_windows = 10"),
        ]);
        for (date, value) in [("2026-07-14", first), ("2026-07-15", second)] {
            let index = series.daily_index(day(date), &zone, &standards).expect("an index");
            let ozone = index.items.iter().find(|item| item.pollutant == Pollutant::O38h).expect("ozone");
            assert_eq!(ozone.concentration, value, "{starts} {date}");
            let exactly = format!("daily_max(o3_8h) = {} µg/m³", value / 1000);
            // Of the first day the windows that begin before the data are missing.
            let known = answer("daily_max(o3_8h) <= 1000 µg/m³", &series, &standards, date);
            assert_eq!(known, Tri::True, "{starts} {date}");
            assert_eq!(answer(&exactly, &series, &standards, date), Tri::True, "{starts} {date}");
        }
    }
}

#[test]
fn dbl_is_rounded_once_by_index_and_rule() {
    let (series, standards, zone) = (observed("replay/dbl.csv"), standard(&[]), zone());
    let date = day("2026-07-14");
    let index = series.daily_index(date, &zone, &standards).expect("an index");
    // 61.49958: by way of 61.5 it would be 62 and an index of 102.
    assert_eq!(
        (index.items[0].pollutant, index.items[0].concentration, index.items[0].iaqi),
        (Pollutant::Pm25, 61_000, Some(101))
    );
    assert_eq!(answer("daily_mean(pm25) = 61 µg/m³", &series, &standards, "2026-07-14"), Tri::True);
    assert_eq!(answer("daily_mean(pm25) > 61 µg/m³", &series, &standards, "2026-07-14"), Tri::False);
    let expr = parse("daily_mean(pm25) > 61 µg/m³").expect("a condition");
    let evidence = explain(&expr, &Context::new(&series, &zone, &standards), series.first);
    assert_eq!((evidence[0].value, evidence[0].known), (Some(61_000), Known::Exactly), "and so it is told");
}

#[test]
fn what_a_letter_says_of_a_concentration_never_contradicts_its_index() {
    // Every thousandth round the limits: above 160 and an index above 100 are one.
    let standards = standard(&[]);
    let standard = &standards.0[0];
    for milli in (159_000..162_000).step_by(50).chain([160_499, 160_500, 160_501]) {
        let columns = Columns::from([(
            Variable::O3,
            Column { first: zone().first_hour(day("2026-07-14")), values: vec![milli; 24] },
        )]);
        let mut series = Series::new("town", zone().first_hour(day("2026-07-14")), 24);
        series.lay(&columns, &Origin::Observed { feed: "station".to_owned() });
        let above = answer("daily_max(o3_8h) > 160 µg/m³", &series, &standards, "2026-07-14") == Tri::True;
        let index = standard.index_of(Averaging::Day, |p| match p {
            Pollutant::O38h => series.daily(p, day("2026-07-14"), &zone(), standard),
            _ => Concentration::Is(0),
        });
        assert_eq!(above, index.aqi.is_some_and(|aqi| aqi > 100), "{milli}");
    }
}

#[test]
fn g26_170full_is_told_and_told_consistently() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let output = run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site);
    assert!(output.status.success(), "{}", text(&output));
    let next = run(&["once", "--now", "2026-08-11T08:00:00+08:00"], &site);
    let letters = mails(&site);
    assert!(next.status.success(), "{}", text(&next));
    assert!(letters.contains("170") && letters.contains("二级浓度限值 160"), "{letters}");
    assert!(
        letters.contains("110（轻度污染）") && !letters.contains("不低于") && !letters.contains("暂无数据"),
        "{letters}"
    );
    assert!(!letters.contains("（良）"), "no day of 170 is 良: {letters}");
    assert!(
        letters.contains("AQI预报：8月12日高于 150（") && !letters.contains(" ，"),
        "an index has no unit: {letters}"
    );
    assert!(letters.contains("高于 150") && !letters.contains("高于 150　"), "each on a line of its own: {letters}");
    assert!(!letters.contains("提前 0 小时") && !letters.contains("条件”条件"), "{letters}");
    // Six pollutants all the way: 130 µg/m³ of PM2.5 are 172, told by their own rule.
    // The day after begins more than 40 hours ahead.
    assert!(letters.contains("颗粒物污染提示") && letters.contains("172") && letters.contains("高于 150"), "{letters}");
}

#[test]
fn an_index_of_ozone_alone_neither_tells_nor_denies_particles_and_says_at_least() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let only: String = fs::read_to_string(&table)
        .expect("a table")
        .lines()
        .map(|row| row.split(',').take(4).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    fs::write(&table, only).expect("a table");
    let once = run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site);
    let noon = ["--at", "2026-08-11T12:00:00+08:00", "--now", "2026-08-10T08:00:00+08:00"];
    let explained = text(&run(&[&["rules", "explain", "particles"][..], &noon].concat(), &site));
    assert!(explained.contains("不能判定") && explained.contains("至少 110"), "{explained}");
    let letters = mails(&site);
    assert!(letters.contains("不低于 110（轻度污染或更重；") && letters.contains("暂无数据）"), "{letters}");
    // Nobody brings PM2.5: the rule is named, and so it is by every command that looks.
    for output in [once, run(&["check"], &site), run(&["rules", "status", "--now", "2026-08-10T08:30:00+08:00"], &site)]
    {
        let told = text(&output);
        assert!(told.contains("颗粒物污染提示") && told.contains("永远不能判定"), "{told}");
    }
    // A place whose index needs nothing else says so, and the index is whole.
    let file = site.join("cuofeng.toml");
    let with = fs::read_to_string(&file)
        .expect("a site file")
        .replace("[site]\n", "[site]\nindex_needs = [\"臭氧\", \"PM2.5\"]\n");
    fs::write(&file, &with).expect("a site file");
    let checked = text(&run(&["check"], &site));
    assert!(checked.contains("AQI 只按") && checked.contains("不计"), "{checked}");
    // A name is that of one pollutant, or of none.
    for unknown in ["PM3", "颗粒物", "氧", ""] {
        fs::write(&file, with.replace("PM2.5", unknown)).expect("a site file");
        assert!(text(&run(&["check"], &site)).contains("index_needs 里有不认识的污染物"), "{unknown}");
    }
    fs::write(&file, with.replace("\"PM2.5\"", "\"O3\", \"o3\"")).expect("a site file");
    let twice = text(&run(&["check"], &site));
    assert!(twice.contains("只按 臭氧 计算"), "named once: {twice}");
}
