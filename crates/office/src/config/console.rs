//! Where the pages are and whom they let in: `[console]`.
//!
//! In: the table. Out: [`ConsoleConfig`]. Can't happen: a link that no browser can open; a server that stands before the
//! pages and is not one of those named, taken at its word about who asks.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::setting::SiteText;
use cuofeng_channel::setting::push::Network;

/// The pages that people open from their letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// Where the service listens; a server that speaks TLS stands before it.
    pub listen: SocketAddr,
    /// The address that recipients can reach, without a slash at its end; without one, notices carry no links.
    pub address: Option<String>,
    /// Who may come in.
    pub doors: Doors,
}

/// How many connections are open at a time, and whose word about others counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doors {
    /// Connections in all, 16–8192.
    pub connections: u32,
    /// Connections of one address, 1–8192; those of the servers that stand before the pages are not counted.
    pub per_address: u32,
    /// The servers that stand before the pages and say in `X-Forwarded-For` for whom they ask.
    pub proxies: Vec<Network>,
}

impl Default for Doors {
    fn default() -> Self {
        let proxies = ["127.0.0.0/8", "::1"].into_iter().filter_map(Network::parse).collect();
        Self { connections: 512, per_address: 64, proxies }
    }
}

impl Doors {
    /// Whether an address is that of a server that stands before the pages.
    #[must_use]
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.has(address.to_canonical()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsoleSection {
    #[serde(default = "default_listen")]
    listen: SocketAddr,
    address: Option<Spanned<String>>,
    connections: Option<Spanned<u32>>,
    per_address: Option<Spanned<u32>>,
    proxies: Option<Spanned<Vec<String>>>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8420))
}

pub(super) fn read(site: &mut SiteText, section: Spanned<ConsoleSection>) -> Option<ConsoleConfig> {
    let ConsoleSection { listen, address, connections, per_address, proxies } = section.into_inner();
    let usual = Doors::default();
    let doors = Doors {
        connections: site.number(connections, usual.connections, 16..=8192),
        per_address: site.number(per_address, usual.per_address, 1..=8192),
        proxies: proxies.map_or(usual.proxies, |list| networks(site, &list)),
    };
    let address = match address {
        Some(address) if !site.open_address(&address) => return None,
        address => address.map(|address| address.get_ref().trim_end_matches('/').to_owned()),
    };
    Some(ConsoleConfig { listen, address, doors })
}

fn networks(site: &mut SiteText, list: &Spanned<Vec<String>>) -> Vec<Network> {
    let read: Option<Vec<Network>> = list.get_ref().iter().map(|text| Network::parse(text)).collect();
    if read.is_none() {
        site.problem(list.span(), msg!("config.proxies"), msg!("config.proxies_advice"));
    }
    read.unwrap_or_default()
}
