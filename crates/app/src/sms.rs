//! The channels of short messages, made from the site file and its secrets.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::AppError;
use super::secrets::{failed, secret_of};
use cuofeng_base::word::ChannelName;
use cuofeng_channel::setting::sms::ProviderConfig;
use cuofeng_channel::sms::Now;
use cuofeng_channel::sms::gateway::GatewayChannel;
use cuofeng_channel::sms::vendor::Account;
use cuofeng_notice::filed::Filed;
use cuofeng_office::site::Site;
use cuofeng_outbox::drained::Channels;

/// Adds those that the site has.
pub(super) fn add(site: &Site, channels: &mut Channels) -> Result<(), AppError> {
    let config = &site.config;
    // A provider checks the age of a signature against its own clock, whatever time the site is played at.
    let now: Now = Arc::new(Utc::now);
    for provider in &config.providers {
        let name = provider.vendor.name;
        let account = Account {
            url: provider.url.clone(),
            key_id: provider.key_id.clone(),
            secret: secret_of(site, name, &provider.secret)?,
            app: provider.app.clone(),
            region: provider.region.clone(),
            filed: filed(site, provider),
            limit: Duration::from_secs(u64::from(provider.timeout_seconds)),
        };
        let channel = (provider.vendor.open)(account, Arc::clone(&now)).map_err(failed(name))?;
        channels.insert(name, channel);
    }
    if let Some(c) = &config.sms_http {
        let name = ChannelName::SmsHttp;
        let secret = c.secret.as_ref().map(|source| secret_of(site, name, source)).transpose()?;
        let channel = GatewayChannel::new(c.clone(), secret).map_err(failed(name))?;
        channels.insert(name, Arc::new(channel));
    }
    #[cfg(feature = "smpp")]
    if let Some(c) = &config.smpp {
        let secret = secret_of(site, ChannelName::Smpp, &c.secret)?;
        let channel = cuofeng_channel::sms::smpp::SmppChannel::new(c.clone(), secret);
        channels.insert(ChannelName::Smpp, Arc::new(channel));
    }
    Ok(())
}

/// What the provider has approved; nothing where short messages take another way, which leaves letters of before the
/// change refused and told of, not sent in other words.
fn filed(site: &Site, config: &ProviderConfig) -> Filed {
    let none = || Filed { templates: Vec::new(), limits: config.limits, sign: config.sign.clone() };
    site.texts.filed().filter(|filed| filed.sign == config.sign).cloned().unwrap_or_else(none)
}
