//! Whom no letter has reached.
//!
//! In: the last notice of an episode to each person whom its plan needs, and where its letters stand. Out: those of whom
//! no letter was taken, with the cause, whatever that is: refused, given up, ended, never played, not passed on, still on
//! the way when the first hour comes. Can't happen: somebody left out because there was nothing to send to them or no
//! other way was set; somebody named who has answered, or whom a later letter has reached.

use chrono::{DateTime, Duration, Utc};

use super::State;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::Period;
use cuofeng_base::word::{ChannelName, Form, Mode};
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{Audience, Purpose};
use cuofeng_rules::warning::Span;
use cuofeng_sql as sql;
use cuofeng_store::revisions::read_spans;
use cuofeng_store::{Store, StoreError, instant, seconds};

/// How long before the first hour those are named whose letters are still on the way: somebody has to call them.
pub const CALL: Duration = Duration::hours(1);

/// How long letters are given after they may be sent.
const GIVEN: Duration = Duration::minutes(30);

/// Why nobody knows of a letter that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A person was to pass it on, and has not said so.
    ByHand,
    /// A loudspeaker has not played it, or no hour was left for it.
    Unplayed,
    /// It may have arrived, and nobody knows.
    Unknown,
    /// Refused for good.
    Refused,
    /// Tried as often as allowed.
    GivenUp,
    /// Its time ended before it could be sent.
    Ended,
    /// Still on the way.
    Waiting,
}

impl Cause {
    /// In a list.
    #[must_use]
    pub const fn message(self) -> Message {
        msg!(match self {
            Self::ByHand => "unreached.by_hand",
            Self::Unplayed => "unreached.unplayed",
            Self::Unknown => "unreached.unknown",
            Self::Refused => "unreached.refused",
            Self::GivenUp => "unreached.given_up",
            Self::Ended => "unreached.ended",
            Self::Waiting => "unreached.waiting",
        })
    }

    /// Whether it is certain that the letter did not arrive: of the others nobody has said so.
    #[must_use]
    pub const fn is_sure(self) -> bool {
        matches!(self, Self::Refused | Self::GivenUp | Self::Ended)
    }

    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ByHand => "by-hand",
            Self::Unplayed => "unplayed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::Ended => "ended",
            Self::Waiting => "waiting",
        }
    }
}

/// Somebody whom no letter has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// The notice's key.
    pub notice: String,
    /// Its episode.
    pub episode: String,
    /// The mode of its episode.
    pub mode: Mode,
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// Name of the recipient.
    pub name: String,
    /// The rule that its episode is of.
    pub rule: String,
    /// The set of rules that the rule is in.
    pub rule_set: i64,
    /// Why it was to be told.
    pub purpose: Purpose,
    /// The periods that it speaks of.
    pub spans: Vec<Span>,
    /// Why.
    pub cause: Cause,
    /// When the notice was made.
    pub made_at: DateTime<Utc>,
    /// The first hour that it speaks of.
    pub first: DateTime<Utc>,
    /// Whether its episode is open, or what it speaks of still to come.
    pub stands: bool,
    /// Whether somebody should tell the recipient: what it says is not over.
    pub due: bool,
    /// Who has noted that the recipient was told by word of mouth, and when.
    pub called: Option<(String, DateTime<Utc>)>,
}

/// A letter, as far as it matters here.
struct Sent {
    state: State,
    channel: ChannelName,
    form: Form,
    /// From when it may be sent first; none once it was tried.
    not_before: Option<DateTime<Utc>>,
}

sql::row! {
    /// A row of [`LAST_TOLD`].
    struct LastTold {
        key: String,
        episode: String,
        kind: String,
        mode: String,
        audience: String,
        recipient: String,
        name: String,
        purpose: String,
        made_at: i64,
        expires_at: i64,
        open: bool,
        spans: String,
        onward: bool,
        letters: String,
        before: String,
        rule: String,
        rule_set: i64,
        called: String,
    }
}

/// The last notice of an episode to each person of whom no letter was taken, with where all of its letters stand: after
/// an instant, and with the channels that report.
const LAST_TOLD: &str =
    "with live (id) as (
                 select id from episode where state = 'open'
                 union select episode from notice indexed by notice_by_end where expires_at > $1)
             select n.key, n.episode, e.kind, e.mode, n.audience, n.recipient, n.name, n.purpose, n.made_at,
                 n.expires_at, e.state = 'open' as open, r.spans,
                 -- A village's later rounds are notices of their own: one that was heard is enough.
                 exists (select 1 from notice s cross join track k on k.notice = s.key
                     where (s.key = n.key or n.audience = 'village' and s.key > n.key || '.p' and s.key < n.key || '.q') and k.settled is null) as onward,
                 coalesce((select json_group_array(json_array(o.state, o.channel, o.form, o.not_before, o.attempt))
                     from notice s cross join outbox o on o.notice = s.key
                     where (s.key = n.key or n.audience = 'village' and s.key > n.key || '.p' and s.key < n.key || '.q')), '[]') as letters,
                 -- What was told before by a letter that was taken.
                 coalesce((select s.spans from notice m
                     cross join revision s on s.episode = m.episode and s.number = m.revision
                     where m.episode = n.episode and m.audience = n.audience and m.recipient = n.recipient
                         and m.revision < n.revision and m.about is null and m.purpose in ('raise', 'update')
                         and exists (select 1 from outbox o where o.notice = m.key
                             and o.state in ('accepted', 'delivered'))
                     order by m.revision desc limit 1), '') as before,
                 e.rule, e.rule_set,
                 coalesce((select json_array(a.by, a.at) from answer a
                     where $3 = 1 and a.notice = n.key and a.via = 'staff' order by a.id limit 1), '') as called
             from live cross join episode e on e.id = live.id cross join notice n on n.episode = e.id
                 cross join revision r on r.episode = n.episode and r.number = n.revision
             where n.about is null and n.audience in ('enterprise', 'village', 'keeper', 'department')
                 and n.purpose <> 'draft' and n.key not glob '*.village-*.p[0-9]*'
                 and (r.waits = 0 or exists (select 1 from release d
                     where d.episode = r.episode and d.number = r.number and d.outcome = 'released'))
                 -- What a channel took that reports, and has not reported in time, while every other way failed, did not arrive.
                 and not exists (select 1 from notice s cross join outbox o on o.notice = s.key
                     where (s.key = n.key or n.audience = 'village' and s.key > n.key || '.p' and s.key < n.key || '.q') and (o.state = 'delivered'
                     or o.state = 'accepted' and not (o.channel in (select value from json_each($2))
                         and exists (select 1 from track x where x.notice = s.key and x.settled = 'exhausted'))))
                 and not exists (select 1 from notice s cross join answer a on a.notice = s.key
                     where (s.key = n.key or n.audience = 'village' and s.key > n.key || '.p' and s.key < n.key || '.q')
                         and not ($3 = 1 and a.via = 'staff'))
                 and not exists (select 1 from removed g
                     where g.episode = n.episode and g.audience = n.audience and g.recipient = n.recipient)
                 and not exists (select 1 from notice m
                     cross join revision s on s.episode = m.episode and s.number = m.revision
                     where m.episode = n.episode and m.audience = n.audience and m.recipient = n.recipient
                         and m.revision > n.revision and m.about is null and m.purpose <> 'draft'
                         and (s.waits = 0 or exists (select 1 from release d
                             where d.episode = s.episode and d.number = s.number and d.outcome = 'released')))
             order by n.episode, n.name, n.key";

/// How many letters came to nothing so far, or nobody knows to what, where there are more than at the last look at
/// who was reached by none. Costs one row, whatever waits.
pub async fn lost_since(store: &Store) -> Result<Option<i64>, StoreError> {
    Ok(sql::ask("select letters from lost where letters <> looked").maybe(store.pool()).await?)
}

/// Notes for how many lost letters it was looked at who was reached by none.
pub async fn looked_at_lost(store: &Store, letters: i64) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    sql::ask("update lost set looked = $1").bind(letters).run(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Whether an episode is open.
pub async fn is_open(store: &Store, episode: &str) -> Result<bool, StoreError> {
    Ok(sql::ask("select exists (select 1 from episode where id = $1 and state = 'open')")
        .bind(episode)
        .one(store.pool())
        .await?)
}

/// Everyone whom no letter has reached, each with the others of the episode: of episodes that are open or speak of
/// what ends after an instant; of all where there is none.
pub async fn unreached(
    store: &Store,
    after: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<Unreached>, StoreError> {
    not_reached(store, after, false, now).await
}

/// The same of what ends after an instant, with those who were told by word of mouth since.
pub async fn unreached_or_called(
    store: &Store,
    after: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Unreached>, StoreError> {
    not_reached(store, Some(after), true, now).await
}

async fn not_reached(
    store: &Store,
    after: Option<DateTime<Utc>>,
    called: bool,
    now: DateTime<Utc>,
) -> Result<Vec<Unreached>, StoreError> {
    let reporting = ChannelName::ALL.into_iter().filter(|channel| channel.reports()).map(ChannelName::name);
    let rows: Vec<LastTold> = sql::ask(LAST_TOLD)
        .bind(after.map_or(i64::MIN, seconds))
        .bind(serde_json::json!(reporting.collect::<Vec<_>>()).to_string())
        .bind(i64::from(called))
        .all(store.pool())
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let LastTold { key, episode, kind, mode, audience, recipient, name, rule, rule_set, .. } = row;
        let LastTold {
            purpose, made_at: since, expires_at: ends, open, spans, onward, letters, before, called, ..
        } = row;
        if Trouble::is_kind(&kind) {
            continue;
        }
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
        let purpose = Purpose::named(&purpose).ok_or_else(|| corrupt("purpose", &purpose))?;
        let audience = Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?;
        let mode = Mode::named(&mode).ok_or_else(|| corrupt("mode", &mode))?;
        let (made_at, ends) = (instant(since, &key)?, instant(ends, &key)?);
        let letters = sent(&letters, &key)?;
        // An end that was never to be sent: its recipient knew of nothing that could end.
        if purpose.ends() && letters.is_empty() {
            continue;
        }
        // An enterprise's own hours may be others in the same period.
        let known = match audience {
            Audience::Village | Audience::Keeper if !before.is_empty() => read_spans(&before, &key)?,
            _ => Vec::new(),
        };
        let spans = read_spans(&spans, &key)?;
        let first = match news(&spans, &known) {
            news if news.is_empty() && !known.is_empty() => ends,
            news => first_of(&news, made_at),
        };
        let is_final = !onward && letters.iter().all(|letter| gone(letter.state));
        if !is_final && now < named_from(&purpose, &letters, (made_at, first, ends)) {
            continue;
        }
        let called = match serde_json::from_str::<(String, i64)>(&called) {
            Ok((by, at)) => Some((by, instant(at, &key)?)),
            Err(_) => None,
        };
        found.push(Unreached {
            called,
            notice: key,
            episode,
            mode,
            audience,
            recipient,
            name,
            rule,
            rule_set,
            purpose,
            spans,
            cause: cause(&letters),
            made_at,
            first,
            stands: open || ends > now,
            due: ends > now && (open || purpose.ends()),
        });
    }
    Ok(found)
}

/// The first hour that news made at an instant speaks of: of hours that run, the one in which it was made.
fn first_of(news: &[Period], made_at: DateTime<Utc>) -> DateTime<Utc> {
    let ahead = news.iter().filter(|period| period.end > made_at);
    ahead.map(|period| period.start.max(made_at)).min().unwrap_or(made_at)
}

/// What somebody has not been told, period by period.
fn news(spans: &[Span], known: &[Span]) -> Vec<Period> {
    let begins = |span: &Span| {
        let mut at = span.period.start;
        while let Some(told) = known.iter().find(|told| told.level == span.level && told.period.contains(at)) {
            at = told.period.end;
        }
        Period::new(at, span.period.end)
    };
    spans.iter().filter_map(begins).collect()
}

fn sent(letters: &str, of: &str) -> Result<Vec<Sent>, StoreError> {
    let corrupt = |what, value: &str| StoreError::Corrupt { what, of: of.to_owned(), value: value.to_owned() };
    let rows: Vec<(String, String, String, i64, i64)> =
        serde_json::from_str(letters).map_err(|_| corrupt("letters", letters))?;
    rows.into_iter()
        .map(|(state, channel, form, not_before, attempt)| {
            Ok(Sent {
                state: State::named(&state).ok_or_else(|| corrupt("state", &state))?,
                channel: ChannelName::named(&channel).ok_or_else(|| corrupt("channel", &channel))?,
                form: Form::named(&form).ok_or_else(|| corrupt("form", &form))?,
                not_before: if attempt == 0 { Some(instant(not_before, of)?) } else { None },
            })
        })
        .collect()
}

/// Whether a letter of somebody who was not reached will not arrive any more; one that was taken over is among them only
/// where that has come to nothing.
const fn gone(state: State) -> bool {
    matches!(state, State::Failed | State::Dead | State::Expired | State::Accepted)
}

/// From when on somebody is named whose letters may still arrive: in time to be called before the first hour. What takes
/// hours back is named only where it can't arrive any more.
fn named_from(
    purpose: &Purpose,
    letters: &[Sent],
    (made_at, first, ends): (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>),
) -> DateTime<Utc> {
    if purpose.ends() {
        return ends;
    }
    let froms = || letters.iter().filter_map(|letter| letter.not_before);
    // A round that a loudspeaker plays when the hours have begun is nothing to wait for.
    let may_go = froms().filter(|from| *from < first).max().or_else(|| froms().max()).unwrap_or(made_at).max(made_at);
    let given = may_go + GIVEN;
    if first > made_at { (first - CALL).max(given).min(first) } else { given }
}

/// The cause that says most of what is to be done.
fn cause(letters: &[Sent]) -> Cause {
    let of = |letter: &Sent| match letter.state {
        _ if letter.channel == ChannelName::ByHand => Cause::ByHand,
        State::Unknown | State::Failed | State::Dead | State::Expired if letter.form == Form::Speech => Cause::Unplayed,
        State::Unknown | State::Accepted => Cause::Unknown,
        State::Failed => Cause::Refused,
        State::Dead => Cause::GivenUp,
        State::Expired => Cause::Ended,
        _ => Cause::Waiting,
    };
    letters.iter().map(of).min().unwrap_or(Cause::Unplayed)
}

#[cfg(test)]
mod tests;
