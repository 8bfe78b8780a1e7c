//! Everything held back, by a person's word or by the program's, and let go again.
//!
//! In: a member of staff. Out: the hold in the database, which the outbox heeds; in the ledger with the name. Can't
//! happen: a hold lifted by somebody who may not release.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Timelike, Utc};

use super::alarm::WHOLE_SITE;
use super::drafts::{Answer, refuse};
use super::lock::Lock;
use super::{App, AppError, Report, standing};
use cuofeng_base::msg;
use cuofeng_base::setting;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::word::Identity;
use cuofeng_channel::link::LinkError;
use cuofeng_notice::alarm::Trouble;
use cuofeng_outbox::withheld;
use cuofeng_rules::warning::Done;
use cuofeng_store::held::Hold;
use cuofeng_store::held::{self, Why};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::mark::{Found, Marks};
use cuofeng_store::own::Own;
use cuofeng_store::{Store, StoreError, Tx, drafts};
use cuofeng_town::roster::Role;

/// Holds everything in the name of the program, since the database does not know all that has left: letters that are not
/// final are unknown from now on. On record in the ledger, in a language. Gives how many letters those are.
pub async fn begin(tx: &mut Tx, why: Why, lang: Lang, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let letters = withheld::begin(tx, why, now).await?;
    let detail = msg!("held.ledger", why = why.message(), letters = letters).text(lang);
    ledger::write(tx, &Actor::Program, Event::Held, "outbox", &detail, now).await?;
    Ok(letters)
}

/// The same at a worker's start; nothing where that is known, and everything held, already.
pub(super) async fn begin_at_start(store: &Store, why: Why, lang: Lang, now: DateTime<Utc>) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    // A restored or moved site is known to be older. An unsettled copy stays a copy.
    let known = held::standing(&mut tx).await?.is_some_and(|held| match why {
        Why::Restored | Why::Forgotten => true,
        Why::Foreign | Why::Copied => held.why == why && !held.settled,
    });
    if known {
        return Ok(());
    }
    let letters = begin(&mut tx, why, lang, now).await?;
    tx.commit().await?;
    tracing::error!(letters, why = why.message().text(Lang::En), "nothing is sent until a person resumes");
    Ok(())
}

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

impl App {
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
        if !self.may(by, &Role::DRAFTING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let mut tx = self.store.begin().await?;
        let fresh = drafts::stop(&mut tx, by, reason, now).await?;
        ledger::write(&mut tx, &Actor::of(by), Event::Stopped, "outbox", &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(Ok(if fresh { msg!("drafts.stop_done") } else { msg!("drafts.stop_already") }))
    }

    /// Whether the program holds everything.
    pub(super) async fn held(&self) -> Result<bool, AppError> {
        Ok(self.store.hold().await?.is_some_and(|hold| hold.why.is_some()))
    }

    /// Tells duty staff that the program holds everything: at once, every morning as long as it does, and once that it no
    /// longer does.
    pub(super) async fn tell_held(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let held = self.store.hold().await?.and_then(|hold| hold.why);
        let mut why = held.map(Why::message);
        let told = self.store.open_episode(Trouble::Held.kind(), WHOLE_SITE).await?;
        if let Some((why, told)) = why.as_mut().zip(told)
            && self.is_next_morning(told.told_at, now)
        {
            self.alarm_settled(Trouble::Held, WHOLE_SITE, &msg!("held.again"), now).await?;
            *why =
                msg!("held.so_far", why = why.clone(), count = cuofeng_outbox::settle::unsettled(&self.store).await?);
        }
        self.alarm(Trouble::Held, WHOLE_SITE, &self.site.config.name, why.as_ref(), now).await
    }

    /// Whether it is the morning of a later day than that on which something was told, or later.
    fn is_next_morning(&self, told: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let zone = &self.site.config.zone;
        zone.day(now) > zone.day(told) && zone.local(now).hour() >= MORNING
    }

    /// Notes, while the program holds everything, that decisions were made on all that there is to judge by: what was
    /// told in the part that is missing is decided then, and is not told anew after the hold.
    pub(super) async fn judged(&self, report: &Report, now: DateTime<Utc>) -> Result<(), AppError> {
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
    async fn unjudged(&mut self, now: DateTime<Utc>) -> Result<Message, AppError> {
        let mut report = Report::default();
        self.decide(now, true, &mut report).await?;
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
    pub async fn resume(&mut self, by: &str, unjudged: bool, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.may(by, &Role::RELEASING) {
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
        let waits = cuofeng_outbox::settle::unsettled(&self.store).await?;
        if held.is_some() && waits > 0 {
            return Ok(Ok(msg!("held.resumed", count = waits)));
        }
        Ok(Ok(msg!("drafts.resumed")))
    }
}

/// What a person says of a folder that was copied or moved, or has another site's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It is the site, which works nowhere else any more.
    Moved,
    /// The site works on elsewhere: this one is another from now on.
    Copied,
}

/// Settles where a folder comes from, while no worker is on it; what is held stays held until a person resumes. A copy
/// begins a hold where there is none; the site file is written first, and nothing is changed where that fails.
pub async fn settle(root: &Path, came: Came, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
    let _lock = Lock::take(root)?;
    let App { site, store, .. } = {
        let app = App::look(root).await?;
        if !app.may(by, &Role::RELEASING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        app
    };
    let (here, own, process) = (standing::folder(root)?, store.own().await?, Marks::of_process());
    let Some(named) = own.identity.clone().or_else(|| site.config.identity.clone()) else {
        return Ok(refuse(msg!("held.not_begun")));
    };
    let (marks, found) = standing::seat(&own, &process, &named).map_err(StoreError::from)?;
    let mut tx = store.begin().await?;
    let asked = held::standing(&mut tx).await?.is_some_and(|held| held.why.wants_settling() && !held.settled);
    tx.commit().await?;
    let is_filed = site.config.identity.as_ref().is_none_or(|filed| *filed == named);
    // One that began from another's site file, or on a machine that was copied, is a copy where it is at home.
    if came == Came::Moved && !asked && is_filed && found.is_some_and(|found| found.folder == here) {
        return Ok(refuse(msg!("held.at_home", folder = here.display())));
    }
    let lang = site.config.language;
    let identity = match came {
        Came::Moved => named,
        Came::Copied => Identity::random().ok_or(LinkError::Random)?,
    };
    // First of all: a database with an identity that its site file lacks would be another site's at every start.
    if let Err(cause) = standing::write_identity(root, &identity, lang) {
        return Ok(refuse(msg!(
            "held.unwritable",
            path = here.join(setting::FILE).display(),
            cause = cuofeng_base::file::said(&cause)
        )));
    }
    let mut tx = store.begin().await?;
    // What is held already stays held for its own reason.
    if held::standing(&mut tx).await?.is_none() {
        begin(&mut tx, Why::Copied, lang, now).await?;
    }
    if came == Came::Copied {
        withheld::leave_to_the_original(&mut tx, now).await?;
    }
    tx.commit().await?;
    // A worker of the original's on this machine holds its mark, and is in the way of a move alone; a new site's mark lies
    // where this user's marks lie.
    let marks = if came == Came::Copied { process } else { marks };
    let mark = standing::take(&store, (&marks, &identity), &here, now).await?;
    let mut tx = store.begin().await?;
    let (word, event, done) = match came {
        Came::Moved => ("moved", Event::SiteMoved, msg!("held.moved_done", identity = identity.as_str())),
        Came::Copied => ("copied", Event::SiteCopied, msg!("held.copied_done", identity = identity.as_str())),
    };
    held::settle(&mut tx, word).await?;
    ledger::write(&mut tx, &Actor::of(by), event, identity.as_str(), &format!("{by}: {}", here.display()), now).await?;
    tx.commit().await?;
    drop(mark);
    store.close().await;
    Ok(Ok(done))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(app.tell_held(at(instant)).await.expect("looked") > 0, is_told, "{instant}");
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
            assert!(app.tell_held(now).await.expect("told") > 0, "hold {hold}");
            assert_eq!(app.tell_held(now).await.expect("told already"), 0, "hold {hold}");
        }
    }
}
