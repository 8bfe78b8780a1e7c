//! What is handed to other systems: CAP, emergency broadcast files, OpenADR.

pub(crate) mod broadcast;
mod cap;
mod openadr;

use std::path::Path;
use std::process::Command;

/// What xmllint says of a file and a schema in one of its languages, `--relaxng` or `--schema`; nothing when it accepts.
pub(crate) fn refusal(language: &str, schema: &Path, file: &Path) -> Option<String> {
    let lint = Command::new("xmllint").args(["--nonet", "--noout", language]).arg(schema).arg(file).output();
    let lint = lint.expect("xmllint (scripts/test installs libxml2-utils)");
    (!lint.status.success()).then(|| String::from_utf8_lossy(&lint.stderr).into_owned())
}

/// A CAP file keeps to our own schema, and the schema refuses it where an element is missing or a word is not the list's.
fn well_formed(file: &Path) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers/cap.rng");
    assert_eq!(refusal("--relaxng", &schema, file), None, "{}", file.display());
    let xml = std::fs::read_to_string(file).expect("a file");
    let dir = tempfile::tempdir().expect("a folder");
    for (from, to) in [("<scope>", "<scope>X"), ("+08:00</sent>", "Z</sent>"), ("<sender>", "<code/><sender>")] {
        let spoilt = dir.path().join("spoilt.xml");
        std::fs::write(&spoilt, xml.replacen(from, to, 1)).expect("a file");
        assert!(xml.contains(from) && refusal("--relaxng", &schema, &spoilt).is_some(), "{from}: {}", file.display());
    }
}
