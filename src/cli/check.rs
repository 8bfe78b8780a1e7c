//! `cuofeng check`: reads everything and reports every problem at once.

use std::collections::BTreeSet;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::{Call, print_problems};
use crate::feed::table;
use crate::msg;
use crate::problem::{Problem, Severity};
use crate::site::Site;

/// Reads the site and its feeds; exit code 1 where something is wrong.
pub fn check(call: &Call) -> ExitCode {
    let root = call.site();
    let (site, mut problems) = Site::read(&root);
    if let Some(site) = &site {
        for feed in &site.config.feeds {
            problems.extend(feed_problem(site, &feed.name, &feed.file));
        }
    }
    print_problems(call, &problems);
    if problems.iter().any(|p| p.severity == Severity::Error) { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

fn feed_problem(site: &Site, name: &str, file: &str) -> Option<Problem> {
    let regions: BTreeSet<String> = site.config.regions.iter().map(|r| r.id.clone()).collect();
    let bytes = match std::fs::read(site.root.join(file)) {
        Ok(bytes) => bytes,
        Err(error) => {
            let what = msg!("site.unreadable", error = error.to_string());
            return Some(Problem::file(file, what, msg!("site.unreadable_advice")));
        }
    };
    match table::parse(name, file, &bytes, &regions, DateTime::<Utc>::MAX_UTC) {
        Ok(runs) if runs.is_empty() => {
            Some(Problem::file(file, msg!("feed.empty"), msg!("feed.empty_advice")).as_warning())
        }
        Ok(runs) => runs.iter().find_map(|run| {
            let missing = run.missing();
            let what = msg!("feed.gaps", region = &run.region, count = missing);
            (missing > 0).then(|| Problem::file(file, what, msg!("feed.gaps_advice")).as_warning())
        }),
        Err(problem) => Some(problem),
    }
}
