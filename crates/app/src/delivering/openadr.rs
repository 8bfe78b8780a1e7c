//! A warning and its plan for the demand-response server of others.
//!
//! In: an episode, the program at the server. Out: its events as of the revision told last, or why there are none.
//! Can't happen: events of an exercise or a trial, since machines act on them; events of a warning that has been lifted.

use chrono::DateTime;
use serde_json::Value;

use crate::delivering::cap::Publishing;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::refusal::Refusal;
use cuofeng_base::msg;
use cuofeng_base::time::Period;
use cuofeng_base::word::Mode;
use cuofeng_notice::openadr::{self, Telling};
use cuofeng_office::site::Site;
use cuofeng_store::Store;

/// The events of an episode; of the latest planned one where none is named.
pub async fn openadr(
    site: &Site,
    store: &Store,
    book: &Book,
    warning: Option<&str>,
    program: &str,
) -> Result<Result<Vec<Value>, Refusal>, AppError> {
    let latest = match warning {
        Some(id) => Some(id.to_owned()),
        None => store.latest_planned().await?,
    };
    let id = latest.unwrap_or_default();
    let all = store.episodes_since(DateTime::UNIX_EPOCH).await?;
    let Some(known) = all.into_iter().find(|known| known.id.to_string() == id) else {
        return Ok(Err(Refusal(msg!("planned.none"))));
    };
    if known.mode != Mode::Live {
        return Ok(Err(Refusal(msg!("openadr.not_live", episode = id))));
    }
    let (told, revisions) = (store.told_plan(&id).await?, store.revisions(&id).await?);
    let (Some(plan), Some(last)) = (told, revisions.into_iter().rfind(|revision| revision.told)) else {
        return Ok(Err(Refusal(msg!("openadr.untold", episode = id))));
    };
    if last.action.takes_back() {
        return Ok(Err(Refusal(msg!("openadr.over", episode = id))));
    }
    let periods: Vec<Period> = last.spans.iter().map(|span| span.period).collect();
    let config = &site.config;
    let rule = Publishing::new(site, store, book).rule_begun_with(&known).await?;
    let title = rule.map_or_else(|| known.rule.clone(), |rule| rule.name);
    let telling = Telling {
        program,
        episode: &id,
        revision: last.number,
        office: &config.name,
        title: &title,
        region: &known.id.region,
        periods: &periods,
        plan: &plan,
        zone: &config.zone,
        lang: config.language,
    };
    Ok(openadr::events(&telling).map_err(|unfit| Refusal(msg!("openadr.unfit", id = unfit.0))))
}
