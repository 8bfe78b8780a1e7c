//! The sentences of a crate, in both languages.
//!
//! In: the crate's own files and the catalogues that it builds on. Out: a sentence by its key. Can't happen: a changed
//! sentence that builds a crate anew to the left of the one that owns it.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::Lang;

/// What a crate has to say; made by [`catalogue!`](crate::catalogue).
#[derive(Debug)]
pub struct Catalogue {
    owner: &'static str,
    zh: Sentences,
    en: Sentences,
    on: &'static [&'static Self],
}

/// One language of a catalogue; each is read once, when its first sentence is asked for.
#[derive(Debug)]
struct Sentences {
    files: &'static [&'static str],
    own: OnceLock<BTreeMap<String, String>>,
    /// With those of the catalogues that this one builds on, so that a sentence is found at once wherever it stands.
    all: OnceLock<HashMap<&'static str, &'static str>>,
}

impl Sentences {
    const fn new(files: &'static [&'static str]) -> Self {
        Self { files, own: OnceLock::new(), all: OnceLock::new() }
    }
}

impl Catalogue {
    /// The catalogue of the crate `owner`: the contents of its files, and the catalogues that it builds on.
    #[must_use]
    pub const fn new(
        owner: &'static str,
        zh: &'static [&'static str],
        en: &'static [&'static str],
        on: &'static [&'static Self],
    ) -> Self {
        Self { owner, zh: Sentences::new(zh), en: Sentences::new(en), on }
    }

    /// The crate whose sentences these are, as in `cuofeng_town`.
    #[must_use]
    pub const fn owner(&self) -> &'static str {
        self.owner
    }

    /// The catalogues that this one builds on directly.
    #[must_use]
    pub const fn on(&self) -> &'static [&'static Self] {
        self.on
    }

    /// The crate's own sentences of one language, by key.
    #[must_use]
    pub fn own(&self, lang: Lang) -> &BTreeMap<String, String> {
        let sentences = self.sentences(lang);
        sentences.own.get_or_init(|| parse(sentences.files))
    }

    /// The sentence of a key, of this crate or of one that it builds on; with its placeholders.
    #[must_use]
    pub fn sentence(&'static self, lang: Lang, key: &str) -> Option<&'static str> {
        self.all(lang).get(key).copied()
    }

    fn all(&'static self, lang: Lang) -> &'static HashMap<&'static str, &'static str> {
        self.sentences(lang).all.get_or_init(|| {
            let mut all = HashMap::new();
            for base in self.on {
                all.extend(base.all(lang));
            }
            all.extend(self.own(lang).iter().map(|(key, text)| (key.as_str(), text.as_str())));
            all
        })
    }

    const fn sentences(&self, lang: Lang) -> &Sentences {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

fn parse(files: &[&str]) -> BTreeMap<String, String> {
    fn flatten(prefix: &str, table: toml::Table, out: &mut BTreeMap<String, String>) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match value {
                toml::Value::Table(inner) => flatten(&key, inner, out),
                toml::Value::String(text) => {
                    out.insert(key, text);
                }
                _ => {}
            }
        }
    }
    let mut out = BTreeMap::new();
    for file in files {
        // The catalogues are part of the binary; tests/catalogues.rs fails if one does not parse.
        flatten("", file.parse().unwrap_or_default(), &mut out);
    }
    out
}

/// Declares the catalogue of a crate, once, in its `lib.rs`: the names of its files in `texts/zh` and `texts/en` beside
/// `src`, and the crates whose catalogues it builds on. `catalogue!(["town"], on [cuofeng_air, cuofeng_grid]);`
#[macro_export]
macro_rules! catalogue {
    ([$($file:literal),+ $(,)?], on [$($base:ident),* $(,)?]) => {
        /// What this crate has to say, and what those say that it builds on.
        pub static CATALOGUE: $crate::text::Catalogue = $crate::text::Catalogue::new(
            module_path!(),
            &[$(include_str!(concat!("../texts/zh/", $file, ".toml"))),+],
            &[$(include_str!(concat!("../texts/en/", $file, ".toml"))),+],
            &[$(&$base::CATALOGUE),*],
        );
    };
}
