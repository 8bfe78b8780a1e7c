//! Notice templates: the site's own under `templates/`, else the built-in ones.
//!
//! In: template sources by path (`zh/ozone/enterprise.sms.txt`). Out: rendered words. Can't happen: an undefined name
//! that renders as nothing (strict mode); an endless template (fuel); a template error without its file and line.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::Digest;

use super::{Content, Line, Recipient};
use crate::config::Form;
use crate::msg;
use crate::problem::Problem;
use crate::text::Lang;

/// The templates of a site, compiled.
#[derive(Debug)]
pub struct Texts {
    lang: Lang,
    environment: Environment<'static>,
    sources: BTreeMap<String, Arc<str>>,
}

/// The path of a template below `templates/`.
#[must_use]
pub fn path(lang: Lang, template: &str, form: Form, subject: bool) -> String {
    let part = if subject { "subject" } else { form.name() };
    format!("{}/{template}.{part}.txt", lang.code())
}

impl Texts {
    /// Compiles templates; `sources` maps paths below `templates/` to text.
    ///
    /// # Errors
    /// Every template that does not compile.
    pub fn compile(lang: Lang, sources: BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        environment.set_fuel(Some(200_000));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        let sources: BTreeMap<String, Arc<str>> = sources.into_iter().map(|(p, s)| (p, Arc::from(s))).collect();
        let mut problems = Vec::new();
        for (path, source) in &sources {
            if let Err(error) = environment.add_template_owned(path.clone(), source.to_string()) {
                problems.push(problem(path, source, &error));
            }
        }
        if problems.is_empty() { Ok(Self { lang, environment, sources }) } else { Err(problems) }
    }

    /// The language the notices are in.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Renders subject (email only) and body.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn render(
        &self,
        template: &str,
        form: Form,
        recipient: &Recipient<'_>,
        content: &Content,
        lines: &[Line],
    ) -> Result<(String, String), Problem> {
        let data = context! {
            to => context! { name => &recipient.name, person => &recipient.person },
            lines => Value::from(Serde(lines)),
            ..Value::from(Serde(content))
        };
        let render = |subject| self.one(&path(self.lang, template, form, subject), &data);
        let subject = if form == Form::Email { one_line(&render(true)?) } else { String::new() };
        let body = render(false)?;
        let body = if form == Form::Email { body } else { one_line(&body) };
        Ok((subject, body))
    }

    /// The templates behind a notice's forms, each with a digest of what it says. A template that draws on others
    /// counts with all of them.
    #[must_use]
    pub fn wording(&self, template: &str, forms: &[Form]) -> Vec<(String, String)> {
        let subjects =
            forms.iter().filter(|form| **form == Form::Email).map(|form| path(self.lang, template, *form, true));
        let bodies = forms.iter().map(|form| path(self.lang, template, *form, false));
        let digest = |path: String| {
            let source = self.sources.get(&path)?;
            let mut sum = sha2::Sha256::new_with_prefix(source.as_bytes());
            if ["include", "import", "extends"].iter().any(|word| source.contains(word)) {
                self.sources.iter().for_each(|(path, source)| sum.update(format!("\0{path}\0{source}")));
            }
            let digest = sum.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            Some((path, digest))
        };
        subjects.chain(bodies).filter_map(digest).collect()
    }

    fn one(&self, path: &str, data: &minijinja::Value) -> Result<String, Problem> {
        let Some(source) = self.sources.get(path) else {
            let file = format!("templates/{path}");
            return Err(Problem::file(file, msg!("template.missing"), msg!("template.missing_advice")));
        };
        let template = self.environment.get_template(path).map_err(|error| problem(path, source, &error))?;
        template.render(data).map_err(|error| problem(path, source, &error))
    }
}

/// SMS and speech are one paragraph however the template is laid out; so is a subject.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

fn problem(path: &str, source: &Arc<str>, error: &minijinja::Error) -> Problem {
    let range = error.range().unwrap_or_else(|| {
        let line = error.line().unwrap_or(1);
        let start = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let length = source.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        start..start + length
    });
    let detail = error.detail().map_or_else(|| error.kind().to_string(), |d| format!("{}: {d}", error.kind()));
    let what = msg!("template.error", error = detail);
    Problem::span(format!("templates/{path}"), source, range, what, msg!("template.error_advice"))
}
