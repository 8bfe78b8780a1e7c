//! The channels of a site, made from its file and its secrets.
//!
//! In: the site. Out: every channel that it has, with what wraps it. Can't happen: a channel without its secret; a link
//! in a letter that nobody outside could open.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::Mailbox;

use super::secrets::{failed, secret_of, trusted};
use super::{AppError, sms, speakers};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::ChannelName;
use cuofeng_channel::Channel;
use cuofeng_channel::email::{EmailChannel, Held};
use cuofeng_channel::folder::FolderChannel;
use cuofeng_channel::link::{Keys, Linking};
use cuofeng_channel::setting::EmailConfig;
use cuofeng_channel::sound::Engine;
use cuofeng_channel::speaker::line::Lines;
use cuofeng_office::config::Config;
use cuofeng_office::site::Site;
use cuofeng_outbox::drained::Channels;

/// Every channel of a site; `lines` as in [`speakers::add`].
pub(super) fn all(
    site: &Site,
    lines: (&Lines, bool),
    engine: Option<&Engine>,
    now: DateTime<Utc>,
) -> Result<Channels, AppError> {
    let mut channels = Channels::new();
    let from = sender(&site.config).ok_or_else(|| failed(ChannelName::Folder)("no sender".to_owned()))?;
    let folder =
        FolderChannel::new(site.root.join(&site.config.folder), site.config.access, from, site.config.language);
    channels.insert(ChannelName::Folder, Arc::new(folder));
    if let Some(config) = &site.config.email {
        channels.insert(ChannelName::Email, Arc::new(email(site, config)?));
    }
    sms::add(site, &mut channels)?;
    speakers::add(site, lines, &mut channels)?;
    // Without an address that others can reach there are no links, and nothing to fill in.
    if site.config.address().is_some() {
        let keys = Arc::new(Keys::open(&site.root, now)?);
        let linking = |inner| -> Arc<dyn Channel> { Arc::new(Linking::new(Arc::clone(&keys), inner)) };
        channels = channels.into_iter().map(|(name, channel)| (name, linking(channel))).collect();
    }
    if let Some(engine) = engine {
        speakers::voice(site, engine, &mut channels, now)?;
    }
    speakers::mark_drills(site, &mut channels);
    Ok(channels)
}

fn email(site: &Site, config: &EmailConfig) -> Result<EmailChannel, AppError> {
    let name = ChannelName::Email;
    let held = Held {
        password: config.login.as_ref().map(|(_, source)| secret_of(site, name, source)).transpose()?,
        dkim_key: config.dkim.as_ref().map(|dkim| secret_of(site, name, &dkim.key)).transpose()?,
        trusted: config.ca_file.as_ref().map(|file| trusted(site, name, file)).transpose()?,
    };
    EmailChannel::new(config, &held).map_err(failed(name))
}

/// The sender's address that the site's mail server does not take, and why; none where it needs nothing of the server's.
pub async fn sender_untaken(site: &Site) -> Option<(String, Message)> {
    let config = site.config.email.as_ref()?;
    let from: Mailbox = config.from.parse().ok()?;
    let bounces = config.bounces.as_ref().map(|bounces| bounces.address.as_str());
    let wide = [Some(AsRef::<str>::as_ref(&from.email)), bounces].into_iter().flatten().find(|a| !a.is_ascii())?;
    let why = match email(site, config) {
        Ok(channel) => match channel.takes_utf8().await {
            Ok(true) => return None,
            Ok(false) => msg!("site.not_offered"),
            Err(said) => msg!("time.plain", text = said),
        },
        Err(error) => msg!("time.plain", text = error.to_string()),
    };
    Some((wide.to_owned(), why))
}

/// What speaks a site's texts, `beside` as in [`Engine::new`]; what it knows of its failures is kept while it is set up as it was.
pub(super) fn engine(site: &Site, before: Option<&Engine>, beside: bool) -> Option<Engine> {
    let voice = site.config.speech.voice.clone()?;
    let new = || Engine::new(voice.clone(), &site.root, beside);
    Some(before.map_or_else(new, |engine| engine.again(voice.clone(), beside)))
}

/// The sender that `.eml` files carry: the mail channel's, else the office at a reserved domain.
#[must_use]
pub fn sender(config: &Config) -> Option<Mailbox> {
    let configured = config.email.as_ref().and_then(|e| e.from.parse().ok());
    configured.or_else(|| {
        let address = Address::new("cuofeng", "example.com").ok()?;
        Some(Mailbox::new(Some(config.name.clone()), address))
    })
}
