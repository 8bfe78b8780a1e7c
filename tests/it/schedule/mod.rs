//! The service by a clock that the tests move, and once by the real one.

mod clock;
mod jobs;
mod real_clock;
mod silence;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_office::clock::{Clock, Hand};
use cuofeng_service::service::Service;
use tokio_util::sync::CancellationToken;

use crate::office::example;

/// Backups that were missed are not made up for.
const NO_BACKUP: &str = "backup = { missed = \"skip\" }\n";

fn at(text: &str) -> DateTime<Utc> {
    text.parse::<DateTime<chrono::FixedOffset>>().expect("a time").with_timezone(&Utc)
}

/// The example site with this `[schedule]`; reminders, due every ten minutes elsewhere, come with the other jobs, and
/// backups, which have tests of their own, when the night comes.
fn site_with(dir: &Path, schedule: &str) -> PathBuf {
    let site = example(dir);
    let path = site.join("cuofeng.toml");
    let file = std::fs::read_to_string(&path).expect("a site file");
    let (head, _) = file.split_once("[schedule]").expect("a schedule");
    std::fs::write(path, format!("{head}[schedule]\n{schedule}\nremind = {{ at = \"0 8,20 * * *\" }}\n{NO_BACKUP}"))
        .expect("a site file");
    site
}

struct Office {
    app: App,
    service: Service,
    hand: Hand,
    stop: CancellationToken,
}

async fn begin(site: &Path, now: &str) -> Office {
    let (clock, hand) = Clock::by_hand(at(now));
    let app = App::start(site, clock).await.expect("a site");
    let service = Service::new(&app);
    Office { app, service, hand, stop: CancellationToken::new() }
}

impl Office {
    /// Looks; gives the runs that ended: `evaluate 08:00`.
    async fn look(&mut self) -> Vec<String> {
        let ended = self.service.look(&mut self.app, &self.stop).await.expect("a look");
        let zone = &self.app.site.config.zone;
        let words = |at| zone.local(at).format("%H:%M").to_string();
        // Reminders have tests of their own.
        let ended = ended.iter().filter(|f| f.job.name() != "remind");
        ended.map(|f| format!("{} {}", f.job.name(), words(f.due_at))).collect()
    }

    /// The record of a job, oldest first: `08:00 done`, `09:00 skipped later-due`.
    async fn record(&self, job: &str) -> Vec<String> {
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as("select due_at, state, reason from run where job = ? order by due_at")
                .bind(job)
                .fetch_all(self.app.store.pool())
                .await
                .expect("the record");
        let zone = &self.app.site.config.zone;
        let clock = |s| zone.local(DateTime::from_timestamp(s, 0).expect("a time")).format("%H:%M").to_string();
        rows.into_iter()
            .map(|(due, state, why)| format!("{} {state} {why}", clock(due)).trim_end().to_owned())
            .collect()
    }
}

async fn count(office: &Office, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(office.app.store.pool()).await.expect("a count")
}
