//! Notices: who is told, in which form, with which words.
//!
//! In: a decision's content and the roster. Out: rendered [`Notice`]s, each with one part per form, and the list of
//! those whom no address reaches. Can't happen: a recipient passed over in silence; a notice with an unfilled
//! placeholder (templates are strict); a part without an address.
#![forbid(unsafe_code)]

pub mod alarm;
pub mod asks;
pub mod calendar;
pub mod cap;
pub mod change;
mod content;
pub mod enclosure;
pub mod exercise;
pub mod filed;
pub mod filing;
pub mod findings;
pub mod group;
pub mod hours;
pub mod merged;
pub mod openadr;
pub mod own;
pub mod play;
pub mod quiet;
pub mod recipient;
pub mod reword;
pub mod sample;
pub mod seldom;
pub mod sheet;
pub mod speech;
mod template;
pub mod texts;
pub mod withdrawn;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

pub use content::{Air, Basis, Content, Fact, Line};
use cuofeng_aqi::Pollutant;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Message, Placed};
use cuofeng_base::word::Form;
use cuofeng_base::words;
use cuofeng_rules::warning::Act;
use cuofeng_rules::{Recipients, Rule, Tell};
pub use enclosure::Enclosure;
use merged::Gist;
use recipient::in_order;
pub use recipient::{Recipient, named, select};
use texts::{NoWords, Texts};

cuofeng_base::catalogue!(["notice"], on [cuofeng_plan, cuofeng_cap]);

/// Whether a rule speaks of what is forbidden all the year, to those who watch over it: its end frees nobody.
#[must_use]
pub fn is_banned(rule: &Rule) -> bool {
    let outward = || rule.tell.iter().filter(|tell| matches!(tell.to, Recipients::Villages | Recipients::Keepers));
    let enterprises = rule.tell.iter().any(|tell| tell.to == Recipients::Enterprises);
    !enterprises && outward().next().is_some() && outward().all(|tell| tell.template.starts_with("straw/"))
}

words! {
    /// Why a notice is sent.
    #[derive(PartialOrd, Ord, Hash, Serialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Purpose {
        /// A new episode.
        Raise = "raise" as "purpose.raise",
        /// Its periods changed.
        Update = "update" as "purpose.update",
        /// It ends early.
        Lift = "lift" as "purpose.lift",
        /// It was told in error. To templates it is a lift; [`Content::mistaken`] tells the two apart.
        #[serde(rename = "lift")]
        Cancel = "cancel" as "purpose.cancel",
        /// A draft waits for those who may release it.
        Draft = "draft" as "purpose.draft",
        /// An answer has not come.
        Reminder = "reminder" as "purpose.reminder",
    }
}

impl Purpose {
    /// The purpose of a revision's notices; nothing where its end has come and nobody is told.
    #[must_use]
    pub const fn of(act: Act) -> Option<Self> {
        match act {
            Act::Raise => Some(Self::Raise),
            Act::Update | Act::Upgrade | Act::Downgrade | Act::Extend | Act::Replan => Some(Self::Update),
            Act::Lift => Some(Self::Lift),
            Act::Cancel => Some(Self::Cancel),
            Act::Expire => None,
        }
    }

    /// Whether it takes back what was told.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Lift | Self::Cancel)
    }

    /// Sending order: lifts first, then changes.
    #[must_use]
    pub const fn priority(self) -> i64 {
        match self {
            Self::Lift | Self::Cancel | Self::Draft => 0,
            Self::Update => 1,
            Self::Raise => 2,
            Self::Reminder => 3,
        }
    }
}

impl<'de> Deserialize<'de> for Purpose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::named(&word).ok_or_else(|| serde::de::Error::custom(word))
    }
}

words! {
    /// The class of a recipient.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Audience {
        /// An enterprise, by its contact.
        Enterprise = "enterprise" as "audience.enterprise",
        /// A village, by its loudspeaker.
        Village = "village" as "audience.village",
        /// A village cadre or grid worker.
        Keeper = "keeper" as "audience.keeper",
        /// A member of staff on duty.
        Duty = "duty" as "audience.duty",
        /// A department or superior that is copied in.
        Department = "department" as "audience.department",
    }
}

/// A rendered notice to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its key: episode, revision, purpose and recipient. Stable, unique, usable as a file name.
    pub key: String,
    /// Why it is sent.
    pub purpose: Purpose,
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// Name of the recipient.
    pub name: String,
    /// One part per form.
    pub parts: Vec<Part>,
    /// The steps of the recipient's order, the first of which is among the parts; empty where it has none.
    pub reserve: Vec<Reserve>,
    /// What goes with its mail.
    pub enclosures: Vec<Enclosure>,
    /// The instant before which it would disturb without need.
    pub not_before: DateTime<Utc>,
    /// The instant from which sending it would be useless.
    pub expires_at: DateTime<Utc>,
    /// Hours within which it asks for an answer; none where it asks for none.
    pub ask_hours: Option<u32>,
    /// Of a reminder, the key of the notice that it reminds of.
    pub about: Option<String>,
    /// What it asks in a few words, for a message that carries several notices; none where it goes by itself.
    pub gist: Option<Gist>,
}

/// A step of a recipient's order, with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserve {
    /// Whether it goes to the backup contact.
    pub backup: bool,
    /// The form, address and words.
    pub part: Part,
}

/// A notice in one form.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The form.
    pub form: Form,
    /// Where it goes.
    pub address: String,
    /// Subject line; empty for other forms than email.
    pub subject: String,
    /// The words, and where the letter's code belongs in them.
    pub body: Placed,
    /// Whether no wire reaches the recipient, so that a person passes the words on.
    pub by_hand: bool,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Addresses are personal data and stay out of logs.
        f.debug_struct("Part").field("form", &self.form).field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Someone a notice should reach in a form, and doesn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// Class of the recipient.
    pub audience: Audience,
    /// Identifier of the recipient.
    pub recipient: String,
    /// Name of the recipient.
    pub name: String,
    /// The form.
    pub form: Form,
    /// Why not; none where there is no address.
    pub why: Option<Message>,
}

impl Unreachable {
    /// What to write of it.
    #[must_use]
    pub fn message(&self) -> Message {
        let form = self.form.message();
        match &self.why {
            None => msg!("notice.unreachable", name = &self.name, form = form),
            Some(why) => msg!("notice.unfit", name = &self.name, form = form, why = why.clone()),
        }
    }
}

/// Whether the limit of the pollutant that a template names is exceeded; any limit where it names none.
#[must_use]
pub fn exceeds(facts: &[Fact], template: &str) -> bool {
    let named: Option<&[Pollutant]> = match template.split('/').next() {
        Some("ozone") => Some(&[Pollutant::O3, Pollutant::O38h]),
        Some("particles") => Some(&[Pollutant::Pm25]),
        _ => None,
    };
    let mut exceeded = facts.iter().filter_map(|fact| fact.exceeded);
    exceeded.any(|pollutant| named.is_none_or(|named| named.contains(&pollutant)))
}

/// Words of statutory warnings, which only an official order may bring into a recipient's text.
const FORBIDDEN: [&str; 12] = [
    "预警",
    "警报",
    "红色",
    "橙色",
    "黄色",
    "蓝色",
    "red alert",
    "orange alert",
    "yellow alert",
    "blue alert",
    "red warning",
    "statutory",
];

/// The first word of a text that only an official order may bring into it.
#[must_use]
pub fn forbidden(text: &str) -> Option<&'static str> {
    brought_in("", text)
}

/// The first such word of a text that did not stand in the one before.
#[must_use]
pub fn brought_in(before: &str, text: &str) -> Option<&'static str> {
    let (before, text) = (before.to_lowercase(), text.to_lowercase());
    FORBIDDEN.into_iter().find(|word| text.contains(word) && !before.contains(word))
}

/// Renders a notice to one recipient in the forms of `tell`; forms without an address, and short messages that the
/// provider would not take, come back as unreachable. Whom none of the forms reaches gets one part that a person passes
/// on, so that nobody is left out: the fullest of the forms, in which the words go on paper, from a telephone or aloud.
/// Staff are never told by hand: it is they who pass on.
///
/// # Errors
/// The template's problem, at its line.
pub fn render(
    texts: &Texts,
    tell: &Tell,
    recipient: &Recipient<'_>,
    content: &Content,
    lines: &[Line],
    key: String,
    (not_before, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(Option<Notice>, Vec<Unreachable>), Problem> {
    let reaches = |form: Form| tell.forms.contains(&form) && recipient.address(form).is_some();
    let content = &Content {
        by_mail: recipient.mailed(tell),
        // Whoever has an order of ways gets the next one only where the first fails.
        by_sms: reaches(Form::Sms) && recipient.ways.is_empty(),
        ..content.clone()
    };
    let mut parts: Vec<Part> = Vec::new();
    let mut unreachable = Vec::new();
    for form in &tell.forms {
        let missing = |why| Unreachable {
            audience: recipient.audience,
            recipient: recipient.id.clone(),
            name: recipient.name.clone(),
            form: *form,
            why,
        };
        let Some(address) = recipient.address(*form) else {
            // Another step of its order reaches it.
            if recipient.ways.is_empty() {
                unreachable.push(missing(None));
            }
            continue;
        };
        match texts.render(&tell.template, *form, recipient, content, lines) {
            Ok((subject, body)) => {
                parts.push(Part { form: *form, address: address.to_owned(), subject, body, by_hand: false });
            }
            Err(NoWords::Unfit(why)) => unreachable.push(missing(Some(why))),
            Err(NoWords::Template(problem)) => return Err(*problem),
        }
    }
    let reserve = in_order(recipient, &mut parts);
    if parts.is_empty() && recipient.audience != Audience::Duty {
        parts.extend(by_hand(texts, tell, recipient, content, lines)?);
        // What the provider would not take is still to be mended; that there is no address is not.
        unreachable.retain(|missing| missing.why.is_some());
    }
    // What is wrong with its template `check` says; no notice waits for that.
    let gist = Gist::of(texts, &tell.template, recipient, content, lines).ok().flatten();
    let notice = (!parts.is_empty()).then(|| Notice {
        key,
        purpose: content.purpose,
        audience: recipient.audience,
        recipient: recipient.id.clone(),
        name: recipient.name.clone(),
        parts,
        reserve,
        enclosures: Vec::new(),
        not_before,
        expires_at,
        ask_hours: tell.ask_hours.filter(|_| !content.purpose.ends()),
        about: None,
        gist,
    });
    Ok((notice, unreachable))
}

/// The words that a person passes on to whom no wire reaches; nothing where a rule asks for no form.
fn by_hand(
    texts: &Texts,
    tell: &Tell,
    recipient: &Recipient<'_>,
    content: &Content,
    lines: &[Line],
) -> Result<Option<Part>, Problem> {
    let Some(form) = Form::ALL.into_iter().find(|form| tell.forms.contains(form)) else { return Ok(None) };
    let (subject, body) = match form {
        // A person's own telephone sends any words, approved by a provider or not.
        Form::Sms => (String::new(), texts.full(&tell.template, recipient, content, lines)?),
        Form::Email | Form::Speech => match texts.render(&tell.template, form, recipient, content, lines) {
            Ok(words) => words,
            Err(NoWords::Template(problem)) => return Err(*problem),
            Err(NoWords::Unfit(_)) => return Ok(None),
        },
    };
    let address = recipient.address(form).unwrap_or(&recipient.name).to_owned();
    Ok(Some(Part { form, address, subject, body, by_hand: true }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_stands_in_the_mail_only_where_a_mail_is_sure_to_be_sent() {
        let tell = |forms| Tell {
            extend_days: None,
            to: cuofeng_rules::Recipients::Enterprises,
            of: cuofeng_rules::Selector::default(),
            forms,
            template: "ozone/enterprise".into(),
            ask_hours: None,
            place: 0,
        };
        let both = tell(vec![Form::Email, Form::Sms]);
        let mut recipient = sample::recipient(&both);
        assert!(recipient.mailed(&both) && !recipient.mailed(&tell(vec![Form::Sms])));
        recipient.ways = vec![(false, Form::Sms, "10000000000".into()), (false, Form::Email, "a@example.com".into())];
        assert!(!recipient.mailed(&both), "the mail is a later step of its order");
        recipient.ways.clear();
        recipient.email = None;
        assert!(!recipient.mailed(&both));
    }

    #[test]
    fn only_the_limit_of_the_pollutant_that_is_named_is_said_to_be_exceeded() {
        let fact = |exceeded| Fact { standard: true, exceeded, ..Fact::default() };
        for (exceeded, template, said) in [
            (Some(Pollutant::O38h), "ozone/enterprise", true),
            (Some(Pollutant::Pm25), "ozone/enterprise", false),
            (Some(Pollutant::Pm25), "particles/enterprise", true),
            (None, "ozone/enterprise", false),
            (Some(Pollutant::No2), "own/enterprise", true),
        ] {
            assert_eq!(exceeds(&[fact(None), fact(exceeded)], template), said, "{template}");
        }
    }

    #[test]
    fn a_word_of_statutory_warnings_is_brought_in_where_it_did_not_stand_before() {
        for (before, text, word) in [
            ("建议错峰", "黄色预警", Some("预警")),
            ("重污染天气黄色预警", "重污染天气红色预警", Some("红色")),
            ("重污染天气黄色预警", "重污染天气黄色预警，请停止喷涂", None),
            ("Yellow Alert", "a Yellow Alert", None),
        ] {
            assert_eq!(brought_in(before, text), word, "{text}");
        }
    }
}
