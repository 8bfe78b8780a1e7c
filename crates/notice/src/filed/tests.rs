use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits { value: 35, whole: 500 };

fn filed(texts: &[(&str, &str)]) -> Filed {
    let source = texts.iter().fold(String::new(), |mut all, (code, text)| {
        let _ = writeln!(all, "[[template]]\ncode = \"{code}\"\ntext = \"{text}\"");
        all
    });
    Filed::parse(&source, "某镇环保办", LIMITS).unwrap_or_else(|p| panic!("{p:?}"))
}

#[test]
fn a_message_is_taken_apart_as_the_provider_will_put_it_together() {
    let filed = filed(&[
        ("SMS_1", "${name}：建议${periods}错峰，咨询023-00000000"),
        ("SMS_2", "${name}：建议${periods}错峰：${line}，咨询023-00000000"),
    ]);
    let fit = |text: &str| filed.fit(text).map(|f| (f.code, f.values.into_iter().map(|(_, v)| v).collect::<Vec<_>>()));
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        fit("【某镇环保办】甲厂：建议7月3日10:00—17:00错峰，咨询023-00000000"),
        Ok(("SMS_1".into(), words(&["甲厂", "7月3日10:00—17:00"])))
    );
    assert_eq!(
        fit("甲厂：建议7月3日错峰：喷涂停止，咨询023-00000000"),
        Ok(("SMS_2".into(), words(&["甲厂", "7月3日", "喷涂停止"]))),
        "the longer text says more"
    );
    for (text, why) in [
        ("【别的署名】甲厂：建议7月3日错峰，咨询023-00000000", "filed.sign"),
        ("甲厂：建议7月3日错峰，咨询023-00000001", "filed.none"),
        ("：建议7月3日错峰，咨询023-00000000", "filed.none"),
        ("甲厂：建议→错峰，咨询023-00000000", "filed.character"),
    ] {
        assert_eq!(fit(text).expect_err(text).key(), why, "{text}");
    }
    let long = format!("{}：建议7月3日错峰，咨询023-00000000", "字".repeat(36));
    assert_eq!(fit(&long).expect_err("too long").key(), "filed.value");
    let whole = format!("甲厂：建议7月3日错峰：{}，咨询023-00000000", "字".repeat(490));
    assert_eq!(fit(&whole).expect_err("too long").key(), "filed.whole");
}

#[test]
fn a_change_never_goes_as_the_text_that_was_approved_for_what_is_new() {
    let new = ("SMS_1", "${title}：${periods}，${asks}。咨询023-00000000");
    let changed = ("SMS_2", "${title}有变：${change}。现为${periods}，${asks}。咨询023-00000000");
    let update = "臭氧提示有变：延长到9月16日。现为9月14日至16日每日10—17时，喷涂停。咨询023-00000000";
    assert_eq!(filed(&[new, changed]).fit(update).map(|f| f.code), Ok("SMS_2".into()));
    assert_eq!(filed(&[new]).fit(update).expect_err("another's text").key(), "filed.character");
}

#[test]
fn a_text_that_no_provider_would_approve_is_refused_where_it_stands() {
    for (text, why) in [
        ("${a}${b}您好", "filed.side_by_side"),
        ("${a}您好${a}", "filed.hole_twice"),
        ("{a}您好", "filed.hole"),
        ("${1}您好", "filed.hole"),
        ("${a您好", "filed.open"),
        ("${a}", "filed.empty"),
        ("【某办】您好", "filed.forbidden"),
        ("浓度160μg/m³", "filed.forbidden"),
    ] {
        assert_eq!(pieces(text).expect_err(text).key(), why, "{text}");
    }
    let twice = "[[template]]\ncode = \"1\"\ntext = \"甲\"\n[[template]]\ncode = \"1\"\ntext = \"乙\"\n";
    assert!(Filed::parse(twice, "某办", LIMITS).is_err());
    let empty = "[[template]]\ncode = \"\"\ntext = \"甲\"\n";
    assert!(Filed::parse(empty, "某办", LIMITS).expect("a file").templates.is_empty(), "not approved yet");
}

proptest! {
    #[test]
    fn what_is_put_together_again_is_what_was_rendered(
        values in proptest::collection::vec("[a：，1甲乙]{1,6}", 3),
        noise in ".{0,40}",
    ) {
        let filed = filed(&[("SMS_1", "${a}：建议${b}，${c}。")]);
        let [a, b, c] = [&values[0], &values[1], &values[2]];
        let body = format!("{a}：建议{b}，{c}。");
        let filled = filed.fit(&body).expect("it fits");
        let again: Vec<&str> = filled.values.iter().map(|(_, v)| v.as_str()).collect();
        prop_assert_eq!(format!("{}：建议{}，{}。", again[0], again[1], again[2]), body);
        let _ = filed.fit(&noise);
        let _ = Filed::parse(&noise, "某办", LIMITS);
    }
}
