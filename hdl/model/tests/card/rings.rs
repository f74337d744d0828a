//! Rings: doorbells, laps, credits, interrupts, resets, reads that fail.

use crate::driver::{Driver, LIMIT_PS, free_key};
use pcie_sim::{Fault, FaultKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use typex_abi::{Descriptor, KeyRef, Opcode, Status, ctrl, error, flag, register, state};

const KEY: KeyRef = KeyRef { slot: 0, generation: 1 };

fn nop(tag: u16) -> Descriptor {
    Descriptor { tag, ..Descriptor::new(Opcode::Nop) }
}

fn ring_stopped(driver: &mut Driver) -> bool {
    driver.read(register::RING_STATE) & 2 != 0
}

#[test]
fn a_ring_goes_round() {
    let mut driver = Driver::new();
    for lap in 0..40u16 {
        for at in 0..64 {
            driver.submit(nop(lap * 64 + at));
        }
        driver.doorbell();
        driver.settle();
        let tags: Vec<_> = driver.collect().iter().map(|done| done.tag).collect();
        assert_eq!(tags, (lap * 64..lap * 64 + 64).collect::<Vec<_>>());
        driver.settle();
    }
}

#[test]
fn a_doorbell_backwards_or_beyond_stops_the_ring() {
    for (tail, bad) in [(10u16, 9u16), (10, 0xffff), (10, 75), (0, 65), (64, 129)] {
        let mut driver = Driver::new();
        for tag in 0..tail {
            driver.submit(nop(tag));
        }
        driver.doorbell();
        driver.write(register::RING_SQ_TAIL, bad.into());
        driver.settle();
        assert!(ring_stopped(&mut driver), "{bad} behind {tail}");
        assert_eq!(driver.read(register::ERROR), error::DOORBELL);
        assert_eq!(driver.read(register::ERROR_FIRST), 1 << 31);
        let done = driver.collect().len();
        assert!(done <= usize::from(tail), "more done than asked");
        driver.enable_ring();
        assert!(ring_stopped(&mut driver), "enabled while it is on");
        driver.write(register::RING_ENABLE, 0);
        driver.settle();
        driver.write(register::ERROR, u32::MAX);
        driver.enable_ring();
        assert_eq!(driver.run(nop(5)).status, Status::Ok);
    }
}

#[test]
fn a_completion_head_backwards_or_beyond_stops_the_ring() {
    for bad in [6u16, 0xffff] {
        let mut driver = Driver::new();
        for tag in 0..5 {
            driver.submit(nop(tag));
        }
        driver.doorbell();
        driver.settle();
        driver.write(register::RING_CQ_HEAD, bad.into());
        driver.settle();
        assert_eq!(driver.read(register::ERROR), error::COMPLETION_HEAD);
        assert!(ring_stopped(&mut driver));
    }
}

/// Without room in the completion ring nothing is fetched; with room again all is done.
#[test]
fn credits_hold_back_what_has_no_room() {
    let mut driver = Driver::new();
    for tag in 0..64 {
        driver.submit(nop(tag));
    }
    driver.doorbell();
    driver.settle();
    for tag in 64..128 {
        driver.submit(nop(tag));
    }
    driver.doorbell();
    driver.settle();
    assert_eq!(driver.read(register::RING_SQ_HEAD), 64);
    assert_eq!(driver.collect().len(), 64);
    driver.settle();
    assert_eq!(driver.collect().len(), 64);
}

#[test]
fn bad_sizes_and_bases_leave_a_ring_off() {
    let mut driver = Driver::new();
    driver.write(register::RING_ENABLE, 0);
    for (at, bad, good) in [
        (register::RING_SIZE, 3, 6),
        (register::RING_SIZE, 13, 6),
        (register::RING_SIZE, 0x106, 6),
        (register::RING_SQ_BASE, 0x1020, 0x1000),
        (register::RING_CQ_BASE, 0x1001, 0x1000),
    ] {
        driver.write(at, bad);
        driver.write(register::RING_ENABLE, 1);
        assert_eq!(driver.read(register::RING_STATE), 0);
        assert_eq!(driver.read(register::ERROR), error::RING_CONFIG);
        driver.write(register::ERROR, u32::MAX);
        driver.write(at, good);
    }
}

/// Vectors as the driver of a real host sets them: vector 0 with errors, 1 with the ring.
fn with_interrupts(driver: &mut Driver) -> [Arc<AtomicU32>; 2] {
    [0u16, 1].map(|vector| {
        let count = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&count);
        let wake = Arc::new(move || {
            seen.fetch_add(1, Ordering::SeqCst);
        });
        let (address, data) = driver.link.interrupt(vector, wake).unwrap();
        let at = register::MSIX_TABLE + 16 * u32::from(vector);
        for (word, value) in
            [address as u32, (address >> 32) as u32, data, 0].into_iter().enumerate()
        {
            driver.write(at + 4 * word as u32, value);
        }
        count
    })
}

#[test]
fn an_armed_ring_interrupts_once() {
    let mut driver = Driver::new();
    driver.write(register::RING_ENABLE, 0);
    driver.settle();
    let [_, ring] = with_interrupts(&mut driver);
    driver.enable_ring();
    driver.write(register::RING_ENABLE, 0);
    driver.write(register::RING_CONFIG, 1 | 1 << 8);
    driver.write(register::RING_MODERATION, 4 | 1 << 16);
    driver.write(register::RING_ENABLE, 1);
    driver.settle();
    let count = |expected: u32| assert_eq!(ring.load(Ordering::SeqCst), expected);
    assert_eq!(driver.run(nop(1)).status, Status::Ok);
    count(0);
    let head = driver.head();
    driver.write(register::RING_ARM, head.into());
    driver.settle();
    count(0);
    assert_eq!(driver.run(nop(2)).status, Status::Ok);
    count(1);
    driver.run(nop(3));
    count(1);
    let head = driver.head();
    driver.write(register::RING_ARM, u32::from(head) - 1);
    driver.settle();
    count(2);
    driver.run(Descriptor { flags: flag::INTERRUPT, ..nop(4) });
    count(3);
}

#[test]
fn a_masked_vector_waits() {
    let mut driver = Driver::new();
    let [errors, _] = with_interrupts(&mut driver);
    driver.write(register::MSIX_TABLE + 12, 1);
    driver.write(register::ERROR_MASK, error::SHADOW);
    driver.write(register::CTRL, 1);
    driver.write(register::CTRL, 3);
    driver.settle();
    assert_eq!(errors.load(Ordering::SeqCst), 0);
    assert_eq!(driver.read(register::MSIX_PENDING), 1);
    driver.write(register::MSIX_TABLE + 12, 0);
    driver.settle();
    assert_eq!((errors.load(Ordering::SeqCst), driver.read(register::MSIX_PENDING)), (1, 0));
}

/// A reset of the card: the epoch counts up, keys and programs are gone, rings are off.
#[test]
fn a_reset_empties_the_card() {
    let mut driver = Driver::new();
    assert_eq!(driver.load(KEY, &free_key(16), &[1; 16]), Status::Ok);
    for epoch in 1..4u8 {
        driver.control(ctrl::RESET);
        driver.settle();
        let state = driver.read(register::STATE);
        assert_eq!(state, state::IDLE | u32::from(epoch) << 8);
        assert_eq!(driver.read(register::RING_STATE), 0);
        driver.start();
        driver.enable_ring();
        let mut asked = Descriptor::new(Opcode::Cmac);
        asked.generation = KEY.generation;
        asked.flags = flag::INLINE_INPUT | flag::INLINE_OUTPUT;
        let done = driver.run(asked);
        assert_eq!((done.status, done.epoch), (Status::EmptySlot, epoch));
        assert_eq!(driver.load(KEY, &free_key(16), &[1; 16]), Status::Ok);
        assert_eq!(driver.run(asked).status, Status::Ok);
    }
}

/// A reset of the function goes to epoch 0, whatever was inside.
#[test]
fn a_function_reset_in_the_middle_of_work() {
    let mut driver = Driver::new();
    for cycles in [0, 50, 100, 200, 300] {
        for tag in 0..40 {
            driver.submit(nop(tag));
        }
        driver.doorbell();
        driver.bench.with(|simulation| simulation.step_cycles(cycles));
        driver.link.reset().unwrap();
        driver.settle();
        assert_eq!(driver.read(register::STATE), state::IDLE);
        driver.start();
        driver.enable_ring();
        assert_eq!(driver.run(nop(9)).status, Status::Ok);
    }
}

/// Input that is lost: the job ends with dma_error after the timeout, and others go on.
#[test]
fn lost_input_is_told() {
    let mut driver = Driver::new();
    assert_eq!(driver.load(KEY, &free_key(16), &[1; 16]), Status::Ok);
    driver.write(register::READ_TIMEOUT, 2000);
    let input = driver.input(&[5; 4096]);
    let range = input..input + 4096;
    let faults = [
        (FaultKind::DropCompletion, error::READ_TIMEOUT),
        (FaultKind::PoisonCompletion, error::READ),
        (FaultKind::TruncateCompletion, error::READ_TIMEOUT | error::UNEXPECTED_COMPLETION),
        (FaultKind::DuplicateCompletion, error::UNEXPECTED_COMPLETION),
    ];
    for (kind, errors) in faults {
        let fault = Fault::nth(kind, 0).within(range.clone());
        driver.bench.with(|simulation| simulation.inject(fault));
        let mut asked = Descriptor::new(Opcode::Ecb);
        (asked.generation, asked.input, asked.input_bytes) = (1, input, 4096);
        asked.output = driver.output(4096);
        let done = driver.run(asked);
        let bits = driver.read(register::ERROR);
        assert_ne!(bits & errors, 0, "{kind:?}: {bits:#x}");
        if kind != FaultKind::DuplicateCompletion {
            assert_eq!((done.status, done.output_bytes), (Status::DmaError, 0), "{kind:?}");
            assert_eq!(driver.fetch(asked.output, 0), [0; 0]);
        }
        driver.write(register::ERROR, u32::MAX);
        asked.output = driver.output(4096);
        assert_eq!(driver.run(asked).status, Status::Ok, "behind {kind:?}");
    }
}

/// Descriptors that are lost stop the ring; what was fetched is completed.
#[test]
fn lost_descriptors_stop_the_ring() {
    let mut driver = Driver::new();
    driver.write(register::READ_TIMEOUT, 2000);
    let fault = Fault::nth(FaultKind::DropCompletion, 1);
    driver.bench.with(|simulation| simulation.inject(fault));
    for tag in 0..32 {
        driver.submit(nop(tag));
    }
    driver.doorbell();
    assert!(driver.bench.settle(LIMIT_PS));
    assert!(ring_stopped(&mut driver));
    assert_eq!(driver.read(register::ERROR) & error::READ_TIMEOUT, error::READ_TIMEOUT);
    let done = driver.collect();
    assert_eq!(done.len(), 24, "three reads of eight came");
    assert_eq!(driver.read(register::RING_STATE) >> 16, 0, "jobs inside");
}
