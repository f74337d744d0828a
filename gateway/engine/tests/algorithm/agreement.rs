//! Key agreement and derivation.

use proptest::prelude::*;
use typex_core::Secret;
use typex_core::key::{AesBits, Algorithm, Hash, MlDsa, MlKem};
use typex_engine::algorithm::{Error, agree, agreed_key, check_private, derive, public_of};

use crate::harness::*;

const AGREEING: [Algorithm; 6] = [
    Algorithm::P256,
    Algorithm::P384,
    Algorithm::P521,
    Algorithm::Secp256k1,
    Algorithm::X25519,
    Algorithm::X448,
];

fn named(name: &[u8]) -> Algorithm {
    match name {
        b"P256" => Algorithm::P256,
        b"P384" => Algorithm::P384,
        b"P521" => Algorithm::P521,
        b"Secp256k1" => Algorithm::Secp256k1,
        b"X25519" => Algorithm::X25519,
        b"X448" => Algorithm::X448,
        _ => unreachable!("a name of the vectors"),
    }
}

#[test]
fn both_sides_agree() {
    for algorithm in AGREEING {
        let (one, other) = (fresh(algorithm), fresh(algorithm));
        let publics = [&one, &other].map(|key| public_of(algorithm, key).unwrap());
        let shared = agree(algorithm, &one, &publics[1]).unwrap();
        let same = agree(algorithm, &other, &publics[0]).unwrap();
        assert!(bool::from(shared.ct_eq(same.expose())), "{algorithm:?}");
        let field = if algorithm == Algorithm::P521 { 66 } else { algorithm.secret_bytes() };
        assert_eq!(shared.expose().len(), field, "{algorithm:?}");
        let own = agree(algorithm, &one, &publics[0]).unwrap();
        assert!(!bool::from(own.ct_eq(shared.expose())), "{algorithm:?}");
    }
}

#[test]
fn published_agreements_are_reproduced_or_refused() {
    let files = [
        include_str!("../../../../tests/vectors/wycheproof/ecdh.txt"),
        include_str!("../../../../tests/vectors/wycheproof/xdh.txt"),
    ];
    for record in files.iter().flat_map(|file| records(file, "curve")) {
        let algorithm = named(text(&record, "curve").as_bytes());
        let private = Secret::new(field(&record, "private"));
        let found = agree(algorithm, &private, &field(&record, "public"));
        match text(&record, "result") {
            "valid" => assert_eq!(found.unwrap().expose(), &field(&record, "shared"), "{record:?}"),
            _ => assert!(found.is_err(), "{record:?}"),
        }
    }
}

#[test]
fn a_thousand_rounds_of_rfc_7748_end_where_they_must() {
    let ends = [
        (Algorithm::X25519, 9, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
        (
            Algorithm::X448,
            5,
            concat!(
                "aa3b4749d55b9daf1e5b00288826c467274ce3ebbdd5c17b975e09d4af6c67cf",
                "10d087202db88286e2b79fceea3ec353ef54faa26e219f38",
            ),
        ),
    ];
    for (algorithm, base, end) in ends {
        let mut point = vec![0; algorithm.secret_bytes()];
        point[0] = base;
        let mut scalar = Secret::new(point.clone());
        for _ in 0..1000 {
            let next = agree(algorithm, &scalar, &point).unwrap();
            point = std::mem::replace(&mut scalar, next).expose().clone();
        }
        assert_eq!(scalar.expose(), &hex(end), "{algorithm:?}");
    }
}

#[test]
fn others_do_not_agree() {
    for algorithm in Algorithm::ALL.into_iter().filter(|one| !AGREEING.contains(one)) {
        let peer = vec![2; algorithm.public_bytes().unwrap_or(32)];
        let found = agree(algorithm, &fresh(algorithm), &peer);
        assert_eq!(found.err(), Some(Error::Unsupported), "{algorithm:?}");
    }
}

/// Computed with another implementation of HKDF from the secret 00 01 02 … of 66 bytes.
const DERIVED: [(Algorithm, &str, &str); 6] = [
    (Algorithm::Aes(AesBits::Aes128), "encedo-AES128", "b1578bb3485d456791120454c79d664c"),
    (
        Algorithm::Hmac(Hash::Sha512),
        "encedo-SHA2-512",
        concat!(
            "0d62d54e8087f9bda474a74a3a762c3f201d74caf81cb653a03e406cc9ccfe4fe323244d4cb11ec1",
            "b5fcf7a0849961f61267fe5bbe15c0618bca3be9bdef5a7f",
        ),
    ),
    (
        Algorithm::P256,
        "encedo-SECP256R1",
        "177151ffee59431ff6431fc888bae0e4a0621a40bc65932935cecb3d0b627bd9",
    ),
    (
        Algorithm::P521,
        "encedo-SECP521R1",
        concat!(
            "00a6d9342dba28d56d74a6c69abc31bc0e73e06ac9824b8a8275b47848e6a496edb8ccec1da073dc",
            "c40200ae38d2223d6ccdc4a19d1a3a407a5346bbfb745950ee7d",
        ),
    ),
    (
        Algorithm::X448,
        "encedo-CURVE448",
        concat!(
            "b3e9b23206ab1f32124751904e4f7cda96934cb18ca481c4d5f242a8a95e5551bc62de8c1452eedc",
            "aaaf2c9fd7e31a58103fe4a4312f3f99",
        ),
    ),
    (
        Algorithm::Ed448,
        "encedo-ED448",
        concat!(
            "4fb72bd04d9c16d217b03e7d180d99d83a79b526a83993cd62dcf414fddcf3929409e2cbb4aae1da",
            "79fc86f1324b347548013b4908a8d98a3e",
        ),
    ),
];

fn counting(bytes: u8) -> Secret<Vec<u8>> {
    Secret::new((0..bytes).collect())
}

// spec: encedo-hem 5.5
#[test]
fn keys_are_derived_as_written() {
    for (target, info, expected) in DERIVED {
        let derived = derive(target, &counting(66), info.as_bytes()).unwrap();
        assert_eq!(const_hex::encode(derived.expose()), expected, "{target:?}");
        assert_eq!(check_private(target, &derived), Ok(()));
    }
}

#[test]
fn a_derived_scalar_of_p521_fits_its_curve() {
    for round in 0..32_u8 {
        let secret = Secret::new(vec![round; 66]);
        let derived = derive(Algorithm::P521, &secret, b"info").unwrap();
        assert!(derived.expose()[0] <= 1);
        public_of(Algorithm::P521, &derived).unwrap();
    }
}

#[test]
fn short_secrets_and_post_quantum_targets_are_refused() {
    for target in Algorithm::ALL {
        let lattice = matches!(target, Algorithm::MlKem(_) | Algorithm::MlDsa(_));
        let exact = u8::try_from(target.secret_bytes()).unwrap();
        let found = derive(target, &counting(exact - 1), b"info").err();
        let expected = if lattice { Error::Unsupported } else { Error::TooShort };
        assert_eq!(found, Some(expected), "{target:?}");
        assert_eq!(derive(target, &counting(exact), b"info").is_ok(), !lattice, "{target:?}");
    }
    assert!(derive(Algorithm::MlKem(MlKem::MlKem512), &counting(255), b"").is_err());
    assert!(derive(Algorithm::MlDsa(MlDsa::MlDsa87), &counting(255), b"").is_err());
}

// spec: encedo-hem 6
#[test]
fn agreed_aes_keys_are_as_written() {
    let secret = counting(32);
    let key = |bits, label: &str, context: &[u8]| {
        const_hex::encode(agreed_key(bits, &secret, label.as_bytes(), context).expose())
    };
    assert_eq!(
        key(AesBits::Aes256, "encedo-aes", b""),
        "3b6d94bab262af7fedbe46018293ce7c9e7de66ceed77a134907f39e49ea705c"
    );
    assert_eq!(
        key(AesBits::Aes192, "encedo-kek", b"context"),
        "ec1f762586b47ed8f51751099978beb2f4f06f5739c9656a"
    );
    assert_ne!(key(AesBits::Aes128, "encedo-aes", b""), key(AesBits::Aes128, "encedo-kek", b""));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_peer_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..70),
        which in 0..AGREEING.len(),
    ) {
        let algorithm = AGREEING[which];
        let _ = agree(algorithm, &fresh(algorithm), &bytes);
        let mut fitted = bytes;
        fitted.resize(algorithm.public_bytes().unwrap(), 7);
        fitted[0] = 2;
        let _ = agree(algorithm, &fresh(algorithm), &fitted);
    }
}
