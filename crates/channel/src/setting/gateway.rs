//! A gateway by HTTP, described in the site file: of short messages (`[channel.sms_http]`), or of loudspeakers
//! (`[channel.speaker_http]`).
//!
//! In: the table. Out: checked settings. Can't happen: a secret in the file; a gateway that is given neither whom nor what.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::push::{self, Push};
use super::sms::{self, Price};
use cuofeng_base::msg;
use cuofeng_base::setting::{SecretSource, SiteText};
use cuofeng_base::word::Form;

/// A gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// Its address, with holes.
    pub url: String,
    /// Its headers, with holes.
    pub headers: BTreeMap<String, String>,
    /// The body of a POST, with holes; without one it is a GET.
    pub body: Option<String>,
    /// What the body is.
    pub shape: Shape,
    /// In which characters the gateway reads and writes.
    pub charset: Charset,
    /// Fills `{user}`.
    pub user: Option<String>,
    /// Where what fills `{secret}` is kept.
    pub secret: Option<SecretSource>,
    /// Where the answer's code stands.
    pub code: Pick,
    /// Where the message's identifier stands.
    pub id: Option<Pick>,
    /// Codes that say "taken".
    pub ok: Vec<String>,
    /// Codes that say "later".
    pub busy: Vec<String>,
    /// Codes that say "nothing more before a person has mended it".
    pub closed: Vec<String>,
    /// Seconds that one whole request may take.
    pub timeout_seconds: u32,
    /// Price of one part.
    pub price: Option<Price>,
    /// Where its pushes come from, if it pushes: loudspeakers say so what became of an order.
    pub push: Option<Push>,
}

impl GatewayConfig {
    fn has(&self, hole: &str) -> bool {
        self.url.contains(hole) || self.body.as_ref().is_some_and(|body| body.contains(hole))
    }

    /// Whether a loudspeaker behind it is given audio.
    #[must_use]
    pub fn takes_audio(&self) -> bool {
        self.has("{audio}")
    }

    /// Whether it is given nothing else: it reads no words.
    #[must_use]
    pub fn takes_audio_alone(&self) -> bool {
        self.takes_audio() && !self.has("{text}")
    }
}

/// What a gateway's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// JSON.
    Json,
    /// A form.
    Form,
    /// Plain text.
    Text,
}

/// Characters of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB 18030, which holds GBK and GB 2312.
    Gb18030,
}

/// Where something stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// In JSON, by its pointer: `/data/id`.
    Pointer(String),
    /// In plain text, the word of this number, from 0.
    Word(usize),
}

impl Pick {
    /// Reads `/data/id` or `word 0`.
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with('/') {
            return Some(Self::Pointer(text.to_owned()));
        }
        text.strip_prefix("word ")?.trim().parse().ok().map(Self::Word)
    }
}

/// `[channel.sms_http]` or `[channel.speaker_http]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySection {
    url: Spanned<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Spanned<String>>,
    format: Option<Shape>,
    #[serde(default)]
    charset: Charset,
    user: Option<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    code: Spanned<String>,
    id: Option<Spanned<String>>,
    ok: Spanned<Vec<String>>,
    #[serde(default)]
    busy: Vec<String>,
    #[serde(default)]
    closed: Vec<String>,
    timeout_seconds: Option<u32>,
    price: Option<Spanned<String>>,
    push_secret_env: Option<String>,
    push_secret_file: Option<String>,
    push_from: Option<Spanned<Vec<String>>>,
}

/// A gateway of short messages, or one of loudspeakers.
pub fn read(site: &mut SiteText, section: Spanned<GatewaySection>, form: Form) -> Option<GatewayConfig> {
    let span = section.span();
    let section = section.into_inner();
    let secret = site.secret_of(span.clone(), section.secret_env, section.secret_file);
    let all = format!("{}{}", section.url.get_ref(), section.body.as_ref().map_or("", |b| b.get_ref()));
    if form == Form::Sms && !(all.contains("{mobile}") && all.contains("{text}")) {
        site.problem(section.url.span(), msg!("config.gateway_holes"), msg!("config.gateway_holes_advice"));
    }
    if form == Form::Speech && !(all.contains("{address}") && (all.contains("{text}") || all.contains("{audio}"))) {
        site.problem(section.url.span(), msg!("config.speaker_holes"), msg!("config.speaker_holes_advice"));
    }
    let asks = |text: &str| text.contains("{secret}");
    if (asks(&all) || section.headers.values().any(|v| asks(v))) != secret.is_some() {
        site.problem(span.clone(), msg!("config.gateway_secret"), msg!("config.gateway_secret_advice"));
    }
    if section.body.is_some() != section.format.is_some() {
        site.problem(span.clone(), msg!("config.gateway_format"), msg!("config.gateway_format_advice"));
    }
    if section.ok.get_ref().is_empty() {
        site.problem(section.ok.span(), msg!("config.gateway_ok"), msg!("config.gateway_ok_advice"));
    }
    let code = pick(site, &section.code);
    let id = section.id.map(|id| pick(site, &id));
    let timeout_seconds = section.timeout_seconds.unwrap_or(sms::TIMEOUT);
    site.seconds(timeout_seconds, span.clone());
    let push_secret = site.secret_of(span.clone(), section.push_secret_env, section.push_secret_file);
    if form == Form::Sms && (push_secret.is_some() || section.push_from.is_some()) {
        site.problem(span.clone(), msg!("config.gateway_push"), msg!("config.gateway_push_advice"));
    }
    let push = push::read(site, span, push_secret, section.push_from);
    Some(GatewayConfig {
        url: site.web_address(section.url, true),
        headers: section.headers,
        body: section.body.map(Spanned::into_inner),
        shape: section.format.unwrap_or(Shape::Text),
        charset: section.charset,
        user: section.user,
        secret,
        code: code?,
        id: id.flatten(),
        ok: section.ok.into_inner(),
        busy: section.busy,
        closed: section.closed,
        timeout_seconds,
        price: sms::price(site, section.price),
        push,
    })
}

fn pick(site: &mut SiteText, text: &Spanned<String>) -> Option<Pick> {
    let pick = Pick::parse(text.get_ref());
    if pick.is_none() {
        site.problem(text.span(), msg!("config.gateway_pick"), msg!("config.gateway_pick_advice"));
    }
    pick
}
