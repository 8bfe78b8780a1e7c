//! How far what the tool decides reaches.
//!
//! In: a word of the site file, the database or a person. Out: the mode. Can't happen: a fourth one.

use serde::Deserialize;

use crate::words;

words! {
    /// How far what is decided reaches.
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Mode {
        /// It reaches those whom it is meant for.
        #[default]
        Live = "live" as "mode.live",
        /// It reaches a list of addresses alone, marked as an exercise in every text.
        Exercise = "exercise" as "mode.exercise",
        /// Everything is worked out; nothing is sent and no episode is written.
        DryRun = "dry-run" as "mode.dry_run",
    }
}
