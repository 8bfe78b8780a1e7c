//! Short messages: their length, what is filed of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::{LEVELS, kind, parts, preview, site_in, sms_of, templates};
use crate::office::{self, MORNING, example, folder, letters, ruled, run};

#[test]
fn a_short_message_fits_two_parts_and_three_at_its_longest() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    let mut table = String::new();
    for template in templates(&site) {
        for one in preview(&site, &template).iter().filter(|one| one["form"] == "sms") {
            let words = one["body"].as_str().expect("words");
            let purpose = one["purpose"].as_str().expect("a purpose");
            writeln!(table, "{template}\t{purpose}\t{}\t{}", words.encode_utf16().count(), parts(words))
                .expect("a line");
            let most = if template == "merged/person" { 5 } else { 3 };
            assert!(parts(words) <= most, "{template} {purpose}: {words}");
        }
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes());
    assert!(run(&["demo"], &site).status.success());
    let sms: Vec<String> =
        letters(&site).into_iter().filter(|(name, _)| name.contains(".sms.")).map(|(_, w)| w).collect();
    let own = |words: &String| words.lines().next_back().unwrap_or("").to_owned();
    // Text × audience: how many were sent, the usual and the longest length, its parts.
    let mut measured: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, words) in letters(&site).iter().filter(|(name, _)| name.contains(".sms.")) {
        let (what, _) = kind(name).expect("a letter");
        let what = what.split('.').filter(|part| !part.starts_with('r')).collect::<Vec<_>>().join(" ");
        let what: String =
            what.split("-2026").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')).collect();
        measured.entry(what).or_default().push(own(words).encode_utf16().count());
    }
    let mut table = String::new();
    for (what, lengths) in &mut measured {
        lengths.sort_unstable();
        let (usual, most) = (lengths[lengths.len() / 2], lengths[lengths.len() - 1]);
        let parts = |length: usize| if length <= 70 { 1 } else { length.div_ceil(67) };
        writeln!(table, "{what}\t{}\t{usual}\t{}\t{most}\t{}", lengths.len(), parts(usual), parts(most))
            .expect("a line");
        assert!(usual <= 134 && parts(most) <= 3, "{what}: usually {usual}, at most {most}");
        assert!(!what.starts_with("hand") || usual <= 70, "{what}: {usual}");
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes());
    let longer: Vec<String> = sms.iter().map(own).filter(|words| parts(words) > 2).collect();
    assert!(longer.len() * 20 <= sms.len() && !sms.is_empty(), "{} of {}: {longer:#?}", longer.len(), sms.len());
    assert!(sms.iter().map(own).all(|words| parts(&words) <= 3));
}

#[test]
fn what_is_filed_with_a_provider_is_few_texts_with_holes_that_it_takes() {
    let dir = folder();
    let site = example(dir.path());
    let listed = run(&["sms", "templates", "--json"], &site);
    let value: Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    let templates = value["templates"].as_array().expect("texts");
    assert!(templates.len() <= 25, "{}: {value:#}", templates.len());
    let by_init = run(&["sms", "templates", "--json"], &office::new_site(dir.path()));
    let by_init: Value = serde_json::from_slice(&by_init.stdout).expect("one JSON object");
    let count = by_init["templates"].as_array().map_or(0, Vec::len);
    assert!((10..=25).contains(&count), "{count}: {by_init:#}");
    for template in templates.iter().chain(by_init["templates"].as_array().expect("texts")) {
        let words = template["text"].as_str().expect("a text");
        let dated = |(at, _): (usize, &str)| words[..at].ends_with(|c: char| c.is_ascii_digit());
        assert!(!words.match_indices('月').any(dated), "a sample's date is filed: {words}");
        assert!(!words.contains("}${"), "{words}");
        let holes = template["holes"].as_array().expect("holes");
        for hole in holes {
            let example = hole["example"].as_str().expect("an example");
            assert!((1..=35).contains(&example.chars().count()), "{words}: {hole}");
            assert!(hole["type"].as_str().is_some_and(|kind| kind.starts_with("sms.kind_")), "{hole}");
        }
        let names: usize = words.split("${").skip(1).filter_map(|rest| rest.find('}')).map(|end| end + 3).sum();
        assert!(words.chars().count() - names >= 10, "a text of holes is none: {words}");
    }
}

#[test]
fn a_change_is_sent_as_the_text_that_was_filed_for_changes() {
    let dir = folder();
    let site = example(dir.path());
    let listed = run(&["sms", "templates", "--json"], &site);
    let value: Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    let texts: Vec<&str> =
        value["templates"].as_array().expect("texts").iter().filter_map(|one| one["text"].as_str()).collect();
    let mut source = String::new();
    for (number, text) in texts.iter().enumerate() {
        writeln!(source, "[[template]]\ncode = \"{number}\"\ntext = {}", Value::from(*text)).expect("a text");
    }
    let limits = cuofeng_notice::filed::Limits { value: 60, whole: 500 };
    let sign = value["sign"].as_str().expect("a signature");
    let approved = cuofeng_notice::filed::Filed::parse(&source, sign, limits).expect("approved texts");
    assert!(run(&["demo"], &site).status.success());
    let (mut changes, mut others) = (0, 0);
    for (name, words) in letters(&site).iter().filter(|(name, _)| name.contains(".sms.")) {
        let words = words.lines().next_back().unwrap_or("");
        let found = approved.fit(words).unwrap_or_else(|why| panic!("{name}: {why}: {words}"));
        let text = texts[found.code.parse::<usize>().expect("a number")];
        assert_eq!(words.contains("有变："), text.contains("有变："), "{words}: {text}");
        if words.contains("有变：") {
            let change = found.values.iter().find(|(name, _)| name == "change").expect("what changes");
            assert!(!change.1.contains('。') && change.1.chars().count() <= 35, "{change:?}");
            changes += 1;
        } else {
            others += 1;
        }
    }
    assert!(changes > 5 && others > 20, "{changes} {others}");
}

#[test]
fn the_day_of_which_most_is_asked_is_what_a_short_message_says() {
    let kiln = "[[rule.level.measure]]\nask = \"reduce\"\nactivities = [\"kiln\"]\npercent = 30\n";
    let dir = folder();
    let site = ruled(dir.path(), &LEVELS.replace(kiln, ""));
    assert!(run(&MORNING, &site).status.success());
    let sms = sms_of(&site, &["E031"]);
    assert!(sms.contains("9月14日停止露天作业，物料全部覆盖，其余见邮件"), "{sms}");
}
