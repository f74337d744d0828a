//! Message authentication codes over triple DES.

use std::ops::Range;

use super::lanes::{self, Serial};
use super::slice::{Order, Word};
use super::{BLOCK, Block, TdesKey};

/// How a message is made whole blocks (ISO 9797-1, 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Method 1: zeros, none after whole blocks; an empty message becomes one zero block.
    Zeros,
    /// Method 2: a one bit, then zeros; always added.
    OneBit,
    /// Method 3: as method 1, with a block in front that holds the length in bits.
    Length,
}

/// A message for a MAC, of any length.
pub struct MacJob<'a> {
    key: &'a TdesKey,
    kind: Kind,
    padding: Padding,
    /// The message before its last block.
    body: &'a [Block],
    /// What the last block has of the message.
    rest: &'a [u8],
    pass: Pass,
    /// The encrypted zero block, for CMAC.
    zero: u64,
    tag: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Chained,
    Retail,
    Cmac,
}

/// Steps of all jobs that go through the lanes together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Triple DES: the zero block.
    Subkeys,
    /// Single DES: all but the last block of retail MACs.
    Body,
    /// Triple DES: the rest.
    Last,
}

impl<'a> MacJob<'a> {
    /// CBC-MAC with triple DES throughout (ISO 9797-1 algorithm 1, ISO 16609).
    ///
    /// Safe only where the length is fixed or authenticated otherwise.
    #[must_use]
    pub fn chained(key: &'a TdesKey, padding: Padding, data: &'a [u8]) -> Self {
        Self::new(key, Kind::Chained, padding, data)
    }

    /// The retail MAC (ISO 9797-1 algorithm 3): single DES under the first part of the key, the
    /// last block under the whole key.
    #[must_use]
    pub fn retail(key: &'a TdesKey, padding: Padding, data: &'a [u8]) -> Self {
        Self::new(key, Kind::Retail, padding, data)
    }

    /// CMAC (SP 800-38B).
    #[must_use]
    pub fn cmac(key: &'a TdesKey, data: &'a [u8]) -> Self {
        Self::new(key, Kind::Cmac, Padding::Zeros, data)
    }

    /// The whole tag, once the job has run; zero before. A shorter one is its left part.
    #[must_use]
    pub fn tag(&self) -> Block {
        self.tag.to_be_bytes()
    }

    fn new(key: &'a TdesKey, kind: Kind, padding: Padding, data: &'a [u8]) -> Self {
        let whole = match padding {
            Padding::OneBit => data.len() / BLOCK,
            Padding::Zeros | Padding::Length => data.len().saturating_sub(1) / BLOCK,
        };
        let (body, rest) = data.split_at(whole * BLOCK);
        let body = body.as_chunks().0;
        Self { key, kind, padding, body, rest, pass: Pass::Subkeys, zero: 0, tag: 0 }
    }

    /// Blocks before the message: the length, for padding method 3.
    fn front(&self) -> usize {
        usize::from(self.padding == Padding::Length)
    }

    /// Block `at` of the padded message.
    fn block(&self, at: usize) -> u64 {
        let Some(at) = at.checked_sub(self.front()) else {
            return (self.body.len() * BLOCK + self.rest.len()) as u64 * 8;
        };
        self.body.get(at).map_or_else(|| self.last(), |block| u64::from_be_bytes(*block))
    }

    /// The last block; it depends on lengths which padding and subkey it has.
    fn last(&self) -> u64 {
        let short = self.rest.len() < BLOCK;
        let mut block = [0; BLOCK];
        for (byte, data) in block.iter_mut().zip(self.rest) {
            *byte = *data;
        }
        if short && (self.padding == Padding::OneBit || self.kind == Kind::Cmac) {
            block[self.rest.len()] = 0x80;
        }
        let subkey = match (self.kind, short) {
            (Kind::Cmac, false) => double(self.zero),
            (Kind::Cmac, true) => double(double(self.zero)),
            _ => 0,
        };
        u64::from_be_bytes(block) ^ subkey
    }
}

/// Doubling in GF(2^64) without a branch (SP 800-38B, 6.1).
fn double(value: u64) -> u64 {
    (value << 1) ^ (0x1b & 0_u64.wrapping_sub(value >> 63))
}

impl Serial for MacJob<'_> {
    fn key(&self) -> &TdesKey {
        self.key
    }

    fn steps(&self) -> Range<usize> {
        let last = self.front() + self.body.len();
        match (self.pass, self.kind) {
            (Pass::Subkeys, Kind::Cmac) => 0..1,
            (Pass::Body, Kind::Retail) => 0..last,
            (Pass::Last, Kind::Retail) => last..last + 1,
            (Pass::Last, Kind::Chained | Kind::Cmac) => 0..last + 1,
            _ => 0..0,
        }
    }

    fn first(&self) -> u64 {
        self.tag
    }

    fn input(&self, at: usize, chain: u64) -> u64 {
        if self.pass == Pass::Subkeys { 0 } else { chain ^ self.block(at) }
    }

    fn put(&mut self, _at: usize, block: u64) {
        if self.pass == Pass::Subkeys {
            self.zero = block;
        } else {
            self.tag = block;
        }
    }
}

/// Computes the MAC of every job.
pub(super) fn run<W: Word>(zero: W, jobs: &mut [MacJob<'_>]) {
    let passes = [
        (Pass::Subkeys, Order::Encrypt),
        (Pass::Body, Order::EncryptFirst),
        (Pass::Last, Order::Encrypt),
    ];
    for job in jobs.iter_mut() {
        job.tag = 0;
    }
    for (pass, order) in passes {
        for job in jobs.iter_mut() {
            job.pass = pass;
        }
        if jobs.iter().any(|job| !job.steps().is_empty()) {
            lanes::serial(zero, jobs, order);
        }
    }
    for job in jobs {
        job.zero = 0;
    }
}
