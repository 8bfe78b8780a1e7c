//! Who may push to the pages' address: a provider's reports and replies, a loudspeaker's word.
//!
//! In: a secret and a list of places. Out: both, or nothing. Can't happen: pushes taken from anywhere, or without a secret.

use std::net::IpAddr;

use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::setting::{SecretSource, SiteText};

/// Pushes, which nothing in them proves to be their sender's.
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

/// Pushes need both: the secret part of their address, and where they come from.
pub fn read(
    site: &mut SiteText,
    span: std::ops::Range<usize>,
    secret: Option<SecretSource>,
    from: Option<Spanned<Vec<String>>>,
) -> Option<Push> {
    let Some(from) = from else {
        if secret.is_some() {
            site.problem(span, msg!("config.sms_push"), msg!("config.sms_push_advice"));
        }
        return None;
    };
    let read: Option<Vec<Network>> = from.get_ref().iter().map(|text| Network::parse(text)).collect();
    if let (Some(secret), Some(from)) = (secret, read.filter(|list| !list.is_empty())) {
        return Some(Push { secret, from });
    }
    site.problem(from.span(), msg!("config.sms_push"), msg!("config.sms_push_advice"));
    None
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
}
