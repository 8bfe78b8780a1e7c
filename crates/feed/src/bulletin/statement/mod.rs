//! What a text says of the days that it opens with.
//!
//! In: days and what follows them, in normalised form. Out: what is stated of them, and every reason to doubt it; without
//! a reason it is certain. Can't happen: a clause with a word of air quality, or a number without its unit, passed over in
//! silence; a part of the day or of the area taken for the whole.

pub(super) mod check;
pub(super) mod kind;
pub(super) mod settle;
pub(super) mod split;
pub(super) mod table;

use chrono::NaiveDate;

use self::check::Stated;
use super::YearSource;
use super::words::day::{self, LONGEST};
use super::words::field::{self, Field, Whole};
use super::words::heading::{From, Heading, Sort};
use super::words::part;
use super::words::stamp::Issue;
use super::words::weather::lone_number;
use super::words::{Rest, polluted};
use cuofeng_air::forecast::{Outlook, Range};
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// Longest line that is read, in characters: about five times a real one.
pub(super) const LINE_LIMIT: usize = 1000;

/// What a text states of its days.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    /// Its days from the issue day on; several where it says the same of each.
    pub days: Vec<NaiveDate>,
    pub stated: Stated,
    /// Why it is not certain.
    pub doubts: Vec<Message>,
    /// It speaks of what was.
    pub over: Option<Over>,
    /// The range is the hull of those of the day's parts.
    pub from_parts: bool,
    /// It may be no more than what the days' own lines say.
    pub echo: Option<Echo>,
    /// It speaks of several days without naming them.
    pub span: Option<Span>,
}

/// Days that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// How many, where it says so.
    pub count: Option<i64>,
}

/// What was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Days before the issue.
    Past,
    /// Hours before the issue, or values of instruments.
    Measured,
}

/// How a doubtful statement relates to its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Echo {
    /// It speaks of all of them: it says nothing new where it is their hull.
    Whole,
    /// It speaks of a part of them: it says nothing new where it lies within their hull.
    Part,
}

impl Statement {
    /// What it says of one of its days.
    pub fn outlook(&self, day: NaiveDate) -> Outlook {
        Outlook {
            aqi: self.stated.aqi.map(|amount| amount.range),
            levels: self.stated.levels,
            primary: self.stated.primary.clone().unwrap_or_default(),
            concentrations: self.stated.concentrations.iter().map(|(p, amount)| (*p, amount.range)).collect(),
            from_parts: self.from_parts,
            ..Outlook::new(day)
        }
    }

    /// Whether anything but the day was made out.
    pub fn says_something(&self) -> bool {
        self.stated.says_something()
    }
}

/// When a bulletin was issued, or the day that stands for its year where that is not known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    pub issue: Issue,
    pub received: NaiveDate,
    /// Days of the text lost their marks.
    pub damaged: bool,
    /// Its title says that it speaks of the town within its walls.
    pub urban: bool,
}

impl Anchor {
    /// The issue day, where it is known.
    pub fn issued(self) -> Option<NaiveDate> {
        match self.issue {
            Issue::At(at) => Some(at.day),
            Issue::Day(day) => Some(day),
            Issue::Two(..) | Issue::Unknown => None,
        }
    }

    /// The day from which days are counted.
    pub fn from(self) -> From {
        // Without an issue nothing is certain, so that any reading of a day will do for showing.
        From { day: self.issued().unwrap_or(self.received), damaged: self.damaged }
    }

    /// Where the year of days without one comes from.
    pub fn source(self) -> YearSource {
        if self.issued().is_some() { YearSource::Issue } else { YearSource::Received }
    }

    /// Why nothing of the text is certain.
    pub fn doubt(self) -> Option<Message> {
        match self.issue {
            Issue::At(_) => None,
            Issue::Day(day) => Some(msg!("bulletin.no_hour", day = day.to_string())),
            Issue::Two(one, other) => {
                Some(msg!("bulletin.two_issues", one = one.to_string(), other = other.to_string()))
            }
            Issue::Unknown => Some(msg!("bulletin.no_issue")),
        }
    }

    /// Whether hours of days lie before the issue.
    fn is_over(self, days: &[NaiveDate], hours: part::Hours) -> bool {
        let Issue::At(at) = self.issue else { return self.issued().is_some_and(|day| days.iter().all(|d| *d < day)) };
        let end = hours.to.unwrap_or(hours.from);
        days.iter().all(|day| *day < at.day || *day == at.day && end <= at.hour)
    }
}

/// Clauses of a text; a dot ends one only at the end of the line.
pub(super) fn clauses(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', '。', '\t', '!']).map(|clause| clause.trim_matches([' ', '.', '…'])).filter(|c| !c.is_empty())
}

/// Reads what follows days; nothing where it states nothing of the air.
pub(super) fn read(heading: &Heading<'_>, anchor: Anchor) -> Option<Statement> {
    let mut reader = Reader::new(heading, anchor);
    let body = reader.opening(heading, anchor);
    if !kind::speaks(body) {
        return None;
    }
    if body.chars().count() > LINE_LIMIT {
        reader.doubt(msg!("bulletin.long", limit = LINE_LIMIT));
        return Some(reader.statement);
    }
    for (at, clause) in clauses(body).enumerate() {
        reader.clause(clause, at == 0, body);
    }
    Some(reader.finish(body, anchor))
}

/// Why a text that opens with days holds for the town within its walls alone, where no title says so of the whole.
pub(super) fn urban(text: &str, anchor: Anchor) -> Option<Message> {
    // The town's temperature says nothing of where its air is.
    let warm = |clause: &&str| !["气温", "温度", "能见度", "降水"].iter().any(|word| clause.contains(word));
    let clause = clauses(text).filter(warm).find(|clause| part::urban(clause).is_some())?;
    (!anchor.urban).then(|| msg!("bulletin.part_area", value = start(clause)))
}

/// Reads a day whose fields are known one by one, as a row of a table has them.
pub(super) fn of_fields(heading: &Heading<'_>, fields: Vec<Field>, doubts: Vec<Message>, anchor: Anchor) -> Statement {
    let mut reader = Reader::new(heading, anchor);
    reader.statement.doubts.extend(doubts);
    for field in fields {
        reader.take(field);
    }
    reader.finish("", anchor)
}

struct Reader {
    statement: Statement,
    /// The part of the day that is spoken of, none for the whole.
    part: Option<u16>,
    /// What is stated, by part of the day.
    stated: Vec<(Option<u16>, Stated)>,
    /// A clause on the weather spoke of a part of the day or of the area.
    partly: bool,
    /// A word says that this is a forecast.
    forecasts: bool,
}

impl Reader {
    fn new(heading: &Heading<'_>, anchor: Anchor) -> Self {
        let mut statement = Statement { days: heading.days.clone(), ..Statement::default() };
        statement.doubts.extend(anchor.doubt());
        statement.doubts.extend(heading.doubt.clone());
        match heading.sort {
            Sort::Dated => {}
            Sort::Relative => statement.doubts.push(msg!("bulletin.relative")),
            Sort::Span(count) => {
                if heading.days.is_empty() {
                    statement.doubts.push(msg!("bulletin.span"));
                }
                statement.echo = Some(Echo::Whole);
                statement.span = Some(Span { count });
            }
            Sort::Past => statement.over = Some(Over::Past),
        }
        let mut reader = Self { statement, part: None, stated: Vec::new(), partly: false, forecasts: false };
        reader.place(anchor);
        reader
    }

    fn doubt(&mut self, why: Message) {
        self.statement.doubts.push(why);
    }

    /// Judges where the days lie.
    fn place(&mut self, anchor: Anchor) {
        let Some(issued) = anchor.issued() else { return };
        let days = &self.statement.days;
        let Some((first, last)) = days.first().copied().zip(days.last().copied()) else { return };
        if last < issued {
            self.statement.over = Some(Over::Past);
        } else if first < issued && self.statement.over.is_none() {
            self.doubt(msg!("bulletin.straddles", first = first.to_string(), issued = issued.to_string()));
            self.statement.days.retain(|day| *day >= issued);
        }
        if (last - issued).num_days() > LONGEST {
            self.doubt(msg!("bulletin.too_far", day = last.to_string(), days = LONGEST));
        }
    }

    /// Takes what stands between the days and what is said of them: hours, a part of the day, a word that makes the day
    /// no day of its own. Gives what follows.
    fn opening<'a>(&mut self, heading: &Heading<'a>, anchor: Anchor) -> &'a str {
        let body = heading.body;
        let mut rest = Rest(body);
        if let Some(hours) = part::hours(&mut rest) {
            if anchor.is_over(&self.statement.days, hours) {
                self.statement.over = Some(Over::Measured);
            } else if hours != (part::Hours { from: 0, to: Some(24) }) {
                self.part = Some(part::UNKNOWN);
            }
            return rest.0;
        }
        if part::is_near(body) {
            self.doubt(msg!("bulletin.near", value = start(body)));
        } else {
            self.part = part::part(&mut rest).or_else(|| part::lonely(&mut rest));
        }
        rest.0
    }

    fn clause(&mut self, clause: &str, first: bool, body: &str) {
        let mut rest = Rest(clause);
        if let Some(part) = part::part(&mut rest).or_else(|| part::hours(&mut rest).map(|_| part::UNKNOWN)) {
            let said = rest.0.trim_start_matches([':', '的']);
            if said.is_empty() {
                self.part = Some(part);
                // Named without a word of it, as at the end of a line that was cut: it counts all the same.
                self.here();
                return;
            }
            if field::whole(said).is_some() || field::has_marker(said) {
                self.part = Some(part);
                return self.said(said, false, body);
            }
            if part::is_condition(said) {
                self.doubt(msg!("bulletin.condition", value = start(said)));
            }
            if !part::is_comfort(said) {
                // What it says of that part is not understood: `夜间预计`, as at the end of a line that was cut.
                self.part = Some(part);
                self.here();
            }
            self.partly = true;
            return self.weather(said);
        }
        self.said(clause, first, body);
    }

    fn said(&mut self, clause: &str, first: bool, body: &str) {
        if let Some(whole) = field::whole(clause) {
            return self.whole(whole, clause, first, body);
        }
        if part::is_condition(clause) {
            self.doubt(msg!("bulletin.condition", value = start(clause)));
        }
        if field::has_marker(clause) || kind::is_polluted(clause) || kind::may_state(clause) {
            self.unread(clause);
        } else {
            self.weather(clause);
        }
    }

    fn whole(&mut self, whole: Whole, clause: &str, first: bool, body: &str) {
        if whole.grade && (!first || body.contains('风')) {
            self.doubt(msg!("bulletin.grade", value = start(clause)));
        }
        if self.partly && !whole.forecasts && !self.forecasts {
            self.doubt(msg!("bulletin.part_weather", value = start(clause)));
        }
        self.forecasts |= whole.forecasts;
        for field in whole.fields {
            if !self.take(field) {
                self.doubt(msg!("bulletin.twice", value = start(clause)));
            }
        }
    }

    /// A clause on the air that can't be read to its end.
    fn unread(&mut self, clause: &str) {
        let advice = part::ADVICE.iter().any(|word| clause.starts_with(word));
        if advice && polluted(clause).is_none() && !clause.contains(|c: char| c.is_ascii_digit() && c != '3') {
            return;
        }
        let value = start(clause);
        let echo = if part::names_part(clause) {
            self.doubt(msg!("bulletin.part_day", value = value));
            Echo::Part
        } else if part::names_area(clause) {
            self.doubt(msg!("bulletin.part_area", value = value));
            Echo::Part
        } else if kind::is_risk(clause) {
            self.doubt(msg!("bulletin.risk", value = value));
            Echo::Part
        } else if let Some(field) = field::primary_cell(clause) {
            // Named alone: the primary pollutant, or the beginning of what was to be said of it.
            self.doubt(msg!("bulletin.pollutant_alone", value = value));
            self.take(field);
            Echo::Whole
        } else {
            self.doubt(msg!("bulletin.unread", value = value));
            Echo::Whole
        };
        self.statement.echo =
            Some(self.statement.echo.map_or(echo, |known| if known == echo { echo } else { Echo::Part }));
        for field in field::anyhow(clause) {
            self.take(field);
        }
        if let Some((low, high)) = polluted(clause) {
            self.widen(low, high);
        }
    }

    /// A clause that says nothing of the air.
    fn weather(&mut self, clause: &str) {
        let partly = part::names_part(clause) || part::names_area(clause);
        let weather = part::is_weather(clause);
        if let Some(second) = day::mention(clause) {
            // `12日夜间有阵雨` among the days of a span tells of rain.
            if !(weather && part::names_part(clause)) {
                self.doubt(msg!("bulletin.second_day", value = start(second)));
                self.statement.echo = self.statement.echo.or(Some(Echo::Whole));
            }
        }
        if weather && part::breaks_off(clause) {
            self.doubt(msg!("bulletin.part_day", value = start(clause)));
            self.statement.echo = Some(Echo::Part);
        } else if partly && weather {
            self.partly = true;
        } else if partly {
            self.doubt(msg!("bulletin.part_day", value = start(clause)));
            self.statement.echo = Some(Echo::Part);
        } else if part::is_nearness(clause) {
            self.doubt(msg!("bulletin.near", value = start(clause)));
        }
        if let Some(number) = lone_number(clause) {
            self.doubt(msg!("bulletin.number", value = start(number)));
        }
    }

    /// What is stated of the part that is spoken of.
    fn here(&mut self) -> &mut Stated {
        let at = self.stated.iter().position(|(part, _)| *part == self.part).unwrap_or_else(|| {
            self.stated.push((self.part, Stated::default()));
            self.stated.len() - 1
        });
        &mut self.stated[at].1
    }

    /// Keeps a field; false where the text states another before, whose hull is then kept for showing.
    fn take(&mut self, field: Field) -> bool {
        self.here().take(field)
    }

    /// Keeps a level for showing.
    fn widen(&mut self, low: i64, high: i64) {
        if let Some(levels) = Range::new(low, high) {
            self.here().take(Field::Levels(levels));
        }
    }

    fn finish(mut self, body: &str, anchor: Anchor) -> Statement {
        let parts: Vec<u16> = self.stated.iter().filter_map(|(part, _)| *part).collect();
        let whole = self.stated.iter().any(|(part, stated)| part.is_none() && stated.says_something());
        let all: Vec<&Stated> = self.stated.iter().map(|(_, stated)| stated).collect();
        self.statement.stated = Stated::hull(&all);
        if !parts.is_empty() {
            if !whole && part::is_day(parts.iter().fold(0, |all, part| all | part)) {
                self.statement.from_parts = true;
            } else {
                self.doubt(msg!("bulletin.part_only"));
                self.statement.echo = Some(Echo::Part);
            }
        }
        let checked = check::doubts(&self.statement.stated);
        self.statement.doubts.extend(checked);
        let stated = &self.statement.stated;
        let one_level = || stated.levels.is_some_and(|levels| levels.low() == levels.high());
        let single = stated.aqi.map_or_else(one_level, |aqi| aqi.single);
        let today = anchor.issued().is_some_and(|day| self.statement.days.contains(&day));
        // What is doubtful for another reason keeps that.
        if single && today && !self.forecasts && self.statement.doubts.is_empty() {
            self.doubt(msg!("bulletin.measured_today"));
        }
        if kind::is_measured(body) {
            let over = anchor.issued().is_some_and(|day| self.statement.days.iter().all(|d| *d <= day));
            if over {
                self.statement.over = self.statement.over.or(Some(Over::Measured));
            } else {
                self.doubt(msg!("bulletin.measured_ahead"));
            }
        }
        self.statement
    }
}

/// The first characters of a piece, to point at it.
pub(super) fn start(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
