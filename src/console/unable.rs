//! The page of an alarm about an enterprise that can't: why, what is asked of it, and staff's decision.
//!
//! In: the alarm's letter, and the wish. Out: the page, or what was decided. Can't happen: a decision on another
//! enterprise's answer; anything that the member of staff whom the alarm went to may not do on the command line.

use chrono::{DateTime, Utc};
use minijinja::context;

use super::page::{page, says};
use super::release::Wish;
use crate::app::{App, AppError, Refusal};
use crate::msg;
use crate::notice::alarm::Trouble;
use crate::store::letters::Opened;
use crate::store::unable::Unable;
use crate::text::Message;

const INNER: &str = include_str!("unable.html");

/// The enterprise that the alarm behind a letter is about; nothing where it is no such alarm.
async fn enterprise(app: &App, letter: &Opened) -> Result<Option<String>, AppError> {
    let of = app.store.episode_rule(&letter.episode).await?;
    Ok(of.filter(|(rule, _)| rule == Trouble::Unable.kind()).map(|(_, enterprise)| enterprise))
}

async fn waiting(app: &App, enterprise: &str, now: DateTime<Utc>) -> Result<Option<Unable>, AppError> {
    Ok(app.unables(now).await?.into_iter().find(|one| one.enterprise == enterprise))
}

/// The page; nothing where the letter is no alarm of this kind.
pub(super) async fn show(app: &App, letter: &Opened, now: DateTime<Utc>) -> Result<Option<String>, AppError> {
    let Some(enterprise) = enterprise(app, letter).await? else { return Ok(None) };
    Ok(Some(match waiting(app, &enterprise, now).await? {
        Some(one) => of_answer(app, &one, None).await?,
        None => settled(app),
    }))
}

/// Decides; nothing where the page is no such page.
pub(super) async fn act(
    app: &App,
    letter: &Opened,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Option<String>, AppError> {
    let Some(enterprise) = enterprise(app, letter).await? else { return Ok(None) };
    let lang = app.site.config.language;
    let Some(one) = waiting(app, &enterprise, now).await?.filter(|one| one.number == wish.letter) else {
        return Ok(Some(settled(app)));
    };
    let granted = match wish.action.as_str() {
        "grant" => Some(&[][..]),
        "refuse" if !wish.reason.trim().is_empty() => None,
        _ => return Ok(Some(of_answer(app, &one, Some(&msg!("unable.why"))).await?)),
    };
    let done = app.decide_unable(one.number, granted, (&letter.name, &wish.reason), now).await?;
    Ok(Some(match done {
        Ok(done) => says(lang, &msg!("page.done_title"), &done.text(lang)),
        Err(Refusal(why)) => of_answer(app, &one, Some(&why)).await?,
    }))
}

fn settled(app: &App) -> String {
    let lang = app.site.config.language;
    says(lang, &msg!("page.settled_title"), &msg!("unable.settled").text(lang))
}

async fn of_answer(app: &App, one: &Unable, said: Option<&Message>) -> Result<String, AppError> {
    let (zone, lang) = (&app.site.config.zone, app.site.config.language);
    let asked: Vec<String> = app.asked_of(one).await?.into_iter().map(|(_, name)| name).collect();
    let words = context! {
        reason => msg!("unable.reason").text(lang),
        grant => msg!("unable.grant").text(lang),
        refuse => msg!("unable.refuse").text(lang),
    };
    let data = context! {
        lang => lang.code(), title => msg!("unable.title", name = &one.name).text(lang),
        said => said.map(|message| message.text(lang)), body => &one.reason, number => one.number,
        at => zone.words(one.at, lang), asked => msg!("unable.asked", processes = asked.join("、")).text(lang),
        note => msg!("unable.note").text(lang), words,
    };
    Ok(page(INNER, &data))
}
