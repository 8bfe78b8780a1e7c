//! `cuofeng bulletin`: lines of bulletins that could not be read for certain, and what people decide.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Call;
use crate::app::App;
use crate::aqi::{Pollutant, milli_words, parse_milli};
use crate::forecast::{Columns, Outlook, Range, Run};
use crate::ledger;
use crate::msg;
use crate::store::{bulletins, forecasts};
use crate::text::Lang;
use crate::time::day_words;

/// What a person says of a line: `aqi=90-120`, `o3_8h=150-180`, `primary=o3_8h`.
pub(super) struct Settled {
    /// Number of the line.
    pub number: i64,
    /// Who says so.
    pub by: String,
    /// Corrections; none confirms what was understood.
    pub values: Vec<String>,
}

/// Lists the lines that wait.
pub(super) async fn list(call: &Call) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let waiting = app.store.waiting_lines().await?;
    if call.json {
        let lines: Vec<_> = waiting
            .iter()
            .map(|l| {
                json!({"number": l.number, "feed": l.feed, "region": l.region, "source": l.source, "line": l.line,
                       "understood": l.understood, "why": l.why})
            })
            .collect();
        super::say(&json!({"schema": "cuofeng.bulletin/1", "waiting": lines}).to_string());
    } else if waiting.is_empty() {
        call.tell(&msg!("bulletins.none"));
    } else {
        for line in &waiting {
            call.tell(&msg!("bulletins.line", number = line.number, source = &line.source, line = &line.line));
            call.tell(&msg!("bulletins.why", why = &line.why));
            let understood = line.understood.as_ref().map(|o| outlook_words(o, call.lang));
            call.tell(&msg!("bulletins.understood", words = understood.unwrap_or_else(|| "—".to_owned())));
        }
        call.tell(&msg!("bulletins.how"));
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Confirms a line, with corrections where given; its day becomes part of the bulletin's run.
pub(super) async fn confirm(call: &Call, settled: &Settled, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let Some(line) = app.store.waiting_lines().await?.into_iter().find(|l| l.number == settled.number) else {
        super::complain(call, &msg!("bulletins.unknown", number = settled.number));
        return Ok(ExitCode::from(1));
    };
    let mut outlook = line.understood.clone();
    for value in &settled.values {
        let read = value.split_once('=').and_then(|(key, text)| correct(outlook.take(), key, text));
        let Some(corrected) = read else {
            super::complain(call, &msg!("bulletins.value", value = value));
            return Ok(ExitCode::from(2));
        };
        outlook = Some(corrected);
    }
    let (Some(outlook), Some(issued_at)) = (outlook, line.issued_at) else {
        super::complain(call, &msg!("bulletins.nothing"));
        return Ok(ExitCode::from(1));
    };
    let words = outlook_words(&outlook, app.site.config.language);
    let days = vec![outlook];
    let run = Run { feed: line.feed, region: line.region, issued_at, columns: Columns::new(), days, archive: false };
    let mut tx = app.store.begin().await?;
    bulletins::settle(&mut tx, line.number, "confirmed", &settled.by, now).await?;
    forecasts::keep_part(&mut tx, &run, line.number, now).await?;
    let detail = format!("{}: {words}", settled.by);
    ledger::write(&mut tx, "bulletin-confirmed", &line.number.to_string(), &detail, now).await?;
    tx.commit().await?;
    call.tell(&msg!("bulletins.confirmed", number = line.number, words = words));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Drops a line: it says nothing that counts.
pub(super) async fn drop_line(call: &Call, settled: &Settled, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let mut tx = app.store.begin().await?;
    let done = bulletins::settle(&mut tx, settled.number, "dropped", &settled.by, now).await?;
    if !done {
        super::complain(call, &msg!("bulletins.unknown", number = settled.number));
        return Ok(ExitCode::from(1));
    }
    ledger::write(&mut tx, "bulletin-dropped", &settled.number.to_string(), &settled.by, now).await?;
    tx.commit().await?;
    call.tell(&msg!("bulletins.dropped", number = settled.number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// The outlook with one field as a person gives it; nothing where that can't be read.
fn correct(outlook: Option<Outlook>, key: &str, text: &str) -> Option<Outlook> {
    if key == "day" {
        let day = text.parse().ok()?;
        return Some(Outlook { day, ..outlook.unwrap_or(Outlook::new(day)) });
    }
    let mut outlook = outlook?;
    let pollutant = |name: &str| Pollutant::ALL.into_iter().find(|p| p.name() == name);
    match key {
        "aqi" => {
            let (low, high) = range(text)?;
            let whole = low % 1000 == 0 && high % 1000 == 0 && high <= 500_000;
            outlook.aqi = Some(Range::new(low / 1000, high / 1000).filter(|_| whole)?);
        }
        "primary" => {
            outlook.primary = text.split(',').map(pollutant).collect::<Option<Vec<_>>>()?;
        }
        _ => {
            let (low, high) = range(text)?;
            outlook.concentrations.insert(pollutant(key)?, Range::new(low, high)?);
        }
    }
    Some(outlook)
}

/// `150-180` or `165`, in thousandths.
fn range(text: &str) -> Option<(i64, i64)> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (parse_milli(low)?, parse_milli(high)?);
    (low >= 0).then_some((low, high))
}

/// An outlook in a line.
pub(super) fn outlook_words(outlook: &Outlook, lang: Lang) -> String {
    let mut words = vec![day_words(outlook.day, lang)];
    if let Some(aqi) = outlook.aqi {
        words.push(format!("aqi={}-{}", aqi.low(), aqi.high()));
    }
    if !outlook.primary.is_empty() {
        let names: Vec<&str> = outlook.primary.iter().map(|p| p.name()).collect();
        words.push(format!("primary={}", names.join(",")));
    }
    for (pollutant, range) in &outlook.concentrations {
        words.push(format!("{}={}-{}", pollutant.name(), milli_words(range.low()), milli_words(range.high())));
    }
    words.join(" ")
}
