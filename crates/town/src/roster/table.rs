//! The roster's tables: where their columns stand, and rows of cleaned cells.
//!
//! In: a [`Grid`] with English or Chinese headers, and what the site calls its columns. Out: rows of cleaned cells that
//! know their row number and header; in one line each, which columns and which rows were not read. Can't happen: a column
//! or a row passed over in silence, but for those that every office keeps beside the data ([`cuofeng_grid::ASIDE`]).

use std::collections::BTreeMap;

use super::columns::{self, Column, Own, Table};
use super::head::Head;
use super::{field_messages, unit};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, nearest};
use cuofeng_base::text::outside::{self, Odd};
use cuofeng_base::text::{Lang, Message};
use cuofeng_grid::{Grid, half_width, is_aside, trimmed};

/// A cell under a column.
#[derive(Debug, Clone)]
struct Cell {
    head: String,
    /// What its head says in brackets, of a column in which something is measured.
    unit: String,
    /// As it stands.
    raw: String,
    /// In one line, without what can't be seen.
    text: String,
    /// Whether its column goes by a name that does not say for certain what is in it.
    loose: bool,
    /// Whether a formula without a value stands in it, which has been told.
    unworked: bool,
}

/// One row of a table.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Row number as a spreadsheet counts.
    pub number: usize,
    file: &'a str,
    sheet: Option<String>,
    table: Table,
    cells: BTreeMap<&'static str, Cell>,
}

impl Row<'_> {
    /// The cell under a column, trimmed; empty where the column is missing.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.text.as_str())
    }

    /// The cell with full-width letters, digits and marks made half-width: for codes, numbers and addresses.
    #[must_use]
    pub fn ascii(&self, column: &str) -> String {
        half_width(self.get(column))
    }

    /// The cell of a column in which something is measured, with the unit that its head says where it says none itself.
    pub(super) fn measured(&self, column: &str) -> String {
        let cell = self.ascii(column);
        let unit = self.cells.get(column).map_or("", |cell| cell.unit.as_str());
        if cell.is_empty() || !unit::split(&cell).1.is_empty() { cell } else { format!("{cell}{unit}") }
    }

    /// Whether the cell stands in a column that offices fill with other things, too.
    pub(super) fn is_loose(&self, column: &str) -> bool {
        self.cells.get(column).is_some_and(|cell| cell.loose)
    }

    /// Whether nothing stands in the cell, and nothing that could not be read either.
    pub(super) fn is_blank(&self, column: &str) -> bool {
        self.get(column).is_empty() && !self.is_unworked(column)
    }

    /// Whether a formula without a value stands in the cell, which has been told.
    pub(super) fn is_unworked(&self, column: &str) -> bool {
        self.cells.get(column).is_some_and(|cell| cell.text.is_empty() && cell.unworked)
    }

    /// A problem in a cell of this row, the cell shown as it stands.
    #[must_use]
    pub fn problem(&self, column: &str, what: Message, advice: Message) -> Problem {
        let names = self.table.column(column).map(|column| [Lang::Zh, Lang::En].map(|lang| column.word(lang)));
        let (head, raw) = self.cells.get(column).map_or(("", ""), |cell| (cell.head.as_str(), cell.raw.as_str()));
        let problem = Problem::cell(self.file, self.number, head, outside::visible(raw), what, advice);
        problem.in_column(names).on_sheet(self.sheet.as_deref())
    }

    /// Whether every cell that the example of a written table fills is as the example has it.
    fn is_example(&self) -> bool {
        [Lang::Zh, Lang::En].into_iter().any(|lang| {
            let mut filled = self.table.columns().iter().filter(|column| !column.example(lang).is_empty()).peekable();
            filled.peek().is_some() && filled.all(|column| self.get(column.name) == column.example(lang))
        })
    }
}

/// Where a column stands.
struct Place {
    at: usize,
    column: &'static Column,
    head: Head,
    loose: bool,
}

/// Reads a table; every problem goes to `problems`. Rows with a wrong number of cells are left out, and said so.
pub(super) fn read<'a>(
    (file, bytes): (&'a str, &[u8]),
    table: Table,
    own: &Own,
    problems: &mut Vec<Problem>,
) -> Vec<Row<'a>> {
    let known = |head: &str| {
        matches!(meaning(&Head::of(head), table, own.of(table)), Some(Meaning::Column(_) | Meaning::Loose(_)))
    };
    let grid = match Grid::read(file, bytes, None, &known) {
        Ok(grid) => grid,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    if grid.header.is_empty() {
        problems.push(Problem::file(file, msg!("roster.no_header"), msg!("roster.no_header_advice")));
        return Vec::new();
    }
    problems.extend(grid.passed_over(file));
    let sheet = grid.sheet.as_deref();
    let heads: Vec<Head> = grid.header.iter().map(Head::of).collect();
    let Some((layout, mut unread)) = layout((file, &grid), &heads, (table, own.of(table)), problems) else {
        return Vec::new();
    };
    // Excel writes cells beyond the last head where something once stood.
    let named = heads.iter().rposition(|head| !head.shown.is_empty()).map_or(0, |last| last + 1);
    let is_beside = |head: &Head| matches!(meaning(head, table, own.of(table)), Some(Meaning::Beside));
    let beside: Vec<bool> = heads.iter().map(is_beside).collect();
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
    for row in grid.rows() {
        let content = |cell: &str| !trimmed(&outside::seen(cell)).is_empty();
        let unworked = |at: usize| row.unworked(at).is_some();
        if !(0..row.len()).any(|at| row.get(at).is_some_and(content) || unworked(at)) {
            continue;
        }
        // Numbered beforehand, or with a remark alone: nobody has filled it in.
        let said = |at: usize| !beside.get(at).copied().unwrap_or(false) && row.get(at).is_some_and(content);
        if !(0..row.len()).any(|at| said(at) || unworked(at)) {
            skipped.push(row.number.to_string());
            continue;
        }
        let beyond = (named..row.len()).filter(|at| row.get(*at).is_some_and(content));
        let beyond: Vec<usize> = beyond.collect();
        if row.len() < named || beyond.iter().any(|at| *at >= heads.len()) {
            let what = msg!("roster.cells", got = row.len(), want = named);
            let problem = Problem::cell(file, row.number, "", "", what, msg!("roster.cells_advice"));
            problems.push(problem.on_sheet(sheet));
            continue;
        }
        let nameless = (0..named).filter(|at| heads[*at].shown.is_empty() && row.get(*at).is_some_and(content));
        for at in nameless.chain(beyond) {
            let name = letters(at);
            if !unread.contains(&name) {
                unread.push(name);
            }
        }
        let mut cells: BTreeMap<&'static str, Cell> = BTreeMap::new();
        for place in &layout {
            let raw = trimmed(row.get(place.at).unwrap_or(""));
            let head = &place.head.shown;
            let untold = row.unworked(place.at);
            let unworked = untold.is_some();
            let untold = untold.map(|(what, advice)| Problem::cell(file, row.number, head, "", what, advice));
            let found = odd(file, row.number, head, raw).into_iter().chain(untold);
            problems.extend(found.map(|problem| problem.on_sheet(sheet)));
            let text = outside::line(raw);
            if cells.get(place.column.name).is_none_or(|cell| cell.text.is_empty() && !text.is_empty()) {
                let (head, unit) = (head.clone(), place.unit(&grid));
                cells.insert(
                    place.column.name,
                    Cell { head, unit, raw: raw.to_owned(), text, loose: place.loose, unworked },
                );
            }
        }
        let row = Row { number: row.number, file, sheet: grid.sheet.clone(), table, cells };
        if row.is_example() {
            let what = msg!("roster.example");
            let problem = Problem::cell(file, row.number, "", "", what, msg!("roster.example_advice"));
            problems.push(problem.on_sheet(sheet).as_warning());
        }
        rows.push(row);
    }
    if let Some(number) = grid.open_quote {
        problems.push(Problem::cell(file, number, "", "", msg!("roster.quote"), msg!("roster.quote_advice")));
    }
    if !skipped.is_empty() {
        let what = msg!("roster.rows_unfilled", rows = skipped.join(", "));
        let problem = Problem::file(file, what, msg!("roster.rows_unfilled_advice"));
        problems.push(problem.on_sheet(sheet).as_warning());
    }
    if !unread.is_empty() {
        let (what, advice) = (
            msg!("roster.columns_unread", names = unread),
            msg!("roster.columns_unread_advice", form = columns::OWN_FORM),
        );
        problems.push(Problem::cell(file, grid.header_row, "", "", what, advice).on_sheet(sheet).as_warning());
    }
    rows
}

impl Place {
    /// The unit that the head says, or a row of units below it.
    fn unit(&self, grid: &Grid) -> String {
        match self.column.quantity {
            Some(_) if self.head.bracket.is_empty() => grid.unit(self.at).unwrap_or_default(),
            Some(_) => self.head.bracket.clone(),
            None => String::new(),
        }
    }
}

/// A column as a spreadsheet names it: `A`, `Z`, `AA`.
fn letters(mut at: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + u8::try_from(at % 26).unwrap_or(0)));
        if at < 26 {
            return name.iter().rev().collect();
        }
        at = at / 26 - 1;
    }
}

/// What must not stand in a cell, or was read as something else. What can't be seen or only turns the direction comes along
/// when a number is copied from a telephone, and is left out without a word.
fn odd(file: &str, row: usize, head: &str, cell: &str) -> Option<Problem> {
    let found = cell.chars().filter_map(|c| Some((Odd::of(c)?, c)));
    let (odd, c) = found.filter(|(odd, _)| !odd.is_unseen()).max()?;
    let problem = |advice| Problem::cell(file, row, head, outside::visible(cell), odd.message(c), advice);
    Some(match odd {
        Odd::Break => problem(msg!("outside.break_advice")).as_warning(),
        _ => problem(msg!("outside.advice")),
    })
}

/// What a head means.
enum Meaning {
    Column(&'static Column),
    Loose(&'static Column),
    Beside,
}

fn meaning(head: &Head, table: Table, own: &[(String, Option<&'static str>)]) -> Option<Meaning> {
    if let Some((_, column)) = own.iter().find(|(name, _)| Head::of(name).whole == head.whole) {
        return Some(column.and_then(|column| table.column(column)).map_or(Meaning::Beside, Meaning::Column));
    }
    let columns = table.columns();
    if let Some(column) = columns.iter().find(|column| head.is(column.names())) {
        return Some(Meaning::Column(column));
    }
    if let Some(column) = columns.iter().find(|column| head.is(column.loose.iter().copied())) {
        return Some(Meaning::Loose(column));
    }
    (is_aside(&head.whole) || is_aside(&head.name)).then_some(Meaning::Beside)
}

/// Where the columns stand, proper ones before those that only go by a loose name; and the heads that nobody knows.
fn layout(
    (file, grid): (&str, &Grid),
    heads: &[Head],
    (table, own): (Table, &[(String, Option<&'static str>)]),
    problems: &mut Vec<Problem>,
) -> Option<(Vec<Place>, Vec<String>)> {
    let (mut layout, mut unread): (Vec<Place>, Vec<String>) = (Vec::new(), Vec::new());
    let mut good = true;
    let at_head = |head: &str, what, advice| {
        Problem::cell(file, grid.header_row, head, "", what, advice).on_sheet(grid.sheet.as_deref())
    };
    for (at, head) in heads.iter().enumerate().filter(|(_, head)| !head.shown.is_empty()) {
        let (column, loose) = match meaning(head, table, own) {
            Some(Meaning::Beside) => continue,
            Some(Meaning::Column(column)) => (column, false),
            Some(Meaning::Loose(column)) => (column, true),
            None => {
                match nearest(&head.name, table.columns().iter().flat_map(Column::names)) {
                    Some(meant) => {
                        let what = msg!("roster.column_unknown", name = &head.shown);
                        let advice = msg!("roster.column_meant", meant = meant);
                        problems.push(at_head(&head.shown, what, advice).as_warning());
                    }
                    None => unread.push(head.shown.clone()),
                }
                continue;
            }
        };
        if !loose && layout.iter().any(|place| place.column.name == column.name && !place.loose) {
            let what = msg!("roster.column_twice", name = &head.shown);
            problems.push(at_head(&head.shown, what, msg!("roster.column_twice_advice")));
            good = false;
            continue;
        }
        if let Some(quantity) = column.quantity.filter(|quantity| unit::scale(&head.bracket, *quantity).is_none()) {
            let (what, advice) = field_messages(quantity.refused());
            problems.push(at_head(&head.shown, what, advice));
            good = false;
        }
        layout.push(Place { at, column, head: head.clone(), loose });
    }
    layout.sort_by_key(|place| place.loose);
    let is_there = |column: &Column| layout.iter().any(|place| place.column.name == column.name);
    let missing = table.columns().iter().filter(|column| column.required && !is_there(column));
    let missing: Vec<String> =
        missing.map(|column| format!("{} ({})", column.word(Lang::Zh), column.word(Lang::En))).collect();
    if !missing.is_empty() {
        let what = msg!("roster.columns_missing", names = missing);
        problems.push(at_head("", what, msg!("roster.columns_missing_advice", table = table.name())));
        good = false;
    }
    let unused = own.iter().filter(|(name, _)| heads.iter().all(|head| head.whole != Head::of(name).whole));
    for (name, _) in unused {
        let what = msg!("roster.column_own", table = table.name(), name = name);
        problems.push(Problem::file(file, what, msg!("roster.column_own_advice")).as_warning());
    }
    good.then_some((layout, unread))
}
