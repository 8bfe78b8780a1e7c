//! Answers of feeds, each with what is right.

use cuofeng_air::fire::Confidence;
use cuofeng_air::forecast::{Columns, MISSING, Outlook, Range, Variable};
use cuofeng_aqi::Pollutant;
use cuofeng_base::text::Lang;
use cuofeng_feed::cnemc::{Cnemc, CnemcFeed};
use cuofeng_feed::http::{Client, Limits};
use cuofeng_feed::qweather::{air_days, air_hours};
use cuofeng_feed::{Ask, Feed, FeedError, Memory, Pulled, firms, open_meteo};

use super::{at, case, zone};
use crate::far_side::{Answer, FarSide};

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
fn bodies_of_the_old_service_and_empty_ones_are_said_in_words() {
    for (name, words) in
        [("q_old402", ["402", "欠费"]), ("q_old_ok", ["200", "旧版接口"]), ("q_d_nolist", ["没有", "数据"])]
    {
        let what = air_days(&case(&format!("answers/{name}.json")), "hj633-2012", &zone()).expect_err(name);
        let told = what.text(Lang::Zh);
        assert!(words.iter().all(|word| told.contains(word)), "{name}: {told}");
    }
}
