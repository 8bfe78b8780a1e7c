//! The page of a notice that asks for an answer: its text, and three answers.
//!
//! In: the letter, and the wish. Out: the page, or the answer on record. Can't happen: a GET that answers; an answer to
//! a notice that was replaced; a page for a notice that asks for none; one of several
//! notices that came in one message and that can't be reached from the others' pages.

use chrono::{DateTime, Utc};
use minijinja::context;

use super::page::{page, says};
use super::release::Wish;
use cuofeng_app::answering::answers::Standing;
use cuofeng_app::{App, AppError, Refusal};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_channel::link::Keys;
use cuofeng_rules::acknowledgement::Said;
use cuofeng_store::answers::Via;
use cuofeng_store::letters::Opened;

const INNER: &str = include_str!("answer.html");

/// The page; nothing where the notice asks for no answer.
pub(super) async fn show(app: &App, letter: &Opened, now: DateTime<Utc>) -> Result<Option<String>, AppError> {
    let Some(standing) = standing(app, letter, now).await? else { return Ok(None) };
    if standing.case.over {
        return Ok(Some(says(app.site.config.language, &msg!("page.settled_title"), &replaced(app))));
    }
    let said = standing.said.map(|answer| msg!("page.answered", said = answer.said.message()));
    let others = others(app, letter, now).await?;
    Ok(Some(of_notice(app, letter, &others, said.as_ref())))
}

/// Keeps the answer; nothing where the notice asks for none.
pub(super) async fn act(
    app: &App,
    letter: &Opened,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Option<String>, AppError> {
    let Some(standing) = standing(app, letter, now).await? else { return Ok(None) };
    let lang = app.site.config.language;
    let Some(said) = Said::named(&wish.action, &wish.reason) else {
        let asked_why = wish.action == "unable";
        let others = others(app, letter, now).await?;
        return Ok(asked_why.then(|| of_notice(app, letter, &others, Some(&msg!("page.why_unable")))));
    };
    let done = app.answering().answer(&standing.asked.notice, &said, (Via::Link, &letter.name), now).await?;
    let others = others(app, letter, now).await?;
    Ok(Some(match done {
        // There is more to answer.
        Ok(done) if !others.is_empty() => of_notice(app, letter, &others, Some(&done)),
        Ok(done) => says(lang, &msg!("page.done_title"), &done.text(lang)),
        Err(Refusal(why)) => says(lang, &msg!("page.settled_title"), &why.text(lang)),
    }))
}

/// Where the notice stands that the letter brought or reminded of.
async fn standing(app: &App, letter: &Opened, now: DateTime<Utc>) -> Result<Option<Standing>, AppError> {
    let Some(told) = app.store.answerable(&letter.notice).await? else { return Ok(None) };
    Ok(app.answering().standings(now).await?.into_iter().find(|standing| standing.asked.notice == told.notice))
}

/// Title and code of the letters that came in the same message: each has a page of its own.
async fn others(app: &App, letter: &Opened, now: DateTime<Utc>) -> Result<Vec<(String, String)>, AppError> {
    let fellows = app.store.fellows(letter.number, now).await?;
    if fellows.is_empty() {
        return Ok(Vec::new());
    }
    let keys = Keys::open(&app.site.root, now)?;
    Ok(fellows.into_iter().map(|f| (f.title, keys.code(f.number, &f.key))).collect())
}

fn replaced(app: &App) -> String {
    msg!("ack.replaced").text(app.site.config.language)
}

fn of_notice(app: &App, letter: &Opened, others: &[(String, String)], said: Option<&Message>) -> String {
    let lang = app.site.config.language;
    let (here, link) = (msg!("page.here").text(lang), app.site.config.link());
    let words = context! {
        known => msg!("ack.known").text(lang),
        done => msg!("ack.done").text(lang),
        unable => msg!("ack.unable").text(lang),
        reason => msg!("page.reason_unable").text(lang),
        others => msg!("page.others").text(lang),
    };
    let others: Vec<_> = others.iter().map(|(title, code)| context! { title, code }).collect();
    let data = context! {
        lang => lang.code(), title => msg!("page.answer_title", name = &letter.name).text(lang),
        said => said.map(|message| message.text(lang)),
        subject => &letter.subject, body => letter.body.without(&link, &here), words, others,
    };
    page(INNER, &data)
}
