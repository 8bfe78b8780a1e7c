//! In which order an enterprise is tried: the column `route`.
//!
//! In: a cell, `sms>email>backup_sms` or `短信>邮件>备用短信`. Out: its steps. Can't happen: a step twice; an order of one.

use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// One way to an enterprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A short message to the first contact.
    Sms,
    /// A mail to the first contact.
    Email,
    /// A short message to the backup contact.
    BackupSms,
    /// A mail to the backup contact.
    BackupEmail,
}

const WORDS: [(Step, &str, &str); 4] = [
    (Step::Sms, "sms", "短信"),
    (Step::Email, "email", "邮件"),
    (Step::BackupSms, "backup_sms", "备用短信"),
    (Step::BackupEmail, "backup_email", "备用邮件"),
];

impl Step {
    /// Whether it goes to the backup contact.
    #[must_use]
    pub const fn backup(self) -> bool {
        matches!(self, Self::BackupSms | Self::BackupEmail)
    }

    /// Whether it is a short message; else it is a mail.
    #[must_use]
    pub const fn is_sms(self) -> bool {
        matches!(self, Self::Sms | Self::BackupSms)
    }
}

/// The steps of a cell; none where it is empty.
///
/// # Errors
/// What is wrong and what to do.
pub(super) fn parse(cell: &str) -> Result<Vec<Step>, (Message, Message)> {
    if cell.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    for word in cell.split(['>', '＞', '→']).map(str::trim) {
        let known = WORDS.iter().find(|(_, english, chinese)| word.eq_ignore_ascii_case(english) || word == *chinese);
        let step = known.map(|(step, ..)| *step).filter(|step| !steps.contains(step));
        steps.push(step.ok_or_else(|| (msg!("roster.route", word = word), msg!("roster.route_advice")))?);
    }
    if steps.len() < 2 {
        return Err((msg!("roster.route_one"), msg!("roster.route_advice")));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_in_both_languages_and_a_step_stands_in_it_once() {
        let read = |cell| parse(cell).map_err(|(what, _)| what.key());
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("sms>email"), Ok(vec![Step::Sms, Step::Email]));
        assert_eq!(read("短信 ＞ 备用短信→邮件"), Ok(vec![Step::Sms, Step::BackupSms, Step::Email]));
        assert_eq!(read("sms"), Err("roster.route_one"));
        assert_eq!(read("sms>fax"), Err("roster.route"));
        assert_eq!(read("sms>短信"), Err("roster.route"));
        assert_eq!(read("sms>"), Err("roster.route"));
    }
}
