//! `cuofeng site`: which site a folder is, and a person's word on where it comes from.
//!
//! In: a site folder. Out: its identity, its mark and what holds it, with the next step; or the folder taken over by a
//! person's word. Can't happen: a folder settled while a worker is on it.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Call, Time, answered, at, look, say};
use cuofeng_app::keeping::came::{self, Came};
use cuofeng_base::msg;
use cuofeng_store::held::Why;
use cuofeng_store::mark::Marks;

#[derive(Debug, clap::Subcommand)]
pub(super) enum SiteCommand {
    Show,
    Moved {
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Copied {
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: SiteCommand) -> anyhow::Result<ExitCode> {
    match command {
        SiteCommand::Show => show(call).await,
        SiteCommand::Moved { by, now } => settle(call, Came::Moved, &by, at(now)).await,
        SiteCommand::Copied { by, now } => settle(call, Came::Copied, &by, at(now)).await,
    }
}

async fn settle(call: &Call, came: Came, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    // Says what is wrong with the files, where anything is.
    look(call).await?.store.close().await;
    Ok(answered(call, came::settle(&call.site(), came, by, now).await?))
}

/// Says which site this is, where its mark says it lies, and what to do where everything is held.
async fn show(call: &Call) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let (zone, filed) = (&app.site.config.zone, app.site.config.identity.clone());
    let (standing, hold) = (app.holding().stands(&Marks::of_process()).await?, app.store.hold().await?);
    let (own, found) = (&standing.own, &standing.found);
    if call.json {
        let mark = found.as_ref().map(|found| {
            json!({"folder": found.folder, "number": found.last.map(|l| l.0),
                   "at": found.last.map(|l| zone.rfc3339(l.1)), "kept_in": standing.marks.folder()})
        });
        let hold = hold.map(|hold| {
            json!({"since": zone.rfc3339(hold.since), "by": hold.by, "reason": hold.words(call.lang),
                   "why": hold.why.map(Why::word), "settled": standing.settled, "judged": standing.judged})
        });
        let (filed, named) = (filed.map(|f| f.to_string()), own.identity.as_ref().map(ToString::to_string));
        say(&json!({"schema": "cuofeng.site/1", "folder": standing.here, "identity": named, "in_file": filed,
                    "number": own.number, "mark": mark, "stopped": hold})
        .to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(named) = &own.identity else {
        let gone = match filed.as_ref().map(|filed| Marks::of_process().find(filed)) {
            Some(marked) => marked.is_ok_and(|found| found.is_some()),
            None => false,
        };
        call.tell(&if gone { msg!("held.gone") } else { msg!("held.not_begun") });
        return Ok(ExitCode::SUCCESS);
    };
    call.tell(&msg!("held.site", identity = named.as_str(), folder = standing.here.display()));
    if let Some(filed) = filed.filter(|filed| filed != named) {
        call.tell(&msg!("held.in_file", identity = filed.as_str()));
    }
    match found {
        Some(found) => call.tell(&msg!(
            "held.mark",
            folder = found.folder.display(),
            number = found.last.map_or(0, |(number, _)| number),
            own = own.number,
            kept = standing.marks.folder().display()
        )),
        None => call.tell(&msg!("held.no_mark", kept = standing.marks.folder().display())),
    }
    if let Some(hold) = hold {
        let (since, reason) = (zone.words(hold.since, call.lang), hold.words(call.lang));
        call.tell(&msg!("drafts.stopped", by = &hold.by, since = since, reason = reason));
        if hold.why == Some(Why::Forgotten) && !standing.judged {
            call.tell(&msg!("held.newer"));
        }
        call.tell(&match hold.why {
            Some(Why::Foreign) if !standing.settled => msg!("held.next_foreign"),
            Some(Why::Copied) if !standing.settled => msg!("held.next_copied"),
            // It would be taken for a copy at the next start, a second question to the same person.
            Some(Why::Restored) if found.as_ref().is_none_or(|found| found.folder != standing.here) => {
                msg!("held.next_copied")
            }
            Some(_) if !standing.judged => msg!("held.next_judge"),
            _ => msg!("held.next_resume"),
        });
    }
    Ok(ExitCode::SUCCESS)
}
