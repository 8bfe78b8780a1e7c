//! The rules in force, and those that open episodes began with.
//!
//! In: the sets of rule files in the database, and the files of the site. Out: the rule to judge by. Can't happen: a
//! changed file that takes effect before a second person has accepted it; an episode judged by a rule it did not begin
//! with, unless it was moved.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::error::AppError;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_office::site::{Site, rules_of};
use cuofeng_rules::expr::sense;
use cuofeng_rules::warning::Episode;
use cuofeng_rules::{self as rules, Rule};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::orders::Numbered;
use cuofeng_store::{Store, rule_sets};
use cuofeng_town::order::Order;

/// Rules by set.
#[derive(Debug, Default, Clone)]
pub struct Book {
    number: i64,
    sets: BTreeMap<i64, Vec<Rule>>,
    /// Rules made of official orders that are passed on without one.
    relays: Vec<Rule>,
    /// Whether the site's files say something else than the set in force.
    pub differs: bool,
}

impl Book {
    /// Number of the set in force.
    #[must_use]
    pub const fn number(&self) -> i64 {
        self.number
    }

    /// The rules in force.
    pub fn rules(&self) -> &[Rule] {
        self.sets.get(&self.number).map_or(&[], Vec::as_slice)
    }

    /// Every rule of every set in use.
    pub fn all(&self) -> impl Iterator<Item = &Rule> {
        self.sets.values().flatten()
    }

    /// The rules made of the official orders of a region.
    pub fn relays(&self, region: &str) -> impl Iterator<Item = &Rule> {
        self.relays.iter().filter(move |rule| rule.relays.as_ref().is_some_and(|order| order.region == region))
    }

    /// The rule that an episode began with; one of a database from before there were sets, the rule in force.
    #[must_use]
    pub fn rule(&self, set: i64, id: &str) -> Option<&Rule> {
        if let Some(relay) = self.relays.iter().find(|rule| rule.id == id) {
            return Some(relay);
        }
        let set = if set == 0 { self.number } else { set };
        self.sets.get(&set)?.iter().find(|rule| rule.id == id)
    }

    /// Whether a rule in force is the one that an open episode began with, under whatever name it goes on: the same
    /// identifier, or one that is new where the other is gone, with a condition of its own that is the other's.
    #[must_use]
    pub fn carries_on(&self, rule: &Rule, episode: &Episode) -> bool {
        if rule.id == episode.rule {
            return true;
        }
        let set = if episode.rule_set == 0 { self.number } else { episode.rule_set };
        let has = |set: i64, id: &str| self.sets.get(&set).is_some_and(|rules| rules.iter().any(|r| r.id == id));
        let renamed = !has(self.number, &episode.rule) && !has(set, &rule.id);
        let Some(old) = self.rule(episode.rule_set, &episode.rule).filter(|_| renamed) else { return false };
        let standing = rule.standing && old.standing && rule.season == old.season;
        let conditions = |rule: &'_ Rule| rule.levels.iter().filter_map(|level| level.when.clone()).collect::<Vec<_>>();
        let (new, old) = (conditions(rule), conditions(old));
        standing || new.iter().any(|a| old.iter().any(|b| sense::alike(&a.expr, &b.expr)))
    }

    /// Opens the book: a site without a set in force begins with its files.
    pub async fn open(store: &Store, site: &Site, now: DateTime<Utc>) -> Result<Self, AppError> {
        if store.rules_number().await?.is_none() {
            let mut tx = store.begin().await?;
            let number = rule_sets::propose(&mut tx, &site.rule_texts, "", now).await?;
            rule_sets::accept(&mut tx, number, "", now).await?;
            ledger::write(&mut tx, &Actor::Program, Event::RulesAccepted, &number.to_string(), "", now).await?;
            tx.commit().await?;
        }
        let mut book = Self::default();
        book.refresh(store, site).await?;
        Ok(book)
    }

    /// Takes in what was accepted since, and what open episodes need.
    pub async fn refresh(&mut self, store: &Store, site: &Site) -> Result<(), AppError> {
        if let Some(number) = store.rules_number().await? {
            self.number = number;
        }
        let mut wanted = store.open_rule_sets().await?;
        wanted.push(self.number);
        self.sets.retain(|number, _| wanted.contains(number));
        for number in wanted {
            if self.sets.contains_key(&number) {
                continue;
            }
            let Some(set) = store.rule_set(number).await? else { continue };
            let rules = read(&set.texts, site).map_err(AppError::Site)?;
            self.sets.insert(number, rules);
        }
        let relayed = store.relayed_orders().await?;
        let title = |order: &Order| {
            msg!("relay.title", issuer = &order.issuer, subject = &order.subject).text(site.config.language)
        };
        let relay = |found: &Numbered| rules::relay::rule(found.number, &found.order, title(&found.order));
        self.relays = relayed.iter().map(relay).collect();
        let in_force = store.rule_set(self.number).await?;
        self.differs = in_force.is_some_and(|set| set.texts != site.rule_texts);
        Ok(())
    }
}

/// The rules of a set of texts.
pub fn read(texts: &BTreeMap<String, String>, site: &Site) -> Result<Vec<Rule>, Vec<Problem>> {
    rules_of(texts, site)
}
