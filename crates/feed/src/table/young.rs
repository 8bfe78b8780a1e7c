//! A file that another program may still be writing.
//!
//! In: a path, and what the last pull knew of it. Out: its bytes and what tells whether it changed. A file that changed a
//! moment ago is looked at again a little later; as long as it is that young, a last line without its end is no row. Can't
//! happen: half a line taken for a row while it is being written; a file that waits without a word of it; one whose time
//! lies ahead of this machine's that waits for ever.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{Validator, beside};
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

use super::SIZE_LIMIT;

/// A file that changed more lately than this may still be written.
const YOUNG: Duration = Duration::from_secs(10);

/// When it is looked at again.
const AGAIN: Duration = Duration::from_secs(2);

/// A file as it was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// What tells whether it changed.
    pub(super) validator: Validator,
    /// What is waited for: it is to be read again, whether or not it changes.
    pub(super) waits: Option<Message>,
    /// It changed a moment ago, and is empty or packed: of these no part can be told from the whole before it is read.
    pub(super) may_grow: bool,
}

/// Reads a file that messages call `shown`; one that the last pull knew, or that has not changed for a while, at once.
pub(super) async fn read(path: &Path, shown: &str, last: Option<&Validator>) -> Result<Found, FileError> {
    let (first, age) = look(path).await?;
    if last == Some(&first.validator) || age.is_none_or(|age| age >= YOUNG) {
        return Ok(first);
    }
    tracing::info!(file = shown, "changed a moment ago: looked at again in two seconds");
    tokio::time::sleep(AGAIN).await;
    let (mut found, age) = look(path).await?;
    if found.validator != first.validator {
        found.waits = Some(msg!("feed.young", file = shown));
    }
    let young = age.is_some_and(|age| age < YOUNG);
    let whole = last_end(&found.bytes);
    found.may_grow = young && (whole.is_none() || found.bytes.is_empty());
    if young && let Some(end) = whole.filter(|end| *end < found.bytes.len()) {
        let row = rows(&found.bytes[..end]) + 1;
        found.bytes.truncate(end);
        found.waits = Some(msg!("feed.young_line", file = shown, row = row));
    }
    Ok(found)
}

/// The file as it is now, and how long ago it changed, where that is known and not ahead.
async fn look(path: &Path) -> Result<(Found, Option<Duration>), FileError> {
    let read = |path: &Path| {
        // Its time is taken before its bytes: what is written meanwhile is another file the next time.
        let changed = path.metadata().and_then(|data| data.modified()).ok();
        Ok((changed, file::read(path, SIZE_LIMIT)?))
    };
    let (changed, bytes) = beside(path, read).await?;
    let since = changed.and_then(|t| t.duration_since(SystemTime::UNIX_EPOCH).ok());
    let etag = since.map(|t| format!("{}-{}", t.as_nanos(), bytes.len()));
    let age = changed.and_then(|changed| SystemTime::now().duration_since(changed).ok());
    Ok((Found { bytes, validator: Validator { etag, last_modified: None }, waits: None, may_grow: false }, age))
}

/// Where the last whole line of a text ends; nothing of what is packed, which is whole or can't be read.
fn last_end(bytes: &[u8]) -> Option<usize> {
    const PACKED: [&[u8]; 2] = [b"PK", &[0x1f, 0x8b]];
    if PACKED.iter().any(|mark| bytes.starts_with(mark)) {
        return None;
    }
    let pairs = |end: [u8; 2]| {
        let last = bytes.chunks_exact(2).rposition(|pair| pair == end);
        last.map_or(0, |at| 2 * at + 2)
    };
    Some(match bytes {
        [0xff, 0xfe, ..] => pairs([b'\n', 0]),
        [0xfe, 0xff, ..] => pairs([0, b'\n']),
        _ => bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1),
    })
}

/// How many lines there are, as a spreadsheet counts.
fn rows(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_last_whole_line_ends_where_its_mark_does_in_every_encoding() {
        let little: Vec<u8> =
            std::iter::once(0xfeff_u16).chain("时,1\n2,3".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> =
            std::iter::once(0xfeff_u16).chain("时,1\n2,3".encode_utf16()).flat_map(u16::to_be_bytes).collect();
        for (bytes, end) in [
            (b"a,b\n1,2\n".to_vec(), Some(8)),
            (b"a,b\r\n1,2\r\n3,".to_vec(), Some(10)),
            (b"a,b".to_vec(), Some(0)),
            (little, Some(10)),
            (big, Some(10)),
            (b"PK\x03\x04...".to_vec(), None),
            (vec![0x1f, 0x8b, 8, 0], None),
        ] {
            assert_eq!(last_end(&bytes), end, "{bytes:?}");
        }
    }

    /// A file that changed so many seconds ago.
    fn aged(path: &Path, text: &str, seconds: u64) {
        let mut file = std::fs::File::create(path).expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).expect("a time");
    }

    #[tokio::test]
    async fn what_has_rested_is_read_at_once_and_whole_and_what_is_young_without_its_open_line() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("t.csv");
        let begun = Instant::now();
        aged(&path, "a,b\n1,2\n3,", 60);
        let old = read(&path, "t.csv", None).await.expect("read");
        assert_eq!((old.bytes.as_slice(), old.waits), (b"a,b\n1,2\n3,".as_slice(), None));
        assert!(begun.elapsed() < AGAIN, "at once");
        aged(&path, "a,b\n1,2\n3,", 1);
        let young = read(&path, "t.csv", None).await.expect("read");
        assert_eq!(young.bytes, b"a,b\n1,2\n");
        assert!(begun.elapsed() >= AGAIN, "looked at again");
        let waits = young.waits.expect("said").text(cuofeng_base::text::Lang::Zh);
        assert!(waits.contains("t.csv") && waits.contains("第 3 行"), "{waits}");
        // Known already: nothing to wait for. Ahead of this machine's clock: not for ever.
        let begun = Instant::now();
        read(&path, "t.csv", Some(&young.validator)).await.expect("read");
        let file = std::fs::File::options().write(true).open(&path).expect("a file");
        file.set_modified(SystemTime::now() + Duration::from_hours(1)).expect("a time");
        let ahead = read(&path, "t.csv", None).await.expect("read");
        assert!(ahead.waits.is_none() && begun.elapsed() < AGAIN);
    }

    #[tokio::test]
    async fn a_file_that_is_finished_between_the_two_looks_is_read_whole_in_the_same_pull() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("t.csv");
        std::fs::write(&path, "a,b\n1,2\n3,").expect("half a file");
        let (own, finished) = (path.clone(), "a,b\n1,2\n3,4\n5,6\n");
        let writes = tokio::spawn(async move {
            tokio::time::sleep(AGAIN / 2).await;
            std::fs::write(own, finished).expect("the rest");
        });
        let found = read(&path, "t.csv", None).await.expect("read");
        writes.await.expect("written");
        assert_eq!(found.bytes, finished.as_bytes());
        let waits = found.waits.expect("still being written").text(cuofeng_base::text::Lang::En);
        assert!(waits.contains("t.csv"), "{waits}");
    }
}
