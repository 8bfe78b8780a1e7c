//! `cuofeng mode`: how far what is decided reaches.
//!
//! In: a mode, a releaser and a reason. Out: the mode in force, in the ledger with the name. Can't happen: an episode
//! that changes its mode.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Call, Time, at, look, misread, refused, say};
use cuofeng_base::msg;
use cuofeng_base::word::Mode;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::modes;
use cuofeng_town::roster::Role;

#[derive(Debug, clap::Subcommand)]
pub(super) enum ModeCommand {
    Show,
    Set {
        #[arg(value_name = "MODE")]
        mode: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: ModeCommand) -> anyhow::Result<ExitCode> {
    match command {
        ModeCommand::Show => show(call).await,
        ModeCommand::Set { mode: word, by, reason, now } => set(call, &word, &by, &reason, at(now)).await,
    }
}

/// Says which mode is in force.
async fn show(call: &Call) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let zone = &app.site.config.zone;
    let in_force = app.store.mode().await?;
    if call.json {
        let since = in_force.as_ref().map(|m| zone.rfc3339(m.since));
        let (by, reason) = in_force.map(|m| (m.by, m.reason)).unzip();
        say(&json!({"schema": "cuofeng.mode/1", "mode": app.mode.word(), "since": since, "by": by, "reason": reason})
            .to_string());
        return Ok(ExitCode::SUCCESS);
    }
    match in_force.filter(|m| !m.by.is_empty()) {
        Some(m) => {
            let since = zone.words(m.since, call.lang);
            call.tell(&msg!("mode.set_by", mode = m.mode.message(), since = since, by = m.by, reason = m.reason));
        }
        None => call.tell(&msg!("mode.of_site", mode = app.mode.message())),
    }
    Ok(ExitCode::SUCCESS)
}

/// Sets the mode.
async fn set(call: &Call, word: &str, by: &str, reason: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let Some(mode) = Mode::named(word) else {
        let known = Mode::ALL.map(Mode::word).join(", ");
        return Ok(misread(call, &msg!("mode.unknown", word = word, known = known)));
    };
    if !app.site.roster.may(by, &Role::RELEASING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = by)));
    }
    if mode == Mode::Exercise && app.site.config.exercise_to.is_empty() {
        return Ok(refused(call, &msg!("mode.no_list")));
    }
    let mut tx = app.store.begin().await?;
    modes::set(&mut tx, mode, by, reason, now).await?;
    ledger::write(&mut tx, &Actor::of(by), Event::Mode, mode.word(), &format!("{by}: {reason}"), now).await?;
    tx.commit().await?;
    call.tell(&msg!("mode.now", mode = mode.message()));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}
