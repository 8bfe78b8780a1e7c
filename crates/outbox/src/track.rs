//! Notices that have another way left: what is on record of them, and their next letters.
//!
//! In: notices with an order of ways, or whose form more than one channel carries. Out: open tracks; the letter by the
//! next way. Can't happen: a second letter by a way that was taken (its key); a way taken while the letter before it
//! moved on (it is looked at again in the transaction).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::route::Done;
use super::{Held, State, enter, letter_key, note};
use cuofeng_base::word::{ChannelName, Form, Routes};
use cuofeng_notice::{Audience, Notice, Purpose, Reserve};
use cuofeng_sql as sql;
use cuofeng_store::{Store, StoreError, Tx, instant, reserves, seconds};

/// A notice that has another way left.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its key.
    pub notice: String,
    /// The form of its first way.
    pub form: Form,
    /// Its episode.
    pub episode: String,
    /// Why it was sent.
    pub purpose: Purpose,
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// What has become of it otherwise.
    pub ended: Option<Done>,
    /// Its letters by the ways taken, oldest first.
    pub letters: Vec<Taken>,
    /// The steps of the recipient's order; empty where it has none.
    pub reserve: Vec<Reserve>,
}

/// A letter by a way that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub number: i64,
    /// Its form.
    pub form: Form,
    /// Its channel.
    pub channel: ChannelName,
    /// Where it goes.
    pub address: String,
    /// Where it stands.
    pub state: State,
    /// Its attempts so far.
    pub attempt: i64,
    /// From when it may be sent.
    pub not_before: DateTime<Utc>,
    /// When it was begun first.
    pub begun: Option<DateTime<Utc>>,
}

/// A way that comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Onward {
    /// The same words by another channel.
    Channel(ChannelName),
    /// The step of the recipient's order at this place, by a channel.
    Step(usize, ChannelName),
}

impl Track {
    /// The ways after the last one, in their order.
    #[must_use]
    pub fn onward(&self, routes: &Routes) -> Vec<Onward> {
        let Some(last) = self.letters.last() else { return Vec::new() };
        let first = |form: Form| routes.first(form);
        let mut ways: Vec<Onward> =
            routes.all(last.form).skip_while(|channel| *channel != last.channel).skip(1).map(Onward::Channel).collect();
        let here = self.reserve.iter().position(|r| r.part.form == last.form && r.part.address == last.address);
        // The contact was corrected since: the step is the last one of that form that was taken.
        let taken = |r: &Reserve| self.letters.iter().any(|letter| letter.address == r.part.address);
        let here = here.or_else(|| self.reserve.iter().rposition(|r| r.part.form == last.form && taken(r)));
        let later = here.map_or(self.reserve.len(), |here| here + 1);
        ways.extend((later..self.reserve.len()).map(|place| Onward::Step(place, first(self.reserve[place].part.form))));
        ways
    }
}

/// Notes that a notice whose letter has just been written has another way left, if it has one.
pub(super) async fn open(tx: &mut Tx, notice: &Notice, form: Form, routes: &Routes) -> Result<(), StoreError> {
    let ordered = notice.reserve.len() > 1 && notice.reserve.first().is_some_and(|first| first.part.form == form);
    if !ordered && routes.spares(form).is_empty() {
        return Ok(());
    }
    sql::ask("insert into track (notice, form) values ($1, $2) on conflict do nothing")
        .bind(&notice.key)
        .bind(form.name())
        .run(tx)
        .await?;
    Ok(())
}

/// Notes that letters on which the program itself failed have no way left, where no other is open.
pub(super) async fn lost(tx: &mut Tx, letters: &[i64], now: DateTime<Utc>) -> Result<(), StoreError> {
    if letters.is_empty() {
        return Ok(());
    }
    sql::ask(
        "insert into track (notice, form, settled, settled_at) select o.notice, o.form, $2, $3
         from json_each($1) j cross join outbox o on o.id = j.value where true on conflict do nothing",
    )
    .bind(serde_json::json!(letters).to_string())
    .bind(Done::Exhausted.word())
    .bind(seconds(now))
    .run(tx)
    .await?;
    Ok(())
}

/// Looks no more for another way.
pub async fn settle(tx: &mut Tx, track: &Track, done: Done, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask("update track set settled = $1, settled_at = $2 where notice = $3 and form = $4 and settled is null")
        .bind(done.word())
        .bind(seconds(now))
        .bind(&track.notice)
        .bind(track.form.name())
        .run(tx)
        .await?;
    Ok(())
}

/// Writes the letter by the next way, to `address` where the roster has another one by now; false where the last letter
/// has moved on since it was looked at, or this way was taken before.
pub async fn take(
    tx: &mut Tx,
    track: &Track,
    (way, address): (&Onward, Option<&str>),
    (reason, from): (&str, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let Some(last) = track.letters.last() else { return Ok(false) };
    let state: String = sql::ask("select state from outbox where id = $1").bind(last.number).one(&mut *tx).await?;
    if state != last.state.word() {
        return Ok(false);
    }
    let (form, address, place, channel) = match way {
        Onward::Channel(channel) => (last.form, address.unwrap_or(&last.address), None, *channel),
        Onward::Step(place, channel) => {
            let Some(reserve) = track.reserve.get(*place) else { return Ok(false) };
            (reserve.part.form, address.unwrap_or(&reserve.part.address), i64::try_from(*place).ok(), *channel)
        }
    };
    let key = letter_key(&track.notice, form, address);
    let key = if place.is_some() { key } else { format!("{key}.{}", channel.name()) };
    let id: Option<i64> = sql::ask(
        "insert into outbox
            (key, notice, purpose, form, channel, address, priority, state, not_before, expires_at, mode)
         select $2, l.notice, l.purpose, $3, $4, $5, l.priority, 'queued', $6, n.expires_at, l.mode
         from outbox l join notice n on n.key = l.notice where l.id = $1 on conflict do nothing returning id",
    )
    .bind(last.number)
    .bind(key)
    .bind(form.name())
    .bind(channel.name())
    .bind(address)
    .bind(seconds(from.max(now)))
    .maybe(&mut *tx)
    .await?;
    let Some(id) = id else { return Ok(false) };
    sql::ask(
        "insert into letter_text (outbox, subject, body, places)
         select $2, coalesce(r.subject, w.subject), coalesce(r.body, w.body), coalesce(r.places, w.places)
         from outbox l join letter_text w on w.outbox = l.id
             left join reserve r on r.notice = l.notice and r.place = $3
         where l.id = $1",
    )
    .bind(last.number)
    .bind(id)
    .bind(place)
    .run(tx)
    .await?;
    note(tx, id, State::Queued, 0, reason, now).await?;
    // What still waits by the last way would come twice.
    let seen = Held { id: last.number, attempt: last.attempt, state: State::Queued };
    enter(tx, seen, State::Failed, reason, now).await?;
    Ok(true)
}

sql::row! {
    struct TracksRow {
        notice: String,
        form: String,
        episode: String,
        purpose: String,
        audience: String,
        recipient: String,
        answered: bool,
        replaced: bool,
        over: bool,
    }
}

sql::row! {
    struct TakenRow {
        id: i64,
        form: String,
        channel: String,
        address: String,
        state: String,
        attempt: i64,
        not_before: i64,
        begun: Option<i64>,
    }
}

/// Whether any notice has another way left.
pub async fn has_tracks(store: &Store) -> Result<bool, StoreError> {
    Ok(sql::ask("select exists (select 1 from track where settled is null)").one(store.pool()).await?)
}

/// When the last hold of everything was lifted.
pub async fn free_since(store: &Store) -> Result<Option<DateTime<Utc>>, StoreError> {
    let at: Option<i64> = sql::ask("select max(lifted_at) from hold").one(store.pool()).await?;
    at.map(|at| instant(at, "hold")).transpose()
}

/// The notices that have another way left.
pub async fn tracks(store: &Store, now: DateTime<Utc>) -> Result<Vec<Track>, StoreError> {
    let rows: Vec<TracksRow> = sql::ask(
        "select t.notice, t.form, n.episode, n.purpose, n.audience, n.recipient,
             exists (select 1 from answer a where a.notice in (n.key, n.about)) as answered,
             exists (select 1 from notice m cross join outbox o on o.notice = m.key
                 where m.episode = n.episode and m.audience = n.audience and m.recipient = n.recipient
                     and m.revision > n.revision and m.about is null and m.purpose <> 'draft') as replaced,
             n.expires_at <= $1 or e.state <> 'open' and n.purpose in ('raise', 'update', 'reminder') as over from track t cross join notice n on n.key = t.notice cross join episode e on e.id = n.episode
         where t.settled is null order by t.notice, t.form",
    )
    .bind(seconds(now))
    .all(store.pool())
    .await?;
    let mut tracks = Vec::with_capacity(rows.len());
    for TracksRow { notice, form, episode, purpose, audience, recipient, answered, replaced, over } in rows {
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: notice.clone(), value: value.to_owned() };
        let ended = [(answered, Done::Answered), (replaced, Done::Replaced), (over, Done::Over)];
        let form = Form::named(&form).ok_or_else(|| corrupt("form", &form))?;
        let reserve = reserves::of(store, &notice).await?;
        let reserve = if reserve.first().is_some_and(|r| r.part.form == form) { reserve } else { Vec::new() };
        let forms: Vec<Form> = reserve.iter().map(|r| r.part.form).chain([form]).collect();
        let mut letters = taken(store, &notice).await?;
        letters.retain(|letter| forms.contains(&letter.form));
        tracks.push(Track {
            ended: ended.into_iter().find(|(is, _)| *is).map(|(_, done)| done),
            purpose: Purpose::named(&purpose).ok_or_else(|| corrupt("purpose", &purpose))?,
            audience: Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?,
            notice,
            form,
            episode,
            recipient,
            letters,
            reserve,
        });
    }
    Ok(tracks)
}

async fn taken(store: &Store, notice: &str) -> Result<Vec<Taken>, StoreError> {
    let rows: Vec<TakenRow> = sql::ask(
        "select o.id, o.form, o.channel, o.address, o.state, o.attempt, o.not_before,
             (select min(at) from transition where outbox = o.id and state = 'sending') as begun from outbox o where o.notice = $1 order by o.id",
    )
    .bind(notice)
    .all(store.pool())
    .await?;
    rows.into_iter()
        .map(|TakenRow { id: number, form, channel, address, state, attempt, not_before, begun }| {
            let corrupt =
                |what, value: &str| StoreError::Corrupt { what, of: notice.to_owned(), value: value.to_owned() };
            Ok(Taken {
                number,
                form: Form::named(&form).ok_or_else(|| corrupt("form", &form))?,
                channel: ChannelName::named(&channel).ok_or_else(|| corrupt("channel", &channel))?,
                state: State::named(&state).ok_or_else(|| corrupt("state", &state))?,
                not_before: instant(not_before, notice)?,
                begun: begun.map(|at| instant(at, notice)).transpose()?,
                address,
                attempt,
            })
        })
        .collect()
}

/// Why no other way is looked for any more, by the form of a notice's first way; none where one still is.
pub async fn settled_tracks(store: &Store, notice: &str) -> Result<BTreeMap<String, Option<String>>, StoreError> {
    let rows: Vec<(String, Option<String>)> =
        sql::ask("select form, settled from track where notice = $1").bind(notice).all(store.pool()).await?;
    Ok(rows.into_iter().collect())
}
