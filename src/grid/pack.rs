//! Whether a workbook is small enough to be read: its parts unpacked once, to be counted and thrown away.
//!
//! In: the bytes of a workbook. Out: nothing, or why it is too large. Can't happen: a part larger than its head says; a
//! number in it taken for the room that it needs.

use std::io::{Cursor, Read, Seek, Write};

use zip::ZipArchive;
use zip::result::ZipError;

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

/// Counts a workbook through.
pub(super) fn weigh(bytes: &[u8]) -> Result<(), Refused> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(Refused::Broken)?;
    if archive.len() > PARTS {
        return Err(Refused::Large);
    }
    let (mut all, mut held) = (0, Count::default());
    for index in 0..archive.len() {
        let sheet = is_sheet(&mut archive, index)?;
        let mut count = Count { keeps: !sheet, ..Count::default() };
        let part = archive.by_index(index).map_err(Refused::Broken)?;
        // What its head claims says nothing: it is unpacked up to the limit.
        let left = UNPACKED - all;
        let io = |error: std::io::Error| Refused::Broken(ZipError::Io(error));
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut count).map_err(io)?;
        all += unpacked;
        if unpacked > left {
            return Err(Refused::Large);
        }
        if !sheet {
            held.bytes += count.bytes;
            held.marks += count.marks;
            if held.bytes > HELD || held.marks > MARKS || claims(&count.kept) > MARKS {
                return Err(Refused::Large);
            }
        }
    }
    Ok(())
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
    /// Whether what is written is wanted afterwards.
    keeps: bool,
    kept: Vec<u8>,
    bytes: u64,
    marks: u64,
}

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let marks = bytes.split(|byte| *byte == b'<').count() - 1;
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.marks += u64::try_from(marks).unwrap_or(u64::MAX);
        if self.keeps && self.bytes <= HELD {
            self.kept.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
