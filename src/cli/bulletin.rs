//! `cuofeng bulletin`: lines of bulletins that could not be read for certain, and what people decide.

use std::io::Read as _;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Call, Time, at, look, misread, refused, say};
use cuofeng_air::forecast::{Columns, Outlook, Run};
use cuofeng_aqi::milli_words;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::day_words;
use cuofeng_feed::bulletin;
use cuofeng_store::bulletins;
use cuofeng_store::forecasts::{self, Word};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_town::roster::Role;

/// Bytes of standard input that are read: more than a bulletin may have, so that a larger one is refused.
const LARGEST: u64 = 2 << 20;

#[derive(Debug, clap::Subcommand)]
pub(super) enum BulletinCommand {
    List,
    Read {
        #[arg(long, value_name = "NAME")]
        feed: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        issued: Option<Time>,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Confirm {
        number: i64,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        issued: Option<Time>,
        #[arg(value_name = "aqi=90-120")]
        values: Vec<String>,
    },
    Drop {
        number: i64,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
    },
}

/// What a person says of a line: `aqi=90-120`, `level=2-3`, `o3_8h=150-180`, `primary=o3_8h`, `day=2026-07-15`.
struct Settled {
    /// Number of the line.
    pub number: i64,
    /// Who says so.
    pub by: String,
    /// When the bulletin was issued, where the line does not say so.
    pub issued: Option<DateTime<Utc>>,
    /// Corrections; none confirms what was understood.
    pub values: Vec<String>,
}

pub(super) async fn dispatch(call: &Call, command: BulletinCommand) -> anyhow::Result<ExitCode> {
    match command {
        BulletinCommand::List => list(call).await,
        BulletinCommand::Read { feed, by, issued, now } => {
            read(call, &feed, (&by, issued.map(Time::utc)), at(now)).await
        }
        BulletinCommand::Confirm { number, by, issued, values } => {
            let issued = issued.map(Time::utc);
            confirm(call, &Settled { number, by, issued, values }, Utc::now()).await
        }
        BulletinCommand::Drop { number, by } => {
            drop_line(call, &Settled { number, by, issued: None, values: Vec::new() }, Utc::now()).await
        }
    }
}

/// Lists the lines that wait.
async fn list(call: &Call) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let zone = &app.site.config.zone;
    let waiting = app.store.waiting_lines().await?;
    if call.json {
        let lines: Vec<_> = waiting
            .iter()
            .map(|l| {
                json!({"number": l.number, "feed": l.feed, "region": l.region, "source": l.source, "line": l.line,
                       "issued_at": l.issued_at.map(|at| zone.rfc3339(at)), "understood": l.understood, "why": l.why})
            })
            .collect();
        say(&json!({"schema": "cuofeng.bulletin/1", "waiting": lines}).to_string());
    } else if waiting.is_empty() {
        call.tell(&msg!("bulletins.none"));
    } else {
        for line in &waiting {
            call.tell(&msg!("bulletins.line", number = line.number, source = &line.source, line = &line.line));
            call.tell(&msg!("bulletins.why", why = &line.why));
            let words = outlooks_words(&line.understood, call.lang);
            call.tell(&msg!("bulletins.understood", words = words));
            call.tell(&match line.issued_at {
                Some(at) => msg!("bulletins.issued", issued = zone.words(at, call.lang)),
                None => msg!("bulletins.not_issued"),
            });
        }
        call.tell(&msg!("bulletins.how"));
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Confirms a line, with corrections where given; its days become part of the bulletin's run.
async fn confirm(call: &Call, settled: &Settled, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    if settled.by.trim().is_empty() {
        return Ok(misread(call, &msg!("bulletins.nobody")));
    }
    let app = look(call).await?;
    if !app.site.roster.may(&settled.by, &Role::DRAFTING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = &settled.by)));
    }
    let Some(line) = app.store.waiting_lines().await?.into_iter().find(|l| l.number == settled.number) else {
        return Ok(refused(call, &msg!("bulletins.unknown", number = settled.number)));
    };
    let mut days = line.understood;
    let near = app.site.config.zone.day(settled.issued.or(line.issued_at).unwrap_or(now));
    for value in &settled.values {
        let pair = value.split_once(['=', '＝', '：', ':']);
        let read = pair.and_then(|(key, text)| bulletin::correct(days, key, text, near));
        let Some(corrected) = read else {
            return Ok(misread(call, &msg!("bulletins.value", value = value)));
        };
        days = corrected;
    }
    if days.is_empty() {
        return Ok(refused(call, &msg!("bulletins.nothing")));
    }
    if settled.issued.is_some_and(|at| at > now) {
        return Ok(misread(call, &msg!("bulletins.ahead")));
    }
    let Some(issued_at) = settled.issued.or(line.issued_at) else {
        return Ok(refused(call, &msg!("bulletins.when")));
    };
    let words = outlooks_words(&days, app.site.config.language);
    let run = Run { feed: line.feed, region: line.region, issued_at, columns: Columns::new(), days, archive: false };
    let mut tx = app.store.begin().await?;
    if !bulletins::settle(&mut tx, line.number, "confirmed", &settled.by, now).await? {
        return Ok(refused(call, &msg!("bulletins.unknown", number = settled.number)));
    }
    let word = Word { by: &settled.by, source: &line.source };
    forecasts::keep_word(&mut tx, &run, line.number, word, now).await?;
    let detail = format!("{}: {words}", settled.by);
    ledger::write(&mut tx, &Actor::of(&settled.by), Event::BulletinConfirmed, &line.number.to_string(), &detail, now)
        .await?;
    tx.commit().await?;
    call.tell(&msg!("bulletins.confirmed", number = line.number, words = words));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Drops a line: it says nothing that counts.
async fn drop_line(call: &Call, settled: &Settled, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    if settled.by.trim().is_empty() {
        return Ok(misread(call, &msg!("bulletins.nobody")));
    }
    let app = look(call).await?;
    if !app.site.roster.may(&settled.by, &Role::DRAFTING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = &settled.by)));
    }
    let mut tx = app.store.begin().await?;
    let done = bulletins::settle(&mut tx, settled.number, "dropped", &settled.by, now).await?;
    if !done {
        return Ok(refused(call, &msg!("bulletins.unknown", number = settled.number)));
    }
    ledger::write(
        &mut tx,
        &Actor::of(&settled.by),
        Event::BulletinDropped,
        &settled.number.to_string(),
        &settled.by,
        now,
    )
    .await?;
    tx.commit().await?;
    call.tell(&msg!("bulletins.dropped", number = settled.number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Outlooks in a line, the days that say the same together; a stroke where there is none.
pub(super) fn outlooks_words(outlooks: &[Outlook], lang: Lang) -> String {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for outlook in outlooks {
        let (day, said) = (day_words(outlook.day, lang), said(outlook));
        match groups.last_mut().filter(|(_, last)| *last == said) {
            Some((days, _)) => days.push(day),
            None => groups.push((vec![day], said)),
        }
    }
    let mark = lang.comma();
    let words: Vec<String> = groups.into_iter().map(|(days, said)| format!("{} {said}", days.join(mark))).collect();
    if words.is_empty() { "—".to_owned() } else { words.join(lang.semicolon()) }
}

/// What an outlook says, in the words by which it can be corrected.
fn said(outlook: &Outlook) -> String {
    let mut words = Vec::new();
    if let Some(aqi) = outlook.aqi {
        words.push(format!("aqi={}-{}", aqi.low(), aqi.high()));
    }
    if let Some(levels) = outlook.levels {
        words.push(format!("level={}-{}", levels.low(), levels.high()));
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

/// Reads a bulletin from standard input as the feed would, into its waiting list and its runs; exit code 1 where it
/// holds nothing that can be used.
async fn read(
    call: &Call,
    feed: &str,
    (by, issued): (&str, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?;
    let code = match app.fetching().read_bulletin(feed, &bytes, (by, issued), now).await? {
        Ok(kept) => {
            call.tell(&msg!("bulletins.read", runs = kept.runs, aside = kept.aside));
            ExitCode::SUCCESS
        }
        Err(why) => refused(call, &why),
    };
    app.store.close().await;
    Ok(code)
}
