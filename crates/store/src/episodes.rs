//! Episodes, their revisions and their notices in the database.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::drafts::{Outcome, read_outcome};
use super::revisions::{read_act, read_spans, spans_text};
use super::{Store, StoreError, Tx, enclosures, instant, reserves, revision_number, seconds};
use crate::sql;
use cuofeng_base::word::Mode;
use cuofeng_notice::Notice;
use cuofeng_notice::alarm::Trouble;
use cuofeng_rules::AtDeadline;
use cuofeng_rules::warning::{Act, Episode, EpisodeId, Revision, Span};

/// What a recipient of an episode was told last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastTold {
    /// Word of the recipient's class.
    pub audience: String,
    /// Its identifier.
    pub recipient: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Number of the revision.
    pub revision: u32,
}

/// A revision to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewRevision<'a> {
    /// The episode.
    pub episode: &'a EpisodeId,
    /// Its number.
    pub number: u32,
    /// What it does.
    pub action: Act,
    /// The periods told.
    pub spans: &'a [Span],
    /// Why, in the site's language.
    pub reason: &'a str,
    /// Who made it: `cuofeng`, or a member of staff.
    pub by: &'a str,
    /// Of a draft, until when it may wait and what becomes of it then; nothing where it is told at once.
    pub waits: Option<(DateTime<Utc>, AtDeadline)>,
    /// When.
    pub now: DateTime<Utc>,
}

/// An episode and the rule it began with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Identity.
    pub id: EpisodeId,
    /// The rule.
    pub rule: String,
    /// The set of rules, by number.
    pub rule_set: i64,
    /// The mode it began in.
    pub mode: Mode,
    /// The identity of the site that began it; empty where it began before sites had any.
    pub site: String,
}

/// Opens an episode.
pub async fn open(tx: &mut Tx, id: &EpisodeId, rule: &str, rule_set: i64) -> Result<(), StoreError> {
    sql::ask(
        "insert into episode (id, kind, region, rule, rule_set, first_day, ordinal, state, mode, identity)
         values ($1, $2, $3, $4, $5, $6, $7, 'open', coalesce($8, (select mode from mode order by id desc limit 1), 'live'),
             coalesce((select identity from identity), ''))",
    )
    .bind(id.to_string())
    .bind(&id.kind)
    .bind(&id.region)
    .bind(rule)
    .bind(rule_set)
    .bind(id.day.to_string())
    .bind(i64::from(id.ordinal))
    .bind(mode_of(&id.kind))
    .run(tx)
    .await?;
    Ok(())
}

/// The mode of a kind, where it is not the one in force: the tool's own troubles are always real.
fn mode_of(kind: &str) -> Option<&'static str> {
    Trouble::is_kind(kind).then_some("live")
}

/// Ends an episode: `lifted` or `expired`.
pub async fn close(tx: &mut Tx, id: &EpisodeId, state: &'static str) -> Result<(), StoreError> {
    sql::ask("update episode set state = $1 where id = $2 and state = 'open'")
        .bind(state)
        .bind(id.to_string())
        .run(tx)
        .await?;
    Ok(())
}

/// Moves an open episode to another set of rules; says whether it is open.
pub async fn move_to_set(tx: &mut Tx, id: &str, rule_set: i64) -> Result<bool, StoreError> {
    let done = sql::ask("update episode set rule_set = $1 where id = $2 and state = 'open'")
        .bind(rule_set)
        .bind(id)
        .run(tx)
        .await?;
    Ok(done == 1)
}

/// Writes a revision.
pub async fn revise(tx: &mut Tx, revision: &NewRevision<'_>) -> Result<(), StoreError> {
    sql::ask(
        "insert into revision (episode, number, action, decided_at, spans, reason, made_by, waits, deadline, at_deadline)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
        .bind(revision.episode.to_string())
        .bind(i64::from(revision.number))
        .bind(revision.action.word())
        .bind(seconds(revision.now))
        .bind(spans_text(revision.spans))
        .bind(revision.reason)
        .bind(revision.by)
        .bind(i64::from(revision.waits.is_some()))
        .bind(revision.waits.map(|(deadline, _)| seconds(deadline)))
        .bind(revision.waits.map(|(_, default)| default.word()))
        .run(tx)
        .await?;
    Ok(())
}

/// Who wrote a revision, and when; nothing where there is none of that number.
pub async fn revised(
    tx: &mut Tx,
    episode: &EpisodeId,
    number: u32,
) -> Result<Option<(String, DateTime<Utc>)>, StoreError> {
    let row: Option<(String, i64)> =
        sql::ask("select made_by, decided_at from revision where episode = $1 and number = $2")
            .bind(episode.to_string())
            .bind(i64::from(number))
            .maybe(&mut *tx)
            .await?;
    row.map(|(by, at)| Ok((by, instant(at, "revision")?))).transpose()
}

/// How many notices go into one statement.
const AT_ONCE: usize = 500;

/// Writes notices of a revision; their parts go to the outbox.
pub async fn write_notices(
    tx: &mut Tx,
    notices: &[Notice],
    episode: &EpisodeId,
    revision: u32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for some in notices.chunks(AT_ONCE) {
        let row = |notice: &Notice| {
            json!({"key": notice.key, "purpose": notice.purpose.word(), "audience": notice.audience.word(),
                "recipient": notice.recipient, "name": notice.name, "expires_at": seconds(notice.expires_at),
                "ask_hours": notice.ask_hours, "about": notice.about})
        };
        let rows: Vec<serde_json::Value> = some.iter().map(row).collect();
        sql::ask(
            "insert into notice
                (key, episode, revision, purpose, audience, recipient, name, made_at, expires_at, ask_hours, about)
             select value ->> 'key', $2, $3, value ->> 'purpose', value ->> 'audience', value ->> 'recipient',
                 value ->> 'name', $4, cast(value ->> 'expires_at' as bigint), cast(value ->> 'ask_hours' as bigint), value ->> 'about'
             from json_each($1)",
        )
        .bind(json!(rows).to_string())
        .bind(episode.to_string())
        .bind(i64::from(revision))
        .bind(seconds(now))
        .run(tx)
        .await?;
    }
    keep_gists(tx, notices).await?;
    for notice in notices {
        reserves::keep(tx, notice).await?;
        enclosures::keep(tx, notice).await?;
    }
    Ok(())
}

/// Keeps what the notices ask in a few words.
async fn keep_gists(tx: &mut Tx, notices: &[Notice]) -> Result<(), StoreError> {
    let gists = notices.iter().filter_map(|notice| Some(json!({"notice": notice.key, "of": notice.gist.as_ref()?})));
    let gists: Vec<serde_json::Value> = gists.collect();
    if gists.is_empty() {
        return Ok(());
    }
    sql::ask(
        "insert into gist (notice, title, periods, asks, reply, link)
         select value ->> 'notice', value -> 'of' ->> 'title', value -> 'of' ->> 'periods', value -> 'of' ->> 'asks',
             value -> 'of' ->> 'reply', value -> 'of' ->> 'link' from json_each($1)",
    )
    .bind(json!(gists).to_string())
    .run(tx)
    .await?;
    Ok(())
}

sql::row! {
    struct RevisionsRow {
        number: i64,
        action: String,
        decided_at: i64,
        spans: String,
        waits: i64,
        outcome: Option<String>,
        at: Option<i64>,
        unfounded: bool,
    }
}

sql::row! {
    struct EpisodesSinceRow {
        id: String,
        kind: String,
        region: String,
        rule: String,
        rule_set: i64,
        first_day: String,
        ordinal: i64,
        mode: String,
        identity: String,
    }
}

sql::row! {
    struct LastToldRow {
        audience: String,
        recipient: String,
        at: i64,
        number: i64,
    }
}

impl Store {
    /// The open episode of a kind and region, as its revisions leave it.
    pub async fn open_episode(&self, kind: &str, region: &str) -> Result<Option<Episode>, StoreError> {
        type Row = (String, String, i64, String, i64);
        let row: Option<Row> = sql::ask(
            "select id, rule, rule_set, first_day, ordinal from episode where kind = $1 and region = $2 and state = 'open'
                 and mode = coalesce($3, (select mode from mode order by id desc limit 1), 'live')",
        )
        .bind(kind)
        .bind(region)
        .bind(mode_of(kind))
        .maybe(self.pool())
        .await?;
        let Some((id, rule, rule_set, day, ordinal)) = row else { return Ok(None) };
        let corrupt = |what, value: &str| StoreError::Corrupt { what, of: id.clone(), value: value.to_owned() };
        let day: NaiveDate = day.parse().map_err(|_| corrupt("first_day", &day))?;
        let ordinal = u32::try_from(ordinal).map_err(|_| corrupt("ordinal", ""))?;
        let revisions = self.revisions(&id).await?;
        let id = EpisodeId { kind: kind.to_owned(), region: region.to_owned(), day, ordinal };
        Ok(Episode::replay(id, rule, rule_set, &revisions))
    }

    /// The revisions of an episode, oldest first.
    pub async fn revisions(&self, episode: &str) -> Result<Vec<Revision>, StoreError> {
        let rows: Vec<RevisionsRow> = sql::ask(
            "select r.number, r.action, r.decided_at, r.spans, r.waits, d.outcome, d.at, exists (
                 select 1 from basis b join forecast_run f on f.id = b.run
                 where b.episode = r.episode and b.number = r.number and b.anew_at is null and f.ended_at is not null) as unfounded from revision r left join release d on d.episode = r.episode and d.number = r.number
             where r.episode = $1 order by r.number",
        )
        .bind(episode)
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|RevisionsRow { number, action, decided_at: at, spans, waits, outcome, at: settled, unfounded }| {
                let number = revision_number(number, episode)?;
                let released = read_outcome(outcome.as_deref(), episode)? == Some(Outcome::Released);
                let at = instant(settled.filter(|_| released).unwrap_or(at), episode)?;
                let (spans, told) = (read_spans(&spans, episode)?, waits == 0 || released);
                let action = read_act(&action, episode)?;
                Ok(Revision { number, action, spans, at, told, unfounded })
            })
            .collect()
    }

    /// How many recipients of a revision have letters: none goes to whom an end would only puzzle.
    pub async fn recipients_of(&self, episode: &str, revision: u32) -> Result<i64, StoreError> {
        Ok(sql::ask(
            "select count(distinct n.audience || n.recipient) from notice n join outbox o on o.notice = n.key
             where n.episode = $1 and n.revision = $2",
        )
        .bind(episode)
        .bind(i64::from(revision))
        .one(self.pool())
        .await?)
    }

    /// The rule that an episode is of, and the set of rules that this is in.
    pub async fn rule_behind(&self, episode: &str) -> Result<Option<(i64, String)>, StoreError> {
        Ok(sql::ask("select rule_set, rule from episode where id = $1").bind(episode).maybe(self.pool()).await?)
    }

    /// The open episodes of a region, those about the tool's own troubles left out.
    pub async fn open_episodes(&self, region: &str) -> Result<Vec<Episode>, StoreError> {
        let mut episodes = Vec::new();
        for (kind, place) in self.open_kinds().await? {
            if place == region && !Trouble::is_kind(&kind) {
                episodes.extend(self.open_episode(&kind, &place).await?);
            }
        }
        Ok(episodes)
    }

    /// Kind and region of every open episode.
    pub async fn open_kinds(&self) -> Result<Vec<(String, String)>, StoreError> {
        Ok(sql::ask("select distinct kind, region from episode where state = 'open' order by kind, region")
            .all(self.pool())
            .await?)
    }

    /// The regions of all episodes of a kind, open or not.
    pub async fn places_of(&self, kind: &str) -> Result<Vec<String>, StoreError> {
        Ok(sql::ask("select distinct region from episode where kind = $1").bind(kind).all(self.pool()).await?)
    }

    /// Numbers of the sets of rules that open episodes began with.
    pub async fn open_rule_sets(&self) -> Result<Vec<i64>, StoreError> {
        Ok(sql::ask("select distinct rule_set from episode where state = 'open' and rule_set > 0")
            .all(self.pool())
            .await?)
    }

    /// The highest number of the episodes of a kind and region that were first told on a day; 0 where there is none.
    pub async fn last_ordinal(&self, kind: &str, region: &str, day: NaiveDate) -> Result<u32, StoreError> {
        let last: i64 = sql::ask(
            "select coalesce(max(ordinal), 0) from episode where kind = $1 and region = $2 and first_day = $3",
        )
        .bind(kind)
        .bind(region)
        .bind(day.to_string())
        .one(self.pool())
        .await?;
        Ok(u32::try_from(last).unwrap_or(u32::MAX))
    }

    /// Episodes that are open, or were decided on since an instant, oldest first; those about the tool's own troubles
    /// left out.
    pub async fn episodes_since(&self, from: DateTime<Utc>) -> Result<Vec<Known>, StoreError> {
        let rows: Vec<EpisodesSinceRow> = sql::ask(
            "select id, kind, region, rule, rule_set, first_day, ordinal, mode, identity from episode where state = 'open'
             or exists (select 1 from revision where revision.episode = episode.id and decided_at >= $1)
             or exists (select 1 from release where release.episode = episode.id and at >= $1)
             order by first_day, id",
        )
        .bind(seconds(from))
        .all(self.pool())
        .await?;
        let rules = rows.into_iter().filter(|row| !Trouble::is_kind(&row.kind));
        rules
            .map(
                |EpisodesSinceRow {
                     id,
                     kind,
                     region,
                     rule,
                     rule_set,
                     first_day: day,
                     ordinal,
                     mode,
                     identity: site,
                 }| {
                    let corrupt =
                        |what, value: &str| StoreError::Corrupt { what, of: id.clone(), value: value.to_owned() };
                    let day: NaiveDate = day.parse().map_err(|_| corrupt("first_day", &day))?;
                    let ordinal = u32::try_from(ordinal).map_err(|_| corrupt("ordinal", ""))?;
                    let mode = Mode::named(&mode).ok_or_else(|| corrupt("mode", &mode))?;
                    Ok(Known { id: EpisodeId { kind, region, day, ordinal }, rule, rule_set, mode, site })
                },
            )
            .collect()
    }

    /// The identity of the site that began an episode; of one that is only being begun, the site's own.
    pub async fn site_of(&self, episode: &str) -> Result<String, StoreError> {
        Ok(sql::ask(
            "select coalesce((select identity from episode where id = $1), (select identity from identity), '')",
        )
        .bind(episode)
        .one(self.pool())
        .await?)
    }

    /// Recipients (class and identifier) who were told of an episode up to one of its revisions.
    pub async fn told_until(&self, episode: &EpisodeId, revision: u32) -> Result<Vec<(String, String)>, StoreError> {
        Ok(sql::ask(
            "select distinct audience, recipient from notice where episode = $1 and revision <= $2 order by 1, 2",
        )
        .bind(episode.to_string())
        .bind(i64::from(revision))
        .all(self.pool())
        .await?)
    }

    /// Recipients (class and identifier) who were told of an episode.
    pub async fn told(&self, episode: &EpisodeId) -> Result<Vec<(String, String)>, StoreError> {
        self.told_of(&episode.to_string()).await
    }

    /// When each recipient of an episode was told of it last, of which revision: by a letter that was taken, or may still be
    /// at an instant.
    pub async fn last_told(&self, episode: &str, now: DateTime<Utc>) -> Result<Vec<LastTold>, StoreError> {
        let rows: Vec<LastToldRow> = sql::ask(
            "select n.audience, n.recipient, max(case when d.at > n.made_at then d.at else n.made_at end) as at, max(n.revision) as number from notice n left join release d
                 on d.episode = n.episode and d.number = n.revision and d.outcome = 'released'
             where n.episode = $1 and n.about is null and n.purpose in ('raise', 'update')
                 and exists (select 1 from outbox o where o.notice = n.key
                     and (o.state in ('accepted', 'delivered', 'unknown', 'leased', 'sending')
                         or o.state = 'queued' and o.expires_at > $2))
             group by n.audience, n.recipient",
        )
        .bind(episode)
        .bind(seconds(now))
        .all(self.pool())
        .await?;
        rows.into_iter()
            .map(|LastToldRow { audience, recipient, at, number }| {
                let (at, revision) = (instant(at, episode)?, super::revision_number(number, episode)?);
                Ok(LastTold { audience, recipient, at, revision })
            })
            .collect()
    }

    /// The same of an episode by its identifier.
    pub async fn told_of(&self, episode: &str) -> Result<Vec<(String, String)>, StoreError> {
        Ok(sql::ask(
            "select distinct n.audience, n.recipient from notice n join outbox o on o.notice = n.key
             where n.episode = $1 and n.purpose <> 'draft'",
        )
        .bind(episode)
        .all(self.pool())
        .await?)
    }
}
