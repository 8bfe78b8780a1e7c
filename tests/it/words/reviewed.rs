//! Every text as it was reviewed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{demo, preview, site_in, templates};
use crate::office::folder;

/// Enterprises of the small site, one of each trade.
const EIGHT: [&str; 8] = ["E026", "E027", "E031", "E034", "E036", "E037", "E038", "E039"];

/// The example site with eight enterprises.
fn eight(dir: &Path, lang: &str) -> PathBuf {
    let site = site_in(dir, lang);
    for table in ["enterprises.csv", "processes.csv"] {
        let path = site.join(table);
        let source = std::fs::read_to_string(&path).expect("a table");
        let keeps = |(at, line): &(usize, &str)| *at == 0 || EIGHT.iter().any(|id| line.contains(id));
        let rows: Vec<&str> = source.lines().enumerate().filter(keeps).map(|(_, line)| line).collect();
        std::fs::write(&path, rows.join("\n") + "\n").expect("a table");
    }
    site
}

/// Every text of a site of eight enterprises: each template, purpose and form.
fn previews(lang: &str) -> String {
    let dir = folder();
    let site = eight(dir.path(), lang);
    let mut out = String::new();
    for template in templates(&site) {
        for one in preview(&site, &template) {
            let (purpose, form) = (one["purpose"].as_str().expect("a purpose"), one["form"].as_str().expect("a form"));
            let (subject, body) = (one["subject"].as_str().expect("words"), one["body"].as_str().expect("words"));
            writeln!(out, "==== {template} {purpose} {form}\n{}\n", format!("{subject}\n{body}").trim())
                .expect("a text");
        }
    }
    out
}

fn reviewed(lang: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cases/words/letters.{lang}.txt"));
    let now = format!("{}{}", demo(lang), previews(lang));
    if std::env::var_os("CUOFENG_REVIEW").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &now).expect("the file");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (number, (was, is)) in kept.lines().zip(now.lines()).enumerate() {
        assert_eq!(was, is, "{}:{}", path.display(), number + 1);
    }
    assert_eq!(kept.lines().count(), now.lines().count(), "{}", path.display());
}

#[test]
fn every_text_in_chinese_is_as_it_was_reviewed() {
    reviewed("zh");
}

#[test]
fn every_text_in_english_is_as_it_was_reviewed() {
    reviewed("en");
}
