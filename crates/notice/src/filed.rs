//! Texts as a provider has approved them, and messages matched against them.
//!
//! In: the site's `sms-templates.toml`, and the words of a short message. Out: the code of an approved text and the
//! values of its holes, so that what is sent is what was rendered, character by character; or why none fits.
//! Can't happen: a value longer than the provider takes, or with a character it forbids; a text that is only nearly
//! the approved one, or that of another purpose with a sentence where a time stands.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::asks::HOLE;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, of_toml};
use cuofeng_base::text::Message;

/// The file's name inside the site folder.
pub const FILE: &str = "sms-templates.toml";

/// What a provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of one value. Aliyun: 35 (notification templates filed after 2018-01-10). Tencent: 6 by default for
    /// accounts opened after 2024-01-25; the account's console shows its own.
    pub value: usize,
    /// Characters of a whole message with its signature. Both: 500.
    pub whole: usize,
}

/// A piece of an approved text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Fixed words.
    Words(String),
    /// A hole with its name: `${name}` (Aliyun) or `{1}` (Tencent).
    Hole(String),
}

/// One approved text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// What the provider calls it.
    pub code: String,
    /// Its pieces, no two holes side by side.
    pub pieces: Vec<Piece>,
}

/// A message as a provider wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The approved text.
    pub code: String,
    /// Names and values of its holes, in their order.
    pub values: Vec<(String, String)>,
}

/// The approved texts of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The texts.
    pub templates: Vec<Template>,
    /// What the provider takes.
    pub limits: Limits,
    /// The signature, without its brackets.
    pub sign: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSection {
    #[serde(default)]
    template: Vec<TemplateSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateSection {
    code: Spanned<String>,
    text: Spanned<String>,
}

impl Filed {
    /// Reads the site's file.
    ///
    /// # Errors
    /// Every problem, at its place.
    pub fn parse(source: &str, sign: &str, limits: Limits) -> Result<Self, Vec<Problem>> {
        let text: Arc<str> = source.into();
        let file: FileSection = toml::from_str(source).map_err(|error| vec![of_toml(FILE, &text, &error)])?;
        let mut problems = Vec::new();
        let mut templates: Vec<Template> = Vec::new();
        for section in file.template {
            let (code, words) = (section.code.get_ref().trim(), section.text.get_ref());
            if code.is_empty() {
                // Not approved yet: as good as not there.
                continue;
            }
            if templates.iter().any(|t| t.code == code) {
                let what = msg!("filed.code_twice", code = code);
                problems.push(Problem::span(FILE, &text, section.code.span(), what, msg!("filed.code_twice_advice")));
                continue;
            }
            match pieces(words) {
                Ok(pieces) => templates.push(Template { code: code.to_owned(), pieces }),
                Err(what) => {
                    problems.push(Problem::span(FILE, &text, section.text.span(), what, msg!("filed.text_advice")));
                }
            }
        }
        let filed = Self { templates, limits, sign: sign.to_owned() };
        if problems.is_empty() { Ok(filed) } else { Err(problems) }
    }

    /// The approved text that a message is, with the values of its holes. A letter's code stands in it, or one as long.
    ///
    /// # Errors
    /// Why none is.
    pub fn fit(&self, message: &str) -> Result<Filled, Message> {
        let body = self.unsigned(message)?;
        let count = message.chars().count();
        if count > self.limits.whole {
            return Err(msg!("filed.whole", count = count, limit = self.limits.whole));
        }
        let mut refused = None;
        // The text with the most fixed words says most about what is sent.
        let mut all: Vec<&Template> = self.templates.iter().collect();
        all.sort_by_key(|t| std::cmp::Reverse(t.fixed()));
        for template in all {
            let Some(values) = template.values(body) else { continue };
            match values.iter().find_map(|(name, value)| self.refuses(name, value)) {
                None => return Ok(Filled { code: template.code.clone(), values }),
                Some(why) => refused = refused.or(Some(why)),
            }
        }
        Err(refused.unwrap_or_else(|| msg!("filed.none")))
    }

    /// The message without its signature, which the provider puts in front.
    fn unsigned<'a>(&self, message: &'a str) -> Result<&'a str, Message> {
        match message.strip_prefix('【').and_then(|rest| rest.split_once('】')) {
            Some((sign, body)) if sign == self.sign => Ok(body),
            Some((sign, _)) => Err(msg!("filed.sign", sign = sign, approved = &self.sign)),
            None => Ok(message),
        }
    }

    fn refuses(&self, name: &str, value: &str) -> Option<Message> {
        let count = value.chars().count();
        if count > self.limits.value {
            return Some(msg!("filed.value", name = name, value = value, count = count, limit = self.limits.value));
        }
        // A sentence in the place of a name, a time or a code is none of them: the text is another's.
        let plain = || kind(name).key() != "sms.kind_words" && value.contains('。');
        let bad = forbidden(value).or_else(|| plain().then_some('。'))?;
        Some(msg!("filed.character", name = name, value = value, character = bad))
    }
}

/// The first character of a text that providers refuse: brackets of the signature, decorations, superscripts, line
/// breaks (Aliyun, notification template rules; Tencent's are a subset). Write 微克每立方米 for µg/m³.
#[must_use]
pub fn forbidden(text: &str) -> Option<char> {
    let odd = |c: char| {
        c.is_control()
            || "【】「」『』〖〗²³•·①②③④⑤★☆※→←↑↓µμ㎡㎥℃".contains(c)
            // Beyond the basic plane: counted twice, and missing on old telephones.
            || c > '\u{ffff}'
    };
    text.chars().find(|c| odd(*c))
}

/// What a provider is told of a hole: the type of its value.
#[must_use]
pub fn kind(hole: &str) -> Message {
    let name = hole.trim_end_matches(|c: char| c.is_ascii_digit());
    match name {
        "name" | "person" | "about" | "region" => msg!("sms.kind_name"),
        "periods" | "previous" | "deadline" | "date" | "issued" => msg!("sms.kind_time"),
        "reply" | "number" => msg!("sms.kind_code"),
        "code" => msg!("sms.kind_link"),
        "title" | "level" | "order" => msg!("sms.kind_title"),
        _ => msg!("sms.kind_words"),
    }
}

/// What of a text fits the hole of an approved text: no character that providers refuse, and the end cut off. An ellipsis
/// stands for a text of which nothing is left.
#[must_use]
pub fn fitting(text: &str) -> String {
    let kept = || text.chars().filter(|c| forbidden(c.encode_utf8(&mut [0; 4])).is_none());
    match kept().count() {
        0 if !text.is_empty() => "…".to_owned(),
        count if count <= HOLE => kept().collect(),
        _ => kept().take(HOLE - 1).chain(['…']).collect(),
    }
}

impl Template {
    /// The text as it is filed with a provider, its holes as they are written there.
    #[must_use]
    pub fn text(&self) -> String {
        written(&self.pieces)
    }

    fn fixed(&self) -> usize {
        let words = |piece: &Piece| if let Piece::Words(words) = piece { words.chars().count() } else { 0 };
        self.pieces.iter().map(words).sum()
    }

    /// The values that make this text the given one; none where it can't be.
    #[must_use]
    pub fn values(&self, body: &str) -> Option<Vec<(String, String)>> {
        let mut dead = vec![vec![false; body.len() + 1]; self.pieces.len() + 1];
        let mut ends = Vec::new();
        if !matched(&self.pieces, body, 0, 0, &mut dead, &mut ends) {
            return None;
        }
        let holes = self.pieces.iter().filter_map(|p| if let Piece::Hole(name) = p { Some(name) } else { None });
        ends.reverse();
        holes.zip(ends).map(|(name, (from, to))| Some((name.clone(), body.get(from..to)?.to_owned()))).collect()
    }

    /// Whether two texts are the same but for the names of their holes.
    #[must_use]
    pub fn same_words(&self, pieces: &[Piece]) -> bool {
        let same = |(a, b): (&Piece, &Piece)| match (a, b) {
            (Piece::Words(a), Piece::Words(b)) => a == b,
            (Piece::Hole(_), Piece::Hole(_)) => true,
            _ => false,
        };
        self.pieces.len() == pieces.len() && self.pieces.iter().zip(pieces).all(same)
    }
}

/// Pieces as they are written.
#[must_use]
pub fn written(pieces: &[Piece]) -> String {
    pieces.iter().fold(String::new(), |mut text, piece| {
        let _ = match piece {
            Piece::Words(words) => write!(text, "{words}"),
            Piece::Hole(name) if name.bytes().all(|b| b.is_ascii_digit()) => write!(text, "{{{name}}}"),
            Piece::Hole(name) => write!(text, "${{{name}}}"),
        };
        text
    })
}

/// Matches pieces from `piece` on against the body from `at` on; a place that can't match is tried once only. The
/// holes' places come out last first.
fn matched(
    pieces: &[Piece],
    body: &str,
    piece: usize,
    at: usize,
    dead: &mut [Vec<bool>],
    ends: &mut Vec<(usize, usize)>,
) -> bool {
    if dead.get(piece).and_then(|row| row.get(at)).copied().unwrap_or(true) {
        return false;
    }
    let rest = body.get(at..).unwrap_or("");
    let found = match pieces.get(piece) {
        None => rest.is_empty(),
        Some(Piece::Words(words)) => {
            rest.starts_with(words.as_str()) && matched(pieces, body, piece + 1, at + words.len(), dead, ends)
        }
        Some(Piece::Hole(_)) => {
            let mut stops = rest.char_indices().map(|(i, c)| at + i + c.len_utf8());
            let stop = stops.find(|stop| matched(pieces, body, piece + 1, *stop, dead, ends));
            if let Some(stop) = stop {
                ends.push((at, stop));
            }
            stop.is_some()
        }
    };
    if !found && let Some(mark) = dead.get_mut(piece).and_then(|row| row.get_mut(at)) {
        *mark = true;
    }
    found
}

/// Reads a text with holes `${name}` or `{1}`.
fn pieces(text: &str) -> Result<Vec<Piece>, Message> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(msg!("filed.empty"));
    }
    while let Some(start) = rest.find('{') {
        let before = rest.get(..start).unwrap_or("");
        let (name, after) = rest.get(start + 1..).and_then(|r| r.split_once('}')).ok_or_else(|| msg!("filed.open"))?;
        let named = before.strip_suffix('$');
        let digits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit());
        let word = name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !(named.is_some() && word || named.is_none() && digits) {
            return Err(msg!("filed.hole", name = name));
        }
        let words = named.unwrap_or(before);
        if words.is_empty() && matches!(pieces.last(), Some(Piece::Hole(_))) {
            return Err(msg!("filed.side_by_side", name = name));
        }
        if pieces.iter().any(|p| matches!(p, Piece::Hole(other) if other == name)) {
            return Err(msg!("filed.hole_twice", name = name));
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(words.to_owned()));
        }
        pieces.push(Piece::Hole(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    let fixed = pieces.iter().filter_map(|p| if let Piece::Words(w) = p { Some(w.as_str()) } else { None });
    match fixed.clone().find_map(forbidden) {
        Some(bad) => Err(msg!("filed.forbidden", character = bad)),
        None if fixed.count() == 0 => Err(msg!("filed.empty")),
        None => Ok(pieces),
    }
}

#[cfg(test)]
mod tests;
