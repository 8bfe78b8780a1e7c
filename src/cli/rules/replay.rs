//! `cuofeng rules replay`: what the rules would have done.
//!
//! In: the past ([`super::past`]), the site's rules. Out: a summary, one JSON object, a calendar. Can't happen: an output
//! that does not name the mode.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use chrono::NaiveDate;
use comfy_table::{Table as Grid, presets};
use serde::{Serialize, Serializer};
use serde_json::{Map as Object, Value, json};

use super::past::{Past, Played, played};
use super::picture;
use crate::cli::{Call, refused, say};
use cuofeng_app::AppError;
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;
use cuofeng_notice::{self as notice, Audience};
use cuofeng_office::site::{self, Site};
use cuofeng_replay::{Counts, Heard, LevelSpan, Mode, Pretence, Replay, Score, Telling, Told};
use cuofeng_rules::Rule;

/// Plays the site's rules over the data.
pub(super) async fn replay(call: &Call, past: &Past, svg: Option<&Path>) -> anyhow::Result<ExitCode> {
    let (site, problems) = Site::read(&call.site());
    let site = site.ok_or(AppError::Site(problems))?;
    let Played { replays, notes } = match played(call, &site, &site.rules, past).await? {
        Ok(played) => played,
        Err(why) => return Ok(why.tell(call)),
    };
    if replays.iter().all(|r| r.days.is_none()) {
        return Ok(refused(call, &msg!("replay.no_data")));
    }
    if let Some(path) = svg {
        std::fs::write(path, picture::calendar(&replays, &site.rules, &past.mode.to_string(), call.lang))?;
    }
    if call.json {
        say(&json(&replays, &notes, &site, past, call)?);
    } else {
        print(&replays, (&site, &site.rules), past, call);
        for note in &notes {
            call.tell(note);
        }
        if let Some(path) = svg {
            call.tell(&msg!("forecast.picture", path = path.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(replays: &[Replay], (site, rules): (&Site, &[Rule]), past: &Past, call: &Call) {
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
    say(&heard(replays, call));
    let all = notices(replays);
    let most = all.iter().max_by_key(|(_, count)| **count);
    if let Some(((audience, id), count)) = most {
        let sum: u32 = all.values().sum();
        let class = Audience::named(audience).unwrap_or(Audience::Duty);
        let name = notice::named(&site.roster, class, id).unwrap_or_else(|| id.clone());
        call.tell(&msg!(
            "replay.notices",
            sum = sum,
            recipients = all.len(),
            audience = class.message(),
            name = name,
            most = *count
        ));
    }
    call.tell(&match past.mode {
        Mode::Pretended(Pretence::Noisy { .. }) => msg!("replay.noisy_note", mode = past.mode.to_string()),
        Mode::Pretended(Pretence::Real { .. }) => msg!("replay.real_note", mode = past.mode.to_string()),
        Mode::Pretended(_) => msg!("replay.mode_note", mode = past.mode.to_string()),
        Mode::Issued => msg!("replay.issued_note"),
    });
}

fn scores(replays: &[Replay], rules: &[Rule], call: &Call) -> String {
    let mut table = Grid::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let head = [
        msg!("replay.rule"),
        msg!("replay.hits"),
        msg!("replay.misses"),
        msg!("replay.false_alarms"),
        msg!("replay.unsaid"),
        msg!("replay.lead"),
    ];
    table.set_header(head.map(|m| m.text(call.lang)));
    for rule in rules.iter().filter(|r| !r.standing) {
        let all: Vec<_> = replays.iter().filter_map(|r| r.scores.get(&rule.id)).collect();
        let count = |of: fn(&Score) -> usize| all.iter().map(|s| of(s)).sum::<usize>().to_string();
        table.add_row([
            rule.name.clone(),
            count(|s| s.hits.len()),
            count(|s| s.misses.len()),
            count(|s| s.false_alarms.len()),
            count(|s| s.unsaid.len()),
            lead(all.iter().flat_map(|s| &s.lead_hours).copied()).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table.to_string()
}

/// A part of a whole in per cent, to a tenth.
fn percent(part: u64, whole: u64) -> Option<String> {
    let (part, whole) = (i64::try_from(part).ok()?, i64::try_from(whole).ok().filter(|w| *w > 0)?);
    Some(cuofeng_aqi::milli_words(cuofeng_aqi::round_half_even(part * 1000, whole) * 100))
}

/// How many notices a recipient got on a told day, to a hundredth.
fn each(telling: &Telling) -> Option<String> {
    hundredths(telling.notices, telling.recipient_days)
}

/// So many on one of so many, to a hundredth.
fn hundredths(count: u64, of: u64) -> Option<String> {
    let of = i64::try_from(of).ok().filter(|of| *of > 0)?;
    let count = i64::try_from(count).ok()?;
    Some(cuofeng_aqi::milli_words(cuofeng_aqi::round_half_even(count * 100, of) * 10))
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

/// What people heard over all rules, by their class; staff answer nothing.
fn hearing(replays: &[Replay]) -> BTreeMap<Audience, Heard> {
    let mut sums: BTreeMap<Audience, Heard> = BTreeMap::new();
    for (audience, heard) in replays.iter().flat_map(|replay| &replay.heard) {
        sums.entry(*audience).or_default().add(heard);
    }
    sums
}

/// A table of how much one person heard, a row a class of people.
pub(super) fn heard(replays: &[Replay], call: &Call) -> String {
    let mut table = Grid::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let head = [msg!("replay.people"), msg!("replay.people_days"), msg!("replay.answering"), msg!("replay.silent")];
    table.set_header(head.map(|m| m.text(call.lang)));
    for (audience, heard) in hearing(replays) {
        let words = |messages: u64| hundredths(messages, heard.days).unwrap_or_else(|| "-".to_owned());
        let silent = if audience == Audience::Duty { "-".to_owned() } else { words(heard.silent) };
        table.add_row([audience.message().text(call.lang), heard.days.to_string(), words(heard.answering), silent]);
    }
    table.to_string()
}

/// The same for programs.
pub(super) fn heard_json(replays: &[Replay]) -> Value {
    let one = |(audience, heard): (Audience, Heard)| {
        let value = json!({"person_days": heard.days, "messages_answering": heard.answering,
            "messages_silent": heard.silent, "answering": hundredths(heard.answering, heard.days),
            "silent": hundredths(heard.silent, heard.days)});
        (audience.word().to_owned(), value)
    };
    Value::Object(hearing(replays).into_iter().map(one).collect())
}

/// Mean lead time in hours, to a tenth.
fn lead(hours: impl Iterator<Item = i64>) -> Option<String> {
    let hours: Vec<i64> = hours.collect();
    let count = i64::try_from(hours.len()).ok().filter(|c| *c > 0)?;
    Some(cuofeng_aqi::milli_words(cuofeng_aqi::round_half_even(hours.iter().sum::<i64>() * 10, count) * 100))
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
            "told_hours": t.told, "beyond_hours": t.beyond, "notices": t.notices, "recipient_days": t.recipient_days});
        (rule.id.clone(), value)
    };
    Value::Object(rules.iter().map(one).collect())
}

/// The result in the fixed shape for outside checkers.
#[derive(Serialize)]
struct Output<'a> {
    episodes: Episodes<'a>,
    heard: Value,
    mode: String,
    notes: Vec<String>,
    notices: BTreeMap<String, u32>,
    schema: &'static str,
    scores: Object<String, Value>,
    telling: Value,
    verdicts: Object<String, Value>,
}

/// Episodes that become JSON one by one: there may be thousands.
struct Episodes<'a> {
    replays: &'a [Replay],
    site: &'a Site,
}

impl Serialize for Episodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.replays.iter().flat_map(|replay| &replay.episodes);
        serializer.collect_seq(all.filter_map(|told| self.episode(told)))
    }
}

impl Episodes<'_> {
    fn episode(&self, told: &Told) -> Option<Value> {
        let zone = &self.site.config.zone;
        let rule = self.site.rules.iter().find(|r| r.id == told.rule)?;
        let period = told.period();
        let stretch = |l: &LevelSpan| json!({"level": l.level, "start": zone.rfc3339(l.period.start), "end": zone.rfc3339(l.period.end)});
        let levels: Vec<Value> = told.levels.iter().map(stretch).collect();
        let count = |class: &str| told.notices.iter().filter(|((a, _), _)| a == class).map(|(_, n)| n).sum::<u32>();
        Some(json!({
            "rule": told.rule, "kind": told.kind, "region": told.region, "level": told.highest(rule),
            "start": period.map(|p| zone.rfc3339(p.start)), "end": period.map(|p| zone.rfc3339(p.end)),
            "hours": told.hours(), "revisions": told.revisions, "levels": levels,
            "told_at": zone.rfc3339(told.told_at), "lifted_at": told.lifted_at.map(|at| zone.rfc3339(at)),
            "asked_hours": told.asked_hours,
            "notices": {"enterprise": count("enterprise"), "village": count("village"), "keeper": count("keeper"), "duty": count("duty")},
        }))
    }
}

fn json(replays: &[Replay], notes: &[Message], site: &Site, past: &Past, call: &Call) -> anyhow::Result<String> {
    let (mut verdicts, mut scores) = (Object::new(), Object::new());
    for replay in replays {
        for ((rule, level), c) in &replay.verdicts {
            let key = format!("{rule}/{level}/{}", replay.region);
            verdicts.insert(key, json!({"true": c.holds, "false": c.fails, "unknown": c.unknown}));
        }
        for (rule, score) in &replay.scores {
            let lead = lead(score.lead_hours.iter().copied());
            scores.insert(
                format!("{rule}/{}", replay.region),
                json!({"hits": score.hits.len(), "misses": score.misses.len(),
                "false_alarms": score.false_alarms.len(), "unsaid": score.unsaid.len(), "lead_hours": lead}),
            );
        }
    }
    let notices = notices(replays).into_iter().map(|((audience, id), count)| (format!("{audience}/{id}"), count));
    Ok(serde_json::to_string(&Output {
        episodes: Episodes { replays, site },
        heard: heard_json(replays),
        mode: past.mode.to_string(),
        notes: notes.iter().map(|note| note.text(call.lang)).collect(),
        notices: notices.collect(),
        schema: "cuofeng.rules.replay/1",
        scores,
        telling: tellings_json(replays, &site.rules),
        verdicts,
    })?)
}

/// Rule files of a folder, or one file.
pub(super) fn rules_at(path: &Path, site: &Site) -> Result<Vec<Rule>, Vec<Problem>> {
    let unread = |path: &Path, error: &FileError| vec![error.problem(path.display().to_string())];
    let paths = if path.is_dir() { site::rule_files(path) } else { Ok(vec![path.to_owned()]) };
    let paths = paths.map_err(|error| unread(path, &error))?;
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        let text = file::text(&path, file::TEXT).map_err(|error| unread(&path, &error))?;
        match cuofeng_rules::file::parse(&path.display().to_string(), &text, site.profiles.value) {
            Ok(found) => rules.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    for rule in &mut rules {
        problems.extend(cuofeng_rules::vocabulary::settle(rule, &site.sectors).err().unwrap_or_default());
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}
