//! The workbooks that the program writes.

use std::process::Command;

use cuofeng_base::text::Lang;
use cuofeng_town::roster::{Column, Table};
use serde_json::Value;

use super::{found, sectors};
use crate::office::{cuofeng, folder, new_site, run, text};

#[test]
fn an_outside_reader_finds_heads_drop_downs_and_one_example_in_the_written_workbooks() {
    let script = "import sys,json,openpyxl\n\
        book=openpyxl.load_workbook(sys.argv[1])\nsheet=book.worksheets[0]\n\
        rows=[['' if c is None else c for c in row] for row in sheet.iter_rows(values_only=True)]\n\
        lists={}\n\
        for rule in sheet.data_validations.dataValidation:\n\
        \x20   if rule.type!='list': continue\n\
        \x20   name,cells=rule.formula1.split('!')\n\
        \x20   listed=[c[0].value for c in book[name.strip(\"'\")][cells.replace('$','')]]\n\
        \x20   assert book[name.strip(\"'\")].sheet_state=='hidden'\n\
        \x20   assert rule.errorStyle in (None,'stop') and rule.showErrorMessage, rule\n\
        \x20   area=rule.sqref.ranges[0]\n\
        \x20   assert area.min_row==2 and area.max_row>1000 and area.min_col==area.max_col\n\
        \x20   lists[str(area.min_col-1)]=listed\n\
        texts=[i for i,c in enumerate(sheet[2]) if c.number_format=='@']\n\
        print(json.dumps({'rows':rows,'lists':lists,'texts':texts}))\n";
    for (code, lang) in [("zh", Lang::Zh), ("en", Lang::En)] {
        let dir = folder();
        let to = dir.path().join("tables");
        let write = || cuofeng().args(["tables", "--lang", code, "--xlsx"]).arg(&to).output().expect("the program");
        let written = write();
        assert!(written.status.success(), "{}", text(&written));
        assert_eq!(write().status.code(), Some(2), "not over what is there");
        for table in Table::ALL {
            let file = to.join(format!("{}.xlsx", table.name()));
            let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(&file).output().expect("python3");
            assert!(output.status.success(), "{}", text(&output));
            let book: Value = serde_json::from_slice(&output.stdout).expect("what it read");
            let rows = book["rows"].as_array().expect("rows");
            assert_eq!(rows.len(), 2, "a head and one example");
            let needed = |column: &Column| if column.required { "*" } else { "" };
            for (at, column) in table.columns().iter().enumerate() {
                assert_eq!(rows[0][at], format!("{}{}", column.head(lang), needed(column)));
                let shown = rows[1][at].as_str().map_or_else(|| rows[1][at].to_string(), str::to_owned);
                assert_eq!(shown.trim_end_matches(".0"), column.example(lang), "{}", column.name);
                let listed: Vec<String> =
                    serde_json::from_value(book["lists"][at.to_string()].clone()).unwrap_or_default();
                assert_eq!(listed, column.choices(&sectors(), lang), "{}", column.name);
                let is_text = book["texts"].as_array().is_some_and(|texts| texts.iter().any(|text| *text == at));
                assert_eq!(is_text, column.is_text, "{}", column.name);
            }
        }
    }
}

#[test]
fn hours_numbers_and_codes_that_a_spreadsheet_would_make_dates_or_figures_of_are_kept_as_texts() {
    // `06-22` would become the 22nd of June, a mobile 1.38E+10, a code of twelve digits lose its zeros.
    for (table, names) in [
        (Table::Processes, &["id", "enterprise", "allowed", "usual"][..]),
        (Table::Enterprises, &["id", "mobile", "backup_mobile"]),
        (Table::Villages, &["code", "cadre_mobile", "grid_mobile", "play_hours"]),
        (Table::Staff, &["mobile"]),
        (Table::Duty, &["from", "to"]),
        (Table::Departments, &["mobile"]),
    ] {
        let texts: Vec<&str> = table.columns().iter().filter(|column| column.is_text).map(|c| c.name).collect();
        assert_eq!(texts, names, "{}", table.name());
    }
}

#[test]
fn written_workbooks_read_back_and_their_examples_are_errors_of_a_site_at_work() {
    for code in ["zh", "en"] {
        let dir = folder();
        let site = new_site(dir.path());
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        // A loudspeaker that speaks Chinese can't read an English name.
        let source = if code == "en" { source.replace("# language", "language") } else { source };
        std::fs::write(&file, &source).expect("the site file");
        for table in Table::ALL {
            std::fs::remove_file(site.join(format!("{}.csv", table.name()))).expect("a table");
        }
        let written = cuofeng().args(["tables", "--lang", code, "--xlsx"]).arg(&site).output().expect("the program");
        assert!(written.status.success(), "{}", text(&written));
        let found = found(&site);
        let examples: Vec<_> =
            found.iter().filter(|(_, code, row, ..)| code == "roster.example" && *row == 2).collect();
        assert_eq!(examples.len(), Table::ALL.len(), "{found:?}");
        assert!(examples.iter().all(|(severity, ..)| severity == "error"));
        let others: Vec<&str> =
            found.iter().filter(|(_, code, ..)| code != "roster.example").map(|(_, code, ..)| code.as_str()).collect();
        assert_eq!(others, ["roster.by_hand"], "{found:?}");
        // Whoever tries it out first may.
        std::fs::write(file, source.replace("# mode = \"exercise\"", "mode = \"exercise\"")).expect("the site file");
        assert!(run(&["check"], &site).status.success());
    }
}
