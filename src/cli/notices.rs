//! `cuofeng notices`: what was written to whom, and what a template would say at its longest.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::outbox::{Answers, answers, letter_json, stands};
use super::{Call, complain, look, misread, refused, say};
use cuofeng_app::App;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Placed;
use cuofeng_base::word::Form;
use cuofeng_channel::said;
use cuofeng_channel::sms::segments::segments;
use cuofeng_notice::{self as notice, Content, Enclosure, Purpose, Reserve, merged, sample, speech};
use cuofeng_outbox::State;
use cuofeng_outbox::list::{Listed, Passed, Wanted};
use cuofeng_outbox::route::Done;
use cuofeng_rules::{self as rules, Tell};
use cuofeng_store::letters::Merged;
use cuofeng_town::roster::mask;
use cuofeng_town::roster::people::mask_all;

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
    Group {
        #[arg(value_name = "EPISODE")]
        episode: String,
        #[arg(long, value_name = "N")]
        revision: Option<u32>,
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
    let app = match &command {
        // To see what a template says now, not what it said before an error came in.
        NoticesCommand::Preview { .. } => App::look_as_filed(&call.site()).await?,
        _ => look(call).await?,
    };
    let code = match command {
        NoticesCommand::List { episode, limit } => list(call, &app, episode.as_deref(), limit).await?,
        NoticesCommand::Group { episode, revision } => group(call, &app, &episode, revision).await?,
        NoticesCommand::Show { notice } => show(call, &app, &notice).await?,
        NoticesCommand::Preview { template, form, recipient } => {
            preview(call, &app, &template, form.as_deref().and_then(Form::named), recipient.as_deref())
        }
    };
    app.store.close().await;
    Ok(code)
}

async fn list(call: &Call, app: &App, episode: Option<&str>, limit: u32) -> anyhow::Result<ExitCode> {
    let letters = cuofeng_outbox::list::letters(&app.store, &Wanted { episode, ..Wanted::default() }, limit).await?;
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

/// What a revision says, as one text for a chat group.
async fn group(call: &Call, app: &App, episode: &str, revision: Option<u32>) -> anyhow::Result<ExitCode> {
    let Some((number, words)) = app.store.group_text(episode, revision).await? else {
        return Ok(refused(call, &msg!("group.none", episode = episode)));
    };
    if call.json {
        say(&json!({"schema": "cuofeng.group/1", "episode": episode, "revision": number, "text": words}).to_string());
    } else {
        say(&words);
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(call: &Call, app: &App, notice: &str) -> anyhow::Result<ExitCode> {
    let mut letters =
        cuofeng_outbox::list::letters(&app.store, &Wanted { notice: Some(notice), ..Wanted::default() }, 100).await?;
    letters.reverse();
    if letters.is_empty() {
        return Ok(refused(call, &msg!("notices.none", notice = notice)));
    }
    let enclosures = app.store.enclosures(notice).await?;
    let answers = answers(app, &letters).await?;
    let steps = cuofeng_store::reserves::of(&app.store, notice).await?;
    let used = |step: &Reserve| letters.iter().any(|l| l.form == step.part.form && l.address == step.part.address);
    let left: Vec<&Reserve> = steps.iter().filter(|step| !used(step)).collect();
    let tracks = cuofeng_outbox::track::settled_tracks(&app.store, notice).await?;
    let mut values = Vec::new();
    for letter in &letters {
        let enclosed = if letter.form == Form::Email { enclosures.as_slice() } else { &[] };
        let passed = cuofeng_outbox::list::passed(&app.store, letter.number).await?;
        let merged = app.store.merged(letter.number).await?;
        if call.json {
            values.push(whole_json(letter, (enclosed, &passed, merged.as_ref()), &answers, app));
        } else {
            print_letter(call, app, letter, (enclosed, &passed, merged.as_ref()));
        }
    }
    if call.json {
        let way = |step: &&Reserve| json!({"form": step.part.form.name(), "address": mask(&step.part.address)});
        let left: Vec<Value> = left.iter().map(way).collect();
        say(&json!({"schema": "cuofeng.notice/1", "letters": values, "ways_left": left, "ways_settled": tracks})
            .to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some((said, at)) = letters.first().and_then(|letter| answers.get(&letter.asked)) {
        let (at, why) = (app.site.config.zone.words(*at, call.lang), mask_all(said.reason()));
        call.tell(&msg!("notices.answered", at = at, said = said.message(), why = why));
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

/// A letter with its words, what goes with it and every step it took.
/// What a letter brought, how it came to where it stands, and the message that carried it with others.
type Story<'a> = (&'a [Enclosure], &'a [Passed], Option<&'a Merged>);

fn whole_json(letter: &Listed, (enclosed, passed, merged): Story<'_>, answers: &Answers, app: &App) -> Value {
    let zone = &app.site.config.zone;
    let step = |p: &Passed| {
        json!({"at": zone.rfc3339(p.at), "state": p.state.word(), "attempt": p.attempt,
               "said": mask_all(&p.reason), "provider_id": p.provider})
    };
    let mut value = letter_json(letter, answers, app);
    value["subject"] = json!(letter.subject);
    value["body"] = json!(coded(app, &letter.body));
    value["enclosures"] =
        enclosed.iter().map(|e| json!({"name": e.name, "kind": e.kind, "bytes": e.bytes.len()})).collect();
    value["steps"] = passed.iter().map(step).collect();
    value["message"] =
        merged.map_or(Value::Null, |m| json!({"by": m.by, "subject": m.subject, "body": coded(app, &m.body)}));
    value
}

fn print_letter(call: &Call, app: &App, letter: &Listed, (enclosed, passed, merged): Story<'_>) {
    let (form, address) = (letter.form.message(), mask(&letter.address));
    call.tell(&msg!("notices.letter", number = letter.number, name = &letter.name, form = form, address = address));
    // That the worker has taken a letter is no step of anybody's but its own.
    for step in passed.iter().filter(|step| step.state != State::Leased) {
        let said = mask_all(&said::words(&step.reason, Some(letter.form), call.lang));
        let said = [said, step.provider.clone()].join(" ");
        let state = match step.state {
            State::Sending => msg!("notices.sending", attempt = step.attempt),
            state => state.message_by(letter.channel),
        };
        let at = app.site.config.zone.words(step.at, call.lang);
        call.tell(&msg!("notices.step", at = at, state = state, said = said.trim()));
    }
    say(&format!("---\n{}\n{}\n---", letter.subject, coded(app, &letter.body).trim_end()));
    for enclosure in enclosed {
        call.tell(&enclosure.message());
    }
    if let Some(message) = merged {
        call.tell(&msg!("notices.merged", by = message.by));
        say(&format!("---\n{}\n{}\n---", message.subject, coded(app, &message.body).trim_end()));
    }
}

/// A letter's words, with a word in the place of each code: a code is for its recipient alone.
fn coded(app: &App, body: &Placed) -> String {
    body.filled(|_| msg!("page.link").text(app.site.config.language))
}

/// Every purpose of a template, filled with the longest plausible data.
fn preview(call: &Call, app: &App, template: &str, form: Option<Form>, recipient: Option<&str>) -> ExitCode {
    let lang = app.site.texts.lang();
    if template == merged::TEMPLATE {
        return preview_merged(call, app, form, recipient);
    }
    let Some((tell, contents)) = known(app, template) else {
        return misread(
            call,
            &msg!("notices.no_template", template = template, known = templates(app).join(call.lang.comma())),
        );
    };
    let to = match recipient {
        None => sample::recipient(&tell),
        Some(id) => {
            let all = notice::select(&tell, &app.site.roster, &app.site.shift(chrono::Utc::now()), &|_| false);
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
                    values.push(shown(call, &to.name, *form, purpose, &subject, &body.example()));
                }
                Err(problem) => {
                    return refused(call, &msg!("notices.broken", problem = problem.to_string()));
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
    let shift = app.site.shift(chrono::Utc::now());
    let tells = app.site.rules.iter().flat_map(|rule| &rule.tell);
    let mut all = tells.flat_map(|tell| notice::select(tell, &app.site.roster, &shift, &|_| false));
    let found = recipient.map(|id| all.find(|r| r.id == id).map(|r| r.name).ok_or(id));
    let name = match found.unwrap_or_else(|| Ok(sample::NAME.to_owned())) {
        Ok(name) => name,
        Err(id) => return refused(call, &msg!("notices.no_recipient", id = id)),
    };
    let texts = match merged_texts(app, &name) {
        Ok(texts) => texts,
        Err(problem) => return refused(call, &msg!("notices.broken", problem = problem.to_string())),
    };
    let wanted = texts.into_iter().filter(|(of, ..)| form.is_none_or(|form| form == *of));
    let values: Vec<Value> =
        wanted.map(|(of, subject, body)| shown(call, &name, of, Purpose::Raise, &subject, &body)).collect();
    if call.json {
        say(&json!({"schema": "cuofeng.preview/1", "template": merged::TEMPLATE, "texts": values}).to_string());
    }
    ExitCode::SUCCESS
}

/// The mail of the first rules that write one, and the short messages of as many notices as there are texts for.
fn merged_texts(app: &App, name: &str) -> Result<Vec<(Form, String, String)>, Problem> {
    let (texts, config) = (&app.site.texts, &app.site.config);
    let tells = app.site.rules.iter().flat_map(|rule| rule.tell.iter().map(move |tell| (rule, tell)));
    let mails = tells.filter(|(_, tell)| tell.forms.contains(&Form::Email) && texts.has_gist(&tell.template));
    let mails = mails.filter_map(|(rule, tell)| {
        let content = sample::contents(rule, texts.lang()).into_iter().next()?;
        let (to, lines) = (sample::recipient(tell), sample::lines(texts.lang()));
        texts.render(&tell.template, Form::Email, &to, &content, &lines).ok()
    });
    let mails: Vec<(String, Placed)> = mails.take(merged::MOST).collect();
    let mails: Vec<(&str, &Placed)> = mails.iter().map(|(subject, body)| (subject.as_str(), body)).collect();
    let (subject, body) = texts.merged_mail(&config.name, &mails)?;
    let mut all = vec![(Form::Email, subject, body.example())];
    for count in 2..=merged::MOST {
        let gists = vec![sample::gist(texts.lang()); count];
        let text = texts.merged_sms((&config.name, &config.phone), name, &gists)?;
        all.push((Form::Sms, String::new(), text.example()));
    }
    Ok(all)
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
    let relay = rules::relay::sample();
    if let Some(tell) = relay.tell.iter().find(|tell| tell.template == template) {
        return Some((tell.clone(), sample::contents(&relay, lang)));
    }
    let own = notice::own::all(lang).into_iter().find(|own| own.tell.template == template);
    own.map(|own| (own.tell, own.contents))
}

fn templates(app: &App) -> Vec<String> {
    let rules = app.site.rules.iter().flat_map(|rule| rule.tell.iter().map(|tell| tell.template.clone()));
    let relays = rules::relay::sample().tell.into_iter().map(|tell| tell.template);
    let own = notice::own::all(app.site.texts.lang()).into_iter().map(|own| own.tell.template);
    let mut all: Vec<String> = rules.chain(relays).chain(own).chain([merged::TEMPLATE.to_owned()]).collect();
    all.sort();
    all.dedup();
    all
}
