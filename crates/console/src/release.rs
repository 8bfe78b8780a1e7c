//! The page of a draft: what would be sent to whom, and a releaser's word on it.
//!
//! In: the letter that asked for the release, and the wish. Out: the page, or what was done. Can't happen: a draft
//! settled that the page did not show (its number comes back with the wish); anything that the member of staff whom
//! the letter went to may not do on the command line.

use chrono::{DateTime, Utc};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Deserializer, Serialize};

use super::page::{page, says};
use cuofeng_app::{App, AppError, Refusal};
use cuofeng_base::msg;
use cuofeng_base::text::{Message, outside};
use cuofeng_base::word::Form;
use cuofeng_notice::Purpose;
use cuofeng_rules::warning::spans_words;
use cuofeng_store::drafts::{Outcome, Waiting};
use cuofeng_store::letters::Opened;
use cuofeng_town::roster::mask;

const INNER: &str = include_str!("release.html");

/// What somebody asks for on a page.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    /// `approve`, `reject` or `hold`; of an answer `known`, `done` or `unable`; of words passed on how; of an enterprise that
    /// can't `grant` or `refuse`.
    pub(super) action: String,
    /// Number of the revision that the page showed; 0 where it showed no draft.
    #[serde(default)]
    number: u32,
    /// Number of the letter or answer that it is about; 0 where the page showed none.
    #[serde(default)]
    pub(super) letter: i64,
    /// Why: one line of clean words.
    #[serde(default, deserialize_with = "words")]
    pub(super) reason: String,
}

fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| outside::line(&text))
}

#[derive(Serialize)]
struct Fact {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Text {
    to: String,
    subject: String,
    enclosed: Vec<String>,
    body: String,
}

/// The page; nothing where the letter did not ask for a release.
pub(super) async fn show(app: &App, letter: &Opened, now: DateTime<Utc>) -> Result<Option<String>, AppError> {
    if letter.purpose != Purpose::Draft {
        return Ok(None);
    }
    match waiting(app, letter).await? {
        Some(draft) => Ok(Some(of_draft(app, &draft, None, now).await?)),
        None => Ok(Some(settled(app, letter).await?)),
    }
}

/// Does what is asked for; nothing where the letter did not ask for a release.
pub(super) async fn act(
    app: &App,
    letter: &Opened,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Option<String>, AppError> {
    if letter.purpose != Purpose::Draft {
        return Ok(None);
    }
    let lang = app.site.config.language;
    let Some(draft) = waiting(app, letter).await?.filter(|draft| draft.number == wish.number) else {
        return Ok(Some(settled(app, letter).await?));
    };
    let (by, reason) = (letter.name.as_str(), wish.reason.trim());
    let asked_why = reason.is_empty() && wish.action != "approve";
    let done = match wish.action.as_str() {
        _ if asked_why => Err(Refusal(msg!("page.why"))),
        "approve" => app.drafts().approve(&draft.episode, Some(draft.number), by, now).await?,
        "reject" => app.drafts().reject(&draft.episode, Some(draft.number), by, reason, now).await?,
        "hold" => app.drafts().hold_draft(&draft.episode, Some(draft.number), by, reason, now).await?,
        _ => return Ok(None),
    };
    Ok(Some(match done {
        Ok(done) => says(lang, &msg!("page.done_title"), &done.text(lang)),
        // Where somebody settled it meanwhile, there is nothing left to choose.
        Err(Refusal(why)) if waiting(app, letter).await?.is_none() => {
            says(lang, &msg!("page.settled_title"), &why.text(lang))
        }
        Err(Refusal(why)) => of_draft(app, &draft, Some(&why), now).await?,
    }))
}

/// The draft that the letter asked to release, if it still waits.
async fn waiting(app: &App, letter: &Opened) -> Result<Option<Waiting>, AppError> {
    let mut drafts = app.store.waiting_drafts().await?.into_iter();
    Ok(drafts.find(|draft| draft.episode == letter.episode && draft.number == letter.revision))
}

/// What became of the draft.
async fn settled(app: &App, letter: &Opened) -> Result<String, AppError> {
    let lang = app.site.config.language;
    let history = app.store.history(&letter.episode).await?;
    let entry = history.iter().find(|entry| entry.number == letter.revision);
    let outcome = entry.and_then(|entry| Some((entry.outcome?, entry.settled_by.as_deref()?)));
    let text = match outcome.filter(|(outcome, _)| *outcome != Outcome::Replaced) {
        Some((outcome, by)) => msg!("page.settled", outcome = outcome.message(), by = by),
        None => msg!("page.replaced"),
    };
    Ok(says(lang, &msg!("page.settled_title"), &text.text(lang)))
}

async fn of_draft(app: &App, draft: &Waiting, said: Option<&Message>, now: DateTime<Utc>) -> Result<String, AppError> {
    let (zone, lang) = (&app.site.config.zone, app.site.config.language);
    let fact = |name: Message, value: String| Fact { name: name.text(lang), value };
    let default = if draft.released_at_deadline { msg!("drafts.then_release") } else { msg!("drafts.then_drop") };
    let deadline = msg!("page.deadline", at = zone.words(draft.deadline, lang), default = default);
    let outlook = app.drafts().outlook(draft, now).await?;
    let title = outlook.rule.as_deref().unwrap_or(draft.episode.as_str()).to_owned();
    let facts = [
        fact(msg!("page.episode"), draft.episode.clone()),
        fact(msg!("page.action"), draft.action.message().text(lang)),
        fact(msg!("page.periods"), spans_words(&draft.spans, zone, lang)),
        fact(msg!("page.because"), draft.reason.clone()),
        fact(msg!("page.made"), format!("{} {}", draft.made_by, zone.words(draft.made_at, lang))),
        fact(msg!("page.until"), deadline.text(lang)),
    ];
    let mut notes: Vec<String> = Vec::new();
    if let Some(hold) = &draft.held {
        let at = zone.words(hold.since, lang);
        notes.push(msg!("page.held", by = &hold.by, at = at, reason = &hold.reason).text(lang));
    }
    if let Some(useful) = &outlook.cut_to {
        notes.push(if useful.is_empty() {
            msg!("drafts.useless").text(lang)
        } else {
            msg!("page.cut", periods = spans_words(useful, zone, lang)).text(lang)
        });
    }
    let notices = app.store.draft_notices(draft).await?;
    let late = notices.iter().filter(|notice| notice.not_before > now).count();
    if let Some(until) = notices.iter().map(|notice| notice.not_before).max().filter(|at| *at > now) {
        notes.push(msg!("page.quiet", late = late, until = zone.words(until, lang)).text(lang));
    }
    let text = |notice: &cuofeng_notice::Notice, part: &cuofeng_notice::Part| Text {
        enclosed: notice
            .enclosures
            .iter()
            .filter(|_| part.form == Form::Email)
            .map(|enclosure| enclosure.message().text(lang))
            .collect(),
        to: format!("{}　{}　{}", notice.name, part.form.message().text(lang), mask(&part.address)),
        subject: part.subject.clone(),
        body: part.body.filled(|_| msg!("page.link").text(lang)),
    };
    let texts: Vec<Text> = notices.iter().flat_map(|n| n.parts.iter().map(|p| text(n, p))).collect();
    let words = context! {
        texts => msg!("page.texts", notices = notices.len(), letters = texts.len()).text(lang),
        reason => msg!("page.reason").text(lang),
        approve => msg!("page.approve").text(lang),
        reject => msg!("page.reject").text(lang),
        hold => msg!("page.hold").text(lang),
    };
    let data = context! {
        lang => lang.code(), title => msg!("page.release_title", rule = title).text(lang),
        said => said.map(|message| message.text(lang)), facts => Value::from(Serde(&facts)),
        notes => notes, texts => Value::from(Serde(&texts)),
        number => draft.number, words => words,
    };
    Ok(page(INNER, &data))
}
