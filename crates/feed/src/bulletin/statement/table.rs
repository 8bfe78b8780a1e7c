//! Tables of bulletins: rows whose cells are told by the header above them, by dates above their columns, or by what can
//! stand in no other place.
//!
//! In: consecutive rows in normalised form, cells parted by tabs. Out: for each row what it states, or what it is. Can't
//! happen: a number taken for an index because of the column in which it happens to stand; a row shorter than its header
//! read; a row of one place taken for the area.

use std::collections::BTreeMap;

use super::check::{self, Stated};
use super::{kind, split};
use crate::bulletin::Named;
use crate::bulletin::statement::{self, Anchor, Statement};
use crate::bulletin::words::field::{self, Field};
use crate::bulletin::words::heading::{self, Heading};
use crate::bulletin::words::{Rest, day, grades, levels, part};
use cuofeng_air::forecast::Range;
use cuofeng_aqi::Pollutant;
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// What a row is.
#[derive(Debug, Clone)]
pub(in crate::bulletin) enum Read {
    /// It states something of its day.
    Statement(Box<Statement>),
    /// The same, for each day that stands above its columns; with the words of that column.
    Column(String, Box<Statement>),
    /// Something else.
    Named(Named),
}

/// Words for the whole area of a bulletin.
const WHOLE_AREA: [&str; 11] =
    ["全市", "我市", "本市", "全县", "我县", "本县", "全区", "我区", "本区", "全域", "全市平均"];

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Day,
    Week,
    Aqi,
    Level,
    Primary,
    /// Whether ozone lacks its averaging time.
    Concentration(Pollutant, bool),
    Weather,
    Area,
    Part,
    /// What people should do, or a number of the row.
    Advice,
    Remark,
    Blank,
    /// Not known.
    Other,
}

/// The cells of a row.
pub(in crate::bulletin) fn cells(plain: &str) -> Vec<&str> {
    plain.split('\t').map(str::trim).collect()
}

/// Whether a line is a row: three cells at least, none of them a sentence.
pub(in crate::bulletin) fn is_row(plain: &str) -> bool {
    plain.matches('\t').count() >= 2 && !plain.contains(['。', ';', ','])
}

/// Whether a row has several dates, as the head of a table whose columns are days.
pub(in crate::bulletin) fn has_dates(plain: &str) -> bool {
    let dated = |cell: &&str| {
        let mut rest = Rest(cell);
        day::dated(&mut rest).is_some() && rest.0.is_empty()
    };
    is_row(plain) && cells(plain).iter().filter(|cell| dated(cell)).count() > 1
}

/// Reads consecutive rows.
pub(in crate::bulletin) fn read(rows: &[&str], anchor: Anchor) -> Vec<Vec<Read>> {
    let mut out = Vec::with_capacity(rows.len());
    let mut header: Option<Vec<Column>> = None;
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        let cells = cells(row);
        let dates = dates(&cells, anchor);
        if dates.len() > 1 {
            let below = rows.iter().skip(at + 1).take_while(|row| !opens(row, anchor)).count();
            let body: Vec<Vec<&str>> = rows.iter().skip(at + 1).take(below).map(|row| self::cells(row)).collect();
            out.push(by_column(&cells, &dates, &body, anchor));
            out.extend(body.iter().map(|_| vec![Read::Named(Named::Table)]));
            at += below + 1;
            continue;
        }
        if let Some(columns) = columns(&cells, anchor) {
            header = Some(columns);
            out.push(vec![Read::Named(Named::Title)]);
        } else {
            let mixed = header.as_deref().is_some_and(|columns| has_other_areas(rows, columns));
            out.push(vec![by_row(row, &cells, (header.as_deref(), mixed), anchor)]);
        }
        at += 1;
    }
    out
}

/// Whether rows below a header are of other areas than the whole.
fn has_other_areas(rows: &[&str], columns: &[Column]) -> bool {
    let Some(at) = columns.iter().position(|column| *column == Column::Area) else { return false };
    let area = |row: &&str| cells(row).get(at).copied().unwrap_or("").to_owned();
    rows.iter()
        .map(area)
        .any(|area| !area.is_empty() && !WHOLE_AREA.contains(&area.as_str()) && column(&area) != Column::Area)
}

/// Whether a row begins anew: it is a header, or its first cells name a day.
fn opens(row: &str, anchor: Anchor) -> bool {
    let cells = cells(row);
    columns(&cells, anchor).is_some() || dates(&cells, anchor).len() > 1 || own_day(&cells, anchor).is_some()
}

/// The days that whole cells name, by the place of the cell.
fn dates<'a>(cells: &[&'a str], anchor: Anchor) -> BTreeMap<usize, Heading<'a>> {
    let whole = |cell: &'a str| heading::heading(cell, anchor.from()).filter(|heading| heading.body.is_empty());
    let found = cells.iter().enumerate().filter_map(|(at, cell)| Some((at, whole(cell)?)));
    let mut found: BTreeMap<usize, Heading<'a>> = found.filter(|(_, heading)| !heading.days.is_empty()).collect();
    // A weekday beside its date is no second day.
    let dated = found.keys().any(|at| !is_week(cells[*at]));
    found.retain(|at, _| !is_week(cells[*at]) || !dated && *at == 0);
    found
}

fn is_week(cell: &str) -> bool {
    ["星期", "周", "礼拜"].iter().any(|word| cell.starts_with(word)) && !cell.contains(|c: char| c.is_ascii_digit())
}

/// The day of a row: the first of its cells that is one, which a number or a weekday alone may precede.
fn own_day<'a>(cells: &[&'a str], anchor: Anchor) -> Option<(usize, Heading<'a>)> {
    dates(cells, anchor).into_iter().next().filter(|(at, _)| *at < 3)
}

/// The columns of a header: nothing where the row is none.
fn columns(cells: &[&str], anchor: Anchor) -> Option<Vec<Column>> {
    // What names a day or states a level is no header.
    let stated = cells.iter().any(|cell| day::mention(cell).is_some() || kind::states_level(cell));
    if stated || !dates(cells, anchor).is_empty() {
        return None;
    }
    let columns: Vec<Column> = cells.iter().map(|cell| column(cell)).collect();
    let known = columns.iter().filter(|column| !matches!(column, Column::Blank | Column::Other)).count();
    let tells = |column: &Column| matches!(column, Column::Day | Column::Aqi | Column::Level | Column::Primary);
    (known > 1 && columns.iter().any(tells)).then_some(columns)
}

fn column(header: &str) -> Column {
    const DAY: [&str; 6] = ["日期", "时间", "预报日期", "预报时间", "日", "预测日期"];
    const WEEK: [&str; 3] = ["星期", "周", "星期几"];
    const AQI: [&str; 17] = [
        "AQI",
        "AQI范围",
        "AQI指数",
        "AQI指数范围",
        "AQI值",
        "AQI预报",
        "AQI预测",
        "AQI预报值",
        "AQI预测值",
        "AQI预报范围",
        "AQI预测范围",
        "空气质量指数",
        "空气质量指数范围",
        "空气质量指数(AQI)",
        "空气质量指数AQI",
        "AQI(空气质量指数)",
        "指数",
    ];
    const LEVEL: [&str; 12] = [
        "级别",
        "等级",
        "类别",
        "空气质量",
        "空气质量级别",
        "空气质量等级",
        "空气质量类别",
        "空气质量状况",
        "空气质量指数级别",
        "空气质量指数类别",
        "污染等级",
        "污染级别",
    ];
    const AREA: [&str; 10] = ["地区", "区域", "区县", "县区", "城市", "站点", "点位", "乡镇", "区(县)", "县(市、区)"];
    const ADVICE: [&str; 6] = ["序号", "编号", "健康提示", "建议", "温馨提示", "提示"];
    let is = |names: &[&str]| names.contains(&header);
    if header.is_empty() {
        Column::Blank
    } else if is(&DAY) {
        Column::Day
    } else if is(&WEEK) {
        Column::Week
    } else if is(&AQI) {
        Column::Aqi
    } else if is(&LEVEL) {
        Column::Level
    } else if header == "首要污染物" {
        Column::Primary
    } else if is(&AREA) {
        Column::Area
    } else if is(&["时段", "预报时段"]) {
        Column::Part
    } else if is(&ADVICE) {
        Column::Advice
    } else if is(&["备注", "说明"]) {
        Column::Remark
    } else if let Some((pollutant, plain)) = field::concentration_header(header) {
        Column::Concentration(pollutant, plain)
    } else if part::is_weather(header) {
        Column::Weather
    } else {
        Column::Other
    }
}

/// What cells state, field by field, and why it is not certain.
#[derive(Default)]
struct Cells {
    fields: Vec<Field>,
    doubts: Vec<Message>,
    /// Other rows of the table are of other areas: which of them is the site's?
    mixed: bool,
}

impl Cells {
    /// Takes a cell by its column.
    fn take(&mut self, column: Column, cell: &str) {
        if cell.is_empty() {
            return;
        }
        let field = match column {
            Column::Aqi => field::index_cell(cell),
            Column::Level => level_cell(cell),
            Column::Primary => field::primary_cell(cell),
            Column::Concentration(pollutant, plain) => field::concentration_cell(cell, pollutant, plain),
            Column::Area if WHOLE_AREA.contains(&cell) => {
                if self.mixed {
                    self.doubts.push(msg!("bulletin.areas", value = cell));
                }
                return;
            }
            Column::Area => {
                self.doubts.push(msg!("bulletin.part_area", value = cell));
                return;
            }
            Column::Part => {
                if !["全天", "0-24时", "0时-24时"].contains(&cell) {
                    self.doubts.push(msg!("bulletin.part_day", value = cell));
                }
                return;
            }
            // Beside the columns that are known anything may stand, but nothing of the air.
            Column::Other if field::index_cell(cell).is_some() => {
                self.doubts.push(msg!("bulletin.table_column", value = cell));
                return;
            }
            Column::Weather | Column::Advice => {
                self.doubts.extend(states(cell));
                return;
            }
            Column::Day | Column::Week | Column::Remark | Column::Blank | Column::Other => {
                let may = || kind::may_state(cell).then(|| msg!("bulletin.table_column", value = cell));
                self.doubts.extend(states(cell).or_else(|| narrowed(cell)).or_else(may));
                return;
            }
        };
        match field {
            Some(field) => self.fields.push(field),
            None if ["-", "--", "/", "无"].contains(&cell) => {}
            None => self.doubts.push(msg!("bulletin.unread", value = cell)),
        }
    }
}

/// Why a cell speaks of the air in a column that does not.
fn states(cell: &str) -> Option<Message> {
    let states = field::has_marker(cell) || kind::states(cell);
    states.then(|| msg!("bulletin.table_column", value = cell))
}

/// Why a cell without a column of its own makes its row hold for less: a part of the day or of the area, a condition.
fn narrowed(cell: &str) -> Option<Message> {
    if part::is_near(cell) {
        return Some(msg!("bulletin.near", value = cell));
    }
    split::narrowed(cell).or_else(|| {
        let partly = part::names_part(cell) || part::names_area(cell);
        (partly && part::is_weather(cell)).then(|| msg!("bulletin.part_weather", value = cell))
    })
}

fn level_cell(cell: &str) -> Option<Field> {
    let mut rest = Rest(cell);
    let (low, high) = levels(&mut rest)?;
    rest.0.is_empty().then(|| Range::new(low, high).map(Field::Levels))?
}

fn is_grade(cell: &str) -> bool {
    let mut rest = Rest(cell);
    grades(&mut rest).is_some() && rest.0.is_empty()
}

fn by_row(row: &str, cells: &[&str], (header, mixed): (Option<&[Column]>, bool), anchor: Anchor) -> Read {
    let Some((at, heading)) = own_day(cells, anchor) else {
        let index = || !dates(cells, anchor).is_empty() && cells.iter().any(|cell| field::index_cell(cell).is_some());
        if !kind::states(row) && !cells.iter().any(|cell| field::has_marker(cell)) && !index() {
            return Read::Named(Named::Title);
        }
        let none = Heading { sort: heading::Sort::Dated, days: Vec::new(), body: "", doubt: None };
        let shown = if header.is_none() { headless(cells, usize::MAX).fields } else { Vec::new() };
        let statement = statement::of_fields(&none, shown, Vec::new(), anchor);
        let doubts = vec![msg!("bulletin.table_day")];
        return Read::Statement(Box::new(Statement { doubts, ..statement }));
    };
    let mut read = Cells { mixed, ..Cells::default() };
    let heading = beside_weeks(heading, cells, anchor);
    let mut by_header = false;
    if let Some(columns) = header {
        if columns.len() != cells.len() {
            read.doubts.push(msg!("bulletin.table_cells", cells = cells.len(), columns = columns.len()));
        } else if columns.get(at) == Some(&Column::Day) || columns.get(at) == Some(&Column::Blank) {
            by_header = true;
            for (column, cell) in columns.iter().zip(cells).enumerate().filter(|(i, _)| *i != at).map(|(_, c)| c) {
                read.take(*column, cell);
            }
        } else {
            read.doubts.push(msg!("bulletin.table_header"));
        }
    }
    // What stands in the columns of a header is never mixed with what stands beside them.
    if header.is_none() || !by_header {
        let known = std::mem::take(&mut read.doubts);
        let shown = headless(cells, at);
        read = Cells { doubts: if header.is_some() { known } else { shown.doubts }, ..shown };
    }
    if !read.fields.is_empty() {
        read.doubts.extend(statement::urban(row, anchor).filter(|_| read.doubts.is_empty()));
    }
    if read.fields.is_empty() && read.doubts.is_empty() {
        return Read::Named(Named::Weather);
    }
    Read::Statement(Box::new(statement::of_fields(&heading, read.fields, read.doubts, anchor)))
}

/// The day of a row with the weekdays in its other cells, which have to be its own.
fn beside_weeks<'a>(heading: Heading<'a>, cells: &[&str], anchor: Anchor) -> Heading<'a> {
    let Some(day) = heading.days.first() else { return heading };
    let mut weeks = cells.iter().filter(|cell| is_week(cell));
    let doubt = weeks.find_map(|week| {
        let both = format!("{}({week})", day.format("%Y-%m-%d"));
        heading::heading(&both, anchor.from()).and_then(|both| both.doubt)
    });
    Heading { doubt: heading.doubt.clone().or(doubt), ..heading }
}

/// The number of a row among its days.
fn is_ordinal(cell: &str) -> bool {
    cell.parse::<u32>().is_ok_and(|number| number <= 31)
}

/// Whether a cell says nothing that counts: a weekday, the weather, the whole area, a stroke.
fn is_beside(cell: &str) -> bool {
    const NOTHING: [&str; 6] = ["-", "--", "/", "无", "主城区", "城区"];
    is_week(cell) || part::is_weather(cell) || NOTHING.contains(&cell) || WHOLE_AREA.contains(&cell)
}

/// A row without a header: a range is the index only where the level says so, and no concentration says the same. What
/// is not understood may be a part of the area.
fn headless(cells: &[&str], day: usize) -> Cells {
    let mut read = Cells::default();
    let mut ranges = 0;
    for (at, cell) in cells.iter().copied().enumerate().filter(|(at, cell)| *at != day && !cell.is_empty()) {
        if at < day && is_ordinal(cell) {
            continue;
        }
        if is_grade(cell) {
            // Of the air or of the wind.
            read.doubts.push(msg!("bulletin.table_header"));
        } else if let Some(field) = level_cell(cell) {
            read.fields.push(field);
        } else if let Some(whole) = field::whole(cell) {
            read.fields.extend(whole.fields);
        } else if let Some(field) = field::index_cell(cell) {
            ranges += 1;
            read.fields.push(field);
        } else if let Some(field) = field::primary_cell(cell) {
            read.fields.push(field);
        } else if let Some(why) = narrowed(cell) {
            read.doubts.push(why);
        } else if field::has_marker(cell) || !is_beside(cell) {
            read.doubts.push(msg!("bulletin.table_header"));
        }
    }
    let mut stated = Stated::default();
    for field in &read.fields {
        stated.take(field.clone());
    }
    if ranges > 1 {
        // Which of them is the index?
        read.fields.retain(|field| !matches!(field, Field::Aqi(_)));
    }
    if ranges > 1 || ranges == 1 && (stated.levels.is_none() || check::may_be_concentration(&stated)) {
        read.doubts.push(msg!("bulletin.table_header"));
    }
    read
}

/// Rows below dates: each column is a day.
fn by_column(head: &[&str], dates: &BTreeMap<usize, Heading<'_>>, body: &[Vec<&str>], anchor: Anchor) -> Vec<Read> {
    // What is said beside the days is said of which of them?
    let mut beside = head.iter().enumerate().filter(|(at, _)| !dates.contains_key(at)).map(|(_, cell)| *cell);
    let beside = beside.find_map(|cell| {
        let value = kind::states(cell) || field::index_cell(cell).is_some();
        if value { Some(msg!("bulletin.table_column", value = cell)) } else { narrowed(cell) }
    });
    let one = |(at, heading): (&usize, &Heading<'_>)| {
        let mut read = Cells::default();
        read.doubts.extend(beside.clone());
        let mut words = vec![head.get(*at).copied().unwrap_or("").to_owned()];
        for row in body {
            let label = row.first().copied().unwrap_or("");
            let Some(cell) = row.get(*at).copied().filter(|_| row.len() == head.len()) else {
                if row.iter().any(|cell| field::has_marker(cell)) {
                    read.doubts.push(msg!("bulletin.table_cells", cells = row.len(), columns = head.len()));
                }
                continue;
            };
            words.push(format!("{label} {cell}"));
            match column(label) {
                Column::Other if field::has_marker(label) && !cell.is_empty() => {
                    read.doubts.push(msg!("bulletin.table_column", value = label));
                }
                column => read.take(column, cell),
            }
        }
        let words = words.join(" ");
        if read.fields.is_empty() && read.doubts.is_empty() {
            return Read::Named(Named::Title);
        }
        Read::Column(words, Box::new(statement::of_fields(heading, read.fields, read.doubts, anchor)))
    };
    dates.iter().map(one).collect()
}
