//! Slows guessing down without ever closing an account.
//!
//! Failures are counted for the pair of account and address, for the address alone, and for the
//! account alone. Each count has its own patience: a pair waits up to a quarter of an hour, an
//! address up to a minute, an account from anywhere a second at most, so that nobody can keep an
//! owner out by failing in his name.

use sha2::{Digest, Sha256};
use std::net::IpAddr;

use crate::limits::THROTTLE_ENTRIES;
use crate::time::{UnixMs, doubled_ms};

/// Entries that share a place; the mildest of them gives way.
const WAYS: usize = 8;

/// Who fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// What was to be opened, as named by the caller, whether it exists or not.
    pub account: &'a str,
    /// From where. IPv6 addresses count by their /64 network.
    pub address: IpAddr,
}

/// Patience with one kind of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Failures that cost nothing.
    pub free: u32,
    /// Wait after the next one; doubled with each further.
    pub base_ms: u64,
    /// Longest wait.
    pub cap_ms: u64,
}

/// The three rules, and how long a failure is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleRules {
    /// For one account from one address.
    pub pair: Rule,
    /// For one address.
    pub address: Rule,
    /// For one account from anywhere.
    pub account: Rule,
    /// Failures are forgotten after this long without another.
    pub memory_ms: u64,
}

/// A bounded record of failures.
pub struct Throttle {
    rules: ThrottleRules,
    seed: [u8; 16],
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    key: [u8; 16],
    failures: u32,
    last: UnixMs,
    closed_until: UnixMs,
}

impl Default for ThrottleRules {
    fn default() -> Self {
        Self {
            pair: Rule { free: 3, base_ms: 500, cap_ms: 15 * 60 * 1000 },
            address: Rule { free: 20, base_ms: 500, cap_ms: 60 * 1000 },
            account: Rule { free: 50, base_ms: 250, cap_ms: 1000 },
            memory_ms: 60 * 60 * 1000,
        }
    }
}

impl Throttle {
    /// An empty record. `seed` is random, so that nobody can aim at a place of the table.
    pub fn new(rules: ThrottleRules, seed: [u8; 16]) -> Self {
        Self { rules, seed, entries: vec![Entry::default(); THROTTLE_ENTRIES] }
    }

    /// How long, in milliseconds, this subject must still wait; `None` lets it try now. Waiting
    /// tries are refused unchecked and cost nothing.
    pub fn wait_ms(&mut self, subject: Subject<'_>, now: UnixMs) -> Option<u64> {
        let waits = self.rows(subject).into_iter().filter_map(|(key, rule)| {
            let entry = self.set_mut(&key).iter_mut().find(|one| one.key == key)?;
            entry.follow(now, rule);
            entry.closed_until.0.checked_sub(now.0).filter(|wait| *wait > 0)
        });
        waits.max()
    }

    /// Notes a failure.
    pub fn failed(&mut self, subject: Subject<'_>, now: UnixMs) {
        for (key, rule) in self.rows(subject) {
            let memory_ms = self.rules.memory_ms;
            let entry = self.place(&key, now);
            if entry.key != key || entry.is_stale(now, memory_ms) {
                *entry = Entry { key, ..Entry::default() };
            }
            entry.failures = entry.failures.saturating_add(1);
            entry.last = now;
            entry.closed_until = UnixMs(now.0.saturating_add(rule.wait_ms(entry.failures)));
        }
    }

    /// Notes a success: the pair starts anew, the address and the account keep their record.
    pub fn succeeded(&mut self, subject: Subject<'_>) {
        let [(pair, _), ..] = self.rows(subject);
        if let Some(entry) = self.set_mut(&pair).iter_mut().find(|one| one.key == pair) {
            *entry = Entry::default();
        }
    }

    fn rows(&self, subject: Subject<'_>) -> [([u8; 16], Rule); 3] {
        let network = network(subject.address);
        let (account, rules) = (subject.account.as_bytes(), &self.rules);
        [
            (self.key(0, &network, account), rules.pair),
            (self.key(1, &network, &[]), rules.address),
            (self.key(2, &[], account), rules.account),
        ]
    }

    fn key(&self, kind: u8, network: &[u8], account: &[u8]) -> [u8; 16] {
        let digest = Sha256::new()
            .chain_update(self.seed)
            .chain_update([kind, network.len() as u8])
            .chain_update(network)
            .chain_update(account)
            .finalize();
        *digest.first_chunk().expect("SHA-256 has 32 bytes")
    }

    fn first(key: &[u8; 16]) -> usize {
        let [a, b, ..] = *key;
        usize::from(u16::from_be_bytes([a, b])) % (THROTTLE_ENTRIES / WAYS) * WAYS
    }

    fn set_mut(&mut self, key: &[u8; 16]) -> &mut [Entry] {
        let first = Self::first(key);
        &mut self.entries[first..first + WAYS]
    }

    /// The subject's entry, or the one it takes over: stale ones first, then the mildest.
    fn place(&mut self, key: &[u8; 16], now: UnixMs) -> &mut Entry {
        let memory_ms = self.rules.memory_ms;
        self.set_mut(key)
            .iter_mut()
            .min_by_key(|one| (one.key != *key, !one.is_stale(now, memory_ms), one.failures))
            .expect("a set has eight entries")
    }
}

impl Entry {
    /// Follows a clock that was set back: nothing is later than the rule lets it be from `now`.
    fn follow(&mut self, now: UnixMs, rule: Rule) {
        self.last = self.last.min(now);
        self.closed_until = self.closed_until.min(UnixMs(now.0.saturating_add(rule.cap_ms)));
    }

    fn is_stale(&self, now: UnixMs, memory_ms: u64) -> bool {
        self.failures == 0 || now.0.saturating_sub(self.last.0) > memory_ms
    }
}

impl Rule {
    fn wait_ms(&self, failures: u32) -> u64 {
        doubled_ms(failures.saturating_sub(self.free), self.base_ms, self.cap_ms)
    }
}

/// What of an address counts: all of IPv4, the network of IPv6, since a host has all the rest.
/// Either 4 or 8 bytes.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(ipv4) => ipv4.octets().to_vec(),
        IpAddr::V6(ipv6) => ipv6.octets()[..8].to_vec(),
    }
}
