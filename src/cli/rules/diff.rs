//! `cuofeng rules diff`: what a change of rules changes, on real days.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::Past;
use super::replay::{notices, played, rules_at, tellings, tellings_json};
use crate::app::AppError;
use crate::cli::{Call, say};
use crate::msg;
use crate::replay::Replay;
use crate::rules::Rule;
use crate::site::Site;
use crate::time::Zone;

/// Days listed one by one; the rest is counted.
const LISTED: usize = 60;

/// A day of a kind in a region, with the highest level told.
type Days = BTreeMap<(String, String, NaiveDate), String>;

/// How the telling went with one of the sets.
enum Telling {
    Table(String),
    Json(Value),
}

impl Telling {
    fn json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::Table(_) => Value::Null,
        }
    }
}

/// Plays both sets and compares the days and the notices.
pub(super) fn diff(call: &Call, old: &Path, new: &Path, past: &Past) -> anyhow::Result<ExitCode> {
    let (site, problems) = Site::read(&call.site());
    let site = site.ok_or(AppError::Site(problems))?;
    let mut sides = Vec::new();
    for path in [old, new] {
        let rules = match rules_at(path, &site) {
            Ok(rules) => rules,
            Err(problems) => return Ok(super::finish(call, &problems)),
        };
        match played(call, &site, &rules, past) {
            Ok(replays) => {
                let telling = if call.json {
                    Telling::Json(tellings_json(&replays, &rules))
                } else {
                    Telling::Table(tellings(&replays, &rules, call))
                };
                sides.push((days(&replays, &rules, &site.config.zone), notices(&replays), telling));
            }
            Err(problem) => return Ok(super::finish(call, &[*problem])),
        }
    }
    let [(old_days, old_notices, old_telling), (new_days, new_notices, new_telling)] = sides.as_slice() else {
        return Ok(ExitCode::from(2));
    };
    let keys: BTreeSet<_> = old_days.keys().chain(new_days.keys()).collect();
    let changed: Vec<_> = keys.into_iter().filter(|key| old_days.get(*key) != new_days.get(*key)).collect();
    let people: BTreeSet<_> = old_notices.keys().chain(new_notices.keys()).collect();
    let count = |all: &BTreeMap<(String, String), u32>, key| i64::from(all.get(key).copied().unwrap_or(0));
    let moved: Vec<_> = people
        .into_iter()
        .map(|key| (key, count(old_notices, key), count(new_notices, key)))
        .filter(|(_, before, after)| before != after)
        .collect();
    if call.json {
        let day = |key: &&(String, String, NaiveDate)| json!({"kind": key.0, "region": key.1, "day": key.2.to_string(), "old": old_days.get(*key), "new": new_days.get(*key)});
        let recipient = |(key, before, after): &(&(String, String), i64, i64)| json!({"recipient": format!("{}/{}", key.0, key.1), "old": before, "new": after});
        let days: Vec<_> = changed.iter().map(day).collect();
        let notices: Vec<_> = moved.iter().map(recipient).collect();
        say(&json!({"schema": "cuofeng.rules.diff/1", "mode": past.mode.to_string(), "days": days, "notices": notices,
                    "telling": {"old": old_telling.json(), "new": new_telling.json()}})
        .to_string());
        return Ok(ExitCode::SUCCESS);
    }
    call.tell(&msg!("diff.head", mode = past.mode.to_string(), days = changed.len(), recipients = moved.len()));
    let none = msg!("diff.none").text(call.lang);
    for key in changed.iter().take(LISTED) {
        let word = |days: &Days| days.get(*key).cloned().unwrap_or_else(|| none.clone());
        let (before, after) = (word(old_days), word(new_days));
        call.tell(&msg!(
            "diff.day",
            day = key.2.to_string(),
            region = &key.1,
            kind = &key.0,
            before = before,
            after = after
        ));
    }
    if changed.len() > LISTED {
        call.tell(&msg!("diff.more", count = changed.len() - LISTED));
    }
    for ((audience, id), before, after) in moved {
        let name = site.roster.enterprises.iter().find(|e| e.id == *id).map(|e| &e.name);
        let name = name.or_else(|| site.roster.villages.iter().find(|v| v.code == *id).map(|v| &v.name)).unwrap_or(id);
        let class = crate::notice::Audience::named(audience)
            .map_or_else(|| msg!("audience.duty"), crate::notice::Audience::message);
        let change = format!("{:+}", after - before);
        call.tell(&msg!(
            "diff.notices",
            audience = class,
            name = name,
            before = before,
            after = after,
            change = change
        ));
    }
    for (head, telling) in [(msg!("diff.old"), old_telling), (msg!("diff.new"), new_telling)] {
        if let Telling::Table(table) = telling {
            call.tell(&head);
            say(table);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn days(replays: &[Replay], rules: &[Rule], zone: &Zone) -> Days {
    let mut days = Days::new();
    for told in replays.iter().flat_map(|r| &r.episodes) {
        let Some(rule) = rules.iter().find(|r| r.id == told.rule) else { continue };
        let place = |level: &str| rule.levels.iter().position(|l| l.id == level).unwrap_or(usize::MAX);
        for span in &told.levels {
            let last = zone.day(span.period.end - chrono::Duration::seconds(1));
            for day in zone.day(span.period.start).iter_days().take_while(|d| *d <= last) {
                let level =
                    days.entry((told.kind.clone(), told.region.clone(), day)).or_insert_with(|| span.level.clone());
                if place(&span.level) < place(level) {
                    level.clone_from(&span.level);
                }
            }
        }
    }
    days
}
