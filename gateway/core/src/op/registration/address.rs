//! Addresses of a domain.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::codec::{Corrupt, Decoder, Encoder};
use crate::error::{Error, ErrorKind, Malformed};

/// Where a domain points: at most one address of each family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// IPv4.
    pub ipv4: Option<Ipv4Addr>,
    /// IPv6.
    pub ipv6: Option<Ipv6Addr>,
}

impl Addresses {
    /// The address of a caller; IPv4 addresses in IPv6 form are IPv4.
    pub fn of(peer: IpAddr) -> Self {
        match peer.to_canonical() {
            IpAddr::V4(ipv4) => Self { ipv4: Some(ipv4), ipv6: None },
            IpAddr::V6(ipv6) => Self { ipv4: None, ipv6: Some(ipv6) },
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ipv4.is_none() && self.ipv6.is_none()
    }

    /// Each address, IPv4 first.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + use<> {
        self.ipv4.map(IpAddr::V4).into_iter().chain(self.ipv6.map(IpAddr::V6))
    }

    /// Whether `peer` is one of them.
    pub fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.iter().any(|one| one == peer)
    }

    /// Whether there is one and all are from the private ranges.
    // spec: enigma-bridge 6
    pub fn are_private(&self) -> bool {
        !self.is_empty() && self.iter().all(is_private)
    }

    /// Whether there is one and none is from the private ranges.
    pub fn are_public(&self) -> bool {
        !self.is_empty() && !self.iter().any(is_private)
    }

    /// What a challenge for these addresses is about: the addresses given, or the caller's.
    ///
    /// Each family is judged by itself. A private address that is not said to be one serves only
    /// where it is the caller's own; loopback serves callers on loopback, for development.
    ///
    /// # Errors
    /// [`Malformed::Value`] if one is not what it is said to be, or cannot be a host's.
    pub fn or_peer(self, private: bool, peer: IpAddr) -> Result<Self, Error> {
        let peer = peer.to_canonical();
        let wanted = if self.is_empty() { Self::of(peer) } else { self };
        if private && !wanted.are_private() {
            return Err(refused(
                "private addresses must lie in fc00::/7, 10.0.0.0/8, 172.16.0.0/12 or \
                 192.168.0.0/16",
            ));
        }
        if !private && wanted.iter().any(|one| is_private(one) && one != peer) {
            return Err(refused("private addresses must be said to be private"));
        }
        if !wanted.iter().all(|one| is_host(one) || one.is_loopback() && peer.is_loopback()) {
            return Err(refused("ipv4 and ipv6 must be addresses of a host"));
        }
        Ok(wanted)
    }

    pub(super) fn encode(self, out: &mut Encoder) -> &mut Encoder {
        out.option(self.ipv4, |out, one| out.raw(&one.octets()))
            .option(self.ipv6, |out, one| out.raw(&one.octets()))
    }

    pub(super) fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            ipv4: input.option(|input| input.array::<4>().map(Ipv4Addr::from))?,
            ipv6: input.option(|input| input.array::<16>().map(Ipv6Addr::from))?,
        })
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ipv4) => ipv4.is_private(),
        IpAddr::V6(ipv6) => ipv6.is_unique_local(),
    }
}

/// Whether other machines can reach one machine there.
fn is_host(address: IpAddr) -> bool {
    let special = address.is_unspecified() || address.is_loopback() || address.is_multicast();
    !special
        && match address {
            IpAddr::V4(ipv4) => !ipv4.is_broadcast() && !ipv4.is_link_local(),
            // IPv4 in IPv6 form would hide what it is.
            IpAddr::V6(ipv6) => !ipv6.is_unicast_link_local() && ipv6.to_ipv4_mapped().is_none(),
        }
}

fn refused(why: &'static str) -> Error {
    Error::new(ErrorKind::Malformed(Malformed::Value), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Addresses {
        Addresses::of(text.parse().expect("test address"))
    }

    #[test]
    fn edges_of_the_private_ranges() {
        let private = [
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "fc00::",
            "fdff:ffff::1",
        ];
        let public = [
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "fbff::",
            "fe00::",
            "fe80::1",
            "127.0.0.1",
            "::1",
        ];
        for text in private {
            assert!(only(text).are_private(), "{text}");
        }
        for text in public {
            assert!(!only(text).are_private(), "{text}");
        }
        assert!(!Addresses::default().are_private());
    }

    #[test]
    fn one_public_address_spoils_a_private_pair() {
        let pair = Addresses { ipv4: only("10.1.2.3").ipv4, ipv6: only("2001:db8::1").ipv6 };
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert!(pair.or_peer(true, peer).is_err());
        assert!(pair.or_peer(false, peer).is_err());
    }

    #[test]
    fn each_family_is_what_it_is_said_to_be() {
        let (public4, public6) = ("192.0.2.7", "2001:db8::7");
        let (private4, private6) = ("10.0.0.7", "fd00::7");
        // The caller's address, the two of the request, whether said to be private, accepted.
        let cases = [
            (public4, [public4, public6], false, true),
            (public4, [public4, private6], false, false),
            (public4, [private4, public6], false, false),
            (public6, [private4, public6], false, false),
            (public4, [private4, private6], false, false),
            (public4, [private4, private6], true, true),
            (public4, [public4, private6], true, false),
            (public6, [private4, public6], true, false),
            (private4, [private4, public6], false, true),
            (private6, [public4, private6], false, true),
            (private4, ["10.0.0.8", public6], false, false),
            (private6, [private4, private6], false, false),
        ];
        for (peer, [ipv4, ipv6], private, accepted) in cases {
            let pair = Addresses { ipv4: only(ipv4).ipv4, ipv6: only(ipv6).ipv6 };
            let found = pair.or_peer(private, peer.parse().expect("test address"));
            assert_eq!(found.is_ok(), accepted, "{peer} {ipv4} {ipv6} {private}");
        }
    }

    #[test]
    fn only_addresses_of_hosts_serve_and_loopback_for_loopback() {
        let nobody = [
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "239.255.255.255",
            "169.254.169.254",
            "::",
            "ff02::1",
            "fe80::1",
        ];
        let loopback = ["127.0.0.1", "127.9.9.9", "::1"];
        for (peer, develops) in [("192.0.2.1", false), ("127.0.0.1", true), ("::1", true)] {
            let peer: IpAddr = peer.parse().expect("test address");
            for text in nobody {
                assert!(only(text).or_peer(false, peer).is_err(), "{text} for {peer}");
            }
            for text in loopback {
                assert_eq!(only(text).or_peer(false, peer).is_ok(), develops, "{text} for {peer}");
            }
            let inner = ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:192.0.2.9"];
            for text in inner {
                let mapped = Addresses { ipv4: None, ipv6: text.parse().ok() };
                assert!(mapped.or_peer(false, peer).is_err(), "{text} for {peer}");
            }
        }
    }

    #[test]
    fn absent_addresses_are_the_callers_and_mapped_ones_are_ipv4() {
        let peer = "::ffff:192.0.2.7".parse().expect("test address");
        let found = Addresses::default().or_peer(false, peer).expect("a host");
        assert_eq!(found, only("192.0.2.7"));
        assert!(found.contains(peer));
        assert!(only("0.0.0.0").or_peer(false, peer).is_err());
        assert!(only("ff02::1").or_peer(false, peer).is_err());
    }
}
