//! What all paths over the link share: both directions, the window, chance, faults, counts.

use crate::config::{Buffers, Config, Link};
use crate::fault::{Fault, FaultKind, Injector, Victim};
use crate::latency::Latency;
use crate::memory::Window;
use crate::rng::Rng;
use crate::statistics::{Direction, Statistics};
use crate::trace::{Tlp, TlpKind, Trace};
use std::sync::atomic::Ordering;

use crate::host::Shared;
use std::sync::Arc;

pub(crate) struct Wire {
    pub(crate) link: Link,
    pub(crate) buffers: Buffers,
    pub(crate) latency: Latency,
    pub(crate) up: Server,
    pub(crate) down: Server,
    pub(crate) window: Window,
    pub(crate) chance: Rng,
    pub(crate) faults: Injector,
    pub(crate) counts: Statistics,
    pub(crate) trace: Option<Trace>,
    pub(crate) shared: Arc<Shared>,
    /// Counts the resets; packets of an earlier epoch are late.
    pub(crate) epoch: u32,
}

impl Wire {
    pub(crate) fn new(config: &Config, shared: &Arc<Shared>) -> Self {
        let rate = config.link.fs_per_byte();
        Self {
            link: config.link,
            buffers: config.buffers,
            latency: config.latency.clone(),
            up: Server::new(rate),
            down: Server::new(rate),
            window: Window::new(Arc::clone(&shared.memory)),
            chance: Rng::new(config.seed, 1),
            faults: Injector::new(config.seed),
            counts: Statistics::default(),
            trace: None,
            shared: Arc::clone(shared),
            epoch: 0,
        }
    }

    pub(crate) fn arm(&mut self, fault: Fault) -> bool {
        self.faults.arm(fault)
    }

    #[inline]
    pub(crate) fn strike(&mut self, victim: Victim, now_ps: u64, at: u64) -> Option<FaultKind> {
        self.faults.strike(victim, now_ps, at)
    }

    #[inline]
    pub(crate) fn record(&mut self, tlp: &Tlp<'_>) {
        if let Some(trace) = &mut self.trace {
            trace(tlp);
        }
    }

    /// Records a packet that carries one word.
    pub(crate) fn record_word(&mut self, time_ps: u64, kind: TlpKind, at: u64, word: Option<u32>) {
        let bytes = word.unwrap_or(0).to_le_bytes();
        let data = if word.is_some() { &bytes[..] } else { &[] };
        self.record(&Tlp { time_ps, kind, address: at, bytes: 4, tag: 0, data });
    }

    /// Whether the hard block can take another packet from the device.
    pub(crate) fn transmit_room(&self, now_ps: u64) -> bool {
        let sent_ps = now_ps + self.latency.hard_block_ps;
        let backlog_ps = self.up.free_ps.saturating_sub(sent_ps);
        backlog_ps * 1000 <= self.buffers.transmit_bytes * self.up.fs_per_byte
    }

    /// Latency that remains for the host's part when the link's own share is taken off.
    pub(crate) fn host_part(&self, total_ps: u64, hard_blocks: u64, bytes: u64) -> u64 {
        let link_ps = bytes * self.up.fs_per_byte / 1000;
        total_ps.saturating_sub(hard_blocks * self.latency.hard_block_ps + link_ps)
    }

    pub(crate) fn statistics(&self, now_ps: u64) -> Statistics {
        Statistics {
            time_ps: now_ps,
            upstream: self.up.counts,
            downstream: self.down.counts,
            faults: self.faults.struck(),
            ..self.counts
        }
    }

    pub(crate) fn publish(&self, now_ps: u64) {
        self.shared.now_ps.store(now_ps, Ordering::Release);
    }
}

/// One direction of the link: packets in the order in which they are given to it.
pub(crate) struct Server {
    pub(crate) fs_per_byte: u64,
    pub(crate) free_ps: u64,
    remainder_fs: u64,
    pub(crate) counts: Direction,
}

impl Server {
    fn new(fs_per_byte: u64) -> Self {
        Self { fs_per_byte, free_ps: 0, remainder_fs: 0, counts: Direction::default() }
    }

    /// Sends packets that are ready at `from_ps`; says when their last byte has left.
    pub(crate) fn send(&mut self, from_ps: u64, tlps: u64, bytes: u64, payload: u64) -> u64 {
        if from_ps > self.free_ps {
            self.free_ps = from_ps;
            self.remainder_fs = 0;
        }
        let fs = bytes * self.fs_per_byte + self.remainder_fs;
        self.remainder_fs = fs % 1000;
        self.free_ps += fs / 1000;
        self.counts.tlps += tlps;
        self.counts.bytes += bytes;
        self.counts.payload_bytes += payload;
        self.counts.busy_ps += fs / 1000;
        self.free_ps
    }
}
