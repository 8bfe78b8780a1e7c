//! What is wrong with a line of the schedule.

use crate::msg;
use crate::text::Message;

/// The fields of a line, of which the first may be left out: the key of the name, and what may stand in it.
const FIELDS: [(&str, &str); 6] = [
    ("fault.cron_second", "0—59"),
    ("fault.cron_minute", "0—59"),
    ("fault.cron_hour", "0—23"),
    ("fault.cron_day", "1—31"),
    ("fault.cron_month", "1—12"),
    ("fault.cron_weekday", "0—7"),
];

/// What is wrong with a line that can't be read; `reads` says of a line whether it can, `said` are the reader's words.
#[must_use]
pub fn cron(line: &str, said: &str, reads: &dyn Fn(&str) -> bool) -> Message {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if fields.is_empty() {
        return msg!("fault.cron_empty");
    }
    if let Some(odd) = line.chars().find(|c| !c.is_ascii()) {
        return msg!("fault.cron_sign", sign = odd, said = said);
    }
    let named = match fields.len().checked_sub(FIELDS.len() - 1) {
        Some(0) => FIELDS.get(1..).unwrap_or_default(),
        Some(1) => &FIELDS,
        _ => return msg!("fault.cron_fields", count = fields.len(), said = said),
    };
    // Each field by itself, with the others open: the first that can't be read is to blame.
    let alone = |place: usize, field: &str| {
        let line: Vec<&str> = (0..named.len()).map(|at| if at == place { field } else { "*" }).collect();
        reads(&line.join(" "))
    };
    let wrong = fields.iter().enumerate().find(|(place, field)| !alone(*place, field));
    match wrong.and_then(|(place, field)| Some((named.get(place)?, field))) {
        Some(((name, range), field)) => {
            msg!("fault.cron_field", name = msg!(name), field = *field, range = *range, said = said)
        }
        None => msg!("fault.cron_odd", said = said),
    }
}
