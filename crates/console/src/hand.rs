//! The page of an alarm about letters that people pass on: their words to copy, and what became of each.
//!
//! In: the alarm's place, and the wish. Out: the page, or what was written down. Can't happen: a letter of another
//! revision settled from here; anything that the member of staff whom the alarm went to may not do on the command line;
//! a whole mobile on the page.

use chrono::{DateTime, Utc};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::page::page;
use super::release::Wish;
use cuofeng_app::answering::hand::of_place;
use cuofeng_app::{App, AppError, Refusal};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Form;
use cuofeng_channel::by_hand::How;
use cuofeng_outbox::State;
use cuofeng_store::hand::{ByHand, Handing, Wanted};
use cuofeng_town::roster::mask;

const INNER: &str = include_str!("hand.html");

#[derive(Serialize)]
struct Item {
    number: i64,
    head: String,
    state: String,
    subject: String,
    body: String,
    said: Vec<String>,
    audio: Option<String>,
    hows: Vec<(String, String)>,
}

/// The letters that an alarm with such a place is about.
async fn letters(app: &App, place: &str) -> Result<Option<Vec<ByHand>>, AppError> {
    let Some((episode, revision)) = of_place(place) else { return Ok(None) };
    Ok(Some(app.store.by_hand(Wanted { of: Some((episode, revision)), ..Wanted::default() }).await?))
}

/// The page; nothing where the place is none.
pub(super) async fn show(app: &App, place: &str, now: DateTime<Utc>) -> Result<Option<String>, AppError> {
    match letters(app, place).await? {
        Some(letters) => Ok(Some(of_letters(app, &letters, None, now).await?)),
        None => Ok(None),
    }
}

/// Writes down what became of a letter; nothing where the place is none.
pub(super) async fn act(
    app: &App,
    place: &str,
    (by, wish): (&str, &Wish),
    now: DateTime<Utc>,
) -> Result<Option<String>, AppError> {
    let Some(before) = letters(app, place).await? else { return Ok(None) };
    let meant = before.iter().find(|one| one.number == wish.letter).zip(How::named(&wish.action));
    let said = match meant {
        None => msg!("hand.none", number = wish.letter),
        Some((one, how)) => {
            let handing = Handing { how, at: now, by: by.to_owned(), note: wish.reason.clone() };
            match app.hands().passed_on(&[one.number], &handing, now).await? {
                Ok(done) => done,
                Err(Refusal(why)) => why,
            }
        }
    };
    let after = letters(app, place).await?.unwrap_or_default();
    Ok(Some(of_letters(app, &after, Some(&said), now).await?))
}

async fn of_letters(
    app: &App,
    letters: &[ByHand],
    said: Option<&Message>,
    now: DateTime<Utc>,
) -> Result<String, AppError> {
    let (zone, lang) = (&app.site.config.zone, app.site.config.language);
    let mut items = Vec::new();
    for letter in letters {
        let (person, mobile) = app.hands().whom(letter);
        let (subject, body) = app.hands().words_by_hand(letter, now)?;
        let until = zone.words(app.hands().due_of(letter, now).await?, lang);
        let head = msg!("hand.head", name = &letter.name, person = person, mobile = mask(&mobile), until = until);
        let handings = app.store.handings(letter.number).await?;
        let line = |h: &Handing| {
            let (at, how) = (zone.words(h.at, lang), h.how.message());
            msg!("hand.said", by = &h.by, at = at, how = how, note = h.note.trim()).text(lang)
        };
        let open = matches!(letter.state, State::Queued | State::Accepted | State::Failed) && now < letter.expires_at;
        let fits = |how: &How| *how != How::Played || letter.form == Form::Speech;
        let hows = How::ALL.into_iter().filter(|how| open && fits(how));
        // The page lies beside the audio, one step below the address.
        let audio =
            app.audio_path((letter.number, &letter.key, letter.body.text()), now)?.map(|path| format!("..{path}"));
        items.push(Item {
            audio,
            number: letter.number,
            head: head.text(lang),
            state: letter.state.message().text(lang),
            subject,
            body,
            said: handings.iter().map(line).collect(),
            hows: hows.map(|how| (how.word().to_owned(), how.message().text(lang))).collect(),
        });
    }
    let data = context! {
        lang => lang.code(), title => msg!("hand.title").text(lang), said => said.map(|message| message.text(lang)),
        items => Value::from(Serde(&items)), note => msg!("hand.note").text(lang),
        listen => msg!("hand.listen").text(lang),
    };
    Ok(page(INNER, &data))
}
