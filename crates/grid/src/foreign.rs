//! Files that are no table of ours, whatever their name says.
//!
//! In: the first bytes. Out: what the file is and how to save it anew, or nothing. Can't happen: a text with such a word
//! in it taken for one.

use cuofeng_base::msg;
use cuofeng_base::problem::Problem;

/// The beginning of every file of the older Office, and of encrypted workbooks.
const OLE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// What the file is, where it is another kind of file.
pub(super) fn named(file: &str, bytes: &[u8]) -> Option<Problem> {
    let what = if bytes.starts_with(&OLE) {
        if holds_wide(bytes, "EncryptedPackage") { msg!("grid.locked") } else { msg!("grid.old_excel") }
    } else if bytes.starts_with(b"%PDF") {
        msg!("grid.pdf")
    } else if is_page(bytes) {
        msg!("grid.page")
    } else if bytes.starts_with(b"PK\x03\x04") && bytes.get(30..60).is_some_and(|name| name.starts_with(b"mimetypeapp"))
    {
        msg!("grid.open_document")
    } else {
        return None;
    };
    Some(Problem::file(file, what, msg!("grid.save_as_advice")))
}

/// A web page or Excel's old XML, which some programs call `.xls` or `.xlsx`.
fn is_page(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = start.get(..start.len().min(200)).unwrap_or_default().trim_ascii_start().to_ascii_lowercase();
    ["<html", "<table", "<!doctype", "<?xml", "<head", "<meta", "<style", "<!--", "<div"]
        .iter()
        .any(|mark| start.starts_with(mark.as_bytes()))
}

/// Whether a name stands in the first part of the file, two bytes a letter.
fn holds_wide(bytes: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wide.len()).any(|window| window == wide)
}
