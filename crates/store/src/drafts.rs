//! Drafts: revisions that wait for a person, what became of them, and the words they wait with.
//!
//! In: revisions and notices. Out: what still waits. Can't happen: a draft settled twice (the database refuses it, and
//! whoever comes second is told who was first); words that change between draft and release.

use chrono::{DateTime, Utc};

use super::held::Hold;
use super::revisions::{read_act, read_spans, spans_text};
use super::{Store, StoreError, Tx, instant, placed, revision_number, seconds};
use crate::sql;
use cuofeng_base::word::Form;
use cuofeng_base::words;
use cuofeng_notice::{Audience, Notice, Part, Purpose};
use cuofeng_rules::AtDeadline;
use cuofeng_rules::warning::{Act, Span};

/// A draft that still waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The episode.
    pub episode: String,
    /// Number of the revision.
    pub number: u32,
    /// What it does.
    pub action: Act,
    /// What it asks for.
    pub spans: Vec<Span>,
    /// Why, in the site's language.
    pub reason: String,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Until when it waits.
    pub deadline: DateTime<Utc>,
    /// Whether it goes out then, or is dropped.
    pub released_at_deadline: bool,
    /// Who holds it back beyond its deadline, if anybody does.
    pub held: Option<Hold>,
}

words! {
    /// What became of a draft.
    pub enum Outcome {
        /// It went out.
        Released = "released" as "drafts.outcome_released",
        /// A person turned it down.
        Rejected = "rejected" as "drafts.outcome_rejected",
        /// A newer one took its place.
        Replaced = "replaced" as "drafts.outcome_replaced",
        /// Nobody settled it in time, or nothing useful was left of it.
        Dropped = "dropped" as "drafts.outcome_dropped",
    }
}

/// What a stored draft came to; nothing where it still waits.
pub(crate) fn read_outcome(word: Option<&str>, episode: &str) -> Result<Option<Outcome>, StoreError> {
    let corrupt =
        |word: &str| StoreError::Corrupt { what: "release.outcome", of: episode.to_owned(), value: word.to_owned() };
    word.map(|word| Outcome::named(word).ok_or_else(|| corrupt(word))).transpose()
}

/// What becomes of a stored draft that nobody settles in time.
fn read_default(word: &str, episode: &str) -> Result<AtDeadline, StoreError> {
    let corrupt =
        || StoreError::Corrupt { what: "revision.at_deadline", of: episode.to_owned(), value: word.to_owned() };
    AtDeadline::named(word).ok_or_else(corrupt)
}

/// Who settled a draft first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What became of it.
    pub outcome: Outcome,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Settles a draft, once. Where another was first it stays as it is, and that one is given.
pub async fn settle(
    tx: &mut Tx,
    draft: &Waiting,
    outcome: Outcome,
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Option<Settled>, StoreError> {
    let done = sql::ask(
        "insert into release (episode, number, outcome, at, by, reason) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(&draft.episode)
    .bind(i64::from(draft.number))
    .bind(outcome.word())
    .bind(seconds(now))
    .bind(by)
    .bind(reason)
    .run(tx)
    .await?;
    if done == 1 { Ok(None) } else { settled(&mut *tx, &draft.episode, Some(draft.number)).await }
}

/// What became of a draft of an episode: of the one with a number, else of the last that was settled; nothing where it
/// still waits.
pub async fn settled(
    on: impl Into<sql::Source<'_>>,
    episode: &str,
    number: Option<u32>,
) -> Result<Option<Settled>, StoreError> {
    let row: Option<(String, String, i64)> = sql::ask(
        "select outcome, by, at from release where episode = $1 and ($2 is null or number = $2)
         order by number desc limit 1",
    )
    .bind(episode)
    .bind(number.map(i64::from))
    .maybe(on)
    .await?;
    let Some((outcome, by, at)) = row else { return Ok(None) };
    let corrupt = || StoreError::Corrupt { what: "outcome", of: episode.to_owned(), value: outcome.clone() };
    Ok(Some(Settled { outcome: Outcome::named(&outcome).ok_or_else(corrupt)?, at: instant(at, episode)?, by }))
}

/// Holds a draft back beyond its deadline; said again, the reason is the later one.
pub async fn hold(
    tx: &mut Tx,
    (episode, number): (&str, u32),
    by: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let put = |text| sql::ask(text).bind(episode).bind(i64::from(number)).bind(seconds(now)).bind(by).bind(reason);
    let again = "update draft_hold set at = $3, by = $4, reason = $5 where episode = $1 and number = $2";
    if put(again).run(tx).await? == 0 {
        put("insert into draft_hold (episode, number, at, by, reason) values ($1, $2, $3, $4, $5)").run(tx).await?;
    }
    Ok(())
}

/// Keeps the words of a draft's notice.
pub async fn keep_parts(tx: &mut Tx, notice: &Notice) -> Result<(), StoreError> {
    for part in &notice.parts {
        sql::ask(
            "insert into draft_part (notice, form, address, subject, body, places, not_before, by_hand)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&notice.key)
        .bind(part.form.name())
        .bind(&part.address)
        .bind(&part.subject)
        .bind(part.body.text())
        .bind(part.body.stored())
        .bind(seconds(notice.not_before))
        .bind(part.by_hand)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Notes what a decision held back, where it differs from the last time.
pub async fn hold_back(
    tx: &mut Tx,
    (rule, region): (&str, &str),
    spans: &[Span],
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let text = spans_text(spans);
    sql::ask(
        "insert into held_back (rule, region, at, reason, spans) select $1, $2, $3, $4, $5
         where not exists (select 1 from held_back last
             where last.id = (select max(id) from held_back where rule = $1 and region = $2)
                 and last.reason = $4 and last.spans = $5)",
    )
    .bind(rule)
    .bind(region)
    .bind(seconds(now))
    .bind(reason)
    .bind(text)
    .run(tx)
    .await?;
    Ok(())
}

/// Holds everything that is unsent; says whether nothing held it before.
pub async fn stop(tx: &mut Tx, by: &str, reason: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = sql::ask("insert into hold (since, by, reason) values ($1, $2, $3) on conflict do nothing")
        .bind(seconds(now))
        .bind(by)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(done == 1)
}

/// Lets everything go again; says whether it was held.
pub async fn resume(tx: &mut Tx, by: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done = sql::ask("update hold set lifted_at = $1, lifted_by = $2 where lifted_at is null")
        .bind(seconds(now))
        .bind(by)
        .run(tx)
        .await?;
    Ok(done == 1)
}

sql::row! {
    struct WaitingDraftsRow {
        episode: String,
        number: i64,
        action: String,
        spans: String,
        reason: String,
        made_by: String,
        decided_at: i64,
        deadline: i64,
        at_deadline: String,
        at: Option<i64>,
        by: Option<String>,
        why: Option<String>,
    }
}

sql::row! {
    struct DraftNoticesRow {
        key: String,
        purpose: String,
        audience: String,
        recipient: String,
        name: String,
        expires_at: i64,
        form: String,
        address: String,
        subject: String,
        body: String,
        places: String,
        not_before: i64,
        by_hand: bool,
    }
}

sql::row! {
    struct HeldBackRow {
        at: i64,
        reason: String,
        spans: String,
    }
}

impl Store {
    /// The drafts that still wait, oldest first.
    pub async fn waiting_drafts(&self) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<WaitingDraftsRow> = sql::ask(
            "select r.episode, r.number, r.action, r.spans, r.reason, r.made_by, r.decided_at, r.deadline,
                 r.at_deadline, h.at, h.by, h.reason as why from revision r indexed by revision_waiting cross join episode e on e.id = r.episode
                 left join release d on d.episode = r.episode and d.number = r.number
                 left join draft_hold h on h.episode = r.episode and h.number = r.number
             where r.waits = 1 and d.number is null
                 and e.mode = coalesce((select mode from mode order by id desc limit 1), 'live')
             order by r.decided_at, r.episode, r.number",
        )
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|row| {
                let WaitingDraftsRow {
                    episode,
                    number,
                    action,
                    spans,
                    reason,
                    made_by,
                    decided_at: made_at,
                    deadline,
                    at_deadline: default,
                    at,
                    by,
                    why,
                } = row;
                let held = match (at, by, why) {
                    (Some(at), Some(by), Some(reason)) => {
                        Some(Hold { since: instant(at, &episode)?, by, reason, why: None })
                    }
                    _ => None,
                };
                Ok(Waiting {
                    held,
                    number: revision_number(number, &episode)?,
                    spans: read_spans(&spans, &episode)?,
                    made_at: instant(made_at, &episode)?,
                    deadline: instant(deadline, &episode)?,
                    released_at_deadline: read_default(&default, &episode)? == AtDeadline::Release,
                    action: read_act(&action, &episode)?,
                    episode,
                    reason,
                    made_by,
                })
            })
            .collect()
    }

    /// The notices of a draft, with the words they wait with.
    pub async fn draft_notices(&self, draft: &Waiting) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<DraftNoticesRow> = sql::ask(
            "select n.key, n.purpose, n.audience, n.recipient, n.name, n.expires_at, p.form, p.address, p.subject, p.body,
                 p.places, p.not_before, p.by_hand
             from notice n join draft_part p on p.notice = n.key
             where n.episode = $1 and n.revision = $2 order by n.key, p.form, p.address",
        )
        .bind(&draft.episode)
        .bind(i64::from(draft.number))
        .all(self.pool())
        .await?;
        let mut notices: Vec<Notice> = Vec::new();
        for row in rows {
            let DraftNoticesRow {
                key,
                purpose,
                audience,
                recipient,
                name,
                expires_at: expires,
                form,
                address,
                subject,
                body,
                places,
                not_before,
                by_hand,
            } = row;
            let corrupt = |what, value: &str| StoreError::Corrupt { what, of: key.clone(), value: value.to_owned() };
            let form = Form::named(&form).ok_or_else(|| corrupt("form", &form))?;
            let part = Part { form, address, subject, body: placed(body, &places, &key)?, by_hand };
            if let Some(last) = notices.last_mut().filter(|last| last.key == key) {
                last.parts.push(part);
                continue;
            }
            notices.push(Notice {
                purpose: Purpose::named(&purpose).ok_or_else(|| corrupt("purpose", &purpose))?,
                audience: Audience::named(&audience).ok_or_else(|| corrupt("audience", &audience))?,
                not_before: instant(not_before, &key)?,
                expires_at: instant(expires, &key)?,
                // What it asks is on the notice's own row.
                ask_hours: None,
                about: None,
                gist: None,
                enclosures: self.enclosures(&key).await?,
                reserve: super::reserves::of(self, &key).await?,
                parts: vec![part],
                key,
                recipient,
                name,
            });
        }
        Ok(notices)
    }

    /// Rule and region of an episode, open or ended.
    pub async fn episode_rule(&self, episode: &str) -> Result<Option<(String, String)>, StoreError> {
        Ok(sql::ask("select rule, region from episode where id = $1").bind(episode).maybe(self.pool()).await?)
    }

    /// What was held back last of a rule in a region, if anything ever was: when, why, and the periods.
    pub async fn held_back(
        &self,
        rule: &str,
        region: &str,
    ) -> Result<Option<(DateTime<Utc>, String, Vec<Span>)>, StoreError> {
        let row: Option<HeldBackRow> = sql::ask(
            "select at, reason, spans from held_back where rule = $1 and region = $2 order by id desc limit 1",
        )
        .bind(rule)
        .bind(region)
        .maybe(self.pool())
        .await?;
        row.map(|HeldBackRow { at, reason, spans }| Ok((instant(at, rule)?, reason, read_spans(&spans, rule)?)))
            .transpose()
    }
}
