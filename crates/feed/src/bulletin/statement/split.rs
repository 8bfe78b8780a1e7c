//! A line as statements: an issue stamp, a remark and several days in one line each for itself.
//!
//! In: a line in normalised form. Out: its pieces, none of its characters left out, each with the days that it opens
//! with, or none. Can't happen: a day in the middle of a sentence that ends no statement and begins none unseen.

use super::kind;
use crate::bulletin::words::heading::{self, From, Heading, Sort};
use crate::bulletin::words::{anyhow, day, part, polluted};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// A piece of a line.
#[derive(Debug, Clone)]
pub(in crate::bulletin) struct Piece<'a> {
    /// Its first byte in the line.
    pub from: usize,
    /// The first byte behind it.
    pub to: usize,
    /// The days that it opens with.
    pub heading: Option<Heading<'a>>,
}

/// Marks behind which a statement may begin.
const MARKS: [char; 6] = [',', ';', '。', '\t', ':', '!'];

/// Splits `line` from byte `start` to byte `end`.
pub(in crate::bulletin) fn pieces(line: &str, start: usize, end: usize, from: From) -> Vec<Piece<'_>> {
    let text = line.get(..end).unwrap_or(line);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut sentence = start;
    let mut free = start;
    let starts = text.get(start..).unwrap_or("").char_indices().filter(|(_, c)| MARKS.contains(c));
    let starts = starts.map(|(at, c)| (start + at + c.len_utf8(), Some(c)));
    for (at, mark) in std::iter::once((start, None)).chain(starts) {
        if at < free || at >= end {
            continue;
        }
        let first = matches!(mark, None | Some('。' | ';' | ':'));
        let rest = text.get(at..).unwrap_or("");
        let open = pieces.last().and_then(|piece| piece.heading.as_ref());
        if mark == Some('。') {
            sentence = at;
        }
        let anew = pieces.last().is_some_and(|piece| piece.from < sentence);
        let found = heading::heading(rest, from).filter(|heading| begins(heading, open, first, anew));
        let found = found.or_else(|| open.is_none().then(|| damaged(rest, from)).flatten());
        let Some(mut heading) = found else { continue };
        let before = text.get(start..at).unwrap_or("").trim_end_matches(MARKS);
        if matches!(mark, Some(',' | ':' | '\t')) {
            heading.doubt = heading.doubt.or_else(|| narrowed(before.rsplit(MARKS).next().unwrap_or("")));
        }
        if let Some(last) = pieces.last_mut() {
            last.to = at;
        } else if at > start {
            pieces.push(Piece { from: start, to: at, heading: None });
        }
        free = end - heading.body.len();
        pieces.push(Piece { from: at, to: end, heading: Some(heading) });
    }
    if pieces.is_empty() {
        pieces.push(Piece { from: start, to: end, heading: None });
    }
    // What follows days is the piece's own, not the whole line's.
    for piece in &mut pieces {
        if let Some(heading) = &mut piece.heading {
            let body = end - heading.body.len();
            heading.body = text.get(body..piece.to).unwrap_or("");
        }
    }
    pieces
}

/// Where the sentence begins in which a level stands before a colon and its days (`轻度污染:8月13日;中度污染:8月14日`): from
/// there on levels and days would be paired wrongly.
pub(in crate::bulletin) fn level_first(line: &str, start: usize, end: usize, from: From) -> Option<usize> {
    let text = line.get(start..end)?;
    let (at, _) = text.match_indices(':').find(|(at, mark)| {
        let (before, after) = (text.get(..*at).unwrap_or(""), text.get(at + mark.len()..).unwrap_or(""));
        let clause = before.rsplit(MARKS).next().unwrap_or("");
        let level = polluted(clause).is_some() || kind::states_level(clause) || kind::may_state(clause);
        let days = after.split([';', '。', ',', '!', '\t']).next().unwrap_or("");
        let alone = heading::heading(days, from).is_some_and(|heading| heading.body.is_empty());
        level && alone && day::mention(clause).is_none()
    })?;
    let before = text.get(..at)?;
    Some(start + before.rfind('。').map_or(0, |mark| mark + '。'.len_utf8()))
}

/// Whether days in a line begin a statement: not those among the days of a span in the same sentence, and a word for what
/// is over only where a sentence begins.
fn begins(heading: &Heading<'_>, open: Option<&Heading<'_>>, first: bool, anew: bool) -> bool {
    if heading.sort == Sort::Past && heading.days.len() < 2 && !first {
        return false;
    }
    let Some(open) = open else { return true };
    let among = heading.days.len() < open.days.len() && heading.days.iter().all(|day| open.days.contains(day));
    anew || heading.days.is_empty() || !among
}

/// Why what stands before days makes them hold for less: `山区:8月13日`, `若无降水,8月13日`.
pub(in crate::bulletin) fn narrowed(clause: &str) -> Option<Message> {
    let value = super::start(clause);
    if part::is_condition(clause) {
        Some(msg!("bulletin.condition", value = value))
    } else if part::is_weather(clause) {
        None
    } else if part::names_area(clause) {
        Some(msg!("bulletin.part_area", value = value))
    } else {
        part::names_part(clause).then(|| msg!("bulletin.part_day", value = value))
    }
}

/// A clause that names a day in a form that can't be read, where no day was named before.
fn damaged(text: &str, from: From) -> Option<Heading<'_>> {
    let clause = text.split(MARKS).next().unwrap_or("");
    day::mention(clause)?;
    let value = super::start(clause);
    let days = anyhow::days(clause, from.day);
    Some(Heading {
        sort: Sort::Dated,
        days,
        body: heading::opened(text),
        doubt: Some(msg!("bulletin.day", value = value)),
    })
}
