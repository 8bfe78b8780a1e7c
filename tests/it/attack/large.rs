//! Files that are small and would need much: workbooks, rules and templates without end.
#![expect(clippy::print_stderr, reason = "what was measured is shown")]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reading::{check, errors, own, watched};
use crate::office::{self, cuofeng, example, folder};

/// A workbook of one sheet, from the pieces of its XML.
fn workbook(path: &Path, sheet: impl Iterator<Item = String>, strings: impl Iterator<Item = String>, claim: &str) {
    const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    const RELATED: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut zip = zip::ZipWriter::new(File::create(path).expect("a file"));
    let options = zip::write::SimpleFileOptions::default();
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATED}/{kind}\" Target=\"{target}\"/>")
    };
    let small = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\">{}</Relationships>",
                relation("r1", "officeDocument", "xl/workbook.xml")
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\">{}{}</Relationships>",
                relation("r1", "worksheet", "worksheets/sheet1.xml"),
                relation("r2", "sharedStrings", "sharedStrings.xml")
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook {MAIN} xmlns:r=\"{RELATED}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
    ];
    for (name, text) in small {
        zip.start_file(name, options).expect("a part");
        zip.write_all(text.as_bytes()).expect("a part");
    }
    zip.start_file("xl/sharedStrings.xml", options).expect("a part");
    write!(zip, "<sst {MAIN} {claim}>").expect("a part");
    strings.for_each(|piece| zip.write_all(piece.as_bytes()).expect("a part"));
    zip.write_all(b"</sst>").expect("a part");
    zip.start_file("xl/worksheets/sheet1.xml", options).expect("a part");
    write!(zip, "<worksheet {MAIN}><sheetData>").expect("a part");
    sheet.for_each(|piece| zip.write_all(piece.as_bytes()).expect("a part"));
    zip.write_all(b"</sheetData></worksheet>").expect("a part");
    zip.finish().expect("a workbook");
}

/// Workbooks of at most five megabytes that would need gigabytes, each with the code of the finding.
fn monsters(dir: &Path) -> Vec<(&'static str, PathBuf)> {
    let head = || std::iter::once("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>id</t></is></c></row>".to_owned());
    let none = || std::iter::empty::<String>();
    let rows = 2..1_048_577;
    let at = |name: &str| dir.join(name);
    workbook(
        &at("far.xlsx"),
        head().chain(["<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>".to_owned()]),
        none(),
        "",
    );
    let wide = rows.clone().map(|row| format!("<row r=\"{row}\"><c r=\"IV{row}\"><v>1</v></c></row>"));
    workbook(&at("wide.xlsx"), head().chain(wide), none(), "");
    let header = std::iter::once("<row r=\"1\"><c r=\"IV1\" t=\"inlineStr\"><is><t>id</t></is></c></row>".to_owned());
    let narrow = rows.map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>"));
    workbook(&at("header.xlsx"), header.chain(narrow), none(), "");
    let strings = std::iter::repeat_n("<si><t>a</t></si>".repeat(1000), 10_000);
    workbook(&at("strings.xlsx"), head(), strings, "");
    workbook(&at("claim.xlsx"), head(), none(), "uniqueCount=\"99999999999\"");
    let same = std::iter::repeat_n("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>".repeat(1000), 10_000);
    workbook(&at("bomb.xlsx"), head().chain(same), none(), "");
    let long = ["<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>".to_owned()];
    let long =
        long.into_iter().chain(std::iter::repeat_n("a".repeat(1 << 20), 200)).chain(["</t></is></c></row>".to_owned()]);
    workbook(&at("long.xlsx"), head().chain(long), none(), "");
    let names = ["far", "wide", "header", "strings", "claim", "bomb", "long"];
    names.into_iter().map(|name| (name, at(&format!("{name}.xlsx")))).collect()
}

#[test]
#[ignore = "long: scripts/attack"]
fn a_workbook_takes_no_more_memory_than_a_table_may() {
    let dir = folder();
    let site = example(dir.path());
    std::fs::remove_file(site.join("enterprises.csv")).expect("a table");
    for (name, path) in monsters(dir.path()) {
        let bytes = path.metadata().expect("a file").len();
        std::fs::copy(&path, site.join("enterprises.xlsx")).expect("a table");
        let mut program = cuofeng();
        program.args(["check", "--json", "--site"]).arg(&site);
        let ended = watched(program, Duration::from_mins(2));
        eprintln!("{name}: {} KB in {} MB and {:?}", bytes >> 10, ended.memory, ended.time);
        assert_eq!(ended.code, Some(1), "{name}: {:?} {}", ended.time, ended.words);
        assert!(ended.memory <= 350, "{name}: {} MB", ended.memory);
        let found = errors(&ended);
        assert!(
            found.iter().any(|(file, code)| file == "enterprises.xlsx" && code.starts_with("grid.")),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_workbook_of_one_kilobyte_that_claims_a_hundred_thousand_million_texts_ends_nothing() {
    let dir = folder();
    let site = example(dir.path());
    std::fs::remove_file(site.join("enterprises.csv")).expect("a table");
    let none = std::iter::empty::<String>;
    workbook(&site.join("enterprises.xlsx"), none(), none(), "uniqueCount=\"99999999999\"");
    let ended = check(&site);
    assert_eq!(ended.code, Some(1), "{}", ended.words);
    assert!(errors(&ended).iter().any(|(_, code)| code == "grid.too_large"), "{}", ended.words);
}

#[test]
fn rules_of_any_size_are_judged_or_refused_in_a_few_seconds() {
    let condition = |terms: usize| vec!["臭氧 > 160 微克每立方米"; terms].join(" 或 ");
    let rule = |id: usize| {
        office::by_itself()
            .replace("\"ozone-tip\"", &format!("\"r{id}\""))
            .replace("kind = \"ozone\"", &format!("kind = \"k{id}\""))
    };
    let levels = |count: usize| {
        let level = |n: usize| format!("[[rule.level]]\nid = \"l{n}\"\nname = \"级\"\nwhen = \"臭氧 > 1\"\n");
        format!("{}{}", office::by_itself(), (0..count).map(level).collect::<String>())
    };
    let cases = [
        (
            "1e5 terms",
            vec![office::by_itself().replace("日最大(臭氧8小时) 高于 160 微克每立方米", &condition(100_000))],
        ),
        (
            "20000 terms",
            vec![office::by_itself().replace("日最大(臭氧8小时) 高于 160 微克每立方米", &condition(20_000))],
        ),
        (
            "1e5 brackets",
            vec![office::by_itself().replace("日最大(臭氧8小时)", &format!("{}臭氧", "(".repeat(100_000)))],
        ),
        ("1e5 empty rules", vec!["[[rule]]\n".repeat(100_000)]),
        ("1e5 rules", (0..100).map(|file| (0..1000).map(|n| rule(file * 1000 + n)).collect::<String>()).collect()),
        ("1e4 levels", vec![levels(10_000)]),
        (
            "1e5 wrong keys",
            vec![format!("[[rule]]\n{}", (0..100_000).fold(String::new(), |all, n| all + &format!("k{n}=1\n")))],
        ),
    ];
    for (what, files) in cases {
        let dir = folder();
        let site = example(dir.path());
        std::fs::create_dir_all(site.join("rules")).expect("a folder");
        for (number, source) in files.iter().enumerate() {
            std::fs::write(site.join(format!("rules/r{number}.toml")), source).expect("a rule");
        }
        let ended = check(&site);
        eprintln!("{what}: {:?}, {} MB", ended.time, ended.memory);
        assert_eq!(ended.code, Some(1), "{what}: {:?}", ended.time);
        assert!(
            ended.time < Duration::from_secs(12) && ended.memory < 400,
            "{what}: {:?}, {} MB",
            ended.time,
            ended.memory
        );
    }
}

#[test]
fn a_template_that_writes_without_end_is_refused_before_it_fills_the_memory() {
    let long = "文".repeat(100_000);
    let cases = [
        ("a loop", format!("{{% for i in range(60000) %}}{long}{{% endfor %}}"), "template.endless"),
        (
            "loops in loops",
            "{% for i in range(90000) %}{% for j in range(90000) %}x{% endfor %}{% endfor %}".to_owned(),
            "template.error",
        ),
        ("a text many times over", "{{ 'x' * 4000000000 }}".to_owned(), "template.error"),
        ("one that includes itself", "{% include 'zh/ozone/enterprise.email.txt' %}".to_owned(), "template.error"),
    ];
    for (what, source, code) in cases {
        let dir = folder();
        let site = own(dir.path());
        std::fs::write(site.join("templates/zh/ozone/enterprise.email.txt"), source).expect("a template");
        let ended = check(&site);
        let found = errors(&ended);
        assert!(found.iter().any(|(_, found)| found == code), "{what}: {found:?}");
        assert!(
            ended.time < Duration::from_secs(15) && ended.memory < 200,
            "{what}: {:?}, {} MB",
            ended.time,
            ended.memory
        );
    }
}
