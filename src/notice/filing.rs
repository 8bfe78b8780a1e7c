//! Every short message that a site can send, those that carry several notices included, in the form in which providers want it filed.
//!
//! In: the site's templates, its rules, the office. A template may branch on the purpose, on `mistaken`, on the lines of
//! a plan, on `deadline` and on `link`; what depends on more shows at `check`, as a text that nobody approved. Out: texts with holes for what changes, each with an example.
//! They come from the templates that notices are rendered from, each value replaced by a mark, so that what is filed
//! and what is sent agree. Can't happen: two holes side by side, which providers refuse (they become one).

use super::filed::{Piece, Template};
use super::merged::Gist;
use super::texts::Texts;
use super::{Audience, Content, Fact, Line, Purpose, Recipient, exercise, merged, own, sample};
use crate::config::Form;
use crate::problem::Problem;
use crate::rules::{Recipients, Rule, Tell, relay};
use crate::text::Lang;

/// Lines of a plan up to which a text of its own is filed; a longer plan goes as the short text.
pub const LINES: usize = 3;

/// What of the office stands in every text as it is.
#[derive(Debug, Clone)]
pub struct Office<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its telephone.
    pub phone: &'a str,
    /// The region's name, where there is only one.
    pub region: Option<&'a str>,
    /// The approved or wanted signature.
    pub sign: &'a str,
    /// What stands before a letter's own code in a link, where recipients can reach one.
    pub link: Option<String>,
}

/// How much a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Everything, with so many lines of a plan.
    Lines(usize),
    /// The short text.
    Brief,
    /// What so many notices ask, in one message.
    Items(usize),
}

/// When a text is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The template.
    pub template: String,
    /// Why.
    pub purpose: Purpose,
    /// How much it says.
    pub size: Size,
    /// Whether in an exercise.
    pub exercise: bool,
}

/// A text to be filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// When it is sent.
    pub uses: Vec<Use>,
    /// Its words and holes.
    pub pieces: Vec<Piece>,
    /// Names and examples of its holes.
    pub examples: Vec<(String, String)>,
}

impl Filing {
    /// With holes `{1}`, `{2}`, … instead of names, as Tencent wants them.
    #[must_use]
    pub fn numbered(&self) -> Self {
        let mut number = 0;
        let mut next = || {
            number += 1;
            number.to_string()
        };
        let renamed = |piece: &Piece| match piece {
            Piece::Hole(_) => Piece::Hole(next()),
            words @ Piece::Words(_) => words.clone(),
        };
        let pieces = self.pieces.iter().map(renamed).collect();
        let examples = self.examples.iter().enumerate().map(|(i, (_, v))| ((i + 1).to_string(), v.clone())).collect();
        Self { uses: self.uses.clone(), pieces, examples }
    }
}

/// Every text that can be sent: of the rules, of the tool's own troubles, of drafts that wait.
///
/// # Errors
/// A template's problem, at its line.
pub fn all(texts: &Texts, rules: &[Rule], office: &Office<'_>) -> Result<Vec<Filing>, Problem> {
    let lang = texts.lang();
    let mut filings = Vec::new();
    for rule in rules.iter().chain([&relay::sample()]) {
        for tell in rule.tell.iter().filter(|tell| tell.forms.contains(&Form::Sms)) {
            for content in sample::contents(rule, lang) {
                let sooner = Content { deadline: String::new(), ..content.clone() };
                add(texts, tell, &content, office, true, &mut filings)?;
                add(texts, tell, &sooner, office, true, &mut filings)?;
            }
        }
    }
    let asks = rules.iter().chain([&relay::sample()]).any(|rule| rule.tell.iter().any(|tell| tell.ask_hours.is_some()));
    let reminds = |own: &own::Own| own.contents.iter().any(|content| content.purpose == Purpose::Reminder);
    let by_sms = |own: &own::Own| own.tell.forms.contains(&Form::Sms);
    for own in own::all(lang).into_iter().filter(|own| by_sms(own) && (asks || !reminds(own))) {
        for content in &own.contents {
            add(texts, &own.tell, content, office, own.exercised, &mut filings)?;
        }
    }
    merged(texts, rules, office, &mut filings)?;
    Ok(filings)
}

/// The texts that say what several notices ask, where several can come to one person.
fn merged(texts: &Texts, rules: &[Rule], office: &Office<'_>, filings: &mut Vec<Filing>) -> Result<(), Problem> {
    let (lang, mut by, mut asks) = (texts.lang(), 0, Vec::new());
    for rule in rules {
        let own = rule.tell.iter().filter(|t| t.forms.contains(&Form::Sms) && texts.has_gist(&t.template));
        let own: Vec<bool> = own.map(|tell| tell.ask_hours.is_some()).collect();
        by += usize::from(!own.is_empty());
        asks.extend(own);
    }
    if by == 0 || by == 1 && office.region.is_some() {
        return Ok(());
    }
    asks.sort_unstable();
    asks.dedup();
    for count in 2..=merged::MOST {
        // Each of the notices may ask for an answer or not.
        let mut combined: Vec<Vec<bool>> = vec![Vec::new()];
        for _ in 0..count {
            let with =
                |some: &Vec<bool>| asks.iter().map(|ask| [some.as_slice(), &[*ask]].concat()).collect::<Vec<_>>();
            combined = combined.iter().flat_map(with).collect();
        }
        for asked in combined {
            let marked: Vec<Gist> = asked.iter().map(|ask| marked_gist(*ask, office)).collect();
            let sampled: Vec<Gist> = asked.iter().map(|ask| sampled_gist(*ask, office, lang)).collect();
            let text = texts.merged_sms((office.name, office.phone), &mark("name"), &marked)?;
            let text = text.filled(|_| mark("code"));
            let example = texts.merged_sms((office.name, office.phone), sample::NAME, &sampled)?.example();
            for exercise in [false, true] {
                let form = |text: &str| if exercise { exercise::sms(text, lang) } else { text.to_owned() };
                let used = Use {
                    template: merged::TEMPLATE.to_owned(),
                    purpose: Purpose::Raise,
                    size: Size::Items(count),
                    exercise,
                };
                let pieces = pieces(unsigned(&form(&text), office.sign));
                keep(filings, used, pieces, unsigned(&form(&example), office.sign));
            }
        }
    }
    Ok(())
}

fn marked_gist(asked: bool, office: &Office<'_>) -> Gist {
    let link = office.link.clone().filter(|_| asked);
    Gist {
        title: mark("title"),
        periods: mark("periods"),
        asks: mark("task"),
        reply: if asked { mark("reply") } else { String::new() },
        link: link.unwrap_or_default(),
    }
}

fn sampled_gist(asked: bool, office: &Office<'_>, lang: Lang) -> Gist {
    let gist = sample::gist(lang);
    let link = office.link.clone().filter(|_| asked);
    Gist { reply: if asked { gist.reply } else { String::new() }, link: link.unwrap_or_default(), ..gist }
}

/// The texts of one purpose of one `tell`.
fn add(
    texts: &Texts,
    tell: &Tell,
    content: &Content,
    office: &Office<'_>,
    exercised: bool,
    filings: &mut Vec<Filing>,
) -> Result<(), Problem> {
    let (lang, person) = (texts.lang(), sample::recipient(tell));
    let planned = person.audience == Audience::Enterprise && !content.purpose.ends();
    let most = if planned { LINES } else { 0 };
    let sampled = of_office(content, tell, office);
    let (marked, marked_person) = (marked_content(&sampled, office), marked_recipient(&person));
    for size in (0..=most).map(Size::Lines).chain([Size::Brief]) {
        let render = |content: &Content, person: &Recipient<'_>, lines: &[Line]| match size {
            Size::Lines(_) | Size::Items(_) => texts.full(&tell.template, person, content, lines).map(Some),
            Size::Brief => texts.brief(&tell.template, person, content, lines),
        };
        let lines = if let Size::Lines(lines) = size { lines } else { 0 };
        let Some(text) = render(&marked, &marked_person, &marked_lines(lines))? else { continue };
        let text = text.filled(|_| mark("code"));
        let example = render(&sampled, &person, &examples(lines, lang))?.unwrap_or_default().example();
        for exercise in [false, true].into_iter().filter(|exercise| exercised || !exercise) {
            let form = |text: &str| if exercise { exercise::sms(text, lang) } else { text.to_owned() };
            let pieces = pieces(unsigned(&form(&text), office.sign));
            let used = Use { template: tell.template.clone(), purpose: content.purpose, size, exercise };
            keep(filings, used, pieces, unsigned(&form(&example), office.sign));
        }
    }
    Ok(())
}

fn keep(filings: &mut Vec<Filing>, used: Use, pieces: Vec<Piece>, example: &str) {
    let template = Template { code: String::new(), pieces };
    match filings.iter_mut().find(|filing| template.same_words(&filing.pieces)) {
        Some(filing) if filing.uses.contains(&used) => {}
        Some(filing) => filing.uses.push(used),
        None => {
            let examples = template.values(example).unwrap_or_default();
            filings.push(Filing { uses: vec![used], pieces: template.pieces, examples });
        }
    }
}

/// A text without the signature that the provider puts in front.
fn unsigned<'a>(text: &'a str, sign: &str) -> &'a str {
    text.strip_prefix('【').and_then(|t| t.strip_prefix(sign)).and_then(|t| t.strip_prefix('】')).unwrap_or(text)
}

/// A sample content with what is the office's own, as a `tell` would send it: a code to answer with only where an answer
/// is asked for, a link only there and where a draft waits.
#[must_use]
pub fn of_office(content: &Content, tell: &Tell, office: &Office<'_>) -> Content {
    let asked = (tell.ask_hours.is_some() || content.purpose == Purpose::Reminder) && !content.purpose.ends();
    let link = office.link.clone().filter(|_| asked || tell.to == Recipients::Releasers);
    Content {
        office: office.name.to_owned(),
        phone: office.phone.to_owned(),
        region: office.region.unwrap_or(&content.region).to_owned(),
        link: link.unwrap_or_default(),
        reply: if asked { content.reply.clone() } else { String::new() },
        ..content.clone()
    }
}

fn examples(count: usize, lang: Lang) -> Vec<Line> {
    let moving: Vec<Line> = sample::lines(lang).into_iter().filter(|line| line.moves).collect();
    let short = match lang {
        Lang::Zh => "改在06:00—10:00、17:00—23:00",
        Lang::En => "move to 06:00—10:00, 17:00—23:00",
    };
    moving.into_iter().cycle().take(count).map(|line| Line { short: short.to_owned(), ..line }).collect()
}

/// Names of the holes, in the order of their marks: characters that no text uses stand for values while a template is
/// rendered.
const NAMES: [&str; 35] = [
    "name",
    "person",
    "region",
    "level",
    "source",
    "order",
    "periods",
    "spoken",
    "date",
    "when",
    "what",
    "value",
    "unit",
    "comparison",
    "threshold",
    "index",
    "standard",
    "previous",
    "data",
    "issued",
    "shaped",
    "reason",
    "line1",
    "line2",
    "line3",
    "task1",
    "task2",
    "task3",
    "measures",
    "deadline",
    "code",
    "reply",
    "about",
    "title",
    "task",
];
/// The first mark: of private use.
const FIRST: u32 = 0xe100;

fn mark(name: &str) -> String {
    let at = NAMES.iter().position(|n| *n == name).unwrap_or(NAMES.len());
    let mark = u32::try_from(at).ok().and_then(|at| char::from_u32(FIRST + at));
    mark.map(String::from).unwrap_or_default()
}

fn named(mark: char) -> Option<&'static str> {
    let at = usize::try_from(u32::from(mark).checked_sub(FIRST)?).ok()?;
    NAMES.get(at).copied()
}

fn marked_content(content: &Content, office: &Office<'_>) -> Content {
    let fact = Fact {
        when: mark("when"),
        what: mark("what"),
        value: mark("value"),
        unit: mark("unit"),
        comparison: mark("comparison"),
        threshold: mark("threshold"),
    };
    Content {
        region: office.region.map_or_else(|| mark("region"), str::to_owned),
        level: mark("level"),
        source: mark("source"),
        order: mark("order"),
        periods: mark("periods"),
        periods_spoken: mark("spoken"),
        date: mark("date"),
        facts: vec![fact],
        indexes: vec![mark("index")],
        standard: mark("standard"),
        previous: mark("previous"),
        data_label: mark("data"),
        issued: mark("issued"),
        shaped: mark("shaped"),
        reason: mark("reason"),
        measures: mark("measures"),
        about: mark("about"),
        deadline: if content.deadline.is_empty() { String::new() } else { mark("deadline") },
        reply: if content.reply.is_empty() { String::new() } else { mark("reply") },
        ..content.clone()
    }
}

fn marked_recipient(person: &Recipient<'static>) -> Recipient<'static> {
    Recipient { name: mark("name"), person: Some(mark("person")), ..person.clone() }
}

fn marked_lines(count: usize) -> Vec<Line> {
    let line = |i: usize| {
        let (name, task) = (mark(&format!("line{i}")), mark(&format!("task{i}")));
        Line { name, text: task.clone(), short: task, moves: true }
    };
    (1..=count).map(line).collect()
}

/// A rendered text in pieces: marks side by side are one hole, and each hole has a name of its own.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for c in text.trim().chars() {
        match (named(c), pieces.last_mut()) {
            (Some(_), Some(Piece::Hole(_))) => {}
            (Some(name), _) => {
                let taken = |name: &str| pieces.iter().any(|p| matches!(p, Piece::Hole(n) if n == name));
                let again = (2..100).map(|i| format!("{name}{i}")).find(|name| !taken(name));
                let name = if taken(name) { again.unwrap_or_default() } else { name.to_owned() };
                pieces.push(Piece::Hole(name));
            }
            (None, Some(Piece::Words(words))) => words.push(c),
            (None, _) => pieces.push(Piece::Words(c.to_string())),
        }
    }
    pieces
}
