//! Descriptors that are refused: each status, and that nothing is written.

use crate::driver::{Driver, free_key};
use std::ops::Range;
use typex_abi::{Descriptor, KeyRef, Opcode, Status, ctrl, error, flag, register};

const KEY: KeyRef = KeyRef { slot: 0, generation: 1 };

fn driver() -> Driver {
    let mut driver = Driver::new();
    assert_eq!(driver.load(KEY, &free_key(16), &[7; 16]), Status::Ok);
    driver
}

fn descriptor(opcode: Opcode) -> Descriptor {
    let mut descriptor = Descriptor::new(opcode);
    (descriptor.slot, descriptor.generation) = (KEY.slot, KEY.generation);
    descriptor
}

#[test]
fn nothing_is_done_well() {
    let mut driver = driver();
    let done = driver.run(Descriptor { tag: 0xbeef, ..Descriptor::new(Opcode::Nop) });
    assert_eq!((done.tag, done.status, done.output_bytes), (0xbeef, Status::Ok, 0));
}

#[test]
fn lengths() {
    let mut driver = driver();
    let cases: [(Opcode, &[usize]); 9] = [
        (Opcode::Nop, &[16]),
        (Opcode::Ecb, &[0, 1, 15, 17, 4112, 4352]),
        (Opcode::Cbc, &[0, 8, 31, 4112]),
        (Opcode::Ctr, &[0, 4097, 4353]),
        (Opcode::Gcm, &[4097, 4353, 65535]),
        (Opcode::Cmac, &[4097, 65535]),
        (Opcode::CbcMac, &[0, 20]),
        (Opcode::KeyLoad, &[0, 95, 97, 112]),
        (Opcode::ProgramLoad, &[16]),
    ];
    for (opcode, wrong) in cases {
        for bytes in wrong {
            let mut asked = descriptor(opcode);
            asked.input_bytes = *bytes as u16;
            asked.input = driver.input(&[0; 64]);
            asked.output = driver.output(64);
            assert_eq!(driver.run(asked).status, Status::BadLength, "{opcode:?} of {bytes}");
            driver.fetch(asked.output, 0);
        }
    }
    let mut asked = descriptor(Opcode::Gcm);
    asked.set_aad_bytes(129);
    assert_eq!(driver.job(asked, &[0; 160], 64).0, Status::BadLength);
    asked.set_aad_bytes(33);
    assert_eq!(driver.job(asked, &[0; 47], 64).0, Status::BadLength);
}

/// Longest jobs are taken.
#[test]
fn the_largest_lengths_are_taken() {
    let mut driver = driver();
    let data = [3; 4096];
    for opcode in [Opcode::Ecb, Opcode::Cbc, Opcode::Ctr] {
        assert_eq!(driver.job(descriptor(opcode), &data, 4096).0, Status::Ok);
    }
    let mut asked = descriptor(Opcode::Gcm);
    asked.set_aad_bytes(128);
    let (status, output) = driver.job(asked, &[3; 4096 + 128], 4112);
    assert_eq!((status, output.len()), (Status::Ok, 4112));
}

#[test]
fn flags() {
    let mut driver = driver();
    let all = [Opcode::Nop, Opcode::Ecb, Opcode::Ctr, Opcode::Gcm, Opcode::Cmac, Opcode::KeyLoad];
    for opcode in all {
        for bit in 5..8 {
            let asked = Descriptor { flags: 1 << bit, ..descriptor(opcode) };
            assert_eq!(driver.run(asked).status, Status::BadOpcode, "{opcode:?} bit {bit}");
        }
    }
    for (opcode, flags) in [
        (Opcode::Ctr, flag::DECRYPT),
        (Opcode::Cmac, flag::DECRYPT),
        (Opcode::Nop, flag::DECRYPT),
        (Opcode::Gcm, flag::INLINE_INPUT),
        (Opcode::Nop, flag::INLINE_INPUT),
        (Opcode::Nop, flag::INLINE_OUTPUT),
        (Opcode::KeyLoad, flag::INLINE_OUTPUT),
    ] {
        let asked = Descriptor { flags, ..descriptor(opcode) };
        assert_eq!(driver.run(asked).status, Status::BadOpcode, "{opcode:?} with {flags:#x}");
    }
    let inline = Descriptor { flags: flag::INLINE_INPUT, ..descriptor(Opcode::Ecb) };
    let long = Descriptor { input_bytes: 32, ..inline };
    assert_eq!(driver.run(long).status, Status::BadLength);
    let inline = Descriptor { flags: flag::INLINE_OUTPUT, ..descriptor(Opcode::Ecb) };
    assert_eq!(driver.job(inline, &[0; 32], 32).0, Status::BadLength);
}

#[test]
fn opcodes() {
    let mut driver = driver();
    for code in (0..=255u8).filter(|code| Opcode::from_code(*code).is_none()) {
        let mut bytes = descriptor(Opcode::Nop).encode();
        bytes[0] = code;
        bytes[1] = driver.ring().phase();
        let check = Descriptor::check_of(&bytes);
        bytes[12..16].copy_from_slice(&check.to_le_bytes());
        driver.place(&bytes);
        driver.doorbell();
        driver.settle();
        let found = driver.collect();
        assert_eq!(found[0].status, Status::BadOpcode, "opcode {code}");
    }
    let mut load = driver.key_load(KeyRef { slot: 1, generation: 0 }, &free_key(16), &[1; 16]);
    assert_eq!(driver.run(load).status, Status::BadOpcode);
    load = driver.key_load(KeyRef { slot: 1, generation: 1 }, &free_key(16), &[1; 16]);
    load.iv[14] = 2;
    assert_eq!(driver.run(load).status, Status::BadOpcode);
}

#[test]
fn addresses() {
    let mut driver = driver();
    let Range { start: begin, end } = driver.window();
    let good = driver.input(&[0; 64]);
    let out = driver.output(64);
    let asked = |input: u64, output: u64| Descriptor {
        input,
        output,
        input_bytes: 64,
        ..descriptor(Opcode::Ecb)
    };
    for bad in [good + 1, good + 32, begin - 64, end, end - 32, 0, !63] {
        assert_eq!(driver.run(asked(bad, out)).status, Status::BadAddress, "input {bad:#x}");
        assert_eq!(driver.run(asked(good, bad)).status, Status::BadAddress, "output {bad:#x}");
    }
    assert_eq!(driver.run(asked(begin, end - 64)).status, Status::Ok);
    let mut seal = descriptor(Opcode::Gcm);
    (seal.input, seal.output, seal.input_bytes) = (good, end - 64, 64);
    assert_eq!(driver.run(seal).status, Status::BadAddress, "the tag would lie outside");
}

/// A torn or stale descriptor completes with its tag, as far as it can be read.
#[test]
fn checks() {
    let mut driver = driver();
    let good = Descriptor { tag: 77, ..descriptor(Opcode::Nop) };
    for bit in (0..512).filter(|bit| bit / 16 != 1) {
        let mut bytes = Descriptor { flags: driver.ring().phase(), ..good }.encode();
        bytes[bit / 8] ^= 1 << (bit % 8);
        driver.place(&bytes);
        driver.doorbell();
        driver.settle();
        let found = driver.collect();
        assert_eq!((found[0].status, found[0].tag), (Status::BadCheck, 77), "bit {bit}");
    }
    let stale = Descriptor { flags: driver.ring().phase() ^ flag::PHASE, ..good };
    driver.place(&stale.encode());
    driver.doorbell();
    driver.settle();
    assert_eq!(driver.collect()[0].status, Status::BadCheck);
    assert_ne!(driver.read(register::ERROR) & error::DESCRIPTOR, 0);
    driver.write(register::ERROR, u32::MAX);
    assert_eq!((driver.read(register::ERROR), driver.read(register::ERROR_FIRST)), (0, 0));
}

/// Without enable, while quiesced, and with a lane that was not tested.
#[test]
fn readiness() {
    let mut driver = driver();
    let asked = descriptor(Opcode::Nop);
    driver.control(0);
    assert_eq!(driver.run(asked).status, Status::NotReady);
    driver.control(ctrl::ENABLE | ctrl::QUIESCE);
    assert_eq!(driver.run(asked).status, Status::NotReady);
    driver.control(ctrl::ENABLE);
    assert_eq!(driver.run(asked).status, Status::Ok);
    driver.write(register::LANE_ENABLE, 0);
    assert_eq!(driver.run(asked).status, Status::NotReady);
    driver.write(register::LANE_ENABLE, 2);
    assert_eq!(driver.run(asked).status, Status::Ok);
}

/// The control register takes a value that was written twice, and tells of two that differ.
#[test]
fn the_control_register_is_shadowed() {
    let mut driver = driver();
    driver.write(register::CTRL, 0);
    assert_eq!(driver.read(register::CTRL), ctrl::ENABLE);
    driver.write(register::CTRL, ctrl::QUIESCE);
    assert_eq!(driver.read(register::CTRL), ctrl::ENABLE);
    assert_eq!(driver.read(register::ERROR), error::SHADOW);
    driver.control(ctrl::ENABLE | ctrl::QUIESCE);
    assert_eq!(driver.read(register::CTRL), ctrl::ENABLE | ctrl::QUIESCE);
}
