//! Hot spots in the database.
//!
//! In: hot spots of a feed. Out: those of a time. Can't happen: one hot spot counted twice.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, Tx, instant, seconds};
use crate::sql;
use cuofeng_air::fire::{Confidence, Fire, Place};

/// Keeps a hot spot, unless it is kept already. Says whether it was new.
pub async fn keep(tx: &mut Tx, feed: &str, fire: &Fire) -> Result<bool, StoreError> {
    let done = sql::ask(
        "insert into fire (feed, at, latitude, longitude, satellite, confidence, power) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict do nothing",
    )
    .bind(feed)
    .bind(seconds(fire.at))
    .bind(fire.place.latitude())
    .bind(fire.place.longitude())
    .bind(&fire.satellite)
    .bind(fire.confidence.name())
    .bind(fire.power)
    .run(tx)
    .await?;
    Ok(done > 0)
}

sql::row! {
    struct FiresRow {
        at: i64,
        latitude: i32,
        longitude: i32,
        satellite: String,
        confidence: String,
        power: Option<i32>,
    }
}

impl Store {
    /// The hot spots seen in `[since, until)`, oldest first.
    pub async fn fires(&self, since: DateTime<Utc>, until: DateTime<Utc>) -> Result<Vec<Fire>, StoreError> {
        let rows: Vec<FiresRow> = sql::ask(
            "select at, latitude, longitude, satellite, confidence, power from fire where at >= $1 and at < $2
             order by at, latitude, longitude",
        )
        .bind(seconds(since))
        .bind(seconds(until))
        .all(self.pool())
        .await?;
        let read = |FiresRow { at, latitude, longitude, satellite, confidence, power }| {
            let corrupt = |what, value| StoreError::Corrupt { what, of: format!("fire at {at}"), value };
            Ok(Fire {
                at: instant(at, "fire")?,
                place: Place::new(latitude, longitude).ok_or_else(|| corrupt("latitude", latitude.to_string()))?,
                confidence: Confidence::named(&confidence).ok_or_else(|| corrupt("confidence", confidence.clone()))?,
                satellite,
                power,
            })
        };
        rows.into_iter().map(read).collect()
    }
}
