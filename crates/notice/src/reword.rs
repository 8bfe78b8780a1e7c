//! Words that a person puts for others in a draft.
//!
//! In: the notices of a draft, words and what is put for them. Out: the notices with those words. Can't happen: words of
//! statutory warnings brought in by hand.

use crate::{Notice, brought_in};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// A draft's notices with other words, under the next revision's number.
///
/// # Errors
/// Words that stand nowhere, or words that only an official order may bring in.
pub fn reworded(old: &[Notice], pairs: &[(&str, &str)], numbers: (u32, u32)) -> Result<Vec<Notice>, Message> {
    let stands = |word: &str| {
        old.iter()
            .flat_map(|n| &n.parts)
            .any(|p| p.body.stretches().chain([p.subject.as_str()]).any(|words| words.contains(word)))
    };
    if let Some((missing, _)) = pairs.iter().find(|(word, _)| word.is_empty() || !stands(word)) {
        return Err(msg!("drafts.stands_nowhere", word = *missing));
    }
    let put = |text: &str| pairs.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    let mut notices = old.to_vec();
    for notice in &mut notices {
        // A revision's number stands in its notices' keys.
        notice.key = notice.key.replacen(&format!(".r{}.", numbers.0), &format!(".r{}.", numbers.1), 1);
        let steps = notice.reserve.iter_mut().map(|step| &mut step.part);
        for part in notice.parts.iter_mut().chain(steps) {
            let (subject, body) = (put(&part.subject), part.body.each(put));
            let before = format!("{}{}", part.subject, part.body.text());
            if let Some(word) = brought_in(&before, &format!("{subject}{}", body.text())) {
                return Err(msg!("drafts.colour", word = word));
            }
            (part.subject, part.body) = (subject, body);
        }
    }
    Ok(notices)
}
