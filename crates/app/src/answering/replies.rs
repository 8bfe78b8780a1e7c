//! What comes back: reports on messages, and what people answer.
//!
//! In: reports and replies as providers push them, or as staff type them in. Out: letters moved on, notices
//! answered, replies that wait for a person. Can't happen: a push that counts twice, however often it comes and in
//! whichever order; an answer to a notice that the reply may not mean; somebody who wants no more messages
//! passed over.

use chrono::{DateTime, Duration, Utc};
use cuofeng_outbox::drained::Channels;

use crate::answering::answers;
use crate::error::AppError;
use crate::refusal::{Answer, Refusal};
use cuofeng_base::text::{Lang, Message, outside};
use cuofeng_base::{caught, msg};
use cuofeng_channel::Words;
use cuofeng_channel::sms::receipt::{Came, Reply, Report};
use cuofeng_office::site::Site;
use cuofeng_outbox::{State, settle};
use cuofeng_rules::acknowledgement::{self, Meant, Reply as Meaning, Said, Why};
use cuofeng_store::Store;
use cuofeng_store::answers::Via;
use cuofeng_store::held::PROGRAM;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::replies::{self, Told};
use cuofeng_town::roster::{Mobile, Role, mask};

/// How long a far side may still say what became of a message whose period has ended.
const LATE: Duration = Duration::days(3);

/// Reports on messages, and what people answer.
#[derive(Clone, Copy)]
pub struct Replies<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Replies<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Takes in what a provider reports of its messages. Gives how many reports were new.
    pub async fn take_reports(
        &self,
        provider: &str,
        reports: &[Report],
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let mut fresh = 0;
        let mut tx = self.store.begin().await?;
        for report in reports {
            fresh += usize::from(replies::keep_report(&mut tx, provider, report, now).await?);
        }
        tx.commit().await?;
        self.match_reports(now).await?;
        Ok(fresh)
    }

    /// Takes in what far sides have said of their own accord, over lines that stay open.
    pub(crate) async fn hear(&self, channels: &Channels, now: DateTime<Utc>) -> Result<(), AppError> {
        for (name, channel) in channels {
            let wanted = self.store.may_hear(*name, now - LATE).await?;
            let heard = caught::future(async { channel.heard(wanted).await }).await.unwrap_or_else(|words| {
                tracing::error!(channel = name.name(), words, "the program failed on what a far side said");
                Vec::new()
            });
            if heard.is_empty() {
                continue;
            }
            let (mut reports, mut replies) = (Vec::new(), Vec::new());
            for one in &heard {
                match &one.came {
                    Came::Report(report) => reports.push(report.clone()),
                    Came::Reply(reply) => replies.push(reply.clone()),
                    Came::Nothing => {}
                }
            }
            self.take_reports(name.name(), &reports, now).await?;
            self.take_replies(name.name(), &replies, now).await?;
            if let Err(words) = caught::future(async { channel.noted(&heard).await }).await {
                tracing::error!(channel = name.name(), words, "a far side was not told what is on record");
            }
        }
        Ok(())
    }

    /// Moves on the letters whose reports have come. A report on a letter that is still being sent waits.
    pub async fn match_reports(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        for open in self.store.open_reports(now - LATE).await? {
            let (number, attempt, state) = open.letter;
            match state {
                // A long message has arrived when each of its parts has.
                State::Accepted | State::Unknown if open.key.3 && open.parts_missing > 0 => {}
                State::Accepted | State::Unknown => {
                    let reached = if open.key.3 { State::Delivered } else { State::Failed };
                    let words = Words { id: open.key.1.clone(), said: open.said.clone() };
                    settle::report(self.store, number, attempt, reached, &words, now).await?;
                }
                State::Queued | State::Leased | State::Sending => continue,
                // It has reached its end: the provider says again what is known.
                State::Delivered | State::Failed | State::Dead | State::Expired => {}
            }
            self.store.close_report(&open.key, now).await?;
        }
        Ok(())
    }

    /// Takes in what people answered. Gives how many replies were new.
    pub async fn take_replies(&self, source: &str, list: &[Reply], now: DateTime<Utc>) -> Result<usize, AppError> {
        let mut fresh = 0;
        for reply in list {
            fresh += usize::from(self.take_reply(source, "", reply, now).await?.is_some());
        }
        Ok(fresh)
    }

    /// Takes in one reply; gives its number and what came of it, where it is new.
    async fn take_reply(
        &self,
        source: &str,
        typed_by: &str,
        reply: &Reply,
        now: DateTime<Utc>,
    ) -> Result<Option<(i64, Result<(Vec<Told>, Said), Why>)>, AppError> {
        let (at, read) = (reply.at.map_or(now, |at| at.min(now)), acknowledgement::read(&outside::line(&reply.text)));
        let told = self.store.told_to(&reply.mobile, at).await?;
        let open: Vec<acknowledgement::Open> = told.iter().map(Told::open).collect();
        let meant = match acknowledgement::meant(read.clone(), &open) {
            Meant::Notices(keys, said) => {
                let told: Vec<Told> = told.into_iter().filter(|told| keys.contains(&told.notice)).collect();
                if told.is_empty() { Err(Why::NothingOpen) } else { Ok((told, said)) }
            }
            Meant::Person(why) => Err(why),
        };
        let mut tx = self.store.begin().await?;
        let why = meant.as_ref().err().copied();
        let Some(number) = replies::keep_reply(&mut tx, (source, typed_by), reply, (&read, why), now).await? else {
            return Ok(None);
        };
        let by = if typed_by.is_empty() { source } else { typed_by };
        let actor = match typed_by {
            "" => Actor::Answer(format!("reply {number}")),
            by => Actor::of(by),
        };
        if let Ok((told, said)) = &meant {
            let by = format!("{by} {}", mask(&reply.mobile));
            for told in told {
                answers::record(&mut tx, told, said, (Via::Reply, &by), at).await?;
            }
            if told.len() > 1 {
                let lang = self.site.config.language;
                let detail = several(told, lang).text(lang);
                ledger::write(&mut tx, &actor, Event::ReplySeveral, &format!("reply {number}"), &detail, now).await?;
            }
            let first = told.first().map(|told| told.notice.as_str());
            replies::settle(&mut tx, number, first, (PROGRAM, ""), now).await?;
        } else {
            let event = if why == Some(Why::OptOut) { Event::ReplyLeave } else { Event::ReplyWaits };
            let from = format!("{by}: {}", mask(&reply.mobile));
            ledger::write(&mut tx, &actor, event, &format!("reply {number}"), &from, now).await?;
        }
        tx.commit().await?;
        Ok(Some((number, meant)))
    }

    /// Takes in a reply that a member of staff heard or read elsewhere.
    pub async fn type_reply(&self, by: &str, mobile: &str, text: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let mobile = match Mobile::parse(mobile) {
            Ok(mobile) => mobile.number().to_owned(),
            Err((what, _)) => return Ok(Err(Refusal(what))),
        };
        // Typed in twice it is two replies: two calls may say the same.
        let id = format!("{}-{}", now.timestamp_micros(), self.store.replies(true).await?.len());
        let reply = Reply { id, mobile, text: text.to_owned(), at: Some(now) };
        Ok(match self.take_reply("staff", by, &reply, now).await? {
            Some((_, Ok((told, said)))) if told.len() > 1 => {
                Ok(msg!("reply.several_kept", said = said.message(), which = several(&told, self.site.config.language)))
            }
            Some((_, Ok((told, said)))) => {
                let name = told.first().map_or("", |told| &told.name);
                let notices: Vec<&str> = told.iter().map(|told| told.notice.as_str()).collect();
                Ok(msg!("reply.acknowledged", name = name, said = said.message(), notice = notices.join(" ")))
            }
            Some((number, Err(why))) => Ok(msg!("reply.waits", number = number, why = why.message())),
            None => Err(Refusal(msg!("reply.twice"))),
        })
    }

    /// A person's word on a reply that waits: which notice it acknowledges, or that it was dealt with.
    pub async fn settle_reply(
        &self,
        number: i64,
        notice: Option<&str>,
        (by, reason): (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = by))));
        }
        let told = match notice {
            None => None,
            Some(key) => match self.store.answerable(key).await? {
                Some(told) => Some(told),
                None => return Ok(Err(Refusal(msg!("reply.no_notice", notice = key)))),
            },
        };
        let kept = self.store.replies(false).await?.into_iter().find(|kept| kept.number == number);
        let Some(kept) = kept else { return Ok(Err(Refusal(msg!("reply.none", number = number)))) };
        let notice = told.as_ref().map(|told| told.notice.as_str());
        let mut tx = self.store.begin().await?;
        if !replies::settle(&mut tx, number, notice, (by, reason), now).await? {
            return Ok(Err(Refusal(msg!("reply.none", number = number))));
        }
        if let Some(told) = &told {
            // What the reply says where that is clear; else at least that its sender has read the notice.
            let said = match acknowledgement::read(&kept.body) {
                Meaning::Answer(said, _) => said,
                Meaning::OptOut | Meaning::Other => Said::Known,
            };
            answers::record(&mut tx, told, &said, (Via::Reply, by), kept.at.min(now)).await?;
        }
        let subject = notice.map_or_else(|| format!("reply {number}"), str::to_owned);
        ledger::write(&mut tx, &Actor::of(by), Event::ReplySettled, &subject, &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(Ok(msg!("reply.settled", number = number)))
    }
}

/// That a reply without a code was taken for all that its sender had been told since the last answer.
fn several(told: &[Told], lang: Lang) -> Message {
    let one = |told: &Told| msg!("reply.one_of_several", name = &told.name, notice = &told.notice).text(lang);
    msg!("reply.several", count = told.len(), notices = told.iter().map(one).collect::<Vec<_>>())
}
