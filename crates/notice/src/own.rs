//! What the tool says without a rule: its own troubles, drafts that wait for release, answers that are missing.
//!
//! In: nothing but the language. Out: who is told of each by which template, and what it is filled with at its longest,
//! so that `check`, `preview` and the filed texts leave none out. Can't happen: a text of the tool that is not among
//! them.

use super::alarm::Trouble;
use super::{Audience, Content, Purpose, sample};
use cuofeng_base::text::Lang;
use cuofeng_base::word::Form;
use cuofeng_rules::{Recipients, Selector, Tell};

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
    let of = |title: &str, purposes: &[Purpose]| -> Vec<Content> {
        sample::of(title, lang).into_iter().filter(|content| purposes.contains(&content.purpose)).collect()
    };
    let some = match lang {
        Lang::Zh => "臭氧错峰生产提示",
        Lang::En => "Ozone advice",
    };
    // A draft bears its episode and what it would do.
    let drafted = |content: Content| Content {
        purpose: Purpose::Draft,
        previous: "chongqing-ozone-wuping-20261225-1".to_owned(),
        level: cuofeng_base::msg!("action.raise").text(lang),
        ..content
    };
    let troubles = Trouble::ALL.map(|trouble| {
        let purposes: &[Purpose] = if trouble.names() {
            &[Purpose::Raise, Purpose::Update, Purpose::Lift]
        } else {
            &[Purpose::Raise, Purpose::Lift]
        };
        Own { tell: trouble.tell(), contents: of(&trouble.title().text(lang), purposes), exercised: false }
    });
    let ask = Own {
        tell: ask_release(Recipients::Releasers),
        contents: of(some, &[Purpose::Raise]).into_iter().map(drafted).collect(),
        exercised: true,
    };
    let asked = [(Audience::Enterprise, false), (Audience::Keeper, false), (Audience::Keeper, true)];
    let reminders = asked.map(|(audience, of_others)| Own {
        tell: remind(audience, of_others, vec![Form::Email, Form::Sms]),
        contents: of(some, &[Purpose::Reminder]),
        exercised: true,
    });
    troubles.into_iter().chain([ask]).chain(reminders).collect()
}

/// What is asked of those who may release a draft: `Releasers`, or `Deputies` later.
#[must_use]
pub fn ask_release(to: Recipients) -> Tell {
    tell(to, vec![Form::Email, Form::Sms], "draft/duty")
}

/// What is asked of those from whom an answer is missing, or, `of_others`, of those who are to get it from somebody else.
#[must_use]
pub fn remind(audience: Audience, of_others: bool, forms: Vec<Form>) -> Tell {
    match audience {
        Audience::Keeper if of_others => tell(Recipients::Keepers, forms, "remind/keeper"),
        Audience::Keeper => tell(Recipients::Keepers, forms, "remind/self"),
        _ => tell(Recipients::Enterprises, forms, "remind/enterprise"),
    }
}

fn tell(to: Recipients, forms: Vec<Form>, template: &str) -> Tell {
    Tell {
        to,
        of: Selector::default(),
        forms,
        template: template.to_owned(),
        ask_hours: None,
        extend_days: None,
        place: 0,
    }
}
