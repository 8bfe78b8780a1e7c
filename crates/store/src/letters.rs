//! One letter of the outbox with its notice, as its own page needs it.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, instant, placed, revision_number};
use crate::sql;
use cuofeng_base::text::Placed;
use cuofeng_notice::{Audience, Purpose};

/// A letter, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub number: i64,
    /// Its key.
    pub key: String,
    /// Key of its notice.
    pub notice: String,
    /// Why it was sent.
    pub purpose: Purpose,
    /// The episode it is about.
    pub episode: String,
    /// The revision it is about.
    pub revision: u32,
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// Name of the recipient.
    pub name: String,
    /// Its subject, empty where it has none.
    pub subject: String,
    /// Its words.
    pub body: Placed,
    /// From when it is useless.
    pub expires_at: DateTime<Utc>,
}

/// A letter that went in one message with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fellow {
    /// Its number.
    pub number: i64,
    /// Its key.
    pub key: String,
    /// What it is about: its subject, or its rule's name.
    pub title: String,
}

/// The words of a message that carried several letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Number of the letter whose key it bears.
    pub by: i64,
    /// Its subject, empty where it has none.
    pub subject: String,
    /// Its words.
    pub body: Placed,
}

sql::row! {
    struct Stands {
        name: String,
        form: String,
        state: String,
    }
}

sql::row! {
    struct FellowsRow {
        id: i64,
        key: String,
        title: String,
    }
}

sql::row! {
    struct MergedRow {
        outbox: i64,
        subject: String,
        body: String,
        places: String,
    }
}

sql::row! {
    struct LetterRow {
        key: String,
        notice: String,
        purpose: String,
        episode: String,
        revision: i64,
        audience: String,
        recipient: String,
        name: String,
        expires_at: i64,
        subject: String,
        body: String,
        places: String,
    }
}

impl Store {
    /// The other letters that went in the last message of this one and are of use after an instant.
    pub async fn fellows(&self, number: i64, after: DateTime<Utc>) -> Result<Vec<Fellow>, StoreError> {
        let rows: Vec<FellowsRow> = sql::ask(
            "select o.id, o.key, case when w.subject <> '' then w.subject else coalesce(g.title, o.key) end as title from outbox me join outbox o on o.id <> me.id and o.attempt = me.attempt
                     and coalesce(o.carried_by, o.id) = coalesce(me.carried_by, me.id)
                 join letter_text w on w.outbox = o.id left join gist g on g.notice = o.notice
             where me.id = $1 and o.expires_at > $2 order by o.id",
        )
        .bind(number)
        .bind(super::seconds(after))
        .all(self.pool())
        .await?;
        Ok(rows.into_iter().map(|FellowsRow { id: number, key, title }| Fellow { number, key, title }).collect())
    }

    /// The last message that carried this letter with others; none where it went by itself.
    pub async fn merged(&self, number: i64) -> Result<Option<Merged>, StoreError> {
        let row: Option<MergedRow> = sql::ask(
            "select m.outbox, m.subject, m.body, m.places from outbox o
                 join merged_text m on m.outbox = coalesce(o.carried_by, o.id) and m.attempt = o.attempt
             where o.id = $1",
        )
        .bind(number)
        .maybe(self.pool())
        .await?;
        row.map(|MergedRow { outbox: by, subject, body, places }| {
            Ok(Merged { by, subject, body: placed(body, &places, &by.to_string())? })
        })
        .transpose()
    }

    /// Recipient, form and state of every letter, in the order in which they were made.
    pub async fn stands(&self) -> Result<Vec<(String, String, String)>, StoreError> {
        let letters: Vec<Stands> =
            sql::ask("select n.name, o.form, o.state from outbox o join notice n on n.key = o.notice order by o.id")
                .all(self.pool())
                .await?;
        Ok(letters.into_iter().map(|letter| (letter.name, letter.form, letter.state)).collect())
    }

    /// The letter with a number.
    pub async fn letter(&self, number: i64) -> Result<Option<Opened>, StoreError> {
        let row: Option<LetterRow> = sql::ask(
            "select o.key, n.key as notice, o.purpose, n.episode, n.revision, n.audience, n.recipient, n.name, o.expires_at,
                    w.subject, w.body, w.places
             from outbox o join notice n on n.key = o.notice join letter_text w on w.outbox = o.id where o.id = $1",
        )
        .bind(number)
        .maybe(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let LetterRow {
            key,
            notice,
            purpose,
            episode,
            revision,
            audience,
            recipient,
            name,
            expires_at: expires,
            subject,
            body,
            places,
        } = row;
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
        Ok(Some(Opened {
            number,
            purpose: Purpose::named(&purpose).ok_or_else(|| corrupt("purpose", &purpose))?,
            audience: Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?,
            revision: revision_number(revision, &key)?,
            expires_at: instant(expires, &key)?,
            body: placed(body, &places, &key)?,
            key,
            notice,
            episode,
            recipient,
            name,
            subject,
        }))
    }
}
