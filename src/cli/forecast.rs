//! `cuofeng forecast show` and `forecast backfill`: what the site knows of the air, from whom, and how old it is.

use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

use super::Call;
use super::score::{Scope, Side};
use crate::app::App;
use crate::app::pull::order_words;
use crate::aqi::{Pollutant, milli_words, round_half_even};
use crate::config::Region;
use crate::forecast::bias::Correction;
use crate::forecast::merge::{Freshness, Merged};
use crate::forecast::{Origin, Variable};
use crate::msg;
use crate::text::Message;
use crate::time::{Hour, Period, day_words};

/// Shows the forecast of every region, or of one; exit code 1 where one has none to judge by.
pub(super) async fn show(
    call: &Call,
    region: Option<&str>,
    hours: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let regions: Vec<Region> =
        app.site.config.regions.iter().filter(|r| region.is_none_or(|wanted| r.id == wanted)).cloned().collect();
    if regions.is_empty() {
        super::complain(call, &msg!("config.feed_region", region = region.unwrap_or_default()));
        return Ok(ExitCode::from(2));
    }
    let mut values = Vec::new();
    let mut stale = false;
    for region in &regions {
        let merged = app.merged(&region.id, now).await?;
        stale |= !merged.fresh();
        if call.json {
            values.push(region_json(&app, call, region, &merged));
        } else {
            print_region(&app, call, region, &merged, now).await?;
            if hours {
                super::say(&hourly(&app, call, &merged, now));
            }
        }
    }
    if call.json {
        super::say(&json!({"schema": "cuofeng.forecast/1", "regions": values}).to_string());
    }
    app.store.close().await;
    Ok(if stale { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

async fn print_region(
    app: &App,
    call: &Call,
    region: &Region,
    merged: &Merged,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let zone = &app.site.config.zone;
    call.tell(&msg!("forecast.region", name = &region.name, id = &region.id));
    if let Some(why) = app.stale(merged) {
        call.tell(&msg!("forecast.unusable", why = why));
    }
    for state in &merged.states {
        let label = app.site.config.feeds.iter().find(|f| f.name == state.feed).map_or("", |f| f.label.as_str());
        let feed = app.store.feed_state(&state.feed).await?;
        call.tell(&msg!(
            "forecast.feed",
            feed = &state.feed,
            state = freshness(state.freshness, call, app),
            label = label
        ));
        if let Some(error) = &feed.error {
            call.tell(&msg!("forecast.failed", error = error));
        }
        for attribution in &feed.attributions {
            call.tell(&msg!("forecast.attribution", words = attribution));
        }
    }
    let today = zone.day(now);
    if let Some(ahead) = Period::new(now, zone.at(today, 0) + chrono::Duration::days(8)) {
        for order in app.store.orders(&region.id, &ahead).await? {
            if order.order.in_force().is_some_and(|p| p.end > now) {
                call.tell(&msg!("forecast.order", order = order_words(&order.order, zone, call.lang)));
            }
        }
    }
    let waiting = app.store.waiting_lines().await?.iter().filter(|line| line.region == region.id).count();
    if waiting > 0 {
        call.tell(&msg!("forecast.waiting", count = waiting));
    }
    super::say(&days(app, call, merged, today));
    Ok(())
}

fn freshness(freshness: Freshness, call: &Call, app: &App) -> Message {
    let zone = &app.site.config.zone;
    match freshness {
        Freshness::Fresh { issued_at } => msg!("forecast.fresh", issued = zone.words(issued_at, call.lang)),
        Freshness::Stale { issued_at, age, limit } => {
            let issued = zone.words(issued_at, call.lang);
            msg!("forecast.stale", issued = issued, age = age.num_hours(), limit = limit.num_hours())
        }
        Freshness::Missing => msg!("forecast.missing"),
    }
}

/// One row a day, from yesterday on.
fn days(app: &App, call: &Call, merged: &Merged, today: NaiveDate) -> String {
    let (zone, standards) = (&app.site.config.zone, &app.site.standards);
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    let head = [
        msg!("forecast.head_day"),
        msg!("forecast.head_aqi"),
        msg!("forecast.head_primary"),
        msg!("forecast.head_o3"),
        msg!("forecast.head_pm25"),
        msg!("forecast.head_weather"),
        msg!("forecast.head_from"),
    ];
    table.set_header(head.map(|column| column.text(call.lang)));
    for day in merged.series.days(zone).into_iter().filter(|d| *d >= today.pred_opt().unwrap_or(today)) {
        let index = merged.series.daily_index(day, zone, standards);
        let standard = standards.on(day);
        let aqi = index.as_ref().and_then(|i| i.aqi);
        let level = aqi.and_then(|aqi| standard?.level(aqi)).map_or("", |l| l.words(call.lang));
        let primary: Vec<&str> = index.iter().flat_map(|i| &i.primary).map(|p| p.words(call.lang)).collect();
        let concentration = |p| {
            let value = standard.and_then(|s| merged.series.daily_concentration(p, day, zone, s));
            value.map_or_else(|| "—".to_owned(), |v| milli_words(round_half_even(v, 1000) * 1000))
        };
        let from = from(merged, zone.first_hour(day));
        let from = from.iter().map(|origin| origin_words(origin, call)).collect::<Vec<_>>().join("、");
        table.add_row([
            day_words(day, call.lang),
            aqi.map_or_else(|| "—".to_owned(), |aqi| format!("{aqi} {level}")),
            primary.join("、"),
            concentration(Pollutant::O38h),
            concentration(Pollutant::Pm25),
            weather(merged, zone.first_hour(day)),
            if from.is_empty() { "—".to_owned() } else { from },
        ]);
    }
    table.to_string()
}

/// Lowest and highest temperature, °C.
fn weather(merged: &Merged, first: Hour) -> String {
    let values: Vec<i32> = (0..24).filter_map(|h| merged.series.value(Variable::Temperature, first + h)).collect();
    match (values.iter().min(), values.iter().max()) {
        (Some(low), Some(high)) => format!("{}～{} °C", low / 1000, high / 1000),
        _ => "—".to_owned(),
    }
}

/// The origins of the air quality of a day.
fn from(merged: &Merged, first: Hour) -> Vec<&Origin> {
    let mut origins: Vec<&Origin> = Vec::new();
    for hour in 0..24 {
        for variable in Variable::AIR.into_iter().chain([Variable::AqiHour]) {
            if let Some(origin) = merged.series.origin(variable, first + hour).filter(|o| !origins.contains(o)) {
                origins.push(origin);
            }
        }
    }
    let mut feeds: Vec<(&str, bool, bool)> = Vec::new();
    origins.retain(|origin| {
        let key = (origin.feed(), origin.issued_at().is_none(), matches!(origin, Origin::Shaped { .. }));
        let new = !feeds.contains(&key);
        feeds.push(key);
        new
    });
    origins
}

fn origin_words(origin: &Origin, call: &Call) -> String {
    match origin {
        Origin::Observed { feed } => msg!("forecast.from_observed", feed = feed),
        Origin::Forecast { feed, .. } => msg!("forecast.from_forecast", feed = feed),
        Origin::Shaped { feed, profile, .. } => msg!("forecast.from_shaped", feed = feed, profile = profile),
    }
    .text(call.lang)
}

/// One row an hour from now on, a column a variable; values from a shape are marked `~`, observed ones `*`.
fn hourly(app: &App, call: &Call, merged: &Merged, now: DateTime<Utc>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    let present: Vec<Variable> = Variable::ALL.into_iter().filter(|v| merged.series.values(*v).is_some()).collect();
    let heads = present.iter().map(|v| format!("{}\n{}", v.words(call.lang), v.unit()));
    table.set_header(std::iter::once(msg!("forecast.head_hour").text(call.lang)).chain(heads));
    let start = Hour::containing(now);
    let end = merged.series.first + i64::try_from(merged.series.hours).unwrap_or(0);
    for hour in (0..end - start).map(|h| start + h) {
        let cells = present.iter().map(|variable| {
            let Some(value) = merged.series.value(*variable, hour) else { return "—".to_owned() };
            let mark = match merged.series.origin(*variable, hour) {
                Some(Origin::Shaped { .. }) => "~",
                Some(Origin::Observed { .. }) => "*",
                _ => "",
            };
            format!("{}{mark}", milli_words(round_half_even(i64::from(value), 100) * 100))
        });
        table.add_row(std::iter::once(app.site.config.zone.words(hour.start(), call.lang)).chain(cells));
    }
    format!("{table}\n{}", msg!("forecast.marks").text(call.lang))
}

fn region_json(app: &App, call: &Call, region: &Region, merged: &Merged) -> Value {
    let zone = &app.site.config.zone;
    let feeds: Vec<Value> = merged
        .states
        .iter()
        .map(|state| match state.freshness {
            Freshness::Fresh { issued_at } => {
                json!({"feed": state.feed, "state": "fresh", "issued_at": zone.rfc3339(issued_at)})
            }
            Freshness::Stale { issued_at, age, limit } => {
                json!({"feed": state.feed, "state": "stale", "issued_at": zone.rfc3339(issued_at),
                       "age_hours": age.num_hours(), "limit_hours": limit.num_hours()})
            }
            Freshness::Missing => json!({"feed": state.feed, "state": "missing"}),
        })
        .collect();
    let hours: Vec<Value> = (0..i64::try_from(merged.series.hours).unwrap_or(0))
        .filter_map(|h| hour_json(app, merged, merged.series.first + h))
        .collect();
    let days: Vec<Value> = merged
        .series
        .days(zone)
        .into_iter()
        .filter_map(|day| {
            let index = merged.series.daily_index(day, zone, &app.site.standards)?;
            let primary: Vec<&str> = index.primary.iter().map(|p| p.name()).collect();
            index.aqi.map(|aqi| json!({"day": day.to_string(), "aqi": aqi, "primary": primary}))
        })
        .collect();
    let why = app.stale(merged).map(|m| m.text(call.lang));
    json!({"region": region.id, "name": region.name, "usable": merged.fresh(), "reason": why, "feeds": feeds,
           "days": days, "hours": hours})
}

fn hour_json(app: &App, merged: &Merged, hour: Hour) -> Option<Value> {
    let zone = &app.site.config.zone;
    let values: serde_json::Map<String, Value> = Variable::ALL
        .into_iter()
        .filter_map(|variable| {
            let value = merged.series.value(variable, hour)?;
            let origin = merged.series.origin(variable, hour)?;
            let kind = match origin {
                Origin::Observed { .. } => "observed",
                Origin::Forecast { .. } => "forecast",
                Origin::Shaped { .. } => "shaped",
            };
            let issued = origin.issued_at().map(|at| zone.rfc3339(at));
            let number: Value = serde_json::from_str(&milli_words(i64::from(value))).ok()?;
            let item = json!({"value": number, "unit": variable.unit(), "kind": kind, "feed": origin.feed(), "issued_at": issued});
            Some((variable.name().to_owned(), item))
        })
        .collect();
    (!values.is_empty()).then(|| json!({"hour": zone.rfc3339(hour.start()), "values": values}))
}

/// Fetches what the feeds still offer of the past; exit code 1 where none offers anything.
pub(super) async fn backfill(
    call: &Call,
    from: NaiveDate,
    to: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    if from > to {
        super::complain(call, &msg!("forecast.from_after_to", from = from.to_string(), to = to.to_string()));
        return Ok(ExitCode::from(2));
    }
    let app = App::look(&call.site()).await?;
    let lines = app.backfill(from, to, now).await?;
    let any = lines.iter().any(|(_, line)| line.is_ok());
    if call.json {
        let feeds: Vec<Value> = lines
            .iter()
            .map(|(feed, line)| match line {
                Ok(kept) => json!({"feed": feed, "runs": kept.runs, "observed_days": kept.observed_days,
                                   "fires": kept.fires, "orders": kept.orders, "aside": kept.aside}),
                Err(why) => json!({"feed": feed, "error": why.text(call.lang)}),
            })
            .collect();
        super::say(&json!({"schema": "cuofeng.forecast.backfill/1", "feeds": feeds}).to_string());
    } else {
        for (feed, line) in &lines {
            match line {
                Ok(kept) => call.tell(&msg!(
                    "forecast.backfilled",
                    feed = feed,
                    runs = kept.runs,
                    days = kept.observed_days,
                    fires = kept.fires
                )),
                Err(why) => call.tell(why),
            }
        }
    }
    app.store.close().await;
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What is to be scored.
pub(super) struct Wanted {
    /// First local day.
    pub from: NaiveDate,
    /// Last local day.
    pub to: NaiveDate,
    /// One region only.
    pub region: Option<String>,
    /// Days of past errors by which to correct, beside the runs as they came.
    pub correct: Option<u16>,
    /// Where to write the picture; of several feeds one each, the feed's name before the ending.
    pub svg: Option<std::path::PathBuf>,
}

/// Scores the forecasts of past days; exit code 1 where there was nothing to score.
pub(super) async fn score(call: &Call, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    let (from, to) = (wanted.from, wanted.to);
    if from > to {
        super::complain(call, &msg!("forecast.from_after_to", from = from.to_string(), to = to.to_string()));
        return Ok(ExitCode::from(2));
    }
    let correction = match wanted.correct.map(Correction::new) {
        Some(None) => {
            super::complain(call, &msg!("forecast.correction"));
            return Ok(ExitCode::from(2));
        }
        given => given.flatten(),
    };
    let app = App::look(&call.site()).await?;
    let mut any = false;
    for region in app.site.config.regions.iter().filter(|r| wanted.region.as_ref().is_none_or(|w| *w == r.id)) {
        let (plain, corrected) = app.score(&region.id, from, to, correction).await?;
        any |= plain.iter().any(|f| !f.hourly.is_empty() || !f.days.is_empty());
        let mut sides = vec![Side { correction: None, scores: &plain }];
        if let (Some(scores), Some(correction)) = (&corrected, correction) {
            sides.push(Side { correction: Some(correction.days()), scores });
        }
        let scope = Scope { region: &region.name, from, to };
        super::score::print(call, &sides, &scope);
        for feed in wanted.svg.iter().flat_map(|path| plain.iter().map(move |f| (path, f))) {
            let (path, feed) = feed;
            let Some(picture) = super::score::svg(&sides, &feed.feed, &scope, call.lang) else { continue };
            let path = if plain.len() == 1 && app.site.config.regions.len() == 1 {
                path.clone()
            } else {
                path.with_extension(format!("{}.{}.svg", region.id, feed.feed))
            };
            std::fs::write(&path, picture)?;
            if !call.json {
                call.tell(&msg!("forecast.picture", path = path.display()));
            }
        }
    }
    app.store.close().await;
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
