//! What a server's refusal is about: one letter, or whoever sends them.
//!
//! In: the code and the words that a server gave to a recipient or a text. Out: whether the next letter would fare
//! otherwise. Can't happen: letters burnt one after another by a server that refuses their sender; a full or missing
//! mailbox, or a list that makes strangers wait, taken for a refusal of the sender.

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// This letter, or its recipient, and no other.
    Letter,
    /// Whoever sends: how much, how fast, from where, or of what kind.
    Sender,
    /// The words don't tell.
    Untold,
}

/// Words of the big Chinese hosts about the sender, in small letters, by the host that says them.
const OF_HOSTS: [(&str, &[&str]); 6] = [
    (
        "QQ",
        &[
            "frequency limited",
            "mail content denied",
            "content rejected",
            "exceed sending limit",
            "suspected spam",
            "suspected bounce",
            "domain verification",
        ],
    ),
    (
        "163, 126",
        &[
            "mail from must equal authorized user",
            "too much fail authentication",
            "smtp auth error limit",
            "sender is rejected",
            "ip is rejected",
            "ip is hangup",
            "requested mail action not taken: invalid ip",
            "fake sender",
            "null sender is not allowed",
            "user has no permission",
        ],
    ),
    (
        "aliyun",
        &[
            "reject by behaviour spam",
            "reject by content spam",
            "antispam",
            "mail from account doesn't conform",
            "from address not match",
            "invalid sender",
        ],
    ),
    ("sina", &["envolope sender", "envelope sender mismatch", "sender mismatch", "too many mails"]),
    ("139", &["sender blacklisted", "spam mail", "mail rejected by policy"]),
    (
        "any of them",
        &[
            "发信频率",
            "发送频率",
            "发送过于频繁",
            "发信过于频繁",
            "频率限制",
            "频率过高",
            "频率受限",
            "发信量",
            "发信数",
            "发送数量",
            "发信限制",
            "发送限制",
            "发信上限",
            "发送上限",
            "当日发",
            "每日发",
            "今日发",
            "垃圾邮件",
            "敏感词",
            "违规内容",
            "内容被拒",
            "发件人被",
            "发信人被",
            "账号被",
            "帐号被",
            "黑名单",
        ],
    ),
];

/// The letters before the three that say why, in the codes of 163 and 126 (`DT:SPM`): all are about the sender.
const NETEASE: [&str; 5] = ["hl:", "mi:", "dt:", "rp:", "wm:"];

/// Words by which a mail server says that there is no such mailbox, in small letters.
pub(crate) const NO_MAILBOX: [&str; 17] = [
    "user unknown",
    "unknown user",
    "no such user",
    "no such mailbox",
    "user not found",
    "user not exist",
    "user doesn't exist",
    "user does not exist",
    "mailbox not found",
    "mailbox does not exist",
    "invalid user",
    "invalid mailbox",
    "recipient not found",
    "recipient does not exist",
    "不存在",
    "无此用户",
    "没有这个用户",
];

/// Words by which it says that the mailbox is full, in small letters.
pub(crate) const FULL: [&str; 5] = ["mailbox full", "mailbox is full", "空间不足", "容量不足", "已满"];

/// Other words about one letter or its recipient, in small letters.
const OF_A_LETTER: [&str; 20] = [
    // QQ, of a recipient who has blocked the sender.
    "mail is rejected by recipients",
    "greylist",
    "graylist",
    "grey list",
    "灰名单",
    "mailbox unavailable",
    "invalid recipient",
    "invalid rcptto",
    "user disabled",
    "user suspended",
    "user is over",
    "account disabled",
    "account is disabled",
    "exceeds size limit",
    "message too large",
    "message size exceeds",
    "未开通",
    "超过容量",
    "邮件过大",
    "收件人地址",
];

/// Words about the sender that any server may use, in small letters.
const OF_SENDERS: [&str; 24] = [
    "spam",
    "blacklist",
    "blocklist",
    "block list",
    "black list",
    "reputation",
    "rate limit",
    "ratelimit",
    "throttl",
    "too many messages",
    "too many emails",
    "too many recipients",
    "daily quota",
    "daily limit",
    "hourly limit",
    "hourly quota",
    "sending quota",
    "sending limit",
    "message limit",
    "relay access denied",
    "relaying denied",
    "relay not permitted",
    "authentication required",
    "authentication is required",
];

/// What a refusal is about. `words` are without the code.
pub(super) fn about(code: u16, words: &str) -> About {
    let said = words.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |known: &[&str]| known.iter().any(|known| said.contains(known));
    if OF_HOSTS.iter().any(|(_, known)| has(known)) || netease(&said) {
        return About::Sender;
    }
    if has(&NO_MAILBOX) || has(&FULL) || has(&OF_A_LETTER) {
        return About::Letter;
    }
    if has(&OF_SENDERS) || matches!(code, 530 | 534 | 535 | 538) {
        return About::Sender;
    }
    // RFC 3463, 5248 and 7293.
    match enhanced(&said) {
        Some((1, 7 | 8) | (3 | 5, _)) | None => About::Untold,
        Some((7, 2 | 17 | 18) | (1 | 2 | 6, _)) => About::Letter,
        Some((7, _)) => About::Sender,
        Some(_) => About::Untold,
    }
}

/// Words about how much or how fast somebody sends, in small letters.
const OF_LIMITS: [&str; 13] = [
    "frequency",
    "quota",
    "limit",
    "too many",
    "throttl",
    "频率",
    "频繁",
    "发信量",
    "发信数",
    "发送数量",
    "上限",
    "限制",
    "当日",
];

/// Whether a refusal is about how much or how fast somebody sends: the other words about a sender call for a person.
pub(super) fn is_limit(words: &str) -> bool {
    let said = words.to_lowercase();
    OF_LIMITS.iter().any(|known| said.contains(known)) || netease(&said)
}

/// Whether one of the words is a code of 163 or 126, such as `DT:SPM`.
fn netease(said: &str) -> bool {
    said.split(|c: char| c.is_whitespace() || c == ',').any(|word| {
        let why = NETEASE.iter().find_map(|opening| word.strip_prefix(opening));
        why.is_some_and(|why| why.len() == 3 && why.bytes().all(|byte| byte.is_ascii_lowercase()))
    })
}

/// Subject and detail of the enhanced code that words begin with: 7 and 1 of `5.7.1 …`.
fn enhanced(said: &str) -> Option<(u16, u16)> {
    let first = said.split([' ', ',', ':', ';']).next()?.trim_start_matches('#');
    let mut numbers = first.split('.').map(str::parse::<u16>);
    let (class, subject, detail) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    (matches!(class, 4 | 5) && numbers.next().is_none()).then_some((subject, detail))
}

/// Words by which two refusals are compared: without addresses, numbers and what changes from one to the next.
#[must_use]
pub fn compared(words: &str) -> String {
    let of = |word: &str| !word.contains(['@', '<', '>']) && !word.bytes().any(|byte| byte.is_ascii_digit());
    words.to_lowercase().split_whitespace().filter(|word| of(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_about_the_sender_or_about_one_letter_by_what_it_says() {
        use About::{Letter, Sender, Untold};
        // Words as the hosts publish them on their pages of returned mail.
        let cases = [
            (550, "Connection frequency limited", Sender),
            (550, "Domain frequency limited. http://service.example.com", Sender),
            (550, "Mail content denied", Sender),
            (554, "DT:SPM 163 smtp10,D8CowAAX,1411523410", Sender),
            (451, "MI:SFQ 163 smtp1", Sender),
            (421, "HL:IFC 163 mx3", Sender),
            (550, "RP:TRC 163 smtp", Sender),
            (554, "Reject by behaviour spam at Rcpt State(Connection IP address:192.0.2.1)ANTISPAM_BAT", Sender),
            (553, "Envolope sender mismatch with login user..", Sender),
            (550, "sender blacklisted", Sender),
            (550, "发信频率过高，请稍后再试", Sender),
            (554, "超出当日发信数量限制", Sender),
            (554, "邮件被判定为垃圾邮件", Sender),
            (452, "4.7.28 rate limited", Sender),
            (550, "5.7.1 message refused", Sender),
            (550, "sending quota exceeded", Sender),
            (530, "5.7.0 Must issue a STARTTLS command first", Sender),
            // Of one letter.
            (550, "5.1.1 <a@example.com>: Recipient address rejected: User unknown", Letter),
            (550, "User not found: a@example.com", Letter),
            (550, "Mailbox unavailable or access denied", Letter),
            (552, "5.2.2 mailbox quota exceeded", Letter),
            (452, "4.2.2 over quota", Letter),
            (450, "4.2.0 Greylisted, see postgrey", Letter),
            (451, "4.7.1 Greylisting in action, please come back later", Letter),
            (550, "该用户不存在", Letter),
            (550, "Mail is rejected by recipients. http://service.example.com", Letter),
            (552, "收件人空间不足", Letter),
            (550, "5.7.17 mailbox owner has changed", Letter),
            // They say nothing.
            (550, "", Untold),
            (554, "Transaction failed", Untold),
            (550, "5.5.0 no", Untold),
            (550, "dt:spmx is no code, nor is a dt:sp", Untold),
        ];
        for (code, words, wanted) in cases {
            assert_eq!(about(code, words), wanted, "{code} {words}");
        }
    }

    #[test]
    fn two_refusals_are_compared_without_what_changes() {
        let same = "Access denied";
        for words in ["550 Access denied <a@example.com>", "550 access  denied <b@example.com> [17]"] {
            assert_eq!(compared(words), compared(same), "{words}");
        }
        assert_ne!(compared("550 no"), compared("550 yes"));
        assert!(
            is_limit("MI:SFQ x")
                && is_limit("发信频率过高")
                && is_limit("Rate limit")
                && !is_limit("5.7.1 not allowed")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_words_are_about_something(code in 400_u16..600, words in "\\PC{0,60}") {
            let _ = (about(code, &words), compared(&words));
        }
    }
}
