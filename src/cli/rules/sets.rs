//! `cuofeng rules status|accept|withdraw|move`: putting changed rules in force.
//!
//! In: the site's files and two members of staff. Out: a new set in force, in the ledger with both names. Can't happen:
//! a set accepted by the one who proposed it; a set accepted whose effect was not shown (the code is of the texts and of
//! the effect as shown).

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cli::{Call, complain, look, refused, say};
use cuofeng_app::Effect;
use cuofeng_app::judging::pending;
use cuofeng_base::msg;
use cuofeng_base::text::hex;
use cuofeng_store::episodes;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::rule_sets::{self, RuleSet};
use cuofeng_town::roster::Role;

/// A short code for what is waiting and what it would do.
pub(super) fn code(set: &RuleSet, effects: &[Effect]) -> String {
    let mut hash = Sha256::new();
    hash.update(serde_json::to_string(&set.texts).unwrap_or_default());
    for effect in effects {
        hash.update(format!("{}{}{}", effect.episode, effect.before, effect.after));
    }
    hex(&hash.finalize()[..4])
}

pub(super) fn effects_json(effects: &[Effect]) -> Vec<Value> {
    effects.iter().map(|e| json!({"episode": e.episode, "before": e.before, "after": e.after})).collect()
}

pub(super) fn print_effects(call: &Call, effects: &[Effect]) {
    if effects.is_empty() {
        call.tell(&msg!("sets.no_episode"));
    }
    for effect in effects {
        let (episode, before, after) = (&effect.episode, &effect.before, &effect.after);
        call.tell(&msg!("sets.effect", episode = episode, before = before, after = after));
    }
}

/// What is in force, what waits, and what that would do to open episodes.
pub(super) async fn status(call: &Call, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let zone = &app.site.config.zone;
    let in_force = app.store.rules_in_force().await?;
    let proposed = app.store.rules_proposed().await?;
    let differs = in_force.as_ref().is_some_and(|set| set.texts != app.site.rule_texts);
    let effects = match &proposed {
        Some(set) => app.foreseeing().effects(set, now).await?,
        None => Vec::new(),
    };
    let mut never = Vec::new();
    for region in &app.site.config.regions {
        let merged = app.forecasts().merged(&region.id, now).await?;
        never.extend(app.judging().unanswerable(region, &merged));
    }
    if call.json {
        let waiting = proposed.as_ref().map(|set| {
            json!({"number": set.number, "by": set.proposed_by, "at": zone.rfc3339(set.proposed_at),
                   "code": code(set, &effects), "effects": effects_json(&effects)})
        });
        let number = in_force.as_ref().map(|set| set.number);
        let never: Vec<String> = never.iter().map(|never| never.text(call.lang)).collect();
        say(&json!({"schema": "cuofeng.rules.status/1", "in_force": number, "files_differ": differs, "proposed": waiting,
                    "unanswerable": never}).to_string());
        app.store.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    match &in_force {
        None => call.tell(&msg!("sets.not_begun")),
        Some(set) => {
            let (since, by) = set.accepted.clone().unwrap_or((set.proposed_at, String::new()));
            let by = if by.is_empty() { msg!("sets.first").text(call.lang) } else { by };
            call.tell(&msg!("sets.in_force", number = set.number, since = zone.words(since, call.lang), by = by));
        }
    }
    if let Some(set) = &proposed {
        let at = zone.words(set.proposed_at, call.lang);
        call.tell(&msg!("sets.proposed", number = set.number, by = &set.proposed_by, at = at));
        print_effects(call, &effects);
        call.tell(&msg!("sets.how_accept", code = code(set, &effects)));
    }
    for never in never {
        call.tell(&never);
    }
    for edit in pending::pending(&app.site, &app.store).await? {
        call.tell(&msg!("once.pending", file = edit.file, what = edit.what, advice = edit.advice));
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Puts the waiting set in force: by another person, who names the code that was shown with its effect.
pub(super) async fn accept(call: &Call, given: &str, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let Some(set) = app.store.rules_proposed().await? else {
        return Ok(refused(call, &msg!("sets.none")));
    };
    if !app.site.roster.may(by, &Role::RELEASING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = by)));
    }
    if set.proposed_by == by {
        return Ok(refused(call, &msg!("sets.same_person", by = by)));
    }
    let effects = app.foreseeing().effects(&set, now).await?;
    if code(&set, &effects) != given {
        complain(call, &msg!("sets.wrong_code"));
        print_effects(call, &effects);
        call.tell(&msg!("sets.how_accept", code = code(&set, &effects)));
        return Ok(ExitCode::from(1));
    }
    let mut tx = app.store.begin().await?;
    if !rule_sets::accept(&mut tx, set.number, by, now).await? {
        return Ok(refused(call, &msg!("sets.none")));
    }
    ledger::write(&mut tx, &Actor::of(by), Event::RulesAccepted, &set.number.to_string(), by, now).await?;
    tx.commit().await?;
    call.tell(&msg!("sets.accepted", number = set.number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Drops the waiting set.
pub(super) async fn withdraw(call: &Call, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    if !app.site.roster.may(by, &Role::DRAFTING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = by)));
    }
    let Some(set) = app.store.rules_proposed().await? else {
        return Ok(refused(call, &msg!("sets.none")));
    };
    let mut tx = app.store.begin().await?;
    rule_sets::drop_proposed(&mut tx, set.number).await?;
    ledger::write(&mut tx, &Actor::of(by), Event::RulesWithdrawn, &set.number.to_string(), by, now).await?;
    tx.commit().await?;
    call.tell(&msg!("sets.withdrawn", number = set.number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Moves an open episode to the rules in force, on purpose.
pub(super) async fn move_episode(call: &Call, id: &str, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    if !app.site.roster.may(by, &Role::RELEASING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = by)));
    }
    let number = app.store.rules_number().await?.unwrap_or(0);
    let mut tx = app.store.begin().await?;
    if !episodes::move_to_set(&mut tx, id, number).await? {
        return Ok(refused(call, &msg!("sets.no_such_episode", episode = id)));
    }
    ledger::write(&mut tx, &Actor::of(by), Event::EpisodeMoved, id, &format!("{by}: {number}"), now).await?;
    tx.commit().await?;
    call.tell(&msg!("sets.moved", episode = id, number = number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}
