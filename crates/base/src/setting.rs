//! The site file while it is read: its text, and what was found wrong in it so far.
//!
//! In: values with their places. Out: checked values, or a problem at the place of each that is wrong. Can't happen: a
//! problem without a place; a secret in the file (only the name of a variable or of a file that holds it).

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use toml::Spanned;

use crate::file::Access;
use crate::msg;
use crate::problem::Problem;
use crate::text::{Lang, Message};
use crate::word::Limit;

/// The site file's name inside the site folder.
pub const FILE: &str = "cuofeng.toml";

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file, relative to the site; its last line break is cut.
    File(String),
}

/// The site file while it is read.
#[derive(Debug)]
pub struct SiteText {
    /// The file's text.
    pub text: Arc<str>,
    /// The site's language.
    pub lang: Lang,
    /// What was found wrong so far.
    pub problems: Vec<Problem>,
}

impl SiteText {
    /// Adds a problem at its place.
    pub fn problem(&mut self, range: Range<usize>, what: Message, advice: Message) {
        self.problems.push(Problem::span(FILE, &self.text, range, what, advice));
    }

    /// A number in a range, or the usual one.
    pub fn number(&mut self, value: Option<Spanned<u32>>, usual: u32, range: RangeInclusive<u32>) -> u32 {
        let Some(value) = value else { return usual };
        if !range.contains(value.get_ref()) {
            let what = msg!("config.range", from = *range.start(), to = *range.end());
            self.problem(value.span(), what, msg!("config.range_advice"));
        }
        value.into_inner()
    }

    /// A path that stays inside the site folder.
    pub fn inside(&mut self, path: Spanned<String>) -> String {
        let relative = std::path::Path::new(path.get_ref())
            .components()
            .all(|c| matches!(c, std::path::Component::Normal(_) | std::path::Component::CurDir));
        if !relative || path.get_ref().is_empty() {
            self.problem(path.span(), msg!("config.path"), msg!("config.path_advice"));
        }
        path.into_inner()
    }

    /// Limits as written, those that can be read.
    pub fn limits(&mut self, written: Vec<Spanned<String>>) -> Vec<Limit> {
        let mut limits = Vec::new();
        for text in written {
            let Some(limit) = Limit::parse(text.get_ref()) else {
                let what = msg!("config.limit", value = text.get_ref());
                self.problem(text.span(), what, msg!("config.limit_advice"));
                continue;
            };
            limits.push(limit);
        }
        limits
    }

    /// Who may read the files of a folder, by the mode that they get.
    pub fn access(&mut self, mode: Option<Spanned<String>>, usual: Access) -> Access {
        let Some(mode) = mode else { return usual };
        let found = Access::parse(mode.get_ref());
        if found.is_none() {
            let what = msg!("config.mode_bits", value = mode.get_ref());
            self.problem(mode.span(), what, msg!("config.mode_bits_advice"));
        }
        found.unwrap_or(usual)
    }

    /// Whether others can open an address as it is written.
    pub fn open_address(&mut self, address: &Spanned<String>) -> bool {
        let plain = |rest: &str| !rest.is_empty() && !rest.contains(['?', '#', ' ', '@']) && rest.is_ascii();
        let text = address.get_ref().trim_end_matches('/');
        let opens = ["https://", "http://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(plain));
        if !opens {
            self.problem(address.span(), msg!("config.console"), msg!("config.console_advice"));
        }
        opens
    }

    /// An address without the slash at its end; plain HTTP only to this machine.
    pub fn address(&mut self, url: &Spanned<String>) -> Option<String> {
        let text = url.get_ref().trim_end_matches('/');
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|l| text.starts_with(l));
        if text.starts_with("https://") || text.starts_with("http://") && local {
            return Some(text.to_owned());
        }
        self.problem(url.span(), msg!("config.url", value = text), msg!("config.url_advice"));
        None
    }

    /// An address by HTTPS, by HTTP to this machine, or, for a gateway in the office's own network, by HTTP anywhere.
    pub fn web_address(&mut self, url: Spanned<String>, plain: bool) -> String {
        let text = url.get_ref();
        let rest = |open: &str| text.strip_prefix(open).is_some_and(|r| r.is_empty() || r.starts_with([':', '/']));
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].into_iter().any(rest);
        if !(text.starts_with("https://") || local || plain && text.starts_with("http://")) {
            self.problem(url.span(), msg!("config.sms_url"), msg!("config.sms_url_advice"));
        }
        url.into_inner()
    }

    /// Checks the seconds that one request may take, 1–60.
    pub fn seconds(&mut self, seconds: u32, span: Range<usize>) {
        if !(1..=60).contains(&seconds) {
            self.problem(span, msg!("config.sms_timeout"), msg!("config.sms_timeout_advice"));
        }
    }

    /// The one place where a secret is kept, if any is named.
    pub fn secret_of(&mut self, span: Range<usize>, env: Option<String>, file: Option<String>) -> Option<SecretSource> {
        match (env, file) {
            (Some(name), None) => Some(SecretSource::Env(name)),
            (None, Some(path)) => Some(SecretSource::File(path)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                self.problem(span, msg!("config.secret_twice"), msg!("config.secret_advice"));
                None
            }
        }
    }
}
