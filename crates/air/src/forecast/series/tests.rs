//! Which value stands for an hour and a day, and where it came from.

use super::*;

fn column(first: i64, values: &[i32]) -> BTreeMap<Variable, Column> {
    BTreeMap::from([(Variable::O3, Column { first: Hour(first), values: values.to_vec() })])
}

fn run(hour: i64) -> Origin {
    Origin::Forecast { feed: "f".into(), issued_at: Hour(hour).start() }
}

#[test]
fn an_hour_is_the_observation_else_the_last_forecast_that_covered_it_else_the_current_run() {
    let mut series = Series::new("r", Hour(0), 5);
    series.lay(&column(-1, &[9, 10, 11, 12]), &run(-1)); // hours -1..3
    series.lay(&column(1, &[21, MISSING, 23, 24, 25]), &run(1)); // hours 1..6, hour 2 has a gap
    series.lay(&column(0, &[100]), &Origin::Observed { feed: "o".into() });
    let values: Vec<_> = (0..5).map(|h| series.value(Variable::O3, Hour(h))).collect();
    assert_eq!(values, [Some(100), Some(21), Some(12), Some(23), Some(24)]);
    assert_eq!(series.origin(Variable::O3, Hour(2)), Some(&run(-1)));
    assert_eq!(series.origin(Variable::O3, Hour(0)), Some(&Origin::Observed { feed: "o".into() }));
    assert_eq!(series.value(Variable::O3, Hour(5)), None);
    assert_eq!(series.values(Variable::Wind), None);
}

#[test]
fn a_day_that_is_only_an_outlook_has_an_origin_too() {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let day: NaiveDate = "2026-11-26".parse().expect("a day");
    // Two primary pollutants and no concentration: nothing that hours could be made of.
    let outlook = Outlook {
        aqi: crate::forecast::Range::new(210, 240),
        primary: vec![Pollutant::Pm25, Pollutant::Pm10],
        ..Outlook::new(day)
    };
    let issued_at = zone.at(day, 0);
    let (feed, region) = ("bureau".to_owned(), "r".to_owned());
    let run = Run { feed, region, issued_at, columns: Columns::new(), days: vec![outlook], archive: false };
    let mut series = Series::new("r", zone.first_hour(day), 48);
    series.lay_run(&run, &Profiles::default(), &Standards(Vec::new()), &zone, None);
    let own = Origin::Forecast { feed: "bureau".into(), issued_at };
    assert_eq!(series.origins_in(zone.first_hour(day) + 8, 12, &zone), [&own]);
    assert_eq!(series.origins_in(zone.first_hour(day) + 24, 12, &zone), Vec::<&Origin>::new(), "another day");
}

#[test]
fn an_index_by_an_older_standard_is_taken_over_only_through_what_it_means() {
    let read = |source| cuofeng_aqi::Standard::parse(source).expect("a standard");
    let standards = Standards(vec![
        read(include_str!("../../../../../rules/standards/hj633-2012.toml")),
        read(include_str!("../../../../../rules/standards/hj633-2026.toml")),
        read(include_str!("../../../../../rules/standards/us-epa-2024.toml")),
    ]);
    let stated = |standard: &str, aqi: i64, primary: &[Pollutant]| {
        let mut outlook = Outlook::new("2026-07-15".parse().expect("a day"));
        outlook.aqi = crate::forecast::Range::new(aqi, aqi);
        outlook.primary = primary.to_vec();
        outlook.standard = Some(standard.to_owned());
        stated_aqi(&outlook, Take::Middle, &standards).map(|(aqi, _)| aqi)
    };
    // HJ 633-2012: PM2.5 75 is 100; HJ 633-2026: 60 is 100 and 75 lies at 100 + 15 / 55 × 50, rounded up.
    assert_eq!(stated("hj633-2012", 100, &[Pollutant::Pm25]), Some(114));
    assert_eq!(stated("hj633-2012", 110, &[Pollutant::O38h]), Some(110), "ozone did not change");
    assert_eq!(stated("hj633-2012", 40, &[]), Some(40), "nothing changed below 50");
    assert_eq!(stated("hj633-2012", 80, &[Pollutant::O38h, Pollutant::Pm25]), None, "either may be meant");
    assert_eq!(stated("hj633-2026", 80, &[]), Some(80));
    assert_eq!(stated("us-epa-2024", 40, &[]), None);
}

#[test]
fn a_forecast_by_level_alone_is_judged_as_the_range_of_the_level() {
    let read = |source| cuofeng_aqi::Standard::parse(source).expect("a standard");
    let standards = Standards(vec![
        read(include_str!("../../../../../rules/standards/hj633-2012.toml")),
        read(include_str!("../../../../../rules/standards/hj633-2026.toml")),
    ]);
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let day: NaiveDate = "2026-12-02".parse().expect("a day");
    let index = |outlook: &Outlook, take| {
        let profiles =
            Profiles::parse(include_str!("../../../../../rules/profiles.toml")).expect("profiles").taking(take);
        let (feed, region, days) = ("bureau".to_owned(), "r".to_owned(), vec![outlook.clone()]);
        let run = Run { feed, region, issued_at: zone.at(day, 0), columns: Columns::new(), days, archive: false };
        let mut series = Series::new("r", zone.first_hour(day), 24);
        series.lay_run(&run, &profiles, &standards, &zone, None);
        let pm25 = series.daily_concentration(Pollutant::Pm25, day, &zone, standards.on(day)?);
        series.daily_index(day, &zone, &standards).map(|index| (index.aqi, index.graded, index.whole(), pm25))
    };
    let level = |low, high| Outlook { levels: crate::forecast::Range::new(low, high), ..Outlook::new(day) };
    // HJ 633-2026 table 1: the ends of the levels.
    for (low, high, ends) in
        [(1, 1, [0, 50]), (2, 2, [51, 100]), (3, 4, [101, 200]), (5, 5, [201, 300]), (6, 6, [301, 500])]
    {
        let [least, most] = ends;
        let middle = least + u16::div_ceil(most - least, 2);
        for (take, aqi) in [(Take::Low, least), (Take::Middle, middle), (Take::High, most)] {
            assert_eq!(index(&level(low, high), take), Some((Some(aqi), Some(ends), true, None)), "{low}-{high}");
        }
    }
    // An index beside the level wins; a named pollutant gets its hours as from an index.
    let mut outlook = level(5, 5);
    outlook.aqi = crate::forecast::Range::new(210, 230);
    assert_eq!(index(&outlook, Take::Middle), Some((Some(220), None, true, None)));
    let mut named = level(3, 3);
    named.primary = vec![Pollutant::Pm25];
    let (aqi, graded, _, pm25) = index(&named, Take::Low).expect("an index");
    assert_eq!((aqi, graded), (Some(101), Some([101, 150])));
    assert!(pm25.is_some_and(|pm25| pm25 > 60_000), "above the limit of the second grade: {pm25:?}");
    // A level that no standard has is none.
    assert_eq!(index(&level(7, 7), Take::Middle).and_then(|(aqi, ..)| aqi), None);
}

#[test]
fn the_largest_eight_hour_mean_uses_windows_inside_the_day_only() {
    let validity = Validity::GB_3095;
    let mut hours = vec![80_000; 24];
    hours[12..20].fill(170_000);
    let largest =
        |hours: &[i32]| largest_8h(hours, &validity, 24).map(|((sum, count), windows)| (sum / count, windows));
    assert_eq!(largest(&hours), Some((170_000, 17)));
    // Five of the eight hours missing: the full window is gone, neighbours with six values remain.
    let gaps: Vec<_> = (0..24).map(|h| if h < 19 { MISSING } else { 80_000 }).collect();
    assert_eq!(largest(&gaps), None);
    // Few windows count only where the maximum is above the limit.
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let standard = Standard::parse(include_str!("../../../../../rules/standards/hj633-2026.toml")).expect("a standard");
    let day: NaiveDate = "2026-07-15".parse().expect("a day");
    for (value, stands) in [(180_000, Some(180_000)), (160_400, None)] {
        let values: Vec<_> = (0..24).map(|h| if h < 14 { MISSING } else { value }).collect();
        let mut series = Series::new("r", zone.first_hour(day), 24);
        series.lay(&column(zone.first_hour(day).0, &values), &Origin::Observed { feed: "o".into() });
        assert_eq!(series.daily_concentration(Pollutant::O38h, day, &zone, &standard), stands);
        assert_eq!(series.daily(Pollutant::O38h, day, &zone, &standard), Concentration::AtLeast(value.into()));
    }
}

#[test]
fn a_standard_says_which_value_of_the_day_it_wants() {
    let read = |source| Standard::parse(source).expect("a shipped standard");
    let china = read(include_str!("../../../../../rules/standards/hj633-2026.toml"));
    let epa = read(include_str!("../../../../../rules/standards/us-epa-2024.toml"));
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let day = NaiveDate::from_ymd_opt(2026, 7, 15).expect("a day");
    let first = zone.first_hour(day);
    // 20 µg/m³ (2 mg/m³ of CO), eight hours of 100 (10) from 20 o'clock into the next day, one hour of 200 at noon.
    let values = |unit: i32| -> Vec<i32> {
        let hour = |h| match h {
            12 => 200 * unit,
            20..28 => 100 * unit,
            _ => 20 * unit,
        };
        (0..36).map(hour).collect()
    };
    let column = |unit| Column { first, values: values(unit) };
    let columns = BTreeMap::from([
        (Variable::No2, column(1000)),
        (Variable::So2, column(1000)),
        (Variable::O3, column(1000)),
        (Variable::Co, column(100)),
    ]);
    let mut series = Series::new("r", first, 36);
    series.lay(&columns, &Origin::Observed { feed: "o".into() });
    let value = |p, standard| series.daily_concentration(p, day, &zone, standard);
    // (200 + 4 × 100 + 19 × 20) ÷ 24 = 40.833
    assert_eq!([value(Pollutant::No2, &china), value(Pollutant::No2, &epa)], [Some(40_833), Some(200_000)]);
    assert_eq!([value(Pollutant::So2, &epa), value(Pollutant::So224h, &epa)], [Some(200_000), Some(40_833)]);
    // China's windows end with the day: 16 to 24 o'clock holds four hours of 100. The American ones go beyond.
    assert_eq!([value(Pollutant::O38h, &china), value(Pollutant::O38h, &epa)], [Some(60_000), Some(100_000)]);
    assert_eq!([value(Pollutant::Co, &china), value(Pollutant::Co, &epa)], [Some(4_083), Some(10_000)]);
}
