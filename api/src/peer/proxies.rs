//! Networks whose word about where a request comes from is believed.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// Proxies of ours. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[Cidr]>);

/// What cannot be read as a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no network; write 10.0.0.0/8, 2001:db8::/32 or a single address")]
pub struct NoNetwork(String);

/// Every address that begins with the first `length` bits of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cidr {
    address: IpAddr,
    length: u32,
}

/// Bits of an IPv6 address before the IPv4 address in it, `::ffff:a.b.c.d`.
const MAPPED: u32 = 96;

impl TrustedProxies {
    /// # Errors
    /// The first one that is no network.
    pub fn parse<'a>(networks: impl IntoIterator<Item = &'a str>) -> Result<Self, NoNetwork> {
        networks.into_iter().map(Cidr::from_str).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// As [`TrustedProxies::parse`] reads them.
    pub fn networks(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Cidr::to_string)
    }

    /// Somebody beyond this machine is among them.
    pub fn reach_beyond_this_machine(&self) -> bool {
        self.0.iter().any(|network| !network.address.is_loopback())
    }
}

impl Cidr {
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).leading_zeros() >= self.length
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).leading_zeros() >= self.length
            }
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let none = || NoNetwork(text.to_owned());
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.trim().parse().map_err(|_| none())?;
        let whole = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(whole), |length| length.trim().parse::<u32>().map_err(|_| none()))?;
        if length > whole {
            return Err(none());
        }
        // Addresses are compared in their IPv4 form where they have one, so a network of nothing else is written in it.
        Ok(match (address, length.checked_sub(MAPPED)) {
            (IpAddr::V6(mapped), Some(length)) if mapped.to_ipv4_mapped().is_some() => {
                Self { address: address.to_canonical(), length }
            }
            _ => Self { address, length },
        })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_a_network_whose_first_bits_it_shares() {
        let proxies = TrustedProxies::parse(["10.1.0.0/16", "2001:db8::/33", "192.0.2.7"]).unwrap();
        let trusts = |address: &str| proxies.trusts(address.parse().unwrap());
        for address in ["10.1.255.255", "::ffff:10.1.2.3", "2001:db8:7fff::1", "192.0.2.7"] {
            assert!(trusts(address), "{address}");
        }
        for address in ["10.2.0.0", "2001:db8:8000::1", "192.0.2.8", "::1", "::a01:203"] {
            assert!(!trusts(address), "{address}");
        }
        assert!(TrustedProxies::parse(["0.0.0.0/0"]).unwrap().trusts("203.0.113.9".parse().unwrap()));
        assert!(proxies.reach_beyond_this_machine());
        assert!(!TrustedProxies::parse(["127.0.0.0/8", "::1"]).unwrap().reach_beyond_this_machine());
    }

    #[test]
    fn a_network_of_ipv4_addresses_is_one_however_it_is_written() {
        let proxies = TrustedProxies::parse(["::ffff:10.1.0.0/112", "::ffff:192.0.2.7"]).unwrap();
        let trusts = |address: &str| proxies.trusts(address.parse().unwrap());
        for address in ["10.1.255.255", "::ffff:10.1.2.3", "192.0.2.7"] {
            assert!(trusts(address), "{address}");
        }
        assert!(!trusts("10.2.0.0") && !trusts("192.0.2.8"));
        assert_eq!(proxies.networks().collect::<Vec<_>>(), ["10.1.0.0/16", "192.0.2.7/32"]);
        assert!(!TrustedProxies::parse(["::ffff:127.0.0.0/104"]).unwrap().reach_beyond_this_machine());
    }

    #[test]
    fn what_is_no_network_is_said_to_be_none() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "proxy.example", "10.0.0.0/-1", "10.0.0.0/"] {
            assert_eq!(TrustedProxies::parse([wrong]), Err(NoNetwork(wrong.to_owned())));
        }
    }
}
