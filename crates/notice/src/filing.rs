//! Every short message that a site can send, those that carry several notices included, in the form in which providers want it filed.
//!
//! In: the site's templates, its rules, the office. A template may branch on the purpose, on `reply` and on `link`; what
//! depends on more shows at `check`, as a text that nobody approved. Out: texts with holes for what changes, each with
//! an example and its type. They come from the templates that notices are rendered from, each value replaced by a mark,
//! so that what is filed and what is sent agree. Few texts do for many cases: what differs by case stands in a hole that
//! has room for it (`asks`, `change`), texts with the same words are one, and a text that begins with a hole is sent in
//! an exercise as well, its mark in front of the name. Can't happen: two holes side by side, which providers refuse (they
//! become one).

use super::alarm::Trouble;
pub use super::filed::kind;
use super::filed::{Piece, Template};
use super::merged::Gist;
use super::texts::Texts;
use super::{Content, Fact, Purpose, Recipient, exercise, merged, own, sample};
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Form;
use cuofeng_rules::{Recipients, Rule, Tell, relay};

/// Characters of a value below which only texts without holes can be sent.
const LEAST: usize = 20;

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
    /// Characters of a value that the provider takes.
    pub room: usize,
}

/// How much a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Everything that a short message has room for.
    Full,
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
                add(texts, tell, &content, office, true, &mut filings)?;
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
    if office.room >= LEAST {
        merged(texts, rules, office, &mut filings)?;
    }
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
            let used = |exercise| Use {
                template: merged::TEMPLATE.to_owned(),
                purpose: Purpose::Raise,
                size: Size::Items(count),
                exercise,
            };
            file(filings, (&text, &example), office, lang, (true, &used));
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
    let sampled = of_office(content, tell, office);
    let (marked, marked_person) = (marked_content(&sampled, office), marked_recipient(&person));
    let full = Some(Size::Full).filter(|_| office.room >= LEAST);
    for size in full.into_iter().chain([Size::Brief]) {
        let render = |content: &Content, person: &Recipient<'_>| match size {
            Size::Full | Size::Items(_) => texts.full(&tell.template, person, content, &[]).map(Some),
            Size::Brief => texts.brief(&tell.template, person, content, &[]),
        };
        let Some(text) = render(&marked, &marked_person)? else { continue };
        let text = text.filled(|_| mark("code"));
        let example = render(&sampled, &person)?.unwrap_or_default().example();
        let used = |exercise| Use { template: tell.template.clone(), purpose: content.purpose, size, exercise };
        file(filings, (&text, &example), office, lang, (exercised, &used));
    }
    Ok(())
}

/// Files a text for the real thing and, where it is sent in an exercise too, for that: as the same text where it begins
/// with a hole, in which the mark has room. Short texts are none of an exercise's.
fn file(
    filings: &mut Vec<Filing>,
    (text, example): (&str, &str),
    office: &Office<'_>,
    lang: Lang,
    (exercised, used): (bool, &dyn Fn(bool) -> Use),
) {
    let own = pieces(unsigned(text, office.sign));
    let takes_mark = matches!(own.first(), Some(Piece::Hole(_)));
    let example = unsigned(example, office.sign);
    keep(filings, used(false), own.clone(), example);
    if !exercised || used(true).size == Size::Brief && office.room >= LEAST {
        return;
    }
    if takes_mark {
        keep(filings, used(true), own, example);
    } else {
        let marked = |text: &str| exercise::sms(text, lang);
        keep(filings, used(true), pieces(unsigned(&marked(text), office.sign)), &marked(example));
    }
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
    let has_page = Trouble::ALL.iter().any(|trouble| trouble.has_page() && trouble.tell().template == tell.template);
    let page = has_page && !content.purpose.ends();
    let link = office.link.clone().filter(|_| asked || page || tell.to == Recipients::Releasers);
    Content {
        office: office.name.to_owned(),
        phone: office.phone.to_owned(),
        region: office.region.unwrap_or(&content.region).to_owned(),
        link: link.unwrap_or_default(),
        reply: if asked { content.reply.clone() } else { String::new() },
        ..content.clone()
    }
}

/// Names of the holes, in the order of their marks: characters that no text uses stand for values while a template is
/// rendered.
const NAMES: [&str; 30] = [
    "name", "person", "region", "level", "source", "order", "periods", "spoken", "date", "previous", "number", "data",
    "issued", "shaped", "reason", "measures", "deadline", "code", "reply", "about", "title", "task", "asks", "change",
    "told", "when", "what", "value", "finding", "index",
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
    let marked = |name: &str, value: &String| if value.is_empty() { String::new() } else { mark(name) };
    let fact = Fact {
        when: mark("when"),
        what: mark("what"),
        value: mark("value"),
        ..content.facts.first().cloned().unwrap_or_default()
    };
    Content {
        title: mark("title"),
        region: office.region.map_or_else(|| mark("region"), str::to_owned),
        level: mark("level"),
        source: mark("source"),
        order: mark("order"),
        periods: mark("periods"),
        short_periods: mark("periods"),
        change: marked("change", &content.change),
        short_change: marked("change", &content.short_change),
        undone: String::new(),
        asks: mark("asks"),
        told: mark("told"),
        periods_spoken: mark("spoken"),
        date: mark("date"),
        facts: vec![fact],
        findings: vec![mark("finding")],
        indexes: vec![mark("index")],
        // A draft bears the number of its episode there.
        previous: marked(if content.purpose == Purpose::Draft { "number" } else { "previous" }, &content.previous),
        data_label: mark("data"),
        issued: mark("issued"),
        shaped: mark("shaped"),
        reason: mark("reason"),
        measures: mark("measures"),
        about: mark("about"),
        deadline: marked("deadline", &content.deadline),
        reply: marked("reply", &content.reply),
        ..content.clone()
    }
}

fn marked_recipient(person: &Recipient<'static>) -> Recipient<'static> {
    Recipient { name: mark("name"), person: Some(mark("person")), ..person.clone() }
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
