//! How hours are planned: `[plan]`.
//!
//! In: steps, prices, caps, night hours as written. Out: a [`Planning`]. Can't happen: a step that an hour does not
//! hold a whole number of times; a price or cap below zero.

use serde::Deserialize;
use toml::Spanned;

use cuofeng_air::region::Region;
use cuofeng_aqi::{Milli, parse_milli};
use cuofeng_base::msg;
use cuofeng_base::setting::SiteText;
use cuofeng_base::time::{ClockHours, ClockWindow};

/// How hours are planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planning {
    /// The set of weights; that of the weights' file where it is none.
    pub weights: Option<String>,
    /// Length of a step, minutes: 60 or 30.
    pub step_minutes: u32,
    /// Whether less ozone and cap excess come before any saving of money, and money before fewer changes, instead of
    /// being weighed against one another.
    pub strict: bool,
    /// Hours into which nothing near homes is moved.
    pub night: ClockWindow,
    /// Yuan per kWh by clock hour, thousandths.
    pub price: [Milli; 24],
    /// Caps on what runs at the same time.
    pub caps: Vec<Ceiling>,
}

/// What a cap limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limited {
    /// VOC, kg/h.
    Voc,
    /// `NOx`, kg/h.
    Nox,
    /// Power, kW.
    Power,
    /// Processes or batches that start.
    Starts,
}

/// A cap of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// The region; every one where it is none.
    pub region: Option<String>,
    /// What it limits.
    pub limited: Limited,
    /// Clock hours in which it holds.
    pub hours: ClockHours,
    /// The limit, thousandths.
    pub limit: Milli,
}

/// `[plan]` as TOML sees it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct PlanSection {
    weights: Option<String>,
    step_minutes: Option<Spanned<u32>>,
    order: Option<Spanned<String>>,
    night: Option<Spanned<String>>,
    price: Vec<PriceSection>,
    cap: Vec<CapSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceSection {
    hours: Spanned<String>,
    yuan: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CapSection {
    region: Option<Spanned<String>>,
    kind: Limited,
    hours: Option<Spanned<String>>,
    limit: Spanned<String>,
}

/// Night for noise at homes: 22:00 to 06:00 (GB 12348-2008, 3.9).
const NIGHT: ClockWindow = ClockWindow { from: 22, to: 6 };

/// Checks `[plan]` against the regions.
pub fn read(site: &mut SiteText, section: PlanSection, regions: &[Region]) -> Planning {
    let step_minutes = section.step_minutes.map_or(60, |step| {
        if ![30, 60].contains(step.get_ref()) {
            site.problem(step.span(), msg!("config.plan_step"), msg!("config.plan_step_advice"));
        }
        step.into_inner()
    });
    let strict = section.order.is_some_and(|order| {
        if !["weighted", "strict"].contains(&order.get_ref().as_str()) {
            site.problem(order.span(), msg!("config.plan_order"), msg!("config.plan_order_advice"));
        }
        order.get_ref() == "strict"
    });
    let night = section.night.map_or(NIGHT, |text| {
        ClockWindow::try_from(text.get_ref().clone()).unwrap_or_else(|_| {
            site.problem(text.span(), msg!("roster.hours"), msg!("roster.hours_advice"));
            NIGHT
        })
    });
    let mut price = [0; 24];
    for part in section.price {
        let (hours, yuan) = (clock_hours(site, &part.hours), figure(site, &part.yuan));
        for (clock, price) in (0u32..).zip(&mut price) {
            if hours.contains(clock) {
                *price = yuan;
            }
        }
    }
    let caps = section.cap.into_iter().map(|section| cap(site, &section, regions)).collect();
    Planning { weights: section.weights, step_minutes, strict, night, price, caps }
}

fn cap(site: &mut SiteText, cap: &CapSection, regions: &[Region]) -> Ceiling {
    if let Some(region) = cap.region.as_ref().filter(|name| regions.iter().all(|r| r.id != *name.get_ref())) {
        let known = regions.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(", ");
        let what = msg!("config.plan_region", value = region.get_ref());
        site.problem(region.span(), what, msg!("config.feed_kind_advice", known = known));
    }
    let hours = cap.hours.as_ref().map_or(ClockHours::ALL, |text| clock_hours(site, text));
    let region = cap.region.as_ref().map(|r| r.get_ref().clone());
    Ceiling { region, limited: cap.kind, hours, limit: figure(site, &cap.limit) }
}

fn clock_hours(site: &mut SiteText, text: &Spanned<String>) -> ClockHours {
    ClockHours::parse(text.get_ref()).unwrap_or_else(|| {
        site.problem(text.span(), msg!("roster.hours"), msg!("roster.hours_advice"));
        ClockHours::NONE
    })
}

fn figure(site: &mut SiteText, text: &Spanned<String>) -> Milli {
    parse_milli(text.get_ref()).filter(|v| *v >= 0).unwrap_or_else(|| {
        site.problem(text.span(), msg!("roster.amount"), msg!("roster.amount_advice"));
        0
    })
}
