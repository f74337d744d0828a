//! Shorthand of these tests.

use std::sync::LazyLock;

use typex_core::Secret;
use typex_core::key::{Algorithm, Hash};
use typex_core::op::crypto::Scheme;
use typex_engine::algorithm::{Error, Random, generate, sign};

pub(crate) static RANDOM: LazyLock<Random> = LazyLock::new(|| Random::start().unwrap());

pub(crate) const CURVES: [Algorithm; 4] =
    [Algorithm::P256, Algorithm::P384, Algorithm::P521, Algorithm::Secp256k1];

pub(crate) const HASHES: [Hash; 6] =
    [Hash::Sha256, Hash::Sha384, Hash::Sha512, Hash::Sha3_256, Hash::Sha3_384, Hash::Sha3_512];

pub(crate) fn hex(text: &str) -> Vec<u8> {
    const_hex::decode(text).unwrap()
}

pub(crate) fn fresh(algorithm: Algorithm) -> Secret<Vec<u8>> {
    generate(algorithm, &RANDOM).unwrap()
}

pub(crate) fn signed(
    algorithm: Algorithm,
    scheme: Scheme,
    private: &Secret<Vec<u8>>,
    message: &[u8],
    context: &[u8],
) -> Result<Vec<u8>, Error> {
    sign(algorithm, scheme, private, message, context, &RANDOM)
}

/// Every algorithm that signs, with every scheme it has.
pub(crate) fn schemes() -> Vec<(Algorithm, Scheme)> {
    let curves = CURVES
        .into_iter()
        .flat_map(|curve| HASHES.into_iter().map(move |hash| (curve, Scheme::Ecdsa(hash))));
    let edwards = [
        (Algorithm::Ed25519, Scheme::Ed25519),
        (Algorithm::Ed25519, Scheme::Ed25519Ph),
        (Algorithm::Ed25519, Scheme::Ed25519Ctx),
        (Algorithm::Ed448, Scheme::Ed448),
        (Algorithm::Ed448, Scheme::Ed448Ph),
    ];
    let lattices = Algorithm::ALL.into_iter().filter(|one| matches!(one, Algorithm::MlDsa(_)));
    let lattices = lattices.map(|set| (set, Scheme::MlDsa));
    curves.chain(edwards).chain(lattices).collect()
}

/// The records of a file of `name = value` lines, each beginning with its first name.
pub(crate) fn records(text: &str, first: &str) -> Vec<Vec<(String, String)>> {
    let mut records: Vec<Vec<(String, String)>> = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
        if name == first {
            records.push(Vec::new());
        }
        if let Some(record) = records.last_mut() {
            record.push((name, value));
        }
    }
    records
}

/// A field of a record in hex; absent is empty.
pub(crate) fn field(record: &[(String, String)], name: &str) -> Vec<u8> {
    hex(text(record, name))
}

/// A field of a record as it is.
pub(crate) fn text<'a>(record: &'a [(String, String)], name: &str) -> &'a str {
    record.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}
