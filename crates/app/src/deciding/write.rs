//! Revisions with their notices, written.
//!
//! In: what was composed. Out: a revision told at once or waiting as a draft. Can't happen: a revision without its notices (one
//! transaction).

use crate::deciding::ask::ask_release;
use crate::deciding::compose::{Composed, Words};
use crate::deciding::wording::draft_wording;
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::judging::scene::Scene;
use crate::telling::play::{Heard, Playing};
use cuofeng_office::site::Site;
use cuofeng_rules::{Recipients, warning};
use cuofeng_store::drafts::{Outcome, Settled, Waiting, keep_parts};
use cuofeng_store::episodes::{self, NewRevision};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::removed;
use cuofeng_store::{Store, basis, groups, joined, plans, wording};

/// Writes revisions with their notices, told at once or waiting.
#[derive(Clone, Copy)]
pub struct Writing<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    voice: Voice<'a>,
}

impl<'a> Writing<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, voice: Voice<'a>) -> Self {
        Self { site, store, book, voice }
    }

    /// Writes a revision and puts its notices into the outbox.
    pub(crate) async fn write_told(
        &self,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        by: &str,
    ) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        self.write(&mut tx, scene, composed, replaces, (by, false)).await?;
        if composed.wish.purpose.ends() {
            episodes::close(&mut tx, &composed.id, "lifted").await?;
        }
        let phrase = match &composed.words {
            Words::Templates(content) => content.periods_spoken.as_str(),
            Words::ByHand(_) => "",
        };
        let heard = Heard { spans: &composed.wish.spans, phrase };
        Playing::new(self.site, self.voice)
            .send_out(&mut tx, (&composed.id, composed.number), (&composed.notices, &heard), scene.now)
            .await?;
        tx.commit().await?;
        self.voice.speak(&composed.notices);
        Ok(())
    }

    /// Writes a revision that waits, with the words of its notices, and tells those who may release it.
    pub(crate) async fn write_draft(
        &self,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        by: &str,
    ) -> Result<(), AppError> {
        let mut tx = self.store.begin().await?;
        self.write(&mut tx, scene, composed, replaces, (by, true)).await?;
        let id = composed.id.to_string();
        let by_hand = matches!(composed.words, Words::ByHand(_)).then_some((id.as_str(), composed.number));
        wording::of_draft(&mut tx, &id, composed.number, &draft_wording(self.site, scene.rule, by_hand)).await?;
        for notice in &composed.notices {
            keep_parts(&mut tx, notice).await?;
        }
        for to in [Recipients::Releasers, Recipients::Deputies] {
            let notices = ask_release(scene, composed, to, by)?;
            episodes::write_notices(&mut tx, &notices, &composed.id, composed.number, scene.now).await?;
            cuofeng_outbox::enqueue(&mut tx, &notices, &self.site.config.routes, scene.now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn write(
        &self,
        tx: &mut cuofeng_store::Tx,
        scene: &Scene<'_>,
        composed: &Composed,
        replaces: Option<&Waiting>,
        (by, waits): (&str, bool),
    ) -> Result<(), AppError> {
        let (lang, now, wish) = (self.site.config.language, scene.now, &composed.wish);
        if let Some(draft) = replaces {
            let settled = cuofeng_store::drafts::settle(tx, draft, Outcome::Replaced, by, &wish.reason, now).await?;
            if let Some(first) = settled {
                return Err(AppError::Late(first));
            }
            cuofeng_outbox::withdraw_asks(tx, draft, now).await?;
        }
        // Two who changed the same episode, of which no draft waited.
        if let Some((by, at)) = episodes::revised(tx, &composed.id, composed.number).await? {
            return Err(AppError::Late(Settled { outcome: Outcome::Replaced, by, at }));
        }
        if composed.opens {
            episodes::open(tx, &composed.id, &scene.rule.id, self.book.number()).await?;
        }
        let id = composed.id.to_string();
        let waits = waits.then(|| (warning::deadline(scene.rule, &wish.spans, now), scene.rule.at_deadline));
        let new = NewRevision {
            episode: &composed.id,
            number: composed.number,
            action: wish.action,
            spans: &wish.spans,
            reason: &wish.reason,
            by,
            waits,
            now,
        };
        episodes::revise(tx, &new).await?;
        basis::keep(tx, &id, composed.number, &scene.rests_on(&wish.spans, &self.site.config.zone)).await?;
        if waits.is_some()
            && let Some(hold) = replaces.and_then(|draft| draft.held.as_ref())
        {
            // Who held the draft back meant its episode; a newer forecast does not undo that.
            let of = (id.as_str(), composed.number);
            cuofeng_store::drafts::hold(tx, of, &hold.by, &hold.reason, hold.since).await?;
        }
        match (&composed.words, replaces) {
            (Words::Templates(content), _) if !content.purpose.ends() => {
                joined::keep(tx, &id, composed.number, content).await?;
            }
            (Words::ByHand(pairs), Some(draft)) => {
                joined::keep_put(tx, &id, (draft.number, composed.number), pairs).await?;
            }
            _ => {}
        }
        episodes::write_notices(tx, &composed.notices, &composed.id, composed.number, now).await?;
        if let Some(group) = &composed.group {
            groups::keep(tx, &id, composed.number, group).await?;
        }
        if let Some(plan) = &composed.plan {
            plans::keep(tx, &id, composed.number, plan).await?;
        }
        for known in &composed.removed {
            removed::note(tx, &id, known, now).await?;
        }
        for missing in &composed.unreachable {
            ledger::write(tx, &Actor::Program, Event::Unreachable, &id, &missing.message().text(lang), now).await?;
        }
        let event = if waits.is_some() { Event::Draft } else { wish.action.into() };
        ledger::write(tx, &Actor::of(by), event, &id, &format!("{by}: {}", wish.reason), now).await?;
        Ok(())
    }
}
