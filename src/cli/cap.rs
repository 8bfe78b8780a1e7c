//! `cuofeng cap`: the site's CAP messages, and the check of anybody's.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Call, Time, at, look, misread, refused, say};
use cuofeng_app::App;
use cuofeng_app::delivering::cap::Issued;
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::text::{self, Lang};
use cuofeng_cap::check::{self, Context, Origin};
use cuofeng_cap::feed::{Standing, file_name};
use cuofeng_cap::{Finding, MAX_BYTES, Message, Scope, Weight, Word, read_loosely};

/// What a person has written into a folder of their choice is meant for others, and says nothing of persons.
const FOR_ALL: Access = Access::Others(0o644);

#[derive(Debug, clap::Subcommand)]
pub(super) enum CapCommand {
    List {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Show {
        identifier: String,
    },
    Check {
        file: PathBuf,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Export {
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: CapCommand) -> anyhow::Result<ExitCode> {
    match command {
        CapCommand::List { now } => list(call, at(now)).await,
        CapCommand::Show { identifier } => show(call, &identifier).await,
        CapCommand::Check { file, now } => Ok(judge(call, &file, at(now))),
        CapCommand::Export { to, now } => export(call, &to, at(now)).await,
    }
}

/// Every message of the site's database that may go out.
async fn all(app: &App) -> anyhow::Result<Vec<Issued>> {
    let issued = app.publishing().messages(DateTime::<Utc>::UNIX_EPOCH).await?;
    Ok(issued.into_iter().filter(Issued::may_go).collect())
}

async fn list(call: &Call, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let messages: Vec<Message> = all(&app).await?.into_iter().map(|one| one.message).collect();
    let lines: Vec<Value> = messages.iter().map(|m| line(m, &messages, now)).collect();
    if call.json {
        say(&json!({"schema": "cuofeng.cap/1", "messages": lines}).to_string());
    } else if messages.is_empty() {
        call.tell(&msg!("cap.none"));
    } else {
        for message in &messages {
            let (standing, scope) = (standing(Standing::of(message, &messages, now)), scope(message.scope));
            let sent = app.site.config.zone.words(message.sent.to_utc(), call.lang);
            let what = headline(message, call.lang);
            let name = message.identifier.as_str();
            call.tell(&msg!("cap.line", name = name, standing = standing, scope = scope, sent = sent, what = what));
        }
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn line(message: &Message, all: &[Message], now: DateTime<Utc>) -> Value {
    let word = match Standing::of(message, all, now) {
        Standing::Silent => "silent",
        Standing::Current => "current",
        Standing::Replaced(_) => "replaced",
        Standing::Cancelled(_) => "cancelled",
        Standing::Expired(_) => "expired",
        Standing::Withdrawal(_) => "cancel",
    };
    json!({"identifier": message.identifier.as_str(), "sent": message.sent.to_rfc3339(), "status": message.status.word(),
        "type": message.msg_type.word(), "scope": message.scope.word(), "standing": word,
        "expires": message.expires().map(|at| at.to_rfc3339()), "headline": headline(message, Lang::Zh),
        "references": message.references.iter().map(|r| r.identifier.as_str()).collect::<Vec<_>>()})
}

/// The headline in a language, else in the first there is; a bare cancellation has its reason.
fn headline(message: &Message, lang: Lang) -> String {
    let infos = || message.infos.iter();
    let info = infos().find(|info| info.language.starts_with(lang.code())).or(infos().next());
    let words = info.and_then(|info| info.headline.clone()).or(message.note.clone());
    words.unwrap_or_default()
}

fn standing(standing: Standing) -> text::Message {
    match standing {
        Standing::Current => msg!("cap.standing_current"),
        Standing::Replaced(_) => msg!("cap.standing_replaced"),
        Standing::Cancelled(_) => msg!("cap.standing_cancelled"),
        Standing::Expired(_) => msg!("cap.standing_expired"),
        Standing::Withdrawal(_) => msg!("cap.standing_withdrawal"),
        Standing::Silent => msg!("cap.standing_silent"),
    }
}

fn scope(scope: Scope) -> text::Message {
    match scope {
        Scope::Public => msg!("cap.scope_public"),
        Scope::Restricted | Scope::Private => msg!("cap.scope_restricted"),
    }
}

async fn show(call: &Call, identifier: &str) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let found = all(&app).await?.into_iter().find(|one| one.message.identifier.as_str() == identifier);
    app.store.close().await;
    let Some(one) = found else {
        return Ok(refused(call, &msg!("cap.unknown", name = identifier)));
    };
    if call.json {
        say(&json!({"schema": "cuofeng.cap-message/1", "identifier": identifier, "xml": one.xml}).to_string());
    } else {
        say(one.xml.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// Judges a file as of the time it was sent, or of `now` where that is earlier: an old message is not a faulty one.
fn judge(call: &Call, file: &Path, now: DateTime<Utc>) -> ExitCode {
    let bytes = match read(file) {
        Ok(bytes) => bytes,
        Err(error) => return misread(call, &msg!("cap.unreadable", file = file.display(), error = file::said(&error))),
    };
    let sent = read_loosely(&bytes).ok().and_then(|reading| reading.message).map(|m| m.sent.to_utc());
    // Whose warning somebody else's message carries is not for us to say.
    let context = Context { now: sent.map_or(now, |sent| sent.min(now)), origin: Origin::Relayed, earlier: None };
    let findings = check::document(&bytes, &context);
    let count = |weight| findings.iter().filter(|f| f.weight() == weight).count();
    let (errors, warnings) = (count(Weight::Error), count(Weight::Warning));
    if call.json {
        let list: Vec<Value> = findings.iter().map(found).collect();
        let all = json!({"schema": "cuofeng.cap-check/1", "errors": errors, "warnings": warnings, "findings": list});
        say(&all.to_string());
    } else {
        for finding in &findings {
            let weight = match finding.weight() {
                Weight::Error => msg!("problem.error"),
                Weight::Warning => msg!("problem.warning"),
            };
            call.tell(&msg!("cap.found", weight = weight, line = finding.line()));
        }
        call.tell(&msg!("check.count", errors = errors, warnings = warnings));
    }
    if errors > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// A file, but no more of it than the checker would look at.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(file)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn found(finding: &Finding) -> Value {
    let weight = if finding.weight() == Weight::Error { "error" } else { "warning" };
    let words = finding.message();
    json!({"key": finding.key(), "weight": weight, "at": finding.at, "value": finding.value,
        "zh": words.text(Lang::Zh), "en": words.text(Lang::En)})
}

async fn export(call: &Call, to: &Path, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let issued = all(&app).await?;
    let count = issued.len();
    let done = issued.iter().try_for_each(|one| file::write(to, &file_name(&one.message), one.xml.as_bytes(), FOR_ALL));
    let messages: Vec<Message> = issued.into_iter().map(|one| one.message).collect();
    let done = done.and_then(|()| app.publishing().write_index((to, FOR_ALL), &messages, now));
    app.store.close().await;
    if let Err(error) = done {
        return Ok(misread(call, &msg!("cap.unwritable", folder = to.display(), error = file::said(&error))));
    }
    if call.json {
        say(&json!({"schema": "cuofeng.cap-export/1", "messages": count, "folder": to}).to_string());
    } else {
        call.tell(&msg!("cap.exported", count = count, folder = to.display()));
    }
    Ok(ExitCode::SUCCESS)
}
