//! A site's identity: sixteen letters and digits made once, by which nothing else is named in the world.
//!
//! In: the site file, or random bytes. Out: the identity; the file with a line for it. Can't happen: one that doesn't
//! fit into a host name, a file name or an MQTT client identifier as it stands; a word of the file changed by the line.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};

use crate::msg;
use crate::text::Lang;

/// Crockford's base 32 in lower case: no letter is taken for a digit.
pub const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Sixteen of them: 80 bits.
const LENGTH: usize = 16;

/// An identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(String);

impl Identity {
    /// A new one; none where the system gives no random bytes.
    #[must_use]
    pub fn random() -> Option<Self> {
        let mut bytes = [0; LENGTH];
        SystemRandom::new().fill(&mut bytes).ok()?;
        Some(Self(bytes.iter().map(|byte| char::from(DIGITS[usize::from(byte % 32)])).collect()))
    }

    /// Reads one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == LENGTH && text.bytes().all(|byte| DIGITS.contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A site file's text with this identity: its line is replaced, or put before the first line that is no comment. A
    /// byte order mark stays first.
    #[must_use]
    pub fn put(&self, source: &str, lang: Lang) -> String {
        let (mark, source) = source.strip_prefix('\u{feff}').map_or(("", source), |rest| ("\u{feff}", rest));
        let line = format!("identity = \"{self}\"");
        let mut start = 0;
        for old in source.split_inclusive('\n') {
            let words = old.trim();
            if words.strip_prefix("identity").is_some_and(|rest| rest.trim_start().starts_with('=')) {
                let end = start + old.trim_end_matches(['\n', '\r']).len();
                return format!("{mark}{}{line}{}", &source[..start], &source[end..]);
            }
            if !words.is_empty() && !words.starts_with('#') {
                break;
            }
            start += old.len();
        }
        let ending = if source.contains("\r\n") { "\r\n" } else { "\n" };
        let comment = msg!("identity.comment").text(lang);
        let before = if start > 0 && !source[..start].ends_with('\n') { ending } else { "" };
        let (head, rest) = source.split_at(start);
        format!("{mark}{head}{before}# {comment}{ending}{line}{ending}{ending}{rest}")
    }
}

/// A name that is one of a site's: the site's identity stands before it, where it has one.
#[must_use]
pub fn before(site: &str, name: &str) -> String {
    if site.is_empty() { name.to_owned() } else { format!("{site}.{name}") }
}

/// The site whose identity stands before a name; empty where none does.
#[must_use]
pub fn named_in(name: &str) -> &str {
    name.split_once('.').map(|(site, _)| site).filter(|site| Identity::parse(site).is_some()).unwrap_or("")
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_never_the_same_and_each_can_be_read_back() {
        let (one, other) = (Identity::random().expect("random"), Identity::random().expect("random"));
        assert_ne!(one, other);
        assert_eq!(Identity::parse(one.as_str()), Some(one));
        for odd in
            ["", "0123456789abcde", "0123456789abcdefg", "0123456789ABCDEF", "0123456789abcdeu", "0123456789abcde."]
        {
            assert_eq!(Identity::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_site_before_a_name_is_found_again_and_no_other_word_is_taken_for_one() {
        for site in ["", "0123456789abcdef"] {
            for name in ["ozone.r1.email.abc", "example.com", "cuofeng", ""] {
                assert_eq!(named_in(&before(site, name)), site, "{name}");
            }
        }
        assert_eq!(before("", "example.com"), "example.com");
        assert_eq!(before("0123456789abcdef", "example.com"), "0123456789abcdef.example.com");
    }

    #[test]
    fn its_line_leaves_every_other_word_of_the_file_where_it_was() {
        let identity = Identity::parse("0123456789abcdef").expect("an identity");
        for source in [
            "[site]\nname = \"x\"\n",
            "# 站点\n# 第二行\n\n[site]\r\nname = \"identity = 3\"\n",
            "\u{feff}# x\r\n[site]\r\n",
            "schedule.cycle = \"0 8 * * *\"\n[site]\nidentity_of = 3",
            "# nothing but this",
            "",
        ] {
            let put = identity.put(source, Lang::Zh);
            let table: toml::Table = put.trim_start_matches('\u{feff}').parse().expect("TOML");
            assert_eq!(table["identity"].as_str(), Some("0123456789abcdef"), "{put}");
            let comment = msg!("identity.comment").text(Lang::Zh);
            let kept: Vec<&str> =
                put.lines().filter(|l| *l != "identity = \"0123456789abcdef\"" && !l.ends_with(&comment)).collect();
            let (old, new): (Vec<&str>, Vec<&str>) = (
                source.lines().filter(|l| !l.trim().is_empty()).collect(),
                kept.into_iter().filter(|l| !l.trim().is_empty()).collect(),
            );
            assert_eq!(old, new, "{source:?}");
            let other = Identity::parse("zzzzzzzzzzzzzzzz").expect("an identity");
            let again = other.put(&put, Lang::En);
            assert_eq!(again, put.replace("0123456789abcdef", "zzzzzzzzzzzzzzzz"), "put twice it is replaced");
        }
    }
}
