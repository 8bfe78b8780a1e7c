//! Duty staff told when there is no backup that could be used.
//!
//! In: the attempts on record. Out: an alarm about the site, and one about the second place. Can't happen: a backup that no
//! longer lies there taken for one.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use cuofeng_app::AppError;
use cuofeng_app::keeping::backup::own_folder;
use cuofeng_app::watching::alarm::{Alarms, SAID, WHOLE_SITE};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_notice::alarm::Trouble;
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use cuofeng_store::backups::Attempt;

/// Without a proved backup for so long, duty staff are told.
const WORRY: TimeDelta = TimeDelta::days(3);

/// Stands for the region where the second place is in trouble.
const SECOND: &str = "second";

/// The alarm about backups.
#[derive(Clone, Copy)]
pub struct Backups<'a> {
    site: &'a Site,
    store: &'a Store,
}

impl<'a> Backups<'a> {
    /// The alarms about backups of a site.
    pub const fn new(site: &'a Site, store: &'a Store) -> Self {
        Self { site, store }
    }

    /// Opens or lifts the alarm about backups. A site that began to work less than three days ago has none yet.
    pub async fn tell_backup(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let lang = self.site.config.language;
        let (site, second) = (self.unsafe_site(now).await?, self.unsafe_second(now).await?);
        let place = msg!("backup.at_site").text(lang);
        let made =
            Alarms::new(self.site, self.store).alarm(Trouble::Backup, WHOLE_SITE, &place, site.as_ref(), now).await?;
        let place = msg!("backup.at_place").text(lang);
        Ok(made
            + Alarms::new(self.site, self.store).alarm(Trouble::Backup, SECOND, &place, second.as_ref(), now).await?)
    }

    /// Why the site has no backup at all that could be used.
    async fn unsafe_site(&self, now: DateTime<Utc>) -> Result<Option<Message>, AppError> {
        let begun = self.store.site_begun().await?;
        if begun.is_none_or(|begun| now - begun <= WORRY) || self.is_there(now).await? {
            return Ok(None);
        }
        let standing = self.store.backup_standing(None, now).await?;
        let said = self.store.failed_backup(None).await?;
        Ok(Some(worry(self.site, msg!("backup.of_site"), standing.proved, said)))
    }

    /// Why the second place has none, whatever the site's own are.
    async fn unsafe_second(&self, now: DateTime<Utc>) -> Result<Option<Message>, AppError> {
        let old = |at: Option<DateTime<Utc>>| at.is_some_and(|at| now - at > WORRY);
        let Some(to) = &self.site.config.backup.to else { return Ok(None) };
        let place = to.display().to_string();
        let standing = self.store.backup_standing(Some(&place), now).await?;
        if old(standing.begun) && (standing.proved.is_none() || old(standing.proved)) {
            let said = self.store.failed_backup(Some(&place)).await?;
            return Ok(Some(worry(self.site, msg!("backup.of_place", place = &place), standing.proved, said)));
        }
        Ok(None)
    }

    /// Whether a backup was proved of late; one in the site's own folder must still lie there.
    async fn is_there(&self, now: DateTime<Utc>) -> Result<bool, AppError> {
        let own = own_folder(&self.site.root);
        let lies = |attempt: &Attempt| {
            Path::new(&attempt.place) != own
                || std::fs::metadata(own.join(&attempt.file)).is_ok_and(|meta| meta.len() == attempt.size)
        };
        Ok(self.store.proved_backups(now - WORRY).await?.iter().any(lies))
    }
}

fn worry(site: &Site, of: Message, proved: Option<DateTime<Utc>>, failed: Option<Attempt>) -> Message {
    let (zone, lang) = (&site.config.zone, site.config.language);
    let last = proved.map_or_else(|| msg!("backup.never").text(lang), |at| zone.words(at, lang));
    let why = failed.filter(|failed| proved.is_none_or(|at| failed.at > at)).map(|failed| failed.error);
    let said: Option<String> = why.map(|why| why.chars().take(SAID).collect());
    match said {
        Some(said) => msg!("alarm.backup_failed", of = of, last = last, said = said),
        None => msg!("alarm.backup_why", of = of, last = last),
    }
}
