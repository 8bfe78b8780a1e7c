//! Which runs were due, and which happened.
//!
//! In: a cron line, the site's zone, the runs on record and `now`. Out: due times, each claimed once or recorded as
//! skipped with its reason. Can't happen: a due time run twice; one passed over in silence. The scheduler crate only
//! rings the bell (design decision 2).

use chrono::{DateTime, Duration, Utc};

use crate::store::{Store, StoreError, instant, seconds};
use crate::time::Zone;

/// How far back due times are looked for: a longer stop is one skip with its reason.
const LOOK_BACK_DAYS: i64 = 7;

/// Due times after `last` up to `now`, oldest first.
#[must_use]
pub fn due(cron: &croner::Cron, zone: &Zone, last: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let from = last.max(now - Duration::days(LOOK_BACK_DAYS));
    cron.iter_after(from.with_timezone(&zone.tz())).map(|t| t.with_timezone(&Utc)).take_while(|t| *t <= now).collect()
}

/// Claims the latest due run of a job and records the older ones as skipped. Nothing is due between runs; a job that
/// never ran is due at once; one that a crash interrupted is due again.
pub async fn claim_latest(
    store: &Store,
    job: &str,
    cron: &croner::Cron,
    zone: &Zone,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let mut tx = store.begin().await?;
    let last: Option<(i64, String)> =
        sqlx::query_as("select due_at, state from run where job = ? order by due_at desc limit 1")
            .bind(job)
            .fetch_optional(&mut *tx)
            .await?;
    let since = match &last {
        Some((due_at, _)) => instant(*due_at, "run")?,
        None => now - Duration::days(1),
    };
    let mut times = due(cron, zone, since, now);
    let latest = times.pop();
    for time in times {
        if last.is_some() {
            sqlx::query(
                "insert into run (job, due_at, state, started_at, finished_at, reason)
                 values (?, ?, 'skipped', ?, ?, 'a later run was due already') on conflict do nothing",
            )
            .bind(job)
            .bind(seconds(time))
            .bind(seconds(now))
            .bind(seconds(now))
            .execute(&mut *tx)
            .await?;
        }
    }
    let interrupted = last.filter(|(_, state)| state == "running").map(|(due_at, _)| due_at);
    let claimed = match (latest, interrupted) {
        (Some(time), _) => Some(seconds(time)),
        (None, again) => again,
    };
    if let Some(due_at) = claimed {
        sqlx::query(
            "insert into run (job, due_at, state, started_at) values (?, ?, 'running', ?)
             on conflict (job, due_at) do update set started_at = excluded.started_at",
        )
        .bind(job)
        .bind(due_at)
        .bind(seconds(now))
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "update run set state = 'failed', reason = 'interrupted', finished_at = ?
             where job = ? and state = 'running' and due_at <> ?",
        )
        .bind(seconds(now))
        .bind(job)
        .bind(due_at)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    claimed.map(|due_at| instant(due_at, "run")).transpose()
}

/// Claims one due time of a job. Says whether it was still to be done.
pub async fn claim(store: &Store, job: &str, due_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let state: Option<String> = sqlx::query_scalar("select state from run where job = ? and due_at = ?")
        .bind(job)
        .bind(seconds(due_at))
        .fetch_optional(&mut *tx)
        .await?;
    let open = state.is_none_or(|s| s == "running" || s == "failed");
    if open {
        sqlx::query(
            "insert into run (job, due_at, state, started_at) values (?, ?, 'running', ?)
             on conflict (job, due_at) do update set state = 'running', started_at = excluded.started_at",
        )
        .bind(job)
        .bind(seconds(due_at))
        .bind(seconds(now))
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(open)
}

/// Records how a run ended.
pub async fn finish(
    store: &Store,
    job: &str,
    due_at: DateTime<Utc>,
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    sqlx::query("update run set state = ?, reason = ?, finished_at = ? where job = ? and due_at = ?")
        .bind(if error.is_some() { "failed" } else { "done" })
        .bind(error.unwrap_or(""))
        .bind(seconds(now))
        .bind(job)
        .bind(seconds(due_at))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cron_line_means_the_sites_clock() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let cron = crate::config::cron("0 8,20 * * *").expect("a cron line");
        let at = |text: &str| DateTime::parse_from_rfc3339(text).expect("a time").with_timezone(&Utc);
        let times = due(&cron, &zone, at("2026-07-14T08:00:00+08:00"), at("2026-07-15T08:00:00+08:00"));
        assert_eq!(times, [at("2026-07-14T20:00:00+08:00"), at("2026-07-15T08:00:00+08:00")]);
    }
}
