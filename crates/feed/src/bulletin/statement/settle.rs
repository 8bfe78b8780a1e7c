//! What a bulletin says as a whole.
//!
//! In: its statements one by one. Out: for each whether it is a forecast, something else, or waits. Can't happen: a
//! statement without a verdict; two days that contradict each other both taken; a doubtful statement dropped because the
//! days' own lines say less than it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::check::levels_of;
use super::{Echo, Over, Span, Statement};
use crate::bulletin::words::field::hull;
use crate::bulletin::words::polluted;
use crate::bulletin::{Named, Verdict};
use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// A piece of a bulletin that was read.
#[derive(Debug, Clone)]
pub(in crate::bulletin) enum Open {
    /// It states something of its days.
    Statement(Box<Statement>),
    /// It only announces what follows, if that says as much.
    Lead(Box<Statement>),
    /// It states something, of a day that is not known.
    Undated(Message),
    /// It states nothing that is to come.
    Named(Named),
}

/// The verdicts, in order, each with its text; and the days that are certain.
pub(in crate::bulletin) fn settle(pieces: &[(String, Open)]) -> (Vec<Verdict>, Vec<Outlook>) {
    let mut days: BTreeMap<NaiveDate, Day> = BTreeMap::new();
    for (_, open) in pieces {
        let Open::Statement(statement) = open else { continue };
        if is_certain(statement) {
            for day in &statement.days {
                days.entry(*day).or_default().take(statement.outlook(*day));
            }
        }
    }
    let mut certain: BTreeMap<NaiveDate, Outlook> = days
        .iter()
        .filter_map(|(day, said)| Some((*day, said.outlook.clone().filter(|_| !said.contradicts)?)))
        .collect();
    let contradicts = |statement: &Statement| statement.days.iter().find(|day| !certain.contains_key(day)).copied();
    // A statement of several days of which one is contradicted waits whole.
    let mut withdrawn: Vec<NaiveDate> = Vec::new();
    for (_, open) in pieces {
        if let Open::Statement(statement) = open
            && is_certain(statement)
            && contradicts(statement).is_some()
        {
            withdrawn.extend(&statement.days);
        }
    }
    let verdicts: Vec<Option<Verdict>> = pieces
        .iter()
        .map(|(_, open)| match open {
            Open::Statement(statement) if is_certain(statement) => Some(match contradicts(statement) {
                Some(day) => Verdict::Waiting {
                    understood: understood(statement),
                    why: msg!("bulletin.contradiction", day = day.to_string()),
                },
                None => Verdict::Forecast(statement.days.clone()),
            }),
            _ => None,
        })
        .collect();
    // What only a withdrawn statement says of a day is not certain.
    for day in withdrawn {
        let said_elsewhere = pieces.iter().any(|(_, open)| match open {
            Open::Statement(statement) => {
                is_certain(statement) && statement.days.contains(&day) && contradicts(statement).is_none()
            }
            _ => false,
        });
        if !said_elsewhere {
            days.remove(&day);
        }
    }
    certain.retain(|day, _| days.contains_key(day));
    let verdicts = pieces
        .iter()
        .zip(verdicts)
        .map(|((text, open), verdict)| verdict.unwrap_or_else(|| doubtful(text, open, &mut certain)))
        .collect();
    (verdicts, certain.into_values().collect())
}

/// What is certain of a day so far.
#[derive(Default)]
struct Day {
    outlook: Option<Outlook>,
    contradicts: bool,
}

impl Day {
    /// Takes another statement: what it adds is kept, what it says otherwise contradicts.
    fn take(&mut self, other: Outlook) {
        let Some(known) = &mut self.outlook else {
            self.outlook = Some(other);
            return;
        };
        let agrees = agree(known.aqi, other.aqi)
            && agree(known.levels, other.levels)
            && (known.primary.is_empty() || other.primary.is_empty() || known.primary == other.primary)
            && known.concentrations.iter().all(|(p, range)| other.concentrations.get(p).is_none_or(|o| o == range))
            && in_levels(known.levels, other.aqi)
            && in_levels(other.levels, known.aqi);
        if !agrees {
            self.contradicts = true;
            return;
        }
        known.aqi = known.aqi.or(other.aqi);
        known.levels = known.levels.or(other.levels);
        if known.primary.is_empty() {
            known.primary = other.primary;
        }
        known.concentrations.extend(other.concentrations);
        known.from_parts &= other.from_parts;
    }
}

fn agree(one: Option<Range>, other: Option<Range>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Whether an index lies in the levels that another statement gives; as in one statement, it may begin at the end of the
/// level below.
fn in_levels(levels: Option<Range>, aqi: Option<Range>) -> bool {
    let (Some(levels), Some(aqi)) = (levels, aqi) else { return true };
    let from = |low: i64| Range::new(low, aqi.high().max(low)).and_then(levels_of);
    from(aqi.low()) == Some(levels) || from(aqi.low() + 1) == Some(levels)
}

fn is_certain(statement: &Statement) -> bool {
    statement.over.is_none() && statement.doubts.is_empty() && !statement.days.is_empty()
}

fn understood(statement: &Statement) -> Vec<Outlook> {
    let days = statement.days.iter().filter(|_| statement.says_something());
    days.map(|day| statement.outlook(*day)).collect()
}

fn doubtful(text: &str, open: &Open, certain: &mut BTreeMap<NaiveDate, Outlook>) -> Verdict {
    let statement = match open {
        Open::Named(named) => return Verdict::Named(*named),
        Open::Undated(why) => return Verdict::Waiting { understood: Vec::new(), why: why.clone() },
        Open::Lead(statement) | Open::Statement(statement) => statement,
    };
    match statement.over {
        Some(Over::Past) => return Verdict::Named(Named::Past),
        Some(Over::Measured) => return Verdict::Named(Named::Measured),
        None => {}
    }
    if matches!(open, Open::Lead(_)) && !certain.is_empty() && is_within(text, statement, certain, Echo::Part, true) {
        return Verdict::Named(Named::Lead);
    }
    if let Some(days) = primary_of_all(statement, certain) {
        return Verdict::Forecast(days);
    }
    if statement.echo.is_some_and(|echo| is_within(text, statement, certain, echo, false)) {
        return Verdict::Named(Named::Repeated);
    }
    // A statement without a doubt of its own states nothing that a day can hold.
    let why = statement.doubts.first().cloned().unwrap_or_else(|| msg!("bulletin.little"));
    Verdict::Waiting { understood: understood(statement), why }
}

/// `未来三天首要污染物均为臭氧`: where the bulletin has three days and none names its primary pollutant, it is theirs.
fn primary_of_all(statement: &Statement, certain: &mut BTreeMap<NaiveDate, Outlook>) -> Option<Vec<NaiveDate>> {
    let stated = &statement.stated;
    let only = stated.aqi.is_none() && stated.levels.is_none() && stated.concentrations.is_empty();
    let primary = stated.primary.as_ref().filter(|primary| only && !primary.is_empty())?;
    let known = |why: &Message| ["bulletin.span", "bulletin.together", "bulletin.little"].contains(&why.key());
    let all = statement.span.and_then(|span| span.count) == i64::try_from(certain.len()).ok()
        && statement.doubts.iter().all(known);
    (all && certain.values().all(|outlook| outlook.primary.is_empty())).then_some(())?;
    for outlook in certain.values_mut() {
        outlook.primary.clone_from(primary);
    }
    Some(certain.keys().copied().collect())
}

/// Whether a doubtful statement says no more than what is certain of its days: as a whole their very hull, of a part
/// nothing outside it. Of a lead-in only its worst counts.
fn is_within(
    text: &str,
    statement: &Statement,
    certain: &BTreeMap<NaiveDate, Outlook>,
    echo: Echo,
    lead: bool,
) -> bool {
    const HARMLESS: [&str; 12] = [
        "span",
        "together",
        "pollutant_alone",
        "unread",
        "risk",
        "part_day",
        "part_area",
        "part_weather",
        "part_only",
        "second_day",
        "little",
        "twice",
    ];
    let harmless = |why: &Message| HARMLESS.iter().any(|key| why.key() == format!("bulletin.{key}"));
    if !statement.doubts.iter().all(harmless) || !statement.stated.concentrations.is_empty() {
        return false;
    }
    let days: Vec<&Outlook> = match statement.span {
        Some(Span { count }) if count.is_none_or(|count| i64::try_from(certain.len()) == Ok(count)) => {
            certain.values().collect()
        }
        Some(_) => return false,
        None => {
            let found: Option<Vec<&Outlook>> = statement.days.iter().map(|day| certain.get(day)).collect();
            found.unwrap_or_default()
        }
    };
    if days.is_empty() {
        return false;
    }
    let levels: Option<Vec<Range>> = days.iter().map(|day| day.levels.or(day.aqi.and_then(levels_of))).collect();
    let indices: Option<Vec<Range>> = days.iter().map(|day| day.aqi).collect();
    let levels = levels.and_then(|all| all.into_iter().reduce(hull));
    let indices = indices.and_then(|all| all.into_iter().reduce(hull));
    let named = polluted(text).and_then(|(low, high)| Range::new(low, high));
    let said = [statement.stated.levels, named];
    if said.iter().all(Option::is_none) && statement.stated.aqi.is_none() {
        return false;
    }
    let fits = |said: Option<Range>, own: Option<Range>, echo: Echo| {
        let Some(said) = said else { return true };
        own.is_some_and(|own| match echo {
            _ if lead => said.high() <= own.high(),
            Echo::Whole => said == own,
            Echo::Part => own.low() <= said.low() && said.high() <= own.high(),
        })
    };
    let primary = statement.stated.primary.iter().flatten();
    let primary_known = primary.into_iter().all(|p| days.iter().any(|day| day.primary.contains(p)))
        || statement.stated.primary.is_none();
    fits(statement.stated.levels, levels, echo)
        && fits(named, levels, Echo::Part)
        && fits(statement.stated.aqi.map(|aqi| aqi.range), indices, echo)
        && primary_known
}
