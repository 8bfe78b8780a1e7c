//! What the outbox holds, for people.
//!
//! In: which letters. Out: where each stands and how it came there. Can't happen: an address or text in a list (they are
//! shown for one notice, on purpose).

use chrono::{DateTime, Utc};

use super::State;
use cuofeng_base::text::Placed;
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_notice::Purpose;
use cuofeng_sql as sql;
use cuofeng_store::{Store, StoreError, instant, placed};

/// Which letters are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Those of one number.
    pub number: Option<i64>,
    /// Those of one notice.
    pub notice: Option<&'a str>,
    /// Those of one episode.
    pub episode: Option<&'a str>,
    /// Those in one state.
    pub state: Option<State>,
    /// Those of one channel.
    pub channel: Option<ChannelName>,
    /// Those whose notice has an answer, or asks for one that has not come.
    pub acknowledged: Option<bool>,
    /// Those of these notices.
    pub among: Option<&'a [String]>,
}

/// A letter.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its number.
    pub number: i64,
    /// Its key.
    pub key: String,
    /// Its notice.
    pub notice: String,
    /// The notice that answers count for: its own, or the one that it reminds of.
    pub asked: String,
    /// Its episode.
    pub episode: String,
    /// Why it is sent.
    pub purpose: Purpose,
    /// Name of the recipient.
    pub name: String,
    /// Form.
    pub form: Form,
    /// Channel.
    pub channel: ChannelName,
    /// Where it goes: personal data.
    pub address: String,
    /// Subject, for mail.
    pub subject: String,
    /// The words.
    pub body: Placed,
    /// Where it stands.
    pub state: State,
    /// How often it was begun.
    pub attempt: i64,
    /// From when it may be sent.
    pub not_before: DateTime<Utc>,
    /// From when it would be useless.
    pub expires_at: DateTime<Utc>,
    /// When it entered its state.
    pub since: DateTime<Utc>,
    /// Why: what the far side said last.
    pub said: String,
}

sql::row! {
    /// How many letters are wanted, and how many of them by what was answered.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Count {
        /// All.
        pub letters: i64,
        /// Those whose notice has an answer.
        pub acknowledged: i64,
        /// Those whose notice asks for one that has not come and is waited for: it is not over, nor replaced.
        pub unanswered: i64,
    }

    struct Found {
        notice: String,
        episode: String,
        purpose: String,
        name: String,
        form: String,
        channel: String,
        address: String,
        subject: String,
        body: String,
        state: String,
        id: i64,
        attempt: i64,
        not_before: i64,
        expires_at: i64,
        at: i64,
        reason: String,
        key: String,
        asked: String,
        places: String,
    }
}

impl Found {
    fn read(self) -> Result<Listed, StoreError> {
        let of = &self.notice;
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: of.clone(), value: value.to_owned() };
        Ok(Listed {
            number: self.id,
            purpose: Purpose::named(&self.purpose).ok_or_else(|| corrupt("purpose", &self.purpose))?,
            form: Form::named(&self.form).ok_or_else(|| corrupt("form", &self.form))?,
            channel: ChannelName::named(&self.channel).ok_or_else(|| corrupt("channel", &self.channel))?,
            state: State::named(&self.state).ok_or_else(|| corrupt("state", &self.state))?,
            not_before: instant(self.not_before, of)?,
            expires_at: instant(self.expires_at, of)?,
            since: instant(self.at, of)?,
            attempt: self.attempt,
            said: self.reason,
            key: self.key,
            asked: self.asked,
            body: placed(self.body, &self.places, of)?,
            episode: self.episode,
            name: self.name,
            address: self.address,
            subject: self.subject,
            notice: self.notice,
        })
    }
}

/// A step of a letter.
#[derive(Debug, Clone)]
pub struct Passed {
    /// When.
    pub at: DateTime<Utc>,
    /// Into which state.
    pub state: State,
    /// In which attempt.
    pub attempt: i64,
    /// Why: the far side's words, or the program's.
    pub reason: String,
    /// What the far side calls it.
    pub provider: String,
}

/// A mail that may have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    /// The letter's number.
    pub number: i64,
    /// The number of the letter whose message brought it.
    pub message: i64,
    /// The subject of that message.
    pub subject: String,
    /// When it was handed over last.
    pub sent_at: DateTime<Utc>,
}

/// The letters that are wanted, each with what is known of answers: one list and its counts look at the same.
macro_rules! wanted {
    ($head:literal, $tail:literal) => {
        concat!(
            "with letter as (
                 select o.id, o.key, o.notice, coalesce(n.about, n.key) as asked, n.episode, o.purpose, n.name, o.form,
                     o.channel, o.address, o.state, o.attempt, o.not_before, o.expires_at,
                     exists (select 1 from answer a where a.notice = coalesce(n.about, n.key)) as answered,
                     exists (select 1 from notice t where t.key = coalesce(n.about, n.key) and t.ask_hours is not null)
                         as asks,
                     exists (select 1 from notice t join episode e on e.id = t.episode
                         where t.key = coalesce(n.about, n.key) and t.ask_hours is not null and e.state = 'open'
                             and not exists (select 1 from notice m
                                 where m.episode = t.episode and m.audience = t.audience
                                     and m.recipient = t.recipient and m.revision > t.revision
                                     and m.about is null and m.purpose <> 'draft')) as waits
                 from outbox o join notice n on n.key = o.notice
                 where ($1 is null or o.id = $1) and ($2 is null or o.notice = $2) and ($3 is null or n.episode = $3)
                     and ($4 is null or o.state = $4) and ($5 is null or o.channel = $5)
                     and ($6 is null or o.notice in (select value from json_each($6)))) ",
            $head,
            " from letter l ",
            $tail
        )
    };
}

/// The letters themselves.
pub const LETTERS: &str = wanted!(
    "select l.notice, l.episode, l.purpose, l.name, l.form, l.channel, l.address, w.subject, w.body, l.state,
                 l.id, l.attempt, l.not_before, l.expires_at, t.at, t.reason, l.key, l.asked, w.places",
    "join letter_text w on w.outbox = l.id
                 join transition t on t.outbox = l.id
                     and t.number = (select max(number) from transition where outbox = l.id)
             where $7 is null or l.answered = $7 and (l.answered or l.asks)
             order by l.id desc limit $8"
);

/// How many there are.
pub const COUNT: &str = wanted!(
    "select count(*) as letters, coalesce(sum(case when l.answered then 1 else 0 end), 0) as acknowledged,
                 coalesce(sum(case when l.waits and not l.answered then 1 else 0 end), 0) as unanswered",
    "where $7 is null or l.answered = $7 and (l.answered or l.asks)"
);

sql::row! {
    struct MailsToRow {
        id: i64,
        message: i64,
        subject: String,
        at: i64,
    }
}

sql::row! {
    struct PassedRow {
        at: i64,
        state: String,
        attempt: i64,
        reason: String,
        provider: String,
    }
}

/// The mails to these addresses, in whatever letters they are written, that may have arrived and were begun after an
/// instant, the last one first.
pub async fn mails_to(store: &Store, addresses: &[String], after: DateTime<Utc>) -> Result<Vec<Mailed>, StoreError> {
    let rows: Vec<MailsToRow> = sql::ask(
        "select o.id, coalesce(o.carried_by, o.id) as message, coalesce(m.subject, w.subject) as subject, max(t.at) as at from outbox o join letter_text w on w.outbox = o.id
             join transition t on t.outbox = o.id and t.state = 'sending'
             left join merged_text m on m.outbox = coalesce(o.carried_by, o.id) and m.attempt = o.attempt
         where lower(o.address) in (select lower(value) from json_each($1))
             and o.form = 'email' and o.channel <> 'folder' and o.state in ('accepted', 'unknown')
         group by o.id, o.carried_by, m.subject, w.subject having max(t.at) >= $2 order by o.id desc limit 50",
    )
    .bind(serde_json::json!(addresses).to_string())
    .bind(cuofeng_store::seconds(after))
    .all(store.pool())
    .await?;
    rows.into_iter()
        .map(|MailsToRow { id: number, message, subject, at }| {
            Ok(Mailed { number, message, subject, sent_at: instant(at, "transition")? })
        })
        .collect()
}

/// The letters that are wanted, the newest first, `limit` at most.
pub async fn letters(store: &Store, wanted: &Wanted<'_>, limit: u32) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<Found> = sql::ask(LETTERS)
        .bind(wanted.number)
        .bind(wanted.notice)
        .bind(wanted.episode)
        .bind(wanted.state.map(State::word))
        .bind(wanted.channel.map(ChannelName::name))
        .bind(wanted.among.map(|notices| serde_json::json!(notices).to_string()))
        .bind(wanted.acknowledged)
        .bind(i64::from(limit))
        .all(store.pool())
        .await?;
    rows.into_iter().map(Found::read).collect()
}

/// How many letters are wanted, however many a list shows of them.
pub async fn count_letters(store: &Store, wanted: &Wanted<'_>) -> Result<Count, StoreError> {
    Ok(sql::ask(COUNT)
        .bind(wanted.number)
        .bind(wanted.notice)
        .bind(wanted.episode)
        .bind(wanted.state.map(State::word))
        .bind(wanted.channel.map(ChannelName::name))
        .bind(wanted.among.map(|notices| serde_json::json!(notices).to_string()))
        .bind(wanted.acknowledged)
        .one(store.pool())
        .await?)
}

/// The number of the letter with a key.
pub async fn letter_with(store: &Store, key: &str) -> Result<Option<i64>, StoreError> {
    Ok(sql::ask("select id from outbox where key = $1").bind(key).maybe(store.pool()).await?)
}

/// How a letter came to where it stands, oldest first.
pub async fn passed(store: &Store, number: i64) -> Result<Vec<Passed>, StoreError> {
    let rows: Vec<PassedRow> = sql::ask(
        "select t.at, t.state, t.attempt, t.reason, coalesce(r.provider_id, '') as provider from transition t left join receipt r
             on r.outbox = t.outbox and r.attempt = t.attempt and r.state = t.state
         where t.outbox = $1 order by t.number",
    )
    .bind(number)
    .all(store.pool())
    .await?;
    rows.into_iter()
        .map(|PassedRow { at, state, attempt, reason, provider }| {
            let named = State::named(&state);
            let corrupt = || StoreError::Corrupt { what: "state", of: number.to_string(), value: state.clone() };
            let state = named.ok_or_else(corrupt)?;
            Ok(Passed { at: instant(at, "transition")?, state, attempt, reason, provider })
        })
        .collect()
}
