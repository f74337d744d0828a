//! Random schedules of submitting, flushing, polling and going away: each job is answered exactly
//! once, with its own answer, and nothing stays behind.

use std::sync::atomic::Ordering;
use std::time::Instant;

use proptest::prelude::*;
use typex_core::error::{Error, ErrorKind};
use typex_engine::{Done, Options, Pending, Tuning};

use crate::harness::*;
use crate::operations::rsa_private;

#[derive(Clone, Copy, Debug)]
enum Move {
    Submit { rsa: bool, broken: bool },
    Poll(prop::sample::Index),
    Cancel(prop::sample::Index),
    Flush,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (prop::bool::weighted(0.1), prop::bool::weighted(0.2))
            .prop_map(|(rsa, broken)| Move::Submit { rsa, broken }),
        3 => any::<prop::sample::Index>().prop_map(Move::Poll),
        2 => any::<prop::sample::Index>().prop_map(Move::Cancel),
        1 => Just(Move::Flush),
    ];
    prop::collection::vec(one, 1..200)
}

#[derive(Clone, Copy)]
struct Asked {
    nonce: [u8; 8],
    rsa: bool,
    broken: bool,
}

/// The keys of all requests.
struct Client {
    aes: Key,
    rsa: Key,
}

impl Client {
    fn submit(&self, world: &World, asked: Asked) -> Option<Pending> {
        let (key, len) = self.key(asked);
        let mut sealed = key.seal(asked.nonce, &vec![0; len]);
        sealed[3] ^= u8::from(asked.broken);
        world.submit(key, sealed).ok()
    }

    /// The answer is the one to this request.
    fn verify(&self, asked: Asked, answer: Result<Done, Error>) {
        let answer = sealed_of(answer);
        if asked.broken {
            assert_eq!(answer, Err(ErrorKind::VerifyFailed));
        } else {
            let (key, len) = self.key(asked);
            assert_eq!(key.open(asked.nonce, &answer.unwrap()).len(), len);
        }
    }

    fn key(&self, asked: Asked) -> (&Key, usize) {
        if asked.rsa { (&self.rsa, 128) } else { (&self.aes, 16) }
    }
}

/// Plays the moves; returns the requests that were neither answered nor cancelled.
fn play(world: &World, client: &Client, moves: &[Move]) -> Vec<(Pending, Asked)> {
    let mut waiting = Vec::<(Pending, Asked)>::new();
    for (at, step) in moves.iter().enumerate() {
        match *step {
            Move::Submit { rsa, broken } => {
                let asked = Asked { nonce: at.to_be_bytes(), rsa, broken };
                waiting.extend(client.submit(world, asked).map(|pending| (pending, asked)));
            }
            Move::Poll(index) if !waiting.is_empty() => {
                let at = index.index(waiting.len());
                if let Some(result) = poll_now(&mut waiting[at].0) {
                    let (mut pending, asked) = waiting.swap_remove(at);
                    client.verify(asked, result);
                    let again = poll_now(&mut pending).unwrap().err().unwrap();
                    assert_eq!(again.kind, ErrorKind::Internal);
                }
            }
            Move::Cancel(index) if !waiting.is_empty() => {
                drop(waiting.swap_remove(index.index(waiting.len())));
            }
            Move::Flush => {
                world.shard.flush(Instant::now());
            }
            Move::Poll(_) | Move::Cancel(_) => {}
        }
    }
    waiting
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn every_job_is_answered_once_with_its_own_answer(
        moves in moves(),
        inline_ns_max in prop::sample::select(vec![0, 1_000_000]),
        spill_ns in prop::sample::select(vec![0, u64::MAX]),
    ) {
        let tuning = Tuning { inline_ns_max, spill_ns, ..Tuning::default() };
        let world = world_of(Options { tuning, ..Options::default() });
        let client = Client { aes: aes(), rsa: rsa_private() };
        for (pending, asked) in play(&world, &client, &moves) {
            client.verify(asked, world.finish(pending));
        }
        while !world.engine.is_idle() {
            world.shard.flush(Instant::now());
            std::thread::yield_now();
        }
        prop_assert_eq!(world.counter(|counters| counters.stale.load(Ordering::Relaxed)), 0);
        prop_assert!(world.engine.gauges().iter().all(|gauge| gauge.jobs == 0));
    }
}
