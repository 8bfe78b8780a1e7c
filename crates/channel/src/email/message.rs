//! A letter as a mail.
//!
//! In: a letter. Out: its words as text and as HTML, which can't differ because one is made from the other. Can't happen:
//! a message that is not the same when it is made again (its Message-ID and boundaries follow from its key).

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use sha2::Digest;

use crate::Letter;
use cuofeng_base::text::{hex, outside};
use cuofeng_base::word::identity;
use cuofeng_notice::Enclosure;

/// How many earlier messages a mail names.
const THREAD: usize = 5;

/// Why a letter can't be made into a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Sender or recipient is not an address.
    #[error("not a mail address")]
    Address(#[from] lettre::address::AddressError),
    /// The parts don't make a message.
    #[error("mail: {0}")]
    Message(#[from] lettre::error::Error),
    /// A file's kind is none.
    #[error("not a kind of file: {0}")]
    Kind(String),
    /// The site's key does not sign.
    #[error("the mail can't be signed with the site's DKIM key")]
    Signature,
}

/// The letter as a message. Its Message-ID follows from its key and its site, so that a copy can be recognised, and
/// another site's letter is none.
///
/// # Errors
/// Sender or recipient is not an address.
pub fn message(letter: &Letter, from: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Message, MessageError> {
    let to: Address = letter.address.parse()?;
    let host = identity::before(&outside::line(&letter.site), from.email.domain());
    let mut builder = Message::builder()
        .from(named(from))
        .to(Mailbox::new(Some(outside::line(&letter.name)), to))
        .subject(outside::line(&letter.subject))
        .message_id(Some(format!("<{}@{host}>", outside::line(&letter.key))))
        .date(letter.date.into());
    // Mail programs show what has changed below what it changes.
    let ids: Vec<String> =
        letter.after.iter().map(|key| format!("<{}@{host}>", outside::line(key))).rev().take(THREAD).collect();
    if let Some(last) = ids.first() {
        let all = ids.iter().rev().map(String::as_str).collect::<Vec<_>>().join(" ");
        builder = builder.in_reply_to(last.clone()).references(all);
    }
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(named(reply_to));
    }
    let multipart = |kind, boundary| MultiPart::builder().kind(kind).boundary(boundary);
    let words = multipart(MultiPartKind::Alternative, format!("=_{}", token(&letter.key, 24)));
    let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.body.clone());
    let rich = SinglePart::builder().header(ContentType::TEXT_HTML).body(html(&letter.body));
    let words = words.singlepart(plain).singlepart(rich);
    let whole = if letter.enclosures.is_empty() {
        words
    } else {
        let whole = multipart(MultiPartKind::Mixed, format!("=_{}-files", token(&letter.key, 24))).multipart(words);
        letter
            .enclosures
            .iter()
            .map(enclosed)
            .try_fold(whole, |whole, file| Ok::<_, MessageError>(whole.singlepart(file?)))?
    };
    let mut message = builder.multipart(whole)?;
    // RFC 3834: no vacation answers, please.
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".to_owned()));
    Ok(message)
}

/// A mailbox whose name a header can hold: lettre panics at a line break or NUL in one.
fn named(mailbox: &Mailbox) -> Mailbox {
    Mailbox::new(mailbox.name.as_deref().map(outside::line), mailbox.email.clone())
}

/// A file as a part. Its name is written as RFC 2231 wants it; mail programs that don't read that take the plain one.
fn enclosed(file: &Enclosure) -> Result<SinglePart, MessageError> {
    let kind = ContentType::parse(&format!("{}; name=\"{}\"", file.kind, file.plain_name));
    let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64);
    let body = body.unwrap_or_else(Body::new);
    Ok(SinglePart::builder()
        .header(kind.map_err(|_| MessageError::Kind(file.kind.clone()))?)
        .header(ContentDisposition::attachment(&outside::line(&file.name)))
        .body(body))
}

/// The words as HTML: a line a paragraph, a blank line a gap, nothing that loads from anywhere.
fn html(text: &str) -> String {
    let mut page = String::from(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>\n\
         <body style=\"font-size:16px;line-height:1.7;max-width:42em\">\n",
    );
    for line in text.trim_end().lines() {
        if line.trim().is_empty() {
            page.push_str("<p style=\"margin:0\">&nbsp;</p>\n");
            continue;
        }
        page.push_str("<p style=\"margin:0\">");
        for letter in line.chars() {
            match letter {
                '&' => page.push_str("&amp;"),
                '<' => page.push_str("&lt;"),
                '>' => page.push_str("&gt;"),
                '"' => page.push_str("&quot;"),
                other => page.push(other),
            }
        }
        page.push_str("</p>\n");
    }
    page.push_str("</body></html>\n");
    page
}

/// A short mark of a letter, in hexadecimal digits.
pub(super) fn token(key: &str, digits: usize) -> String {
    let mut text = hex(&sha2::Sha256::digest(key.as_bytes()));
    text.truncate(digits);
    text
}

/// The envelope sender to which a letter's bounce comes back (VERP): `bounces+NUMBER-MARK@example.com`.
pub(super) fn return_path(bounces: &Address, letter: &Letter) -> Result<Address, MessageError> {
    let user =
        format!("{}+{}-{}", bounces.user(), letter.number, token(&identity::before(&letter.site, &letter.key), 12));
    Ok(Address::new(user, bounces.domain())?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text with breaks and commands in it.
    fn odd() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a甲\\x00-\\x1f\\x7f\"\\\\<>@:;,\\r\\n ]{0,20}",
            Just("甲\r\nBcc: a@example.com".to_owned())
        ]
    }

    #[test]
    fn html_says_what_the_text_says_and_runs_nothing() {
        let page = html("厂名<script>alert(1)</script> & \"甲\"\n\n　　时间\n");
        assert!(page.contains("厂名&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;甲&quot;</p>"), "{page}");
        assert!(page.contains("<p style=\"margin:0\">　　时间</p>"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }

    proptest! {
        #[test]
        fn any_words_make_a_mail_or_say_why_not(
            name in odd(), subject in odd(), body in odd(), key in odd(), address in odd(), file in odd(), kind in odd(),
        ) {
            let from = Mailbox::new(Some(name.clone()), "office@example.com".parse().expect("an address"));
            let file = Enclosure { name: file.clone(), plain_name: file, kind, bytes: body.clone().into_bytes() };
            for (address, enclosures) in [(address, vec![file.clone()]), ("someone@example.com".to_owned(), vec![file]), ("someone@example.com".to_owned(), Vec::new())] {
                let plain = enclosures.is_empty();
                let letter = Letter {
                    number: 7,
                    key: key.clone(),
                    site: "x7k2".to_owned(),
                    form: cuofeng_base::word::Form::Email,
                    name: name.clone(),
                    address,
                    subject: subject.clone(),
                    body: body.clone(),
                    enclosures: enclosures.into(),
                    date: chrono::DateTime::UNIX_EPOCH,
                    playing: None,
                    with: Vec::new(),
                    after: vec![key.clone(), body.clone()],
                };
                let made = message(&letter, &from, Some(&from)).map(|mail| String::from_utf8_lossy(&mail.formatted()).into_owned());
                prop_assert!(made.is_ok() || !plain, "{:?}", made.err());
                let Ok(mail) = made else { continue };
                let head = mail.split("\r\n\r\n").next().unwrap_or_default();
                // No header more than there is without any words.
                let own = ["From", "To", "Subject", "Message-ID", "Date", "Reply-To", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version", "Content-Type"];
                for line in head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
                    let name = line.split(':').next().unwrap_or_default();
                    prop_assert!(own.contains(&name), "{line:?}");
                    prop_assert!(!line.contains(char::is_control), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn each_letter_has_its_own_return_path() {
        let bounces: Address = "bounces@example.com".parse().expect("an address");
        let letter = |number, key: &str| Letter {
            number,
            key: key.into(),
            site: String::new(),
            form: cuofeng_base::word::Form::Email,
            name: String::new(),
            address: String::new(),
            subject: String::new(),
            body: String::new(),
            enclosures: std::sync::Arc::default(),
            date: chrono::DateTime::UNIX_EPOCH,
            playing: None,
            with: Vec::new(),
            after: Vec::new(),
        };
        let path = |letter| return_path(&bounces, &letter).expect("an address").to_string();
        let one = path(letter(7, "a"));
        assert!(one.starts_with("bounces+7-") && one.ends_with("@example.com") && one.len() < 64, "{one}");
        assert_ne!(one, path(letter(7, "b")));
    }
}
