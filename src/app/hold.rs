//! Everything held back, by a person's word or by the program's, and let go again.
//!
//! In: a member of staff. Out: the hold in the database, which the outbox heeds; in the ledger with the name. Can't
//! happen: a hold lifted by somebody who may not release.

use chrono::{DateTime, Utc};

use super::drafts::{Answer, refuse};
use super::{App, AppError};
use crate::ledger;
use crate::msg;
use crate::roster::Role;
use crate::store::held::{self, Why};
use crate::store::{StoreError, Tx, drafts};
use crate::text::Lang;

/// Holds everything in the name of the program, since the database does not know all that has left: letters that are not
/// final are unknown from now on. On record in the ledger, in a language. Gives how many letters those are.
pub(crate) async fn begin(tx: &mut Tx, why: Why, lang: Lang, now: DateTime<Utc>) -> Result<usize, StoreError> {
    let letters = held::begin(tx, why, now).await?;
    let detail = msg!("held.ledger", why = why.message(), letters = letters).text(lang);
    ledger::write(tx, "held", "outbox", &detail, now).await?;
    Ok(letters)
}

impl App {
    /// Holds everything that is unsent.
    pub(crate) async fn stop(&self, by: &str, reason: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        // Whoever sees something wrong may stop it; letting it go again takes a releaser.
        if !self.may(by, &Role::DRAFTING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let mut tx = self.store.begin().await?;
        let fresh = drafts::stop(&mut tx, by, reason, now).await?;
        ledger::write(&mut tx, "stopped", "outbox", &format!("{by}: {reason}"), now).await?;
        tx.commit().await?;
        Ok(Ok(if fresh { msg!("drafts.stop_done") } else { msg!("drafts.stop_already") }))
    }

    /// Lets everything go again.
    pub(crate) async fn resume(&self, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.may(by, &Role::RELEASING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let mut tx = self.store.begin().await?;
        if !drafts::resume(&mut tx, by, now).await? {
            return Ok(refuse(msg!("drafts.not_stopped")));
        }
        ledger::write(&mut tx, "resumed", "outbox", by, now).await?;
        tx.commit().await?;
        Ok(Ok(msg!("drafts.resumed")))
    }
}
