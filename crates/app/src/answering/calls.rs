//! The list of calls.
//!
//! In: those whom no letter reached, and those who gave no answer. Out: one list, the first hour first. Can't happen: somebody
//! on it twice for one notice.

use chrono::{DateTime, Utc};

use crate::answering::answers::Answering;
use crate::answering::numbers::{Numbers, ToCall};
use crate::deciding::open::title_of;
use crate::delivering::ways::Unreaching;
use crate::error::AppError;
use crate::judging::book::Book;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Mode;
use cuofeng_office::site::Site;
use cuofeng_outbox::unreached::Unreached;
use cuofeng_rules::escalation::Rung;
use cuofeng_store::Store;

/// The list of calls.
#[derive(Clone, Copy)]
pub struct Calling<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> Calling<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

    /// Everyone to be called, whoever is to hear of what begins first, those whose hours come first before the others.
    pub async fn calls(&self, lang: Lang, now: DateTime<Utc>) -> Result<Vec<ToCall>, AppError> {
        let unreached: Vec<Unreached> = Unreaching::new(self.site, self.store, self.book, self.mode)
            .unreached(now)
            .await?
            .into_iter()
            .filter(|one| one.due)
            .collect();
        let named: Vec<&Unreached> = unreached.iter().collect();
        let mut calls = Numbers::new(self.site, self.store, self.book).calls_of(&named, lang, now).await?;
        let standings = Answering::new(self.site, self.store, self.book, self.mode).standings(now).await?;
        let due = standings
            .iter()
            .filter(|s| !s.case.over && !s.case.answered && s.case.taken.iter().any(|(rung, _)| *rung == Rung::Phone))
            .filter(|s| unreached.iter().all(|one| one.notice != s.asked.notice));
        for standing in due {
            let asked = &standing.asked;
            let title = title_of(self.store, self.book, &asked.episode).await?;
            calls.push(ToCall {
                notice: asked.notice.clone(),
                audience: asked.audience,
                name: asked.name.clone(),
                numbers: Numbers::new(self.site, self.store, self.book).numbers(
                    asked.audience,
                    &asked.recipient,
                    &[],
                    lang,
                ),
                say: msg!("escalation.say_answer", title = title).text(lang),
                ends: false,
                by: standing.case.deadline,
                why: vec![msg!("unreached.unanswered").text(lang)],
                cause: "unanswered",
            });
        }
        calls.sort_by(|a, b| (a.ends, a.by, &a.name).cmp(&(b.ends, b.by, &b.name)));
        Ok(calls)
    }
}
