//! Notices of an exercise: marked in every text, to a list of addresses alone.
//!
//! In: a notice and the list. Out: what of it may go out. Can't happen: a text without its mark; an address that is not
//! on the list.

use super::{Notice, Part, Reserve};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Form;

/// The notice as an exercise sends it; nothing where none of its addresses is on the list.
#[must_use]
pub fn marked(notice: Notice, to: &[String], lang: Lang) -> Option<Notice> {
    let listed = |part: &Part| to.iter().any(|address| address.trim().eq_ignore_ascii_case(&part.address));
    let first = notice.reserve.first().map(|first| first.part.clone());
    let mut parts: Vec<Part> = notice.parts.into_iter().filter(listed).collect();
    let mut reserve = notice.reserve;
    reserve.retain(|step| listed(&step.part));
    // The first step of its order that is on the list takes the place of one that is not.
    let begins = reserve.first().map(|step| step.part.clone()).filter(|part| Some(part) != first.as_ref());
    parts.extend(begins);
    if reserve.len() < 2 {
        reserve.clear();
    }
    let parts: Vec<Part> = parts.into_iter().map(|part| mark(part, lang)).collect();
    let reserve = reserve.into_iter().map(|step| Reserve { part: mark(step.part, lang), ..step }).collect();
    (!parts.is_empty()).then_some(Notice { parts, reserve, ..notice })
}

fn mark(part: Part, lang: Lang) -> Part {
    let tag = msg!("exercise.tag").text(lang);
    let body = match part.form {
        Form::Speech => part.body.set(|text| msg!("exercise.speech", text = text).text(lang)),
        Form::Email => part.body.set(|text| msg!("exercise.letter", text = text).text(lang)),
        Form::Sms => part.body.set(|text| sms(text, lang)),
    };
    let subject = if part.form == Form::Email { format!("{tag}{}", part.subject) } else { String::new() };
    Part { subject, body, ..part }
}

/// A short message as an exercise sends it: it begins with its signature, and the mark comes behind that. The mark has
/// round brackets, for providers keep the others to the signature.
#[must_use]
pub fn sms(body: &str, lang: Lang) -> String {
    match body.split_once('】').filter(|(head, _)| head.starts_with('【')) {
        Some((head, rest)) => format!("{head}】{}", msg!("exercise.sms", text = rest).text(lang)),
        None => msg!("exercise.sms", text = body).text(lang),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::{Audience, Purpose};

    #[test]
    fn every_text_of_an_exercise_is_marked_and_reaches_the_list_alone() {
        let part = |form, address: &str, body: &str| Part {
            form,
            address: address.into(),
            subject: "题".into(),
            body: body.into(),
            by_hand: false,
        };
        let notice = Notice {
            key: "k".into(),
            purpose: Purpose::Raise,
            audience: Audience::Enterprise,
            recipient: "e".into(),
            name: "企业".into(),
            parts: vec![
                part(Form::Email, "A@example.com", "正文"),
                part(Form::Sms, "10000000001", "【某办】正文"),
                part(Form::Sms, "10000000002", "【某办】正文"),
                part(Form::Speech, "speaker-01", "村民朋友们，正文。"),
            ],
            enclosures: Vec::new(),
            reserve: Vec::new(),
            not_before: DateTime::<Utc>::UNIX_EPOCH,
            expires_at: DateTime::<Utc>::UNIX_EPOCH,
            ask_hours: None,
            about: None,
            gist: None,
        };
        let to = ["a@example.com".to_owned(), "10000000001".to_owned(), "speaker-01".to_owned()];
        let parts = marked(notice.clone(), &to, Lang::Zh).expect("some are on the list").parts;
        let words: Vec<(&str, &str)> = parts.iter().map(|p| (p.subject.as_str(), p.body.text())).collect();
        assert_eq!(parts.len(), 3, "{words:?}");
        assert!(words[0].0.starts_with("【演练】") && words[0].1.contains("演练"), "{words:?}");
        assert!(words[1].1.starts_with("【某办】（演练）"), "{words:?}");
        assert!(words[2].1.starts_with("现在是演练") && words[2].1.ends_with("以上是演练。"), "{words:?}");
        assert_eq!(marked(notice, &[], Lang::Zh), None);
    }
}
