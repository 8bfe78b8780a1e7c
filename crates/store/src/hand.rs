//! Letters that people pass on, and what they said became of them.
//!
//! In: an episode's revision, or a letter. Out: its letters by hand; how they stand. Can't happen: what was said changed
//! afterwards (the database refuses it).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, placed, revision_number, seconds};
use crate::sql;
use crate::state::State;
use cuofeng_base::text::Placed;
use cuofeng_base::word::Form;
use cuofeng_channel::by_hand::How;
use cuofeng_notice::{Audience, Purpose};

/// A letter that a person passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Its number.
    pub number: i64,
    /// Its key.
    pub key: String,
    /// Its notice.
    pub notice: String,
    /// Its episode.
    pub episode: String,
    /// The revision it is about.
    pub revision: u32,
    /// Why it is told.
    pub purpose: Purpose,
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// Name of the recipient.
    pub name: String,
    /// The form it was written for.
    pub form: Form,
    /// The recipient's address, where there is one for that form; else the name. Personal data.
    pub address: String,
    /// Subject, of a letter.
    pub subject: String,
    /// The words.
    pub body: Placed,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: DateTime<Utc>,
    /// From when it may be passed on.
    pub not_before: DateTime<Utc>,
    /// From when it would be useless.
    pub expires_at: DateTime<Utc>,
}

/// Which of them are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The one with this number.
    pub number: Option<i64>,
    /// Those of this revision of an episode.
    pub of: Option<(&'a str, u32)>,
    /// Those that still wait.
    pub waiting: bool,
}

/// What was said of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handing {
    /// What became of it.
    pub how: How,
    /// When.
    pub at: DateTime<Utc>,
    /// Who says so.
    pub by: String,
    /// What else was said: to whom, or why not.
    pub note: String,
}

/// Writes down what became of a letter.
pub async fn keep(tx: &mut Tx, letter: i64, handing: &Handing, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("insert into handing (outbox, how, at, by, note, noted_at) values ($1, $2, $3, $4, $5, $6)")
        .bind(letter)
        .bind(handing.how.word())
        .bind(seconds(handing.at))
        .bind(&handing.by)
        .bind(&handing.note)
        .bind(seconds(now))
        .run(tx)
        .await?;
    Ok(())
}

sql::row! {
    struct Row {
        id: i64,
        key: String,
        notice: String,
        episode: String,
        revision: i64,
        purpose: String,
        audience: String,
        recipient: String,
        name: String,
        form: String,
        address: String,
        subject: String,
        body: String,
        state: String,
        since: i64,
        not_before: i64,
        expires_at: i64,
        places: String,
    }
}

impl Row {
    fn read(self) -> Result<ByHand, StoreError> {
        let key = self.key;
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
        Ok(ByHand {
            number: self.id,
            notice: self.notice,
            episode: self.episode,
            revision: revision_number(self.revision, &key)?,
            purpose: Purpose::named(&self.purpose).ok_or_else(|| corrupt("purpose", &self.purpose))?,
            audience: Audience::named(&self.audience).ok_or_else(|| corrupt("audience", &self.audience))?,
            recipient: self.recipient,
            name: self.name,
            form: Form::named(&self.form).ok_or_else(|| corrupt("form", &self.form))?,
            address: self.address,
            subject: self.subject,
            body: placed(self.body, &self.places, &key)?,
            state: State::named(&self.state).ok_or_else(|| corrupt("outbox.state", &self.state))?,
            since: instant(self.since, &key)?,
            not_before: instant(self.not_before, &key)?,
            expires_at: instant(self.expires_at, &key)?,
            key,
        })
    }
}

sql::row! {
    struct HandingsRow {
        how: String,
        at: i64,
        by: String,
        note: String,
    }
}

impl Store {
    /// Letters that people pass on, in the order in which they were made.
    pub async fn by_hand(&self, wanted: Wanted<'_>) -> Result<Vec<ByHand>, StoreError> {
        let rows: Vec<Row> = sql::ask(
            "select o.id, o.key, o.notice, n.episode, n.revision, o.purpose, n.audience, n.recipient, n.name, o.form,
                 o.address, w.subject, w.body, o.state,
                 (select max(at) from transition where outbox = o.id) as since, o.not_before, o.expires_at, w.places
             from outbox o join notice n on n.key = o.notice join letter_text w on w.outbox = o.id
             where o.channel = 'by_hand' and ($1 is null or o.id = $1) and ($2 is null or n.episode = $2)
                 and ($3 is null or n.revision = $3) and ($4 = 0 or o.state = 'queued') order by o.id",
        )
        .bind(wanted.number)
        .bind(wanted.of.map(|(episode, _)| episode))
        .bind(wanted.of.map(|(_, revision)| i64::from(revision)))
        .bind(i64::from(wanted.waiting))
        .all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Which of these notices another letter has reached, or were answered.
    pub async fn reached(&self, notices: &BTreeSet<String>) -> Result<BTreeSet<String>, StoreError> {
        let all: Vec<String> = sql::ask(
            "select j.value from json_each($1) j
             where exists (select 1 from outbox o where o.notice = j.value and o.state in ('accepted', 'delivered'))
                 or exists (select 1 from answer a where a.notice = j.value)",
        )
        .bind(serde_json::json!(notices).to_string())
        .all(self.pool())
        .await?;
        Ok(all.into_iter().collect())
    }

    /// Whether any letter waits for a person to pass it on.
    pub async fn waits_by_hand(&self) -> Result<bool, StoreError> {
        Ok(sql::ask("select exists (select 1 from outbox where channel = 'by_hand' and state = 'queued')")
            .one(self.pool())
            .await?)
    }

    /// What was said of a letter, in the order in which it was.
    pub async fn handings(&self, letter: i64) -> Result<Vec<Handing>, StoreError> {
        let rows: Vec<HandingsRow> = sql::ask("select how, at, by, note from handing where outbox = $1 order by id")
            .bind(letter)
            .all(self.pool())
            .await?;
        rows.into_iter()
            .map(|HandingsRow { how, at, by, note }| {
                let named = How::named(&how);
                let corrupt = || StoreError::Corrupt { what: "how", of: letter.to_string(), value: how.clone() };
                Ok(Handing { how: named.ok_or_else(corrupt)?, at: instant(at, "handing")?, by, note })
            })
            .collect()
    }
}
