//! Who joins an open episode, and whose contact is corrected: told what the others were told, once; nobody else is.
//!
//! In: an open episode, the roster as it is now, the letters on record. Out: notices with the last told revision's words
//! under its number, and letters to the addresses that the roster has now. Can't happen: a new revision; a word after the
//! last told hour, or while a draft waits that would end the episode; a second letter to an address that has it; words
//! that nobody has released. Staff on duty are left out: who comes on duty reads the pages.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::deciding::compose::plan;
use crate::deciding::open::waiting;
use crate::deciding::wording::{new_wording, waits_for};
use crate::delivering::voice::Voice;
use crate::error::AppError;
use crate::judging::scene::Scene;
use crate::telling::enclose::Hours;
use crate::telling::notices::{is_told, notice_to, recipients, tells};
use crate::telling::play::{Heard, Playing};
use crate::telling::revision::Telling;
use crate::telling::words::{date, days_of, spoken};
use cuofeng_base::msg;
use cuofeng_base::time::{Period, day_words};
use cuofeng_base::word::{Form, Mode};
use cuofeng_notice::findings::findings;
use cuofeng_notice::{Audience, Basis, Content, Notice, Recipient, change, quiet};
use cuofeng_office::site::Site;
use cuofeng_outbox::{Held, State};
use cuofeng_plan::Plan;
use cuofeng_rules::warning::{self, Act, Episode, EpisodeId, Revision, Span};
use cuofeng_rules::{Recipients, Tell};
use cuofeng_store::episodes::LastTold;
use cuofeng_store::joined::{self, Said, Sent, Told};
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::plans::Kept;
use cuofeng_store::{Store, Tx, episodes};

/// An address of the roster for a letter that went to another one.
struct Correction<'t> {
    notice: &'t str,
    letter: &'t Sent,
    address: String,
    from: DateTime<Utc>,
}

/// What the roster asks for that is not on record yet.
#[derive(Default)]
struct Missing<'a> {
    /// Who has no notice.
    newcomers: Vec<(Tell, Recipient<'a>)>,
    /// Who has one, but not in these forms: with its key.
    forms: Vec<(Tell, Recipient<'a>, String)>,
    /// Whose letters went elsewhere.
    corrections: Vec<Correction<'a>>,
}

/// The revisions that say what stands now.
struct Standing<'a> {
    /// The last one told.
    last: &'a Revision,
    /// The last one that told everyone, and those told after it.
    current: BTreeSet<u32>,
    /// Periods ahead.
    ahead: &'a [Span],
}

impl<'a> Standing<'a> {
    fn of(revisions: &'a [Revision], ahead: &'a [Span]) -> Option<Self> {
        let told = || revisions.iter().filter(|r| r.told);
        let first = told().rfind(|r| r.action != Act::Replan)?.number;
        let current = told().map(|r| r.number).filter(|number| *number >= first).collect();
        Some(Self { last: told().next_back()?, current, ahead })
    }
}

/// What the notices to those who have joined are made of.
struct Late<'a> {
    /// The identity of the site that began the episode.
    site: String,
    standing: &'a Standing<'a>,
    revisions: &'a [Revision],
    told: &'a [Told],
    content: Content,
    /// Words that a person put for others, in their order.
    put: Vec<(String, String)>,
    /// Every plan of the episode.
    kept: &'a [Kept],
    told_plan: Option<&'a Plan>,
    /// The hours of newcomers.
    plan: &'a Plan,
    /// Who was told of the episode before: audience and identifier.
    already: Vec<(String, String)>,
    /// When each was told last.
    last: Vec<LastTold>,
}

/// Those who join an open episode.
#[derive(Clone, Copy)]
pub struct Joining<'a> {
    site: &'a Site,
    store: &'a Store,
    voice: Voice<'a>,
}

impl<'a> Joining<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, voice: Voice<'a>) -> Self {
        Self { site, store, voice }
    }

    /// Tells those who have joined an open episode, or whose contact was corrected, what the others were told; gives how
    /// many that were.
    pub(crate) async fn catch_up(&self, scene: &Scene<'_>, episode: &Episode) -> Result<usize, AppError> {
        let ahead: Vec<Span> = episode.spans.iter().filter(|s| s.period.end > scene.now).copied().collect();
        let ending = waiting(self.store, Some(episode)).await?.filter(|d| d.action.takes_back());
        if ahead.is_empty() || ending.is_some() {
            return Ok(0);
        }
        let id = episode.id.to_string();
        let revisions = self.store.revisions(&id).await?;
        let Some(standing) = Standing::of(&revisions, &ahead) else { return Ok(0) };
        let told = self.store.told_letters(&id).await?;
        let mut missing = missing(scene, &standing, &told);
        let mut notices = Vec::new();
        let mut plan = None;
        if !missing.newcomers.is_empty() || !missing.forms.is_empty() {
            (notices, plan) = self.late_notices(scene, episode, (&standing, &revisions), &told, &mut missing).await?;
        }
        if notices.is_empty() && missing.corrections.is_empty() {
            return Ok(0);
        }
        self.write_late(episode, &standing, &notices, plan.as_ref(), &missing.corrections, scene.now).await
    }

    /// The notices to those who have none, or not in a form in which they can be reached now; with them the hours that
    /// were planned for newcomers. None where a template has changed that nobody has released since.
    async fn late_notices(
        &self,
        scene: &Scene<'_>,
        episode: &Episode,
        (standing, revisions): (&Standing<'_>, &[Revision]),
        told: &[Told],
        missing: &mut Missing<'_>,
    ) -> Result<(Vec<Notice>, Option<Plan>), AppError> {
        let (id, lang, zone) = (episode.id.to_string(), self.site.config.language, &self.site.config.zone);
        let number = standing.last.number;
        let said = self.store.said(&id, number).await?.filter(|said| said.content.basis != Basis::Nothing);
        let Some(Said { mut content, put }) = said else {
            tracing::info!(episode = id, "told by an older version; who joined is told with the next revision");
            return Ok((Vec::new(), None));
        };
        let fresh = new_wording(self.site, self.store, scene.rule).await?;
        if !fresh.is_empty() {
            self.note_waiting(&id, number, &fresh, scene.now).await?;
            return Ok((Vec::new(), None));
        }
        // Hours that are past are not asked for any more, and the notice bears its own date.
        content.periods = warning::spans_words(standing.ahead, zone, lang);
        content.short_periods = warning::spans_short(standing.ahead, zone, lang, change::MOST, true);
        content.periods_spoken = spoken(self.site, standing.ahead, scene.now);
        content.date = date(self.site, scene.now);
        let days: BTreeSet<_> = standing.ahead.iter().flat_map(|span| days_of(span, zone)).collect();
        let days: Vec<String> = days.into_iter().map(|day| day_words(day, lang)).collect();
        content.keep_days(&days);
        content.findings = findings(&content.facts, &content.indexes, lang);
        let joins: BTreeSet<String> =
            missing.newcomers.iter().filter_map(|(_, r)| r.enterprise).map(|e| e.id.clone()).collect();
        let kept = self.store.plans(&id).await?;
        let told_plan = kept.iter().rfind(|kept| kept.told).map(|kept| &kept.plan);
        let meant = |e: &cuofeng_town::roster::Enterprise| joins.contains(&e.id);
        let plan = plan(self.store, scene, standing.ahead, (&id, told_plan), &meant).await?;
        let already = self.store.told(&episode.id).await?;
        let last = self.store.last_told(&episode.id.to_string(), scene.now).await?;
        let site = self.store.site_of(&episode.id.to_string()).await?;
        let late =
            Late { site, standing, revisions, told, content, put, kept: &kept, told_plan, plan: &plan, already, last };
        let newcomers = missing.newcomers.drain(..).map(|(tell, recipient)| (tell, recipient, None));
        let forms = missing.forms.drain(..).map(|(tell, recipient, key)| (tell, recipient, Some(key)));
        let mut notices = Vec::new();
        for (tell, recipient, key) in newcomers.chain(forms) {
            notices.extend(late_notice(scene, &episode.id, &late, (&tell, &recipient), key)?);
        }
        Ok((notices, Some(plan)))
    }

    /// Notes, once for a revision, that somebody who has joined waits for a person to release changed words.
    async fn note_waiting(&self, id: &str, number: u32, fresh: &[String], now: DateTime<Utc>) -> Result<(), AppError> {
        let subject = format!("{id}.r{number}");
        let lang = self.site.config.language;
        let why = waits_for(fresh, lang).text(lang);
        if ledger::latest(self.store, Event::JoinedWaits, &subject).await?.is_none_or(|noted| noted.detail != why) {
            tracing::warn!(episode = id, why, "who joined is not told");
            let mut tx = self.store.begin().await?;
            ledger::write(&mut tx, &Actor::Program, Event::JoinedWaits, &subject, &why, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes it all at once, where the revision is still the last one told.
    async fn write_late(
        &self,
        episode: &Episode,
        standing: &Standing<'_>,
        notices: &[Notice],
        plan: Option<&Plan>,
        corrections: &[Correction<'_>],
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let (id, number, lang) = (episode.id.to_string(), standing.last.number, self.site.config.language);
        let mut tx = self.store.begin().await?;
        if !joined::stands(&mut tx, &id, number).await? {
            return Ok(0);
        }
        let mut people: BTreeSet<&str> = BTreeSet::new();
        let on_record = self.store.told_letters(&id).await?;
        let (added, new): (Vec<&Notice>, Vec<&Notice>) =
            notices.iter().partition(|n| on_record.iter().any(|t| t.notice == n.key));
        let new: Vec<Notice> = new.into_iter().cloned().collect();
        for notice in &new {
            episodes::write_notices(&mut tx, std::slice::from_ref(notice), &episode.id, number, now).await?;
            let name = &notice.name;
            ledger::write(
                &mut tx,
                &Actor::Program,
                Event::Joined,
                &notice.key,
                &msg!("joined.told", name = name).text(lang),
                now,
            )
            .await?;
            people.insert(&notice.key);
        }
        let phrase = spoken(self.site, standing.ahead, now);
        let heard = Heard { spans: standing.ahead, phrase: &phrase };
        Playing::new(self.site, self.voice).send_out(&mut tx, (&episode.id, number), (&new, &heard), now).await?;
        let joins =
            |enterprise: &str| new.iter().any(|n| n.audience == Audience::Enterprise && n.recipient == enterprise);
        if let Some(mut plan) = plan.cloned() {
            plan.rows.retain(|row| joins(&row.enterprise));
            if !plan.rows.is_empty() {
                joined::keep_plan(&mut tx, &id, number, &plan, now).await?;
            }
        }
        for notice in added {
            joined::keep_enclosures(&mut tx, notice).await?;
            cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(notice), &self.site.config.routes, now).await?;
            let why = msg!("joined.reachable", name = &notice.name).text(lang);
            ledger::write(&mut tx, &Actor::Program, Event::ContactCorrected, &notice.key, &why, now).await?;
            people.insert(&notice.key);
        }
        people.extend(self.correct(&mut tx, corrections, now).await?);
        tx.commit().await?;
        Ok(people.len())
    }

    /// Sends letters to the addresses that the roster has now; gives the notices that they belong to.
    async fn correct<'c>(
        &self,
        tx: &mut Tx,
        corrections: &[Correction<'c>],
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<&'c str>, AppError> {
        let config = &self.site.config;
        let why = msg!("joined.corrected").text(config.language);
        let mut corrected = BTreeSet::new();
        for Correction { notice, letter, address, from } in corrections {
            let to = (address.as_str(), config.routes.first(letter.form), *from);
            if cuofeng_outbox::readdress(tx, letter.number, to, &why, now).await?.is_none() {
                continue;
            }
            // What still waits for the old address does not go there any more.
            let seen = Held { id: letter.number, attempt: letter.attempt, state: State::Queued };
            cuofeng_outbox::enter(tx, seen, State::Failed, &why, now).await?;
            ledger::write(tx, &Actor::Program, Event::ContactCorrected, notice, &why, now).await?;
            corrected.insert(*notice);
        }
        Ok(corrected)
    }
}

/// What the roster asks for and the record does not have.
fn missing<'m>(scene: &Scene<'m>, standing: &Standing<'_>, told: &'m [Told]) -> Missing<'m> {
    let mut missing = Missing::default();
    let mut seen = BTreeSet::new();
    for tell in tells(scene, standing.ahead, false) {
        if matches!(tell.to, Recipients::Duty | Recipients::Releasers | Recipients::Deputies) {
            continue;
        }
        for recipient in recipients(scene, standing.ahead, &tell, false) {
            // Who hears of extensions seldom stands by what was told before, where that has come.
            let has_come = |letter: &Sent| {
                let sent = !matches!(letter.state, State::Failed | State::Dead | State::Expired);
                let queued = letter.state == State::Queued;
                let here = address(scene.site, scene.mode, &recipient, letter.form) == Some(letter.address.as_str());
                sent && (letter.expires_at > scene.now || here && !queued)
            };
            let stands = |t: &Told| tell.extend_days.is_some() && t.letter.as_ref().is_some_and(has_come);
            let own = |t: &&Told| {
                (standing.current.contains(&t.revision) || stands(t))
                    && t.audience == recipient.audience.word()
                    && t.recipient == recipient.id
            };
            let reached = tell.forms.iter().any(|form| address(scene.site, scene.mode, &recipient, *form).is_some());
            let Some(newest) = told.iter().filter(own).map(|t| t.revision).max() else {
                if reached && seen.insert((recipient.audience, recipient.id.clone())) {
                    missing.newcomers.push((tell.clone(), recipient));
                }
                continue;
            };
            let own: Vec<&Told> = told.iter().filter(own).filter(|t| t.revision == newest).collect();
            compare_letters(scene, standing, (&tell, recipient), &own, &mut missing);
        }
    }
    missing
}

/// An address of a recipient in a form, if letters may go to it in the mode in force.
fn address<'r>(site: &Site, mode: Mode, recipient: &'r Recipient<'_>, form: Form) -> Option<&'r str> {
    recipient.address(form).filter(|address| mode != Mode::Exercise || exercised(site, address))
}

/// Whether an exercise may reach an address.
pub(crate) fn exercised(site: &Site, address: &str) -> bool {
    site.config.exercise_to.iter().any(|to| to.trim().eq_ignore_ascii_case(address))
}

/// Letters of a notice that went to another address than the roster has now.
fn compare_letters<'m>(
    scene: &Scene<'_>,
    standing: &Standing<'_>,
    (tell, recipient): (&Tell, Recipient<'m>),
    own: &[&'m Told],
    missing: &mut Missing<'m>,
) {
    let mut added = false;
    for form in &tell.forms {
        let Some(address) = address(scene.site, scene.mode, &recipient, *form) else { continue };
        let letters = || own.iter().filter_map(|t| Some((t.notice.as_str(), t.letter.as_ref()?)));
        let in_form = || letters().filter(|(_, letter)| letter.form == *form);
        // By its order it may have been reached in another form.
        let ordered = recipient.is_step(*form) && letters().any(|(_, letter)| recipient.is_step(letter.form));
        added |= in_form().next().is_none() && recipient.audience != Audience::Village && !ordered;
        // The last letter of each notice: a village has one for each round.
        let last: BTreeMap<&str, &Sent> = in_form().collect();
        for (notice, letter) in last {
            let has_it = in_form().any(|(of, sent)| of == notice && sent.address == address);
            if has_it || letter.expires_at <= scene.now {
                continue;
            }
            let waits = letter.state == State::Queued;
            let quiet =
                quiet::after(scene.rule, recipient.audience, standing.ahead, &scene.site.config.zone, scene.now);
            let from = if waits { letter.not_before } else { quiet };
            missing.corrections.push(Correction { notice, letter, address: address.to_owned(), from });
        }
    }
    if let Some(first) = own.first().filter(|_| added) {
        missing.forms.push((tell.clone(), recipient, first.notice.clone()));
    }
}

/// The notice to one of them; nothing where it is none of its business. With a key, the forms that the notice of that
/// key lacks.
fn late_notice(
    scene: &Scene<'_>,
    id: &EpisodeId,
    late: &Late<'_>,
    (tell, recipient): (&Tell, &Recipient<'_>),
    key: Option<String>,
) -> Result<Option<Notice>, AppError> {
    let (spans, content, number) = (late.standing.ahead, &late.content, late.standing.last.number);
    let told = || late.told.iter();
    let own = told().filter(|t| t.audience == recipient.audience.word() && t.recipient == recipient.id);
    let before = own.map(|t| t.revision).filter(|of| key.is_none() || *of < number).max();
    let held = before.and_then(|of| late.revisions.iter().find(|r| r.number == of));
    let periods_before: Vec<Period> = held.map_or(&[][..], |r| &r.spans).iter().map(|s| s.period).collect();
    let plan_before = before.and_then(|of| late.kept.iter().rfind(|kept| kept.told && kept.revision <= of));
    let plan = if key.is_none() { Some(late.plan) } else { late.told_plan };
    let hours = Hours {
        site: &late.site,
        title: &content.title,
        periods: &spans.iter().map(|s| s.period).collect::<Vec<_>>(),
        plan,
        periods_before: &periods_before,
        plan_before: plan_before.map(|kept| &kept.plan),
    };
    let telling = Telling {
        spans,
        content,
        plan,
        before: None,
        already: &late.already,
        last: &late.last,
        revisions: &[],
        extends: false,
        elsewhere: &[],
        undone: None,
        hours,
    };
    if !is_told(scene, &telling, recipient) {
        return Ok(None);
    }
    let (made, _) = notice_to(scene, &telling, (id, number), (tell, recipient))?;
    let Some(mut notice) = made else { return Ok(None) };
    // The few words would not be the person's.
    notice.gist = notice.gist.filter(|_| late.put.is_empty());
    let put = |text: &str| late.put.iter().fold(text.to_owned(), |text, (stood, put)| text.replace(stood, put));
    let steps = notice.reserve.iter_mut().map(|step| &mut step.part);
    for part in notice.parts.iter_mut().chain(steps) {
        (part.subject, part.body) = (put(&part.subject), part.body.each(put));
    }
    if let Some(key) = key {
        let has =
            |form: Form| told().any(|t| t.notice == key && t.letter.as_ref().is_some_and(|letter| letter.form == form));
        notice.parts.retain(|part| !has(part.form));
        if !notice.parts.iter().any(|part| part.form == Form::Email) {
            notice.enclosures.clear();
        }
        notice.key = key;
    }
    Ok(Some(notice).filter(|notice| !notice.parts.is_empty()))
}
