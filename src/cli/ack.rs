//! `cuofeng ack` and `cuofeng escalation`: who has answered, answers that staff write down, whom to call.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Call, Time, answered, at, look, put, refused, say};
use crate::acknowledgement::Said;
use crate::app::App;
use crate::escalation::Rung;
use crate::grid::write::{self, Cell};
use crate::msg;
use crate::store::answers::Via;

#[derive(Debug, clap::Subcommand)]
pub(super) enum AckCommand {
    List {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Add {
        notice: String,
        #[arg(long, value_name = "known|done|unable", value_parser = ["known", "done", "unable"])]
        said: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words(), default_value = "")]
        reason: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Unable {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Grant {
        answer: i64,
        #[arg(long = "process", value_name = "PROCESS")]
        processes: Vec<String>,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words(), default_value = "")]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Refuse {
        answer: i64,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum EscalationCommand {
    List {
        #[arg(long)]
        csv: bool,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: AckCommand) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    match command {
        AckCommand::List { now } => list(call, &app, at(now)).await,
        AckCommand::Add { notice, said, reason, by, now } => {
            let Some(said) = Said::named(&said, &reason) else { return Ok(refused(call, &msg!("ack.why"))) };
            Ok(answered(call, app.answer(&notice, &said, (Via::Staff, &by), at(now)).await?))
        }
        AckCommand::Unable { now } => unable(call, &app, at(now)).await,
        AckCommand::Grant { answer, processes, by, reason, now } => {
            let done = app.decide_unable(answer, Some(&processes), (&by, &reason), at(now)).await?;
            Ok(answered(call, done))
        }
        AckCommand::Refuse { answer, by, reason, now } => {
            Ok(answered(call, app.decide_unable(answer, None, (&by, &reason), at(now)).await?))
        }
    }
}

/// Enterprises that can't, until somebody has decided on each.
async fn unable(call: &Call, app: &App, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let mut values = Vec::new();
    for one in app.unables(now).await? {
        let asked = app.asked_of(&one).await?;
        if call.json {
            let processes: Vec<_> = asked.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
            values.push(json!({"number": one.number, "notice": one.notice, "enterprise": one.enterprise,
                "name": one.name, "reason": one.reason, "at": zone.rfc3339(one.at), "processes": processes}));
            continue;
        }
        let asked: Vec<String> = asked.into_iter().map(|(id, name)| format!("{name}（{id}）")).collect();
        let at = zone.words(one.at, call.lang);
        call.tell(&msg!("unable.line", number = one.number, at = at, name = &one.name, reason = &one.reason));
        call.tell(&msg!("unable.asked", processes = asked.join(call.lang.comma())));
        values.push(json!(one.number));
    }
    if call.json {
        say(&json!({"schema": "cuofeng.unable/1", "answers": values}).to_string());
    } else if values.is_empty() {
        call.tell(&msg!("unable.nothing"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(call: &Call, app: &App, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let standings = app.standings(now).await?;
    if call.json {
        let asked: Vec<_> = standings
            .iter()
            .map(|s| {
                json!({"notice": s.asked.notice, "name": s.asked.name, "deadline": zone.rfc3339(s.case.deadline),
                       "replaced": s.case.over, "said": s.said.as_ref().map(|a| a.said.word()),
                       "reason": s.said.as_ref().map_or("", |a| a.said.reason())})
            })
            .collect();
        say(&json!({"schema": "cuofeng.ack/1", "asked": asked}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for standing in standings.iter().filter(|s| !s.case.over) {
        let (asked, by) = (&standing.asked, zone.words(standing.case.deadline, call.lang));
        match &standing.said {
            Some(answer) => {
                let (said, reason) = (answer.said.message(), answer.said.reason());
                call.tell(&msg!("ack.line", name = &asked.name, said = said, reason = reason, notice = &asked.notice));
            }
            None => call.tell(&msg!("ack.line_open", name = &asked.name, deadline = by, notice = &asked.notice)),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Those whom the office calls: whom no letter has reached, and who are on the last step without an answer. Numbers are
/// printed whole: the list is for calling.
pub(super) async fn escalation(call: &Call, command: EscalationCommand) -> anyhow::Result<ExitCode> {
    let EscalationCommand::List { csv, now } = command;
    let (app, now) = (look(call).await?, at(now));
    let zone = &app.site.config.zone;
    let unreached: Vec<_> = app.unreached(now).await?.into_iter().filter(|one| one.due).collect();
    let mut rows: Vec<[String; 5]> = Vec::new();
    for one in &unreached {
        let (person, mobile) = app.person_of(one.audience, &one.recipient);
        let (first, why) = (zone.words(one.first, call.lang), one.cause.message().text(call.lang));
        rows.push([one.name.clone(), person, mobile, first, why]);
    }
    let standings = app.standings(now).await?;
    let due = standings
        .iter()
        .filter(|s| !s.case.over && !s.case.answered && s.case.taken.iter().any(|(rung, _)| *rung == Rung::Phone))
        .filter(|s| unreached.iter().all(|one| one.notice != s.asked.notice));
    rows.extend(due.map(|s| {
        let (person, mobile) = app.to_call(&s.asked);
        let why = msg!("unreached.unanswered").text(call.lang);
        [s.asked.name.clone(), person, mobile, zone.words(s.case.deadline, call.lang), why]
    }));
    if call.json {
        let list: Vec<_> = rows
            .iter()
            .map(|[name, person, mobile, deadline, why]| {
                json!({"name": name, "person": person, "mobile": mobile, "deadline": deadline, "why": why})
            })
            .collect();
        say(&json!({"schema": "cuofeng.escalation/1", "calls": list}).to_string());
    } else if csv {
        let head = [
            msg!("escalation.head_name"),
            msg!("escalation.head_person"),
            msg!("escalation.head_mobile"),
            msg!("escalation.head_deadline"),
            msg!("escalation.head_why"),
        ];
        let rows = rows.into_iter().map(|row| row.map(Cell::Text).to_vec());
        put(&write::csv(&head.map(|title| title.text(call.lang)), rows)?);
    } else {
        for row in &rows {
            say(&row.join("  "));
        }
        call.tell(&msg!("escalation.count", count = rows.len()));
    }
    Ok(ExitCode::SUCCESS)
}
