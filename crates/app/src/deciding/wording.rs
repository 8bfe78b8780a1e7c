//! What goes out by itself goes out in words that a person has released before.
//!
//! In: a rule or a draft. Out: whether all its words are known, and else which templates are not. Can't happen: a
//! changed template that is sent without anybody having read it; words typed into a draft that go out at a deadline.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::judging::book::Book;
use crate::refusal::{Answer, refuse};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_notice::merged::Merging;
use cuofeng_office::site::Site;
use cuofeng_rules::Rule;
use cuofeng_store::Store;
use cuofeng_store::drafts::Waiting;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::wording::{self, Wording};
use cuofeng_town::roster::Role;

/// Stands for words that were typed into a draft: no template says them.
const BY_HAND: &str = "by-hand";

/// The words that people have released.
#[derive(Clone, Copy)]
pub struct Wordings<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Wordings<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
    }

    /// Every template of the rules in force, with whether its words have been released.
    pub async fn wordings(&self) -> Result<Vec<(String, bool)>, AppError> {
        let mut all = Wording::new();
        for rule in self.book.rules().iter().chain([&cuofeng_rules::relay::sample()]) {
            all.extend(wording(self.site, rule));
        }
        all.extend(merged_wording(self.site));
        let unknown = self.store.unreleased(&all).await?;
        Ok(all.into_keys().map(|template| (template.clone(), !unknown.contains(&template))).collect())
    }

    /// Releases the words of every template of the rules in force as they are now.
    pub async fn approve_wording(&self, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.site.roster.may(by, &Role::RELEASING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let fresh = self.wordings().await?.into_iter().filter(|(_, known)| !known).count();
        self.begin_wording(by, now).await?;
        Ok(Ok(msg!("wording.approved", count = fresh)))
    }

    /// Takes every template as it is now for released: at a site's beginning, as its rules are, and by a person's word.
    pub(crate) async fn begin_wording(&self, by: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        for rule in self.book.rules().iter().chain([&cuofeng_rules::relay::sample()]) {
            wording::approve(&mut tx, &wording(self.site, rule), by, now).await?;
        }
        wording::approve(&mut tx, &merged_wording(self.site), by, now).await?;
        ledger::write(&mut tx, &Actor::of(by), Event::WordingApproved, "templates", by, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The templates of a rule by what they say.
pub(crate) fn wording(site: &Site, rule: &Rule) -> Wording {
    rule.tell.iter().flat_map(|tell| site.texts.wording(&tell.template, &tell.forms)).collect()
}

/// The templates of a rule that nobody has released as they are now.
pub(crate) async fn new_wording(site: &Site, store: &Store, rule: &Rule) -> Result<Vec<String>, AppError> {
    Ok(store.unreleased(&wording(site, rule)).await?)
}

/// What a draft's words are made from; of words typed in, that they were.
pub(crate) fn draft_wording(site: &Site, rule: &Rule, by_hand: Option<(&str, u32)>) -> Wording {
    match by_hand {
        None => wording(site, rule),
        Some((episode, number)) => Wording::from([(BY_HAND.to_owned(), format!("{episode}.r{number}"))]),
    }
}

/// Whether every word of a draft has been released before, so that it may go out without a person.
pub(crate) async fn may_go_alone(store: &Store, draft: &Waiting) -> Result<bool, AppError> {
    let wording = store.draft_wording(&draft.episode, draft.number).await?;
    Ok(!wording.contains_key(BY_HAND) && store.unreleased(&wording).await?.is_empty())
}

/// Whether a draft's texts would be the same, times and values apart, if they were made anew.
pub(crate) async fn same_wording(site: &Site, store: &Store, draft: &Waiting, rule: &Rule) -> Result<bool, AppError> {
    Ok(store.draft_wording(&draft.episode, draft.number).await? == wording(site, rule))
}

/// The words of messages that carry several letters; nothing while nobody has released their templates as they are
/// now: each letter then goes by itself, and nothing waits.
pub(crate) async fn merging<'s>(site: &'s Site, store: &Store) -> Result<Option<Merging<'s>>, AppError> {
    let (texts, config) = (&site.texts, &site.config);
    let released = store.unreleased(&merged_wording(site)).await?.is_empty();
    Ok(released.then(|| Merging { texts, office: &config.name, phone: &config.phone }))
}

fn merged_wording(site: &Site) -> Wording {
    site.texts.merged_wording().into_iter().collect()
}

/// Why something waits that a rule would have sent.
pub(crate) fn waits_for(templates: &[String], lang: Lang) -> Message {
    msg!("wording.waits", templates = templates.join(lang.comma()))
}
