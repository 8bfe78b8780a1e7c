//! `cuofeng hand`: words that a person passes on, ready to copy or print, and what became of them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Call, Time, answered, at, complain, look, refused, say};
use cuofeng_app::App;
use cuofeng_base::msg;
use cuofeng_base::word::Form;
use cuofeng_channel::by_hand::How;
use cuofeng_notice::sheet;
use cuofeng_store::hand::{ByHand, Handing, Wanted};
use cuofeng_town::roster::mask;

#[derive(Debug, clap::Subcommand)]
pub(super) enum HandCommand {
    List {
        #[arg(long)]
        all: bool,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Show {
        letter: i64,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Audio {
        letter: i64,
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    Sheet {
        #[arg(value_name = "LETTER")]
        letters: Vec<i64>,
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Done {
        #[arg(value_name = "LETTER", required = true)]
        letters: Vec<i64>,
        #[arg(long, value_name = "forwarded|played|handed|failed", value_parser = ["forwarded", "played", "handed", "failed"])]
        how: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        at: Option<Time>,
        #[arg(long, value_name = "TEXT", value_parser = super::words(), default_value = "")]
        note: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: HandCommand) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    match command {
        HandCommand::List { all, now } => list(call, &app, all, at(now)).await,
        HandCommand::Show { letter, now } => show(call, &app, letter, at(now)).await,
        HandCommand::Audio { letter, to } => audio(call, &app, letter, &to).await,
        HandCommand::Sheet { letters, to, now } => sheets(call, &app, (&letters, &to), at(now)).await,
        HandCommand::Done { letters, how, by, at: done, note, now } => {
            let now = at(now);
            let how = How::named(&how).unwrap_or(How::Failed);
            let handing = Handing { how, at: done.map_or(now, Time::utc), by, note };
            Ok(answered(call, app.hands().passed_on(&letters, &handing, now).await?))
        }
    }
}

async fn list(call: &Call, app: &App, all: bool, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let letters = app.store.by_hand(Wanted { waiting: !all, ..Wanted::default() }).await?;
    let letters: Vec<ByHand> = letters.into_iter().filter(|l| all || l.expires_at > now).collect();
    if let Some(hold) = app.store.hold().await?.filter(|_| !call.json) {
        let since = zone.words(hold.since, call.lang);
        call.tell(&msg!("drafts.stopped", by = &hold.by, since = since, reason = hold.words(call.lang)));
    }
    let mut values: Vec<Value> = Vec::new();
    for letter in &letters {
        let handings = app.store.handings(letter.number).await?;
        let ((person, mobile), due) = (app.hands().whom(letter), app.hands().due_of(letter, now).await?);
        if call.json {
            values.push(value(app, letter, &handings, (&person, &mask(&mobile), due)));
            continue;
        }
        let state = letter.state.message();
        let from = letter.not_before.max(now);
        call.tell(&msg!(
            "hand.line",
            number = letter.number,
            name = &letter.name,
            form = letter.form.message(),
            state = state,
            from = zone.words(from, call.lang),
            until = zone.words(due, call.lang),
            person = person,
            mobile = mask(&mobile)
        ));
        for handing in &handings {
            let (at, how) = (zone.words(handing.at, call.lang), handing.how.message());
            let said = msg!("hand.said", by = &handing.by, at = at, how = how, note = handing.note.trim());
            say(&format!("  {}", said.text(call.lang).trim()));
        }
    }
    if call.json {
        say(&json!({"schema": "cuofeng.hand/1", "letters": values}).to_string());
    } else if letters.is_empty() {
        call.tell(&msg!("hand.nothing"));
    }
    Ok(ExitCode::SUCCESS)
}

fn value(
    app: &App,
    letter: &ByHand,
    handings: &[Handing],
    (person, mobile, due): (&str, &str, DateTime<Utc>),
) -> Value {
    let zone = &app.site.config.zone;
    let said: Vec<Value> = handings
        .iter()
        .map(|h| json!({"how": h.how.word(), "at": zone.rfc3339(h.at), "by": h.by, "note": h.note}))
        .collect();
    json!({"number": letter.number, "notice": letter.notice, "to": letter.name, "form": letter.form.name(),
           "purpose": letter.purpose.word(), "state": letter.state.word(), "person": person, "mobile": mobile,
           "not_before": zone.rfc3339(letter.not_before), "before": zone.rfc3339(due), "expires_at": zone.rfc3339(letter.expires_at),
           "said": said})
}

/// The words alone, so that they can be copied as they stand; whom to call is printed whole, for calling.
async fn show(call: &Call, app: &App, number: i64, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let wanted = Wanted { number: Some(number), ..Wanted::default() };
    let Some(letter) = app.store.by_hand(wanted).await?.pop() else {
        return Ok(refused(call, &msg!("hand.none", number = number)));
    };
    let (subject, body) = app.hands().words_by_hand(&letter, now)?;
    let (person, mobile) = app.hands().whom(&letter);
    let (handings, due) = (app.store.handings(number).await?, app.hands().due_of(&letter, now).await?);
    if call.json {
        let mut value = value(app, &letter, &handings, (&person, &mobile, due));
        value["schema"] = json!("cuofeng.hand.show/1");
        value["subject"] = json!(subject);
        value["body"] = json!(body);
        say(&value.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let until = app.site.config.zone.words(due, call.lang);
    call.tell(&msg!("hand.head", name = &letter.name, person = person, mobile = mobile, until = until));
    say("---");
    if !subject.is_empty() {
        say(&subject);
    }
    say(&body);
    Ok(ExitCode::SUCCESS)
}

/// The words as audio, to be played from a telephone or sent to a group.
async fn audio(call: &Call, app: &App, number: i64, to: &Path) -> anyhow::Result<ExitCode> {
    let wanted = Wanted { number: Some(number), ..Wanted::default() };
    let letter = app.store.by_hand(wanted).await?.pop().filter(|letter| letter.form == Form::Speech);
    let Some(letter) = letter else {
        return Ok(refused(call, &msg!("hand.no_text", number = number)));
    };
    match app.audio(letter.body.text()).await {
        None => complain(call, &msg!("hand.no_engine")),
        Some(Err(why)) => complain(call, &msg!("hand.no_audio", why = why)),
        Some(Ok(sound)) => {
            std::fs::copy(&sound.file, to)?;
            call.tell(&msg!("hand.audio", file = to.display(), seconds = sound.seconds()));
            return Ok(ExitCode::SUCCESS);
        }
    }
    Ok(ExitCode::from(1))
}

async fn sheets(
    call: &Call,
    app: &App,
    (numbers, to): (&[i64], &Path),
    now: DateTime<Utc>,
) -> anyhow::Result<ExitCode> {
    let wanted = Wanted { waiting: numbers.is_empty(), ..Wanted::default() };
    let letters = app.store.by_hand(wanted).await?;
    if let Some(number) = numbers.iter().find(|number| letters.iter().all(|l| l.number != **number)) {
        return Ok(refused(call, &msg!("hand.none", number = *number)));
    }
    let meant = |l: &&ByHand| if numbers.is_empty() { l.expires_at > now } else { numbers.contains(&l.number) };
    let mut pages: Vec<sheet::Sheet> = Vec::new();
    for letter in letters.iter().filter(meant) {
        pages.push(app.hands().page_by_hand(letter, now).await?);
    }
    if pages.is_empty() {
        call.tell(&msg!("hand.nothing"));
        return Ok(ExitCode::SUCCESS);
    }
    let config = &app.site.config;
    std::fs::write(to, sheet::sheets(config.language, &config.name, &pages))?;
    call.tell(&msg!("hand.printed", count = pages.len(), file = to.display()));
    Ok(ExitCode::SUCCESS)
}
