//! What feeds bring and fail at, in words.
//!
//! In: an order, a failure. Out: a sentence. Can't happen: a failure without its feed.

use cuofeng_base::msg;
use cuofeng_base::problem::{Place, Problem};
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_feed::FeedError;

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

/// A feed's failure in words.
pub(crate) fn error_message(error: &FeedError, zone: &Zone, lang: Lang) -> Message {
    match error {
        FeedError::Unreachable { feed, source_name, cause } => {
            msg!("feed.unreachable", feed = feed, source = source_name, cause = cause.clone())
        }
        FeedError::Malformed { feed, problem } => {
            let (file, what, advice) = (problem.file_words(), problem.what.clone(), problem.advice.clone());
            match (&problem.place, &problem.value) {
                (Place::Cell { row, column, .. }, value) if *row > 0 => {
                    let place = match column.as_str() {
                        "" => msg!("feed.place_row", row = *row),
                        column => msg!("feed.place", row = *row, column = column),
                    };
                    let value = value.clone().unwrap_or_default();
                    msg!(
                        "feed.malformed",
                        feed = feed,
                        file = file,
                        place = place,
                        value = value,
                        what = what,
                        advice = advice
                    )
                }
                _ => msg!("feed.malformed_file", feed = feed, file = file, what = what, advice = advice),
            }
        }
        FeedError::Partly { feed, problems, count, gaps } => partly(feed, problems, *count, gaps),
        FeedError::Refused { feed, source_name, words } => {
            msg!("feed.refused", feed = feed, source = source_name, words = words.clone())
        }
        FeedError::Busy { feed, source_name, words, until } => {
            let until = zone.words(*until, lang);
            msg!("feed.busy", feed = feed, source = source_name, words = words.clone(), until = until)
        }
        FeedError::Nothing { feed, source_name } => msg!("feed.nothing", feed = feed, source = source_name),
        FeedError::NoPast { feed } => msg!("feed.no_past", feed = feed),
    }
}

/// What of a table was set aside, by the first row or cell.
fn partly(feed: &str, problems: &[Problem], count: usize, gaps: &str) -> Message {
    let Some(problem) = problems.first() else { return msg!("feed.partly_none", feed = feed, count = count) };
    let place = match &problem.place {
        Place::Cell { row, column, .. } if column.is_empty() => msg!("feed.place_row", row = *row),
        Place::Cell { row, column, .. } => msg!("feed.place", row = *row, column = column),
        _ => problem.file_words(),
    };
    let partly = msg!(
        "feed.partly",
        feed = feed,
        file = problem.file_words(),
        count = count,
        place = place,
        value = problem.value.clone().unwrap_or_default(),
        what = problem.what.clone(),
        advice = problem.advice.clone()
    );
    if gaps.is_empty() { partly } else { msg!("feed.partly_gaps", partly = partly, hours = gaps) }
}
