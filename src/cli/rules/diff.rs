//! `cuofeng rules diff`: what a change of rules changes, on real days.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::past::{Past, Unplayed, played};
use super::replay::{heard, heard_json, notices, rules_at, tellings, tellings_json};
use crate::cli::{Call, say};
use cuofeng_app::AppError;
use cuofeng_base::msg;
use cuofeng_base::time::Zone;
use cuofeng_notice::{self as notice, Audience};
use cuofeng_office::site::Site;
use cuofeng_replay::{Mode, Replay};
use cuofeng_rules::Rule;

/// Days listed one by one; the rest is counted.
const LISTED: usize = 60;

/// A day of a kind in a region, with the highest level told.
type Days = BTreeMap<(String, String, NaiveDate), String>;

/// Notices by audience and identifier.
type Counts = BTreeMap<(String, String), u32>;

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

/// What one of the sets tells.
struct Side {
    days: Days,
    /// What a day's kind and level are called, by both.
    names: BTreeMap<(String, String), (String, String)>,
    notices: Counts,
    telling: Telling,
    heard: Telling,
}

/// What differs between two sets.
struct Changes<'a> {
    days: Vec<&'a (String, String, NaiveDate)>,
    /// Audience and identifier, with the notices before and after.
    recipients: Vec<(&'a (String, String), i64, i64)>,
}

/// Plays both sets and compares the days and the notices.
pub(super) async fn diff(call: &Call, old: &Path, new: &Path, past: &Past) -> anyhow::Result<ExitCode> {
    let (site, problems) = Site::read(&call.site());
    let site = site.ok_or(AppError::Site(problems))?;
    let mut sides = Vec::new();
    for path in [old, new] {
        let rules = match rules_at(path, &site) {
            Ok(rules) => rules,
            Err(problems) => return Ok(Unplayed::Problems(problems).tell(call)),
        };
        match played(call, &site, &rules, past).await? {
            Ok(played) => sides.push((rules, played.replays)),
            Err(why) => return Ok(why.tell(call)),
        }
    }
    let [old, new] = sides.as_slice() else { return Ok(ExitCode::FAILURE) };
    if let Some(all) = compared(call, &site, ((&old.0, &old.1), (&new.0, &new.1)), past.mode) {
        say(&all.to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// Rules, and what they would have done.
pub(super) type Done<'a> = (&'a [Rule], &'a [Replay]);

/// What two sets of rules tell over the same past, compared: printed where people read it, else as JSON.
pub(super) fn compared(call: &Call, site: &Site, (old, new): (Done<'_>, Done<'_>), mode: Mode) -> Option<Value> {
    let [old, new] = [old, new].map(|(rules, replays)| side(call, site, rules, replays));
    let changes = changes(&old, &new);
    if call.json {
        return Some(changes_json(&changes, &old, &new, mode));
    }
    print(call, site, &changes, (&old, &new), mode);
    None
}

fn side(call: &Call, site: &Site, rules: &[Rule], replays: &[Replay]) -> Side {
    let telling = if call.json {
        Telling::Json(tellings_json(replays, rules))
    } else {
        Telling::Table(tellings(replays, rules, call))
    };
    let heard = if call.json { Telling::Json(heard_json(replays)) } else { Telling::Table(heard(replays, call)) };
    let levels = rules.iter().flat_map(|rule| rule.levels.iter().map(move |level| (rule, level)));
    let names =
        levels.map(|(rule, level)| ((rule.kind.clone(), level.id.clone()), (rule.name.clone(), level.name.clone())));
    // Of several rules of a kind the first names it.
    let names = names.rev().collect();
    Side { days: days(replays, rules, &site.config.zone), names, notices: notices(replays), telling, heard }
}

fn changes<'a>(old: &'a Side, new: &'a Side) -> Changes<'a> {
    let days: BTreeSet<_> = old.days.keys().chain(new.days.keys()).collect();
    let people: BTreeSet<_> = old.notices.keys().chain(new.notices.keys()).collect();
    let count = |side: &Side, key| i64::from(side.notices.get(key).copied().unwrap_or(0));
    let counted = people.into_iter().map(|key| (key, count(old, key), count(new, key)));
    Changes {
        days: days.into_iter().filter(|key| old.days.get(*key) != new.days.get(*key)).collect(),
        recipients: counted.filter(|(_, before, after)| before != after).collect(),
    }
}

fn changes_json(changes: &Changes<'_>, old: &Side, new: &Side, mode: Mode) -> Value {
    let day = |key: &&(String, String, NaiveDate)| {
        json!({"kind": key.0, "region": key.1, "day": key.2.to_string(),
               "old": old.days.get(*key), "new": new.days.get(*key)})
    };
    let recipient = |(key, before, after): &(&(String, String), i64, i64)| json!({"recipient": format!("{}/{}", key.0, key.1), "old": before, "new": after});
    let days: Vec<_> = changes.days.iter().map(day).collect();
    let notices: Vec<_> = changes.recipients.iter().map(recipient).collect();
    json!({"schema": "cuofeng.rules.diff/1", "mode": mode.to_string(), "days": days, "notices": notices,
           "telling": {"old": old.telling.json(), "new": new.telling.json()},
           "heard": {"old": old.heard.json(), "new": new.heard.json()}})
}

fn print(call: &Call, site: &Site, changes: &Changes<'_>, (old, new): (&Side, &Side), mode: Mode) {
    let Changes { days, recipients } = changes;
    call.tell(&msg!("diff.head", mode = mode.to_string(), days = days.len(), recipients = recipients.len()));
    let none = msg!("diff.none").text(call.lang);
    for key in days.iter().take(LISTED) {
        let named = |side: &Side| side.names.get(&(key.0.clone(), side.days.get(*key)?.clone())).cloned();
        let word = |side: &Side| match (named(side), side.days.get(*key)) {
            (Some((_, level)), _) => level,
            (None, Some(level)) => level.clone(),
            (None, None) => none.clone(),
        };
        let kind = named(new).or_else(|| named(old)).map_or_else(|| key.0.clone(), |(rule, _)| rule);
        let region = site.config.regions.iter().find(|region| region.id == key.1);
        call.tell(&msg!(
            "diff.day",
            day = key.2.to_string(),
            region = region.map_or(key.1.as_str(), |region| region.name.as_str()),
            kind = kind,
            before = word(old),
            after = word(new)
        ));
    }
    if days.len() > LISTED {
        call.tell(&msg!("diff.more", count = days.len() - LISTED));
    }
    for ((audience, id), before, after) in recipients {
        let class = Audience::named(audience).unwrap_or(Audience::Duty);
        let name = notice::named(&site.roster, class, id).unwrap_or_else(|| id.clone());
        call.tell(&msg!(
            "diff.notices",
            audience = class.message(),
            name = name,
            before = *before,
            after = *after,
            change = format!("{:+}", after - before)
        ));
    }
    for (head, side) in [(msg!("diff.old"), old), (msg!("diff.new"), new)] {
        call.tell(&head);
        for table in [&side.telling, &side.heard] {
            if let Telling::Table(table) = table {
                say(table);
            }
        }
    }
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
