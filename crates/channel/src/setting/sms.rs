//! Providers of short messages in the site file, and what their parts cost.
//!
//! In: the section of a vendor. Out: checked settings. Can't happen: a secret in the file.

use serde::Deserialize;
use toml::Spanned;

use super::push::{self, Push};
use crate::sms::vendor::Vendor;
use cuofeng_base::msg;
use cuofeng_base::setting::{SecretSource, SiteText};
use cuofeng_notice::filed::Limits;

/// A provider that sends approved texts alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// Whose account it is.
    pub vendor: &'static Vendor,
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
    /// The application's number; empty where the vendor has no applications.
    pub app: String,
    /// The region; empty where the vendor has no applications.
    pub region: String,
    /// Seconds that one whole request may take.
    pub timeout_seconds: u32,
    /// Price of one part.
    pub price: Option<Price>,
    /// Where its pushes come from, if it pushes.
    pub push: Option<Push>,
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

/// The section of a vendor as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSection {
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

/// Seconds of one request: providers answer within one, and recommend to wait no less.
pub const TIMEOUT: u32 = 10;

/// Checks the section of a vendor.
pub fn read(site: &mut SiteText, vendor: &'static Vendor, section: Spanned<ProviderSection>) -> Option<ProviderConfig> {
    let span = section.span();
    let section = section.into_inner();
    let before = site.problems.len();
    let secret = site.secret_of(span.clone(), section.secret_env, section.secret_file);
    if secret.is_none() && site.problems.len() == before {
        site.problem(span.clone(), msg!("config.sms_secret"), msg!("config.secret_advice"));
    }
    if section.key_id.get_ref().trim().is_empty() {
        site.problem(section.key_id.span(), msg!("config.empty"), msg!("config.empty_advice"));
    }
    // Of every vendor so far: 2 to 12 characters, letters and digits of any script.
    let sign = section.sign.get_ref();
    if !(2..=12).contains(&sign.chars().count()) || !sign.chars().all(char::is_alphanumeric) {
        site.problem(section.sign.span(), msg!("config.sms_sign"), msg!("config.sms_sign_advice"));
    }
    let applies = vendor.region.is_some();
    if applies == section.app.is_none() || (!applies && section.region.is_some()) {
        site.problem(span.clone(), msg!("config.sms_app"), msg!("config.sms_app_advice"));
    }
    let url = match section.url {
        Some(url) => site.web_address(url, false),
        None => vendor.url.to_owned(),
    };
    let timeout_seconds = section.timeout_seconds.unwrap_or(TIMEOUT);
    site.seconds(timeout_seconds, span.clone());
    let price = price(site, section.price);
    let push_secret = site.secret_of(span.clone(), section.push_secret_env, section.push_secret_file);
    let push = push::read(site, span, push_secret, section.push_from);
    Some(ProviderConfig {
        vendor,
        url,
        key_id: section.key_id.into_inner(),
        secret: secret?,
        sign: section.sign.into_inner(),
        limits: Limits { value: section.value_limit.unwrap_or(vendor.limits.value), ..vendor.limits },
        app: section.app.unwrap_or_default(),
        region: section.region.unwrap_or_else(|| vendor.region.unwrap_or_default().to_owned()),
        timeout_seconds,
        price,
        push,
    })
}

/// Checks the price of one part, yuan.
pub fn price(site: &mut SiteText, text: Option<Spanned<String>>) -> Option<Price> {
    let text = text?;
    let price = Price::parse(text.get_ref());
    if price.is_none() {
        site.problem(text.span(), msg!("config.sms_price"), msg!("config.sms_price_advice"));
    }
    price
}

#[cfg(test)]
mod tests {
    use super::*;

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
