//! What an operator delivers: receipts of what was sent, and what people answered.
//!
//! In: class, coding, sender and bytes of a delivered message, from outside. Out: a report, a reply, or nothing that
//! matters here. Can't happen: a panic on anything; "on its way" read as "arrived".

use crate::sms::receipt::{Came, Reply, Report};
use cuofeng_town::roster::Mobile;
use cuofeng_town::roster::people::mask_all;

/// The bits of `esm_class` that say what kind of message it is, and its value for a receipt (SMPP 3.4, 5.2.12).
const KIND: u8 = 0b0011_1100;
const RECEIPT: u8 = 0b0000_0100;

/// The bit of `esm_class` that says that the text begins with a header.
const HEADER: u8 = 0b0100_0000;

/// Reads a delivered message; `mark` tells it from every other.
pub(super) fn read((class, coding): (u8, u8), from: &str, bytes: &[u8], mark: (u64, u32)) -> Came {
    if class & KIND == RECEIPT {
        return receipt(from, &String::from_utf8_lossy(bytes));
    }
    let text = match bytes.first() {
        Some(length) if class & HEADER != 0 => bytes.get(usize::from(*length) + 1..).unwrap_or(&[]),
        _ => bytes,
    };
    let text = words(coding, text);
    match mobile(from) {
        Some(mobile) if !text.is_empty() => {
            let id = format!("{}-{}", mark.0, mark.1);
            Came::Reply(Reply { id, mobile, text, at: None })
        }
        _ => Came::Nothing,
    }
}

/// A receipt as SMPP 3.4, appendix B gives it: `id:… stat:… err:…`.
fn receipt(from: &str, text: &str) -> Came {
    let field = |name: &str| {
        let (_, rest) = text.split_once(name)?;
        rest.split_whitespace().next().filter(|word| !word.contains(':'))
    };
    let (Some(id), Some(state)) = (field("id:"), field("stat:")) else { return Came::Nothing };
    let arrived = match state {
        "DELIVRD" => true,
        "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" => false,
        // Accepted, on its way or unknown: nothing final.
        _ => return Came::Nothing,
    };
    let said = mask_all(&format!("{state} {}", field("err:").unwrap_or("")));
    let mobile = mobile(from).unwrap_or_default();
    Came::Report(Report {
        id: id.to_owned(),
        key: String::new(),
        mobile,
        at: None,
        arrived,
        said: said.trim().to_owned(),
    })
}

fn mobile(from: &str) -> Option<String> {
    let digits = from.trim_start_matches('+');
    let digits = if digits.len() > 11 { digits.strip_prefix("86").unwrap_or(digits) } else { digits };
    Mobile::parse(digits).ok().map(|mobile| mobile.number().to_owned())
}

/// A text in the coding that it names (SMPP 3.4, 5.2.19; 15 is GBK on the operators' lines in China).
fn words(coding: u8, bytes: &[u8]) -> String {
    let text = match coding {
        8 => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0,
        15 => encoding_rs::GBK.decode_without_bom_handling(bytes).0,
        3 => encoding_rs::mem::decode_latin1(bytes),
        _ => String::from_utf8_lossy(bytes),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "id:m2 sub:001 dlvrd:001 submit date:2609130700 done date:2609130701 stat:DELIVRD err:000 text:";

    fn report(text: &str) -> Option<(String, bool, String)> {
        match read((RECEIPT, 0), "8610000000231", text.as_bytes(), (0, 0)) {
            Came::Report(report) => Some((report.id, report.arrived, report.said)),
            _ => None,
        }
    }

    #[test]
    fn a_receipt_says_what_became_of_a_message_and_nothing_before_it_is_final() {
        assert_eq!(report(TEXT), Some(("m2".to_owned(), true, "DELIVRD 000".to_owned())));
        for (state, arrived) in
            [("EXPIRED", Some(false)), ("UNDELIV", Some(false)), ("ENROUTE", None), ("ACCEPTD", None)]
        {
            let told = report(&TEXT.replace("DELIVRD", state));
            assert_eq!(told.map(|(_, arrived, _)| arrived), arrived, "{state}");
        }
        assert_eq!(report("id: stat:DELIVRD"), None);
        assert_eq!(report("anything"), None);
    }

    #[test]
    fn a_reply_is_read_in_its_coding() {
        let reply = |class, coding, bytes: &[u8]| match read((class, coding), "+8610000000231", bytes, (1, 7)) {
            Came::Reply(reply) => Some((reply.mobile, reply.text)),
            _ => None,
        };
        let said = |text: &str| Some(("10000000231".to_owned(), text.to_owned()));
        assert_eq!(reply(0, 8, &[0x65, 0x36, 0x52, 0x30]), said("收到"), "UTF-16, big end first");
        assert_eq!(reply(0, 15, &[0xca, 0xd5, 0xb5, 0xbd]), said("收到"), "GBK");
        assert_eq!(reply(0, 0, b"1"), said("1"));
        assert_eq!(reply(HEADER, 0, &[5, 0, 3, 1, 2, 1, b'1']), said("1"), "behind a header");
        assert_eq!(reply(0, 0, b" "), None);
    }

    proptest! {
        #[test]
        fn anything_from_outside_is_read_without_a_panic(
            class: u8, coding: u8, from in "\\PC{0,20}", bytes in prop::collection::vec(any::<u8>(), 0..200)
        ) {
            let _ = read((class, coding), &from, &bytes, (0, 0));
        }
    }
}
