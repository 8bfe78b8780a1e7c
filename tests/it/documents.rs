//! The pages of this repository and the comments of its source name only what is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where a path that a page or a comment names begins, seen from the top.
const TOPS: [&str; 9] =
    ["benches/", "crates/", "docs/", "examples/", "rules/", "scripts/", "src/", "templates/", "tests/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a folder with this ending; a folder that isn't there has none.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found
}

fn pages() -> Vec<PathBuf> {
    let top = std::fs::read_dir(root()).expect("the top").flatten().map(|entry| entry.path());
    let mut pages: Vec<PathBuf> = top.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    pages.extend(files(&root().join("docs"), "md"));
    pages.push(root().join("benches/README.md"));
    pages
}

/// Comments of the source, each line with its file.
fn comments() -> Vec<(PathBuf, String)> {
    let sources = ["src", "crates", "tests", "benches"].map(|folder| files(&root().join(folder), "rs"));
    let lines = |path: PathBuf| {
        let source = read(&path);
        let lines = source.lines().filter_map(|line| line.split_once("//").map(|(_, words)| words.to_owned()));
        lines.map(|line| (path.clone(), line)).collect::<Vec<_>>()
    };
    sources.into_iter().flatten().flat_map(lines).collect()
}

/// What stands between two marks, as often as it does.
fn between<'a>(text: &'a str, open: &str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

/// The name by which a link reaches a heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// A page without its code blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect::<Vec<_>>().join("\n")
}

/// The links of a page that lead nowhere.
fn broken(page: &Path, text: &str) -> Vec<String> {
    let is_broken = |link: &&str| {
        let (file, place) = link.split_once('#').unwrap_or((*link, ""));
        let target = if file.is_empty() { page.to_owned() } else { page.parent().unwrap_or(Path::new("")).join(file) };
        let has_place = || {
            let whole = if target == page { text.to_owned() } else { read(&target) };
            prose(&whole).lines().any(|line| line.starts_with('#') && anchor(line) == place)
        };
        (target != page && !target.exists()) || (!place.is_empty() && !has_place())
    };
    let whole = prose(text);
    let links = between(&whole, "](", ')').filter(|link| !link.starts_with("https://"));
    links.filter(is_broken).map(str::to_owned).collect()
}

/// The paths between back quotes that are not there. One with a hole (`…`, `*`, `<`) or a blank is no path.
fn lost(text: &str) -> Vec<String> {
    let names = text.split('`').skip(1).step_by(2);
    let paths =
        names.filter(|name| TOPS.iter().any(|top| name.starts_with(top)) && !name.contains(['…', '*', '<', ' ']));
    paths.filter(|path| !root().join(path).exists()).map(str::to_owned).collect()
}

/// The numbers of the decisions that a line cites.
fn cited(line: &str) -> Vec<String> {
    let numbers = line.split("decision ").skip(1);
    let numbers = numbers.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    numbers.filter(|number| !number.is_empty()).collect()
}

#[test]
fn every_link_and_every_path_of_a_page_leads_somewhere() {
    let mut faults = Vec::new();
    for page in pages() {
        let text = read(&page);
        let found = broken(&page, &text).into_iter().chain(lost(&prose(&text)));
        faults.extend(found.map(|name| format!("{}: {name}", page.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_and_every_decision_that_a_comment_cites_is_there() {
    let decisions = read(&root().join("docs/decisions.md"));
    let known: BTreeSet<&str> = decisions.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
    assert!(known.contains("1") && known.contains("21"), "{known:?}");
    let mut faults = Vec::new();
    for (path, line) in comments() {
        faults.extend(lost(&line).into_iter().map(|name| format!("{}: {name}", path.display())));
        let unknown = cited(&line).into_iter().filter(|number| !known.contains(number.as_str()));
        faults.extend(unknown.map(|number| format!("{}: decision {number}", path.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_not_there_is_found() {
    let page = root().join("docs/planted.md");
    let text = "# A head, and more\n[a](#a-head-and-more) [b](#none) [c](none.md) [d](tables.md) [e](https://example.com)\n\
                ```text\n# no head\n[f](nowhere.md)\n```\n[g](#no-head)\n";
    assert_eq!(broken(&page, text), ["#none", "none.md", "#no-head"]);
    assert_eq!(
        lost("`src/main.rs` `src/none.rs` `tests/…/x` `rules/*.toml` `none.rs` `docs/none.md`"),
        ["src/none.rs", "docs/none.md"]
    );
    assert_eq!(cited("as design decision 4 and decision 99 say; a decision of staff"), ["4", "99"]);
}
