//! What becomes of files that were damaged, in bytes or in the parts of a workbook.

use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use cuofeng_base::text::Lang;
use cuofeng_feed::table::{Role, Table, Wanted};
use cuofeng_grid::Grid;

use super::sheets::roster;
use super::{case, is_map, map_text, now, site, zone};

/// Every copy of a case.
fn cases() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for folder in ["tables", "rosters"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
        for entry in std::fs::read_dir(&path).expect("the cases") {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            if !is_map(&name) {
                let bytes = case(folder, &name);
                all.push((name, bytes));
            }
        }
    }
    all.sort();
    assert!(all.len() >= 40, "{}", all.len());
    all
}

/// A small source of numbers, the same at every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % end.max(1)
    }

    /// The bytes with a few places of theirs put out of order.
    fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        const PIECES: [&[u8]; 12] = [
            b"<c r=\"A0\">",
            b"ref=\"D9:A1\"",
            b"</row>",
            b"\"",
            b",",
            b"\n",
            b"\xff\xfe",
            b"1e308",
            b"999999999999",
            b"=\"",
            b"<f>",
            "\u{200b}".as_bytes(),
        ];
        let mut out = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(out.len());
            let end = (at + self.below(40)).min(out.len());
            match self.below(4) {
                0 => drop(out.drain(at..end)),
                1 => drop(out.splice(at..at, PIECES[self.below(PIECES.len())].iter().copied())),
                2 => {
                    let piece = out[at..end].to_vec();
                    let to = self.below(out.len());
                    out.splice(to..to, piece);
                }
                _ => {
                    if let Some(byte) = out.get_mut(at) {
                        *byte = u8::try_from(self.below(256)).unwrap_or(0);
                    }
                }
            }
        }
        out
    }
}

/// A workbook with one of its parts damaged; other bytes as they are, damaged.
fn damaged(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return numbers.damaged(bytes) };
    let hurt = numbers.below(archive.len());
    let mut written = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let name = part.name().expect("a name").to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("unpacked");
        if at == hurt || name.contains("sheet1") {
            content = numbers.damaged(&content);
        }
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        written.start_file(name, options).expect("begun");
        written.write_all(&content).expect("written");
    }
    written.finish().expect("a workbook").into_inner()
}

/// Whatever becomes of a file, it is read or refused, and what is read keeps the laws of a table.
fn survive(rounds: usize) {
    let cases = cases();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let map = site(&map_text("m_end.toml")).feed.map;
    for round in 0..rounds {
        let (name, bytes) = &cases[round % cases.len()];
        let bytes = damaged(bytes, &mut numbers);
        if let Ok(grid) = Grid::read(name, &bytes, None, &roster) {
            assert!(grid.rows().all(|row| row.number >= grid.header_row && row.iter().count() == row.len()), "{name}");
            let _ = grid.passed_over(name).map(|problem| problem.render(Lang::Zh));
        }
        for (role, map) in [(Role::Observations, Some(&map)), (Role::Forecast, None)] {
            let table = Table { feed: "f", file: name, regions: None, role };
            let _ = table.read(&bytes, map, now(), &zone(), Wanted::Newest);
        }
    }
}

#[test]
fn damaged_files_are_read_or_refused() {
    survive(600);
}

#[test]
#[ignore = "long"]
fn damaged_files_are_read_or_refused_a_hundred_thousand_times() {
    survive(100_000);
}
