//! An Atom page (RFC 4287) of the messages that hold, and of those that ended in the last 48 hours.
//!
//! In: messages, `now`, what the page is called and where the files lie. Out: the page. Pure: the same in, the same out.
//! Can't happen: a message that vanishes with its episode, so that a receiver can't tell an end from a lost page; one
//! replaced by an Update and listed beside it; a cancelled one that reads like an expired one.

use std::fmt::Write as _;
use std::io;

use chrono::{DateTime, Duration, FixedOffset, Utc};

use super::xml::Xml;
use super::{Info, Message, MsgType, NAMESPACE, NamedValue, Status, Word, moment};

/// How long a message stays after its end: receivers that were off for a night or two still see it end.
pub const KEPT_HOURS: i64 = 48;

/// What the page is called and where its files lie.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Its lasting identifier, an IRI; the entries' identifiers begin with it.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Who keeps it.
    pub author: &'a str,
    /// The language that titles and summaries are taken from: the beginning of its tag, `zh`.
    pub language: &'a str,
    /// What stands before a message's [`file_name`]: an address with its last `/`, or nothing for files side by side.
    pub base: &'a str,
    /// The page's own address, where it has one.
    pub own: Option<&'a str>,
    /// What the title of a cancelled message begins with: 【已取消】.
    pub cancelled: &'a str,
    /// What the title of an expired message begins with: 【已到期】.
    pub expired: &'a str,
}

/// How a message stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not sent yet, a draft, or an answer to somebody else's message.
    Silent,
    /// It holds.
    Current,
    /// An Update took its place then; that one is listed instead.
    Replaced(DateTime<FixedOffset>),
    /// A Cancel withdrew it then.
    Cancelled(DateTime<FixedOffset>),
    /// Its expiry came.
    Expired(DateTime<FixedOffset>),
    /// It is itself a Cancel, sent then.
    Withdrawal(DateTime<FixedOffset>),
}

impl Standing {
    /// How `message` stands at `now` among all messages.
    #[must_use]
    pub fn of(message: &Message, all: &[Message], now: DateTime<Utc>) -> Self {
        let is_told = matches!(message.msg_type, MsgType::Alert | MsgType::Update | MsgType::Cancel);
        if !is_told || message.status == Status::Draft || message.sent > now {
            return Self::Silent;
        }
        if message.msg_type == MsgType::Cancel {
            return Self::Withdrawal(message.sent);
        }
        let ended = message.expires().filter(|expires| *expires <= now);
        // What came after the expiry no longer changed anything.
        let first = |msg_type| {
            let names = |m: &&Message| m.references.iter().any(|r| message.is_named_by(r));
            let later = all.iter().filter(|m| m.msg_type == msg_type && m.status == message.status).filter(names);
            later.map(|m| m.sent).filter(|sent| *sent <= now && ended.is_none_or(|e| *sent < e)).min()
        };
        match (first(MsgType::Update), first(MsgType::Cancel), ended) {
            (Some(updated), _, _) => Self::Replaced(updated),
            (None, Some(cancelled), _) => Self::Cancelled(cancelled),
            (None, None, Some(expired)) => Self::Expired(expired),
            (None, None, None) => Self::Current,
        }
    }

    /// When it ended, if it is listed as ended.
    #[must_use]
    pub const fn end(self) -> Option<DateTime<FixedOffset>> {
        match self {
            Self::Cancelled(at) | Self::Expired(at) | Self::Withdrawal(at) => Some(at),
            Self::Silent | Self::Current | Self::Replaced(_) => None,
        }
    }

    /// Whether the page lists it at `now`.
    #[must_use]
    pub fn is_listed(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Silent | Self::Replaced(_) => false,
            Self::Current => true,
            Self::Cancelled(at) | Self::Expired(at) | Self::Withdrawal(at) => now < at + Duration::hours(KEPT_HOURS),
        }
    }

    /// The term of the entry's `category`.
    const fn term(self) -> &'static str {
        match self {
            Self::Cancelled(_) => "cancelled",
            Self::Expired(_) => "expired",
            Self::Withdrawal(_) => "cancel",
            Self::Silent | Self::Current | Self::Replaced(_) => "current",
        }
    }
}

/// The name of a message's file: safe in a folder and, as it stands, in an address.
#[must_use]
pub fn file_name(message: &Message) -> String {
    format!("{}.xml", safe(message.identifier.as_str()))
}

/// Letters, digits, `-`, `_` and inner dots as they are, other bytes as `~` and two hexadecimal digits.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, byte) in text.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && i > 0) {
            out.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(out, "~{byte:02X}");
        }
    }
    out
}

/// Writes the page. It lists what its caller passes in: a public page must not be given restricted messages.
pub fn atom(messages: &[Message], now: DateTime<Utc>, page: &Page<'_>) -> io::Result<String> {
    let mut listed: Vec<(&Message, Standing)> = Vec::new();
    for message in messages {
        let standing = Standing::of(message, messages, now);
        let twice = listed.iter().any(|(m, _)| m.is_named_by(&message.reference()));
        if standing.is_listed(now) && !twice {
            listed.push((message, standing));
        }
    }
    listed.sort_by_key(|(m, _)| std::cmp::Reverse(m.sent));
    let updated = listed.iter().map(|(m, standing)| changed(m, *standing)).max();
    let mut xml = Xml::new()?;
    xml.open("feed", &[("xmlns", "http://www.w3.org/2005/Atom"), ("xmlns:cap", NAMESPACE)])?;
    xml.text("id", page.id)?;
    xml.text("title", page.title)?;
    xml.text("updated", &moment::written(updated.unwrap_or_else(|| now.fixed_offset())))?;
    xml.open("author", &[])?;
    xml.text("name", page.author)?;
    xml.close("author")?;
    if let Some(own) = page.own {
        xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", own)])?;
    }
    for (message, standing) in listed {
        Entry { message, standing, page, all: messages }.write(&mut xml)?;
    }
    xml.close("feed")?;
    xml.finish()
}

/// When an entry last changed: an end is a change.
fn changed(message: &Message, standing: Standing) -> DateTime<FixedOffset> {
    standing.end().unwrap_or(message.sent)
}

struct Entry<'a> {
    message: &'a Message,
    standing: Standing,
    page: &'a Page<'a>,
    all: &'a [Message],
}

impl Entry<'_> {
    fn write(&self, xml: &mut Xml) -> io::Result<()> {
        let (m, page) = (self.message, self.page);
        xml.open("entry", &[])?;
        xml.text("id", &format!("{}/{}/{}", page.id, safe(m.sender.as_str()), safe(m.identifier.as_str())))?;
        xml.text("title", &self.title())?;
        xml.text("updated", &moment::written(changed(m, self.standing)))?;
        xml.text("published", &moment::written(m.sent))?;
        let info = self.info(m);
        if let Some(name) = info.and_then(|i| i.sender_name.as_deref()) {
            xml.open("author", &[])?;
            xml.text("name", name)?;
            xml.close("author")?;
        }
        let href = format!("{}{}", page.base, file_name(m));
        xml.empty("link", &[("rel", "alternate"), ("type", "application/cap+xml"), ("href", &href)])?;
        let scheme = format!("{}#standing", page.id);
        xml.empty("category", &[("scheme", &scheme), ("term", self.standing.term())])?;
        let summary = info.and_then(|i| i.description.as_deref()).or(m.note.as_deref());
        xml.optional("summary", summary)?;
        self.header(xml)?;
        if let Some(info) = info {
            summarise(xml, info)?;
        }
        xml.close("entry")
    }

    /// The headline, with a mark that shows in any reader when the message no longer holds.
    fn title(&self) -> String {
        let mark = match self.standing {
            Standing::Cancelled(_) => self.page.cancelled,
            Standing::Expired(_) => self.page.expired,
            _ => "",
        };
        let headline = |m| self.info(m).map(|i| i.headline.as_ref().unwrap_or(&i.event).as_str());
        let own = headline(self.message);
        // A bare Cancel has no words of its own: it is called by what it cancels.
        let of = |r| self.all.iter().find(|m: &&Message| m.is_named_by(r)).and_then(headline);
        match own.or_else(|| self.message.references.iter().rev().find_map(of)) {
            Some(words) if own.is_none() => format!("{}{words}", self.page.cancelled),
            Some(words) => format!("{mark}{words}"),
            None => format!("{mark}{}", self.message.identifier),
        }
    }

    /// The info in the page's language, else the first.
    fn info<'m>(&self, message: &'m Message) -> Option<&'m Info> {
        let fits = |info: &&Info| info.language.to_lowercase().starts_with(&self.page.language.to_lowercase());
        message.infos.iter().find(fits).or(message.infos.first())
    }

    fn header(&self, xml: &mut Xml) -> io::Result<()> {
        let m = self.message;
        xml.text("cap:identifier", m.identifier.as_str())?;
        xml.text("cap:sender", m.sender.as_str())?;
        xml.text("cap:sent", &moment::written(m.sent))?;
        xml.text("cap:status", m.status.word())?;
        xml.text("cap:msgType", m.msg_type.word())?;
        xml.text("cap:scope", m.scope.word())?;
        if !m.references.is_empty() {
            let references: Vec<String> = m.references.iter().map(ToString::to_string).collect();
            xml.text("cap:references", &references.join(" "))?;
        }
        Ok(())
    }
}

fn summarise(xml: &mut Xml, info: &Info) -> io::Result<()> {
    for category in &info.categories {
        xml.text("cap:category", category.word())?;
    }
    xml.text("cap:event", &info.event)?;
    for response in &info.response_types {
        xml.text("cap:responseType", response.word())?;
    }
    xml.text("cap:urgency", info.urgency.word())?;
    xml.text("cap:severity", info.severity.word())?;
    xml.text("cap:certainty", info.certainty.word())?;
    for (name, time) in [("effective", info.effective), ("onset", info.onset), ("expires", info.expires)] {
        xml.optional(&format!("cap:{name}"), time.map(moment::written).as_deref())?;
    }
    for area in &info.areas {
        xml.text("cap:areaDesc", &area.desc)?;
    }
    for NamedValue { name, value } in info.areas.iter().flat_map(|a| &a.geocodes) {
        xml.open("cap:geocode", &[])?;
        xml.text("cap:valueName", name)?;
        xml.text("cap:value", value)?;
        xml.close("cap:geocode")?;
    }
    Ok(())
}
