//! Several letters to one person that are due at the same time, in one message.
//!
//! In: letters that are due; the words of a merged message. Out: the same letters, some of them carried by another. Only
//! what may wait is put together: new warnings and changes, of different episodes, to the same name at the same address,
//! whose templates say what they ask in a few words (alarms, fires and orders don't).
//! Can't happen: a letter that was begun by itself put with others (its Message-ID is out), or one that was carried sent
//! in another company; a letter kept back because its words don't fit with others (it goes by itself). Each letter keeps
//! its row: what is withdrawn, corrected or answered is one of them, up to the moment of sending.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Row;
use cuofeng_base::caught::caught;
use cuofeng_base::text::Placed;
use cuofeng_base::word::{ChannelName, Form, Mode};
use cuofeng_channel::{Code, Letter};
use cuofeng_notice::Enclosure;
use cuofeng_notice::merged::{Gist, MOST, Merging};
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, enclosures, placed, seconds};

/// A letter that goes in the message of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Its number.
    pub id: i64,
    /// Number of this attempt.
    pub attempt: i64,
    /// Its key.
    pub key: String,
    subject: String,
    body: Placed,
}

/// Puts letters together that one message may carry. Those that another carries are no longer among the rows.
pub(super) async fn gather(
    tx: &mut Tx,
    channel: ChannelName,
    merging: Option<&Merging<'_>>,
    due: Vec<Arc<Row>>,
    now: DateTime<Utc>,
) -> Result<Vec<Arc<Row>>, StoreError> {
    let Some(merging) = merging.filter(|_| due.iter().any(|row| row.letter.form != Form::Speech)) else {
        return Ok(due);
    };
    let mut beside = beside(tx, channel, &due, now).await?;
    if beside.is_empty() {
        return Ok(due);
    }
    let (mut rows, mut taken) = (Vec::with_capacity(due.len()), BTreeSet::new());
    for row in due {
        if !taken.insert(row.id) {
            continue;
        }
        let mut others = beside.remove(&row.id).unwrap_or_default();
        others.retain(|(other, _)| !taken.contains(&other.id));
        others.truncate(MOST - 1);
        let row = if others.is_empty() { row } else { together(tx, merging, row, others).await? };
        taken.extend(row.carries.iter().map(|other| other.id));
        rows.push(row);
    }
    Ok(rows)
}

sql::row! {
    struct BesideRow {
        id: i64,
        other: i64,
        attempt: i64,
        key: String,
        subject: String,
        body: String,
        places: String,
        mode: String,
    }
}

/// The letters that may go with each of those that are due: what went with it before, or what was not begun either.
async fn beside(
    tx: &mut Tx,
    channel: ChannelName,
    due: &[Arc<Row>],
    now: DateTime<Utc>,
) -> Result<BTreeMap<i64, Vec<(Carried, Mode)>>, StoreError> {
    let ids: Vec<i64> = due.iter().map(|row| row.id).collect();
    let rows: Vec<BesideRow> = sql::ask(
        "select p.id, o.id as other, o.attempt + 1 as attempt, o.key, w.subject, w.body, w.places, o.mode
         from json_each($1) j cross join outbox p on p.id = j.value cross join notice pn on pn.key = p.notice
             cross join gist pg on pg.notice = pn.key
             -- By its address alone (+ keeps other indexes out): what waits to others is never looked at.
             cross join outbox o on o.address = p.address and o.expires_at > $3
             cross join notice n on n.key = o.notice cross join gist g on g.notice = n.key
             cross join letter_text w on w.outbox = o.id
         where p.attempt = 0 and p.priority > 0 and p.purpose in ('raise', 'update') and p.form <> 'speech'
             and +o.id <> p.id and +o.state = 'queued' and +o.attempt = 0 and +o.channel = $2 and +o.form = p.form
             and o.mode = p.mode and +o.priority > 0 and +o.purpose in ('raise', 'update') and +o.not_before <= $3
             and n.name = pn.name and n.episode <> pn.episode
         union all
         select p.id, o.id, o.attempt + 1, o.key, w.subject, w.body, w.places, o.mode
         from json_each($1) j cross join outbox p on p.id = j.value
             cross join outbox o on o.carried_by = p.id and o.attempt = p.attempt
             cross join letter_text w on w.outbox = o.id
         where p.attempt > 0 and +o.state = 'queued' and +o.not_before <= $3 and +o.expires_at > $3
         order by 1, 2",
    )
    .bind(json!(ids).to_string())
    .bind(channel.name())
    .bind(seconds(now))
    .all(&mut *tx)
    .await?;
    let mut beside: BTreeMap<i64, Vec<(Carried, Mode)>> = BTreeMap::new();
    for BesideRow { id: by, other: id, attempt, key, subject, body, places, mode } in rows {
        let named = Mode::named(&mode);
        let mode = named.ok_or_else(|| StoreError::Corrupt { what: "mode", of: key.clone(), value: mode.clone() })?;
        let body = placed(body, &places, &key)?;
        beside.entry(by).or_default().push((Carried { id, attempt, key, subject, body }, mode));
    }
    Ok(beside)
}

/// A letter with others in one message; by itself where there are no words for that.
async fn together(
    tx: &mut Tx,
    merging: &Merging<'_>,
    row: Arc<Row>,
    others: Vec<(Carried, Mode)>,
) -> Result<Arc<Row>, StoreError> {
    let is_exercise = others.iter().any(|(_, mode)| *mode == Mode::Exercise);
    let mut others: Vec<Carried> = others.into_iter().map(|(other, _)| other).collect();
    let words = match row.letter.form {
        Form::Email => mail(merging, &row, &others, is_exercise),
        _ => sms(tx, merging, &row, &mut others, is_exercise).await?,
    };
    let (subject, words) = match words {
        Ok(words) => words,
        Err(why) => {
            tracing::info!(key = row.letter.key, why, "goes by itself: there are no words for it and others together");
            return Ok(row);
        }
    };
    if others.is_empty() {
        return Ok(row);
    }
    let ids: Vec<i64> = std::iter::once(row.id).chain(others.iter().map(|other| other.id)).collect();
    let enclosures = if row.letter.form == Form::Email { enclosed(tx, &ids).await? } else { Arc::default() };
    let of = std::iter::once((row.id, row.letter.key.as_str()));
    let of: Vec<(i64, &str)> = of.chain(others.iter().map(|other| (other.id, other.key.as_str()))).collect();
    let (with, body) = (codes(&words, &of), words.text().to_owned());
    let letter = Letter { subject, body, with, enclosures, ..row.letter.clone() };
    Ok(Arc::new(Row { letter, words, carries: others, ..Row::clone(&row) }))
}

/// The codes that belong in words, whose letters these are in their order.
pub(super) fn codes(words: &Placed, letters: &[(i64, &str)]) -> Vec<Code> {
    let code = |(at, of): (usize, u32)| {
        let (number, key) = letters.get(usize::try_from(of).ok()?)?;
        Some(Code { at, number: *number, key: (*key).to_owned() })
    };
    words.places().filter_map(code).collect()
}

/// Subject and words of a mail; the links of each letter stay its own.
fn mail(merging: &Merging<'_>, row: &Row, others: &[Carried], is_exercise: bool) -> Result<(String, Placed), String> {
    let letters: Vec<(&str, &Placed)> = std::iter::once((row.letter.subject.as_str(), &row.words))
        .chain(others.iter().map(|other| (other.subject.as_str(), &other.body)))
        .collect();
    caught(|| merging.mail(&letters, is_exercise))?.map_err(|problem| problem.to_string())
}

/// The words of a short message; of the others those are left that it has room for.
async fn sms(
    tx: &mut Tx,
    merging: &Merging<'_>,
    row: &Row,
    others: &mut Vec<Carried>,
    is_exercise: bool,
) -> Result<Result<(String, Placed), String>, StoreError> {
    let ids: Vec<i64> = std::iter::once(row.id).chain(others.iter().map(|other| other.id)).collect();
    let known = gists(tx, &ids).await?;
    let mut refused = None;
    while !others.is_empty() {
        let of = std::iter::once(row.id).chain(others.iter().map(|other| other.id));
        let gists: Vec<Gist> = of.filter_map(|id| known.get(&id).cloned()).collect();
        match caught(|| merging.sms(&row.letter.name, &gists, is_exercise)) {
            Ok(Ok(text)) => return Ok(Ok((String::new(), text))),
            Ok(Err(why)) => refused = Some(why.to_string()),
            Err(words) => refused = Some(words),
        }
        others.pop();
    }
    Ok(refused.map_or_else(|| Ok((String::new(), row.words.clone())), Err))
}

sql::row! {
    struct GistsRow {
        id: i64,
        title: String,
        periods: String,
        asks: String,
        reply: String,
        link: String,
    }
}

/// What the notices of letters ask in a few words, by the letters' numbers.
async fn gists(tx: &mut Tx, ids: &[i64]) -> Result<BTreeMap<i64, Gist>, StoreError> {
    let rows: Vec<GistsRow> = sql::ask(
        "select o.id, g.title, g.periods, g.asks, g.reply, g.link
         from json_each($1) j cross join outbox o on o.id = j.value cross join gist g on g.notice = o.notice",
    )
    .bind(json!(ids).to_string())
    .all(&mut *tx)
    .await?;
    let gist = |GistsRow { id, title, periods, asks, reply, link }| (id, Gist { title, periods, asks, reply, link });
    Ok(rows.into_iter().map(gist).collect())
}

/// What goes with the mails, each file under a name of its own.
async fn enclosed(tx: &mut Tx, ids: &[i64]) -> Result<Arc<[Enclosure]>, StoreError> {
    let mut of_letters = enclosures::of_letters(tx, ids).await?;
    let mut files: Vec<Enclosure> = Vec::new();
    for file in ids.iter().filter_map(|id| of_letters.remove(id)).flat_map(|files| files.to_vec()) {
        let taken = |name: &str, plain: &str| files.iter().any(|f| f.name == name || f.plain_name == plain);
        let (mut name, mut plain_name) = (file.name.clone(), file.plain_name.clone());
        for number in 2.. {
            if !taken(&name, &plain_name) {
                break;
            }
            (name, plain_name) = (counted(&file.name, number), counted(&file.plain_name, number));
        }
        files.push(Enclosure { name, plain_name, ..file });
    }
    Ok(files.into())
}

/// A file's name with a number before its ending.
fn counted(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{number}.{ending}"),
        None => format!("{name}-{number}"),
    }
}

/// Keeps the words of messages that carry several letters, as they are handed over.
pub(super) async fn keep(tx: &mut Tx, rows: &[Arc<Row>]) -> Result<(), StoreError> {
    let merged = rows.iter().filter(|row| !row.carries.is_empty());
    let merged: Vec<Value> = merged
        .map(|row| {
            json!({"id": row.id, "attempt": row.attempt, "subject": row.letter.subject, "body": row.words.text(),
                "places": row.words.stored()})
        })
        .collect();
    if merged.is_empty() {
        return Ok(());
    }
    sql::ask(
        "insert into merged_text (outbox, attempt, subject, body, places)
         select cast(value ->> 'id' as bigint), cast(value ->> 'attempt' as bigint), value ->> 'subject', value ->> 'body', value ->> 'places'
         from json_each($1)",
    )
    .bind(Value::from(merged).to_string())
    .run(tx)
    .await?;
    Ok(())
}

/// A letter and those that went in the same message, at the attempt at which it is.
pub async fn message(tx: &mut Tx, id: i64, attempt: i64) -> Result<Vec<i64>, StoreError> {
    let fellows: Vec<i64> = sql::ask(
        "select id from outbox where carried_by = $1 and attempt = $2
         union
         select o.id from outbox me cross join outbox o on o.id = me.carried_by
         where me.id = $1 and me.attempt = $2 and o.attempt = $2
         union
         select o.id from outbox me cross join outbox o on o.carried_by = me.carried_by
         where me.id = $1 and me.attempt = $2 and +o.id <> $1 and o.attempt = $2",
    )
    .bind(id)
    .bind(attempt)
    .all(&mut *tx)
    .await?;
    Ok(std::iter::once(id).chain(fellows).collect())
}
