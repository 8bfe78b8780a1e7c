//! Inside a crate, too, data flows one way: no two files know each other, by however many steps.
//!
//! A file knows another where it names something that stands there: by `use`, or by a path. Declaring a module and
//! handing on what it has (`mod a; pub use a::A;`) is not knowing it. Methods of one type in many files are not looked at.
//!
//! Two laws. Files beside each other know each other in no circle. And a head (`x.rs` or `x/mod.rs`, of the parts below
//! `x/`) that uses its parts gives them no words of its own: what they share stands in a part. Both have a list of what
//! there still is against them; the lists only get shorter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use crate::source::{File, Token};

/// The circles that there still are: the crate, its files and why.
const CIRCLES: &[(&str, &[&str], &str)] = &[];

/// The heads that still give words to parts that they use.
const HEADS: &[(&str, &[&str])] = &[
    ("cuofeng", &["cli/forecast.rs", "cli/mod.rs"]),
    ("cuofeng_air", &["forecast/score/mod.rs"]),
    ("cuofeng_base", &["file.rs"]),
    ("cuofeng_cap", &["lib.rs"]),
    ("cuofeng_channel", &["email/mailbox/mod.rs", "email/mod.rs", "sound/mod.rs"]),
    ("cuofeng_feed", &["bulletin/mod.rs", "bulletin/statement/mod.rs", "table/mod.rs"]),
    ("cuofeng_grid", &["lib.rs"]),
    ("cuofeng_notice", &["cap/mod.rs", "lib.rs", "speech/mod.rs"]),
    ("cuofeng_office", &["backup/mod.rs", "config.rs"]),
    ("cuofeng_outbox", &["lib.rs"]),
    ("cuofeng_replay", &["lib.rs"]),
    ("cuofeng_rules", &["expr/mod.rs", "warning/mod.rs"]),
    ("cuofeng_solver", &["instance/mod.rs", "programme/mod.rs"]),
    ("cuofeng_store", &["forecasts.rs", "lib.rs", "mark/mod.rs"]),
    ("cuofeng_town", &["roster/columns.rs", "roster/mod.rs"]),
];

/// Files that know each other, and by which path the one knows the other.
#[derive(PartialEq, Eq)]
struct Circle {
    files: BTreeSet<String>,
    paths: Vec<(String, String, String)>,
}

impl fmt::Debug for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.files.iter().cloned().collect::<Vec<_>>().join(", "))?;
        self.paths.iter().try_for_each(|(from, to, path)| writeln!(f, "    {from} knows {to} by {path}"))
    }
}

type Segments = Vec<String>;

/// What the files of a crate define, import and name, by module.
#[derive(Default)]
struct Names {
    /// The file of each module; a module written inside a file stands in that file.
    modules: BTreeMap<Segments, String>,
    defined: BTreeSet<(Segments, String)>,
    bound: BTreeMap<(Segments, String), Segments>,
    imports: Vec<Import>,
    paths: Vec<(Segments, String, Segments)>,
    /// How often a word stands in a file outside its imports.
    words: BTreeMap<(String, String), usize>,
}

/// One name of a `use`.
struct Import {
    module: Segments,
    file: String,
    path: Segments,
    name: String,
    is_public: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Module(Segments),
    /// An item; where it stands.
    Item(Segments),
    Outside,
}

impl Names {
    fn of(files: &[File]) -> Self {
        let mut names = Self::default();
        for file in files {
            names.modules.insert(file.module.clone(), file.name.clone());
        }
        for file in files {
            names.read(file);
        }
        names
    }

    fn read(&mut self, file: &File) {
        const ITEMS: [&str; 7] = ["struct", "enum", "union", "trait", "type", "fn", "static"];
        let tokens = &file.tokens;
        // The modules that are open here, each with the depth at which it closes.
        let mut open: Vec<(Segments, usize)> = vec![(file.module.clone(), 0)];
        let (mut depth, mut at) = (0_usize, 0);
        while at < tokens.len() {
            let (module, floor) = open.last().cloned().expect("the file itself");
            let next = tokens.get(at + 1).and_then(Token::word);
            match (&tokens[at], next) {
                (Token::Sign('{'), _) => depth += 1,
                (Token::Sign('}'), _) => {
                    depth = depth.saturating_sub(1);
                    if depth < floor {
                        open.pop();
                    }
                }
                (Token::Word(word), _) if word == "use" => {
                    let is_public = at > 0 && (tokens[at - 1].is("pub") || tokens[at - 1] == Token::Sign(')'));
                    let end = at + tokens[at..].iter().position(|t| *t == Token::Sign(';')).unwrap_or(0);
                    // Not what `impl Trait + use<'_>` captures.
                    if tokens.get(at + 1) != Some(&Token::Sign('<')) && end > at {
                        self.import(&tokens[at + 1..end], &[], (&module, file), is_public);
                        at = end;
                    }
                }
                (Token::Word(word), Some(name)) if word == "mod" => {
                    if tokens.get(at + 2) == Some(&Token::Sign('{')) {
                        let inner = [module, vec![name.to_owned()]].concat();
                        self.modules.insert(inner.clone(), file.name.clone());
                        depth += 1;
                        open.push((inner, depth));
                        at += 1;
                    }
                    at += 1;
                }
                (Token::Word(word), Some(name)) if depth == floor && ITEMS.contains(&word.as_str()) => {
                    self.defined.insert((module, name.to_owned()));
                }
                (Token::Word(word), Some(name)) if depth == floor && word == "const" && name != "fn" => {
                    self.defined.insert((module, name.to_owned()));
                }
                (Token::Word(_), _) => {
                    let path = path(&tokens[at..]);
                    let words = path.iter().map(|word| (file.name.clone(), word.clone()));
                    words.for_each(|word| *self.words.entry(word).or_default() += 1);
                    let is_whole = at == 0 || tokens[at - 1] != Token::Path;
                    at += 2 * (path.len() - 1);
                    if is_whole && path.len() > 1 {
                        self.paths.push((module, file.name.clone(), path));
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Takes in a `use`: `a::{b::C, d as e}` below what leads to it.
    fn import(&mut self, tree: &[Token], above: &[String], (module, file): (&Segments, &File), is_public: bool) {
        let mut whole = above.to_vec();
        let mut at = 0;
        while at < tree.len() {
            match &tree[at] {
                Token::Word(word) if word == "as" => break,
                Token::Word(word) => whole.push(word.clone()),
                Token::Sign('{') => {
                    let inside = &tree[at + 1..crate::source::close(tree, at)];
                    for part in parted(inside) {
                        self.import(part, &whole, (module, file), is_public);
                    }
                    return;
                }
                Token::Sign('*') => {
                    let is_own = ["crate", "self", "super"].contains(&whole[0].as_str());
                    assert!(!is_own, "{}: name what is taken from {}", file.name, whole.join("::"));
                    return;
                }
                _ => {}
            }
            at += 1;
        }
        if whole.last().is_some_and(|last| last == "self") && whole.len() > 1 {
            whole.pop();
        }
        let name = tree.get(at + 1).and_then(Token::word).map(ToOwned::to_owned);
        let Some(name) = name.or_else(|| whole.last().cloned()) else { return };
        self.bound.insert((module.clone(), name.clone()), whole.clone());
        self.imports.push(Import { module: module.clone(), file: file.name.clone(), path: whole, name, is_public });
    }

    /// Where a path leads that is written in `module`.
    fn find(&self, module: &Segments, path: &[String], steps: usize) -> Place {
        let (mut here, mut place) = (module.clone(), 0);
        match path[0].as_str() {
            "crate" => (here, place) = (Vec::new(), 1),
            "self" => place = 1,
            _ => {}
        }
        while path.get(place).is_some_and(|segment| segment == "super") {
            here.pop();
            place += 1;
        }
        let mut is_first = place == 0;
        while let Some(name) = path.get(place) {
            let child = [here.clone(), vec![name.clone()]].concat();
            let key = (here.clone(), name.clone());
            if self.modules.contains_key(&child) {
                here = child;
            } else if self.defined.contains(&key) {
                return Place::Item(here);
            } else if let Some(target) = self.bound.get(&key).filter(|target| **target != path[..=place])
                && steps < 16
            {
                match self.find(&here, target, steps + 1) {
                    Place::Module(module) => here = module,
                    found => return found,
                }
            } else if is_first {
                return Place::Outside;
            } else {
                // What a macro has made stands where it is looked for.
                return Place::Item(here);
            }
            (place, is_first) = (place + 1, false);
        }
        Place::Module(here)
    }

    /// Which file knows which, and by which path.
    fn known(&self) -> BTreeMap<(String, String), String> {
        let mut known = BTreeMap::new();
        let mut note = |module: &Segments, file: &String, path: &Segments| {
            if let Place::Item(there) = self.find(module, path, 0)
                && let Some(there) = self.modules.get(&there)
                && there != file
            {
                known.entry((file.clone(), there.clone())).or_insert_with(|| path.join("::"));
            }
        };
        for import in &self.imports {
            // What is handed on is known where the file itself speaks of it.
            let is_spoken_of = self.words.contains_key(&(import.file.clone(), import.name.clone()));
            if !import.is_public || is_spoken_of {
                note(&import.module, &import.file, &import.path);
            }
        }
        for (module, file, path) in &self.paths {
            note(module, file, path);
        }
        known
    }
}

/// The path at the beginning: a word, and those that follow by `::`.
fn path(tokens: &[Token]) -> Segments {
    let mut path: Segments = tokens[0].word().map(ToOwned::to_owned).into_iter().collect();
    for pair in tokens[1..].chunks(2) {
        match pair {
            [Token::Path, Token::Word(word)] => path.push(word.clone()),
            _ => break,
        }
    }
    path
}

/// The parts of a list between commas.
fn parted(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0;
    let parts = tokens.split(|token| {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth -= 1,
            _ => {}
        }
        depth == 0 && *token == Token::Sign(',')
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// What files know of each other, and by which path.
struct Known {
    paths: BTreeMap<(String, String), String>,
    next: BTreeMap<String, Vec<String>>,
}

impl Known {
    /// Of the files below a `src`.
    fn of(src: &Path) -> Self {
        Self::by(Names::of(&crate::source::files(src)).known())
    }

    fn by(paths: BTreeMap<(String, String), String>) -> Self {
        let mut next: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (from, to) in paths.keys() {
            next.entry(from.clone()).or_default().push(to.clone());
        }
        Self { paths, next }
    }

    /// The files that one knows, by however many steps; the file itself among them where it is in a circle.
    fn reached<'a>(&'a self, from: &'a str) -> BTreeSet<&'a str> {
        let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
        while let Some(file) = open.pop() {
            let next = self.next.get(file).into_iter().flatten().map(String::as_str);
            open.extend(next.filter(|to| reached.insert(*to)));
        }
        reached
    }

    /// The circles of files beside each other: what a part takes from a head above it does not count.
    fn circles(&self) -> Vec<Circle> {
        let beside = self.paths.clone().into_iter().filter(|((from, to), _)| !is_head(to, from));
        let beside = Self::by(beside.collect());
        let files: BTreeSet<&str> = beside.next.keys().map(String::as_str).collect();
        let reach: BTreeMap<&str, BTreeSet<&str>> = files.iter().map(|file| (*file, beside.reached(file))).collect();
        let mut out: Vec<Circle> = Vec::new();
        for file in files.iter().filter(|file| reach[*file].contains(*file)) {
            if out.iter().all(|circle| !circle.files.contains(*file)) {
                let mates = reach[file].iter().filter(|mate| reach.get(*mate).is_some_and(|back| back.contains(file)));
                let files: BTreeSet<String> = mates.map(|mate| (*mate).to_owned()).collect();
                let inside = beside.paths.iter().filter(|((from, to), _)| files.contains(from) && files.contains(to));
                let paths = inside.map(|((from, to), path)| (from.clone(), to.clone(), path.clone())).collect();
                out.push(Circle { files, paths });
            }
        }
        out
    }

    /// The heads that give words to parts that they use, each with those parts.
    fn heads(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut heads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (part, head) in self.paths.keys().filter(|(from, to)| is_head(to, from)) {
            if self.reached(head).contains(part.as_str()) {
                heads.entry(head).or_default().push(part);
            }
        }
        heads
    }
}

/// Whether a file is a head of the module that another is.
fn is_head(head: &str, part: &str) -> bool {
    let module = |file: &str| {
        let stem = file.trim_end_matches(".rs").to_owned();
        if stem == "lib" { String::new() } else { stem.trim_end_matches("/mod").to_owned() + "/" }
    };
    head != part && module(part).starts_with(&module(head))
}

#[test]
fn files_beside_each_other_know_each_other_in_no_circle_but_those_on_the_list() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for package in crate::source::packages() {
        for circle in Known::of(&package.folder.join("src")).circles() {
            let files: Vec<&str> = circle.files.iter().map(String::as_str).collect();
            let listed = CIRCLES.iter().position(|(name, known, _)| *name == package.name && *known == files);
            match listed {
                Some(place) => drop(seen.insert(place)),
                None => wrong.push(format!("{}: {circle:?}", package.name)),
            }
        }
    }
    for (place, (name, files, _)) in CIRCLES.iter().enumerate() {
        if !seen.contains(&place) {
            wrong.push(format!("{name}: {} no longer are a circle; take them off the list", files.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_head_gives_words_to_parts_that_it_uses_but_those_on_the_list() {
    let mut wrong = Vec::new();
    for package in crate::source::packages() {
        let known = Known::of(&package.folder.join("src"));
        let heads = known.heads();
        let listed = HEADS.iter().find(|(name, _)| *name == package.name).map_or(&[][..], |(_, heads)| heads);
        for (head, parts) in heads.iter().filter(|(head, _)| !listed.contains(*head)) {
            wrong.push(format!("{}: {head} uses {} and gives them words", package.name, parts.join(", ")));
        }
        for head in listed.iter().filter(|head| !heads.contains_key(*head)) {
            wrong.push(format!("{}: {head} no longer does; take it off the list", package.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A crate of these files: the circles that are found in it, and the heads.
fn planted(files: &[(&str, &str)]) -> (Vec<Vec<String>>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let known = Known::of(folder.path());
    let heads = known.heads().into_keys().map(ToOwned::to_owned).collect();
    (known.circles().into_iter().map(|circle| circle.files.into_iter().collect()).collect(), heads)
}

#[test]
fn a_planted_circle_is_found_in_every_way_of_writing_it() {
    let both = [vec!["a.rs".to_owned(), "b.rs".to_owned()]];
    let lib = ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use self::b::{self as bee, B};");
    let c = ("c.rs", "pub struct C;");
    let b = ("b.rs", "use crate::a::A; pub struct B(A); pub fn make() {}");
    for a in [
        "use crate::b::B; pub struct A;",
        "use super::b::B as Bee; pub struct A;",
        "use crate::{c::{self, C}, b::{self, B}}; pub struct A;",
        "use crate::{bee, c}; pub struct A; fn f() { bee::make() }",
        // What the crate hands on stands where it stands.
        "use crate::B; pub struct A;",
        "pub struct A; fn f() { crate::b::make(); }",
        "pub struct A; fn f() { use super::b; b::make(); }",
        "pub struct A; mod inner { use super::super::b::B; }",
        // Code goes on after tests, whatever braces they speak of.
        "pub struct A; #[cfg(test)] mod tests { const S: &str = \"}\\\"}\"; /* } */ fn f() { let c = '}'; } } use crate::b::B;",
        "pub struct A; #[cfg(test)] use crate::c::C; #[cfg(test)] fn f<X, Y>(c: [u8; 2]) { } fn g() { crate::b::make() }",
    ] {
        assert_eq!(planted(&[lib, ("a.rs", a), b, c]).0, both, "{a}");
    }
    let three = [
        lib,
        ("a.rs", "use crate::b; pub struct A; fn f() -> b::B {}"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "pub struct C; impl C { fn f() { crate::a::f() } }"),
    ];
    assert_eq!(planted(&three).0, [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn a_planted_head_that_gives_words_to_a_part_that_it_uses_is_found() {
    let lib = ("lib.rs", "pub mod deep; pub struct Root; fn f() { deep::go() }");
    let (low, beside) = ("use super::High; pub struct Low;", "pub struct Beside; use super::low::Low;");
    for (head, heads) in [
        ("mod low; mod beside; pub use low::Low; pub struct High(Low);", vec!["deep/mod.rs"]),
        ("mod low; mod beside; pub use low::Low; pub struct High(beside::Beside);", vec!["deep/mod.rs"]),
        ("mod low; mod beside; pub use low::Low; pub struct High;", vec![]),
    ] {
        let files = [lib, ("deep/mod.rs", head), ("deep/low.rs", low), ("deep/beside.rs", beside)];
        let heads: Vec<String> = heads.into_iter().map(str::to_owned).collect();
        assert_eq!(planted(&files), (Vec::new(), heads), "{head}");
    }
    let root = [lib, ("deep.rs", "use crate::Root; pub fn go() {}")];
    assert_eq!(planted(&root), (Vec::new(), vec!["lib.rs".to_owned()]));
}

#[test]
fn what_is_no_circle_is_not_taken_for_one() {
    let lib = ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B; pub struct Root;");
    let b = ("b.rs", "use crate::{a::A, Root}; pub struct B(A);");
    for a in [
        "use super::Root; pub struct A;",
        "// crate::b::B\n/* crate::b::B /* */ crate::b::B */ pub struct A;",
        "pub struct A; const S: &str = \"crate::b::B\"; const R: &str = r#\"\"crate::b::B\"#;",
        "pub struct A; #[cfg(test)] mod tests { use crate::b::B; fn f<'a>(c: &'a str) { '{'; } }",
        "pub struct A; #[cfg(test)] #[allow(unused)] use crate::b::B;",
        "pub struct A; #[cfg(test)] mod tests;",
        "pub struct A; fn f() { other::b::make(); Self::b(); }",
    ] {
        let tests = ("a/tests.rs", "use crate::b::B;");
        let files = if a.contains("mod tests;") { vec![lib, ("a.rs", a), b, tests] } else { vec![lib, ("a.rs", a), b] };
        assert_eq!(planted(&files), (Vec::new(), Vec::new()), "{a}");
    }
}
