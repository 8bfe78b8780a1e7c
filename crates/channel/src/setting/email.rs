//! Mail in the site file.
//!
//! In: `[channel.email]`. Out: checked settings. Can't happen: a secret in the file; a mailbox read without TLS unless
//! the file says so.

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::setting::{SecretSource, SiteText};
use cuofeng_base::word::Limit;

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailConfig {
    /// SMTP server.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Sender, also the envelope sender.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// User name and where its password is kept.
    pub login: Option<(String, SecretSource)>,
    /// Seconds that one whole send may take.
    pub timeout_seconds: u32,
    /// Connections that may be open at the same time.
    pub connections: u16,
    /// Where undeliverable mail comes back; to the sender where there is none.
    pub bounces: Option<Bounces>,
    /// How mails are signed; not at all where there is none.
    pub dkim: Option<DkimSetting>,
    /// Certificates that are trusted besides the public ones: a PEM file, relative to the site.
    pub ca_file: Option<String>,
    /// How much it may carry.
    pub limits: Vec<Limit>,
    /// Whether a mail that may have been taken is sent once more by itself, with the same Message-ID.
    pub resend_unknown: bool,
}

/// Where undeliverable mail comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounces {
    /// The address that is the envelope sender.
    pub address: String,
    /// Whether its plus-addresses are, one a letter: its host must take mail for them, and let the office send by them.
    pub plus: bool,
    /// The mailbox of that address; not read where there is none.
    pub mailbox: Option<Mailbox>,
}

/// A mailbox that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mailbox {
    /// A maildir on this machine.
    Maildir(String),
    /// A mailbox on a server, by POP3.
    Pop3(MailServer),
    /// A folder of a mailbox on a server, by IMAP.
    Imap(MailServer, String),
}

/// A mail server that mailboxes are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who reads.
    pub user: String,
    /// Where the password is kept.
    pub password: SecretSource,
}

/// How mails are signed (RFC 6376).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimSetting {
    /// The domain that signs.
    pub domain: String,
    /// Which of its keys.
    pub selector: String,
    /// Where the key is kept.
    pub key: SecretSource,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte (SMTP 465, POP3 995, IMAP 993).
    Tls,
    /// STARTTLS, refused if the server doesn't offer it (SMTP 587, POP3 110, IMAP 143).
    Starttls,
    /// No protection: only for a server on the same machine.
    Plain,
}

/// `[channel.email]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSection {
    host: String,
    port: u16,
    security: Security,
    from: Spanned<String>,
    reply_to: Option<Spanned<String>>,
    user: Option<String>,
    password_env: Option<String>,
    password_file: Option<String>,
    #[serde(default = "default_timeout")]
    timeout_seconds: u32,
    #[serde(default = "default_connections")]
    connections: Spanned<u16>,
    bounces: Option<Spanned<BouncesSection>>,
    dkim: Option<DkimSection>,
    ca_file: Option<String>,
    #[serde(default)]
    limits: Vec<Spanned<String>>,
    #[serde(default)]
    resend_unknown: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BouncesSection {
    address: Spanned<String>,
    plus: Option<bool>,
    maildir: Option<String>,
    pop3: Option<Spanned<ServerSection>>,
    imap: Option<Spanned<ServerSection>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerSection {
    host: String,
    port: Option<u16>,
    #[serde(default = "default_security")]
    security: Security,
    user: String,
    password_env: Option<String>,
    password_file: Option<String>,
    folder: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DkimSection {
    domain: String,
    selector: String,
    key_file: String,
}

fn default_connections() -> Spanned<u16> {
    Spanned::new(0..0, 4)
}

const fn default_timeout() -> u32 {
    30
}

const fn default_security() -> Security {
    Security::Tls
}

/// Hosts that know no plus-addresses, and refuse to send for them.
const WITHOUT_PLUS: [&str; 14] = [
    "qq.com",
    "vip.qq.com",
    "foxmail.com",
    "163.com",
    "126.com",
    "yeah.net",
    "188.com",
    "139.com",
    "189.cn",
    "wo.cn",
    "sina.com",
    "sina.cn",
    "sohu.com",
    "aliyun.com",
];

/// Whether the host of an address may take mail for its plus-addresses.
fn takes_plus(address: &str) -> bool {
    let host = address.rsplit('@').next().unwrap_or_default().to_lowercase();
    !WITHOUT_PLUS.contains(&host.as_str())
}

/// Checks `[channel.email]`.
pub fn read(site: &mut SiteText, section: Spanned<EmailSection>) -> Option<EmailConfig> {
    let span = section.span();
    let email = section.into_inner();
    for address in [Some(&email.from), email.reply_to.as_ref()].into_iter().flatten() {
        mail_address(site, address);
    }
    if !(1..=300).contains(&email.timeout_seconds) {
        site.problem(span.clone(), msg!("config.timeout"), msg!("config.timeout_advice"));
    }
    if !(1..=200).contains(email.connections.get_ref()) {
        site.problem(email.connections.span(), msg!("config.connections"), msg!("config.connections_advice"));
    }
    let before = site.problems.len();
    let source = site.secret_of(span.clone(), email.password_env, email.password_file);
    let bounces = email.bounces.map(|section| bounces(site, section));
    if site.problems.len() > before {
        return None;
    }
    let login = match (email.user, source) {
        (Some(user), Some(source)) => Some((user, source)),
        (None, None) => None,
        _ => {
            site.problem(span, msg!("config.login"), msg!("config.secret_advice"));
            return None;
        }
    };
    Some(EmailConfig {
        host: email.host,
        port: email.port,
        security: email.security,
        from: email.from.into_inner(),
        reply_to: email.reply_to.map(Spanned::into_inner),
        login,
        timeout_seconds: email.timeout_seconds,
        connections: email.connections.into_inner(),
        bounces: bounces.flatten(),
        dkim: email.dkim.map(|dkim| DkimSetting {
            domain: dkim.domain,
            selector: dkim.selector,
            key: SecretSource::File(dkim.key_file),
        }),
        ca_file: email.ca_file,
        limits: site.limits(email.limits),
        resend_unknown: email.resend_unknown,
    })
}

fn mail_address(site: &mut SiteText, address: &Spanned<String>) {
    if address.get_ref().parse::<lettre::message::Mailbox>().is_err() {
        let what = msg!("config.address", value = address.get_ref());
        site.problem(address.span(), what, msg!("config.address_advice"));
    }
}

fn bounces(site: &mut SiteText, section: Spanned<BouncesSection>) -> Option<Bounces> {
    let span = section.span();
    let section = section.into_inner();
    mail_address(site, &section.address);
    let address = section.address.into_inner();
    let plus = section.plus.unwrap_or_else(|| takes_plus(&address));
    let mailbox = match (section.maildir, section.pop3, section.imap) {
        (None, None, None) => None,
        (Some(folder), None, None) => Some(Mailbox::Maildir(folder)),
        (None, Some(server), None) => Some(Mailbox::Pop3(mail_server(site, server, (995, 110), false)?.0)),
        (None, None, Some(server)) => {
            let (server, folder) = mail_server(site, server, (993, 143), true)?;
            Some(Mailbox::Imap(server, folder))
        }
        _ => {
            site.problem(span, msg!("config.mailboxes"), msg!("config.mailboxes_advice"));
            return None;
        }
    };
    Some(Bounces { address, plus, mailbox })
}

/// A server and the folder to read there. `ports` are those with TLS from the first byte, and without.
fn mail_server(
    site: &mut SiteText,
    section: Spanned<ServerSection>,
    ports: (u16, u16),
    folders: bool,
) -> Option<(MailServer, String)> {
    let span = section.span();
    let section = section.into_inner();
    let before = site.problems.len();
    let password = site.secret_of(span.clone(), section.password_env, section.password_file);
    if password.is_none() && site.problems.len() == before {
        site.problem(span.clone(), msg!("config.mailbox_secret"), msg!("config.secret_advice"));
    }
    if section.folder.is_some() && !folders {
        site.problem(span.clone(), msg!("config.mailbox_folder"), msg!("config.mailbox_folder_advice"));
    }
    let odd = |text: &str| text.trim().is_empty() || text.chars().any(char::is_control);
    if odd(&section.host) || odd(&section.user) {
        site.problem(span, msg!("config.empty"), msg!("config.empty_advice"));
    }
    let port = if section.security == Security::Tls { ports.0 } else { ports.1 };
    let server = MailServer {
        host: section.host,
        port: section.port.unwrap_or(port),
        security: section.security,
        user: section.user,
        password: password?,
    };
    (site.problems.len() == before).then(|| (server, section.folder.unwrap_or_else(|| "INBOX".to_owned())))
}
