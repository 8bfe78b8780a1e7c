//! A word processor's document as a page.
//!
//! In: the bytes of a `.docx`. Out: its paragraphs and tables as HTML, which is then read like any page. Can't happen:
//! what was deleted and only marked so taken for text; a part larger than its limit unpacked.

use std::fmt::Write as _;
use std::io::{Cursor, Read as _};

use quick_xml::escape::partial_escape;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use zip::ZipArchive;

/// Largest main part of a document, unpacked, in bytes: a bulletin with all its formats has 300 KB.
const UNPACKED: u64 = 16 << 20;

/// Most XML elements of it.
const ELEMENTS: usize = 500_000;

/// Whether bytes are an archive of a word processor.
#[must_use]
pub fn is_docx(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && ZipArchive::new(Cursor::new(bytes)).is_ok_and(|archive| archive.index_for_name(MAIN).is_some())
}

const MAIN: &str = "word/document.xml";

/// The page that a document is; nothing where it is damaged or too large.
#[must_use]
pub fn page(bytes: &[u8]) -> Option<String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut xml = String::new();
    let part = archive.by_name(MAIN).ok()?;
    part.take(UNPACKED + 1).read_to_string(&mut xml).ok()?;
    if u64::try_from(xml.len()).ok()? > UNPACKED {
        return None;
    }
    let mut reader = Reader::from_str(&xml);
    reader.config_mut().expand_empty_elements = true;
    let mut page = String::from("<html>");
    // Only what stands in a text element is text; in a fallback it would stand twice.
    let (mut in_text, mut fallback, mut elements) = (false, 0_u32, 0);
    loop {
        match reader.read_event().ok()? {
            Event::Eof => break,
            Event::Start(start) => {
                elements += 1;
                if elements > ELEMENTS {
                    return None;
                }
                match start.local_name().into_inner() {
                    "Fallback" => fallback += 1,
                    "t" => in_text = fallback == 0,
                    "p" => page.push_str("<p>"),
                    "br" | "cr" => page.push_str("<br>"),
                    // As wide as the gap between columns.
                    "tab" if !in_text => page.push_str("\u{3000}\u{3000}"),
                    "tbl" => page.push_str("<table>"),
                    "tr" => page.push_str("<tr>"),
                    "tc" => page.push_str("<td>"),
                    _ => {}
                }
            }
            Event::End(end) => match end.local_name().into_inner() {
                "Fallback" => fallback = fallback.saturating_sub(1),
                "t" => in_text = false,
                "p" => page.push_str("</p>"),
                "tbl" => page.push_str("</table>"),
                "tr" => page.push_str("</tr>"),
                "tc" => page.push_str("</td>"),
                _ => {}
            },
            Event::Text(text) if in_text => page.push_str(&partial_escape(text.xml10_content().as_ref())),
            Event::CData(text) if in_text => page.push_str(&partial_escape(text.xml10_content().as_ref())),
            Event::GeneralRef(reference) if in_text => {
                let _ = write!(page, "&{};", &*reference);
            }
            Event::DocType(_) => return None,
            _ => {}
        }
    }
    page.push_str("</html>");
    Some(page)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A document of this body.
    fn docx(body: &str) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(MAIN, options).expect("a part");
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
        );
        zip.write_all(xml.as_bytes()).expect("a document");
        zip.finish().expect("an archive").into_inner()
    }

    #[test]
    fn paragraphs_and_tables_become_a_page_and_deletions_do_not() {
        let body = "<w:p><w:r><w:t>8月</w:t></w:r><w:r><w:t xml:space=\"preserve\">13日 &lt;a&gt;</w:t></w:r><w:del><w:r><w:delText>14日</w:delText></w:r></w:del></w:p>\
                    <w:tbl><w:tr><w:tc><w:p><w:r><w:t>日期</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>";
        let bytes = docx(body);
        assert!(is_docx(&bytes) && !is_docx(b"PK\x03\x04 no archive"));
        let page = page(&bytes).expect("a page");
        assert_eq!(
            page,
            "<html><p>8月13日 &lt;a&gt;</p><table><tr><td><p>日期</p></td><td><p></p></td></tr></table></html>"
        );
        assert_eq!(super::page(&docx("<w:p><w:r>")), None, "broken off");
    }
}
