//! What those who join an open episode are told, and what the others have been told.
//!
//! In: what a revision says, the hours of who joined. Out: the same, and the letters of an episode. Can't happen: a
//! revision's content changed after it was written (the database refuses it).

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, enclosures, instant, revision_number, seconds};
use crate::sql;
use crate::state::State;
use cuofeng_base::word::Form;
use cuofeng_notice::{Content, Notice};
use cuofeng_plan::Plan;

/// What a revision says to everyone.
#[derive(Debug, Clone)]
pub struct Said {
    /// What its templates were given.
    pub content: Content,
    /// Words that a person put for others, in their order.
    pub put: Vec<(String, String)>,
}

/// A notice of an episode to one recipient, with one of its letters if it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The notice's key.
    pub notice: String,
    /// Number of the revision.
    pub revision: u32,
    /// Word of the recipient's class.
    pub audience: String,
    /// Identifier of the recipient.
    pub recipient: String,
    /// The letter; a village's text for which no hours were left has none.
    pub letter: Option<Sent>,
}

/// Where a letter went, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its number.
    pub number: i64,
    /// Its form.
    pub form: Form,
    /// Where it goes.
    pub address: String,
    /// Where it stands.
    pub state: State,
    /// Its attempts so far.
    pub attempt: i64,
    /// From when it may be sent.
    pub not_before: DateTime<Utc>,
    /// From when it is useless.
    pub expires_at: DateTime<Utc>,
}

/// Keeps what a revision says to everyone.
pub async fn keep(tx: &mut Tx, episode: &str, number: u32, content: &Content) -> Result<(), StoreError> {
    sql::ask("insert into revision_content (episode, number, content) values ($1, $2, $3)")
        .bind(episode)
        .bind(i64::from(number))
        .bind(serde_json::to_string(content).unwrap_or_default())
        .run(tx)
        .await?;
    Ok(())
}

/// The same for a draft that says in other words what an earlier one said.
pub async fn keep_put(
    tx: &mut Tx,
    episode: &str,
    (from, number): (u32, u32),
    pairs: &[(String, String)],
) -> Result<(), StoreError> {
    for table in [
        "insert into revision_content (episode, number, content)
         select episode, $3, content from revision_content where episode = $1 and number = $2",
        "insert into revision_put (episode, number, place, stood, put)
         select episode, $3, place, stood, put from revision_put where episode = $1 and number = $2",
    ] {
        sql::ask(table).bind(episode).bind(i64::from(from)).bind(i64::from(number)).run(tx).await?;
    }
    for (stood, put) in pairs {
        sql::ask(
            "insert into revision_put (episode, number, place, stood, put)
             select $1, $2, count(*), $3, $4 from revision_put where episode = $1 and number = $2",
        )
        .bind(episode)
        .bind(i64::from(number))
        .bind(stood)
        .bind(put)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Keeps the hours of those who joined after a revision was told.
pub async fn keep_plan(
    tx: &mut Tx,
    episode: &str,
    number: u32,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql::ask("insert into plan_joined (episode, revision, at, plan) values ($1, $2, $3, $4)")
        .bind(episode)
        .bind(i64::from(number))
        .bind(seconds(now))
        .bind(plan.to_text())
        .run(tx)
        .await?;
    Ok(())
}

/// Keeps what goes with a mail that a notice has not had before.
pub async fn keep_enclosures(tx: &mut Tx, notice: &Notice) -> Result<(), StoreError> {
    enclosures::keep(tx, notice).await
}

/// Whether an episode is open and a revision is still the last one told.
pub async fn stands(tx: &mut Tx, episode: &str, number: u32) -> Result<bool, StoreError> {
    Ok(sql::ask(
        "select exists (select 1 from episode where id = $1 and state = 'open') and not exists (
             select 1 from revision r left join release d on d.episode = r.episode and d.number = r.number
             where r.episode = $1 and r.number > $2 and (r.waits = 0 or d.outcome = 'released'))",
    )
    .bind(episode)
    .bind(i64::from(number))
    .one(&mut *tx)
    .await?)
}

sql::row! {
    struct Row {
        key: String,
        revision: i64,
        audience: String,
        recipient: String,
        not_before: Option<i64>,
        expires_at: Option<i64>,
        id: Option<i64>,
        form: Option<String>,
        address: Option<String>,
        state: Option<String>,
        attempt: Option<i64>,
    }
}

impl Row {
    fn read(self) -> Result<Told, StoreError> {
        let notice = self.key;
        let letter = match (self.id, self.form, self.address, self.state, self.attempt) {
            (Some(number), Some(form), Some(address), Some(state), Some(attempt)) => {
                let corrupt =
                    |what, value: &str| StoreError::Corrupt { what, of: notice.clone(), value: value.to_owned() };
                let form = Form::named(&form).ok_or_else(|| corrupt("outbox.form", &form))?;
                let state = State::named(&state).ok_or_else(|| corrupt("outbox.state", &state))?;
                match (self.not_before, self.expires_at) {
                    (Some(from), Some(until)) => {
                        let (not_before, expires_at) = (instant(from, &notice)?, instant(until, &notice)?);
                        Some(Sent { number, form, address, state, attempt, not_before, expires_at })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        let revision = revision_number(self.revision, &notice)?;
        Ok(Told { notice, revision, audience: self.audience, recipient: self.recipient, letter })
    }
}

impl Store {
    /// What a revision says to everyone; none of one that an older version of the program has written.
    pub async fn said(&self, episode: &str, number: u32) -> Result<Option<Said>, StoreError> {
        let text: Option<String> = sql::ask("select content from revision_content where episode = $1 and number = $2")
            .bind(episode)
            .bind(i64::from(number))
            .maybe(self.pool())
            .await?;
        let Some(text) = text else { return Ok(None) };
        let corrupt = || StoreError::Corrupt { what: "content", of: episode.to_owned(), value: text.clone() };
        let content = serde_json::from_str(&text).map_err(|_| corrupt())?;
        let put = sql::ask("select stood, put from revision_put where episode = $1 and number = $2 order by place")
            .bind(episode)
            .bind(i64::from(number))
            .all(self.pool())
            .await?;
        Ok(Some(Said { content, put }))
    }

    /// The hours of those who joined an episode, with the revisions that they were told, oldest first.
    pub(super) async fn joined_plans(&self, episode: &str) -> Result<Vec<(i64, Plan)>, StoreError> {
        let rows: Vec<(i64, String)> =
            sql::ask("select revision, plan from plan_joined where episode = $1 order by id")
                .bind(episode)
                .all(self.pool())
                .await?;
        rows.into_iter()
            .map(|(revision, text)| {
                let corrupt = || StoreError::Corrupt { what: "plan", of: episode.to_owned(), value: text.clone() };
                Ok((revision, Plan::from_text(&text).ok_or_else(corrupt)?))
            })
            .collect()
    }

    /// What went to whom of an episode, in the order of its revisions; reminders and requests for a release left out.
    pub async fn told_letters(&self, episode: &str) -> Result<Vec<Told>, StoreError> {
        let rows: Vec<Row> = sql::ask(
            "select n.key, n.revision, n.audience, n.recipient, o.not_before, o.expires_at,
                 o.id, o.form, o.address, o.state, o.attempt
             from notice n left join outbox o on o.notice = n.key
             where n.episode = $1 and n.about is null and n.purpose in ('raise', 'update')
             order by n.revision, n.key, o.id",
        )
        .bind(episode)
        .all(self.pool())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }
}
