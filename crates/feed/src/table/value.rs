//! What a cell says of a value.
//!
//! In: a cell, its unit, and what is kept of values below a limit. Out: the value, nothing, or that it can't be read.
//! Can't happen: a number made of a part of what stands there; a comma of thousands taken for a point.

use super::map::Below;
use super::unit::Unit;
use cuofeng_aqi::{Milli, round_half_even};
use cuofeng_grid::half_width;

/// Longest flag in brackets behind a number, in characters: `80(H)`.
const FLAG: usize = 6;

/// The figure of a cell as given and in the variable's own unit, both in thousandths; `Ok(None)` for a direction without
/// wind.
///
/// # Errors
/// It is none.
pub(super) fn read(cell: &str, unit: Unit, below: Below) -> Result<Option<(Milli, Milli)>, ()> {
    if let Ok(value) = unit.read(cell) {
        return Ok(value);
    }
    let text = half_width(cell);
    let text = without_flag(&text);
    if let Some(limit) = text.strip_prefix('<') {
        let (given, limit) = unit.read(limit.trim_start_matches('=').trim())?.ok_or(())?;
        return match below {
            Below::Refuse => Err(()),
            Below::Half => Ok(Some((round_half_even(given, 2), round_half_even(limit, 2)))),
            Below::Limit => Ok(Some((given, limit))),
            Below::Zero => Ok(Some((0, 0))),
        };
    }
    match without_thousands(text) {
        Some(plain) => unit.read(&plain),
        None => unit.read(text),
    }
}

/// A number without the flag of its instrument: `80(H)`, `80*`. Brackets with digits in them are no flag.
fn without_flag(text: &str) -> &str {
    let plain = text.trim_end_matches(['*', '#']).trim_end();
    let Some((number, flag)) = plain.strip_suffix(')').and_then(|inner| inner.rsplit_once('(')) else { return plain };
    let is_flag = flag.chars().count() <= FLAG && !flag.chars().any(|c| c.is_ascii_digit());
    if is_flag && !number.trim().is_empty() { number.trim_end() } else { plain }
}

/// `1,020` without its comma, where commas stand before every three digits and nowhere else.
fn without_thousands(text: &str) -> Option<String> {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut groups = whole.split(',');
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let digits = |group: &str, count: std::ops::RangeInclusive<usize>| {
        count.contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit())
    };
    let fits = whole.contains(',') && digits(first, 1..=3) && groups.all(|group| digits(group, 3..=3));
    let whole = whole.replace(',', "");
    fits.then(|| part.map_or_else(|| whole.clone(), |part| format!("{whole}.{part}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_however_it_is_dressed_and_nothing_else_does() {
        for (cell, milli) in [
            ("80", 80_000),
            ("８０", 80_000),
            (" 70 ", 70_000),
            ("80(H)", 80_000),
            ("80（H）", 80_000),
            ("80*", 80_000),
            ("1,020", 1_020_000),
            ("1，020.5", 1_020_500),
            ("2.0E+01", 20_000),
            ("-2.77e-17", 0),
            ("1e3", 1_000_000),
            ("−3", -3_000),
        ] {
            assert_eq!(read(cell, Unit::OWN, Below::Refuse), Ok(Some((milli, milli))), "{cell}");
        }
        for cell in
            ["NaN", "inf", "1,5", "10,20", "80(1)", "(H)", "8O", "80 H", "<2", "1e30", "80-90", "1.2.3", "1,0200"]
        {
            assert_eq!(read(cell, Unit::OWN, Below::Refuse), Err(()), "{cell}");
        }
    }

    #[test]
    fn what_is_below_a_limit_is_what_the_map_says() {
        for (below, milli) in [(Below::Half, 1_500), (Below::Limit, 3_000), (Below::Zero, 0)] {
            assert_eq!(read("＜3", Unit::OWN, below), Ok(Some((milli, milli))), "{below:?}");
        }
    }
}
