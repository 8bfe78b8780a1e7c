//! Rule files and the cases beside them.
#![no_main]

use cuofeng_aqi::Standards;
use cuofeng_air::forecast::Take;
use cuofeng_base::problem::{Place, Problem};
use cuofeng_rules::{case, check, file, format};

fn inside(problems: &[Problem]) {
    for problem in problems {
        if let Place::Span { text, range } = &problem.place {
            assert!(text.get(range.clone()).is_some(), "an error lies inside the text");
        }
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    match file::parse("rules/fuzz.toml", text, Take::Middle) {
        Ok(rules) => inside(&check::check(&rules, &Standards::default())),
        Err(problems) => inside(&problems),
    }
    if let Err(problems) = case::parse("rules/tests/fuzz.toml", text) {
        inside(&problems);
    }
    if let Err(problems) = cuofeng_replay::story::parse("rules/tests/fuzz.toml", text) {
        inside(&problems);
    }
    if let Ok(neat) = format::file(text) {
        let plain = text.replace("\r\n", "\n");
        assert!(format::same(&plain, &neat) || neat == text, "the meaning stays, line endings apart");
        assert_eq!(format::file(&neat).ok(), Some(neat.clone()), "the layout is settled");
    }
});
