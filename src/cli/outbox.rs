//! `cuofeng outbox`: where each letter stands, and a person's word on letters and channels.

use std::collections::BTreeMap;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Call, Time, answered, at, look, misread, say};
use cuofeng_app::App;
use cuofeng_app::delivering::outbox::Found;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::ChannelName;
use cuofeng_channel::said;
use cuofeng_outbox::State;
use cuofeng_outbox::list::{Listed, Wanted};
use cuofeng_rules::acknowledgement::Said;
use cuofeng_town::roster::mask;
use cuofeng_town::roster::people::mask_all;

/// The last answers to notices, by their keys.
pub(super) type Answers = BTreeMap<String, (Said, DateTime<Utc>)>;

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    List {
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        #[arg(long, value_name = "EPISODE")]
        episode: Option<String>,
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
        #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
        acknowledged: Option<String>,
        #[arg(long)]
        no_way_left: bool,
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,
    },
    Settle {
        #[arg(required = true)]
        number: Vec<i64>,
        #[arg(long, value_name = "delivered|failed|resend", value_parser = Found::ALL.map(Found::word))]
        found: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Resend {
        number: i64,
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Pause {
        channel: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Resume {
        channel: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: OutboxCommand) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let answer = match command {
        OutboxCommand::List { state, episode, channel, acknowledged, no_way_left, limit } => {
            let state = match state.as_deref().map(|word| State::named(word).ok_or(word)).transpose() {
                Ok(state) => state,
                Err(word) => return Ok(misread(call, &msg!("outbox.no_state", word = word))),
            };
            let channel = match channel.as_deref().map(named).transpose() {
                Ok(channel) => channel,
                Err(why) => return Ok(misread(call, &why)),
            };
            let acknowledged = acknowledged.map(|word| word == "yes");
            let episode = episode.as_deref();
            let unreached: Option<Vec<String>> = if no_way_left {
                Some(
                    cuofeng_outbox::unreached::unreached(&app.store, None, Utc::now())
                        .await?
                        .into_iter()
                        .map(|one| one.notice)
                        .collect(),
                )
            } else {
                None
            };
            let among = unreached.as_deref();
            let wanted = Wanted { episode, state, channel, acknowledged, among, ..Wanted::default() };
            return list(call, &app, &wanted, limit).await;
        }
        OutboxCommand::Settle { number, found, by, reason, now } => {
            let Some(found) = Found::named(&found) else {
                return Ok(misread(call, &msg!("outbox.no_state", word = found)));
            };
            let (now, mut worst) = (at(now), ExitCode::SUCCESS);
            for number in number {
                let answer = app.letters().settle_letter(number, found, (&by, &reason), now).await?;
                let is_refused = answer.is_err();
                let code = answered(call, answer);
                if is_refused {
                    worst = code;
                }
            }
            app.store.close().await;
            return Ok(worst);
        }
        OutboxCommand::Resend { number, to, by, reason, now } => {
            app.letters().resend_letter(number, to.as_deref(), (&by, &reason), at(now)).await?
        }
        OutboxCommand::Pause { channel, by, reason, now } => match named(&channel) {
            Ok(channel) => app.letters().pause_channel(channel, (&by, &reason), at(now)).await?,
            Err(why) => return Ok(misread(call, &why)),
        },
        OutboxCommand::Resume { channel, by, now } => match named(&channel) {
            Ok(channel) => app.letters().resume_channel(channel, &by, at(now)).await?,
            Err(why) => return Ok(misread(call, &why)),
        },
    };
    app.store.close().await;
    Ok(answered(call, answer))
}

fn named(word: &str) -> Result<ChannelName, Message> {
    ChannelName::named(word).ok_or_else(|| msg!("outbox.no_channel", word = word))
}

async fn list(call: &Call, app: &App, wanted: &Wanted<'_>, limit: u32) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let (letters, pauses) = (
        cuofeng_outbox::list::letters(&app.store, wanted, limit).await?,
        cuofeng_outbox::pause::pauses(&app.store).await?,
    );
    let (answers, count) =
        (answers(app, &letters).await?, cuofeng_outbox::list::count_letters(&app.store, wanted).await?);
    if call.json {
        let stopped: Vec<Value> = pauses
            .iter()
            .map(|p| {
                json!({"channel": p.channel.name(), "since": zone.rfc3339(p.since), "by": p.by,
                       "reason": mask_all(&p.reason), "try_at": p.try_at.map(|at| zone.rfc3339(at))})
            })
            .collect();
        let letters: Vec<Value> = letters.iter().map(|letter| letter_json(letter, &answers, app)).collect();
        let count = json!({"letters": count.letters, "acknowledged": count.acknowledged,
                           "unanswered": count.unanswered});
        say(&json!({"schema": "cuofeng.outbox/1", "letters": letters, "count": count, "paused": stopped}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    for pause in &pauses {
        let (channel, since) = (pause.channel.message(), zone.words(pause.since, call.lang));
        let reason = mask_all(&said::words(&pause.reason, None, call.lang));
        call.tell(&match pause.try_at {
            Some(at) => {
                let at = zone.words(at, call.lang);
                msg!("outbox.paused_program", channel = channel, since = since, reason = reason, at = at)
            }
            None => msg!("outbox.paused_person", channel = channel, since = since, by = &pause.by, reason = reason),
        });
    }
    if letters.is_empty() {
        call.tell(&msg!("outbox.nothing"));
        return Ok(ExitCode::SUCCESS);
    }
    let head = [
        msg!("outbox.head_number"),
        msg!("outbox.head_since"),
        msg!("outbox.head_to"),
        msg!("outbox.head_purpose"),
        msg!("outbox.head_channel"),
        msg!("outbox.head_state"),
        msg!("outbox.head_said"),
    ];
    let mut table = crate::cli::table::of(head, call.lang);
    for letter in &letters {
        let said = said::words(&letter.said, Some(letter.form), call.lang);
        let said: String = mask_all(&said).chars().take(60).collect();
        table.add_row([
            letter.number.to_string(),
            zone.words(letter.since, call.lang),
            format!("{} {}", letter.name, mask(&letter.address)),
            letter.purpose.message().text(call.lang),
            letter.channel.message().text(call.lang),
            stands(letter, &answers).text(call.lang),
            said,
        ]);
    }
    say(&table.to_string());
    call.tell(&msg!(
        "outbox.count",
        listed = letters.len(),
        all = count.letters,
        acknowledged = count.acknowledged,
        unanswered = count.unanswered
    ));
    Ok(ExitCode::SUCCESS)
}

/// The last answers to the notices of letters.
pub(super) async fn answers(app: &App, letters: &[Listed]) -> anyhow::Result<Answers> {
    let notices: Vec<&str> = letters.iter().map(|letter| letter.asked.as_str()).collect();
    Ok(app.store.last_answers(&notices).await?)
}

/// Where a letter stands, and on top of it what was answered to its notice.
pub(super) fn stands(letter: &Listed, answers: &Answers) -> Message {
    let state = letter.state.message_by(letter.channel);
    match answers.get(&letter.asked) {
        Some((said, _)) => msg!("outbox.acknowledged", state = state, said = said.message()),
        None => state,
    }
}

/// A letter without its words and with its address masked.
pub(super) fn letter_json(letter: &Listed, answers: &Answers, app: &App) -> Value {
    let zone = &app.site.config.zone;
    let acknowledged = answers
        .get(&letter.asked)
        .map(|(said, at)| json!({"at": zone.rfc3339(*at), "said": said.word(), "reason": said.reason()}));
    json!({"acknowledged": acknowledged, "number": letter.number, "notice": letter.notice, "episode": letter.episode,
           "purpose": letter.purpose.word(), "to": letter.name, "address": mask(&letter.address),
           "form": letter.form.name(), "channel": letter.channel.name(), "state": letter.state.word(),
           "attempt": letter.attempt, "since": zone.rfc3339(letter.since), "said": mask_all(&letter.said),
           "not_before": zone.rfc3339(letter.not_before), "expires_at": zone.rfc3339(letter.expires_at)})
}
