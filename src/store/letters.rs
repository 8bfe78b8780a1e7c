//! One letter of the outbox with its notice, as its own page needs it.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, instant, revision_number};
use crate::notice::{Audience, Purpose};

/// A letter, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
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
    /// Its subject, empty where it has none; a link's place is not filled in.
    pub subject: String,
    /// Its text, likewise.
    pub body: String,
    /// From when it is useless.
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// The letter with a number.
    pub async fn letter(&self, number: i64) -> Result<Option<Opened>, StoreError> {
        type Row = (String, String, String, String, i64, String, String, String, i64, String, String);
        let row: Option<Row> = sqlx::query_as(
            "select o.key, n.key, o.purpose, n.episode, n.revision, n.audience, n.recipient, n.name, o.expires_at,
                    w.subject, w.body
             from outbox o join notice n on n.key = o.notice join letter_text w on w.outbox = o.id where o.id = ?",
        )
        .bind(number)
        .fetch_optional(self.pool())
        .await?;
        let Some((key, notice, purpose, episode, revision, audience, recipient, name, expires, subject, body)) = row
        else {
            return Ok(None);
        };
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
        Ok(Some(Opened {
            purpose: Purpose::named(&purpose).ok_or_else(|| corrupt("purpose", &purpose))?,
            audience: Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?,
            revision: revision_number(revision, &key)?,
            expires_at: instant(expires, &key)?,
            key,
            notice,
            episode,
            recipient,
            name,
            subject,
            body,
        }))
    }
}
