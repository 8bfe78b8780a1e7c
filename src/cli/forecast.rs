//! `cuofeng forecast`: what the site knows of the air, from whom, and how old it is.

mod add;
mod json;
mod past;
mod versions;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;

use self::add::New;
use self::json::region_json;
use self::past::{Wanted, backfill, score};
use self::versions::Asked;
use super::{Call, Time, at, look, misread, say};
use cuofeng_air::forecast::merge::{Freshness, Merged};
use cuofeng_air::forecast::{Origin, Variable};
use cuofeng_air::region::Region;
use cuofeng_app::App;
use cuofeng_app::pulling::freshness;
use cuofeng_app::pulling::unplaced;
use cuofeng_app::pulling::words::order_words;
use cuofeng_aqi::{Pollutant, milli_words, round_half_even};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period, Zone, day_words};
use cuofeng_feed::setting::FeedConfig;
use cuofeng_store::feeds::FeedState;
use cuofeng_store::versions::Version;
use cuofeng_town::order::Order;

/// How far back corrections are shown, in days: as far as a forecast's past hours.
const CORRECTIONS_DAYS: i64 = 3;

#[derive(Debug, clap::Subcommand)]
pub(super) enum ForecastCommand {
    Show {
        #[arg(long, value_name = "ID")]
        region: Option<String>,
        #[arg(long)]
        hours: bool,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Score {
        #[arg(long, value_name = "DAY")]
        from: NaiveDate,
        #[arg(long, value_name = "DAY")]
        to: NaiveDate,
        #[arg(long, value_name = "ID")]
        region: Option<String>,
        #[arg(long, value_name = "DAYS")]
        correct: Option<u16>,
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    Runs {
        #[arg(long, value_name = "ID")]
        region: Option<String>,
        #[arg(long, value_name = "DAYS", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=4000))]
        days: u16,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Add(Box<New>),
    Withdraw(Box<Asked>),
    Backfill {
        #[arg(long, value_name = "DAY")]
        from: NaiveDate,
        #[arg(long, value_name = "DAY")]
        to: NaiveDate,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: ForecastCommand) -> anyhow::Result<ExitCode> {
    match command {
        ForecastCommand::Show { region, hours, now } => show(call, region.as_deref(), hours, at(now)).await,
        ForecastCommand::Score { from, to, region, correct, svg } => {
            score(call, &Wanted { from, to, region, correct, svg }).await
        }
        ForecastCommand::Runs { region, days, now } => versions::list(call, region.as_deref(), days, at(now)).await,
        ForecastCommand::Add(new) => add::add(call, &new, at(new.now)).await,
        ForecastCommand::Withdraw(asked) => versions::withdraw(call, &asked, at(asked.now)).await,
        ForecastCommand::Backfill { from, to, now } => backfill(call, from, to, at(now)).await,
    }
}

/// Shows the forecast of every region, or of one; exit code 1 where one has none to judge by.
async fn show(call: &Call, region: Option<&str>, hours: bool, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let regions: Vec<Region> =
        app.site.config.regions.iter().filter(|r| region.is_none_or(|wanted| r.id == wanted)).cloned().collect();
    if regions.is_empty() {
        return Ok(misread(call, &msg!("config.feed_region", region = region.unwrap_or_default())));
    }
    let mut values = Vec::new();
    let mut stale = false;
    for region in &regions {
        let view = View::of(&app, region, now).await?;
        stale |= !view.merged.fresh();
        if call.json {
            values.push(region_json(&app, call, &view));
        } else {
            print_region(&app, call, &view);
            if hours {
                say(&hourly(&app, call, &view));
            }
        }
    }
    if call.json {
        say(&json!({"schema": "cuofeng.forecast/1", "regions": values}).to_string());
    }
    app.store.close().await;
    Ok(if stale { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Everything that is shown of a region.
struct View<'a> {
    region: &'a Region,
    now: DateTime<Utc>,
    merged: Merged,
    /// The same before its correction, where the site corrects.
    plain: Option<Merged>,
    /// Every feed that serves the region, and what is known of its last pull.
    feeds: Vec<(&'a FeedConfig, FeedState)>,
    /// Official orders in force or to come.
    orders: Vec<Order>,
    /// Alerts about the air that became no order, in words.
    unplaced: Vec<String>,
    /// Lines of bulletins that wait for a person.
    waiting: usize,
    /// Runs that are not as they were first received, and those that people entered.
    corrections: Vec<Version>,
}

impl<'a> View<'a> {
    async fn of(app: &'a App, region: &'a Region, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let zone = &app.site.config.zone;
        let mut feeds = Vec::new();
        for feed in app.site.config.feeds.iter().filter(|f| f.regions.contains(&region.id)) {
            feeds.push((feed, app.store.feed_state(&feed.name).await?));
        }
        let mut orders = Vec::new();
        if let Some(ahead) = Period::new(now, zone.at(zone.day(now), 0) + chrono::Duration::days(8)) {
            let found = app.store.orders(&region.id, &ahead).await?.into_iter().map(|found| found.order);
            orders.extend(found.filter(|order| order.in_force().is_some_and(|p| p.end > now)));
        }
        let waiting = app.store.waiting_lines().await?.iter().filter(|line| line.region == region.id).count();
        let merged = app.forecasts().merged(&region.id, now).await?;
        let plain = app.forecasts().uncorrected(&region.id, now).await?;
        let unplaced = unplaced::unplaced(&app.store, &region.id, now).await?;
        let since = now - chrono::Duration::days(CORRECTIONS_DAYS);
        let corrections = app.store.corrections(&region.id, since).await?;
        Ok(Self { region, now, merged, plain, feeds, orders, unplaced, waiting, corrections })
    }

    /// How a feed's forecast stands; nothing where it brings none.
    fn freshness(&self, feed: &FeedConfig) -> Option<Freshness> {
        self.merged.states.iter().find(|s| s.feed == feed.name).map(|s| s.freshness)
    }

    /// The value that a feed gave, where it was corrected by its past errors.
    fn uncorrected(&self, variable: Variable, hour: Hour) -> Option<i32> {
        let forecast = matches!(self.merged.series.origin(variable, hour), Some(Origin::Forecast { .. }));
        let given = self.plain.as_ref().filter(|_| forecast)?.series.value(variable, hour)?;
        Some(given).filter(|given| Some(*given) != self.merged.series.value(variable, hour))
    }
}

fn print_region(app: &App, call: &Call, view: &View<'_>) {
    let zone = &app.site.config.zone;
    call.tell(&msg!("forecast.region", name = &view.region.name, id = &view.region.id));
    if let Some(why) = freshness::stale(&app.site, &view.merged) {
        call.tell(&msg!("forecast.unusable", why = why));
    }
    for (feed, state) in &view.feeds {
        let stands = match (view.freshness(feed), state.succeeded_at) {
            (Some(stands), _) => freshness(stands, call, app),
            (None, Some(at)) => msg!("forecast.read", at = zone.words(at, call.lang)),
            (None, None) => msg!("forecast.never"),
        };
        call.tell(&msg!("forecast.feed", feed = &feed.name, state = stands, label = &feed.label));
        if let Some(error) = &state.error {
            call.tell(&msg!("forecast.failed", error = error));
        }
        for attribution in &state.attributions {
            call.tell(&msg!("forecast.attribution", words = attribution));
        }
        for version in view.corrections.iter().filter(|version| version.run.feed == feed.name) {
            call.tell(&versions::correction(version, zone, call.lang));
        }
    }
    for version in view.corrections.iter().filter(|version| version.by_hand) {
        call.tell(&versions::correction(version, zone, call.lang));
    }
    for order in &view.orders {
        call.tell(&msg!("forecast.order", order = order_words(order, zone, call.lang)));
    }
    for words in &view.unplaced {
        call.tell(&msg!("unplaced.line", words = words));
    }
    if !view.unplaced.is_empty() {
        call.tell(&msg!("unplaced.how"));
    }
    if view.waiting > 0 {
        call.tell(&msg!("forecast.waiting", count = view.waiting));
    }
    if let Some(days) = app.site.config.bias_days {
        call.tell(&msg!("forecast.corrected", days = days));
    }
    say(&days(app, call, &view.merged, zone.day(view.now)));
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
    let head = [
        msg!("forecast.head_day"),
        msg!("forecast.head_aqi"),
        msg!("forecast.head_primary"),
        msg!("forecast.head_o3"),
        msg!("forecast.head_pm25"),
        msg!("forecast.head_weather"),
        msg!("forecast.head_from"),
    ];
    let mut table = crate::cli::table::of(head, call.lang);
    for day in merged.series.days(zone).into_iter().filter(|d| *d >= today.pred_opt().unwrap_or(today)) {
        let index = merged.series.daily_index(day, zone, standards);
        let standard = standards.on(day);
        let aqi = index.as_ref().and_then(|i| i.aqi);
        let least = if index.as_ref().is_some_and(|i| !i.missing.is_empty()) { "≥" } else { "" };
        let graded = index.as_ref().and_then(|i| i.graded);
        let shown = match (aqi, graded, standard) {
            (Some(_), Some([low, high]), Some(standard)) => {
                let level = standard.levels_words(low, high, call.lang);
                msg!("forecast.graded", low = low, high = high, level = level).text(call.lang)
            }
            (Some(aqi), ..) => {
                let level = standard.and_then(|standard| standard.level(aqi)).map_or("", |l| l.words(call.lang));
                format!("{least}{aqi} {level}")
            }
            (None, ..) => "—".to_owned(),
        };
        let primary: Vec<&str> = index.iter().flat_map(|i| &i.primary).map(|p| p.words(call.lang)).collect();
        let concentration = |p| {
            let value = standard.and_then(|s| merged.series.daily_concentration(p, day, zone, s));
            value.map_or_else(|| "—".to_owned(), |v| milli_words(round_half_even(v, 1000) * 1000))
        };
        let from = from(merged, day, zone);
        let mut from = from.iter().map(|origin| origin_words(origin, call)).collect::<Vec<_>>().join(call.lang.comma());
        if merged.series.outlook(day).is_some_and(|(outlook, _)| outlook.from_parts) {
            from.push_str(&msg!("forecast.from_parts").text(call.lang));
        }
        table.add_row([
            day_words(day, call.lang),
            shown,
            primary.join(call.lang.comma()),
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

/// The origins of the air quality of a day: of its outlook and of its hours, a feed and kind once.
fn from<'a>(merged: &'a Merged, day: NaiveDate, zone: &Zone) -> Vec<&'a Origin> {
    let first = zone.first_hour(day);
    let mut origins: Vec<&Origin> = merged.series.outlook(day).map(|(_, origin)| origin).into_iter().collect();
    for hour in 0..24 {
        for variable in Variable::AIR.into_iter().chain([Variable::AqiHour]) {
            if let Some(origin) = merged.series.origin(variable, first + hour).filter(|o| !origins.contains(o)) {
                origins.push(origin);
            }
        }
    }
    // Hours that a shape made of an outlook say more than the outlook alone.
    let shaped = |feed: &str| origins.iter().any(|o| matches!(o, Origin::Shaped { feed: f, .. } if f == feed));
    let doubled: Vec<bool> =
        origins.iter().map(|o| matches!(o, Origin::Forecast { feed, .. } if shaped(feed))).collect();
    let mut feeds: Vec<(&str, bool, bool)> = Vec::new();
    let mut doubled = doubled.into_iter();
    origins.retain(|origin| {
        let key = (origin.feed(), origin.issued_at().is_none(), matches!(origin, Origin::Shaped { .. }));
        let new = !doubled.next().unwrap_or(false) && !feeds.contains(&key);
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

/// One row an hour from today's midnight on, a column a variable; values from a shape are marked `~`, observed ones
/// `*`, corrected ones `^`, and the present hour `>`.
fn hourly(app: &App, call: &Call, view: &View<'_>) -> String {
    let (series, zone) = (&view.merged.series, &app.site.config.zone);
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    let present: Vec<Variable> = Variable::ALL.into_iter().filter(|v| series.values(*v).is_some()).collect();
    let heads = present.iter().map(|v| format!("{}\n{}", v.words(call.lang), v.unit()));
    table.set_header(std::iter::once(msg!("forecast.head_hour").text(call.lang)).chain(heads));
    let (start, now) = (zone.first_hour(zone.day(view.now)), Hour::containing(view.now));
    let end = series.first + i64::try_from(series.hours).unwrap_or(0);
    for hour in (0..end - start).map(|h| start + h) {
        let cells = present.iter().map(|variable| {
            let Some(value) = series.value(*variable, hour) else { return "—".to_owned() };
            let mark = match series.origin(*variable, hour) {
                Some(Origin::Shaped { .. }) => "~",
                Some(Origin::Observed { .. }) => "*",
                _ if view.uncorrected(*variable, hour).is_some() => "^",
                _ => "",
            };
            format!("{}{mark}", milli_words(round_half_even(i64::from(value), 100) * 100))
        });
        let mark = if hour == now { "> " } else { "" };
        let words = format!("{mark}{}", zone.words(hour.start(), call.lang));
        table.add_row(std::iter::once(words).chain(cells));
    }
    format!("{table}\n{}", msg!("forecast.marks").text(call.lang))
}
