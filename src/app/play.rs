//! Notices on their way into the outbox: a village's as the rounds in which it is played.
//!
//! In: the notices of a revision, in the transaction that tells it. Out: outbox rows. Can't happen: a village's text
//! queued outside its allowed hours; an older text of the episode still queued when a newer one is; an end told where
//! nothing was.

use chrono::{DateTime, Utc};

use super::{App, AppError};
use crate::ledger;
use crate::msg;
use crate::notice::{Audience, Notice, play, speech};
use crate::outbox;
use crate::outbox::replaced;
use crate::store::Tx;
use crate::store::episodes;
use crate::warning::EpisodeId;

impl App {
    /// Puts a revision's notices into the outbox.
    pub(super) async fn send_out(
        &self,
        tx: &mut Tx,
        (id, number): (&EpisodeId, u32),
        notices: &[Notice],
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        replaced::withdraw(tx, (&id.to_string(), number), notices, now).await?;
        for notice in notices {
            let village = self.site.roster.village(&notice.recipient).filter(|_| notice.audience == Audience::Village);
            let to = (notice.audience, notice.recipient.as_str());
            if notice.purpose.ends() && !replaced::reached(tx, &id.to_string(), to).await? {
                self.nothing_to_end(tx, id, notice, now).await?;
                continue;
            }
            let Some(village) = village else {
                outbox::enqueue(tx, notice, &self.site.config, now).await?;
                continue;
            };
            let reading = notice.parts.iter().map(|part| speech::seconds(&part.body)).max().unwrap_or(0);
            let config = &self.site.config;
            let mut terms = config.speech.terms;
            terms.rounds = if notice.purpose.ends() { 1 } else { terms.rounds };
            let window = (notice.not_before.max(now), notice.expires_at);
            let rounds = play::rounds(village.play_hours, &config.zone, window, &terms, reading);
            if rounds.is_empty() {
                self.not_played(tx, id, notice, now).await?;
            }
            for (place, round) in rounds.iter().enumerate() {
                let mut playing = notice.clone();
                (playing.not_before, playing.expires_at) = (round.start, round.end);
                if place > 0 {
                    playing.key = format!("{}.p{}", notice.key, place + 1);
                    episodes::write_notice(tx, &playing, id, number, now).await?;
                }
                outbox::enqueue(tx, &playing, config, now).await?;
            }
        }
        Ok(())
    }

    async fn not_played(
        &self,
        tx: &mut Tx,
        id: &EpisodeId,
        notice: &Notice,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let why = msg!("villages.no_hours", name = &notice.name);
        ledger::write(tx, "not-played", &id.to_string(), &why.text(self.site.config.language), now).await?;
        Ok(())
    }

    async fn nothing_to_end(
        &self,
        tx: &mut Tx,
        id: &EpisodeId,
        notice: &Notice,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let (event, why) = match notice.audience {
            Audience::Village => ("not-played", msg!("villages.nothing_to_lift", name = &notice.name)),
            _ => ("not-told", msg!("villages.nothing_arrived", name = &notice.name)),
        };
        ledger::write(tx, event, &id.to_string(), &why.text(self.site.config.language), now).await?;
        Ok(())
    }
}
