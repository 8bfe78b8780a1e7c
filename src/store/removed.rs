//! Who was told of an episode and is in the tables no more.
//!
//! In: whom a rule tells now. Out: who is on record as removed, and where their letters went. Can't happen: a removal
//! noted twice.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::config::{Form, Mode};
use crate::notice::Audience;

/// Somebody who was told, with the last address in each form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Class.
    pub audience: Audience,
    /// Identifier.
    pub recipient: String,
    /// Name.
    pub name: String,
    /// Where letters went last.
    pub addresses: Vec<(Form, String)>,
}

/// Somebody who was told of an episode and is told no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// The episode.
    pub episode: String,
    /// Word of the class.
    pub audience: String,
    /// Identifier.
    pub recipient: String,
    /// Name.
    pub name: String,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Gone {
    /// What tells one removal from another, also of the same person.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{}-{}.{}", self.audience, self.recipient, self.at.timestamp())
    }
}

/// Notes that somebody is told no more; says whether that is new.
pub async fn note(tx: &mut Tx, episode: &str, of: &Known, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into removed (episode, audience, recipient, name, at) values (?, ?, ?, ?, ?) on conflict do nothing",
    )
    .bind(episode)
    .bind(of.audience.word())
    .bind(&of.recipient)
    .bind(&of.name)
    .bind(seconds(now))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that somebody is told again.
pub async fn forget(tx: &mut Tx, episode: &str, of: &Known) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from removed where episode = ? and audience = ? and recipient = ?")
        .bind(episode)
        .bind(of.audience.word())
        .bind(&of.recipient)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Numbers and attempts of the letters of an episode that still wait to be sent to somebody.
pub async fn waiting(tx: &mut Tx, episode: &str, of: &Known) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "select o.id, o.attempt from notice n cross join outbox o on o.notice = n.key
             left join notice first on first.key = n.about
         where n.episode = ?1 and coalesce(first.audience, n.audience) = ?2
             and coalesce(first.recipient, n.recipient) = ?3 and n.purpose in ('raise', 'update', 'reminder')
             and o.state = 'queued' order by o.id",
    )
    .bind(episode)
    .bind(of.audience.word())
    .bind(&of.recipient)
    .fetch_all(&mut **tx)
    .await?)
}

impl Store {
    /// The enterprises, villages and keepers that were told of an episode, each with the last address in each form.
    pub async fn known_of(&self, episode: &str) -> Result<Vec<Known>, StoreError> {
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "select n.audience, n.recipient, n.name, o.form, o.address
             from notice n cross join outbox o on o.notice = n.key
             where n.episode = ? and n.about is null and n.purpose in ('raise', 'update')
                 and n.audience in ('enterprise', 'village', 'keeper')
             order by n.audience, n.recipient, o.id",
        )
        .bind(episode)
        .fetch_all(self.pool())
        .await?;
        let mut all: Vec<Known> = Vec::new();
        for (audience, recipient, name, form, address) in rows {
            let corrupt =
                |what, value: &str| StoreError::Corrupt { what, of: episode.to_owned(), value: value.to_owned() };
            let audience = Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?;
            let form = Form::named(&form).ok_or_else(|| corrupt("form", &form))?;
            if all.last().is_none_or(|last| last.audience != audience || last.recipient != recipient) {
                all.push(Known { audience, recipient, name: String::new(), addresses: Vec::new() });
            }
            if let Some(last) = all.last_mut() {
                last.name = name;
                last.addresses.retain(|(known, _)| *known != form);
                last.addresses.push((form, address));
            }
        }
        Ok(all)
    }

    /// Everyone who is told no more of an episode of a mode that is open, or since an instant, each beside the others of
    /// the episode.
    pub async fn gone(&self, mode: Mode, since: DateTime<Utc>) -> Result<Vec<Gone>, StoreError> {
        let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
            "select g.episode, g.audience, g.recipient, g.name, g.at from removed g
                 cross join episode e on e.id = g.episode
             where e.mode = ? and (e.state = 'open' or g.at >= ?) order by g.episode, g.name, g.audience, g.recipient",
        )
        .bind(mode.word())
        .bind(seconds(since))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(episode, audience, recipient, name, at)| {
                let at = instant(at, &episode)?;
                Ok(Gone { episode, audience, recipient, name, at })
            })
            .collect()
    }

    /// Whether anybody was told of an episode and is told no more.
    pub async fn has_removed(&self, episode: &str) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("select exists (select 1 from removed where episode = ?)")
            .bind(episode)
            .fetch_one(self.pool())
            .await?)
    }
}
