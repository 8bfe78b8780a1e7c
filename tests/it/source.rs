//! The source as the tests of the whole read it: as words and signs, without comments and without the code of tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A piece of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name, a word of the language or a number.
    Word(String),
    /// What a string literal says, as it is written.
    Text(String),
    /// `::`.
    Path,
    /// Any other sign.
    Sign(char),
}

impl Token {
    pub fn word(&self) -> Option<&str> {
        if let Self::Word(word) = self { Some(word) } else { None }
    }

    pub fn is(&self, word: &str) -> bool {
        self.word() == Some(word)
    }
}

/// The words and signs of a source; comments are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => i += chars[i..].iter().take_while(|c| **c != '\n').count(),
            '/' if at(i + 1) == '*' => i = after_comment(&chars, i),
            '"' => i = text(&chars, i, None, &mut out),
            '\'' => i = after_quote(&chars, i),
            ':' if at(i + 1) == ':' => {
                out.push(Token::Path);
                i += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word: String = chars[i..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                i += word.chars().count();
                let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
                let opens = at(i + hashes) == '"';
                match word.as_str() {
                    "r" | "br" | "cr" if opens => i = text(&chars, i + hashes, Some(hashes), &mut out),
                    "b" | "c" if hashes == 0 && opens => i = text(&chars, i, None, &mut out),
                    "b" if at(i) == '\'' => i = after_quote(&chars, i),
                    _ => {
                        if word == "r" && at(i) == '#' {
                            word = chars[i + 1..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                            i += 1 + word.chars().count();
                        }
                        out.push(Token::Word(word));
                    }
                }
            }
            c if c.is_whitespace() => i += 1,
            c => {
                out.push(Token::Sign(c));
                i += 1;
            }
        }
    }
    out
}

fn after_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

/// Past a string that opens at `from`; a raw one has its number of `#`.
fn text(chars: &[char], from: usize, raw: Option<usize>, out: &mut Vec<Token>) -> usize {
    let mut i = from + 1;
    while i < chars.len() {
        match (chars[i], raw) {
            ('\\', None) => i += 2,
            ('"', None) => break,
            ('"', Some(hashes)) if chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes => break,
            _ => i += 1,
        }
    }
    let end = i.min(chars.len());
    out.push(Token::Text(chars[from + 1..end].iter().collect()));
    end + 1 + raw.unwrap_or(0)
}

/// Past a character that opens at `from`; or past the quote alone, where it opens a lifetime.
fn after_quote(chars: &[char], from: usize) -> usize {
    if chars.get(from + 1) == Some(&'\\') {
        let close = chars.iter().skip(from + 3).position(|c| *c == '\'');
        return close.map_or(chars.len(), |close| from + 3 + close + 1);
    }
    if chars.get(from + 2) == Some(&'\'') { from + 3 } else { from + 1 }
}

/// Whether an attribute opens at `place` and says that what follows it is there for tests only; and where it ends.
fn attribute(tokens: &[Token], place: usize) -> Option<(bool, usize)> {
    let opens = tokens.get(place) == Some(&Token::Sign('#')) && tokens.get(place + 1) == Some(&Token::Sign('['));
    let end = opens.then(|| close(tokens, place + 1))?;
    let inside = &tokens[place + 2..end];
    let has = |word: &str| inside.iter().any(|token| token.is(word));
    Some((inside.first().is_some_and(|first| first.is("cfg")) && has("test") && !has("not"), end))
}

/// Where what opens at `place` is closed.
pub fn close(tokens: &[Token], place: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(place) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// Where the item that begins at `place` ends: at its `;`, where its braces close, or (a field, an arm) at its comma.
fn end_of_item(tokens: &[Token], place: usize) -> usize {
    const ITEMS: [&str; 10] = ["fn", "impl", "struct", "enum", "trait", "type", "mod", "use", "const", "static"];
    let (mut at, mut is_item) = (place, false);
    while at < tokens.len() {
        is_item |= tokens[at].word().is_some_and(|word| ITEMS.contains(&word));
        match tokens[at] {
            Token::Sign(';') => return at,
            Token::Sign(',') if !is_item => return at,
            Token::Sign('{') => return close(tokens, at),
            // The enclosing block ends: the item was an expression at its end.
            Token::Sign('}') => return at - 1,
            Token::Sign('(' | '[') => at = close(tokens, at),
            _ => {}
        }
        at += 1;
    }
    at
}

/// A source without what is there for tests only, and the modules that are declared for tests and stand in other files.
pub fn without_tests(tokens: &[Token]) -> (Vec<Token>, BTreeSet<String>) {
    let (mut out, mut modules) = (Vec::new(), BTreeSet::new());
    let mut at = 0;
    while at < tokens.len() {
        let Some((for_tests, end)) = attribute(tokens, at) else {
            out.push(tokens[at].clone());
            at += 1;
            continue;
        };
        if !for_tests {
            out.extend_from_slice(&tokens[at..=end.min(tokens.len() - 1)]);
            at = end + 1;
            continue;
        }
        let mut begin = end + 1;
        while let Some((_, end)) = attribute(tokens, begin) {
            begin = end + 1;
        }
        at = end_of_item(tokens, begin) + 1;
        let item = &tokens[begin..at.min(tokens.len())];
        if let [.., keyword, Token::Word(name), Token::Sign(';')] = item
            && keyword.is("mod")
        {
            modules.insert(name.clone());
        }
    }
    (out, modules)
}

/// A file of a crate, without its tests.
#[derive(Debug)]
pub struct File {
    /// Below `src`, as in `roster/columns.rs`.
    pub name: String,
    /// The module that it is, as in `["roster", "columns"]`; the crate itself is `[]`.
    pub module: Vec<String>,
    pub tokens: Vec<Token>,
}

/// The files below `src` that are no tests, by name.
pub fn files(src: &Path) -> Vec<File> {
    let mut paths = Vec::new();
    walk(src, &mut paths);
    paths.retain(|path| path.extension().is_some_and(|e| e == "rs"));
    paths.sort();
    let (mut files, mut tests) = (Vec::new(), Vec::new());
    for path in paths {
        let name = path.strip_prefix(src).expect("below src").to_string_lossy().into_owned();
        let stem = name.trim_end_matches(".rs");
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        let module: Vec<String> =
            if stem == "lib" { Vec::new() } else { stem.split('/').map(ToOwned::to_owned).collect() };
        let (tokens, for_tests) = without_tests(&tokens(&std::fs::read_to_string(&path).expect("a source")));
        tests.extend(for_tests.into_iter().map(|name| [module.clone(), vec![name]].concat()));
        files.push(File { name, module, tokens });
    }
    files.retain(|file| !tests.iter().any(|test| file.module.starts_with(test)));
    files
}

pub fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, out) } else { out.push(path) }
    }
}

/// A package of the product.
#[derive(Debug)]
pub struct Package {
    /// As in `cuofeng_town`.
    pub name: String,
    pub folder: PathBuf,
    /// The packages of the product that it is built on, those for tests left out.
    pub on: BTreeSet<String>,
}

impl Package {
    /// Whether it says anything to people: one that does not has no catalogue.
    pub fn speaks(&self) -> bool {
        self.folder.join("texts").is_dir()
    }
}

/// The packages of the product, by what their own files say.
pub fn packages() -> Vec<Package> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let below = std::fs::read_dir(root.join("crates")).expect("crates").flatten().map(|entry| entry.path());
    let mut packages: Vec<Package> = below.chain([root.clone()]).map(|folder| package(&folder)).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    packages
}

fn package(folder: &Path) -> Package {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = manifest.parse().expect("a manifest that reads");
    let name = |table: &str| manifest.get(table).and_then(toml::Value::as_table);
    let package = name("package").and_then(|package| package["name"].as_str()).expect("a name");
    let on = name("dependencies").into_iter().flatten().map(|(on, _)| on.replace('-', "_"));
    Package {
        name: package.replace('-', "_"),
        folder: folder.to_owned(),
        on: on.filter(|on| on.starts_with("cuofeng_")).collect(),
    }
}
