//! What the program itself says of a letter.
//!
//! In: the words of the record, which are the same whatever the site's language. Out: a sentence for whoever reads them.
//! Can't happen: a far side's own words changed: what is none of the program's stands as it came.

use crate::config::Form;
use crate::msg;
use crate::text::{Lang, Message};

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

/// What stands before a revision's number.
const REPLACED: &str = "replaced by revision ";

/// What stands before a letter's number.
const CARRIED: &str = "in one message with letter ";

/// The sentences that have no values, by the words of the record.
const PLAIN: [(&str, &str); 21] = [
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
];

/// What is noted at a letter that a newer revision replaced.
#[must_use]
pub fn replaced(revision: u32) -> String {
    format!("{REPLACED}{revision}")
}

/// The words of the record as somebody reads them; `form` is the letter's, where they are about one.
#[must_use]
pub fn words(stored: &str, form: Option<Form>, lang: Lang) -> String {
    message(stored, form).map_or_else(|| stored.to_owned(), |message| message.text(lang))
}

fn message(stored: &str, form: Option<Form>) -> Option<Message> {
    if stored == ENDED && form == Some(Form::Speech) {
        return Some(msg!("said.played_out"));
    }
    if let Some((_, key)) = PLAIN.into_iter().find(|(words, _)| *words == stored) {
        return Some(Message::new(key));
    }
    let number = |opening: &str| stored.strip_prefix(opening)?.parse::<i64>().ok();
    let replaced = number(REPLACED).map(|number| msg!("said.replaced", number = number));
    replaced.or_else(|| Some(msg!("said.carried", number = number(CARRIED)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
