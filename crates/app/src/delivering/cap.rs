//! CAP messages as files: one a revision that recipients are told of, and the page of current ones.
//!
//! In: the revisions in the database, the files that are there. Out: `cap/IDENTIFIER.xml` and `cap/index.atom` in the
//! folder of the site's letters. Can't happen: a message that has gone out and changes later, since a whole file stays
//! as it is; a revision without its file for longer than a cycle, since whatever is missing or cut off is made anew; a
//! faulty message on its way, since one with an error finding goes to the ledger and not to the folder.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, Utc};

use crate::channels::sender;
use crate::error::AppError;
use crate::judging::book;
use crate::judging::book::Book;
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::time::Period;
use cuofeng_base::word::Mode;
use cuofeng_cap::check::{self, Context};
use cuofeng_cap::feed::{self, KEPT_HOURS, Page};
use cuofeng_cap::{self as cap, Finding, Identifier, Message, Status};
use cuofeng_notice::cap::Telling;
use cuofeng_notice::{Audience, cap as made};
use cuofeng_office::site::Site;
use cuofeng_rules::Rule;
use cuofeng_rules::expr::sense;
use cuofeng_rules::warning::Revision;
use cuofeng_store::Store;
use cuofeng_store::episodes::Known;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_town::order::Order;
use cuofeng_town::roster::Village;

/// The page's file.
pub const INDEX: &str = "index.atom";

/// An episode has told its last period by then: forecasts reach no further than a month, and the page's 48 hours are in.
const KEPT_DAYS: i64 = 31 + KEPT_HOURS / 24;

/// A message, as it went out or will.
pub struct Issued {
    /// The message.
    pub message: Message,
    /// As it is written.
    pub xml: String,
    /// Whether its file is there, whole.
    written: bool,
    findings: Vec<Finding>,
}

impl Issued {
    /// Whether nothing keeps it from going out.
    #[must_use]
    pub fn may_go(&self) -> bool {
        check::may_go(&self.findings)
    }
}

/// CAP messages as files.
#[derive(Clone, Copy)]
pub struct Publishing<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Publishing<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
    }

    /// Writes the messages that are missing and the page of those that hold. A file that can't be written or a message
    /// that may not go is no reason to keep letters back: it is on record, and the next cycle tries again.
    pub(crate) async fn publish(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        let folder = self.cap_folder();
        let issued = self.messages(now - Duration::days(KEPT_DAYS)).await?;
        if issued.is_empty() && !folder.exists() {
            return Ok(());
        }
        for one in issued.iter().filter(|one| !one.written) {
            let name = feed::file_name(&one.message);
            if one.may_go() {
                if let Err(error) = file::write(&folder, &name, one.xml.as_bytes(), self.site.config.access) {
                    self.record(Event::CapUnwritten, &name, &error.to_string(), now).await?;
                }
            } else {
                let lines = one.findings.iter().map(|f| f.line().text(self.site.config.language));
                let detail = lines.collect::<Vec<_>>().join("; ");
                self.record(Event::CapRefused, one.message.identifier.as_str(), &detail, now).await?;
            }
        }
        let messages: Vec<Message> = issued.into_iter().filter(Issued::may_go).map(|one| one.message).collect();
        if let Err(error) = self.write_index((&folder, self.site.config.access), &messages, now) {
            self.record(Event::CapUnwritten, INDEX, &error.to_string(), now).await?;
        }
        Ok(())
    }

    /// Writes the page of messages, if it would say something else than the one that is there.
    pub fn write_index(
        &self,
        (to, access): (&Path, Access),
        messages: &[Message],
        now: DateTime<Utc>,
    ) -> std::io::Result<()> {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let title = msg!("cap.page", office = &config.name).text(lang);
        let page = Page {
            id: &format!("tag:{},2026:cap", self.cap_sender().map_or_else(String::new, |s| s.to_string())),
            title: &title,
            author: &config.name,
            language: lang.code(),
            base: "",
            own: None,
            cancelled: &msg!("cap.mark_cancelled").text(lang),
            expired: &msg!("cap.mark_expired").text(lang),
        };
        let xml = feed::atom(messages, now, &page)?;
        if file::text(&to.join(INDEX), file::MADE).is_ok_and(|there| there == xml) {
            return Ok(());
        }
        file::write(to, INDEX, xml.as_bytes(), access)
    }

    /// The log and the ledger, once for each subject and detail: the next cycle would say it again.
    async fn record(&self, event: Event, subject: &str, detail: &str, now: DateTime<Utc>) -> Result<(), AppError> {
        if ledger::latest(self.store, event, subject).await?.is_none_or(|entry| entry.detail != detail) {
            tracing::error!(event = event.word(), subject, detail, "a CAP message did not go out");
            let mut tx = self.store.begin().await?;
            ledger::write(&mut tx, &Actor::Program, event, subject, detail, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Where the files lie.
    #[must_use]
    pub fn cap_folder(&self) -> PathBuf {
        self.site.out_folder().join("cap")
    }

    /// The messages of every episode that was open or decided on since an instant, oldest episode first.
    pub async fn messages(&self, since: DateTime<Utc>) -> Result<Vec<Issued>, AppError> {
        let mut all = Vec::new();
        for known in self.store.episodes_since(since).await? {
            let Some(rule) = self.rule_begun_with(&known).await?.filter(made::is_told) else { continue };
            all.extend(self.episode_messages(&known, &rule).await?);
        }
        Ok(all)
    }

    /// The rule an episode began with, also where its set is no longer in use.
    pub(crate) async fn rule_begun_with(&self, known: &Known) -> Result<Option<Rule>, AppError> {
        if let Some(rule) = self.book.rule(known.rule_set, &known.rule) {
            return Ok(Some(rule.clone()));
        }
        let Some(set) = self.store.rule_set(known.rule_set).await? else { return Ok(None) };
        // A set that this version can't read any more has no messages to make; those made before lie in the folder.
        let rules = book::read(&set.texts, self.site).unwrap_or_default();
        Ok(rules.into_iter().find(|rule| rule.id == known.rule))
    }

    async fn episode_messages(&self, known: &Known, rule: &Rule) -> Result<Vec<Issued>, AppError> {
        // A draft that nobody has released was told to nobody.
        let mut revisions = self.store.revisions(&known.id.to_string()).await?;
        revisions.retain(|revision| revision.told);
        let orders = self.orders_about(known, &revisions).await?;
        let mut issued: Vec<Issued> = Vec::new();
        let mut earlier: Vec<Message> = Vec::new();
        let mut told_at = None;
        for revision in &revisions {
            // An end takes back what was told before, with the order that spoke then.
            let at = told_at.filter(|_| revision.action.takes_back()).unwrap_or(revision.at);
            let order = made::order(rule, revision, &orders, at);
            told_at = Some(revision.at);
            let Some(one) = self.issued(known, rule, revision, order, &earlier).await? else { continue };
            if one.may_go() {
                earlier.push(one.message.clone());
            }
            issued.push(one);
        }
        Ok(issued)
    }

    /// The message of a revision: as it went out, else made now.
    async fn issued(
        &self,
        known: &Known,
        rule: &Rule,
        revision: &Revision,
        order: Option<&Order>,
        earlier: &[Message],
    ) -> Result<Option<Issued>, AppError> {
        if let Some((message, xml)) = self.published(&made::identifier(&known.site, &known.id, revision.number)) {
            return Ok(Some(Issued { message, xml, written: true, findings: Vec::new() }));
        }
        let Some(sender) = self.cap_sender() else { return Ok(None) };
        let config = &self.site.config;
        let everyone = made::villages(rule, &self.site.roster);
        // Every recipient is in a village of the roster: where there is none, nobody is told.
        if everyone.is_empty() {
            return Ok(None);
        }
        let villages = self.concerned(known, rule, revision.number, &everyone).await?;
        let region = config.regions.iter().find(|r| r.id == known.id.region).map_or(&known.id.region, |r| &r.name);
        let telling = Telling {
            office: &config.name,
            phone: &config.phone,
            sender: &sender,
            region,
            villages: &villages,
            whole: villages.len() == self.site.roster.villages.len(),
            rule,
            site: &known.site,
            episode: &known.id,
            zone: &config.zone,
            lang: config.language,
            status: if known.mode == Mode::Exercise { Status::Exercise } else { Status::Actual },
        };
        let Some(message) = made::message(&telling, revision, order, earlier) else { return Ok(None) };
        let Ok(xml) = cap::write(&message) else { return Ok(None) };
        let origin = made::origin(revision, order);
        let context = Context { now: revision.at, origin, earlier: Some(earlier) };
        let findings = check::message(&message, &context);
        Ok(Some(Issued { message, xml, written: false, findings }))
    }

    /// A message's file, if it is whole.
    fn published(&self, identifier: &str) -> Option<(Message, String)> {
        let xml = file::text(&self.cap_folder().join(format!("{identifier}.xml")), file::MADE).ok()?;
        let message = cap::read(xml.as_bytes()).ok()?;
        (message.identifier.as_str() == identifier).then_some((message, xml))
    }

    /// Who sends, as machines name it: the address that the site's mail comes from.
    fn cap_sender(&self) -> Option<Identifier> {
        let address = sender(&self.site.config)?.email.to_string();
        Identifier::new(address).or_else(|_| Identifier::new("cuofeng@example.com")).ok()
    }

    /// Orders of the region that touch any period that an episode told.
    async fn orders_about(&self, known: &Known, revisions: &[Revision]) -> Result<Vec<Order>, AppError> {
        let ordered = || revisions.iter().flat_map(|r| &r.spans).filter(|s| s.ordered).map(|s| s.period);
        let (start, end) = (ordered().map(|p| p.start).min(), ordered().map(|p| p.end).max());
        let Some(period) = start.zip(end).and_then(|(start, end)| Period::new(start, end)) else {
            return Ok(Vec::new());
        };
        Ok(self.store.orders(&known.id.region, &period).await?.into_iter().map(|numbered| numbered.order).collect())
    }

    /// The villages that a message is about. Of hot spots only those hear that lie near one, so it names no others.
    async fn concerned<'v>(
        &self,
        known: &Known,
        rule: &Rule,
        revision: u32,
        everyone: &[&'v Village],
    ) -> Result<Vec<&'v Village>, AppError> {
        let near = rule.conditions().any(|c| sense::uses_fires(&c.expr))
            && rule.conditions().all(|c| !sense::uses_forecast(&c.expr));
        if !near {
            return Ok(everyone.to_vec());
        }
        let told = self.store.told_until(&known.id, revision).await?;
        let hears = |village: &Village| {
            told.iter().any(|(audience, recipient)| match Audience::named(audience) {
                Some(Audience::Village) => *recipient == village.code,
                Some(Audience::Keeper) => recipient.starts_with(&format!("{}-", village.code)),
                _ => false,
            })
        };
        let those: Vec<&Village> = everyone.iter().copied().filter(|village| hears(village)).collect();
        Ok(if those.is_empty() { everyone.to_vec() } else { those })
    }
}
