//! Taking letters, and writing what became of them: always many in one statement, always by their holder.
//!
//! In: a channel and the name of a drain. Out: letters that this drain alone holds. Can't happen: a letter in two hands
//! (every step names the lease it was taken under); a lease that outlives its holder (it runs out). The wall clock may
//! jump: then a lease runs out early or late, and a step of its late holder finds the letter gone and does nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::step::{Step, note_all};
use super::{Row, State, limits, merge, track};
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_channel::speaker::{Earlier, Playing, order_of};
use cuofeng_channel::{Letter, said};
use cuofeng_notice::Purpose;
use cuofeng_notice::alarm::Trouble;
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, enclosures, instant, own, placed, revision_number, seconds};

/// How long a letter may be held: longer than any channel's limit on one send.
pub(super) const HELD: Duration = Duration::minutes(15);

/// The priorities that are looked at, one after another, as JSON.
pub(super) const PRIORITIES: &str = "[0,1,2,3]";

/// A letter of another priority would never be due.
const _: () = {
    let mut at = 0;
    while at < Purpose::ALL.len() {
        let priority = Purpose::ALL[at].priority();
        assert!(0 <= priority && priority <= 3);
        at += 1;
    }
};

/// The letters of one priority that are due, in the order of their time: one stretch of the index, whatever waits for
/// later at this priority or any other.
macro_rules! due_at {
    ($priority:literal) => {
        concat!(
            "select * from (select o.id from outbox o where o.channel = $1 and o.state = 'queued' and o.priority = ",
            $priority,
            " and o.not_before <= $2 and o.expires_at > $2
                 and (o.carried_by is null
                     or not exists (select 1 from outbox c where c.id = o.carried_by and +c.state = 'queued'))
                 and ($4 is null or exists (select 1 from notice n cross join episode e on e.id = n.episode
                     where n.key = o.notice and e.kind = $4))
             order by o.not_before, o.id limit $3)"
        )
    };
}

sql::row! {
    struct DueRow {
        id: i64,
        key: String,
        attempt: i64,
        tries: i64,
        form: String,
        name: String,
        address: String,
        subject: String,
        body: String,
        places: String,
        episode: String,
        expires_at: i64,
        revision: i64,
        recipient: String,
        identity: String,
        purpose: String,
    }
}

/// What every letter needs that is due.
pub const DUE: &str = concat!(
    "with due (id) as (",
    due_at!(0),
    " union all ",
    due_at!(1),
    " union all ",
    due_at!(2),
    " union all ",
    due_at!(3),
    " limit $3)
         select o.id, o.key, o.attempt + 1 as attempt, o.tries, o.form, n.name, o.address, w.subject, w.body,
             w.places, n.episode, o.expires_at, n.revision, n.recipient,
             (select identity from episode where id = n.episode) as identity, o.purpose
         from due cross join outbox o on o.id = due.id cross join notice n on n.key = o.notice
             cross join letter_text w on w.outbox = o.id
         order by o.priority, o.not_before, o.id"
);

/// Up to `limit` letters that are due by a channel: lifts and upgrades first, then in the order of their time. They are
/// nobody's yet. One that another letter's message carried waits for that one, as long as it waits itself. Where
/// `trouble` is named, letters about that alone.
pub(super) async fn due(
    tx: &mut Tx,
    (channel, trouble): (ChannelName, Option<Trouble>),
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Arc<Row>>, StoreError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let rows: Vec<DueRow> = sql::ask(DUE)
        .bind(channel.name())
        .bind(seconds(now))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(trouble.map(Trouble::kind))
        .all(&mut *tx)
        .await?;
    let mails: Vec<i64> = rows.iter().filter(|row| row.form == Form::Email.name()).map(|row| row.id).collect();
    let mut enclosed = enclosures::of_letters(tx, &mails).await?;
    // Nothing came before what begins an episode.
    let told = |row: &DueRow| row.revision > 1 || row.purpose == Purpose::Reminder.word();
    let later = |row: &&DueRow| row.form == Form::Email.name() && told(row);
    let mut after = earlier_mails(tx, &rows.iter().filter(later).map(|row| row.id).collect::<Vec<_>>()).await?;
    let mut due = Vec::with_capacity(rows.len());
    for row in rows {
        let DueRow { id, key, attempt, tries, form, name, address, subject, body, places, episode, .. } = row;
        let DueRow { expires_at: expires, revision, recipient: village, identity: site, .. } = row;
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
        let form = Form::named(&form).ok_or_else(|| corrupt("form", &form))?;
        let begin_before = instant(expires, &key)?;
        let playing = if form == Form::Speech {
            let (taken, replaces) = before(tx, (id, channel), (&episode, &village), now).await?;
            let (order, revision) = (order_of(&site, &key, attempt), revision_number(revision, &key)?);
            Some(Playing { order, episode, revision, village, begin_before, audio: None, taken, replaces })
        } else {
            None
        };
        let enclosures = enclosed.remove(&id).unwrap_or_default();
        let after = after.remove(&id).unwrap_or_default();
        let (number, date) = (id, now);
        let words = placed(body, &places, &key)?;
        let (with, body, carries) = (merge::codes(&words, &[(id, &key)]), words.text().to_owned(), Vec::new());
        let letter =
            Letter { number, key, site, form, name, address, subject, body, with, after, enclosures, date, playing };
        due.push(Arc::new(Row { id, attempt, tries, letter, words, carries }));
    }
    Ok(due)
}

/// Keys of the messages that brought earlier mails of the same episode to the same address, oldest first, by the letters'
/// numbers.
async fn earlier_mails(tx: &mut Tx, letters: &[i64]) -> Result<BTreeMap<i64, Vec<String>>, StoreError> {
    if letters.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(i64, String)> = sql::ask(
        "select o.id, coalesce(c.key, p.key) from json_each($1) j cross join outbox o on o.id = j.value
             cross join notice n on n.key = o.notice
             cross join notice m on m.episode = n.episode and m.audience = n.audience and m.recipient = n.recipient
             cross join outbox p on p.notice = m.key left join outbox c on c.id = p.carried_by
         where p.form = 'email' and p.address = o.address and p.id < o.id and p.state in ('accepted', 'delivered')
         order by o.id, p.id",
    )
    .bind(json!(letters).to_string())
    .all(&mut *tx)
    .await?;
    let mut keys: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (letter, key) in rows {
        let of = keys.entry(letter).or_default();
        if !of.contains(&key) {
            of.push(key);
        }
    }
    Ok(keys)
}

/// How often the far side took a text before, and which earlier ones of its episode it has for the village.
async fn before(
    tx: &mut Tx,
    (id, channel): (i64, ChannelName),
    (episode, village): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(u32, Vec<Earlier>), StoreError> {
    let taken: i64 = sql::ask("select count(*) from transition where outbox = $1 and state = 'accepted'")
        .bind(id)
        .one(&mut *tx)
        .await?;
    let rows: Vec<(i64, i64)> = sql::ask(
        "select o.id, o.expires_at from notice n cross join outbox o on o.notice = n.key
         where n.episode = $1 and n.audience = 'village' and n.recipient = $2 and +o.channel = $3 and +o.id < $4
             and +o.state in ('accepted', 'unknown') and +o.expires_at > $5 order by o.id",
    )
    .bind(episode)
    .bind(village)
    .bind(channel.name())
    .bind(id)
    .bind(seconds(now))
    .all(&mut *tx)
    .await?;
    let earlier = |(number, expires)| Ok(Earlier { number, begin_before: instant(expires, episode)? });
    let replaces = rows.into_iter().map(earlier).collect::<Result<_, StoreError>>()?;
    Ok((u32::try_from(taken).unwrap_or(u32::MAX), replaces))
}

/// Takes letters under a lease and marks them as being sent, in one step: nothing lies between the two but this
/// transaction. No other writer can have taken them since [`due`] read them in it. Gives the transaction's number, which
/// is marked before any of them leaves; none where there are none.
pub(super) async fn begin(
    tx: &mut Tx,
    channel: ChannelName,
    rows: &[Arc<Row>],
    lease: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let each = |row: &Arc<Row>| {
        let carried = row.carries.iter().map(|other| json!({"id": other.id, "by": row.id}));
        std::iter::once(json!({"id": row.id})).chain(carried.collect::<Vec<_>>())
    };
    let all = Value::from(rows.iter().flat_map(each).collect::<Vec<_>>()).to_string();
    sql::ask(
        "update outbox set state = 'sending', attempt = attempt + 1, lease = $2, leased_until = $3, carried_by = j.by
         from (select cast(value ->> 'id' as bigint) as id, cast(value ->> 'by' as bigint) as by from json_each($1)) as j where outbox.id = j.id",
    )
    .bind(&all)
    .bind(lease)
    .bind(seconds(now + HELD))
    .run(tx)
    .await?;
    sql::ask(
        "insert into transition (outbox, number, at, state, attempt, reason)
         select o.id, (select coalesce(max(number), 0) from transition where outbox = o.id) + s.place, $2, s.state,
             o.attempt, coalesce('in one message with letter ' || o.carried_by, '')
         from json_each($1) j cross join outbox o on o.id = cast(value ->> 'id' as bigint)
             join (select 1 as place, 'leased' as state union all select 2, 'sending') s on 1 = 1
         order by o.id, s.place",
    )
    .bind(&all)
    .bind(seconds(now))
    .run(tx)
    .await?;
    limits::count(tx, channel, messages(rows), now).await?;
    merge::keep(tx, rows).await?;
    Ok(Some(own::count(tx, now).await?))
}

/// How many messages these letters come to: what is carried by another's costs none.
pub(super) fn messages(rows: &[Arc<Row>]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

/// Leaves letters whose address has had its share until it may have another, with those that go in their messages.
pub(super) async fn postpone(
    tx: &mut Tx,
    rows: &[(Arc<Row>, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (row, until) in rows {
        let ids: Vec<i64> = std::iter::once(row.id).chain(row.carries.iter().map(|other| other.id)).collect();
        let ids = json!(ids).to_string();
        sql::ask("update outbox set not_before = $2 where id in (select value from json_each($1))")
            .bind(&ids)
            .bind(seconds(*until))
            .run(tx)
            .await?;
        note_all(tx, &ids, State::Queued, "its address has had its share for now", now).await?;
    }
    Ok(())
}

/// Takes letters whose period has ended out of the queue: they are never sent. Gives how many there were.
pub(super) async fn expire(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let late: Vec<i64> =
        sql::ask("update outbox set state = 'expired' where state = 'queued' and expires_at <= $1 returning id")
            .bind(seconds(now))
            .all(&mut *tx)
            .await?;
    if !late.is_empty() {
        note_all(tx, &json!(late).to_string(), State::Expired, said::ENDED, now).await?;
        tracing::warn!(letters = late.len(), "not sent: their period has ended");
    }
    Ok(late.len())
}

/// Writes what became of letters that this drain was sending; gives those that were still its to write.
///
/// One that ran out of its lease meanwhile and is listed as unknown becomes what the far side said, which is known now.
pub(super) async fn write(
    tx: &mut Tx,
    steps: &[Step],
    lease: &str,
    now: DateTime<Utc>,
) -> Result<BTreeSet<i64>, StoreError> {
    if steps.is_empty() {
        return Ok(BTreeSet::new());
    }
    let all: Vec<Value> = steps.iter().map(Step::json).collect();
    let written: Vec<i64> = sql::ask(
        "update outbox set state = j.state, not_before = j.next, tries = tries + j.counts, lease = '', ask_at = j.ask
         from (select cast(value ->> 'id' as bigint) as id, value ->> 'state' as state, cast(value ->> 'next' as bigint) as next,
                   cast(value ->> 'counts' as bigint) as counts, cast(value ->> 'ask' as bigint) as ask from json_each($1)) as j
         where outbox.id = j.id and outbox.state in ('sending', 'unknown') and outbox.lease = $2 returning outbox.id",
    )
    .bind(Value::from(all).to_string())
    .bind(lease)
    .all(&mut *tx)
    .await?;
    let written: BTreeSet<i64> = written.into_iter().collect();
    let mine: Vec<Value> = steps.iter().filter(|s| written.contains(&s.id)).map(Step::json).collect();
    keep(tx, &Value::from(mine).to_string(), now).await?;
    let faults: Vec<i64> = steps.iter().filter(|s| s.fault && written.contains(&s.id)).map(|s| s.id).collect();
    track::lost(tx, &faults, now).await?;
    Ok(written)
}

/// Notes steps, and keeps what the far side said of each as its receipt.
async fn keep(tx: &mut Tx, steps: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql::ask(
        "insert into transition (outbox, number, at, state, attempt, reason)
         select cast(value ->> 'id' as bigint), (select coalesce(max(number), 0) + 1 from transition where outbox = cast(value ->> 'id' as bigint)), $2,
             value ->> 'state', cast(value ->> 'attempt' as bigint), value ->> 'said' from json_each($1)",
    )
    .bind(steps)
    .bind(seconds(now))
    .run(tx)
    .await?;
    cuofeng_store::receipt::keep_all(tx, steps, now).await
}
