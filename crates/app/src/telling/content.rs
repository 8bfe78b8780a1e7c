//! What a notice says: the content of a decision, from the series and the rules.
//!
//! In: a scene and its spans. Out: [`Content`], in the site's language. Can't happen: a value in a notice that no
//! condition looked at; hours of a shape told as a forecast's own; a claim about hours of which the forecast says
//! otherwise now; a limit named that is none.

use chrono::NaiveDate;

use crate::judging::scene::Scene;
use crate::pulling::words::order_words;
use crate::telling::findings::{Decided, air, basis, decided, facts};
use crate::telling::indexes::indexes;
use crate::telling::words::{date, days_of, spoken};
use cuofeng_air::forecast::Origin;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, Period, days_words};
use cuofeng_feed::setting::{self, FeedConfig};
use cuofeng_notice::findings::findings;
use cuofeng_notice::{self as notice, Basis, Content, Purpose, speech};
use cuofeng_rules::expr::{Evidence, Quantity, Source, Subject};
use cuofeng_rules::warning::{self, Span};
use cuofeng_town::order::Order;

/// Characters that periods have room for in a short message.
const PERIODS: usize = notice::change::MOST;

/// Whose data a notice rests on, in words.
struct Data {
    label: String,
    issued: String,
    shaped: String,
}

pub(crate) fn content(
    scene: &Scene<'_>,
    spans: &[Span],
    purpose: Purpose,
    revision: u32,
    previous: String,
    reason: &str,
) -> Content {
    let (config, lang) = (&scene.site.config, scene.site.config.language);
    let zone = &config.zone;
    let highest = spans.iter().map(|s| s.level).min().and_then(|l| scene.rule.levels.get(l));
    let decided = decided(scene, spans);
    let rests_on = data(scene, spans, &decided);
    let phone_spoken = match lang {
        Lang::Zh => speech::telephone(&config.phone),
        Lang::En => config.phone.clone(),
    };
    let behind = order_behind(scene, spans).filter(|order| scene.rule.hears(order));
    let passed_on = behind.map(|order| &order.details);
    let deadline = passed_on.and_then(|details| details.deadline);
    let told = if purpose.ends() { &[][..] } else { decided.as_slice() };
    let facts = facts(scene, told);
    let basis = basis(scene, &decided, &facts);
    // Days without a finding beside days that have one: they stand only because they were told.
    let beside = told.iter().filter(|d| basis == Basis::Forecast && !d.holds && !d.span.ordered);
    let kept: Vec<NaiveDate> = beside.flat_map(|d| days_of(d.span, zone)).collect();
    let stands: Vec<NaiveDate> = told.iter().filter(|d| d.holds).flat_map(|d| days_of(d.span, zone)).collect();
    let indexes = indexes(scene, &stands);
    let blank = Content::blank(&config.name, &config.phone, purpose, date(scene.site, scene.now));
    Content {
        region: scene.region.name.clone(),
        title: scene.rule.name.clone(),
        level: match &scene.rule.relays {
            Some(order) => msg!("relay.event", subject = &order.subject, tier = order.tier.message()).text(lang),
            None => highest.map_or_else(String::new, |l| l.name.clone()),
        },
        source: highest.and_then(|l| l.source.clone()).unwrap_or_else(|| scene.rule.source.clone()),
        basis,
        exceeds: facts.iter().any(|fact| fact.exceeded.is_some()),
        air: air(told),
        banned: notice::is_banned(scene.rule),
        order: order_text(scene, spans),
        periods: warning::spans_words(spans, zone, lang),
        short_periods: warning::spans_short(spans, zone, lang, PERIODS, true),
        kept: days_words(&kept, lang),
        periods_spoken: spoken(scene.site, spans, scene.now),
        phone_spoken,
        findings: findings(&facts, &indexes, lang),
        facts,
        indexes,
        revision,
        previous,
        data_label: rests_on.label,
        issued: rests_on.issued,
        shaped: rests_on.shaped,
        reason: reason.to_owned(),
        measures: passed_on.map_or_else(String::new, |d| sentence(&d.measures, lang)),
        deadline: deadline.map_or_else(String::new, |at| zone.words(at, lang)),
        ..blank
    }
}

/// The official order that stands behind the notice, in words; empty where there is none.
fn order_text(scene: &Scene<'_>, spans: &[Span]) -> String {
    // What another matter asks is no reason of this one.
    let order = order_behind(scene, spans).filter(|order| scene.rule.hears(order));
    let words = |order| order_words(order, &scene.site.config.zone, scene.site.config.language);
    order.map_or_else(String::new, |order| words(order).text(scene.site.config.language))
}

/// Whose data the periods' hours are and the hours and days that the conditions looked at, when the newest of it
/// was made, and whether hours were spread by a shape.
fn data(scene: &Scene<'_>, spans: &[Span], decided: &[Decided<'_>]) -> Data {
    let (config, zone, lang) = (&scene.site.config, &scene.site.config.zone, scene.site.config.language);
    let evidence: Vec<&Evidence> = decided.iter().flat_map(|d| &d.evidence).collect();
    let mut origins: Vec<&Origin> = Vec::new();
    for span in spans {
        let hours = usize::try_from(span.period.whole_hours()).unwrap_or(0);
        origins.extend(scene.merged.series.origins_in(Hour::containing(span.period.start), hours, zone));
    }
    for (first, hours) in evidence.iter().filter_map(|evidence| looked_at(evidence, zone)) {
        origins.extend(scene.merged.series.origins_in(first, hours, zone));
    }
    let doubtful = evidence.iter().filter_map(|e| match e.subject {
        Subject::Quantity(Quantity::Hour(Source::Fires(metres))) => Some(scene.known.doubtful_fires(e.hour, metres)),
        _ => None,
    });
    let doubtful = doubtful.max();
    let sees = |f: &FeedConfig| doubtful.is_some() && matches!(f.source, setting::Source::Firms { .. });
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

/// Words that end as a sentence does.
fn sentence(words: &str, lang: Lang) -> String {
    let words = words.trim();
    let ends = words.is_empty() || words.ends_with(['。', '！', '.', '!', '；', ';']);
    match lang {
        _ if ends => words.to_owned(),
        Lang::Zh => format!("{words}。"),
        Lang::En => format!("{words}."),
    }
}

/// The hours that a piece of evidence looked at: the first and how many.
fn looked_at(evidence: &Evidence, zone: &cuofeng_base::time::Zone) -> Option<(Hour, usize)> {
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
pub(crate) fn order_behind<'s>(scene: &Scene<'s>, spans: &[Span]) -> Option<&'s Order> {
    let periods: Vec<Period> = spans.iter().map(|s| s.period).collect();
    scene.rule.relays.as_deref().or_else(|| scene.known.order(&periods))
}
