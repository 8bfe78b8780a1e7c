//! `cuofeng order`: official orders as staff enter, lift and list them.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::Call;
use crate::app::App;
use crate::app::pull::order_words;
use crate::ledger;
use crate::msg;
use crate::order::{Entry, Order, Tier};
use crate::store::orders;
use crate::time::Period;

/// An order as given on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    #[arg(long, value_name = "ID")]
    pub region: Option<String>,
    #[arg(long)]
    pub subject: String,
    #[arg(long)]
    pub tier: String,
    #[arg(long, value_name = "TIME")]
    pub from: DateTime<chrono::FixedOffset>,
    #[arg(long, value_name = "TIME")]
    pub to: DateTime<chrono::FixedOffset>,
    #[arg(long)]
    pub issuer: String,
    #[arg(long)]
    pub document: String,
    #[arg(long, value_name = "STAFF")]
    pub by: String,
}

/// Enters an order for a region, or for all of them.
pub(super) async fn add(call: &Call, new: &New, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let Some(tier) = Tier::named(&new.tier) else {
        super::complain(call, &msg!("orders.tier", value = &new.tier));
        return Ok(ExitCode::from(2));
    };
    let Some(period) = Period::new(new.from.with_timezone(&Utc), new.to.with_timezone(&Utc)) else {
        super::complain(call, &msg!("orders.period"));
        return Ok(ExitCode::from(2));
    };
    let given = [&new.subject, &new.issuer, &new.document, &new.by];
    if given.iter().any(|text| text.trim().is_empty()) {
        super::complain(call, &msg!("orders.empty"));
        return Ok(ExitCode::from(2));
    }
    let regions: Vec<String> = app.site.config.regions.iter().map(|r| r.id.clone()).collect();
    if let Some(unknown) = new.region.as_ref().filter(|r| !regions.contains(r)) {
        super::complain(call, &msg!("config.feed_region", region = unknown));
        return Ok(ExitCode::from(2));
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
        };
        let Some(number) = orders::keep(&mut tx, &order, now).await? else { continue };
        let words = order_words(&order, &app.site.config.zone, app.site.config.language);
        let detail = format!("{}: {words}", new.by);
        ledger::write(&mut tx, "order-added", &number.to_string(), &detail, now).await?;
        call.tell(&msg!("orders.added", number = number, order = words));
    }
    tx.commit().await?;
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Lifts an order before its end.
pub(super) async fn lift(call: &Call, number: i64, by: &str, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let mut tx = app.store.begin().await?;
    if !orders::lift(&mut tx, number, now, by).await? {
        super::complain(call, &msg!("orders.unknown", number = number));
        return Ok(ExitCode::from(1));
    }
    ledger::write(&mut tx, "order-lifted", &number.to_string(), by, now).await?;
    tx.commit().await?;
    call.tell(&msg!("orders.lifted", number = number));
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Lists the orders of every region that are in force or still to come.
pub(super) async fn list(call: &Call, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let app = App::look(&call.site()).await?;
    let zone = &app.site.config.zone;
    let (mut values, mut unplaced) = (Vec::new(), Vec::new());
    let mut count = 0;
    for region in &app.site.config.regions {
        unplaced.extend(app.unplaced(&region.id, now).await?);
        let Some(ahead) = Period::new(now, now + chrono::Duration::days(366)) else { continue };
        for found in app.store.orders(&region.id, &ahead).await? {
            let Some(period) = found.order.in_force().filter(|p| p.end > now) else { continue };
            count += 1;
            let order = &found.order;
            if call.json {
                values.push(json!({"number": found.number, "region": region.id, "subject": order.subject,
                    "tier": order.tier.name(), "from": zone.rfc3339(period.start), "to": zone.rfc3339(period.end),
                    "issuer": order.issuer, "document": order.document}));
            } else {
                let words = order_words(order, zone, call.lang);
                call.tell(&msg!("orders.line", number = found.number, region = &region.name, order = words));
            }
        }
    }
    if call.json {
        let all = json!({"schema": "cuofeng.orders/1", "orders": values, "unplaced_alerts": unplaced});
        super::say(&all.to_string());
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
