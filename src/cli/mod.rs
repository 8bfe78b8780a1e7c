//! The command line.
//!
//! Exit codes: 0 fine, 1 found something wrong, 2 could not understand the call or the configuration.

mod aqi;
mod check;
mod demo;
mod init;
mod once;
mod run;
mod table;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::AppError;
use crate::aqi::Averaging;
use crate::msg;
use crate::problem::{Problem, Severity};
use crate::text::{Lang, Message};

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
        now: Option<DateTime<chrono::FixedOffset>>,
        #[arg(long)]
        full: bool,
    },
    Once {
        #[arg(long, value_name = "TIME")]
        now: Option<DateTime<chrono::FixedOffset>>,
        #[arg(long)]
        dry_run: bool,
    },
    Run,
}

/// What every command is given.
struct Call {
    site: Option<PathBuf>,
    lang: Lang,
    json: bool,
}

impl Call {
    fn site(&self) -> PathBuf {
        self.site.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// Prints to standard output; a reader that went away is no error.
    /// Prints a sentence in the language of the call.
    fn tell(&self, message: &Message) {
        say(&message.text(self.lang));
    }
}

/// Prints to standard output; a reader that went away is no error.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Runs the program and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let lang = asked_lang(&args);
    let matches = match localized(lang).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            let asked = !error.use_stderr();
            if !asked {
                let _ = writeln!(std::io::stderr(), "{}", msg!("cli.misread").text(lang));
            }
            let _ = error.print();
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(2);
        }
    };
    logs(cli.log_json, matches!(cli.command, Command::Run));
    let call = Call { site: cli.site, lang: cli.lang, json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            return ExitCode::from(2);
        }
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Init { dir } => init::init(&call, &dir),
            Command::Check => Ok(check::check(&call).await),
            Command::Aqi { standard, period, csv, values } => {
                let averaging = if period == "day" { Averaging::Day } else { Averaging::Hour };
                aqi::aqi(&call, &aqi::Question { standard, averaging, csv, values })
            }
            Command::Demo { now, full } => demo::demo(&call, now.map(|t| t.with_timezone(&Utc)), full).await,
            Command::Once { now, dry_run } => once::once(&call, now.map(|t| t.with_timezone(&Utc)), dry_run).await,
            Command::Run => run::run(&call).await,
        }
    });
    match result {
        Ok(code) => code,
        Err(error) => failed(&call, &error),
    }
}

/// The language named in the arguments, read before they are parsed so that help and errors are in it.
fn asked_lang(args: &[OsString]) -> Lang {
    let english = |w: &[OsString]| w[0] == "--lang" && w[1] == "en";
    if args.windows(2).any(english) || args.iter().any(|a| a == "--lang=en") { Lang::En } else { Lang::Zh }
}

fn localized(lang: Lang) -> clap::Command {
    let text = |message: Message| message.text(lang);
    let template =
        format!("{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}{{after-help}}", text(msg!("cli.usage")));
    let about = |command: clap::Command, message: Message| command.about(text(message)).help_template(template.clone());
    let version = |command: clap::Command| command.disable_help_flag(true).arg(help_flag(lang));
    let command = about(Cli::command(), msg!("cli.about"))
        .disable_version_flag(true)
        .subcommand_help_heading(text(msg!("cli.commands")))
        .next_help_heading(text(msg!("cli.options")))
        .mut_arg("site", |a| a.help(text(msg!("cli.site"))).help_heading(text(msg!("cli.options"))))
        .mut_arg("lang", |a| {
            a.help(text(msg!("cli.lang"))).help_heading(text(msg!("cli.options"))).hide_default_value(true)
        })
        .mut_arg("json", |a| a.help(text(msg!("cli.json"))).help_heading(text(msg!("cli.options"))))
        .mut_arg("log_json", |a| a.help(text(msg!("cli.log_json"))).help_heading(text(msg!("cli.options"))))
        .mut_subcommand("init", |c| {
            version(
                about(c, msg!("cli.init"))
                    .mut_arg("dir", |a| a.help(text(msg!("cli.dir"))).help_heading(text(msg!("cli.arguments")))),
            )
        })
        .mut_subcommand("check", |c| version(about(c, msg!("cli.check"))))
        .mut_subcommand("aqi", |c| {
            let heading = text(msg!("cli.options"));
            let c = about(c, msg!("cli.aqi"))
                .mut_arg("standard", |a| a.help(text(msg!("cli.aqi_standard"))).help_heading(heading.clone()))
                .mut_arg("period", |a| {
                    a.help(text(msg!("cli.aqi_period"))).help_heading(heading.clone()).hide_possible_values(true)
                })
                .mut_arg("csv", |a| a.help(text(msg!("cli.aqi_csv"))).help_heading(heading));
            let values = text(msg!("cli.arguments"));
            version(c.mut_arg("values", |a| a.help(text(msg!("cli.aqi_values"))).help_heading(values)))
        })
        .mut_subcommand("demo", |c| {
            let c = about(c, msg!("cli.demo"));
            version(
                c.mut_arg("now", |a| a.help(text(msg!("cli.demo_now"))).help_heading(text(msg!("cli.options"))))
                    .mut_arg("full", |a| a.help(text(msg!("cli.demo_full"))).help_heading(text(msg!("cli.options")))),
            )
        })
        .mut_subcommand("once", |c| {
            let c = about(c, msg!("cli.once"));
            version(
                c.mut_arg("now", |a| a.help(text(msg!("cli.once_now"))).help_heading(text(msg!("cli.options"))))
                    .mut_arg("dry_run", |a| a.help(text(msg!("cli.dry_run"))).help_heading(text(msg!("cli.options")))),
            )
        })
        .mut_subcommand("run", |c| version(about(c, msg!("cli.run"))));
    let version_flag = clap::Arg::new("version")
        .long("version")
        .short('V')
        .action(clap::ArgAction::Version)
        .help(text(msg!("cli.version")));
    version(command).arg(version_flag)
}

fn help_flag(lang: Lang) -> clap::Arg {
    let (help, heading) = (msg!("cli.help").text(lang), msg!("cli.options").text(lang));
    clap::Arg::new("help").long("help").short('h').action(clap::ArgAction::Help).help(help).help_heading(heading)
}

/// Logs go to standard error; a service tells what it does, a command only what went wrong.
fn logs(json: bool, service: bool) {
    use tracing_subscriber::EnvFilter;
    let default = if service { "cuofeng=info,warn" } else { "cuofeng=warn,error" };
    let filter = EnvFilter::try_from_env("CUOFENG_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        builder.json().init();
    } else {
        use std::io::IsTerminal;
        let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        builder.with_ansi(colour).with_target(false).init();
    }
}

/// Prints problems, errors first, and how many there are.
fn print_problems(call: &Call, problems: &[Problem]) {
    let count = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if call.json {
        let list: Vec<_> = problems.iter().map(|p| p.json(call.lang)).collect();
        let value =
            serde_json::json!({"schema": "cuofeng.check/1", "errors": errors, "warnings": warnings, "problems": list});
        say(&value.to_string());
        return;
    }
    for severity in [Severity::Error, Severity::Warning] {
        for problem in problems.iter().filter(|p| p.severity == severity) {
            say(&problem.render(call.lang));
            say("");
        }
    }
    call.tell(&msg!("check.count", errors = errors, warnings = warnings));
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
        Some(other) => complain(call, &msg!("app.failed", error = other.to_string())),
        None => complain(call, &msg!("app.failed", error = format!("{error:#}"))),
    }
    ExitCode::from(2)
}

fn complain(call: &Call, message: &Message) {
    let _ = writeln!(std::io::stderr(), "{}", message.text(call.lang));
}
