//! `cuofeng forecast score`: how the feeds did, as tables, as pictures, as JSON.
//!
//! In: scores, plain and perhaps corrected. Out: text. Can't happen: a figure that was not scored and is shown as 0.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::chart::svg::{Words, svg as document};
use super::chart::terminal;
use super::chart::{Kind, Limit, Line, Mark, Panel, Stroke};
use super::{Call, say};
use cuofeng_air::forecast::Variable;
use cuofeng_air::forecast::score::{
    Contingency, DayPair, Errors, FeedScore, HourlyScore, LeadDay, Outcome, Quantity, Threshold, outcome,
};
use cuofeng_aqi::{Pollutant, milli_words};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

pub(super) mod json;

/// What the scores are of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// Identifier of the region.
    pub id: &'a str,
    /// Its name.
    pub region: &'a str,
    /// First local day.
    pub from: NaiveDate,
    /// Last local day.
    pub to: NaiveDate,
    /// Whom to name for each feed's data.
    pub providers: &'a BTreeMap<String, String>,
}

/// Scores to be laid side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    /// Days of past errors by which the runs were corrected; none for the runs as they came.
    pub correction: Option<u16>,
    /// The scores, by feed.
    pub scores: &'a [FeedScore],
}

impl<'a> Side<'a> {
    fn label(&self) -> Message {
        self.correction.map_or_else(|| msg!("score.plain"), |days| msg!("score.corrected", days = days))
    }

    fn feed(&self, name: &str) -> Option<&'a FeedScore> {
        self.scores.iter().find(|f| f.feed == name)
    }
}

/// Prints the scores; the first side gives the rows, every further one columns beside them.
pub(super) fn print(call: &Call, sides: &[Side<'_>], scope: &Scope<'_>) {
    let (from, to) = (scope.from.to_string(), scope.to.to_string());
    call.tell(&msg!("score.head", region = scope.region, from = from, to = to));
    let Some((first, others)) = sides.split_first() else { return };
    if first.scores.is_empty() {
        call.tell(&msg!("score.no_run"));
    }
    for feed in first.scores {
        let beside: Vec<(Message, &FeedScore)> =
            others.iter().filter_map(|s| Some((s.label(), s.feed(&feed.feed)?))).collect();
        say("");
        call.tell(&msg!("score.feed", feed = &feed.feed, runs = feed.runs));
        if let Some(provider) = scope.providers.get(&feed.feed) {
            call.tell(&msg!("score.provider", words = provider));
        }
        if feed.archived > 0 {
            call.tell(&msg!("score.archived", runs = feed.archived));
        }
        if feed.hourly.is_empty() && feed.days.is_empty() {
            call.tell(&msg!("score.no_pair"));
            continue;
        }
        say(&hourly(feed, &beside, call.lang));
        say(&daily(feed, &beside, call.lang));
        say(&levels(feed, call.lang));
        if feed.thresholds.iter().any(|t| !t.leads.is_empty()) {
            say(&thresholds(feed, &beside, call.lang));
        }
        say(&pictures(first, feed, &beside, call.lang));
    }
    call.tell(&msg!("score.note"));
}

/// A table whose columns are numbers but for the first `words`.
fn table(head: Vec<String>, words: usize, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(words) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// A figure of a variable: thousandths for carbon monoxide, whose values are small, else tenths.
fn figure(variable: Option<Variable>, value: f64) -> String {
    let words = if variable == Some(Variable::Co) { format!("{value:.3}") } else { format!("{value:.1}") };
    // Never "-0.0".
    if words.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        words.trim_start_matches('-').to_owned()
    } else {
        words
    }
}

/// A ratio to hundredths; a stroke where there is none.
fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"))
}

fn heads(lang: Lang, messages: impl IntoIterator<Item = Message>) -> Vec<String> {
    messages.into_iter().map(|m| m.text(lang)).collect()
}

/// `RMSE (corrected)`.
fn beside_head(figure: &str, label: &Message, lang: Lang) -> String {
    msg!("score.head_beside", figure = figure, label = label.clone()).text(lang)
}

fn hourly(feed: &FeedScore, beside: &[(Message, &FeedScore)], lang: Lang) -> String {
    let mut head = heads(lang, [msg!("score.head_variable"), msg!("score.head_unit"), msg!("score.head_lead")]);
    head.extend(heads(lang, [msg!("score.head_n"), msg!("score.head_forecast"), msg!("score.head_observed")]));
    head.extend(heads(lang, [msg!("score.head_bias"), msg!("score.head_mae"), msg!("score.head_rmse")]));
    head.push(msg!("score.head_correlation").text(lang));
    for (label, _) in beside {
        head.push(beside_head(&msg!("score.head_bias").text(lang), label, lang));
        head.push(beside_head(&msg!("score.head_rmse").text(lang), label, lang));
    }
    let row = |score: &HourlyScore| {
        let figure = |value: f64| figure(Some(score.variable), value);
        let e = &score.errors;
        let mut row = vec![score.variable.words(lang).to_owned(), score.variable.unit().to_owned()];
        row.extend([score.group.to_string(), e.n.to_string()]);
        row.extend([e.mean_forecast, e.mean_observed, e.bias, e.mae, e.rmse].map(figure));
        row.push(share(e.correlation));
        for (_, other) in beside {
            let same = other.hourly.iter().find(|h| h.variable == score.variable && h.group == score.group);
            let pair = same.map(|h| [h.errors.bias, h.errors.rmse].map(figure));
            row.extend(pair.unwrap_or_else(|| ["-", "-"].map(str::to_owned)));
        }
        row
    };
    table(head, 3, feed.hourly.iter().map(row))
}

fn daily(feed: &FeedScore, beside: &[(Message, &FeedScore)], lang: Lang) -> String {
    let mut head = heads(lang, [msg!("score.head_lead_day"), msg!("score.head_n")]);
    let (bias, rmse) = (msg!("score.head_bias").text(lang), msg!("score.head_rmse").text(lang));
    let of = |quantity: Message, figure: &str| msg!("score.head_of", quantity = quantity, figure = figure).text(lang);
    let aqi = [of(msg!("score.quantity_aqi"), &bias), of(msg!("score.quantity_aqi"), &rmse)];
    let o38h = [of(msg!("score.quantity_o3_8h"), &bias), of(msg!("score.quantity_o3_8h"), &rmse)];
    head.extend(aqi.into_iter().chain(o38h));
    head.extend(["f1", "f2", "f3", "S"].map(str::to_owned));
    head.push(msg!("score.head_ozone").text(lang));
    for (label, _) in beside {
        for figure in [of(msg!("score.quantity_o3_8h"), &rmse), "S".to_owned()] {
            head.push(beside_head(&figure, label, lang));
        }
    }
    let row = |day: &LeadDay| {
        let mut row = vec![day.lead.to_string(), day.pairs.len().to_string()];
        row.extend(
            [day.aqi, day.o38h].iter().flat_map(|e| [errors(e.as_ref(), |e| e.bias), errors(e.as_ref(), |e| e.rmse)]),
        );
        row.extend(match day.rule {
            Some(r) => [r.f1, r.f2, r.f3, r.s].map(|v| figure(None, v)),
            None => ["-"; 4].map(str::to_owned),
        });
        row.push(day.ozone.as_ref().map_or_else(|| "-".to_owned(), |o| figure(None, o.f2)));
        for (_, other) in beside {
            let same = other.days.iter().find(|d| d.lead == day.lead);
            row.push(same.map_or_else(|| "-".to_owned(), |d| errors(d.o38h.as_ref(), |e| e.rmse)));
            let s = same.and_then(|d| d.rule).map(|r| figure(None, r.s));
            row.push(s.unwrap_or_else(|| "-".to_owned()));
        }
        row
    };
    table(head, 0, feed.days.iter().map(row))
}

fn errors(errors: Option<&Errors>, of: fn(&Errors) -> f64) -> String {
    errors.map_or_else(|| "-".to_owned(), |e| figure(None, of(e)))
}

fn levels(feed: &FeedScore, lang: Lang) -> String {
    let mut head = heads(lang, [msg!("score.head_lead_day"), msg!("score.head_level"), msg!("score.head_both")]);
    head.extend(heads(lang, [msg!("score.head_said"), msg!("score.head_seen")]));
    head.push("TS".to_owned());
    let rows = feed.days.iter().flat_map(|day| {
        day.levels.iter().map(move |l| {
            let counts = [l.both, l.forecast, l.observed].map(|n| n.to_string());
            let mut row = vec![day.lead.to_string(), l.level.to_string()];
            row.extend(counts);
            row.push(share(l.ts()));
            row
        })
    });
    table(head, 0, rows)
}

fn thresholds(feed: &FeedScore, beside: &[(Message, &FeedScore)], lang: Lang) -> String {
    let mut head = heads(lang, [msg!("score.head_threshold"), msg!("score.head_quantity")]);
    head.extend(heads(lang, [msg!("score.head_lead_day"), msg!("score.hits"), msg!("score.misses")]));
    head.extend(heads(lang, [msg!("score.false_alarms"), msg!("score.rejections")]));
    head.extend(["POD", "FAR", "CSI"].map(str::to_owned));
    for (label, _) in beside {
        let counts = msg!("score.head_counts").text(lang);
        head.push(beside_head(&counts, label, lang));
        head.push(beside_head("CSI", label, lang));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (i, score) in feed.thresholds.iter().enumerate() {
        for (lead, c) in &score.leads {
            let words = quantity(score.threshold.quantity, lang);
            let above = milli_words(score.threshold.above);
            let mut row = vec![score.threshold.name.clone(), format!("{words} > {above}"), lead.to_string()];
            row.extend([c.hits, c.misses, c.false_alarms, c.rejections].map(|n| n.to_string()));
            row.extend([c.pod(), c.far(), c.csi()].map(share));
            for (_, other) in beside {
                let same = other.thresholds.get(i).and_then(|t| t.leads.iter().find(|(l, _)| l == lead));
                let counts = |c: &Contingency| format!("{}/{}/{}", c.hits, c.misses, c.false_alarms);
                row.push(same.map_or_else(|| "-".to_owned(), |(_, c)| counts(c)));
                row.push(share(same.and_then(|(_, c)| c.csi())));
            }
            rows.push(row);
        }
    }
    table(head, 2, rows)
}

fn quantity(quantity: Quantity, lang: Lang) -> String {
    match quantity {
        Quantity::Daily(Pollutant::O38h) => msg!("score.quantity_o3_8h").text(lang),
        Quantity::Daily(pollutant) => msg!("score.quantity_day", pollutant = pollutant.words(lang)).text(lang),
        Quantity::DailyAqi => msg!("score.quantity_aqi").text(lang),
        Quantity::Hour(variable) => msg!("score.quantity_hour", variable = variable.words(lang)).text(lang),
    }
}

/// The root mean square error by lead as bars, and the days of the nearest lead as columns.
fn pictures(first: &Side<'_>, feed: &FeedScore, beside: &[(Message, &FeedScore)], lang: Lang) -> String {
    let mut out = String::new();
    let all: Vec<(Message, &FeedScore)> =
        std::iter::once((first.label(), feed)).chain(beside.iter().map(|(l, f)| (l.clone(), *f))).collect();
    let shown = [Variable::O3, Variable::Pm25, Variable::AqiHour];
    let shown = shown.into_iter().find(|v| feed.hourly.iter().any(|h| h.variable == *v));
    if let Some(variable) = shown.or_else(|| feed.hourly.first().map(|h| h.variable)) {
        let of = |(label, feed): &(Message, &FeedScore)| {
            let bar = |h: &HourlyScore| {
                let name = msg!("score.bar", lead = h.group.to_string(), label = label.clone()).text(lang);
                (name, h.errors.rmse, figure(Some(variable), h.errors.rmse))
            };
            feed.hourly.iter().filter(|h| h.variable == variable).map(bar).collect::<Vec<_>>()
        };
        let bars: Vec<(String, f64, String)> = all.iter().flat_map(of).collect();
        out.push_str(&msg!("score.bars", variable = variable.words(lang), unit = variable.unit()).text(lang));
        out.push('\n');
        out.push_str(&terminal::bars(&bars));
    }
    let mut days = feed.days.iter().filter(|d| d.o38h.is_some());
    let same_day = days.clone().next();
    let lead = days.find(|d| d.lead >= 1).or(same_day);
    if let Some(lead) = lead {
        let panel = panel(lead.lead, &all, lang);
        let limits: Vec<f64> = panel.limits.iter().map(|l| l.value).collect();
        let (picture, each) = terminal::columns(&panel.labels, &panel.lines, &limits);
        out.push_str(&panel.title);
        out.push('\n');
        out.push_str(&picture);
        out.push_str(&msg!("score.columns", days = each).text(lang));
    }
    out
}

/// The days that a feed gave at one lead, oldest first.
fn pairs(feed: &FeedScore, lead: i64) -> &[DayPair] {
    feed.days.iter().find(|d| d.lead == lead).map(|d| d.pairs.as_slice()).unwrap_or_default()
}

/// Eight-hour ozone of a day: forecast, observed.
fn ozone(pairs: &[DayPair], day: NaiveDate) -> Option<(i32, i32)> {
    pairs.binary_search_by_key(&day, |p| p.day).ok().and_then(|i| pairs.get(i))?.concentration(Pollutant::O38h)
}

/// Thousandths as a figure.
fn unit(thousandths: i32) -> f64 {
    f64::from(thousandths) / 1000.0
}

/// Daily eight-hour ozone at one lead: observed, forecast on every side, limits, and how the first side met them.
fn panel(lead: i64, sides: &[(Message, &FeedScore)], lang: Lang) -> Panel {
    let own = sides.first().map(|(_, feed)| pairs(feed, lead)).unwrap_or_default();
    // Every day of the span has a place, so that a day without a pair is a gap and not a shortcut.
    let days: Vec<NaiveDate> = match own.first().zip(own.last()) {
        Some((first, last)) => first.day.iter_days().take_while(|d| *d <= last.day).collect(),
        None => Vec::new(),
    };
    let seen = days.iter().map(|d| ozone(own, *d).map(|(_, observed)| unit(observed))).collect();
    let mut lines = vec![Line { name: msg!("score.observed").text(lang), values: seen, stroke: Stroke::Observed }];
    for (i, (label, feed)) in sides.iter().enumerate() {
        let side = pairs(feed, lead);
        let values = days.iter().map(|d| ozone(side, *d).map(|(forecast, _)| unit(forecast))).collect();
        let stroke = if i == 0 { Stroke::Forecast } else { Stroke::Corrected };
        lines.push(Line { name: label.text(lang), values, stroke });
    }
    let thresholds: Vec<(&Threshold, f64)> = sides
        .first()
        .into_iter()
        .flat_map(|(_, feed)| feed.thresholds.iter().map(|t| &t.threshold))
        .filter(|t| t.quantity == Quantity::Daily(Pollutant::O38h))
        .filter_map(|t| Some((t, unit(i32::try_from(t.above).ok()?))))
        .collect();
    let limits = thresholds.iter().map(|(t, value)| Limit { name: t.name.clone(), value: *value }).collect();
    let mut marks = Vec::new();
    for (at, day) in days.iter().enumerate() {
        let Some((forecast, observed)) = ozone(own, *day) else { continue };
        for (threshold, value) in &thresholds {
            let kind = match outcome(i64::from(forecast), i64::from(observed), threshold.above) {
                Outcome::Hit => Kind::Hit,
                Outcome::Miss => Kind::Miss,
                Outcome::FalseAlarm => Kind::FalseAlarm,
                Outcome::Rejection => continue,
            };
            let (said, seen) = (milli_words(forecast.into()), milli_words(observed.into()));
            let (day, word) = (day.to_string(), kind_words(kind));
            let name = msg!("score.mark", day = day, kind = word, forecast = said, observed = seen).text(lang);
            marks.push(Mark { at, value: *value, kind, name });
        }
    }
    let labels = days.iter().map(|d| d.format("%m-%d").to_string()).collect();
    Panel {
        title: msg!("score.panel", days = lead).text(lang), unit: "µg/m³".to_owned(), labels, lines, limits, marks
    }
}

fn kind_words(kind: Kind) -> Message {
    match kind {
        Kind::Hit => msg!("score.hits"),
        Kind::Miss => msg!("score.misses"),
        Kind::FalseAlarm => msg!("score.false_alarms"),
    }
}

/// One feed's daily eight-hour ozone as SVG, a panel for each lead day. Nothing where the feed has no such day.
pub(super) fn svg(sides: &[Side<'_>], feed: &str, scope: &Scope<'_>, lang: Lang) -> Option<String> {
    let all: Vec<(Message, &FeedScore)> = sides.iter().filter_map(|s| Some((s.label(), s.feed(feed)?))).collect();
    let leads = all.first()?.1.days.iter().filter(|d| d.o38h.is_some()).map(|d| d.lead);
    let panels: Vec<Panel> = leads.map(|lead| panel(lead, &all, lang)).collect();
    if panels.is_empty() {
        return None;
    }
    let (from, to) = (scope.from.to_string(), scope.to.to_string());
    let words = Words {
        lang,
        title: msg!("score.svg_title", region = scope.region, feed = feed).text(lang),
        description: msg!("score.svg_text", from = from, to = to, panels = panels.len()).text(lang),
        source: scope.providers.get(feed).map_or_else(String::new, |p| msg!("score.provider", words = p).text(lang)),
        marks: Kind::ALL.map(|kind| kind_words(kind).text(lang)),
    };
    Some(document(&words, &panels))
}

#[cfg(test)]
mod tests;
