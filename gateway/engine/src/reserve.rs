//! RSA keys made ahead: the search for two primes takes from a tenth of a second to seconds, and
//! whoever creates a key need not wait for it.
//!
//! A size is kept from its first request on. Each key is handed out once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Weak};

use crossbeam_queue::ArrayQueue;
use typex_kernels::rsa::{RsaError, RsaPrivate};

use crate::limits::RSA_KEYS_READY_MAX;
use crate::pool::give_way;

/// Bits of the moduli that keys are made of.
const SIZES: [u32; 4] = [1024, 2048, 3072, 4096];

/// How far the search gives way: it takes what nobody wants.
const NICE: i32 = 19;

/// Keys that are ready, and a thread that makes more.
pub struct Reserve {
    shelves: [Shelf; SIZES.len()],
    orders: SyncSender<usize>,
}

struct Shelf {
    bits: u32,
    ready: ArrayQueue<RsaPrivate>,
    /// Keys on their way.
    ordered: AtomicUsize,
}

impl Reserve {
    /// A reserve of up to so many keys of each size.
    pub(crate) fn start(keys: usize) -> std::io::Result<Arc<Self>> {
        let keys = keys.clamp(1, RSA_KEYS_READY_MAX);
        let (orders, taken) = sync_channel(SIZES.len() * keys);
        let shelf = |bits| Shelf { bits, ready: ArrayQueue::new(keys), ordered: 0.into() };
        let reserve = Arc::new(Self { shelves: SIZES.map(shelf), orders });
        let weak = Arc::downgrade(&reserve);
        std::thread::Builder::new()
            .name("rsa-keys".to_owned())
            .spawn(move || make(&taken, &weak))?;
        Ok(reserve)
    }

    /// A key that is ready, or one made now.
    fn key(&self, bits: u32) -> Result<RsaPrivate, RsaError> {
        let at = SIZES.iter().position(|size| *size == bits);
        let ready = at.and_then(|at| {
            let ready = self.shelves[at].ready.pop();
            self.order(at);
            ready
        });
        ready.map_or_else(|| RsaPrivate::generate(bits), Ok)
    }

    /// Sizes, and how many keys of each are ready.
    pub(crate) fn ready(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        self.shelves.iter().map(|shelf| (shelf.bits, shelf.ready.len()))
    }

    /// Orders what is missing on a shelf.
    fn order(&self, at: usize) {
        let shelf = &self.shelves[at];
        let missing = |ordered: usize| {
            (shelf.ready.len() + ordered < shelf.ready.capacity()).then_some(ordered + 1)
        };
        while shelf.ordered.fetch_update(Ordering::AcqRel, Ordering::Acquire, missing).is_ok() {
            if self.orders.try_send(at).is_err() {
                shelf.ordered.fetch_sub(1, Ordering::AcqRel);
                return;
            }
        }
    }
}

/// A key from the reserve, or made now where there is none.
pub(crate) fn key(reserve: Option<&Reserve>, bits: u32) -> Result<RsaPrivate, RsaError> {
    reserve.map_or_else(|| RsaPrivate::generate(bits), |reserve| reserve.key(bits))
}

/// Carries out orders until the reserve is gone.
fn make(orders: &Receiver<usize>, reserve: &Weak<Reserve>) {
    give_way(NICE);
    for at in orders {
        let key = RsaPrivate::generate(SIZES[at]);
        let Some(reserve) = reserve.upgrade() else { return };
        let shelf = &reserve.shelves[at];
        if let Ok(key) = key {
            // There is a place for each key ordered.
            let _ = shelf.ready.push(key);
        }
        shelf.ordered.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::{Duration, Instant};

    use super::*;

    fn fill(reserve: &Reserve, keys: usize) {
        let late = Instant::now() + Duration::from_secs(120);
        while reserve.ready().next() != Some((1024, keys)) {
            assert!(Instant::now() < late, "{:?}", reserve.ready().collect::<Vec<_>>());
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_size_is_kept_ready_from_its_first_request_on() {
        let reserve = Reserve::start(3).unwrap();
        assert!(reserve.ready().all(|(_, keys)| keys == 0));
        reserve.key(1024).unwrap();
        fill(&reserve, 3);
        assert_eq!(reserve.ready().collect::<Vec<_>>()[1..], [(2048, 0), (3072, 0), (4096, 0)]);
    }

    #[test]
    fn no_key_is_handed_out_twice() {
        let reserve = Reserve::start(2).unwrap();
        let mut seen = HashSet::new();
        for round in 0..12 {
            if round % 3 == 1 {
                fill(&reserve, 2);
            }
            let key = reserve.key(1024).unwrap();
            assert_eq!(key.modulus_len(), 128);
            assert!(seen.insert(key.public().modulus().to_vec()));
        }
    }

    #[test]
    fn other_sizes_are_made_when_they_are_asked_for() {
        let reserve = Reserve::start(1).unwrap();
        assert_eq!(reserve.key(1152).unwrap().modulus_len(), 144);
        assert_eq!(reserve.key(1000).err(), Some(RsaError::ModulusBits { bits: 1000 }));
        assert!(reserve.ready().all(|(_, keys)| keys == 0));
    }
}
