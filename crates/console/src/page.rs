//! Pages as HTML.
//!
//! In: what a page shows, in words. Out: HTML that escapes every word of it. Can't happen: a script; anything loaded
//! from elsewhere.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use cuofeng_base::text::{Lang, Message};

/// What a browser may do with a page: show it and send its own form back.
pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const FRAME: &str = include_str!("frame.html");

/// Fills a page's inner part into the frame.
pub(super) fn page(inner: &str, data: &Value) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let made = environment
        .add_template("frame", FRAME)
        .and_then(|()| environment.add_template("inner", inner))
        .and_then(|()| environment.get_template("inner")?.render(data));
    made.unwrap_or_else(|error| {
        // The parts are the program's own and tested; the words of the error hold none of the data.
        tracing::error!(%error, "a page does not fit its data");
        String::new()
    })
}

/// A page that says one thing.
pub(super) fn says(lang: Lang, title: &Message, text: &str) -> String {
    let inner = "{% extends \"frame\" %}{% block body %}<p class=\"said\">{{ text }}</p>{% endblock %}";
    page(inner, &minijinja::context! { lang => lang.code(), title => title.text(lang), text => text })
}
