//! The head of a column, as people write it.

use cuofeng_base::text::outside;
use cuofeng_grid::{half_width, trimmed};

/// The head of a column, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// As the file shows it, in one line.
    pub(super) shown: String,
    /// Without blanks and marks, in small letters: what is compared.
    pub(super) whole: String,
    /// The same without what stands in brackets behind it.
    pub(super) name: String,
    /// What stands in brackets behind it.
    pub(super) bracket: String,
}

impl Head {
    /// Takes a head apart: `手机\n号*` is `手机号`, `VOCs（千克/小时）` is `vocs` with `千克/小时`.
    pub(super) fn of(cell: &str) -> Self {
        let shown = outside::line(trimmed(cell));
        let plain = |text: &str| -> String {
            let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | ':' | '★' | '※'));
            kept.collect::<String>().to_lowercase()
        };
        let half = half_width(&shown);
        let opened = half.char_indices().find(|(at, c)| *at > 0 && matches!(c, '(' | '[' | '【' | '〔'));
        let (name, bracket) = opened.map_or((half.as_str(), ""), |(at, _)| half.split_at(at));
        let bracket = bracket.trim_matches(|c: char| c.is_whitespace() || "()[]【】〔〕*".contains(c)).to_owned();
        Self { whole: plain(&half), name: plain(name), bracket, shown }
    }

    /// Whether it is one of these names.
    pub(super) fn is(&self, names: impl IntoIterator<Item = &'static str>) -> bool {
        names.into_iter().any(|name| {
            let name = name.to_lowercase();
            name == self.whole || name == self.name
        })
    }
}
