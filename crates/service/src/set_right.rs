//! A clock that was ahead and is set right again.
//!
//! In: what the clocks say between two looks, and what is on record for times that have not come. Out: that brought back,
//! in one transaction with its entry in the ledger; duty staff told once. Can't happen: a run that is on record as done
//! and whose time has not come; a letter, channel or feed that waits for a time that only a wrong clock could mean; a
//! clock set back while nothing was at work passed over (what is on record shows it).

use chrono::{DateTime, Duration, Utc};

use cuofeng_app::AppError;
use cuofeng_app::watching::alarm::{Alarms, WHOLE_SITE};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::config::Job;
use cuofeng_office::schedule::record::{self, Undone};
use cuofeng_office::schedule::{ON_TIME, SetBack};
use cuofeng_office::site::Site;
use cuofeng_outbox::ahead;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, feeds, held};

/// Brings back what is stored for times that have not come, where the clock was seen to be set back, or the record
/// says that it must have been.
pub async fn set_right(site: &Site, store: &Store, seen: Option<SetBack>, now: DateTime<Utc>) -> Result<(), AppError> {
    let known = match seen {
        Some(seen) => Some(seen),
        None => record::ahead(store, now).await?.map(|until| SetBack { by: until - now, to: now }),
    };
    let Some(back) = known else { return Ok(()) };
    let mut tx = store.begin().await?;
    let undone = record::undo_after(&mut tx, back.to).await?;
    let letters = ahead::bring_back(&mut tx, (ON_TIME, back.by), now).await?;
    feeds::bring_back(&mut tx, now + ON_TIME, now).await?;
    held::bring_back(&mut tx, now + ON_TIME, now).await?;
    let by = span(back.by);
    let detail = msg!(
        "alarm.clock_ledger",
        by = by.clone(),
        undone = undone_words(site, &undone),
        letters = letters.letters,
        channels = letters.channels
    );
    ledger::write(&mut tx, &Actor::Program, Event::ClockSetRight, "clock", &detail.text(site.config.language), now)
        .await?;
    tx.commit().await?;
    tracing::warn!(minutes = back.by.num_minutes(), letters = letters.letters, "the clock was ahead and is set right");
    forget_reports(site, now);
    let words = site.config.zone.words(now, site.config.language);
    let why = msg!("alarm.clock_why", by = by, now = words);
    // What was brought back stands; nobody is to wait for the jobs because this can't be told.
    if let Err(error) =
        Alarms::new(site, store).alarm(Trouble::Clock, WHOLE_SITE, &site.config.name, Some(&why), now).await
    {
        tracing::error!(%error, "could not tell duty staff that the clock is set right");
    }
    Ok(())
}

/// The runs that were taken off the record, in words.
fn undone_words(site: &Site, undone: &[Undone]) -> Message {
    let (zone, lang) = (&site.config.zone, site.config.language);
    if undone.is_empty() {
        return msg!("alarm.clock_undone_none");
    }
    let one = |undone: &Undone| {
        let job = Job::named(&undone.job).map_or_else(|| undone.job.clone(), |job| job.message().text(lang));
        let (from, to) = (zone.words(undone.from, lang), zone.words(undone.to, lang));
        msg!("alarm.clock_undone", job = job, count = undone.count, from = from, to = to).text(lang)
    };
    msg!("time.plain", text = undone.iter().map(one).collect::<Vec<_>>().join(lang.semicolon()))
}

/// Takes away the reports of days that are not over: they lack what is still to come, and are written when it has.
fn forget_reports(site: &Site, now: DateTime<Utc>) {
    let today = site.config.zone.day(now);
    let Ok(entries) = std::fs::read_dir(site.out_folder().join("reports")) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let day = path.file_stem().and_then(|name| name.to_str()?.parse::<chrono::NaiveDate>().ok());
        if day.is_some_and(|day| day >= today)
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::error!(report = %path.display(), %error, "a report of a day that is not over can't be removed");
        }
    }
}

/// A stretch of time in words.
fn span(by: Duration) -> Message {
    let (hours, minutes) = (by.num_hours(), by.num_minutes() % 60);
    if hours > 0 {
        msg!("alarm.clock_hours", hours = hours, minutes = minutes)
    } else {
        msg!("alarm.clock_minutes", minutes = minutes)
    }
}
