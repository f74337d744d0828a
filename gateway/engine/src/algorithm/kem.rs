//! ML-KEM. FIPS 203.

use ml_kem::{B32, Decapsulate, Key, KeyExport, Seed, TryKeyInit};
use typex_core::Secret;
use typex_core::key::MlKem;

use super::{Bytes, Error, Random};

/// A fresh shared secret of 32 bytes, and its ciphertext for the owner of `public`.
///
/// # Errors
/// [`Error::Public`] as in [`check_public`](super::check_public), [`Error::Random`].
pub fn encapsulate(set: MlKem, public: &[u8], random: &Random) -> Result<(Bytes, Vec<u8>), Error> {
    let mut message = Secret::new([0; 32]);
    random.fill(message.expose_mut())?;
    encapsulate_with(set, public, &message)
}

/// The shared secret of a ciphertext; of one that was not made for this key, a secret that nobody
/// else knows.
///
/// # Errors
/// [`Error::Private`] and [`Error::Length`] for seeds and ciphertexts of the wrong length.
pub fn decapsulate(set: MlKem, seed: &Bytes, ciphertext: &[u8]) -> Result<Bytes, Error> {
    match set {
        MlKem::MlKem512 => mlkem512::decapsulate(seed, ciphertext),
        MlKem::MlKem768 => mlkem768::decapsulate(seed, ciphertext),
        MlKem::MlKem1024 => mlkem1024::decapsulate(seed, ciphertext),
    }
}

/// As [`encapsulate`], of a given random message.
pub(super) fn encapsulate_with(
    set: MlKem,
    public: &[u8],
    message: &Secret<[u8; 32]>,
) -> Result<(Bytes, Vec<u8>), Error> {
    match set {
        MlKem::MlKem512 => mlkem512::encapsulate(public, message),
        MlKem::MlKem768 => mlkem768::encapsulate(public, message),
        MlKem::MlKem1024 => mlkem1024::encapsulate(public, message),
    }
}

pub(super) fn public_of(set: MlKem, seed: &Bytes) -> Result<Vec<u8>, Error> {
    match set {
        MlKem::MlKem512 => mlkem512::public_of(seed),
        MlKem::MlKem768 => mlkem768::public_of(seed),
        MlKem::MlKem1024 => mlkem1024::public_of(seed),
    }
}

/// Section 7.2: the length, and every coefficient below the modulus.
pub(super) fn check_public(set: MlKem, public: &[u8]) -> Result<(), Error> {
    match set {
        MlKem::MlKem512 => mlkem512::point(public).map(|_| ()),
        MlKem::MlKem768 => mlkem768::point(public).map(|_| ()),
        MlKem::MlKem1024 => mlkem1024::point(public).map(|_| ()),
    }
}

/// The crate's traits of a parameter set are private, so a function cannot be generic over it.
macro_rules! parameter_set {
    ($name:ident, $set:ident) => {
        mod $name {
            use ml_kem::$set::{Ciphertext, DecapsulationKey, EncapsulationKey};

            use super::*;

            pub(super) fn point(public: &[u8]) -> Result<EncapsulationKey, Error> {
                let bytes = Key::<EncapsulationKey>::try_from(public);
                let bytes = bytes.map_err(|_| Error::Public)?;
                <EncapsulationKey as TryKeyInit>::new(&bytes).map_err(|_| Error::Public)
            }

            fn key(seed: &Bytes) -> Result<DecapsulationKey, Error> {
                let seed = Seed::try_from(seed.expose().as_slice()).map_err(|_| Error::Private)?;
                Ok(DecapsulationKey::from_seed(seed))
            }

            pub(super) fn public_of(seed: &Bytes) -> Result<Vec<u8>, Error> {
                Ok(key(seed)?.encapsulation_key().to_bytes().to_vec())
            }

            pub(super) fn encapsulate(
                public: &[u8],
                message: &Secret<[u8; 32]>,
            ) -> Result<(Bytes, Vec<u8>), Error> {
                let message: &B32 = message.expose().into();
                let (ciphertext, shared) = point(public)?.encapsulate_deterministic(message);
                Ok((Secret::new(shared.to_vec()), ciphertext.to_vec()))
            }

            pub(super) fn decapsulate(seed: &Bytes, ciphertext: &[u8]) -> Result<Bytes, Error> {
                let ciphertext = Ciphertext::try_from(ciphertext).map_err(|_| Error::Length)?;
                Ok(Secret::new(key(seed)?.decapsulate(&ciphertext).to_vec()))
            }
        }
    };
}

parameter_set!(mlkem512, ml_kem_512);
parameter_set!(mlkem768, ml_kem_768);
parameter_set!(mlkem1024, ml_kem_1024);
