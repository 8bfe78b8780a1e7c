//! A letter as a mail.
//!
//! In: a letter. Out: its words as text and as HTML, which can't differ because one is made from the other. Can't happen:
//! a message that is not the same when it is made again (its Message-ID and boundaries follow from its key).

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use sha2::Digest;

use crate::channel::Letter;
use crate::notice::Enclosure;

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

/// The letter as a message. Its Message-ID follows from its key, so that a copy can be recognised.
///
/// # Errors
/// Sender or recipient is not an address.
pub fn message(letter: &Letter, from: &Mailbox, reply_to: Option<&Mailbox>) -> Result<Message, MessageError> {
    let to: Address = letter.address.parse()?;
    let host = from.email.domain();
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(Some(letter.name.clone()), to))
        .subject(letter.subject.clone())
        .message_id(Some(format!("<{}@{host}>", letter.key)))
        .date(letter.date.into());
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to.clone());
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

/// A file as a part. Its name is written as RFC 2231 wants it; mail programs that don't read that take the plain one.
fn enclosed(file: &Enclosure) -> Result<SinglePart, MessageError> {
    let kind = ContentType::parse(&format!("{}; name=\"{}\"", file.kind, file.plain_name));
    let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64);
    let body = body.unwrap_or_else(Body::new);
    Ok(SinglePart::builder()
        .header(kind.map_err(|_| MessageError::Kind(file.kind.clone()))?)
        .header(ContentDisposition::attachment(&file.name))
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
    let digest = sha2::Sha256::digest(key.as_bytes());
    let mut text: String = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    text.truncate(digits);
    text
}

/// The envelope sender to which a letter's bounce comes back (VERP): `bounces+NUMBER-MARK@example.com`.
pub(super) fn return_path(bounces: &Address, letter: &Letter) -> Result<Address, MessageError> {
    let user = format!("{}+{}-{}", bounces.user(), letter.number, token(&letter.key, 12));
    Ok(Address::new(user, bounces.domain())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_says_what_the_text_says_and_runs_nothing() {
        let page = html("厂名<script>alert(1)</script> & \"甲\"\n\n　　时间\n");
        assert!(page.contains("厂名&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;甲&quot;</p>"), "{page}");
        assert!(page.contains("<p style=\"margin:0\">　　时间</p>"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }

    #[test]
    fn each_letter_has_its_own_return_path() {
        let bounces: Address = "bounces@example.com".parse().expect("an address");
        let letter = |number, key: &str| Letter {
            number,
            key: key.into(),
            form: crate::config::Form::Email,
            name: String::new(),
            address: String::new(),
            subject: String::new(),
            body: String::new(),
            enclosures: std::sync::Arc::default(),
            date: chrono::DateTime::UNIX_EPOCH,
            playing: None,
            with: Vec::new(),
        };
        let path = |letter| return_path(&bounces, &letter).expect("an address").to_string();
        let one = path(letter(7, "a"));
        assert!(one.starts_with("bounces+7-") && one.ends_with("@example.com") && one.len() < 64, "{one}");
        assert_ne!(one, path(letter(7, "b")));
    }
}
