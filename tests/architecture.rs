//! What holds of the source as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The order of the flow: a module may know those to its left only.
const ORDER: [&str; 39] = [
    "text",
    "fault",
    "problem",
    "caught",
    "boundary",
    "command",
    "file",
    "time",
    "cap",
    "grid",
    "aqi",
    "fire",
    "roster",
    "forecast",
    "order",
    "feed",
    "config",
    "rules",
    "warning",
    "acknowledgement",
    "escalation",
    "plan",
    "notice",
    "replay",
    "channel",
    "link",
    "sound",
    "store",
    "receipt",
    "outbox",
    "ledger",
    "schedule",
    "embedded",
    "site",
    "backup",
    "app",
    "console",
    "cli",
    "main",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

fn sources() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    files(&root().join("src"), &mut paths);
    let rust = paths.into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs"));
    rust.map(|p| {
        let name = p.strip_prefix(root().join("src")).expect("below src").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&p).expect("a source"))
    })
    .collect()
}

fn module(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

#[test]
fn no_module_reaches_to_its_right() {
    let place = |name: &str| ORDER.iter().position(|m| *m == name);
    for (path, source) in sources() {
        // Tests may look at what the whole carries.
        if path == "lib.rs" || path.ends_with("/tests.rs") {
            continue;
        }
        let own = place(module(&path)).unwrap_or_else(|| panic!("{path} has no place in the order"));
        let code = source.split("#[cfg(test)]").next().unwrap_or("");
        for part in code.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let Some(other) = place(&name) {
                assert!(other <= own, "{path} (module {}) knows {name}, which stands to its right", module(&path));
            }
        }
    }
}

#[test]
fn the_middle_has_no_clock_no_database_and_no_async() {
    let pure =
        ["time", "cap", "aqi", "forecast", "rules", "warning", "acknowledgement", "escalation", "plan", "notice"];
    for (path, source) in sources().into_iter().filter(|(p, _)| pure.contains(&module(p))) {
        for word in ["Utc::now", "Local::now", "SystemTime", "Instant::now", "sqlx", "async ", "std::fs", "tokio"] {
            assert!(!source.contains(word), "{path} contains `{word}`");
        }
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
