//! `cuofeng rules replay`: what the rules would have done.
//!
//! In: hourly observations, the site's rules, a mode. Out: a summary, one JSON object, a calendar. Can't happen: an
//! output that does not name the mode.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::{Table as Grid, presets};
use serde_json::{Map as Object, Value, json};

use super::{Past, picture};
use crate::app::AppError;
use crate::cli::{Call, refused, say};
use crate::feed::table::{Map, Role, Table, Wanted};
use crate::file::{self, FileError};
use crate::forecast::Columns;
use crate::msg;
use crate::problem::{Problem, of_toml};
use crate::replay::{Counts, Replay, Setting, Telling, replay as play};
use crate::rules::Rule;
use crate::site::{self, Site};

/// Plays the site's rules over the data.
pub(super) fn replay(call: &Call, past: &Past, svg: Option<&Path>) -> anyhow::Result<ExitCode> {
    let (site, problems) = Site::read(&call.site());
    let site = site.ok_or(AppError::Site(problems))?;
    let replays = match played(call, &site, &site.rules, past) {
        Ok(replays) => replays,
        Err(problem) => return Ok(super::finish(call, &[*problem])),
    };
    if replays.iter().all(|r| r.days.is_none()) {
        return Ok(refused(call, &msg!("replay.no_data")));
    }
    if let Some(path) = svg {
        std::fs::write(path, picture::calendar(&replays, &site.rules, &past.mode.to_string(), call.lang))?;
    }
    if call.json {
        say(&json(&replays, &site, past).to_string());
    } else {
        print(&replays, &site.rules, past, call);
        if let Some(path) = svg {
            call.tell(&msg!("forecast.picture", path = path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Plays `rules` over the files, two regions at a time; in the order of the regions' names.
pub(super) fn played(call: &Call, site: &Site, rules: &[Rule], past: &Past) -> Result<Vec<Replay>, Box<Problem>> {
    let map = past.map.as_deref().map(map).transpose()?;
    let span = |day: Option<NaiveDate>, other: NaiveDate| day.unwrap_or(other);
    let days = (past.from.is_some() || past.to.is_some())
        .then(|| (span(past.from, NaiveDate::MIN), span(past.to, NaiveDate::MAX)));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<Result<Vec<Replay>, Box<Problem>>>> = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(past.data.len()).max(1);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = past.data.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let one = file(path, map.as_ref(), site, rules, past, days);
                    let count = done.fetch_add(1, Ordering::SeqCst) + 1;
                    if !call.json && past.data.len() > 1 && std::io::stderr().is_terminal() {
                        let _ = write!(std::io::stderr(), "\r{count}/{}", past.data.len());
                    }
                    if let Ok(mut results) = results.lock() {
                        results.push(one);
                    }
                }
            });
        }
    });
    if !call.json && past.data.len() > 1 && std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr());
    }
    let mut replays: Vec<Replay> = Vec::new();
    for result in results.into_inner().unwrap_or_default() {
        replays.extend(result?);
    }
    replays.sort_by(|a, b| a.region.cmp(&b.region));
    Ok(replays)
}

fn file(
    path: &Path,
    map: Option<&Map>,
    site: &Site,
    rules: &[Rule],
    past: &Past,
    days: Option<(NaiveDate, NaiveDate)>,
) -> Result<Vec<Replay>, Box<Problem>> {
    let mut replays = Vec::new();
    for (region, columns) in data(path, map, site)? {
        let own = days.map(|(from, to)| clamp(from, to, &columns, site));
        let setting = Setting {
            rules,
            zone: &site.config.zone,
            standards: &site.standards,
            profiles: &site.profiles,
            calendar: &site.calendar,
            roster: &site.roster,
            mode: past.mode,
            days: own,
        };
        replays.push(play(&region, &columns, &setting));
    }
    Ok(replays)
}

/// The days asked for that the data has.
fn clamp(from: NaiveDate, to: NaiveDate, columns: &Columns, site: &Site) -> (NaiveDate, NaiveDate) {
    let zone = &site.config.zone;
    let first = columns.values().map(|c| c.first).min();
    let last = columns.values().map(|c| c.first + (i64::try_from(c.values.len()).unwrap_or(1) - 1)).max();
    let day = |hour: Option<crate::time::Hour>, other| hour.map_or(other, |h| zone.day_of(h));
    (from.max(day(first, from)), to.min(day(last, to)))
}

/// Observations by region.
fn data(path: &Path, map: Option<&Map>, site: &Site) -> Result<Vec<(String, Columns)>, Box<Problem>> {
    let shown = path.display().to_string();
    let bytes = file::read(path, file::TABLE).map_err(|error| Box::new(error.problem(&shown)))?;
    let table = Table { feed: "data", file: &shown, regions: None, role: Role::Observations };
    let all = Wanted::Days(NaiveDate::MIN, NaiveDate::MAX);
    let read = table.read(&bytes, map, DateTime::<Utc>::MAX_UTC, &site.config.zone, all)?;
    if let Some(problem) = read.aside.problems.first() {
        let words = problem.render(site.config.language);
        tracing::warn!("{}", msg!("replay.aside", count = read.aside.count, words = words).text(site.config.language));
    }
    Ok(read.observations.into_iter().map(|o| (o.region, o.columns)).collect())
}

/// A column map in a file of its own.
fn map(path: &Path) -> Result<Map, Box<Problem>> {
    let shown = path.display().to_string();
    let text = file::text(path, file::TEXT).map_err(|error| Box::new(error.problem(&shown)))?;
    let map: Map = toml::from_str(&text).map_err(|error| Box::new(of_toml(&shown, &text.as_str().into(), &error)))?;
    if let Some((what, advice)) = map.check(Role::Observations).into_iter().next() {
        return Err(Box::new(Problem::file(&shown, what, advice)));
    }
    Ok(map)
}

fn print(replays: &[Replay], rules: &[Rule], past: &Past, call: &Call) {
    let (from, to) =
        (replays.iter().filter_map(|r| Some(r.days?.0)).min(), replays.iter().filter_map(|r| Some(r.days?.1)).max());
    let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |d| d.to_string());
    let mode = past.mode.to_string();
    call.tell(&msg!("replay.head", mode = mode, regions = replays.len(), from = day(from), to = day(to)));
    let mut table = Grid::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let head = [
        msg!("replay.rule"),
        msg!("replay.level"),
        msg!("replay.hours_true"),
        msg!("replay.hours_unknown"),
        msg!("replay.episodes"),
        msg!("replay.revisions"),
        msg!("replay.told_hours"),
        msg!("replay.asked_hours"),
    ];
    table.set_header(head.map(|m| m.text(call.lang)));
    for rule in rules {
        let episodes: Vec<_> = replays.iter().flat_map(|r| &r.episodes).filter(|e| e.rule == rule.id).collect();
        for (number, level) in rule.levels.iter().enumerate() {
            let counts = total(replays, &rule.id, &level.id);
            let at_level = episodes.iter().filter(|e| e.highest(rule) == Some(level.id.as_str())).count();
            let hours: i64 = episodes
                .iter()
                .flat_map(|e| &e.levels)
                .filter(|l| l.level == level.id)
                .map(|l| l.period.whole_hours())
                .sum();
            let first = |text: String| if number == 0 { text } else { String::new() };
            table.add_row([
                first(rule.name.clone()),
                level.name.clone(),
                counts.holds.to_string(),
                counts.unknown.to_string(),
                at_level.to_string(),
                first(episodes.iter().map(|e| e.revisions).sum::<u32>().to_string()),
                hours.to_string(),
                first(episodes.iter().map(|e| e.asked_hours).sum::<u64>().to_string()),
            ]);
        }
    }
    say(&table.to_string());
    say(&scores(replays, rules, call));
    say(&tellings(replays, rules, call));
    let all = notices(replays);
    let most = all.iter().max_by_key(|(_, count)| **count);
    if let Some(((audience, id), count)) = most {
        let sum: u32 = all.values().sum();
        let audience = crate::notice::Audience::named(audience)
            .map_or_else(|| msg!("audience.duty"), crate::notice::Audience::message);
        call.tell(&msg!(
            "replay.notices",
            sum = sum,
            recipients = all.len(),
            audience = audience,
            id = id,
            most = *count
        ));
    }
    call.tell(&msg!("replay.mode_note", mode = past.mode.to_string()));
}

fn scores(replays: &[Replay], rules: &[Rule], call: &Call) -> String {
    let mut table = Grid::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let head = [
        msg!("replay.rule"),
        msg!("replay.hits"),
        msg!("replay.misses"),
        msg!("replay.false_alarms"),
        msg!("replay.lead"),
    ];
    table.set_header(head.map(|m| m.text(call.lang)));
    for rule in rules.iter().filter(|r| !r.standing) {
        let all: Vec<_> = replays.iter().filter_map(|r| r.scores.get(&rule.id)).collect();
        let count = |of: fn(&crate::replay::Score) -> usize| all.iter().map(|s| of(s)).sum::<usize>().to_string();
        table.add_row([
            rule.name.clone(),
            count(|s| s.hits.len()),
            count(|s| s.misses.len()),
            count(|s| s.false_alarms.len()),
            lead(all.iter().flat_map(|s| &s.lead_hours).copied()).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table.to_string()
}

/// A part of a whole in per cent, to a tenth.
fn percent(part: u64, whole: u64) -> Option<String> {
    let (part, whole) = (i64::try_from(part).ok()?, i64::try_from(whole).ok().filter(|w| *w > 0)?);
    Some(crate::aqi::milli_words(crate::aqi::round_half_even(part * 1000, whole) * 100))
}

/// How many notices a recipient got on a told day, to a hundredth.
fn each(telling: &Telling) -> Option<String> {
    let days = i64::try_from(telling.recipient_days).ok().filter(|d| *d > 0)?;
    let notices = i64::try_from(telling.notices).ok()?;
    Some(crate::aqi::milli_words(crate::aqi::round_half_even(notices * 100, days) * 10))
}

fn telling(replays: &[Replay], rule: &str) -> Telling {
    let mut sum = Telling::default();
    for telling in replays.iter().filter_map(|r| r.tellings.get(rule)) {
        sum.add(telling);
    }
    sum
}

/// A table of how the telling went, a row a rule.
pub(super) fn tellings(replays: &[Replay], rules: &[Rule], call: &Call) -> String {
    let mut table = Grid::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let head = [msg!("replay.rule"), msg!("replay.each"), msg!("replay.covered"), msg!("replay.beyond")];
    table.set_header(head.map(|m| m.text(call.lang)));
    for rule in rules.iter().filter(|r| !r.standing) {
        let telling = telling(replays, &rule.id);
        let words = |text: Option<String>, unit: &str| text.map_or_else(|| "-".to_owned(), |t| t + unit);
        table.add_row([
            rule.name.clone(),
            words(each(&telling), ""),
            words(percent(telling.covered, telling.shown), " %"),
            words(percent(telling.beyond, telling.told), " %"),
        ]);
    }
    table.to_string()
}

/// Mean lead time in hours, to a tenth.
fn lead(hours: impl Iterator<Item = i64>) -> Option<String> {
    let hours: Vec<i64> = hours.collect();
    let count = i64::try_from(hours.len()).ok().filter(|c| *c > 0)?;
    Some(crate::aqi::milli_words(crate::aqi::round_half_even(hours.iter().sum::<i64>() * 10, count) * 100))
}

fn total(replays: &[Replay], rule: &str, level: &str) -> Counts {
    let key = (rule.to_owned(), level.to_owned());
    let all = replays.iter().filter_map(|r| r.verdicts.get(&key));
    all.fold(Counts::default(), |sum, c| Counts {
        holds: sum.holds + c.holds,
        fails: sum.fails + c.fails,
        unknown: sum.unknown + c.unknown,
    })
}

/// Notices by recipient, over all episodes.
pub(super) fn notices(replays: &[Replay]) -> BTreeMap<(String, String), u32> {
    let mut all = BTreeMap::new();
    for (key, count) in replays.iter().flat_map(|r| &r.episodes).flat_map(|e| &e.notices) {
        *all.entry(key.clone()).or_default() += count;
    }
    all
}

/// How the telling went, by rule.
pub(super) fn tellings_json(replays: &[Replay], rules: &[Rule]) -> Value {
    let one = |rule: &Rule| {
        let t = telling(replays, &rule.id);
        let value = json!({"notices_per_recipient_day": each(&t), "shown_hours": t.shown, "covered_hours": t.covered,
            "told_hours": t.told, "beyond_hours": t.beyond});
        (rule.id.clone(), value)
    };
    Value::Object(rules.iter().map(one).collect())
}

/// The result in the fixed shape for outside checkers.
fn json(replays: &[Replay], site: &Site, past: &Past) -> Value {
    let zone = &site.config.zone;
    let mut episodes = Vec::new();
    let mut verdicts = Object::new();
    let mut scores = Object::new();
    for replay in replays {
        for told in &replay.episodes {
            let Some(rule) = site.rules.iter().find(|r| r.id == told.rule) else { continue };
            let period = told.period();
            let stretch = |l: &crate::replay::LevelSpan| json!({"level": l.level, "start": zone.rfc3339(l.period.start), "end": zone.rfc3339(l.period.end)});
            let levels: Vec<Value> = told.levels.iter().map(stretch).collect();
            let count = |class: &str| told.notices.iter().filter(|((a, _), _)| a == class).map(|(_, n)| n).sum::<u32>();
            episodes.push(json!({
                "rule": told.rule, "kind": told.kind, "region": told.region, "level": told.highest(rule),
                "start": period.map(|p| zone.rfc3339(p.start)), "end": period.map(|p| zone.rfc3339(p.end)),
                "hours": told.hours(), "revisions": told.revisions, "levels": levels,
                "told_at": zone.rfc3339(told.told_at), "lifted_at": told.lifted_at.map(|at| zone.rfc3339(at)),
                "asked_hours": told.asked_hours,
                "notices": {"enterprise": count("enterprise"), "village": count("village"), "keeper": count("keeper"), "duty": count("duty")},
            }));
        }
        for ((rule, level), c) in &replay.verdicts {
            let key = format!("{rule}/{level}/{}", replay.region);
            verdicts.insert(key, json!({"true": c.holds, "false": c.fails, "unknown": c.unknown}));
        }
        for (rule, score) in &replay.scores {
            let lead = lead(score.lead_hours.iter().copied());
            scores.insert(
                format!("{rule}/{}", replay.region),
                json!({"hits": score.hits.len(), "misses": score.misses.len(),
                "false_alarms": score.false_alarms.len(), "lead_hours": lead}),
            );
        }
    }
    let tellings = tellings_json(replays, &site.rules);
    let notices: BTreeMap<String, u32> =
        notices(replays).into_iter().map(|((audience, id), count)| (format!("{audience}/{id}"), count)).collect();
    let mut all = json!({"schema": "cuofeng.rules.replay/1", "mode": past.mode.to_string(), "notices": notices});
    // Moved, where `json!` would copy: there may be thousands.
    all["episodes"] = Value::Array(episodes);
    all["verdicts"] = Value::Object(verdicts);
    all["scores"] = Value::Object(scores);
    all["telling"] = tellings;
    all
}

/// Rule files of a folder, or one file.
pub(super) fn rules_at(path: &Path, site: &Site) -> Result<Vec<Rule>, Vec<Problem>> {
    let unread = |path: &Path, error: &FileError| vec![error.problem(path.display().to_string())];
    let paths = if path.is_dir() { site::rule_files(path) } else { Ok(vec![path.to_owned()]) };
    let paths = paths.map_err(|error| unread(path, &error))?;
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        let text = file::text(&path, file::TEXT).map_err(|error| unread(&path, &error))?;
        match crate::rules::file::parse(&path.display().to_string(), &text, site.profiles.value) {
            Ok(found) => rules.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}
