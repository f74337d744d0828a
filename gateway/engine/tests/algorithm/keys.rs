//! Keys: what is made, what is accepted, what is refused.

use proptest::prelude::*;
use typex_core::Secret;
use typex_core::error::{ErrorKind, KeyImport};
use typex_core::key::{Algorithm, MlKem};
use typex_engine::algorithm::{Error, agree, check_private, check_public, public_of};

use crate::harness::*;

/// Orders of the curves.
const ORDERS: [(Algorithm, &str); 4] = [
    (Algorithm::P256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    (
        Algorithm::P384,
        concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf",
            "581a0db248b0a77aecec196accc52973",
        ),
    ),
    (
        Algorithm::P521,
        concat!(
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa5186",
            "8783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
    ),
    (Algorithm::Secp256k1, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
];

/// Points of order 8 and below on edwards25519, as encoded, canonical ones first.
const ED25519_LOW_ORDER: [&str; 6] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

/// Coordinates of low order on curve25519 and its twist, also not reduced.
const X25519_LOW_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn pairs() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.into_iter().filter(|algorithm| algorithm.is_pair())
}

#[test]
fn made_keys_have_their_sizes_and_are_acceptable() {
    for algorithm in Algorithm::ALL {
        let private = fresh(algorithm);
        assert_eq!(private.expose().len(), algorithm.secret_bytes(), "{algorithm:?}");
        assert_eq!(check_private(algorithm, &private), Ok(()), "{algorithm:?}");
        assert!(private.expose().iter().any(|byte| *byte != 0), "{algorithm:?}");
        assert!(!bool::from(private.ct_eq(fresh(algorithm).expose())), "{algorithm:?}");
        if algorithm.is_pair() {
            let public = public_of(algorithm, &private).unwrap();
            assert_eq!(Some(public.len()), algorithm.public_bytes(), "{algorithm:?}");
            assert_eq!(check_public(algorithm, &public), Ok(()), "{algorithm:?}");
        } else {
            assert_eq!(public_of(algorithm, &private), Err(Error::Unsupported));
            assert_eq!(check_public(algorithm, private.expose()), Err(Error::Unsupported));
        }
    }
}

#[test]
fn keys_of_another_length_are_refused() {
    for algorithm in Algorithm::ALL {
        let sound = fresh(algorithm);
        let longer = Secret::new([sound.expose().as_slice(), &[1]].concat());
        let shorter = Secret::new(sound.expose()[1..].to_vec());
        for wrong in [longer, shorter, Secret::new(Vec::new())] {
            assert_eq!(check_private(algorithm, &wrong), Err(Error::Private), "{algorithm:?}");
            if algorithm.is_pair() {
                assert_eq!(public_of(algorithm, &wrong), Err(Error::Private), "{algorithm:?}");
            }
        }
    }
    for algorithm in pairs() {
        let sound = public_of(algorithm, &fresh(algorithm)).unwrap();
        for wrong in [[sound.as_slice(), &[1]].concat(), sound[1..].to_vec(), Vec::new()] {
            assert_eq!(check_public(algorithm, &wrong), Err(Error::Public), "{algorithm:?}");
        }
    }
}

#[test]
fn scalars_are_in_range() {
    for (curve, order) in ORDERS {
        let order = hex(order);
        let mut below = order.clone();
        *below.last_mut().unwrap() -= 1;
        let mut one = vec![0; order.len()];
        let zero = Secret::new(one.clone());
        *one.last_mut().unwrap() = 1;
        for good in [below, one] {
            let good = Secret::new(good);
            assert_eq!(check_private(curve, &good), Ok(()), "{curve:?}");
            public_of(curve, &good).unwrap();
        }
        let all_ones = Secret::new(vec![0xff; order.len()]);
        for bad in [Secret::new(order), zero, all_ones] {
            assert_eq!(check_private(curve, &bad), Err(Error::Private), "{curve:?}");
            assert_eq!(public_of(curve, &bad), Err(Error::Private), "{curve:?}");
        }
    }
}

#[test]
fn only_compressed_points_of_the_curve_are_accepted() {
    for curve in CURVES {
        let sound = public_of(curve, &fresh(curve)).unwrap();
        for first in (0..=u8::MAX).filter(|first| ![2, 3].contains(first)) {
            let mut wrong = sound.clone();
            wrong[0] = first;
            assert_eq!(check_public(curve, &wrong), Err(Error::Public), "{curve:?} {first}");
        }
        let mut infinity = vec![0; sound.len()];
        assert_eq!(check_public(curve, &infinity), Err(Error::Public));
        infinity.truncate(1);
        assert_eq!(check_public(curve, &infinity), Err(Error::Public));
        let mut unreduced = vec![0xff; sound.len()];
        unreduced[0] = 2;
        assert_eq!(check_public(curve, &unreduced), Err(Error::Public));
        // The other point of the same X is one as well.
        let mut mirrored = sound.clone();
        mirrored[0] ^= 1;
        assert_eq!(check_public(curve, &mirrored), Ok(()));
        // Every other X is of no point.
        let small = (1..=64).filter(|x| {
            let mut guess = vec![0; sound.len()];
            (guess[0], *guess.last_mut().unwrap()) = (2, *x);
            check_public(curve, &guess).is_ok()
        });
        let small = small.count();
        assert!((10..55).contains(&small), "{curve:?}: {small} of 64");
    }
}

/// Agreement alone reduces a coordinate; a key that is kept has one form only.
#[test]
fn montgomery_coordinates_must_be_reduced() {
    let nine = [[9].as_slice(), &[0; 31]].concat();
    let high = [[9].as_slice(), &[0; 30], &[0x80]].concat();
    let order_and_9 = [[0xf6].as_slice(), &[0xff; 30], &[0x7f]].concat();
    let five = [[5].as_slice(), &[0; 55]].concat();
    let order_and_5 = [[4].as_slice(), &[0; 27], &[0xff; 28]].concat();
    for (curve, sound, others) in [
        (Algorithm::X25519, nine, vec![high, order_and_9]),
        (Algorithm::X448, five, vec![order_and_5]),
    ] {
        let private = Secret::new(vec![7; curve.secret_bytes()]);
        let shared = |public: &[u8]| agree(curve, &private, public).unwrap().expose().clone();
        assert_eq!(check_public(curve, &sound), Ok(()));
        for other in others {
            assert_eq!(shared(&other), shared(&sound), "the same point");
            assert_eq!(check_public(curve, &other), Err(Error::Public), "{curve:?}");
        }
    }
}

#[test]
fn points_of_low_order_are_refused() {
    for low in ED25519_LOW_ORDER {
        assert_eq!(check_public(Algorithm::Ed25519, &hex(low)), Err(Error::Public), "{low}");
    }
    for low in X25519_LOW_ORDER {
        assert_eq!(check_public(Algorithm::X25519, &hex(low)), Err(Error::Public), "{low}");
    }
    let prime = [[0xff; 28].as_slice(), &[0xfe], &[0xff; 27]].concat();
    for (add, sub) in [(0, 0), (0, 1), (1, 0)] {
        let mut low = prime.clone();
        if add == 1 {
            low[..28].fill(0);
            low[28] = 0xff;
        }
        low[0] -= sub;
        assert_eq!(check_public(Algorithm::X448, &low), Err(Error::Public), "p + {add} - {sub}");
    }
    for last in [0, 1] {
        let mut low = vec![0; 56];
        low[0] = last;
        assert_eq!(check_public(Algorithm::X448, &low), Err(Error::Public), "{last}");
    }
    for (first, last) in [(0, 0), (0, 0x80), (1, 0)] {
        let mut low = vec![0; 57];
        (low[0], low[56]) = (first, last);
        assert_eq!(check_public(Algorithm::Ed448, &low), Err(Error::Public), "{first} {last}");
    }
    let mut minus_one = [prime, vec![0]].concat();
    minus_one[0] -= 1;
    assert_eq!(check_public(Algorithm::Ed448, &minus_one), Err(Error::Public));
}

/// The unused bits beside the sign.
#[test]
fn points_in_another_encoding_are_refused() {
    let sound = public_of(Algorithm::Ed448, &fresh(Algorithm::Ed448)).unwrap();
    for bit in 0..7 {
        let mut wrong = sound.clone();
        wrong[56] ^= 1 << bit;
        assert_eq!(check_public(Algorithm::Ed448, &wrong), Err(Error::Public), "{bit}");
    }
    let mut mirrored = sound;
    mirrored[56] ^= 0x80;
    assert_eq!(check_public(Algorithm::Ed448, &mirrored), Ok(()));
}

#[test]
fn unreduced_coefficients_are_refused() {
    for set in [MlKem::MlKem512, MlKem::MlKem768, MlKem::MlKem1024].map(Algorithm::MlKem) {
        let sound = public_of(set, &fresh(set)).unwrap();
        let coefficients = sound.len() - 32;
        for at in [0, coefficients - 3] {
            // 3329 is the modulus; twelve bits in little endian.
            let mut wrong = sound.clone();
            (wrong[at], wrong[at + 1]) = (0x01, wrong[at + 1] & 0xf0 | 0x0d);
            assert_eq!(check_public(set, &wrong), Err(Error::Public), "{set:?} {at}");
            wrong[at] = 0x00;
            assert_eq!(check_public(set, &wrong), Ok(()), "{set:?} {at}");
        }
    }
}

#[test]
fn errors_have_their_kinds() {
    let kinds = [
        (Error::Unsupported, ErrorKind::KeyUsage),
        (Error::Public, ErrorKind::KeyImport(KeyImport::Material)),
        (Error::Verify, ErrorKind::VerifyFailed),
        (Error::Random, ErrorKind::Internal),
    ];
    for (error, kind) in kinds {
        assert_eq!(ErrorKind::from(error), kind);
        assert_eq!(typex_core::Error::from(error).kind, kind);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_is_sent_as_a_public_key_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
        which in 0..Algorithm::ALL.len(),
    ) {
        let _ = check_public(Algorithm::ALL[which], &bytes);
        if let Some(length) = Algorithm::ALL[which].public_bytes() {
            let mut fitted = bytes;
            fitted.resize(length, 3);
            let _ = check_public(Algorithm::ALL[which], &fitted);
        }
    }
}
