//! `processes.csv`: a process a row.
//!
//! In: its text. Out: the processes, added to a problem, and their rows; or every row's fault, with its column and what
//! to write instead. Can't happen: two processes of one id; a row of another length than the header.

use std::collections::HashSet;

use csv::StringRecord;

use super::{MOST, TABLE};
use crate::{Frame, Kind, Problem, Process, SlotSet};
use cuofeng_base::msg;
use cuofeng_base::problem;
use cuofeng_base::text::Message;

/// Every column that is read; those from `OPTIONAL` on may be left out.
const COLUMNS: [&str; 20] = [
    "id",
    "region",
    "kind",
    "slots_per_day",
    "duration",
    "batches_per_day",
    "min_on",
    "min_off",
    "voc",
    "nox",
    "reactivity",
    "power",
    "start_cost",
    "disruption",
    "allowed",
    "usual",
    "state",
    "must_on",
    "must_off",
    "told",
];
const OPTIONAL: usize = 16;

/// Where each column stands.
type Places = [Option<usize>; 20];

/// Reads the table's text and adds its processes; returns the row of each.
pub(super) fn read(text: &str, problem: &mut Problem, regions: &[String]) -> Result<Vec<u32>, Vec<problem::Problem>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .buffer_capacity(1 << 16)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let (mut rows, mut faults, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    let mut line = Line { text, byte: 0, row: 1 };
    let mut header: Option<(Places, usize)> = None;
    while reader.read_record(&mut record).map_err(|error| vec![unreadable(&error)])? && faults.len() < MOST {
        let number = line.of(&record);
        let Some((places, width)) = &header else {
            header = Some((layout(&record)?, record.len()));
            continue;
        };
        let row = Row { record: &record, places, number };
        match add(&row, *width, problem, regions, &mut seen) {
            Ok(()) => rows.push(u32::try_from(number).unwrap_or(u32::MAX)),
            Err(fault) => faults.push(*fault),
        }
    }
    if header.is_none() {
        faults.push(problem::Problem::file(TABLE, msg!("roster.no_header"), msg!("roster.no_header_advice")));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn unreadable(error: &csv::Error) -> problem::Problem {
    let what = msg!("instance.table", error = error.to_string());
    problem::Problem::file(TABLE, what, msg!("roster.encoding_advice"))
}

/// Counts rows as a spreadsheet does: blank lines too.
struct Line<'a> {
    text: &'a str,
    byte: usize,
    row: usize,
}

impl Line<'_> {
    /// Row of a record, which stands after those asked for before.
    fn of(&mut self, record: &StringRecord) -> usize {
        let bytes = self.text.as_bytes();
        let mut begin = record.position().and_then(|p| usize::try_from(p.byte()).ok()).unwrap_or(0);
        while bytes.get(begin).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            begin += 1;
        }
        let between = bytes.get(self.byte..begin).unwrap_or_default();
        self.row += between.iter().map(|b| usize::from(*b == b'\n')).sum::<usize>();
        self.byte = begin;
        self.row
    }
}

/// Places of the columns; every column that is missing, twice there or misspelt is a finding.
fn layout(header: &StringRecord) -> Result<Places, Vec<problem::Problem>> {
    let names: Vec<&str> = header.iter().map(|h| h.trim_start_matches('\u{feff}').trim()).collect();
    let places = COLUMNS.map(|column| names.iter().position(|name| *name == column));
    let fault = |column: &str, what, advice| problem::Problem::cell(TABLE, 1, column, "", what, advice);
    let mut faults = Vec::new();
    let missing: Vec<&str> = (0..OPTIONAL).filter(|&n| places[n].is_none()).map(|n| COLUMNS[n]).collect();
    for column in &missing {
        faults.push(fault(column, msg!("instance.column", column = *column), msg!("roster.column_missing_advice")));
    }
    for (at, name) in names.iter().enumerate().take(MOST) {
        let known = COLUMNS.contains(name) || *name == "enterprise";
        let meant = COLUMNS[OPTIONAL..].iter().chain(&missing).copied();
        if known && names[..at].contains(name) {
            let what = msg!("roster.column_twice", name = *name);
            faults.push(fault(name, what, msg!("roster.column_twice_advice")));
        } else if let Some(meant) = problem::nearest(name, meant).filter(|_| !known) {
            let what = msg!("roster.column_unknown", name = *name);
            faults.push(fault(name, what, msg!("roster.column_meant", meant = meant)));
        }
    }
    if faults.is_empty() { Ok(places) } else { Err(faults) }
}

/// A row of the table.
struct Row<'a> {
    record: &'a StringRecord,
    places: &'a Places,
    number: usize,
}

type Fault = Box<problem::Problem>;

impl Row<'_> {
    fn text(&self, column: &'static str) -> &str {
        let place = COLUMNS.iter().position(|c| *c == column).and_then(|n| self.places[n]);
        place.and_then(|p| self.record.get(p)).unwrap_or("").trim()
    }

    fn fault(&self, column: &'static str, should: Message) -> Fault {
        let what = msg!("instance.cell", process = self.text("id"));
        // A quotation mark that is never closed makes a cell of the rest of the file.
        let value: String = self.text(column).chars().take(80).collect();
        Box::new(problem::Problem::cell(
            TABLE,
            self.number,
            column,
            value,
            what,
            msg!("instance.write", should = should),
        ))
    }

    fn figure(&self, column: &'static str) -> Result<f64, Fault> {
        match self.text(column) {
            "" => Ok(0.0),
            text => text.parse().map_err(|_| self.fault(column, msg!("should.figure"))),
        }
    }

    fn count(&self, column: &'static str, least: u16) -> Result<u16, Fault> {
        match self.text(column) {
            "" => Ok(least),
            text => {
                let whole = text.strip_suffix(".0").unwrap_or(text);
                whole.parse().map_err(|_| self.fault(column, msg!("should.count")))
            }
        }
    }
}

/// Checks a row and adds its process.
fn add(
    row: &Row<'_>,
    width: usize,
    problem: &mut Problem,
    regions: &[String],
    seen: &mut HashSet<u128>,
) -> Result<(), Fault> {
    if row.record.len() != width {
        let what = msg!("roster.cells", got = row.record.len(), want = width);
        let advice = msg!("roster.cells_advice");
        return Err(Box::new(problem::Problem::cell(TABLE, row.number, "", "", what, advice)));
    }
    let id = row.text("id");
    if id.is_empty() || !seen.insert(mark(id)) {
        return Err(row.fault("id", msg!("should.id")));
    }
    let process = process(row, problem.frame(), regions)?;
    problem.push(id, &process).map_err(|wrong| row.fault(wrong.field, wrong.should))
}

/// A short stand-in for an id (FNV-1a, 128 bits), so that 300 000 ids needn't be kept twice.
fn mark(id: &str) -> u128 {
    let mix = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    id.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, mix)
}

fn process(row: &Row<'_>, frame: &Frame, regions: &[String]) -> Result<Process, Fault> {
    let region = regions.iter().position(|r| r == row.text("region"));
    let kind = match row.text("kind") {
        "interruptible" => Kind::Interruptible {
            slots_per_day: row.count("slots_per_day", 0)?,
            min_on: row.count("min_on", 1)?.max(1),
            min_off: row.count("min_off", 1)?.max(1),
        },
        "batch" => Kind::Batch { duration: row.count("duration", 0)?, per_day: row.count("batches_per_day", 0)? },
        "fixed" => Kind::Fixed,
        _ => return Err(row.fault("kind", msg!("should.kind"))),
    };
    let state = match row.text("state") {
        "" => None,
        text => Some(text.parse().map_err(|_| row.fault("state", msg!("should.state")))?),
    };
    Ok(Process {
        region: region.ok_or_else(|| row.fault("region", msg!("should.region")))?,
        kind,
        voc: row.figure("voc")?,
        nox: row.figure("nox")?,
        reactivity: row.figure("reactivity")?,
        power: row.figure("power")?,
        start_cost: row.figure("start_cost")?,
        disruption: row.figure("disruption")?,
        night_premium: 0.0,
        allowed: clock(row, "allowed", frame, true)?,
        usual: clock(row, "usual", frame, false)?,
        must_on: ranges(row, "must_on", frame)?,
        must_off: ranges(row, "must_off", frame)?,
        told: ranges(row, "told", frame)?,
        told_slots: frame.slots,
        daily: None,
        state,
    })
}

/// Clock hours as slots of the horizon; an empty cell is every hour or none.
fn clock(row: &Row<'_>, column: &'static str, frame: &Frame, empty: bool) -> Result<SlotSet, Fault> {
    let text = row.text(column);
    let mut hours = [empty && text.is_empty(); 24];
    for part in text.split(';').filter(|_| !text.is_empty()) {
        let span = span(part).filter(|&(a, b)| a <= 24 && b <= 24);
        let (from, to) = span.ok_or_else(|| row.fault(column, msg!("should.hours")))?;
        let holds = |h| if from < to { from <= h && h < to } else { h >= from || h < to };
        (0..24).filter(|&h| holds(h)).for_each(|h| hours[h] = true);
    }
    Ok(SlotSet::of(frame.slots, |s| hours[s % frame.slots_per_day * 24 / frame.slots_per_day]))
}

/// Slot ranges; none if empty.
fn ranges(row: &Row<'_>, column: &'static str, frame: &Frame) -> Result<Option<SlotSet>, Fault> {
    let text = row.text(column);
    if text.is_empty() {
        return Ok(None);
    }
    let mut set = SlotSet::none(frame.slots);
    for part in text.split(';') {
        let range = span(part).filter(|&(a, b)| a <= b && b <= frame.slots);
        let (from, to) = range.ok_or_else(|| row.fault(column, msg!("should.ranges", slots = frame.slots)))?;
        set.insert(from..to);
    }
    Ok(Some(set))
}

fn span(part: &str) -> Option<(usize, usize)> {
    let (from, to) = part.trim().split_once('-')?;
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}
