//! `cuofeng forecast backfill` and `forecast score`: the past, fetched and compared with what came.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::cli::score::{Scope, Side};
use crate::cli::{Call, look, misread, say, score as scores};
use cuofeng_air::forecast::bias::Correction;
use cuofeng_app::App;
use cuofeng_app::pulling::score;
use cuofeng_base::msg;

/// Fetches what the feeds still offer of the past; exit code 1 where none offers anything.
pub(super) async fn backfill(
    call: &Call,
    from: NaiveDate,
    to: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    if from > to {
        return Ok(misread(call, &msg!("forecast.from_after_to", from = from.to_string(), to = to.to_string())));
    }
    let app = look(call).await?;
    let lines = app.fetching().backfill(from, to, now).await?;
    let any = lines.iter().any(|(_, line)| line.is_ok());
    if call.json {
        let feeds: Vec<Value> = lines
            .iter()
            .map(|(feed, line)| match line {
                Ok(kept) => json!({"feed": feed, "runs": kept.runs, "observed_hours": kept.observed_hours,
                                   "fires": kept.fires, "orders": kept.orders, "aside": kept.aside}),
                Err(why) => json!({"feed": feed, "error": why.text(call.lang)}),
            })
            .collect();
        say(&json!({"schema": "cuofeng.forecast.backfill/1", "feeds": feeds}).to_string());
    } else {
        for (feed, line) in &lines {
            match line {
                Ok(kept) => call.tell(&msg!(
                    "forecast.backfilled",
                    feed = feed,
                    runs = kept.runs,
                    hours = kept.observed_hours,
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
        return Ok(misread(call, &msg!("forecast.from_after_to", from = from.to_string(), to = to.to_string())));
    }
    let correction = match wanted.correct.map(Correction::new) {
        Some(None) => return Ok(misread(call, &msg!("forecast.correction"))),
        given => given.flatten(),
    };
    let app = look(call).await?;
    if let Some(unknown) = wanted.region.as_ref().filter(|id| app.site.config.regions.iter().all(|r| r.id != **id)) {
        return Ok(misread(call, &msg!("config.feed_region", region = unknown)));
    }
    let providers = providers(&app).await?;
    let mut any = false;
    let mut values = Vec::new();
    for region in app.site.config.regions.iter().filter(|r| wanted.region.as_ref().is_none_or(|w| *w == r.id)) {
        let (plain, corrected) = score::scores(&app.site, &app.store, &region.id, from, to, correction).await?;
        any |= plain.iter().any(|f| !f.hourly.is_empty() || !f.days.is_empty());
        let mut sides = vec![Side { correction: None, scores: &plain }];
        if let (Some(scores), Some(correction)) = (&corrected, correction) {
            sides.push(Side { correction: Some(correction.days()), scores });
        }
        let scope = Scope { id: &region.id, region: &region.name, from, to, providers: &providers };
        if call.json {
            values.push(scores::json::region(&sides, &scope));
        } else {
            scores::print(call, &sides, &scope);
        }
        for feed in wanted.svg.iter().flat_map(|path| plain.iter().map(move |f| (path, f))) {
            let (path, feed) = feed;
            let Some(picture) = scores::svg(&sides, &feed.feed, &scope, call.lang) else { continue };
            let path = if plain.len() == 1 && app.site.config.regions.len() == 1 {
                path.clone()
            } else {
                path.with_extension(format!("{}.{}.svg", region.id, feed.feed))
            };
            std::fs::write(&path, picture).with_context(|| path.display().to_string())?;
            if !call.json {
                call.tell(&msg!("forecast.picture", path = path.display()));
            }
        }
    }
    if call.json {
        say(&scores::json::all(values, (from, to)).to_string());
    }
    app.store.close().await;
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Whom to name for the data of each feed: its label, and the provider's own words.
async fn providers(app: &App) -> anyhow::Result<BTreeMap<String, String>> {
    let mut providers = BTreeMap::new();
    for feed in &app.site.config.feeds {
        let mut words = vec![feed.label.clone()];
        words.extend(app.store.feed_state(&feed.name).await?.attributions);
        providers.insert(feed.name.clone(), words.join(app.site.config.language.semicolon()));
    }
    Ok(providers)
}
