//! What the program itself says of a letter.
//!
//! In: the words of the record, which are the same whatever the site's language. Out: a sentence for whoever reads them.
//! Can't happen: a far side's own words changed: what is none of the program's stands as it came, its escapes apart.

use serde_json::Value;

use super::email::refusal::{FULL, NO_MAILBOX};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::word::Form;

/// A letter whose period has ended.
pub const ENDED: &str = "its period has ended";

/// A letter that a clock ahead of its time had put off.
pub const SET_RIGHT: &str = "the clock was ahead and is set right";

/// A letter that was refused in the words of the next one.
pub const SENDERS_CASE: &str = "refused like the next one: not because of this letter";

/// A reminder that an answer made needless.
pub const ANSWERED: &str = "answered";

/// A mail server without the encryption that the site asks for.
pub const NO_STARTTLS: &str = "the server does not offer STARTTLS";

/// A sender that the mail server does not take.
pub const NO_SMTPUTF8: &str = "the sender's address needs SMTPUTF8, which the server does not offer";

/// A channel of the record that the site no longer has.
pub const NO_CHANNEL: &str = "the channel is not set up";

/// A letter of a draft that was settled.
pub const SETTLED: &str = "the draft is settled";

/// A letter of a database that was restored.
pub const HELD_RESTORED: &str = "not sent: the database was restored from a backup; it may have gone out already";

/// A letter of a database that had forgotten.
pub const HELD_FORGOTTEN: &str = "not sent: the database had forgotten what was sent; it may have gone out already";

/// A letter of another site's database.
pub const HELD_FOREIGN: &str = "not sent: the database is another site's";

/// A letter of a folder that was copied or moved.
pub const HELD_COPIED: &str =
    "not sent: the site's folder was copied or moved; it may go out, or have gone out, elsewhere";

/// What stands before a revision's number.
const REPLACED: &str = "replaced by revision ";

/// What stands before a letter's number.
const CARRIED: &str = "in one message with letter ";

/// The sentences that have no values, by the words of the record.
const PLAIN: [(&str, &str); 25] = [
    (ENDED, "said.ended"),
    (SET_RIGHT, "said.set_right"),
    (SENDERS_CASE, "said.senders_case"),
    (ANSWERED, "said.answered"),
    (NO_STARTTLS, "said.no_starttls"),
    (NO_SMTPUTF8, "said.no_smtputf8"),
    (NO_CHANNEL, "said.no_channel"),
    (SETTLED, "said.settled"),
    ("the address has letters that mail does not carry", "said.wide_address"),
    ("the login does not fit into SMPP", "said.wide_login"),
    ("not a mobile number", "said.no_mobile"),
    ("an answer that can't be read", "said.unread"),
    ("no record of it", "said.no_record"),
    ("no record of it yet", "said.no_record"),
    ("no report yet", "said.no_report"),
    ("not a text to be played", "said.no_speech"),
    ("its audio is being made", "said.audio"),
    ("its address has had its share for now", "said.share"),
    ("not sent: the mark beside the database can't be written", "said.unmarked"),
    ("the lease ran out", "said.lease"),
    ("the program ended", "said.crashed"),
    (HELD_RESTORED, "said.held_restored"),
    (HELD_FORGOTTEN, "said.held_forgotten"),
    (HELD_FOREIGN, "said.held_foreign"),
    (HELD_COPIED, "said.held_copied"),
];

/// The members of a gateway's answer that are for people to read.
const FOR_PEOPLE: [&str; 12] = [
    "msg",
    "message",
    "Message",
    "errmsg",
    "errorMsg",
    "errorMessage",
    "desc",
    "description",
    "respdesc",
    "info",
    "reason",
    "result",
];

/// What is noted at a letter that a newer revision replaced.
#[must_use]
pub fn replaced(revision: u32) -> String {
    format!("{REPLACED}{revision}")
}

/// The words of the record as somebody reads them; `form` is the letter's, where they are about one.
#[must_use]
pub fn words(stored: &str, form: Option<Form>, lang: Lang) -> String {
    message(stored, form).map_or_else(|| unescaped(stored), |message| message.text(lang))
}

/// The same for whoever makes up for a letter that was refused: what the far side means, without its codes where it says
/// it in words.
#[must_use]
pub fn plainly(stored: &str, form: Form, lang: Lang) -> String {
    if let Some(message) = message(stored, Some(form)) {
        return message.text(lang);
    }
    let lower = stored.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match form {
        Form::Email if says(&NO_MAILBOX) || says(&["5.1.1"]) => msg!("said.no_mailbox").text(lang),
        Form::Email if says(&FULL) || says(&["5.2.2", "over quota"]) => msg!("said.mailbox_full").text(lang),
        _ => match answer(stored) {
            Some((code, answer)) => for_people(&answer).unwrap_or_else(|| msg!("said.code", code = code).text(lang)),
            None => unescaped(stored),
        },
    }
}

/// A gateway's answer, and the code before it.
fn answer(stored: &str) -> Option<(&str, Value)> {
    let (code, answer) = stored.split_at(stored.find('{')?);
    Some((code.trim(), serde_json::from_str(answer).ok()?))
}

/// The sentence for people in it.
fn for_people(answer: &Value) -> Option<String> {
    let said = FOR_PEOPLE.iter().filter_map(|member| answer.get(member)?.as_str()).map(str::trim);
    said.into_iter().find(|said| !said.is_empty()).map(str::to_owned)
}

/// Words with JSON's escapes (`\u7a7a`) written as what they stand for; what stands for nothing stays.
fn unescaped(stored: &str) -> String {
    let mut out = String::with_capacity(stored.len());
    let mut rest = stored;
    while let Some(at) = rest.find("\\u") {
        let (before, from) = rest.split_at(at);
        let is_hex = |of: &str| of.len() == 4 && of.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut end = 0;
        while from.get(end..end + 2) == Some("\\u") && from.get(end + 2..end + 6).is_some_and(is_hex) {
            end += 6;
        }
        let (escape, after) = from.split_at(end.max(2));
        let said = serde_json::from_str::<String>(&format!("\"{escape}\"")).ok();
        out.push_str(before);
        out.push_str(said.as_deref().filter(|said| !said.contains(char::is_control)).unwrap_or(escape));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn message(stored: &str, form: Option<Form>) -> Option<Message> {
    if stored == ENDED && form == Some(Form::Speech) {
        return Some(msg!("said.played_out"));
    }
    if let Some((_, key)) = PLAIN.into_iter().find(|(words, _)| *words == stored) {
        return Some(msg!(key));
    }
    let number = |opening: &str| stored.strip_prefix(opening)?.parse::<i64>().ok();
    let replaced = number(REPLACED).map(|number| msg!("said.replaced", number = number));
    replaced.or_else(|| Some(msg!("said.carried", number = number(CARRIED)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateways_answer_is_read_as_the_words_that_it_stands_for() {
        let escaped = r#"9 {"code": "9", "msg": "\u7a7a\u53f7"}"#;
        assert_eq!(words(escaped, Some(Form::Sms), Lang::Zh), r#"9 {"code": "9", "msg": "空号"}"#);
        for (stored, form, zh) in [
            (escaped, Form::Sms, "空号"),
            (r#"9 {"code":"9"}"#, Form::Sms, "对方不收，代码 9"),
            ("isv.MOBILE_NUMBER_ILLEGAL 号码格式错误", Form::Sms, "isv.MOBILE_NUMBER_ILLEGAL 号码格式错误"),
            // Cut off, as a long answer is.
            (r#"9 {"code": "9", "msg": "\u7a7a\u53f7，\u8bf7"#, Form::Sms, r#"9 {"code": "9", "msg": "空号，请"#),
            (r"1 \ud83d\ude00 \u7a7 \u0007", Form::Sms, r"1 😀 \u7a7 \u0007"),
            ("550 5.1.1 user unknown", Form::Email, "没有这个邮箱"),
            ("550 Mailbox not found", Form::Email, "没有这个邮箱"),
            ("552 5.2.2 mailbox full", Form::Email, "邮箱已满"),
            ("550 5.7.1 relaying denied", Form::Email, "550 5.7.1 relaying denied"),
        ] {
            assert_eq!(plainly(stored, form, Lang::Zh), zh, "{stored}");
        }
    }

    #[test]
    fn what_the_program_says_is_read_in_the_readers_language_and_what_a_far_side_says_as_it_came() {
        for (stored, form, zh) in [
            (ENDED, Form::Email, "时段已过"),
            (ENDED, Form::Speech, "播放时间已过"),
            (&replaced(2), Form::Sms, "已由第 2 次替换"),
            ("in one message with letter 17", Form::Sms, "与 17 号合并发送"),
            ("550 该用户不存在", Form::Email, "550 该用户不存在"),
            ("550 no such user", Form::Email, "550 no such user"),
        ] {
            assert_eq!(words(stored, Some(form), Lang::Zh), zh);
        }
        for (stored, _) in PLAIN {
            let (zh, en) = (words(stored, None, Lang::Zh), words(stored, None, Lang::En));
            assert!(!zh.contains("said.") && !zh.bytes().all(|byte| byte.is_ascii()), "{stored}: {zh}");
            assert!(!en.contains("said.") && en.is_ascii(), "{stored}: {en}");
        }
    }
}
