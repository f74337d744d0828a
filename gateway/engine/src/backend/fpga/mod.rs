//! A card, through its rings: AES work runs there, the rest in software.

mod card;
mod fault;
mod message;
mod programs;
mod queue;
mod slots;
mod wrap;

pub use card::{
    Card, CardError, CardOptions, CardSnapshot, CardState, RingSnapshot, SelfTest, SlotSnapshot,
};
pub use fault::FaultKind;

use std::sync::Arc;

use typex_core::error::ErrorKind;

use super::{Backend, BackendEntry, Capability, Place, Start, Wake, soft};
use crate::batch::{Batch, Completion, Completions};
use crate::job::{Item, Outcome, Task};
use crate::limits::BATCH_JOBS_MAX;
use card::Phase;
use message::{Reason, Route};
use queue::Queue;

pub(super) const ENTRY: BackendEntry = BackendEntry {
    name: "fpga",
    purpose: "computes AES on a card, the rest in software; what a faulted card had fails",
    capabilities: soft::CAPABILITIES,
    computes: true,
    needs_card: true,
    replaces_card: false,
    start,
};

/// Where each operation runs: operation, algorithm, `card` or `software`, and why there.
pub const CARD_CAPABILITIES: &[(&str, &str, &str, &str)] = &[
    ("ProcessData envelope", "AES-256-CBC and AES-256 CBC-MAC", "card", "up to 1024 bytes sealed"),
    ("encrypt blocks", "AES-128", "card", "one program with the envelope"),
    ("decrypt blocks", "AES-128", "card", "one program with the envelope"),
    ("ECB", "AES-128, -192, -256", "card", "up to 4096 bytes"),
    ("CBC", "AES-128, -192, -256", "card", "up to 4096 bytes"),
    ("CTR", "AES-128, -192, -256", "card", "up to 4096 bytes"),
    ("GCM", "AES-128, -192, -256", "card", "up to 4096 bytes, 128 associated"),
    ("CMAC", "AES-128, -192, -256", "card", "up to 4096 bytes"),
    ("CBC-MAC", "AES-128, -192, -256", "card", "up to 4096 bytes"),
    (
        "re-encryption",
        "AES-CBC, GCM, CTR, ECB to AES-CBC, GCM, CTR",
        "card",
        "4352 bytes with associated data",
    ),
    (
        "payment re-encryption",
        "AES-CBC, GCM, CTR, ECB to AES-CBC, GCM, CTR; AES DUKPT",
        "card",
        "static and derived keys, loaded wrapped",
    ),
    (
        "payment re-encryption",
        "any of these to TDES, AES, RSA-OAEP",
        "software",
        "TDES, modes, PAN, RSA",
    ),
    ("payment data", "TDES, AES, ECB to CTR; AES-GCM; DUKPT, EMV", "software", "one key"),
    ("payment data", "RSA-OAEP, RSAES-PKCS1-v1_5", "software", "RSA"),
    ("payment PIN", "ISO 9564-1 formats 0, 1, 3, 4, IBM 3624, VISA PVV, DUKPT", "software", "TDES"),
    ("payment MAC", "ISO 9797-1 algorithms 1 and 3, CMAC, DUKPT, EMV", "software", "TDES"),
    ("payment MAC", "HMAC-SHA-224, -256, -384, -512", "software", "no operation of the card"),
    ("payment card", "CVV, CVC, iCVV, CVC3", "software", "TDES"),
    ("payment chip", "EMV cryptograms, answers, PIN change", "software", "TDES"),
    ("payment key block", "TR-31 A to E as a key of a request", "software", "TDES"),
    ("payment key", "drawn, TR-31 A to E, RSA-OAEP; RSA 2048, 3072, 4096", "software", "RSA, TDES"),
    ("random bytes", "AES-256-CTR from a seed of the job", "software", "no operation of the card"),
    ("raw RSA, private", "1024, 2048", "software", "no operation of the card"),
    ("raw RSA, public", "1024, 2048", "software", "no operation of the card"),
    ("user context", "AES-256-CBC under HMAC-SHA-256 as IV", "software", "HMAC"),
    (
        "object",
        "sealed requests with their length in front, DUKPT key blocks",
        "software",
        "what is inside decides",
    ),
    ("unwrap template", "RSAES-PKCS1-v1_5, AES-256-CBC and CBC-MAC", "software", "RSA"),
    ("generate key", "RSA 1024, 2048", "software", "no operation of the card"),
    ("make key", "ECC, EdDSA, ML-KEM, ML-DSA, AES, HMAC", "software", "no operation of the card"),
    ("HMAC", "SHA-256, -384, -512, SHA3-256, -384, -512", "software", "no operation of the card"),
    (
        "sign and verify",
        "ECDSA, Ed25519, Ed448 with ph and ctx, ML-DSA",
        "software",
        "no operation",
    ),
    ("agree", "P-256, P-384, P-521, secp256k1, X25519, X448", "software", "no operation"),
    ("encapsulate", "ML-KEM-512, -768, -1024", "software", "no operation of the card"),
    ("GCM, IV of 16 bytes", "AES-128, -192, -256", "software", "the card's IV has 12 bytes"),
    ("key wrap", "RFC 3394, AES-128, -192, -256", "software", "no operation of the card"),
    ("import key", "RSA 1024, 2048 from CRT parts", "software", "no operation of the card"),
    ("password", "argon2id", "software", "no operation of the card"),
];

fn start(start: &Start) -> Box<dyn Backend> {
    match (start.place, &start.card) {
        (Place::Core(_), Some(card)) => Box::new(Fpga::new(card, start)),
        _ => soft::start(start),
    }
}

/// The card on one core.
struct Fpga {
    card: Arc<Card>,
    queue: Option<Queue>,
    wake: Wake,
    /// The incarnation of the card that had no ring for this core.
    refused: u32,
    soft: Box<dyn Backend>,
    /// Tasks for `soft`.
    batch: Batch,
    done: Vec<Completion>,
    /// Jobs that the card gave up and that are failed at the next poll.
    given_up: Vec<Item>,
}

impl Fpga {
    fn new(card: &Arc<Card>, start: &Start) -> Self {
        let wake = start.wake.clone().unwrap_or_else(|| Arc::new(|| ()));
        let mut fpga = Self {
            card: Arc::clone(card),
            queue: None,
            wake,
            refused: 0,
            soft: soft::start(start),
            batch: Batch::with_room(),
            done: Vec::with_capacity(BATCH_JOBS_MAX),
            given_up: Vec::new(),
        };
        fpga.find_ring();
        fpga
    }

    /// Takes a ring, once for each time that the card has come up: it may have been away when this
    /// core started.
    fn find_ring(&mut self) {
        if self.queue.is_some() {
            return;
        }
        let Phase::Up(now) = self.card.shared().phase() else { return };
        if self.refused != now {
            self.refused = now;
            self.queue = Queue::open(self.card.shared(), Arc::clone(&self.wake));
        }
    }

    fn route(&self, task: &Task) -> Route {
        match message::route(task) {
            Route::Card(_) if self.queue.is_none() => Route::Software(Reason::NoRing),
            Route::Card(plan) if !plan.runs_with(self.card.shared().programs()) => {
                Route::Software(Reason::Operation)
            }
            route => route,
        }
    }

    fn take(&mut self, item: Item) {
        match (self.route(&item.task), &mut self.queue) {
            (Route::Card(plan), Some(queue)) => queue.push(item, plan),
            (Route::Refused(kind), _) => {
                self.done.push(Completion { tag: item.tag, result: Err(kind) });
            }
            (Route::Card(_), None) | (Route::Software(_), _) => {
                self.count_software(&item.task);
                self.batch.push(item);
            }
        }
    }

    fn count_software(&self, task: &Task) {
        if let Route::Software(reason) = self.route(task) {
            self.card.shared().tally.software.count(reason as usize);
        }
    }
}

impl Backend for Fpga {
    fn capabilities(&self) -> &'static [Capability] {
        soft::CAPABILITIES
    }

    fn keeps_jobs(&self) -> bool {
        true
    }

    fn submit(&mut self, batch: &mut Batch) -> usize {
        self.find_ring();
        let room = self.queue.as_ref().map_or(BATCH_JOBS_MAX, Queue::room);
        let count = batch.items().len().min(room);
        for item in batch.take(count) {
            self.take(item);
        }
        while !self.batch.is_empty() && self.soft.submit(&mut self.batch) > 0 {}
        self.batch.reset();
        if let Some(queue) = &mut self.queue {
            queue.pump();
        }
        count
    }

    fn poll(&mut self, completions: &mut Completions) -> usize {
        for item in self.given_up.drain(..) {
            self.done.push(Completion { tag: item.tag, result: Err(ErrorKind::DeviceFault) });
        }
        if let Some(queue) = &mut self.queue {
            queue.poll(&mut self.done);
            queue.reclaim(&mut self.given_up);
        }
        self.soft.poll(completions) + completions.append(&mut self.done)
    }

    fn in_flight(&self) -> usize {
        let queued = self.queue.as_ref().map_or(0, Queue::in_flight);
        queued + self.given_up.len() + self.done.len()
    }

    fn has_completions(&self) -> bool {
        let news = self.queue.as_ref().is_some_and(Queue::has_news);
        news || !self.given_up.is_empty() || !self.done.is_empty()
    }

    fn reclaim(&mut self, items: &mut Vec<Item>) -> usize {
        let count = self.given_up.len();
        items.append(&mut self.given_up);
        self.card.shared().tally.count_failovers(count);
        count
    }

    fn run(&mut self, task: &mut Task) -> Option<Result<Outcome, ErrorKind>> {
        self.find_ring();
        match self.route(task) {
            Route::Card(_) => None,
            Route::Refused(kind) => Some(Err(kind)),
            Route::Software(_) => {
                self.count_software(task);
                self.soft.run(task)
            }
        }
    }
}

/// Whether the free-running count is in a lap whose phase is 1, on a ring of `1 << log2` entries.
fn is_first_lap(count: u16, log2: u32) -> bool {
    count >> log2 & 1 == 0
}
