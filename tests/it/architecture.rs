//! What holds of the source as a whole: which crate knows which, what the middle does without, what no code does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates in the order of the flow: each may know those to its left only.
const ORDER: [&str; 18] = [
    "base", "aqi", "cap", "grid", "solver", "air", "town", "rules", "plan", "notice", "replay", "feed", "channel",
    "store", "office", "app", "console", "cuofeng",
];

/// The crates where values and `now` go in and values come out.
const MIDDLE: [&str; 10] = ["aqi", "cap", "grid", "solver", "air", "town", "rules", "plan", "notice", "replay"];

/// What the middle depends on of others' crates, with nothing that reaches the world.
const QUIET: &[&str] = &[
    "calamine",
    "chrono",
    "chrono-tz",
    "csv",
    "encoding_rs",
    "flate2",
    "minijinja",
    "quick-xml",
    "ring",
    "rust_xlsxwriter",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "toml",
    "winnow",
    "zip",
    "base64",
    "futures-util",
    "tracing",
    "annotate-snippets",
    "email_address",
];

/// Lines of a crate's source, tests included: large enough to be worth its place, small enough to be read.
const LINES: std::ops::RangeInclusive<usize> = 800..=12_000;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// The Rust sources of a crate by their path below it.
fn sources(name: &str) -> BTreeMap<String, String> {
    let folder = if name == "cuofeng" { root().join("src") } else { root().join("crates").join(name).join("src") };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let rust = paths.into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs"));
    rust.map(|p| {
        let name = p.strip_prefix(&folder).expect("below the folder").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&p).expect("a source"))
    })
    .collect()
}

/// The sources of a crate that are built without tests.
fn shipped(name: &str) -> BTreeMap<String, String> {
    let mut sources = sources(name);
    let mut of_tests = BTreeSet::new();
    for (path, source) in &sources {
        let own = path.trim_end_matches(".rs");
        let folder = match own.rsplit_once('/') {
            Some((folder, "mod")) => format!("{folder}/"),
            None if own == "lib" || own == "main" => String::new(),
            _ => format!("{own}/"),
        };
        for part in source.split("#[cfg(test)]").skip(1) {
            let declared = part.trim_start().lines().find(|line| !line.trim_start().starts_with("#["));
            let module = declared.and_then(|line| line.trim().strip_suffix(';'));
            if let Some((_, module)) = module.and_then(|line| line.rsplit_once("mod ")) {
                of_tests.insert(format!("{folder}{module}"));
            }
        }
    }
    sources.retain(|path, _| {
        !of_tests
            .iter()
            .any(|module| path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    });
    sources
}

/// The end of what opens with a bracket at `from`: strings, characters and comments are passed over.
fn closed(source: &str, from: usize) -> usize {
    let bytes = source.as_bytes();
    let (mut at, mut depth) = (from, 0_usize);
    while at < bytes.len() {
        let rest = &source[at..];
        at += match bytes[at] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'r' if rest.starts_with("r#\"") => rest[3..].find("\"#").map_or(rest.len(), |end| end + 5),
            b'"' => {
                let mut end = 1;
                while end < rest.len() && rest.as_bytes()[end] != b'"' {
                    end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
                }
                end + 1
            }
            b'\'' if rest.starts_with("'\\") => rest[2..].find('\'').map_or(1, |end| end + 3),
            b'\'' if rest.chars().nth(2) == Some('\'') => 2 + rest.chars().nth(1).map_or(0, char::len_utf8),
            b'{' => {
                depth += 1;
                1
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
                1
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    bytes.len()
}

/// A source without what only tests are built with.
fn without_tests(source: &str) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let (open, end) = (tail.find('{'), tail.find(';'));
        let cut = match (open, end) {
            (Some(open), end) if end.is_none_or(|end| open < end) => closed(tail, open),
            (_, Some(end)) => end + 1,
            _ => tail.len(),
        };
        rest = &tail[cut..];
    }
    out + rest
}

/// A source without tests and comments.
fn code(source: &str) -> String {
    without_tests(source).lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
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
    assert_eq!(wrong(&plant("rules", "sqlx", false)).len(), 1);
    assert_eq!(wrong(&plant("rules", "rules", false)).len(), 1);
    assert_eq!(wrong(&plant("somewhere", "base", false)).len(), 1);
    assert!(wrong(&plant("rules", "proptest", true)).is_empty());
    assert!(wrong(&plant("store", "sqlx", false)).is_empty());
}

#[test]
fn the_middle_has_no_clock_no_files_and_no_async() {
    let words = [
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::now",
        "async ",
        "std::fs",
        "std::env",
        "std::process",
        "cuofeng_base::file",
        "cuofeng_base::command",
    ];
    for name in MIDDLE {
        for (path, source) in shipped(name) {
            let code = code(&source);
            for word in words {
                assert!(!code.contains(word), "{name}/{path} contains `{word}`");
            }
        }
    }
}

#[test]
fn nothing_from_outside_may_panic() {
    let words = [
        ".unwrap()",
        ".expect(",
        ".unwrap_err()",
        ".expect_err(",
        "panic!(",
        "unreachable!(",
        "todo!(",
        "unimplemented!(",
    ];
    for name in ORDER {
        for (path, source) in shipped(name) {
            let code = code(&source);
            for word in words {
                assert!(!code.contains(word), "{name}/{path} contains `{word}`");
            }
        }
    }
}

#[test]
fn what_tests_alone_are_built_with_is_left_out_wherever_it_stands() {
    let source = "mod a;\n#[cfg(test)]\nmod tests;\nfn b() { \"}\"; '{'; }\n#[cfg(test)]\nmod more {\n    fn c() { r#\"}\"#; } // }\n}\n\
                  fn d() {}\n";
    let left = without_tests(source);
    assert!(left.contains("mod a;") && left.contains("fn b()") && left.contains("fn d()"), "{left}");
    assert!(!left.contains("mod tests") && !left.contains("fn c()"), "{left}");
}

#[test]
fn crates_are_neither_crumbs_nor_heaps() {
    for name in ORDER {
        let lines: usize = sources(name).values().map(|source| source.lines().count()).sum();
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
        files(&root().join(folder), &mut paths);
        let on_disk: BTreeSet<String> = paths
            .iter()
            .map(|p| p.strip_prefix(root().join(folder)).expect("below").to_string_lossy().into_owned())
            .collect();
        let carried: BTreeSet<String> = carried.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(carried, on_disk, "{folder}");
    }
}
