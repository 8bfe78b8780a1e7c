//! `cuofeng order`: official orders as staff enter, lift and list them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::Digest;

use super::{Call, Time, at, look, misread, refused, say};
use cuofeng_app::App;
use cuofeng_app::pulling::unplaced;
use cuofeng_app::pulling::words::order_words;
use cuofeng_base::file::{self, Access};
use cuofeng_base::msg;
use cuofeng_base::text::{Message, hex, outside};
use cuofeng_base::time::{ClockWindow, Period};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::orders::{self, Numbered};
use cuofeng_town::order::{Addressee, Details, Document, Entry, Order, Tier};
use cuofeng_town::roster::Role;

#[derive(Debug, clap::Subcommand)]
pub(super) enum OrderCommand {
    Add(Box<New>),
    Lift {
        number: i64,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Relay {
        number: i64,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    List {
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

/// An order as given on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    #[arg(long, value_name = "ID")]
    pub region: Option<String>,
    #[arg(long, value_parser = super::words())]
    pub subject: String,
    #[arg(long)]
    pub tier: String,
    #[arg(long, value_name = "TIME")]
    pub from: Time,
    #[arg(long, value_name = "TIME")]
    pub to: Time,
    #[arg(long, value_parser = super::words())]
    pub issuer: String,
    #[arg(long, value_parser = super::words())]
    pub document: String,
    #[arg(long, value_name = "TEXT", value_parser = super::words(), default_value = "")]
    pub measures: String,
    #[arg(long, value_name = "10-17")]
    pub hours: Option<String>,
    #[arg(long = "for", value_name = "WHOM")]
    pub addressees: Vec<String>,
    #[arg(long, value_name = "TIME")]
    pub deadline: Option<Time>,
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
    #[arg(long, value_name = "STAFF", value_parser = super::staff())]
    pub by: String,
    #[arg(long, value_name = "TIME")]
    pub now: Option<Time>,
}

impl New {
    /// What it asks for beside its tier; the words of what can't be read.
    fn details(&self, app: &App) -> Result<Details, Message> {
        let window = self.hours.clone().map(ClockWindow::try_from).transpose();
        let window = window.map_err(|value| msg!("orders.hours", value = value))?;
        let to: Vec<Addressee> = self
            .addressees
            .iter()
            .map(|word| Addressee::try_from(word.clone()).map_err(|value| msg!("orders.whom", value = value)))
            .collect::<Result<_, _>>()?;
        for addressee in &to {
            let known = match addressee {
                Addressee::Sector(sector) => app.site.sectors.has(sector),
                Addressee::Village(village) => app.site.roster.villages.iter().any(|v| v.is(village)),
                _ => true,
            };
            if !known {
                return Err(msg!("orders.whom", value = String::from(addressee.clone())));
            }
        }
        let file = self.file.as_deref().map(|path| keep_document(&app.site.root, path)).transpose();
        let file = file.map_err(|error| msg!("orders.file", error = file::said(&error)))?;
        let deadline = self.deadline.map(Time::utc);
        Ok(Details { measures: self.measures.trim().to_owned(), window, to, deadline, file })
    }
}

/// Copies a document into the site, under a name that its bytes give, so that no document replaces another.
fn keep_document(root: &Path, path: &Path) -> std::io::Result<Document> {
    let bytes = file::read(path, file::TABLE)?;
    let sha256 = hex(&sha2::Sha256::digest(&bytes));
    let name = path.file_name().map_or_else(String::new, |name| outside::line(&name.to_string_lossy()));
    let kept = format!("orders/{}-{name}", &sha256[..12]);
    file::write(&root.join("orders"), kept.trim_start_matches("orders/"), &bytes, Access::Own)?;
    Ok(Document { path: kept, sha256 })
}

pub(super) async fn dispatch(call: &Call, command: OrderCommand) -> anyhow::Result<ExitCode> {
    match command {
        OrderCommand::Add(new) => add(call, &new, at(new.now)).await,
        OrderCommand::Lift { number, by, now } => lift(call, number, &by, at(now)).await,
        OrderCommand::Relay { number, by, now } => relay(call, number, &by, at(now)).await,
        OrderCommand::List { now } => list(call, at(now)).await,
    }
}

/// Enters an order for a region, or for all of them.
async fn add(call: &Call, new: &New, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let Some(tier) = Tier::named(&new.tier) else {
        return Ok(misread(call, &msg!("orders.tier", value = &new.tier)));
    };
    let Some(period) = Period::new(new.from.utc(), new.to.utc()) else {
        return Ok(misread(call, &msg!("orders.period")));
    };
    let given = [&new.subject, &new.issuer, &new.document, &new.by];
    if given.iter().any(|text| text.trim().is_empty()) {
        return Ok(misread(call, &msg!("orders.empty")));
    }
    if !app.site.roster.may(&new.by, &Role::DRAFTING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = &new.by)));
    }
    let details = match new.details(&app) {
        Ok(details) => details,
        Err(what) => return Ok(misread(call, &what)),
    };
    let regions: Vec<String> = app.site.config.regions.iter().map(|r| r.id.clone()).collect();
    if let Some(unknown) = new.region.as_ref().filter(|r| !regions.contains(r)) {
        return Ok(misread(call, &msg!("config.feed_region", region = unknown)));
    }
    let mut tx = app.store.begin().await?;
    for region in new.region.clone().map_or(regions, |r| vec![r]) {
        let order = Order {
            region,
            subject: new.subject.clone(),
            code: None,
            tier,
            period,
            issuer: new.issuer.clone(),
            document: new.document.clone(),
            issued_at: now,
            entry: Entry::Staff { by: new.by.clone() },
            lifted_at: None,
            details: details.clone(),
        };
        let Some(number) = orders::keep(&mut tx, &order, now).await? else { continue };
        let words = order_words(&order, &app.site.config.zone, app.site.config.language);
        let detail = format!("{}: {words}", new.by);
        ledger::write(&mut tx, &Actor::of(&new.by), Event::OrderAdded, &number.to_string(), &detail, now).await?;
        call.tell(&msg!("orders.added", number = number, order = words));
    }
    tx.commit().await?;
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Lifts an order before its end.
async fn lift(call: &Call, number: i64, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    if !app.site.roster.may(by, &Role::DRAFTING) {
        return Ok(refused(call, &msg!("drafts.may_not", by = by)));
    }
    let mut tx = app.store.begin().await?;
    if !orders::lift(&mut tx, number, now, by).await? {
        return Ok(refused(call, &msg!("orders.unknown", number = number)));
    }
    ledger::write(&mut tx, &Actor::of(by), Event::OrderLifted, &number.to_string(), by, now).await?;
    tx.commit().await?;
    call.tell(&msg!("orders.lifted", number = number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Has an order passed on without a rule: its addressees are told at the next cycle, and of its end.
async fn relay(call: &Call, number: i64, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let found = app.store.order(number).await?;
    let against = match &found {
        None => Some(msg!("orders.unknown", number = number)),
        _ if !app.site.roster.may(by, &Role::RELEASING) => Some(msg!("drafts.may_not", by = by)),
        Some(found) => refusal(&app, found, by),
    };
    if let Some(why) = against {
        return Ok(refused(call, &why));
    }
    let mut tx = app.store.begin().await?;
    if !orders::relay(&mut tx, number, now, by).await? {
        return Ok(refused(call, &msg!("orders.not_relayed", number = number)));
    }
    ledger::write(&mut tx, &Actor::of(by), Event::OrderRelayed, &number.to_string(), by, now).await?;
    tx.commit().await?;
    call.tell(&msg!("orders.relayed", number = number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Why an order is not passed on at the word of this person.
fn refusal(app: &App, found: &Numbered, by: &str) -> Option<Message> {
    if matches!(&found.order.entry, Entry::Staff { by: entered } if entered == by) {
        return Some(msg!("orders.own", by = by));
    }
    if found.order.details.to.is_empty() || found.order.details.measures.is_empty() {
        return Some(msg!("orders.nobody", number = found.number));
    }
    // Its people would be told twice of the same thing.
    let rule = app.book.rules().iter().find(|rule| rule.hears(&found.order));
    rule.map(|rule| msg!("orders.has_rule", rule = &rule.name))
}

/// Lists the orders of every region that are in force or still to come.
async fn list(call: &Call, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = look(call).await?;
    let zone = &app.site.config.zone;
    let (mut values, mut unplaced) = (Vec::new(), Vec::new());
    let mut count = 0;
    for region in &app.site.config.regions {
        unplaced.extend(unplaced::unplaced(&app.store, &region.id, now).await?);
        let Some(ahead) = Period::new(now, now + chrono::Duration::days(366)) else { continue };
        for found in app.store.orders(&region.id, &ahead).await? {
            let Some(period) = found.order.in_force().filter(|p| p.end > now) else { continue };
            count += 1;
            let order = &found.order;
            if call.json {
                values.push(json!({"number": found.number, "region": region.id, "subject": order.subject,
                    "tier": order.tier.name(), "from": zone.rfc3339(period.start), "to": zone.rfc3339(period.end),
                    "issuer": order.issuer, "document": order.document, "relayed_by": found.relayed_by,
                    "details": order.details}));
            } else {
                let words = order_words(order, zone, call.lang);
                call.tell(&msg!("orders.line", number = found.number, region = &region.name, order = words));
                if let Some(by) = &found.relayed_by {
                    call.tell(&msg!("orders.line_relayed", by = by));
                }
                if let Some(file) = &order.details.file {
                    call.tell(&msg!("orders.line_file", path = &file.path));
                }
            }
        }
    }
    if call.json {
        let all = json!({"schema": "cuofeng.orders/1", "orders": values, "unplaced_alerts": unplaced});
        say(&all.to_string());
    } else {
        if count == 0 {
            call.tell(&msg!("orders.none"));
        }
        for words in &unplaced {
            call.tell(&msg!("unplaced.line", words = words));
        }
        if !unplaced.is_empty() {
            call.tell(&msg!("unplaced.how"));
        }
    }
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}
