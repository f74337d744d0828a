//! What objects hold: what is taken, what is refused, at whatever byte.

use proptest::prelude::*;

use super::{Contents, ObjectUse, Upload};
use crate::error::KeyImport;
use crate::key::Material;
use crate::key::payment::{Algorithm, Own, Usage};
use crate::op::payment::{Part, TrackForm};
use crate::secret::Secret;

fn record(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut record = vec![tag];
    record.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
    record.extend_from_slice(value);
    record
}

fn key(tag: u8, letter: u8, bytes: u8) -> Vec<u8> {
    let key: Vec<u8> = std::iter::once(letter).chain(1..=bytes).collect();
    record(tag, &key)
}

fn public() -> Vec<u8> {
    record(0xc3, &[record(0x81, &[1, 0, 1]), record(0x82, &[0xff; 256])].concat())
}

/// What an object of each use holds, as the store has it, and in which parts its keys are.
fn sample(what: ObjectUse) -> (Vec<u8>, Vec<Part>) {
    let (aes, tdes) = (key(0xc1, b'A', 32), key(0xc1, b'T', 24));
    let (base, outgoing) = (key(0xc0, b'T', 16), key(0xc2, b'A', 16));
    let domain = record(0xc7, b"cards");
    let private = record(0xc5, &[9; 40]);
    let both = vec![Part::Incoming, Part::Outgoing];
    match what {
        ObjectUse::Hmac | ObjectUse::Scramble => (vec![7; 32], vec![Part::Mac]),
        ObjectUse::Tokenize => (domain, vec![]),
        ObjectUse::Detokenize => ([domain, record(0xc8, b"refund")].concat(), vec![]),
        ObjectUse::TokenizeWrap => {
            ([aes, domain, record(0xc9, &[2])].concat(), vec![Part::Incoming])
        }
        ObjectUse::AesToRsa => ([aes, public()].concat(), both),
        ObjectUse::DesToRsa => ([tdes, public()].concat(), both),
        ObjectUse::RsaToAes => ([outgoing, private].concat(), both),
        ObjectUse::RsaToDes => ([key(0xc2, b'T', 16), private].concat(), both),
        ObjectUse::DukptRewrap => ([base, outgoing].concat(), both),
        ObjectUse::DukptSessionKeys => {
            ([base, outgoing].concat(), vec![Part::Incoming, Part::Protection])
        }
        ObjectUse::DukptPinTranslate => ([base, outgoing, record(0xc6, &[1, 4])].concat(), both),
    }
}

#[test]
fn every_object_holds_its_keys_and_nothing_else() {
    for what in ObjectUse::ALL {
        let (bytes, parts) = sample(what);
        let contents = Contents::parse(what, &bytes).unwrap_or_else(|_| panic!("{what:?}"));
        assert_eq!(contents.keys.iter().map(|key| key.part).collect::<Vec<_>>(), parts, "{what:?}");
        for len in 0..bytes.len() {
            let is_optional = matches!(&bytes[len..], [0xc8 | 0xc9, ..]);
            let cut = Contents::parse(what, &bytes[..len]);
            assert_eq!(cut.is_ok(), is_optional, "{what:?} cut at {len}");
        }
        let behind = [bytes.as_slice(), &[1]].concat();
        assert!(Contents::parse(what, &behind).is_err(), "{what:?} with a byte behind");
    }
}

#[test]
fn the_maker_fixes_formats_domain_purpose_and_track() {
    let settings = |what| Contents::parse(what, &sample(what).0).unwrap().settings;
    let pin = settings(ObjectUse::DukptPinTranslate);
    assert_eq!((pin.formats, pin.block_bytes), (Some((1, 4)), 16));
    let detokenize = settings(ObjectUse::Detokenize);
    assert_eq!(detokenize.domain.map(|one| one.to_string()), Some("cards".into()));
    assert_eq!(detokenize.purpose.map(|one| one.to_string()), Some("refund".into()));
    assert_eq!(settings(ObjectUse::TokenizeWrap).track, Some(TrackForm::Packed));
    assert_eq!(settings(ObjectUse::RsaToDes).block_bytes, 8);
}

#[test]
fn only_a_base_key_whose_maker_says_so_takes_format_1() {
    let own = |formats: [u8; 2]| {
        let bytes = [key(0xc0, b'A', 16), key(0xc2, b'A', 16), record(0xc6, &formats)].concat();
        Contents::parse(ObjectUse::DukptPinTranslate, &bytes).map(|one| one.keys[0].attributes.own)
    };
    assert_eq!(own([1, 4]), Ok(Own::Format1));
    assert_eq!(own([0, 3]), Ok(Own::Nothing));
    for bad in [[2, 0], [0, 1], [0, 2], [5, 0], [4, 5]] {
        assert_eq!(own(bad), Err(KeyImport::Material), "{bad:?}");
    }
}

#[test]
fn keys_have_the_algorithm_and_length_of_their_part() {
    let parse = |what, records: &[Vec<u8>]| Contents::parse(what, &records.concat()).is_ok();
    let outgoing = key(0xc2, b'A', 16);
    for (letter, bytes, taken) in [
        (b'T', 16, true),
        (b'T', 24, false),
        (b'A', 16, true),
        (b'A', 24, true),
        (b'A', 32, true),
        (b'A', 17, false),
        (b'H', 32, false),
        (b'T', 8, false),
    ] {
        let base = key(0xc0, letter, bytes);
        assert_eq!(parse(ObjectUse::DukptRewrap, &[base, outgoing.clone()]), taken, "{bytes}");
    }
    assert!(!parse(ObjectUse::AesToRsa, &[key(0xc1, b'T', 16), public()]));
    assert!(!parse(ObjectUse::DesToRsa, &[key(0xc1, b'A', 16), public()]));
    let private = record(0xc5, &[9; 40]);
    assert!(!parse(ObjectUse::RsaToAes, &[key(0xc2, b'T', 16), private.clone()]));
    assert!(!parse(ObjectUse::RsaToDes, &[key(0xc2, b'A', 16), private]));
    let zeros = record(0xc0, &[&[b'A'][..], &[0; 16]].concat());
    assert!(!parse(ObjectUse::DukptRewrap, &[zeros, outgoing]));
    let short = record(0xc3, &[record(0x81, &[3]), record(0x82, &[0xff; 255])].concat());
    assert!(!parse(ObjectUse::AesToRsa, &[key(0xc1, b'A', 16), short]));
}

#[test]
fn every_object_fits_into_its_template() {
    for what in ObjectUse::ALL {
        let stored = sample(what).0;
        let longest = match what {
            ObjectUse::RsaToAes | ObjectUse::RsaToDes => 36 + 3 + 5 * 130,
            ObjectUse::DukptRewrap | ObjectUse::DukptSessionKeys => 2 * 36,
            ObjectUse::DukptPinTranslate => 2 * 36 + 5,
            ObjectUse::Tokenize => 67,
            ObjectUse::Detokenize => 67 + 131,
            ObjectUse::TokenizeWrap => 36 + 67 + 4,
            _ => stored.len(),
        };
        assert!(longest <= usize::from(what.room()), "{what:?}");
        assert!(usize::from(what.room()).is_multiple_of(16));
    }
}

#[test]
fn the_gateway_makes_single_keys_and_private_halves() {
    for what in ObjectUse::ALL {
        let left = Upload::read(what, None);
        let single = matches!(what, ObjectUse::Hmac | ObjectUse::Scramble);
        assert_eq!(matches!(left, Ok(Upload::Draw)), single, "{what:?}");
    }
    let der = Secret::new(vec![9; 40]);
    let filled = |records: Vec<u8>| {
        let mut filled = records;
        filled.resize(usize::from(ObjectUse::RsaToAes.room()), 0);
        Upload::read(ObjectUse::RsaToAes, Some(Secret::new(filled)))
    };
    let outgoing = key(0xc2, b'A', 16);
    for (private, has_parts) in [(vec![], false), (record(0xc4, &[5; 650]), true)] {
        let Ok(Upload::Rsa(mut half)) = filled([outgoing.clone(), private].concat()) else {
            panic!("an object of RSA")
        };
        assert_eq!(half.parts.take().is_some(), has_parts);
        let Ok(Material::Object(bytes)) = half.with(&der) else { panic!("complete") };
        assert_eq!(*bytes.expose(), [outgoing.clone(), record(0xc5, &[9; 40])].concat());
    }
    assert!(filled([outgoing, record(0xc5, &[9; 40])].concat()).is_err(), "PKCS#8 from outside");
}

#[test]
fn a_public_key_is_for_encryption_alone() {
    let contents = Contents::parse(ObjectUse::AesToRsa, &sample(ObjectUse::AesToRsa).0).unwrap();
    let key = &contents.keys[1].attributes;
    assert_eq!(key.usage, Usage::DATA_PAIR);
    assert!(matches!(key.algorithm, Algorithm::Rsa(_)));
}

proptest! {
    #[test]
    fn any_bytes_are_taken_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        crate::op::object::fuzzing::parse(&bytes);
    }

    #[test]
    fn a_changed_byte_is_another_object_or_none(
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        for what in ObjectUse::ALL {
            let mut bytes = sample(what).0;
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let _ = Contents::parse(what, &bytes);
        }
    }
}
