//! An enterprise's hours as a calendar file (RFC 5545), for phones and mail programs.
//!
//! In: a plan or told periods, what the file before said, the episode, the revision's number. Out: the file's text: one
//! event a day and process, in UTC; what is no longer asked is cancelled in it. Can't happen: the same day of a process
//! under another UID in a later revision; an event that stays in a calendar when it is taken back; a text that breaks
//! out of its line (it is escaped and folded); an exercise without its mark.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Enclosure, Line};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Period, Zone, day_words};
use cuofeng_base::word::identity;
use cuofeng_plan::horizon::holds;
use cuofeng_plan::{Outcome, Plan, Row};

/// What a calendar file speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Calendar<'a> {
    /// The episode.
    pub episode: &'a str,
    /// The identity of the site that began it; empty where it began before sites had any.
    pub site: &'a str,
    /// Number of the revision: the events' sequence.
    pub revision: u32,
    /// When the file is made.
    pub at: DateTime<Utc>,
    /// The office, as the organiser's name.
    pub office: &'a str,
    /// The office's mail address, which a calendar wants of an organiser.
    pub organiser: &'a str,
    /// Whether it is an exercise.
    pub exercise: bool,
    /// The site's zone.
    pub zone: &'a Zone,
    /// Language of the words.
    pub lang: Lang,
}

impl Calendar<'_> {
    /// What makes an event's name one of this site's.
    fn host(&self) -> String {
        identity::before(self.site, "cuofeng")
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What stays the same from revision to revision.
    uid: String,
    period: Period,
    summary: String,
    description: String,
}

/// A calendar file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `PUBLISH`, or `CANCEL` where everything is taken back.
    pub method: &'static str,
    /// Its text, lines ending in CRLF.
    pub text: String,
    /// The local day of its first event.
    day: NaiveDate,
}

/// The events of an enterprise that is planned. `lines` are those of its notice, in the order of its rows.
#[must_use]
pub fn planned(plan: &Plan, enterprise: &str, lines: &[Line], calendar: &Calendar<'_>) -> Vec<Entry> {
    let asked = plan.rows_of(enterprise).zip(lines);
    let asked = asked.filter(|(row, _)| matches!(row.outcome, Outcome::Own | Outcome::Common | Outcome::Stop));
    asked
        .flat_map(|(row, line)| (0..plan.horizon.days()).filter_map(|day| entry(plan, row, line, day, calendar)))
        .collect()
}

/// The event of a process on a day: from the first to the last hour closed to it.
fn entry(plan: &Plan, row: &Row, line: &Line, day: usize, calendar: &Calendar<'_>) -> Option<Entry> {
    let per_day = plan.horizon.per_day();
    let slots = || (day * per_day..(day + 1) * per_day).filter(|slot| holds(&row.stop, *slot));
    let (first, last) = (slots().next()?, slots().next_back()?);
    let date = plan.horizon.date(day, calendar.zone).format("%Y%m%d");
    Some(Entry {
        uid: format!("{}-{}-{}-{date}@{}", calendar.episode, row.enterprise, row.process, calendar.host()),
        period: Period::new(plan.horizon.start_of(first), plan.horizon.start_of(last + 1))?,
        summary: msg!("calendar.summary", process = &row.name).text(calendar.lang),
        description: line.text.clone(),
    })
}

/// The events of an enterprise that is told periods and no hours of its own: one a stretch of them.
#[must_use]
pub fn told(periods: &[Period], enterprise: &str, title: &str, calendar: &Calendar<'_>) -> Vec<Entry> {
    let mut sorted = periods.to_vec();
    sorted.sort_by_key(|period| (period.start, period.end));
    let mut joined: Vec<Period> = Vec::new();
    for period in sorted {
        match joined.last_mut().filter(|last| period.start <= last.end) {
            Some(last) => last.end = last.end.max(period.end),
            None => joined.push(period),
        }
    }
    let mut entries: Vec<Entry> = Vec::new();
    for period in joined {
        let day = calendar.zone.day(period.start).format("%Y%m%d");
        let stem = format!("{}-{enterprise}-{day}", calendar.episode);
        let before = entries.iter().filter(|entry| entry.uid.starts_with(&stem)).count();
        let place = if before == 0 { String::new() } else { format!("-{}", before + 1) };
        entries.push(Entry {
            uid: format!("{stem}{place}@{}", calendar.host()),
            period,
            summary: msg!("calendar.period", title = title).text(calendar.lang),
            description: msg!("calendar.period_text").text(calendar.lang),
        });
    }
    entries
}

/// The file; nothing where nothing is asked and nothing taken back. Of what was asked `before`, that which is neither
/// asked now nor over is cancelled.
#[must_use]
pub fn file(entries: &[Entry], before: &[Entry], calendar: &Calendar<'_>) -> Option<File> {
    let gone = |entry: &&Entry| entry.period.end > calendar.at && entries.iter().all(|e| e.uid != entry.uid);
    let gone: Vec<&Entry> = before.iter().filter(gone).collect();
    let first = entries.iter().chain(gone.iter().copied()).map(|e| e.period.start).min()?;
    let method = if entries.is_empty() { "CANCEL" } else { "PUBLISH" };
    let mut text = String::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cuofeng//NONSGML plan//ZH"] {
        content(&mut text, line);
    }
    content(&mut text, &format!("METHOD:{method}"));
    for entry in entries {
        event(&mut text, entry, "CONFIRMED", calendar);
    }
    for entry in gone {
        event(&mut text, entry, "CANCELLED", calendar);
    }
    content(&mut text, "END:VCALENDAR");
    Some(File { method, text, day: calendar.zone.day(first) })
}

impl File {
    /// The file as it goes with a mail.
    #[must_use]
    pub fn enclosure(self, calendar: &Calendar<'_>) -> Enclosure {
        let day = day_words(self.day, calendar.lang);
        let name = match self.method {
            "CANCEL" => msg!("calendar.file_cancelled", day = day),
            _ => msg!("calendar.file", day = day),
        };
        let name = name.text(calendar.lang);
        let name =
            if calendar.exercise { msg!("calendar.file_exercise", name = name).text(calendar.lang) } else { name };
        Enclosure {
            name: format!("{name}.ics"),
            plain_name: format!("plan-{}-r{}.ics", self.day.format("%Y%m%d"), calendar.revision),
            kind: format!("text/calendar; charset=utf-8; method={}", self.method),
            bytes: self.text.into_bytes(),
        }
    }
}

fn event(out: &mut String, entry: &Entry, status: &str, calendar: &Calendar<'_>) {
    let summary = if calendar.exercise {
        format!("{}{}", msg!("exercise.tag").text(calendar.lang), entry.summary)
    } else {
        entry.summary.clone()
    };
    content(out, "BEGIN:VEVENT");
    for (name, value) in [
        ("UID", entry.uid.clone()),
        ("DTSTAMP", utc(calendar.at)),
        ("SEQUENCE", calendar.revision.to_string()),
        ("DTSTART", utc(entry.period.start)),
        ("DTEND", utc(entry.period.end)),
        ("SUMMARY", escaped(&summary)),
        ("DESCRIPTION", escaped(&format!("{}\n{}", entry.description, calendar.office))),
        ("STATUS", status.to_owned()),
        ("TRANSP", "TRANSPARENT".to_owned()),
    ] {
        content(out, &format!("{name}:{value}"));
    }
    // RFC 5546 wants an organiser of both methods; quotation marks can't stand in a parameter.
    let name: String = calendar.office.chars().filter(|c| *c != '"' && !c.is_control()).collect();
    content(out, &format!("ORGANIZER;CN=\"{name}\":mailto:{}", calendar.organiser));
    content(out, "END:VEVENT");
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, folded to 75 octets, never inside a character (RFC 5545, 3.1).
fn content(out: &mut String, line: &str) {
    let mut length = 0;
    for c in line.chars() {
        if length + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            length = 1;
        }
        out.push(c);
        length += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn period(start: &str, end: &str) -> Period {
        Period::new(at(start), at(end)).expect("a period")
    }

    #[test]
    fn what_is_no_longer_asked_is_cancelled_and_what_is_over_is_left_alone() {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let of = |revision, now: &str, exercise| Calendar {
            site: "",
            episode: "ozone-w-20260912-1",
            revision,
            at: at(now),
            office: "某镇\"环保办\"",
            organiser: "office@example.com",
            exercise,
            zone: &zone,
            lang: Lang::Zh,
        };
        let first = of(1, "2026-09-11T12:00:00Z", false);
        let days = [
            period("2026-09-12T02:00:00Z", "2026-09-12T05:00:00Z"),
            period("2026-09-12T05:00:00Z", "2026-09-12T09:00:00Z"),
            period("2026-09-13T02:00:00Z", "2026-09-13T09:00:00Z"),
        ];
        let before = told(&days, "E001", "臭氧", &first);
        let uids: Vec<&str> = before.iter().map(|e| e.uid.as_str()).collect();
        assert_eq!(uids, ["ozone-w-20260912-1-E001-20260912@cuofeng", "ozone-w-20260912-1-E001-20260913@cuofeng"]);
        let published = file(&before, &[], &first).expect("a file");
        assert_eq!((published.method, published.text.matches("STATUS:CONFIRMED").count()), ("PUBLISH", 2));
        assert!(published.text.contains("ORGANIZER;CN=\"某镇环保办\":mailto:office@example.com\r\n"));
        assert!(published.text.lines().all(|line| line.len() <= 76), "{}", published.text);

        // The second day falls away.
        let second = of(2, "2026-09-12T00:00:00Z", false);
        let changed = file(&told(&days[..2], "E001", "臭氧", &second), &before, &second).expect("a file");
        assert_eq!(changed.method, "PUBLISH");
        let (kept, gone) = changed.text.split_once("STATUS:CONFIRMED").expect("one is kept");
        assert!(
            kept.contains("E001-20260912@") && gone.contains("E001-20260913@") && gone.contains("STATUS:CANCELLED")
        );
        assert_eq!(changed.text.matches("SEQUENCE:2").count(), 2);

        // Lifted on the second day: the first is over.
        let lift = of(3, "2026-09-13T03:00:00Z", true);
        let lifted = file(&[], &before, &lift).expect("a file");
        assert_eq!((lifted.method, lifted.text.matches("BEGIN:VEVENT").count()), ("CANCEL", 1));
        assert!(lifted.text.contains("SUMMARY:【演练】"), "{}", lifted.text);
        let enclosure = lifted.enclosure(&lift);
        assert!(enclosure.name.contains("演练") && enclosure.plain_name.is_ascii(), "{enclosure:?}");
        assert_eq!(enclosure.kind, "text/calendar; charset=utf-8; method=CANCEL");
        assert_eq!(file(&[], &before, &of(4, "2026-09-13T09:00:00Z", false)), None, "nothing is left to take back");
    }
}
