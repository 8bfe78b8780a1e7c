//! An office at work: its site folder, its due times and its backups.
//!
//! In: the site's files, the database, due times. Out: a site that fits together, jobs that
//! run once. Can't happen: a site read in part; a due time that is lost; a backup that nobody could restore.
#![forbid(unsafe_code)]

pub mod answerable;
pub mod backup;
pub mod clock;
pub mod config;
pub mod embedded;
pub mod schedule;
pub mod site;
pub mod watch;

cuofeng_base::catalogue!(["office"], on[cuofeng_store]);
