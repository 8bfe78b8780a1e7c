//! The channels of short messages, made from the site file and its secrets.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::AppError;
use super::channels::{failed, secret_of};
use cuofeng_base::word::ChannelName;
use cuofeng_channel::setting::sms::ProviderConfig;
use cuofeng_channel::sms::Now;
use cuofeng_channel::sms::aliyun::{Aliyun, AliyunChannel};
use cuofeng_channel::sms::gateway::GatewayChannel;
use cuofeng_channel::sms::tencent::{Tencent, TencentChannel};
use cuofeng_notice::filed::Filed;
use cuofeng_office::site::Site;
use cuofeng_outbox::drained::Channels;

/// Adds those that the site has.
pub(super) fn add(site: &Site, channels: &mut Channels) -> Result<(), AppError> {
    let config = &site.config;
    // A provider checks the age of a signature against its own clock, whatever time the site is played at.
    let now: Now = Arc::new(Utc::now);
    if let Some(c) = &config.aliyun {
        let name = ChannelName::Aliyun;
        let account = Aliyun {
            url: c.url.clone(),
            key_id: c.key_id.clone(),
            secret: secret_of(site, name, &c.secret)?,
            filed: filed(site, c),
            limit: limit(c),
        };
        let channel = AliyunChannel::new(account, Arc::clone(&now)).map_err(failed(name))?;
        channels.insert(name, Arc::new(channel));
    }
    if let Some(c) = &config.tencent {
        let name = ChannelName::Tencent;
        let account = Tencent {
            url: c.url.clone(),
            region: c.region.clone(),
            key_id: c.key_id.clone(),
            secret: secret_of(site, name, &c.secret)?,
            app: c.app.clone(),
            filed: filed(site, c),
            limit: limit(c),
        };
        let channel = TencentChannel::new(account, now).map_err(failed(name))?;
        channels.insert(name, Arc::new(channel));
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

fn limit(config: &ProviderConfig) -> Duration {
    Duration::from_secs(u64::from(config.timeout_seconds))
}
