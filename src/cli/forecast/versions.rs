//! `cuofeng forecast runs` and `forecast withdraw`: the versions of each run, and what a person takes out of force.

use std::process::ExitCode;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::{Value, json};

use super::super::{Call, Time, look, misread, refused, say};
use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_app::Refusal;
use cuofeng_app::pulling::versions::{Extent, primary_words};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::{Hour, Zone, day_words};
use cuofeng_store::basis::{Decided, Told};
use cuofeng_store::versions::{Version, Withdrawn};

/// What is withdrawn, and who says so.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Asked {
    number: i64,
    #[arg(long, value_name = "STAFF", value_parser = super::super::words())]
    by: String,
    #[arg(long, value_name = "TEXT", value_parser = super::super::words())]
    reason: String,
    #[arg(long, value_name = "TIME", conflicts_with_all = ["day", "version"])]
    hour: Option<Time>,
    #[arg(long, value_name = "DAY", conflicts_with = "version")]
    day: Option<NaiveDate>,
    #[arg(long)]
    version: bool,
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<Time>,
}

impl Asked {
    fn extent(&self) -> Extent {
        match (self.hour, self.day) {
            (Some(hour), _) => Extent::Hour(Hour::containing(hour.utc())),
            (None, Some(day)) => Extent::Day(day),
            (None, None) if self.version => Extent::Version,
            (None, None) => Extent::Whole,
        }
    }
}

/// Takes a run, a version of it, or an hour or day of it out of force, and says what was decided with it.
pub(super) async fn withdraw(call: &Call, asked: &Asked, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    if asked.by.trim().is_empty() || asked.reason.trim().is_empty() {
        return Ok(misread(call, &msg!("versions.by_and_why")));
    }
    let app = look(call).await?;
    let word = (asked.by.trim(), asked.reason.trim());
    let withdrawn = match app.versions().withdraw_run(asked.number, asked.extent(), word, now).await? {
        Ok(withdrawn) => withdrawn,
        Err(Refusal(why)) => return Ok(refused(call, &why)),
    };
    app.store.close().await;
    let zone = &app.site.config.zone;
    if call.json {
        let decided: Vec<Value> = withdrawn.decided.iter().map(|decided| decided_json(decided, zone)).collect();
        let done = withdrawn.done.text(call.lang);
        say(&json!({"schema": "cuofeng.forecast.withdraw/1", "done": done, "decided": decided}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    call.tell(&withdrawn.done);
    if withdrawn.decided.is_empty() {
        call.tell(&msg!("versions.decided_nothing"));
    } else {
        call.tell(&msg!("versions.decided"));
        for decided in &withdrawn.decided {
            call.tell(&decided_words(decided, zone, call.lang));
        }
    }
    call.tell(&msg!("versions.next"));
    Ok(ExitCode::SUCCESS)
}

fn decided_words(decided: &Decided, zone: &Zone, lang: Lang) -> Message {
    msg!(
        "versions.decided_line",
        episode = &decided.episode,
        revision = decided.number,
        action = decided.action.message(),
        at = zone.words(decided.at, lang),
        told = match decided.told {
            Told::Yes => msg!("versions.told"),
            Told::Waits => msg!("versions.told_waits"),
            Told::Never => msg!("versions.told_never"),
        }
    )
}

fn decided_json(decided: &Decided, zone: &Zone) -> Value {
    let told = match decided.told {
        Told::Yes => "told",
        Told::Waits => "waits",
        Told::Never => "never",
    };
    json!({"episode": decided.episode, "revision": decided.number, "action": decided.action.word(),
           "decided_at": zone.rfc3339(decided.at), "told": told})
}

/// Lists the versions of the runs issued in the last so many days; exit code 1 where there are none.
pub(super) async fn list(call: &Call, region: Option<&str>, days: u16, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let zone = &app.site.config.zone;
    if let Some(unknown) = region.filter(|id| app.site.config.regions.iter().all(|r| r.id != **id)) {
        return Ok(misread(call, &msg!("config.feed_region", region = unknown)));
    }
    let mut all: Vec<(&str, Version)> = Vec::new();
    for region in app.site.config.regions.iter().filter(|r| region.is_none_or(|wanted| r.id == wanted)) {
        let found = app.store.versions(&region.id, now - Duration::days(i64::from(days)), now).await?;
        all.extend(found.into_iter().map(|version| (region.name.as_str(), version)));
    }
    app.store.close().await;
    if call.json {
        let runs: Vec<Value> = all.iter().map(|(_, version)| version_json(version, zone)).collect();
        say(&json!({"schema": "cuofeng.forecast.runs/1", "runs": runs}).to_string());
    } else if all.is_empty() {
        call.tell(&msg!("versions.none", days = days));
    } else {
        say(&table(&all, call, zone));
        call.tell(&msg!("versions.how"));
    }
    Ok(if all.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// One row a version.
fn table(all: &[(&str, Version)], call: &Call, zone: &Zone) -> String {
    let lang = call.lang;
    let head = [
        msg!("versions.head_number"),
        msg!("versions.head_region"),
        msg!("versions.head_feed"),
        msg!("versions.head_issued"),
        msg!("versions.head_version"),
        msg!("versions.head_received"),
        msg!("versions.head_digest"),
        msg!("versions.head_says"),
        msg!("versions.head_state"),
    ];
    let mut table = crate::cli::table::of(head, lang);
    for (region, version) in all {
        let received = zone.words(version.received_at, lang);
        let received = if version.by.is_empty() { received } else { format!("{received} {}", version.by) };
        table.add_row([
            version.number.to_string(),
            (*region).to_owned(),
            version.run.feed.clone(),
            zone.words(version.run.issued_at, lang),
            version.version.to_string(),
            received,
            version.digest.chars().take(8).collect(),
            says(version, lang),
            state(version, zone, lang).text(lang),
        ]);
    }
    table.to_string()
}

/// What a version says, in a few words: how many hours, and each day in a line.
fn says(version: &Version, lang: Lang) -> String {
    let hours = version.run.hours();
    let all = version.run.span().map_or(0, |(first, end)| end - first);
    let hours = (all > 0).then(|| {
        let message = if i64::try_from(hours).is_ok_and(|hours| hours < all) {
            msg!("versions.hours_of", hours = hours, all = all)
        } else {
            msg!("versions.hours", hours = hours)
        };
        message.text(lang)
    });
    hours.into_iter().chain(version.run.days.iter().map(|outlook| day(outlook, lang))).collect::<Vec<_>>().join("\n")
}

/// A day in a few words.
fn day(outlook: &Outlook, lang: Lang) -> String {
    let day = day_words(outlook.day, lang);
    let index = outlook.aqi.map(|aqi| format!("AQI {}", range(aqi)));
    let levels = outlook.levels.filter(|_| outlook.aqi.is_none()).map(|levels| {
        let levels = range(levels);
        msg!("versions.levels", levels = levels).text(lang)
    });
    let primary = (!outlook.primary.is_empty()).then(|| primary_words(&outlook.primary, lang));
    std::iter::once(day).chain(index).chain(levels).chain(primary).collect::<Vec<_>>().join(" ")
}

fn range(range: Range) -> String {
    if range.low() == range.high() { range.low().to_string() } else { format!("{}-{}", range.low(), range.high()) }
}

fn state(version: &Version, zone: &Zone, lang: Lang) -> Message {
    match (&version.withdrawn, version.ended_at) {
        (Some(Withdrawn { at, by, reason }), _) => {
            msg!("versions.state_withdrawn", by = by, reason = reason, at = zone.words(*at, lang))
        }
        (None, Some(at)) => msg!("versions.state_replaced", at = zone.words(at, lang)),
        (None, None) => msg!("versions.state_in_force"),
    }
}

/// A correction in a line of `forecast show`.
pub(super) fn correction(version: &Version, zone: &Zone, lang: Lang) -> Message {
    let issued = zone.words(version.run.issued_at, lang);
    let (number, source, by) = (version.number, &version.source, &version.by);
    if let Some(Withdrawn { at, by, reason }) = &version.withdrawn {
        let at = zone.words(*at, lang);
        return msg!("versions.shown_withdrawn", number = number, issued = issued, at = at, by = by, reason = reason);
    }
    let at = zone.words(version.received_at, lang);
    if version.by_hand {
        let says = says(version, lang);
        return msg!("versions.shown_entered", number = number, at = at, by = by, source = source, says = says);
    }
    let version = version.version;
    if by.is_empty() {
        return msg!("versions.shown", number = number, at = at, issued = issued, version = version);
    }
    msg!("versions.shown_by", number = number, at = at, issued = issued, version = version, by = by, reason = source)
}

pub(super) fn version_json(version: &Version, zone: &Zone) -> Value {
    let run = &version.run;
    let span = run.span().map(|(first, end)| [first, end].map(|hour| zone.rfc3339(hour.start())));
    let withdrawn = version.withdrawn.as_ref();
    let withdrawn = withdrawn.map(|w| json!({"at": zone.rfc3339(w.at), "by": w.by, "reason": w.reason}));
    json!({"number": version.number, "feed": run.feed, "by_hand": version.by_hand, "region": run.region,
           "issued_at": zone.rfc3339(run.issued_at), "part": version.part, "version": version.version,
           "received_at": zone.rfc3339(version.received_at), "by": version.by, "source": version.source,
           "digest": version.digest, "in_force": version.ended_at.is_none(),
           "ended_at": version.ended_at.map(|at| zone.rfc3339(at)), "withdrawn": withdrawn,
           "archive": run.archive, "days": run.days, "hours": span})
}
