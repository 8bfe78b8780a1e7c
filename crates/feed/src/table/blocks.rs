//! Observations of long tables, read a block of lines at a time.
//!
//! In: a table of text, plain or in gzip. Out: the observations that [`Table::read`] finds in it. Can't happen: more of the
//! text in memory than a block; a reading of its own: where a block holds anything but rows of values that are taken as they
//! stand, and for whatever is no text of lines, the whole table is read, and its problems know their rows.

use std::collections::BTreeMap;
use std::io::Read as _;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Map, Read, Table, Wanted};
use cuofeng_air::forecast::{Columns, Observations};
use cuofeng_base::problem::Problem;
use cuofeng_base::time::Zone;
use cuofeng_grid::UNPACKED;

/// Bytes of a block: two thousand hours of ten variables, whose cells stay in a processor's cache.
const BLOCK: u64 = 128 << 10;

impl Table<'_> {
    /// Every hour that was observed, by region; and what was set aside.
    ///
    /// # Errors
    /// Those of [`Table::read`].
    pub fn observed(&self, bytes: &[u8], map: Option<&Map>, zone: &Zone) -> Result<Read, Problem> {
        match self.in_blocks(bytes, map, zone) {
            Some(observations) => Ok(Read { observations, ..Read::default() }),
            None => self.all(bytes, map, zone),
        }
    }

    pub(super) fn all(&self, bytes: &[u8], map: Option<&Map>, zone: &Zone) -> Result<Read, Problem> {
        let all = Wanted::Days(NaiveDate::MIN, NaiveDate::MAX);
        self.read(bytes, map, DateTime::<Utc>::MAX_UTC, zone, all)
    }

    /// Block by block; nothing where that can't be done, or is not sure to come to the same.
    pub(super) fn in_blocks(&self, bytes: &[u8], map: Option<&Map>, zone: &Zone) -> Option<Vec<Observations>> {
        let mut source: Box<dyn std::io::Read + '_> = match bytes {
            [b'P', b'K', ..] => return None,
            [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
            _ => Box::new(bytes),
        };
        let mut all: BTreeMap<String, Columns> = BTreeMap::new();
        // The header, and the lines that follow it in this block.
        let mut text: Vec<u8> = Vec::new();
        let (mut header, mut total) = (None, 0);
        loop {
            let read = source.by_ref().take(BLOCK).read_to_end(&mut text).ok()?;
            total += u64::try_from(read).ok()?;
            // In UTF-16 a line does not end with a byte.
            if total > UNPACKED || text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
                return None;
            }
            let header = match header {
                Some(header) => header,
                None => *header.insert(text.iter().position(|byte| *byte == b'\n')? + 1),
            };
            let over = read == 0;
            let end = if over { text.len() } else { text.iter().rposition(|byte| *byte == b'\n')? + 1 };
            if end > header {
                let read = self.all(text.get(..end)?, map, zone).ok()?;
                let said = read.passed_over.is_some() || read.filled.is_some();
                let as_it_stands = read.aside.count == 0 && !said && read.remarks.is_empty();
                for observed in as_it_stands.then_some(read.observations)? {
                    add(all.entry(observed.region).or_default(), observed.columns)?;
                }
            }
            if over {
                break;
            }
            text.copy_within(end.., header);
            text.truncate(header + text.len() - end);
        }
        let feed = self.feed.to_owned();
        Some(all.into_iter().map(|(region, columns)| Observations { feed: feed.clone(), region, columns }).collect())
    }
}

/// Adds a block's hours; nothing where an hour is there already.
fn add(all: &mut Columns, more: Columns) -> Option<()> {
    for (variable, column) in more {
        match all.get_mut(&variable) {
            Some(known) => known.join(&column).ok()?,
            None => drop(all.insert(variable, column)),
        }
    }
    Some(())
}
