//! What a set of rules would do to the open episodes, were they moved to it.
//!
//! In: a set of rules, the open episodes. Out: both decisions in words, beside each other. Can't happen: an episode that is
//! moved by looking.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::judging::book::{self, Book};
use crate::judging::judge::decision;
use crate::judging::known::known;
use crate::judging::scene::Scene;
use crate::pulling::freshness::stale;
use crate::pulling::merge::Forecasts;
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Mode;
use cuofeng_office::site::Site;
use cuofeng_rules::Rule;
use cuofeng_rules::warning::{self, Action, Episode};
use cuofeng_store::Store;
use cuofeng_store::rule_sets::RuleSet;

/// What a set of rules would decide on an open episode, beside what its own rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The episode.
    pub episode: String,
    /// The decision by the rule it began with, in words.
    pub before: String,
    /// The decision by the rule of the same name in the set, in words.
    pub after: String,
}

/// What a set of rules would decide on the open episodes.
#[derive(Clone, Copy)]
pub struct Foreseeing<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> Foreseeing<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

    /// What a set of rules would do to the open episodes, were they moved to it.
    pub async fn effects(&self, set: &RuleSet, now: DateTime<Utc>) -> Result<Vec<Effect>, AppError> {
        let fresh = book::read(&set.texts, self.site).map_err(AppError::Site)?;
        let lang = self.site.config.language;
        let mut effects = Vec::new();
        for region in &self.site.config.regions {
            for episode in self.store.open_episodes(&region.id).await? {
                let old = self.book.rule(episode.rule_set, &episode.rule);
                let new = fresh.iter().find(|rule| rule.id == episode.rule);
                let mut words = Vec::new();
                for rule in [old, new] {
                    words.push(match rule {
                        Some(rule) => self.foreseen(rule, region, &episode, now).await?.text(lang),
                        None => msg!("sets.no_rule").text(lang),
                    });
                }
                let [before, after] = words.try_into().unwrap_or_default();
                effects.push(Effect { episode: episode.id.to_string(), before, after });
            }
        }
        Ok(effects)
    }

    async fn foreseen(
        &self,
        rule: &Rule,
        region: &Region,
        episode: &Episode,
        now: DateTime<Utc>,
    ) -> Result<Message, AppError> {
        let views = Forecasts::new(self.site, self.store, self.book).merged_by(&region.id, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(msg!("sets.no_rule")) };
        let known = known(self.site, self.store, &region.id, &merged.series, now).await?;
        let stale = stale(self.site, merged);
        let scene = Scene { site: self.site, mode: self.mode, rule, region, merged, known: &known, standing: &[], now };
        let decision = decision(&scene, Some(episode), stale.as_ref());
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let periods = match &decision.action {
            Action::Raise(spans) | Action::Change(_, spans) => warning::spans_words(spans, zone, lang),
            _ => warning::spans_words(&episode.spans, zone, lang),
        };
        Ok(msg!(
            "sets.decision",
            action = decision.action.done().message(),
            periods = periods,
            reason = decision.reason
        ))
    }
}
