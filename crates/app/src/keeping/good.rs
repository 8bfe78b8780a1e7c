//! The site by the last of its files that had no error.
//!
//! In: a folder whose files have errors. Out: the site as its worker last read it without, and what is wrong now. Can't
//! happen: a folder that is being restored taken for a site; files that no worker has ever worked by; those of another site, whose database was
//! put into the folder.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::error::AppError;
use cuofeng_base::problem::{Problem, Severity};
use cuofeng_base::{file, setting};
use cuofeng_office::config::Config;
use cuofeng_office::site::{RESTORING, Site};
use cuofeng_store::files::{self, Good};

/// What is wrong with the files of a site that is taken as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The errors of the files as they are now.
    pub problems: Vec<Problem>,
    /// Since when the files were what the site is taken to be.
    pub read_at: DateTime<Utc>,
}

/// The site as its files are; where they have errors, as they last were without, and what is wrong.
pub(crate) async fn read(root: &Path) -> Result<(Site, Option<Behind>), AppError> {
    let (site, problems) = Site::read(root);
    if let Some(site) = site {
        return Ok((site, None));
    }
    let Some((site, read_at)) = last(root).await else { return Err(AppError::Site(problems)) };
    let problems = problems.into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    Ok((site, Some(Behind { problems, read_at })))
}

/// The site by the files that its database keeps.
pub async fn last(root: &Path) -> Option<(Site, DateTime<Utc>)> {
    if file::is_there(&root.join(RESTORING)).unwrap_or(true) {
        return None;
    }
    let kept = files::kept(&Site::database(root)).await;
    let Good { files, read_at } =
        kept.inspect_err(|error| tracing::error!(%error, "the last good files can't be read")).ok()??;
    let site = Site::read_kept(root, &files).0.filter(|site| !is_anothers(root, site));
    site.map(|site| (site, read_at))
}

/// Whether the folder's own file names another site than that whose files the database keeps.
fn is_anothers(root: &Path, kept: &Site) -> bool {
    let text = file::text(&root.join(setting::FILE), file::TEXT).ok();
    let filed = text.and_then(|text| Config::parse(&text).ok()).and_then(|config| config.identity);
    filed.is_some_and(|filed| kept.config.identity.as_ref().is_some_and(|kept| *kept != filed))
}
