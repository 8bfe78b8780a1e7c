//! An official order passed on without a rule: a rule made of the order itself.
//!
//! In: the order and its number. Out: a [`Rule`] that asks for the order's hours of its addressees, goes through the
//! same lifecycle as any other, and ends when the order does. Can't happen: a relay that speaks for another order; one
//! that looks at a forecast.

use std::sync::Arc;

use chrono::DateTime;

use super::{AtDeadline, Level, Quiet, Recipients, Release, Remind, Rule, Season, Selector, Shape, Tell};
use cuofeng_air::forecast::Take;
use cuofeng_base::time::Period;
use cuofeng_base::word::Form;
use cuofeng_town::order::{Addressee, Details, Entry, Order, Tier};

/// Kind, rule and level of a relay begin with this, so that no two orders are one episode.
const PREFIX: &str = "order-";

/// The identifier of an order's relay.
#[must_use]
pub fn id(number: i64) -> String {
    format!("{PREFIX}{number}")
}

/// Whether a kind is one of relays, which no rule file may have.
#[must_use]
pub fn is_kind(kind: &str) -> bool {
    kind.starts_with(PREFIX)
}

/// The rule that passes an order on.
#[must_use]
pub fn rule(number: i64, order: &Order, title: String) -> Rule {
    let details = &order.details;
    let level = Level {
        id: order.tier.name().to_owned(),
        name: title.clone(),
        source: None,
        when: None,
        quiet: Quiet::AsRule,
        measures: Vec::new(),
        place: 0..0,
    };
    Rule {
        id: id(number),
        name: title,
        kind: id(number),
        source: order.document.clone(),
        // Whoever has it passed on is a releaser and did not enter it.
        release: Release::Auto,
        deadline_hours: 0,
        at_deadline: AtDeadline::Drop,
        season: Season::YEAR,
        standing: false,
        range: Take::Middle,
        shape: details.window.map_or(Shape::Hours, Shape::Window),
        lead_hours: 0,
        lift: None,
        lift_hours: 0,
        merge_days: 0,
        ahead_hours: 24 * 31,
        material_hours: 1,
        settle_hours: 0,
        daily_revisions: u32::MAX,
        extend_hours: 24 * 31,
        reach_hours: 24 * 366,
        least_hours: 1,
        sure_hours: 24 * 366,
        take_back_runs: 1,
        remind: Remind::Revision,
        orders: vec![order.subject.clone()],
        relays: Some(Arc::new(order.clone())),
        quiet: None,
        levels: vec![level],
        tell: tells(order),
        exempt: Vec::new(),
        file: id(number),
        text: "".into(),
        place: 0..0,
    }
}

/// Hours within which an order that is passed on asks for an answer: half of a working morning, so that whoever has not
/// answered is called on the same day. No document fixes it.
const ASK_HOURS: u32 = 2;

/// The departments and superiors that the site has copied in on a subject.
#[must_use]
pub fn copies(subjects: Vec<String>) -> Tell {
    Tell {
        to: Recipients::Departments,
        of: Selector { tags: subjects, ..Selector::default() },
        forms: vec![Form::Email, Form::Sms],
        template: "order/department".to_owned(),
        ask_hours: None,
        extend_days: None,
        place: 0,
    }
}

/// A relay to everybody, to try its texts with.
#[must_use]
pub fn sample() -> Rule {
    let (start, end) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + chrono::Duration::days(1));
    let order = Order {
        region: String::new(),
        subject: String::new(),
        code: None,
        tier: Tier::Yellow,
        period: Period { start, end },
        issuer: String::new(),
        document: String::new(),
        issued_at: start,
        entry: Entry::Staff { by: String::new() },
        lifted_at: None,
        details: Details {
            to: vec![Addressee::Enterprises, Addressee::Villages, Addressee::Keepers],
            ..Details::default()
        },
    };
    rule(0, &order, String::new())
}

/// Enterprises chosen by sector, grade, tag or village; villages and their keepers; and the departments that the
/// site has copied in on the order's subject.
fn tells(order: &Order) -> Vec<Tell> {
    let (mut enterprises, mut villages, mut keepers) = (None::<Selector>, None::<Selector>, None::<Selector>);
    for addressee in &order.details.to {
        match addressee {
            Addressee::Enterprises => drop(enterprises.get_or_insert_default()),
            Addressee::Villages => drop(villages.get_or_insert_default()),
            Addressee::Keepers => drop(keepers.get_or_insert_default()),
            Addressee::Sector(sector) => enterprises.get_or_insert_default().sectors.push(sector.clone()),
            Addressee::Grade(grade) => enterprises.get_or_insert_default().grades.push(*grade),
            Addressee::Tag(tag) => enterprises.get_or_insert_default().tags.push(tag.clone()),
            Addressee::Village(village) => {
                for chosen in [&mut villages, &mut keepers] {
                    chosen.get_or_insert_default().villages.push(village.clone());
                }
            }
        }
    }
    let tell = |to, of, forms: &[Form], template: &str| Tell {
        to,
        of,
        forms: forms.to_vec(),
        template: template.to_owned(),
        // A loudspeaker does not answer; its village's keepers do.
        ask_hours: (to != Recipients::Villages).then_some(ASK_HOURS),
        extend_days: None,
        place: 0,
    };
    [
        enterprises.map(|of| tell(Recipients::Enterprises, of, &[Form::Email, Form::Sms], "order/enterprise")),
        villages.map(|of| tell(Recipients::Villages, of, &[Form::Speech], "order/village")),
        keepers.map(|of| tell(Recipients::Keepers, of, &[Form::Sms], "order/keeper")),
        Some(copies(vec![order.subject.clone()])),
    ]
    .into_iter()
    .flatten()
    .collect()
}
