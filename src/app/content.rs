//! What a notice says: the content of a decision, from the series and the rules.
//!
//! In: a scene and its spans. Out: [`Content`], in the site's language. Can't happen: a value in a notice that no
//! condition looked at; hours of a shape told as a forecast's own.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::App;
use super::decide::Scene;
use crate::aqi::{Index, Standard};
use crate::config::{self, FeedConfig};
use crate::forecast::Origin;
use crate::msg;
use crate::notice::{Content, Fact, Purpose, speech};
use crate::order::Order;
use crate::rules::expr::{self, Evidence, Known, Quantity, Source, Subject, Test, Tri};
use crate::text::{Lang, Message};
use crate::time::{Hour, Period, day_words};
use crate::warning::{self, Span};

impl App {
    pub(super) fn content(
        &self,
        scene: &Scene<'_>,
        spans: &[Span],
        purpose: Purpose,
        revision: u32,
        previous: String,
        reason: &str,
    ) -> Content {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let zone = &config.zone;
        let highest = spans.iter().map(|s| s.level).min().and_then(|l| scene.rule.levels.get(l));
        let rests_on = self.data(scene, spans);
        let phone_spoken = match lang {
            Lang::Zh => speech::telephone(&config.phone),
            Lang::En => config.phone.clone(),
        };
        let behind = order_behind(scene, spans).filter(|order| scene.rule.hears(order));
        let passed_on = behind.map(|order| &order.details);
        let deadline = passed_on.and_then(|details| details.deadline);
        let (indexes, standard) = self.indexes(scene, spans);
        Content {
            office: config.name.clone(),
            phone: config.phone.clone(),
            region: scene.region.name.clone(),
            purpose,
            title: scene.rule.name.clone(),
            level: highest.map_or_else(String::new, |l| l.name.clone()),
            source: highest.and_then(|l| l.source.clone()).unwrap_or_else(|| scene.rule.source.clone()),
            order: self.order_text(scene, spans),
            periods: warning::spans_words(spans, zone, lang),
            periods_spoken: self.spoken(spans),
            phone_spoken,
            date: self.date(scene.now),
            facts: if purpose.ends() { Vec::new() } else { self.facts(scene, spans) },
            indexes,
            standard,
            revision,
            previous,
            data_label: rests_on.label,
            issued: rests_on.issued,
            shaped: rests_on.shaped,
            reason: reason.to_owned(),
            mistaken: purpose == Purpose::Cancel,
            reply: String::new(),
            about: String::new(),
            worth: Vec::new(),
            measures: passed_on.map_or_else(String::new, |d| d.measures.clone()),
            deadline: deadline.map_or_else(String::new, |at| zone.words(at, lang)),
            link: String::new(),
        }
    }

    /// The date of a notice in words.
    pub(super) fn date(&self, now: DateTime<Utc>) -> String {
        let (today, lang) = (self.site.config.zone.day(now), self.site.config.language);
        match lang {
            Lang::Zh => format!("{}年{}", today.year(), day_words(today, lang)),
            Lang::En => format!("{} {}", day_words(today, lang), today.year()),
        }
    }

    /// The periods in words for the ear.
    pub(super) fn spoken(&self, spans: &[Span]) -> String {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        match lang {
            Lang::Zh => spoken(spans, zone),
            Lang::En => warning::spans_words(spans, zone, lang),
        }
    }

    /// The official order that stands behind the notice, in words; empty where there is none.
    fn order_text(&self, scene: &Scene<'_>, spans: &[Span]) -> String {
        let order = order_behind(scene, spans);
        let words = |order| super::pull::order_words(order, &self.site.config.zone, self.site.config.language);
        order.map_or_else(String::new, |order| words(order).text(self.site.config.language))
    }

    /// Whose data the periods' hours are and the hours and days that the conditions looked at, when the newest of it
    /// was made, and whether hours were spread by a shape.
    fn data(&self, scene: &Scene<'_>, spans: &[Span]) -> Data {
        let (config, zone, lang) = (&self.site.config, &self.site.config.zone, self.site.config.language);
        let evidence = self.evidence(scene, spans);
        let mut origins: Vec<&Origin> = Vec::new();
        for span in spans {
            let hours = usize::try_from(span.period.whole_hours()).unwrap_or(0);
            origins.extend(scene.series.origins_in(Hour::containing(span.period.start), hours, zone));
        }
        for (first, hours) in evidence.iter().filter_map(|evidence| looked_at(evidence, zone)) {
            origins.extend(scene.series.origins_in(first, hours, zone));
        }
        let doubtful = evidence.iter().filter_map(|e| match e.subject {
            Subject::Quantity(Quantity::Hour(Source::Fires(metres))) => {
                Some(scene.known.doubtful_fires(e.hour, metres))
            }
            _ => None,
        });
        let doubtful = doubtful.max();
        let sees = |f: &FeedConfig| doubtful.is_some() && matches!(f.source, config::Source::Firms { .. });
        let used = config.feeds.iter().filter(|f| sees(f) || origins.iter().any(|o| o.feed() == f.name));
        let label = |f: &FeedConfig| match doubtful.filter(|count| sees(f) && *count > 0) {
            Some(count) => msg!("notice.doubtful_fires", label = &f.label, count = count).text(lang),
            None => f.label.clone(),
        };
        let mut labels: Vec<String> = used.map(label).collect();
        // What a person entered is called after where that person has it from.
        for origin in origins.iter().filter(|o| config.feeds.iter().all(|f| f.name != o.feed())) {
            if labels.iter().all(|label| label != origin.feed()) {
                labels.push(origin.feed().to_owned());
            }
        }
        let issued = origins.iter().filter_map(|o| o.issued_at()).max();
        let shaped = origins.iter().any(|o| matches!(o, Origin::Shaped { .. }));
        Data {
            label: labels.join(lang.semicolon()),
            issued: issued.map_or_else(String::new, |at| zone.words(at, lang)),
            shaped: if shaped { msg!("notice.shaped").text(lang) } else { String::new() },
        }
    }

    /// What decided at the beginning of each period.
    fn evidence(&self, scene: &Scene<'_>, spans: &[Span]) -> Vec<Evidence> {
        let fires = |hour, metres| scene.known.fires(hour, metres);
        let workdays = |day| self.site.calendar.workday(day);
        let zone = &self.site.config.zone;
        let context = scene.known.context(scene.series, zone, &self.site.standards, &fires, &workdays);
        let conditions =
            spans.iter().filter_map(|span| Some((scene.rule.levels.get(span.level)?.when.as_ref()?, span)));
        conditions
            .flat_map(|(when, span)| expr::explain(&when.expr, &context, Hour::containing(span.period.start)))
            .collect()
    }

    /// What the forecast says of each period, equal facts of one day once.
    fn facts(&self, scene: &Scene<'_>, spans: &[Span]) -> Vec<Fact> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let mut facts: Vec<Fact> = Vec::new();
        for evidence in self.evidence(scene, spans) {
            let Some(fact) = fact(&evidence, zone, lang) else { continue };
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
        facts
    }

    /// Forecast AQI of the told days, and the standard that gives it.
    fn indexes(&self, scene: &Scene<'_>, spans: &[Span]) -> (Vec<String>, String) {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let days = spans.iter().flat_map(|s| {
            let last = zone.day(s.period.end - chrono::Duration::seconds(1));
            zone.day(s.period.start).iter_days().take_while(move |d| *d <= last)
        });
        let mut words = Vec::new();
        let mut title = String::new();
        for day in days {
            let Some(standard) = self.site.standards.on(day) else { continue };
            let Some(index) = scene.series.daily_index(day, zone, &self.site.standards) else { continue };
            let Some(aqi) = index.aqi else { continue };
            words.push(index_words(&index, aqi, (day, standard), lang).text(lang));
            // What an index is worked out without is said with every one that is; a published one is its publisher's.
            let own = !index.items.is_empty();
            let left: Vec<&str> = standard.left_out().filter(|_| own).map(|p| p.words(lang)).collect();
            if !own && !title.is_empty() {
                continue;
            }
            title = if left.is_empty() {
                standard.title.clone()
            } else {
                msg!("notice.index_without", standard = &standard.title, left = left.join(lang.comma())).text(lang)
            };
        }
        (words, title)
    }
}

/// A day's index in words: of a bound what it lacks, and that it may be worse where anything is.
fn index_words(index: &Index, aqi: u16, (day, standard): (NaiveDate, &Standard), lang: Lang) -> Message {
    let level = standard.level(aqi).map_or("", |l| l.words(lang));
    let (day, last) = (day_words(day, lang), standard.level_number(aqi) == standard.level_count());
    if let Some([low, high]) = index.graded {
        let level = standard.levels_words(low, high, lang);
        return msg!("notice.index_graded", day = day, low = low, high = high, level = level);
    }
    let missing = index.missing.iter().map(|p| p.words(lang)).collect::<Vec<_>>().join(lang.comma());
    if missing.is_empty() || aqi >= standard.end() {
        msg!("notice.index", day = day, aqi = aqi, level = level)
    } else if last {
        msg!("notice.index_at_least_last", day = day, aqi = aqi, level = level, missing = missing)
    } else {
        msg!("notice.index_at_least", day = day, aqi = aqi, level = level, missing = missing)
    }
}

/// The hours that a piece of evidence looked at: the first and how many.
fn looked_at(evidence: &Evidence, zone: &crate::time::Zone) -> Option<(Hour, usize)> {
    let day = (zone.first_hour(zone.day_of(evidence.hour)), 24);
    let last = |hours: u32| Some((evidence.hour + (1 - i64::from(hours)), usize::try_from(hours).ok()?));
    match &evidence.subject {
        Subject::Quantity(Quantity::Hour(Source::Ozone8h)) => last(8),
        Subject::Quantity(Quantity::Hour(Source::Fires(_))) => None,
        Subject::Quantity(Quantity::Hour(_)) => last(1),
        Subject::Quantity(Quantity::Trailing(_, _, hours)) => last(*hours),
        Subject::Quantity(Quantity::Day(..) | Quantity::Aqi) | Subject::Primary { .. } => Some(day),
        _ => None,
    }
}

/// The official order that stands behind a notice, if one does.
pub(super) fn order_behind<'s>(scene: &Scene<'s>, spans: &[Span]) -> Option<&'s Order> {
    let periods: Vec<Period> = spans.iter().map(|s| s.period).collect();
    scene.rule.relays.as_deref().or_else(|| scene.known.order(&periods))
}

/// Whose data a notice rests on, in words.
struct Data {
    label: String,
    issued: String,
    shaped: String,
}

fn fact(evidence: &Evidence, zone: &crate::time::Zone, lang: Lang) -> Option<Fact> {
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
    let when = match quantity {
        Quantity::Hour(_) | Quantity::Trailing(..) => zone.words(evidence.hour.start(), lang),
        Quantity::Day(..) | Quantity::Aqi => day_words(zone.day_of(evidence.hour), lang),
    };
    Some(Fact {
        when,
        what: quantity.words(lang),
        value: fact_value(evidence, threshold, lang)?,
        unit: unit_words(evidence.unit, lang),
        comparison: operator.message().text(lang),
        threshold: crate::aqi::milli_words(threshold),
    })
}

/// The value of a fact: of a bound that it is one, of a level's range that nobody published it.
fn fact_value(evidence: &Evidence, threshold: i64, lang: Lang) -> Option<String> {
    let value = value_words(evidence.value?, threshold);
    let message = match (evidence.known, evidence.graded) {
        (Known::AtLeast, _) => msg!("notice.at_least", value = value),
        (Known::AtMost, _) => msg!("notice.at_most", value = value),
        (_, Some([low, high])) => msg!("notice.graded", value = value, low = low, high = high),
        _ => return Some(value),
    };
    Some(message.text(lang))
}

/// A value to one decimal, unless that would make it look equal to its threshold; whole numbers stay whole.
fn value_words(value: i64, threshold: i64) -> String {
    let tenths = crate::aqi::round_half_even(value, 100) * 100;
    crate::aqi::milli_words(if tenths == threshold { value } else { tenths })
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

fn spoken(spans: &[Span], zone: &crate::time::Zone) -> String {
    let mut merged: Vec<Period> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if last.end == span.period.start => last.end = span.period.end,
            _ => merged.push(span.period),
        }
    }
    let parts: Vec<String> = merged.iter().map(|p| speech::period(p, zone)).collect();
    parts.join("，")
}
