//! Who was told of an episode and is in the tables no more.
//!
//! In: whom a rule tells now. Out: who is on record as removed, and where their letters went. Can't happen: a removal
//! noted twice.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_base::word::{ChannelName, Form, Mode};
use cuofeng_notice::Audience;

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
    let done = sql::ask(
        "insert into removed (episode, audience, recipient, name, at) values ($1, $2, $3, $4, $5) on conflict do nothing",
    )
    .bind(episode)
    .bind(of.audience.word())
    .bind(&of.recipient)
    .bind(&of.name)
    .bind(seconds(now))
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// Notes that somebody is told again.
pub async fn forget(tx: &mut Tx, episode: &str, of: &Known) -> Result<bool, StoreError> {
    let done = sql::ask("delete from removed where episode = $1 and audience = $2 and recipient = $3")
        .bind(episode)
        .bind(of.audience.word())
        .bind(&of.recipient)
        .run(tx)
        .await?;
    Ok(done > 0)
}

/// Numbers and attempts of the letters of an episode that still wait to be sent to somebody.
pub async fn waiting(tx: &mut Tx, episode: &str, of: &Known) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(sql::ask(
        "select o.id, o.attempt from notice n cross join outbox o on o.notice = n.key
             left join notice first on first.key = n.about
         where n.episode = $1 and coalesce(first.audience, n.audience) = $2
             and coalesce(first.recipient, n.recipient) = $3 and n.purpose in ('raise', 'update', 'reminder')
             and o.state = 'queued' order by o.id",
    )
    .bind(episode)
    .bind(of.audience.word())
    .bind(&of.recipient)
    .all(&mut *tx)
    .await?)
}

/// Whether somebody is noted as told no more.
pub async fn is_noted(tx: &mut Tx, episode: &str, audience: Audience, recipient: &str) -> Result<bool, StoreError> {
    Ok(sql::ask("select exists (select 1 from removed where episode = $1 and audience = $2 and recipient = $3)")
        .bind(episode)
        .bind(audience.word())
        .bind(recipient)
        .one(&mut *tx)
        .await?)
}

/// A letter that was withdrawn from somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Its number.
    pub number: i64,
    /// Its attempts so far.
    pub attempt: i64,
    /// Its notice.
    pub notice: String,
    /// Its channel.
    pub channel: ChannelName,
    /// From when it is useless.
    pub expires_at: DateTime<Utc>,
    /// Its words.
    pub body: String,
}

sql::row! {
    struct WithdrawnRow {
        id: i64,
        attempt: i64,
        notice: String,
        channel: String,
        expires_at: i64,
        body: String,
    }
}

/// The letters that were withdrawn from somebody for one of these reasons and are of use again: of the last revision told
/// to them, of an open episode, not over.
pub async fn withdrawn(
    tx: &mut Tx,
    episode: &str,
    of: &Known,
    reasons: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<Withdrawn>, StoreError> {
    let rows: Vec<WithdrawnRow> = sql::ask(
        "select o.id, o.attempt, o.notice, o.channel, o.expires_at, w.body
             from notice n cross join outbox o on o.notice = n.key
             cross join letter_text w on w.outbox = o.id cross join episode e on e.id = n.episode
         where n.episode = $1 and n.audience = $2 and n.recipient = $3 and n.about is null
             and n.purpose in ('raise', 'update') and o.state = 'expired' and o.expires_at > $4 and e.state = 'open'
             and n.revision = (select max(m.revision) from notice m
                 where m.episode = n.episode and m.audience = n.audience and m.recipient = n.recipient
                     and m.about is null and exists (select 1 from outbox x where x.notice = m.key))
             and (select t.reason from transition t where t.outbox = o.id order by t.number desc limit 1)
                 in (select value from json_each($5))
         order by o.id",
    )
    .bind(episode)
    .bind(of.audience.word())
    .bind(&of.recipient)
    .bind(seconds(now))
    .bind(serde_json::json!(reasons).to_string())
    .all(&mut *tx)
    .await?;
    rows.into_iter()
        .map(|WithdrawnRow { id: number, attempt, notice, channel, expires_at: expires, body }| {
            let named = ChannelName::named(&channel);
            let corrupt = || StoreError::Corrupt { what: "channel", of: notice.clone(), value: channel.clone() };
            let (channel, expires_at) = (named.ok_or_else(corrupt)?, instant(expires, &notice)?);
            Ok(Withdrawn { number, attempt, notice, channel, expires_at, body })
        })
        .collect()
}

/// Lets a letter that was put back go from an instant on, and by its other ways where it fails.
pub async fn send_from(tx: &mut Tx, letter: &Withdrawn, from: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update outbox set not_before = $1 where id = $2 and state = 'queued'")
        .bind(seconds(from))
        .bind(letter.number)
        .run(tx)
        .await?;
    sql::ask("update track set settled = null, settled_at = null where notice = $1 and settled = 'over'")
        .bind(&letter.notice)
        .run(tx)
        .await?;
    Ok(())
}

sql::row! {
    struct KnownOfRow {
        audience: String,
        recipient: String,
        name: String,
        form: String,
        address: String,
    }
}

sql::row! {
    struct GoneRow {
        episode: String,
        audience: String,
        recipient: String,
        name: String,
        at: i64,
    }
}

impl Store {
    /// The enterprises, villages and keepers that were told of an episode, each with the last address in each form.
    pub async fn known_of(&self, episode: &str) -> Result<Vec<Known>, StoreError> {
        let rows: Vec<KnownOfRow> = sql::ask(
            // What a person was to pass on may bear the name where the others have an address.
            "select n.audience, n.recipient, n.name, o.form,
                 case when o.channel = 'by_hand' and o.address = n.name then '' else o.address end as address from notice n cross join outbox o on o.notice = n.key
             where n.episode = $1 and n.about is null and n.purpose in ('raise', 'update')
                 and n.audience in ('enterprise', 'village', 'keeper')
             order by n.audience, n.recipient, o.id",
        )
        .bind(episode)
        .all(self.pool())
        .await?;
        let mut all: Vec<Known> = Vec::new();
        for KnownOfRow { audience, recipient, name, form, address } in rows {
            let corrupt =
                |what, value: &str| StoreError::Corrupt { what, of: episode.to_owned(), value: value.to_owned() };
            let audience = Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?;
            let form = Form::named(&form).ok_or_else(|| corrupt("form", &form))?;
            if all.last().is_none_or(|last| last.audience != audience || last.recipient != recipient) {
                all.push(Known { audience, recipient, name: String::new(), addresses: Vec::new() });
            }
            if let Some(last) = all.last_mut() {
                last.name = name;
                if !address.is_empty() {
                    last.addresses.retain(|(known, _)| *known != form);
                    last.addresses.push((form, address));
                }
            }
        }
        Ok(all)
    }

    /// Everyone who is told no more of an episode of a mode that is open, or since an instant, each beside the others of
    /// the episode.
    pub async fn gone(&self, mode: Mode, since: DateTime<Utc>) -> Result<Vec<Gone>, StoreError> {
        let rows: Vec<GoneRow> = sql::ask(
            "select g.episode, g.audience, g.recipient, g.name, g.at from episode e
                 cross join removed g on g.episode = e.id
             where e.state = 'open' and e.mode = $1
             union
             select g.episode, g.audience, g.recipient, g.name, g.at from removed g indexed by removed_by_time
                 cross join episode e on e.id = g.episode
             where g.at >= $2 and e.mode = $1
             order by 1, 4, 2, 3",
        )
        .bind(mode.word())
        .bind(seconds(since))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|GoneRow { episode, audience, recipient, name, at }| {
                let at = instant(at, &episode)?;
                Ok(Gone { episode, audience, recipient, name, at })
            })
            .collect()
    }

    /// Class and identifier of everyone who is noted as told no more of an episode.
    pub async fn removed_of(&self, episode: &str) -> Result<Vec<(String, String)>, StoreError> {
        Ok(sql::ask("select audience, recipient from removed where episode = $1")
            .bind(episode)
            .all(self.pool())
            .await?)
    }
}
