//! Notice templates: the site's own under `templates/`, else the built-in ones.
//!
//! In: template sources by path (`zh/ozone/enterprise.sms.txt`), and the texts that a provider of short messages has
//! approved, where it sends no others. Out: rendered words. Can't happen: an undefined name that renders as nothing
//! (strict mode); an endless template (fuel); a template error without its file and line; a short message that its
//! provider has not approved.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::Digest;

use super::filed::Filed;
use super::merged::{self, Gist};
use super::speech::{self, Sayings};
use super::{Content, Line, Recipient};
use crate::config::Form;
use crate::msg;
use crate::problem::Problem;
use crate::text::{Lang, Message};

/// Longest text that a template may write, in bytes: a mail of two hundred pages. What loops say more than that nobody reads.
const LONGEST: usize = 1 << 20;

/// Characters above which an SMS is charged as eight or more (GSM 03.40: 67 a part in UCS-2) and read by nobody.
pub const LONGEST_SMS: usize = 500;

/// The templates of a site, compiled.
#[derive(Debug)]
pub struct Texts {
    lang: Lang,
    sayings: Sayings,
    environment: Environment<'static>,
    sources: BTreeMap<String, Arc<str>>,
    sign: Option<String>,
    filed: Option<Filed>,
}

/// Why there are no words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWords {
    /// The template is missing or failed.
    #[error("{0}")]
    Template(Box<Problem>),
    /// The words fit no text that the provider has approved.
    #[error("{0}")]
    Unfit(Message),
}

impl From<Problem> for NoWords {
    fn from(problem: Problem) -> Self {
        Self::Template(Box::new(problem))
    }
}

/// The path of a template's short text, sent where the full one fits nothing that was approved.
#[must_use]
pub fn brief_path(lang: Lang, template: &str) -> String {
    format!("{}/{template}.brief.txt", lang.code())
}

/// The path of what a template's notice asks in a few words, for a message that carries several.
#[must_use]
pub fn gist_path(lang: Lang, template: &str) -> String {
    format!("{}/{template}.gist.txt", lang.code())
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
        if problems.is_empty() {
            Ok(Self { lang, sayings: Sayings::new(), environment, sources, sign: None, filed: None })
        } else {
            Err(problems)
        }
    }

    /// The same with a site's own readings of words.
    #[must_use]
    pub fn saying(self, sayings: Sayings) -> Self {
        Self { sayings, ..self }
    }

    /// How the site wants words of its own read.
    #[must_use]
    pub const fn sayings(&self) -> &Sayings {
        &self.sayings
    }

    /// The texts with a signature other than the office's name, and with what the provider of short messages has
    /// approved; without that any words may go.
    #[must_use]
    pub fn with_filed(self, sign: Option<String>, filed: Option<Filed>) -> Self {
        Self { sign, filed, ..self }
    }

    /// What the provider of short messages has approved, where it sends nothing else.
    #[must_use]
    pub const fn filed(&self) -> Option<&Filed> {
        self.filed.as_ref()
    }

    /// The language the notices are in.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Renders subject (email only) and body. A short message that fits no approved text is rendered from the
    /// template's short text, if it has one.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line; or neither text was approved.
    pub fn render(
        &self,
        template: &str,
        form: Form,
        recipient: &Recipient<'_>,
        content: &Content,
        lines: &[Line],
    ) -> Result<(String, String), NoWords> {
        let data = self.data(recipient, content, lines);
        let one = |subject| self.one(&path(self.lang, template, form, subject), &data);
        let subject = if form == Form::Email { one_line(&one(true)?) } else { String::new() };
        let body = one(false)?;
        let body = if form == Form::Email { body } else { one_line(&body) };
        let body = if form == Form::Speech && self.lang == Lang::Zh { self.aloud(template, &body)? } else { body };
        let Some(filed) = self.filed.as_ref().filter(|_| form == Form::Sms) else { return Ok((subject, body)) };
        let Err(why) = filed.fit(&body) else { return Ok((subject, body)) };
        let Some(brief) = self.brief(template, recipient, content, lines)? else { return Err(NoWords::Unfit(why)) };
        filed.fit(&brief).map_err(|_| NoWords::Unfit(why))?;
        Ok((subject, brief))
    }

    /// Renders a short message as its template has it, approved or not.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn full(
        &self,
        template: &str,
        recipient: &Recipient<'_>,
        content: &Content,
        lines: &[Line],
    ) -> Result<String, Problem> {
        let data = self.data(recipient, content, lines);
        Ok(one_line(&self.one(&path(self.lang, template, Form::Sms, false), &data)?))
    }

    /// Renders the short text of a template, if it has one.
    ///
    /// # Errors
    /// The template's problem at its line.
    pub fn brief(
        &self,
        template: &str,
        recipient: &Recipient<'_>,
        content: &Content,
        lines: &[Line],
    ) -> Result<Option<String>, Problem> {
        let path = brief_path(self.lang, template);
        if !self.sources.contains_key(&path) {
            return Ok(None);
        }
        Ok(Some(one_line(&self.one(&path, &self.data(recipient, content, lines))?)))
    }

    /// Whether a template says in a few words what its notice asks.
    #[must_use]
    pub fn has_gist(&self, template: &str) -> bool {
        self.sources.contains_key(&gist_path(self.lang, template))
    }

    /// What a notice asks in a few words, if its template says that.
    ///
    /// # Errors
    /// The template's problem at its line.
    pub fn gist(
        &self,
        template: &str,
        recipient: &Recipient<'_>,
        content: &Content,
        lines: &[Line],
    ) -> Result<Option<String>, Problem> {
        if !self.has_gist(template) {
            return Ok(None);
        }
        Ok(Some(one_line(&self.one(&gist_path(self.lang, template), &self.data(recipient, content, lines))?)))
    }

    /// The short message that says what several notices ask, approved or not. Of their links it bears the first.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn merged_sms(&self, (office, phone): (&str, &str), name: &str, gists: &[Gist]) -> Result<String, Problem> {
        let asked = gists.iter().any(|gist| !gist.reply.is_empty());
        let link = gists.iter().map(|gist| gist.link.as_str()).find(|link| !link.is_empty()).unwrap_or_default();
        let data = context! {
            to => context! { name }, sign => self.sign.as_deref().unwrap_or(office), office, phone,
            count => gists.len(), items => Value::from(Serde(gists)), asked, link,
        };
        Ok(one_line(&self.one(&path(self.lang, merged::TEMPLATE, Form::Sms, false), &data)?))
    }

    /// The mail in which several letters, each a subject and a body, stand one after another.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn merged_mail(&self, office: &str, letters: &[(&str, &str)]) -> Result<(String, String), Problem> {
        let (subjects, bodies): (Vec<String>, Vec<String>) =
            letters.iter().map(|(subject, body)| ((*subject).to_owned(), body.trim_end().to_owned())).unzip();
        let data = context! { office, count => letters.len(), subjects, bodies };
        let one = |subject| self.one(&path(self.lang, merged::TEMPLATE, Form::Email, subject), &data);
        Ok((one_line(&one(true)?), one(false)?))
    }

    fn data(&self, recipient: &Recipient<'_>, content: &Content, lines: &[Line]) -> Value {
        context! {
            to => context! { name => &recipient.name, person => &recipient.person },
            lines => Value::from(Serde(lines)),
            sign => self.sign.as_ref().unwrap_or(&content.office),
            ..Value::from(Serde(content))
        }
    }

    /// The templates behind a notice's forms, each with a digest of what it says. A template that draws on others
    /// counts with all of them.
    #[must_use]
    pub fn wording(&self, template: &str, forms: &[Form]) -> Vec<(String, String)> {
        let subjects =
            forms.iter().filter(|form| **form == Form::Email).map(|form| path(self.lang, template, *form, true));
        let bodies = forms.iter().map(|form| path(self.lang, template, *form, false));
        let brief = (self.filed.is_some() && forms.contains(&Form::Sms)).then(|| brief_path(self.lang, template));
        subjects.chain(bodies).chain(brief).filter_map(|path| self.digest(path)).collect()
    }

    /// The templates behind messages that carry several letters, likewise.
    #[must_use]
    pub fn merged_wording(&self) -> Vec<(String, String)> {
        let gists = self.sources.keys().filter(|path| path.ends_with(".gist.txt"));
        let gists = gists.filter_map(|path| self.digest(path.clone()));
        gists.chain(self.wording(merged::TEMPLATE, &[Form::Email, Form::Sms])).collect()
    }

    fn digest(&self, path: String) -> Option<(String, String)> {
        let source = self.sources.get(&path)?;
        let mut sum = sha2::Sha256::new_with_prefix(source.as_bytes());
        if ["include", "import", "extends"].iter().any(|word| source.contains(word)) {
            self.sources.iter().for_each(|(path, source)| sum.update(format!("\0{path}\0{source}")));
        }
        Some((path, sum.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))))
    }

    /// The text in words that can be read aloud; whatever can't be is the template's problem.
    fn aloud(&self, template: &str, text: &str) -> Result<String, Problem> {
        speech::aloud(text, &self.sayings).map_err(|unread| {
            let file = format!("templates/{}", path(self.lang, template, Form::Speech, false));
            let what = unread.first().map_or_else(|| msg!("speech.character", piece = text), speech::Unread::message);
            Problem::file(file, what, msg!("speech.advice"))
        })
    }

    fn one(&self, path: &str, data: &minijinja::Value) -> Result<String, Problem> {
        let Some(source) = self.sources.get(path) else {
            let file = format!("templates/{path}");
            return Err(Problem::file(file, msg!("template.missing"), msg!("template.missing_advice")));
        };
        let template = self.environment.get_template(path).map_err(|error| problem(path, source, &error))?;
        let mut page = Page(Vec::new());
        let rendered = template.render_captured_to(data, &mut page).map(|_| ());
        match rendered {
            Err(error) if error.kind() == minijinja::ErrorKind::WriteFailure => {
                let what = msg!("template.endless", limit = LONGEST >> 10);
                Err(Problem::file(format!("templates/{path}"), what, msg!("template.endless_advice")))
            }
            Err(error) => Err(problem(path, source, &error)),
            Ok(()) => Ok(String::from_utf8_lossy(&page.0).into_owned()),
        }
    }
}

/// What a template writes, up to the longest text there is.
struct Page(Vec<u8>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
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
