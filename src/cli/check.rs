//! `cuofeng check`: reads everything and reports every problem at once.

use std::path::Path;
use std::process::ExitCode;

use chrono::{Duration, Utc};

use super::{Call, print_problems};
use cuofeng_app as app;
use cuofeng_app::judging::pending;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, Severity};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::word::Mode;
use cuofeng_feed::setting::{BulletinPlace, FeedConfig, Source};
use cuofeng_feed::table::Role;
use cuofeng_feed::{Ask, FeedError, Memory, Pulled};
use cuofeng_office::answerable;
use cuofeng_office::site::{Site, untouched};
use cuofeng_store::modes;

/// Reads the site and those of its feeds that are files; exit code 1 where something is wrong.
pub async fn check(call: &Call) -> ExitCode {
    let root = call.site();
    let (site, mut problems) = Site::read(&root);
    if let Some(site) = &site {
        problems.extend(pending::findings(&root, site).await);
        let mut brought = Vec::new();
        for feed in &site.config.feeds {
            let (found, pulled) = feed_problems(site, feed, call.lang).await;
            problems.extend(found);
            brought.extend(pulled);
        }
        problems.extend(unanswerable(site, &brought));
        if let Some((address, why)) = app::sender_untaken(site).await {
            let what = msg!("site.wide_sender", address = address, why = why);
            problems.push(Problem::file(cuofeng_base::setting::FILE, what, msg!("site.wide_sender_advice")));
        }
    }
    let (mode, unread) = mode(&root, site.as_ref()).await;
    problems.extend(unread);
    if mode == Mode::Live {
        // What recipients read would be nobody's.
        for problem in problems.iter_mut().filter(|problem| untouched::KEYS.contains(&problem.what.key())) {
            problem.severity = Severity::Error;
        }
    }
    print_problems(call, &problems);
    if problems.iter().any(|p| p.severity == Severity::Error) { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

/// The mode in force: the database's, else the one in which the site begins. Where the database can't be read it is told,
/// and the site taken to be at work.
async fn mode(root: &Path, site: Option<&Site>) -> (Mode, Option<Problem>) {
    match modes::kept(&Site::database(root)).await {
        Ok(kept) => (kept.or_else(|| site.map(|site| site.config.mode)).unwrap_or_default(), None),
        Err(error) => {
            let what = msg!("site.mode_unread", error = error.to_string());
            (Mode::Live, Some(Problem::file("state/cuofeng.db", what, msg!("site.mode_unread_advice"))))
        }
    }
}

/// What is wrong with a feed, and what it brought where it is a file.
async fn feed_problems(site: &Site, config: &FeedConfig, lang: Lang) -> (Vec<Problem>, Option<Pulled>) {
    let feed = match app::feed(&site.root, &site.config, config) {
        Ok(feed) => feed,
        Err(why) => return (vec![unset_problem(config, why)], None),
    };
    let (file, now) = match &config.source {
        // Every run in the file, also those that a recording will issue later.
        Source::Table { file, role: Role::Forecast, .. } => (file, Utc::now() + Duration::days(36_500)),
        Source::Table { file, .. }
        | Source::Bulletin { from: BulletinPlace::File(file) | BulletinPlace::Folder(file), .. } => (file, Utc::now()),
        _ => return (Vec::new(), None),
    };
    let pulled = feed.pull(Ask { now, zone: &site.config.zone, memory: &Memory::default() }).await;
    match pulled {
        Ok(pulled) => {
            let set_aside = pulled.trouble.iter().flat_map(|error| match error {
                FeedError::Partly { problems, .. } => problems.as_slice(),
                _ => &[],
            });
            let mut found: Vec<Problem> =
                set_aside.chain(&pulled.notes).chain(&pulled.assumed).cloned().map(Problem::as_warning).collect();
            let told = |what| Problem::file(file, what, msg!("feed.remarks_advice")).as_warning();
            found.extend(pulled.remarks.messages(lang).into_iter().map(told));
            let waits = |what| Problem::file(file, what, msg!("feed.young_advice")).as_warning();
            found.extend(pulled.waits.iter().cloned().map(waits));
            found.extend(pulled_problem(file, &pulled, site));
            (found, Some(pulled))
        }
        Err(error) => (vec![error_problem(file, config, error)], None),
    }
}

/// The rules that no feed can ever answer, by what feeds bring and what is in those that are files.
fn unanswerable(site: &Site, brought: &[Pulled]) -> Vec<Problem> {
    let (config, mut problems) = (&site.config, Vec::new());
    for region in &config.regions {
        let mut brings = answerable::declared(site, &region.id);
        for pulled in brought {
            pulled.runs.iter().filter(|run| run.region == region.id).for_each(|run| brings.add_run(run));
            let observed = pulled.observations.iter().filter(|observed| observed.region == region.id);
            brings.hours.extend(observed.flat_map(|observed| observed.columns.keys()));
        }
        let has_brought = |feed: &FeedConfig| {
            brought.iter().any(|pulled| {
                pulled.runs.iter().any(|run| run.feed == feed.name && run.region == region.id)
                    || pulled.observations.iter().any(|o| o.feed == feed.name && o.region == region.id)
            })
        };
        for (rule, never) in answerable::unanswerable(site.rules.iter(), config, (region, &brings), has_brought) {
            let what = never.message(rule, &region.name, config.language);
            problems.push(rule.problem(rule.place.clone(), what, msg!("rules.unanswered_advice")).as_warning());
        }
    }
    problems
}

/// A feed that can't be set up. What this call's environment lacks the service's may have.
fn unset_problem(config: &FeedConfig, why: Message) -> Problem {
    let here = why.key() == "secret.env";
    let what = msg!("site.feed_unset", feed = &config.name, why = why);
    let problem = Problem::file(cuofeng_base::setting::FILE, what, msg!("site.feed_unset_advice"));
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
        FeedError::NoPast { feed } => unreadable(msg!("feed.no_past", feed = feed)),
        // Comes beside what was read, never in its place.
        error @ FeedError::Partly { .. } => unreadable(msg!("feed.system", error = error.to_string())),
    }
}

fn pulled_problem(file: &str, pulled: &Pulled, site: &Site) -> Option<Problem> {
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
        let hours = run.gap_words(&site.config.zone).unwrap_or_default();
        let what = msg!("feed.gaps", region = &run.region, count = missing, hours = hours);
        (missing > 0).then(|| Problem::file(file, what, msg!("feed.gaps_advice")).as_warning())
    })
}
