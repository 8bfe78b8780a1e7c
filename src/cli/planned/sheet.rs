//! A plan as a table for spreadsheets: a line for every process and told day.
//!
//! In: a plan and the site's words. Out: CSV as Excel and WPS read it, or a workbook. Can't happen: a cell that a
//! spreadsheet takes for a formula.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use cuofeng_aqi::milli_words;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::day_words;
use cuofeng_grid::write::{self, Cell};
use cuofeng_notice::hours::{self, kilograms};
use cuofeng_office::site::Site;
use cuofeng_plan::horizon::{Runs, holds};
use cuofeng_plan::{Plan, Row, Way};

/// What the columns are called.
fn head(lang: Lang) -> [String; 14] {
    [
        msg!("sheet.enterprise_id"),
        msg!("sheet.enterprise"),
        msg!("sheet.process_id"),
        msg!("sheet.process"),
        msg!("sheet.asked"),
        msg!("sheet.day"),
        msg!("sheet.stop"),
        msg!("sheet.on"),
        msg!("sheet.usual"),
        msg!("sheet.kilograms_usual"),
        msg!("sheet.kilograms"),
        msg!("sheet.yuan_usual"),
        msg!("sheet.yuan"),
        msg!("sheet.figures"),
    ]
    .map(|message| message.text(lang))
}

/// A line for every process and day on which something is asked of it.
fn lines(plan: &Plan, site: &Site, lang: Lang) -> Vec<Vec<Cell>> {
    let per_day = plan.horizon.per_day();
    let mut out = Vec::new();
    for row in &plan.rows {
        let place = plan.rows_of(&row.enterprise).position(|other| other.process == row.process);
        let said = hours::lines(plan, &row.enterprise, &site.weights, &site.config.zone, lang);
        let asked = place.and_then(|at| said.into_iter().nth(at)).map(|line| line.text).unwrap_or_default();
        for day in 0..plan.horizon.days() {
            let touched = |runs: &Runs| (day * per_day..(day + 1) * per_day).any(|slot| holds(runs, slot));
            if touched(&row.stop) || touched(&row.less) {
                out.push(line(plan, site, row, (day, &asked), lang));
            }
        }
    }
    out
}

fn line(plan: &Plan, site: &Site, row: &Row, (day, asked): (usize, &str), lang: Lang) -> Vec<Cell> {
    let per_day = plan.horizon.per_day();
    let slots = || day * per_day..(day + 1) * per_day;
    let times = |runs: &Runs| Cell::Text(times(plan, runs, day));
    let text = |text: &str| Cell::Text(text.to_owned());
    let grams = |way| plan.own_weights().map_or(0, |weights| row.grams_in(way, weights, &plan.horizon, slots()));
    let yuan = |way| Cell::Number(milli_words(row.cost(way, plan, slots())));
    let figures = if row.confirmed { msg!("sheet.confirmed") } else { msg!("sheet.default") };
    vec![
        text(&row.enterprise),
        text(&row.enterprise_name),
        text(&row.process),
        text(&row.name),
        text(asked),
        Cell::Text(day_words(plan.horizon.date(day, &site.config.zone), lang)),
        times(&row.stop),
        times(&row.on),
        times(&row.usual),
        Cell::Number(kilograms(grams(Way::Usual))),
        Cell::Number(kilograms(grams(Way::Planned))),
        yuan(Way::Usual),
        yuan(Way::Planned),
        Cell::Text(figures.text(lang)),
    ]
}

/// The runs of a day in clock time: `10:00-17:00;18:00-22:00`.
fn times(plan: &Plan, runs: &Runs, day: usize) -> String {
    let stretches = plan.horizon.clocks(runs, day);
    stretches.iter().map(|(from, to)| format!("{from}-{to}")).collect::<Vec<_>>().join(";")
}

/// The plan as CSV.
pub(super) fn csv(plan: &Plan, site: &Site, lang: Lang) -> Result<Vec<u8>, csv::Error> {
    write::csv(&head(lang), lines(plan, site, lang))
}

/// Writes the plan as a workbook: the plan, the load hour by hour, its worth under every set of weights.
pub(super) fn xlsx(path: &Path, plan: &Plan, site: &Site, lang: Lang) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    let widths = [10.0, 22.0, 10.0, 18.0, 48.0, 14.0, 20.0, 24.0, 20.0, 14.0, 14.0, 14.0, 14.0, 12.0];
    let sheet = book.add_worksheet().set_name(msg!("sheet.plan").text(lang))?;
    fill(sheet, &head(lang), &lines(plan, site, lang), &widths)?;
    let sheet = book.add_worksheet().set_name(msg!("sheet.load").text(lang))?;
    let titles = [
        msg!("sheet.hour"),
        msg!("sheet.ozone"),
        msg!("sheet.voc_usual"),
        msg!("sheet.voc_practice"),
        msg!("sheet.voc"),
    ];
    let loads = [Way::Usual, Way::Practice, Way::Planned].map(|way| plan.load(way));
    let hour = |slot: usize| {
        let ozone = plan.ozone.get(plan.horizon.hour_of(slot)).copied().flatten();
        let mut cells = vec![
            Cell::Text(site.config.zone.words(plan.horizon.start_of(slot), lang)),
            ozone.map_or_else(|| Cell::Text(String::new()), |value| Cell::Number(milli_words(value.into()))),
        ];
        cells.extend(loads.iter().map(|load| Cell::Number(milli_words(load.get(slot).copied().unwrap_or(0)))));
        cells
    };
    let hours: Vec<Vec<Cell>> = (0..plan.horizon.slots()).map(hour).collect();
    fill(sheet, &titles.map(|title| title.text(lang)), &hours, &[20.0, 16.0, 16.0, 16.0, 16.0])?;
    let sheet = book.add_worksheet().set_name(msg!("sheet.worth").text(lang))?;
    let titles = [msg!("sheet.set"), msg!("sheet.usual_kg"), msg!("sheet.practice_kg"), msg!("sheet.planned_kg")];
    let worth = plan.worth().into_iter().map(|worth| {
        let name = site.weights.set(&worth.set).map_or(worth.set.as_str(), |set| set.words(lang)).to_owned();
        let figures = [worth.usual, worth.practice, worth.planned].map(|grams| Cell::Number(kilograms(grams)));
        [Cell::Text(name)].into_iter().chain(figures).collect()
    });
    fill(sheet, &titles.map(|title| title.text(lang)), &worth.collect::<Vec<_>>(), &[16.0, 18.0, 18.0, 18.0])?;
    book.save(path)
}

/// A sheet that can be printed: the head on every page, all columns on one.
fn fill(sheet: &mut Worksheet, head: &[String], lines: &[Vec<Cell>], widths: &[f64]) -> Result<(), XlsxError> {
    let (bold, wrapped) = (Format::new().set_bold(), Format::new().set_text_wrap());
    for ((column, title), width) in (0u16..).zip(head).zip(widths) {
        sheet.write_with_format(0, column, title, &bold)?;
        sheet.set_column_width(column, *width)?;
    }
    for (row, line) in (1u32..).zip(lines) {
        for (column, cell) in (0u16..).zip(line) {
            match cell {
                Cell::Text(text) => sheet.write_string_with_format(row, column, text, &wrapped)?,
                Cell::Number(number) => match number.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number)?,
                    Err(_) => sheet.write_string(row, column, number)?,
                },
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}
