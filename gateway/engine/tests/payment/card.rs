//! Card verification values and chip cards.

use typex_engine::payment::cipher;
use typex_engine::payment::emv::{
    self, Cryptogram, DerivationOption, MacKey, PanSequence, PinChange, PinLayout, ScriptStyle,
    SessionKey,
};
use typex_engine::payment::limits::CARD_KEY_DATA_BYTES_MIN;
use typex_engine::payment::mac::{MacWith, Padding, generate};
use typex_engine::payment::pin_block::{self, EncryptedPin, Fill, Format};
use typex_engine::payment::validation_value::{
    Card, DynamicCard, card_value, cvc3, cvc3_iv, verify_card_value, verify_cvc3,
};
use typex_engine::payment::{Digits, Error, Key, Pin, set_odd_parity};

use crate::harness::{Fields, Vector, alone, hex, upper};

fn shown(digits: &Digits) -> String {
    String::from_utf8(digits.ascii().expose().clone()).unwrap()
}

pub(crate) fn static_value(vector: &Vector) {
    let (key, pan) = (vector.input.tdes("cvk"), vector.input.pan());
    let expiry = vector.input.text("expiry").as_bytes().try_into().unwrap();
    let service_code = vector.input.text("service_code").as_bytes().try_into().unwrap();
    let card = Card { pan: &pan, expiry, service_code };
    for (digits, name) in [(3, "cvv"), (4, "cvv_len4"), (5, "cvv_len5")] {
        let value = alone!(card_value(&key, &card, digits)).unwrap();
        assert_eq!(shown(&value), vector.output.text(name));
        assert_eq!(alone!(verify_card_value(&key, &card, &value)), Ok(()));
        let mut wrong = value.ascii().expose().clone();
        wrong[digits - 1] ^= 1;
        let wrong = Digits::parse(&wrong).unwrap();
        let refused = alone!(verify_card_value(&key, &card, &wrong));
        assert_eq!(refused, Err(Error::InvalidValidationData));
    }
    assert_eq!(alone!(card_value(&key, &card, 2)).err(), Some(Error::InvalidInput));
    assert_eq!(alone!(card_value(&key, &card, 6)).err(), Some(Error::InvalidInput));
    let letters = Card { service_code: b"10A", ..card };
    assert_eq!(alone!(card_value(&key, &letters, 3)).err(), Some(Error::InvalidInput));
}

fn atc(fields: &Fields) -> u16 {
    u16::from_be_bytes(fields.array("atc"))
}

pub(crate) fn dynamic_value(vector: &Vector) {
    let key = vector.input.tdes("icc_cvc3_key");
    let template = vector.input.hex("track2_template");
    let unpredictable_number = vector.input.array("un");
    let card =
        DynamicCard { track_template: &template, unpredictable_number, atc: atc(&vector.input) };
    assert_eq!(upper(alone!(cvc3_iv(&key, &template)).unwrap()), vector.output.text("iv_cvc3"));
    let value = alone!(cvc3(&key, &card)).unwrap();
    assert_eq!(shown(&value), vector.output.text("cvc3_5_digits"));
    for from in 0..=2 {
        let last = Digits::parse(&value.ascii().expose()[from..]).unwrap();
        assert_eq!(alone!(verify_cvc3(&key, &card, &last)), Ok(()));
    }
    let wrong = Digits::parse(b"868").unwrap();
    assert_eq!(alone!(verify_cvc3(&key, &card, &wrong)), Err(Error::InvalidValidationData));
    let short = Digits::parse(b"69").unwrap();
    assert_eq!(alone!(verify_cvc3(&key, &card, &short)), Err(Error::InvalidInput));
}

pub(crate) fn master_key(vector: &Vector) {
    let (issuer, pan) = (vector.input.tdes("imk"), vector.input.pan());
    let sequence = PanSequence::new(vector.input.text("psn").parse().unwrap()).unwrap();
    for (option, name) in [(DerivationOption::A, "option_a"), (DerivationOption::B, "option_b")] {
        let key = alone!(emv::master_key(&issuer, &pan, sequence, option)).unwrap();
        assert_eq!(upper(key.expose()), vector.output.text(name));
    }
}

pub(crate) fn session_key(vector: &Vector) {
    let card = vector.input.tdes("icc_mk");
    let (atc, unpredictable_number) = (atc(&vector.input), vector.input.array("un"));
    for (derivation, name) in [
        (SessionKey::Common { atc }, "emv_common_sk"),
        (SessionKey::Mastercard { atc, unpredictable_number }, "mastercard_skd"),
        (SessionKey::Emv2000 { atc }, "emv2000_tree_sk"),
    ] {
        let key = alone!(emv::session_key(&card, derivation)).unwrap();
        assert_eq!(upper(key.expose()), vector.output.text(name));
    }
    let master = alone!(emv::session_key(&card, SessionKey::Master)).unwrap();
    assert!(bool::from(master.ct_eq(&card)));
}

pub(crate) fn cryptogram(vector: &Vector) {
    let data = vector.input.hex("data");
    for (key, padding, name) in [
        ("session_key", Padding::Bit, "arqc_pad2_session_key"),
        ("icc_mk", Padding::Zeros, "arqc_pad1_master_key_cvn10"),
    ] {
        let key = vector.input.tdes(key);
        let with = MacKey { key: &key, padding };
        let cryptogram = alone!(with.cryptogram(&data)).unwrap();
        assert_eq!(upper(cryptogram.0), vector.output.text(name));
        assert!(alone!(with.verify(&data, cryptogram)).is_ok());
        let wrong = alone!(with.verify(&data[1..], cryptogram)).err();
        assert_eq!(wrong, Some(Error::InvalidAuthRequestCryptogram));
    }
}

/// The answer to the cryptogram of another row, as there is none to one that was not verified.
pub(crate) fn response(vector: &Vector) {
    let request = Vector::by_id("emv-arqc-1");
    let key = vector.input.tdes("session_key");
    let with = MacKey { key: &key, padding: Padding::Bit };
    let cryptogram = Cryptogram(vector.input.array("arqc"));
    let verified = alone!(with.verify(&request.input.hex("data"), cryptogram)).ok().unwrap();
    let answer = alone!(verified.respond(vector.input.array("arc"))).unwrap();
    assert_eq!(upper(answer), vector.output.text("method1"));
    let (status, own) = (vector.input.array("csu"), vector.input.hex("prop_auth_data"));
    let answer = alone!(verified.respond_with_status(status, b"")).unwrap();
    assert_eq!(upper(answer), vector.output.text("method2"));
    let answer = alone!(verified.respond_with_status(status, &own)).unwrap();
    assert_eq!(upper(answer), vector.output.text("method2_with_prop"));
    let too_long = alone!(verified.respond_with_status(status, &[0; 9]));
    assert_eq!(too_long, Err(Error::InvalidInput));
}

#[test]
fn numbers_of_cards_have_two_digits() {
    assert!(PanSequence::new(99).is_ok());
    assert_eq!(PanSequence::new(100), Err(Error::InvalidInput));
}

/// The key of the rows of `vectors.json`.
fn card_key() -> Key {
    Key::tdes(&hex("C27AA72A0BB3B6F7CBA21C45F1C27F0D")).unwrap()
}

/// Over one block of the caller's choice a MAC under the card's own key is half of a session key.
#[test]
fn cryptograms_under_a_cards_own_key_give_no_session_key() {
    let key = card_key();
    let session = alone!(emv::session_key(&key, SessionKey::Common { atc: 0x001C })).unwrap();
    let halves = [hex("001CF00000000000"), hex("001C0F0000000000")].concat();
    let mut blocks = halves.clone();
    alone!(cipher::encrypt(&key, &cipher::Mode::Ecb, &mut blocks)).unwrap();
    set_odd_parity(&mut blocks);
    assert_eq!(blocks, session.expose());
    let with = MacKey { key: &key, padding: Padding::Zeros };
    for length in 0..CARD_KEY_DATA_BYTES_MIN {
        let data = halves.iter().copied().cycle().take(length).collect::<Vec<_>>();
        assert_eq!(alone!(with.cryptogram(&data)).err(), Some(Error::InvalidInput), "{length}");
        let verified = alone!(with.verify(&data, Cryptogram([0; 8]))).err();
        assert_eq!(verified, Some(Error::InvalidInput), "{length}");
    }
    assert!(alone!(with.cryptogram(&[0; CARD_KEY_DATA_BYTES_MIN])).is_ok());
}

/// Computed elsewhere by an independent program.
#[test]
fn keys_of_scripts_and_trees_are_those_of_others() {
    let cryptogram = hex("2792870153E59FC4").try_into().unwrap();
    for (derivation, expected) in [
        (SessionKey::OfCryptogram { cryptogram }, "DA586279572F1F622AE3FE1937702F19"),
        (SessionKey::VisaScript { atc: 0x001C }, "C27AA72A0BB3B6EACBA21C45F1C280EF"),
        (SessionKey::Emv2000 { atc: 0x0001 }, "9ED304169E4FA234045DF4105D6BD30B"),
        (SessionKey::Emv2000 { atc: 0xFFFF }, "7A5D19BCDF9B974502FD83920179F17C"),
        (SessionKey::Emv2000 { atc: 0x1234 }, "AD9438E6A22C4C7C08437529BA6D6BB3"),
        (SessionKey::Emv2000 { atc: 0x8001 }, "76081AF78FE9574F37B5101A75BA1AC7"),
    ] {
        let key = alone!(emv::session_key(&card_key(), derivation)).unwrap();
        assert_eq!(upper(key.expose()), expected, "{derivation:?}");
    }
}

/// Computed elsewhere by an independent program.
#[test]
fn scripts_are_those_of_others() {
    let key = Key::tdes(&hex("DA586279572F1F622AE3FE1937702F19")).unwrap();
    let mac = alone!(emv::script_mac(&key, &hex("8424000210001C2792870153E59FC4"), 8)).unwrap();
    assert_eq!(upper(mac), "95BF06FAAAD948A0");
    let data = hex("0102030405060708090A");
    for (style, expected) in [
        (ScriptStyle::Emv, "0C7076CDA6E9C52BEE95F46C704F965A"),
        (ScriptStyle::Mastercard, "0C7076CDA6E9C52BEE95F46C704F965A"),
        (ScriptStyle::Visa, "06B2F16441CEDFAF9A8151640BB6E195"),
    ] {
        assert_eq!(upper(alone!(emv::encrypt_script(&key, style, &data)).unwrap()), expected);
    }
}

#[test]
fn scripts_have_their_lengths() {
    let key = Key::tdes(&[9; 16]).unwrap();
    let length = |style, bytes: usize| {
        alone!(emv::encrypt_script(&key, style, &vec![1; bytes])).map(|encrypted| encrypted.len())
    };
    for (bytes, emv, mastercard, visa) in [(7, 8, 8, 16), (8, 16, 8, 16), (255, 256, 256, 264)] {
        assert_eq!(length(ScriptStyle::Emv, bytes), Ok(emv));
        assert_eq!(length(ScriptStyle::Mastercard, bytes), Ok(mastercard));
        assert_eq!(length(ScriptStyle::Visa, bytes), Ok(visa));
    }
    for bytes in [0, 256] {
        assert_eq!(length(ScriptStyle::Emv, bytes), Err(Error::InvalidInput));
    }
    let long = Key::tdes(&[9; 24]).unwrap();
    let refused = alone!(emv::encrypt_script(&long, ScriptStyle::Emv, &[1; 8]));
    assert_eq!(refused, Err(Error::KeyUsage));
}

/// A block under a key of PINs.
fn sent(key: &Key, pin: &str) -> Vec<u8> {
    let pin = Pin::parse(pin.as_bytes()).unwrap();
    alone!(pin_block::encrypt(key, Format::Iso1, &pin, None, &Fill::given([0; 16]))).unwrap()
}

fn opened_by<'a>(key: &'a Key, block: &'a [u8]) -> EncryptedPin<'a> {
    EncryptedPin { key, format: Format::Iso1, pan: None, block }
}

/// The blocks as others lay them out, encrypted here.
#[test]
fn new_pins_go_to_the_card_as_others_lay_them_out() {
    let (key, card) = (Key::tdes(&[9; 16]).unwrap(), card_key());
    let (smc, smi) = (Key::tdes(&[0x1C; 16]).unwrap(), Key::tdes(&[0x2D; 16]).unwrap());
    let (short, long, old) = (sent(&key, "1234"), sent(&key, "123456"), sent(&key, "9876"));
    let old = opened_by(&key, &old);
    let message = hex("8424000210001C2792870153E59FC4");
    let [alone, bound] = [None, Some(&old)].map(|current| PinLayout::Visa { card: &card, current });
    for (block, layout, style, expected) in [
        (&short, PinLayout::Format2, ScriptStyle::Emv, "241234FFFFFFFFFF"),
        (&short, alone, ScriptStyle::Visa, "041234FFF44C4908"),
        (&long, bound, ScriptStyle::Visa, "9E643456F44C4908"),
    ] {
        let pin = opened_by(&key, block);
        let change = PinChange {
            pin: &pin,
            layout,
            confidentiality: &smc,
            integrity: &smi,
            style,
            message: &message,
        };
        let changed = alone!(emv::pin_change(&change)).unwrap();
        assert_eq!(
            Ok(&changed.block),
            alone!(emv::encrypt_script(&smc, style, &hex(expected))).as_ref()
        );
        let with = MacWith::Iso3(&smi, Padding::Bit);
        let mac = alone!(generate(with, &[message.clone(), changed.block].concat(), 8));
        assert_eq!(Ok(changed.mac.to_vec()), mac);
    }
}

#[test]
fn new_pins_need_two_keys_and_sound_blocks() {
    let (key, other) = (Key::tdes(&[9; 16]).unwrap(), Key::tdes(&[8; 16]).unwrap());
    let (good, card) = (sent(&key, "1234"), card_key());
    let (good, broken) = (opened_by(&key, &good), opened_by(&key, &[0; 8]));
    let changed = |pin: &EncryptedPin<'_>, layout, integrity: &Key| {
        let (style, message) = (ScriptStyle::Emv, b"".as_slice());
        let change = PinChange { pin, layout, confidentiality: &key, integrity, style, message };
        alone!(emv::pin_change(&change)).map(|changed| changed.block.len())
    };
    assert_eq!(changed(&good, PinLayout::Format2, &other), Ok(16));
    assert_eq!(changed(&good, PinLayout::Format2, &key), Err(Error::KeyUsage));
    assert_eq!(changed(&broken, PinLayout::Format2, &other), Err(Error::InvalidPin));
    let current = PinLayout::Visa { card: &card, current: Some(&broken) };
    assert_eq!(changed(&good, current, &other), Err(Error::InvalidPin));
}
