use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::{Purpose, own, sample};
use cuofeng_rules::relay;

const LINK: &str = "https://office.example.com/n/";

fn texts(sources: &[(&str, &str)]) -> Texts {
    let sources = sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Texts::compile(Lang::Zh, sources).expect("templates")
}

fn built_in() -> Texts {
    fn read(root: &Path, folder: &Path, out: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).expect("the templates that ship") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                read(root, &path, out);
            } else {
                let name = path.strip_prefix(root).expect("below the folder").to_string_lossy().into_owned();
                out.insert(name, std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates"));
    let mut all = BTreeMap::new();
    read(root, root, &mut all);
    Texts::compile(Lang::Zh, all.into_iter().collect()).expect("templates")
}

/// Words as somebody outside may choose them, who knows how the program works.
fn outside() -> impl Strategy<Value = String> {
    let mut forged = String::new();
    let _ = Placed::made("", 1, |marks| {
        forged.clone_from(&marks[0]);
        Ok::<_, ()>(String::new())
    });
    // What is empty no template may print.
    let any = any::<String>().prop_map(|words| if words.is_empty() { "空".to_owned() } else { words });
    prop_oneof![
        any,
        "[\u{e000}-\u{e003}{}%_0-9a-z/]{1,12}",
        Just(format!("{LINK}{forged}")),
        Just("{{ link }}".to_owned()),
    ]
}

fn said(outside: &[String], content: &Content) -> Content {
    let [reason, title, periods, about, order] = outside else { return content.clone() };
    Content {
        reason: reason.clone(),
        title: title.clone(),
        periods: periods.clone(),
        about: about.clone(),
        order: order.clone(),
        measures: reason.clone(),
        region: title.clone(),
        previous: about.clone(),
        link: LINK.to_owned(),
        ..content.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_code_stands_where_the_template_has_it_whatever_anybody_outside_says(
        outside in proptest::collection::vec(outside(), 5),
    ) {
        let rule = relay::sample();
        let content = said(&outside, &sample::contents(&rule, Lang::Zh)[0]);
        let to = sample::recipient(&rule.tell[0]);
        let source = "{{ reason }}甲{{ link }}乙{{ title }}{{ periods }}{% if link %}{{ link }}{% endif %}{{ about }}丙";
        let small = texts(&[("zh/a/b.email.txt", source), ("zh/a/b.subject.txt", "{{ title }}{% if link %}{{ link }}{% endif %}")]);
        let (subject, body) = small.render("a/b", Form::Email, &to, &content, &[]).expect("words");
        let of = |code: &str| format!(
            "{}甲{LINK}{code}乙{}{}{LINK}{code}{}丙",
            content.reason, content.title, content.periods, content.about
        );
        prop_assert_eq!(body.filled(|_| "〈code〉".to_owned()), of("〈code〉"));
        prop_assert_eq!(body.places().count(), 2);
        prop_assert_eq!(subject, one_line(&content.title));
    }

    #[test]
    fn no_template_of_the_program_has_more_codes_for_what_anybody_outside_says(
        outside in proptest::collection::vec(outside(), 5),
    ) {
        let built_in = built_in();
        let tells = own::all(Lang::Zh).into_iter().map(|own| (own.tell, own.contents));
        for (tell, contents) in tells {
            let to = sample::recipient(&tell);
            for (content, form) in contents.iter().zip([Form::Sms, Form::Email].into_iter().cycle()) {
                if !tell.forms.contains(&form) {
                    continue;
                }
                let plain = Content { link: LINK.to_owned(), ..content.clone() };
                let render = |content| built_in.render(&tell.template, form, &to, content, &[]).expect("words").1;
                let (meant, said) = (render(&plain), render(&said(&outside, content)));
                prop_assert_eq!(meant.places().count(), said.places().count(), "{}", tell.template);
                for (at, of) in said.places() {
                    prop_assert!(of == 0 && said.text()[..at].ends_with(LINK));
                }
            }
        }
    }

    #[test]
    fn in_one_message_each_letter_keeps_its_own_code(outside in proptest::collection::vec(outside(), 3)) {
        let built_in = built_in();
        let letter = |words: &String| {
            Placed::made(words, 1, |marks| Ok::<_, ()>(format!("{words}：{LINK}{}。", marks[0]))).expect("words")
        };
        let letters: Vec<Placed> = outside.iter().map(letter).collect();
        let all: Vec<(&str, &Placed)> = letters.iter().map(|words| ("题", words)).collect();
        let (_, body) = built_in.merged_mail("某办", &all).expect("words");
        prop_assert_eq!(body.places().map(|(_, of)| of).collect::<Vec<_>>(), [0, 1, 2]);
        for (words, of) in letters.iter().zip(["〈0〉", "〈1〉", "〈2〉"]) {
            let stands = body.filled(|of| format!("〈{of}〉")).contains(&words.filled(|_| of.to_owned()));
            prop_assert!(stands, "{of}");
        }
    }
}

#[test]
fn a_loudspeaker_says_no_link_and_a_purpose_without_one_has_no_place() {
    let rule = relay::sample();
    let content =
        Content { link: LINK.into(), purpose: Purpose::Raise, ..sample::contents(&rule, Lang::Zh)[0].clone() };
    let to = sample::recipient(&rule.tell[0]);
    let small = texts(&[("zh/a/b.speech.txt", "请注意{% if link %}，打开{{ link }}{% endif %}。")]);
    let (_, body) = small.render("a/b", Form::Speech, &to, &content, &[]).expect("words");
    assert_eq!((body.text(), body.has_places()), ("请注意。", false));
}
