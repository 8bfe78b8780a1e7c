//! CAP messages by the schema of OASIS.

use std::path::{Path, PathBuf};

use super::shared;
use crate::handed::{broadcast, refusal};
use crate::office::{MORNING, by_itself, call, folder, ruled, run};

/// How many messages lie there; each is valid.
fn valid(folder: &Path) -> usize {
    let schema = shared("cap/CAP-v1.2.xsd");
    let files = std::fs::read_dir(folder).expect("messages").flatten().map(|entry| entry.path());
    let is_cap = |path: &PathBuf| std::fs::read_to_string(path).expect("a file").contains("tc:emergency:cap:1.2");
    let files: Vec<PathBuf> = files.filter(|p| p.extension().is_some_and(|e| e == "xml")).filter(is_cap).collect();
    for file in &files {
        assert_eq!(refusal("--schema", &schema, file), None, "{}", file.display());
    }
    files.len()
}

#[test]
#[ignore = "needs ../shared"]
fn what_the_demo_a_raise_with_its_end_and_villages_leave_is_valid() {
    let dir = folder();
    assert!(run(&["demo"], dir.path()).status.success());
    assert!(valid(&dir.path().join("out/cap")) >= 3);
    let dir = folder();
    let site = ruled(dir.path(), &by_itself());
    assert!(run(&MORNING, &site).status.success());
    assert!(call(&site, &["once"], "14T08:00").status.success());
    assert!(valid(&site.join("out/cap")) >= 1);
    for live in ["", "live = true"] {
        let dir = folder();
        let site = broadcast::site(dir.path(), live);
        broadcast::once(&site, "2026-09-16T20:00:00+08:00");
        broadcast::once(&site, "2026-09-17T08:00:00+08:00");
        assert!(valid(&site.join("broadcast")) >= 1);
    }
}
