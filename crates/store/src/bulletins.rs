//! Lines of bulletins that a person has to confirm.
//!
//! In: lines set aside by a feed, and what people decide. Out: what waits. Can't happen: a line settled twice.

use chrono::{DateTime, Utc};

use super::held::PROGRAM;
use super::{Store, StoreError, Tx, anew, instant, seconds};
use crate::sql;
use cuofeng_air::forecast::Outlook;
use cuofeng_base::text::Lang;
use cuofeng_feed::Aside;

/// A line that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub number: i64,
    /// Name of the feed.
    pub feed: String,
    /// Region identifier.
    pub region: String,
    /// File or address.
    pub source: String,
    /// When the bulletin was issued, where that is certain.
    pub issued_at: Option<DateTime<Utc>>,
    /// When the line came in.
    pub seen_at: DateTime<Utc>,
    /// The line as it stands.
    pub line: String,
    /// What was understood of it, by day.
    pub understood: Vec<Outlook>,
    /// Why it is not certain.
    pub why: String,
}

/// Keeps a line, unless it is kept already (settled by a person or not). One that a correction took out of the list waits
/// again where it is published again. Says whether it was new.
pub async fn keep(tx: &mut Tx, aside: &Aside, lang: Lang, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let understood = serde_json::to_string(&aside.understood).ok();
    let again = sql::ask(
        "update bulletin_line set state = 'waiting', source = $3, understood = $6, why = $7, seen_at = $8
         where feed = $1 and region = $2 and issued_at is not distinct from $4 and line = $5 and state = 'dropped' and settled_by = $9",
    )
    .bind(&aside.feed)
    .bind(&aside.region)
    .bind(&aside.source)
    .bind(aside.issued_at.map(seconds))
    .bind(&aside.line)
    .bind(&understood)
    .bind(aside.why.text(lang))
    .bind(seconds(now))
    .bind(PROGRAM)
    .run(tx)
    .await?;
    if again > 0 {
        return Ok(true);
    }
    // SQLite counts nulls as different, so that a line without an issue time is looked for first: the same words may speak
    // of other days then.
    let done = sql::ask(
        "insert into bulletin_line (feed, region, source, issued_at, line, understood, why, seen_at)
         select $1, $2, $3, $4, $5, $6, $7, $8
         where not exists (select 1 from bulletin_line
             where feed = $1 and region = $2 and issued_at is not distinct from $4 and line = $5
                 and ($4 is not null or understood is not distinct from $6))",
    )
    .bind(&aside.feed)
    .bind(&aside.region)
    .bind(&aside.source)
    .bind(aside.issued_at.map(seconds))
    .bind(&aside.line)
    .bind(understood)
    .bind(aside.why.text(lang))
    .bind(seconds(now))
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// Takes what a bulletin said before out of the list and out of force, where it was published anew: the lines that wait or
/// were confirmed and are not among its `lines` any more.
pub async fn outdate(
    tx: &mut Tx,
    (feed, region, issued_at): (&str, &str, DateTime<Utc>),
    lines: &[&str],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let lines = serde_json::to_string(lines).unwrap_or_default();
    let ended = sql::ask(
        "update forecast_run set ended_at = $1 where feed = $2 and region = $3 and issued_at = $4 and part > 0
             and ended_at is null
             and part in (select id from bulletin_line where line not in (select value from json_each($5)))",
    )
    .bind(seconds(now))
    .bind(feed)
    .bind(region)
    .bind(seconds(issued_at))
    .bind(&lines)
    .run(tx)
    .await?;
    if ended > 0 {
        anew::mark(tx, region).await?;
    }
    sql::ask(
        "update bulletin_line set state = 'dropped', settled_by = $6, settled_at = $1
         where state in ('waiting', 'confirmed') and feed = $2 and region = $3 and issued_at = $4
             and line not in (select value from json_each($5))",
    )
    .bind(seconds(now))
    .bind(feed)
    .bind(region)
    .bind(seconds(issued_at))
    .bind(&lines)
    .bind(PROGRAM)
    .run(tx)
    .await?;
    Ok(())
}

/// Settles a waiting line as `confirmed` or `dropped`. Says whether it was waiting.
pub async fn settle(
    tx: &mut Tx,
    number: i64,
    state: &'static str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "update bulletin_line set state = $1, settled_by = $2, settled_at = $3 where id = $4 and state = 'waiting'",
    )
    .bind(state)
    .bind(by)
    .bind(seconds(now))
    .bind(number)
    .run(tx)
    .await?;
    Ok(done > 0)
}

/// What was understood, by day; an earlier version kept one day alone.
fn outlooks(text: &str) -> Vec<Outlook> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(text).map(|one| vec![one])).unwrap_or_default()
}

/// A stored line: number, feed, region, source, issued, line, understood, why, seen.
type LineRow = (i64, String, String, String, Option<i64>, String, Option<String>, String, i64);

impl Store {
    /// The lines that wait, oldest first.
    pub async fn waiting_lines(&self) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<LineRow> = sql::ask(
            "select id, feed, region, source, issued_at, line, understood, why, seen_at from bulletin_line
             where state = 'waiting' order by id",
        )
        .all(self.pool())
        .await?;
        let read = |(number, feed, region, source, issued, line, understood, why, seen): LineRow| {
            let issued_at = issued.map(|at| instant(at, "bulletin_line")).transpose()?;
            let understood = understood.as_deref().map(outlooks).unwrap_or_default();
            let seen_at = instant(seen, "bulletin_line")?;
            Ok(Waiting { number, feed, region, source, issued_at, seen_at, line, understood, why })
        };
        rows.into_iter().map(read).collect()
    }
}
