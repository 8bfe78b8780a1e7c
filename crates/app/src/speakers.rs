//! The channels of loudspeakers, made from the site file and its secrets.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::AppError;
use super::secrets::{failed, secret_of, trusted};
use cuofeng_base::word::ChannelName;
use cuofeng_channel::Channel;
use cuofeng_channel::link::Keys;
use cuofeng_channel::sms::gateway::GatewayChannel;
use cuofeng_channel::sound::{Engine, Voiced};
use cuofeng_channel::speaker::drop::{Drill, DropChannel};
use cuofeng_channel::speaker::line::{Broker, Lines};
use cuofeng_channel::speaker::mqtt::MqttChannel;
use cuofeng_office::site::Site;
use cuofeng_outbox::drained::Channels;

/// Adds those that the site has. A second path of this process has a connection of its own, by which nobody listens.
pub(super) fn add(site: &Site, (lines, listens): (&Lines, bool), channels: &mut Channels) -> Result<(), AppError> {
    let config = &site.config;
    if let Some(c) = &config.mqtt {
        let name = ChannelName::Mqtt;
        let login = match &c.login {
            Some((user, source)) => Some((user.clone(), secret_of(site, name, source)?)),
            None => None,
        };
        let tls = match &c.ca_file {
            Some(file) => Some(trusted(site, name, file)?),
            None => c.tls.then(Vec::new),
        };
        let own = || site.config.identity.as_ref().map_or_else(|| "cuofeng".to_owned(), |own| format!("cf-{own}"));
        let client = c.client.clone().unwrap_or_else(own);
        let line = lines.only(Broker {
            host: c.host.clone(),
            port: c.port,
            tls,
            login,
            client: if listens { client } else { format!("{client}-2") },
            status: listens.then(|| c.status.clone()),
            limit: Duration::from_secs(u64::from(c.timeout_seconds)),
        });
        channels.insert(name, Arc::new(MqttChannel::new(line, c.topic.clone(), config.speech.terms)));
    } else {
        lines.none();
    }
    if let Some(c) = &config.speaker_http {
        let name = ChannelName::SpeakerHttp;
        let secret = c.secret.as_ref().map(|source| secret_of(site, name, source)).transpose()?;
        let channel = GatewayChannel::new(c.clone(), secret).map_err(failed(name))?;
        channels.insert(name, Arc::new(channel.speaking(config.speech.terms)));
    }
    if let Some(c) = &config.speaker_file {
        // An absolute folder stands for itself.
        let folders = (site.root.join(&c.folder), site.root.join(&config.folder).join("cap"));
        let of = (config.name.as_str(), config.zone, config.language);
        let channel: Arc<dyn Channel> = Arc::new(DropChannel::new(c.clone(), folders, of, config.speech.terms));
        channels.insert(ChannelName::SpeakerFile, channel);
    }
    Ok(())
}

/// Has the loudspeakers' texts spoken before they are sent.
pub(super) fn voice(site: &Site, engine: &Engine, channels: &mut Channels, now: DateTime<Utc>) -> Result<(), AppError> {
    let config = &site.config;
    let address = config.audio_address().map(str::to_owned);
    let keys = address.as_ref().map(|_| Keys::open(&site.root, now)).transpose()?.map(Arc::new);
    let fetched = address.zip(keys);
    for name in [ChannelName::Mqtt, ChannelName::SpeakerHttp, ChannelName::SpeakerFile] {
        let Some(inner) = channels.remove(&name) else { continue };
        let needs = name == ChannelName::SpeakerHttp
            && config
                .speaker_http
                .as_ref()
                .is_some_and(cuofeng_channel::setting::gateway::GatewayConfig::takes_audio_alone);
        let voiced: Arc<dyn Channel> =
            Arc::new(Voiced::new(engine.clone(), fetched.clone(), inner, (config.speech.terms.repeats, needs)));
        channels.insert(name, voiced);
    }
    Ok(())
}

/// Marks what is handed over as a drill, where the site has not said that it is meant: before it is spoken, so that the
/// audio says so too.
pub(super) fn mark_drills(site: &Site, channels: &mut Channels) {
    let drills = site.config.speaker_file.as_ref().is_some_and(|c| !c.live);
    if let Some(inner) = channels.remove(&ChannelName::SpeakerFile) {
        let inner = if drills { Arc::new(Drill::new(inner, site.config.language)) } else { inner };
        channels.insert(ChannelName::SpeakerFile, inner);
    }
}
