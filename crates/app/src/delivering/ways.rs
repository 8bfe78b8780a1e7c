//! Those whom no letter is known to have reached.
//!
//! In: letters that came to nothing. Out: duty staff told, once a revision, whom to call and what to say. Can't happen: somebody
//! named twice for one revision.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use crate::answering::numbers::{Number, Numbers, ToCall};
use crate::error::AppError;
use crate::judging::book::Book;
use crate::watching::alarm::{Alarms, News, first_names};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Mode;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::site::Site;
use cuofeng_outbox::unreached::{self, Unreached};
use cuofeng_store::Store;

/// How long those who come to an alarm that stands wait for others.
const GATHER: Duration = Duration::minutes(30);

/// Those whom no letter has reached.
#[derive(Clone, Copy)]
pub struct Unreaching<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> Unreaching<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

    /// Tells duty staff where letters have come to nothing since the last look; who is unreached for another reason is told of by
    /// the look before reminders.
    pub(crate) async fn tell_lost(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let Some(letters) = cuofeng_outbox::unreached::lost_since(self.store).await? else { return Ok(0) };
        let made = self.tell_ways(now).await?;
        cuofeng_outbox::unreached::looked_at_lost(self.store, letters).await?;
        Ok(made)
    }

    /// Tells duty staff of everyone whom the plan needs and no letter is known to have reached, whatever the cause: once a
    /// revision, those who come later by themselves. The alarm stands until the episode is over.
    pub(crate) async fn tell_ways(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let unreached = self.unreached(now).await?;
        let mut made = 0;
        for of in unreached.chunk_by(|a, b| a.episode == b.episode) {
            let Some(episode) = of.first().map(|one| one.episode.as_str()) else { continue };
            let named = self.store.named(Trouble::Ways.kind(), episode).await?;
            let new: Vec<&Unreached> = of.iter().filter(|one| one.due && !named.contains(&one.notice)).collect();
            if !new.is_empty() && !self.may_gather(episode, &new, now).await? {
                let calls = Numbers::new(self.site, self.store, self.book)
                    .calls_of(&new, self.site.config.language, now)
                    .await?;
                made += Alarms::new(self.site, self.store)
                    .alarm_of(lost(self.site, episode, (&new, &calls), &named, now), now)
                    .await?;
            }
        }
        for (kind, episode) in self.store.open_kinds().await? {
            // A revision whose letters are still on the way leaves the alarm of its episode as it is.
            let over = unreached.iter().all(|one| one.episode != episode);
            if kind == Trouble::Ways.kind() && over && !cuofeng_outbox::unreached::is_open(self.store, &episode).await?
            {
                Alarms::new(self.site, self.store)
                    .alarm_settled(Trouble::Ways, &episode, &Trouble::Ways.over(), now)
                    .await?;
            }
        }
        Ok(made)
    }

    /// Whether those who come to an alarm that stands can wait for others: letters come back one after another.
    async fn may_gather(&self, episode: &str, new: &[&Unreached], now: DateTime<Utc>) -> Result<bool, AppError> {
        let told = self.store.open_episode(Trouble::Ways.kind(), episode).await?;
        let soon = new.iter().any(|one| one.first <= now + unreached::CALL);
        Ok(told.is_some_and(|told| now - told.told_at < GATHER && !soon))
    }

    /// Everyone whom no letter has reached, in the mode in force, of what is not over.
    pub async fn unreached(&self, now: DateTime<Utc>) -> Result<Vec<Unreached>, AppError> {
        let mut unreached = cuofeng_outbox::unreached::unreached(self.store, Some(now), now).await?;
        unreached.retain(|one| one.mode == self.mode && one.stands);
        Ok(unreached)
    }
}

/// What is told of those whom no letter is known to have reached: those who certainly were not apart from the others,
/// and of each what a caller needs. Somebody whom an earlier alarm of the episode named is named again as such.
fn lost<'e>(
    site: &Site,
    episode: &'e str,
    (new, calls): (&[&Unreached], &[ToCall]),
    before: &BTreeSet<String>,
    now: DateTime<Utc>,
) -> News<'e> {
    let (lang, zone) = (site.config.language, &site.config.zone);
    let (sure, open): (Vec<&Unreached>, Vec<&Unreached>) = new.iter().copied().partition(|one| one.cause.is_sure());
    let said = |of: &[&Unreached], key: &'static str| {
        let mut names: Vec<&str> = of.iter().map(|one| one.name.as_str()).collect();
        names.dedup();
        let why = msg!(key).with("count", names.len());
        (!names.is_empty()).then(|| why.with("names", first_names(names, lang)).text(lang))
    };
    let whom: Vec<String> =
        [said(&sure, "alarm.ways_why"), said(&open, "alarm.ways_perhaps_why")].into_iter().flatten().collect();
    let by = calls.iter().map(|call| call.by).min().unwrap_or(now);
    let whom = whom.join(lang.semicolon());
    let why = if by > now {
        msg!("alarm.ways_call", until = zone.words(by, lang), whom = whom)
    } else {
        msg!("alarm.ways_call_now", whom = whom)
    };
    let told_before = |one: &Unreached| {
        let whose = format!(".{}-{}", one.audience.word(), one.recipient);
        before.iter().any(|notice| notice.ends_with(&whose))
    };
    let each = new.iter().zip(calls).map(|(one, call)| to_call(site, call, told_before(one), now).text(lang));
    News {
        trouble: Trouble::Ways,
        episode,
        title: if sure.is_empty() { msg!("alarm.ways") } else { msg!("alarm.ways_sure") },
        subject: Some(subject_of(site, new, by, now)),
        why,
        each: each.collect(),
        about: new.iter().map(|one| one.notice.clone()).collect(),
    }
}

/// What a caller needs: what to say and by when, what became of the letters, whom to call, what to note it on.
fn to_call(site: &Site, call: &ToCall, told_before: bool, now: DateTime<Utc>) -> Message {
    let (lang, zone) = (site.config.language, &site.config.zone);
    let by = if call.ends {
        msg!("alarm.call_ended")
    } else if call.by > now {
        msg!("alarm.call_by", until = zone.words(call.by, lang))
    } else {
        msg!("escalation.hours_run")
    };
    let number = |number: &Number| {
        let (person, mobile) = (&number.person, &number.mobile);
        msg!("escalation.other", person = person, mobile = mobile, whose = number.whose.message()).text(lang)
    };
    let numbers: Vec<String> = call.numbers.iter().filter(|number| number.dead.is_none()).map(number).collect();
    let whom = if numbers.is_empty() {
        msg!("alarm.call_nobody")
    } else {
        msg!("alarm.call_whom", numbers = numbers.join(lang.semicolon()))
    };
    msg!(if told_before { "alarm.call_again" } else { "alarm.call" })
        .with("name", &call.name)
        .with("say", &call.say)
        .with("by", by)
        .with("why", call.why.join(lang.semicolon()))
        .with("whom", whom)
        .with("notice", &call.notice)
}

/// Whom an alarm is about and what they do not know, for its subject.
fn subject_of(site: &Site, new: &[&Unreached], by: DateTime<Utc>, now: DateTime<Utc>) -> Message {
    let (lang, zone) = (site.config.language, &site.config.zone);
    let names = first_names(new.iter().map(|one| one.name.as_str()).collect(), lang);
    let key = if new.iter().all(|one| one.purpose.ends()) {
        "alarm.ways_of_end"
    } else if new.iter().any(|one| one.cause.is_sure()) {
        "alarm.ways_of"
    } else {
        "alarm.ways_perhaps_of"
    };
    let when = if by > now { msg!("alarm.ways_begins", at = zone.words(by, lang)) } else { msg!("alarm.ways_begun") };
    msg!(key).with("names", names).with("when", when)
}
