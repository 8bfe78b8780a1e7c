use super::*;
use crate::cli::chart::svg::tests::balanced;
use crate::cli::chart::terminal::COLUMNS;
use crate::cli::chart::width;
use cuofeng_air::forecast::bias::{Correction, corrected_all};
use cuofeng_air::forecast::score::{Scored, score};
use cuofeng_air::forecast::{Column, Columns, Run};
use cuofeng_aqi::{Pollutant, Standard, Standards};
use cuofeng_base::time::Zone;

const DAYS: i64 = 12;

/// Twelve days of ozone with an afternoon peak, and runs a day ahead that are 20 µg/m³ too high.
fn sample() -> (Vec<Run>, Columns, Zone, Standards, NaiveDate) {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let first_day = NaiveDate::from_ymd_opt(2015, 7, 1).expect("a day");
    let start = zone.first_hour(first_day);
    let truth = |h: i64| {
        let (day, clock) = (h.div_euclid(24), h.rem_euclid(24));
        i32::try_from(1000 * (90 + 10 * (day % 5) + if (11..21).contains(&clock) { 40 } else { 0 })).expect("small")
    };
    let column = |first: i64, error: i32| {
        let values = (first..first + 72).map(|h| truth(h) + error).collect();
        Columns::from([(Variable::O3, Column { first: start + first, values })])
    };
    let run = |day: i64| Run {
        feed: "model<&>".into(),
        region: "r".into(),
        issued_at: (start + 24 * day).start(),
        columns: column(24 * day, 20_000),
        days: Vec::new(),
        archive: false,
    };
    let values = (0..24 * DAYS).map(truth).collect();
    let observed = Columns::from([(Variable::O3, Column { first: start, values })]);
    let source = include_str!("../../../rules/standards/hj633-2012.toml");
    let standards = Standards(vec![Standard::parse(source).expect("a standard")]);
    ((0..DAYS).map(run).collect(), observed, zone, standards, first_day)
}

fn both() -> (Vec<FeedScore>, Vec<FeedScore>, NaiveDate) {
    let (runs, observed, zone, standards, first) = sample();
    let to = first + chrono::Days::new(11);
    let quantity = Quantity::Daily(Pollutant::O38h);
    let days = vec![(first, to)];
    let thresholds = [Threshold { name: "O3 > 160".into(), quantity, above: 160_000, days }];
    let of = |runs: &[Run]| {
        let (observed, zone, standards) = (&observed, &zone, &standards);
        score(&Scored { runs, observed, zone, standards, from: first, to, thresholds: &thresholds })
    };
    let corrected = corrected_all(&runs, &observed, &zone, Correction::new(7).expect("days"));
    (of(&runs), of(&corrected), first)
}

fn sides<'a>(plain: &'a [FeedScore], better: &'a [FeedScore]) -> [Side<'a>; 2] {
    [Side { correction: None, scores: plain }, Side { correction: Some(7), scores: better }]
}

fn scope(from: NaiveDate) -> Scope<'static> {
    static PROVIDERS: std::sync::LazyLock<BTreeMap<String, String>> =
        std::sync::LazyLock::new(|| BTreeMap::from([("model<&>".to_owned(), "某中心 <CC BY 4.0>".to_owned())]));
    Scope { id: "wuping", region: "武平", from, to: from + chrono::Days::new(11), providers: &PROVIDERS }
}

#[test]
fn the_picture_is_well_formed_and_its_marks_are_the_counts_of_the_scores() {
    let (plain, better, first) = both();
    let picture = svg(&sides(&plain, &better), "model<&>", &scope(first), Lang::Zh).expect("a picture");
    assert!(balanced(&picture), "{picture}");
    assert!(picture.contains("某中心 &lt;CC BY 4.0&gt;"), "the licence asks for the provider's name");
    let counts = |of: fn(&Contingency) -> u64| plain[0].thresholds[0].leads.iter().map(|(_, c)| of(c)).sum::<u64>();
    let count = |needle: &str| u64::try_from(picture.matches(needle).count()).expect("few");
    // One of each shape stands in the legend.
    assert_eq!(count("<circle"), counts(|c| c.hits) + 1);
    assert_eq!(count("#b00020"), counts(|c| c.misses) + 1);
    assert_eq!(count("#6a3d9a"), counts(|c| c.false_alarms) + 1);
    assert!(counts(|c| c.hits) > 0 && counts(|c| c.false_alarms) > 0);
    // The day of a hit with its two values: 90 + 40 + 40 observed, 20 more forecast.
    assert!(picture.contains("2015-07-05") && picture.contains("190") && picture.contains("170"));
    assert!(svg(&sides(&plain, &better), "none", &scope(first), Lang::Zh).is_none());
}

#[test]
fn the_effect_of_a_correction_stands_beside_the_plain_scores() {
    let (plain, better, _) = both();
    let beside = [(msg!("score.corrected", days = 7_u16), &better[0])];
    for text in [hourly(&plain[0], &beside, Lang::En), daily(&plain[0], &beside, Lang::En)] {
        assert!(text.contains("20.0"), "{text}");
    }
    let rmse = |scores: &[FeedScore]| scores[0].hourly[0].errors.rmse;
    assert!(rmse(&better) < rmse(&plain) && (rmse(&plain) - 20.0).abs() < 1e-9);
    let text = thresholds(&plain[0], &beside, Lang::Zh);
    let total = plain[0].thresholds[0].leads[1].1;
    assert!(text.contains(&format!(" {} ", total.false_alarms)) && text.contains("O3 > 160"), "{text}");
}

#[test]
fn terminal_pictures_fit_and_json_has_the_figures() {
    let (plain, better, first) = both();
    let all = sides(&plain, &better);
    let beside = [(all[1].label(), &better[0])];
    let text = pictures(&all[0], &plain[0], &beside, Lang::Zh);
    assert!(text.lines().all(|l| width(l) <= COLUMNS), "{text}");
    assert!(text.contains('⣿') && text.contains('o') && text.contains('+'));
    let value = json::region(&all, &scope(first));
    assert_eq!(value["name"], "武平");
    let errors = &value["sides"][0]["feeds"][0]["hourly"][0]["errors"];
    assert_eq!((errors["bias"].as_f64(), errors["n"].as_u64()), (Some(20.0), Some(plain[0].hourly[0].errors.n)));
    assert_eq!(value["sides"][0]["correction"], serde_json::Value::Null);
    assert_eq!(value["sides"][1]["correction"]["days"], 7);
    let pair = &value["sides"][0]["feeds"][0]["days"][1]["pairs"][0];
    assert_eq!((pair["day"].as_str(), pair["o3_8h"]["observed"].as_str()), (Some("2015-07-02"), Some("140")));
}

#[test]
fn figures_are_never_a_negative_zero() {
    assert_eq!(figure(None, -0.01), "0.0");
    assert_eq!(figure(Some(Variable::Co), -0.001), "-0.001");
    assert_eq!(share(None), "-");
}
