//! What is known of the air in told periods: facts, each with how it is known and what it is compared with.
//!
//! In: a scene and its periods. Out: [`Fact`]s of the periods in which the rule holds now, and sentences of them. Can't
//! happen: a fact about a period of which the forecast says otherwise; a value worked back from an index called a
//! forecast; a limit named that the standard in force does not have; a source beside another threshold than its own.

use std::collections::BTreeMap;

use crate::judging::scene::Scene;
use crate::telling::indexes::range_words;
use cuofeng_air::forecast::{Origin, Variable, profile};
use cuofeng_aqi::{Averaging, Pollutant};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, day_words};
use cuofeng_notice::{Air, Basis, Fact};
use cuofeng_rules::Shape;
use cuofeng_rules::expr::{self, Evidence, Fold, Known, Operator, Quantity, Source, Subject, Test, Tri};
use cuofeng_rules::warning::Span;

/// What was decided about a period, and by what.
pub(crate) struct Decided<'s> {
    pub(crate) span: &'s Span,
    /// Whether the condition holds in it now.
    pub(crate) holds: bool,
    pub(crate) evidence: Vec<Evidence>,
}

/// What decided about each period: in the first of its hours, or of its day, in which the condition holds.
pub(crate) fn decided<'s>(scene: &Scene<'_>, spans: &'s [Span]) -> Vec<Decided<'s>> {
    let fires = |hour, metres| scene.known.fires(hour, metres);
    let workdays = |day| scene.site.calendar.workday(day);
    let zone = &scene.site.config.zone;
    let context = scene.known.context(&scene.merged.series, zone, &scene.site.standards, &fires, &workdays);
    let mut columns: BTreeMap<usize, Vec<Tri>> = BTreeMap::new();
    let mut decided = Vec::new();
    for span in spans {
        let Some(when) = scene.rule.levels.get(span.level).and_then(|level| level.when.as_ref()) else { continue };
        let column = columns.entry(span.level).or_insert_with(|| expr::eval(&when.expr, &context));
        let (from, until) = match scene.rule.shape {
            Shape::Hours => (Hour::containing(span.period.start), Hour::not_before(span.period.end)),
            Shape::Days | Shape::Window(_) => {
                let first = zone.first_hour(zone.day(span.period.start));
                (first, first + 24)
            }
        };
        let answer = |hour: &Hour| {
            usize::try_from(*hour - scene.merged.series.first).ok().and_then(|place| column.get(place)).copied()
        };
        let first = (from.0..until.0).map(Hour).find(|hour| answer(hour) == Some(Tri::True));
        let hour = first.unwrap_or_else(|| Hour::containing(span.period.start));
        decided.push(Decided { span, holds: first.is_some(), evidence: expr::explain(&when.expr, &context, hour) });
    }
    decided
}

/// What is known of each period in which the rule holds, equal facts of one day once.
pub(crate) fn facts(scene: &Scene<'_>, decided: &[Decided<'_>]) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for one in decided.iter().filter(|one| one.holds) {
        let level = scene.rule.levels.get(one.span.level);
        let source = level.and_then(|level| level.source.as_ref()).unwrap_or(&scene.rule.source);
        for evidence in &one.evidence {
            let Some(fact) = fact(scene, evidence, source) else { continue };
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
    }
    facts
}

fn fact(scene: &Scene<'_>, evidence: &Evidence, source: &str) -> Option<Fact> {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    if evidence.answer != Tri::True {
        return None;
    }
    // How long something lasts, the clock and the calendar are no facts about the air.
    let (Subject::Quantity(quantity), Some(Test::Is(operator, threshold))) = (&evidence.subject, evidence.test) else {
        return None;
    };
    // A hot spot was seen, not forecast; the notice about it says so in its own words.
    if matches!(quantity, Quantity::Hour(Source::Fires(_))) {
        return None;
    }
    let day = zone.day_of(evidence.hour);
    let when = match quantity {
        Quantity::Hour(_) | Quantity::Trailing(..) => zone.words(evidence.hour.start(), lang),
        Quantity::Day(..) | Quantity::Aqi => day_words(day, lang),
    };
    let figure = value_words(evidence.value?, threshold);
    let bounded = match evidence.known {
        Known::AtLeast => msg!("notice.at_least", value = &figure).text(lang),
        Known::AtMost => msg!("notice.at_most", value = &figure).text(lang),
        _ => figure.clone(),
    };
    let (origin, value) = origin(scene, *quantity, evidence, (&figure, bounded));
    let standards = &scene.site.standards;
    let limit = limited(*quantity).and_then(|(averaging, pollutant)| {
        standards.on(day)?.limit(averaging, pollutant, threshold, lang).map(str::to_owned)
    });
    let standard = limit.is_some();
    let upward = matches!(operator, Operator::Above | Operator::AtLeast);
    let exceeded = limited(*quantity).filter(|_| standard && upward).map(|(_, pollutant)| pollutant);
    Some(Fact {
        when,
        what: quantity.words(lang),
        origin,
        value,
        unit: unit_words(evidence.unit, lang),
        comparison: operator.message().text(lang),
        threshold: cuofeng_aqi::milli_words(threshold),
        limit: limit.unwrap_or_else(|| source_of(source, lang)),
        standard,
        exceeded,
    })
}

/// How a value is known, and how it is said: a stated range as the range, with what counts of it.
fn origin(
    scene: &Scene<'_>,
    quantity: Quantity,
    evidence: &Evidence,
    (figure, bounded): (&str, String),
) -> (String, String) {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let day = zone.day_of(evidence.hour);
    let stated = scene.merged.series.stated(day, zone, &scene.site.standards);
    if let (Quantity::Aqi, Some((outlook, _))) = (quantity, stated) {
        if let Some([low, high]) = evidence.graded {
            let value = msg!("notice.graded", value = figure, low = low, high = high).text(lang);
            return (msg!("notice.stated").text(lang), value);
        }
        let range = outlook.aqi.map(range_words).unwrap_or_default();
        let value =
            if range == figure { range } else { msg!("notice.of_range", range = range, value = figure).text(lang) };
        return (msg!("notice.stated").text(lang), value);
    }
    let word = match &evidence.origin {
        Some(Origin::Observed { .. }) => msg!("notice.observed"),
        Some(Origin::Shaped { .. }) => {
            let outlook = scene.merged.series.outlook(day).map(|(outlook, _)| outlook);
            let stated = limited(quantity).and_then(|(_, pollutant)| {
                let pollutant = if pollutant == Pollutant::O3 { Pollutant::O38h } else { pollutant };
                outlook?.concentrations.get(&pollutant)
            });
            if let Some(range) = stated.filter(|_| matches!(quantity, Quantity::Day(..))) {
                let words = |value| cuofeng_aqi::milli_words(value);
                let value = if range.low() == range.high() {
                    words(range.low())
                } else {
                    let range = format!("{}~{}", words(range.low()), words(range.high()));
                    msg!("notice.of_range", range = range, value = figure).text(lang)
                };
                return (msg!("notice.stated").text(lang), value);
            }
            // Nobody forecast a concentration: it is worked back from an index.
            return (msg!("notice.worked_back").text(lang), msg!("notice.about", value = bounded).text(lang));
        }
        Some(Origin::Forecast { .. }) | None => msg!("notice.forecast"),
    };
    (word.text(lang), bounded)
}

/// What stands behind what is asked.
pub(crate) fn basis(scene: &Scene<'_>, decided: &[Decided<'_>], facts: &[Fact]) -> Basis {
    let of_order = |evidence: &Evidence| matches!(evidence.subject, Subject::Order { .. });
    let ordered = decided.iter().any(|d| d.span.ordered || d.holds && d.evidence.iter().any(of_order));
    if scene.rule.standing {
        Basis::Standing
    } else if !facts.is_empty() {
        Basis::Forecast
    } else if scene.rule.relays.is_some() || ordered {
        Basis::Order
    } else if decided.iter().any(|d| d.holds) {
        Basis::Standing
    } else {
        Basis::Kept
    }
}

/// What keeps smoke where it is: what holds on each told day.
pub(crate) fn air(decided: &[Decided<'_>]) -> Air {
    let of = |one: &Decided<'_>, is: fn(Source) -> bool| {
        let source = |quantity: Quantity| match quantity {
            Quantity::Hour(source) | Quantity::Trailing(_, source, _) | Quantity::Day(_, source) => is(source),
            Quantity::Aqi => is(Source::AqiHour),
        };
        let about = |evidence: &Evidence| match (&evidence.subject, evidence.test) {
            (Subject::Quantity(quantity), Some(Test::Is(..))) => source(*quantity),
            _ => false,
        };
        one.holds && one.evidence.iter().any(|evidence| evidence.answer == Tri::True && about(evidence))
    };
    let is_bad = |source| match source {
        Source::Variable(variable) => Pollutant::ALL.into_iter().any(|p| profile::variable(p) == variable),
        Source::Ozone8h | Source::AqiHour => true,
        Source::Fires(_) => false,
    };
    let is_calm = |source| matches!(source, Source::Variable(Variable::Wind));
    let each = |is: &dyn Fn(&Decided<'_>) -> bool| !decided.is_empty() && decided.iter().all(is);
    let (bad, calm) = (|one: &Decided<'_>| of(one, is_bad), |one: &Decided<'_>| of(one, is_calm));
    if each(&bad) {
        Air::Bad
    } else if each(&calm) {
        Air::Calm
    } else if each(&|one| bad(one) || calm(one)) {
        Air::Mixed
    } else {
        Air::Unknown
    }
}

/// The averaging and the pollutant whose limit a quantity is compared with, where there are limits for it.
fn limited(quantity: Quantity) -> Option<(Averaging, Pollutant)> {
    let pollutant = |source| match source {
        // Its hours have a limit of their own beside that of their means.
        Source::Variable(Variable::O3) => Some(Pollutant::O3),
        Source::Variable(variable) => Pollutant::ALL.into_iter().find(|p| profile::variable(*p) == variable),
        Source::Ozone8h => Some(Pollutant::O38h),
        Source::AqiHour | Source::Fires(_) => None,
    };
    match quantity {
        Quantity::Day(Fold::Max, source @ Source::Ozone8h) => Some((Averaging::Day, pollutant(source)?)),
        Quantity::Day(Fold::Mean, source @ Source::Variable(_)) => {
            pollutant(source).filter(|p| !matches!(p, Pollutant::O3 | Pollutant::O38h)).map(|p| (Averaging::Day, p))
        }
        Quantity::Hour(source @ Source::Variable(_)) | Quantity::Day(Fold::Max, source @ Source::Variable(_)) => {
            Some((Averaging::Hour, pollutant(source)?))
        }
        _ => None,
    }
}

/// What a threshold is that is no limit of the standard: a figure of the document that the rule names, where that is not
/// the standard itself; else the office's own.
fn source_of(source: &str, lang: Lang) -> String {
    let standard = ["GB 3095", "GB3095", "环境空气质量标准"].iter().any(|name| source.contains(name));
    if standard || source.trim().is_empty() { msg!("notice.own_figure").text(lang) } else { source.to_owned() }
}

/// A value to one decimal, unless that would make it look equal to its threshold; whole numbers stay whole.
fn value_words(value: i64, threshold: i64) -> String {
    let tenths = cuofeng_aqi::round_half_even(value, 100) * 100;
    cuofeng_aqi::milli_words(if tenths == threshold { value } else { tenths })
}

fn unit_words(unit: &str, lang: Lang) -> String {
    match unit {
        "µg/m³" => msg!("unit.microgram").text(lang),
        "mg/m³" => msg!("unit.milligram").text(lang),
        "m/s" => msg!("unit.metre_a_second").text(lang),
        "m" => msg!("unit.metre").text(lang),
        other => other.to_owned(),
    }
}
