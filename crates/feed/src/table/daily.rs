//! Tables with a row for each day: index, level, primary pollutant.
//!
//! In: rows of a table of days. Out: runs of outlooks. A row is read and doubted as the line of a bulletin is that says
//! the same. Can't happen: one of two different statements of a day chosen; an index whose level is another one's.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::layout::{CellProblem, Days, Layout};
use super::{Asked, Key, Read, SetAside, Table, WHOLE_ROW, Wanted};
use crate::bulletin::{self, IssuedAt, Known};
use cuofeng_air::forecast::{Outlook, Run};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_grid::{Grid, Row, half_width, heading};

/// Levels by the end of their index, as bulletins call them.
const LEVELS: [(u32, &str); 6] =
    [(50, "优"), (100, "良"), (150, "轻度污染"), (200, "中度污染"), (300, "重度污染"), (500, "严重污染")];

/// What the rows of a day say.
enum Stated {
    Once(Outlook),
    /// Different things.
    Apart,
}

/// Reads a table of days.
pub(super) fn read(table: &Table<'_>, grid: &Grid, layout: &Layout, days: &Days, ask: &Asked<'_>) -> Read {
    let mut read = Read::default();
    let mut runs: BTreeMap<Key, BTreeMap<NaiveDate, Stated>> = BTreeMap::new();
    let mut asides: BTreeMap<Place, SetAside> = BTreeMap::new();
    for (at, row) in grid.rows().enumerate() {
        let found = match day_of(table, grid, layout, days, row, ask) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(found) => {
                let region = layout.region(row, table.regions).ok().flatten().map(str::to_owned);
                let issued = layout.issued(row, ask.zone).ok().flatten();
                asides.entry((region, issued)).or_default().note(table.wrong(grid, at, found));
                continue;
            }
        };
        let (key, outlook) = found;
        if key.1.is_some_and(|issued| issued > ask.now) {
            read.ahead = true;
            continue;
        }
        let place = (Some(key.0.clone()), key.1);
        let stated = runs.entry(key).or_default();
        match stated.get(&outlook.day) {
            None => {
                stated.insert(outlook.day, Stated::Once(outlook));
            }
            Some(Stated::Once(first)) if *first == outlook => {}
            Some(_) => {
                stated.insert(outlook.day, Stated::Apart);
                let found = (layout.time_column(), msg!("feed.day_twice"), msg!("feed.hour_twice_advice"));
                asides.entry(place).or_default().note(table.wrong(grid, at, found));
            }
        }
    }
    for ((region, issued), stated) in runs {
        let Some(issued_at) = issued else { continue };
        let once = |stated| if let Stated::Once(outlook) = stated { Some(outlook) } else { None };
        let days: Vec<Outlook> = stated.into_values().filter_map(once).collect();
        if days.is_empty() {
            continue;
        }
        // In order of issue: of one region a newer run takes the place of the one before.
        if ask.wanted == Wanted::Newest {
            read.runs.retain(|run| run.region != region);
        }
        let feed = table.feed.to_owned();
        read.runs.push(Run { feed, region, issued_at, columns: BTreeMap::new(), days, archive: false });
    }
    let told = asides.into_iter().filter(|(place, _)| ask.wanted != Wanted::Newest || counts(place, &read.runs));
    for aside in told.map(|(_, aside)| aside).collect::<Vec<_>>() {
        read.aside.extend(aside);
    }
    read
}

/// Region and issue time of a row that can't be used, as far as they can be read.
type Place = (Option<String>, Option<DateTime<Utc>>);

/// Whether what is wrong in a row is anybody's trouble: not where a newer run took the place of the row's own.
fn counts((region, issued): &Place, runs: &[Run]) -> bool {
    let Some(issued) = issued else { return true };
    let of_region = |run: &&Run| region.as_ref().is_none_or(|region| *region == run.region);
    runs.iter().filter(of_region).map(|run| run.issued_at).min().is_none_or(|newest| *issued >= newest)
}

/// Of which run a row is, and what it says; nothing where it is not ours or speaks of the past.
fn day_of(
    table: &Table<'_>,
    grid: &Grid,
    layout: &Layout,
    days: &Days,
    row: Row<'_>,
    ask: &Asked<'_>,
) -> Result<Option<(Key, Outlook)>, CellProblem> {
    if row.len() != grid.header.len() {
        let what = msg!("feed.cut_off", got = row.len(), want = grid.header.len());
        return Err((WHOLE_ROW, what, msg!("feed.cut_off_advice")));
    }
    let Some(region) = layout.region(row, table.regions)? else { return Ok(None) };
    let Some(issued) = layout.issued(row, ask.zone)? else { return Ok(None) };
    if let Wanted::Days(from, to) = ask.wanted
        && !(from..=to).contains(&ask.zone.day(issued))
    {
        return Ok(None);
    }
    let day = layout.day(row, ask.zone.day(issued))?;
    let line = line(grid, layout, days, row, day)?;
    let doubt = |why: Message| {
        let measured = why.key() == "bulletin.measured_today";
        let advice = if measured { msg!("feed.day_today_advice") } else { msg!("feed.day_advice") };
        (layout.time_column(), why, advice)
    };
    let Some(outlook) = outlook(&line, day, issued, ask).map_err(doubt)? else {
        return Ok(None);
    };
    let outlook = if days.level.is_none() { Outlook { levels: None, ..outlook } } else { outlook };
    Ok(Some(((region.to_owned(), Some(issued)), outlook)))
}

/// What the reader of bulletins makes of a line.
fn outlook(line: &str, day: NaiveDate, issued: DateTime<Utc>, ask: &Asked<'_>) -> Result<Option<Outlook>, Message> {
    let today = ask.zone.day(issued);
    let minutes = (issued - ask.zone.first_hour(today).start()).num_minutes().clamp(0, 24 * 60 - 1);
    let minutes = u32::try_from(minutes).unwrap_or(0);
    let given = IssuedAt { day: today, hour: minutes / 60, minute: minutes % 60 };
    let known = Known { received: ask.zone.day(ask.now), given: Some(given), hour: None };
    let read = bulletin::read_as(line, known);
    match read.aside.into_iter().next() {
        Some(unclear) => Err(unclear.why),
        None => Ok(read.days.into_iter().find(|outlook| outlook.day == day)),
    }
}

/// What stands before a value in a bulletin where its column says that it is a forecast.
fn foretold(grid: &Grid, column: usize) -> &'static str {
    const WORDS: [&str; 6] = ["预计", "预测", "预报", "forecast", "predicted", "expected"];
    let head = heading(grid.header.get(column).unwrap_or("")).to_lowercase();
    if WORDS.iter().any(|word| head.contains(word)) { "预计" } else { "" }
}

/// A row as a bulletin would say it.
fn line(grid: &Grid, layout: &Layout, days: &Days, row: Row<'_>, day: NaiveDate) -> Result<String, CellProblem> {
    let cell = |column: Option<usize>| {
        let text = half_width(row.get(column?).unwrap_or(""));
        let is_dash = text.chars().all(|c| matches!(c, '-' | '—' | '/' | '－'));
        (!text.is_empty() && !is_dash && !layout.is_missing(&text)).then_some((column?, text))
    };
    let index = match (days.ends, cell(days.aqi)) {
        (Some((low, high)), _) => match (cell(Some(low)), cell(Some(high))) {
            (Some((at, low)), Some((_, high))) => Some((at, format!("{low}-{high}"))),
            (None, None) => None,
            _ => return Err((low, msg!("feed.index"), msg!("feed.index_advice"))),
        },
        (None, one) => one,
    };
    let level = cell(days.level);
    let mut clauses = vec![day.format("%Y年%-m月%-d日").to_string()];
    if let Some((at, text)) = &index {
        let (low, high) = ends(text).ok_or_else(|| (*at, msg!("feed.index"), msg!("feed.index_advice")))?;
        let said = foretold(grid, *at);
        clauses.push(if low == high { format!("{said}AQI:{low}") } else { format!("{said}AQI:{low}-{high}") });
        // One number is taken only where a level agrees with it.
        if low == high && level.is_none() {
            let word = LEVELS.iter().find(|(end, _)| low <= *end).map_or("", |(_, word)| *word);
            clauses.push(format!("空气质量为{word}"));
        }
    }
    if let Some((at, text)) = &level {
        let said = foretold(grid, *at);
        let short = ["轻度", "中度", "重度", "严重"].iter().any(|end| text.ends_with(end));
        clauses.push(format!("{said}空气质量为{text}{}", if short { "污染" } else { "" }));
    }
    if let Some((_, text)) = cell(days.primary) {
        clauses.push(format!("首要污染物为{}", text.replace([',', ';', ' '], "、")));
    }
    if index.is_none() && level.is_none() {
        let column = days.aqi.or(days.level).unwrap_or(WHOLE_ROW);
        return Err((column, msg!("bulletin.little"), msg!("feed.index_advice")));
    }
    Ok(clauses.join(","))
}

/// Both ends of an index: `105-135`, `105～135`, `105至135`, `120`.
fn ends(text: &str) -> Option<(u32, u32)> {
    let number = |part: &str| part.trim().parse().ok().filter(|index| *index <= 500);
    let (low, high) = match text.split_once(['-', '~', '—', '–', '至', '到']) {
        Some((low, high)) => (number(low)?, number(high.trim_start_matches(['-', '~', '—']))?),
        None => (number(text)?, number(text)?),
    };
    (low <= high).then_some((low, high))
}
