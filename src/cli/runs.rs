//! `cuofeng runs`: what the service did by itself, and whether it is late.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Call, look, say};
use cuofeng_base::msg;
use cuofeng_base::time::Zone;
use cuofeng_office::config::Plan;
use cuofeng_office::schedule::record::{self, Run};
use cuofeng_office::schedule::{next_due, overdue};

/// How many runs of a job are listed.
const LISTED: u32 = 5;

/// What is known of one job.
struct Known<'a> {
    plan: &'a Plan,
    runs: Vec<Run>,
    next: Option<DateTime<Utc>>,
    overdue: Option<DateTime<Utc>>,
}

/// Lists the latest runs of every job; exit code 1 where one is overdue, so that a monitor can use it as a check.
pub async fn runs(call: &Call, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let zone = &app.site.config.zone;
    let mut all = Vec::new();
    for plan in &app.site.config.schedule.plans {
        let job = plan.job.name();
        let success = record::success(&app.store, job, now).await?;
        let runs = record::latest(&app.store, job, LISTED).await?;
        let (next, overdue) = (next_due(plan, zone, now), overdue(plan, zone, success, None, now));
        all.push(Known { plan, runs, next, overdue });
    }
    if call.json {
        let jobs: Vec<Value> = all.iter().map(|known| json(known, zone, call)).collect();
        say(&json!({"schema": "cuofeng.runs/1", "jobs": jobs}).to_string());
    } else {
        for known in &all {
            print(known, zone, call);
        }
    }
    let late = all.iter().any(|known| known.overdue.is_some());
    app.store.close().await;
    Ok(if late { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn print(known: &Known<'_>, zone: &Zone, call: &Call) {
    let plan = known.plan;
    let next = known.next.map_or_else(|| msg!("runs.never").text(call.lang), |at| zone.words(at, call.lang));
    match known.overdue {
        Some(due_at) => {
            let (due, minutes) = (zone.words(due_at, call.lang), plan.deadline_minutes);
            call.tell(&msg!("runs.overdue", job = plan.job.message(), due = due, minutes = minutes, next = next));
        }
        None => call.tell(&msg!("runs.job", job = plan.job.message(), line = &plan.line, next = next)),
    }
    if known.runs.is_empty() {
        call.tell(&msg!("runs.none"));
        return;
    }
    let heads = [msg!("runs.head_due"), msg!("runs.head_state"), msg!("runs.head_finished"), msg!("runs.head_reason")];
    let mut table = crate::cli::table::of(heads, call.lang);
    for run in &known.runs {
        table.add_row([
            zone.words(run.due_at, call.lang),
            run.state.message().text(call.lang),
            run.finished_at.map_or_else(String::new, |at| zone.words(at, call.lang)),
            run.reason.as_ref().map_or_else(String::new, |reason| reason.message(zone).text(call.lang)),
        ]);
    }
    say(&table.to_string());
}

fn json(known: &Known<'_>, zone: &Zone, call: &Call) -> Value {
    let at = |at: Option<DateTime<Utc>>| at.map(|at| zone.rfc3339(at));
    let run = |run: &Run| {
        json!({"due_at": zone.rfc3339(run.due_at), "state": run.state.word(), "finished_at": at(run.finished_at),
               "reason": run.reason.as_ref().map(|reason| reason.message(zone).text(call.lang))})
    };
    let plan = known.plan;
    json!({"job": plan.job.name(), "at": plan.line, "deadline_minutes": plan.deadline_minutes,
           "next_due": at(known.next), "overdue": at(known.overdue),
           "runs": known.runs.iter().map(run).collect::<Vec<_>>()})
}
