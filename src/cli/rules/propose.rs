//! `cuofeng rules propose`: hands changed rules in, with what they do shown first.
//!
//! In: the site's files, the cases beside them, the past. Out: what `check` finds in them, how the cases went, which days
//! and people the change touches, and a set that waits for a second person. Can't happen: rules handed in unread; rules
//! that fail their own cases handed in without a reason that stands in the ledger.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::diff::compared;
use super::files::{Expected, Tried, cases, tried};
use super::of_rules;
use super::past::{Past, Unplayed, over, played};
use super::sets::{code, effects_json, print_effects};
use crate::cli::{Call, refused, say};
use cuofeng_air::forecast::Columns;
use cuofeng_app::pulling::past;
use cuofeng_app::{App, AppError};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, Severity};
use cuofeng_base::text::{Message, outside};
use cuofeng_office::site::{Site, rules_of};
use cuofeng_replay::{Mode, Replay};
use cuofeng_rules::Rule;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::rule_sets::{self, RuleSet};
use cuofeng_town::roster::Role;

/// What is handed in, by whom.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Proposal {
    #[arg(long, value_name = "STAFF", value_parser = crate::cli::staff())]
    by: String,
    #[arg(long, value_name = "TEXT", value_parser = crate::cli::words())]
    reason: Option<String>,
    #[arg(long, value_name = "FILE", num_args = 1..)]
    data: Vec<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "data")]
    map: Option<PathBuf>,
    #[arg(long = "as", value_name = "MODE", default_value = "perfect")]
    mode: Mode,
    #[arg(long, value_name = "TIME")]
    now: Option<crate::cli::Time>,
}

/// What was found before the set is handed in.
struct Shown {
    findings: Vec<Problem>,
    tried: Tried,
    /// The difference over the past; nothing where there is no past.
    difference: Option<Value>,
    renamed: Vec<Message>,
}

/// Hands the site's files in as they are.
pub(super) async fn propose(call: &Call, proposal: Proposal) -> anyhow::Result<ExitCode> {
    let now = crate::cli::at(proposal.now);
    let app = App::look_as_filed(&call.site()).await?;
    if !app.site.roster.may(&proposal.by, &Role::DRAFTING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = &proposal.by)));
    }
    let in_force = app.store.rules_in_force().await?.filter(|set| set.texts != app.site.rule_texts);
    let Some(in_force) = in_force else { return Ok(refused(call, &msg!("sets.nothing_new"))) };
    let shown = match shown(call, &app, &in_force, &proposal, now).await? {
        Ok(shown) => shown,
        Err(why) => return Ok(why.tell(call)),
    };
    let reason = proposal.reason.as_deref().map(outside::line).filter(|reason| !reason.is_empty());
    if shown.tried.failed > 0 && reason.is_none() {
        return Ok(refused(call, &msg!("sets.cases_failed", failed = shown.tried.failed)));
    }
    let mut tx = app.store.begin().await?;
    let number = rule_sets::propose(&mut tx, &app.site.rule_texts, &proposal.by, now).await?;
    let detail = match (&reason, shown.tried.failed) {
        (Some(reason), 0) => format!("{}: {reason}", proposal.by),
        (Some(reason), failed) => {
            let failed = msg!("sets.handed_in_failing", failed = failed).text(app.site.config.language);
            format!("{}: {reason} ({failed})", proposal.by)
        }
        (None, _) => proposal.by.clone(),
    };
    ledger::write(&mut tx, &Actor::of(&proposal.by), Event::RulesProposed, &number.to_string(), &detail, now).await?;
    tx.commit().await?;
    if let Some(set) = app.store.rules_proposed().await? {
        handed_in(call, &app, &set, shown, now).await?;
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Says that a set was handed in, and what it would do to open episodes.
async fn handed_in(call: &Call, app: &App, set: &RuleSet, shown: Shown, now: DateTime<Utc>) -> anyhow::Result<()> {
    let effects = app.foreseeing().effects(set, now).await?;
    let code = code(set, &effects);
    if call.json {
        let findings: Vec<_> = shown.findings.iter().map(|p| p.json(call.lang)).collect();
        let renamed: Vec<_> = shown.renamed.iter().map(|words| words.text(call.lang)).collect();
        let cases = json!({"count": shown.tried.count, "failed": shown.tried.failed, "results": shown.tried.results});
        let all = json!({"schema": "cuofeng.rules.propose/1", "number": set.number, "code": code, "findings": findings,
            "cases": cases, "difference": shown.difference, "renamed": renamed, "effects": effects_json(&effects)});
        say(&all.to_string());
        return Ok(());
    }
    call.tell(&msg!("sets.handed_in", number = set.number));
    print_effects(call, &effects);
    call.tell(&msg!("sets.how_accept", code = code));
    Ok(())
}

/// What `check` finds, how the cases go and what differs over the past; printed where people read it.
async fn shown(
    call: &Call,
    app: &App,
    in_force: &RuleSet,
    proposal: &Proposal,
    now: DateTime<Utc>,
) -> anyhow::Result<Result<Shown, Unplayed>> {
    let findings = of_rules(Site::read(&call.site()).1);
    let expected = match cases(&call.site(), &[]) {
        Ok(expected) => expected,
        Err(problems) => return Ok(Err(Unplayed::Problems(problems))),
    };
    let old = rules_of(&in_force.texts, &app.site).map_err(AppError::Site)?;
    if !call.json {
        print_findings(call, &findings, &expected);
    }
    let tried = tried(call, &app.site, &expected);
    let both = match past(call, app, &old, proposal, now).await? {
        Ok(both) => both,
        Err(why) => return Ok(Err(why)),
    };
    let difference = both.as_ref().and_then(|(before, after)| {
        let sides = ((old.as_slice(), before.as_slice()), (app.site.rules.as_slice(), after.as_slice()));
        compared(call, &app.site, sides, proposal.mode)
    });
    if both.is_none() && !call.json {
        call.tell(&msg!("sets.no_past"));
    }
    let renamed = renamed(&old, &app.site.rules);
    for words in renamed.iter().filter(|_| !call.json) {
        call.tell(words);
    }
    Ok(Ok(Shown { findings, tried, difference, renamed }))
}

fn print_findings(call: &Call, findings: &[Problem], Expected { cases, stories }: &Expected) {
    for problem in findings {
        say(&problem.render(call.lang));
        say("");
    }
    let warnings = findings.iter().filter(|p| p.severity == Severity::Warning).count();
    call.tell(&msg!("sets.checked", warnings = warnings));
    if cases.is_empty() && stories.is_empty() {
        call.tell(&msg!("sets.no_cases"));
    }
}

/// Both sets over the files given or over what the site got, else over what the site itself observed in the year behind;
/// nothing where that is nothing.
async fn past(
    call: &Call,
    app: &App,
    old: &[Rule],
    proposal: &Proposal,
    now: DateTime<Utc>,
) -> anyhow::Result<Result<Option<(Vec<Replay>, Vec<Replay>)>, Unplayed>> {
    let (site, new) = (&app.site, app.site.rules.as_slice());
    let Mode::Pretended(pretence) = proposal.mode else { return files(call, site, (old, new), proposal).await };
    if !proposal.data.is_empty() {
        return files(call, site, (old, new), proposal).await;
    }
    let mut observed: Vec<(&str, Columns)> = Vec::new();
    for region in &site.config.regions {
        let columns = past::past(&app.site, &app.store, &region.id, now).await?;
        if !columns.is_empty() {
            observed.push((&region.id, columns));
        }
    }
    if observed.is_empty() {
        return Ok(Ok(None));
    }
    let play = |rules: &[Rule]| -> Vec<Replay> {
        observed.iter().filter_map(|(region, columns)| over(region, columns, (site, rules), pretence)).collect()
    };
    Ok(Ok(Some((play(old), play(new)))))
}

/// Both sets over what the command line names.
async fn files(
    call: &Call,
    site: &Site,
    (old, new): (&[Rule], &[Rule]),
    proposal: &Proposal,
) -> anyhow::Result<Result<Option<(Vec<Replay>, Vec<Replay>)>, Unplayed>> {
    let past = Past::whole(&proposal.data, proposal.map.as_deref(), proposal.mode);
    let before = match played(call, site, old, &past).await? {
        Ok(before) => before.replays,
        Err(why) => return Ok(Err(why)),
    };
    Ok(played(call, site, new, &past).await?.map(|after| Some((before, after.replays))))
}

/// Rules whose kind has another name now.
fn renamed(old: &[Rule], new: &[Rule]) -> Vec<Message> {
    let pairs = new.iter().filter_map(|rule| Some((old.iter().find(|o| o.id == rule.id)?, rule)));
    pairs
        .filter(|(before, after)| before.kind != after.kind)
        .map(|(before, after)| {
            msg!("sets.kind_renamed", rule = &after.name, before = &before.kind, after = &after.kind)
        })
        .collect()
}
