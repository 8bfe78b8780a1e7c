//! `cuofeng rules`: write, check, test, understand and replay rules, and put changed ones in force.

mod diff;
mod explain;
mod files;
mod found;
mod past;
mod picture;
mod propose;
mod replay;
mod sets;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::Utc;
use clap::Subcommand;

use self::found::{finish, of_rules};
use self::past::Past;
use super::{Call, Time, at};
use cuofeng_office::site::Site;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    Check,
    Fmt {
        #[arg(long)]
        check: bool,
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    Test {
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    Explain {
        #[arg(value_name = "RULE")]
        rule: String,
        #[arg(long, value_name = "HOUR")]
        at: Time,
        #[arg(long, value_name = "ID")]
        region: Option<String>,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Replay {
        #[command(flatten)]
        past: Past,
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    Diff {
        #[arg(value_name = "OLD")]
        old: PathBuf,
        #[arg(value_name = "NEW")]
        new: PathBuf,
        #[command(flatten)]
        past: Past,
    },
    Status {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Propose {
        #[command(flatten)]
        proposal: propose::Proposal,
    },
    Accept {
        #[arg(long, value_name = "CODE")]
        code: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Withdraw {
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
    },
    Move {
        #[arg(value_name = "EPISODE")]
        episode: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
    },
}

pub(super) async fn dispatch(call: &Call, command: RulesCommand) -> anyhow::Result<ExitCode> {
    match command {
        RulesCommand::Check => Ok(check(call)),
        RulesCommand::Fmt { check, files } => files::format(call, &files, check),
        RulesCommand::Test { files } => files::test(call, &files),
        RulesCommand::Explain { rule, at: hour, region, now } => {
            explain::explain(call, &rule, hour.utc(), region.as_deref(), at(now)).await
        }
        RulesCommand::Replay { past, svg } => replay::replay(call, &past, svg.as_deref()).await,
        RulesCommand::Diff { old, new, past } => diff::diff(call, &old, &new, &past).await,
        RulesCommand::Status { now } => sets::status(call, at(now)).await,
        RulesCommand::Propose { proposal } => propose::propose(call, proposal).await,
        RulesCommand::Accept { code, by, now } => sets::accept(call, &code, &by, at(now)).await,
        RulesCommand::Withdraw { by } => sets::withdraw(call, &by, Utc::now()).await,
        RulesCommand::Move { episode, by } => sets::move_episode(call, &episode, &by, Utc::now()).await,
    }
}

/// Every problem of rule files, cases and the templates they name.
fn check(call: &Call) -> ExitCode {
    let mut problems = of_rules(Site::read(&call.site()).1);
    if let Err(found) = files::cases(&call.site(), &[]) {
        problems.extend(found);
    }
    finish(call, &problems)
}
