//! Whom staff call, at which number, what they say, and how they know what to say.
//!
//! In: those whom no letter reached or who gave no answer, where their letters stand, the tables. Out: a call each: the
//! numbers, those that may answer first; what is to be said and by when; what became of each way; the notice that the
//! call is noted on. Can't happen: a number that a far side called dead put before one that is not; a call that does not
//! say whether something begins or has ended.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::error::AppError;
use crate::judging::book::Book;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_channel::said;
use cuofeng_notice::{self as notice, Audience, Purpose};
use cuofeng_office::site::Site;
use cuofeng_outbox::State;
use cuofeng_outbox::tried::Tried;
use cuofeng_outbox::unreached::Unreached;
use cuofeng_rules::warning::{Span, spans_words};
use cuofeng_store::Store;
use cuofeng_town::roster::people::mask_all;
use cuofeng_town::roster::{Contact, Email, Mobile};

/// How many characters of a far side's words a call has room for.
const SAID: usize = 60;

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Of the recipient.
    Own,
    /// Of the other person whom the table names.
    Backup,
    /// Of the village's cadre.
    Cadre,
    /// Of the village's grid worker.
    GridWorker,
}

impl Whose {
    /// In a list.
    #[must_use]
    pub const fn message(self) -> Message {
        msg!(match self {
            Self::Own => "escalation.own",
            Self::Backup => "escalation.backup",
            Self::Cadre => "escalation.cadre",
            Self::GridWorker => "escalation.grid",
        })
    }

    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Backup => "backup",
            Self::Cadre => "cadre",
            Self::GridWorker => "grid-worker",
        }
    }
}

/// A number to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Who answers; empty where the table does not say.
    pub person: String,
    /// The number.
    pub mobile: String,
    /// Whose it is.
    pub whose: Whose,
    /// What a far side said that took no short message to it; nothing where none did.
    pub dead: Option<String>,
}

/// A call to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToCall {
    /// The notice that the call is noted on.
    pub notice: String,
    /// Class of the recipient.
    pub audience: Audience,
    /// Its name.
    pub name: String,
    /// The numbers, in the order in which they are tried; empty where the tables have none.
    pub numbers: Vec<Number>,
    /// What is to be said.
    pub say: String,
    /// Whether it is that something has ended.
    pub ends: bool,
    /// Before when.
    pub by: DateTime<Utc>,
    /// What became of each way; of a call for an answer, that there is none.
    pub why: Vec<String>,
    /// The word for that in JSON.
    pub cause: &'static str,
}

/// Whom staff call, and at which number.
#[derive(Clone, Copy)]
pub struct Numbers<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Numbers<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
    }

    /// The calls to those whom no letter reached.
    pub(crate) async fn calls_of(
        &self,
        unreached: &[&Unreached],
        lang: Lang,
        now: DateTime<Utc>,
    ) -> Result<Vec<ToCall>, AppError> {
        let notices: Vec<&str> = unreached.iter().map(|one| one.notice.as_str()).collect();
        let letters = cuofeng_outbox::tried::tried(self.store, &notices).await?;
        let mut of: BTreeMap<&str, Vec<&Tried>> = BTreeMap::new();
        for letter in &letters {
            of.entry(&letter.notice).or_default().push(letter);
        }
        let call = |one: &&Unreached| {
            let letters = of.get(one.notice.as_str()).map_or(&[][..], Vec::as_slice);
            ToCall {
                notice: one.notice.clone(),
                audience: one.audience,
                name: one.name.clone(),
                numbers: self.numbers(one.audience, &one.recipient, letters, lang),
                say: self.words_for(one, lang, now),
                ends: one.purpose.ends(),
                by: due_by(one, now),
                why: self.ways(one, letters, lang),
                cause: one.cause.word(),
            }
        };
        Ok(unreached.iter().map(call).collect())
    }

    /// What is to be said: what begins and when, what has changed, or that it has ended.
    fn words_for(&self, one: &Unreached, lang: Lang, now: DateTime<Utc>) -> String {
        let rule = self.book.rule(one.rule_set, &one.rule);
        let title = rule.map_or(one.rule.as_str(), |rule| rule.name.as_str());
        let ahead: Vec<Span> = one.spans.iter().filter(|span| span.period.end > now).copied().collect();
        let periods = spans_words(&ahead, &self.site.config.zone, lang);
        msg!(match one.purpose {
            Purpose::Lift => "escalation.say_lift",
            Purpose::Cancel => "escalation.say_cancel",
            Purpose::Update => "escalation.say_update",
            _ => "escalation.say_raise",
        })
        .with("title", title)
        .with("periods", periods)
        .text(lang)
    }

    /// What became of each way to somebody.
    fn ways(&self, one: &Unreached, letters: &[&Tried], lang: Lang) -> Vec<String> {
        let backup = self.backup_of(one.audience, &one.recipient);
        let is_backups = |letter: &&&Tried| {
            let mobile = backup.and_then(|b| b.mobile.as_ref()).map(Mobile::number);
            let email = backup.and_then(|b| b.email.as_ref()).map(Email::address);
            [mobile, email].contains(&Some(letter.address.as_str()))
        };
        let mut ways: Vec<String> = Vec::new();
        for letter in letters {
            let form = letter.form.message();
            let way = if letter.channel == ChannelName::ByHand {
                msg!("channel.by_hand")
            } else if is_backups(&letter) {
                msg!("escalation.backup_way", form = form)
            } else {
                form
            };
            let said = msg!("escalation.way", way = way, what = became(letter, lang)).text(lang);
            if !ways.contains(&said) {
                ways.push(said);
            }
        }
        if ways.is_empty() {
            ways.push(one.cause.message().text(lang));
        }
        ways
    }

    fn backup_of(&self, audience: Audience, recipient: &str) -> Option<&Contact> {
        let enterprises = self.site.roster.enterprises.iter();
        enterprises.filter(|e| audience == Audience::Enterprise && e.id == recipient).find_map(|e| e.backup.as_ref())
    }

    /// The numbers at which somebody may be spoken to, those first that no far side has called dead; people of the
    /// village where an enterprise has none that may answer.
    #[must_use]
    pub fn numbers(&self, audience: Audience, recipient: &str, letters: &[&Tried], lang: Lang) -> Vec<Number> {
        let roster = &self.site.roster;
        let dead = |mobile: &str| {
            let refused = |letter: &&&Tried| {
                letter.form == Form::Sms
                    && letter.channel != ChannelName::ByHand
                    && letter.address == mobile
                    && letter.state == State::Failed
            };
            letters.iter().find(refused).map(|letter| far_words(letter, lang))
        };
        let number = |contact: Option<&Contact>, whose| {
            let contact = contact?;
            let mobile = contact.mobile.as_ref()?.number().to_owned();
            Some(Number { person: contact.name.clone(), dead: dead(&mobile), mobile, whose })
        };
        let of_village = |code: &str| {
            let village = roster.village(code);
            let cadre = number(village.and_then(|v| v.cadre.as_ref()), Whose::Cadre);
            let grid = number(village.and_then(|v| v.grid_worker.as_ref()), Whose::GridWorker);
            [cadre, grid]
        };
        let mut numbers: Vec<Number> = match audience {
            Audience::Enterprise => {
                let Some(e) = roster.enterprises.iter().find(|e| e.id == recipient) else { return Vec::new() };
                let own = [number(Some(&e.contact), Whose::Own), number(e.backup.as_ref(), Whose::Backup)];
                let own: Vec<Number> = own.into_iter().flatten().collect();
                let answers = own.iter().any(|number| number.dead.is_none());
                own.into_iter().chain(of_village(&e.village).into_iter().flatten().filter(|_| !answers)).collect()
            }
            Audience::Village => of_village(recipient).into_iter().flatten().collect(),
            Audience::Keeper => {
                let (code, mark) = recipient.rsplit_once('-').unwrap_or((recipient, ""));
                let [cadre, grid] = of_village(code);
                let (one, other) = if mark == "g" { (grid, cadre) } else { (cadre, grid) };
                let answers = one.as_ref().is_some_and(|number| number.dead.is_none());
                one.into_iter().chain(other.filter(|_| !answers)).collect()
            }
            Audience::Department => {
                let name = notice::named(roster, audience, recipient);
                let named = roster.departments.iter().find(|of| Some(&of.contact.name) == name.as_ref());
                number(named.map(|department| &department.contact), Whose::Own).into_iter().collect()
            }
            Audience::Duty => Vec::new(),
        };
        // The order stays within each kind.
        numbers.sort_by_key(|number| number.dead.is_some());
        numbers
    }
}

/// Before when somebody is called: before the first hour; where that is past, before the next, unless hours run.
fn due_by(one: &Unreached, now: DateTime<Utc>) -> DateTime<Utc> {
    let runs = one.spans.iter().any(|span| span.period.contains(now));
    let next = one.spans.iter().map(|span| span.period.start).filter(|start| *start > now).min();
    next.filter(|_| one.first <= now && !runs).unwrap_or(one.first)
}

/// What became of a letter, in the few words that a person needs who makes up for it.
fn became(letter: &Tried, lang: Lang) -> String {
    let far = || far_words(letter, lang);
    match letter.state {
        State::Failed => far(),
        State::Dead => msg!("unreached.given_up_said", said = far()).text(lang),
        State::Expired if letter.form == Form::Speech => msg!("said.played_out").text(lang),
        State::Expired => msg!("unreached.ended").text(lang),
        State::Unknown => msg!("unreached.unknown").text(lang),
        State::Accepted => msg!("said.no_report").text(lang),
        _ if letter.channel == ChannelName::ByHand => msg!("unreached.by_hand_open").text(lang),
        _ if letter.form == Form::Speech => msg!("unreached.unplayed").text(lang),
        _ => msg!("unreached.waiting").text(lang),
    }
}

/// A far side's words on a letter.
fn far_words(letter: &Tried, lang: Lang) -> String {
    let said = mask_all(&said::plainly(&letter.said, letter.form, lang));
    if said.trim().is_empty() {
        return msg!("unreached.refused").text(lang);
    }
    said.chars().take(SAID).collect()
}
