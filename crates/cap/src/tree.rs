//! XML coming in, as a small tree of CAP elements.
//!
//! In: bytes that anyone may have written. Out: the `alert` element with its elements of the CAP namespace; others are
//! skipped. Can't happen: more than [`MAX_BYTES`] or [`MAX_ELEMENTS`] read, a depth beyond 32, a DTD or an entity of one
//! followed.

use quick_xml::events::{BytesDecl, BytesRef, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::xml::is_legal;
use super::{Finding, Kind, NAMESPACE};

/// The largest document that is read: a message with its polygons is a hundred times smaller.
pub const MAX_BYTES: usize = 1 << 20;

/// The most elements that are read, those skipped among them: a province's districts in four languages have a tenth.
pub const MAX_ELEMENTS: usize = 10_000;

/// `alert/info/area/geocode/value` is five deep; signatures of other namespaces go a little deeper.
const MAX_DEPTH: usize = 32;

/// One element: its name without prefix, its text, its elements.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

/// Reads the `alert` element of a document.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, Finding> {
    if bytes.len() > MAX_BYTES {
        return Err(Finding::new(Kind::TooLarge, "1:1", bytes.len().to_string()));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Finding::new(Kind::Encoding, place(bytes, error.valid_up_to()), "UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_legal(*c)) {
        return Err(not_xml(text, at, &format!("U+{:04X}", u32::from(c))));
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut growth = Growth::default();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_resolved_event() {
            Ok((_, Event::Eof)) => break,
            Ok((namespace, event)) => growth
                .take(&namespace, &event)
                .map_err(|(kind, value)| Finding::new(kind, place(text.as_bytes(), at), value))?,
            Err(error) => {
                let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                return Err(not_xml(text, at, &error.to_string()));
            }
        }
    }
    match growth.root {
        Some(root) if growth.open.is_empty() => Ok(root),
        Some(_) | None => {
            let unclosed = growth.open.last().map_or("<alert>".to_owned(), |e| format!("</{}>", e.name));
            Err(not_xml(text, text.len(), &unclosed))
        }
    }
}

fn not_xml(text: &str, at: usize, value: &str) -> Finding {
    Finding::new(Kind::NotXml, place(text.as_bytes(), at), value)
}

/// `line:column` of a byte, from 1:1; columns count characters.
fn place(bytes: &[u8], at: usize) -> String {
    let before = bytes.get(..at).unwrap_or(bytes);
    let before = String::from_utf8_lossy(before);
    let last = before.rsplit('\n').next().unwrap_or_default();
    format!("{}:{}", before.matches('\n').count() + 1, last.chars().count() + 1)
}

type Refusal = (Kind, String);

/// The tree while it grows.
#[derive(Default)]
struct Growth {
    /// Open CAP elements, the outermost first.
    open: Vec<Element>,
    /// How many elements are open inside (and with) one that is skipped.
    skipped: usize,
    /// How many elements there were.
    count: usize,
    root: Option<Element>,
}

impl Growth {
    fn take(&mut self, namespace: &ResolveResult<'_>, event: &Event<'_>) -> Result<(), Refusal> {
        match event {
            Event::Start(start) => self.start(namespace, start.local_name().into_inner()),
            Event::End(_) => {
                self.end();
                Ok(())
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => self.text(resolved(reference)?.encode_utf8(&mut [0; 4])),
            Event::DocType(_) => Err((Kind::Doctype, String::new())),
            Event::Decl(decl) => encoding(decl),
            Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn start(&mut self, namespace: &ResolveResult<'_>, name: &str) -> Result<(), Refusal> {
        self.count += 1;
        if self.count > MAX_ELEMENTS {
            return Err((Kind::TooMany, MAX_ELEMENTS.to_string()));
        }
        if self.open.len() + self.skipped >= MAX_DEPTH {
            return Err((Kind::TooDeep, name.to_owned()));
        }
        let ours = matches!(namespace, ResolveResult::Bound(Namespace(uri)) if *uri == NAMESPACE);
        if self.open.is_empty() {
            if self.root.is_some() {
                return Err((Kind::NotXml, name.to_owned()));
            }
            if !ours || name != "alert" {
                let found = match namespace {
                    ResolveResult::Bound(Namespace(uri)) => format!("{{{uri}}}{name}"),
                    _ => name.to_owned(),
                };
                return Err((Kind::NotCap, found));
            }
        }
        if self.skipped > 0 || !ours {
            self.skipped += 1;
        } else {
            self.open.push(Element { name: name.to_owned(), ..Element::default() });
        }
        Ok(())
    }

    fn end(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
        } else if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Refusal> {
        match self.open.last_mut() {
            Some(element) if self.skipped == 0 => element.text.push_str(text),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => return Err((Kind::NotXml, text.trim().to_owned())),
        }
        Ok(())
    }
}

/// The character of a reference: by number, or one of the five that XML itself defines. Any other entity would have to
/// come from a DTD.
fn resolved(reference: &BytesRef<'_>) -> Result<char, Refusal> {
    let named = || match reference.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    };
    let numbered = reference.resolve_char_ref().ok().flatten().filter(|c| is_legal(*c));
    numbered.or_else(named).ok_or_else(|| (Kind::Entity, format!("&{};", &**reference)))
}

/// Only UTF-8 (and ASCII, its subset) may be declared: another name would mean that the bytes mean something else.
fn encoding(decl: &BytesDecl<'_>) -> Result<(), Refusal> {
    match decl.encoding() {
        Some(Ok(name)) if !["utf-8", "utf8", "us-ascii"].contains(&name.to_lowercase().as_str()) => {
            Err((Kind::Encoding, name.into_owned()))
        }
        _ => Ok(()),
    }
}
