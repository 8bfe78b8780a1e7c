//! What the tool says without a rule: its own troubles, drafts that wait for release, answers that are missing.
//!
//! In: nothing but the language. Out: who is told of each by which template, and what it is filled with at its longest,
//! so that `check`, `preview` and the filed texts leave none out. Can't happen: a text of the tool that is not among
//! them.

use super::alarm::Trouble;
use super::{Audience, Content, Purpose, sample};
use crate::config::Form;
use crate::rules::{Recipients, Selector, Tell};
use crate::text::Lang;

/// A text of the tool's own.
#[derive(Debug, Clone)]
pub struct Own {
    /// Who is told, and by which template.
    pub tell: Tell,
    /// One content a purpose that it is sent for.
    pub contents: Vec<Content>,
    /// Whether an exercise has it too: troubles are always real.
    pub exercised: bool,
}

/// All of them.
#[must_use]
pub fn all(lang: Lang) -> Vec<Own> {
    let of = |title: &str, purposes: &[Purpose]| {
        sample::of(title, lang).into_iter().filter(|content| purposes.contains(&content.purpose)).collect()
    };
    let troubles = Trouble::ALL.map(|trouble| Own {
        tell: trouble.tell(),
        contents: of(&trouble.title().text(lang), &[Purpose::Raise, Purpose::Lift]),
        exercised: false,
    });
    let ask = Own {
        tell: ask_release(Recipients::Releasers),
        contents: of("", &[Purpose::Raise, Purpose::Lift]),
        exercised: true,
    };
    let reminders = [Audience::Enterprise, Audience::Keeper].map(|audience| Own {
        tell: remind(audience, vec![Form::Email, Form::Sms]),
        contents: of("", &[Purpose::Reminder]),
        exercised: true,
    });
    troubles.into_iter().chain([ask]).chain(reminders).collect()
}

/// What is asked of those who may release a draft: `Releasers`, or `Deputies` later.
#[must_use]
pub fn ask_release(to: Recipients) -> Tell {
    tell(to, vec![Form::Email, Form::Sms], "draft/duty")
}

/// What is asked of those from whom, or from whose enterprise, an answer is missing.
#[must_use]
pub fn remind(audience: Audience, forms: Vec<Form>) -> Tell {
    match audience {
        Audience::Keeper => tell(Recipients::Keepers, forms, "remind/keeper"),
        _ => tell(Recipients::Enterprises, forms, "remind/enterprise"),
    }
}

fn tell(to: Recipients, forms: Vec<Form>, template: &str) -> Tell {
    Tell { to, of: Selector::default(), forms, template: template.to_owned(), ask_hours: None, place: 0 }
}
