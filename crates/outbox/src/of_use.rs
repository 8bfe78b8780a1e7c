//! Letters that were given up, and whether it would still be right to send them.
//!
//! In: letters whatever their state. Out: those of them that say what their recipients are to know now. Can't happen: a
//! raise after its end, its answer or a newer revision; a letter to whom the episode is no longer told; one whose time is
//! over. A revision that still waits to be released replaces nothing.

use chrono::{DateTime, Utc};

use cuofeng_notice::Purpose;
use cuofeng_sql as sql;
use cuofeng_store::{StoreError, Tx, seconds};

/// The letters among these that are still of use, with their attempts so far.
pub(super) async fn among(tx: &mut Tx, letters: &[i64], now: DateTime<Utc>) -> Result<Vec<(i64, i64)>, StoreError> {
    let ends: Vec<&str> = Purpose::ALL.into_iter().filter(|purpose| purpose.ends()).map(Purpose::word).collect();
    Ok(sql::ask(
        // `t` is what a reminder is about, and a notice itself otherwise.
        "select o.id, o.attempt from json_each($1) j cross join outbox o on o.id = j.value
             cross join notice n on n.key = o.notice
             cross join notice t on t.key = coalesce(n.about, n.key)
             cross join episode e on e.id = t.episode
         where o.expires_at > $2
             and (e.state = 'open' or n.purpose in (select value from json_each($3)))
             and not exists (select 1 from answer a where a.notice = t.key)
             and (n.purpose in (select value from json_each($3)) or not exists (select 1 from removed g
                 where g.episode = t.episode and g.audience = t.audience and g.recipient = t.recipient))
             and (n.purpose <> 'draft' or not exists (select 1 from release d
                 where d.episode = n.episode and d.number = n.revision))
             and not exists (select 1 from notice m
                 cross join revision s on s.episode = m.episode and s.number = m.revision
                 where m.episode = t.episode and m.audience = t.audience and m.recipient = t.recipient
                     and m.revision > t.revision and m.about is null and m.purpose <> 'draft'
                     and (s.waits = 0 or exists (select 1 from release d
                         where d.episode = s.episode and d.number = s.number and d.outcome = 'released')))
         order by o.id",
    )
    .bind(serde_json::json!(letters).to_string())
    .bind(seconds(now))
    .bind(serde_json::json!(ends).to_string())
    .all(&mut *tx)
    .await?)
}
