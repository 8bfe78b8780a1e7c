//! Words with places in which letters' codes are put at the moment of sending.
//!
//! In: words as a template makes them, round marks that stand for codes. Out: the words, and beside them where each code
//! belongs. Can't happen: a place that words from outside have made. A place is no character: it stands beside the words,
//! as a number of bytes. While a template is rendered, a code's mark is a digest of everything that goes in, and no text
//! can hold the digest of itself; right behind the render the marks are taken out, wherever the words go afterwards.

use std::fmt::Write as _;

use sha2::Digest;

/// A code as it looks at its longest: for what must be counted or shown before it is known.
pub const EXAMPLE: &str = "zzzzzzz-0123456789abcdef";

/// More letters than go in any message: a place for the code of one beyond them is none.
const LETTERS: u32 = 1000;

/// Where a code belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Bytes of the words before it.
    at: usize,
    /// Whose code: 0 the letter's own, from 1 on those of the letters that go in its message.
    of: u32,
}

/// Words with places for codes, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placed {
    text: String,
    places: Vec<Place>,
}

impl From<String> for Placed {
    fn from(text: String) -> Self {
        Self { text, places: Vec::new() }
    }
}

impl From<&str> for Placed {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Placed {
    /// What `make` makes of marks for so many letters' codes. `inputs` is everything else that the words are made of; a
    /// mark that does not come out whole was cut by who made the words, and is no place.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn made<E>(inputs: &str, count: u32, make: impl FnOnce(&[String]) -> Result<String, E>) -> Result<Self, E> {
        let marks: Vec<String> = (0..count).map(|of| mark(inputs, of)).collect();
        let marked = make(&marks)?;
        let mut whole = Self::default();
        let mut rest = marked.as_str();
        loop {
            let found =
                marks.iter().zip(0..).filter_map(|(mark, of)| Some((rest.find(mark.as_str())?, mark.len(), of)));
            let Some((at, length, of)) = found.min() else { break };
            whole.text.push_str(rest.get(..at).unwrap_or(""));
            whole.places.push(Place { at: whole.text.len(), of });
            rest = rest.get(at + length..).unwrap_or("");
        }
        whole.text.push_str(rest);
        Ok(whole)
    }

    /// The words alone.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether any code belongs in it.
    #[must_use]
    pub const fn has_places(&self) -> bool {
        !self.places.is_empty()
    }

    /// Where codes belong: bytes of the words before each, and whose it is.
    pub fn places(&self) -> impl Iterator<Item = (usize, u32)> {
        self.places.iter().map(|place| (place.at, place.of))
    }

    /// The stretches of words between the places: one more than there are places.
    pub fn stretches(&self) -> impl Iterator<Item = &str> {
        let ends = self.places.iter().map(|place| place.at).chain([self.text.len()]);
        let starts = std::iter::once(0).chain(self.places.iter().map(|place| place.at));
        starts.zip(ends).map(|(start, end)| self.text.get(start..end).unwrap_or(""))
    }

    /// The words with something in the place of each code.
    #[must_use]
    pub fn filled(&self, code: impl Fn(u32) -> String) -> String {
        let mut text = String::with_capacity(self.text.len() + 32 * self.places.len());
        let mut places = self.places.iter();
        for words in self.stretches() {
            text.push_str(words);
            if let Some(place) = places.next() {
                text.push_str(&code(place.of));
            }
        }
        text
    }

    /// The words with a code's example in each place.
    #[must_use]
    pub fn example(&self) -> String {
        self.filled(|_| EXAMPLE.to_owned())
    }

    /// The words with `word` instead of each code and of the address in front of it.
    #[must_use]
    pub fn without(&self, address: &str, word: &str) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut left = self.places.len();
        for words in self.stretches() {
            if left == 0 {
                text.push_str(words);
            } else {
                text.push_str(words.strip_suffix(address).unwrap_or(words));
                text.push_str(word);
                left -= 1;
            }
        }
        text
    }

    /// Each stretch of words changed by itself; the places stay between them.
    #[must_use]
    pub fn each(&self, change: impl Fn(&str) -> String) -> Self {
        let mut whole = Self::default();
        let mut places = self.places.iter();
        for words in self.stretches() {
            whole.text.push_str(&change(words));
            if let Some(place) = places.next() {
                whole.places.push(Place { at: whole.text.len(), of: place.of });
            }
        }
        whole
    }

    /// The whole set into other words, which leave it as it is.
    #[must_use]
    pub fn set(&self, into: impl FnOnce(&str) -> String) -> Self {
        let count = self.places.iter().map(|place| place.of + 1).max().unwrap_or(0);
        let mark = |marks: &[String], of: u32| {
            usize::try_from(of).ok().and_then(|of| marks.get(of)).cloned().unwrap_or_default()
        };
        let made: Result<Self, std::convert::Infallible> =
            Self::made(&self.text, count, |marks| Ok(into(&self.filled(|of| mark(marks, of)))));
        match made {
            Ok(whole) => whole,
        }
    }

    /// The words without white space behind.
    #[must_use]
    pub fn trim_end(&self) -> Self {
        let last = self.places.last().map_or(0, |place| place.at);
        let end = self.text.trim_end().len().max(last);
        Self { text: self.text.get(..end).unwrap_or("").to_owned(), places: self.places.clone() }
    }

    /// The places as they are stored beside the words: empty where there are none.
    #[must_use]
    pub fn stored(&self) -> String {
        if self.places.is_empty() {
            return String::new();
        }
        let pairs: Vec<(usize, u32)> = self.places().collect();
        serde_json::to_string(&pairs).unwrap_or_default()
    }

    /// Words with their places as they were stored; none where those are not places of these words.
    #[must_use]
    pub fn read(text: String, stored: &str) -> Option<Self> {
        let pairs: Vec<(usize, u32)> =
            if stored.is_empty() { Vec::new() } else { serde_json::from_str(stored).ok()? };
        let ordered = pairs.windows(2).all(|pair| pair[0].0 <= pair[1].0);
        let inside = pairs.iter().all(|(at, of)| text.is_char_boundary(*at) && *of < LETTERS);
        let places = pairs.into_iter().map(|(at, of)| Place { at, of }).collect();
        (ordered && inside).then_some(Self { text, places })
    }
}

/// What stands for the code of letter `of` while words are made of these inputs: figures between two lines, so that no
/// filter of a template changes it and none is found a character too early.
fn mark(inputs: &str, of: u32) -> String {
    let mut sum = sha2::Sha256::new_with_prefix(inputs.as_bytes());
    sum.update(of.to_le_bytes());
    let mut mark = String::from("_");
    for pair in sum.finalize().as_chunks::<2>().0 {
        let _ = write!(mark, "{:05}", u16::from_le_bytes(*pair));
    }
    mark.push('_');
    mark
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words round the codes of letters.
    fn words() -> impl Strategy<Value = Placed> {
        (proptest::collection::vec((".{0,12}", 0..3_u32), 0..4), ".{0,12}").prop_map(|(parts, last)| {
            let inputs = format!("{parts:?}{last}");
            let made: Result<Placed, ()> = Placed::made(&inputs, 3, |marks| {
                let all = parts.iter().fold(String::new(), |all, (words, of)| all + words + &marks[*of as usize]);
                Ok(all + &last)
            });
            made.expect("words")
        })
    }

    proptest! {
        #[test]
        fn whatever_the_words_a_code_stands_where_it_was_put_and_nowhere_else(
            before in any::<String>(), behind in any::<String>(), other in any::<String>(),
        ) {
            let inputs = format!("{before}\0{behind}\0{other}");
            // Nor does a mark of other words make a place in these.
            let forged = format!("{before}{}{}", mark(&other, 0), mark("", 1));
            let made: Result<Placed, ()> =
                Placed::made(&inputs, 1, |marks| Ok(format!("{forged}{}{behind}", marks[0])));
            let made = made.expect("words");
            prop_assert_eq!(made.text(), format!("{forged}{behind}"));
            prop_assert_eq!(made.places().collect::<Vec<_>>(), [(forged.len(), 0)]);
            prop_assert_eq!(made.filled(|of| format!("<{of}>")), format!("{forged}<0>{behind}"));
        }

        #[test]
        fn places_move_with_their_words(words in words()) {
            let code = |of: u32| format!("<{of}>");
            let filled = words.filled(code);
            prop_assert_eq!(Placed::read(words.text().to_owned(), &words.stored()), Some(words.clone()));
            prop_assert_eq!(words.set(|text| format!("前{text}后")).filled(code), format!("前{filled}后"));
            prop_assert_eq!(words.each(str::to_owned), words.clone());
            let trimmed = words.trim_end().filled(code);
            prop_assert_eq!(trimmed.trim_end(), filled.trim_end());
            prop_assert_eq!(words.stretches().count(), words.places().count() + 1);
            prop_assert_eq!(words.without("\u{fffff}", "<0>"), words.filled(|_| "<0>".into()));
        }
    }

    #[test]
    fn an_address_goes_with_its_code_and_stays_where_it_has_none() {
        let made: Result<Placed, ()> =
            Placed::made("", 1, |marks| Ok(format!("见 https://a/n/{} 或 https://a/n/ 。", marks[0])));
        assert_eq!(made.expect("words").without("https://a/n/", "本页"), "见 本页 或 https://a/n/ 。");
    }

    #[test]
    fn places_that_are_none_of_the_words_are_refused() {
        for stored in ["[[4,0]]", "[[1,0]]", "[[3,0],[0,0]]", "[[-1,0]]", "[[0,4294967295]]", "x", "{}"] {
            assert_eq!(Placed::read("错".into(), stored), None, "{stored}");
        }
        assert_eq!(
            Placed::read("错".into(), "[[0,0],[3,1]]").map(|p| p.filled(|of| of.to_string())),
            Some("0错1".into())
        );
    }
}
