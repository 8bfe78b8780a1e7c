//! Whose the files are that the program keeps and writes.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::reading::{check, errors, own};
use crate::office::{self, cuofeng, folder, text};

/// Paths below a folder with their modes.
fn modes(root: &Path) -> BTreeMap<PathBuf, u32> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        let data = path.symlink_metadata().expect("a file");
        all.insert(path.clone(), data.permissions().mode() & 0o777);
        if data.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
    }
    all
}

/// The program under a umask, told to do one thing.
fn under(umask: &str, site: &Path, words: &[&str]) {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\""), &cuofeng().get_program().to_string_lossy()]);
    let output = shell.args(words).arg("--site").arg(site).output().expect("the program");
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn what_the_program_keeps_and_writes_is_its_users_alone_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let dir = folder();
        let site = own(dir.path());
        under(umask, &site, &office::MORNING);
        let (state, out) = (modes(&site.join("state")), modes(&site.join("out")));
        assert!(state.len() > 3 && out.len() > 3, "{state:?} {out:?}");
        for (path, mode) in state.iter().chain(&out) {
            let wanted = if path.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(*mode, wanted, "umask {umask}: {} has {mode:o}", path.display());
        }
    }
}

#[test]
fn what_another_program_takes_gets_the_mode_that_the_site_names() {
    for (line, letter, folder_mode) in [("mode = \"0640\"\n", 0o640, 0o750), ("mode = \"0644\"\n", 0o644, 0o755)] {
        let dir = folder();
        let site = own(dir.path());
        let file = site.join("cuofeng.toml");
        let config = std::fs::read_to_string(&file).expect("the site file");
        let config = config.replace("[channel.folder]\n", &format!("[channel.folder]\n{line}"));
        let config = if config.contains(line) { config } else { format!("{config}\n[channel.folder]\n{line}") };
        std::fs::write(&file, config).expect("the site file");
        under("077", &site, &office::MORNING);
        for (path, mode) in modes(&site.join("out")) {
            assert_eq!(mode, if path.is_dir() { folder_mode } else { letter }, "{} has {mode:o}", path.display());
        }
        assert!(modes(&site.join("state")).values().all(|mode| [0o600, 0o700].contains(mode)));
    }
    let dir = folder();
    let site = own(dir.path());
    let file = site.join("cuofeng.toml");
    let config = std::fs::read_to_string(&file).expect("the site file");
    for wrong in ["0777", "0200", "rw-", "0646"] {
        std::fs::write(&file, format!("{config}\n[channel.folder]\nmode = \"{wrong}\"\n")).expect("the site file");
        assert!(errors(&check(&site)).iter().any(|(_, code)| code == "config.mode_bits"), "{wrong}");
    }
}

#[test]
fn what_an_older_version_left_open_is_closed_once() {
    let dir = folder();
    let site = own(dir.path());
    under("022", &site, &office::MORNING);
    for (path, _) in modes(&site.join("state")).into_iter().chain(modes(&site.join("out"))) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    }
    under("022", &site, &["once", "--now", "2026-09-12T09:00:00+08:00"]);
    for (path, mode) in modes(&site.join("state")).into_iter().chain(modes(&site.join("out"))) {
        assert_eq!(mode & 0o077, 0, "{} has {mode:o}", path.display());
    }
}
