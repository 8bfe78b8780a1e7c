//! Where a folder comes from, by a person's word.
//!
//! In: a member of staff: moved or copied. Out: the identity and its mark, settled. Can't happen: a copy that sends in the
//! original's name.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::error::AppError;
use crate::keeping::held::begin;
use crate::keeping::lock::Lock;
use crate::keeping::standing;
use crate::refusal::{Answer, refuse};
use cuofeng_base::word::Identity;
use cuofeng_base::{msg, setting};
use cuofeng_channel::link::LinkError;
use cuofeng_outbox::withheld;
use cuofeng_store::StoreError;
use cuofeng_store::held::{self, Why};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::mark::Marks;
use cuofeng_town::roster::Role;

/// What a person says of a folder that was copied or moved, or has another site's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It is the site, which works nowhere else any more.
    Moved,
    /// The site works on elsewhere: this one is another from now on.
    Copied,
}

/// Settles where a folder comes from, while no worker is on it; what is held stays held until a person resumes. A copy
/// begins a hold where there is none; the site file is written first, and nothing is changed where that fails.
pub async fn settle(root: &Path, came: Came, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
    let _lock = Lock::take(root)?;
    let App { site, store, .. } = {
        let app = App::look(root).await?;
        if !app.site.roster.may(by, &Role::RELEASING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        app
    };
    let (here, own, process) = (standing::folder(root)?, store.own().await?, Marks::of_process());
    let Some(named) = own.identity.clone().or_else(|| site.config.identity.clone()) else {
        return Ok(refuse(msg!("held.not_begun")));
    };
    let (marks, found) = standing::seat(&own, &process, &named).map_err(StoreError::from)?;
    let mut tx = store.begin().await?;
    let asked = held::standing(&mut tx).await?.is_some_and(|held| held.why.wants_settling() && !held.settled);
    tx.commit().await?;
    let is_filed = site.config.identity.as_ref().is_none_or(|filed| *filed == named);
    // One that began from another's site file, or on a machine that was copied, is a copy where it is at home.
    if came == Came::Moved && !asked && is_filed && found.is_some_and(|found| found.folder == here) {
        return Ok(refuse(msg!("held.at_home", folder = here.display())));
    }
    let lang = site.config.language;
    let identity = match came {
        Came::Moved => named,
        Came::Copied => Identity::random().ok_or(LinkError::Random)?,
    };
    // First of all: a database with an identity that its site file lacks would be another site's at every start.
    if let Err(cause) = standing::write_identity(root, &identity, lang) {
        return Ok(refuse(msg!(
            "held.unwritable",
            path = here.join(setting::FILE).display(),
            cause = cuofeng_base::file::said(&cause)
        )));
    }
    let mut tx = store.begin().await?;
    // What is held already stays held for its own reason.
    if held::standing(&mut tx).await?.is_none() {
        begin(&mut tx, Why::Copied, lang, now).await?;
    }
    if came == Came::Copied {
        withheld::leave_to_the_original(&mut tx, now).await?;
    }
    tx.commit().await?;
    // A worker of the original's on this machine holds its mark, and is in the way of a move alone; a new site's mark lies
    // where this user's marks lie.
    let marks = if came == Came::Copied { process } else { marks };
    let mark = standing::take(&store, (&marks, &identity), &here, now).await?;
    let mut tx = store.begin().await?;
    let (word, event, done) = match came {
        Came::Moved => ("moved", Event::SiteMoved, msg!("held.moved_done", identity = identity.as_str())),
        Came::Copied => ("copied", Event::SiteCopied, msg!("held.copied_done", identity = identity.as_str())),
    };
    held::settle(&mut tx, word).await?;
    ledger::write(&mut tx, &Actor::of(by), event, identity.as_str(), &format!("{by}: {}", here.display()), now).await?;
    tx.commit().await?;
    drop(mark);
    store.close().await;
    Ok(Ok(done))
}
