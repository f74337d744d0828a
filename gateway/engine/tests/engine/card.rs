//! The whole engine on a behavioural card: requests through a shard that sleeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use pcie_sim::{Fault, FaultKind};
use typex_card::{Board, BoardOptions};
use typex_core::key::{Material, Usage};
use typex_engine::{Card, CardOptions, Options, Route, StartError, backend};

use crate::harness::*;
use crate::vectors::{ANSWER, EXAMPLE};

pub(crate) struct OnCard {
    pub(crate) world: World,
    card: Arc<Card>,
    board: Board,
}

pub(crate) fn on_card(name: &str) -> OnCard {
    let board = Board::model(&BoardOptions::default()).unwrap();
    let options = CardOptions { tick: Duration::from_millis(2), ..CardOptions::default() };
    let card = Card::start(board.link(), options).unwrap();
    let backend = backend::find(name).unwrap();
    let world = world_of(Options { backend, card: Some(Arc::clone(&card)), ..Options::default() });
    OnCard { world, card, board }
}

/// Sends `count` requests at once under a few keys and reads every answer.
fn serve(world: &World, count: usize) {
    let keys = [1, 2, 3, 4].map(long_aes);
    let sent: Vec<_> = (0..count)
        .map(|at| {
            let (key, nonce) = (&keys[at % keys.len()], [at as u8; 8]);
            let data = vec![at as u8; 16 * (1 + at % 5)];
            let pending = world.submit(key, key.seal(nonce, &data)).unwrap();
            if at % 50 == 0 {
                world.shard.flush(Instant::now());
            }
            (key, nonce, data, pending)
        })
        .collect();
    for (key, nonce, mut data, pending) in sent {
        let answer = sealed_of(world.finish(pending)).unwrap();
        let app = typex_kernels::RoundKeys::new(&APP).unwrap();
        typex_kernels::ecb_encrypt(&app, &mut data).unwrap();
        assert_eq!(key.open(nonce, &answer), data);
    }
    assert!(world.engine.is_idle());
}

#[test]
fn the_published_example_is_answered_by_the_card() {
    for name in ["fpga", "failover"] {
        let OnCard { world, card, board: _board } = on_card(name);
        let answer = world.ask(&aes(), BytesMut::from(&hex(EXAMPLE)[..])).unwrap();
        assert_eq!(const_hex::encode(answer), ANSWER);
        assert_eq!(world.counter(|counters| counters.routed(Route::Card)), 1);
        assert_eq!(card.snapshot().jobs[0], ("process_data", 1));
    }
}

#[test]
fn many_requests_at_once_are_answered() {
    let OnCard { world, card, board: _board } = on_card("fpga");
    (0..5).for_each(|_| serve(&world, 300));
    let snapshot = card.inspect();
    let doorbells: u64 = snapshot.rings.iter().map(|ring| ring.doorbells).sum();
    assert!(doorbells < 300, "{doorbells} doorbells for 1500 jobs");
    assert_eq!(snapshot.faults.iter().map(|(_, count)| count).sum::<u64>(), 0);
    let counted = |name| snapshot.counters.iter().find(|(known, _)| *known == name).unwrap().1;
    assert_eq!(counted("completions"), counted("descriptors"));
    assert_eq!(counted("program_jobs"), 1500);
}

#[test]
fn what_the_card_cannot_do_runs_in_software() {
    let OnCard { world, card, board: _board } = on_card("fpga");
    let random = key(record(Usage::Random, 5), Material::None);
    let answer = world.ask(&random, random.seal([1; 8], &[0, 32])).unwrap();
    assert_eq!(random.open([1; 8], &answer).len(), 32);
    let software = card.snapshot().software;
    assert_eq!(software[0], ("operation", 1));
}

#[test]
fn lost_interrupts_delay_and_lose_nothing() {
    let OnCard { world, card, board } = on_card("fpga");
    board.host().inject(Fault::chance(FaultKind::LoseInterrupt, 1_000_000)).unwrap();
    (0..10).for_each(|at| serve(&world, 1 + at));
    assert_eq!(card.snapshot().recoveries, 0);
}

#[test]
fn a_removed_card_is_replaced_by_software_and_comes_back() {
    let OnCard { world, card, board } = on_card("failover");
    board.host().inject(Fault::nth(FaultKind::Removal, 2000)).unwrap();
    (0..5).for_each(|_| serve(&world, 300));
    assert!(!card.is_ready());
    serve(&world, 300);
    board.host().plug().unwrap().wait().unwrap();
    let started = Instant::now();
    while !card.is_ready() {
        assert!(started.elapsed() < Duration::from_secs(20));
        serve(&world, 10);
    }
    let before = card.snapshot().jobs[0].1;
    serve(&world, 300);
    let snapshot = card.snapshot();
    assert_eq!((snapshot.recoveries, snapshot.jobs[0].1 - before), (1, 300));
    assert!(snapshot.failovers > 0 && snapshot.recovery_last > Duration::ZERO);
}

#[test]
fn a_backend_for_a_card_wants_one() {
    let backend = backend::find("fpga").unwrap();
    let started = typex_engine::Engine::start(Options { backend, ..Options::default() });
    assert!(matches!(started.map(|_| ()), Err(StartError::NoCard("fpga"))));
}
