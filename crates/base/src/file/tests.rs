//! Files of every sort, links, and folders of folders.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::*;

/// Whether an error is of the kind meant.
type Is = fn(&FileError) -> bool;

#[test]
fn a_file_is_read_up_to_its_limit_and_only_where_it_is_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("ten"), "0123456789").expect("a file");
    assert_eq!(read(&at("ten"), 10).expect("read"), b"0123456789");
    assert!(matches!(read(&at("ten"), 9), Err(FileError::Large(_))));
    std::fs::write(at("gbk"), [0xb3, 0xf4]).expect("a file");
    assert!(matches!(text(&at("gbk"), 10), Err(FileError::NotText)));
    symlink("ten", at("link")).expect("a link");
    assert_eq!(text(&at("link"), 10).expect("read"), "0123456789");
    symlink("nowhere", at("dangling")).expect("a link");
    symlink("circle", at("circle")).expect("a link");
    assert!(Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo").success());
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).expect("a socket");
    let long = "x".repeat(300);
    let cases: [(&str, Is); 9] = [
        ("absent", |e| matches!(e, FileError::Absent)),
        ("dangling", |e| matches!(e, FileError::Dangling)),
        ("circle", |e| matches!(e, FileError::Circle)),
        ("pipe", |e| matches!(e, FileError::NotFile)),
        ("socket", |e| matches!(e, FileError::NotFile)),
        ("/dev/zero", |e| matches!(e, FileError::NotFile)),
        (".", |e| matches!(e, FileError::NotFile)),
        ("ten/below", |e| matches!(e, FileError::NotFolder)),
        (&long, |e| matches!(e, FileError::System(_))),
    ];
    for (name, is) in cases {
        let error = read(&at(name), 10).expect_err(name);
        assert!(is(&error), "{name}: {error:?}");
    }
    for (name, there) in [("ten", true), ("dangling", true), ("pipe", true), ("absent", false)] {
        assert_eq!(is_there(&at(name)).expect("known"), there, "{name}");
    }
    assert!(is_there(&at("ten/below")).is_err() && is_there(&at(&long)).is_err());
}

#[test]
fn a_file_that_grows_while_it_is_read_is_cut_at_its_limit() {
    // The kernel gives no size for it, and a new one at every look.
    assert!(matches!(read(Path::new("/proc/self/smaps"), 100), Err(FileError::Large(_))));
}

#[test]
fn a_tree_tells_what_it_could_not_look_at() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name);
    assert!(below(&at("absent"), "toml", &[]).faults.is_empty());
    std::fs::create_dir_all(at("a/b")).expect("folders");
    for name in ["x.toml", "a/y.toml", "a/b/z.toml", "a/other.md", ".hidden.toml", "a/#y.toml#"] {
        std::fs::write(at(name), "").expect("a file");
    }
    symlink("/nowhere/readme.md", at("readme.md")).expect("a link");
    let tree = below(dir.path(), "toml", &["a"]);
    let files: Vec<&str> = tree.files.iter().filter_map(|path| path.to_str()).collect();
    assert_eq!((files, tree.faults.len()), (vec!["a/b/z.toml", "a/y.toml", "x.toml"], 0));
    symlink("..", at("a/b/up")).expect("a link");
    symlink("/nowhere", at("a/gone")).expect("a link");
    let tree = below(dir.path(), "toml", &["a"]);
    let faults: Vec<String> = tree.faults.iter().map(|(path, error)| format!("{} {error:?}", path.display())).collect();
    assert_eq!(faults, ["a/b/up Circle", "a/gone Dangling"]);
    let tree = below(&at("x.toml"), "toml", &[]);
    assert!(matches!(tree.faults.as_slice(), [(_, FileError::NotFolder)]), "{tree:?}");
}

#[test]
fn modes_are_what_was_asked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let mode = |name: &str| dir.path().join(name).metadata().expect("a file").permissions().mode() & 0o777;
    for (text, access) in [
        ("0600", Some(Access::Own)),
        ("640", Some(Access::Others(0o640))),
        ("0664", Some(Access::Others(0o664))),
        ("0666", None),
        ("0755", None),
        ("0040", None),
        ("+640", None),
        ("", None),
    ] {
        assert_eq!(Access::parse(text), access, "{text}");
    }
    write(&dir.path().join("own/below"), "a", b"1", Access::Own).expect("written");
    assert_eq!((mode("own"), mode("own/below"), mode("own/below/a")), (0o700, 0o700, 0o600));
    write(&dir.path().join("shared"), "a", b"1", Access::Others(0o640)).expect("written");
    assert_eq!((mode("shared"), mode("shared/a")), (0o750, 0o640));
    // A crash left the file behind that is written beside.
    std::fs::write(dir.path().join("own/.b.part"), "old").expect("a file");
    std::fs::set_permissions(dir.path().join("own/.b.part"), std::fs::Permissions::from_mode(0o644)).expect("a mode");
    write(&dir.path().join("own"), "b", b"new", Access::Own).expect("written");
    assert_eq!((mode("own/b"), std::fs::read(dir.path().join("own/b")).expect("read")), (0o600, b"new".to_vec()));
    std::fs::set_permissions(dir.path().join("shared"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    assert_eq!(tighten(&dir.path().join("shared")).expect("closed"), 2);
    assert_eq!(tighten(&dir.path().join("shared")).expect("closed"), 0, "once");
    assert_eq!((mode("shared"), mode("shared/a")), (0o700, 0o600));
}
