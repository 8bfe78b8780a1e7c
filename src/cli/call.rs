//! What every command is given, and what it says and how it ends.
//!
//! In: the options that all commands have; what a command found or was answered. Out: sentences in the language of the
//! call, and an exit code. Can't happen: a sentence that commands the terminal.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::builder::{StringValueParser, TypedValueParser};

use super::instant::Time;
use cuofeng_app::{Answer, App, AppError, Refusal};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, Severity};
use cuofeng_base::text::{Lang, Message, outside};
use cuofeng_town::roster::people;

/// What every command is given.
pub(super) struct Call {
    pub(super) site: Option<PathBuf>,
    pub(super) lang: Lang,
    pub(super) json: bool,
}

impl Call {
    pub(super) fn site(&self) -> PathBuf {
        self.site.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// Prints a sentence in the language of the call.
    pub(super) fn tell(&self, message: &Message) {
        say(&message.text(self.lang));
    }
}

/// Looks at the site; where its files have errors, as it was before, and says what is wrong with them.
pub(super) async fn look(call: &Call) -> Result<App, AppError> {
    let app = App::look(&call.site()).await?;
    say_behind(call, &app);
    Ok(app)
}

/// Says what is wrong with the files of a site that is taken as it was before.
pub(super) fn say_behind(call: &Call, app: &App) {
    let Some(behind) = &app.behind else { return };
    for problem in &behind.problems {
        warn(&problem.render(call.lang));
        warn("");
    }
    let since = app.site.config.zone.words(behind.read_at, call.lang);
    complain(call, &msg!("site.last_good", errors = behind.problems.len(), since = since));
}

/// Words given on the command line, as one clean line.
pub(super) fn words() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().map(|text| outside::line(&text))
}

/// The name of a member of staff, as one clean line. What the program decides by itself is no person's to sign.
pub(super) fn staff() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().try_map(|text| {
        let name = outside::line(&text);
        if people::is_programs(&name) { Err("that is the name of the program itself") } else { Ok(name) }
    })
}

/// Prints to standard output, nothing of which commands a terminal; a reader that went away is no error.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", outside::visible(text));
}

/// The same to standard error.
pub(super) fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", outside::visible(text));
}

/// Writes a file to standard output, as it is.
pub(super) fn put(file: &[u8]) {
    let _ = std::io::stdout().write_all(file);
}

/// The instant given, else the present.
pub(super) fn at(now: Option<Time>) -> DateTime<Utc> {
    now.map_or_else(Utc::now, Time::utc)
}

/// Prints problems, errors first, and how many there are.
pub(super) fn print_problems(call: &Call, problems: &[Problem]) {
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

/// Prints what became of a request; exit code 1 where it was refused.
pub(super) fn answered(call: &Call, answer: Answer) -> ExitCode {
    match answer {
        Ok(done) => {
            call.tell(&done);
            ExitCode::SUCCESS
        }
        Err(Refusal(why)) => refused(call, &why),
    }
}

/// Prints why something is not done.
pub(super) fn refused(call: &Call, why: &Message) -> ExitCode {
    complain(call, why);
    ExitCode::from(1)
}

/// Prints why a call can't be understood, or not be served as it stands.
pub(super) fn misread(call: &Call, why: &Message) -> ExitCode {
    complain(call, why);
    ExitCode::from(2)
}

/// Prints a sentence about the call itself to standard error.
pub(super) fn complain(call: &Call, message: &Message) {
    warn(&message.text(call.lang));
}
