//! `cuofeng check`: reads everything and reports every problem at once.

use std::path::Path;
use std::process::ExitCode;

use chrono::{Duration, Utc};

use super::{Call, print_problems};
use crate::app;
use crate::config::{BulletinPlace, FeedConfig, Mode, Source};
use crate::feed::table::Role;
use crate::feed::{Ask, FeedError, Memory, Pulled};
use crate::msg;
use crate::problem::{Problem, Severity};
use crate::site::{Site, untouched};
use crate::store::modes;
use crate::text::Message;

/// Reads the site and those of its feeds that are files; exit code 1 where something is wrong.
pub async fn check(call: &Call) -> ExitCode {
    let root = call.site();
    let (site, mut problems) = Site::read(&root);
    if let Some(site) = &site {
        for feed in &site.config.feeds {
            problems.extend(feed_problem(site, feed).await);
        }
    }
    if mode(&root, site.as_ref()).await == Mode::Live {
        // What recipients read would be nobody's.
        for problem in problems.iter_mut().filter(|problem| untouched::KEYS.contains(&problem.what.key())) {
            problem.severity = Severity::Error;
        }
    }
    print_problems(call, &problems);
    if problems.iter().any(|p| p.severity == Severity::Error) { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// The mode in force: the database's, else the one in which the site begins. What can't be read is taken to be at work.
async fn mode(root: &Path, site: Option<&Site>) -> Mode {
    let kept = modes::kept(&Site::database(root)).await.ok().flatten();
    kept.or_else(|| site.map(|site| site.config.mode)).unwrap_or_default()
}

async fn feed_problem(site: &Site, config: &FeedConfig) -> Option<Problem> {
    let feed = match app::feed(&site.root, &site.config, config) {
        Ok(feed) => feed,
        Err(why) => return Some(unset_problem(config, why)),
    };
    let (file, now) = match &config.source {
        // Every run in the file, also those that a recording will issue later.
        Source::Table { file, role: Role::Forecast, .. } => (file, Utc::now() + Duration::days(36_500)),
        Source::Table { file, .. }
        | Source::Bulletin { from: BulletinPlace::File(file) | BulletinPlace::Folder(file), .. } => (file, Utc::now()),
        _ => return None,
    };
    let pulled = feed.pull(Ask { now, zone: &site.config.zone, memory: &Memory::default() }).await;
    match pulled {
        Ok(pulled) => pulled_problem(file, &pulled),
        Err(error) => Some(error_problem(file, config, error)),
    }
}

/// A feed that can't be set up. What this call's environment lacks the service's may have.
fn unset_problem(config: &FeedConfig, why: Message) -> Problem {
    let here = why.key() == "secret.env";
    let what = msg!("site.feed_unset", feed = &config.name, why = why);
    let problem = Problem::file(crate::config::FILE, what, msg!("site.feed_unset_advice"));
    if here { problem.as_warning() } else { problem }
}

fn error_problem(file: &str, config: &FeedConfig, error: FeedError) -> Problem {
    let named = |file: &str, cause: Message| {
        Problem::file(file, msg!("site.unreadable", error = cause), msg!("site.unreadable_advice"))
    };
    let unreadable = |cause: Message| named(file, cause);
    match error {
        FeedError::Malformed { problem, .. } => *problem,
        FeedError::Nothing { .. } if matches!(config.source, Source::Table { role: Role::Observations, .. }) => {
            let advice = msg!("feed.empty_observations_advice");
            Problem::file(file, msg!("feed.empty_observations"), advice).as_warning()
        }
        FeedError::Nothing { .. } if matches!(config.source, Source::Bulletin { .. }) => {
            Problem::file(file, msg!("feed.empty"), msg!("feed.empty_bulletins_advice")).as_warning()
        }
        FeedError::Nothing { .. } => Problem::file(file, msg!("feed.empty"), msg!("feed.empty_advice")).as_warning(),
        // Of many files, the one that it is about.
        FeedError::Unreachable { source_name, cause, .. } if matches!(config.source, Source::Bulletin { .. }) => {
            named(&source_name, cause)
        }
        FeedError::Unreachable { cause, .. } => unreadable(cause),
        FeedError::Refused { words, .. } | FeedError::Busy { words, .. } => unreadable(words),
        error @ FeedError::NoPast { .. } => unreadable(msg!("feed.system", error = error.to_string())),
    }
}

fn pulled_problem(file: &str, pulled: &Pulled) -> Option<Problem> {
    match pulled.trouble.first().cloned() {
        Some(FeedError::Malformed { problem, .. }) => return Some(*problem),
        Some(FeedError::Unreachable { source_name, cause, .. }) => {
            let what = msg!("site.unreadable", error = cause);
            return Some(Problem::file(source_name, what, msg!("site.unreadable_advice")));
        }
        _ => {}
    }
    if let Some(aside) = pulled.aside.first() {
        let what = msg!("feed.aside", count = pulled.aside.len(), line = &aside.line, why = aside.why.clone());
        return Some(Problem::file(file, what, msg!("feed.aside_advice")).as_warning());
    }
    pulled.runs.iter().find_map(|run| {
        let missing = run.missing();
        let what = msg!("feed.gaps", region = &run.region, count = missing);
        (missing > 0).then(|| Problem::file(file, what, msg!("feed.gaps_advice")).as_warning())
    })
}
