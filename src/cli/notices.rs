//! `cuofeng notices`: what was written to whom, and what a template would say at its longest.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::outbox::{answers, letter_json, stands};
use super::{Call, complain, misread, refused, say};
use crate::app::App;
use crate::channel::sms::segments::segments;
use crate::config::Form;
use crate::msg;
use crate::notice::{self, Content, Purpose, Reserve, merged, sample, speech};
use crate::outbox::list::Wanted;
use crate::outbox::route::Done;
use crate::roster::mask;
use crate::roster::people::mask_all;
use crate::rules::Tell;

#[derive(Debug, Subcommand)]
pub(super) enum NoticesCommand {
    List {
        #[arg(long, value_name = "EPISODE")]
        episode: Option<String>,
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    Show {
        #[arg(value_name = "NOTICE")]
        notice: String,
    },
    Preview {
        #[arg(value_name = "TEMPLATE")]
        template: String,
        #[arg(long, value_name = "email|sms|speech", value_parser = ["email", "sms", "speech"])]
        form: Option<String>,
        #[arg(long, value_name = "ID")]
        recipient: Option<String>,
    },
}

pub(super) async fn dispatch(call: &Call, command: NoticesCommand) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let code = match command {
        NoticesCommand::List { episode, limit } => list(call, &app, episode.as_deref(), limit).await?,
        NoticesCommand::Show { notice } => show(call, &app, &notice).await?,
        NoticesCommand::Preview { template, form, recipient } => {
            preview(call, &app, &template, form.as_deref().and_then(Form::named), recipient.as_deref())
        }
    };
    app.store.close().await;
    Ok(code)
}

async fn list(call: &Call, app: &App, episode: Option<&str>, limit: u32) -> anyhow::Result<ExitCode> {
    let letters = app.store.letters(&Wanted { episode, ..Wanted::default() }, limit).await?;
    let answers = answers(app, &letters).await?;
    if call.json {
        let letters: Vec<Value> = letters.iter().map(|letter| letter_json(letter, &answers, app)).collect();
        say(&json!({"schema": "cuofeng.notices/1", "notices": letters}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if letters.is_empty() {
        call.tell(&msg!("outbox.nothing"));
    }
    for letter in &letters {
        call.tell(&msg!(
            "notices.line",
            notice = &letter.notice,
            name = &letter.name,
            form = letter.form.message(),
            state = stands(letter, &answers)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(call: &Call, app: &App, notice: &str) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let mut letters = app.store.letters(&Wanted { notice: Some(notice), ..Wanted::default() }, 100).await?;
    letters.reverse();
    if letters.is_empty() {
        return Ok(refused(call, &msg!("notices.none", notice = notice)));
    }
    let enclosures = app.store.enclosures(notice).await?;
    let answers = answers(app, &letters).await?;
    let steps = crate::store::reserves::of(&app.store, notice).await?;
    let used = |step: &Reserve| letters.iter().any(|l| l.form == step.part.form && l.address == step.part.address);
    let left: Vec<&Reserve> = steps.iter().filter(|step| !used(step)).collect();
    let tracks = app.store.settled_tracks(notice).await?;
    let mut values = Vec::new();
    for letter in &letters {
        let enclosures = enclosures.iter().filter(|_| letter.form == Form::Email);
        let passed = app.store.passed(letter.number).await?;
        let merged = app.store.merged(letter.number).await?;
        if call.json {
            let steps: Vec<Value> = passed
                .iter()
                .map(|p| {
                    json!({"at": zone.rfc3339(p.at), "state": p.state.word(), "attempt": p.attempt,
                           "said": mask_all(&p.reason), "provider_id": p.provider})
                })
                .collect();
            let mut value = letter_json(letter, &answers, app);
            value["subject"] = json!(letter.subject);
            value["body"] = json!(letter.body);
            value["enclosures"] =
                enclosures.map(|e| json!({"name": e.name, "kind": e.kind, "bytes": e.bytes.len()})).collect();
            value["steps"] = Value::from(steps);
            value["message"] =
                merged.map_or(Value::Null, |m| json!({"by": m.by, "subject": m.subject, "body": m.body}));
            values.push(value);
            continue;
        }
        let (form, address) = (letter.form.message(), mask(&letter.address));
        call.tell(&msg!("notices.letter", number = letter.number, name = &letter.name, form = form, address = address));
        for step in &passed {
            let said = [mask_all(&step.reason), step.provider.clone()].join(" ");
            call.tell(&msg!(
                "notices.step",
                at = zone.words(step.at, call.lang),
                state = step.state.message(),
                attempt = step.attempt,
                said = said.trim()
            ));
        }
        say(&format!("---\n{}\n{}\n---", letter.subject, letter.body.trim_end()));
        enclosures.for_each(|enclosure| call.tell(&enclosure.message()));
        if let Some(message) = merged {
            call.tell(&msg!("notices.merged", by = message.by));
            say(&format!("---\n{}\n{}\n---", message.subject, message.body.trim_end()));
        }
    }
    if call.json {
        let left: Vec<Value> = left
            .iter()
            .map(|step| json!({"form": step.part.form.name(), "address": mask(&step.part.address)}))
            .collect();
        say(&json!({"schema": "cuofeng.notice/1", "letters": values, "ways_left": left, "ways_settled": tracks})
            .to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((said, at)) = letters.first().and_then(|letter| answers.get(&letter.asked)) {
        let why = mask_all(said.reason());
        call.tell(&msg!("notices.answered", at = zone.words(*at, call.lang), said = said.message(), why = why));
    }
    for step in &left {
        let (form, address) = (step.part.form.message(), mask(&step.part.address));
        call.tell(&msg!("notices.way_left", form = form, address = address));
    }
    for settled in tracks.values().flatten().filter_map(|word| Done::named(word)) {
        call.tell(&settled.message());
    }
    Ok(ExitCode::SUCCESS)
}

/// Every purpose of a template, filled with the longest plausible data.
fn preview(call: &Call, app: &App, template: &str, form: Option<Form>, recipient: Option<&str>) -> ExitCode {
    let lang = app.site.texts.lang();
    if template == merged::TEMPLATE {
        return preview_merged(call, app, form, recipient);
    }
    let Some((tell, contents)) = known(app, template) else {
        return misread(call, &msg!("notices.no_template", template = template, known = templates(app).join("、")));
    };
    let to = match recipient {
        None => sample::recipient(&tell),
        Some(id) => {
            let all = notice::select(&tell, &app.site.roster, &app.shift(chrono::Utc::now()), &|_| false);
            let Some(found) = all.into_iter().find(|r| r.id == id) else {
                complain(call, &msg!("notices.no_recipient", id = id));
                return ExitCode::from(1);
            };
            found
        }
    };
    let mut values = Vec::new();
    for content in &contents {
        for form in tell.forms.iter().filter(|f| form.is_none_or(|wanted| **f == wanted)) {
            match app.site.texts.render(template, *form, &to, content, &sample::lines(lang)) {
                Ok((subject, body)) => {
                    let purpose = if content.mistaken { Purpose::Cancel } else { content.purpose };
                    values.push(shown(call, &to.name, *form, purpose, &subject, &body));
                }
                Err(problem) => {
                    complain(call, &msg!("notices.broken", problem = problem.to_string()));
                    return ExitCode::from(1);
                }
            }
        }
    }
    if call.json {
        say(&json!({"schema": "cuofeng.preview/1", "template": template, "texts": values}).to_string());
    }
    ExitCode::SUCCESS
}

/// What carries several notices, filled with the longest plausible data.
fn preview_merged(call: &Call, app: &App, form: Option<Form>, recipient: Option<&str>) -> ExitCode {
    let (texts, config) = (&app.site.texts, &app.site.config);
    let tells = || app.site.rules.iter().flat_map(|rule| rule.tell.iter().map(move |tell| (rule, tell)));
    let shift = app.shift(chrono::Utc::now());
    let all = tells().flat_map(|(_, tell)| notice::select(tell, &app.site.roster, &shift, &|_| false));
    let name = match recipient {
        None => sample::NAME.to_owned(),
        Some(id) => match all.into_iter().find(|r| r.id == id) {
            Some(found) => found.name,
            None => {
                complain(call, &msg!("notices.no_recipient", id = id));
                return ExitCode::from(1);
            }
        },
    };
    let wants = |one: Form| form.is_none_or(|form| form == one);
    let mut made: Vec<(Form, Result<(String, String), String>)> = Vec::new();
    if wants(Form::Email) {
        let mailed = tells().filter(|(_, tell)| tell.forms.contains(&Form::Email)).take(merged::MOST);
        let words = mailed.filter_map(|(rule, tell)| {
            let content = sample::contents(rule, texts.lang()).into_iter().next()?;
            let (to, lines) = (sample::recipient(tell), sample::lines(texts.lang()));
            texts.render(&tell.template, Form::Email, &to, &content, &lines).ok()
        });
        let words: Vec<(String, String)> = words.collect();
        let letters: Vec<(&str, &str)> = words.iter().map(|(s, b)| (s.as_str(), b.as_str())).collect();
        made.push((Form::Email, texts.merged_mail(&config.name, &letters).map_err(|problem| problem.to_string())));
    }
    for count in (2..=merged::MOST).filter(|_| wants(Form::Sms)) {
        let gists = vec![sample::gist(texts.lang()); count];
        let words = texts.merged_sms((&config.name, &config.phone), &name, &gists);
        made.push((Form::Sms, words.map(|body| (String::new(), body)).map_err(|problem| problem.to_string())));
    }
    let mut values = Vec::new();
    for (form, words) in made {
        match words {
            Ok((subject, body)) => {
                values.push(shown(call, &name, form, Purpose::Raise, &subject, &body));
            }
            Err(problem) => {
                complain(call, &msg!("notices.broken", problem = problem));
                return ExitCode::from(1);
            }
        }
    }
    if call.json {
        say(&json!({"schema": "cuofeng.preview/1", "template": merged::TEMPLATE, "texts": values}).to_string());
    }
    ExitCode::SUCCESS
}

fn shown(call: &Call, name: &str, form: Form, purpose: Purpose, subject: &str, body: &str) -> Value {
    let size = match form {
        Form::Email => msg!("notices.size_email", count = body.chars().count()),
        Form::Sms => msg!("notices.size_sms", count = body.chars().count(), parts = segments(body)),
        Form::Speech => msg!("notices.size_speech", count = body.chars().count(), seconds = speech::seconds(body)),
    };
    if !call.json {
        let (form, purpose) = (form.message(), purpose.message());
        call.tell(&msg!("notices.preview", purpose = purpose, form = form, name = name, size = size.clone()));
        say(&format!("{subject}\n{}\n", body.trim_end()));
    }
    json!({"purpose": purpose.word(), "form": form.name(), "subject": subject, "body": body,
           "characters": body.chars().count()})
}

/// Who is told by a template, and what it is filled with at its longest.
fn known(app: &App, template: &str) -> Option<(Tell, Vec<Content>)> {
    let lang = app.site.texts.lang();
    for rule in &app.site.rules {
        if let Some(tell) = rule.tell.iter().find(|tell| tell.template == template) {
            return Some((tell.clone(), sample::contents(rule, lang)));
        }
    }
    let own = notice::own::all(lang).into_iter().find(|own| own.tell.template == template);
    own.map(|own| (own.tell, own.contents))
}

fn templates(app: &App) -> Vec<String> {
    let rules = app.site.rules.iter().flat_map(|rule| rule.tell.iter().map(|tell| tell.template.clone()));
    let own = notice::own::all(app.site.texts.lang()).into_iter().map(|own| own.tell.template);
    let mut all: Vec<String> = rules.chain(own).chain([merged::TEMPLATE.to_owned()]).collect();
    all.sort();
    all.dedup();
    all
}
