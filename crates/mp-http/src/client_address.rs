//! Whose address a request comes from (product.md §1, `trusted_proxies`): the right-most hop that no trusted proxy is.
//!
//! Owns reading `X-Forwarded-For` and `Forwarded` (RFC 7239). Must never believe either from a peer that is not
//! trusted, nor anything to the left of the first address that is not.
//!
//! Several lines of a header count as one list, in their order. A hop that cannot be read hides whoever is behind it. If
//! both headers stand there and disagree, one of them was not written by the proxy, and nobody knows which. Either way
//! the client is unknown: it must not pass for the proxy, whose address a key may allow.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The client nobody knows: no network but "anywhere" contains this address (RFC 1122 §3.2.1.3).
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Peers whose forwarding headers are believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind a trusted `peer`, from the lines of both headers.
    pub(crate) fn client<'a>(
        &self,
        peer: IpAddr,
        x_forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
        forwarded: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> IpAddr {
        let x_forwarded_for = self.walk(peer, from_the_right(x_forwarded_for).map(parse_node));
        let forwarded = self.walk(peer, from_the_right(forwarded).map(parse_element));
        match (x_forwarded_for, forwarded) {
            (Some(one), Some(other)) if one != other => UNKNOWN,
            (one, other) => one.or(other).unwrap_or(peer),
        }
    }

    /// `None` if there is no hop at all, that is, no such header.
    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> Option<IpAddr> {
        let mut hops = hops.peekable();
        hops.peek()?;
        let mut nearest = peer;
        for hop in hops {
            let Some(hop) = hop else { return Some(UNKNOWN) };
            nearest = hop;
            if !self.trust(nearest) {
                break;
            }
        }
        Some(nearest)
    }
}

/// The members of the list, last one first. Commas are taken as they stand, quoted or not: addresses hold none, and a
/// quote that the client left open must not swallow what the proxy appended.
fn from_the_right<'a>(lines: impl DoubleEndedIterator<Item = &'a [u8]>) -> impl Iterator<Item = &'a [u8]> {
    lines.rev().flat_map(|line| line.rsplit(|byte| *byte == b','))
}

/// The `for` of a forwarded-element (RFC 7239 §4). Obfuscated and unknown nodes have no address.
fn parse_element(element: &[u8]) -> Option<IpAddr> {
    let mut nodes = element.split(|byte| *byte == b';').filter_map(|pair| {
        let (name, value) = pair.trim_ascii().split_at_checked("for=".len())?;
        name.eq_ignore_ascii_case(b"for=").then_some(value)
    });
    let node = nodes.next().filter(|_| nodes.next().is_none())?;
    let quoted = node.strip_prefix(b"\"").map(|rest| rest.strip_suffix(b"\""));
    parse_node(quoted.unwrap_or(Some(node))?)
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`.
fn parse_node(node: &[u8]) -> Option<IpAddr> {
    let node = std::str::from_utf8(node.trim_ascii()).ok()?;
    let address = match node.strip_prefix('[') {
        Some(bracketed) => {
            let (address, port) = bracketed.split_once(']')?;
            let port_is_fine = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            port_is_fine.then_some(address)?.parse::<Ipv6Addr>().ok()?.into()
        }
        None => node.parse().ok().or_else(|| without_port(node)?.parse().ok())?,
    };
    Some(IpAddr::to_canonical(&address))
}

/// The part before the only colon.
fn without_port(node: &str) -> Option<&str> {
    node.split_once(':').filter(|(_, port)| is_port(port)).map(|(address, _)| address)
}

/// A number, or an obfuscated port (RFC 7239 §6.3).
fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn client(x_forwarded_for: &[&str], forwarded: &[&str]) -> String {
        let proxies =
            TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()]);
        let lines = |lines: &[&str]| lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>();
        let (one, other) = (lines(x_forwarded_for), lines(forwarded));
        proxies
            .client(PROXY.parse().unwrap(), one.iter().map(Vec::as_slice), other.iter().map(Vec::as_slice))
            .to_string()
    }

    #[test]
    fn the_right_most_untrusted_hop_is_the_client() {
        assert_eq!(client(&[], &[]), PROXY);
        assert_eq!(client(&["192.0.2.1"], &[]), "192.0.2.1");
        assert_eq!(client(&["198.51.100.9, 192.0.2.1, 10.3.3.3"], &[]), "192.0.2.1");
        assert_eq!(client(&["10.1.1.1, 10.2.2.2"], &[]), "10.1.1.1", "all of them are proxies");
    }

    #[test]
    fn lines_count_as_one_list_in_their_order() {
        assert_eq!(client(&["198.51.100.9", "192.0.2.1", "10.3.3.3"], &[]), "192.0.2.1");
        assert_eq!(client(&[], &["for=198.51.100.9", "for=192.0.2.1;proto=https"]), "192.0.2.1");
    }

    #[test]
    fn both_spellings_of_addresses_and_ports_are_read() {
        for (node, address) in [
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8:9::1]:4711", "2001:db8:9::1"),
            ("[2001:db8:9::1]", "2001:db8:9::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(client(&[node], &[]), address);
            assert_eq!(client(&[], &[&format!("proto=https; For=\"{node}\"; by=_x")]), address);
        }
        assert_eq!(client(&["2001:db8:9::1"], &[]), "2001:db8:9::1");
        assert_eq!(client(&[], &["for=192.0.2.1:_port"]), "192.0.2.1");
    }

    #[test]
    fn a_hop_that_cannot_be_read_hides_who_is_behind_it() {
        for bad in
            ["", "unknown", "example.org", "192.0.2.300", "192.0.2.1:", "[192.0.2.1]", "[::1", "[::1]x"]
        {
            assert_eq!(client(&[&format!("192.0.2.1, {bad}")], &[]), "0.0.0.0", "{bad}");
            assert_eq!(client(&[&format!("192.0.2.1, {bad}, 10.4.4.4")], &[]), "0.0.0.0", "{bad}");
        }
        for bad in
            ["", "proto=https", "for=_hidden", "for=unknown", "for=\"192.0.2.1", "for=1.1.1.1;for=2.2.2.2"]
        {
            assert_eq!(client(&[], &[&format!("for=192.0.2.1, {bad}")]), "0.0.0.0", "{bad}");
        }
    }

    #[test]
    fn a_quote_left_open_by_the_client_hides_nothing() {
        assert_eq!(client(&[], &["for=\"198.51.100.9, for=192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn headers_that_disagree_are_not_believed() {
        assert_eq!(client(&["192.0.2.1"], &["for=192.0.2.1"]), "192.0.2.1");
        assert_eq!(client(&["192.0.2.1"], &["for=198.51.100.9"]), "0.0.0.0");
        assert_eq!(client(&["192.0.2.1"], &["for=_hidden"]), "0.0.0.0");
    }

    proptest! {
        #[test]
        fn what_a_client_writes_never_replaces_what_the_proxy_appended(
            written in proptest::collection::vec(any::<u8>(), 0..60)
        ) {
            let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
            let client = |lines: [&[u8]; 2], standard: bool| {
                let (lines, none) = (lines.into_iter(), [].into_iter());
                let peer = PROXY.parse().unwrap();
                if standard { proxies.client(peer, none, lines) } else { proxies.client(peer, lines, none) }
            };
            prop_assert_eq!(client([&written, b"192.0.2.1"], false).to_string(), "192.0.2.1");
            prop_assert_eq!(client([&written, b"for=192.0.2.1"], true).to_string(), "192.0.2.1");
        }
    }
}
