//! What becomes of letters when the far side, the disk or the database misbehaves.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod disk;
mod far_side;
mod security;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_base::word::Form;
use cuofeng_office::clock::{Clock, Hand};
use cuofeng_outbox::drained::Drained;
use tokio_util::sync::CancellationToken;

use crate::fill;

fn morning() -> DateTime<Utc> {
    "2026-09-12T00:00:00Z".parse().expect("a time")
}

struct Office {
    app: App,
    hand: Hand,
    /// Lives as long as the office.
    #[allow(dead_code)]
    dir: tempfile::TempDir,
}

impl Office {
    /// An office with `count` mails to send through `port`.
    async fn with(count: usize, port: u16, more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let site = fill::mail_site(dir.path(), port, more);
        Self::at(dir, &site, count).await
    }

    async fn at(dir: tempfile::TempDir, site: &Path, count: usize) -> Self {
        let (clock, hand) = Clock::by_hand(morning());
        let app = App::start(site, clock).await.expect("a site");
        fill::fill(&app.store, &app.site.config, count, &[Form::Email], morning()).await;
        Self { app, hand, dir }
    }

    async fn deliver(&self) -> Drained {
        let now = self.app.clock.now();
        self.app.deliver(now, &CancellationToken::new()).await.expect("a drain")
    }

    async fn after(&self, minutes: u64) -> Drained {
        self.hand.step(Duration::from_mins(minutes));
        self.deliver().await
    }

    /// How many letters are in which state.
    async fn states(&self) -> BTreeMap<String, i64> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select state, count(*) from outbox where form = 'email' group by state")
                .fetch_all(self.app.store.pool())
                .await
                .expect("the outbox");
        rows.into_iter().collect()
    }

    async fn said(&self) -> String {
        sqlx::query_scalar("select reason from transition order by at desc, number desc limit 1")
            .fetch_one(self.app.store.pool())
            .await
            .expect("a transition")
    }
}

fn all(state: &str, count: i64) -> BTreeMap<String, i64> {
    BTreeMap::from([(state.to_owned(), count)])
}
