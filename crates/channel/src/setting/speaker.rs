//! Loudspeakers by MQTT and by files: `[channel.mqtt]`, `[channel.speaker_file]`.
//!
//! In: the tables. Out: checked settings. Can't happen: a topic that reaches every loudspeaker at once; a password over
//! an open wire to another machine; a text that is meant where the site has not said so.

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::file::Access;
use cuofeng_base::msg;
use cuofeng_base::setting::{SecretSource, SiteText};

/// A broker to which loudspeakers listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MqttConfig {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is protected by TLS.
    pub tls: bool,
    /// Certificates that are trusted instead of the public ones: a PEM file, relative to the site.
    pub ca_file: Option<String>,
    /// User name and where the password is kept.
    pub login: Option<(String, SecretSource)>,
    /// Our name to the broker, where the site file has one; else it follows from the site's identity.
    pub client: Option<String>,
    /// Where a village's orders go; `{address}` is its loudspeaker in `villages.csv`.
    pub topic: String,
    /// Where loudspeakers say what became of an order.
    pub status: String,
    /// Seconds that the broker may take to answer.
    pub timeout_seconds: u32,
}

/// A folder from which another system takes texts as emergency broadcast messages (应急广播).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropConfig {
    /// The folder: absolute, or relative to the site.
    pub folder: String,
    /// The sender's 23 digits, which the county gives (`EBRID`).
    pub sender: String,
    /// The receiver's, if the county wants it.
    pub receiver: Option<String>,
    /// The office's code with the county (`SenderCode`).
    pub sender_code: String,
    /// What sort of event, by the county's list (`EventType`): five characters.
    pub event: String,
    /// 1 (gravest) to 4.
    pub severity: u32,
    /// Whether texts are meant; else each says that it is a drill.
    pub live: bool,
    /// What a drill has in `TestType`.
    pub test_type: String,
    /// Who may read the files: everybody where the site doesn't say, since all of it is to be read out.
    pub access: Access,
}

/// `[channel.speaker_file]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropSection {
    folder: Option<Spanned<String>>,
    sender: Spanned<String>,
    receiver: Option<Spanned<String>>,
    sender_code: Spanned<String>,
    event: Spanned<String>,
    severity: Option<Spanned<u32>>,
    #[serde(default)]
    live: bool,
    test_type: Option<String>,
    mode: Option<Spanned<String>>,
}

/// `[channel.mqtt]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttSection {
    host: Spanned<String>,
    port: Option<u16>,
    #[serde(default)]
    tls: bool,
    ca_file: Option<String>,
    user: Option<String>,
    password_env: Option<String>,
    password_file: Option<String>,
    client: Option<Spanned<String>>,
    topic: Option<Spanned<String>>,
    status: Option<Spanned<String>>,
    timeout_seconds: Option<Spanned<u32>>,
}

/// Checks `[channel.speaker_file]`.
pub fn speaker_file(site: &mut SiteText, section: DropSection) -> DropConfig {
    let digits = |text: &str| text.len() == 23 && text.bytes().all(|b| b.is_ascii_digit());
    for code in [Some(&section.sender), section.receiver.as_ref()].into_iter().flatten() {
        if !digits(code.get_ref()) {
            site.problem(code.span(), msg!("config.drop_code"), msg!("config.drop_code_advice"));
        }
    }
    let event = section.event.get_ref();
    if event.len() != 5 || !event.bytes().all(|b| b.is_ascii_alphanumeric()) {
        site.problem(section.event.span(), msg!("config.drop_event"), msg!("config.drop_code_advice"));
    }
    for text in [Some(&section.sender_code), section.folder.as_ref()].into_iter().flatten() {
        if text.get_ref().trim().is_empty() {
            site.problem(text.span(), msg!("config.empty"), msg!("config.empty_advice"));
        }
    }
    DropConfig {
        folder: section.folder.map_or_else(|| "broadcast".to_owned(), Spanned::into_inner),
        sender: section.sender.into_inner(),
        receiver: section.receiver.map(Spanned::into_inner),
        sender_code: section.sender_code.into_inner(),
        event: section.event.into_inner(),
        severity: site.number(section.severity, 4, 1..=4),
        live: section.live,
        test_type: section.test_type.unwrap_or_else(|| "1".to_owned()),
        access: site.access(section.mode, Access::Others(0o644)),
    }
}

/// Checks `[channel.mqtt]`.
pub fn mqtt(site: &mut SiteText, section: Spanned<MqttSection>) -> Option<MqttConfig> {
    let span = section.span();
    let section = section.into_inner();
    let before = site.problems.len();
    let host = section.host.get_ref().trim().to_owned();
    if host.is_empty() || host.contains(['/', ':', ' ']) && host.parse::<std::net::Ipv6Addr>().is_err() {
        site.problem(section.host.span(), msg!("config.mqtt_host"), msg!("config.mqtt_host_advice"));
    }
    let secret = site.secret_of(span.clone(), section.password_env, section.password_file);
    let login = match (section.user, secret) {
        (Some(user), Some(secret)) => Some((user, secret)),
        (None, None) => None,
        _ => {
            site.problem(span.clone(), msg!("config.login"), msg!("config.secret_advice"));
            None
        }
    };
    let near = ["localhost", "127.0.0.1", "::1"].contains(&host.as_str());
    if !section.tls && (login.is_some() && !near || section.ca_file.is_some()) {
        site.problem(span, msg!("config.mqtt_open"), msg!("config.mqtt_open_advice"));
    }
    let topic = section.topic.unwrap_or_else(|| Spanned::new(0..0, "village/{address}/broadcast".to_owned()));
    if !topic.get_ref().contains("{address}") || topic.get_ref().contains(['+', '#']) {
        site.problem(topic.span(), msg!("config.mqtt_topic"), msg!("config.mqtt_topic_advice"));
    }
    let status = section.status.unwrap_or_else(|| Spanned::new(0..0, "village/+/status".to_owned()));
    if status.get_ref().is_empty() || status.get_ref().contains('{') {
        site.problem(status.span(), msg!("config.mqtt_status"), msg!("config.mqtt_status_advice"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let odd = |name: &str| name.is_empty() || name.len() > 20 || !name.chars().all(plain);
    if let Some(client) = section.client.as_ref().filter(|client| odd(client.get_ref())) {
        site.problem(client.span(), msg!("config.mqtt_client"), msg!("config.mqtt_client_advice"));
    }
    let timeout_seconds = site.number(section.timeout_seconds, 10, 1..=60);
    (site.problems.len() == before).then(|| MqttConfig {
        host,
        port: section.port.unwrap_or(if section.tls { 8883 } else { 1883 }),
        tls: section.tls,
        ca_file: section.ca_file,
        login,
        client: section.client.map(Spanned::into_inner),
        topic: topic.into_inner(),
        status: status.into_inner(),
        timeout_seconds,
    })
}
