//! A sign of life for an outside watcher.
//!
//! In: a run that has ended. Out: `state/heartbeat.json`, and where the site asks for it a POST of the same. Can't
//! happen: half a file; a watcher at the address kept content by runs that fail; a run held up by a watcher that does
//! not answer.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::work::Finished;
use cuofeng_app::AppError;
use cuofeng_base::file::{self, Access};
use cuofeng_office::schedule::{next_due, record};
use cuofeng_office::site::Site;
use cuofeng_store::Store;

/// How long the watcher at the address may take.
const LIMIT: Duration = Duration::from_secs(5);

/// The file, relative to the site.
pub const FILE: &str = "state/heartbeat.json";

/// Gives the sign. What goes wrong with it is logged: it must not stop the work it tells of.
pub async fn beat(site: &Site, store: &Store, finished: &Finished) -> Result<(), AppError> {
    let value = sign(site, finished);
    if let Err(error) = write(&site.root, &value) {
        tracing::error!(%error, file = FILE, "no sign of life");
    }
    let Some(url) = &site.config.schedule.heartbeat_url else { return Ok(()) };
    if finished.error.is_some() || record::failing(store, finished.finished_at).await? {
        return Ok(());
    }
    if let Err(error) = post(url, &value).await {
        tracing::warn!(error, "the watcher did not take the sign of life");
    }
    Ok(())
}

fn sign(site: &Site, finished: &Finished) -> Value {
    let (config, at) = (&site.config, finished.finished_at);
    let words = |at: Option<DateTime<Utc>>| at.map(|at| config.zone.rfc3339(at));
    let next = |plan| next_due(plan, &config.zone, at);
    let own = config.schedule.plans.iter().find(|plan| plan.job == finished.job);
    let by = config
        .schedule
        .plans
        .iter()
        .filter_map(|plan| Some(next(plan)? + chrono::Duration::minutes(i64::from(plan.deadline_minutes))));
    json!({
        "schema": "cuofeng.heartbeat/1",
        "job": finished.job.name(),
        "due_at": words(Some(finished.due_at)),
        "finished_at": words(Some(at)),
        "state": if finished.error.is_some() { "failed" } else { "done" },
        "reason": finished.error.as_ref().map(|reason| reason.message(&config.zone).text(config.language)),
        "next_due": words(own.and_then(next)),
        "expected_by": words(by.min()),
    })
}

/// Writes beside and renames, so that a reader sees the old sign or the new one.
fn write(root: &Path, value: &Value) -> std::io::Result<()> {
    let path = root.join(FILE);
    let (folder, name) = (path.parent().unwrap_or(root), path.file_name().unwrap_or_default().to_string_lossy());
    file::write(folder, &name, format!("{value}\n").as_bytes(), Access::Own)
}

async fn post(url: &str, value: &Value) -> Result<(), String> {
    // The address may hold a key: errors are told without it.
    let plain = |error: reqwest::Error| error.without_url().to_string();
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(LIMIT).build().map_err(plain)?;
    let answer = client.post(url).json(value).send().await.map_err(plain)?;
    answer.error_for_status().map(|_| ()).map_err(plain)
}
