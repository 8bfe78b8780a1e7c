//! What holds of the source as a whole: which crate knows which, what the middle does without, what no code does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::source::{File, files, tokens, walk, without_tests};

/// The crates in the order of the flow: each may know those to its left only.
const ORDER: [&str; 21] = [
    "base", "aqi", "cap", "grid", "solver", "air", "town", "rules", "plan", "notice", "replay", "feed", "channel",
    "sql", "store", "outbox", "office", "app", "service", "console", "cuofeng",
];

/// The crates where values and `now` go in and values come out.
const MIDDLE: [&str; 10] = ["aqi", "cap", "grid", "solver", "air", "town", "rules", "plan", "notice", "replay"];

/// What the middle depends on of others' crates: nothing that reaches the world.
const QUIET: [&str; 15] = [
    "calamine",
    "chrono",
    "csv",
    "email_address",
    "encoding_rs",
    "flate2",
    "minijinja",
    "quick-xml",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "toml",
    "winnow",
    "zip",
];

/// The database's driver, which one crate knows.
const DRIVER: &str = "sqlx";

/// Lines of a crate's source, tests and migrations included: large enough to be worth its place, small enough to be read.
const LINES: std::ops::RangeInclusive<usize> = 800..=12_000;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where a crate's source stands.
fn source_of(name: &str) -> PathBuf {
    if name == "cuofeng" { root().join("src") } else { root().join("crates").join(name).join("src") }
}

/// Where what is shipped of a crate says one of these, as `file: words`; comments, texts and tests say what they like.
fn says(files: &[File], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for words in words {
        let wanted = tokens(words);
        let said = |file: &&File| file.tokens.windows(wanted.len()).any(|part| part == wanted);
        found.extend(files.iter().filter(said).map(|file| format!("{}: {words}", file.name)));
    }
    found
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let asked = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo");
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    serde_json::from_slice(&asked.stdout).expect("JSON")
}

/// What each crate of ours depends on, tests' dependencies included: by its name, `(name, whether for tests alone)`.
fn graph(metadata: &Value) -> BTreeMap<String, Vec<(String, bool)>> {
    let short = |name: &str| name.strip_prefix("cuofeng-").unwrap_or(name).to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    let of = |package: &Value| {
        let all = package["dependencies"].as_array().expect("dependencies");
        all.iter().map(|d| (short(d["name"].as_str().expect("a name")), d["kind"] == "dev")).collect()
    };
    packages.iter().map(|p| (short(p["name"].as_str().expect("a name")), of(p))).collect()
}

/// What is wrong with a graph of crates.
fn wrong(graph: &BTreeMap<String, Vec<(String, bool)>>) -> Vec<String> {
    let place = |name: &str| ORDER.iter().position(|c| *c == name);
    let mut found = Vec::new();
    for (name, known) in graph {
        let Some(own) = place(name) else {
            found.push(format!("{name} has no place in the order"));
            continue;
        };
        for (other, for_tests) in known {
            if place(other).is_some_and(|other| other >= own) {
                found.push(format!("{name} knows {other}, which stands to its right"));
            }
            let is_ours = place(other).is_some();
            if MIDDLE.contains(&name.as_str()) && !for_tests && !is_ours && !QUIET.contains(&other.as_str()) {
                found.push(format!("{name} is of the middle and depends on {other}"));
            }
            // Tests make databases of older schemas, and look into what was written.
            if other == DRIVER && name != "sql" && !for_tests {
                found.push(format!("{name} asks the database past sql"));
            }
        }
    }
    found
}

#[test]
fn no_crate_knows_one_to_its_right_and_the_middle_depends_on_nothing_that_reaches_the_world() {
    let graph = graph(&metadata());
    assert_eq!(graph.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(ORDER));
    assert_eq!(wrong(&graph), Vec::<String>::new());
}

#[test]
fn a_planted_arrow_to_the_right_and_a_planted_database_in_the_middle_are_found() {
    let plant =
        |name: &str, other: &str, for_tests| BTreeMap::from([(name.to_owned(), vec![(other.to_owned(), for_tests)])]);
    assert_eq!(wrong(&plant("rules", "store", true)).len(), 1);
    assert_eq!(wrong(&plant("rules", "rusqlite", false)).len(), 1);
    assert_eq!(wrong(&plant("store", "sqlx", false)).len(), 1);
    assert_eq!(wrong(&plant("rules", "rules", false)).len(), 1);
    assert_eq!(wrong(&plant("somewhere", "base", false)).len(), 1);
    assert!(wrong(&plant("rules", "proptest", true)).is_empty());
    assert!(wrong(&plant("store", "sqlx", true)).is_empty());
    assert!(wrong(&plant("sql", "sqlx", false)).is_empty());
}

#[test]
fn the_middle_has_no_clock_no_files_and_no_async() {
    let words = [
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::now",
        "async",
        "std::fs",
        "std::env",
        "std::process",
        "cuofeng_base::file",
        "cuofeng_base::command",
    ];
    for name in MIDDLE {
        assert_eq!(says(&files(&source_of(name)), &words), Vec::<String>::new(), "{name}");
    }
}

/// Ways to end in a panic.
const PANICS: [&str; 8] =
    [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err(", "panic!", "unreachable!", "todo!", "unimplemented!"];

#[test]
fn nothing_from_outside_may_panic() {
    for name in ORDER {
        assert_eq!(says(&files(&source_of(name)), &PANICS), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_planted_panic_is_found_and_one_in_a_test_a_text_or_a_comment_is_not() {
    let plant = |source: &str| {
        let (tokens, _) = without_tests(&tokens(source));
        says(&[File { name: "a.rs".to_owned(), module: Vec::new(), tokens }], &PANICS)
    };
    assert_eq!(plant("fn a() { b\n        .unwrap() }"), ["a.rs: .unwrap()"]);
    assert_eq!(plant("fn a() { b.unwrap_or_else(|| panic!(\"no\")) }"), ["a.rs: panic!"]);
    assert!(plant("fn a() {} // b.unwrap()\n#[cfg(test)]\nmod tests { fn b() { c.unwrap() } }").is_empty());
    assert!(plant("fn a() -> &str { \".unwrap()\" }").is_empty());
}

#[test]
fn crates_are_neither_crumbs_nor_heaps() {
    for name in ORDER {
        let mut paths = Vec::new();
        walk(&source_of(name), &mut paths);
        if name == "sql" {
            walk(&root().join("crates/sql/migrations"), &mut paths);
        }
        let sources = paths.iter().filter(|path| path.extension().is_some_and(|e| e == "rs" || e == "sql"));
        let lines: usize = sources.map(|path| std::fs::read_to_string(path).expect("a source").lines().count()).sum();
        assert!(LINES.contains(&lines), "{name} has {lines} lines");
    }
}

#[test]
fn no_paragraph_of_a_template_loses_its_indent() {
    // Blanks before a block at a line's beginning are cut, unless it is written `{%+`.
    for (path, bytes) in cuofeng_office::embedded::TEMPLATES {
        for line in String::from_utf8_lossy(bytes).lines().filter(|line| line.starts_with('\u{3000}')) {
            assert!(!line.trim_start().starts_with("{% "), "{path}: {line}");
        }
    }
}

#[test]
fn the_binary_carries_every_file_of_its_folders() {
    use cuofeng_office::embedded::{EXAMPLE, NEW, RULES, TEMPLATES};
    for (folder, carried) in
        [("rules", RULES), ("templates", TEMPLATES), ("examples/wuping", EXAMPLE), ("examples/new", NEW)]
    {
        let mut paths = Vec::new();
        walk(&root().join(folder), &mut paths);
        let on_disk: BTreeSet<String> = paths
            .iter()
            .map(|p| p.strip_prefix(root().join(folder)).expect("below").to_string_lossy().into_owned())
            .collect();
        let carried: BTreeSet<String> = carried.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(carried, on_disk, "{folder}");
    }
}
