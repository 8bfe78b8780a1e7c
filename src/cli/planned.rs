//! `cuofeng plan show`, `explain`, `ics`, `openadr`, `pin`, `cannot` and `release`: the plan that was told, why, and a person's
//! word on it.
//!
//! Exit code 1 where there is no such plan, enterprise or process, or the person may not.

mod picture;
mod sheet;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::chart::pad;
use super::{Call, answered, look, misread, refused, say};
use cuofeng_app::delivering::openadr;
use cuofeng_app::{App, Refusal};
use cuofeng_base::fault;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::day_words;
use cuofeng_notice::calendar::{self, Calendar};
use cuofeng_notice::hours::{self, kilograms};
use cuofeng_office::site::Site;
use cuofeng_plan::horizon::{Runs, holds};
use cuofeng_plan::schedule::Why;
use cuofeng_plan::{Outcome, Plan, Row, Said, Way};
use cuofeng_store::plans::Kept;

/// The plan of an episode last told, else last drafted; of the latest episode where none is named.
async fn found(app: &App, warning: Option<&str>) -> anyhow::Result<Option<Kept>> {
    let latest = match warning {
        Some(id) => Some(id.to_owned()),
        None => app.store.latest_planned().await?,
    };
    let Some(id) = latest else { return Ok(None) };
    let mut plans = app.store.plans(&id).await?;
    let told = plans.iter().rposition(|kept| kept.told);
    Ok(told.or(plans.len().checked_sub(1)).map(|at| plans.swap_remove(at)))
}

fn no_plan(call: &Call) -> ExitCode {
    refused(call, &msg!("planned.none"))
}

/// Files that a plan is written to beside what is printed.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Files {
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
}

/// Writes the files that are asked for; which and why, where one can't be written.
fn write_files(call: &Call, site: &Site, kept: &Kept, files: &Files) -> Result<(), Message> {
    let unwritable = |path: &Path, error: String| msg!("solved.unwritable", path = path.display(), error = error);
    if let Some(path) = &files.svg {
        let picture = picture::svg(&kept.plan, site, &kept.episode, call.lang);
        std::fs::write(path, picture).map_err(|error| unwritable(path, fault::system(&error).text(call.lang)))?;
    }
    if let Some(path) = &files.csv {
        let table = sheet::csv(&kept.plan, site, call.lang).map_err(|error| unwritable(path, error.to_string()))?;
        std::fs::write(path, table).map_err(|error| unwritable(path, fault::system(&error).text(call.lang)))?;
    }
    if let Some(path) = &files.xlsx {
        sheet::xlsx(path, &kept.plan, site, call.lang).map_err(|error| unwritable(path, error.to_string()))?;
    }
    Ok(())
}

pub(super) async fn show(call: &Call, warning: Option<&str>, files: &Files) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let kept = found(&app, warning).await?;
    app.store.close().await;
    let Some(kept) = kept else { return Ok(no_plan(call)) };
    if let Err(why) = write_files(call, &app.site, &kept, files) {
        return Ok(misread(call, &why));
    }
    if call.json {
        let plan: serde_json::Value = serde_json::from_str(&kept.plan.to_text())?;
        let head = json!({"schema": "cuofeng.plan/1", "episode": kept.episode, "revision": kept.revision,
            "told": kept.told, "plan": plan});
        say(&head.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let (plan, zone) = (&kept.plan, &app.site.config.zone);
    let periods: Vec<String> =
        plan.told.iter().map(|run| zone.period_words(&plan.horizon.period(*run), call.lang)).collect();
    call.tell(&msg!(
        "planned.head",
        episode = &kept.episode,
        revision = kept.revision,
        periods = periods.join(call.lang.semicolon())
    ));
    say(&table(call, &app.site, plan));
    call.tell(&msg!("planned.legend"));
    for row in plan.rows.iter().filter(|row| !row.stop.is_empty()) {
        gantt(call, &app.site, plan, row);
    }
    for words in hours::worth(plan, &app.site.weights, call.lang) {
        say(&words);
    }
    Ok(ExitCode::SUCCESS)
}

fn table(call: &Call, site: &Site, plan: &Plan) -> String {
    let head = [
        msg!("planned.head_enterprise"),
        msg!("planned.head_process"),
        msg!("planned.head_asked"),
        msg!("planned.head_grams"),
    ];
    let mut table = crate::cli::table::of(head, call.lang);
    let mut last = "";
    for row in &plan.rows {
        // The lines of an enterprise come in the order of its rows.
        let lines = hours::lines(plan, &row.enterprise, &site.weights, &site.config.zone, call.lang);
        let place = plan.rows_of(&row.enterprise).position(|other| other.process == row.process);
        let text = place.and_then(|at| lines.into_iter().nth(at)).map(|line| line.text).unwrap_or_default();
        let grams = plan.own_weights().map_or_else(String::new, |weights| {
            let of = |way| kilograms(row.grams(way, weights, &plan.horizon));
            format!("{}→{}", of(Way::Usual), of(Way::Planned))
        });
        let name = if row.enterprise == last { String::new() } else { row.enterprise_name.clone() };
        last = &row.enterprise;
        table.add_row([name, row.name.clone(), text, grams]);
    }
    table.to_string()
}

/// One line a told day: an hour a character.
fn gantt(call: &Call, site: &Site, plan: &Plan, row: &Row) {
    let per_day = plan.horizon.per_day();
    for day in 0..plan.horizon.days() {
        let slots = || day * per_day..(day + 1) * per_day;
        if !slots().any(|slot| holds(&row.stop, slot)) {
            continue;
        }
        let mark = |slot: usize| {
            if holds(&row.on, slot) {
                '█'
            } else if holds(&row.stop, slot) {
                '×'
            } else if row.barred.iter().any(|barred| holds(&barred.slots, slot)) {
                '░'
            } else {
                '·'
            }
        };
        let bar: String = slots().map(mark).collect();
        let date = day_words(plan.horizon.date(day, &site.config.zone), call.lang);
        say(&format!("{} {} {bar}", pad(&format!("{} {}", row.process, row.name), 28), pad(&date, 12)));
    }
}

pub(super) async fn explain(call: &Call, enterprise: &str, warning: Option<&str>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let kept = found(&app, warning).await?;
    app.store.close().await;
    let Some(kept) = kept else { return Ok(no_plan(call)) };
    let plan = &kept.plan;
    let lines = hours::lines(plan, enterprise, &app.site.weights, &app.site.config.zone, call.lang);
    if lines.is_empty() {
        return Ok(refused(call, &msg!("planned.no_enterprise", id = enterprise)));
    }
    for (row, line) in plan.rows_of(enterprise).zip(&lines) {
        call.tell(&msg!("planned.row", name = &row.name, text = &line.text));
        explain_row(call, &app.site, plan, row);
    }
    Ok(ExitCode::SUCCESS)
}

fn explain_row(call: &Call, site: &Site, plan: &Plan, row: &Row) {
    let (zone, horizon) = (&site.config.zone, &plan.horizon);
    let periods = |runs: &Runs| {
        let words: Vec<String> = runs.iter().map(|run| zone.period_words(&horizon.period(*run), call.lang)).collect();
        words.join(call.lang.semicolon())
    };
    for weights in &plan.weights {
        let name = site.weights.set(&weights.set).map_or(weights.set.as_str(), |set| set.words(call.lang));
        let of = |way| kilograms(row.grams(way, weights, horizon));
        let (usual, practice, planned) = (of(Way::Usual), of(Way::Practice), of(Way::Planned));
        call.tell(&msg!("planned.grams", set = name, usual = usual, practice = practice, planned = planned));
    }
    let cost = |way| cuofeng_aqi::milli_words(row.cost(way, plan, 0..horizon.slots()));
    let moved = row.moved() / horizon.per_hour();
    call.tell(&msg!("planned.cost", usual = cost(Way::Usual), planned = cost(Way::Planned), hours = moved));
    let closed = || {
        for barred in &row.barred {
            call.tell(&msg!("planned.barred", hours = periods(&barred.slots), why = why(barred.why)));
        }
    };
    if !row.planned() {
        // Whose sector has common hours is to know why not more.
        if row.outcome == Outcome::Common {
            closed();
        }
        return;
    }
    if let Some(weights) = plan.own_weights() {
        let told = |slot: &usize| {
            let day = horizon.day_of(*slot);
            row.stop.iter().any(|(from, to)| horizon.day_of(*from) <= day && day <= horizon.day_of(to - 1))
        };
        for slot in row.on.iter().flat_map(|(from, to)| *from..*to).filter(told) {
            let weight = weights.voc.get(horizon.hour_of(slot)).copied().unwrap_or(0);
            let grams = row.weighs(slot, Way::Planned, weights, horizon) / 1000;
            let when = zone.words(horizon.start_of(slot), call.lang);
            let weight = cuofeng_aqi::milli_words(weight);
            call.tell(&msg!("planned.hour", when = when, weight = weight, grams = kilograms(grams)));
        }
    }
    if let Some(burden) = plan.burdens.iter().find(|b| b.enterprise == row.enterprise) {
        let percent = |thousandths: i64| format!("{}.{}", thousandths / 10, thousandths % 10);
        let peers = cuofeng_plan::fair::peers(&plan.burdens, &burden.enterprise);
        let (share, peers) = (percent(burden.share()), percent(peers.unwrap_or(0)));
        let yuan = cuofeng_aqi::milli_words(burden.surcharge);
        call.tell(&msg!("planned.burden", share = share, peers = peers, yuan = yuan));
    }
    closed();
    for tight in &plan.tight {
        call.tell(&msg!("planned.tight", limited = tight.message(), hours = periods(&tight.slots)));
    }
    if !row.pinned.is_empty() {
        call.tell(&msg!("planned.pinned", hours = periods(&row.pinned)));
    }
}

const fn why(why: Why) -> Message {
    match why {
        Why::Permit => msg!("planned.why_permit"),
        Why::Night => msg!("planned.why_night"),
        Why::Ozone => msg!("planned.why_ozone"),
        Why::Standing => msg!("planned.why_standing"),
        Why::Holiday => msg!("planned.why_holiday"),
    }
}

pub(super) async fn ics(call: &Call, enterprise: &str, warning: Option<&str>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let kept = found(&app, warning).await?;
    let Some(kept) = kept else { return Ok(no_plan(call)) };
    let revisions = app.store.revisions(&kept.episode).await?;
    let site = app.store.site_of(&kept.episode).await?;
    app.store.close().await;
    // A lift takes back what the last plan told.
    let end = revisions.iter().rfind(|r| r.told).filter(|r| r.action.takes_back());
    let config = &app.site.config;
    let lines = hours::lines(&kept.plan, enterprise, &app.site.weights, &config.zone, call.lang);
    let organiser = cuofeng_app::sender(config).map(|from| from.email.to_string()).unwrap_or_default();
    let made = chrono::DateTime::from_timestamp(kept.plan.made_at, 0).unwrap_or_default();
    let of = Calendar {
        episode: &kept.episode,
        site: &site,
        revision: end.map_or(kept.revision, |end| end.number),
        at: end.map_or(made, |end| end.at),
        office: &config.name,
        organiser: &organiser,
        exercise: app.mode == cuofeng_base::word::Mode::Exercise,
        zone: &config.zone,
        lang: call.lang,
    };
    let entries = calendar::planned(&kept.plan, enterprise, &lines, &of);
    let file = if end.is_some() { calendar::file(&[], &entries, &of) } else { calendar::file(&entries, &[], &of) };
    let Some(calendar::File { text, .. }) = file else {
        return Ok(refused(call, &msg!("planned.no_enterprise", id = enterprise)));
    };
    if call.json {
        say(&json!({"schema": "cuofeng.plan-ics/1", "enterprise": enterprise, "ics": text}).to_string());
    } else {
        say(text.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// The warning and its plan as events of OpenADR.
pub(super) async fn openadr(call: &Call, warning: Option<&str>, program: &str) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let events = openadr::openadr(&app.site, &app.store, &app.book, warning, program).await?;
    app.store.close().await;
    match events {
        Ok(events) if call.json => say(&json!({"schema": "cuofeng.plan.openadr/1", "events": events}).to_string()),
        Ok(events) => say(&serde_json::to_string_pretty(&events)?),
        Err(Refusal(why)) => return Ok(refused(call, &why)),
    }
    Ok(ExitCode::SUCCESS)
}

/// What a person says of a process; nothing takes back all that was said.
pub(super) async fn say_of(
    call: &Call,
    process: &str,
    said: Option<Said>,
    (by, reason): (&str, &str),
    now: chrono::DateTime<chrono::Utc>,
) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let answer = app.editing().say_of(process, said, (by, reason), now).await?;
    app.store.close().await;
    Ok(answered(call, answer))
}
