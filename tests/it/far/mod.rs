//! Far sides as they are: servers that answer in GBK, that refuse their sender, that give mail back in their own way;
//! and what staff hear of whoever was not reached.

mod given_back;
mod mailboxes;
mod refusals;
mod removed;
mod threads;
mod tongues;
mod unreached;

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

/// An office whose mail goes through a server of the test's own.
struct Office {
    app: App,
    hand: Hand,
    /// Lives as long as the office.
    _dir: tempfile::TempDir,
}

impl Office {
    /// One with `count` mails to send through `port`, and a member of staff on duty.
    async fn with(count: usize, port: u16, more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let site = fill::mail_site(dir.path(), port, more);
        Self::at(dir, &site, count).await
    }

    async fn at(dir: tempfile::TempDir, site: &Path, count: usize) -> Self {
        std::fs::write(site.join("secret"), "correct horse\n").expect("a secret");
        std::fs::write(site.join("staff.csv"), "name,role,duty,mobile\n罗代泉,releaser,yes,10000000250\n")
            .expect("a table");
        let (clock, hand) = Clock::by_hand(morning());
        let app = App::start(site, clock).await.expect("a site");
        fill::fill(&app.store, &app.site.config, count, &[Form::Email], morning()).await;
        Self { app, hand, _dir: dir }
    }

    async fn deliver(&self) -> Drained {
        let now = self.app.clock.now();
        let drained = self.app.deliver(now, &CancellationToken::new()).await.expect("a drain");
        self.app.returns().finish_reading().await;
        drained
    }

    async fn after(&self, minutes: u64) -> Drained {
        self.hand.step(Duration::from_mins(minutes));
        self.deliver().await
    }

    /// How many mails are in which state.
    async fn states(&self) -> BTreeMap<String, i64> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select state, count(*) from outbox where form = 'email' group by state")
                .fetch_all(self.app.store.pool())
                .await
                .expect("the outbox");
        rows.into_iter().collect()
    }

    /// What duty staff were told by SMS, oldest first.
    async fn told(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select w.body from outbox o join letter_text w on w.outbox = o.id
             where o.form = 'sms' and o.address = '10000000250' order by o.id",
        )
        .fetch_all(self.app.store.pool())
        .await
        .expect("letters")
    }

    /// Where the last mail to an address stands, of those that a server was to take.
    async fn state_of(&self, address: &str) -> String {
        sqlx::query_scalar("select state from outbox where address = ? and channel = 'email' order by id desc limit 1")
            .bind(address)
            .fetch_one(self.app.store.pool())
            .await
            .expect("a letter")
    }

    /// What was said of mails last.
    async fn said(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select t.reason from outbox o join transition t on t.outbox = o.id
             where o.form = 'email' and t.number = (select max(number) from transition where outbox = o.id)
             order by o.id",
        )
        .fetch_all(self.app.store.pool())
        .await
        .expect("transitions")
    }
}

fn states(of: &[(&str, i64)]) -> BTreeMap<String, i64> {
    of.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect()
}
