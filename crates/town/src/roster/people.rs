//! People's names, mobiles and mail addresses.
//!
//! In: cells. Out: checked values that show themselves masked. Can't happen: a full number or address in a log;
//! a number completed from what a spreadsheet left of it.

use std::fmt;

use super::table::Row;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Message, outside};
use cuofeng_grid::half_width;
use email_address::EmailAddress;

/// Who acts where no person does.
pub const PROGRAM: &str = "cuofeng";

/// Whether a name is the program's own: nobody on the staff may bear it or sign with it.
#[must_use]
pub fn is_programs(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case(PROGRAM)
}

/// A mobile number of mainland China: 11 digits beginning with 13 to 19, or one of the placeholders
/// 10000000000–10000009999, which no operator assigns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile(String);

impl Mobile {
    /// Reads a cell. What people put round a number is left out: blanks, hyphens, what can't be seen, the mark of a text,
    /// the country's code.
    ///
    /// # Errors
    /// What is wrong and what to do; nothing is guessed.
    pub fn parse(cell: &str) -> Result<Self, (Message, Message)> {
        // Direction marks come along when a number is copied from a telephone's contacts.
        let cell = half_width(&outside::seen(cell));
        // Excel's mark of a text.
        let cell = cell.strip_prefix(['\'', '’', '‘', '`']).unwrap_or(&cell);
        if cell.contains(['*', '×', '•']) {
            return Err((msg!("roster.mobile_masked"), msg!("roster.mobile_advice")));
        }
        if several(cell) {
            return Err((msg!("roster.mobile_several"), msg!("roster.mobile_several_advice")));
        }
        let digits = national(cell);
        let scientific = cell.contains(['e', 'E']) && cell.contains(|c: char| c.is_ascii_digit());
        if scientific || digits.ends_with(".0") {
            return Err((msg!("roster.mobile_scientific"), msg!("roster.text_format_advice")));
        }
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err((msg!("roster.mobile_form"), msg!("roster.mobile_advice")));
        }
        if digits.starts_with('0') {
            return Err((msg!("roster.mobile_landline"), msg!("roster.mobile_advice")));
        }
        if digits.len() != 11 {
            let what = msg!("roster.mobile_length", count = digits.len());
            return Err((what, msg!("roster.mobile_length_advice")));
        }
        let second = digits.as_bytes()[1];
        let mobile = Self(digits);
        if mobile.0.starts_with('1') && (second >= b'3' || mobile.is_placeholder()) {
            Ok(mobile)
        } else {
            Err((msg!("roster.mobile_form"), msg!("roster.mobile_advice")))
        }
    }

    /// The full number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.0
    }

    /// Whether it is a placeholder that no operator assigns.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        self.0.starts_with("1000000")
    }
}

/// Whether a cell holds more than one number: parted by a mark, or one behind the other.
fn several(cell: &str) -> bool {
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
    let parted =
        cell.split(['/', '、', ';', ',', '，', '；', '|', '或', '和']).filter(|part| digits(part) >= 7).count() > 1;
    let joined = cell.chars().all(|c| c.is_ascii_digit() || parts_digits(c)) && digits(cell) == 22;
    parted || joined
}

/// What people write between the digits of a number.
const fn parts_digits(c: char) -> bool {
    matches!(c, ' ' | '\t' | '-' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe63}')
}

/// A number without what stands between its digits and without the country's code.
fn national(cell: &str) -> String {
    let mut digits: String = cell.chars().filter(|c| !parts_digits(*c)).collect();
    let code = ["+86", "(+86)", "(86)", "0086", "86"].into_iter().find(|code| {
        let rest = digits.strip_prefix(*code);
        // Without a sign it is a code only where a whole number follows.
        rest.is_some_and(|rest| code.contains('+') || (rest.len() == 11 && rest.starts_with('1')))
    });
    digits.drain(..code.map_or(0, str::len));
    // `138.0000.0000`
    let points: Vec<usize> = digits.split('.').map(str::len).collect();
    if points == [3, 4, 4] { digits.replace('.', "") } else { digits }
}

impl fmt::Display for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A mail address in ASCII.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Reads a cell.
    ///
    /// # Errors
    /// What is wrong and what to do.
    pub fn parse(cell: &str) -> Result<Self, (Message, Message)> {
        let plausible = cell.is_ascii()
            && cell.len() <= 254
            && cell.rsplit_once('@').is_some_and(|(user, host)| {
                EmailAddress::is_valid_local_part(user) && EmailAddress::is_valid_domain(host) && host.contains('.')
            });
        if plausible {
            Ok(Self(cell.to_owned()))
        } else {
            Err((msg!("roster.email_form"), msg!("roster.email_advice")))
        }
    }

    /// The full address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A mobile or mail address with its middle hidden, as logs and pages show it: `139****0000`, `e***@example.com`.
/// Anything else (a loudspeaker's address) is no personal data and stays.
#[must_use]
pub fn mask(address: &str) -> String {
    if let Some((user, host)) = address.split_once('@') {
        let first: String = user.chars().take(1).collect();
        return format!("{first}***@{host}");
    }
    let digits = address.len() >= 7 && address.bytes().all(|b| b.is_ascii_digit());
    match (address.get(..3), address.get(address.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if digits => format!("{head}****{tail}"),
        _ => address.to_owned(),
    }
}

/// Words of a far side with every address and number in them masked.
#[must_use]
pub fn mask_all(words: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+');
    let mut out = String::with_capacity(words.len());
    let mut word = String::new();
    for c in words.chars().chain([' ']) {
        if plain(c) {
            word.push(c);
            continue;
        }
        out.push_str(&mask(&word));
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

/// A person and how to reach them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// Name; may be empty where only a number is known.
    pub name: String,
    /// Mobile number.
    pub mobile: Option<Mobile>,
    /// Mail address.
    pub email: Option<Email>,
}

/// Whether a cell holds a landline's number: with an area code, or seven or eight digits of a place.
fn is_landline(cell: &str) -> bool {
    let digits = national(cell).replace(['(', ')'], "");
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    plain && (digits.starts_with('0') && (10..=12).contains(&digits.len()) || matches!(digits.len(), 7 | 8))
}

/// Reads a person from three columns (an empty column name means that the table has none).
pub fn contact(row: &Row<'_>, [name, mobile, email]: [&str; 3], problems: &mut Vec<Problem>) -> Contact {
    let cell = |column: &str| {
        let text = row.ascii(column);
        if text.is_empty() { None } else { Some(text) }
    };
    let (mobile_cell, email_cell) = (cell(mobile), cell(email));
    let mobile = mobile_cell.and_then(|text| {
        let refused = |(what, advice): (Message, Message)| {
            // A landline under “联系电话” is what it says it is; it only gets no short messages.
            let fine = row.is_loose(mobile) && is_landline(&text);
            let problem = row.problem(mobile, what, advice);
            problems.push(if fine { problem.as_warning() } else { problem });
        };
        Mobile::parse(&text).map_err(refused).ok()
    });
    let email = email_cell.and_then(|text| {
        Email::parse(&text).map_err(|(what, advice)| problems.push(row.problem(email, what, advice))).ok()
    });
    Contact { name: row.get(name).to_owned(), mobile, email }
}
