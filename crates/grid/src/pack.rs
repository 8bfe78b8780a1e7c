//! Whether a workbook is small enough to be read: its parts unpacked once, to be counted and thrown away.
//!
//! In: the bytes of a workbook. Out: what its sheets hold beside cells, or why it is too large. Can't happen: a part larger
//! than its head says; a number in it taken for the room that it needs; a sheet refused for the size that it states.

use std::io::{Cursor, Read, Seek, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::UNPACKED;

/// Most bytes of what is held whole while sheets are read: texts, formats, names.
const HELD: u64 = 48 << 20;

/// Most XML elements of what is held, counted by their opening marks: a million texts have four million.
const MARKS: u64 = 6_000_000;

/// Most parts: a workbook of ours has fifteen.
const PARTS: usize = 2000;

/// Why a workbook is not read.
pub(super) enum Refused {
    /// It is damaged.
    Broken(ZipError),
    /// It would need too much memory.
    Large,
}

/// Beginning of a sheet in which it states its size.
const HEAD: usize = 4096;

/// What the sheets of a workbook hold beside cells.
#[derive(Default)]
pub(super) struct Weighed {
    /// Cells over more than one row or column.
    pub merged: bool,
    /// A size that is none (`A0:H4`): some programs write it.
    pub odd_size: bool,
}

/// Counts a workbook through.
pub(super) fn weigh(bytes: &[u8]) -> Result<Weighed, Refused> {
    let mut weighed = Weighed::default();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(Refused::Broken)?;
    if archive.len() > PARTS {
        return Err(Refused::Large);
    }
    let (mut all, mut held) = (0, Count::default());
    for index in 0..archive.len() {
        let sheet = is_sheet(&mut archive, index)?;
        let mut count = Count { keeps: if sheet { HEAD } else { usize::MAX }, ..Count::default() };
        let part = archive.by_index(index).map_err(Refused::Broken)?;
        // What its head claims says nothing: it is unpacked up to the limit.
        let left = UNPACKED - all;
        let io = |error: std::io::Error| Refused::Broken(ZipError::Io(error));
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut count).map_err(io)?;
        all += unpacked;
        if unpacked > left {
            return Err(Refused::Large);
        }
        if sheet {
            if count.odd {
                return Err(Refused::Broken(ZipError::InvalidArchive("a cell has a place that no sheet has".into())));
            }
            weighed.merged |= count.merged;
            weighed.odd_size |= size(&count.kept).is_some_and(|(_, odd)| odd);
            continue;
        }
        held.bytes += count.bytes;
        held.marks += count.marks;
        if held.bytes > HELD || held.marks > MARKS || claims(&count.kept) > MARKS {
            return Err(Refused::Large);
        }
    }
    Ok(weighed)
}

/// The same workbook, its sheets without the size that they state. Only what [`weigh`] passed is given here.
pub(super) fn without_sizes(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(Refused::Broken)?;
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let sheet = is_sheet(&mut archive, at)?;
        let part = archive.by_index(at).map_err(Refused::Broken)?;
        let name = part.name().map_err(Refused::Broken)?.to_string();
        let mut content = Vec::new();
        let io = |error: std::io::Error| Refused::Broken(ZipError::Io(error));
        part.take(UNPACKED).read_to_end(&mut content).map_err(io)?;
        let head = content.get(..content.len().min(HEAD)).unwrap_or_default();
        if let Some((range, _)) = size(head).filter(|_| sheet) {
            content.drain(range);
        }
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        written.start_file(name, options).map_err(Refused::Broken)?;
        written.write_all(&content).map_err(io)?;
    }
    written.finish().map(Cursor::into_inner).map_err(Refused::Broken)
}

/// Where the beginning of a sheet states its size, and whether that is none.
fn size(head: &[u8]) -> Option<(std::ops::Range<usize>, bool)> {
    // It may end within a character.
    let text = head.utf8_chunks().next()?.valid();
    let at = text.find("dimension ")?;
    let start = text.get(..at)?.rfind('<')?;
    let end = at + text.get(at..)?.find("/>")? + 2;
    let stated = text.get(at..end)?.split_once("ref=\"")?.1.split('"').next()?;
    Some((start..end, is_odd(stated)))
}

/// Whether an area is none, or ends before it begins.
fn is_odd(area: &str) -> bool {
    let corners: Vec<Option<(u32, u32)>> = area.split(':').map(corner).collect();
    match corners.as_slice() {
        [Some(_)] => false,
        [Some(first), Some(last)] => first.0 > last.0 || first.1 > last.1,
        _ => true,
    }
}

/// Bytes of an element in which its place is looked for.
const LONGEST_TAG: usize = 200;

/// Whether a cell or row says that it stands where no sheet reaches: readers count on until the number comes round.
fn is_far(element: &[u8]) -> bool {
    const MARK: &[u8] = b" r=\"";
    let head = element.get(..element.len().min(LONGEST_TAG)).unwrap_or_default();
    let at = head.windows(MARK.len()).position(|window| window == MARK);
    let place = at.and_then(|at| head.get(at + MARK.len()..)?.split(|byte| *byte == b'"').next()).unwrap_or_default();
    let digits = place.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits > 7 || place.len() - digits > 3
}

/// Whether an element names an area that ends before it begins; readers take it for a very large one.
fn is_turned(element: &[u8]) -> bool {
    let text = element.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let area = text.split_once("ref=\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0));
    area.is_some_and(|area| area.contains(':') && is_odd(area))
}

/// Column and row of a corner, the first being 1.
fn corner(text: &str) -> Option<(u32, u32)> {
    let row = text.find(|c: char| c.is_ascii_digit())?;
    let letters = text.get(..row).filter(|l| (1..=3).contains(&l.len()))?;
    let column = letters.bytes().try_fold(0_u32, |column, letter| {
        letter.is_ascii_alphabetic().then(|| column * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1)
    })?;
    let row: u32 = text.get(row..)?.parse().ok()?;
    (row > 0).then_some((column, row))
}

/// Whether a part is a sheet, which is read cell by cell.
fn is_sheet<R: Read + Seek>(archive: &mut ZipArchive<R>, index: usize) -> Result<bool, Refused> {
    let part = archive.by_index_raw(index).map_err(Refused::Broken)?;
    let name = part.name().map_err(Refused::Broken)?.to_ascii_lowercase();
    // Beside them lie lists of what they refer to, which are held.
    Ok(name.contains("worksheets/") && !name.contains("_rels/"))
}

/// The largest number of texts that a part says it has: room is made for that many before one is read.
fn claims(part: &[u8]) -> u64 {
    const NAME: &[u8] = b"uniqueCount";
    let number = |rest: &[u8]| {
        let digits = rest.iter().skip_while(|b| !b.is_ascii_digit()).take_while(|b| b.is_ascii_digit());
        digits.fold(0_u64, |n, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    };
    let places = part.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    places
        .filter_map(|(at, _)| part.get(at + NAME.len()..))
        .map(|rest| number(&rest[..rest.len().min(64)]))
        .max()
        .unwrap_or(0)
}

/// Counts what is written to it.
#[derive(Default)]
struct Count {
    /// How much of what is written is wanted afterwards.
    keeps: usize,
    kept: Vec<u8>,
    bytes: u64,
    marks: u64,
    merged: bool,
    /// A place that no sheet has, or an area that ends before it begins.
    odd: bool,
}

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut marks = 0;
        for piece in bytes.split(|byte| *byte == b'<').skip(1) {
            marks += 1;
            // At least three such marks: no end of a piece of the part hides them all.
            self.merged |= piece.starts_with(b"mergeCell");
            self.odd |= match piece {
                [b'c', b' ', ..] | [b'r', b'o', b'w', b' ', ..] => is_far(piece),
                [b'f', b' ', ..] | [b'm', b'e', ..] => is_turned(piece),
                _ => false,
            };
        }
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.marks += marks;
        if self.bytes <= HELD {
            let more = self.keeps.saturating_sub(self.kept.len()).min(bytes.len());
            self.kept.extend_from_slice(&bytes[..more]);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
