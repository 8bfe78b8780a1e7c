//! XML going out: elements one after the other, texts escaped.
//!
//! In: names and texts. Out: UTF-8. Can't happen: a character that XML 1.0 forbids, even escaped; it is left out.

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// Whether XML 1.0 has the character at all (production 2, `Char`).
pub(crate) fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn legal(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) { text.into() } else { text.chars().filter(|c| is_legal(*c)).collect() }
}

fn tag<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut tag = BytesStart::new(name);
    for (key, value) in attributes {
        tag.push_attribute((*key, &*legal(value)));
    }
    tag
}

/// A document being written, with two spaces for each level.
pub struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A document with its declaration.
    pub fn new() -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self(writer))
    }

    /// The tag that opens an element.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Start(tag(name, attributes)))
    }

    /// The tag that closes it.
    pub fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element with nothing inside.
    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.0.write_event(Event::Empty(tag(name, attributes)))
    }

    /// An element with a text. Quotation marks stay as they are, for whoever reads the file as it stands.
    pub fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        let escaped = BytesText::from_escaped(partial_escape(legal(text)));
        self.0.create_element(name).write_text_content(escaped)?;
        Ok(())
    }

    /// An element with a text, if there is one.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        text.map_or(Ok(()), |text| self.text(name, text))
    }

    /// The whole document.
    pub fn finish(self) -> io::Result<String> {
        let mut bytes = self.0.into_inner();
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(io::Error::other)
    }
}
