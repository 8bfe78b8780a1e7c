//! What goes out by itself goes out in words that a person has released before.
//!
//! In: a rule or a draft. Out: whether all its words are known, and else which templates are not. Can't happen: a
//! changed template that is sent without anybody having read it; words typed into a draft that go out at a deadline.

use chrono::{DateTime, Utc};

use super::drafts::{Answer, refuse};
use super::{App, AppError};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_notice::merged::Merging;
use cuofeng_rules::Rule;
use cuofeng_store::drafts::Waiting;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::wording::{self, Wording};
use cuofeng_town::roster::Role;

/// Stands for words that were typed into a draft: no template says them.
const BY_HAND: &str = "by-hand";

impl App {
    /// The templates of a rule by what they say.
    pub(super) fn wording(&self, rule: &Rule) -> Wording {
        rule.tell.iter().flat_map(|tell| self.site.texts.wording(&tell.template, &tell.forms)).collect()
    }

    /// The templates of a rule that nobody has released as they are now.
    pub(super) async fn new_wording(&self, rule: &Rule) -> Result<Vec<String>, AppError> {
        Ok(self.store.unreleased(&self.wording(rule)).await?)
    }

    /// What a draft's words are made from; of words typed in, that they were.
    pub(super) fn draft_wording(&self, rule: &Rule, by_hand: Option<(&str, u32)>) -> Wording {
        match by_hand {
            None => self.wording(rule),
            Some((episode, number)) => Wording::from([(BY_HAND.to_owned(), format!("{episode}.r{number}"))]),
        }
    }

    /// Whether every word of a draft has been released before, so that it may go out without a person.
    pub(super) async fn may_go_alone(&self, draft: &Waiting) -> Result<bool, AppError> {
        let wording = self.store.draft_wording(&draft.episode, draft.number).await?;
        Ok(!wording.contains_key(BY_HAND) && self.store.unreleased(&wording).await?.is_empty())
    }

    /// Whether a draft's texts would be the same, times and values apart, if they were made anew.
    pub(super) async fn same_wording(&self, draft: &Waiting, rule: &Rule) -> Result<bool, AppError> {
        Ok(self.store.draft_wording(&draft.episode, draft.number).await? == self.wording(rule))
    }

    /// The words of messages that carry several letters; nothing while nobody has released their templates as they are
    /// now: each letter then goes by itself, and nothing waits.
    pub(super) async fn merging(&self) -> Result<Option<Merging<'_>>, AppError> {
        let (texts, config) = (&self.site.texts, &self.site.config);
        let released = self.store.unreleased(&self.merged_wording()).await?.is_empty();
        Ok(released.then(|| Merging { texts, office: &config.name, phone: &config.phone }))
    }

    fn merged_wording(&self) -> Wording {
        self.site.texts.merged_wording().into_iter().collect()
    }

    /// Every template of the rules in force, with whether its words have been released.
    pub async fn wordings(&self) -> Result<Vec<(String, bool)>, AppError> {
        let mut all = Wording::new();
        for rule in self.book.rules().iter().chain([&cuofeng_rules::relay::sample()]) {
            all.extend(self.wording(rule));
        }
        all.extend(self.merged_wording());
        let unknown = self.store.unreleased(&all).await?;
        Ok(all.into_keys().map(|template| (template.clone(), !unknown.contains(&template))).collect())
    }

    /// Releases the words of every template of the rules in force as they are now.
    pub async fn approve_wording(&self, by: &str, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.may(by, &Role::RELEASING) {
            return Ok(refuse(msg!("drafts.may_not", by = by)));
        }
        let fresh = self.wordings().await?.into_iter().filter(|(_, known)| !known).count();
        self.begin_wording(by, now).await?;
        Ok(Ok(msg!("wording.approved", count = fresh)))
    }

    /// Takes every template as it is now for released: at a site's beginning, as its rules are, and by a person's word.
    pub(super) async fn begin_wording(&self, by: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        for rule in self.book.rules().iter().chain([&cuofeng_rules::relay::sample()]) {
            wording::approve(&mut tx, &self.wording(rule), by, now).await?;
        }
        wording::approve(&mut tx, &self.merged_wording(), by, now).await?;
        ledger::write(&mut tx, &Actor::of(by), Event::WordingApproved, "templates", by, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Why something waits that a rule would have sent.
pub(super) fn waits_for(templates: &[String], lang: Lang) -> Message {
    msg!("wording.waits", templates = templates.join(lang.comma()))
}
