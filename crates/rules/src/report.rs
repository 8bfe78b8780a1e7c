//! Why a rule does or does not speak at an hour, in words.
//!
//! In: a rule, its context and an hour. Out: per level the answer, and a sentence for each comparison that decided it:
//! the value, where it came from, the threshold, and what would have to change. Can't happen: a sentence without its
//! value or without saying that the value is missing.

use super::Rule;
use super::expr::{Context, Evidence, Known, Length, Operator, Subject, Test, Tri, eval, explain};
use cuofeng_air::forecast::Origin;
use cuofeng_aqi::milli_words;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Hour, Zone, day_words};

/// Why one level answers as it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelReport {
    /// The level's identifier.
    pub level: String,
    /// Its name.
    pub name: String,
    /// The condition as written.
    pub when: String,
    /// The answer.
    pub answer: Tri,
    /// The comparisons that decided it.
    pub evidence: Vec<Evidence>,
}

/// Why every level of a rule answers as it does at an hour; a standing rule's level has no evidence.
#[must_use]
pub fn report(rule: &Rule, context: &Context<'_>, hour: Hour) -> Vec<LevelReport> {
    let inside = usize::try_from(hour - context.series.first).ok().filter(|at| *at < context.series.hours);
    let levels = rule.levels.iter().map(|level| {
        let (answer, evidence, when) = match &level.when {
            Some(when) => {
                let answers = eval(&when.expr, context);
                let answer = inside.and_then(|at| answers.get(at)).copied().unwrap_or(Tri::Unknown);
                (answer, explain(&when.expr, context, hour), when.text.clone())
            }
            None => (Tri::from(rule.season.contains(context.zone.day_of(hour))), Vec::new(), String::new()),
        };
        LevelReport { level: level.id.clone(), name: level.name.clone(), when, answer, evidence }
    });
    levels.collect()
}

/// An answer in a word.
#[must_use]
pub fn answer_words(answer: Tri) -> Message {
    match answer {
        Tri::True => msg!("explain.holds"),
        Tri::False => msg!("explain.fails"),
        Tri::Unknown => msg!("explain.unknown"),
    }
}

/// A piece of evidence as a sentence.
#[must_use]
pub fn sentence(evidence: &Evidence, zone: &Zone, lang: Lang) -> Message {
    let what = fact(evidence, zone, lang);
    match evidence.answer {
        Tri::True => msg!("explain.line_holds", what = what),
        Tri::False => msg!("explain.line_fails", what = what),
        Tri::Unknown => msg!("explain.line_unknown", what = what),
    }
}

fn fact(evidence: &Evidence, zone: &Zone, lang: Lang) -> Message {
    match &evidence.subject {
        Subject::Quantity(quantity) => {
            let daily = matches!(quantity, super::expr::Quantity::Day(..) | super::expr::Quantity::Aqi);
            let day = day_words(zone.day_of(evidence.hour), lang);
            let when = if daily { day } else { zone.words(evidence.hour.start(), lang) };
            compared(evidence, &when, &quantity.words(lang), zone, lang)
        }
        Subject::Run(length) => {
            let run = milli_words(evidence.value.unwrap_or(0));
            match (length, evidence.known) {
                (Length::Hours(least), Known::Exactly) => msg!("explain.run_hours", run = run, least = *least),
                (Length::Hours(least), _) => msg!("explain.run_hours_cut", run = run, least = *least),
                (Length::Days(least), Known::Exactly) => msg!("explain.run_days", run = run, least = *least),
                (Length::Days(least), _) => msg!("explain.run_days_cut", run = run, least = *least),
            }
        }
        Subject::Hours(window) => {
            let clock = zone.clock(evidence.hour);
            msg!("explain.hours", clock = clock, window = window.to_string())
        }
        Subject::Months { from, to } => {
            use chrono::Datelike;
            msg!("explain.months", month = zone.day_of(evidence.hour).month(), from = *from, to = *to)
        }
        Subject::Workday => {
            let day = day_words(zone.day_of(evidence.hour), lang);
            match evidence.answer {
                Tri::True => msg!("explain.workday", day = day),
                Tri::False => msg!("explain.day_off", day = day),
                Tri::Unknown => msg!("explain.no_calendar", day = day),
            }
        }
        Subject::Primary { pollutant, found, .. } => {
            let day = day_words(zone.day_of(evidence.hour), lang);
            let asked = pollutant.words(lang);
            match found {
                None => msg!("explain.primary_unknown", day = day, asked = asked),
                Some(found) if found.is_empty() => msg!("explain.primary_none", day = day, asked = asked),
                Some(found) => {
                    let names: Vec<&str> = found.iter().map(|p| p.words(lang)).collect();
                    msg!("explain.primary", day = day, found = names.join("、"), asked = asked)
                }
            }
        }
        Subject::Order { operator, tier, found } => {
            let wanted = msg!("explain.order_wanted", operator = operator.message(), tier = tier.message());
            match found {
                None => msg!("explain.order_none", wanted = wanted),
                Some(found) => msg!("explain.order", found = found.message(), wanted = wanted),
            }
        }
    }
}

/// A value against its threshold, where the value came from, and what is lacking.
fn compared(evidence: &Evidence, when: &str, what: &str, zone: &Zone, lang: Lang) -> Message {
    let unit = if evidence.unit.is_empty() { String::new() } else { format!(" {}", evidence.unit) };
    let wanted = match evidence.test {
        Some(Test::Is(operator, threshold)) => {
            let threshold = format!("{}{unit}", milli_words(threshold));
            msg!("explain.wanted", operator = operator.message(), threshold = threshold)
        }
        Some(Test::Between(low, high)) => {
            let high = format!("{}{unit}", milli_words(high));
            msg!("explain.wanted_between", low = milli_words(low), high = high)
        }
        None => msg!("explain.wanted_nothing"),
    };
    let Some(value) = evidence.value else {
        return msg!("explain.missing", when = when, what = what, wanted = wanted);
    };
    let value = format!("{}{unit}", milli_words(cuofeng_aqi::round_half_even(value, 100) * 100));
    let value = match evidence.known {
        Known::AtLeast => msg!("explain.at_least", value = value).text(lang),
        Known::AtMost => msg!("explain.at_most", value = value).text(lang),
        _ => value,
    };
    let value = match evidence.graded {
        Some([low, high]) => msg!("explain.graded", value = value, low = low, high = high).text(lang),
        None => value,
    };
    let needed = match (evidence.needed, evidence.test) {
        (Some(needed), Some(Test::Is(operator, _))) if evidence.answer == Tri::False && needed != 0 => {
            lacking(needed, operator, &unit)
        }
        _ => msg!("explain.nothing_lacking"),
    };
    let from = evidence.origin.as_ref().map_or_else(|| msg!("explain.no_origin"), |o| origin(o, zone, lang));
    msg!("explain.compared", when = when, what = what, value = value, wanted = wanted, needed = needed, from = from)
}

fn lacking(needed: i64, operator: Operator, unit: &str) -> Message {
    let by = format!("{}{unit}", milli_words(cuofeng_aqi::round_half_even(needed.abs(), 100) * 100));
    match operator {
        Operator::Above | Operator::AtLeast if needed > 0 => msg!("explain.must_rise", by = by),
        Operator::Below | Operator::AtMost if needed < 0 => msg!("explain.must_fall", by = by),
        _ => msg!("explain.nothing_lacking"),
    }
}

fn origin(origin: &Origin, zone: &Zone, lang: Lang) -> Message {
    match origin {
        Origin::Observed { feed } => msg!("explain.observed", feed = feed),
        Origin::Forecast { feed, issued_at } => {
            msg!("explain.forecast", feed = feed, issued = zone.words(*issued_at, lang))
        }
        Origin::Shaped { feed, issued_at, profile } => {
            let issued = zone.words(*issued_at, lang);
            msg!("explain.shaped", feed = feed, issued = issued, profile = profile)
        }
    }
}
