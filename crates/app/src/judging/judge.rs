//! What rules answer on the forecast as it is.
//!
//! In: a scene, or a rule and a region. Out: the decision with its reason; the answer of an hour, explained. Can't happen: a
//! decision that tells anybody.

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::judging::book::Book;
use crate::judging::known::known;
use crate::judging::scene::Scene;
use crate::pulling::merge::Forecasts;
use cuofeng_air::forecast::Take;
use cuofeng_air::forecast::merge::{Freshness, Merged};
use cuofeng_air::region::Region;
use cuofeng_base::text::Message;
use cuofeng_base::time::Hour;
use cuofeng_feed::setting::FeedConfig;
use cuofeng_office::answerable::{declared, unanswerable};
use cuofeng_office::config::Job;
use cuofeng_office::schedule;
use cuofeng_office::site::Site;
use cuofeng_rules::expr::sense;
use cuofeng_rules::report::{LevelReport, report};
use cuofeng_rules::warning::{self, Decision, Episode, Situation};
use cuofeng_rules::{self as rules, Rule};
use cuofeng_store::Store;

/// What rules answer on the forecast as it is.
#[derive(Clone, Copy)]
pub struct Judging<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Judging<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
    }

    /// The merged forecast, once for each end of a daily range that a rule looks at.
    pub async fn views(&self, region: &str, now: DateTime<Utc>) -> Result<Vec<(Take, Merged)>, AppError> {
        let mut takes = vec![self.site.profiles.value];
        for rule in self.book.all() {
            if !takes.contains(&rule.range) {
                takes.push(rule.range);
            }
        }
        Forecasts::new(self.site, self.store, self.book).merged_by(region, now, &takes).await
    }

    /// The rule in force with an identifier; of the files where a site has not begun.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<Rule> {
        let begun = self.book.rules().iter().find(|r| r.id == id).or_else(|| self.book.rule(0, id));
        begun.or_else(|| self.site.rules.iter().find(|r| r.id == id)).cloned()
    }

    /// Why a rule answers as it does at an hour.
    pub async fn explain(
        &self,
        rule: &Rule,
        region: &str,
        hour: Hour,
        now: DateTime<Utc>,
    ) -> Result<Vec<LevelReport>, AppError> {
        let views = Forecasts::new(self.site, self.store, self.book).merged_by(region, now, &[rule.range]).await?;
        let Some((_, merged)) = views.first() else { return Ok(Vec::new()) };
        let known = known(self.site, self.store, region, &merged.series, now).await?;
        let fires = |hour, metres| known.fires(hour, metres);
        let workdays = |day| self.site.calendar.workday(day);
        let zone = &self.site.config.zone;
        let context = known.context(&merged.series, zone, &self.site.standards, &fires, &workdays);
        Ok(report(rule, &context, hour))
    }

    /// What the rules in force can never tell in a region, in words, by what is known of it.
    #[must_use]
    pub fn unanswerable(&self, region: &Region, merged: &Merged) -> Vec<Message> {
        let config = &self.site.config;
        let mut brings = declared(self.site, &region.id);
        brings.add_series(&merged.series);
        let missing = |feed: &FeedConfig| {
            merged.states.iter().any(|state| state.feed == feed.name && state.freshness == Freshness::Missing)
        };
        let begun = self.book.rules().iter();
        let rules: Vec<&Rule> =
            if self.book.rules().is_empty() { self.site.rules.iter().collect() } else { begun.collect() };
        let found = unanswerable(rules.into_iter(), config, (region, &brings), |feed| !missing(feed));
        found.iter().map(|(rule, never)| never.message(rule, &region.name, config.language)).collect()
    }
}

/// What a rule decides on a scene.
#[must_use]
pub fn decision(scene: &Scene<'_>, episode: Option<&Episode>, stale: Option<&Message>) -> Decision {
    let zone = &scene.site.config.zone;
    let fires = |hour, metres| scene.known.fires(hour, metres);
    let workdays = |day| scene.site.calendar.workday(day);
    let context = scene.known.context(&scene.merged.series, zone, &scene.site.standards, &fires, &workdays);
    let verdicts = rules::judge(scene.rule, &scene.merged.series, &context);
    let before = scene.merged.before.as_ref().filter(|_| scene.rule.looks_back()).map(|series| {
        let context = scene.known.context(series, zone, &scene.site.standards, &fires, &workdays);
        rules::judge(scene.rule, series, &context)
    });
    let (rule, now) = (scene.rule, scene.now);
    let orders = scene.known.orders_of(rule);
    let stale = stale.filter(|_| rule.conditions().any(|condition| sense::uses_forecast(&condition.expr)));
    warning::decide(&Situation {
        rule,
        verdicts: &verdicts,
        before: before.as_ref(),
        stale,
        orders: &orders,
        episode,
        zone,
        now,
        next: next_look(scene.site, scene.merged, now),
    })
}

/// When it is decided next by a forecast that is still fresh then.
fn next_look(site: &Site, merged: &Merged, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let config = &site.config;
    let plan = config.schedule.plans.iter().find(|plan| plan.job == Job::Evaluate)?;
    let next = schedule::next_due(plan, &config.zone, now)?;
    merged.fresh_until.filter(|until| next < *until).map(|_| next)
}

/// Whether any feed brings what the rule looks at: without one for hot spots, a rule about them says nothing.
pub(crate) fn can_judge(site: &Site, rule: &Rule) -> bool {
    let fires = rule.conditions().any(|condition| sense::uses_fires(&condition.expr));
    !fires || site.config.feeds.iter().any(|f| matches!(f.source, cuofeng_feed::setting::Source::Firms { .. }))
}
