//! Backups that the program makes by itself: `[backup]`.
//!
//! In: the table. Out: [`BackupConfig`]. Can't happen: a second place that hangs on the folder from which the program was
//! started.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::setting::SiteText;

/// Days for which each place keeps backups, unless the file says otherwise.
const KEPT: u32 = 14;

/// `[backup]`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// Days for which each place keeps backups, 2–400.
    pub keep: u32,
    /// A second place beside the site's own folder: another disk or a share.
    pub to: Option<PathBuf>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BackupSection {
    keep: Option<Spanned<u32>>,
    to: Option<Spanned<PathBuf>>,
}

pub(super) fn read(site: &mut SiteText, section: BackupSection) -> BackupConfig {
    if let Some(to) = section.to.as_ref().filter(|to| !to.get_ref().is_absolute()) {
        site.problem(to.span(), msg!("config.backup_to"), msg!("config.backup_to_advice"));
    }
    BackupConfig { keep: site.number(section.keep, KEPT, 2..=400), to: section.to.map(Spanned::into_inner) }
}
