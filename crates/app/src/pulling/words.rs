//! Official orders, in words.
//!
//! In: an order. Out: a sentence. Can't happen: an order without its document.

use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;

/// An order in a sentence.
#[must_use]
pub fn order_words(order: &cuofeng_town::order::Order, zone: &Zone, lang: Lang) -> Message {
    msg!(
        "order.words",
        issuer = &order.issuer,
        subject = &order.subject,
        tier = order.tier.message(),
        period = zone.period_words(&order.period, lang),
        document = &order.document
    )
}
