//! Prices against the calls of the block cipher that the work takes.

use typex_core::Secret;
use typex_core::op::payment::{Cipher, Mode, Task};
use typex_engine::payment::cipher::{self, Segment};
use typex_engine::payment::lanes::Lanes;
use typex_engine::payment::price::{BLOCK_NS, STEP_NS, price_ns};
use typex_engine::payment::{Error, Key};

use crate::world::MODES;

const BYTES: usize = 512;

fn of_engine(mode: Mode, iv: &[u8]) -> cipher::Mode<'_> {
    let whole = if iv.len() == 8 { Segment::Bits64 } else { Segment::Bits128 };
    match mode {
        Mode::Ecb => cipher::Mode::Ecb,
        Mode::Cbc => cipher::Mode::Cbc(iv),
        Mode::Cfb => cipher::Mode::Cfb(whole, iv),
        Mode::Cfb1 => cipher::Mode::Cfb(Segment::Bits1, iv),
        Mode::Cfb8 => cipher::Mode::Cfb(Segment::Bits8, iv),
        Mode::Cfb64 => cipher::Mode::Cfb(Segment::Bits64, iv),
        Mode::Cfb128 => cipher::Mode::Cfb(Segment::Bits128, iv),
        Mode::Ofb => cipher::Mode::Ofb(iv),
        Mode::Ctr => cipher::Mode::Ctr(iv),
    }
}

/// Steps of one of two messages in that mode; none if the key does not have it.
fn steps(key: &Key, mode: &cipher::Mode<'_>) -> Option<u64> {
    let lanes = Lanes::new();
    let mut messages = [vec![7; BYTES], vec![7; BYTES]];
    let ends = messages.iter_mut();
    let ends = ends.map(|data| Box::pin(cipher::encrypt(&lanes, key, mode, data))).collect();
    let ended: Vec<Result<(), Error>> = lanes.run(ends);
    ended.into_iter().all(|end| end.is_ok()).then(|| lanes.tally().steps as u64 / 2)
}

fn price(mode: Mode) -> u64 {
    let cipher = Cipher::Block { mode, iv: None };
    price_ns(&Task::Encrypt { cipher, plaintext: Secret::new(vec![7; BYTES]) }, 0)
}

#[test]
fn every_call_of_the_cipher_is_charged() {
    let keys = [(Key::tdes(&[0x1F; 16]).unwrap(), 8), (Key::aes(&[0x2E; 32]).unwrap(), 16)];
    for mode in MODES {
        let mut seen = 0;
        for (key, block) in &keys {
            let iv = vec![1; *block];
            let Some(steps) = steps(key, &of_engine(mode, &iv)) else { continue };
            seen += 1;
            // A mode whose blocks need each other takes a step for each, another one for all.
            let work = match steps {
                1 => (BYTES / block) as u64 * BLOCK_NS,
                steps => steps * STEP_NS,
            };
            let price = price(mode);
            assert!(price >= work, "{mode:?} {block}: {price} of {work}");
            // Which key it will be is not known: blocks of AES are half as many.
            assert!(price <= 2 * work + 20 * BLOCK_NS, "{mode:?} {block}: {price} of {work}");
        }
        assert!(seen > 0, "{mode:?}");
    }
}

#[test]
fn a_bit_at_a_time_costs_a_call_for_each_bit() {
    let tdes = Key::tdes(&[0x1F; 16]).unwrap();
    let steps = steps(&tdes, &of_engine(Mode::Cfb1, &[0; 8])).unwrap();
    assert_eq!(steps, 8 * BYTES as u64);
    assert!(price(Mode::Cfb1) >= steps * STEP_NS);
    assert!(price(Mode::Cfb1) > 7 * price(Mode::Cfb8));
}

#[test]
fn both_sides_of_reencryption_are_charged_and_derived_keys() {
    let side = |mode| Cipher::Block { mode, iv: None };
    let task = |incoming, outgoing| Task::ReEncrypt {
        incoming: side(incoming),
        outgoing: side(outgoing),
        ciphertext: vec![7; BYTES],
        track: None,
    };
    let one = price(Mode::Cfb1);
    let both = price_ns(&task(Mode::Cfb1, Mode::Cfb1), 0);
    assert!(both > one / 10 * 19, "{both} of {one}");
    assert_eq!(
        price_ns(&task(Mode::Cbc, Mode::Cfb1), 0),
        price_ns(&task(Mode::Cfb1, Mode::Cbc), 0)
    );
    assert!(price_ns(&task(Mode::Cbc, Mode::Cbc), 2) > price_ns(&task(Mode::Cbc, Mode::Cbc), 0));
}
