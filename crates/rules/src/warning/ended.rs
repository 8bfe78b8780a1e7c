//! What a person has ended is not begun again by the program.
//!
//! In: a decision to begin, what people have ended. Out: the same decision without the hours that were taken back, or
//! nothing to tell. Can't happen: a lift by a person undone by the next look at the same forecast; new hours, a higher
//! level or an official order kept back by it.

use chrono::{DateTime, Utc};

use super::{Action, Decision, Span};
use cuofeng_base::msg;

/// An episode that a person has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its identity.
    pub episode: String,
    /// Who ended it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The periods that it took back.
    pub spans: Vec<Span>,
}

impl Ended {
    /// Whether it took back all that a span asks for: its hours, at this level or a higher one.
    fn covers(&self, span: &Span) -> bool {
        let within = |own: &Span| own.period.start <= span.period.start && span.period.end <= own.period.end;
        // What an order asks for is its issuer's to end, unless it was the order's relay that was ended.
        self.spans.iter().any(|own| within(own) && own.level <= span.level && (own.ordered || !span.ordered))
    }
}

impl Decision {
    /// The decision as people's words on earlier episodes leave it.
    #[must_use]
    pub fn after(self, ended: &[Ended]) -> Self {
        let Action::Raise(spans) = self.action else { return self };
        let left: Vec<Span> = spans.iter().filter(|span| !ended.iter().any(|end| end.covers(span))).copied().collect();
        match ended.iter().find(|end| spans.iter().any(|span| end.covers(span))) {
            Some(end) if left.is_empty() => {
                let reason = msg!("warning.ended_by", by = &end.by, episode = &end.episode);
                Self::new(Action::Hold(Some(spans)), reason)
            }
            _ => Self::new(Action::Raise(left), self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuofeng_base::time::{Hour, Period};

    fn span(first: i64, hours: i64, level: usize, ordered: bool) -> Span {
        Span { period: Period::hours(Hour(first), hours).expect("hours"), level, ordered }
    }

    #[test]
    fn only_what_was_taken_back_stays_untold() {
        let ended = Ended {
            episode: "ozone-wuping-20260912-1".into(),
            by: "某某".into(),
            at: DateTime::UNIX_EPOCH,
            spans: vec![span(10, 7, 1, false), span(34, 7, 1, false)],
        };
        // what would begin, what is left of it
        let cases = [
            (vec![span(10, 7, 1, false)], vec![]),
            // Time has gone on, or the level is lower.
            (vec![span(12, 5, 1, false), span(34, 7, 2, false)], vec![]),
            // Another day, more hours, a higher level, an order: something new.
            (vec![span(10, 7, 1, false), span(58, 7, 1, false)], vec![span(58, 7, 1, false)]),
            (vec![span(10, 9, 1, false)], vec![span(10, 9, 1, false)]),
            (vec![span(10, 7, 0, false)], vec![span(10, 7, 0, false)]),
            (vec![span(10, 7, 1, true)], vec![span(10, 7, 1, true)]),
        ];
        for (spans, left) in cases {
            let decision = Decision::new(Action::Raise(spans.clone()), msg!("warning.nothing"));
            let after = decision.after(std::slice::from_ref(&ended));
            let wanted = if left.is_empty() { Action::Hold(Some(spans.clone())) } else { Action::Raise(left) };
            assert_eq!(after.action, wanted, "{spans:?}");
        }
        let relay = Ended { spans: vec![span(10, 7, 0, true)], ..ended };
        let again = Decision::new(Action::Raise(vec![span(11, 6, 0, true)]), msg!("warning.nothing"));
        assert!(matches!(again.after(&[relay]).action, Action::Hold(_)), "a relay that a person has ended");
        let other = Decision::new(Action::Lift, msg!("warning.nothing"));
        assert_eq!(other.clone().after(&[]), other);
    }
}
