//! PIN blocks, their translation, PINs verified.

use proptest::prelude::*;
use typex_core::Secret;
use typex_engine::payment::pin_block::{
    EncryptedPin, Fill, Format, clear_block as clear, decode, decrypt, encrypt, pan_field as field,
    pin_field,
};
use typex_engine::payment::pin_translate::{Outgoing, Rule, rule, rule_with_pan, translate};
use typex_engine::payment::pin_verify::{DecimalisationTable, Ibm3624, ValidationData, VisaPvv};
use typex_engine::payment::{Algorithm, Digits, Error, Key, Pan, Pin};

use crate::dukpt::transaction;
use crate::harness::{Fields, Vector, alone, hex, key, upper};

fn format_of(op: &str) -> Format {
    let number = op.strip_prefix("pinblock.f").unwrap().as_bytes()[0] - b'0';
    Format::from_number(number).unwrap()
}

/// A fill from the digits that stand behind a PIN.
fn filled(pin: &Pin, digits: &str) -> Fill {
    let mut nibbles = [0xF; 16];
    for (place, digit) in (usize::from(pin.length()) - 4..).zip(digits.chars()) {
        nibbles[place] = digit.to_digit(16).unwrap() as u8;
    }
    Fill::given(nibbles)
}

/// A fill of all sixteen nibbles.
fn random_half(bytes: &[u8]) -> Fill {
    Fill::given(std::array::from_fn(|at| bytes[at / 2] >> (4 - 4 * (at % 2)) & 0xF))
}

fn none() -> Fill {
    Fill::given([0; 16])
}

pub(crate) fn clear_block(vector: &Vector) {
    let (format, pin) = (format_of(&vector.op), vector.input.pin());
    let pan = vector.input.maybe("pan").map(|_| vector.input.pan());
    let fill = filled(&pin, vector.input.maybe("fill").unwrap_or_default());
    let block = clear(format, &pin, pan.as_ref(), &fill).unwrap();
    assert_eq!(upper(block.expose()), vector.output.text("block"));
    assert!(bool::from(decode(format, pan.as_ref(), &block).unwrap().ct_eq(&pin)));
}

pub(crate) fn block_4(vector: &Vector) {
    let (pin, pan) = (vector.input.pin(), vector.input.pan());
    let (key, fill) = (vector.input.aes("key"), random_half(&vector.input.hex("random")));
    let half = pin_field(&pin, &fill).unwrap();
    assert_eq!(upper(half.expose()), vector.output.text("pin_field"));
    assert_eq!(upper(field(&pan).expose()), vector.output.text("pan_field"));
    let rounds = typex_kernels::RoundKeys::boxed(key.expose()).unwrap();
    let mut once = *half.expose();
    typex_kernels::ecb_encrypt(&rounds, &mut once).unwrap();
    assert_eq!(upper(once), vector.output.text("intermediate_a"));
    let block = alone!(encrypt(&key, Format::Iso4, &pin, Some(&pan), &fill)).unwrap();
    assert_eq!(upper(&block), vector.output.text("block"));
    let back = EncryptedPin { key: &key, format: Format::Iso4, pan: Some(&pan), block: &block };
    assert!(bool::from(alone!(decrypt(&back)).unwrap().ct_eq(&pin)));
}

pub(crate) fn pan_field(vector: &Vector) {
    let pan = Pan::parse_any_length(vector.input.text("pan").as_bytes()).unwrap();
    assert_eq!(upper(field(&pan).expose()), vector.output.text("pan_field"));
}

pub(crate) fn refused_block(vector: &Vector) {
    let (format, pan) = (format_of(&vector.op), vector.input.pan());
    let block = Secret::new(vector.input.array("block"));
    assert_eq!(decode(format, Some(&pan), &block).err(), vector.error());
}

fn format(fields: &Fields, name: &str) -> Format {
    Format::from_number(fields.number(name) as u8).unwrap()
}

pub(crate) fn translation(vector: &Vector) {
    let input = &vector.input;
    let (from, to) = (format(input, "in_format"), format(input, "out_format"));
    if vector.output.maybe("block").is_none() {
        let refused = rule_with_pan(from, to, input.flag("pan_changes")) == Rule::Refused;
        assert_eq!(!refused, vector.output.flag("allowed"));
        return;
    }
    let incoming = match input.maybe("in_bdk") {
        Some(_) => {
            let algorithm = if input.maybe("in_type").is_some() { "AES" } else { "TDES" };
            let base = key(algorithm, &input.hex("in_bdk"));
            alone!((transaction(&base, &input.hex("in_ksn"))).pin_key()).unwrap()
        }
        None => key(input.text("in_alg"), &input.hex("in_key")),
    };
    let (pan, block) = (input.pan(), input.hex("block"));
    let fill = match (input.maybe("out_fill"), input.maybe("out_random")) {
        (Some(digits), _) => filled(&Pin::parse(b"1234").unwrap(), digits),
        (_, Some(bytes)) => random_half(&hex(bytes)),
        _ => none(),
    };
    let key = key(input.text("out_alg"), &input.hex("out_key"));
    let incoming = EncryptedPin { key: &incoming, format: from, pan: Some(&pan), block: &block };
    let outgoing = Outgoing { key: &key, format: to, pan: Some(&pan), fill: &fill };
    assert_eq!(
        upper(alone!(translate(&incoming, &outgoing)).unwrap()),
        vector.output.text("block")
    );
}

/// A PIN in a block, as callers have it.
struct Sent {
    key: Key,
    block: Vec<u8>,
}

impl Sent {
    fn of(pin: &Pin) -> Self {
        let key = Key::tdes(&[0x5B; 16]).unwrap();
        let block = alone!(encrypt(&key, Format::Iso1, pin, None, &none())).unwrap();
        Self { key, block }
    }

    fn pin(&self) -> EncryptedPin<'_> {
        EncryptedPin { key: &self.key, format: Format::Iso1, pan: None, block: &self.block }
    }
}

fn digits(text: &str) -> Digits {
    Digits::parse(text.as_bytes()).unwrap()
}

fn shown(digits: &Digits) -> String {
    String::from_utf8(digits.ascii().expose().clone()).unwrap()
}

pub(crate) fn ibm3624(vector: &Vector) {
    let (key, pin) = (vector.input.tdes("pvk"), vector.input.pin());
    let table = vector.input.text("decimalization_table");
    let table = DecimalisationTable::parse(table.as_bytes()).unwrap();
    let padded = vector.input.text("validation_data_padded");
    let number = padded.trim_end_matches(|pad: char| !pad.is_ascii_digit());
    let pad = padded.as_bytes()[15];
    let validation = ValidationData::parse(number.as_bytes(), pad).unwrap();
    let with = Ibm3624 { key: &key, table: &table, validation: &validation };

    let offset = alone!(with.offset(&Sent::of(&pin).pin())).unwrap();
    assert_eq!(shown(&offset), vector.output.text("offset"));
    let natural = Pin::parse(vector.output.text("natural_pin").as_bytes()).unwrap();
    assert!(bool::from(alone!(with.natural_pin(pin.length())).unwrap().ct_eq(&natural)));
    assert!(bool::from(alone!(with.pin_of(&offset)).unwrap().ct_eq(&pin)));
    assert_eq!(alone!(with.verify(&Sent::of(&pin).pin(), &offset)), Ok(()));
    let other = Pin::parse(b"99120").unwrap();
    for wrong in [&other, &natural] {
        assert_eq!(alone!(with.verify(&Sent::of(wrong).pin(), &offset)), Err(Error::InvalidPin));
    }
}

pub(crate) fn visa_pvv(vector: &Vector) {
    let (key, pin, pan) = (vector.input.tdes("pvk"), vector.input.pin(), vector.input.pan());
    let key_index = vector.input.text("pvki").parse().unwrap();
    let with = VisaPvv { key: &key, pan: &pan, key_index };
    let value = alone!(with.value(&Sent::of(&pin).pin())).unwrap();
    assert_eq!(shown(&value), vector.output.text("pvv"));
    assert_eq!(alone!(with.verify(&Sent::of(&pin).pin(), &value)), Ok(()));
    let wrong = digits("1358");
    assert_eq!(alone!(with.verify(&Sent::of(&pin).pin(), &wrong)), Err(Error::InvalidPin));
}

#[test]
fn tables_that_tell_digits_are_refused() {
    let is_refused = |table: &[u8]| DecimalisationTable::parse(table) == Err(Error::InvalidInput);
    assert!(DecimalisationTable::parse(b"8351296477461538").is_ok());
    assert!(is_refused(b"0000000000000001"));
    assert!(is_refused(b"0123456012345601") && is_refused(b"0000012345678912"));
    assert!(is_refused(b"012345678901234") && is_refused(b"01234567890123AB"));
}

#[test]
fn rules_are_those_of_the_table() {
    let expected = [
        [true, false, true, true],
        [true, true, true, true],
        [true, false, true, true],
        [true, false, true, true],
    ];
    for (from, row) in Format::ALL.into_iter().zip(expected) {
        for (to, permitted) in Format::ALL.into_iter().zip(row) {
            assert_eq!(rule(from, to) != Rule::Refused, permitted, "{from:?} {to:?}");
            let loses_aes = permitted && from == Format::Iso4 && to != Format::Iso4;
            assert_eq!(rule(from, to) == Rule::Downgrade, loses_aes, "{from:?} {to:?}");
            let with_another = rule_with_pan(from, to, true);
            assert_eq!(with_another == Rule::Refused, from != Format::Iso1, "{from:?} {to:?}");
        }
    }
    assert_eq!(Format::from_number(2), Err(Error::InvalidInput));
}

#[test]
fn a_block_that_does_not_decode_verifies_as_a_wrong_pin() {
    let (key, pan) = (Key::tdes(&[0x5B; 16]).unwrap(), Pan::parse(b"4999988887777000").unwrap());
    let broken = EncryptedPin { key: &key, format: Format::Iso0, pan: Some(&pan), block: &[9; 8] };
    let table = DecimalisationTable::parse(b"0123456789012345").unwrap();
    let validation = ValidationData::parse(b"4999", b'F').unwrap();
    let ibm = Ibm3624 { key: &key, table: &table, validation: &validation };
    assert_eq!(alone!(ibm.verify(&broken, &digits("1234"))), Err(Error::InvalidPin));
    assert_eq!(alone!(ibm.offset(&broken)).err(), Some(Error::InvalidPin));
    let visa = VisaPvv { key: &key, pan: &pan, key_index: 0 };
    assert_eq!(alone!(visa.verify(&broken, &digits("1234"))), Err(Error::InvalidPin));
    assert_eq!(alone!(visa.value(&broken)).err(), Some(Error::InvalidPin));
    let fill = none();
    let outgoing = Outgoing { key: &key, format: Format::Iso0, pan: Some(&pan), fill: &fill };
    assert_eq!(alone!(translate(&broken, &outgoing)), Err(Error::InvalidPin));
}

fn any_pin() -> impl Strategy<Value = String> {
    "[0-9]{4,12}"
}

fn any_pan() -> impl Strategy<Value = String> {
    "[0-9]{12,19}"
}

fn key_for(format: Format, seed: u8) -> Key {
    let bytes: Vec<u8> = (0..16).map(|at| seed.wrapping_mul(31).wrapping_add(at * 11)).collect();
    Key::new(format.algorithm(), &bytes).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_encrypted_decrypts(pin in any_pin(), pan in any_pan(), random in any::<[u8; 32]>()) {
        let random = Secret::new(random);
        let (pin, pan) = (Pin::parse(pin.as_bytes()).unwrap(), Pan::parse(pan.as_bytes()).unwrap());
        for format in Format::ALL {
            let (key, fill) = (key_for(format, 3), Fill::draw(format, &random).unwrap());
            let block = alone!(encrypt(&key, format, &pin, Some(&pan), &fill)).unwrap();
            prop_assert_eq!(block.len(), format.block_bytes());
            let back = EncryptedPin { key: &key, format, pan: Some(&pan), block: &block };
            prop_assert!(bool::from(alone!(decrypt(&back)).unwrap().ct_eq(&pin)));
        }
    }

    #[test]
    fn translated_pins_stay_the_same(
        pin in any_pin(),
        pan in any_pan(),
        random in any::<[u8; 32]>(),
    ) {
        let (pin, pan) = (Pin::parse(pin.as_bytes()).unwrap(), Pan::parse(pan.as_bytes()).unwrap());
        let random = Secret::new(random);
        for (from, to) in Format::ALL.into_iter().flat_map(|a| Format::ALL.map(|b| (a, b))) {
            let (one, two) = (key_for(from, 5), key_for(to, 6));
            let fill = Fill::draw(from, &random).unwrap();
            let block = alone!(encrypt(&one, from, &pin, Some(&pan), &fill)).unwrap();
            let bound = from.needs_pan().then_some(&pan);
            let incoming = EncryptedPin { key: &one, format: from, pan: bound, block: &block };
            let fill = Fill::draw(to, &random).unwrap();
            let outgoing = Outgoing { key: &two, format: to, pan: Some(&pan), fill: &fill };
            let translated = alone!(translate(&incoming, &outgoing));
            if rule(from, to) == Rule::Refused {
                prop_assert_eq!(translated, Err(Error::InvalidInput));
                continue;
            }
            let block = translated.unwrap();
            let back = EncryptedPin { key: &two, format: to, pan: Some(&pan), block: &block };
            prop_assert!(bool::from(alone!(decrypt(&back)).unwrap().ct_eq(&pin)));
        }
    }

    /// Every nibble of a clear block changed to every other value: another PIN at most, and only
    /// where a digit was changed to a digit or the length moves into a matching fill.
    #[test]
    fn changed_fields_are_refused_or_other_pins(pin in any_pin(), pan in any_pan()) {
        let (pin, pan) = (Pin::parse(pin.as_bytes()).unwrap(), Pan::parse(pan.as_bytes()).unwrap());
        let block = clear(Format::Iso0, &pin, Some(&pan), &none()).unwrap();
        let changes = (0..16).flat_map(|place| (1..16).map(move |change| (place, change)));
        for (place, change) in changes {
            let mut changed = block.clone();
            changed.expose_mut()[place / 2] ^= change << (4 - 4 * (place % 2));
            match decode(Format::Iso0, Some(&pan), &changed) {
                Ok(other) => {
                    prop_assert!((2..2 + usize::from(pin.length())).contains(&place));
                    prop_assert!(!bool::from(other.ct_eq(&pin)));
                }
                Err(error) => prop_assert_eq!(error, Error::InvalidPin),
            }
        }
    }
}

#[test]
fn keys_and_pans_must_fit_the_format() {
    let (pin, pan) = (Pin::parse(b"1234").unwrap(), Pan::parse(b"4012345678909").unwrap());
    let other = Pan::parse(b"4012345678917").unwrap();
    for format in Format::ALL {
        let key = key_for(format, 1);
        let fill = Fill::draw(format, &Secret::new([1; 32])).unwrap();
        let wrong = match key.algorithm() {
            Algorithm::Aes => Key::tdes(key.expose()),
            Algorithm::Tdes => Key::aes(key.expose()),
        }
        .unwrap();
        let encrypted = alone!(encrypt(&wrong, format, &pin, Some(&pan), &fill));
        assert_eq!(encrypted, Err(Error::KeyUsage));
        let block = alone!(encrypt(&key, format, &pin, Some(&pan), &fill)).unwrap();
        let without = alone!(encrypt(&key, format, &pin, None, &fill));
        assert_eq!(without.is_ok(), !format.needs_pan());
        let short = EncryptedPin { key: &key, format, pan: Some(&pan), block: &block[1..] };
        assert_eq!(alone!(decrypt(&short)).err(), Some(Error::InvalidInput));
        if format.needs_pan() {
            let incoming = EncryptedPin { key: &key, format, pan: Some(&pan), block: &block };
            let outgoing = Outgoing { key: &key, format, pan: Some(&other), fill: &fill };
            assert_eq!(alone!(translate(&incoming, &outgoing)), Err(Error::InvalidInput));
        }
    }
    let unfit = Fill::given([1; 16]);
    let block = clear(Format::Iso3, &pin, Some(&pan), &unfit);
    assert_eq!(block.err(), Some(Error::InvalidInput));
}
