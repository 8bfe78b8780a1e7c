//! A missing thing never reads as fine: answers of feeds and observed weeks, each with what is right, kept in
//! `tests/cases`; and what a site tells of it.

mod far_side;
mod office;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use cuofeng_air::fire::Confidence;
use cuofeng_air::forecast::{Column, Columns, MISSING, Origin, Outlook, Range, Series, Variable};
use cuofeng_aqi::{Averaging, Concentration, Pollutant, Standard, Standards};
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, Zone};
use cuofeng_feed::cnemc::{Cnemc, CnemcFeed};
use cuofeng_feed::http::{Client, Limits};
use cuofeng_feed::qweather::{air_days, air_hours};
use cuofeng_feed::{Ask, Feed, FeedError, Memory, Pulled, firms, open_meteo};
use cuofeng_rules::expr::{Context, Known, Tri, eval, explain, parse};
use far_side::{Answer, FarSide};
use office::{example, folder, mails, run, text};
use serde_json::Value;

fn case(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn standard(with: &[(&str, &str)]) -> Standards {
    let mut source = include_str!("../rules/standards/hj633-2026.toml").to_owned();
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

/// The answer of a condition in the first hour of a day.
fn answer(condition: &str, series: &Series, standards: &Standards, date: &str) -> Tri {
    let zone = zone();
    let expr = parse(condition).expect(condition);
    let place = usize::try_from(zone.first_hour(day(date)) - series.first).expect("inside");
    eval(&expr, &Context::new(series, &zone, standards))[place]
}

// --- answers/: what feeds answer

async fn city(body: Vec<u8>) -> Result<Pulled, FeedError> {
    let far_side = FarSide::start(move |_| Answer::ok(body.clone()));
    let cities = vec![("town".to_owned(), "重庆".to_owned())];
    let client = Client::new(&Limits::default()).expect("a client");
    let feed = CnemcFeed::new(Cnemc { name: "cnemc".into(), base: far_side.url.clone(), cities }, client);
    let (zone, memory) = (zone(), Memory::default());
    feed.pull(Ask { now: at("2026-08-12T01:20:00Z"), zone: &zone, memory: &memory }).await
}

#[tokio::test]
async fn a_broken_record_of_another_city_costs_ours_nothing() {
    for name in ["cn_bad", "cn_bad2", "cn_bad3"] {
        let pulled = city(case(&format!("answers/{name}.json"))).await.expect(name);
        assert_eq!(pulled.observations[0].columns[&Variable::O3].values, [112_000], "{name}");
        assert!(pulled.trouble.is_empty(), "{name}: another's trouble is not ours");
    }
}

#[tokio::test]
async fn a_broken_record_of_our_own_city_is_told() {
    let body = String::from_utf8(case("answers/cn_bad2.json")).expect("text").replace("\"112\"", "\"1 12\"");
    let error = city(body.into_bytes()).await.expect_err("our own");
    assert!(error.to_string().contains("1 12"), "{error}");
}

#[tokio::test]
async fn a_record_that_can_not_be_used_is_asked_for_and_told_again_until_it_is_mended() {
    let broken = String::from_utf8(case("answers/cn_bad2.json")).expect("text");
    let good = broken.replace("\"1 12\"", "\"112\"");
    for (body, is_kept) in [(broken, false), (good, true)] {
        let far_side = FarSide::start(move |_| Answer::ok(body.clone()).with("etag", "\"1\""));
        let cities = vec![("town".to_owned(), "重庆".to_owned()), ("other".to_owned(), "某市".to_owned())];
        let client = Client::new(&Limits::default()).expect("a client");
        let feed = CnemcFeed::new(Cnemc { name: "cnemc".into(), base: far_side.url.clone(), cities }, client);
        let (zone, memory) = (zone(), Memory::default());
        let pulled = feed.pull(Ask { now: at("2026-08-12T01:20:00Z"), zone: &zone, memory: &memory }).await;
        let pulled = pulled.expect("one record can be used");
        assert_eq!((pulled.trouble.is_empty(), !pulled.memory.0.is_empty()), (is_kept, is_kept), "{pulled:?}");
    }
}

#[tokio::test]
async fn a_value_that_is_not_available_is_missing_and_the_others_stay() {
    let pulled = city(case("answers/cn_na.json")).await.expect("a good answer");
    let columns = &pulled.observations[0].columns;
    assert!(!columns.contains_key(&Variable::O3) && columns[&Variable::Pm25].values == [20_000]);
}

#[test]
fn one_fire_in_two_processings_is_one_and_the_surer_sighting_stays() {
    for (name, confidence) in [
        ("f_one", Confidence::Nominal),
        ("f_dup", Confidence::Nominal),
        ("f_dup2", Confidence::Nominal),
        ("f_near", Confidence::Nominal),
        ("f_conf", Confidence::Nominal),
    ] {
        let fires = firms::read(&case(&format!("answers/{name}.csv"))).expect(name);
        assert_eq!((fires.len(), fires[0].confidence), (1, confidence), "{name}");
    }
}

fn model(name: &str) -> (Columns, cuofeng_air::forecast::Remarks) {
    let (mut all, remarks) = open_meteo::read(&case(&format!("answers/{name}.json")), 1).expect(name);
    (all.remove(0), remarks)
}

#[test]
fn open_meteo_is_read_with_nulls_gaps_local_labels_and_small_negatives() {
    let (whole, remarks) = model("om_ok");
    assert!(remarks.messages(Lang::Zh).is_empty() && whole.len() == 6);
    assert!(whole.values().all(|column| column.values.len() == 168 && !column.values.contains(&MISSING)));
    assert_eq!(model("om_local").0, whole, "the same hours by labels without a zone");
    let (tail, _) = model("om_tail");
    assert_eq!(tail[&Variable::Pm10].values.len(), 146, "a run ends where its values end");
    let (nothing, _) = model("om_allnull");
    assert!(nothing[&Variable::O3].values.is_empty() && nothing[&Variable::Pm10].values.len() == 168);
    let (gap, _) = model("om_jump");
    let missing = gap[&Variable::O3].values.iter().filter(|value| **value == MISSING).count();
    assert_eq!((gap[&Variable::O3].values.len(), missing), (168, 2), "hours that are left out are missing");
    assert_eq!(gap[&Variable::O3].values[42..], whole[&Variable::O3].values[42..], "and move no other");
    let (negative, remarks) = model("om_neg");
    assert!(negative.values().all(|column| column.values.iter().all(|value| *value >= 0)));
    assert_eq!((remarks.zeroed, remarks.beyond, remarks.messages(Lang::Zh).len()), (2, 0, 1), "and it is told");
}

#[test]
fn qweather_without_concentrations_keeps_index_and_primary_pollutant_as_they_are_stated() {
    let read = |name: &str| air_days(&case(&format!("answers/{name}.json")), "hj633-2012", &zone());
    let first = |name: &str| read(name).expect(name).0.remove(0);
    let stated = |name: &str| {
        let day: Outlook = first(name);
        (day.aqi.map(Range::low), day.primary)
    };
    assert_eq!(stated("q_d"), (Some(120), vec![Pollutant::O38h]));
    assert_eq!(stated("q_d_str"), (Some(120), vec![Pollutant::O38h]), "a text that is a number");
    assert_eq!(stated("q_d_o3big"), (Some(121), vec![Pollutant::O38h]), "an index is made whole upwards");
    assert_eq!(stated("q_d_na"), (Some(120), vec![]), "none is named");
    assert_eq!(stated("q_d_null"), (Some(42), vec![]));
    assert_eq!(stated("q_d_220o3"), (Some(220), vec![Pollutant::O38h]));
    assert_eq!(stated("q_d_220O3"), stated("q_d_220o3"), "whatever the case of its letters");
    assert_eq!(stated("q_d_220pm"), (Some(220), vec![Pollutant::Pm25]));
    assert_eq!(stated("q_d_220null"), (Some(220), vec![]));
    let (hours, ..) = air_hours(&case("answers/q_h.json")).expect("hours");
    assert_eq!(hours[&Variable::AqiHour].values, vec![88_000; 24]);
    assert!(air_hours(&case("answers/q_h_null.json")).expect("hours").0.is_empty());
}

#[test]
fn a_heavy_day_whose_primary_pollutant_nobody_names_is_not_denied() {
    let standards = Standards(vec![
        standard(&[]).0.remove(0),
        Standard::parse(include_str!("../rules/standards/hj633-2012.toml")).expect("a standard"),
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

#[test]
fn bodies_of_the_old_service_and_empty_ones_are_said_in_words() {
    for (name, words) in
        [("q_old402", ["402", "欠费"]), ("q_old_ok", ["200", "旧版接口"]), ("q_d_nolist", ["没有", "数据"])]
    {
        let what = air_days(&case(&format!("answers/{name}.json")), "hj633-2012", &zone()).expect_err(name);
        let told = what.text(Lang::Zh);
        assert!(words.iter().all(|word| told.contains(word)), "{name}: {told}");
    }
}

// --- replay/: weeks of observations

fn replay(site: &Path, name: &str) -> Value {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/replay").join(format!("{name}.csv"));
    let output = run(&["rules", "replay", "--as", "perfect", "--data", &data.to_string_lossy(), "--json"], site);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)))
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

/// A site whose forecast is a case, issued at seven on each of the first two mornings of its data.
fn forecast_of(dir: &Path, name: &str) -> PathBuf {
    let site = example(dir);
    let text = String::from_utf8(case(&format!("replay/{name}.csv"))).expect("text");
    let mut lines = text.lines();
    let mut table = format!("issued,{}\n", lines.next().expect("a header"));
    let rows: Vec<&str> = lines.collect();
    for first in [0, 24] {
        let issued = rows[first].split(',').next().expect("a time").replace("T00:", "T07:");
        for row in &rows[first..] {
            let _ = writeln!(table, "{issued},{}", row.replace(",town,", ",wuping,"));
        }
    }
    fs::write(site.join("feeds/recording.csv"), table).expect("a table");
    site
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

#[test]
fn while_a_table_has_brought_nothing_it_is_told_and_no_rule_is_named_for_what_it_may_bring() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let only: String = fs::read_to_string(&table)
        .expect("a table")
        .lines()
        .map(|row| row.split(',').take(4).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    fs::write(&table, only).expect("a table");
    let calls =
        || [run(&["check"], &site), run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site)].map(|o| text(&o));
    for told in calls() {
        assert!(told.contains("永远不能判定"), "{told}");
    }
    let file = site.join("cuofeng.toml");
    let with = fs::read_to_string(&file).expect("a site file").replacen(
        "[[feed]]\n",
        "[[feed]]\nname = \"particles\"\nkind = \"table\"\nfile = \"feeds/particles.csv\"\nlabel = \"样例\"\n\n[[feed]]\n",
        1,
    );
    fs::write(&file, with).expect("a site file");
    fs::write(site.join("feeds/particles.csv"), "issued,time,region,pm25,pm10,so2,no2,co\n").expect("a table");
    for told in calls() {
        assert!(!told.contains("永远不能判定"), "{told}");
        assert!(told.contains("particles"), "and that it is empty is told: {told}");
    }
}

#[test]
fn a_place_whose_index_needs_ozone_alone_has_a_whole_index_and_says_so_in_every_letter() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let all = fs::read_to_string(&table).expect("a table");
    let only: String = all.lines().map(|row| row.split(',').take(4).collect::<Vec<_>>().join(",") + "\n").collect();
    fs::write(&table, only).expect("a table");
    let file = site.join("cuofeng.toml");
    let text = fs::read_to_string(&file).expect("a site file");
    fs::write(&file, text.replace("[site]\n", "[site]\nindex_needs = [\"o3\"]\n")).expect("a site file");
    run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site);
    let letters = mails(&site);
    assert!(
        letters.contains("110（轻度污染）") && !letters.contains("不低于") && !letters.contains("暂无数据"),
        "{letters}"
    );
    let told = letters.matches("推算，参考值").count();
    assert!(told > 0 && letters.matches("（未计入").count() == told, "in every letter that has an index: {letters}");
}

#[test]
fn what_a_table_sets_aside_is_told_by_check_and_once_and_told_to_no_factory() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    // One hour of ozone in another unit, one a little below zero, one marked as missing.
    let odd = fs::read_to_string(&table).expect("a table");
    let odd = odd.replacen(",wuping,170,", ",wuping,170000,", 1).replacen(",wuping,170,", ",wuping,-0.4,", 1).replacen(
        ",wuping,170,",
        ",wuping,9999.0,",
        1,
    );
    fs::write(&table, odd).expect("a table");
    for output in [run(&["check"], &site), run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site)] {
        let told = text(&output);
        assert!(output.status.success() && told.contains("170000") && told.contains("按 0 计"), "{told}");
    }
    assert!(!mails(&site).contains("170000"));
}

#[test]
fn values_that_are_set_aside_are_in_the_ledger_once_a_day() {
    let dir = folder();
    let site = forecast_of(dir.path(), "g26_170full");
    let table = site.join("feeds/recording.csv");
    let good = fs::read_to_string(&table).expect("a table");
    let told = |time: &str, odd: &str| {
        fs::write(&table, odd).expect("a table");
        run(&["once", "--now", &format!("2026-08-{time}:00+08:00")], &site);
        let script = "import sqlite3,sys\nprint(sqlite3.connect(sys.argv[1]).execute(\"select count(*) from ledger \
                      where event='values-set-aside'\").fetchone()[0])";
        let database = site.join("state/cuofeng.db");
        let output = std::process::Command::new("/usr/bin/python3").args(["-c", script]).arg(database).output();
        text(&output.expect("python3")).trim().parse::<usize>().expect("a count")
    };
    let odd = good.replacen(",wuping,170,", ",wuping,170000,", 1);
    // More of them by the same bound is nothing new.
    let more = good.replacen(",wuping,170,", ",wuping,170000,", 3);
    let counts = [
        told("10T08:00", &odd),
        told("10T08:20", &more),
        told("10T20:00", &odd),
        told("11T08:30", &more),
        told("11T08:40", &good),
    ];
    assert_eq!(counts, [1, 1, 1, 2, 2]);
}

#[test]
fn days_that_a_table_leaves_blank_are_told_by_once() {
    let dir = folder();
    let site = example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = fs::read_to_string(&file).expect("a site file");
    let with = "[[feed]]\nname = \"blank\"\nkind = \"table\"\nfile = \"feeds/blank.csv\"\nlabel = \"样例\"\n\
                [feed.map]\ntime = [\"日期\", \"小时\"]\nissued = \"发布\"\nregion = \"地区\"\n\
                regions = { \"甲\" = \"wuping\" }\n[feed.map.columns]\no3 = { column = \"O3\", unit = \"ug/m3\" }\n\n[[feed]]\n";
    fs::write(&file, source.replacen("[[feed]]\n", with, 1)).expect("a site file");
    let mut rows = "发布,日期,小时,地区,O3\n".to_owned();
    for hour in 0..24 {
        let day = if hour == 0 { "2026-08-11" } else { "" };
        let _ = writeln!(rows, "2026-08-10 07:00,{day},{hour},甲,80");
    }
    fs::write(site.join("feeds/blank.csv"), rows).expect("a table");
    let told = text(&run(&["once", "--now", "2026-08-10T08:00:00+08:00"], &site));
    assert!(told.contains("blank.csv") && told.contains("3, 4, 5"), "which rows took the day from above: {told}");
}
