//! Printed sheets for those whom no wire reaches: a page each, with room for who handed it over and who took it.
//!
//! In: letters. Out: one HTML document that any browser prints. Can't happen: a word of a letter read as HTML.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

use cuofeng_base::msg;
use cuofeng_base::text::Lang;

const SOURCE: &str = include_str!("sheet.html");

/// One page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// The letter's number.
    pub number: i64,
    /// Whom it is for.
    pub to: String,
    /// The person there; empty where none is named.
    pub person: String,
    /// From when it is of no more use, in words.
    pub until: String,
    /// Its head line; empty where the words have one.
    pub title: String,
    /// The words.
    pub body: String,
}

/// The document.
#[must_use]
pub fn sheets(lang: Lang, office: &str, pages: &[Sheet]) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let words = context! {
        number => msg!("hand.sheet_number").text(lang),
        to => msg!("hand.sheet_to").text(lang),
        until => msg!("hand.sheet_until").text(lang),
        by => msg!("hand.sheet_by").text(lang),
        taken => msg!("hand.sheet_taken").text(lang),
        at => msg!("hand.sheet_at").text(lang),
    };
    let data = context! { lang => lang.code(), office, pages => Value::from(Serde(pages)), words };
    // The template is the program's own, and its test fills all of it.
    environment.render_str(SOURCE, data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_has_its_page_and_its_words_stay_words() {
        let page = |number, body: &str| Sheet {
            number,
            to: "白岩村".into(),
            person: "某某".into(),
            until: "9月12日20:00".into(),
            title: "广播稿".into(),
            body: body.into(),
        };
        for lang in [Lang::Zh, Lang::En] {
            let text = sheets(lang, "武平镇", &[page(1, "一<b>"), page(2, "二")]);
            assert_eq!(text.matches("<section>").count(), 2, "{text}");
            assert!(text.contains("一&lt;b&gt;") && text.contains("9月12日20:00"), "{text}");
        }
    }
}
