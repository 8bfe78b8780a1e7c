//! One message to a person whom several rules tell of something at the same time.
//!
//! In: the letters that it carries; of short messages the [`Gist`] of each notice. Out: its words, each letter's code in
//! its own place. Can't happen: a mail
//! that leaves out or changes a word of a letter that it carries; a short message that its provider has not approved, or
//! that has no room for what one of the notices asks (its letters then go one by one).

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::texts::{LONGEST_SMS, NoWords, Texts, one_line, path};
use super::{Content, Line, Purpose, Recipient, exercise};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Lang, Placed};
use cuofeng_base::word::Form;

/// The template of the message.
pub const TEMPLATE: &str = "merged/person";

/// Letters that one message carries at most: as many as texts are filed for.
pub const MOST: usize = 3;

/// Characters that what one notice asks has room for beside others.
const ROOM: usize = 20;

/// What a notice asks, in the few words that a short message has room for beside others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gist {
    /// The rule's name, with a word where the times have changed.
    pub title: String,
    /// The periods in words.
    pub periods: String,
    /// What is to be done.
    pub asks: String,
    /// The code to answer with; empty where no answer is asked for.
    pub reply: String,
    /// What stands before the letter's own code in the address of its page; empty where there is none.
    pub link: String,
}

impl Gist {
    /// The gist of a notice, where its template has one and it may wait for others: an end is told by itself.
    ///
    /// # Errors
    /// The template's problem, at its line.
    pub fn of(
        texts: &Texts,
        template: &str,
        recipient: &Recipient<'_>,
        content: &Content,
        lines: &[Line],
    ) -> Result<Option<Self>, Problem> {
        let title = match content.purpose {
            Purpose::Raise => content.title.clone(),
            Purpose::Update => {
                msg!("merged.changed", title = &content.title, change = &content.short_change).text(texts.lang())
            }
            _ => return Ok(None),
        };
        // Beside others there is less room.
        let lang = texts.lang();
        let see = if content.by_mail { msg!("asks.mail") } else { msg!("asks.call") };
        let has_no_room = lang == Lang::Zh && content.asks.chars().count() > ROOM;
        let few = if content.deadline.is_empty() {
            see
        } else {
            let see = if content.by_mail { msg!("asks.see_mail") } else { msg!("asks.see_call") };
            msg!("asks.deadline", deadline = &content.deadline, text = see)
        };
        let content =
            &Content { asks: if has_no_room { few.text(lang) } else { content.asks.clone() }, ..content.clone() };
        let asks = texts.gist(template, recipient, content, lines)?;
        Ok(asks.map(|asks| Self {
            title,
            periods: content.short_periods.clone(),
            asks,
            reply: content.reply.clone(),
            link: content.link.clone(),
        }))
    }
}

/// The path of what a template's notice asks in a few words, for a message that carries several.
#[must_use]
pub fn gist_path(lang: Lang, template: &str) -> String {
    format!("{}/{template}.gist.txt", lang.code())
}

impl Texts {
    /// Whether a template says in a few words what its notice asks.
    #[must_use]
    pub fn has_gist(&self, template: &str) -> bool {
        self.templates.has(&gist_path(self.lang(), template))
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
        self.linkless(&gist_path(self.lang(), template), (recipient, content, lines)).map(Some)
    }

    /// The short message that says what several notices ask, approved or not. Of their links it bears the first, by which
    /// the message's own letter is opened.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn merged_sms(&self, (office, phone): (&str, &str), name: &str, gists: &[Gist]) -> Result<Placed, Problem> {
        let asked = gists.iter().any(|gist| !gist.reply.is_empty());
        let link = gists.iter().map(|gist| gist.link.as_str()).find(|link| !link.is_empty()).unwrap_or_default();
        let path = path(self.lang(), TEMPLATE, Form::Sms, false);
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
            Ok(one_line(&self.templates.one(&path, &data)?))
        })
    }

    /// The mail in which several letters, each a subject and a body, stand one after another; the codes of each stay its
    /// own.
    ///
    /// # Errors
    /// The template is missing, or its problem at its line.
    pub fn merged_mail(&self, office: &str, letters: &[(&str, &Placed)]) -> Result<(String, Placed), Problem> {
        let subjects = dated_once(&letters.iter().map(|(subject, _)| *subject).collect::<Vec<_>>());
        let path = |subject| path(self.lang(), TEMPLATE, Form::Email, subject);
        let with = |bodies: Vec<String>| context! { office, count => letters.len(), subjects => &subjects, bodies };
        let plain = letters.iter().map(|(_, body)| body.text().trim_end().to_owned()).collect();
        let subject = one_line(&self.templates.one(&path(true), &with(plain))?);
        let inputs = format!("{:?}", (office, letters));
        let count = u32::try_from(letters.len()).unwrap_or(u32::MAX);
        let body = Placed::made(&inputs, count, |marks| {
            let bodies = letters.iter().zip(marks);
            self.templates.one(
                &path(false),
                &with(bodies.map(|((_, body), mark)| body.trim_end().filled(|_| mark.clone())).collect()),
            )
        })?;
        Ok((subject, body))
    }

    /// The templates behind messages that carry several letters, each with a digest of what it says.
    #[must_use]
    pub fn merged_wording(&self) -> Vec<(String, String)> {
        let gists = self.templates.paths().filter(|path| path.ends_with(".gist.txt"));
        let gists = gists.filter_map(|path| self.templates.digest(path.to_owned()));
        gists.chain(self.wording(TEMPLATE, &[Form::Email, Form::Sms])).collect()
    }
}

/// Subjects that are read in one line: what stands in brackets at the end of all of them stands at the last alone.
fn dated_once(subjects: &[&str]) -> Vec<String> {
    let end = |subject: &str| subject.rfind(['（', '(']).map(|place| subject.split_at(place).1.to_owned());
    let common = subjects.first().and_then(|first| end(first));
    let common = common.filter(|common| subjects.iter().all(|subject| subject.ends_with(common.as_str())));
    let last = subjects.len().saturating_sub(1);
    let strip = |(at, subject): (usize, &&str)| match &common {
        Some(common) if at < last => subject.strip_suffix(common.as_str()).unwrap_or(subject).trim_end().to_owned(),
        _ => (*subject).to_owned(),
    };
    subjects.iter().enumerate().map(strip).collect()
}

/// What every merged message says of the office.
#[derive(Debug, Clone, Copy)]
pub struct Merging<'a> {
    /// The templates.
    pub texts: &'a Texts,
    /// The office's name.
    pub office: &'a str,
    /// Whom to call.
    pub phone: &'a str,
}

impl Merging<'_> {
    /// The short message that says what several notices ask; `exercise` where they are of one.
    ///
    /// # Errors
    /// The template's problem; or the provider has not approved the words.
    pub fn sms(&self, name: &str, gists: &[Gist], is_exercise: bool) -> Result<Placed, NoWords> {
        let text = self.texts.merged_sms((self.office, self.phone), name, gists)?;
        let lang = self.texts.lang();
        let text = if is_exercise { text.set(|text| exercise::sms(text, lang)) } else { text };
        let whole = text.example();
        let count = whole.chars().count();
        if count > LONGEST_SMS {
            return Err(NoWords::Unfit(msg!("template.sms_length", count = count)));
        }
        match self.texts.filed().map(|filed| filed.fit(&whole)) {
            Some(Err(why)) => Err(NoWords::Unfit(why)),
            _ => Ok(text),
        }
    }

    /// Subject and words of the mail in which several letters, each a subject and a body, stand one after another.
    ///
    /// # Errors
    /// The template's problem.
    pub fn mail<'a>(&self, letters: &[(&'a str, &'a Placed)], is_exercise: bool) -> Result<(String, Placed), Problem> {
        if !is_exercise {
            return self.texts.merged_mail(self.office, letters);
        }
        // The mark stands once, in front of all.
        let tag = msg!("exercise.tag").text(self.texts.lang());
        let unmarked = |(subject, body): &(&'a str, &'a Placed)| (subject.strip_prefix(&tag).unwrap_or(subject), *body);
        let (subject, body) = self.texts.merged_mail(self.office, &letters.iter().map(unmarked).collect::<Vec<_>>())?;
        Ok((format!("{tag}{subject}"), body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_of_several_letters_has_the_date_once() {
        assert_eq!(dated_once(&["甲（9月13日）", "乙（9月13日）"]), ["甲", "乙（9月13日）"]);
        assert_eq!(dated_once(&["A (13 September)", "B (13 September)"]), ["A", "B (13 September)"]);
        assert_eq!(dated_once(&["甲（9月13日）", "乙"]), ["甲（9月13日）", "乙"]);
    }
}
