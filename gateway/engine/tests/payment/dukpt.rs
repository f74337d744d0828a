//! Keys of transactions.

use std::collections::BTreeSet;

use proptest::prelude::*;
use typex_core::Secret;
use typex_engine::payment::cipher::{Mode, encrypt as encrypt_data};
use typex_engine::payment::dukpt::{CounterRule, Direction, Dukpt};
use typex_engine::payment::dukpt_aes::{self, KeyType, Usage};
use typex_engine::payment::dukpt_tdes::{self, Purpose};
use typex_engine::payment::mac::{Hash, MacWith, Padding, generate};
use typex_engine::payment::pin_block::{Fill, Format, encrypt};
use typex_engine::payment::{Algorithm, Error, Key};

use crate::harness::{Vector, alone, hex, upper};

const DATA: &[u8] = b"4012345678909D987";

/// A request under a base key, with keys of its own kind.
pub(crate) fn transaction<'a>(base: &'a Key, ksn: &'a [u8]) -> Dukpt<'a> {
    let key_type = KeyType::of(base).unwrap_or(KeyType::Tdes2);
    let (rule, direction) = (CounterRule::Strict, Direction::Request);
    Dukpt { base, ksn, rule, direction, key_type, devices: None }
}

fn tdes_ksn(vector: &Vector, rule: CounterRule) -> dukpt_tdes::Ksn {
    dukpt_tdes::Ksn::parse(&vector.input.hex("ksn"), rule).unwrap()
}

pub(crate) fn tdes_initial(vector: &Vector) {
    let ksn = tdes_ksn(vector, CounterRule::Any);
    let key = alone!(dukpt_tdes::initial_key(&vector.input.tdes("bdk"), &ksn)).unwrap();
    assert_eq!(upper(key.expose()), vector.output.text("ik"));
    let shorter = dukpt_tdes::Ksn::parse(&ksn.bytes()[2..], CounterRule::Any).unwrap();
    assert_eq!(shorter, ksn);
}

pub(crate) fn tdes_transaction(vector: &Vector) {
    let base = vector.input.tdes("bdk");
    let ksn = tdes_ksn(vector, CounterRule::Strict);
    let initial = alone!(dukpt_tdes::initial_key(&base, &ksn)).unwrap();
    let key = alone!(dukpt_tdes::transaction_key(&initial, &ksn)).unwrap();
    let out = &vector.output;
    assert_eq!(upper(key.expose()), out.text("txn_key"));
    let working = |purpose| alone!(dukpt_tdes::working_key(&key, purpose)).unwrap();
    assert_eq!(upper(working(Purpose::Pin).expose()), out.text("pin_key"));

    let fill = Fill::given([0; 16]);
    let (pin, pan) = (vector.input.pin(), vector.input.pan());
    let block =
        alone!(encrypt(&working(Purpose::Pin), Format::Iso0, &pin, Some(&pan), &fill)).unwrap();
    assert_eq!(upper(block), out.text("enc_pin_block_f0"));
    for (direction, name) in [(Direction::Request, "req"), (Direction::Response, "resp")] {
        let mac_key = working(Purpose::Mac(direction));
        assert_eq!(upper(mac_key.expose()), out.text(&format!("mac_{name}_key")));
        let retail = alone!(generate(MacWith::Iso3(&mac_key, Padding::Zeros), DATA, 4)).unwrap();
        assert_eq!(upper(retail), out.text(&format!("mac_{name}_alg3_pad1_4")));
        let cmac = alone!(generate(MacWith::Cmac(&mac_key), DATA, 8)).unwrap();
        assert_eq!(upper(cmac), out.text(&format!("cmac_{name}")));

        let data_key = working(Purpose::Data(direction));
        assert_eq!(upper(data_key.expose()), out.text(&format!("data_{name}_key")));
        let mut data = [DATA, &[0; 7]].concat();
        let iv = vector.input.hex("data_iv");
        alone!(encrypt_data(&data_key, &Mode::Cbc(&iv), &mut data)).unwrap();
        assert_eq!(upper(data), out.text(&format!("data_{name}_cbc")));
    }
}

pub(crate) fn advance(vector: &Vector) {
    let bytes = vector.input.hex("ksn");
    let next = match bytes.len() {
        12 => {
            let ksn = dukpt_aes::Ksn::parse(&bytes, CounterRule::Strict).unwrap();
            ksn.next().map(|next| next.bytes().to_vec())
        }
        _ => tdes_ksn(vector, CounterRule::Strict).next().map(|next| next.bytes().to_vec()),
    };
    assert_eq!(next.map(upper).as_deref(), vector.output.maybe("next_ksn"));
    assert_eq!(vector.output.maybe("error").is_none(), vector.output.maybe("next_ksn").is_some());
}

pub(crate) fn refused_ksn(vector: &Vector) {
    let bytes = vector.input.hex("ksn");
    let error = match vector.input.text("mode") {
        "TDES" => dukpt_tdes::Ksn::parse(&bytes, CounterRule::Strict).err(),
        "AES" => dukpt_aes::Ksn::parse(&bytes, CounterRule::Strict).err(),
        other => panic!("{other}"),
    };
    assert_eq!(error, vector.error());
}

pub(crate) fn aes_initial(vector: &Vector) {
    let base = vector.input.aes("bdk");
    let key = alone!(dukpt_aes::initial_key(&base, &vector.input.array("ikid"))).unwrap();
    assert_eq!(upper(key.expose()), vector.output.text("ik"));
}

fn usage(name: &str) -> Usage {
    match name {
        "KEK" => Usage::KeyEncryption,
        "PIN" => Usage::Pin,
        "MAC_GEN" => Usage::MacGenerate,
        "MAC_VER" => Usage::MacVerify,
        "MAC_BOTH" => Usage::MacBoth,
        "DATA_ENC" => Usage::DataEncrypt,
        "DATA_DEC" => Usage::DataDecrypt,
        "DATA_BOTH" => Usage::DataBoth,
        other => panic!("{other}"),
    }
}

fn key_type(name: &str) -> KeyType {
    match name {
        "2TDEA" => KeyType::Tdes2,
        "3TDEA" => KeyType::Tdes3,
        "AES128" => KeyType::Aes128,
        "AES192" => KeyType::Aes192,
        "AES256" => KeyType::Aes256,
        "HMAC128" => KeyType::Hmac128,
        "HMAC256" => KeyType::Hmac256,
        other => panic!("{other}"),
    }
}

pub(crate) fn aes_transaction(vector: &Vector) {
    let (base, bytes) = (vector.input.aes("bdk"), vector.input.hex("ksn"));
    // The published rows include a counter of seventeen ones.
    let ksn = dukpt_aes::Ksn::parse(&bytes, CounterRule::Any).unwrap();
    let initial = alone!(dukpt_aes::initial_key(&base, ksn.initial_key_id())).unwrap();
    let key = alone!(dukpt_aes::transaction_key(&initial, &ksn)).unwrap();
    assert_eq!(upper(key.expose()), vector.output.text("txn_key"));
    let working = |name: &str| {
        let (of, kind) = name.split_once('/').unwrap();
        alone!(dukpt_aes::working_key(&key, &ksn, usage(of), key_type(kind))).unwrap()
    };
    let keys = vector.output.inner("working_keys");
    assert!(keys.pairs().len() >= 25);
    for (name, expected) in keys.pairs() {
        assert_eq!(upper(working(name).expose()), expected, "{name}");
    }
    let mut others = 0;
    for (name, expected) in vector.output.pairs() {
        if let Some(name) = name.strip_prefix("cmac8_of_4012345678909D987/") {
            let key = Key::aes(working(name).expose()).unwrap();
            assert_eq!(
                upper(alone!(generate(MacWith::Cmac(&key), DATA, 8)).unwrap()),
                expected,
                "{name}"
            );
            others += 1;
        } else if let Some(kind) = name.strip_prefix("enc_pin_block_f4/") {
            assert_eq!(pin_block_4(vector, &working(&format!("PIN/{kind}"))), expected, "{kind}");
            others += 1;
        }
    }
    assert!(others >= 3);
}

fn pin_block_4(vector: &Vector, key: &Secret<Vec<u8>>) -> String {
    let random: [u8; 8] = vector.input.array("pin_random");
    let fill = Fill::given(std::array::from_fn(|at| random[at / 2] >> (4 - 4 * (at % 2)) & 0xF));
    let (pin, pan) = (vector.input.pin(), vector.input.pan());
    let key = Key::aes(key.expose()).unwrap();
    upper(alone!(encrypt(&key, Format::Iso4, &pin, Some(&pan), &fill)).unwrap())
}

pub(crate) fn aes_update(vector: &Vector) {
    let initial = Secret::new(vector.input.hex("ik"));
    assert_eq!(vector.input.text("counter"), "FFFFFFFF");
    let wanted = key_type(vector.input.text("type"));
    let key = alone!(dukpt_aes::update_key(&initial, &vector.input.array("ikid"), wanted)).unwrap();
    assert_eq!(upper(key.expose()), vector.output.text("update_key"));
}

#[test]
fn no_key_is_stronger_than_its_base() {
    let ksn = dukpt_aes::Ksn::parse(&hex("123456789012345600000001"), CounterRule::Strict).unwrap();
    for base in [16, 24, 32] {
        let transaction = Secret::new(vec![0x5A; base]);
        for key_type in KeyType::ALL {
            let key = alone!(dukpt_aes::working_key(&transaction, &ksn, Usage::MacBoth, key_type));
            let is_tdes = key_type.cipher() == Some(Algorithm::Tdes);
            let expected = (is_tdes || key_type.bytes() <= base).then_some(key_type.bytes());
            assert_eq!(key.map(|key| key.expose().len()).ok(), expected, "{base} {key_type:?}");
            let data =
                alone!(dukpt_aes::working_key(&transaction, &ksn, Usage::DataBoth, key_type));
            let is_hmac = key_type.cipher().is_none();
            assert_eq!(data.is_ok(), expected.is_some() && !is_hmac, "{base} {key_type:?}");
        }
    }
}

#[test]
fn every_usage_and_direction_has_a_key_of_its_own() {
    let (tdes, aes) = (Key::tdes(&[7; 16]).unwrap(), Key::aes(&[7; 16]).unwrap());
    let (short, long) = (hex("FFFF9876543210E00005"), hex("123456789012345600000005"));
    for (base, ksn) in [(&tdes, &short), (&aes, &long)] {
        let mut keys = Vec::new();
        for direction in [Direction::Request, Direction::Response, Direction::Both] {
            let of = Dukpt { direction, ..transaction(base, ksn) };
            keys.push(alone!(of.mac_key()).unwrap().expose().to_vec());
            keys.push(alone!(of.data_key()).unwrap().expose().to_vec());
            keys.push(alone!(of.pin_key()).unwrap().expose().to_vec());
            assert_eq!(
                alone!(of.data_key_without_step()).is_ok(),
                base.algorithm() == Algorithm::Tdes
            );
            assert_eq!(alone!(of.hmac_key(Hash::Sha256)).err(), Some(Error::KeyUsage));
        }
        let pin_keys = keys.iter().filter(|key| **key == keys[2]).count();
        assert_eq!(pin_keys, 3, "a PIN key has no direction");
        keys.sort();
        keys.dedup();
        // Triple DES knows no key for both directions: it is that of requests.
        assert_eq!(keys.len(), if base.algorithm() == Algorithm::Tdes { 5 } else { 7 });
    }
    let hmac = Dukpt { key_type: KeyType::Hmac128, ..transaction(&aes, &long) };
    assert_eq!(alone!(hmac.hmac_key(Hash::Sha256)).unwrap().expose().len(), 16);
    assert_eq!(alone!(hmac.pin_key()).err(), Some(Error::KeyUsage));
}

#[test]
fn base_keys_and_serial_numbers_must_fit() {
    let (two, three) = (Key::tdes(&[7; 16]).unwrap(), Key::tdes(&[7; 24]).unwrap());
    let aes = Key::aes(&[7; 16]).unwrap();
    let (short, long) = (hex("FFFF9876543210E00005"), hex("123456789012345600000005"));
    assert_eq!(alone!((transaction(&three, &short)).pin_key()).err(), Some(Error::KeyUsage));
    assert_eq!(alone!((transaction(&two, &long)).pin_key()).err(), Some(Error::InvalidKsn));
    assert_eq!(alone!((transaction(&aes, &short)).pin_key()).err(), Some(Error::InvalidKsn));
    assert_eq!(alone!((transaction(&two, b"")).pin_key()).err(), Some(Error::InvalidKsn));
    let other = Dukpt { key_type: KeyType::Aes128, ..transaction(&two, &short) };
    assert_eq!(alone!(other.pin_key()).err(), Some(Error::KeyUsage));
}

/// Across the counters where many bits change at once.
#[test]
fn no_two_transactions_share_a_key() {
    let (tdes, aes) = (Key::tdes(&[7; 16]).unwrap(), Key::aes(&[7; 16]).unwrap());
    let mut seen = BTreeSet::new();
    for start in ["FFFF9876543210E003FD", "FFFF9876543210E007FA", "FFFF9876543210EFF7FE"] {
        let mut ksn = dukpt_tdes::Ksn::parse(&hex(start), CounterRule::Any).unwrap();
        for _ in 0..6 {
            ksn = ksn.next().unwrap();
            let of = transaction(&tdes, ksn.bytes());
            assert!(
                seen.insert(alone!(of.pin_key()).unwrap().expose().to_vec()),
                "{}",
                upper(ksn.bytes())
            );
        }
    }
    for start in
        ["12345678901234560000FFFD", "12345678901234560001FFFC", "1234567890123456FFFE4000"]
    {
        let mut ksn = dukpt_aes::Ksn::parse(&hex(start), CounterRule::Any).unwrap();
        for _ in 0..2 {
            ksn = ksn.next().unwrap();
            let bytes = ksn.bytes();
            let of = transaction(&aes, &bytes);
            assert!(
                seen.insert(alone!(of.pin_key()).unwrap().expose().to_vec()),
                "{}",
                upper(bytes)
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counters_of_devices_skip_only_what_has_too_many_ones(counter in 1_u32..0x1F_FFFF) {
        let [_, a, b, c] = (counter | 0xE0_0000).to_be_bytes();
        let serial = [0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, a, b, c];
        let ksn = dukpt_tdes::Ksn::parse(&serial, CounterRule::Any).unwrap();
        prop_assert_eq!(ksn.counter(), counter);
        let strict = dukpt_tdes::Ksn::parse(&serial, CounterRule::Strict);
        prop_assert_eq!(strict.is_ok(), counter.count_ones() <= 10);
        let expected = (counter + 1..=0x1F_FFFF).find(|next| next.count_ones() <= 10);
        prop_assert_eq!(ksn.next().map(|next| next.counter()), expected);
        prop_assert_eq!(ksn.next().is_none_or(|next| next.device() == ksn.device()), true);
    }

    #[test]
    fn counters_of_aes_devices_skip_only_what_has_too_many_ones(
        high in any::<u16>(),
        low in prop_oneof![0_u32..8, 0xFFF0_u32..0x1_0000],
    ) {
        let counter = u32::from(high) << 16 | low;
        let serial = [[0x12; 8].as_slice(), &counter.to_be_bytes()].concat();
        let ksn = dukpt_aes::Ksn::parse(&serial, CounterRule::Any).unwrap();
        let strict = dukpt_aes::Ksn::parse(&serial, CounterRule::Strict);
        prop_assert_eq!(strict.is_ok(), (1..=16).contains(&counter.count_ones()));
        let near = counter.checked_add(1).map_or(0..=0, |next| next..=next | 0x1_FFFF);
        let expected = near.clone().find(|next| (1..=16).contains(&next.count_ones()));
        match ksn.next() {
            Some(next) => {
                prop_assert!(next.counter() > counter && next.counter().count_ones() <= 16);
                prop_assert!(expected.is_none_or(|expected| expected == next.counter()));
            }
            None => prop_assert!(expected.is_none() || *near.start() == 0),
        }
    }
}
