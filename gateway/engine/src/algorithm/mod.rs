//! The algorithms of a security module in software: pure functions of an algorithm and bytes.
//!
//! Keys are as they are kept: scalars, seeds, symmetric keys; public halves as they are exchanged:
//! compressed points, raw keys. Secrets go in and come out as [`Secret`]. No input panics, and the
//! time of work with a secret does not depend on the secret as far as the crates below hold that.
//! Only [`Random`] has state.
//!
//! ```
//! use typex_core::key::{Algorithm, Hash};
//! use typex_core::op::crypto::Scheme;
//! use typex_engine::algorithm::{Random, generate, public_of, sign, verify};
//!
//! let random = Random::start()?;
//! let (curve, scheme) = (Algorithm::P521, Scheme::Ecdsa(Hash::Sha3_256));
//! let private = generate(curve, &random)?;
//! let signature = sign(curve, scheme, &private, b"data", b"", &random)?;
//! verify(curve, scheme, &public_of(curve, &private)?, b"data", b"", &signature)?;
//! # Ok::<(), typex_engine::algorithm::Error>(())
//! ```
//!
//! [`Secret`]: typex_core::Secret
// spec: encedo-hem 11

mod aes;
mod agree;
mod ecc;
mod ecdsa;
mod ed25519;
mod ed448;
mod error;
mod kem;
mod key;
mod mac;
mod mldsa;
mod random;
mod self_test;
mod sign;
mod wrap;

pub use aes::{Sealed, decrypt, encrypt};
pub use agree::{agree, agreed_key, derive};
pub use error::Error;
pub use kem::{decapsulate, encapsulate};
pub use key::{check_private, check_public, generate, public_of};
pub use mac::{digest, mac, verify_mac};
pub use random::{Random, RandomTest};
pub use self_test::{KnownAnswer, known_answers, self_test};
pub use sign::{sign, verify};
pub use wrap::{unwrap, wrap};

type Bytes = typex_core::Secret<Vec<u8>>;
