//! Channels that are paused: by the program, because the far side refuses everything, or by a member of staff.
//!
//! In: what the far side said, or a person's word. Out: whether the channel may be used. Can't happen: a channel that the
//! program paused and never tries again; one that a person paused and the program opens.

use chrono::{DateTime, Duration, Utc};

use cuofeng_base::text::outside;
use cuofeng_base::word::ChannelName;
use cuofeng_sql as sql;
use cuofeng_store::{Store, StoreError, Tx, instant, seconds};

pub use cuofeng_store::held::PROGRAM;

/// How long after a refusal of everything one letter is tried.
pub(super) const TRY_AGAIN: Duration = Duration::minutes(30);

/// How long a channel stays slow after its far side has refused the sender: daily quotas are counted anew by then.
const SLOW: Duration = Duration::hours(24);

/// A channel that is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The channel.
    pub channel: ChannelName,
    /// Since when.
    pub since: DateTime<Utc>,
    /// By whom: [`PROGRAM`], or a member of staff.
    pub by: String,
    /// Why: the far side's words, or the person's.
    pub reason: String,
    /// When one letter is tried; never where a person paused it.
    pub try_at: Option<DateTime<Utc>>,
    /// Whether it is because of who sends: how much, how fast or of what kind.
    pub slow: bool,
}

/// Whether letters may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// As many as the channel takes.
    Open,
    /// One, to see whether the far side takes letters again.
    One,
    /// The program's own word that it holds everything, and nothing else.
    Alarm,
    /// None.
    Shut,
}

/// Whether letters may leave by a channel: not while everything is held, in a dry run or while it is paused. And whether
/// they leave slowly, since its far side refused the sender a short time ago.
pub(super) async fn gate(tx: &mut Tx, channel: ChannelName, now: DateTime<Utc>) -> Result<(Gate, bool), StoreError> {
    let (held, dry, paused, try_at, slow): (Option<String>, bool, bool, Option<i64>, bool) = sql::ask(
        "select (select why from hold where lifted_at is null),
             coalesce((select mode from mode order by id desc limit 1), 'live') = 'dry-run',
             exists (select 1 from channel_pause where channel = $1 and lifted_at is null),
             (select try_at from channel_pause where channel = $1 and lifted_at is null),
             exists (select 1 from channel_pause
                 where channel = $1 and slow = 1 and (lifted_at is null or lifted_by = $2 and lifted_at > $3))",
    )
    .bind(channel.name())
    .bind(PROGRAM)
    .bind(seconds(now - SLOW))
    .one(&mut *tx)
    .await?;
    let open = match held.as_deref() {
        _ if dry => Gate::Shut,
        None => Gate::Open,
        Some("") => Gate::Shut,
        Some(_) => Gate::Alarm,
    };
    let gate = match (open, paused, try_at) {
        (open, false, _) => open,
        (Gate::Open, true, Some(at)) if at <= seconds(now) => Gate::One,
        _ => Gate::Shut,
    };
    Ok((gate, slow))
}

/// Notes that the pause that stands is because of who sends: the channel is slow afterwards.
pub(super) async fn slow_down(tx: &mut Tx, channel: ChannelName) -> Result<(), StoreError> {
    sql::ask("update channel_pause set slow = 1 where channel = $1 and lifted_at is null")
        .bind(channel.name())
        .run(tx)
        .await?;
    Ok(())
}

/// Pauses a channel; where it is paused already, a pause by the program is prolonged. Says whether it is new.
pub async fn begin(
    tx: &mut Tx,
    channel: ChannelName,
    (by, reason): (&str, &str),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let try_at = (by == PROGRAM).then(|| seconds(now + TRY_AGAIN));
    let prolonged = sql::ask(
        "update channel_pause set try_at = case when by = $2 then $3 else try_at end
         where channel = $1 and lifted_at is null",
    )
    .bind(channel.name())
    .bind(PROGRAM)
    .bind(seconds(now + TRY_AGAIN))
    .run(tx)
    .await?;
    if prolonged > 0 && by == PROGRAM {
        return Ok(false);
    }
    // A person's word stands over the program's.
    end(tx, channel, by, now).await?;
    sql::ask("insert into channel_pause (channel, since, by, reason, try_at) values ($1, $2, $3, $4, $5)")
        .bind(channel.name())
        .bind(seconds(now))
        .bind(by)
        .bind(outside::line(reason))
        .bind(try_at)
        .run(tx)
        .await?;
    Ok(true)
}

/// Opens a channel again. Says whether it was paused.
pub async fn end(tx: &mut Tx, channel: ChannelName, by: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let done =
        sql::ask("update channel_pause set lifted_at = $1, lifted_by = $2 where channel = $3 and lifted_at is null")
            .bind(seconds(now))
            .bind(by)
            .bind(channel.name())
            .run(tx)
            .await?;
    Ok(done > 0)
}

sql::row! {
    struct PausesRow {
        channel: String,
        since: i64,
        by: String,
        reason: String,
        try_at: Option<i64>,
        slow: bool,
    }
}

/// The channels that are paused.
pub async fn pauses(store: &Store) -> Result<Vec<Pause>, StoreError> {
    let rows: Vec<PausesRow> = sql::ask(
        "select channel, since, by, reason, try_at, slow from channel_pause where lifted_at is null order by channel",
    )
    .all(store.pool())
    .await?;
    rows.into_iter()
        .map(|PausesRow { channel, since, by, reason, try_at, slow }| {
            let corrupt =
                || StoreError::Corrupt { what: "channel", of: "channel_pause".into(), value: channel.clone() };
            let name = ChannelName::named(&channel).ok_or_else(corrupt)?;
            let try_at = try_at.map(|at| instant(at, "channel_pause")).transpose()?;
            Ok(Pause { channel: name, since: instant(since, "channel_pause")?, by, reason, try_at, slow })
        })
        .collect()
}
