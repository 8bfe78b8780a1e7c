//! Words of closed lists are parsed once, at the edge of the store: no other source compares them as strings.
//!
//! In: the sources of every crate but `store`, and of the program. Out: each place where a word of such a list is matched,
//! compared or looked up as text. Can't happen: a place that is excused and no longer there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cuofeng_base::word::Mode;
use cuofeng_notice::{Audience, Purpose};
use cuofeng_office::schedule::record;
use cuofeng_rules::warning::Act;
use cuofeng_store::drafts::Outcome;
use cuofeng_store::ledger::Event;
use cuofeng_store::outbox::State;

/// Where such a word is another's: file, word, whose.
const OTHERS: [(&str, &str, &str); 9] = [
    ("crates/channel/src/email/bounce.rs", "delivered", "what a mail server says in a report (RFC 3464)"),
    ("crates/channel/src/email/bounce.rs", "failed", "what a mail server says in a report (RFC 3464)"),
    ("crates/feed/src/qweather/alerts.rs", "cancel", "what a vendor calls the end of an alert"),
    ("crates/rules/src/acknowledgement.rs", "done", "the parse of an answer, which carries a reason"),
    ("crates/solver/src/instance/table.rs", "enterprise", "a column"),
    ("crates/town/src/order.rs", "village", "a selector of rule files"),
    ("src/cli/local.rs", "backup", "a command"),
    ("src/cli/local.rs", "enterprise", "an argument"),
    ("src/cli/local.rs", "mode", "a command"),
];

/// The words of the closed lists that the database keeps.
fn words() -> BTreeSet<&'static str> {
    let lists = [
        Act::ALL.map(Act::word).to_vec(),
        Event::ALL.map(Event::word).to_vec(),
        State::ALL.map(State::word).to_vec(),
        Outcome::ALL.map(Outcome::word).to_vec(),
        record::State::ALL.map(record::State::word).to_vec(),
        Purpose::ALL.map(Purpose::word).to_vec(),
        Audience::ALL.map(Audience::word).to_vec(),
        Mode::ALL.map(Mode::word).to_vec(),
    ];
    lists.concat().into_iter().collect()
}

/// The words among `words` that a source matches, compares or looks up as text.
fn matched<'w>(source: &str, words: &BTreeSet<&'w str>) -> Vec<&'w str> {
    let source = without_tests(source);
    let is_matched = |word: &&&'w str| {
        let literal = format!("\"{word}\"");
        source.match_indices(&literal).any(|(start, found)| {
            let line = source[..start].rsplit('\n').next().unwrap_or_default();
            let before = source[..start].trim_end_matches(|c: char| c.is_whitespace() || c == '&');
            let before = before.strip_suffix("Some(").unwrap_or(before).trim_end();
            let after = source[start + found.len()..].trim_start_matches(|c: char| c.is_whitespace() || c == ')');
            let is_pattern = after.starts_with("=>") || after.starts_with("| \"") || after.starts_with("if ");
            let is_compared = ["==", "!="].iter().any(|sign| before.ends_with(sign) || after.starts_with(sign));
            let is_alternative = before.ends_with("\" |") || line.contains("matches!(");
            let in_list = after.split_once(']').is_some_and(|(list, then)| {
                list.chars().all(|c| c == ',' || c == '"' || c == '-' || c == ' ' || c.is_ascii_lowercase())
                    && then.starts_with(".contains(")
            });
            !line.trim_start().starts_with("//") && (is_pattern || is_compared || is_alternative || in_list)
        })
    };
    words.iter().filter(is_matched).copied().collect()
}

/// A source without its inline test modules.
fn without_tests(source: &str) -> String {
    let mut kept = String::new();
    let mut rest = source;
    while let Some((before, tests)) = rest.split_once("#[cfg(test)]\nmod tests {") {
        kept.push_str(before);
        rest = tests.split_once("\n}\n").map_or("", |(_, after)| after);
    }
    kept + rest
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        let is_of_tests = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_of_tests {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !is_of_tests {
            found.push(path);
        }
    }
}

fn all_sources(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    for folder in fs::read_dir(root.join("crates")).expect("the crates") {
        sources(&folder.expect("a crate").path().join("src"), &mut files);
    }
    files
}

#[test]
fn no_word_of_a_closed_list_is_matched_as_a_string_outside_the_store() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = all_sources(root);
    files.retain(|file| !file.starts_with(root.join("crates/store")));
    assert!(files.len() > 200, "{} sources", files.len());
    let words = words();
    let mut found = BTreeSet::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("a source");
        let shown = file.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
        found.extend(matched(&text, &words).into_iter().map(|word| (shown.clone(), word.to_owned())));
    }
    let excused: BTreeSet<(String, String)> =
        OTHERS.iter().map(|(file, word, _)| ((*file).to_owned(), (*word).to_owned())).collect();
    let wrong: Vec<_> = found.difference(&excused).collect();
    assert!(wrong.is_empty(), "use the closed enum, parsed at the store's edge: {wrong:#?}");
    let gone: Vec<_> = excused.difference(&found).collect();
    assert!(gone.is_empty(), "excused, and not there any more: {gone:#?}");
}

#[test]
fn a_planted_match_is_found_and_what_is_none_is_not() {
    let words = words();
    for planted in [
        "match draft.action.as_str() { \"lift\" => 1, _ => 2 }",
        "match outcome { Some(\"released\") => 1, _ => 2 }",
        "match word { \"queued\" | \"odd\" => 1, _ => 2 }",
        "match word { \"odd\" | \"queued\" => 1, _ => 2 }",
        "match word { \"queued\" if now => 1, _ => 2 }",
        "if run.state == \"failed\" {}",
        "if run.state != \"failed\" {}",
        "if outcome.as_deref() == Some(\"released\") {}",
        "if \"expired\" == state {}",
        "if state\n    == \"expired\" {}",
        "matches!(word, \"odd\" | \"known\" | \"lift\")",
        "[\"lift\", \"cancel\"].contains(&word)",
    ] {
        assert!(!matched(planted, &words).is_empty(), "{planted}");
    }
    for innocent in [
        "const fn word(self) -> &'static str { match self { Self::Lift => \"lift\" } }",
        "// \"lift\" => what it was",
        "json!({\"lift\": 1})",
        "run(&[\"warnings\", \"lift\", id])",
        "if word == \"something else\" {}",
        "#[cfg(test)]\nmod tests {\n    assert!(word == \"lift\");\n}\n",
    ] {
        assert_eq!(matched(innocent, &words), Vec::<&str>::new(), "{innocent}");
    }
    let after = "#[cfg(test)]\nmod tests {\n}\nfn late() -> bool { word == \"lift\" }\n";
    assert_eq!(matched(after, &words), ["lift"], "what stands below the tests is looked at");
}
