//! Pushed reports and replies in the database.
//!
//! Can't happen: a push taken in twice; a reply settled twice.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, revision_number, seconds};
use crate::sql;
use crate::state::State;
use cuofeng_base::text::outside;
use cuofeng_channel::sms::receipt::{Reply, Report};
use cuofeng_rules::acknowledgement::{self, Reply as Meaning, Why};

/// A report that its letter has not been moved on by, with the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Provider, its identifier, the number, whether it arrived: the report's key.
    pub key: (String, String, String, bool),
    /// The provider's words.
    pub said: String,
    /// Number, attempt and state of the letter.
    pub letter: (i64, i64, State),
    /// How many parts of the letter's message are not known to have arrived.
    pub parts_missing: i64,
}

/// A notice that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its key.
    pub notice: String,
    /// Its episode.
    pub episode: String,
    /// Its revision.
    pub revision: u32,
    /// Identifier of its recipient.
    pub recipient: String,
    /// Its recipient's name.
    pub name: String,
    /// Whether it was answered.
    pub answered: bool,
    /// The message that brought it last, by the number of the letter whose key it bears; 0 where that is not asked.
    pub message: i64,
    /// Whether that message left after the number's last answer.
    pub since: bool,
    /// The words of its short messages to the number; empty where that is not asked.
    pub words: String,
}

impl Told {
    /// The same as what a reply may mean.
    #[must_use]
    pub fn open(&self) -> acknowledgement::Open {
        let earlier = acknowledgement::earlier_code(&self.episode, self.revision);
        acknowledgement::Open {
            notice: self.notice.clone(),
            code: acknowledgement::code(&self.episode, self.revision, &self.recipient),
            earlier: self.words.contains(&earlier).then_some(earlier),
            answered: self.answered,
            message: self.message,
            since: self.since,
        }
    }
}

/// A reply as people see it.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub number: i64,
    /// The provider, or `staff`.
    pub source: String,
    /// The number it came from.
    pub mobile: String,
    /// Its words.
    pub body: String,
    /// What it was taken to mean.
    pub meaning: String,
    /// Why a person must read it; none where it was clear.
    pub why: Option<Why>,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// Who typed it in; empty where it came by itself.
    pub typed_by: String,
    /// The notice that it answers.
    pub notice: Option<String>,
    /// Whether it is settled.
    pub settled: bool,
}

/// Keeps a report; says whether it is new.
pub async fn keep_report(tx: &mut Tx, provider: &str, r: &Report, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = sql::ask(
        "insert into sms_report (provider, provider_id, mobile, arrived, letter, said, came_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    )
    .bind(provider)
    .bind(&r.id)
    .bind(&r.mobile)
    .bind(r.arrived)
    .bind(&r.key)
    .bind(outside::line(&r.said))
    .bind(seconds(now))
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// Keeps a reply; gives its number where it is new.
pub async fn keep_reply(
    tx: &mut Tx,
    (source, typed_by): (&str, &str),
    reply: &Reply,
    (meaning, why): (&Meaning, Option<Why>),
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let number = sql::ask(
        "insert into reply (source, source_id, mobile, body, meaning, why, at, typed_by) values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict do nothing returning number",
    )
    .bind(source)
    .bind(&reply.id)
    .bind(&reply.mobile)
    .bind(outside::line(&reply.text))
    .bind(meaning.word())
    .bind(why.map_or("", Why::word))
    .bind(seconds(reply.at.unwrap_or(now)))
    .bind(typed_by)
    .maybe(&mut *tx)
    .await?;
    Ok(number)
}

/// Settles a reply; says whether it still waited.
pub async fn settle(
    tx: &mut Tx,
    number: i64,
    notice: Option<&str>,
    (by, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "update reply set notice = $1, settled_at = $2, settled_by = $3, reason = $4
         where number = $5 and settled_at is null",
    )
    .bind(notice)
    .bind(seconds(now))
    .bind(by)
    .bind(reason)
    .bind(number)
    .run(tx)
    .await?;
    Ok(done > 0)
}

sql::row! {
    struct OpenReportsRow {
        provider: String,
        provider_id: String,
        mobile: String,
        arrived: bool,
        said: String,
        id: i64,
        attempt: i64,
        state: String,
        parts_missing: i64,
    }
}

sql::row! {
    struct RepliesRow {
        number: i64,
        source: String,
        mobile: String,
        body: String,
        meaning: String,
        why: String,
        at: i64,
        typed_by: String,
        notice: Option<String>,
        settled: bool,
    }
}

impl Store {
    /// Reports whose letter is here, found by the provider's identifier and the number, or by the letter's key. Those of
    /// other programs that send by the same account have none, and keep no other from being seen. Before `since` nothing
    /// came or ended that is still of interest.
    pub async fn open_reports(&self, since: DateTime<Utc>) -> Result<Vec<Open>, StoreError> {
        // The parts of a long message have an identifier each; a provider's words list them, parted by spaces.
        let rows: Vec<OpenReportsRow> = sql::ask(
            "select r.provider, r.provider_id, r.mobile, r.arrived, r.said, o.id, o.attempt, o.state,
                 coalesce((select count(*)
                     from receipt c, json_each('[' || replace(json_quote(c.provider_id), ' ', '\",\"') || ']') part
                     where c.outbox = o.id and c.attempt = o.attempt and instr(c.provider_id, ' ') > 0
                         and not exists (select 1 from sms_report a where a.provider = r.provider
                             and a.provider_id = part.value and a.mobile = r.mobile and a.arrived = 1)), 0) as parts_missing from sms_report r cross join outbox o on o.address = r.mobile and o.expires_at > $1
                 and o.form = 'sms' and +o.channel = r.provider
                 and (r.letter <> '' and o.key = r.letter or exists
                     (select 1 from receipt c where c.outbox = o.id and instr(' ' || c.provider_id || ' ', ' ' || r.provider_id || ' ') > 0))
             where r.matched_at is null and r.came_at > $1 order by r.came_at limit 500",
        )
        .bind(seconds(since))
        .all(self.pool())
        .await?;
        let one = |OpenReportsRow {
                       provider,
                       provider_id: id,
                       mobile,
                       arrived,
                       said,
                       id: number,
                       attempt,
                       state,
                       parts_missing,
                   }| {
            let named = State::named(&state);
            let corrupt = || StoreError::Corrupt { what: "outbox.state", of: number.to_string(), value: state.clone() };
            let letter = (number, attempt, named.ok_or_else(corrupt)?);
            Ok(Open { parts_missing, key: (provider, id, mobile, arrived), said, letter })
        };
        rows.into_iter().map(one).collect()
    }

    /// Notes that a report found its letter.
    pub async fn close_report(
        &self,
        key: &(String, String, String, bool),
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sql::ask(
            "update sms_report set matched_at = $1 where provider = $2 and provider_id = $3 and mobile = $4 and arrived = $5",
        )
        .bind(seconds(now))
        .bind(&key.0)
        .bind(&key.1)
        .bind(&key.2)
        .bind(key.3)
        .run(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The newest notice of each episode and recipient that a number was sent, or reminded of, before `at` and that is
    /// of use then.
    pub async fn told_to(&self, mobile: &str, at: DateTime<Utc>) -> Result<Vec<Told>, StoreError> {
        let rows: Vec<Row> = sql::ask(
            // Of its letters, the columns are those of the last one.
            "select t.key, t.episode, t.revision, t.name, exists (select 1 from answer a where a.notice = t.key),
                 coalesce(o.carried_by, o.id), o.id, t.recipient,
                 coalesce((select max(at) from transition s where s.outbox = o.id and s.state = 'sending'), n.made_at)
                     > coalesce((select max(r.at) from reply r where r.mobile = $1 and r.at < $2
                         and r.meaning in ('known', 'done', 'unable')), -1),
                 coalesce((select group_concat(l.body, ' ') from notice w join outbox b on b.notice = w.key
                     join letter_text l on l.outbox = b.id
                     where coalesce(w.about, w.key) = t.key and b.form = 'sms' and b.address = $1), '')
             from (select t.key, max(o.id) as id
                   from outbox o join notice n on n.key = o.notice join notice t on t.key = coalesce(n.about, n.key)
                   where o.form = 'sms' and o.address = $1 and o.state in ('accepted', 'delivered', 'unknown')
                       and n.audience <> 'duty' and n.made_at <= $2 and o.expires_at > $2
                       and t.revision = (select max(m.revision) from notice m join outbox p on p.notice = m.key
                           where m.episode = t.episode and m.audience = t.audience and m.recipient = t.recipient
                               and p.form = 'sms' and p.state in ('accepted', 'delivered', 'unknown')
                               and m.made_at <= $2)
                   group by t.key) last
                 join outbox o on o.id = last.id join notice n on n.key = o.notice join notice t on t.key = last.key
             order by t.made_at, t.key",
        )
        .bind(mobile)
        .bind(seconds(at))
        .all(self.pool())
        .await?;
        rows.into_iter().map(told).collect()
    }

    /// The notice with this key; of a reminder, the notice that it reminds of.
    pub async fn answerable(&self, key: &str) -> Result<Option<Told>, StoreError> {
        let row: Option<Row> = sql::ask(
            "select t.key, t.episode, t.revision, t.name, exists (select 1 from answer a where a.notice = t.key), 0, 0,
                 t.recipient, 0, ''
             from notice n join notice t on t.key = coalesce(n.about, n.key) where n.key = $1",
        )
        .bind(key)
        .maybe(self.pool())
        .await?;
        row.map(told).transpose()
    }

    /// Replies, newest first: those that wait, or all.
    pub async fn replies(&self, all: bool) -> Result<Vec<Kept>, StoreError> {
        let rows: Vec<RepliesRow> = sql::ask(
            "select number, source, mobile, body, meaning, why, at, typed_by, notice, settled_at is not null as settled from reply
             where $1 = 1 or settled_at is null order by number desc limit 500",
        )
        .bind(i64::from(all))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|RepliesRow { number, source, mobile, body, meaning, why, at, typed_by, notice, settled }| {
                let why = Why::ALL.into_iter().find(|w| w.word() == why);
                let at = instant(at, "reply")?;
                Ok(Kept { number, source, mobile, body, meaning, why, at, typed_by, notice, settled })
            })
            .collect()
    }
}

type Row = (String, String, i64, String, bool, i64, i64, String, bool, String);

fn told(
    (notice, episode, revision, name, answered, message, _, recipient, since, words): Row,
) -> Result<Told, StoreError> {
    let revision = revision_number(revision, &notice)?;
    Ok(Told { notice, episode, revision, recipient, name, answered, message, since, words })
}
