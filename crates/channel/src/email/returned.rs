//! Mail that comes back in a host's own words: the 退信 of the big Chinese hosts is a page in HTML, with or without the
//! mail that it is about.
//!
//! In: a mail that is no report by RFC 3464. Out: what it says of which letter, where it is mail given back. Can't
//! happen: a person's answer, or one by a machine for a person on leave, taken for it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use mail_parser::{HeaderValue, Message, MessageParser, PartType};

use super::fate::{Bounce, Fate, Original, is_head, named, original};

/// How much of a mail's words is kept for its subject to be looked for, in bytes.
const KEPT: usize = 64 << 10;

/// How many characters of a reason are kept.
const REASON: usize = 160;

/// Local parts of those who give mail back.
const SENDERS: [&str; 4] = ["mailer-daemon", "postmaster", "mail-daemon", "maildaemon"];

/// Words of a subject, in small letters: mail that was given back.
const SUBJECTS: [&str; 14] = [
    "退信",
    "投递失败",
    "无法投递",
    "无法送达",
    "未送达",
    "发送失败",
    "延迟投递",
    "投递延迟",
    "undeliver",
    "delivery status",
    "delivery fail",
    "failure notice",
    "returned mail",
    "delayed mail",
];

/// Words that say that the host goes on trying, in small letters.
const GOES_ON: [&str; 7] =
    ["delayed", "will be retried", "will retry", "could not send message for", "延迟", "继续尝试", "正在重试"];

/// Words in front of a reason, in small letters.
const BEFORE_REASON: [&str; 8] =
    ["退信原因", "失败原因", "错误原因", "原因", "出错提示", "服务器返回", "said:", "reason"];

/// What a mail that was given back says; none where it is none, or says nothing of any letter.
pub(super) fn read(mail: &Message<'_>) -> Option<Bounce> {
    if !is_given_back(mail) {
        return None;
    }
    let words = body(mail);
    let (key, site) = original(mail).or_else(|| in_head(mail)).or_else(|| in_words(&words)).unzip();
    let site = site.unwrap_or_default();
    let subject = mail.subject().unwrap_or_default().to_lowercase();
    let lower = words.to_lowercase();
    // A page that gives up may tell of the delay before; one that goes on says nothing of having failed.
    let goes_on = GOES_ON.iter().any(|said| subject.contains(said))
        || GOES_ON.iter().any(|said| lower.contains(said)) && !lower.contains("fail") && !lower.contains("失败");
    let original =
        key.is_none().then(|| Original { addresses: addresses(mail, &words), text: text(mail), date: date(mail) });
    if original.as_ref().is_some_and(|original| original.addresses.is_empty()) {
        return None;
    }
    let fate = if goes_on { Fate::Delayed } else { Fate::Failed };
    Some(Bounce { letter: None, key, site, original, fate, words: reason(&words) })
}

/// Whether a machine gives mail back: it says so in its subject, has no sender to answer or one that is a mail server's,
/// and is nobody's answer.
fn is_given_back(mail: &Message<'_>) -> bool {
    let header = |name: &str| match mail.header(name) {
        Some(HeaderValue::Text(text)) => text.trim().to_lowercase(),
        _ => String::new(),
    };
    if header("Auto-Submitted").starts_with("auto-replied") {
        return false;
    }
    let subject = mail.subject().unwrap_or_default().to_lowercase();
    let from = mail.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default();
    let from = from.split('@').next().unwrap_or_default().to_lowercase();
    let nobody = mail.return_address().is_none_or(|path| path.trim_matches(['<', '>', ' ']).is_empty());
    let machine = SENDERS.contains(&from.as_str()) || from.is_empty() || nobody && from.contains("daemon");
    machine && SUBJECTS.iter().any(|word| subject.contains(word))
}

/// The words of a mail that people read, HTML without its marks.
fn body(mail: &Message<'_>) -> String {
    let count = mail.text_body_count().max(mail.html_body_count());
    let parts: Vec<String> = (0..count).filter_map(|at| mail.body_text(at)).map(std::borrow::Cow::into_owned).collect();
    let mut words = parts.join("\n");
    let mut end = words.len().min(KEPT);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    words.truncate(end);
    words
}

/// All that a mail says, and the subject of what it gives back, without blanks.
pub(super) fn text(mail: &Message<'_>) -> String {
    let mut all = body(mail);
    for part in &mail.parts {
        let subject = match &part.body {
            PartType::Message(given) => given.subject().map(str::to_owned),
            _ if is_head(part) => {
                MessageParser::default().parse(part.contents()).and_then(|head| head.subject().map(str::to_owned))
            }
            _ => None,
        };
        all.push_str(&subject.unwrap_or_default());
    }
    all.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The date of the mail that a mail gives back, whole or its head.
pub(super) fn date(mail: &Message<'_>) -> Option<DateTime<Utc>> {
    let stamp = |mail: &Message<'_>| DateTime::from_timestamp(mail.date()?.to_timestamp(), 0);
    mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(given) => stamp(given),
        _ if is_head(part) => MessageParser::default().parse(part.contents()).as_ref().and_then(stamp),
        _ => None,
    })
}

/// The Message-ID that a mail answers.
fn in_head(mail: &Message<'_>) -> Option<(String, String)> {
    let ids = |value: &HeaderValue<'_>| match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    ids(mail.in_reply_to()).into_iter().chain(ids(mail.references())).find_map(|id| named(&id))
}

/// A Message-ID among the words.
fn in_words(words: &str) -> Option<(String, String)> {
    let at = words.to_lowercase().find("message-id")?;
    // Small letters may be longer: the place is looked for anew.
    let rest = words.get(at..).unwrap_or(words);
    let id = rest.split(['<', '>', ' ', '\n', '\r', ':', '：']).find(|word| word.contains('@'))?;
    named(id)
}

/// Every address that the mail names, but those of whom it is from and to.
fn addresses(mail: &Message<'_>, words: &str) -> Vec<String> {
    let mut own = BTreeSet::new();
    for of in [mail.from(), mail.to()].into_iter().flatten() {
        own.extend(of.iter().filter_map(|one| one.address()).map(str::to_lowercase));
    }
    let mut found = BTreeSet::new();
    for part in &mail.parts {
        if let PartType::Message(given) = &part.body {
            found.extend(
                given.to().into_iter().flat_map(|to| to.iter()).filter_map(|one| one.address()).map(str::to_owned),
            );
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
    found.extend(
        words
            .split(|c| !plain(c))
            .filter(|word| {
                word.split_once('@')
                    .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
            })
            .map(|word| word.trim_matches('.').to_owned()),
    );
    found.into_iter().filter(|address| !own.contains(&address.to_lowercase())).take(20).collect()
}

/// Why it came back: what stands behind such a word, else its first line.
fn reason(words: &str) -> String {
    let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let behind = lines.iter().enumerate().find_map(|(at, line)| {
        let lower = line.to_lowercase();
        let word = BEFORE_REASON.iter().find(|word| lower.contains(**word))?;
        let place = lower.find(word)? + word.len();
        let rest = line.get(place..).unwrap_or("").trim_matches([':', '：', ' ', '　']);
        if rest.is_empty() { lines.get(at + 1).copied() } else { Some(rest) }
    });
    behind.or_else(|| lines.first().copied()).unwrap_or_default().chars().take(REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(from: &str, subject: &str, html: &str, more: &str) -> Vec<u8> {
        let text = format!(
            "From: {from}\r\nTo: office@example.com\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html; charset=gb18030\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n{more}--b--\r\n"
        );
        encoding_rs::GB18030.encode(&text).0.into_owned()
    }

    fn read_it(bytes: &[u8]) -> Option<Bounce> {
        super::super::bounce::read(bytes, None)
    }

    const SUBJECT: &str = "=?gb2312?B?z7XNs83L0MU=?="; // 系统退信

    #[test]
    fn a_page_that_a_host_gives_back_names_its_letter_by_what_is_in_it() {
        let html = "<html><body><p>很抱歉，您的邮件被退回。</p><p>收件人：someone@example.com</p>\
                    <p>主题：臭氧错峰生产提示</p><p>退信原因：</p><p>收件人邮箱不存在</p></body></html>";
        let back = "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <ozone.r1.email.abc@0123456789abcdef.example.com>\r\n\
                    To: someone@example.com\r\nSubject: x\r\n\r\nx\r\n";
        let with = read_it(&page("postmaster@qq.example.com", SUBJECT, html, back)).expect("given back");
        assert!(with.is_about(1, "ozone.r1.email.abc", "0123456789abcdef"), "{with:?}");
        assert_eq!((with.fate, with.words.as_str()), (Fate::Failed, "收件人邮箱不存在"));
        let without = read_it(&page("postmaster@qq.example.com", SUBJECT, html, "")).expect("given back");
        let original = without.original.expect("its headers");
        assert_eq!(original.addresses, ["someone@example.com"]);
        assert!(original.text.contains("臭氧错峰生产提示"), "{original:?}");
        let late = html.replace("您的邮件被退回", "投递延迟，系统将继续尝试").replace("退信", "");
        assert_eq!(
            read_it(&page("mailer-daemon@example.com", SUBJECT, &late, "")).map(|b| b.fate),
            Some(Fate::Delayed)
        );
    }

    #[test]
    fn what_people_and_their_machines_write_is_none() {
        let html = "<p>主题：退信 someone@example.com</p>";
        assert_eq!(read_it(&page("someone@example.com", SUBJECT, html, "")), None, "a person");
        assert_eq!(read_it(&page("postmaster@example.com", "on holiday", html, "")), None, "no word of it");
        let away = page("postmaster@example.com", &format!("{SUBJECT}\r\nAuto-Submitted: auto-replied"), html, "");
        assert_eq!(read_it(&away), None, "on leave");
        assert_eq!(read_it(&page("postmaster@example.com", SUBJECT, "<p>x</p>", "")), None, "of no letter");
    }
}
