//! What goes wrong on the way out, told to duty staff.
//!
//! In: the outbox. Out: alarms opened and lifted. Can't happen: a trouble that nobody hears of.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::delivering::bounces::unread_mailbox;
use crate::error::AppError;
use crate::watching::alarm::{SAID, WHOLE_SITE};
use cuofeng_base::msg;
use cuofeng_base::word::ChannelName;
use cuofeng_channel::said;
use cuofeng_notice::alarm::Trouble;
use cuofeng_town::roster::people::mask_all;

impl App {
    /// Opens or lifts the alarms about channels that refuse everything, letters of unknown fate, a mailbox that can't be
    /// read, and letters that a person must pass on or that no way has brought. Gives the number of notices made.
    pub(crate) async fn tell_outbox(&self, now: DateTime<Utc>) -> Result<usize, AppError> {
        let lang = self.site.config.language;
        let mut made = self.holding().tell_held(now).await?;
        let paused = cuofeng_outbox::pause::pauses(&self.store).await?;
        for pause in paused.iter().filter(|pause| pause.by == cuofeng_outbox::pause::PROGRAM) {
            let place = pause.channel.message().text(lang);
            let said = said::words(&pause.reason, None, lang);
            let said: String = mask_all(&said).chars().take(SAID).collect();
            let why = if pause.slow {
                msg!("alarm.channel_slow", said = said, channel = pause.channel.name())
            } else {
                msg!("alarm.channel_why", place = &place, said = said, channel = pause.channel.name())
            };
            made += self.alarms().alarm(Trouble::Channel, pause.channel.name(), &place, Some(&why), now).await?;
        }
        for (kind, region) in self.store.open_kinds().await? {
            let stands = paused.iter().any(|pause| pause.channel.name() == region);
            if kind == Trouble::Channel.kind() && !stands {
                let place = ChannelName::named(&region).map_or(region.clone(), |name| name.message().text(lang));
                made += self.alarms().alarm(Trouble::Channel, &region, &place, None, now).await?;
            }
        }
        let unknown = cuofeng_outbox::settle::unsettled(&self.store).await?;
        let why = (unknown > 0).then(|| msg!("alarm.letters_why", count = unknown));
        made += self.alarms().alarm(Trouble::Letters, WHOLE_SITE, &self.site.config.name, why.as_ref(), now).await?;
        let why = unread_mailbox(&self.site, &self.store, now).await?.map(|unread| {
            let said: String = unread.said.chars().take(SAID).collect();
            msg!("alarm.mailbox_why", said = said, since = self.site.config.zone.words(unread.since, lang))
        });
        made += self.alarms().alarm(Trouble::Mailbox, WHOLE_SITE, &self.site.config.name, why.as_ref(), now).await?;
        self.alarms().settle_passing(now).await?;
        made += self.tell_voice(now).await?;
        made += self.unable().tell_unable(now).await?;
        made += self.unreaching().tell_lost(now).await?;
        made += self.removing().tell_removed(now).await?;
        Ok(made + self.hands().tell_hand(now).await?)
    }
}
