//! Open episodes: found by their identifier, their drafts, their end.
//!
//! In: an identifier. Out: the rule, region and state of the episode; its draft; an end on record. Can't happen: an ended
//! episode found.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::judging::book::Book;
use cuofeng_air::region::Region;
use cuofeng_office::site::Site;
use cuofeng_rules::Rule;
use cuofeng_rules::warning::{Act, Episode};
use cuofeng_store::Store;
use cuofeng_store::drafts::Waiting;
use cuofeng_store::episodes::{self, NewRevision};
use cuofeng_store::held::PROGRAM;
use cuofeng_store::ledger::{self, Actor};

/// An open episode with its rule and region.
pub(crate) type Ruled = (Rule, Region, Episode);

/// What an episode is called: the name of its rule.
pub(crate) async fn title_of(store: &Store, book: &Book, episode: &str) -> Result<String, AppError> {
    let rule = store.rule_behind(episode).await?;
    let named = rule.as_ref().and_then(|(set, rule)| book.rule(*set, rule)).map(|rule| rule.name.clone());
    Ok(named.unwrap_or_else(|| episode.to_owned()))
}

/// Ends an episode whose told end has come.
pub(crate) async fn expire(store: &Store, episode: &Episode, reason: &str, now: DateTime<Utc>) -> Result<(), AppError> {
    let mut tx = store.begin().await?;
    let last = NewRevision {
        episode: &episode.id,
        number: episode.revision + 1,
        action: Act::Expire,
        spans: &episode.spans,
        reason,
        by: PROGRAM,
        waits: None,
        now,
    };
    episodes::revise(&mut tx, &last).await?;
    episodes::close(&mut tx, &episode.id, "expired").await?;
    ledger::write(&mut tx, &Actor::Program, last.action.into(), &episode.id.to_string(), reason, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The draft of an episode that still waits.
pub(crate) async fn waiting(store: &Store, episode: Option<&Episode>) -> Result<Option<Waiting>, AppError> {
    let Some(id) = episode.map(|e| e.id.to_string()) else { return Ok(None) };
    Ok(store.waiting_drafts().await?.into_iter().rfind(|draft| draft.episode == id))
}

/// The rule, region and state of an open episode by its identifier.
pub(crate) async fn rule_of(site: &Site, store: &Store, book: &Book, id: &str) -> Result<Option<Ruled>, AppError> {
    for region in &site.config.regions {
        let open = store.open_episodes(&region.id).await?;
        if let Some(episode) = open.into_iter().find(|e| e.id.to_string() == id) {
            let rule = book.rule(episode.rule_set, &episode.rule).cloned();
            return Ok(rule.map(|rule| (rule, region.clone(), episode)));
        }
    }
    Ok(None)
}
