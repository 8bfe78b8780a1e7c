//! Telling duty staff, once, that a region has no forecast to judge by, and once that it has one again.
//!
//! In: a region and why its forecast can't be used, if it can't. Out: an episode of the kind [`KIND`] with its
//! notices, opened when the forecast fails and lifted when it is back. Can't happen: a second notice while the
//! first stands; a failure that nobody was told of.

use chrono::{DateTime, Datelike, Duration, Utc};

use super::{App, AppError};
use crate::config::{Form, Region};
use crate::ledger;
use crate::msg;
use crate::notice::{self, Content, Purpose};
use crate::outbox;
use crate::rules::{Recipients, Selector, Tell};
use crate::store::episodes::{self, NewRevision};
use crate::text::{Lang, Message};
use crate::time::{Period, day_words};
use crate::warning::{Episode, EpisodeId, Span};

/// Kind and rule of these episodes.
pub(crate) const KIND: &str = "forecast";

/// How long the notice is worth reading.
const WORTH: Duration = Duration::days(2);

/// Who is told: the members of staff on duty.
pub(crate) fn tell() -> Tell {
    Tell {
        to: Recipients::Duty,
        of: Selector::default(),
        forms: vec![Form::Email, Form::Sms],
        template: "forecast/duty".to_owned(),
    }
}

impl App {
    /// Opens or lifts the region's episode where its forecast failed or is back. Gives the number of notices made.
    pub(super) async fn tell_stale(
        &self,
        region: &Region,
        stale: Option<&Message>,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let open = self.store.open_episode(KIND, &region.id).await?;
        let lang = self.site.config.language;
        match (open, stale) {
            (None, Some(why)) => {
                let day = self.site.config.zone.day(now);
                let ordinal = self.store.episodes_on(KIND, &region.id, day).await? + 1;
                let id = EpisodeId { kind: KIND.to_owned(), region: region.id.clone(), day, ordinal };
                self.tell_duty(region, id, 1, Purpose::Raise, String::new(), &why.text(lang), now).await
            }
            (Some(episode), None) => {
                let Episode { id, revision, told_at, .. } = episode;
                let previous = self.site.config.zone.words(told_at, lang);
                let why = msg!("warning.fresh_again").text(lang);
                self.tell_duty(region, id, revision + 1, Purpose::Lift, previous, &why, now).await
            }
            _ => Ok(0),
        }
    }

    #[expect(clippy::too_many_arguments)]
    async fn tell_duty(
        &self,
        region: &Region,
        id: EpisodeId,
        revision: u32,
        purpose: Purpose,
        previous: String,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<usize, AppError> {
        let Some(period) = Period::new(now, now + WORTH) else { return Ok(0) };
        let content = self.stale_content(region, revision, purpose, previous, why, now);
        let (config, tell) = (&self.site.config, tell());
        let mut tx = self.store.begin().await?;
        if purpose == Purpose::Raise {
            episodes::open(&mut tx, &id, KIND, 0).await?;
        }
        let spans = [Span { period, level: 0 }];
        let new =
            NewRevision { episode: &id, number: revision, action: purpose.word(), spans: &spans, reason: why, now };
        episodes::revise(&mut tx, &new).await?;
        if purpose == Purpose::Lift {
            episodes::close(&mut tx, &id, "lifted").await?;
        }
        let mut made = 0;
        for recipient in notice::select(&tell, &self.site.roster, &|_| false) {
            let key = format!("{id}.r{revision}.{}.{}-{}", purpose.word(), recipient.audience.word(), recipient.id);
            let (notice, missing) =
                notice::render(&self.site.texts, &tell, &recipient, &content, &[], key, (now, now + WORTH))
                    .map_err(|problem| AppError::Template(Box::new(problem)))?;
            if let Some(notice) = &notice {
                episodes::write_notice(&mut tx, notice, &id, revision, now).await?;
                outbox::enqueue(&mut tx, notice, config, now).await?;
                made += 1;
            }
            for missing in &missing {
                let form = missing.form.message();
                let detail = msg!("notice.unreachable", name = &missing.name, form = form).text(config.language);
                ledger::write(&mut tx, "unreachable", &id.to_string(), &detail, now).await?;
            }
        }
        ledger::write(&mut tx, purpose.word(), &id.to_string(), why, now).await?;
        tx.commit().await?;
        Ok(made)
    }

    fn stale_content(
        &self,
        region: &Region,
        revision: u32,
        purpose: Purpose,
        previous: String,
        why: &str,
        now: DateTime<Utc>,
    ) -> Content {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let today = config.zone.day(now);
        let date = match lang {
            Lang::Zh => format!("{}年{}", today.year(), day_words(today, lang)),
            Lang::En => format!("{} {}", day_words(today, lang), today.year()),
        };
        Content {
            office: config.name.clone(),
            phone: config.phone.clone(),
            region: region.name.clone(),
            purpose,
            title: msg!("warning.forecast_title").text(lang),
            level: String::new(),
            source: String::new(),
            order: String::new(),
            periods: String::new(),
            periods_spoken: String::new(),
            phone_spoken: String::new(),
            date,
            facts: Vec::new(),
            indexes: Vec::new(),
            standard: String::new(),
            revision,
            previous,
            data_label: String::new(),
            issued: String::new(),
            shaped: String::new(),
            reason: why.to_owned(),
        }
    }
}
