//! Telling duty staff, once, that the tool can't do its work, and once that it can again.
//!
//! In: what is in trouble and why, or that it no longer is. Out: an episode of the trouble's kind with its notices,
//! opened when it begins and lifted when it is over. Can't happen: a second notice while the first stands; a trouble
//! that nobody was told of.

use chrono::{DateTime, Duration, Utc};

use crate::deciding::open::expire;
use crate::error::AppError;
use crate::keeping::held::held;
use crate::telling::words::date;
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::{Lang, Message, outside};
use cuofeng_base::time::Period;
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{self as notice, Content, Purpose};
use cuofeng_office::site::Site;
use cuofeng_rules::warning::{Act, Episode, EpisodeId, Span};
use cuofeng_store::episodes::{self, NewRevision};
use cuofeng_store::held::PROGRAM;
use cuofeng_store::ledger::{self, Actor, Event};
use cuofeng_store::{Store, named};
use cuofeng_town::roster::people::mask_all;

/// How long the notice is worth reading.
const WORTH: Duration = Duration::days(2);

/// Stands for the region where the whole site is in trouble.
pub const WHOLE_SITE: &str = "site";

/// How many characters of a far side's words an alarm has room for.
pub const SAID: usize = 100;

/// Names that an alarm has room for.
const NAMED: usize = 3;

/// A trouble in its place.
struct Alarm<'a> {
    trouble: Trouble,
    /// The region's name, or the site's.
    place: &'a str,
    /// What it is called here, where not as ever.
    title: Option<Message>,
    /// Whom and what it is about, for the subject of a mail; empty where its title says it.
    subject: String,
    why: String,
    /// Whom it names, each in a line of a mail.
    each: Vec<String>,
    /// The same, as they are noted: nobody is named twice.
    about: Vec<String>,
}

/// People whom an alarm about an episode names.
pub(crate) struct News<'a> {
    pub(crate) trouble: Trouble,
    /// The episode.
    pub(crate) episode: &'a str,
    pub(crate) title: Message,
    /// Whom and what it is about, for the subject of a mail, where its title does not say it.
    pub(crate) subject: Option<Message>,
    pub(crate) why: Message,
    /// Each in a line of a mail.
    pub(crate) each: Vec<String>,
    /// Each as it is noted.
    pub(crate) about: Vec<String>,
}

impl<'a> Alarm<'a> {
    /// One that names nobody.
    const fn plain(trouble: Trouble, place: &'a str, why: String) -> Self {
        Self { trouble, place, title: None, subject: String::new(), why, each: Vec::new(), about: Vec::new() }
    }
}

/// Alarms to duty staff.
#[derive(Clone, Copy)]
pub struct Alarms<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Alarms<'a> {
    /// The alarms of a site.
    pub const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Opens or lifts the region's alarm where its forecast failed or is back. Gives the number of notices made.
    pub(crate) async fn tell_stale(
        &self,
        region: &Region,
        stale: Option<&Message>,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        self.alarm(Trouble::Forecast, &region.id, &region.name, stale, now).await
    }

    /// Tells duty staff that told periods ended unseen, since the forecast is stale; where it no longer is, that it can
    /// be said again.
    pub(crate) async fn tell_ending(
        &self,
        region: &Region,
        why: Option<&Message>,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        self.alarm(Trouble::Ending, &region.id, &region.name, why, now).await
    }

    /// Opens or lifts the site's alarm where its files can't be used as they are, or can again.
    pub async fn tell_files(&self, problems: &[Problem], now: DateTime<Utc>) -> Result<usize, AppError> {
        let lang = self.site.config.language;
        let why = problems.first().map(|first| {
            let place = match first.line_column() {
                Some((line, _)) => format!("{}:{line}", first.file),
                None => first.file.clone(),
            };
            msg!("alarm.files_why", count = problems.len(), place = place, what = first.what.text(lang))
        });
        self.alarm(Trouble::Files, WHOLE_SITE, &self.site.config.name, why.as_ref(), now).await
    }

    /// Opens or lifts the site's alarm where a job brings nothing, or all do again.
    pub async fn tell_silence(&self, why: Option<&Message>, now: DateTime<Utc>) -> Result<usize, AppError> {
        self.alarm(Trouble::Silence, WHOLE_SITE, &self.site.config.name, why, now).await
    }

    /// Opens the alarm about a page that failed, where none is open.
    pub async fn tell_page(&self, words: &str, now: DateTime<Utc>) -> Result<usize, AppError> {
        let said: String = mask_all(&outside::line(words)).chars().take(SAID).collect();
        let why = msg!("alarm.pages_why", said = said);
        self.alarm(Trouble::Pages, WHOLE_SITE, &self.site.config.name, Some(&why), now).await
    }

    /// Ends after a day the alarms about what is over as soon as it is told, so that a later one is told again.
    pub(crate) async fn settle_passing(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        for trouble in [Trouble::Pages, Trouble::Clock] {
            let open = self.store.open_episode(trouble.kind(), WHOLE_SITE).await?;
            if open.is_some_and(|episode| now - episode.told_at >= Duration::days(1)) {
                self.alarm_settled(trouble, WHOLE_SITE, &trouble.over(), now).await?;
            }
        }
        Ok(())
    }

    /// Opens an alarm where it is in trouble, lifts it where it no longer is. While the program holds everything only that
    /// is told; whatever else still stands afterwards is told then.
    pub async fn alarm(
        &self,
        trouble: Trouble,
        region: &str,
        place: &str,
        why: Option<&Message>,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let Some(why) = why else { return self.alarm_over(trouble, region, place, &trouble.over(), now).await };
        let is_open = self.store.open_episode(trouble.kind(), region).await?.is_some();
        if is_open || trouble != Trouble::Held && held(self.store).await? {
            return Ok(0);
        }
        let id = self.new_alarm(trouble, region, now).await?;
        let alarm = Alarm::plain(trouble, place, why.text(self.site.config.language));
        self.tell_duty(&alarm, id, 1, Act::Raise, String::new(), now).await
    }

    /// Names people in the alarm about their episode: opens it, or tells of them alone where it stands.
    pub(crate) async fn alarm_of(&self, news: News<'_>, now: DateTime<Utc>) -> Result<usize, AppError> {
        if held(self.store).await? {
            return Ok(0);
        }
        let (config, lang) = (&self.site.config, self.site.config.language);
        let News { trouble, episode, title, subject, why, each, about } = news;
        let subject = subject.map_or_else(String::new, |subject| subject.text(lang));
        let plain = Alarm::plain(trouble, &config.name, why.text(lang));
        let alarm = Alarm { title: Some(title), subject, each, about, ..plain };
        if let Some(Episode { id, revision, told_at, .. }) = self.store.open_episode(trouble.kind(), episode).await? {
            let previous = config.zone.words(told_at, lang);
            return self.tell_duty(&alarm, id, revision + 1, Act::Update, previous, now).await;
        }
        let id = self.new_alarm(trouble, episode, now).await?;
        self.tell_duty(&alarm, id, 1, Act::Raise, String::new(), now).await
    }

    async fn new_alarm(&self, trouble: Trouble, region: &str, now: DateTime<Utc>) -> Result<EpisodeId, AppError> {
        let day = self.site.config.zone.day(now);
        let ordinal = match trouble {
            // A database that has forgotten the last one must not make its letters anew: the mark goes on counting.
            Trouble::Held => u32::try_from(self.store.own().await?.number).unwrap_or(u32::MAX - 1),
            _ => 0,
        };
        let ordinal = ordinal.max(self.store.last_ordinal(trouble.kind(), region, day).await?) + 1;
        Ok(EpisodeId { kind: trouble.kind().to_owned(), region: region.to_owned(), day, ordinal })
    }

    /// Ends an alarm that is open without telling anybody: those whom it told have dealt with it themselves.
    pub(crate) async fn alarm_settled(
        &self,
        trouble: Trouble,
        region: &str,
        how: &Message,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let Some(episode) = self.store.open_episode(trouble.kind(), region).await? else { return Ok(()) };
        expire(self.store, &episode, &how.text(self.site.config.language), now).await
    }

    /// Lifts an alarm that is open, with these words on how it ended.
    pub(crate) async fn alarm_over(
        &self,
        trouble: Trouble,
        region: &str,
        place: &str,
        over: &Message,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let Some(episode) = self.store.open_episode(trouble.kind(), region).await? else { return Ok(0) };
        if trouble != Trouble::Held && held(self.store).await? {
            return Ok(0);
        }
        let Episode { id, revision, told_at, .. } = episode;
        let lang = self.site.config.language;
        let previous = self.site.config.zone.words(told_at, lang);
        let alarm = Alarm::plain(trouble, place, over.text(lang));
        self.tell_duty(&alarm, id, revision + 1, Act::Lift, previous, now).await
    }

    async fn tell_duty(
        &self,
        alarm: &Alarm<'_>,
        id: EpisodeId,
        revision: u32,
        act: Act,
        previous: String,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let Some((period, purpose)) = Period::new(now, now + WORTH).zip(Purpose::of(act)) else { return Ok(0) };
        let content = alarm_content(self.site, alarm, revision, purpose, previous, now);
        let (config, tell, why) = (&self.site.config, alarm.trouble.tell(), alarm.why.as_str());
        let mut tx = self.store.begin().await?;
        if purpose == Purpose::Raise {
            episodes::open(&mut tx, &id, alarm.trouble.kind(), 0).await?;
        }
        let spans = [Span::own(period, 0)];
        let new = NewRevision {
            episode: &id,
            number: revision,
            action: act,
            spans: &spans,
            reason: why,
            by: PROGRAM,
            waits: None,
            now,
        };
        episodes::revise(&mut tx, &new).await?;
        if purpose == Purpose::Lift {
            episodes::close(&mut tx, &id, "lifted").await?;
        }
        let mut made = 0;
        for recipient in notice::select(&tell, &self.site.roster, &self.site.shift(now), &|_| false) {
            let key = format!("{id}.r{revision}.{}.{}-{}", purpose.word(), recipient.audience.word(), recipient.id);
            let (notice, missing) =
                notice::render(&self.site.texts, &tell, &recipient, &content, &[], key, (now, now + WORTH))
                    .map_err(|problem| AppError::Template(Box::new(problem)))?;
            if let Some(notice) = &notice {
                episodes::write_notices(&mut tx, std::slice::from_ref(notice), &id, revision, now).await?;
                cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(notice), &config.routes, now).await?;
                made += 1;
            }
            for missing in &missing {
                let detail = missing.message().text(config.language);
                ledger::write(&mut tx, &Actor::Program, Event::Unreachable, &id.to_string(), &detail, now).await?;
            }
        }
        named::note(&mut tx, (alarm.trouble.kind(), &id.region), &alarm.about, now).await?;
        ledger::write(&mut tx, &Actor::Program, act.into(), &id.to_string(), why, now).await?;
        tx.commit().await?;
        Ok(made)
    }
}

fn alarm_content(
    site: &Site,
    alarm: &Alarm<'_>,
    revision: u32,
    purpose: Purpose,
    previous: String,
    now: DateTime<Utc>,
) -> Content {
    let (config, lang) = (&site.config, site.config.language);
    Content {
        region: alarm.place.to_owned(),
        title: alarm.title.clone().unwrap_or_else(|| alarm.trouble.title()).text(lang),
        about: alarm.subject.clone(),
        findings: alarm.each.clone(),
        revision,
        previous,
        reason: alarm.why.clone(),
        link: if alarm.trouble.has_page() { site.config.link() } else { String::new() },
        ..Content::blank(&config.name, &config.phone, purpose, date(site, now))
    }
}

/// Names for an alarm: the first few.
pub(crate) fn first_names(mut all: Vec<&str>, lang: Lang) -> String {
    all.dedup();
    let first = all.iter().take(NAMED).copied().collect::<Vec<_>>().join(lang.comma());
    if all.len() > NAMED { format!("{first}…") } else { first }
}
