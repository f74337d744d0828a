//! Puts keys into the lanes: the two roots, the self-test's, and those that key_load unwrapped.
//!
//! One key at a time: expansion, derived values in every cluster, then its rights.

use super::completion::Entry;
use super::dispatch::entry;
use crate::aes::LaneKey;
use crate::cluster::{Job, LoadedKey};
use crate::keys::{DEVICE, KeyStore, Rights, TEST, TRANSPORT};
use typex_abi::{Algorithm, Configuration, Header, Sbox, Status, StepKind, usage};

/// Cycles behind the last word of an expansion.
const EXPAND_TAIL: u32 = 7;
/// Cycles of a substitution by composite S-boxes.
const COMPOSITE: u32 = 5;
/// Rights that exist.
const USAGE: u16 = 0x1ff;
/// Roles that exist; no step is of kind `end`.
const ROLES: u16 = 0xffe;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Cycles that remain.
    Expand(u32),
    Drain,
    /// Lanes that have the derived values.
    Init(u32),
    Finish,
}

#[derive(Clone, Copy)]
enum Purpose {
    /// A root or the self-test's key: which slot behind the users'.
    Own(u8),
    Job(Job),
}

#[derive(Clone, Copy)]
struct Loading {
    purpose: Purpose,
    status: Status,
    algorithm: Algorithm,
    key: [u8; 32],
    gcm: bool,
    rights: Option<Rights>,
}

/// Keys that wait in a cycle.
pub(crate) struct Waiting<'a> {
    /// Every slot was emptied after reset.
    pub(crate) wiped: bool,
    pub(crate) transport: Option<&'a [u8; 32]>,
    pub(crate) test: Option<(Algorithm, &'a [u8; 32])>,
    /// The first lane with a key.
    pub(crate) loaded: Option<&'a LoadedKey>,
}

/// The unit.
pub(crate) struct KeyUnit {
    state: State,
    loading: Option<Loading>,
    /// The transport and the device root are there.
    pub(crate) roots: [bool; 2],
    device_root: [u8; 32],
    composite: bool,
    lanes: u32,
}

impl KeyUnit {
    pub(crate) fn new(shape: &Configuration, device_root: [u8; 32]) -> Self {
        Self {
            state: State::Idle,
            loading: None,
            roots: [false; 2],
            device_root,
            composite: shape.sbox == Sbox::Composite,
            lanes: shape.lanes,
        }
    }

    /// The completion that waits; `cycle`: now.
    pub(crate) fn done(&self, cycle: u32) -> Option<Entry> {
        match (self.state, &self.loading) {
            (State::Finish, Some(Loading { purpose: Purpose::Job(job), status, .. })) => {
                Some(entry(job, *status, cycle))
            }
            _ => None,
        }
    }

    /// The self-test's key is there; for one cycle.
    pub(crate) fn test_done(&self) -> bool {
        let test = matches!(self.loading, Some(Loading { purpose: Purpose::Own(TEST), .. }));
        self.state == State::Finish && test
    }

    /// The key whose derived values the clusters make from this cycle on.
    pub(crate) fn init(&self, keys: &KeyStore) -> Option<(u8, bool)> {
        let loading = self.loading.filter(|_| self.state == State::Drain)?;
        Some((loading.slot(keys), loading.gcm))
    }

    /// A key is under way, or the transport key is about to be.
    pub(crate) fn is_busy(&self, transport: bool) -> bool {
        self.state != State::Idle
            || !self.roots[usize::from(DEVICE)]
            || (transport && !self.roots[usize::from(TRANSPORT)])
    }

    /// Whether the first waiting key of a lane is taken in this cycle.
    pub(crate) fn takes(&self, waiting: &Waiting<'_>) -> bool {
        self.state == State::Idle
            && waiting.wiped
            && self.own(waiting).is_none()
            && waiting.loaded.is_some()
    }

    /// One cycle. `inited`: lanes whose derived values are there now; `done_taken`: the completion
    /// left. True: a key was loaded.
    pub(crate) fn cycle(
        &mut self,
        waiting: &Waiting<'_>,
        inited: u32,
        done_taken: bool,
        keys: &mut KeyStore,
    ) -> bool {
        match self.state {
            State::Idle => self.start(waiting),
            State::Expand(1) => self.state = State::Drain,
            State::Expand(left) => self.state = State::Expand(left - 1),
            State::Drain => self.state = State::Init(0),
            State::Init(lanes) => {
                let lanes = lanes | inited;
                let all = lanes == (1 << self.lanes) - 1;
                self.state = if all { State::Finish } else { State::Init(lanes) };
            }
            State::Finish => return self.finish(done_taken, keys),
        }
        false
    }

    fn start(&mut self, waiting: &Waiting<'_>) {
        let loading = self.own(waiting).or_else(|| waiting.loaded.map(Loading::of_job));
        let Some(loading) = loading.filter(|_| waiting.wiped) else { return };
        self.state = match loading.status {
            Status::Ok => State::Expand(self.expansion(loading.algorithm)),
            _ => State::Finish,
        };
        self.loading = Some(loading);
    }

    /// The card's own keys go before those of jobs.
    fn own(&self, waiting: &Waiting<'_>) -> Option<Loading> {
        let root = |slot, key: &[u8; 32]| Loading::own(slot, Algorithm::Aes256, *key);
        if !self.roots[usize::from(DEVICE)] {
            return Some(root(DEVICE, &self.device_root));
        }
        let transport = waiting.transport.filter(|_| !self.roots[usize::from(TRANSPORT)]);
        let test = waiting.test.filter(|_| !self.test_done());
        transport
            .map(|key| root(TRANSPORT, key))
            .or_else(|| test.map(|(algorithm, key)| Loading::own(TEST, algorithm, *key)))
    }

    fn finish(&mut self, done_taken: bool, keys: &mut KeyStore) -> bool {
        let Some(loading) = self.loading else { return false };
        if let Purpose::Job(job) = loading.purpose {
            if !done_taken {
                return false;
            }
            keys.loaded(job.target, loading.rights);
        }
        if loading.status == Status::Ok {
            keys.put_key(loading.slot(keys), LaneKey::new(loading.algorithm, &loading.key));
        }
        if let Purpose::Own(slot @ (TRANSPORT | DEVICE)) = loading.purpose {
            self.roots[usize::from(slot)] = true;
        }
        (self.state, self.loading) = (State::Idle, None);
        loading.rights.is_some()
    }

    /// Cycles of an expansion.
    fn expansion(&self, algorithm: Algorithm) -> u32 {
        let (words, substitutions) = match algorithm {
            Algorithm::Aes128 => (48, 10),
            Algorithm::Aes192 => (54, 8),
            Algorithm::Aes256 => (60, 13),
        };
        words + EXPAND_TAIL + if self.composite { COMPOSITE * substitutions } else { 0 }
    }
}

impl Loading {
    fn own(slot: u8, algorithm: Algorithm, key: [u8; 32]) -> Self {
        let purpose = Purpose::Own(slot);
        Self { purpose, status: Status::Ok, algorithm, key, gcm: true, rights: None }
    }

    fn of_job(loaded: &LoadedKey) -> Self {
        let header = Header::decode(&loaded.header).ok().filter(has_known_bits);
        let good = loaded.status == Status::Ok;
        Self {
            purpose: Purpose::Job(loaded.job),
            status: if good && header.is_none() { Status::BadData } else { loaded.status },
            algorithm: header.map_or(Algorithm::Aes256, |header| header.algorithm),
            key: loaded.key,
            gcm: header.as_ref().is_some_and(needs_powers),
            rights: header
                .filter(|_| good)
                .map(|header| Rights { header, generation: loaded.job.generation }),
        }
    }

    fn slot(&self, keys: &KeyStore) -> u8 {
        match self.purpose {
            Purpose::Own(slot) => keys.own(slot),
            Purpose::Job(job) => job.target,
        }
    }
}

fn has_known_bits(header: &Header) -> bool {
    header.usage & !USAGE == 0 && header.roles & !ROLES == 0
}

fn needs_powers(header: &Header) -> bool {
    let roles = Header::role(StepKind::GcmOpen) | Header::role(StepKind::GcmSeal);
    header.usage & (usage::GCM_ENCRYPT | usage::GCM_DECRYPT) != 0 || header.roles & roles != 0
}
