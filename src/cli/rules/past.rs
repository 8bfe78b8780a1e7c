//! The past that rules are played over: stations' observations in files, or what the site had itself.
//!
//! In: files and days as named on the command line, or the site's database. Out: what the rules would have done, station
//! by station. Can't happen: a station of several files played in parts; an hour that two files give taken from one of
//! them; days that the data has not counted as days on which nothing was; more than two stations in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{SyncSender, sync_channel};

use chrono::{NaiveDate, Utc};

use super::finish;
use crate::cli::{Call, look, misread, refused};
use cuofeng_air::forecast::{Columns, Variable};
use cuofeng_app::pulling::issued;
use cuofeng_app::pulling::issued::Had;
use cuofeng_base::file;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, of_toml};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_feed::table::{Map, Role, Table};
use cuofeng_office::site::Site;
use cuofeng_replay::{Forecasts, Mode, Pretence, Replay, Setting, replay as play};
use cuofeng_rules::Rule;
use cuofeng_rules::expr::{Quantity, Source};
use cuofeng_town::roster::Roster;

/// The past that rules are played over.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Past {
    #[arg(long, value_name = "FILE", num_args = 1..)]
    data: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    #[arg(long, value_name = "DAY")]
    to: Option<NaiveDate>,
    #[arg(long = "as", value_name = "MODE", default_value = "real")]
    pub(super) mode: Mode,
}

/// What was played.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// Station by station, in the order of their names.
    pub(super) replays: Vec<Replay>,
    /// What must be known of them.
    pub(super) notes: Vec<Message>,
}

/// Why nothing was played.
#[derive(Debug)]
pub(super) enum Unplayed {
    /// Something is wrong with files.
    Problems(Vec<Problem>),
    /// What is asked for can't be done with what there is.
    Refused(Message),
    /// What is asked for makes no sense.
    Misread(Message),
}

impl From<Box<Problem>> for Unplayed {
    fn from(problem: Box<Problem>) -> Self {
        Self::Problems(vec![*problem])
    }
}

impl Unplayed {
    /// Says so; the exit code.
    pub(super) fn tell(&self, call: &Call) -> ExitCode {
        match self {
            Self::Problems(problems) => finish(call, problems),
            Self::Refused(why) => refused(call, why),
            Self::Misread(why) => misread(call, why),
        }
    }
}

/// Plays `rules` over the past.
pub(super) async fn played(
    call: &Call,
    site: &Site,
    rules: &[Rule],
    past: &Past,
) -> anyhow::Result<Result<Played, Unplayed>> {
    if let Some((from, to)) = past.from.zip(past.to).filter(|(from, to)| from > to) {
        let why = msg!("forecast.from_after_to", from = from.to_string(), to = to.to_string());
        return Ok(Err(Unplayed::Misread(why)));
    }
    let example = site.example();
    let roster = example.as_ref().unwrap_or(&site.roster);
    let noted = |mut played: Played| {
        played.notes.extend(example.is_some().then(|| msg!("replay.example")));
        played
    };
    if past.mode == Mode::Issued {
        return Ok(issued(call, (site, roster), rules, past).await?.map(noted));
    }
    if past.data.is_empty() {
        return Ok(Err(Unplayed::Misread(msg!("replay.no_files"))));
    }
    Ok(files(call, (site, roster), rules, past).map(noted))
}

/// First and last local day of data.
type Days = (NaiveDate, NaiveDate);

impl Past {
    /// All days of files.
    pub(super) fn whole(data: &[PathBuf], map: Option<&Path>, mode: Mode) -> Self {
        Self { data: data.to_vec(), map: map.map(Path::to_owned), from: None, to: None, mode }
    }

    /// The days asked for, of those that a station has.
    fn of(&self, (first, last): Days) -> Days {
        (self.from.unwrap_or(first).max(first), self.to.unwrap_or(last).min(last))
    }

    /// The days asked for, against those that all stations have together; nothing is said of days without data.
    fn inside(&self, had: Option<Days>) -> Result<(), Unplayed> {
        let Some((first, last)) = had else { return Err(Unplayed::Refused(msg!("replay.no_received"))) };
        let outside = |day: &NaiveDate| *day < first || last < *day;
        match self.from.filter(outside).or(self.to.filter(outside)) {
            None => Ok(()),
            Some(day) => {
                let (day, from, to) = (day.to_string(), first.to_string(), last.to_string());
                Err(Unplayed::Misread(msg!("replay.outside", day = day, from = from, to = to)))
            }
        }
    }
}

/// The days that two have together.
fn both(had: Option<Days>, more: Days) -> Days {
    had.map_or(more, |(first, last)| (first.min(more.0), last.max(more.1)))
}

fn setting<'a>(
    site: &'a Site,
    roster: &'a Roster,
    rules: &'a [Rule],
    forecasts: Forecasts<'a>,
    days: Days,
) -> Setting<'a> {
    Setting {
        rules,
        zone: &site.config.zone,
        standards: &site.standards,
        errors: &site.errors,
        profiles: &site.profiles,
        calendar: &site.calendar,
        roster,
        texts: &site.texts,
        policy: &site.config.escalation,
        routes: &site.config.routes,
        forecasts,
        days: Some(days),
    }
}

/// Plays station by station what the files hold, while the next one is read.
fn files(call: &Call, (site, roster): (&Site, &Roster), rules: &[Rule], past: &Past) -> Result<Played, Unplayed> {
    let Mode::Pretended(pretence) = past.mode else { return Ok(Played::default()) };
    let map = past.map.as_deref().map(|path| map(path, rules)).transpose()?;
    let stations =
        Stations { files: &past.data, map: map.as_ref(), zone: &site.config.zone, lang: site.config.language };
    let shows = !call.json && past.data.len() > 1 && std::io::stderr().is_terminal();
    let mut replays: BTreeMap<String, Replay> = BTreeMap::new();
    let (mut had, mut left_out) = (None, BTreeMap::new());
    std::thread::scope(|scope| {
        // Whoever reads waits until the one before is played.
        let (sender, receiver) = sync_channel(0);
        scope.spawn(move || stations.read(&sender));
        for station in receiver {
            let (region, columns) = station?;
            let Some(days) = days(&columns, &site.config.zone) else { continue };
            had = Some(both(had, days));
            let asked = past.of(days);
            if asked.0 > asked.1 {
                let (from, to) = (days.0.to_string(), days.1.to_string());
                left_out.insert(region.clone(), msg!("replay.left_out", region = &region, from = from, to = to));
                continue;
            }
            let setting = setting(site, roster, rules, Forecasts::Pretended(pretence), asked);
            // A station whose other files came to light later is played again, whole: what was said of a part is void.
            left_out.remove(&region);
            replays.insert(region.clone(), play(&region, &columns, &setting));
            if shows {
                let _ = write!(std::io::stderr(), "\r{}", replays.len());
            }
        }
        Ok::<(), Box<Problem>>(())
    })?;
    if shows {
        let _ = writeln!(std::io::stderr());
    }
    past.inside(had)?;
    Ok(Played { replays: replays.into_values().collect(), notes: left_out.into_values().collect() })
}

/// Plays `rules` over all that was observed in a region.
pub(super) fn over(
    region: &str,
    columns: &Columns,
    (site, rules): (&Site, &[Rule]),
    pretence: Pretence,
) -> Option<Replay> {
    let days = days(columns, &site.config.zone)?;
    let example = site.example();
    let roster = example.as_ref().unwrap_or(&site.roster);
    Some(play(region, columns, &setting(site, roster, rules, Forecasts::Pretended(pretence), days)))
}

/// First and last local day of columns.
fn days(columns: &Columns, zone: &Zone) -> Option<Days> {
    let first = columns.values().map(|c| c.first).min()?;
    let last = columns.values().map(|c| c.first + (i64::try_from(c.values.len()).unwrap_or(1) - 1)).max()?;
    Some((zone.day_of(first), zone.day_of(last)))
}

/// A station's name, and what was observed there.
type Station = (String, Columns);

/// The stations of files.
#[derive(Clone, Copy)]
struct Stations<'a> {
    files: &'a [PathBuf],
    map: Option<&'a Map>,
    zone: &'a Zone,
    lang: Lang,
}

impl Stations<'_> {
    /// Hands every station over as soon as its file is read; those of several files again at the end, joined.
    fn read(&self, to: &SyncSender<Result<Station, Box<Problem>>>) {
        if let Err(problem) = self.hand_over(&|station| to.send(Ok(station)).is_ok()) {
            // Nobody listens any more where something else went wrong before.
            let _ = to.send(Err(problem));
        }
    }

    fn hand_over(&self, hand: &dyn Fn(Station) -> bool) -> Result<(), Box<Problem>> {
        let mut seen: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for number in 0..self.files.len() {
            for (region, columns) in self.file(number)? {
                let files = seen.entry(region.clone()).or_default();
                files.push(number);
                if files.len() == 1 && !hand((region, columns)) {
                    return Ok(());
                }
            }
        }
        for (region, files) in seen.into_iter().filter(|(_, files)| files.len() > 1) {
            let mut joined = Columns::new();
            for number in files {
                for (_, columns) in self.file(number)?.into_iter().filter(|(name, _)| *name == region) {
                    self.join(&mut joined, columns, &region, number)?;
                }
            }
            if !hand((region, joined)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Adds the hours of one more file; none of them may be there already.
    fn join(&self, all: &mut Columns, more: Columns, region: &str, number: usize) -> Result<(), Box<Problem>> {
        for (variable, column) in more {
            let Some(known) = all.get_mut(&variable) else {
                all.insert(variable, column);
                continue;
            };
            if let Err(hour) = known.join(&column) {
                let at = self.zone.rfc3339(hour.start());
                let what = msg!("replay.hour_twice", region = region, at = at, variable = variable.name());
                let file = self.files.get(number).map_or_else(String::new, |path| path.display().to_string());
                return Err(Box::new(Problem::file(file, what, msg!("replay.hour_twice_advice"))));
            }
        }
        Ok(())
    }

    /// Observations of one file by region.
    fn file(&self, number: usize) -> Result<Vec<Station>, Box<Problem>> {
        let Some(path) = self.files.get(number) else { return Ok(Vec::new()) };
        let shown = path.display().to_string();
        let bytes = file::read(path, file::TABLE).map_err(|error| Box::new(error.problem(&shown)))?;
        let table = Table { feed: "data", file: &shown, regions: None, role: Role::Observations };
        let read = table.observed(&bytes, self.map, self.zone)?;
        if let Some(problem) = read.aside.problems.first() {
            let words = problem.render(self.lang);
            tracing::warn!("{}", msg!("replay.aside", count = read.aside.count, words = words).text(self.lang));
        }
        Ok(read.observations.into_iter().map(|o| (o.region, o.columns)).collect())
    }
}

/// A column map in a file of its own, of which the columns count that rules look at.
fn map(path: &Path, rules: &[Rule]) -> Result<Map, Box<Problem>> {
    let shown = path.display().to_string();
    let text = file::text(path, file::TEXT).map_err(|error| Box::new(error.problem(&shown)))?;
    let map: Map = toml::from_str(&text).map_err(|error| Box::new(of_toml(&shown, &text.as_str().into(), &error)))?;
    if let Some((what, advice)) = map.check(Role::Observations).into_iter().next() {
        return Err(Box::new(Problem::file(&shown, what, advice)));
    }
    Ok(map.only(|variable| is_looked_at(variable, rules)))
}

/// Whether a condition looks at a variable. Concentrations always count: the index is made of them.
fn is_looked_at(variable: Variable, rules: &[Rule]) -> bool {
    let of = |quantity: Quantity| match quantity {
        Quantity::Hour(source) | Quantity::Day(_, source) | Quantity::Trailing(_, source, _) => {
            source == Source::Variable(variable)
        }
        Quantity::Aqi => false,
    };
    let mut conditions = rules.iter().flat_map(Rule::conditions);
    let air = Variable::AIR.contains(&variable) || variable == Variable::AqiHour;
    air || conditions.any(|condition| condition.expr.comparisons().into_iter().any(|(quantity, _)| of(quantity)))
}

/// Plays what the site had; observations from files, where they are named, are what came of it.
async fn issued(
    call: &Call,
    (site, roster): (&Site, &Roster),
    rules: &[Rule],
    past: &Past,
) -> anyhow::Result<Result<Played, Unplayed>> {
    let mut observed = match seen(site, rules, past) {
        Ok(observed) => observed,
        Err(why) => return Ok(Err(why)),
    };
    let app = look(call).await?;
    let (now, zone) = (Utc::now(), &site.config.zone);
    let (mut played, mut had) = (Played::default(), None);
    for region in &site.config.regions {
        let Some(own) = issued::had(&app.site, &app.store, region, now).await? else {
            played.notes.push(msg!("replay.no_run", region = &region.id));
            continue;
        };
        let Had { record, days: known, late, .. } = &own;
        // Days that were told before nothing more came in count as soon as it is known what came of them.
        let covered = observed.as_ref().and_then(|files| days(files.get(&region.id)?, zone));
        let told_until = record.last_day(zone).map(|last| last.min(zone.day(now)));
        let last = covered.zip(told_until).map_or(known.1, |((_, seen), told)| known.1.max(seen.min(told)));
        let known = &(known.0, last);
        had = Some(both(had, *known));
        let asked = past.of(*known);
        let (from, to) = (known.0.to_string(), known.1.to_string());
        if asked.0 > asked.1 {
            played.notes.push(msg!("replay.left_out", region = &region.id, from = from, to = to));
            continue;
        }
        let seen = observed.as_mut().map_or(&own.observed, |files| &*files.entry(region.id.clone()).or_default());
        if days(seen, zone).is_none_or(|(first, last)| last < asked.0 || asked.1 < first) {
            played.notes.push(msg!("replay.unseen", region = &region.id));
        }
        if *late > 0 {
            played.notes.push(msg!("replay.late", region = &region.id, count = *late));
        }
        played.replays.push(play(&region.id, seen, &setting(site, roster, rules, Forecasts::Issued(record), asked)));
    }
    app.store.close().await;
    played.replays.sort_by(|a, b| a.region.cmp(&b.region));
    Ok(past.inside(had).map(|()| played))
}

/// What files hold of the site's regions; nothing where no file is named.
fn seen(site: &Site, rules: &[Rule], past: &Past) -> Result<Option<BTreeMap<String, Columns>>, Unplayed> {
    if past.data.is_empty() {
        return Ok(None);
    }
    let map = past.map.as_deref().map(|path| map(path, rules)).transpose()?;
    let stations =
        Stations { files: &past.data, map: map.as_ref(), zone: &site.config.zone, lang: site.config.language };
    let found = std::cell::RefCell::new(BTreeMap::new());
    stations.hand_over(&|(region, columns)| {
        found.borrow_mut().insert(region, columns);
        true
    })?;
    let found = found.into_inner();
    let known: BTreeSet<&str> = site.config.regions.iter().map(|region| region.id.as_str()).collect();
    match found.keys().find(|region| !known.contains(region.as_str())) {
        Some(region) => Err(Unplayed::Refused(msg!("config.feed_region", region = region))),
        None => Ok(Some(found)),
    }
}
