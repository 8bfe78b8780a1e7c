//! How much one person hears: notices of all rules and purposes, merged ones once, and reminders.
//!
//! In: what each episode told whom and when; who may be merged, what is asked and the ladder of reminders as the service
//! has them. Out: by class of people, messages and days with a told hour. Can't happen: a message that carries several
//! notices counted more than once; a letter counted that a later one replaced before it left; a loudspeaker counted as
//! a person.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::Setting;
use super::told::{People, Told, days_in, days_of};
use cuofeng_base::word::ChannelName;
use cuofeng_notice::merged::MOST;
use cuofeng_notice::{Audience, Purpose, quiet};
use cuofeng_rules::acknowledgement;
use cuofeng_rules::escalation::{self, Case, Depth, Rung, Step};
use cuofeng_rules::warning::Span;
use cuofeng_rules::{Remind, Rule};

/// What the people of a class heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// Days with a told hour, once a person.
    pub days: u64,
    /// Messages, where everyone answers when asked first.
    pub answering: u64,
    /// Messages, where nobody ever answers.
    pub silent: u64,
}

impl Heard {
    /// Adds another region's.
    pub fn add(&mut self, other: &Self) {
        self.days += other.days;
        self.answering += other.answering;
        self.silent += other.silent;
    }
}

/// A notice to a person.
struct Letter<'a> {
    /// Place of its episode.
    episode: usize,
    decided: DateTime<Utc>,
    /// When it leaves.
    at: DateTime<Utc>,
    purpose: Purpose,
    /// Whether its template has words for a message that carries several.
    merges: bool,
    ask_hours: Option<u32>,
    rule: &'a Rule,
    spans: &'a [Span],
}

/// What a person was told, and on which days something stood of it.
#[derive(Default)]
struct Person<'a> {
    letters: Vec<Letter<'a>>,
    days: BTreeSet<NaiveDate>,
}

/// Counts what everyone heard of some episodes, by class of people; `episodes` still have their histories.
pub(super) fn count(setting: &Setting<'_>, episodes: &[Told]) -> BTreeMap<Audience, Heard> {
    let people: Vec<People<'_>> = setting.rules.iter().map(|rule| People::of(rule, setting.roster)).collect();
    let mut persons: BTreeMap<(Audience, &str), Person<'_>> = BTreeMap::new();
    // Duty staff are told of each revision that somebody has to pass on.
    let mut by_hand: BTreeSet<(usize, DateTime<Utc>)> = BTreeSet::new();
    for (place, told) in episodes.iter().enumerate() {
        let known = setting.rules.iter().zip(&people).find(|(rule, _)| rule.id == told.rule);
        let Some((rule, people)) = known else { continue };
        let stood: BTreeSet<NaiveDate> = days_of(told, setting.zone).collect();
        for step in &told.history {
            for (recipient, tell) in step.to.iter().filter_map(|number| people.0.get(*number)) {
                if tell.forms.iter().any(|form| setting.routes.first(*form) == ChannelName::ByHand) {
                    by_hand.insert((place, step.at));
                }
                if recipient.audience == Audience::Village {
                    continue;
                }
                let person = persons.entry((recipient.audience, recipient.id.as_str())).or_default();
                // Of a day that nobody told them of they have heard nothing.
                let of_step = step.spans.iter().filter(|_| !step.purpose.ends());
                let days = of_step.flat_map(|span| days_in(&span.period, setting.zone));
                let today = setting.zone.day(step.at);
                person.days.extend(days.filter(|day| *day >= today && stood.contains(day)));
                person.letters.push(Letter {
                    episode: place,
                    decided: step.at,
                    at: quiet::after(rule, recipient.audience, &step.spans, setting.zone, step.at),
                    purpose: step.purpose,
                    merges: setting.texts.has_gist(&tell.template),
                    ask_hours: tell.ask_hours.filter(|_| !step.purpose.ends()),
                    rule,
                    spans: &step.spans,
                });
            }
        }
    }
    let mut heard: BTreeMap<Audience, Heard> = BTreeMap::new();
    for ((audience, _), mut person) in persons {
        person.left();
        let sent = person.messages() + if audience == Audience::Duty { number(by_hand.len()) } else { 0 };
        let own = Heard { days: number(person.days.len()), answering: sent, silent: sent + person.reminders(setting) };
        heard.entry(audience).or_default().add(&own);
    }
    heard
}

impl Person<'_> {
    /// Leaves the letters that left: not those that a later one of their episode replaced while they waited.
    fn left(&mut self) {
        self.letters.sort_by_key(|letter| (letter.decided, letter.episode));
        let decided: Vec<_> = self.letters.iter().map(|letter| (letter.episode, letter.decided)).collect();
        self.letters.retain(|letter| {
            !decided.iter().any(|(of, later)| {
                *of == letter.episode
                    && *later > letter.decided
                    && *later < letter.at
                    && letter.purpose != Purpose::Lift
            })
        });
    }

    /// Messages: letters of different episodes that leave together are one where they may be.
    fn messages(&self) -> u64 {
        let mut together: BTreeMap<DateTime<Utc>, usize> = BTreeMap::new();
        let mut alone = 0;
        for letter in &self.letters {
            if letter.merges && !letter.purpose.ends() {
                *together.entry(letter.at).or_default() += 1;
            } else {
                alone += 1;
            }
        }
        alone + number(together.values().map(|count| count.div_ceil(MOST)).sum())
    }

    /// Reminders to somebody who never answers.
    fn reminders(&self, setting: &Setting<'_>) -> u64 {
        let zone = setting.zone;
        let mut reminded: Vec<(usize, DateTime<Utc>)> = Vec::new();
        for (place, letter) in self.letters.iter().enumerate() {
            let Some(ask_hours) = letter.ask_hours else { continue };
            let of_it = |other: &&Letter<'_>| other.episode == letter.episode;
            let replaced = self.letters[place + 1..].iter().find(of_it).map_or(DateTime::<Utc>::MAX_UTC, |l| l.decided);
            let asked_before = letter.rule.remind == Remind::Episode
                && reminded.iter().filter_map(|(before, _)| self.letters.get(*before)).any(|before| {
                    of_it(&before) && acknowledgement::asks_no_more(letter.rule, before.spans, letter.spans, zone)
                });
            let case = Case {
                deadline: letter.at + Duration::hours(i64::from(ask_hours)),
                until: letter.spans.iter().map(|span| span.period.end).max().unwrap_or(letter.at),
                depth: Depth::Tip,
                answered: false,
                over: false,
                asked_before,
                taken: Vec::new(),
                missing: Vec::new(),
            };
            let mut now = letter.at;
            loop {
                let today = |_: Rung| self.disturbed(setting, &reminded, now);
                match escalation::next(&case, setting.policy, zone, &today, now) {
                    Step::Wait(until, _) if now < until && until < replaced => now = until,
                    Step::Take(..) => {
                        reminded.push((place, now));
                        break;
                    }
                    Step::Wait(..) | Step::Rest(_) => break,
                }
            }
        }
        number(reminded.len())
    }

    /// Changes and reminders that the person has had on a day up to now.
    fn disturbed(&self, setting: &Setting<'_>, reminded: &[(usize, DateTime<Utc>)], now: DateTime<Utc>) -> u32 {
        let day = setting.zone.day(now);
        let today = |at: DateTime<Utc>| at <= now && setting.zone.day(at) == day;
        let changes = self.letters.iter().filter(|l| l.purpose == Purpose::Update && today(l.decided)).count();
        let reminders = reminded.iter().filter(|(_, at)| today(*at)).count();
        u32::try_from(changes + reminders).unwrap_or(u32::MAX)
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
