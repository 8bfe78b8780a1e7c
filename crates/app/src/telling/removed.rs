//! Who is taken out of the tables while an episode is open.
//!
//! In: whom a rule tells now, and who was told. Out: what still waits for the others is withdrawn; when the episode ends
//! they are told that, at the last address that letters went to; staff read of both. Who is put back gets what was
//! withdrawn. Can't happen: somebody left with
//! hours that nobody takes back; a loudspeaker that plays outside its hours because its village is not in the tables.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};

use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::scene::Scene;
use crate::telling::notices::{notice_to, recipients, tells};
use crate::telling::revision::Telling;
use crate::watching::alarm::{Alarms, News, first_names};
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::word::{ChannelName, Mode};
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{Audience, Notice, Recipient, Unreachable, play, quiet};
use cuofeng_office::site::Site;
use cuofeng_outbox::{Held, State};
use cuofeng_rules::Recipients;
use cuofeng_rules::warning::{Episode, EpisodeId, Span};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::removed::{self, Gone, Known};
use cuofeng_store::{Store, Tx};

/// How long after an episode has ended duty staff are still told who was taken out of it.
const RECENT: Duration = Duration::days(1);

/// Those who are taken out of the tables.
#[derive(Clone, Copy)]
pub struct Removing<'a> {
    site: &'a Site,
    store: &'a Store,
    mode: Mode,
    voice: Voice<'a>,
}

impl<'a> Removing<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, mode: Mode, voice: Voice<'a>) -> Self {
        Self { site, store, mode, voice }
    }

    /// Takes back what still waits to be sent to those who were told of an open episode and are told no more.
    pub(crate) async fn withdraw_removed(&self, scene: &Scene<'_>, episode: &Episode) -> Result<(), AppError> {
        let (id, lang) = (episode.id.to_string(), self.site.config.language);
        let selected = selected(scene, &episode.spans);
        let is_told = |known: &Known| selected.contains(&(known.audience, known.recipient.clone()));
        let (there, gone): (Vec<Known>, Vec<Known>) = self.store.known_of(&id).await?.into_iter().partition(is_told);
        let noted = self.store.removed_of(&id).await?;
        if gone.is_empty() && noted.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        let is_noted = |known: &&Known| {
            noted.iter().any(|(audience, recipient)| audience == known.audience.word() && *recipient == known.recipient)
        };
        for known in there.iter().filter(is_noted) {
            if removed::forget(&mut tx, &id, known).await? {
                self.queue_again(&mut tx, scene, episode, known).await?;
            }
        }
        for known in &gone {
            let waiting = removed::waiting(&mut tx, &id, known).await?;
            let why = msg!("removed.withdrawn").text(lang);
            for (number, attempt) in &waiting {
                let seen = Held { id: *number, attempt: *attempt, state: State::Queued };
                cuofeng_outbox::enter(&mut tx, seen, State::Expired, &why, scene.now).await?;
            }
            if removed::note(&mut tx, &id, known, scene.now).await? || !waiting.is_empty() {
                let detail = msg!("removed.noted", name = &known.name, count = waiting.len()).text(lang);
                ledger::write(&mut tx, &Actor::Program, Event::Removed, &id, &detail, scene.now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Puts back what was withdrawn from somebody who is told again: the tables were without them by mistake.
    async fn queue_again(&self, tx: &mut Tx, scene: &Scene<'_>, episode: &Episode, of: &Known) -> Result<(), AppError> {
        let (id, now) = (episode.id.to_string(), scene.now);
        let reasons = [Lang::Zh, Lang::En].map(|lang| msg!("removed.withdrawn").text(lang));
        let quiet = quiet::after(scene.rule, of.audience, &episode.spans, &self.site.config.zone, now);
        let mut back = 0_usize;
        for letter in removed::withdrawn(tx, &id, of, &reasons, now).await? {
            let village = self.site.roster.village(&of.recipient).filter(|_| of.audience == Audience::Village);
            let from = match village.filter(|_| letter.channel != ChannelName::ByHand) {
                Some(village) => {
                    let (config, window) = (&self.site.config, (now, letter.expires_at));
                    let rounds = play::rounds(
                        village.play_hours,
                        &config.zone,
                        window,
                        &config.speech.terms,
                        self.voice.reading(&letter.body),
                    );
                    let Some(round) = rounds.first() else { continue };
                    round.start
                }
                None => quiet,
            };
            let why = msg!("removed.again").text(self.site.config.language);
            let seen = Held { id: letter.number, attempt: letter.attempt, state: State::Expired };
            if from < letter.expires_at && cuofeng_outbox::enter(tx, seen, State::Queued, &why, now).await? {
                removed::send_from(tx, &letter, from).await?;
                back += 1;
            }
        }
        if back > 0 {
            let detail = msg!("removed.queued_again", name = &of.name, count = back).text(self.site.config.language);
            ledger::write(tx, &Actor::Program, Event::Removed, &id, &detail, now).await?;
        }
        Ok(())
    }

    /// Tells duty staff, once, who is told no more of an episode of the mode in force.
    pub(crate) async fn tell_removed(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let lang = self.site.config.language;
        let gone = self.store.gone(self.mode, now - RECENT).await?;
        let mut made = 0;
        for of in gone.chunk_by(|a, b| a.episode == b.episode) {
            let Some(episode) = of.first().map(|one| one.episode.as_str()) else { continue };
            let told = self.store.named(Trouble::Removed.kind(), episode).await?;
            let new: Vec<&Gone> = of.iter().filter(|one| !told.contains(&one.mark())).collect();
            let names: Vec<&str> = new.iter().map(|one| one.name.as_str()).collect();
            if names.is_empty() {
                continue;
            }
            let why = msg!("alarm.removed_why", count = names.len(), names = first_names(names, lang));
            let since = |one: &&Gone| {
                let at = self.site.config.zone.words(one.at, lang);
                msg!("alarm.named", name = &one.name, what = msg!("removed.since", at = at)).text(lang)
            };
            let (each, about) = (new.iter().map(since).collect(), new.iter().map(|one| one.mark()).collect());
            let title = Trouble::Removed.title();
            made += Alarms::new(self.site, self.store)
                .alarm_of(News { trouble: Trouble::Removed, episode, title, subject: None, why, each, about }, now)
                .await?;
        }
        for (kind, episode) in self.store.open_kinds().await? {
            if kind == Trouble::Removed.kind() && !cuofeng_outbox::unreached::is_open(self.store, &episode).await? {
                Alarms::new(self.site, self.store)
                    .alarm_settled(Trouble::Removed, &episode, &Trouble::Removed.over(), now)
                    .await?;
            }
        }
        Ok(made)
    }
}

/// Everyone whom a rule tells at an end, as the tables are now.
fn selected(scene: &Scene<'_>, spans: &[Span]) -> BTreeSet<(Audience, String)> {
    let tells = tells(scene, spans, true);
    let all = tells.iter().flat_map(|tell| recipients(scene, spans, tell, true));
    all.map(|recipient| (recipient.audience, recipient.id)).collect()
}

/// The words that take back what was told to those who are told no more, at the addresses that letters went to last.
pub(crate) async fn to_removed(
    store: &Store,
    scene: &Scene<'_>,
    telling: &Telling<'_>,
    (id, number): (&EpisodeId, u32),
) -> Result<(Vec<Notice>, Vec<Unreachable>, Vec<Known>), AppError> {
    let selected = selected(scene, telling.spans);
    let (mut notices, mut unreachable, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for known in store.known_of(&id.to_string()).await? {
        if selected.contains(&(known.audience, known.recipient.clone())) {
            continue;
        }
        let to = match known.audience {
            Audience::Enterprise => Recipients::Enterprises,
            Audience::Village => Recipients::Villages,
            _ => Recipients::Keepers,
        };
        let Some(tell) = scene.rule.tell.iter().find(|tell| tell.to == to) else { continue };
        let recipient = Recipient::known(known.audience, known.recipient.clone(), known.name.clone(), &known.addresses);
        let (made, missing) = notice_to(scene, telling, (id, number), (tell, &recipient))?;
        notices.extend(made.map(aloud_by_hand));
        unreachable.extend(missing);
        removed.push(known);
    }
    Ok((notices, unreachable, removed))
}

/// Notes in the ledger that an end goes to somebody who is told no more otherwise.
pub(crate) async fn note_lifted(
    site: &Site,
    tx: &mut Tx,
    id: &EpisodeId,
    notice: &Notice,
    now: DateTime<Utc>,
) -> Result<(), AppError> {
    let id = id.to_string();
    if removed::is_noted(tx, &id, notice.audience, &notice.recipient).await? {
        let detail = msg!("removed.lifted", name = &notice.name).text(site.config.language);
        ledger::write(tx, &Actor::Program, Event::Removed, &id, &detail, now).await?;
    }
    Ok(())
}

/// What a loudspeaker would say is read out by a person: nobody knows its hours any more.
fn aloud_by_hand(mut notice: Notice) -> Notice {
    if notice.audience == Audience::Village {
        notice.parts.iter_mut().for_each(|part| part.by_hand = true);
    }
    notice
}
