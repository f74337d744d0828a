//! Slots: loading, generations, rights, zeroisation.

use crate::driver::{Driver, free_key, wrap};
use typex_abi::{Descriptor, KeyRef, Opcode, Status, flag, header_at};

const KEY: KeyRef = KeyRef { slot: 3, generation: 2 };

fn encrypt(key: KeyRef) -> Descriptor {
    let mut descriptor = Descriptor::new(Opcode::Ecb);
    (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
    descriptor.flags = flag::INLINE_INPUT | flag::INLINE_OUTPUT;
    descriptor.input_bytes = 16;
    descriptor
}

#[test]
fn a_slot_serves_the_generation_that_it_holds() {
    let mut driver = Driver::new();
    assert_eq!(driver.run(encrypt(KEY)).status, Status::EmptySlot);
    assert_eq!(driver.load(KEY, &free_key(16), &[1; 16]), Status::Ok);
    let first = driver.run(encrypt(KEY));
    assert_eq!(first.status, Status::Ok);
    let stale = KeyRef { generation: 1, ..KEY };
    assert_eq!(driver.run(encrypt(stale)).status, Status::StaleKey);
    let next = KeyRef { generation: 3, ..KEY };
    assert_eq!(driver.load(next, &free_key(32), &[2; 32]), Status::Ok);
    assert_eq!(driver.run(encrypt(KEY)).status, Status::StaleKey);
    assert_ne!(driver.run(encrypt(next)).inline, first.inline);
    let no_slot = KeyRef { slot: 64, ..KEY };
    assert_eq!(driver.run(encrypt(no_slot)).status, Status::EmptySlot);
    assert_eq!(driver.load(no_slot, &free_key(16), &[1; 16]), Status::EmptySlot);
}

#[test]
fn a_zeroised_slot_is_empty() {
    let mut driver = Driver::new();
    driver.load(KEY, &free_key(16), &[1; 16]);
    let stale = Descriptor::key_zeroise(KeyRef { generation: 1, ..KEY });
    assert_eq!(driver.run(stale).status, Status::StaleKey);
    let zeroise = Descriptor::key_zeroise(KEY);
    assert_eq!(driver.run(zeroise).status, Status::Ok);
    assert_eq!(driver.run(encrypt(KEY)).status, Status::EmptySlot);
    assert_eq!(driver.run(zeroise).status, Status::EmptySlot);
}

/// The header alone gives rights, and any change of it, of the key or of the tag is found.
#[test]
fn a_changed_wrapped_key_is_refused() {
    let mut driver = Driver::new();
    let wrapped = wrap(&free_key(16).encode(), &[1; 16]).bytes;
    for bit in (0..8 * wrapped.len()).step_by(29) {
        let descriptor = driver.key_load(KEY, &free_key(16), &[1; 16]);
        let mut changed = wrapped;
        changed[bit / 8] ^= 1 << (bit % 8);
        let input = driver.input(&changed);
        let status = driver.run(Descriptor { input, ..descriptor }).status;
        assert_eq!(status, Status::TagMismatch, "bit {bit}");
    }
    let mut descriptor = driver.key_load(KEY, &free_key(16), &[1; 16]);
    descriptor.inline[0] ^= 1;
    assert_eq!(driver.run(descriptor).status, Status::TagMismatch);
    assert_eq!(driver.run(encrypt(KEY)).status, Status::EmptySlot);
}

#[test]
fn a_header_that_the_card_does_not_know_is_refused() {
    let mut driver = Driver::new();
    let good = free_key(16).encode();
    for (at, value) in [
        (header_at::VERSION, 2),
        (header_at::ALGORITHM, 0),
        (header_at::ALGORITHM, 4),
        (header_at::USAGE + 1, 2),
        (header_at::ROLES, 1),
        (header_at::ROLES + 1, 0x10),
        (header_at::RESERVED, 1),
        (header_at::RESERVED_TAIL + 15, 1),
    ] {
        let mut header = good;
        header[at] = value;
        let wrapped = wrap(&header, &[1; 16]);
        let input = driver.input(&wrapped.bytes);
        let descriptor = Descriptor { input, ..wrapped.load(KEY) };
        assert_eq!(driver.run(descriptor).status, Status::BadData, "byte {at}");
    }
}

/// Each right alone opens its opcode and direction, and no other.
#[test]
fn a_right_opens_one_operation() {
    let mut driver = Driver::new();
    let operations = [
        (Opcode::Ecb, 0),
        (Opcode::Ecb, flag::DECRYPT),
        (Opcode::Cbc, 0),
        (Opcode::Cbc, flag::DECRYPT),
        (Opcode::Ctr, 0),
        (Opcode::Gcm, 0),
        (Opcode::Gcm, flag::DECRYPT),
        (Opcode::Cmac, 0),
        (Opcode::CbcMac, 0),
    ];
    for right in 0..10 {
        let mut header = free_key(16);
        header.usage = if right < 9 { 1 << right } else { 0 };
        let key = KeyRef { slot: right, generation: 1 };
        assert_eq!(driver.load(key, &header, &[1; 16]), Status::Ok);
        for (at, (opcode, flags)) in operations.into_iter().enumerate() {
            let mut descriptor = Descriptor::new(opcode);
            (descriptor.slot, descriptor.generation) = (key.slot, key.generation);
            descriptor.flags = flags;
            let (status, _) = driver.job(descriptor, &[0; 16], 32);
            let forged = opcode == Opcode::Gcm && flags != 0;
            let allowed = if forged { Status::TagMismatch } else { Status::Ok };
            let expected = if at == usize::from(right) { allowed } else { Status::Policy };
            assert_eq!(status, expected, "{opcode:?} {flags} with right {right}");
        }
    }
}
