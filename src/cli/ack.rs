//! `cuofeng ack` and `cuofeng escalation`: who has answered, answers that staff write down, whom to call.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use comfy_table::presets;
use serde_json::{Value, json};

use super::{Call, Time, answered, at, look, put, refused, say};
use cuofeng_app::App;
use cuofeng_app::answering::numbers::{Number, ToCall};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_grid::write::{self, Cell};
use cuofeng_rules::acknowledgement::Said;
use cuofeng_store::answers::Via;

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
            Ok(answered(call, app.answering().answer(&notice, &said, (Via::Staff, &by), at(now)).await?))
        }
        AckCommand::Unable { now } => unable(call, &app, at(now)).await,
        AckCommand::Grant { answer, processes, by, reason, now } => {
            let done = app.unable().decide_unable(answer, Some(&processes), (&by, &reason), at(now)).await?;
            Ok(answered(call, done))
        }
        AckCommand::Refuse { answer, by, reason, now } => {
            Ok(answered(call, app.unable().decide_unable(answer, None, (&by, &reason), at(now)).await?))
        }
    }
}

/// Enterprises that can't, until somebody has decided on each.
async fn unable(call: &Call, app: &App, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let mut values = Vec::new();
    for one in app.unable().unables(now).await? {
        let asked = app.unable().asked_of(&one).await?;
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
    let standings = app.answering().standings(now).await?;
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
    let calls = app.calling().calls(call.lang, now).await?;
    if call.json {
        let list: Vec<Value> = calls.iter().map(|one| call_json(one, &app, call.lang)).collect();
        say(&json!({"schema": "cuofeng.escalation/1", "calls": list}).to_string());
    } else if csv {
        put(&calls_csv(&calls, &app, (call.lang, now))?);
    } else {
        if !calls.is_empty() {
            say(&calls_table(&calls, &app, (call.lang, now)));
            call.tell(&msg!("escalation.note_it"));
        }
        call.tell(&msg!("escalation.count", count = calls.len()));
    }
    Ok(ExitCode::SUCCESS)
}

fn call_json(one: &ToCall, app: &App, lang: Lang) -> Value {
    let zone = &app.site.config.zone;
    let first = one.numbers.first();
    let numbers = one.numbers.iter().map(|number| {
        json!({"person": number.person, "mobile": number.mobile, "whose": number.whose.word(),
               "usable": number.dead.is_none(), "said": number.dead})
    });
    let numbers: Vec<Value> = numbers.collect();
    json!({"name": one.name, "person": first.map_or("", |number| &number.person),
           "mobile": first.map_or("", |number| &number.mobile), "deadline": zone.words(one.by, lang),
           "why": one.why.join(lang.semicolon()), "cause": one.cause, "audience": one.audience.word(),
           "notice": one.notice, "say": one.say, "ends": one.ends, "before": zone.rfc3339(one.by), "numbers": numbers})
}

/// Before when to call; what has begun is called of at once.
fn before(one: &ToCall, app: &App, (lang, now): (Lang, DateTime<Utc>)) -> String {
    let running = !one.ends && one.by <= now;
    if running { msg!("escalation.hours_run").text(lang) } else { app.site.config.zone.words(one.by, lang) }
}

/// Whose a number is, and that no short message reaches it.
fn whose(number: &Number, lang: Lang) -> String {
    let whose = number.whose.message();
    match &number.dead {
        Some(said) => msg!("escalation.unusable", whose = whose, said = said).text(lang),
        None => whose.text(lang),
    }
}

fn calls_table(calls: &[ToCall], app: &App, (lang, now): (Lang, DateTime<Utc>)) -> String {
    let head = [
        msg!("escalation.head_who"),
        msg!("escalation.head_phone"),
        msg!("escalation.head_whose"),
        msg!("escalation.head_say"),
        msg!("escalation.head_deadline"),
        msg!("escalation.head_why"),
        msg!("escalation.head_notice"),
    ];
    let mut table = crate::cli::table::of(head, lang);
    // Cells have several lines.
    table.load_style(presets::UTF8_FULL);
    for one in calls {
        let lines = |each: &dyn Fn(&Number) -> String| one.numbers.iter().map(each).collect::<Vec<_>>().join("\n");
        let phone = lines(&|number| format!("{} {}", number.person, number.mobile).trim().to_owned());
        let phone = if phone.is_empty() { msg!("escalation.no_number").text(lang) } else { phone };
        let (whose, before) = (lines(&|number| whose(number, lang)), before(one, app, (lang, now)));
        table.add_row([
            one.name.clone(),
            phone,
            whose,
            one.say.clone(),
            before,
            one.why.join("\n"),
            one.notice.clone(),
        ]);
    }
    table.to_string()
}

fn calls_csv(calls: &[ToCall], app: &App, (lang, now): (Lang, DateTime<Utc>)) -> anyhow::Result<Vec<u8>> {
    let head = [
        msg!("escalation.head_name"),
        msg!("escalation.head_person"),
        msg!("escalation.head_mobile"),
        msg!("escalation.head_whose"),
        msg!("escalation.head_others"),
        msg!("escalation.head_say"),
        msg!("escalation.head_deadline"),
        msg!("escalation.head_why"),
        msg!("escalation.head_notice"),
    ];
    let rows = calls.iter().map(|one| {
        let first = one.numbers.first();
        let other = |number: &Number| {
            let (person, mobile) = (&number.person, &number.mobile);
            msg!("escalation.other", person = person, mobile = mobile, whose = whose(number, lang)).text(lang)
        };
        let others: Vec<String> = one.numbers.iter().skip(1).map(other).collect();
        let row = [
            one.name.clone(),
            first.map_or_else(String::new, |number| number.person.clone()),
            first.map_or_else(|| msg!("escalation.no_number").text(lang), |number| number.mobile.clone()),
            first.map_or_else(String::new, |number| whose(number, lang)),
            others.join(lang.semicolon()),
            one.say.clone(),
            before(one, app, (lang, now)),
            one.why.join(lang.semicolon()),
            one.notice.clone(),
        ];
        row.map(Cell::Text).to_vec()
    });
    Ok(write::csv(&head.map(|title| title.text(lang)), rows)?)
}
