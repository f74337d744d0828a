//! Payment jobs through the engine: pairs of modes, company, cards.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::Config;
use typex_abi::CardKind;
use typex_core::Secret;
use typex_core::error::{ErrorKind, Payment};
use typex_core::key::payment::{ModeOfUse, Usage};
use typex_core::op::payment::{
    Cipher, Done, Dukpt, Encrypted, Mode, Part, PinBlock, PinForm, Task,
};
use typex_engine::LoadedKey;
use typex_engine::payment::PaymentJob;

use crate::world::{MODES, World, job, load, of_transaction, stored};

const PAN: &[u8] = b"4012345678909";

fn data_key(is_aes: bool, bytes: &[u8]) -> Arc<LoadedKey> {
    load(Usage::DATA, ModeOfUse::Both, is_aes, bytes)
}

fn cipher(mode: Option<Mode>) -> Cipher {
    match mode {
        Some(mode) => Cipher::Block { mode, iv: None },
        None => Cipher::Gcm { aad: None, nonce: None, tag: None },
    }
}

/// As what was sealed so is opened.
fn opener(mode: Option<Mode>, sealed: &Encrypted) -> Cipher {
    match mode {
        Some(mode) => Cipher::Block { mode, iv: None },
        None => Cipher::Gcm { aad: None, nonce: sealed.nonce, tag: sealed.tag },
    }
}

fn encrypted(done: Result<Done, ErrorKind>) -> Encrypted {
    match done {
        Ok(Done::Encrypted(encrypted)) => encrypted,
        Ok(_) => panic!("another result"),
        Err(kind) => panic!("{kind:?}"),
    }
}

/// Every mode that the key has; none is GCM.
fn modes(is_aes: bool) -> Vec<Option<Mode>> {
    let has = |mode: &Mode| is_aes || !matches!(mode, Mode::Ctr | Mode::Cfb128);
    let modes = MODES.into_iter().filter(has).map(Some);
    modes.chain(is_aes.then_some(None)).collect()
}

fn encryption(key: &Arc<LoadedKey>, mode: Option<Mode>, clear: &[u8]) -> PaymentJob {
    let task = Task::Encrypt { cipher: cipher(mode), plaintext: Secret::new(clear.to_vec()) };
    job(task, vec![stored(Part::Data, key)], Some([1; 12]))
}

fn reencryption(
    (from, mode): (&Arc<LoadedKey>, Option<Mode>),
    (to, out): (&Arc<LoadedKey>, Option<Mode>),
    sealed: &Encrypted,
) -> PaymentJob {
    let task = Task::ReEncrypt {
        incoming: opener(mode, sealed),
        outgoing: cipher(out),
        ciphertext: sealed.ciphertext.clone(),
        track: None,
    };
    let keys = vec![stored(Part::Incoming, from), stored(Part::Outgoing, to)];
    job(task, keys, Some([2; 12]))
}

/// Opens what is under `key`.
fn clear(world: &World, key: &Arc<LoadedKey>, mode: Option<Mode>, sealed: &Encrypted) -> Vec<u8> {
    let task =
        Task::Decrypt { cipher: opener(mode, sealed), ciphertext: sealed.ciphertext.clone() };
    match world.one(job(task, vec![stored(Part::Data, key)], None)) {
        Ok(Done::Decrypted(clear)) => clear.expose().clone(),
        _ => panic!("not deciphered"),
    }
}

/// From every mode to every mode, in the order of the pairs.
fn reencrypt_all(world: &World, from: &Arc<LoadedKey>, to: &Arc<LoadedKey>, aes: (bool, bool)) {
    for mode in modes(aes.0) {
        for out in modes(aes.1) {
            // A block alone, so that ECB may go out and every mode takes it.
            let data = if out == Some(Mode::Ecb) && !aes.1 { vec![5; 8] } else { vec![5; 16] };
            let takes = |mode: Option<Mode>, is_aes: bool| {
                !matches!(mode, Some(Mode::Ecb | Mode::Cbc)) || !is_aes || data.len() == 16
            };
            if !takes(mode, aes.0) {
                continue;
            }
            let sealed = encrypted(world.one(encryption(from, mode, &data)));
            let moved = encrypted(world.one(reencryption((from, mode), (to, out), &sealed)));
            assert_eq!(clear(world, to, out, &moved), data, "{mode:?} to {out:?}");
        }
    }
}

#[test]
fn every_pair_of_modes_leaves_the_data_as_it_is() {
    let world = World::soft();
    for (from_aes, to_aes) in [(false, false), (false, true), (true, false), (true, true)] {
        let (from, to) = (data_key(from_aes, &[3; 16]), data_key(to_aes, &[4; 24]));
        reencrypt_all(&world, &from, &to, (from_aes, to_aes));
    }
}

fn pin_job(
    from: &Arc<LoadedKey>,
    to: &Arc<LoadedKey>,
    formats: [u8; 2],
    block: &[u8],
) -> PaymentJob {
    let form = |format| PinForm { format, pan: Some(Secret::new(PAN.to_vec())) };
    let task = Task::TranslatePin {
        incoming: PinBlock { form: form(formats[0]), block: block.to_vec() },
        outgoing: form(formats[1]),
    };
    job(task, vec![stored(Part::Incoming, from), stored(Part::Outgoing, to)], None)
}

fn pin_key(is_aes: bool, byte: u8) -> Arc<LoadedKey> {
    load(Usage::PIN, ModeOfUse::Both, is_aes, &[byte; 16])
}

fn block(done: Result<Done, ErrorKind>) -> Vec<u8> {
    match done {
        Ok(Done::PinBlock(block)) => block,
        _ => panic!("no block"),
    }
}

#[test]
fn a_translated_pin_comes_back() {
    use crate::harness::alone;
    use typex_engine::payment::pin_block::{Fill, Format, encrypt};
    use typex_engine::payment::{Key, Pan, Pin};
    let world = World::soft();
    let (pan, fill) = (Pan::parse(PAN).unwrap(), Fill::given([0; 16]));
    for digits in ["1234", "98765", "123456789012"] {
        let (key, pin) = (Key::tdes(&[1; 16]).unwrap(), Pin::parse(digits.as_bytes()).unwrap());
        let first = alone!(encrypt(&key, Format::Iso0, &pin, Some(&pan), &fill)).unwrap();
        let [terminal, host, other] = [pin_key(false, 1), pin_key(true, 2), pin_key(false, 3)];
        let in_aes = block(world.one(pin_job(&terminal, &host, [0, 4], &first)));
        let in_three = block(world.one(pin_job(&host, &other, [4, 3], &in_aes)));
        let again = block(world.one(pin_job(&other, &terminal, [3, 0], &in_three)));
        assert_eq!(again, first);
    }
}

/// A job of some kind, and what it is; the same whenever it is made.
fn mixed(seed: u8) -> PaymentJob {
    let base = load(Usage::BASE, ModeOfUse::Derive, false, &[seed | 1; 16]);
    let aes = data_key(true, &[seed; 32]);
    let ksn = vec![0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10, 0xe0, 0, seed % 7 + 1];
    let dukpt = Dukpt { ksn, key_type: None, direction: Default::default() };
    match seed % 5 {
        0 => encryption(&aes, Some(Mode::Cbc), &[seed; 48]),
        1 => pin_job(&pin_key(false, seed), &pin_key(false, 99), [0, 0], &[seed; 8]),
        2 => {
            let task = Task::ReEncrypt {
                incoming: cipher(Some(Mode::Cbc)),
                outgoing: cipher(None),
                ciphertext: vec![seed; 40],
                track: None,
            };
            let keys =
                vec![of_transaction(Part::Incoming, &base, dukpt), stored(Part::Outgoing, &aes)];
            job(task, keys, Some([seed; 12]))
        }
        3 => encryption(&data_key(false, &[seed; 24]), Some(Mode::Cfb8), &[seed; 21]),
        // Not of whole blocks.
        _ => encryption(&aes, Some(Mode::Cbc), &[seed; 47]),
    }
}

/// As text, since results have no equality: none of these holds a secret of anybody.
fn shown(done: Result<Done, ErrorKind>) -> String {
    match done {
        Ok(Done::Encrypted(encrypted)) => format!("{encrypted:?}"),
        Ok(Done::PinBlock(block)) => format!("{block:?}"),
        Ok(_) => panic!("another result"),
        Err(kind) => format!("{kind:?}"),
    }
}

proptest! {
    #![proptest_config(Config { cases: 12, ..Config::default() })]

    #[test]
    fn company_and_order_change_no_answer(seeds in prop::collection::vec(any::<u8>(), 1..90)) {
        let (alone, together) = (World::soft(), World::lanes());
        let expected: Vec<_> = seeds.iter().map(|seed| shown(alone.one(mixed(*seed)))).collect();
        let jobs = seeds.iter().map(|seed| mixed(*seed)).collect();
        let found: Vec<_> = together.run(jobs).into_iter().map(shown).collect();
        prop_assert_eq!(&found, &expected);
        let jobs = seeds.iter().rev().map(|seed| mixed(*seed)).collect();
        let found: Vec<_> = together.run(jobs).into_iter().rev().map(shown).collect();
        prop_assert_eq!(&found, &expected);
    }
}

/// A base key that has seen a device derives what one does that has not.
#[test]
fn devices_that_were_seen_have_the_same_keys() {
    let world = World::soft();
    for is_aes in [false, true] {
        let base = || load(Usage::BASE, ModeOfUse::Derive, is_aes, &[6, 9].repeat(8));
        let known = base();
        for counter in [1, 2, 3, 0x10, 3] {
            let prefix: &[u8] =
                if is_aes { &[0x12; 8] } else { &[0xff, 0xff, 0x98, 0x76, 0x54, 0x32, 0x10] };
            let ksn = if is_aes {
                [prefix, &[0, 0, 0, counter]].concat()
            } else {
                [prefix, &[0xe0, 0, counter]].concat()
            };
            let sealed = |base: &Arc<LoadedKey>| {
                let direction = Default::default();
                let dukpt = Dukpt { ksn: ksn.clone(), key_type: None, direction };
                let plaintext = Secret::new(vec![7; 32]);
                let task = Task::Encrypt { cipher: cipher(Some(Mode::Cbc)), plaintext };
                let keys = vec![of_transaction(Part::Data, base, dukpt)];
                encrypted(world.one(job(task, keys, None)))
            };
            assert_eq!(sealed(&known), sealed(&base()), "{counter}");
        }
    }
}

/// Between AES keys in the modes that a card has, also of transactions.
fn for_card(world: &World) {
    let (from, to) = (data_key(true, &[3; 16]), data_key(true, &[4; 32]));
    let outgoing = [Some(Mode::Cbc), None, Some(Mode::Ctr)];
    let mut count = 0;
    for mode in outgoing.into_iter().chain([Some(Mode::Ecb)]) {
        for out in outgoing {
            let data = vec![9; 64];
            let sealed = encrypted(world.one(encryption(&from, mode, &data)));
            for _ in 0..2 {
                let moved = encrypted(world.one(reencryption((&from, mode), (&to, out), &sealed)));
                assert_eq!(clear(world, &to, out, &moved), data, "{mode:?} to {out:?}");
                count += 1;
            }
            if mode.is_none() {
                let mut forged = sealed.clone();
                forged.ciphertext[0] ^= 1;
                let refused = world.one(reencryption((&from, mode), (&to, out), &forged));
                assert_eq!(refused.err(), Some(ErrorKind::VerifyFailed));
                count += 1;
            }
        }
    }
    let base = load(Usage::BASE, ModeOfUse::Derive, true, &[6; 16]);
    let ksn = [&[0x12; 8][..], &[0, 0, 0, 9]].concat();
    let dukpt = || Dukpt { ksn: ksn.clone(), key_type: None, direction: Default::default() };
    let task =
        Task::Encrypt { cipher: cipher(Some(Mode::Cbc)), plaintext: Secret::new(vec![8; 32]) };
    let keys = vec![of_transaction(Part::Data, &base, dukpt())];
    let sealed = encrypted(world.one(job(task, keys, None)));
    let mut moving = reencryption((&base, Some(Mode::Cbc)), (&to, None), &sealed);
    moving.keys[0].dukpt = Some(dukpt());
    let moved = encrypted(world.one(moving));
    assert_eq!(clear(world, &to, None, &moved), [8; 32]);
    assert_eq!(world.on_card_count(), count + 1);
}

#[test]
fn cards_reencrypt_between_aes_keys() {
    for kind in [CardKind::Model, CardKind::Rtl] {
        match World::on_card(kind) {
            Some(world) => for_card(&world),
            None => println!("SKIPPED: {}, which needs the feature `cosim`", kind.name()),
        }
    }
}

/// A card counts in the low 32 bits of a counter, payments in all of them. Where the two differ,
/// software does it.
#[test]
fn counters_that_run_over_are_softwares() {
    let world = World::on_card(CardKind::Model).unwrap();
    let (from, to) = (data_key(true, &[3; 16]), data_key(true, &[4; 32]));
    let counter = |low: u32| [&[0xff; 12][..], &low.to_be_bytes()].concat();
    let mode = |low| Cipher::Block { mode: Mode::Ctr, iv: Some(counter(low)) };
    let encrypt = |low, key| {
        let task = Task::Encrypt { cipher: mode(low), plaintext: Secret::new(vec![9; 33]) };
        encrypted(world.one(job(task, vec![stored(Part::Data, key)], None))).ciphertext
    };
    for (low, on_card) in [(u32::MAX - 2, 1), (u32::MAX - 1, 0), (u32::MAX, 0)] {
        for (first, second) in [(low, 7), (7, low)] {
            let (incoming, outgoing) = (mode(first), mode(second));
            let (ciphertext, expected) = (encrypt(first, &from), encrypt(second, &to));
            let task = Task::ReEncrypt { incoming, outgoing, ciphertext, track: None };
            let keys = vec![stored(Part::Incoming, &from), stored(Part::Outgoing, &to)];
            let before = world.on_card_count();
            let moved = encrypted(world.one(job(task, keys, None)));
            assert_eq!(moved.ciphertext, expected, "{low:#x}");
            assert_eq!(world.on_card_count() - before, on_card, "{low:#x}");
        }
    }
}

#[test]
fn steps_that_a_card_does_not_list_are_softwares() {
    let world = World::on_older_card();
    let (from, to) = (data_key(true, &[3; 16]), data_key(true, &[4; 32]));
    let (cbc, ctr, ecb) = (Some(Mode::Cbc), Some(Mode::Ctr), Some(Mode::Ecb));
    for (mode, out, count) in [(cbc, ctr, 0), (ctr, cbc, 0), (ecb, cbc, 0), (cbc, cbc, 1)] {
        let sealed = encrypted(world.one(encryption(&from, mode, &[9; 32])));
        let moved = encrypted(world.one(reencryption((&from, mode), (&to, out), &sealed)));
        assert_eq!(clear(&world, &to, out, &moved), [9; 32], "{mode:?} to {out:?}");
        assert_eq!(world.on_card_count(), count, "{mode:?} to {out:?}");
    }
}

#[test]
fn what_a_card_has_no_program_for_is_softwares() {
    let world = World::on_card(CardKind::Model).unwrap();
    let (from, to) = (data_key(false, &[3; 16]), data_key(true, &[4; 24]));
    reencrypt_all(&world, &from, &to, (false, true));
    assert_eq!(world.on_card_count(), 0);
    let wrong = world.one(pin_job(&pin_key(false, 1), &pin_key(false, 2), [0, 0], &[7; 8]));
    assert_eq!(wrong.err(), Some(ErrorKind::Payment(Payment::Pin)));
}
