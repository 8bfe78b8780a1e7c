//! What the product says stands in one catalogue each, in both languages, in the crate that says it.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Package, Token};
use cuofeng_base::text::{Catalogue, Lang};

/// Every catalogue, the one furthest right first.
fn catalogues() -> Vec<&'static Catalogue> {
    fn gather(catalogue: &'static Catalogue, out: &mut Vec<&'static Catalogue>) {
        if out.iter().all(|known| known.owner() != catalogue.owner()) {
            out.push(catalogue);
            for base in catalogue.on() {
                gather(base, out);
            }
        }
    }
    let mut out = Vec::new();
    gather(&cuofeng::CATALOGUE, &mut out);
    out
}

fn catalogue(owner: &str) -> &'static Catalogue {
    catalogues().into_iter().find(|c| c.owner() == owner).unwrap_or_else(|| panic!("{owner} says nothing"))
}

/// The crates whose sentences a catalogue finds, itself among them.
fn seen(catalogue: &'static Catalogue) -> BTreeSet<&'static str> {
    catalogue.on().iter().flat_map(|base| seen(base)).chain([catalogue.owner()]).collect()
}

fn is_key(text: &str) -> bool {
    text.contains('.') && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c))
}

/// The strings that look like keys, by the package whose code (without its tests) has them.
fn spoken(package: &Package) -> BTreeSet<String> {
    let tokens = crate::source::files(&package.folder.join("src")).into_iter().flat_map(|file| file.tokens);
    let texts = tokens.filter_map(|token| if let Token::Text(text) = token { Some(text) } else { None });
    texts.filter(|text| is_key(text)).collect()
}

/// The names between braces.
fn holes(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn every_crate_builds_on_the_catalogues_of_the_crates_that_it_is_built_on() {
    let packages: BTreeMap<String, Package> =
        crate::source::packages().into_iter().map(|p| (p.name.clone(), p)).collect();
    for catalogue in catalogues() {
        let mut built: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![catalogue.owner()];
        while let Some(name) = open.pop() {
            if built.insert(name) {
                open.extend(packages[name].on.iter().map(String::as_str));
            }
        }
        built.retain(|name| packages[*name].speaks());
        assert_eq!(seen(catalogue), built, "{}", catalogue.owner());
    }
    let owners: BTreeSet<&str> = catalogues().iter().map(|c| c.owner()).collect();
    let speaking = packages.values().filter(|p| p.speaks()).map(|p| p.name.as_str()).collect();
    assert_eq!(owners, speaking, "texts that no catalogue reads");
}

#[test]
fn every_file_of_a_catalogue_is_read_and_says_a_key_once() {
    for package in crate::source::packages().into_iter().filter(crate::source::Package::speaks) {
        for (lang, folder) in [(Lang::Zh, "texts/zh"), (Lang::En, "texts/en")] {
            let mut files = Vec::new();
            crate::source::walk(&package.folder.join(folder), &mut files);
            let mut keys = BTreeMap::new();
            for file in files {
                let text = std::fs::read_to_string(&file).expect("a file");
                let sections: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.display()));
                for (section, entries) in sections {
                    for (name, sentence) in entries.as_table().expect("a section") {
                        let sentence = sentence.as_str().expect("a sentence").to_owned();
                        let twice = keys.insert(format!("{section}.{name}"), sentence);
                        assert_eq!(twice, None, "{section}.{name} in {}", file.display());
                    }
                }
            }
            assert_eq!(catalogue(&package.name).own(lang), &keys, "{} {folder}", package.name);
        }
    }
}

#[test]
fn every_message_stands_in_both_languages_with_the_same_values() {
    for catalogue in catalogues() {
        let (zh, en) = (catalogue.own(Lang::Zh), catalogue.own(Lang::En));
        assert_eq!(zh.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>(), "{}", catalogue.owner());
        for (key, text) in zh {
            assert_eq!(holes(text), holes(&en[key]), "{key} of {}", catalogue.owner());
        }
    }
}

#[test]
fn no_key_stands_in_two_catalogues() {
    let mut owners = BTreeMap::new();
    for catalogue in catalogues() {
        for key in catalogue.own(Lang::Zh).keys() {
            let other = owners.insert(key, catalogue.owner());
            assert_eq!(other, None, "`{key}` of {} stands there too", catalogue.owner());
        }
    }
}

#[test]
fn every_message_is_used_and_stands_with_those_that_use_it() {
    let packages = crate::source::packages();
    let spoken: Vec<(&str, BTreeSet<String>)> = packages.iter().map(|p| (p.name.as_str(), spoken(p))).collect();
    let sees: BTreeMap<&str, BTreeSet<&str>> = catalogues().iter().map(|c| (c.owner(), seen(c))).collect();
    let mut wrong = Vec::new();
    for catalogue in catalogues() {
        let owner = catalogue.owner();
        for key in catalogue.own(Lang::Zh).keys() {
            let users: Vec<&str> =
                spoken.iter().filter(|(_, keys)| keys.contains(key)).map(|(name, _)| *name).collect();
            let may = |owner: &str| users.iter().all(|user| sees[user].contains(owner));
            // The nearest to its users owns a sentence, so that nothing is built anew that does not say it.
            let nearer = sees.keys().find(|other| may(other) && !sees[owner].contains(*other));
            if users.is_empty() {
                wrong.push(format!("`{key}` of {owner} is not used"));
            } else if !may(owner) {
                wrong.push(format!("`{key}` of {owner} is not seen by all of {users:?}"));
            } else if let Some(nearer) = nearer {
                wrong.push(format!("`{key}` of {owner} is used by {users:?} alone and belongs to {nearer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_key_that_the_source_says_has_a_sentence_there() {
    for package in crate::source::packages() {
        for file in crate::source::files(&package.folder.join("src")) {
            for key in said(&file.tokens) {
                let catalogue = catalogue(&package.name);
                for lang in [Lang::Zh, Lang::En] {
                    let sentence = catalogue.sentence(lang, key);
                    assert!(sentence.is_some(), "`{key}` in {} of {} has no sentence", file.name, package.name);
                }
            }
        }
    }
}

/// The keys that `msg!` is given: as they stand, or chosen by a `match` or an `if`.
fn said(tokens: &[Token]) -> Vec<&str> {
    let mut out = Vec::new();
    for (at, _) in tokens.iter().enumerate().filter(|(_, token)| token.is("msg")) {
        if tokens.get(at + 1) == Some(&Token::Sign('!')) && tokens.get(at + 2) == Some(&Token::Sign('(')) {
            let mut depth = 0;
            for token in &tokens[at + 3..crate::source::close(tokens, at + 2)] {
                match token {
                    Token::Sign('(' | '[' | '{') => depth += 1,
                    Token::Sign(')' | ']' | '}') => depth -= 1,
                    Token::Sign(',') if depth == 0 => break,
                    Token::Text(text) if is_key(text) => out.push(text.as_str()),
                    _ => {}
                }
            }
        }
    }
    out
}
