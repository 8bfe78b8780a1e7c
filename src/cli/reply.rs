//! `cuofeng reply`: what people answered, and staff's word on it.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Call, Time, answered, at, look, say};
use cuofeng_app::App;
use cuofeng_base::msg;
use cuofeng_rules::acknowledgement::Why;
use cuofeng_town::roster::mask;

#[derive(Debug, Subcommand)]
pub(super) enum ReplyCommand {
    List {
        #[arg(long)]
        all: bool,
    },
    Add {
        #[arg(long, value_name = "MOBILE")]
        from: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
        text: String,
    },
    Settle {
        number: i64,
        #[arg(long, value_name = "KEY")]
        notice: Option<String>,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: ReplyCommand) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let answer = match command {
        ReplyCommand::List { all } => return list(call, &app, all).await,
        ReplyCommand::Add { from, by, now, text } => app.replies().type_reply(&by, &from, &text, at(now)).await?,
        ReplyCommand::Settle { number, notice, by, reason, now } => {
            app.replies().settle_reply(number, notice.as_deref(), (&by, &reason), at(now)).await?
        }
    };
    app.store.close().await;
    Ok(answered(call, answer))
}

async fn list(call: &Call, app: &App, all: bool) -> anyhow::Result<ExitCode> {
    let replies = app.store.replies(all).await?;
    let zone = &app.site.config.zone;
    if call.json {
        let list: Vec<Value> = replies
            .iter()
            .map(|r| {
                json!({"number": r.number, "source": r.source, "from": mask(&r.mobile), "at": zone.rfc3339(r.at),
                    "text": r.body, "meaning": r.meaning, "why": r.why.map(Why::word), "by": r.typed_by, "notice": r.notice, "settled": r.settled})
            })
            .collect();
        say(&json!({"schema": "cuofeng.replies/1", "replies": list}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if replies.is_empty() {
        call.tell(&msg!("reply.empty"));
    }
    for reply in &replies {
        let (at, from) = (zone.words(reply.at, call.lang), mask(&reply.mobile));
        let stands = match (&reply.notice, reply.settled) {
            (Some(notice), _) => msg!("reply.is_acknowledged", notice = notice),
            (None, true) => msg!("reply.is_settled"),
            (None, false) => reply.why.unwrap_or(Why::Words).message(),
        };
        call.tell(&msg!(
            "reply.line",
            number = reply.number,
            at = at,
            from = from,
            text = &reply.body,
            stands = stands
        ));
    }
    Ok(ExitCode::SUCCESS)
}
