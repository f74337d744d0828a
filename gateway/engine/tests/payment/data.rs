//! Check values, components, MACs, modes.

use typex_core::Secret;
use typex_engine::payment::check_value::{CheckValue, Kind};
use typex_engine::payment::cipher::{
    Mode, Nonce, Segment, ZERO_IV, decrypt, encrypt, gcm_open, gcm_seal,
};
use typex_engine::payment::component::combine;
use typex_engine::payment::mac::{Hash, HmacKey, MacWith, Padding, generate, verify};
use typex_engine::payment::reencrypt::{
    Incoming, KeySource, Opening, Outgoing, Sealing, reencrypt,
};
use typex_engine::payment::{Algorithm, Error, Key};

use crate::dukpt::transaction;
use crate::harness::{Fields, Vector, alone, hex, key, upper};

fn hash(name: &str) -> Hash {
    match name.to_lowercase().trim_start_matches("hmac_") {
        "sha224" => Hash::Sha224,
        "sha256" => Hash::Sha256,
        "sha384" => Hash::Sha384,
        "sha512" => Hash::Sha512,
        other => panic!("{other}"),
    }
}

pub(crate) fn check_value(vector: &Vector) {
    let (algorithm, bytes) = (vector.input.text("alg"), vector.input.hex("key"));
    let mut checked = 0;
    if let Some(value) = vector.output.maybe("kcv_3") {
        let key = HmacKey::new(hash(algorithm), &bytes).unwrap();
        assert_eq!(upper(CheckValue::of_hmac(&key).bytes()), value);
        return;
    }
    let key = key(algorithm, &bytes);
    for (name, value) in vector.output.pairs() {
        let (kind, size) = name.split_once('_').unwrap();
        let kind = if kind == "cmac" { Kind::Cmac } else { Kind::Legacy };
        let computed = alone!(CheckValue::of(&key, kind, size.parse().unwrap())).unwrap();
        assert_eq!(upper(computed.bytes()), value, "{name}");
        assert!(computed.is(&hex(value)) && !computed.is(b"abc"));
        checked += 1;
    }
    assert_eq!(checked, 3);
    let usual = if key.algorithm() == Algorithm::Tdes { "legacy_3" } else { "cmac_3" };
    assert_eq!(upper(alone!(CheckValue::usual(&key)).unwrap().bytes()), vector.output.text(usual));
}

pub(crate) fn components(vector: &Vector) {
    let parts = vector.input.list("components");
    let secrets = || parts.iter().map(|part| Secret::new(hex(part)));
    let algorithm = match vector.input.text("alg") {
        "AES" => Algorithm::Aes,
        _ => Algorithm::Tdes,
    };
    let key = combine(algorithm, &secrets().collect::<Vec<_>>()).unwrap();
    assert_eq!(upper(key.expose()), vector.output.text("key"));
    let backwards = combine(algorithm, &secrets().rev().collect::<Vec<_>>()).unwrap();
    assert!(bool::from(key.ct_eq(&backwards)));
    if let Some(value) = vector.output.maybe("kcv_legacy_3") {
        assert_eq!(upper(alone!(CheckValue::usual(&key)).unwrap().bytes()), value);
        return;
    }
    let value = |key: &Key| upper(alone!(CheckValue::of(key, Kind::Cmac, 5)).unwrap().bytes());
    assert_eq!(value(&key), vector.output.text("kcv_cmac_5"));
    for (part, expected) in parts.iter().zip(vector.output.list("component_kcvs_cmac_5")) {
        assert_eq!(value(&Key::aes(&hex(part)).unwrap()), expected);
    }
}

pub(crate) fn iso9797(vector: &Vector) {
    let (key, data) = (vector.input.hex("key"), vector.input.hex("data"));
    let padding = match vector.input.number("padding") {
        1 => Padding::Zeros,
        2 => Padding::Bit,
        _ => Padding::Length,
    };
    let (both, first) = (Key::tdes(&key).unwrap(), Key::tdes(&key[..8].repeat(2)).unwrap());
    for (with, name) in [
        (MacWith::Iso1(&first, padding), "alg1_des_first_half"),
        (MacWith::Iso1(&both, padding), "alg1_tdes"),
        (MacWith::Iso3(&both, padding), "alg3"),
    ] {
        checked_mac(with, &data, vector.output.text(name));
    }
}

/// Checks a MAC whole and cut, and that nothing else verifies.
fn checked_mac(with: MacWith<'_>, data: &[u8], expected: &str) {
    let mac = alone!(generate(with, data, expected.len() / 2)).unwrap();
    assert_eq!(upper(&mac), expected);
    for bytes in 4..=mac.len() {
        assert_eq!(alone!(generate(with, data, bytes)).unwrap(), mac[..bytes]);
        assert_eq!(alone!(verify(with, data, &mac[..bytes])), Ok(()));
        let mut wrong = mac[..bytes].to_vec();
        wrong[bytes - 1] ^= 1;
        assert_eq!(alone!(verify(with, data, &wrong)), Err(Error::InvalidMac));
    }
    for bytes in [0, 3, mac.len() + 1] {
        assert_eq!(alone!(generate(with, data, bytes)), Err(Error::InvalidInput));
        assert_eq!(alone!(verify(with, data, &vec![0; bytes])), Err(Error::InvalidInput));
    }
}

pub(crate) fn cmac(vector: &Vector) {
    let key = key(vector.input.text("alg"), &vector.input.hex("key"));
    checked_mac(MacWith::Cmac(&key), &vector.input.hex("data"), vector.output.text("mac"));
}

pub(crate) fn hmac(vector: &Vector) {
    let key = HmacKey::new(hash(vector.input.text("hash")), &vector.input.hex("key")).unwrap();
    checked_mac(MacWith::Hmac(&key), &vector.input.hex("data"), vector.output.text("mac"));
}

pub(crate) fn cipher(vector: &Vector) {
    let (key, name) = (vector.input.aes("key"), vector.input.text("mode"));
    let (plain, expected) = (vector.input.hex("plaintext"), vector.output.hex("ciphertext"));
    let mut data = plain.clone();
    if name == "GCM" {
        let (nonce, aad) = (vector.input.array("nonce"), vector.input.hex("aad"));
        let tag = gcm_seal(&key, &Nonce::reserved(nonce), &aad, &mut data).unwrap();
        assert_eq!((data.as_slice(), upper(tag).as_str()), (&*expected, vector.output.text("tag")));
        gcm_open(&key, &nonce, &aad, &tag, &mut data).unwrap();
        assert_eq!(data, plain);
        return;
    }
    let iv = vector.input.hex("iv");
    let mode = mode(name, &iv);
    alone!(encrypt(&key, &mode, &mut data)).unwrap();
    assert_eq!(data, expected);
    alone!(decrypt(&key, &mode, &mut data)).unwrap();
    assert_eq!(data, plain);
}

fn mode<'a>(name: &str, iv: &'a [u8]) -> Mode<'a> {
    match name {
        "ECB" => Mode::Ecb,
        "CBC" => Mode::Cbc(iv),
        "CTR" => Mode::Ctr(iv),
        other => panic!("{other}"),
    }
}

pub(crate) fn reencryption(vector: &Vector) {
    let (from, to) = (vector.input.inner("in"), vector.input.inner("out"));
    let (base, ksn) = (from.maybe("bdk").map(|_| base(&from)), from.maybe("ksn").map(hex));
    let dukpt = base.as_ref().zip(ksn.as_ref()).map(|(base, ksn)| transaction(base, ksn));
    let fixed = from.maybe("key").map(|bytes| key(from.text("alg"), &hex(bytes)));
    let source = match (&dukpt, &fixed) {
        (Some(dukpt), _) => KeySource::Dukpt(dukpt),
        (_, Some(key)) => KeySource::Static(key),
        _ => panic!("no key"),
    };
    let iv = from.maybe("iv").map(hex).unwrap_or_default();
    let ciphertext = from.hex("ciphertext");
    let opening = Opening::Mode(mode(from.text("mode"), &iv));
    let incoming = Incoming { key: source, opening, ciphertext: &ciphertext };

    let key = key(to.text("alg"), &to.hex("key"));
    let nonce = to.maybe("nonce").map(|_| Nonce::reserved(to.array("nonce")));
    let (iv, aad) = (to.maybe("iv").map(hex).unwrap_or_default(), to.maybe("aad").map(hex));
    let sealing = match (&nonce, &aad) {
        (Some(nonce), Some(aad)) => Sealing::Gcm { nonce, aad },
        _ => Sealing::Mode(mode(to.text("mode"), &iv)),
    };
    let outgoing = Outgoing { key: KeySource::Static(&key), sealing };
    let done = alone!(reencrypt(&incoming, &outgoing, None)).unwrap();
    assert_eq!(upper(done.ciphertext), vector.output.text("ciphertext"));
    assert_eq!(done.tag.map(upper).as_deref(), vector.output.maybe("tag"));
    assert!(done.pan.is_none());
}

fn base(from: &Fields) -> Key {
    assert_eq!(from.text("variant"), "REQUEST");
    let algorithm = if from.maybe("type").is_some() { "AES" } else { "TDES" };
    key(algorithm, &from.hex("bdk"))
}

pub(crate) fn refused_tag(vector: &Vector) {
    let (key, input) = (vector.input.aes("key"), &vector.input);
    let (nonce, tag, aad) = (input.array("nonce"), input.array("tag"), input.hex("aad"));
    let ciphertext = input.hex("ciphertext");
    let opening = Opening::Gcm { nonce: &nonce, aad: &aad, tag: &tag };
    let incoming = Incoming { key: KeySource::Static(&key), opening, ciphertext: &ciphertext };
    let other = Key::tdes(&[3; 16]).unwrap();
    let sealing = Sealing::Mode(Mode::Cbc(&ZERO_IV[..8]));
    let outgoing = Outgoing { key: KeySource::Static(&other), sealing };
    assert_eq!(alone!(reencrypt(&incoming, &outgoing, None)).err(), vector.error());
}

/// SP 800-38A, F.3 and F.4, and a mode of triple DES that is made of another.
#[test]
fn feedback_modes_are_those_published() {
    let key = Key::aes(&hex("2B7E151628AED2A6ABF7158809CF4F3C")).unwrap();
    let iv = hex("000102030405060708090A0B0C0D0E0F");
    let plain = hex("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51");
    for (mode, bytes, expected) in [
        (Mode::Cfb(Segment::Bits1, &iv), 2, "68B3"),
        (Mode::Cfb(Segment::Bits8, &iv), 18, "3B79424C9C0DD436BACE9E0ED4586A4F32B9"),
        (
            Mode::Cfb(Segment::Bits128, &iv),
            32,
            "3B3FD92EB72DAD20333449F8E83CFB4AC8A64537A0B3A93FCDE3CDAD9F1CE58B",
        ),
        (Mode::Ofb(&iv), 32, "3B3FD92EB72DAD20333449F8E83CFB4A7789508D16918F03F53C52DAC54ED825"),
    ] {
        let mut data = plain[..bytes].to_vec();
        alone!(encrypt(&key, &mode, &mut data)).unwrap();
        assert_eq!(upper(&data), expected);
        alone!(decrypt(&key, &mode, &mut data)).unwrap();
        assert_eq!(data, plain[..bytes]);
    }
}

#[test]
fn modes_refuse_what_they_do_not_take() {
    let (aes, tdes) = (Key::aes(&[1; 16]).unwrap(), Key::tdes(&[1; 16]).unwrap());
    let (short, long) = ([0; 8], [0; 16]);
    for (key, mode, bytes, error) in [
        (&aes, Mode::Ecb, 8, Error::InvalidInput),
        (&aes, Mode::Ecb, 0, Error::InvalidInput),
        (&aes, Mode::Cbc(&short), 16, Error::InvalidInput),
        (&tdes, Mode::Cbc(&long), 16, Error::InvalidInput),
        (&tdes, Mode::Cbc(&short), 12, Error::InvalidInput),
        (&tdes, Mode::Ctr(&long), 16, Error::KeyUsage),
        (&tdes, Mode::Cfb(Segment::Bits128, &long), 16, Error::KeyUsage),
        (&aes, Mode::Ofb(&short), 16, Error::InvalidInput),
        (&aes, Mode::Ecb, 2128, Error::InvalidInput),
    ] {
        let mut data = vec![7; bytes];
        assert_eq!(alone!(encrypt(key, &mode, &mut data)), Err(error));
        assert_eq!(alone!(decrypt(key, &mode, &mut data)), Err(error));
        assert_eq!(data, vec![7; bytes]);
    }
    assert!(alone!(decrypt(&aes, &Mode::Ecb, &mut [7; 2112])).is_ok());
    assert_eq!(alone!(encrypt(&aes, &Mode::Ecb, &mut [7; 2112])), Err(Error::InvalidInput));
    let tag = gcm_seal(&tdes, &Nonce::reserved([0; 12]), b"", &mut [0; 4]);
    assert_eq!(tag, Err(Error::KeyUsage));
}

#[test]
fn macs_refuse_keys_of_others() {
    let (aes, long) = (Key::aes(&[1; 16]).unwrap(), Key::tdes(&[1; 24]).unwrap());
    let refused = |with| alone!(generate(with, b"data", 4)) == Err(Error::KeyUsage);
    assert!(refused(MacWith::Iso1(&aes, Padding::Bit)));
    assert!(refused(MacWith::Iso3(&aes, Padding::Bit)));
    assert!(refused(MacWith::Iso3(&long, Padding::Bit)));
    assert!(alone!(generate(MacWith::Iso1(&long, Padding::Bit), b"data", 4)).is_ok());
    let too_long = alone!(generate(MacWith::Cmac(&aes), &[0; 4097], 4));
    assert_eq!(too_long, Err(Error::InvalidInput));
    for (hash, bytes, permitted) in [
        (Hash::Sha256, 15, false),
        (Hash::Sha256, 16, true),
        (Hash::Sha224, 64, true),
        (Hash::Sha256, 65, false),
        (Hash::Sha512, 128, true),
        (Hash::Sha384, 129, false),
    ] {
        assert_eq!(HmacKey::new(hash, &vec![1; bytes]).is_ok(), permitted, "{hash:?} {bytes}");
    }
}
