//! The `bulletin` feed: the text forecasts that environment bureaus publish.
//!
//! In: a bulletin as text or as a web page, from a file, a folder or an address. Out: a run of daily outlooks per issue
//! time, and every line that could not be read for certain, beside what was understood of it. Can't happen: a guess;
//! what was measured taken for a forecast; a part of a day or of an area taken for the whole; anything that states a level
//! or an index passed over in silence.
//!
//! Every piece of every line gets one [`Verdict`], and there is no fourth: it is read as a forecast, it is something else
//! that has a name, or it waits for a person with its reason.

mod correct;
mod feed;
mod page;
mod statement;
mod words;

use chrono::NaiveDate;

pub use self::correct::correct;
pub use self::feed::{BulletinFeed, From};
use self::page::html;
use self::page::lines::{self, Line};
use self::statement::settle::{self, Open};
use self::statement::{Anchor, Echo, kind, split, table};
use self::words::stamp::{self, Issue, Stamp};
use self::words::{Rest, day, heading, part};
use cuofeng_air::forecast::Outlook;
use cuofeng_base::msg;
use cuofeng_base::text::{Message, outside};

/// When a bulletin was issued: a local day, hour and minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssuedAt {
    /// The local day.
    pub day: NaiveDate,
    /// The clock hour, 0 to 23.
    pub hour: u32,
    /// The minute, 0 to 59.
    pub minute: u32,
}

/// Where the year of days without one comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YearSource {
    /// From the issue time.
    Issue,
    /// From the day on which the bulletin was received: nothing of it is certain.
    Received,
}

/// What a reader knows beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The local day on which the bulletin was received.
    pub received: NaiveDate,
    /// The issue time that a person gives, in place of what the bulletin says of itself.
    pub given: Option<IssuedAt>,
    /// The clock hour at which the bureau issues its bulletins, for those that state their day alone.
    pub hour: Option<u32>,
}

/// What became of a piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Read as a forecast of these days.
    Forecast(Vec<NaiveDate>),
    /// Something else.
    Named(Named),
    /// A person has to confirm it.
    Waiting {
        /// What was understood, by day; empty where nothing was.
        understood: Vec<Outlook>,
        /// Why it is not certain.
        why: Message,
    },
}

/// What a piece is that is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A title, the head of a table, an issue stamp.
    Title,
    /// A row whose columns are read as days.
    Table,
    /// Values of instruments, counts of days.
    Measured,
    /// Days before the issue.
    Past,
    /// The weather of a day, without its air.
    Weather,
    /// A remark that states nothing of any day.
    Remark,
    /// What the index means.
    Scale,
    /// It announces the days that follow, and no more than they say.
    Lead,
    /// It says no more of its days than their own lines do.
    Repeated,
}

/// A piece of a line and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As published.
    pub text: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// A line that a person has to confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// As it stands.
    pub line: String,
    /// What was understood, by day; empty where nothing was.
    pub understood: Vec<Outlook>,
    /// Why it is not certain.
    pub why: Message,
}

/// What a bulletin says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    /// When it was issued, where it says so.
    pub issued: Option<IssuedAt>,
    /// Its issue day, where it says no more than that.
    pub issued_day: Option<NaiveDate>,
    /// Where the year comes from.
    pub year: YearSource,
    /// Every piece of every line, in order.
    pub pieces: Vec<Piece>,
    /// What is certain, by day.
    pub days: Vec<Outlook>,
    /// What is not.
    pub aside: Vec<Unclear>,
}

/// Lines that are read: many times a real bulletin. That there are more is told.
const LINES: usize = 2000;

/// Longest line that is taken apart, in bytes: many times the paragraph of a newspaper.
const LONGEST: usize = 20_000;

/// Reads a bulletin that was received on a local day.
#[must_use]
pub fn read(text: &str, received: NaiveDate) -> Bulletin {
    read_as(text, Known { received, given: None, hour: None })
}

/// Reads a bulletin with what is known beside it.
#[must_use]
pub fn read_as(text: &str, known: Known) -> Bulletin {
    let page = html::is_html(text);
    let (body, head) = if page { (html::text_of(text), html::issue_of(text)) } else { (text.to_owned(), None) };
    let mut lines = lines::of(&outside::rows(&body), page);
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let stamped = |line: &Line| {
        let plain = line.plain.text.as_str();
        if table::has_dates(plain) { Vec::new() } else { stamp::stamps(plain, kind::states) }
    };
    let stamps: Vec<Vec<Stamp>> = lines.iter().map(stamped).collect();
    let all: Vec<Stamp> = stamps.iter().flatten().copied().collect();
    let issue = match (known.given, stamp::issue(&all, head)) {
        (Some(given), _) => Issue::At(given),
        (None, Issue::Day(day)) => {
            known.hour.map_or(Issue::Day(day), |hour| Issue::At(IssuedAt { day, hour, minute: 0 }))
        }
        (None, issue) => issue,
    };
    let damaged = lines.iter().any(|line| day::is_damaged(&line.plain.text));
    let titled = |text: &str| kind::is_title(text) && part::urban(text).is_some() && day::mention(text).is_none();
    let urban = lines.iter().any(|line| line.plain.text.split(['。', ',', ':', '\t']).any(titled));
    let anchor = Anchor { issue, received: known.received, damaged, urban };
    let mut open: Vec<(String, Open)> = Vec::new();
    // Days that stand alone in a line.
    let mut above: Vec<NaiveDate> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let first = open.len();
        if let Some(heading) = heading::heading(&line.plain.text, anchor.from()) {
            let alone = heading.body.trim_matches([':', ',', '。', '\t', ' ']).is_empty();
            let fits = alone && heading.sort == heading::Sort::Dated && heading.doubt.is_none();
            above = if fits { heading.days } else { Vec::new() };
        }
        let own = stamps.get(at).map_or(&[][..], Vec::as_slice);
        let row = |at: usize| {
            let free = stamps.get(at).is_none_or(Vec::is_empty);
            lines.get(at).is_some_and(|line| free && table::is_row(&line.plain.text))
        };
        let rows = (at..lines.len()).take_while(|at| row(*at)).count();
        if rows > 0 {
            table_rows(&lines[at..at + rows], anchor, &mut open);
            at += rows;
        } else {
            text_line(line, own, anchor, &mut open);
            at += 1;
        }
        for (text, one) in open.get_mut(first..).unwrap_or_default() {
            below(&above, text, one, anchor);
        }
    }
    if more > 0 {
        open.push((String::new(), Open::Undated(msg!("bulletin.many", limit = LINES, more = more))));
    }
    assembled(&open, anchor)
}

/// What stands below days that have a line of their own, and names none itself, may be theirs: a person sees which.
fn below(days: &[NaiveDate], text: &str, open: &mut Open, anchor: Anchor) {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return };
    if anchor.issued().is_none_or(|issued| *last < issued) {
        return;
    }
    let why = || msg!("bulletin.day_above", day = first.to_string());
    match open {
        Open::Undated(undated) if undated.key() == "bulletin.no_day" => {
            let plain = words::normalise(text).text;
            let sort = heading::Sort::Dated;
            let heading = heading::Heading { sort, days: days.to_vec(), body: &plain, doubt: Some(why()) };
            *open = match statement::read(&heading, anchor).filter(|statement| statement.over.is_none()) {
                Some(statement) => Open::Statement(Box::new(statement)),
                None => Open::Undated(why()),
            };
        }
        Open::Statement(statement) if statement.days.is_empty() => {
            if let Some(doubt) = statement.doubts.iter_mut().find(|doubt| doubt.key() == "bulletin.table_day") {
                *doubt = why();
                statement.days = days.to_vec();
            }
        }
        _ => {}
    }
}

fn assembled(open: &[(String, Open)], anchor: Anchor) -> Bulletin {
    let (verdicts, days) = settle::settle(open);
    let texts = open.iter().map(|(text, _)| text.clone());
    let pieces: Vec<Piece> = texts.zip(verdicts).map(|(text, verdict)| Piece { text, verdict }).collect();
    let waiting = pieces.iter().filter_map(|piece| match &piece.verdict {
        Verdict::Waiting { understood, why } => {
            Some(Unclear { line: piece.text.clone(), understood: understood.clone(), why: why.clone() })
        }
        _ => None,
    });
    let aside = waiting.collect();
    let issued = if let Issue::At(at) = anchor.issue { Some(at) } else { None };
    let issued_day = if let Issue::Day(day) = anchor.issue { Some(day) } else { None };
    Bulletin { issued, issued_day, year: anchor.source(), pieces, days, aside }
}

fn table_rows(lines: &[Line], anchor: Anchor, open: &mut Vec<(String, Open)>) {
    let rows: Vec<&str> = lines.iter().map(|line| line.plain.text.as_str()).collect();
    for (line, read) in lines.iter().zip(table::read(&rows, anchor)) {
        for read in read {
            open.push(match read {
                table::Read::Statement(statement) => (line.published.clone(), Open::Statement(statement)),
                table::Read::Column(words, statement) => (words, Open::Statement(statement)),
                table::Read::Named(named) => (line.published.clone(), Open::Named(named)),
            });
        }
    }
}

/// A line of text: what stands between its issue stamps, statement by statement.
fn text_line(line: &Line, stamps: &[Stamp], anchor: Anchor, open: &mut Vec<(String, Open)>) {
    let plain = line.plain.text.as_str();
    if plain.len() > LONGEST {
        let long = if kind::states(plain) {
            Open::Undated(msg!("bulletin.long", limit = LONGEST))
        } else {
            Open::Named(Named::Remark)
        };
        open.push((line.published.clone(), long));
        return;
    }
    let first = open.len();
    let mut from = 0;
    for (to, next) in stamps.iter().map(|stamp| (stamp.from, stamp.to)).chain([(plain.len(), plain.len())]) {
        let whole = split::level_first(plain, from, to, anchor.from()).unwrap_or(to);
        if from < whole {
            for piece in split::pieces(plain, from, whole, anchor.from()) {
                piece_of(line, &piece, anchor, open);
            }
        }
        if whole < to {
            let text = line.plain.published(&line.published, whole, to).to_owned();
            let why = msg!("bulletin.unread", value = statement::start(&text));
            open.push((text, Open::Undated(why)));
        }
        from = next;
    }
    of_all(open.get_mut(first..).unwrap_or_default());
    let own = open.len() - first;
    if own == 0 {
        open.push((line.published.clone(), Open::Named(Named::Title)));
    } else if own == 1
        && let Some((text, _)) = open.last_mut()
    {
        // Alone in its line it is shown as the line.
        text.clone_from(&line.published);
    }
}

/// `首要污染物均为臭氧` is said of all days of its sentence, not of the last alone.
fn of_all(pieces: &mut [(String, Open)]) {
    for at in 1..pieces.len() {
        let Some(((text, Open::Statement(last)), before)) = pieces.get_mut(..=at).and_then(<[_]>::split_last_mut)
        else {
            continue;
        };
        // `未来三天首要污染物均为臭氧` names its days itself.
        let sentence = text.split('。').next().unwrap_or("");
        let all = last.span.is_none()
            && sentence.split([',', ';', '，', '；']).any(|clause| {
                let clause = clause.trim_start();
                clause.starts_with("首要污染物均") || clause.starts_with("首要污染物都")
            });
        let Some(primary) = last.stated.primary.as_ref().filter(|_| all) else { continue };
        for (text, open) in before.iter_mut().rev() {
            let Open::Statement(statement) = open else { break };
            if text.ends_with('。') {
                break;
            }
            statement.stated.primary.get_or_insert_with(|| primary.clone());
        }
    }
}

fn piece_of(line: &Line, piece: &split::Piece<'_>, anchor: Anchor, open: &mut Vec<(String, Open)>) {
    let plain = line.plain.text.as_str();
    let published = |from: usize, to: usize| {
        let text = line.plain.published(&line.published, from, to);
        text.trim_matches([',', '，', ';', '；', ' ', '：']).to_owned()
    };
    let text = plain.get(piece.from..piece.to).unwrap_or("");
    if text.trim_matches([',', ';', '。', ':', ' ', '\t', '(', ')']).is_empty() {
        return;
    }
    let Some(heading) = &piece.heading else {
        open.push((published(piece.from, piece.to), undated(text)));
        return;
    };
    let Some(mut statement) = statement::read(heading, anchor) else {
        let sort = if part::is_weather(text) { Named::Weather } else { Named::Title };
        open.push((published(piece.from, piece.to), Open::Named(sort)));
        return;
    };
    // What was ends with its sentence, or before what is to come: no forecast is over with it.
    let body = piece.to - heading.body.len();
    let worded = heading.sort == heading::Sort::Past;
    let ends = || kind::past_end(heading.body, worded, anchor.from().day);
    let end = statement.over.and_then(|_| ends()).map(|at| body + at);
    if let Some(end) = end {
        let within = plain.get(body..end).unwrap_or("");
        let own = heading::Heading { body: within, ..heading.clone() };
        let over = statement::read(&own, anchor).map_or(Open::Named(Named::Past), |s| Open::Statement(Box::new(s)));
        open.push((published(piece.from, end), over));
        let rest = split::Piece { from: end, to: piece.to, heading: None };
        return piece_of(line, &rest, anchor, open);
    }
    if let Some(why) = statement::urban(text, anchor) {
        statement.doubts.push(why);
        statement.echo = Some(Echo::Part);
    }
    let lead = kind::is_lead(text) && statement.span.is_some();
    let statement = Box::new(statement);
    open.push((published(piece.from, piece.to), if lead { Open::Lead(statement) } else { Open::Statement(statement) }));
}

/// What a text is that opens with no day.
fn undated(text: &str) -> Open {
    if !kind::states(text) && !kind::is_to_come(text) && !kind::is_ranges(text) {
        let title = kind::is_title(text) || !text.contains(['。', ',']);
        return Open::Named(if title { Named::Title } else { Named::Remark });
    }
    if kind::is_scale(text) {
        Open::Named(Named::Scale)
    } else if kind::is_present(text) {
        Open::Named(Named::Measured)
    } else {
        let part = part::part(&mut Rest(heading::opened(text.trim_start_matches([',', ';', '。', '\t']))));
        let value = statement::start(text.trim_start_matches([',', ';', '。', '\t']));
        Open::Undated(part.map_or_else(|| msg!("bulletin.no_day"), |_| msg!("bulletin.part_day", value = value)))
    }
}

#[cfg(test)]
mod tests;
