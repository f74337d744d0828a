//! Who is connected: bounds connections of the process and of each peer.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts connections of all cores. Touched when a connection opens and closes, never by requests.
#[derive(Debug)]
pub(super) struct Census {
    most: usize,
    most_per_peer: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    total: usize,
    peers: HashMap<PeerKey, usize>,
}

/// What counts as one peer. A client of IPv6 has a whole /64 to choose addresses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PeerKey {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

/// A place among the connections, given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    census: Arc<Census>,
    peer: Option<PeerKey>,
}

impl Census {
    pub(super) fn new(most: usize, most_per_peer: usize) -> Arc<Self> {
        Arc::new(Self { most, most_per_peer, state: Mutex::default() })
    }

    /// Takes a place for a connection from `address`, if there is one.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let peer = PeerKey::of(address);
        let mut state = self.state();
        if state.total >= self.most || !state.admit(peer, self.most_per_peer) {
            return None;
        }
        state.total += 1;
        Some(Seat { census: self.clone(), peer })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admit(&mut self, peer: Option<PeerKey>, most: usize) -> bool {
        let Some(peer) = peer else { return true };
        let count = self.peers.entry(peer).or_default();
        let room = *count < most;
        if room {
            *count += 1;
        } else if *count == 0 {
            self.peers.remove(&peer);
        }
        room
    }

    fn leave(&mut self, peer: Option<PeerKey>) {
        self.total = self.total.saturating_sub(1);
        let Some(peer) = peer else { return };
        if let Some(count) = self.peers.get_mut(&peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.peers.remove(&peer);
            }
        }
    }
}

impl PeerKey {
    /// None for loopback, which is not bounded by peer.
    fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(Self::V4(address)),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Some(Self::V6([a, b, c, d]))
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.census.state().leave(self.peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn peers_are_bounded_apart() {
        let census = Census::new(10, 2);
        let first = census.admit(ip("192.0.2.1")).unwrap();
        let _second = census.admit(ip("::ffff:192.0.2.1")).unwrap();
        assert!(census.admit(ip("192.0.2.1")).is_none());
        let _other = census.admit(ip("192.0.2.2")).unwrap();
        drop(first);
        assert!(census.admit(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_peer() {
        let census = Census::new(10, 1);
        let _seat = census.admit(ip("2001:db8:0:1::1")).unwrap();
        assert!(census.admit(ip("2001:db8:0:1:ffff::9")).is_none());
        assert!(census.admit(ip("2001:db8:0:2::1")).is_some());
    }

    #[test]
    fn loopback_counts_only_in_all() {
        let census = Census::new(3, 1);
        let seats: Vec<_> =
            ["127.0.0.1", "127.0.0.1", "::1"].map(|text| census.admit(ip(text)).unwrap()).into();
        assert!(census.admit(ip("127.0.0.1")).is_none());
        assert!(census.admit(ip("192.0.2.1")).is_none());
        drop(seats);
        assert!(census.admit(ip("192.0.2.1")).is_some());
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let census = Census::new(10, 0);
        assert!(census.admit(ip("192.0.2.1")).is_none());
        let census = Census::new(10, 1);
        drop(census.admit(ip("192.0.2.1")));
        let state = census.state();
        assert_eq!((state.total, state.peers.len()), (0, 0));
    }
}
