//! A file cut into its tables, each read by itself, so that a mistake in one hides none in another.
//!
//! In: the text of a TOML file. Out: typed tables, and every key, type or missing word that does not fit, at its place.
//! Can't happen: a problem that hides one of another table; a key passed over in silence.

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use cuofeng_base::fault;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, of_toml};

/// Most tables of one name: rules of a file, levels of a rule. Nobody reads more.
const TABLES: usize = 300;

/// Most problems of one file that are told: who mends a hundred sees the next ones.
pub(crate) const PROBLEMS: usize = 100;

/// A table of the file and where it stands.
pub struct Part<'t> {
    table: DeTable<'t>,
    span: Range<usize>,
}

/// Cuts one file.
pub struct Outline<'a> {
    file: &'a str,
    text: Arc<str>,
    /// What did not fit so far.
    pub problems: Vec<Problem>,
}

impl<'a> Outline<'a> {
    /// Begins with a file.
    #[must_use]
    pub fn new(file: &'a str, source: &str) -> Self {
        Self { file, text: source.into(), problems: Vec::new() }
    }

    /// The whole file as a table; nothing where it is no TOML.
    pub fn root<'t>(&mut self, source: &'t str) -> Option<Part<'t>> {
        let (root, errors) = DeTable::parse_recoverable(source);
        // A bracket left open makes nonsense of every line behind it: it is told, where the nonsense begins.
        let left_open = errors.iter().find(|error| {
            let said = error.message();
            ["unclosed array,", "unclosed inline table,"].iter().any(|begin| said.starts_with(begin))
        });
        match (errors.first(), left_open) {
            (Some(first), Some(open)) if errors.len() > 1 => {
                let mut problem = of_toml(self.file, &self.text, first);
                if problem.what.key() != "fault.toml_slip" {
                    (problem.what, problem.advice) = fault::toml(open.message());
                }
                self.tell(problem);
            }
            _ => errors.iter().for_each(|error| self.report(error)),
        }
        let span = root.span();
        errors.is_empty().then(|| Part { table: root.into_inner(), span })
    }

    /// Takes the tables `[[name]]` out of a table.
    pub fn take<'t>(&mut self, part: &mut Part<'t>, name: &str) -> Vec<Part<'t>> {
        let Some(value) = part.table.get(name) else { return Vec::new() };
        // What is no list of tables is left in place, where its reader says so.
        let all_tables =
            value.get_ref().as_array().is_some_and(|list| list.iter().all(|item| item.get_ref().is_table()));
        if !all_tables {
            return Vec::new();
        }
        let Some(DeValue::Array(list)) = part.table.remove(name).map(Spanned::into_inner) else { return Vec::new() };
        let part = |item: Spanned<DeValue<'t>>| {
            let span = item.span();
            match item.into_inner() {
                DeValue::Table(table) => Some(Part { table, span }),
                _ => None,
            }
        };
        if let Some(first) = list.get(TABLES) {
            let what = msg!("rules.tables", name = name, limit = TABLES);
            self.tell(Problem::span(self.file, &self.text, first.span(), what, msg!("rules.tables_advice")));
        }
        list.into_iter().take(TABLES).filter_map(part).collect()
    }

    /// What a key that may be missing says, whatever the rest of the table is like.
    pub(crate) fn flag(part: &Part<'_>, name: &str) -> bool {
        part.table.get(name).is_some_and(|value| value.get_ref().as_bool() == Some(true))
    }

    /// Reads a table. Every key that does not fit is reported; nothing comes back where one that is needed is not there.
    pub fn read<T: DeserializeOwned>(&mut self, mut part: Part<'_>) -> Option<Spanned<T>> {
        let mut removed: Vec<String> = Vec::new();
        loop {
            if self.problems.len() >= PROBLEMS {
                return None;
            }
            let value = Spanned::new(part.span.clone(), DeValue::Table(part.table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(value)) {
                Ok(section) => return Some(Spanned::new(part.span, section)),
                Err(error) => error,
            };
            let missing = error.message().strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            if missing.is_some_and(|key| removed.iter().any(|r| r == key)) {
                return None;
            }
            self.report(&error);
            let culprit = culprit(&part.table, &error).filter(|_| missing.is_none())?;
            part.table.remove(culprit.as_str());
            removed.push(culprit);
        }
    }

    fn report(&mut self, error: &Error) {
        self.tell(of_toml(self.file, &self.text, error));
    }

    fn tell(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// The key that an error stands at or below.
fn culprit(table: &DeTable<'_>, error: &Error) -> Option<String> {
    let at = error.span()?;
    let holds = |range: Range<usize>| range.start <= at.start && at.end <= range.end;
    let (key, _) = table.iter().find(|(key, value)| holds(key.span()) || holds(value.span()))?;
    Some(key.get_ref().to_string())
}
