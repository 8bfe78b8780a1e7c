//! `cuofeng demo`: the example site through its recorded forecast, twice a day.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{Call, init, misread, say, table};
use cuofeng_app::App;
use cuofeng_base::file;
use cuofeng_base::msg;
use cuofeng_base::time::Zone;
use cuofeng_channel::by_hand::How;
use cuofeng_office::embedded::EXAMPLE;
use cuofeng_office::schedule::record;
use cuofeng_store::Store;
use cuofeng_store::hand::{Handing, Wanted};
use cuofeng_store::ledger::{self, Event};
use cuofeng_store::mark::Marks;
use cuofeng_town::roster::Role;

/// The job under which the run table keeps the demo's steps.
const JOB: &str = "demo";

/// Clock hours at which the demo steps.
const STEPS: [u32; 2] = [8, 20];

const RECORDING: &str = "feeds/recording.csv";

/// Plays the recording; `now` moves it so that its first day is that day.
pub async fn demo(call: &Call, now: Option<DateTime<Utc>>, full: bool) -> anyhow::Result<ExitCode> {
    let root = call.site.clone().unwrap_or_else(|| "cuofeng-demo".into());
    if !file::is_there(&root.join(cuofeng_base::setting::FILE))? {
        write(&root, now)?;
    }
    let (first, last) = issues(&file::text(&root.join(RECORDING), file::TABLE).context(RECORDING)?)?;
    let zone = Zone::named("Asia/Shanghai")?;
    if now.is_some_and(|now| zone.day(now) != zone.day(first)) {
        let day = cuofeng_base::time::day_words(zone.day(first), call.lang);
        return Ok(misread(call, &msg!("demo.other_day", path = root.display(), day = day)));
    }
    // Two demos are two sites: each keeps its mark in its own folder.
    let marks = Marks::at(std::path::absolute(&root)?.join("marks"));
    let mut app = Box::pin(App::start_marked(&root, first, &marks)).await?;
    let stop = CancellationToken::new();
    let mut steps = 0;
    let mut sent = 0;
    let mut passed = 0;
    for day in zone.day(first).iter_days().take_while(|d| *d <= zone.day(last)) {
        for hour in STEPS {
            let at = zone.at(day, hour);
            if at < first || !record::claim(&app.store, JOB, at, at).await? {
                continue;
            }
            let report = app.cycle(at, false, &stop).await?;
            record::finish(&app.store, JOB, at, None, at).await?;
            steps += 1;
            sent += report.drained.sent;
            passed += pass_on(&app, at).await?;
        }
    }
    let rows = cuofeng_outbox::tally(&app.store).await?;
    let unreachable = ledger::all(&app.store, Event::Unreachable).await?;
    if call.json {
        let total: i64 = rows.iter().map(|t| t.count).sum();
        let value = json!({"schema": "cuofeng.demo/1", "steps": steps, "sent": sent, "letters": total,
                           "unreachable": unreachable.len(), "folder": root.join("out")});
        say(&value.to_string());
    } else {
        call.tell(&msg!("demo.head", steps = steps));
        say(&table::tallies(&rows, &app.site.rules, &zone, call.lang));
        if full {
            for (name, form, state) in letters(&app.store).await? {
                say(&format!("{name}\t{form}\t{state}"));
            }
        }
        let mut missing: Vec<&str> = unreachable.iter().map(|(_, detail)| detail.as_str()).collect();
        missing.sort_unstable();
        missing.dedup();
        for detail in missing {
            say(detail);
        }
        if steps == 0 {
            call.tell(&msg!("demo.again"));
        } else {
            call.tell(&msg!("demo.sent", sent = sent));
            if passed > 0 {
                call.tell(&msg!("demo.passed", count = passed));
            }
        }
        call.tell(&msg!("demo.look", out = root.join("out").display(), site = root.display()));
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What duty staff of the made-up office do: whatever they were asked to pass on is passed on, and noted. Gives how many
/// letters that were.
async fn pass_on(app: &App, at: DateTime<Utc>) -> anyhow::Result<usize> {
    let later = at + Duration::minutes(30);
    let waiting = app.store.by_hand(Wanted { waiting: true, ..Wanted::default() }).await?;
    let due = waiting.iter().filter(|letter| letter.not_before <= at && later < letter.expires_at);
    let numbers: Vec<i64> = due.map(|letter| letter.number).collect();
    let by =
        app.site.roster.staff.iter().find(|member| member.duty && app.site.roster.may(&member.name, &Role::DRAFTING));
    let Some(by) = by.filter(|_| !numbers.is_empty()) else { return Ok(0) };
    let handing = Handing { how: How::Handed, at: later, by: by.name.clone(), note: String::new() };
    Ok(app.hands().passed_on(&numbers, &handing, later).await?.map_or(0, |_| numbers.len()))
}

async fn letters(store: &Store) -> anyhow::Result<Vec<(String, String, String)>> {
    Ok(store.stands().await?)
}

/// Writes the example site, its recording moved to begin on the day of `now`. The site file comes last: while it is
/// missing the folder counts as not written.
fn write(root: &Path, now: Option<DateTime<Utc>>) -> anyhow::Result<()> {
    let (site_file, others): (Vec<_>, Vec<_>) =
        EXAMPLE.iter().copied().partition(|(path, _)| *path == cuofeng_base::setting::FILE);
    init::write(root, &others)?;
    if let Some(now) = now {
        let zone = Zone::named("Asia/Shanghai")?;
        let path = root.join(RECORDING);
        let text = file::text(&path, file::TABLE).with_context(|| path.display().to_string())?;
        let (first, _) = issues(&text)?;
        let shift = zone.day(now) - zone.day(first);
        std::fs::write(&path, moved(&text, shift, &zone)).with_context(|| path.display().to_string())?;
    }
    rested(&root.join(RECORDING)).with_context(|| RECORDING.to_owned())?;
    init::write(root, &site_file)
}

/// Dates the recording back: it is finished, and need not be waited for.
fn rested(recording: &Path) -> std::io::Result<()> {
    let file = std::fs::File::options().write(true).open(recording)?;
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_mins(1))
}

/// First and last time of issue in a recording.
fn issues(text: &str) -> anyhow::Result<(DateTime<Utc>, DateTime<Utc>)> {
    let times = text.lines().skip(1).filter_map(|line| line.split(',').next()).filter_map(instant);
    let (first, last) =
        times.fold((None, None), |(first, _): (Option<DateTime<Utc>>, _), t| (first.or(Some(t)), Some(t)));
    first.zip(last).context(RECORDING)
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc))
}

fn moved(text: &str, shift: Duration, zone: &Zone) -> String {
    let line = |line: &str| {
        let cells: Vec<String> = line
            .split(',')
            .map(|cell| instant(cell).map_or_else(|| cell.to_owned(), |t| zone.rfc3339(t + shift)))
            .collect();
        cells.join(",") + "\n"
    };
    text.lines().map(line).collect()
}
