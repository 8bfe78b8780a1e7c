//! What people pass on where no wire reaches, and what they say became of it.
//!
//! In: letters of the channel `by_hand`, a member of staff's word on them, the time. Out: their state, as of every other
//! channel; duty staff told that there is something to pass on, and at the end what was not. Can't happen: a letter
//! by hand that nobody hears of; an old text counted as passed on after another took its place or its period ended.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use crate::answering::numbers::Numbers;
use crate::deciding::open::title_of;
use crate::error::AppError;
use crate::judging::book::Book;
use crate::refusal::{Answer, Refusal};
use crate::watching::alarm::{Alarms, first_names};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::word::Form;
use cuofeng_channel::Words;
use cuofeng_channel::by_hand::How;
use cuofeng_channel::link::Keys;
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::speech::by_date;
use cuofeng_notice::{Audience, Purpose, sheet};
use cuofeng_office::site::Site;
use cuofeng_outbox::{Held, State};
use cuofeng_rules::warning::Span;
use cuofeng_store::hand::{self, ByHand, Handing, Wanted};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, receipt};
use cuofeng_town::roster::Role;

/// How long before the first hour duty staff are told again of what still waits to be passed on.
const SOON: Duration = Duration::minutes(90);

/// Letters that people pass on.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
}

impl<'a> Hands<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book) -> Self {
        Self { site, store, book }
    }

    /// The words of a letter as they are passed on, with the address of its own page. A text for a loudspeaker names its
    /// days by their dates: nobody knows on which day it will be read out.
    pub fn words_by_hand(&self, letter: &ByHand, now: DateTime<Utc>) -> Result<(String, String), AppError> {
        let body = letter.body.trim_end();
        if letter.form == Form::Speech {
            return Ok((letter.subject.clone(), by_date::by_date(body.text())));
        }
        if !body.has_places() {
            return Ok((letter.subject.clone(), body.text().to_owned()));
        }
        let code = Keys::open(&self.site.root, now)?.code(letter.number, &letter.key);
        Ok((letter.subject.clone(), body.filled(|_| code.clone())))
    }

    /// Who can be spoken to about a letter: name and mobile, empty where the tables name nobody.
    #[must_use]
    pub fn whom(&self, letter: &ByHand) -> (String, String) {
        let first = Numbers::new(self.site, self.store, self.book)
            .numbers(letter.audience, &letter.recipient, &[], self.site.config.language)
            .into_iter()
            .next();
        first.map_or_else(|| (named_for(self.site, letter), String::new()), |number| (number.person, number.mobile))
    }

    /// A letter as a printed page.
    pub async fn page_by_hand(&self, letter: &ByHand, now: DateTime<Utc>) -> Result<sheet::Sheet, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let (subject, body) = self.words_by_hand(letter, now)?;
        let title = if letter.form == Form::Speech { msg!("hand.to_read_aloud").text(lang) } else { subject };
        let (person, _) = self.whom(letter);
        Ok(sheet::Sheet {
            number: letter.number,
            to: letter.name.clone(),
            person,
            until: zone.words(self.due_of(letter, now).await?, lang),
            title,
            body,
        })
    }

    /// Writes down what became of letters that people pass on: all of them, or none.
    pub async fn passed_on(&self, numbers: &[i64], handing: &Handing, now: DateTime<Utc>) -> Result<Answer, AppError> {
        if !self.site.roster.may(&handing.by, &Role::DRAFTING) {
            return Ok(Err(Refusal(msg!("drafts.may_not", by = &handing.by))));
        }
        if handing.how == How::Failed && handing.note.trim().is_empty() {
            return Ok(Err(Refusal(msg!("hand.why"))));
        }
        if handing.at > now {
            return Ok(Err(Refusal(msg!("hand.future"))));
        }
        let mut tx = self.store.begin().await?;
        for number in numbers {
            let wanted = Wanted { number: Some(*number), ..Wanted::default() };
            let Some(letter) = self.store.by_hand(wanted).await?.pop() else {
                return Ok(Err(Refusal(msg!("hand.none", number = *number))));
            };
            let state = match leads(&letter, handing) {
                Ok(state) => state,
                Err(why) => return Ok(Err(Refusal(why))),
            };
            let said = said_by_hand(self.site, handing);
            let seen = Held { id: letter.number, attempt: 0, state: letter.state };
            if !cuofeng_outbox::enter(&mut tx, seen, state, &said, now).await? {
                return Ok(Err(Refusal(msg!("outbox.moved_on", number = *number))));
            }
            hand::keep(&mut tx, letter.number, handing, now).await?;
            receipt::keep(&mut tx, letter.number, 0, state.word(), &Words::said(said.clone()), now).await?;
            ledger::write(&mut tx, &Actor::of(&handing.by), Event::ByHand, &letter.notice, &said, now).await?;
        }
        tx.commit().await?;
        Ok(Ok(msg!("hand.kept", count = numbers.len(), how = handing.how.message())))
    }

    /// Tells duty staff of letters that wait for a person, revision by revision, and what became of them when none of a
    /// revision waits any more. While everything is held there is nothing to pass on, and nothing to say.
    pub(crate) async fn tell_hand(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        if self.store.hold().await?.is_some() {
            return Ok(0);
        }
        let lang = self.site.config.language;
        let told: Vec<String> = self
            .store
            .open_kinds()
            .await?
            .into_iter()
            .filter(|(kind, _)| kind == Trouble::Hand.kind())
            .map(|(_, place)| place)
            .collect();
        if told.is_empty() && !self.store.waits_by_hand().await? {
            return Ok(0);
        }
        let waiting = self.store.by_hand(Wanted { waiting: true, ..Wanted::default() }).await?;
        let due: Vec<&ByHand> = waiting.iter().filter(|w| w.not_before <= now && now < w.expires_at).collect();
        let mut made = 0;
        let mut standing: Vec<String> = Vec::new();
        for letter in &due {
            let place = place(&letter.episode, letter.revision);
            if standing.contains(&place) {
                continue;
            }
            let of: Vec<&&ByHand> =
                due.iter().filter(|w| w.episode == letter.episode && w.revision == letter.revision).collect();
            let (until, runs) = self.pass_on_by(&of, now).await?;
            let words = |at| self.site.config.zone.words(at, lang);
            let told_at = self.store.open_episode(Trouble::Hand.kind(), &place).await?.map(|told| told.told_at);
            standing.push(place.clone());
            if let Some(told_at) = told_at {
                // Once more, in time before the first hour, where it still waits then. Whom nothing else has reached is
                // named with a number to call in the alarm about those.
                let again = until - SOON;
                if told_at >= again || now < again || until <= now {
                    continue;
                }
                let left = self.left_to_calls(of.iter().map(|letter| **letter)).await?;
                let of: Vec<&&ByHand> = of.into_iter().filter(|letter| !left.contains(&letter.notice)).collect();
                if of.is_empty() {
                    continue;
                }
                Alarms::new(self.site, self.store)
                    .alarm_settled(Trouble::Hand, &place, &msg!("hand.again"), now)
                    .await?;
                let still = if runs { "alarm.hand_still_runs" } else { "alarm.hand_still" };
                let why = msg!(still).with("count", of.len()).with("names", names(&of, lang));
                let why = why.with("until", words(until));
                made += Alarms::new(self.site, self.store)
                    .alarm(Trouble::Hand, &place, &self.site.config.name, Some(&why), now)
                    .await?;
                continue;
            }
            // Once that is past, what is left of the hours counts.
            let by = if until > now { until } else { of.iter().map(|w| w.expires_at).max().unwrap_or(until) };
            let what = self.what_to_pass_on(&of).await?;
            let why =
                msg!("alarm.hand_why", count = of.len(), names = names(&of, lang), until = words(by), what = what);
            made += Alarms::new(self.site, self.store)
                .alarm(Trouble::Hand, &place, &self.site.config.name, Some(&why), now)
                .await?;
        }
        for region in told {
            if standing.contains(&region) {
                continue;
            }
            match self.became(&region, now).await? {
                Ok(done) => {
                    Alarms::new(self.site, self.store).alarm_settled(Trouble::Hand, &region, &done, now).await?;
                }
                Err(missed) => {
                    made += Alarms::new(self.site, self.store)
                        .alarm_over(Trouble::Hand, &region, &self.site.config.name, &missed, now)
                        .await?;
                }
            }
        }
        Ok(made)
    }

    /// By when a letter is to be passed on: as those are told who pass it on.
    pub async fn due_of(&self, letter: &ByHand, now: DateTime<Utc>) -> Result<DateTime<Utc>, AppError> {
        let (until, _) = self.pass_on_by(&[&letter], now).await?;
        Ok(if until > now { until } else { letter.expires_at })
    }

    /// What the letters of a revision are: what it is called, and whether it begins, changes or ends.
    async fn what_to_pass_on(&self, of: &[&&ByHand]) -> Result<Message, AppError> {
        let Some(first) = of.first() else { return Ok(msg!("time.plain", text = "")) };
        let title = title_of(self.store, self.book, &first.episode).await?;
        Ok(msg!("alarm.hand_what", title = title, purpose = first.purpose.message()))
    }

    /// The notices of those whom the list of calls names: nothing else has reached them, and what they are told has not
    /// ended.
    async fn left_to_calls<'l>(&self, letters: impl Iterator<Item = &'l ByHand>) -> Result<BTreeSet<String>, AppError> {
        let told = |letter: &&ByHand| letter.audience != Audience::Duty && letter.purpose != Purpose::Reminder;
        let named: BTreeSet<String> =
            letters.filter(told).filter(|letter| !letter.purpose.ends()).map(|letter| letter.notice.clone()).collect();
        let reached = self.store.reached(&named).await?;
        Ok(named.difference(&reached).cloned().collect())
    }

    /// By when letters of a revision are to be passed on: before the first hour that they speak of; where hours run when
    /// they may be passed on, before these end, which is said. The same at every look.
    async fn pass_on_by(&self, of: &[&&ByHand], now: DateTime<Utc>) -> Result<(DateTime<Utc>, bool), AppError> {
        let end = of.iter().map(|w| w.expires_at).min().unwrap_or(now);
        let from = of.iter().map(|w| w.not_before).min().unwrap_or(now);
        let Some(first) = of.first().filter(|first| !first.purpose.ends()) else { return Ok((end, false)) };
        let revisions = self.store.revisions(&first.episode).await?;
        let spans = revisions.iter().find(|r| r.number == first.revision).map_or(&[][..], |r| r.spans.as_slice());
        let (until, runs) = due_by(spans, from).unwrap_or((end, true));
        Ok((until.min(end), runs))
    }

    /// What became of a revision's letters by hand: all were passed on or taken back, or some were not.
    async fn became(&self, place: &str, now: DateTime<Utc>) -> Result<Result<Message, Message>, AppError> {
        let of = of_place(place);
        let letters = match of {
            Some(of) => self.store.by_hand(Wanted { of: Some(of), ..Wanted::default() }).await?,
            None => Vec::new(),
        };
        let passed = letters.iter().filter(|l| matches!(l.state, State::Accepted | State::Delivered)).count();
        let failed: Vec<&ByHand> = letters.iter().filter(|l| l.state == State::Failed).collect();
        // One that ended before its period did was replaced or taken back.
        let late: Vec<&ByHand> =
            letters.iter().filter(|l| l.state == State::Expired && l.since >= l.expires_at).collect();
        let missed: Vec<&&ByHand> = failed.iter().chain(&late).collect();
        let lang = self.site.config.language;
        if missed.is_empty() {
            return Ok(Ok(msg!("alarm.hand_done", count = passed)));
        }
        if missed.iter().all(|letter| letter.expires_at <= now) {
            let names = names(&missed, lang);
            return Ok(Err(msg!("alarm.hand_missed", count = passed, missed = missed.len(), names = names)));
        }
        // Whoever can still be called is named, with a number, in the alarm about those whom nothing reached.
        let left = self.left_to_calls(missed.iter().map(|letter| **letter)).await?;
        let missed: Vec<&&ByHand> = missed.into_iter().filter(|letter| !left.contains(&letter.notice)).collect();
        if missed.is_empty() {
            return Ok(Ok(msg!("alarm.hand_done", count = passed)));
        }
        let people: Vec<(String, &str)> = missed.iter().map(|l| (self.whom(l).0, l.name.as_str())).collect();
        let people = people.iter().map(|(person, name)| if person.is_empty() { *name } else { person.as_str() });
        let people = first_names(people.collect(), lang);
        Ok(Err(msg!("alarm.hand_missed_call", names = names(&missed, lang), people = people)))
    }
}

/// Who stands in the tables for a recipient without any number.
fn named_for(site: &Site, letter: &ByHand) -> String {
    let roster = &site.roster;
    let contact = match letter.audience {
        Audience::Enterprise => {
            roster.enterprises.iter().find(|e| e.id == letter.recipient).map(|enterprise| &enterprise.contact)
        }
        Audience::Village => {
            let village = roster.village(&letter.recipient);
            village.and_then(|village| village.cadre.as_ref().or(village.grid_worker.as_ref()))
        }
        _ => None,
    };
    contact.map_or_else(String::new, |contact| contact.name.clone())
}

fn said_by_hand(site: &Site, handing: &Handing) -> String {
    let (zone, lang) = (&site.config.zone, site.config.language);
    let (at, how) = (zone.words(handing.at, lang), handing.how.message());
    msg!("hand.said", by = &handing.by, at = at, how = how, note = handing.note.trim()).text(lang).trim().to_owned()
}

/// Before when words that may be passed on from an instant are of most use: the beginning of the first hours ahead; the
/// end of hours that run then, which is said.
fn due_by(spans: &[Span], from: DateTime<Utc>) -> Option<(DateTime<Utc>, bool)> {
    let first = spans.iter().map(|span| span.period).filter(|period| period.end > from).min_by_key(|p| p.start)?;
    Some(if first.start > from { (first.start, false) } else { (first.end, true) })
}

fn names(letters: &[&&ByHand], lang: Lang) -> String {
    first_names(letters.iter().map(|letter| letter.name.as_str()).collect(), lang)
}

/// Stands for a revision as the region of the alarm about its letters by hand.
fn place(episode: &str, revision: u32) -> String {
    format!("{episode}.r{revision}")
}

/// The episode and revision that such a region stands for.
#[must_use]
pub fn of_place(place: &str) -> Option<(&str, u32)> {
    let (episode, revision) = place.rsplit_once(".r")?;
    Some((episode, revision.parse().ok()?))
}

/// The state into which a word moves a letter, or why it does not.
fn leads(letter: &ByHand, handing: &Handing) -> Result<State, Message> {
    let state = letter.state;
    if handing.how == How::Played && letter.form != Form::Speech {
        return Err(msg!("hand.not_speech", number = letter.number));
    }
    // What counts is when it was done: before its end, and before another took its place.
    let gone = state == State::Expired && handing.at > letter.since;
    if handing.how != How::Failed && (gone || handing.at >= letter.expires_at) {
        return Err(msg!("hand.too_late", number = letter.number));
    }
    match (handing.how, state) {
        (How::Forwarded, State::Queued | State::Failed | State::Expired) => Ok(State::Accepted),
        (How::Played | How::Handed, State::Queued | State::Accepted | State::Failed | State::Expired) => {
            Ok(State::Delivered)
        }
        (How::Failed, State::Queued | State::Accepted) => Ok(State::Failed),
        _ => Err(msg!("hand.settled", number = letter.number, state = state.message())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).expect("a time")
    }

    #[test]
    fn a_word_counts_for_what_was_done_in_time_and_never_moves_a_letter_back() {
        let letter = |form, state: State, since| ByHand {
            number: 7,
            key: "k".into(),
            notice: "n".into(),
            episode: "e".into(),
            revision: 1,
            purpose: Purpose::Raise,
            audience: Audience::Village,
            recipient: "500199001207".into(),
            name: "白岩村".into(),
            form,
            address: "白岩村".into(),
            subject: String::new(),
            body: "村民朋友们。".into(),
            state,
            since: at(since),
            not_before: at(0),
            expires_at: at(100),
        };
        let (aloud, sms) = (Form::Speech, Form::Sms);
        // form, state, since, how, done at, where it leads
        let cases = [
            (sms, State::Queued, 0, How::Forwarded, 10, Some(State::Accepted)),
            (sms, State::Accepted, 10, How::Handed, 20, Some(State::Delivered)),
            (aloud, State::Queued, 0, How::Played, 10, Some(State::Delivered)),
            (sms, State::Queued, 0, How::Played, 10, None),
            (sms, State::Queued, 0, How::Failed, 10, Some(State::Failed)),
            (sms, State::Failed, 10, How::Handed, 20, Some(State::Delivered)),
            (sms, State::Delivered, 10, How::Forwarded, 20, None),
            (sms, State::Delivered, 10, How::Failed, 20, None),
            // Written down afterwards, done in time.
            (sms, State::Expired, 100, How::Handed, 90, Some(State::Delivered)),
            (sms, State::Expired, 100, How::Handed, 100, None),
            // Replaced after 50 minutes: what was done before that counts.
            (sms, State::Expired, 50, How::Handed, 40, Some(State::Delivered)),
            (sms, State::Expired, 50, How::Handed, 60, None),
            (sms, State::Queued, 0, How::Handed, 120, None),
        ];
        for (form, state, since, how, done, wanted) in cases {
            let handing = Handing { how, at: at(done), by: "某某".into(), note: "空".into() };
            let leads = leads(&letter(form, state, since), &handing).ok();
            assert_eq!(leads, wanted, "{form:?} {state:?} {how:?} at {done}");
        }
    }

    #[test]
    fn words_by_hand_are_due_before_their_first_hour_or_before_hours_that_run_end_at_every_look() {
        let span = |from, to| Span::own(cuofeng_base::time::Period { start: at(from), end: at(to) }, 0);
        let days = [span(480, 1080), span(1920, 2520)];
        assert_eq!(due_by(&days, at(60)), Some((at(480), false)));
        assert_eq!(due_by(&days, at(600)), Some((at(1080), true)), "an update at ten of hours that run");
        assert_eq!(due_by(&days, at(1100)), Some((at(1920), false)));
        assert_eq!(due_by(&days, at(2520)), None);
    }

    #[test]
    fn a_place_stands_for_its_revision() {
        assert_eq!(of_place(&place("straw-wuping-20260912-1", 12)), Some(("straw-wuping-20260912-1", 12)));
        assert_eq!(of_place("site"), None);
    }
}
