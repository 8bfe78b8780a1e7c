//! What the program is built from: licences, crates that must stay out, duplicates and sources, by the list in
//! `deny.toml`, which cargo-deny reads as well. Needs cargo alone, and no network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// The parts of `deny.toml` that this test judges by.
#[derive(Debug, Deserialize)]
struct List {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Licenses {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

/// Licences that are allowed for one crate alone.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    spec: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Entry>,
    skip: Vec<Entry>,
}

/// A crate as `name`, `name@1.2.3` or `name@<1.2.3`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Entry {
    #[serde(rename = "crate")]
    spec: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_registry: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Clone, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// Nothing for what stands in this repository.
    source: Option<String>,
}

fn list() -> List {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    toml::from_str(&std::fs::read_to_string(path).expect("deny.toml")).expect("a list that can be read")
}

/// The packages of the build that runs this test, on every target of the list.
fn packages(list: &List) -> Vec<Package> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    for target in &list.graph.targets {
        command.args(["--filter-platform", target]);
    }
    if cfg!(feature = "smpp") {
        command.args(["--features", "smpp"]);
    }
    let output = command.output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Metadata>(&output.stdout).expect("what cargo says of the packages").packages
}

/// Whether an SPDX expression can be met by the allowed licences alone. `/` is the older way of writing `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    match words.next() {
        Some("(") => {
            let met = any(words, allowed);
            words.next_if_eq(&")").is_some() && met
        }
        Some(licence) => {
            let exception = words.next_if_eq(&"WITH").and_then(|_| words.next());
            let whole = exception.map_or_else(|| licence.to_owned(), |exception| format!("{licence} WITH {exception}"));
            allowed.contains(&whole)
        }
        None => false,
    }
}

/// A version's numbers; what follows them marks a trial version or a build.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or("");
    plain.split('.').map(|part| part.parse().expect("a number")).collect()
}

fn is_meant(spec: &str, package: &Package) -> bool {
    match spec.split_once('@') {
        None => spec == package.name,
        Some((name, version)) => {
            let is_version = match version.strip_prefix('<') {
                Some(bound) => numbers(&package.version) < numbers(bound),
                None => package.version == version,
            };
            name == package.name && is_version
        }
    }
}

/// All that the list forbids of these packages, a line each.
fn faults(list: &List, packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut versions = BTreeMap::<&str, BTreeSet<&str>>::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        let excepted = list.licenses.exceptions.iter().filter(|exception| is_meant(&exception.spec, package));
        let mut allowed = list.licenses.allow.clone();
        allowed.extend(excepted.flat_map(|exception| exception.allow.clone()));
        match &package.license {
            Some(licence) if is_allowed(licence, &allowed) => {}
            Some(licence) => faults.push(format!("{name}: no licence of {licence} is allowed")),
            None => faults.push(format!("{name}: says no licence")),
        }
        for entry in list.bans.deny.iter().filter(|entry| is_meant(&entry.spec, package)) {
            faults.push(format!("{name}: must stay out: {}", entry.reason));
        }
        if let Some(source) = &package.source
            && !list.sources.allow_registry.iter().any(|known| *source == format!("registry+{known}"))
        {
            faults.push(format!("{name}: comes from {source}"));
        }
        if !list.bans.skip.iter().any(|entry| is_meant(&entry.spec, package)) {
            versions.entry(&package.name).or_default().insert(&package.version);
        }
    }
    let twice = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    faults.extend(twice.map(|(name, versions)| format!("{name}: {versions:?}, and no reason is given for two")));
    faults
}

#[test]
fn the_program_is_built_from_what_the_list_allows() {
    let list = list();
    let packages = packages(&list);
    assert!(packages.len() > 100, "{} packages", packages.len());
    let faults = faults(&list, &packages);
    assert!(faults.is_empty(), "see deny.toml:\n{}", faults.join("\n"));
}

#[test]
fn every_entry_of_the_list_has_a_reason_and_no_duplicate_that_ended_is_kept() {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        name: String,
        version: String,
    }
    let list = list();
    for entry in list.bans.deny.iter().chain(&list.bans.skip) {
        assert!(!entry.reason.is_empty(), "{}", entry.spec);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock: Lock = toml::from_str(&std::fs::read_to_string(path).expect("Cargo.lock")).expect("a lock file");
    for entry in &list.bans.skip {
        let of_it: Vec<&Locked> =
            lock.package.iter().filter(|p| entry.spec.split('@').next() == Some(p.name.as_str())).collect();
        assert!(
            of_it.len() > 1 && of_it.iter().any(|p| entry.spec == format!("{}@{}", p.name, p.version)),
            "{} is no duplicate any more: take it out of deny.toml",
            entry.spec
        );
    }
}

#[test]
fn a_crate_that_must_not_come_in_is_found() {
    let list = list();
    let good = Package {
        name: "planted".to_owned(),
        version: "1.0.0".to_owned(),
        license: Some("MIT OR Apache-2.0".to_owned()),
        source: Some("registry+https://github.com/rust-lang/crates.io-index".to_owned()),
    };
    assert_eq!(faults(&list, std::slice::from_ref(&good)), [""; 0]);
    let licence = |words: &str| Package { license: Some(words.to_owned()), ..good.clone() };
    let named =
        |name: &str, version: &str| Package { name: name.to_owned(), version: version.to_owned(), ..good.clone() };
    for (planted, part) in [
        (licence("GPL-3.0-only"), "GPL-3.0-only"),
        (licence("MIT AND GPL-2.0-or-later"), "GPL-2.0-or-later"),
        (licence("(MIT OR Apache-2.0) AND AGPL-3.0-only"), "AGPL-3.0-only"),
        (licence("GPL-2.0-only WITH Classpath-exception-2.0"), "Classpath"),
        (licence("MPL-2.0"), "MPL-2.0"),
        (licence("(MIT"), "(MIT"),
        (licence("MIT Apache-2.0"), "MIT Apache-2.0"),
        (licence(""), "no licence"),
        (Package { license: None, ..good.clone() }, "says no licence"),
        (named("openssl-sys", "0.9.1"), "must stay out"),
        (named("rustls-webpki", "0.102.8"), "must stay out"),
        (Package { source: Some("git+https://example.com/x".to_owned()), ..good.clone() }, "comes from git+"),
    ] {
        let found = faults(&list, &[planted]);
        assert!(found.len() == 1 && found[0].contains(part), "{part}: {found:?}");
    }
    let two = faults(&list, &[good.clone(), named("planted", "2.0.0")]);
    assert!(two.len() == 1 && two[0].starts_with("planted: "), "{two:?}");
    for fine in [
        licence("MIT/Apache-2.0"),
        licence("Apache-2.0 OR GPL-2.0-only"),
        licence("MIT OR Apache-2.0 OR LGPL-2.1-or-later"),
        licence("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT"),
        licence("(Apache-2.0 OR MIT) AND BSD-3-Clause"),
        named("rustls-webpki", "0.103.17"),
        Package { name: "ucs2".to_owned(), ..licence("MPL-2.0") },
    ] {
        assert_eq!(faults(&list, std::slice::from_ref(&fine)), [""; 0], "{fine:?}");
    }
}

#[test]
fn every_crate_uses_what_it_depends_on() {
    let mut idle = Vec::new();
    for package in crate::source::packages() {
        let manifest = std::fs::read_to_string(package.folder.join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = manifest.parse().expect("a manifest that reads");
        let files = crate::source::files(&package.folder.join("src"));
        for (name, _) in manifest["dependencies"].as_table().expect("dependencies") {
            let word = name.replace('-', "_");
            if !files.iter().any(|file| file.tokens.iter().any(|token| token.is(&word))) {
                idle.push(format!("{}: {name}", package.name));
            }
        }
    }
    assert_eq!(idle, Vec::<String>::new(), "named in Cargo.toml and nowhere in the source");
}
