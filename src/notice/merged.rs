//! One message to a person whom several rules tell of something at the same time.
//!
//! In: the letters that it carries; of short messages the [`Gist`] of each notice. Out: its words. Can't happen: a mail
//! that leaves out or changes a word of a letter that it carries; a short message that its provider has not approved, or
//! that has no room for what one of the notices asks (its letters then go one by one).

use serde::{Deserialize, Serialize};

use super::texts::{LONGEST_SMS, NoWords, Texts};
use super::{Content, Line, Purpose, Recipient, exercise};
use crate::msg;
use crate::problem::Problem;
use crate::text::Placed;

/// The template of the message.
pub const TEMPLATE: &str = "merged/person";

/// Letters that one message carries at most: as many as texts are filed for.
pub const MOST: usize = 3;

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
            Purpose::Update => msg!("merged.changed", title = &content.title).text(texts.lang()),
            _ => return Ok(None),
        };
        let asks = texts.gist(template, recipient, content, lines)?;
        Ok(asks.map(|asks| Self {
            title,
            periods: content.periods.clone(),
            asks,
            reply: content.reply.clone(),
            link: content.link.clone(),
        }))
    }
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
