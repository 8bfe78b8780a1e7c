//! A message from XML.
//!
//! In: bytes that anyone may have written. Out: a [`Message`], or what is wrong and where. Read loosely, what can still
//! be made of a faulty document. Can't happen: a panic; a message whose status, type or scope was guessed, because a
//! Cancel of an unknown spelling must never pass for a new Alert.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};

use super::tree::{self, Element};
use super::{
    Area, Category, Finding, Identifier, Info, Kind, Message, NamedValue, Reference, ResponseType, Word, moment,
};

/// Children of `alert` in their order, and whether one may stand more than once (OASIS CAP 1.2, 3.4).
const ALERT: &[(&str, bool)] = &[
    ("identifier", false),
    ("sender", false),
    ("sent", false),
    ("status", false),
    ("msgType", false),
    ("source", false),
    ("scope", false),
    ("restriction", false),
    ("addresses", false),
    ("code", true),
    ("note", false),
    ("references", false),
    ("incidents", false),
    ("info", true),
];

/// Children of `info`.
const INFO: &[(&str, bool)] = &[
    ("language", false),
    ("category", true),
    ("event", false),
    ("responseType", true),
    ("urgency", false),
    ("severity", false),
    ("certainty", false),
    ("audience", false),
    ("eventCode", true),
    ("effective", false),
    ("onset", false),
    ("expires", false),
    ("senderName", false),
    ("headline", false),
    ("description", false),
    ("instruction", false),
    ("web", false),
    ("contact", false),
    ("parameter", true),
    ("resource", true),
    ("area", true),
];

/// Children of `area`.
const AREA: &[(&str, bool)] = &[
    ("areaDesc", false),
    ("polygon", true),
    ("circle", true),
    ("geocode", true),
    ("altitude", false),
    ("ceiling", false),
];

/// Children of `eventCode`, `parameter` and `geocode`.
const VALUE: &[(&str, bool)] = &[("valueName", false), ("value", false)];

/// What could be made of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The message; nothing where its names, its time, its status, type or scope can't be read.
    pub message: Option<Message>,
    /// What is wrong, in the document's order.
    pub findings: Vec<Finding>,
}

/// Reads a document that has nothing wrong in its form.
pub fn read(bytes: &[u8]) -> Result<Message, Finding> {
    let reading = read_loosely(bytes)?;
    match (reading.findings.into_iter().next(), reading.message) {
        (None, Some(message)) => Ok(message),
        (Some(finding), _) => Err(finding),
        (None, None) => Err(Finding::new(Kind::NotCap, "alert", "")),
    }
}

/// Reads what can be read. An unknown urgency, severity or certainty becomes Unknown, an unknown category Other, a time
/// in another form what it most probably means; each is a finding.
///
/// # Errors
/// The document is no CAP 1.2 at all.
pub fn read_loosely(bytes: &[u8]) -> Result<Reading, Finding> {
    let alert = tree::parse(bytes)?;
    let mut reader = Reader { findings: Vec::new() };
    let message = reader.alert(&Node { element: &alert, at: "alert".to_owned() });
    Ok(Reading { message, findings: reader.findings })
}

/// An element and its path.
struct Node<'a> {
    element: &'a Element,
    at: String,
}

impl<'a> Node<'a> {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }

    /// The text of the first element with this name.
    fn text(&self, name: &str) -> Option<&'a str> {
        self.element.children.iter().find(|c| c.name == name).map(|c| c.text.as_str())
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// All elements with this name, numbered from 1.
    fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = Node<'a>> + 'b {
        let named = self.element.children.iter().filter(move |c| c.name == name);
        named.enumerate().map(move |(i, element)| Node { element, at: format!("{}/{name}[{}]", self.at, i + 1) })
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.all(name).map(|n| n.element.text.clone()).collect()
    }
}

struct Reader {
    findings: Vec<Finding>,
}

impl Reader {
    fn alert(&mut self, alert: &Node<'_>) -> Option<Message> {
        self.order(alert, ALERT);
        let identifier = self.identifier(alert, "identifier");
        let sender = self.identifier(alert, "sender");
        let sent = self.required(alert, "sent").and_then(|_| self.time(alert, "sent"));
        let status = self.word(alert, "status");
        let msg_type = self.word(alert, "msgType");
        let scope = self.word(alert, "scope");
        let references = self.references(alert);
        let infos = alert.all("info").map(|info| self.info(&info)).collect();
        Some(Message {
            identifier: identifier?,
            sender: sender?,
            sent: sent?,
            status: status?,
            msg_type: msg_type?,
            scope: scope?,
            restriction: alert.owned("restriction"),
            addresses: alert.text("addresses").map(unlisted).unwrap_or_default(),
            codes: alert.texts("code"),
            note: alert.owned("note"),
            references,
            incidents: alert.text("incidents").map(unlisted).unwrap_or_default(),
            infos,
        })
    }

    fn info(&mut self, info: &Node<'_>) -> Info {
        self.order(info, INFO);
        Info {
            language: info.text("language").map_or("en-US", str::trim).to_owned(),
            categories: self.categories(info),
            event: self.required(info, "event").unwrap_or_default().to_owned(),
            response_types: self.responses(info),
            urgency: self.word(info, "urgency").unwrap_or(super::Urgency::Unknown),
            severity: self.severity(info),
            certainty: self.word(info, "certainty").unwrap_or(super::Certainty::Unknown),
            audience: info.owned("audience"),
            event_codes: self.values(info, "eventCode"),
            effective: self.time(info, "effective"),
            onset: self.time(info, "onset"),
            expires: self.time(info, "expires"),
            sender_name: info.owned("senderName"),
            headline: info.owned("headline"),
            description: info.owned("description"),
            instruction: info.owned("instruction"),
            web: info.text("web").map(|web| web.trim().to_owned()),
            contact: info.owned("contact"),
            parameters: self.values(info, "parameter"),
            areas: info.all("area").map(|area| self.area(&area)).collect(),
        }
    }

    fn area(&mut self, area: &Node<'_>) -> Area {
        self.order(area, AREA);
        Area {
            desc: self.required(area, "areaDesc").unwrap_or_default().to_owned(),
            polygons: area.texts("polygon"),
            circles: area.texts("circle"),
            geocodes: self.values(area, "geocode"),
        }
    }

    fn values(&mut self, parent: &Node<'_>, name: &str) -> Vec<NamedValue> {
        let read = |node: Node<'_>| {
            self.order(&node, VALUE);
            NamedValue::new(
                self.required(&node, "valueName").unwrap_or_default(),
                self.required(&node, "value").unwrap_or_default(),
            )
        };
        parent.all(name).map(read).collect()
    }

    fn find(&mut self, kind: Kind, at: String, value: &str) {
        self.findings.push(Finding::new(kind, at, value));
    }

    /// The text of an element that must stand there.
    fn required<'a>(&mut self, parent: &Node<'a>, name: &str) -> Option<&'a str> {
        let text = parent.text(name);
        if text.is_none() {
            self.find(Kind::Missing, parent.path(name), name);
        }
        text
    }

    fn identifier(&mut self, alert: &Node<'_>, name: &str) -> Option<Identifier> {
        let text = self.required(alert, name)?;
        if let Ok(identifier) = Identifier::new(text) {
            return Some(identifier);
        }
        self.find(Kind::IdentifierForm, alert.path(name), text);
        // So that the rest can be judged all the same.
        Identifier::new(text.replace(super::is_forbidden, "_")).ok()
    }

    fn word<W: Word>(&mut self, parent: &Node<'_>, name: &str) -> Option<W> {
        let text = self.required(parent, name)?;
        let word = W::named(text);
        if word.is_none() {
            self.find(Kind::Word, parent.path(name), text);
        }
        word
    }

    fn severity(&mut self, info: &Node<'_>) -> super::Severity {
        match info.text("severity") {
            Some(text) if is_colour(text) => {
                self.find(Kind::Colour, info.path("severity"), text);
                super::Severity::Unknown
            }
            _ => self.word(info, "severity").unwrap_or(super::Severity::Unknown),
        }
    }

    fn categories(&mut self, info: &Node<'_>) -> Vec<Category> {
        let mut categories = Vec::new();
        for node in info.all("category") {
            categories.push(Category::named(&node.element.text).unwrap_or_else(|| {
                self.find(Kind::Word, node.at, &node.element.text);
                Category::Other
            }));
        }
        if categories.is_empty() {
            self.find(Kind::Missing, info.path("category"), "category");
        }
        categories
    }

    fn responses(&mut self, info: &Node<'_>) -> Vec<ResponseType> {
        let mut responses = Vec::new();
        for node in info.all("responseType") {
            match ResponseType::named(&node.element.text) {
                Some(response) => responses.push(response),
                None => self.find(Kind::Word, node.at, &node.element.text),
            }
        }
        responses
    }

    fn time(&mut self, parent: &Node<'_>, name: &str) -> Option<DateTime<FixedOffset>> {
        let text = parent.text(name)?.trim();
        let time = moment::strict(text);
        if time.is_none() {
            self.find(Kind::TimeForm, parent.path(name), text);
        }
        time.or_else(|| moment::loose(text))
    }

    fn references(&mut self, alert: &Node<'_>) -> Vec<Reference> {
        let mut references = Vec::new();
        for text in alert.text("references").unwrap_or_default().split_whitespace() {
            match text.parse() {
                Ok(reference) => references.push(reference),
                Err(_) => self.find(Kind::ReferenceForm, alert.path("references"), text),
            }
        }
        references
    }

    /// Finds known elements that stand twice or out of their order. Unknown ones may stand anywhere.
    fn order(&mut self, parent: &Node<'_>, known: &[(&str, bool)]) {
        let mut seen = BTreeSet::new();
        let mut last = 0;
        for child in &parent.element.children {
            let place = known.iter().enumerate().find(|(_, (name, _))| *name == child.name);
            let Some((place, (_, may_repeat))) = place else { continue };
            if !seen.insert(place) && !may_repeat {
                self.find(Kind::Repeated, parent.path(&child.name), &child.name);
            } else if place < last {
                self.find(Kind::Order, parent.path(&child.name), &child.name);
            }
            last = place;
        }
    }
}

/// The tiers' colours, which national messages write where CAP has its severity.
fn is_colour(text: &str) -> bool {
    const COLOURS: [&str; 10] = ["red", "orange", "yellow", "blue", "green", "红", "橙", "黄", "蓝", "绿"];
    let text = text.trim().to_lowercase();
    COLOURS.contains(&text.strip_suffix('色').unwrap_or(&text))
}

/// The items of `addresses` and `incidents`: separated by spaces, quotation marks round one that has spaces.
fn unlisted(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    for (i, part) in text.split('"').enumerate() {
        if i % 2 == 1 {
            items.push(part.to_owned());
        } else {
            items.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    items
}
