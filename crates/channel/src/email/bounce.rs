//! What comes back: delivery reports (RFC 3464 and 6533), and mail that hosts give back in words of their own.
//!
//! In: a mail as it lies in the mailbox. Out: which letter it is about and what became of it: by the address that each
//! letter has of its own, by the Message-ID that comes back, else by what the mail says of recipient and subject.
//! Can't happen: a person's mail, or one about no letter that it can name, taken for one.

use lettre::Address;
use mail_parser::MessageParser;

pub use super::fate::{Bounce, Fate, Original};
use super::fate::{is, original};
use super::returned;
use cuofeng_base::text::outside;

/// Reads a mail that came to the bounce address; none where it is no delivery report.
#[must_use]
pub fn read(bytes: &[u8], bounces: Option<&Address>) -> Option<Bounce> {
    let mail = MessageParser::default().parse(bytes)?;
    let status = mail
        .parts
        .iter()
        .find(|part| ["delivery-status", "global-delivery-status"].iter().any(|of| is(part, "message", of)));
    let Some(status) = status else { return returned::read(&mail) };
    let report = outside::words(status.contents()).replace("\r\n", "\n");
    let fields = fields(&report);
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let fate = match field("action")?.to_ascii_lowercase().as_str() {
        "failed" => Fate::Failed,
        "delayed" => Fate::Delayed,
        "delivered" | "relayed" | "expanded" => Fate::Delivered,
        _ => return None,
    };
    let said = [field("status"), field("diagnostic-code")].into_iter().flatten();
    let words = said.map(decoded).collect::<Vec<_>>().join(" ");
    let recipient = field("original-recipient").or_else(|| field("final-recipient"));
    let head = String::from_utf8_lossy(bytes.get(..head_end(bytes)).unwrap_or(bytes)).into_owned();
    let letter = bounces.and_then(|address| returned_to(&head, address));
    let (key, site) = original(&mail).unzip();
    let original = (letter.is_none() && key.is_none()).then(|| {
        let recipient = recipient.and_then(|r| r.rsplit([';', ' ']).next()).map(|r| r.trim().to_owned());
        Original {
            addresses: recipient.into_iter().collect(),
            text: returned::text(&mail),
            date: returned::date(&mail),
        }
    });
    Some(Bounce { letter, key, site: site.unwrap_or_default(), original, fate, words })
}

/// A field's words, which some hosts write as RFC 2047 has it for headers.
fn decoded(value: &str) -> String {
    if !value.contains("=?") {
        return value.to_owned();
    }
    let header = format!("Subject: {value}\r\n\r\n");
    let read = MessageParser::default().parse_headers(header.as_bytes());
    read.and_then(|mail| mail.subject().map(str::to_owned)).unwrap_or_else(|| value.to_owned())
}

/// The report's fields, names in small letters, folded lines joined; those of the recipient come after the message's.
fn fields(report: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in report.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

fn head_end(bytes: &[u8]) -> usize {
    let blank = |pattern: &[u8]| bytes.windows(pattern.len()).position(|part| part == pattern);
    blank(b"\n\n").into_iter().chain(blank(b"\r\n\r\n")).min().unwrap_or(bytes.len())
}

/// The number and mark in an address of the form `USER+NUMBER-MARK@` in the head of a report.
fn returned_to(head: &str, bounces: &Address) -> Option<(i64, String)> {
    let opening = format!("{}+", bounces.user());
    head.split(&opening).skip(1).find_map(|rest| {
        let (detail, _) = rest.split_once('@')?;
        let (number, mark) = detail.split_once('-')?;
        Some((number.parse().ok()?, mark.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::message::token;
    use super::*;

    fn report(to: &str, action: &str, back: &str) -> String {
        format!(
            "From: MAILER-DAEMON@example.com\r\nTo: {to}\r\nSubject: Undelivered Mail\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\
             Content-Type: text/plain\r\n\r\nSorry.\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mail.example.com\r\n\r\nFinal-Recipient: rfc822; someone@example.com\r\n\
             Action: {action}\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n\r\n--b\r\n\
             Content-Type: {back}\r\n\r\nMessage-ID: <ozone.r1.email.abc@example.com>\r\nSubject: x\r\n\r\n--b--\r\n"
        )
    }

    #[test]
    fn reports_by_rfc_6533_and_in_gbk_are_read() {
        let global = report("bounces@example.com", "failed", "message/global")
            .replace("message/delivery-status", "message/global-delivery-status")
            .replace("Message-ID", "Subject: 提示\r\nMessage-ID");
        let read_it = |bytes: &[u8]| read(bytes, None).expect("a report");
        assert!(read_it(global.as_bytes()).is_about(1, "ozone.r1.email.abc", ""), "{global}");
        let gbk = report("bounces@example.com", "failed", "message/rfc822").replace("no\r\n such user", "该用户不存在");
        let gbk = encoding_rs::GB18030.encode(&gbk).0.into_owned();
        assert_eq!(read_it(&gbk).words, "5.1.1 smtp; 550 5.1.1 该用户不存在");
        let folded = report("bounces@example.com", "failed", "message/rfc822")
            .replace("smtp; 550 5.1.1 no\r\n such user", "=?gb2312?B?08O7p7K7tObU2g==?=");
        assert_eq!(read_it(folded.as_bytes()).words, "5.1.1 用户不存在");
    }

    #[test]
    fn a_report_names_its_letter_by_the_address_it_came_to_or_by_what_it_gives_back() {
        let bounces: Address = "bounces@example.com".parse().expect("an address");
        let key = "ozone.r1.email.abc";
        let own = format!("bounces+17-{}@example.com", token(key, 12));
        for back in ["message/rfc822", "text/rfc822-headers"] {
            let read_it =
                |to: &str, action| read(report(to, action, back).as_bytes(), Some(&bounces)).expect("a report");
            let bounce = read_it(&own, "failed");
            assert_eq!(bounce.fate, Fate::Failed);
            assert_eq!(bounce.words, "5.1.1 smtp; 550 5.1.1 no such user");
            assert!(bounce.is_about(17, key, "") && !bounce.is_about(18, key, "") && !bounce.is_about(17, "other", ""));
            assert!(!bounce.is_about(17, key, "0123456789abcdef"), "another site's");
            assert!(!read_it("bounces+17-000000000000@example.com", "failed").is_about(17, key, ""), "a forged mark");
            let by_key = read_it("bounces@example.com", "delayed");
            assert!(by_key.is_about(17, key, "") && by_key.fate == Fate::Delayed, "{back}: {by_key:?}");
            let named = report("bounces@example.com", "failed", back)
                .replace("@example.com>", "@0123456789abcdef.example.com>");
            let named = read(named.as_bytes(), Some(&bounces)).expect("a report");
            assert!(named.is_about(17, key, "0123456789abcdef") && !named.is_about(17, key, ""), "{back}: {named:?}");
        }
        for junk in ["", "hello", "Subject: on holiday\r\n\r\nI am away.", "Content-Type: multipart/report\r\n\r\n"] {
            assert_eq!(read(junk.as_bytes(), Some(&bounces)), None, "{junk}");
        }
    }
}
