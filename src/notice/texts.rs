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
use crate::caught::caught;
use crate::config::Form;
use crate::msg;
use crate::problem::Problem;
use crate::text::{Lang, Message, Placed, hex};

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

/// What a template is given: to whom, what, and the lines of a plan.
type Inputs<'a> = (&'a Recipient<'a>, &'a Content, &'a [Line]);

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
        if !self.sources.contains_key(&path) {
            return Ok(None);
        }
        self.linked(&path, (recipient, content, lines), one_line).map(Some)
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
        self.linkless(&gist_path(self.lang, template), (recipient, content, lines)).map(Some)
    }

    /// The short message that says what several notices ask, approved or not. Of their links it bears the first, by which
    /// the message's own letter is opened.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn merged_sms(&self, (office, phone): (&str, &str), name: &str, gists: &[Gist]) -> Result<Placed, Problem> {
        let asked = gists.iter().any(|gist| !gist.reply.is_empty());
        let link = gists.iter().map(|gist| gist.link.as_str()).find(|link| !link.is_empty()).unwrap_or_default();
        let path = path(self.lang, merged::TEMPLATE, Form::Sms, false);
        let inputs = format!("{:?}", (office, phone, name, gists, &self.sign));
        let count = u32::try_from(gists.len()).unwrap_or(u32::MAX);
        Placed::made(&inputs, count, |marks| {
            let code = |link: &str, mark: Option<&String>| match mark {
                Some(mark) if !link.is_empty() => format!("{link}{mark}"),
                _ => String::new(),
            };
            let items = gists.iter().zip(marks);
            let items: Vec<Gist> =
                items.map(|(gist, mark)| Gist { link: code(&gist.link, Some(mark)), ..gist.clone() }).collect();
            let data = context! {
                to => context! { name }, sign => self.sign.as_deref().unwrap_or(office), office, phone,
                count => gists.len(), items => Value::from(Serde(&items)), asked, link => code(link, marks.first()),
            };
            Ok(one_line(&self.one(&path, &data)?))
        })
    }

    /// The mail in which several letters, each a subject and a body, stand one after another; the codes of each stay its
    /// own.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn merged_mail(&self, office: &str, letters: &[(&str, &Placed)]) -> Result<(String, Placed), Problem> {
        let subjects: Vec<String> = letters.iter().map(|(subject, _)| (*subject).to_owned()).collect();
        let path = |subject| path(self.lang, merged::TEMPLATE, Form::Email, subject);
        let with = |bodies: Vec<String>| context! { office, count => letters.len(), subjects => &subjects, bodies };
        let plain = letters.iter().map(|(_, body)| body.text().trim_end().to_owned()).collect();
        let subject = one_line(&self.one(&path(true), &with(plain))?);
        let inputs = format!("{:?}", (office, letters));
        let count = u32::try_from(letters.len()).unwrap_or(u32::MAX);
        let body = Placed::made(&inputs, count, |marks| {
            let bodies = letters.iter().zip(marks);
            self.one(
                &path(false),
                &with(bodies.map(|((_, body), mark)| body.trim_end().filled(|_| mark.clone())).collect()),
            )
        })?;
        Ok((subject, body))
    }

    /// Renders a template without a link: what is heard, or read at a glance, has none.
    fn linkless(&self, path: &str, (recipient, content, lines): Inputs<'_>) -> Result<String, Problem> {
        Ok(one_line(&self.one(path, &self.data(recipient, content, lines, ""))?))
    }

    /// Renders a template with the link of the letter's own page, where there is one; `lay` lays the words out.
    fn linked(
        &self,
        path: &str,
        (recipient, content, lines): Inputs<'_>,
        lay: fn(&str) -> String,
    ) -> Result<Placed, Problem> {
        if content.link.is_empty() {
            return Ok(lay(&self.one(path, &self.data(recipient, content, lines, ""))?).into());
        }
        let inputs = serde_json::json!([content, recipient.name, recipient.person, lines, self.sign]).to_string();
        Placed::made(&inputs, 1, |marks| {
            let link = marks.iter().fold(content.link.clone(), |link, mark| link + mark);
            Ok(lay(&self.one(path, &self.data(recipient, content, lines, &link))?))
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
        Some((path, hex(&sum.finalize())))
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
        // A render that panics is a template's problem like any other: whoever else is told still is.
        let rendered = caught(|| template.render_captured_to(data, &mut page).map(|_| ()));
        match rendered.map_err(|words| broken(path, &words))? {
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

/// A render that ended by itself.
fn broken(path: &str, words: &str) -> Problem {
    let what = msg!("template.error", error = words);
    Problem::file(format!("templates/{path}"), what, msg!("template.error_advice"))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::notice::{Purpose, own, sample};
    use crate::rules::relay;

    const LINK: &str = "https://office.example.com/n/";

    fn texts(sources: &[(&str, &str)]) -> Texts {
        let sources = sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Texts::compile(Lang::Zh, sources).expect("templates")
    }

    fn built_in() -> Texts {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("a text");
        let all = crate::embedded::TEMPLATES.iter().map(|(path, bytes)| ((*path).to_owned(), text(bytes)));
        Texts::compile(Lang::Zh, all.collect()).expect("templates")
    }

    /// Words as somebody outside may choose them, who knows how the program works.
    fn outside() -> impl Strategy<Value = String> {
        let mut forged = String::new();
        let _ = Placed::made("", 1, |marks| {
            forged.clone_from(&marks[0]);
            Ok::<_, ()>(String::new())
        });
        prop_oneof![
            any::<String>(),
            "[\u{e000}-\u{e003}{}%_0-9a-z/]{0,12}",
            Just(format!("{LINK}{forged}")),
            Just("{{ link }}".to_owned()),
        ]
    }

    fn said(outside: &[String], content: &Content) -> Content {
        let [reason, title, periods, about, order] = outside else { return content.clone() };
        Content {
            reason: reason.clone(),
            title: title.clone(),
            periods: periods.clone(),
            about: about.clone(),
            order: order.clone(),
            measures: reason.clone(),
            region: title.clone(),
            previous: about.clone(),
            link: LINK.to_owned(),
            ..content.clone()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_code_stands_where_the_template_has_it_whatever_anybody_outside_says(
            outside in proptest::collection::vec(outside(), 5),
        ) {
            let rule = relay::sample();
            let content = said(&outside, &sample::contents(&rule, Lang::Zh)[0]);
            let to = sample::recipient(&rule.tell[0]);
            let source = "{{ reason }}甲{{ link }}乙{{ title }}{{ periods }}{% if link %}{{ link }}{% endif %}{{ about }}丙";
            let small = texts(&[("zh/a/b.email.txt", source), ("zh/a/b.subject.txt", "{{ title }}{{ link }}")]);
            let (subject, body) = small.render("a/b", Form::Email, &to, &content, &[]).expect("words");
            let of = |code: &str| format!(
                "{}甲{LINK}{code}乙{}{}{LINK}{code}{}丙",
                content.reason, content.title, content.periods, content.about
            );
            prop_assert_eq!(body.filled(|_| "〈code〉".to_owned()), of("〈code〉"));
            prop_assert_eq!(body.places().count(), 2);
            prop_assert_eq!(subject, one_line(&content.title));
        }

        #[test]
        fn no_template_of_the_program_has_more_codes_for_what_anybody_outside_says(
            outside in proptest::collection::vec(outside(), 5),
        ) {
            let built_in = built_in();
            let tells = own::all(Lang::Zh).into_iter().map(|own| (own.tell, own.contents));
            for (tell, contents) in tells {
                let to = sample::recipient(&tell);
                for (content, form) in contents.iter().zip([Form::Sms, Form::Email].into_iter().cycle()) {
                    if !tell.forms.contains(&form) {
                        continue;
                    }
                    let plain = Content { link: LINK.to_owned(), ..content.clone() };
                    let render = |content| built_in.render(&tell.template, form, &to, content, &[]).expect("words").1;
                    let (meant, said) = (render(&plain), render(&said(&outside, content)));
                    prop_assert_eq!(meant.places().count(), said.places().count(), "{}", tell.template);
                    for (at, of) in said.places() {
                        prop_assert!(of == 0 && said.text()[..at].ends_with(LINK));
                    }
                }
            }
        }

        #[test]
        fn in_one_message_each_letter_keeps_its_own_code(outside in proptest::collection::vec(outside(), 3)) {
            let built_in = built_in();
            let letter = |words: &String| {
                Placed::made(words, 1, |marks| Ok::<_, ()>(format!("{words}：{LINK}{}。", marks[0]))).expect("words")
            };
            let letters: Vec<Placed> = outside.iter().map(letter).collect();
            let all: Vec<(&str, &Placed)> = letters.iter().map(|words| ("题", words)).collect();
            let (_, body) = built_in.merged_mail("某办", &all).expect("words");
            prop_assert_eq!(body.places().map(|(_, of)| of).collect::<Vec<_>>(), [0, 1, 2]);
            for (words, of) in letters.iter().zip(["〈0〉", "〈1〉", "〈2〉"]) {
                let stands = body.filled(|of| format!("〈{of}〉")).contains(&words.filled(|_| of.to_owned()));
                prop_assert!(stands, "{of}");
            }
        }
    }

    #[test]
    fn a_loudspeaker_says_no_link_and_a_purpose_without_one_has_no_place() {
        let rule = relay::sample();
        let content =
            Content { link: LINK.into(), purpose: Purpose::Raise, ..sample::contents(&rule, Lang::Zh)[0].clone() };
        let to = sample::recipient(&rule.tell[0]);
        let small = texts(&[("zh/a/b.speech.txt", "请注意{% if link %}，打开{{ link }}{% endif %}。")]);
        let (_, body) = small.render("a/b", Form::Speech, &to, &content, &[]).expect("words");
        assert_eq!((body.text(), body.has_places()), ("请注意。", false));
    }
}
