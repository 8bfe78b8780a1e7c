//! The page of an alarm about an enterprise that can't: why, what is asked of it, and staff's decision.
//!
//! In: the enterprise, and the wish. Out: the page, or what was decided. Can't happen: a decision on another
//! enterprise's answer; anything that the member of staff whom the alarm went to may not do on the command line.

use chrono::{DateTime, Utc};
use minijinja::context;

use super::page::{page, says};
use super::release::Wish;
use cuofeng_app::{App, AppError, Refusal};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_store::unable::Unable;

const INNER: &str = include_str!("unable.html");

async fn waiting(app: &App, enterprise: &str, now: DateTime<Utc>) -> Result<Option<Unable>, AppError> {
    Ok(app.unable().unables(now).await?.into_iter().find(|one| one.enterprise == enterprise))
}

/// The page of an enterprise.
pub(super) async fn show(app: &App, enterprise: &str, now: DateTime<Utc>) -> Result<String, AppError> {
    match waiting(app, enterprise, now).await? {
        Some(one) => of_answer(app, &one, None).await,
        None => Ok(settled(app)),
    }
}

/// Decides.
pub(super) async fn act(
    app: &App,
    enterprise: &str,
    (by, wish): (&str, &Wish),
    now: DateTime<Utc>,
) -> Result<String, AppError> {
    let lang = app.site.config.language;
    let Some(one) = waiting(app, enterprise, now).await?.filter(|one| one.number == wish.letter) else {
        return already(app, wish.letter).await;
    };
    let granted = match wish.action.as_str() {
        "grant" => Some(&[][..]),
        "refuse" if !wish.reason.trim().is_empty() => None,
        _ => return of_answer(app, &one, Some(&msg!("unable.why"))).await,
    };
    match app.unable().decide_unable(one.number, granted, (by, &wish.reason), now).await? {
        Ok(done) => Ok(says(lang, &msg!("page.done_title"), &done.text(lang))),
        // Where somebody decided meanwhile, there is nothing left to choose.
        Err(_) if waiting(app, enterprise, now).await?.is_none_or(|still| still.number != one.number) => {
            already(app, one.number).await
        }
        Err(Refusal(why)) => of_answer(app, &one, Some(&why)).await,
    }
}

/// Who decided on an answer, where it is known.
async fn already(app: &App, number: i64) -> Result<String, AppError> {
    let lang = app.site.config.language;
    let first = app.unable().unable_first(number).await?;
    Ok(first.map_or_else(|| settled(app), |first| says(lang, &msg!("page.settled_title"), &first.text(lang))))
}

fn settled(app: &App) -> String {
    let lang = app.site.config.language;
    says(lang, &msg!("page.settled_title"), &msg!("unable.settled").text(lang))
}

async fn of_answer(app: &App, one: &Unable, said: Option<&Message>) -> Result<String, AppError> {
    let (zone, lang) = (&app.site.config.zone, app.site.config.language);
    let asked: Vec<String> = app.unable().asked_of(one).await?.into_iter().map(|(_, name)| name).collect();
    let words = context! {
        reason => msg!("unable.reason").text(lang),
        grant => msg!("unable.grant").text(lang),
        refuse => msg!("unable.refuse").text(lang),
    };
    let data = context! {
        lang => lang.code(), title => msg!("unable.title", name = &one.name).text(lang),
        said => said.map(|message| message.text(lang)), body => &one.reason, number => one.number,
        at => zone.words(one.at, lang), asked => msg!("unable.asked", processes = asked.join(lang.comma())).text(lang),
        note => msg!("unable.note").text(lang), words,
    };
    Ok(page(INNER, &data))
}
