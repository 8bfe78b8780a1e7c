//! People's names, mobiles and mail addresses.
//!
//! In: cells. Out: checked values that show themselves masked. Can't happen: a full number or address in a log;
//! a number completed from what a spreadsheet left of it.

use std::fmt;

use super::table::Row;
use crate::msg;
use crate::problem::Problem;
use crate::text::Message;

/// A mobile number of mainland China: 11 digits beginning with 13 to 19, or one of the placeholders
/// 10000000000–10000009999, which no operator assigns.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mobile(String);

impl Mobile {
    /// Reads a cell.
    ///
    /// # Errors
    /// What is wrong and what to do; nothing is guessed.
    pub fn parse(cell: &str) -> Result<Self, (Message, Message)> {
        // Direction marks come along when a number is copied from a telephone's contacts.
        let mark = |c: char| matches!(c, ' ' | '-' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}');
        let digits: String = cell.chars().filter(|c| !mark(*c)).collect();
        let digits = digits.strip_prefix("+86").unwrap_or(&digits);
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
            return Err((what, msg!("roster.text_format_advice")));
        }
        let second = digits.as_bytes()[1];
        let mobile = Self(digits.to_owned());
        if digits.starts_with('1') && (second >= b'3' || mobile.is_placeholder()) {
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
            && cell.split_once('@').is_some_and(|(_, host)| host.contains('.'))
            && cell.parse::<lettre::Address>().is_ok();
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

/// Reads a person from three columns (an empty column name means that the table has none).
pub fn contact(row: &Row<'_>, [name, mobile, email]: [&str; 3], problems: &mut Vec<Problem>) -> Contact {
    let cell = |column: &str| {
        let text = row.ascii(column);
        if text.is_empty() { None } else { Some(text) }
    };
    let (mobile_cell, email_cell) = (cell(mobile), cell(email));
    let mobile = mobile_cell.and_then(|text| {
        Mobile::parse(&text).map_err(|(what, advice)| problems.push(row.problem(mobile, what, advice))).ok()
    });
    let email = email_cell.and_then(|text| {
        Email::parse(&text).map_err(|(what, advice)| problems.push(row.problem(email, what, advice))).ok()
    });
    Contact { name: row.get(name).to_owned(), mobile, email }
}
