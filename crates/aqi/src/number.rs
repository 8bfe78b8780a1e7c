//! Exact numbers: thousandths in an integer, read from and written as plain decimals.
//!
//! In: decimal text, or a fraction. Out: whole thousandths. Can't happen: a float, an exponent, a `NaN`.

/// A concentration, or any other measured quantity, in thousandths of its unit.
pub type Milli = i64;

/// The largest quantity that is read, in thousandths.
pub(super) const LARGEST: Milli = 2_000_000_000;

/// `numerator / denominator` rounded to the nearest integer, ties to the even one (GB/T 8170).
/// `denominator` must be positive.
#[must_use]
pub const fn round_half_even(numerator: i64, denominator: i64) -> i64 {
    let floor = numerator.div_euclid(denominator);
    let twice = 2 * numerator.rem_euclid(denominator);
    if twice > denominator || (twice == denominator && floor % 2 != 0) { floor + 1 } else { floor }
}

/// `numerator / denominator` cut to an integer for a later rounding to fewer digits: where something is cut off and the
/// integer would end in 0 or 5, it is the next one away from zero. So a later rounding to the nearest comes out as if it
/// were made from the exact value, of which 61.4996 is 61 and not, by way of 61.5, 62. `denominator` must be positive.
#[must_use]
pub const fn round_05up(numerator: i64, denominator: i64) -> i64 {
    let cut = numerator / denominator;
    if numerator % denominator != 0 && cut % 5 == 0 { cut + numerator.signum() } else { cut }
}

/// Reads a decimal number into thousandths; further digits are cut so that a later rounding to fewer digits comes out as
/// of the number written ([`round_05up`]). `None` for anything that is not a plain finite decimal (`NaN`, `1e3`, `<3`)
/// or is beyond ±2,000,000.
#[must_use]
pub fn parse_milli(text: &str) -> Option<Milli> {
    read(text, round_05up)
}

/// Reads a decimal number into thousandths like [`parse_milli`], but cuts further digits off: for standards that
/// truncate, where 0.0785 ppm must stay below 0.079.
#[must_use]
pub fn parse_milli_cut(text: &str) -> Option<Milli> {
    read(text, i64::div_euclid)
}

/// `thousandths` makes whole thousandths of a fraction that is not negative.
fn read(text: &str, thousandths: fn(i64, i64) -> i64) -> Option<Milli> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, part) = match digits.bytes().position(|byte| byte == b'.') {
        Some(point) => (digits.get(..point)?, digits.get(point + 1..)?),
        None => (digits, ""),
    };
    if whole.is_empty() && part.is_empty() || whole.len() > 9 || part.len() > 60 {
        return None;
    }
    let mut scaled = count(whole.as_bytes())? * 1000;
    if !part.is_empty() {
        // Beyond the 17th digit it only counts whether anything is there at all: it decides a tie.
        let (kept, rest) = part.as_bytes().split_at(part.len().min(17));
        let more = rest.iter().any(|b| *b != b'0');
        if !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let (mut fraction, mut unit) = (count(kept)?, 10_i64.pow(u32::try_from(kept.len()).ok()?));
        if more {
            (fraction, unit) = (fraction * 10 + 1, unit * 10);
        }
        // whole part is even in thousandths, so rounding the fraction alone keeps ties to even.
        scaled += if unit <= 1000 { fraction * (1000 / unit) } else { thousandths(fraction, unit / 1000) };
    }
    (scaled <= LARGEST).then_some(if negative { -scaled } else { scaled })
}

/// What at most 17 digits stand for; nothing where one of them is no digit.
fn count(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// Thousandths as a decimal without trailing zeros.
#[must_use]
pub fn milli_words(value: Milli) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    let text = format!("{sign}{}.{:03}", value / 1000, value % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
