//! The networks a key may be used from.
//!
//! Owns CIDR lists and the question whether an address is in one. Must never decide whose address it is: the edge does,
//! by the trusted proxies.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Serialize;

/// Networks in CIDR notation; an empty list allows every address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Networks(Vec<IpNet>);

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no network: an address or CIDR is expected, for example 203.0.113.0/24 or 2001:db8::/32")]
pub struct InvalidNetwork(String);

impl Networks {
    /// A list of these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether no network is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The networks.
    pub fn iter(&self) -> impl Iterator<Item = &IpNet> {
        self.0.iter()
    }

    /// Whether one of the networks contains the address. An IPv4 address that came through an IPv6 socket counts as
    /// the IPv4 address it is.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Reads `203.0.113.0/24`, or a single address.
pub fn parse_network(text: &str) -> Result<IpNet, InvalidNetwork> {
    IpNet::from_str(text)
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map(|network| canonical(network.trunc()))
        .map_err(|_| InvalidNetwork(text.to_owned()))
}

/// Addresses are compared in their IPv4 form where they have one, so networks are kept in it as well.
fn canonical(network: IpNet) -> IpNet {
    match (network.network().to_canonical(), network.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(length)) if matches!(network, IpNet::V6(_)) => {
            ipnet::Ipv4Net::new(address, length).map_or(network, IpNet::V4)
        }
        _ => network,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Networks {
        Networks::new(texts.iter().map(|text| parse_network(text).unwrap()).collect())
    }

    #[test]
    fn addresses_inside_and_outside() {
        let allowed = networks(&["203.0.113.0/24", "2001:db8::/32", "192.0.2.7"]);
        for inside in ["203.0.113.255", "2001:db8::1", "192.0.2.7", "::ffff:203.0.113.5"] {
            assert!(allowed.contain(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["203.0.114.0", "2001:db9::1", "192.0.2.8", "::1"] {
            assert!(!allowed.contain(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn a_network_of_mapped_addresses_is_the_network_of_the_addresses() {
        assert_eq!(parse_network("::ffff:203.0.113.0/120").unwrap().to_string(), "203.0.113.0/24");
        assert!(networks(&["::ffff:127.0.0.1"]).contain("127.0.0.1".parse().unwrap()));
        assert_eq!(parse_network("::/0").unwrap().to_string(), "::/0");
    }

    #[test]
    fn host_bits_are_dropped_and_nonsense_is_named() {
        assert_eq!(parse_network("203.0.113.9/24").unwrap().to_string(), "203.0.113.0/24");
        for bad in ["", "203.0.113.0/33", "example.org", "203.0.113", "::/129"] {
            assert!(parse_network(bad).is_err(), "{bad}");
        }
    }
}
