//! Why a site can't work.
//!
//! In: a failure of any part. Out: one error with what failed and on what. Can't happen: a failure without its cause.

use std::path::PathBuf;

use cuofeng_base::problem::Problem;
use cuofeng_channel::link::LinkError;
use cuofeng_office::backup::BackupError;
use cuofeng_store::StoreError;
use cuofeng_store::drafts::Settled;

/// Why a site can't work.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Its files have errors.
    #[error("the site's files have {} problems", .0.len())]
    Site(Vec<Problem>),
    /// Another worker holds the site.
    #[error("another cuofeng is working on {}", .0.display())]
    Busy(PathBuf),
    /// The lock file can't be opened.
    #[error("cannot lock {}: {cause}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// A secret is missing or a channel can't be set up.
    #[error("channel {channel}: {cause}")]
    Channel {
        /// The channel.
        channel: &'static str,
        /// Why.
        cause: String,
    },
    /// A feed can't be set up.
    #[error("feed {feed}: {cause}")]
    Feed {
        /// The feed.
        feed: String,
        /// Why.
        cause: String,
    },
    /// The keys of the links can't be used.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A draft was settled by another a moment before.
    #[error("the draft was settled by {} a moment before ({})", .0.by, .0.outcome.word())]
    Late(Settled),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template failed on real data.
    #[error("{0}")]
    Template(Box<Problem>),
    /// There is no backup, or none that can be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The daily report can't be written.
    #[error("cannot write {}: {cause}", path.display())]
    Report {
        /// Its file.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
}

impl From<cuofeng_sql::Error> for AppError {
    fn from(error: cuofeng_sql::Error) -> Self {
        Self::Store(error.into())
    }
}
