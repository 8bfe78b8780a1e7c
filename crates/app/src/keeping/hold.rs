//! Everything held back, by a person's word or by the program's, and let go again.
//!
//! In: a member of staff. Out: the hold in the database, which the outbox heeds; in the ledger with the name. Can't
//! happen: a hold lifted by somebody who may not release.

use std::path::PathBuf;

use chrono::{DateTime, Timelike, Utc};

use crate::deciding::decide::Deciding;
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::keeping::standing;
use crate::refusal::{Answer, refuse};
use crate::report::Report;
use crate::watching::alarm::{Alarms, WHOLE_SITE};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Mode;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::site::Site;
use cuofeng_outbox::withheld;
use cuofeng_rules::warning::Done;
use cuofeng_store::held::Hold;
use cuofeng_store::held::{self, Why};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::mark::{Found, Marks};
use cuofeng_store::own::Own;
use cuofeng_store::{Store, StoreError, drafts};
use cuofeng_town::roster::Role;

/// The local hour from which duty staff are told again of what goes on.
const MORNING: u32 = 8;

/// Where a site stands, for people.
pub struct Stands {
    /// Its folder.
    pub here: PathBuf,
    /// What the database says of itself.
    pub own: Own,
    /// Where its mark is kept.
    pub marks: Marks,
    /// Its mark.
    pub found: Option<Found>,
    /// Whether a person has said where the folder comes from, since the program holds everything.
    pub settled: bool,
    /// Whether decisions were made since.
    pub judged: bool,
}

/// Everything held back, and let go again.
#[derive(Clone, Copy)]
pub struct Holding<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
    voice: Voice<'a>,
}

impl<'a> Holding<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode, voice: Voice<'a>) -> Self {
        Self { site, store, book, mode, voice }
    }

    /// Where the site stands.
    pub async fn stands(&self, process: &Marks) -> Result<Stands, AppError> {
        let (here, own) = (standing::folder(&self.site.root)?, self.store.own().await?);
        let (marks, found) = match &own.identity {
            Some(named) => standing::seat(&own, process, named).map_err(StoreError::from)?,
            None => (process.clone(), None),
        };
        let mut tx = self.store.begin().await?;
        let held = held::standing(&mut tx).await?;
        let (settled, judged) = held.map_or((false, false), |held| (held.settled, held.judged));
        Ok(Stands { here, own, marks, found, settled, judged })
    }

    /// Holds everything that is unsent.
    pub async fn stop(&self, by: &str, reason: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        // Whoever sees something wrong may stop it; letting it go again takes a releaser.
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let mut tx = self.store.begin().await?;
        let fresh = drafts::stop(&mut tx, by, reason, now).await?;
        ledger::write(&mut tx, &Actor::of(by), Event::Stopped, "outbox", &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(Ok(if fresh { msg!("drafts.stop_done") } else { msg!("drafts.stop_already") }))
    }

    /// Tells duty staff that the program holds everything: at once, every morning as long as it does, and once that it no
    /// longer does.
    pub async fn tell_held(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let held = self.store.hold().await?.and_then(|hold| hold.why);
        let mut why = held.map(Why::message);
        let told = self.store.open_episode(Trouble::Held.kind(), WHOLE_SITE).await?;
        if let Some((why, told)) = why.as_mut().zip(told)
            && is_next_morning(self.site, told.told_at, now)
        {
            Alarms::new(self.site, self.store)
                .alarm_settled(Trouble::Held, WHOLE_SITE, &msg!("held.again"), now)
                .await?;
            *why = msg!("held.so_far", why = why.clone(), count = cuofeng_outbox::settle::unsettled(self.store).await?);
        }
        Alarms::new(self.site, self.store)
            .alarm(Trouble::Held, WHOLE_SITE, &self.site.config.name, why.as_ref(), now)
            .await
    }

    /// Notes, while the program holds everything, that decisions were made on all that there is to judge by: what was
    /// told in the part that is missing is decided then, and is not told anew after the hold.
    pub async fn judged(&self, report: &Report, now: DateTime<Utc>) -> Result<(), AppError> {
        let Some(hold) = self.store.hold().await?.filter(|hold| hold.why.is_some()) else { return Ok(()) };
        if self.lacks(&hold, report).await?.is_empty() {
            let mut tx = self.store.begin().await?;
            held::judged(&mut tx, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// What there is to judge by and is missing since a hold began, and what could not judge. A forecast that the database
    /// brought with it may be fresh and still be older than what was told: each feed is to have answered since.
    async fn lacks(&self, hold: &Hold, report: &Report) -> Result<Vec<Message>, AppError> {
        let mut missing = Vec::new();
        for feed in &self.site.config.feeds {
            let state = self.store.feed_state(&feed.name).await?;
            let answered = state.succeeded_at.is_some_and(|at| at >= hold.since);
            if !answered {
                missing.push(msg!("held.no_answer", feed = &feed.name));
            }
        }
        let unable = report.lines.iter().filter(|line| line.action == Done::Stale);
        missing.extend(unable.map(|line| {
            msg!("held.cannot_judge", rule = &line.rule, region = &line.region, reason = line.reason.clone())
        }));
        Ok(missing)
    }

    /// Why it is too early to resume, with what is missing.
    async fn unjudged(&self, now: DateTime<Utc>) -> Result<Message, AppError> {
        let mut report = Report::default();
        Deciding::new(self.site, self.store, self.book, self.mode, self.voice).decide(now, true, &mut report).await?;
        let missing = match self.store.hold().await? {
            Some(hold) => self.lacks(&hold, &report).await?,
            None => Vec::new(),
        };
        if missing.is_empty() {
            return Ok(msg!("held.unjudged"));
        }
        let lang = self.site.config.language;
        let words: Vec<String> = missing.iter().map(|what| what.text(lang)).collect();
        Ok(msg!("held.unjudged_for", missing = words.join(lang.semicolon())))
    }

    /// Lets everything go again. What the program held stays so until it is settled whose the database is, and until it
    /// has judged once, unless the person wants it `unjudged`.
    pub async fn resume(&self, by: &str, unjudged: bool, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::RELEASING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let mut tx = self.store.begin().await?;
        let held = held::standing(&mut tx).await?;
        match &held {
            Some(held) if held.why.wants_settling() && !held.settled => return Ok(refuse(msg!("held.unsettled"))),
            Some(held) if !held.judged && !unjudged => {
                drop(tx);
                return Ok(refuse(self.unjudged(now).await?));
            }
            Some(held) => {
                withheld::list(&mut tx, held.why, now).await?;
            }
            None => {}
        }
        if !drafts::resume(&mut tx, by, now).await? {
            return Ok(refuse(msg!("drafts.not_stopped")));
        }
        ledger::write(&mut tx, &Actor::of(by), Event::Resumed, "outbox", by, now).await?;
        tx.commit().await?;
        let waits = cuofeng_outbox::settle::unsettled(self.store).await?;
        if held.is_some() && waits > 0 {
            return Ok(Ok(msg!("held.resumed", count = waits)));
        }
        Ok(Ok(msg!("drafts.resumed")))
    }
}

/// Whether it is the morning of a later day than that on which something was told, or later.
fn is_next_morning(site: &Site, told: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let zone = &site.config.zone;
    zone.day(now) > zone.day(told) && zone.local(now).hour() >= MORNING
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::App;
    use crate::keeping::held::begin;
    use cuofeng_base::text::Lang;
    use std::path::Path;

    fn at(instant: &str) -> DateTime<Utc> {
        format!("2026-09-{instant}:00Z").parse().expect("an instant")
    }

    /// The example site at work in a folder.
    async fn example(dir: &Path) -> App {
        for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
            let target = dir.join("site").join(path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
            std::fs::write(target, bytes).expect("a file");
        }
        App::start_marked(&dir.join("site"), at("12T00:00"), &Marks::at(dir.join("marks"))).await.expect("a site")
    }

    #[tokio::test]
    async fn a_hold_that_lasts_is_told_again_every_morning_with_what_it_has_kept_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let app = example(dir.path()).await;
        let mut tx = app.store.begin().await.expect("a transaction");
        begin(&mut tx, Why::Restored, Lang::Zh, at("12T06:00")).await.expect("held");
        tx.commit().await.expect("on record");
        // Beijing is eight hours ahead.
        for (instant, is_told) in [
            ("12T06:00", true),
            ("12T15:59", false),
            ("12T23:59", false),
            ("13T00:00", true),
            ("13T06:00", false),
            ("14T02:00", true),
        ] {
            assert_eq!(app.holding().tell_held(at(instant)).await.expect("looked") > 0, is_told, "{instant}");
        }
        let words: Vec<String> =
            sqlx::query_scalar("select body from letter_text where body like '%数据库是从备份恢复的%' order by outbox")
                .fetch_all(app.store.pool())
                .await
                .expect("letters");
        let last = words.last().expect("told");
        assert!(last.contains("去向不明") && !words[0].contains("至今"), "{words:?}");
        assert!(last.contains("至今"), "{last}");
    }

    #[tokio::test]
    async fn a_second_hold_on_a_day_is_told_though_nothing_left_in_between() {
        let dir = tempfile::tempdir().expect("a folder");
        let (app, now) = (example(dir.path()).await, at("12T00:00"));
        for hold in 1..=3 {
            let mut tx = app.store.begin().await.expect("a transaction");
            begin(&mut tx, Why::Restored, Lang::En, now).await.expect("held");
            tx.commit().await.expect("on record");
            assert!(app.holding().tell_held(now).await.expect("told") > 0, "hold {hold}");
            assert_eq!(app.holding().tell_held(now).await.expect("told already"), 0, "hold {hold}");
        }
    }
}
