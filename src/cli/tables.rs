//! `cuofeng tables`: what stands in each column of a site's tables, and empty tables to be filled.
//!
//! In: the tables' columns. Out: a page in Markdown or one JSON object; workbooks with drop-downs. Can't happen: a column
//! that is read and not described; a file written over another one.

mod workbook;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use super::{Call, misread, say};
use cuofeng_air::forecast::Variable;
use cuofeng_app::AppError;
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_grid::ASIDE;
use cuofeng_office::embedded;
use cuofeng_town::roster::columns::OWN_FORM;
use cuofeng_town::roster::{Column, Mir, Sectors, Table};

/// Describes the tables; with a folder, writes them there as workbooks.
pub(super) fn tables(call: &Call, xlsx: Option<&Path>) -> anyhow::Result<ExitCode> {
    match xlsx {
        Some(folder) => workbooks(call, folder),
        None if call.json => {
            say(&described(call.lang).to_string());
            Ok(ExitCode::SUCCESS)
        }
        None => {
            say(page(call.lang).trim_end());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Writes a workbook for every table; none where one of them is there already.
fn workbooks(call: &Call, folder: &Path) -> anyhow::Result<ExitCode> {
    let sectors = sectors(call)?;
    let paths = Table::ALL.map(|table| (table, folder.join(format!("{}.xlsx", table.name()))));
    for (_, path) in &paths {
        if file::is_there(path)? {
            return Ok(misread(call, &msg!("tables.exists", path = path.display())));
        }
    }
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (table, path) in &paths {
        let bytes = workbook::bytes(*table, &sectors, call.lang)?;
        std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
    }
    if call.json {
        let files: Vec<String> = paths.iter().map(|(_, path)| path.display().to_string()).collect();
        say(&json!({"schema": "cuofeng.tables/1", "files": files}).to_string());
    } else {
        call.tell(&msg!("tables.written", path = folder.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The vocabulary of the site, where it has one of its own; else what ships.
fn sectors(call: &Call) -> anyhow::Result<Sectors> {
    let source = |name: &str| match file::text(&call.site().join("rules").join(name), file::TEXT) {
        Err(FileError::Absent) => {
            let builtin = embedded::RULES.iter().find(|(path, _)| *path == name);
            Ok(builtin.map_or_else(String::new, |(_, bytes)| String::from_utf8_lossy(bytes).into_owned()))
        }
        read => read,
    };
    let mir = Mir::parse(&source("mir.toml")?).context("rules/mir.toml")?;
    Ok(Sectors::parse("rules/sectors.toml", &source("sectors.toml")?, mir).map_err(AppError::Site)?)
}

/// The columns of an hourly table of a feed without a map: name, unit and what stands in them.
fn hourly(lang: Lang) -> Vec<[String; 3]> {
    let times = [("issued", msg!("tables.issued")), ("time", msg!("tables.time")), ("region", msg!("tables.region"))];
    let times = times.into_iter().map(|(name, about)| [name.to_owned(), String::new(), about.text(lang)]);
    let values = Variable::ALL.into_iter().map(|v| [v.name(), v.unit(), v.words(lang)].map(str::to_owned));
    times.chain(values).collect()
}

/// One JSON object of all columns.
fn described(lang: Lang) -> serde_json::Value {
    let column = |column: &Column| {
        json!({"name": column.name, "zh": column.zh, "loose": column.loose, "required": column.required,
               "unit": column.quantity.map(|quantity| quantity.unit(lang)), "about": column.about().text(lang),
               "example": column.example(lang)})
    };
    let tables = Table::ALL.map(|table| {
        let columns: Vec<_> = table.columns().iter().map(column).collect();
        json!({"name": table.name(), "title": table.title().text(lang), "required": table.required(), "columns": columns})
    });
    let hourly: Vec<_> = hourly(lang)
        .into_iter()
        .map(|[name, unit, about]| json!({"name": name, "unit": unit, "about": about}))
        .collect();
    json!({"schema": "cuofeng.tables/1", "tables": tables, "beside": ASIDE, "hourly": hourly})
}

/// All columns as a page in Markdown.
fn page(lang: Lang) -> String {
    let text = |message: Message| message.text(lang);
    let mut page = format!("# {}\n\n{}\n", text(msg!("tables.page")), text(msg!("tables.intro", form = OWN_FORM)));
    for table in Table::ALL {
        let needed = if table.required() { msg!("tables.needed") } else { msg!("tables.optional") };
        let file = format!("{}.csv / {}.xlsx", table.name(), table.name());
        let _ = write!(page, "\n## {} `{file}`\n\n{}\n\n", text(table.title()), text(needed));
        let head = [
            msg!("tables.head_column"),
            msg!("tables.head_also"),
            msg!("tables.head_needed"),
            msg!("tables.head_about"),
            msg!("tables.head_example"),
        ];
        line(&mut page, &head.map(text));
        page.push_str("|---|---|---|---|---|\n");
        for column in table.columns() {
            line(&mut page, &row(column, lang));
        }
    }
    let beside: Vec<String> = ASIDE.map(str::to_owned).to_vec();
    let _ =
        write!(page, "\n## {}\n\n{}\n", text(msg!("tables.beside")), text(msg!("tables.beside_are", names = beside)));
    let _ = write!(page, "\n## {}\n\n{}\n\n", text(msg!("tables.hourly")), text(msg!("tables.hourly_intro")));
    line(&mut page, &[msg!("tables.head_column"), msg!("tables.head_unit"), msg!("tables.head_about")].map(text));
    page.push_str("|---|---|---|\n");
    for [name, unit, about] in hourly(lang) {
        line(&mut page, &[format!("`{name}`"), unit, about]);
    }
    page
}

/// A column as a row of the page.
fn row(column: &Column, lang: Lang) -> [String; 5] {
    let own = column.head(lang);
    let others = column.names().filter(|name| *name != column.word(lang));
    let also: Vec<&str> = others.chain(column.loose.iter().copied()).collect();
    let needed = if column.required { msg!("tables.yes").text(lang) } else { String::new() };
    [own, also.join(lang.comma()), needed, column.about().text(lang), column.example(lang).to_owned()]
}

/// A row of a table in Markdown.
fn line(page: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}
