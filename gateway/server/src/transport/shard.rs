//! What one core has: its service, its connections, and the stages of its end.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::census::{Census, Seat};
use super::limits::Limits;
use super::observer::{Counters, Observer, count};
use super::{Refusal, http3};

/// What all cores share.
pub(super) struct Shared {
    /// Set before any core is told: requests that come later than that are not admitted, whichever
    /// core they come to.
    pub(super) ending: Arc<AtomicBool>,
    pub(super) limits: Limits,
    pub(super) observer: Arc<Observer>,
    pub(super) census: Arc<Census>,
    pub(super) tls: Option<Arc<ServerConfig>>,
    pub(super) quic: Option<http3::Settings>,
}

/// How far the end of the server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It has not begun.
    Serving,
    /// Requests that were admitted are finished, later ones refused.
    Draining,
    /// The same, and connections without requests are closed.
    Closing,
}

/// The state of one core that its connections use.
pub(super) struct Shard {
    pub(super) shared: Arc<Shared>,
    core: usize,
    stage: watch::Sender<Stage>,
    members: Cell<usize>,
    pending_bytes: Cell<usize>,
    handshakes: Cell<usize>,
    left: Notify,
    logged: [Cell<Option<Instant>>; Refusal::ALL.len()],
}

/// A refusal is logged at most this often per core and cause; the counters have all of them.
const LOG_PAUSE: Duration = Duration::from_secs(1);

impl Shard {
    /// The state of core `core`, which `shared.observer` must have counters for.
    pub(super) fn new(shared: Arc<Shared>, core: usize) -> Rc<Self> {
        Rc::new(Self {
            shared,
            core,
            stage: watch::Sender::new(Stage::Serving),
            members: Cell::new(0),
            pending_bytes: Cell::new(0),
            handshakes: Cell::new(0),
            left: Notify::new(),
            logged: Default::default(),
        })
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.shared.observer.cores()[self.core]
    }

    pub(super) fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Whether requests are still admitted.
    pub(super) fn admits(&self) -> bool {
        self.stage() == Stage::Serving && !self.shared.ending.load(Ordering::Acquire)
    }

    /// Moves on to `stage` and wakes whatever waits for it.
    pub(super) fn advance(&self, stage: Stage) {
        self.stage.send_replace(stage);
    }

    /// Completes when there are no connections.
    pub(super) async fn empty(&self) {
        while self.members.get() > 0 {
            self.left.notified().await;
        }
    }

    /// Takes a place for a connection, or counts and logs that there is none.
    pub(super) fn join(self: &Rc<Self>, address: SocketAddr) -> Option<Member> {
        let Some(seat) = self.shared.census.admit(address.ip()) else {
            self.note(Refusal::TooManyConnections, address);
            return None;
        };
        self.members.set(self.members.get() + 1);
        count(&self.counters().connections_open);
        Some(Member { shard: self.clone(), _seat: seat })
    }

    /// Counts a refused connection and logs it, unless one like it was logged just now.
    pub(super) fn note(&self, refusal: Refusal, address: SocketAddr) {
        count(self.counters().refusals(refusal));
        let last = &self.logged[refusal as usize];
        let now = Instant::now();
        if last.get().is_none_or(|last| now.duration_since(last) >= LOG_PAUSE) {
            last.set(Some(now));
            tracing::warn!(peer = %address, reason = refusal.name(), "connection closed");
        }
    }

    /// Claims memory for request bytes that wait for the rest of their request.
    pub(super) fn claim(self: &Rc<Self>) -> Claim {
        Claim { shard: self.clone(), bytes: 0 }
    }

    /// Counts a handshake in progress until the value is dropped.
    pub(super) fn handshake(self: &Rc<Self>) -> Handshake {
        self.handshakes.set(self.handshakes.get() + 1);
        Handshake { shard: self.clone() }
    }

    pub(super) fn handshakes(&self) -> usize {
        self.handshakes.get()
    }
}

/// One connection of a core.
pub(super) struct Member {
    shard: Rc<Shard>,
    _seat: Seat,
}

impl Member {
    pub(super) fn shard(&self) -> &Rc<Shard> {
        &self.shard
    }

    /// Completes once the stage is past `seen`. Any number of tasks and of futures may wait.
    pub(super) async fn past(&self, seen: Stage) -> Stage {
        let mut stage = self.shard.stage.subscribe();
        match stage.wait_for(|stage| *stage > seen).await {
            Ok(stage) => *stage,
            // The sender lives in the shard.
            Err(_) => Stage::Closing,
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let open = &self.shard.counters().connections_open;
        open.fetch_sub(1, Ordering::Relaxed);
        self.shard.members.set(self.shard.members.get().saturating_sub(1));
        if self.shard.members.get() == 0 {
            self.shard.left.notify_one();
        }
    }
}

/// Memory claimed by one request; given back when dropped.
pub(super) struct Claim {
    shard: Rc<Shard>,
    bytes: usize,
}

impl Claim {
    /// Claims `bytes` more, or nothing if the core has no more to give.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let pending = self.shard.pending_bytes.get().saturating_add(bytes);
        let room = pending <= self.shard.limits().pending_bytes;
        if room {
            self.shard.pending_bytes.set(pending);
            self.bytes += bytes;
        }
        room
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.shard.pending_bytes.set(self.shard.pending_bytes.get().saturating_sub(self.bytes));
    }
}

/// A handshake in progress.
pub(super) struct Handshake {
    shard: Rc<Shard>,
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.shard.handshakes.set(self.shard.handshakes.get().saturating_sub(1));
    }
}
