//! The whole engine on a behavioural card: requests through a shard that sleeps.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use pcie_sim::{Fault, FaultKind};
use typex_abi::{
    Completion, DESCRIPTOR_BYTES, Descriptor, DmaBuffer, KeyRef, Link, Opcode, Status, flag,
    register,
};
use typex_card::{Board, BoardOptions};
use typex_core::key::{Material, Usage};
use typex_engine::{Card, CardOptions, CardSnapshot, Options, Route, StartError, backend};

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

/// A ring that no driver here uses, as an offset of registers.
const SPARE: u32 = 5 * register::RING_STRIDE;
/// Where its completions are in its memory.
const SPARE_CQ: usize = 16 * DESCRIPTOR_BYTES;

fn open_spare(link: &mut dyn Link, memory: &dyn DmaBuffer) {
    let (bus, end) = (memory.bus(), memory.bus() + memory.len() as u64);
    let mut write = |offset, value| link.write(SPARE + offset, value).unwrap();
    for (offset, address) in [
        (register::RING_SQ_BASE, bus),
        (register::RING_CQ_BASE, bus + SPARE_CQ as u64),
        (register::RING_WINDOW_BASE, bus),
        (register::RING_WINDOW_LIMIT, end),
    ] {
        write(offset, address as u32);
        write(offset + 4, (address >> 32) as u32);
    }
    write(register::RING_SIZE, 4);
    write(register::RING_CONFIG, 1);
    write(register::RING_ENABLE, 1);
}

/// What the card says of a job under the key of this slot and generation.
fn probe(board: &Board, key: KeyRef) -> Status {
    let mut link = board.link();
    let mut memory = link.allocate(4096).unwrap();
    memory.store(0, &[0; 4096]);
    open_spare(&mut *link, &*memory);
    let mut job = Descriptor::new(Opcode::Ecb);
    (job.slot, job.generation, job.input_bytes) = (key.slot, key.generation, 16);
    job.flags = flag::PHASE | flag::INLINE_INPUT | flag::INLINE_OUTPUT;
    memory.store(0, &job.encode());
    link.write(SPARE + register::RING_SQ_TAIL, 1).unwrap();
    for _ in 0..100_000 {
        link.read(register::STATE).unwrap();
        let mut bytes = [0; Completion::LONG_BYTES];
        memory.load(SPARE_CQ, &mut bytes);
        if let Some(done) = Completion::decode_long(&bytes).ok().filter(|done| done.phase) {
            link.write(SPARE + register::RING_CQ_HEAD, 1).unwrap();
            link.write(SPARE + register::RING_ENABLE, 0).unwrap();
            return done.status;
        }
    }
    panic!("no completion");
}

/// The first keys that a driver loads.
fn first_keys() -> [KeyRef; 3] {
    [0, 1, 2].map(|slot| KeyRef { slot, generation: u32::from(slot) + 1 })
}

/// Waits until the card was told to forget so many keys; it has no jobs meanwhile. `look` is how.
fn wait_until_forgotten(card: &Card, keys: u64, look: fn(&Card) -> CardSnapshot) {
    let started = Instant::now();
    while look(card).slots.zeroised < keys {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", card.snapshot().slots);
    }
}

#[test]
fn a_revoked_key_leaves_an_idle_card() {
    let OnCard { world, card, board } = on_card("fpga");
    let (key, other) = (aes(), long_aes(7));
    for key in [&key, &other] {
        world.ask(key, key.seal([1; 8], &[2; 16])).unwrap();
    }
    // The slots hold what may not be used so: single operations need a right of their own.
    assert_eq!(first_keys().map(|key| probe(&board, key)), [Status::Policy; 3]);
    key.loaded.revoked().store(true, Ordering::Release);
    wait_until_forgotten(&card, 3, Card::snapshot);
    assert_eq!(first_keys().map(|key| probe(&board, key)), [Status::EmptySlot; 3]);
    assert_eq!(card.snapshot().slots.resident, 3);
    // What is left serves, and so do the slots.
    world.ask(&other, other.seal([1; 8], &[2; 16])).unwrap();
    (0..3).for_each(|_| serve(&world, 100));
    assert_eq!(card.snapshot().faults.iter().map(|(_, count)| count).sum::<u64>(), 0);
}

#[test]
fn a_key_leaves_the_card_with_its_last_user() {
    let OnCard { world, card, board } = on_card("failover");
    let key = aes();
    let second = key.clone();
    world.ask(&key, key.seal([1; 8], &[2; 16])).unwrap();
    drop(key);
    world.ask(&second, second.seal([1; 8], &[2; 16])).unwrap();
    assert_eq!(card.snapshot().slots.resident, 3);
    drop(second);
    // An operator who looks all the time does not keep the card busy.
    wait_until_forgotten(&card, 3, Card::inspect);
    assert_eq!(first_keys().map(|key| probe(&board, key)), [Status::EmptySlot; 3]);
    assert_eq!(card.snapshot().slots.resident, 0);
}

#[test]
fn keys_come_and_go_under_load() {
    let OnCard { world, card, board: _board } = on_card("fpga");
    let mut gone = 0;
    while gone < 300 {
        serve(&world, 50);
        gone = card.snapshot().slots.zeroised;
    }
    assert_eq!(card.snapshot().faults.iter().map(|(_, count)| count).sum::<u64>(), 0);
}

#[test]
fn a_card_that_is_absent_at_the_start_is_brought_in_later() {
    let board = Board::model(&BoardOptions::default()).unwrap();
    board.host().inject(Fault::nth(FaultKind::Removal, 0)).unwrap();
    let retry_max = Duration::from_millis(20);
    let options = CardOptions { retry_max, ..CardOptions::default() };
    assert!(Card::start(board.link(), options.clone()).is_err());
    let card = Card::start_patiently(board.link(), options).unwrap();
    let backend = backend::find("failover").unwrap();
    let world = world_of(Options { backend, card: Some(Arc::clone(&card)), ..Options::default() });
    serve(&world, 100);
    let snapshot = card.snapshot();
    assert!(snapshot.problem.is_some() && snapshot.jobs.iter().all(|(_, count)| *count == 0));
    board.host().plug().unwrap().wait().unwrap();
    let started = Instant::now();
    while !card.is_ready() {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", card.snapshot().problem);
        serve(&world, 10);
    }
    let before = card.snapshot().jobs[0].1;
    serve(&world, 100);
    let snapshot = card.snapshot();
    assert_eq!((snapshot.jobs[0].1 - before, snapshot.problem), (100, None));
}

#[test]
fn a_backend_for_a_card_wants_one() {
    let backend = backend::find("fpga").unwrap();
    let started = typex_engine::Engine::start(Options { backend, ..Options::default() });
    assert!(matches!(started.map(|_| ()), Err(StartError::NoCard("fpga"))));
}
