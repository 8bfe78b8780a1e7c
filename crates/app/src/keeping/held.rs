//! Everything held in the name of the program.
//!
//! In: why. Out: the hold on record, and the letters that are unknown from now on. Can't happen: a hold without its entry in the
//! ledger.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_outbox::withheld;
use cuofeng_store::held::{self, Why};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, StoreError, Tx};

/// Whether the program holds everything.
pub(crate) async fn held(store: &Store) -> Result<bool, AppError> {
    Ok(store.hold().await?.is_some_and(|hold| hold.why.is_some()))
}

/// Holds everything in the name of the program, since the database does not know all that has left: letters that are not
/// final are unknown from now on. On record in the ledger, in a language. Gives how many letters those are.
pub async fn begin(tx: &mut Tx, why: Why, lang: Lang, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let letters = withheld::begin(tx, why, now).await?;
    let detail = msg!("held.ledger", why = why.message(), letters = letters).text(lang);
    ledger::write(tx, &Actor::Program, Event::Held, "outbox", &detail, now).await?;
    Ok(letters)
}

/// The same at a worker's start; nothing where that is known, and everything held, already.
pub(crate) async fn begin_at_start(store: &Store, why: Why, lang: Lang, now: DateTime<Utc>) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    // A restored or moved site is known to be older. An unsettled copy stays a copy.
    let known = held::standing(&mut tx).await?.is_some_and(|held| match why {
        Why::Restored | Why::Forgotten => true,
        Why::Foreign | Why::Copied => held.why == why && !held.settled,
    });
    if known {
        return Ok(());
    }
    let letters = begin(&mut tx, why, lang, now).await?;
    tx.commit().await?;
    tracing::error!(letters, why = why.message().text(Lang::En), "nothing is sent until a person resumes");
    Ok(())
}
