//! Episodes that a person has ended, while what they asked for still lies ahead.
//!
//! In: a kind and region; a person's word that one no longer counts. Out: what was ended. Can't happen: an end by the
//! program taken for a person's.

use chrono::{DateTime, Utc};

use super::revisions::read_spans;
use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_rules::warning::Ended;

/// Lets the program tell the hours of an ended episode again. Says whether they were held back by a person's word.
pub async fn tell_again(
    tx: &mut Tx,
    episode: &str,
    (by, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sql::ask(
        "insert into told_again (episode, at, by, reason)
         select id, $2, $3, $4 from episode where id = $1 and exists (select 1 from revision r
             where r.episode = id and r.action in ('lift', 'cancel') and r.made_by <> 'cuofeng')
         on conflict do nothing",
    )
    .bind(episode)
    .bind(seconds(now))
    .bind(by)
    .bind(reason)
    .run(tx)
    .await?;
    Ok(done > 0)
}

sql::row! {
    struct EndedByPeopleRow {
        id: String,
        made_by: String,
        spans: String,
        at: i64,
    }
}

sql::row! {
    struct LiftedSinceRow {
        id: String,
        made_by: String,
        spans: String,
        at: i64,
    }
}

impl Store {
    /// What people have ended of a kind, or of a rule whose kind had another name then, in a region, in the mode in force,
    /// whose told end has not come.
    pub async fn ended_by_people(
        &self,
        (kind, rule): (&str, &str),
        region: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Ended>, StoreError> {
        let rows: Vec<EndedByPeopleRow> = sql::ask(
            "select e.id, r.made_by, r.spans, coalesce(d.at, r.decided_at) as at from episode e join revision r on r.episode = e.id
                 left join release d on d.episode = r.episode and d.number = r.number
             where (e.kind = $1 or e.rule = $2) and e.region = $3 and e.state = 'lifted'
                 and e.mode = coalesce((select mode from mode order by id desc limit 1), 'live')
                 and r.action in ('lift', 'cancel') and r.made_by <> 'cuofeng'
                 and (r.waits = 0 or d.outcome = 'released')
                 and not exists (select 1 from told_again t where t.episode = e.id)",
        )
        .bind(kind)
        .bind(rule)
        .bind(region)
        .all(self.pool())
        .await?;
        let mut ended = Vec::new();
        for EndedByPeopleRow { id: episode, made_by: by, spans, at } in rows {
            let (spans, at) = (read_spans(&spans, &episode)?, instant(at, &episode)?);
            if spans.iter().any(|span| span.period.end > now) {
                ended.push(Ended { episode, by, at, spans });
            }
        }
        Ok(ended)
    }

    /// The lifts of a kind in a region that the program itself has told since an instant, the latest first.
    pub async fn lifted_since(
        &self,
        (kind, region): (&str, &str),
        since: DateTime<Utc>,
    ) -> Result<Vec<Ended>, StoreError> {
        let rows: Vec<LiftedSinceRow> = sql::ask(
            "select e.id, r.made_by, r.spans, coalesce(d.at, r.decided_at) as at
             from episode e join revision r on r.episode = e.id
                 left join release d on d.episode = r.episode and d.number = r.number
             where e.kind = $1 and e.region = $2 and e.state = 'lifted'
                 and e.mode = coalesce((select mode from mode order by id desc limit 1), 'live')
                 and r.action = 'lift' and r.made_by = 'cuofeng'
                 and (r.waits = 0 or d.outcome = 'released')
                 and coalesce(d.at, r.decided_at) >= $3
             order by at desc",
        )
        .bind(kind)
        .bind(region)
        .bind(since.timestamp())
        .all(self.pool())
        .await?;
        let ended = |LiftedSinceRow { id: episode, made_by: by, spans, at }| {
            let (spans, at) = (read_spans(&spans, &episode)?, instant(at, &episode)?);
            Ok(Ended { episode, by, at, spans })
        };
        rows.into_iter().map(ended).collect()
    }
}
