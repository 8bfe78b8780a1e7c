//! What is fetched on a person's call, beside the cycles: the past, and a bulletin that was pasted.
//!
//! In: local days, or a text. Out: what was kept of it, a feed at a time, or why nothing was. Can't happen: a request to
//! a provider that asked for quiet; a provider's data kept without its attribution.

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::AppError;
use crate::pulling::keep::{Brought, Kept};
use crate::pulling::words::error_message;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_feed::setting::Source;
use cuofeng_feed::{Ask, FeedError, Memory};
use cuofeng_office::site::Site;
use cuofeng_store::forecasts::Word;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, feeds};
use cuofeng_town::roster::Role;

/// What is fetched on a person's call.
#[derive(Clone, Copy)]
pub struct Fetching<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Fetching<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Fetches what the feeds still offer of the local days `from..=to`, one line a feed in words.
    pub async fn backfill(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, Result<Kept, Message>)>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let mut lines = Vec::new();
        for feed in crate::feeds::feeds(&self.site.root, &self.site.config)? {
            let (name, memory) = (feed.name().to_owned(), Memory::default());
            let state = self.store.feed_state(&name).await?;
            if let Some(until) = state.not_before.filter(|until| *until > now) {
                lines.push((name.clone(), Err(msg!("feed.quiet", feed = name, until = zone.words(until, lang)))));
                continue;
            }
            let line = match feed.past(Ask { now, zone, memory: &memory }, from, to).await {
                Ok(pulled) => {
                    let mut tx = self.store.begin().await?;
                    let kept = Brought::new(self.site, self.store).keep(&mut tx, &name, &pulled, None, now).await?;
                    Brought::new(self.site, self.store).note_set_aside(&mut tx, &name, &pulled, now).await?;
                    feeds::note_attributions(&mut tx, &name, &pulled.attributions, now).await?;
                    ledger::write(
                        &mut tx,
                        &Actor::Program,
                        Event::Backfill,
                        &name,
                        &format!("{from}..{to} {kept:?}"),
                        now,
                    )
                    .await?;
                    tx.commit().await?;
                    let trouble = pulled.trouble.iter().map(|error| error_message(error, zone, lang));
                    lines.extend(trouble.map(|words| (name.clone(), Err(words))));
                    Ok(kept)
                }
                Err(error) => {
                    let words = error_message(&error, zone, lang);
                    // A feed without a past is no failure of it.
                    if !matches!(error, FeedError::NoPast { .. }) {
                        let until = if let FeedError::Busy { until, .. } = &error { Some(*until) } else { None };
                        let mut tx = self.store.begin().await?;
                        feeds::note_failure(&mut tx, &name, &words.text(lang), until, now).await?;
                        tx.commit().await?;
                    }
                    Err(words)
                }
            };
            lines.push((name, line));
        }
        Ok(lines)
    }

    /// Reads a bulletin that a person gives, through the reader and into the waiting list of one of the site's
    /// bulletin feeds, in the name of that person; `issued` where the text does not say when it was issued, or says it
    /// wrongly.
    pub async fn read_bulletin(
        &self,
        feed: &str,
        bytes: &[u8],
        (by, issued): (&str, Option<DateTime<Utc>>),
        now: DateTime<Utc>,
    ) -> Result<Result<Kept, Message>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        if !self.site.roster.may(by, &Role::DRAFTING) {
            return Ok(Err(msg!("versions.may_not", by = by)));
        }
        let named = self.site.config.feeds.iter().find(|f| f.name == feed);
        let Some((config, Source::Bulletin { from, standard, issued_hour, .. })) = named.map(|f| (f, &f.source)) else {
            return Ok(Err(msg!("bulletins.feed", feed = feed)));
        };
        let reader = crate::feeds::bulletin(&self.site.root, config, from, standard.as_ref(), &crate::feeds::client()?);
        let reader = reader.knowing(*issued_hour, None);
        let shown = msg!("bulletins.pasted").text(lang);
        let memory = Memory::default();
        let pulled = match reader.given(&shown, bytes, issued, Ask { now, zone, memory: &memory }) {
            Ok(pulled) => pulled,
            Err(error) => return Ok(Err(error_message(&error, zone, lang))),
        };
        let mut tx = self.store.begin().await?;
        let word = Word { by, source: &shown };
        let kept = Brought::new(self.site, self.store).keep(&mut tx, feed, &pulled, Some(word), now).await?;
        tx.commit().await?;
        Ok(Ok(kept))
    }
}
