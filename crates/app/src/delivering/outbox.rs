//! A person's word on letters and channels.
//!
//! In: a letter or a channel, a member of staff and a reason. Out: what was done, in the ledger with the name; or why not.
//! Can't happen: a second copy of a letter that nobody asked for; a letter sent again after its period.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::keeping::held::held;
use crate::refusal::{Answer, Refusal};
use cuofeng_base::text::Message;
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_base::{msg, words};
use cuofeng_office::site::Site;
use cuofeng_outbox::list::{Listed, Wanted};
use cuofeng_outbox::{Held, State, merge, pause};
use cuofeng_store::Store;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_town::roster::Role;
use cuofeng_town::roster::people::{Email, Mobile};

words! {
    /// What a person found out about a letter of unknown fate.
    pub enum Found {
        /// It arrived.
        Delivered = "delivered",
        /// It did not, and is not sent again.
        Failed = "failed",
        /// It did not: send it again.
        Resend = "resend",
    }
}

/// A person's word on letters and channels.
#[derive(Clone, Copy)]
pub struct Letters<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Letters<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    async fn letter(&self, number: i64, by: &str) -> Result<Result<Listed, Message>, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(msg!("drafts.may_not", by = by)));
        }
        let wanted = Wanted { number: Some(number), ..Wanted::default() };
        let letter = cuofeng_outbox::list::letters(self.store, &wanted, 1).await?.pop();
        Ok(letter.ok_or_else(|| msg!("outbox.no_letter", number = number)))
    }

    /// Records what became of a letter of unknown fate.
    pub async fn settle_letter(
        &self,
        number: i64,
        found: Found,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let letter = match self.letter(number, by).await? {
            Ok(letter) => letter,
            Err(why) => return Ok(Err(Refusal(why))),
        };
        if letter.state != State::Unknown {
            return Ok(Err(Refusal(msg!("outbox.not_unknown", number = number, state = letter.state.message()))));
        }
        let (state, done) = match found {
            Found::Delivered => (State::Delivered, msg!("outbox.settled", number = number)),
            Found::Failed => (State::Failed, msg!("outbox.settled", number = number)),
            Found::Resend => return self.again(&letter, (by, reason), now).await,
        };
        self.move_letter(&letter, state, (Event::LetterSettled, by, reason), done, now).await
    }

    /// Sends a letter once more, or to another address; nobody else hears of it.
    pub async fn resend_letter(
        &self,
        number: i64,
        to: Option<&str>,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let letter = match self.letter(number, by).await? {
            Ok(letter) => letter,
            Err(why) => return Ok(Err(Refusal(why))),
        };
        let Some(to) = to else { return self.again(&letter, (by, reason), now).await };
        if letter.expires_at <= now {
            return Ok(Err(Refusal(msg!("outbox.too_late", number = number))));
        }
        if held(self.store).await? {
            return Ok(Err(Refusal(msg!("held.resume_first"))));
        }
        let address = match address(letter.form, to) {
            Ok(address) => address,
            Err(why) => return Ok(Err(Refusal(why))),
        };
        let routed = self.site.config.routes.first(letter.form);
        let why = format!("{by}: {reason}");
        let mut tx = self.store.begin().await?;
        let Some(new) = cuofeng_outbox::readdress(&mut tx, number, (&address, routed, now), &why, now).await? else {
            return Ok(Err(Refusal(msg!("outbox.has_it", number = number))));
        };
        // What still waits for the old address does not go there any more.
        let seen = Held { id: number, attempt: letter.attempt, state: State::Queued };
        cuofeng_outbox::enter(&mut tx, seen, State::Failed, &why, now).await?;
        ledger::write(&mut tx, &Actor::of(by), Event::LetterReaddressed, &letter.notice, &why, now).await?;
        tx.commit().await?;
        Ok(Ok(msg!("outbox.readdressed", number = number, new = new)))
    }

    async fn again(&self, letter: &Listed, word: (&str, &str), now: DateTime<Utc>) -> Result<Answer, AppError> {
        let number = letter.number;
        if letter.expires_at <= now {
            return Ok(Err(Refusal(msg!("outbox.too_late", number = number))));
        }
        if held(self.store).await? {
            return Ok(Err(Refusal(msg!("held.resume_first"))));
        }
        if matches!(letter.state, State::Queued | State::Leased | State::Sending) {
            return Ok(Err(Refusal(msg!("outbox.still_waits", number = number))));
        }
        let done = msg!("outbox.resent", number = number);
        self.move_letter(letter, State::Queued, (Event::LetterResent, word.0, word.1), done, now).await
    }

    async fn move_letter(
        &self,
        letter: &Listed,
        state: State,
        (event, by, reason): (Event, &str, &str),
        done: Message,
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        let why = format!("{by}: {reason}");
        let mut tx = self.store.begin().await?;
        let (number, attempt) = (letter.number, letter.attempt);
        // What is known of a message is known of all that it carried; sent again is what was asked for alone.
        let those =
            if state == State::Queued { vec![number] } else { merge::message(&mut tx, number, attempt).await? };
        for id in those {
            let seen = Held { id, attempt, state: letter.state };
            if !cuofeng_outbox::enter(&mut tx, seen, state, &why, now).await? && id == number {
                return Ok(Err(Refusal(msg!("outbox.moved_on", number = number))));
            }
        }
        ledger::write(&mut tx, &Actor::of(by), event, &letter.notice, &why, now).await?;
        tx.commit().await?;
        Ok(Ok(done))
    }

    /// Pauses a channel by a person's word.
    pub async fn pause_channel(
        &self,
        channel: ChannelName,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        if channel == ChannelName::ByHand {
            return Ok(Err(Refusal(msg!("outbox.people_pause"))));
        }
        let mut tx = self.store.begin().await?;
        pause::begin(&mut tx, channel, (by, reason), now).await?;
        ledger::write(&mut tx, &Actor::of(by), Event::ChannelPaused, channel.name(), &format!("{by}: {reason}"), now)
            .await?;
        tx.commit().await?;
        Ok(Ok(msg!("outbox.paused_done", channel = channel.message())))
    }

    /// Opens a channel again by a person's word.
    pub async fn resume_channel(&self, channel: ChannelName, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let mut tx = self.store.begin().await?;
        if !pause::end(&mut tx, channel, by, now).await? {
            return Ok(Err(Refusal(msg!("outbox.not_paused", channel = channel.message()))));
        }
        ledger::write(&mut tx, &Actor::of(by), Event::ChannelResumed, channel.name(), by, now).await?;
        tx.commit().await?;
        Ok(Ok(msg!("outbox.resumed", channel = channel.message())))
    }
}

/// An address as the roster would take it.
fn address(form: Form, text: &str) -> Result<String, Message> {
    match form {
        Form::Email => Email::parse(text).map(|a| a.address().to_owned()).map_err(|(why, _)| why),
        Form::Sms => Mobile::parse(text).map(|m| m.number().to_owned()).map_err(|(why, _)| why),
        Form::Speech => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::App;
    use cuofeng_base::word::Limit;
    use cuofeng_channel::{Channel, Letter, Outcome, SendFuture, Words};
    use cuofeng_outbox::drained::{Channels, Drained};
    use cuofeng_outbox::withheld;
    use cuofeng_outbox::worker;
    use cuofeng_store::Store;
    use cuofeng_store::held::Why;
    use cuofeng_store::mark::Marks;

    struct Limited(Vec<Limit>);

    impl Channel for Limited {
        fn idempotent(&self) -> bool {
            false
        }

        fn limits(&self) -> &[Limit] {
            &self.0
        }

        fn send<'a>(&'a self, _: &'a Letter) -> SendFuture<'a> {
            Box::pin(std::future::ready(Outcome::Accepted(Words::said("taken"))))
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-09-12T00:00:00Z".parse().expect("a time")
    }

    /// The example site in a folder, with letters to those on duty.
    async fn with_letters(folder: &std::path::Path) -> App {
        for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
            let target = folder.join(path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
            std::fs::write(target, bytes).expect("a file");
        }
        let app = App::look(folder).await.expect("a site");
        app.alarms().tell_page("a wrong turn", now()).await.expect("letters");
        app
    }

    async fn count(app: &App, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(app.store.pool()).await.expect("a count")
    }

    #[tokio::test]
    async fn what_is_written_after_a_person_has_resumed_goes_out_whatever_a_drain_saw_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = with_letters(folder.path()).await;
        let queued = "select count(*) from outbox where state = 'queued'";
        let letters = count(&app, queued).await;
        assert!(letters > 0);
        // A drain has seen a hold, and a releaser is faster.
        worker::list_held(&app.store, now()).await.expect("looked");
        assert_eq!(count(&app, queued).await, letters);
        let mut tx = app.store.begin().await.expect("a transaction");
        withheld::begin(&mut tx, Why::Restored, now()).await.expect("held");
        cuofeng_sql::ask("update outbox set state = 'queued'").run(&mut tx).await.expect("written while it is held");
        tx.commit().await.expect("written");
        worker::list_held(&app.store, now()).await.expect("looked");
        assert_eq!(count(&app, queued).await, 0, "while it stands they are listed");
    }

    #[tokio::test]
    async fn what_cannot_be_marked_has_not_left_and_uses_up_no_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = with_letters(folder.path()).await;
        let (channel, letters): (String, i64) =
            sqlx::query_as("select min(channel), count(*) from outbox group by channel order by 2 desc limit 1")
                .fetch_one(app.store.pool())
                .await
                .expect("letters");
        let limits = [format!("{letters}/day"), "1/address/day".to_owned()];
        let limits = limits.iter().map(|limit| Limit::parse(limit).expect("a limit")).collect();
        let name = ChannelName::named(&channel).expect("a channel");
        let channel: Arc<dyn Channel> = Arc::new(Limited(limits));
        let channels = Channels::from([(name, channel)]);
        let identity = cuofeng_base::word::Identity::random().expect("an identity");
        let mark = Marks::at(folder.path().join("marks")).open(&identity).expect("a mark");
        let drain =
            async |store: &Store| worker::drain(store, &channels, &now, (&CancellationToken::new(), None)).await;
        let broken = app.store.clone().marked(Some(mark.clone().unwritable().expect("the mark")));
        for _ in 0..3 {
            drain(&broken).await.expect_err("nothing leaves");
        }
        assert_eq!(count(&app, "select coalesce(sum(messages), 0) from begun").await, 0);
        let drained: Drained = drain(&app.store.clone().marked(Some(mark))).await.expect("a drain");
        assert_eq!(i64::try_from(drained.sent).expect("few"), letters, "{drained:?}");
    }
}
