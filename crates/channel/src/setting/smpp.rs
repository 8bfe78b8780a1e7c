//! An operator's SMPP line in the site file.
//!
//! In: `[channel.smpp]`. Out: checked settings. Can't happen: a secret in the file; the section in a program that was
//! built without it.

use serde::Deserialize;
use toml::Spanned;

use super::sms::{self, Price};
use cuofeng_base::msg;
use cuofeng_base::setting::{SecretSource, SiteText};

/// An operator's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmppConfig {
    /// The operator's host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The login (`system_id`), 15 characters at most.
    pub user: String,
    /// Where its password is kept, 8 characters at most.
    pub secret: SecretSource,
    /// What the operator calls this kind of line (`system_type`), empty for most.
    pub system_type: String,
    /// The number that messages come from.
    pub source: String,
    /// What stands before a recipient's eleven digits: nothing, or `86`.
    pub prefix: String,
    /// How many messages may be without an answer at a time.
    pub window: u8,
    /// Seconds that one answer may take.
    pub timeout_seconds: u32,
    /// Price of one part.
    pub price: Option<Price>,
}

/// `[channel.smpp]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmppSection {
    host: String,
    #[serde(default = "default_port")]
    port: u16,
    user: Spanned<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    #[serde(default = "nothing")]
    system_type: Spanned<String>,
    source: Spanned<String>,
    #[serde(default = "nothing")]
    prefix: Spanned<String>,
    #[serde(default = "default_window")]
    window: Spanned<u8>,
    timeout_seconds: Option<u32>,
    price: Option<Spanned<String>>,
}

/// The port that is registered for SMPP.
const fn default_port() -> u16 {
    2775
}

fn nothing() -> Spanned<String> {
    Spanned::new(0..0, String::new())
}

fn default_window() -> Spanned<u8> {
    Spanned::new(0..0, 4)
}

/// Checks `[channel.smpp]`.
pub fn read(site: &mut SiteText, section: Spanned<SmppSection>) -> Option<SmppConfig> {
    let span = section.span();
    let section = section.into_inner();
    if !cfg!(feature = "smpp") {
        site.problem(span, msg!("config.smpp_absent"), msg!("config.smpp_absent_advice"));
        return None;
    }
    let before = site.problems.len();
    let secret = site.secret_of(span.clone(), section.secret_env, section.secret_file);
    if secret.is_none() && site.problems.len() == before {
        site.problem(span.clone(), msg!("config.sms_secret"), msg!("config.secret_advice"));
    }
    // SMPP 3.4, 4.1.1 and 4.4.1: the longest of each without its closing zero; a recipient has eleven digits besides.
    for (text, longest) in
        [(&section.user, 15), (&section.system_type, 12), (&section.source, 20), (&section.prefix, 9)]
    {
        if text.get_ref().len() > longest || !text.get_ref().bytes().all(|byte| byte.is_ascii_graphic()) {
            site.problem(text.span(), msg!("config.smpp_text", longest = longest), msg!("config.smpp_text_advice"));
        }
    }
    if !(1..=16).contains(section.window.get_ref()) {
        site.problem(section.window.span(), msg!("config.smpp_window"), msg!("config.smpp_window_advice"));
    }
    let timeout_seconds = section.timeout_seconds.unwrap_or(sms::TIMEOUT);
    site.seconds(timeout_seconds, span);
    let price = sms::price(site, section.price);
    Some(SmppConfig {
        host: section.host,
        port: section.port,
        user: section.user.into_inner(),
        secret: secret?,
        system_type: section.system_type.into_inner(),
        source: section.source.into_inner(),
        prefix: section.prefix.into_inner(),
        window: section.window.into_inner(),
        timeout_seconds,
        price,
    })
}
