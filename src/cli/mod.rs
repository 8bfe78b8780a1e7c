//! The command line.
//!
//! Exit codes: 0 fine, 1 found something wrong, 2 could not understand the call or the configuration.

mod ack;
mod aqi;
mod backup;
mod bulletin;
mod call;
mod cap;
mod chart;
mod check;
mod compared;
mod demo;
mod forecast;
mod hand;
mod init;
mod instant;
mod local;
mod log;
mod mode;
mod notices;
mod once;
mod order;
mod outbox;
mod plan;
mod planned;
mod reply;
mod rules;
mod run;
mod runs;
mod score;
mod site;
mod sms;
mod table;
mod tables;
mod warnings;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::call::{
    Call, answered, at, complain, look, misread, print_problems, put, refused, say, say_behind, staff, warn, words,
};
use self::instant::Time;
use cuofeng_app::AppError;
use cuofeng_aqi::Averaging;
use cuofeng_base::fault;
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_channel::link::LinkError;
use cuofeng_store::StoreError;

#[derive(Debug, Parser)]
#[command(name = "cuofeng", version, disable_help_subcommand = true)]
struct Cli {
    #[arg(long, global = true, value_name = "DIR")]
    site: Option<PathBuf>,
    #[arg(long, global = true, value_name = "zh|en", default_value = "zh")]
    lang: Lang,
    #[arg(long, global = true)]
    json: bool,
    #[arg(long, global = true)]
    log_json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init {
        dir: PathBuf,
    },
    Check,
    Tables {
        #[arg(long, value_name = "DIR")]
        xlsx: Option<PathBuf>,
    },
    Aqi {
        #[arg(long, value_name = "ID")]
        standard: String,
        #[arg(long, value_name = "day|hour", value_parser = ["day", "hour"])]
        period: String,
        #[arg(long, conflicts_with = "values")]
        csv: bool,
        #[arg(value_name = "pm25=75", required_unless_present = "csv")]
        values: Vec<String>,
    },
    Demo {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
        #[arg(long)]
        full: bool,
    },
    Once {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
        #[arg(long)]
        dry_run: bool,
    },
    Run,
    #[command(args_conflicts_with_subcommands = true)]
    Backup {
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[arg(long, value_name = "STAFF", value_parser = staff())]
        by: Option<String>,
        #[command(subcommand)]
        command: Option<backup::BackupCommand>,
    },
    Restore {
        file: PathBuf,
        #[arg(long, value_name = "STAFF", value_parser = staff())]
        by: Option<String>,
    },
    Runs {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Forecast {
        #[command(subcommand)]
        command: forecast::ForecastCommand,
    },
    Bulletin {
        #[command(subcommand)]
        command: bulletin::BulletinCommand,
    },
    Warnings {
        #[command(subcommand)]
        command: warnings::WarningsCommand,
    },
    Mode {
        #[command(subcommand)]
        command: mode::ModeCommand,
    },
    Stop {
        #[arg(long, value_name = "STAFF", value_parser = staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Resume {
        #[arg(long, value_name = "STAFF", value_parser = staff())]
        by: String,
        #[arg(long)]
        unjudged: bool,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Site {
        #[command(subcommand)]
        command: site::SiteCommand,
    },
    Order {
        #[command(subcommand)]
        command: order::OrderCommand,
    },
    Ack {
        #[command(subcommand)]
        command: ack::AckCommand,
    },
    Escalation {
        #[command(subcommand)]
        command: ack::EscalationCommand,
    },
    Hand {
        #[command(subcommand)]
        command: hand::HandCommand,
    },
    Cap {
        #[command(subcommand)]
        command: cap::CapCommand,
    },
    Reply {
        #[command(subcommand)]
        command: reply::ReplyCommand,
    },
    Sms {
        #[command(subcommand)]
        command: sms::SmsCommand,
    },
    Notices {
        #[command(subcommand)]
        command: notices::NoticesCommand,
    },
    Outbox {
        #[command(subcommand)]
        command: outbox::OutboxCommand,
    },
    Rules {
        #[command(subcommand)]
        command: rules::RulesCommand,
    },
    Plan {
        #[command(subcommand)]
        command: plan::PlanCommand,
    },
}

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let lang = local::asked_lang(&args);
    let matches = match local::localized(Cli::command(), lang).try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => {
            let shown = error.render().to_string();
            if !error.use_stderr() {
                say(shown.trim_end());
                return ExitCode::SUCCESS;
            }
            warn(&local::misread(&error, &args, lang));
            return ExitCode::from(2);
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            warn(&local::misread(&error, &args, lang));
            return ExitCode::from(2);
        }
    };
    log::begin(cli.log_json, matches!(cli.command, Command::Run));
    let call = Call { site: cli.site, lang: cli.lang, json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return misread(&call, &msg!("app.failed", error = fault::system(&error))),
    };
    let service = matches!(cli.command, Command::Run);
    let done = runtime.block_on(dispatch(&call, cli.command));
    if service {
        // A command or a look-up of a name that hangs does not keep the service from ending.
        runtime.shutdown_timeout(Duration::from_millis(500));
    }
    match done {
        Ok(code) => code,
        Err(error) => failed(&call, &error),
    }
}

async fn dispatch(call: &Call, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Init { dir } => init::init(call, &dir),
        Command::Check => Ok(check::check(call).await),
        Command::Tables { xlsx } => tables::tables(call, xlsx.as_deref()),
        Command::Aqi { standard, period, csv, values } => {
            let averaging = if period == "day" { Averaging::Day } else { Averaging::Hour };
            aqi::aqi(call, &aqi::Question { standard, averaging, csv, values })
        }
        Command::Demo { now, full } => Box::pin(demo::demo(call, now.map(Time::utc), full)).await,
        Command::Once { now, dry_run } => Box::pin(once::once(call, now.map(Time::utc), dry_run)).await,
        Command::Run => Box::pin(run::run(call)).await,
        Command::Backup { to, by, command } => backup::dispatch(call, (to, by), command).await,
        Command::Restore { file, by } => backup::restore(call, &file, by.as_deref()).await,
        Command::Runs { now } => runs::runs(call, at(now)).await,
        Command::Forecast { command } => forecast::dispatch(call, command).await,
        Command::Bulletin { command } => bulletin::dispatch(call, command).await,
        Command::Notices { command } => notices::dispatch(call, command).await,
        Command::Outbox { command } => outbox::dispatch(call, command).await,
        Command::Warnings { command } => warnings::dispatch(call, command).await,
        Command::Mode { command } => mode::dispatch(call, command).await,
        Command::Stop { by, reason, now } => warnings::stop(call, &by, &reason, at(now)).await,
        Command::Resume { by, unjudged, now } => warnings::resume(call, &by, unjudged, at(now)).await,
        Command::Site { command } => Box::pin(site::dispatch(call, command)).await,
        Command::Order { command } => order::dispatch(call, command).await,
        Command::Ack { command } => ack::dispatch(call, command).await,
        Command::Escalation { command } => ack::escalation(call, command).await,
        Command::Hand { command } => hand::dispatch(call, command).await,
        Command::Cap { command } => cap::dispatch(call, command).await,
        Command::Reply { command } => reply::dispatch(call, command).await,
        Command::Sms { command } => sms::dispatch(call, &command),
        Command::Rules { command } => rules::dispatch(call, command).await,
        Command::Plan { command } => plan::dispatch(call, command).await,
    }
}

fn failed(call: &Call, error: &anyhow::Error) -> ExitCode {
    match error.downcast_ref::<AppError>() {
        Some(AppError::Site(problems)) => {
            print_problems(call, problems);
            complain(call, &msg!("site.refused"));
        }
        Some(AppError::Busy(path)) => complain(call, &msg!("app.busy", path = path.display())),
        Some(AppError::Template(problem)) => {
            say(&problem.render(call.lang));
            complain(call, &msg!("app.template"));
        }
        Some(AppError::Store(StoreError::Unready { path, from, cause })) => {
            complain(call, &backup::unready(path, *from, cause));
        }
        Some(AppError::Store(StoreError::Gone { path })) => {
            complain(call, &msg!("held.moved_away", path = path.display()));
        }
        Some(AppError::Store(StoreError::Behind)) => complain(call, &msg!("held.behind")),
        Some(AppError::Store(StoreError::InUse { .. })) => complain(call, &msg!("backup.in_use")),
        Some(AppError::Backup(error)) => complain(call, &error.message()),
        Some(AppError::Lock { path, cause } | AppError::Report { path, cause }) => {
            let why = msg!("app.at", path = path.display(), why = fault::system(cause));
            complain(call, &msg!("app.failed_how", why = why, advice = fault::system_advice(cause)));
        }
        Some(AppError::Link(LinkError::File { file, cause })) => {
            let why = msg!("app.at", path = file, why = fault::system(cause));
            complain(call, &msg!("app.failed_how", why = why, advice = fault::system_advice(cause)));
        }
        Some(AppError::Link(LinkError::Line { file, line })) => {
            complain(call, &msg!("app.key_line", file = file, line = *line));
        }
        Some(AppError::Channel { channel, cause }) => {
            complain(call, &msg!("app.channel", channel = *channel, cause = cause));
        }
        Some(AppError::Feed { feed, cause }) => complain(call, &msg!("app.feed", feed = feed, cause = cause)),
        Some(AppError::Store(error)) => complain(call, &msg!("app.store", cause = error.to_string())),
        Some(other) => complain(call, &msg!("app.failed", error = other.to_string())),
        None => complain(call, &told(error)),
    }
    ExitCode::from(2)
}

/// What no part of the program has words for: the system's errors are said, others told as they are.
fn told(error: &anyhow::Error) -> Message {
    let how = |why: Message, advice: Message| msg!("app.failed_how", why = why, advice = advice);
    for cause in error.chain() {
        if let Some(own) = cause.downcast_ref::<FileError>() {
            return how(own.message(), own.advice());
        }
        if let Some(system) = cause.downcast_ref::<std::io::Error>() {
            return how(file::said(system), fault::system_advice(system));
        }
    }
    msg!("app.failed", error = format!("{error:#}"))
}
