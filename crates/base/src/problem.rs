//! Something wrong in a file that a person can put right.
//!
//! In: where it stands, what is wrong, what to do. Out: a paragraph in either language, with the line and a caret
//! where the file is free text. Can't happen: a problem without a file and without advice.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

use crate::fault;
use crate::msg;
use crate::text::outside::{self, Odd};
use crate::text::{Lang, Message};

/// Whether a problem stops the file from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The file can't be used as it stands.
    Error,
    /// The file works, but probably not as meant.
    Warning,
}

/// Where in a file a problem stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A cell of a table: the row as a spreadsheet counts it and the column's header.
    Cell {
        /// The sheet, of a workbook.
        sheet: Option<String>,
        /// Row number; 0 for the whole sheet.
        row: usize,
        /// The column's header as the file writes it; empty for the whole row.
        column: String,
    },
    /// Bytes of a text.
    Span {
        /// The whole text.
        text: Arc<str>,
        /// Byte range inside it.
        range: Range<usize>,
    },
}

/// One finding of `check`, or one reason a file was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the file can be used all the same.
    pub severity: Severity,
    /// Path as the user knows it, relative to the site folder.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// The value found there, if one value is to blame.
    pub value: Option<String>,
    /// What is wrong.
    pub what: Message,
    /// What to do about it.
    pub advice: Message,
    /// What the cell's column is called in Chinese and in English, where it has names of its own.
    column: Option<[&'static str; 2]>,
}

impl Problem {
    /// An error about a whole file.
    #[must_use]
    pub fn file(file: impl Into<String>, what: Message, advice: Message) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into(),
            place: Place::File,
            value: None,
            what,
            advice,
            column: None,
        }
    }

    /// An error at bytes of a text.
    #[must_use]
    pub fn span(file: impl Into<String>, text: &Arc<str>, range: Range<usize>, what: Message, advice: Message) -> Self {
        // Some readers count to the middle of a character.
        let start = text.floor_char_boundary(range.start);
        let range = start..text.ceil_char_boundary(range.end.min(text.len())).max(start);
        Self {
            severity: Severity::Error,
            file: file.into(),
            value: None,
            place: Place::Span { text: Arc::clone(text), range },
            what,
            advice,
            column: None,
        }
    }

    /// An error in a table's cell.
    #[must_use]
    pub fn cell(
        file: &str,
        row: usize,
        column: &str,
        value: impl Into<String>,
        what: Message,
        advice: Message,
    ) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            place: Place::Cell { sheet: None, row, column: column.to_owned() },
            value: Some(value.into()),
            what,
            advice,
            column: None,
        }
    }

    /// The same finding where the cell's column is called so in Chinese and in English.
    #[must_use]
    pub const fn in_column(mut self, names: Option<[&'static str; 2]>) -> Self {
        self.column = names;
        self
    }

    /// What the cell's column is called: as the file has it, and in the language of the call where that is another one.
    fn column_words(&self, head: &str, lang: Lang) -> String {
        let Some([zh, en]) = self.column else { return head.to_owned() };
        let (own, other) = if lang == Lang::Zh { (zh, en) } else { (en, zh) };
        // A Chinese head says what it is to whoever reads Chinese, an English one likewise.
        let known = head.is_ascii() == other.is_ascii() && head.to_lowercase() != own.to_lowercase();
        match head {
            "" => own.to_owned(),
            head if known => msg!("problem.column", head = head, name = own).text(lang),
            head => head.to_owned(),
        }
    }

    /// The same finding in a sheet of a workbook; of the workbook as a whole, in the whole sheet.
    #[must_use]
    pub fn on_sheet(mut self, name: Option<&str>) -> Self {
        let Some(name) = name else { return self };
        match &mut self.place {
            Place::Cell { sheet, .. } => *sheet = Some(name.to_owned()),
            place @ Place::File => {
                *place = Place::Cell { sheet: Some(name.to_owned()), row: 0, column: String::new() };
            }
            Place::Span { .. } => {}
        }
        self
    }

    /// The file as messages name it, with the sheet.
    #[must_use]
    pub fn file_words(&self) -> Message {
        match &self.place {
            Place::Cell { sheet: Some(sheet), .. } => msg!("problem.sheet", file = &self.file, sheet = sheet),
            _ => msg!("problem.file", file = &self.file),
        }
    }

    /// The same finding as a warning.
    #[must_use]
    pub fn as_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// 1-based line and column (in characters) of a text place.
    #[must_use]
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let Place::Span { text, range } = &self.place else { return None };
        let before = text.get(..range.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Some((line, column))
    }

    /// The finding as a paragraph, without colour.
    #[must_use]
    pub fn render(&self, lang: Lang) -> String {
        let what = self.what.text(lang);
        let advice = msg!("problem.advice", advice = self.advice.clone()).text(lang);
        match &self.place {
            Place::Span { text, range } => {
                let (level, name) = match self.severity {
                    Severity::Error => (Level::ERROR, msg!("problem.error")),
                    Severity::Warning => (Level::WARNING, msg!("problem.warning")),
                };
                let name = name.text(lang);
                let snippet =
                    Snippet::source(&**text).path(&self.file).annotation(AnnotationKind::Primary.span(range.clone()));
                let report = [level.with_name(name).primary_title(what.clone()).element(snippet)];
                format!("{}\n  = {advice}", Renderer::plain().render(&report))
            }
            place => {
                let head = match self.severity {
                    Severity::Error => msg!("problem.error"),
                    Severity::Warning => msg!("problem.warning"),
                }
                .text(lang);
                let at = match place {
                    Place::Cell { row, column, .. } if *row > 0 && column.is_empty() && self.column.is_none() => {
                        msg!("problem.row", file = self.file_words(), row = *row)
                    }
                    Place::Cell { row, column, .. } if *row > 0 => {
                        let column = self.column_words(column, lang);
                        msg!("problem.cell", file = self.file_words(), row = *row, column = column)
                    }
                    _ => self.file_words(),
                }
                .text(lang);
                let value = match &self.value {
                    Some(value) if !value.is_empty() => {
                        format!("\n  {}", msg!("problem.value", value = value).text(lang))
                    }
                    _ => String::new(),
                };
                format!("{head}: {at}: {what}{value}\n  = {advice}")
            }
        }
    }

    /// The finding for `--json`.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        let (line, column) = match &self.place {
            Place::Cell { row: 0, .. } => (Value::Null, Value::Null),
            Place::Cell { row, column, .. } => (json!(row), json!(column)),
            _ => self.line_column().map_or((Value::Null, Value::Null), |(l, c)| (json!(l), json!(c))),
        };
        let sheet = if let Place::Cell { sheet, .. } = &self.place { sheet.as_deref() } else { None };
        json!({
            "severity": if self.severity == Severity::Error { "error" } else { "warning" },
            "code": self.what.key(), "file": self.file, "sheet": sheet, "line": line, "column": column, "value": self.value,
            "message": self.what.text(lang), "advice": self.advice.text(lang),
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En))
    }
}

impl std::error::Error for Problem {}

/// The known word nearest to a misspelt one, if one is near enough to be meant (at most a third of it differs).
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|k| (distance(word, k), k))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (diagonal + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

/// A TOML error as a problem at its place.
#[must_use]
pub fn of_toml(file: &str, text: &Arc<str>, error: &toml::de::Error) -> Problem {
    let range = error.span().unwrap_or(0..0);
    let words = error.message();
    if is_syntax(words)
        && let Some((at, found, meant)) = fault::slip(text, range.start)
    {
        let (what, advice) = match found {
            '　' => (msg!("fault.toml_slip_blank"), msg!("fault.toml_slip_blank_advice")),
            _ => (msg!("fault.toml_slip", found = found), msg!("fault.toml_slip_advice", meant = meant)),
        };
        return Problem::span(file, text, at, what, advice);
    }
    let quoted: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
    let (what, advice) = match quoted.split_first() {
        Some((key, known)) if words.starts_with("unknown field") => {
            let meant = nearest(key, known.iter().copied()).map_or_else(|| known.join("、"), str::to_owned);
            (msg!("config.unknown_key", key = *key), msg!("config.unknown_key_advice", known = meant))
        }
        Some((key, _)) if words.starts_with("missing field") => {
            (msg!("config.missing_key", key = *key), msg!("config.missing_key_advice"))
        }
        Some((value, known)) if words.starts_with("unknown variant") => {
            let meant = nearest(value, known.iter().copied()).map_or_else(|| known.join("、"), str::to_owned);
            (msg!("rules.choice", value = *value), msg!("rules.choice_advice", known = meant))
        }
        Some((key, _)) if words.starts_with("duplicate key") => {
            (msg!("config.twice", value = *key), msg!("config.twice_advice"))
        }
        _ if words.starts_with("duplicate key") => {
            let key = text.get(range.clone()).unwrap_or("");
            (msg!("config.twice", value = key), msg!("config.twice_advice"))
        }
        _ if words.contains("string, expected `\"`") || words.contains("string, expected `'`") => {
            (msg!("config.quote"), msg!("config.quote_advice"))
        }
        _ => match words.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected ")) {
            Some((_, wanted)) => (msg!("config.type"), type_advice(wanted)),
            None => fault::toml(words),
        },
    };
    Problem::span(file, text, range, what, advice)
}

/// Whether the TOML reader speaks of how the file is written, and not of a key or value that does not belong there.
fn is_syntax(words: &str) -> bool {
    let of_content = ["unknown field", "missing field", "unknown variant", "invalid type: ", "invalid value: "];
    !of_content.iter().any(|begin| words.starts_with(begin))
}

/// Keys of a TOML file whose text stands in a sentence, a head line or a table.
const NAMES: [&str; 7] = ["name", "phone", "label", "sign", "source", "title", "issuer"];

/// Every text of a TOML file that has a character which no words may have; of names, a line break too. A file that is no
/// TOML is its reader's to refuse.
#[must_use]
pub fn odd_texts(file: &str, source: &str) -> Vec<Problem> {
    let (root, _) = DeTable::parse_recoverable(source);
    let text: Arc<str> = source.into();
    let mut problems = Vec::new();
    let mut waiting: Vec<(&str, &DeValue<'_>, Range<usize>)> = Vec::new();
    let open = |table: &DeTable<'_>| -> Vec<Problem> {
        table.keys().filter_map(|key| odd_text(file, &text, "", key.get_ref(), key.span())).collect()
    };
    problems.extend(open(root.get_ref()));
    waiting.extend(root.get_ref().iter().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref(), value.span())));
    while let Some((key, value, span)) = waiting.pop() {
        match value {
            DeValue::String(words) => problems.extend(odd_text(file, &text, key, words, span)),
            DeValue::Array(list) => waiting.extend(list.iter().map(|item| (key, item.get_ref(), item.span()))),
            DeValue::Table(table) => {
                problems.extend(open(table));
                waiting.extend(table.iter().map(|(key, v)| (key.get_ref().as_ref(), v.get_ref(), v.span())));
            }
            _ => {}
        }
    }
    problems
}

fn odd_text(file: &str, text: &Arc<str>, key: &str, words: &str, span: Range<usize>) -> Option<Problem> {
    if let Some((_, c, odd)) = outside::odd(words) {
        return Some(Problem::span(file, text, span, odd.message(c), msg!("outside.advice")));
    }
    let broken = NAMES.contains(&key) && words.chars().any(|c| Odd::of(c).is_some());
    broken.then(|| Problem::span(file, text, span, msg!("outside.break_refused"), msg!("outside.advice")))
}

/// The first character of a text that can't be seen, as a warning: it is left out.
#[must_use]
pub fn unseen(file: &str, source: &str) -> Option<Problem> {
    let (at, c) = source.char_indices().find(|(_, c)| Odd::of(*c).is_some_and(Odd::is_unseen))?;
    let what = msg!("outside.unseen", code = format!("U+{:04X}", u32::from(c)));
    let advice = msg!("outside.unseen_advice");
    Some(Problem::span(file, &source.into(), at..at + c.len_utf8(), what, advice).as_warning())
}

/// The first character of a plain text that no words may have.
#[must_use]
pub fn odd_plain(file: &str, source: &str) -> Option<Problem> {
    let (at, c, odd) = outside::odd(source)?;
    Some(Problem::span(file, &source.into(), at..at + c.len_utf8(), odd.message(c), msg!("outside.advice")))
}

/// What to write where a value has the wrong type, by the words of serde.
fn type_advice(wanted: &str) -> Message {
    match wanted {
        "a string" => msg!("config.type_text"),
        "a boolean" => msg!("config.type_flag"),
        "a sequence" => msg!("config.type_list"),
        _ if ["u8", "u16", "u32", "u64", "usize", "i32", "i64"].contains(&wanted) => msg!("config.type_number"),
        _ => msg!("config.toml_advice"),
    }
}

/// Whether `text` may name a thing in keys, file names and the database: lower-case letters, digits and `-`.
#[must_use]
pub fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
}
