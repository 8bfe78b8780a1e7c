//! What only material of others can show: answers, bulletins and tables as published, the schema of CAP, years of
//! stations, plans by another's instances and checker. It stays outside the repository, in `../shared`; each test that
//! needs it is ignored, and `scripts/test` runs them where the folder is and says how many it did not run where not.

mod bulletins;
mod cap;
mod feeds;
mod figures;
mod observations;
mod plan;

use std::path::PathBuf;

/// A file or folder beside the project.
fn shared(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(name)
}
