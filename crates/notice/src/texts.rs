//! Notice templates: the site's own under `templates/`, else the built-in ones.
//!
//! In: template sources by path (`zh/ozone/enterprise.sms.txt`), and the texts that a provider of short messages has
//! approved, where it sends no others. Out: a notice's words in each form, with places for codes. Can't happen: a short
//! message that its provider has not approved; a code where the template has none; a link that is heard.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{Value, context};

use super::asks;
use super::filed::Filed;
use super::speech::{self, Sayings};
use super::template::Templates;
use super::{Content, Line, Recipient};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Lang, Message, Placed};
use cuofeng_base::word::Form;

/// Characters above which an SMS is charged as eight or more (GSM 03.40: 67 a part in UCS-2) and read by nobody.
pub const LONGEST_SMS: usize = 500;

/// The templates of a site, compiled.
#[derive(Debug)]
pub struct Texts {
    lang: Lang,
    sayings: Sayings,
    pub(super) templates: Templates,
    pub(super) sign: Option<String>,
    filed: Option<Filed>,
}

/// What a template is given: to whom, what, and the lines of a plan.
pub(super) type Inputs<'a> = (&'a Recipient<'a>, &'a Content, &'a [Line]);

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
        let templates = Templates::compile(sources)?;
        Ok(Self { lang, sayings: Sayings::new(), templates, sign: None, filed: None })
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

    /// Characters that what is asked has room for in a short message: in the hole of an approved text fewer than where
    /// any words may go.
    #[must_use]
    pub fn room(&self) -> usize {
        self.filed.as_ref().map_or(asks::FREE, |filed| filed.limits.value.min(asks::HOLE))
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
    ) -> Result<(String, Placed), NoWords> {
        let inputs = (recipient, content, lines);
        let path = |subject| path(self.lang, template, form, subject);
        let subject = if form == Form::Email { self.linkless(&path(true), inputs)? } else { String::new() };
        let body = match form {
            Form::Email => self.linked(&path(false), inputs, str::to_owned)?,
            Form::Sms => self.linked(&path(false), inputs, one_line)?,
            Form::Speech if self.lang == Lang::Zh => {
                self.aloud(template, &self.linkless(&path(false), inputs)?)?.into()
            }
            Form::Speech => self.linkless(&path(false), inputs)?.into(),
        };
        let Some(filed) = self.filed.as_ref().filter(|_| form == Form::Sms) else { return Ok((subject, body)) };
        let Err(why) = filed.fit(&body.example()) else { return Ok((subject, body)) };
        let Some(brief) = self.brief(template, recipient, content, lines)? else { return Err(NoWords::Unfit(why)) };
        filed.fit(&brief.example()).map_err(|_| NoWords::Unfit(why))?;
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
    ) -> Result<Placed, Problem> {
        self.linked(&path(self.lang, template, Form::Sms, false), (recipient, content, lines), one_line)
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
    ) -> Result<Option<Placed>, Problem> {
        let path = brief_path(self.lang, template);
        if !self.templates.has(&path) {
            return Ok(None);
        }
        self.linked(&path, (recipient, content, lines), one_line).map(Some)
    }

    /// Renders a template without a link: what is heard, or read at a glance, has none.
    pub(super) fn linkless(&self, path: &str, (recipient, content, lines): Inputs<'_>) -> Result<String, Problem> {
        Ok(one_line(&self.templates.one(path, &self.data(recipient, content, lines, ""))?))
    }

    /// Renders a template with the link of the letter's own page, where there is one; `lay` lays the words out.
    fn linked(
        &self,
        path: &str,
        (recipient, content, lines): Inputs<'_>,
        lay: fn(&str) -> String,
    ) -> Result<Placed, Problem> {
        if content.link.is_empty() {
            return Ok(lay(&self.templates.one(path, &self.data(recipient, content, lines, ""))?).into());
        }
        let inputs = format!("{:?}", (content, &recipient.name, &recipient.person, lines, &self.sign));
        Placed::made(&inputs, 1, |marks| {
            let link = marks.iter().fold(content.link.clone(), |link, mark| link + mark);
            Ok(lay(&self.templates.one(path, &self.data(recipient, content, lines, &link))?))
        })
    }

    fn data(&self, recipient: &Recipient<'_>, content: &Content, lines: &[Line], link: &str) -> Value {
        context! {
            to => context! { name => &recipient.name, person => &recipient.person },
            lines => Value::from(Serde(lines)),
            sign => self.sign.as_ref().unwrap_or(&content.office),
            link,
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
        subjects.chain(bodies).chain(brief).filter_map(|path| self.templates.digest(path)).collect()
    }

    /// The text in words that can be read aloud; whatever can't be is the template's problem.
    fn aloud(&self, template: &str, text: &str) -> Result<String, Problem> {
        speech::aloud(text, &self.sayings).map_err(|unread| {
            let file = format!("templates/{}", path(self.lang, template, Form::Speech, false));
            let what = unread.first().map_or_else(|| msg!("speech.character", piece = text), speech::Unread::message);
            Problem::file(file, what, msg!("speech.advice"))
        })
    }
}

/// SMS and speech are one paragraph however the template is laid out; so is a subject.
pub(super) fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect()
}

/// Marks that stand side by side in no sentence: something was left out between them.
const SEAMS: [&str; 22] = [
    "（，", "（；", "（）", "(, ", "()", "，，", "，。", "，；", "；；", "；。", "。。", "：，", "：；", "：。",
    "、，", "、。", "“”", "，）", " ，", " 。", "。；", "，、",
];

/// The first place of a text at which something was left out between two marks.
#[must_use]
pub fn seam(text: &str) -> Option<&'static str> {
    SEAMS.into_iter().find(|seam| text.contains(seam))
}

#[cfg(test)]
mod tests;
