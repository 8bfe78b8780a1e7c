//! Pictures in a terminal, of braille and plain characters: these take one column everywhere, while blocks and boxes
//! take two in a Chinese terminal.
//!
//! In: values and labels. Out: lines of at most [`COLUMNS`] columns. Can't happen: a column that shows a lower value
//! than the highest it stands for.

use super::{Line, Stroke, axis, float, pad, width};

/// The widest picture.
pub(in crate::cli) const COLUMNS: usize = 100;

/// Columns for the numbers of the vertical axis, and rows of it.
const SCALE: usize = 8;
const ROWS: usize = 12;

/// From nothing to a full cell, by quarters.
const FILL: [char; 5] = [' ', '⣀', '⣤', '⣶', '⣿'];

/// A bar for each row: name, value, and the value as written.
pub(in crate::cli) fn bars(rows: &[(String, f64, String)]) -> String {
    let names = rows.iter().map(|(name, ..)| width(name)).max().unwrap_or(0);
    let written = rows.iter().map(|(.., words)| width(words)).max().unwrap_or(0);
    let room = COLUMNS.saturating_sub(names + written + 2);
    let largest = rows.iter().map(|(_, value, _)| value.abs()).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let mut out = String::new();
    for (name, value, words) in rows {
        let halves = if largest > 0.0 { steps(value.abs() / largest, 2 * room) } else { 0 };
        let bar = format!("{}{}", "⣿".repeat(halves / 2), if halves % 2 == 1 { "⡇" } else { "" });
        out.push_str(format!("{} {bar} {words}", pad(name, names)).trim_end());
        out.push('\n');
    }
    out
}

/// Observed values as filled columns, forecasts as `o` or `+` (corrected), limits as `-`. Where there are more places
/// than columns, a column stands for several and shows the largest; the second value says how many.
pub(in crate::cli) fn columns(labels: &[String], lines: &[Line], limits: &[f64]) -> (String, usize) {
    let each = labels.len().div_ceil(COLUMNS - SCALE).max(1);
    let lines: Vec<(Stroke, Vec<Option<f64>>)> = lines.iter().map(|l| (l.stroke, largest(&l.values, each))).collect();
    let values = lines.iter().flat_map(|(_, values)| values.iter().flatten().copied());
    let (low, high, _) = axis(values.chain(limits.iter().copied()));
    let places = labels.len().div_ceil(each);
    // Quarters of a row above the axis' lowest value.
    let height = |value: f64| steps((value - low) / (high - low), 4 * ROWS);
    let row_of = |value: f64| height(value).saturating_sub(1) / 4;
    let mut out = String::new();
    for row in (0..ROWS).rev() {
        let mut cells = vec![' '; places];
        if limits.iter().any(|limit| row_of(*limit) == row) {
            cells.fill('-');
        }
        for (stroke, values) in &lines {
            for (cell, value) in cells.iter_mut().zip(values) {
                let Some(value) = *value else { continue };
                match stroke {
                    Stroke::Observed => {
                        let quarters = height(value).saturating_sub(4 * row).min(4);
                        *cell = FILL.get(quarters).copied().filter(|c| *c != ' ').unwrap_or(*cell);
                    }
                    Stroke::Forecast if row_of(value) == row => *cell = 'o',
                    Stroke::Corrected if row_of(value) == row => *cell = '+',
                    _ => {}
                }
            }
        }
        let edge = if row % 4 == 3 {
            format!("{:.1}", low + (high - low) * float(row + 1) / float(ROWS))
        } else {
            String::new()
        };
        let cells: String = cells.into_iter().collect();
        out.push_str(format!("{edge:>w$} {cells}", w = SCALE - 1).trim_end());
        out.push('\n');
    }
    out.push_str(&under(labels, each, places));
    (out, each)
}

/// The first label, and as many later ones as have room.
fn under(labels: &[String], each: usize, places: usize) -> String {
    let mut line = " ".repeat(SCALE);
    for (i, label) in labels.iter().step_by(each).enumerate() {
        let used = width(&line);
        let free = i == 0 || used + 2 <= SCALE + i;
        if free && SCALE + i + width(label) <= SCALE + places.max(width(label)) {
            line = pad(&line, SCALE + i);
            line.push_str(label);
        }
    }
    format!("{}\n", line.trim_end())
}

/// The largest value of every `each`; nothing where all are missing.
fn largest(values: &[Option<f64>], each: usize) -> Vec<Option<f64>> {
    let most = |chunk: &[Option<f64>]| chunk.iter().flatten().copied().filter(|v| v.is_finite()).reduce(f64::max);
    values.chunks(each).map(most).collect()
}

/// How many of `all` steps a share from 0 to 1 fills, to the nearest; at least one where it is anything.
fn steps(share: f64, all: usize) -> usize {
    let filled = share.clamp(0.0, 1.0) * float(all);
    let count = (0..=all).take_while(|n| float(*n) <= filled + 0.5).count().saturating_sub(1);
    if share > 0.0 { count.max(1).min(all) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stroke: Stroke, values: Vec<Option<f64>>) -> Line {
        Line { name: String::new(), values, stroke }
    }

    fn labels(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("07-{i:02}")).collect()
    }

    #[test]
    fn bars_are_in_proportion_and_fit() {
        let rows = [("臭氧 0-23".to_owned(), 10.0, "10.0".to_owned()), ("b".to_owned(), -5.0, "-5.0".to_owned())];
        let picture = bars(&rows);
        let count = |line: &str| line.chars().filter(|c| *c == '⣿').count();
        let counts: Vec<usize> = picture.lines().map(count).collect();
        assert_eq!(counts, [COLUMNS - 9 - 4 - 2, (COLUMNS - 15) / 2]);
        assert!(picture.lines().all(|l| width(l) <= COLUMNS));
        assert_eq!(bars(&[("a".into(), 0.0, "0".into())]), "a  0\n");
    }

    #[test]
    fn a_hundred_days_fit_and_the_largest_stays_to_be_seen() {
        let mut values = vec![Some(50.0); 300];
        values[150] = Some(200.0);
        values[299] = None;
        let forecast = line(Stroke::Forecast, vec![Some(100.0); 300]);
        let (picture, each) = columns(&labels(300), &[line(Stroke::Observed, values), forecast], &[160.0]);
        assert_eq!(each, 4);
        assert!(picture.lines().all(|l| width(l) <= COLUMNS), "{picture}");
        assert_eq!(picture.lines().count(), ROWS + 1);
        assert_eq!(picture.lines().next().map(|l| l.chars().filter(|c| *c == '⣿').count()), Some(1));
        assert_eq!(picture.chars().filter(|c| *c == 'o').count(), 75);
        assert!(picture.contains("07-00") && picture.contains("200.0") && picture.contains("---"));
    }

    #[test]
    fn nothing_draws_nothing() {
        let (picture, each) = columns(&[], &[line(Stroke::Observed, vec![])], &[]);
        assert_eq!((picture.lines().count(), each), (ROWS + 1, 1));
        assert_eq!(bars(&[]), "");
    }

    #[test]
    fn steps_are_to_the_nearest_and_never_none_for_something() {
        assert_eq!([steps(0.0, 8), steps(0.001, 8), steps(0.5, 8), steps(1.0, 8)], [0, 1, 4, 8]);
        assert_eq!([steps(f64::NAN, 8), steps(2.0, 8), steps(-1.0, 8)], [0, 8, 0]);
    }
}
