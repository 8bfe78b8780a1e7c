//! Official alerts about the air that became no order.
//!
//! In: what a feed could not place. Out: the ledger told once, and what of it is news. Can't happen: an alert told twice.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use cuofeng_base::msg;
use cuofeng_base::text::outside;
use cuofeng_feed::Unplaced;
use cuofeng_office::site::Site;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, Tx};

/// How long such an alert is shown: about as long as an alert is in force.
const NEWS: chrono::Duration = chrono::Duration::days(3);

/// Tells the ledger, once, of an official alert about the air that is no order.
pub(crate) async fn note_unplaced(
    site: &Site,
    store: &Store,
    tx: &mut Tx,
    feed: &str,
    alert: &Unplaced,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let words = msg!(
        "unplaced.words",
        issuer = &alert.issuer,
        subject = &alert.subject,
        headline = &alert.headline,
        why = alert.why.clone()
    );
    let subject = format!("{} {feed} {}", alert.region, alert.alert);
    if ledger::latest(store, Event::AlertUnplaced, &subject).await?.is_none() {
        tracing::warn!(feed, alert = alert.alert, code = alert.code, "an official alert that is no order");
        let words = outside::line(&words.text(site.config.language));
        ledger::write(tx, &Actor::Program, Event::AlertUnplaced, &subject, &words, now).await?;
    }
    Ok(())
}

/// Official alerts about the air of a region that became no order, in words, as far as they are news.
pub async fn unplaced(store: &Store, region: &str, now: DateTime<Utc>) -> Result<Vec<String>, AppError> {
    Ok(unplaced_of(store, region, now).await?.into_iter().map(|(_, words)| words).collect())
}

/// The same, each with what the ledger knows it by.
pub(crate) async fn unplaced_of(
    store: &Store,
    region: &str,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>, AppError> {
    let since = now - NEWS;
    let of = |(subject, _): &(String, String)| subject.split(' ').next() == Some(region);
    let all = ledger::since(store, Event::AlertUnplaced, since).await?;
    Ok(all.into_iter().filter(of).collect())
}
