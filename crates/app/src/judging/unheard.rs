//! Official alerts that a feed brings and no rule hears.
//!
//! In: the orders that alerts became, the alerts about the air that became none, the rules in force. Out: duty staff told
//! of each once, while it is news; the alarm ended when it no longer is, or somebody has it passed on. Can't happen: an
//! alert that only a list shows which nobody opens.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use crate::error::AppError;
use crate::judging::book::Book;
use crate::judging::judge::can_judge;
use crate::pulling::unplaced::unplaced_of;
use crate::pulling::words::order_words;
use crate::watching::alarm::Alarms;
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::text::{Message, hex};
use cuofeng_base::time::Period;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::site::Site;
use cuofeng_rules::expr::sense;
use cuofeng_rules::{Condition, Rule};
use cuofeng_store::Store;
use cuofeng_town::order::{Entry, Order};

/// How far ahead alerts are declared, at the most.
const AHEAD: Duration = Duration::days(16);

/// An alert that nobody passes on.
pub(crate) struct Unheard {
    /// What its alarm goes by.
    key: String,
    /// Where.
    region: Region,
    /// What it says, and why nothing comes of it.
    pub(crate) why: Message,
}

/// Official alerts that no rule hears.
#[derive(Clone, Copy)]
pub struct Alerts<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Alerts<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
    }

    /// The official alerts in force that no rule hears and nobody has had passed on.
    pub(crate) async fn unheard(&self, now: DateTime<Utc>) -> Result<Vec<Unheard>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let Some(period) = Period::new(now, now + AHEAD) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for region in &self.site.config.regions {
            for numbered in self.store.orders(&region.id, &period).await? {
                let order = &numbered.order;
                let of_feed = matches!(order.entry, Entry::Feed { .. });
                let Some(in_force) = order.in_force().filter(|in_force| in_force.end > now) else { continue };
                let first = zone.day(in_force.start.max(now));
                let heard =
                    self.book.rules().iter().any(|rule| can_judge(self.site, rule) && hears(rule, order, first));
                if of_feed && !heard && numbered.relayed_by.is_none() {
                    let words = order_words(order, zone, lang);
                    let why = msg!("alarm.alert_why", what = words, number = numbered.number);
                    found.push(Unheard { key: format!("order-{}", numbered.number), region: region.clone(), why });
                }
            }
            for (subject, words) in unplaced_of(self.store, &region.id, now).await? {
                let key = format!("alert-{}", hex(&Sha256::digest(subject.as_bytes())[..4]));
                found.push(Unheard { key, region: region.clone(), why: msg!("time.plain", text = words) });
            }
        }
        Ok(found)
    }

    /// Tells duty staff of each. Gives the number of notices made.
    pub(crate) async fn tell_unheard(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let unheard = self.unheard(now).await?;
        let mut made = 0;
        for one in &unheard {
            made += Alarms::new(self.site, self.store)
                .alarm(Trouble::Alert, &one.key, &one.region.name, Some(&one.why), now)
                .await?;
        }
        for (kind, key) in self.store.open_kinds().await? {
            if kind == Trouble::Alert.kind() && unheard.iter().all(|one| one.key != key) {
                Alarms::new(self.site, self.store)
                    .alarm_settled(Trouble::Alert, &key, &Trouble::Alert.over(), now)
                    .await?;
            }
        }
        Ok(made)
    }
}

/// Whether a rule can say anything of an order by the first day of it that is still to come: the order speaks for it
/// whatever the season, or its tier lets a level hold and the day is in season.
fn hears(rule: &Rule, order: &Order, first: NaiveDate) -> bool {
    let by_tier = |when: &Condition| sense::hears_tier(&when.expr, order.tier);
    let by_level = || rule.levels.iter().filter_map(|level| level.when.as_ref()).any(by_tier);
    rule.hears(order) || rule.season.contains(first) && by_level()
}
