//! Channels of short messages in the site file.
//!
//! In: `[channel.aliyun]`, `[channel.tencent]`, `[channel.sms_http]`. Out: checked settings. Can't happen: a secret in
//! the file; a gateway that is given neither number nor words.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use toml::Spanned;

use super::{Form, Reader, SecretSource};
use crate::msg;

/// What a provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Characters of one value. Aliyun: 35 (notification templates filed after 2018-01-10). Tencent: 6 by default for
    /// accounts opened after 2024-01-25; the account's console shows its own.
    pub value: usize,
    /// Characters of a whole message with its signature. Both: 500.
    pub whole: usize,
}

/// A provider that sends approved texts alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Where the service is.
    pub url: String,
    /// The key's identifier.
    pub key_id: String,
    /// Where the key's secret is kept.
    pub secret: SecretSource,
    /// The approved signature, without brackets.
    pub sign: String,
    /// What the provider takes.
    pub limits: Limits,
    /// Tencent's number of the application; empty at Aliyun.
    pub app: String,
    /// Tencent's region; empty at Aliyun.
    pub region: String,
    /// Seconds that one whole request may take.
    pub timeout_seconds: u32,
    /// Price of one part.
    pub price: Option<Price>,
    /// Where its pushes come from, if it pushes.
    pub push: Option<Push>,
}

/// A provider's pushes, which nothing in them proves to be its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Where the secret part of their address is kept.
    pub secret: SecretSource,
    /// Where they come from.
    pub from: Vec<Network>,
}

/// An address, or all that begin like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `203.0.113.7` or `203.0.113.0/24`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let first: IpAddr = address.parse().ok()?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { first, bits })
    }

    /// Whether an address belongs to it.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        let shift = |width: u8| u32::from(width.saturating_sub(self.bits));
        match (self.first, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0,
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0,
            _ => false,
        }
    }
}

/// A county's own gateway.
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
    /// Whether a loudspeaker behind it plays audio and reads no words.
    #[must_use]
    pub fn takes_audio_alone(&self) -> bool {
        let all = format!("{}{}", self.url, self.body.as_deref().unwrap_or(""));
        all.contains("{audio}") && !all.contains("{text}")
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

/// Price of one part, in thousandths of a yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Price(pub u64);

impl Price {
    /// Reads `0.045`: up to three decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (yuan, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if yuan.is_empty() || yuan.len() > 6 || rest.len() > 3 || !digits(yuan) || !digits(rest) {
            return None;
        }
        let thousandths: u64 = format!("{rest:0<3}").parse().ok()?;
        Some(Self(yuan.parse::<u64>().ok()? * 1000 + thousandths))
    }

    /// What so many parts cost.
    #[must_use]
    pub const fn times(self, parts: u64) -> Self {
        Self(self.0.saturating_mul(parts))
    }
}

impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.strip_suffix('0').unwrap_or(&text))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderSection {
    url: Option<Spanned<String>>,
    key_id: Spanned<String>,
    secret_env: Option<String>,
    secret_file: Option<String>,
    sign: Spanned<String>,
    value_limit: Option<usize>,
    app: Option<String>,
    region: Option<String>,
    timeout_seconds: Option<u32>,
    price: Option<Spanned<String>>,
    push_secret_env: Option<String>,
    push_secret_file: Option<String>,
    push_from: Option<Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GatewaySection {
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

/// Seconds of one request: providers answer within one, and recommend to wait no less.
const TIMEOUT: u32 = 10;

impl Reader {
    pub(super) fn aliyun(&mut self, section: Spanned<ProviderSection>) -> Option<ProviderConfig> {
        self.provider(section, "https://dysmsapi.aliyuncs.com", Limits { value: 35, whole: 500 }, false)
    }

    pub(super) fn tencent(&mut self, section: Spanned<ProviderSection>) -> Option<ProviderConfig> {
        self.provider(section, "https://sms.tencentcloudapi.com", Limits { value: 6, whole: 500 }, true)
    }

    fn provider(
        &mut self,
        section: Spanned<ProviderSection>,
        url: &str,
        limits: Limits,
        tencent: bool,
    ) -> Option<ProviderConfig> {
        let span = section.span();
        let section = section.into_inner();
        let before = self.problems.len();
        let secret = self.secret_of(span.clone(), section.secret_env, section.secret_file);
        if secret.is_none() && self.problems.len() == before {
            self.problem(span.clone(), msg!("config.sms_secret"), msg!("config.secret_advice"));
        }
        if section.key_id.get_ref().trim().is_empty() {
            self.problem(section.key_id.span(), msg!("config.empty"), msg!("config.empty_advice"));
        }
        // Both providers: 2 to 12 characters, letters and digits of any script.
        let sign = section.sign.get_ref();
        if !(2..=12).contains(&sign.chars().count()) || !sign.chars().all(char::is_alphanumeric) {
            self.problem(section.sign.span(), msg!("config.sms_sign"), msg!("config.sms_sign_advice"));
        }
        if tencent == (section.app.is_none()) || (!tencent && section.region.is_some()) {
            self.problem(span.clone(), msg!("config.sms_app"), msg!("config.sms_app_advice"));
        }
        let url = match section.url {
            Some(url) => self.web_address(url, false),
            None => url.to_owned(),
        };
        let timeout_seconds = section.timeout_seconds.unwrap_or(TIMEOUT);
        self.seconds(timeout_seconds, span.clone());
        let price = self.price(section.price);
        let push_secret = self.secret_of(span.clone(), section.push_secret_env, section.push_secret_file);
        let push = self.push(span, push_secret, section.push_from);
        Some(ProviderConfig {
            url,
            key_id: section.key_id.into_inner(),
            secret: secret?,
            sign: section.sign.into_inner(),
            limits: Limits { value: section.value_limit.unwrap_or(limits.value), ..limits },
            app: section.app.unwrap_or_default(),
            region: section.region.unwrap_or_else(|| if tencent { "ap-guangzhou".to_owned() } else { String::new() }),
            timeout_seconds,
            price,
            push,
        })
    }

    /// Pushes need both: the secret part of their address, and where they come from.
    fn push(
        &mut self,
        span: std::ops::Range<usize>,
        secret: Option<SecretSource>,
        from: Option<Spanned<Vec<String>>>,
    ) -> Option<Push> {
        let Some(from) = from else {
            if secret.is_some() {
                self.problem(span, msg!("config.sms_push"), msg!("config.sms_push_advice"));
            }
            return None;
        };
        let read: Option<Vec<Network>> = from.get_ref().iter().map(|text| Network::parse(text)).collect();
        if let (Some(secret), Some(from)) = (secret, read.filter(|list| !list.is_empty())) {
            return Some(Push { secret, from });
        }
        self.problem(from.span(), msg!("config.sms_push"), msg!("config.sms_push_advice"));
        None
    }

    /// A gateway of short messages, or one of loudspeakers.
    pub(super) fn gateway(&mut self, section: Spanned<GatewaySection>, form: Form) -> Option<GatewayConfig> {
        let span = section.span();
        let section = section.into_inner();
        let secret = self.secret_of(span.clone(), section.secret_env, section.secret_file);
        let all = format!("{}{}", section.url.get_ref(), section.body.as_ref().map_or("", |b| b.get_ref()));
        if form == Form::Sms && !(all.contains("{mobile}") && all.contains("{text}")) {
            self.problem(section.url.span(), msg!("config.gateway_holes"), msg!("config.gateway_holes_advice"));
        }
        if form == Form::Speech && !(all.contains("{address}") && (all.contains("{text}") || all.contains("{audio}"))) {
            self.problem(section.url.span(), msg!("config.speaker_holes"), msg!("config.speaker_holes_advice"));
        }
        let asks = |text: &str| text.contains("{secret}");
        if (asks(&all) || section.headers.values().any(|v| asks(v))) != secret.is_some() {
            self.problem(span.clone(), msg!("config.gateway_secret"), msg!("config.gateway_secret_advice"));
        }
        if section.body.is_some() != section.format.is_some() {
            self.problem(span.clone(), msg!("config.gateway_format"), msg!("config.gateway_format_advice"));
        }
        if section.ok.get_ref().is_empty() {
            self.problem(section.ok.span(), msg!("config.gateway_ok"), msg!("config.gateway_ok_advice"));
        }
        let code = self.pick(&section.code);
        let id = section.id.map(|id| self.pick(&id));
        let timeout_seconds = section.timeout_seconds.unwrap_or(TIMEOUT);
        self.seconds(timeout_seconds, span.clone());
        let push_secret = self.secret_of(span.clone(), section.push_secret_env, section.push_secret_file);
        if form == Form::Sms && (push_secret.is_some() || section.push_from.is_some()) {
            self.problem(span.clone(), msg!("config.gateway_push"), msg!("config.gateway_push_advice"));
        }
        let push = self.push(span, push_secret, section.push_from);
        Some(GatewayConfig {
            url: self.web_address(section.url, true),
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
            price: self.price(section.price),
            push,
        })
    }

    fn pick(&mut self, text: &Spanned<String>) -> Option<Pick> {
        let pick = Pick::parse(text.get_ref());
        if pick.is_none() {
            self.problem(text.span(), msg!("config.gateway_pick"), msg!("config.gateway_pick_advice"));
        }
        pick
    }

    fn price(&mut self, text: Option<Spanned<String>>) -> Option<Price> {
        let text = text?;
        let price = Price::parse(text.get_ref());
        if price.is_none() {
            self.problem(text.span(), msg!("config.sms_price"), msg!("config.sms_price_advice"));
        }
        price
    }

    fn seconds(&mut self, seconds: u32, span: std::ops::Range<usize>) {
        if !(1..=60).contains(&seconds) {
            self.problem(span, msg!("config.sms_timeout"), msg!("config.sms_timeout_advice"));
        }
    }

    /// An address by HTTPS, by HTTP to this machine, or, for a gateway in the office's own network, by HTTP anywhere.
    fn web_address(&mut self, url: Spanned<String>, plain: bool) -> String {
        let text = url.get_ref();
        let rest = |open: &str| text.strip_prefix(open).is_some_and(|r| r.is_empty() || r.starts_with([':', '/']));
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].into_iter().any(rest);
        if !(text.starts_with("https://") || local || plain && text.starts_with("http://")) {
            self.problem(url.span(), msg!("config.sms_url"), msg!("config.sms_url_advice"));
        }
        url.into_inner()
    }

    /// The one place where a secret is kept, if any is named.
    pub(super) fn secret_of(
        &mut self,
        span: std::ops::Range<usize>,
        env: Option<String>,
        file: Option<String>,
    ) -> Option<SecretSource> {
        match (env, file) {
            (Some(name), None) => Some(SecretSource::Env(name)),
            (None, Some(path)) => Some(SecretSource::File(path)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                self.problem(span, msg!("config.secret_twice"), msg!("config.secret_advice"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_begin_like_it() {
        let has =
            |network: &str, address: &str| Network::parse(network).map(|n| n.has(address.parse().expect("an address")));
        for (network, address, answer) in [
            ("203.0.113.7", "203.0.113.7", Some(true)),
            ("203.0.113.7", "203.0.113.8", Some(false)),
            ("203.0.113.0/24", "203.0.113.255", Some(true)),
            ("203.0.113.0/24", "203.0.114.0", Some(false)),
            ("0.0.0.0/0", "198.51.100.1", Some(true)),
            ("0.0.0.0/0", "::1", Some(false)),
            ("2001:db8::/32", "2001:db8:1::1", Some(true)),
            ("::/0", "2001:db8::1", Some(true)),
            ("203.0.113.0/33", "203.0.113.0", None),
            ("here", "203.0.113.0", None),
        ] {
            assert_eq!(has(network, address), answer, "{network} {address}");
        }
    }

    #[test]
    fn a_price_is_read_and_multiplied_without_rounding() {
        for (text, thousandths) in [("0.045", Some(45)), ("0.05", Some(50)), ("1", Some(1000)), ("12.5", Some(12_500))]
        {
            assert_eq!(Price::parse(text).map(|m| m.0), thousandths, "{text}");
        }
        for text in ["", "-1", "0.0455", "1,5", "a", ".5", "12345678"] {
            assert_eq!(Price::parse(text), None, "{text}");
        }
        // 300 letters of two parts at 0.045 yuan: 27 yuan.
        assert_eq!(Price(45).times(600).to_string(), "27.00");
        assert_eq!(Price(45).times(1).to_string(), "0.045");
    }
}
