//! The channels of loudspeakers, made from the site file and its secrets.

use std::sync::Arc;
use std::time::Duration;

use super::{AppError, secret};
use crate::channel::sms::gateway::GatewayChannel;
use crate::channel::speaker::line::{Broker, Lines};
use crate::channel::speaker::mqtt::MqttChannel;
use crate::config::{ChannelName, SecretSource};
use crate::msg;
use crate::outbox::worker::Channels;
use crate::site::Site;

/// Adds those that the site has. A second path of this process has a connection of its own, by which nobody listens.
pub(super) fn add(site: &Site, (lines, listens): (&Lines, bool), channels: &mut Channels) -> Result<(), AppError> {
    let config = &site.config;
    let failed = |name: ChannelName| move |cause: String| AppError::Channel { channel: name.name(), cause };
    let secret_of = |name: ChannelName, source: &SecretSource| {
        secret(&site.root, source).map_err(|why| failed(name)(why.text(config.language)))
    };
    if let Some(c) = &config.mqtt {
        let name = ChannelName::Mqtt;
        let login = match &c.login {
            Some((user, source)) => Some((user.clone(), secret_of(name, source)?)),
            None => None,
        };
        let tls = match &c.ca_file {
            Some(file) => {
                let why = |error: std::io::Error| msg!("secret.file", file = file, error = error.to_string());
                let read = std::fs::read(site.root.join(file));
                Some(read.map_err(|error| failed(name)(why(error).text(config.language)))?)
            }
            None => c.tls.then(Vec::new),
        };
        let line = lines.only(Broker {
            host: c.host.clone(),
            port: c.port,
            tls,
            login,
            client: if listens { c.client.clone() } else { format!("{}-2", c.client) },
            status: listens.then(|| c.status.clone()),
            limit: Duration::from_secs(u64::from(c.timeout_seconds)),
        });
        channels.insert(name, Arc::new(MqttChannel::new(line, c.topic.clone(), config.speech.terms)));
    } else {
        lines.none();
    }
    if let Some(c) = &config.speaker_http {
        let name = ChannelName::SpeakerHttp;
        let secret = c.secret.as_ref().map(|source| secret_of(name, source)).transpose()?;
        let channel = GatewayChannel::new(c.clone(), secret).map_err(failed(name))?;
        channels.insert(name, Arc::new(channel.speaking(config.speech.terms)));
    }
    Ok(())
}
