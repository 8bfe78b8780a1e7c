//! `cuofeng warnings`, `stop` and `resume`: what is told, what waits, and a person's word on both.
//!
//! In: an episode and a member of staff. Out: what was done, in the ledger with the name; or why not, with exit code 1.
//! Can't happen: a draft approved by the one who made it; anything sent while `stop` stands.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::{Value, json};

use super::{Call, Time, answered, at, look, misread, refused, say};
use cuofeng_app::App;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::Period;
use cuofeng_base::word::Form;
use cuofeng_channel::sms::segments::Bill;
use cuofeng_notice::{Notice, Part};
use cuofeng_rules::warning::{Span, spans_words};
use cuofeng_store::drafts::{Outcome, Waiting};
use cuofeng_store::hand;
use cuofeng_store::history::Entry;
use cuofeng_store::ledger::{self, Event};
use cuofeng_town::roster::people;

/// A person's word on a warning.
#[derive(Debug, clap::Args)]
pub(super) struct Word {
    #[arg(value_name = "EPISODE")]
    episode: String,
    #[arg(long, value_name = "STAFF", value_parser = super::staff())]
    by: String,
    #[arg(long, value_name = "TEXT", value_parser = super::words())]
    reason: String,
    #[arg(long, value_name = "TIME")]
    now: Option<Time>,
}

#[derive(Debug, Subcommand)]
pub(super) enum WarningsCommand {
    List,
    Show {
        #[arg(value_name = "EPISODE")]
        episode: String,
    },
    Approve {
        #[arg(value_name = "EPISODE")]
        episode: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Reject(Word),
    Hold(Word),
    Edit {
        #[arg(value_name = "EPISODE")]
        episode: String,
        #[arg(long, value_name = "TIME", required_unless_present = "replace", requires = "to", num_args = 1..)]
        from: Vec<Time>,
        #[arg(long, value_name = "TIME", requires = "from", num_args = 1..)]
        to: Vec<Time>,
        #[arg(long, value_names = ["OLD", "NEW"], num_args = 2, conflicts_with = "from")]
        replace: Vec<String>,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Wording {
        #[arg(long, requires = "by")]
        approve: bool,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: Option<String>,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Lift(Word),
    Cancel(Word),
    Again(Word),
}

pub(super) async fn dispatch(call: &Call, command: WarningsCommand) -> anyhow::Result<ExitCode> {
    let app = match &command {
        // Released is what the templates say now.
        WarningsCommand::Wording { .. } => App::look_as_filed(&call.site()).await?,
        _ => look(call).await?,
    };
    let answer = match command {
        WarningsCommand::List => return list(call, &app).await,
        WarningsCommand::Show { episode } => return show(call, &app, &episode).await,
        WarningsCommand::Wording { approve: true, by: Some(by), now } => {
            app.wording().approve_wording(&by, at(now)).await?
        }
        WarningsCommand::Wording { .. } => return wording(call, &app).await,
        WarningsCommand::Approve { episode, by, now } => app.drafts().approve(&episode, None, &by, at(now)).await?,
        WarningsCommand::Reject(w) => app.drafts().reject(&w.episode, None, &w.by, &w.reason, at(w.now)).await?,
        WarningsCommand::Hold(w) => app.drafts().hold_draft(&w.episode, None, &w.by, &w.reason, at(w.now)).await?,
        WarningsCommand::Edit { episode, replace, by, now, .. } if !replace.is_empty() => {
            let pairs: Vec<(&str, &str)> =
                replace.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str())).collect();
            app.editing().reword(&episode, &pairs, &by, at(now)).await?
        }
        WarningsCommand::Edit { episode, from, to, by, now, .. } => {
            let pairs = from.iter().zip(&to);
            let periods: Option<Vec<Period>> = pairs.map(|(from, to)| Period::new(from.utc(), to.utc())).collect();
            let Some(periods) = periods.filter(|_| from.len() == to.len()) else {
                return Ok(misread(call, &msg!("orders.period")));
            };
            app.editing().edit(&episode, &periods, &by, at(now)).await?
        }
        WarningsCommand::Lift(w) => app.editing().end(&w.episode, false, (&w.by, &w.reason), at(w.now)).await?,
        WarningsCommand::Cancel(w) => app.editing().end(&w.episode, true, (&w.by, &w.reason), at(w.now)).await?,
        WarningsCommand::Again(w) => app.editing().tell_again(&w.episode, (&w.by, &w.reason), at(w.now)).await?,
    };
    app.store.close().await;
    Ok(answered(call, answer))
}

async fn list(call: &Call, app: &App) -> anyhow::Result<ExitCode> {
    let zone = &app.site.config.zone;
    let waiting = app.store.waiting_drafts().await?;
    let (mut open, mut values) = (0, Vec::new());
    for region in &app.site.config.regions {
        for episode in app.store.open_episodes(&region.id).await? {
            open += 1;
            let rule = app.judging().rule(&episode.rule);
            let rule = rule.as_ref().map_or(episode.rule.as_str(), |rule| rule.name.as_str());
            let id = episode.id.to_string();
            let draft = waiting.iter().rfind(|draft| draft.episode == id);
            if call.json {
                values.push(json!({"episode": id, "rule": episode.rule, "region": region.id, "told": episode.told,
                    "periods": periods(&episode.spans, app), "draft": draft.map(|draft| draft_json(draft, app))}));
                continue;
            }
            let told = spans_words(&episode.spans, zone, call.lang);
            let line = if episode.told == 0 {
                msg!("drafts.line_untold", episode = &id, rule = rule, region = &region.name)
            } else {
                msg!(
                    "drafts.line",
                    episode = &id,
                    rule = rule,
                    region = &region.name,
                    periods = told,
                    told = episode.told
                )
            };
            call.tell(&line);
            if let Some(draft) = draft {
                tell_draft(call, app, draft);
            }
        }
    }
    let (hold, unable) = (app.store.hold().await?, app.unable().unables(chrono::Utc::now()).await?.len());
    if call.json {
        let hold = hold.map(|h| json!({"since": zone.rfc3339(h.since), "by": h.by, "reason": h.words(call.lang)}));
        say(&json!({"schema": "cuofeng.warnings/1", "episodes": values, "stopped": hold}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    if open == 0 {
        call.tell(&msg!("drafts.nothing"));
    }
    if unable > 0 {
        call.tell(&msg!("unable.waiting", count = unable));
    }
    let waiting = hand::Wanted { waiting: true, ..hand::Wanted::default() };
    let by_hand = app.store.by_hand(waiting).await?.len();
    if by_hand > 0 {
        call.tell(&msg!("hand.waiting", count = by_hand));
    }
    if let Some(hold) = hold {
        call.tell(&msg!(
            "drafts.stopped",
            by = &hold.by,
            since = zone.words(hold.since, call.lang),
            reason = hold.words(call.lang)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_draft(call: &Call, app: &App, draft: &Waiting) {
    let zone = &app.site.config.zone;
    call.tell(&msg!(
        "drafts.line_draft",
        action = draft.action.message(),
        periods = spans_words(&draft.spans, zone, call.lang),
        by = who(&draft.made_by, call.lang),
        at = zone.words(draft.made_at, call.lang),
        deadline = zone.words(draft.deadline, call.lang),
        default = if draft.released_at_deadline { msg!("drafts.then_release") } else { msg!("drafts.then_drop") }
    ));
    if let Some(hold) = &draft.held {
        let since = zone.words(hold.since, call.lang);
        call.tell(&msg!("drafts.line_held", by = &hold.by, since = since, reason = &hold.reason));
    }
}

/// Lists the templates in use whose words nobody has released; exit code 1 where there are any.
async fn wording(call: &Call, app: &App) -> anyhow::Result<ExitCode> {
    let all = app.wording().wordings().await?;
    let fresh: Vec<&str> = all.iter().filter(|(_, known)| !known).map(|(template, _)| template.as_str()).collect();
    if call.json {
        say(&json!({"schema": "cuofeng.wording/1", "templates": all.len(), "unreleased": fresh}).to_string());
    } else if fresh.is_empty() {
        call.tell(&msg!("wording.all_known", count = all.len()));
    } else {
        for template in &fresh {
            call.tell(&msg!("wording.line", template = *template));
        }
        call.tell(&msg!("wording.how"));
    }
    Ok(if fresh.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Everything that is shown of a warning.
struct Shown<'a> {
    id: &'a str,
    history: Vec<Entry>,
    draft: Option<Waiting>,
    /// The draft's.
    notices: Vec<Notice>,
    /// What was withdrawn from, or told to, those who were taken out of the tables.
    taken_out: Vec<(DateTime<Utc>, String)>,
    /// When the rule last held something back, why, and what.
    held: Option<(DateTime<Utc>, String, Vec<Span>)>,
}

async fn show(call: &Call, app: &App, id: &str) -> anyhow::Result<ExitCode> {
    let history = app.store.history(id).await?;
    if history.is_empty() {
        return Ok(refused(call, &msg!("drafts.no_episode", episode = id)));
    }
    let draft = app.store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == id);
    let notices = match &draft {
        Some(draft) => app.store.draft_notices(draft).await?,
        None => Vec::new(),
    };
    let held = match app.store.episode_rule(id).await? {
        Some((rule, region)) => app.store.held_back(&rule, &region).await?,
        None => None,
    };
    let taken_out = ledger::of(&app.store, Event::Removed, id).await?;
    let shown = Shown { id, history, draft, notices, taken_out, held };
    if call.json {
        say(&shown_json(app, &shown).to_string());
    } else {
        print_shown(call, app, &shown);
    }
    Ok(ExitCode::SUCCESS)
}

fn shown_json(app: &App, shown: &Shown<'_>) -> Value {
    let zone = &app.site.config.zone;
    let revision = |r: &Entry| {
        json!({"number": r.number, "action": r.action.word(), "at": zone.rfc3339(r.at), "by": r.by, "reason": r.reason,
               "periods": periods(&r.spans, app), "outcome": r.outcome.map(Outcome::word), "settled_by": r.settled_by})
    };
    let (mut texts, mut enclosed) = (Vec::new(), Vec::new());
    for n in &shown.notices {
        let text = |p: &Part| json!({"to": n.name, "form": p.form.name(), "subject": p.subject, "body": words(p, app)});
        texts.extend(n.parts.iter().map(text));
        enclosed.extend(n.enclosures.iter().map(|e| json!({"to": n.name, "name": e.name, "kind": e.kind})));
    }
    let held = shown.held.as_ref();
    let held =
        held.map(|(at, why, spans)| json!({"at": zone.rfc3339(*at), "reason": why, "periods": periods(spans, app)}));
    let taken_out: Vec<Value> =
        shown.taken_out.iter().map(|(at, detail)| json!({"at": zone.rfc3339(*at), "detail": detail})).collect();
    let revisions: Vec<Value> = shown.history.iter().map(revision).collect();
    json!({"schema": "cuofeng.warning/1", "episode": shown.id, "revisions": revisions, "held_back": held,
           "taken_out": taken_out,
           "draft": shown.draft.as_ref().map(|d| draft_json(d, app)), "texts": texts, "enclosures": enclosed,
           "sms": bill_json(&bill(&shown.notices, app))})
}

/// Who did something, as people say it: what the program does by itself it does under no person's name.
fn who(by: &str, lang: Lang) -> String {
    if people::is_programs(by) { msg!("drafts.program").text(lang) } else { by.to_owned() }
}

fn print_shown(call: &Call, app: &App, shown: &Shown<'_>) {
    let zone = &app.site.config.zone;
    for revision in &shown.history {
        let outcome = match (revision.outcome, revision.settled_by.as_deref()) {
            (Some(outcome), Some(by)) => {
                msg!("drafts.outcome", outcome = outcome.message(), by = who(by, call.lang)).text(call.lang)
            }
            _ if revision.waits => msg!("drafts.waiting").text(call.lang),
            _ => String::new(),
        };
        call.tell(&msg!(
            "drafts.revision",
            number = revision.number,
            action = revision.action.message(),
            at = zone.words(revision.at, call.lang),
            by = who(&revision.by, call.lang),
            periods = spans_words(&revision.spans, zone, call.lang),
            reason = &revision.reason,
            outcome = outcome
        ));
    }
    for (at, detail) in &shown.taken_out {
        call.tell(&msg!("drafts.taken_out", at = zone.words(*at, call.lang), detail = detail));
    }
    if let Some((at, why, spans)) = &shown.held {
        let periods = spans_words(spans, zone, call.lang);
        call.tell(&msg!("drafts.held", at = zone.words(*at, call.lang), periods = periods, reason = why));
    }
    let Some(draft) = &shown.draft else { return };
    tell_draft(call, app, draft);
    for notice in &shown.notices {
        for part in &notice.parts {
            let form = part.form.message().text(call.lang);
            say(&format!("--- {} ({form})\n{}\n{}", notice.name, part.subject, words(part, app)));
        }
        notice.enclosures.iter().for_each(|enclosure| call.tell(&enclosure.message()));
    }
    let bill = bill(&shown.notices, app);
    if bill.messages > 0 {
        call.tell(&bill.message());
    }
}

/// The words of a draft's part, with a word in the place of what is put in when it is sent.
fn words(part: &Part, app: &App) -> String {
    part.body.filled(|_| msg!("page.link").text(app.site.config.language))
}

/// What a draft's short messages would come to.
fn bill(notices: &[Notice], app: &App) -> Bill {
    let parts = notices.iter().flat_map(|n| &n.parts).filter(|p| p.form == Form::Sms);
    let texts: Vec<String> = parts.map(|p| p.body.example()).collect();
    Bill::of(texts.iter().map(String::as_str), app.site.config.sms_price())
}

fn bill_json(bill: &Bill) -> Value {
    json!({"messages": bill.messages, "parts": bill.parts, "yuan": bill.cost.map(|c| c.to_string())})
}

fn periods(spans: &[Span], app: &App) -> Vec<Value> {
    let zone = &app.site.config.zone;
    let one = |s: &Span| json!({"start": zone.rfc3339(s.period.start), "end": zone.rfc3339(s.period.end), "level": s.level, "ordered": s.ordered});
    spans.iter().map(one).collect()
}

fn draft_json(draft: &Waiting, app: &App) -> Value {
    let zone = &app.site.config.zone;
    json!({"number": draft.number, "action": draft.action.word(), "by": draft.made_by, "at": zone.rfc3339(draft.made_at),
           "deadline": zone.rfc3339(draft.deadline), "then": if draft.released_at_deadline { "release" } else { "drop" },
           "held_by": draft.held.as_ref().map(|hold| &hold.by),
           "reason": draft.reason, "periods": periods(&draft.spans, app)})
}

/// Holds everything that is unsent.
pub(super) async fn stop(call: &Call, by: &str, reason: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let answer = app.holding().stop(by, reason, now).await?;
    app.store.close().await;
    Ok(answered(call, answer))
}

/// Lets everything go again.
pub(super) async fn resume(call: &Call, by: &str, unjudged: bool, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let answer = app.holding().resume(by, unjudged, now).await?;
    app.store.close().await;
    Ok(answered(call, answer))
}
