//! `cuofeng sms`: what is filed with a provider of short messages.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Call, misread, refused, say};
use cuofeng_base::file::{self, Access, FileError};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_channel::sms::vendors;
use cuofeng_notice::filed::{self, Filed, written};
use cuofeng_notice::filing::{self, Filing, Size, Use};
use cuofeng_office::site::Site;

/// The vendors, as the help shows them.
static NAMES: LazyLock<String> = LazyLock::new(|| vendors::ALL.map(|vendor| vendor.name.name()).join("|"));

#[derive(Debug, clap::Subcommand)]
pub(super) enum SmsCommand {
    Templates {
        #[arg(long, value_name = NAMES.as_str(), value_parser = vendors::ALL.map(|vendor| vendor.name.name()))]
        provider: Option<String>,
        #[arg(long, conflicts_with = "json")]
        write: bool,
    },
}

pub(super) fn dispatch(call: &Call, command: &SmsCommand) -> anyhow::Result<ExitCode> {
    match command {
        SmsCommand::Templates { provider, write } => templates(call, provider.as_deref(), *write),
    }
}

/// Writes every text in the form of `sms-templates.toml`, with the codes that the site has already.
fn templates(call: &Call, provider: Option<&str>, write: bool) -> anyhow::Result<ExitCode> {
    let root = call.site();
    let (site, problems) = Site::before_filing(&root);
    let site = site.ok_or(cuofeng_app::AppError::Site(problems))?;
    let wanted = provider.map_or_else(|| Some(site.config.routes.first(Form::Sms)), ChannelName::named);
    let numbered = wanted.and_then(vendors::of).is_some_and(|vendor| vendor.numbered);
    let office = cuofeng_office::site::filed::office(&site.config);
    let filings = match filing::all(&site.texts, &site.rules, &office) {
        Ok(filings) => filings,
        Err(problem) => {
            super::print_problems(call, &[problem]);
            return Ok(ExitCode::from(1));
        }
    };
    let kinds: Vec<Vec<Message>> =
        filings.iter().map(|f| f.examples.iter().map(|(name, _)| filing::kind(name)).collect()).collect();
    let filings: Vec<Filing> = filings.iter().map(|f| if numbered { f.numbered() } else { f.clone() }).collect();
    let limits = cuofeng_notice::filed::Limits { value: usize::MAX, whole: usize::MAX };
    let known = match file::text(&root.join(filed::FILE), file::TEXT) {
        Ok(source) => match Filed::parse(&source, office.sign, limits) {
            Ok(filed) => Some(filed),
            Err(problems) => {
                super::print_problems(call, &problems);
                return Ok(ExitCode::from(1));
            }
        },
        Err(FileError::Absent) => None,
        Err(error) => {
            super::print_problems(call, &[error.problem(filed::FILE)]);
            return Ok(ExitCode::from(1));
        }
    };
    let code = |filing: &Filing| {
        let same = known.as_ref().and_then(|f| f.templates.iter().find(|t| t.same_words(&filing.pieces)));
        same.map_or(String::new(), |t| t.code.clone())
    };
    if call.json {
        let list: Vec<Value> = filings.iter().zip(&kinds).map(|(f, kinds)| one_json(f, kinds, &code(f))).collect();
        say(&json!({"schema": "cuofeng.sms-templates/2", "sign": office.sign, "templates": list}).to_string());
    } else if write {
        let text = text(call, (&filings, &kinds), office.sign, &code);
        if let Err(error) = file::write(&root, filed::FILE, text.as_bytes(), Access::Others(0o644)) {
            return Ok(misread(call, &msg!("sms.unwritable", file = filed::FILE, error = file::said(&error))));
        }
        call.tell(&msg!("sms.written", count = filings.len(), file = filed::FILE));
    } else {
        say(text(call, (&filings, &kinds), office.sign, &code).trim_end());
    }
    let bad = filings.iter().find_map(|f| Some((written(&f.pieces), filed::forbidden(&written(&f.pieces))?)));
    if let Some((text, character)) = bad {
        return Ok(refused(call, &msg!("sms.forbidden", character = character, text = text)));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(
    call: &Call,
    (filings, kinds): (&[Filing], &[Vec<Message>]),
    sign: &str,
    code: &dyn Fn(&Filing) -> String,
) -> String {
    let line = |out: &mut String, text: &str| {
        for part in text.lines() {
            let _ = writeln!(out, "# {part}");
        }
    };
    let mut out = String::new();
    line(&mut out, &msg!("sms.head", sign = sign, count = filings.len()).text(call.lang));
    for (filing, kinds) in filings.iter().zip(kinds) {
        out.push('\n');
        let uses: Vec<String> = filing.uses.iter().map(|used| used_words(used).text(call.lang)).collect();
        line(&mut out, &msg!("sms.used", uses = uses.join("; ")).text(call.lang));
        let example = |((name, value), kind): (&(String, String), &Message)| {
            msg!("sms.example", name = name, kind = kind.clone(), value = value).text(call.lang)
        };
        let examples: Vec<String> = filing.examples.iter().zip(kinds).map(example).collect();
        if !examples.is_empty() {
            line(&mut out, &msg!("sms.examples", examples = examples.join("; ")).text(call.lang));
        }
        // A JSON text is a basic string of TOML.
        let _ = writeln!(out, "[[template]]\ncode = {}", Value::from(code(filing)));
        let _ = writeln!(out, "text = {}", Value::from(written(&filing.pieces)));
    }
    out
}

fn used_words(used: &Use) -> Message {
    let (template, purpose) = (&used.template, used.purpose.message());
    match (used.size, used.exercise) {
        (Size::Brief, false) => msg!("sms.use_brief", template = template, purpose = purpose),
        (Size::Brief, true) => msg!("sms.use_brief_exercise", template = template, purpose = purpose),
        (Size::Full, false) => msg!("sms.use", template = template, purpose = purpose),
        (Size::Full, true) => msg!("sms.use_exercise", template = template, purpose = purpose),
        (Size::Items(items), false) => msg!("sms.use_merged", items = items),
        (Size::Items(items), true) => msg!("sms.use_merged_exercise", items = items),
    }
}

fn one_json(filing: &Filing, kinds: &[Message], code: &str) -> Value {
    let uses: Vec<Value> = filing
        .uses
        .iter()
        .map(|u| {
            let items = if let Size::Items(items) = u.size { Some(items) } else { None };
            json!({"template": u.template, "purpose": u.purpose.word(), "brief": u.size == Size::Brief, "items": items,
                   "exercise": u.exercise})
        })
        .collect();
    let example = |((name, value), kind): (&(String, String), &Message)| json!({"name": name, "type": kind.key(), "example": value});
    let examples: Vec<Value> = filing.examples.iter().zip(kinds).map(example).collect();
    json!({"code": code, "text": written(&filing.pieces), "holes": examples, "uses": uses})
}
