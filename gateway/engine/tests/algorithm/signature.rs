//! Signatures.

use proptest::prelude::*;
use typex_core::key::{Algorithm, Hash, MlDsa};
use typex_core::op::crypto::Scheme;
use typex_engine::algorithm::{Error, public_of, verify};

use crate::harness::*;

fn context_of(scheme: Scheme) -> &'static [u8] {
    if matches!(scheme, Scheme::Ecdsa(_) | Scheme::Ed25519) { b"" } else { b"context" }
}

#[test]
fn what_is_signed_verifies_and_nothing_else_does() {
    for (algorithm, scheme) in schemes() {
        let (private, context) = (fresh(algorithm), context_of(scheme));
        let public = public_of(algorithm, &private).unwrap();
        let other = public_of(algorithm, &fresh(algorithm)).unwrap();
        let signature = signed(algorithm, scheme, &private, b"message", context).unwrap();
        let check = |public: &[u8], message: &[u8], context: &[u8], signature: &[u8]| {
            verify(algorithm, scheme, public, message, context, signature)
        };
        assert_eq!(check(&public, b"message", context, &signature), Ok(()), "{scheme:?}");
        let refused = [
            check(&public, b"massage", context, &signature),
            check(&other, b"message", context, &signature),
            check(&public, b"message", context, &[]),
            check(&public, b"message", context, &signature[1..]),
            check(&public, b"message", context, &signature[..signature.len() - 1]),
            check(&public, b"message", context, &[signature.as_slice(), &[0]].concat()),
        ];
        assert_eq!(refused, [Err(Error::Verify); 6], "{algorithm:?} {scheme:?}");
        for at in [1, signature.len() / 2, signature.len() - 1] {
            let mut changed = signature.clone();
            changed[at] ^= 0x10;
            let found = check(&public, b"message", context, &changed);
            assert_eq!(found, Err(Error::Verify), "{algorithm:?} {scheme:?} {at}");
        }
        let found = check(&public[1..], b"message", context, &signature);
        assert_eq!(found, Err(Error::Public), "{algorithm:?} {scheme:?}");
    }
}

#[test]
fn every_scheme_is_of_its_algorithms_only() {
    let known = schemes();
    let every: Vec<_> = known.iter().map(|(_, scheme)| *scheme).collect();
    for algorithm in Algorithm::ALL {
        let private = fresh(algorithm);
        let public = public_of(algorithm, &private).unwrap_or_default();
        for scheme in &every {
            let served = known.contains(&(algorithm, *scheme));
            let found = signed(algorithm, *scheme, &private, b"m", b"c");
            assert_eq!(found.is_ok(), served, "{algorithm:?} {scheme:?}");
            if !served {
                assert_eq!(found.unwrap_err(), Error::Unsupported, "{algorithm:?} {scheme:?}");
                let checked = verify(algorithm, *scheme, &public, b"m", b"c", &[0; 64]);
                assert!(matches!(checked, Err(Error::Unsupported | Error::Public)));
            }
        }
    }
}

#[test]
fn contexts_separate_signatures_and_are_bounded() {
    for (algorithm, scheme) in schemes() {
        let private = fresh(algorithm);
        let public = public_of(algorithm, &private).unwrap();
        let longest = vec![7; 255];
        let signature = signed(algorithm, scheme, &private, b"m", &longest).unwrap();
        assert_eq!(verify(algorithm, scheme, &public, b"m", &longest, &signature), Ok(()));
        let other = verify(algorithm, scheme, &public, b"m", b"other", &signature);
        let (over, none) = (vec![7; 256], signed(algorithm, scheme, &private, b"m", b""));
        let over_signed = signed(algorithm, scheme, &private, b"m", &over);
        let over_checked = verify(algorithm, scheme, &public, b"m", &over, &signature);
        if matches!(scheme, Scheme::Ecdsa(_) | Scheme::Ed25519) {
            assert_eq!((other, over_checked), (Ok(()), Ok(())), "{scheme:?} has no context");
            assert!(over_signed.is_ok() && none.is_ok());
        } else {
            assert_eq!(other, Err(Error::Verify), "{scheme:?}");
            assert_eq!(over_signed, Err(Error::Context), "{scheme:?}");
            assert_eq!(over_checked, Err(Error::Context), "{scheme:?}");
            assert_eq!(none.is_ok(), scheme != Scheme::Ed25519Ctx, "{scheme:?}");
        }
    }
}

/// RFC 8032 section 7.3: the same key, message and context under the variants.
#[test]
fn variants_of_one_key_do_not_pass_for_each_other() {
    for (algorithm, schemes) in [
        (Algorithm::Ed25519, vec![Scheme::Ed25519, Scheme::Ed25519Ph, Scheme::Ed25519Ctx]),
        (Algorithm::Ed448, vec![Scheme::Ed448, Scheme::Ed448Ph]),
    ] {
        let private = fresh(algorithm);
        let public = public_of(algorithm, &private).unwrap();
        for made in &schemes {
            let signature = signed(algorithm, *made, &private, b"m", b"c").unwrap();
            for asked in &schemes {
                let found = verify(algorithm, *asked, &public, b"m", b"c", &signature);
                assert_eq!(found.is_ok(), made == asked, "{made:?} as {asked:?}");
            }
        }
    }
}

#[test]
fn edwards_signatures_are_deterministic_and_the_others_not() {
    for (algorithm, scheme) in schemes() {
        let (private, context) = (fresh(algorithm), context_of(scheme));
        let [one, two] = [(), ()].map(|()| signed(algorithm, scheme, &private, b"m", context));
        let edwards = matches!(algorithm, Algorithm::Ed25519 | Algorithm::Ed448);
        assert_eq!(one == two, edwards, "{algorithm:?}");
    }
}

fn curve(name: &str) -> Algorithm {
    match name {
        "P256" => Algorithm::P256,
        "P384" => Algorithm::P384,
        "P521" => Algorithm::P521,
        "Secp256k1" => Algorithm::Secp256k1,
        "Ed25519" => Algorithm::Ed25519,
        "Ed448" => Algorithm::Ed448,
        "MlDsa44" => Algorithm::MlDsa(MlDsa::MlDsa44),
        "MlDsa65" => Algorithm::MlDsa(MlDsa::MlDsa65),
        _ => Algorithm::MlDsa(MlDsa::MlDsa87),
    }
}

fn scheme(algorithm: Algorithm, hash: &str) -> Scheme {
    match (algorithm, hash) {
        (Algorithm::Ed25519, _) => Scheme::Ed25519,
        (Algorithm::Ed448, _) => Scheme::Ed448,
        (Algorithm::MlDsa(_), _) => Scheme::MlDsa,
        (_, "Sha256") => Scheme::Ecdsa(Hash::Sha256),
        (_, "Sha384") => Scheme::Ecdsa(Hash::Sha384),
        (_, "Sha512") => Scheme::Ecdsa(Hash::Sha512),
        (_, "Sha3_256") => Scheme::Ecdsa(Hash::Sha3_256),
        (_, "Sha3_384") => Scheme::Ecdsa(Hash::Sha3_384),
        _ => Scheme::Ecdsa(Hash::Sha3_512),
    }
}

#[test]
fn published_signatures_verify_or_do_not() {
    let files = [
        ("curve", include_str!("../../../../tests/vectors/wycheproof/ecdsa.txt")),
        ("curve", include_str!("../../../../tests/vectors/wycheproof/eddsa.txt")),
        ("set", include_str!("../../../../tests/vectors/wycheproof/mldsa.txt")),
    ];
    for (first, file) in files {
        let (mut valid, mut invalid) = (0, 0);
        for record in records(file, first) {
            let algorithm = curve(text(&record, first));
            let scheme = scheme(algorithm, text(&record, "hash"));
            let [public, message, context, signature] =
                ["public", "message", "context", "signature"].map(|name| field(&record, name));
            let found = verify(algorithm, scheme, &public, &message, &context, &signature);
            let expected = text(&record, "result") == "valid";
            assert_eq!(found.is_ok(), expected, "{found:?} {record:?}");
            *if expected { &mut valid } else { &mut invalid } += 1;
        }
        assert!(valid > 4 && invalid > 4, "{valid} {invalid}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_signature_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..150),
        which in 0..schemes().len(),
    ) {
        let (algorithm, scheme) = schemes()[which];
        let public = public_of(algorithm, &fresh(algorithm)).unwrap();
        prop_assert!(verify(algorithm, scheme, &public, b"m", b"c", &bytes).is_err());
        let lengths = [64, 114, 2420, 3309, 4627];
        for length in lengths {
            let mut fitted = bytes.clone();
            fitted.resize(length, 1);
            prop_assert!(verify(algorithm, scheme, &public, b"m", b"c", &fitted).is_err());
        }
    }

    #[test]
    fn any_message_is_signed(
        message in proptest::collection::vec(any::<u8>(), 0..300),
        which in 0..schemes().len(),
    ) {
        let (algorithm, scheme) = schemes()[which];
        let private = fresh(algorithm);
        let public = public_of(algorithm, &private).unwrap();
        let signature = signed(algorithm, scheme, &private, &message, b"c").unwrap();
        prop_assert_eq!(verify(algorithm, scheme, &public, &message, b"c", &signature), Ok(()));
    }
}
