//! Keys made, brought in and let out.

mod block;
mod rsa;
#[cfg(test)]
mod tests;

pub(super) use block::write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use typex_core::Secret;
use typex_core::error::{ErrorKind, KeyImport};
use typex_core::id::KeyId;
use typex_core::key::Material;
use typex_core::key::payment::{Algorithm, Attributes, Exportability, ModeOfUse, RsaBits};
use typex_core::op::Action;
use typex_core::op::payment::keys::{CheckKind, Function, OaepHash};
use typex_core::op::payment::{Operation, Part};
use typex_core::policy::Grant;

use super::check_value::{CheckValue, Kind};
use super::component::is_weak_of_any_parity;
use super::key::{set_odd_parity, sha1};
use super::lanes::{self, Lanes};
use super::mac::{Hash, HmacKey};
use super::{Error, Key};
use crate::reserve::Reserve;

/// Bytes of a check value.
const CHECK_VALUE_BYTES: usize = 3;

/// What to do with a payment key as a whole.
pub enum KeyJob {
    /// Completes a symmetric key whose bytes were drawn. Triple DES gets odd parity.
    Complete {
        /// What it shall be.
        attributes: Attributes,
        /// As many random bytes as [`drawn_bytes`] says.
        drawn: Secret<Vec<u8>>,
        /// How its check value is computed.
        check: CheckKind,
    },
    /// Makes an RSA key.
    Generate(RsaBits),
    /// Opens a key block.
    Open {
        /// The key that protects it.
        under: HeldKey,
        /// The block.
        text: Secret<Vec<u8>>,
        /// How the check value is computed; `None` is usual for the algorithm.
        check: Option<CheckKind>,
    },
    /// Opens a key that came under the public half of a key pair.
    Unseal {
        /// What it shall be.
        attributes: Attributes,
        /// The private half, PKCS#8.
        private: Secret<Vec<u8>>,
        /// Hash of OAEP.
        hash: OaepHash,
        /// The key, enciphered.
        cryptogram: Vec<u8>,
        /// How the check value is computed.
        check: CheckKind,
    },
    /// Writes a key block.
    Write {
        /// The key that protects it.
        under: HeldKey,
        /// The key that leaves.
        key: HeldKey,
        /// What the block says beside.
        says: Says,
        /// [`FILL_BYTES`] random bytes.
        fill: Secret<Vec<u8>>,
        /// How the check value is computed.
        check: CheckKind,
    },
}

/// A stored key with its secret part, for one job.
pub struct HeldKey {
    /// Names it, with its version.
    pub key: (KeyId, u32),
    /// What it is.
    pub attributes: Attributes,
    /// Its secret part.
    pub material: Material,
    /// Raised when it may not be used any more.
    pub revoked: Arc<AtomicBool>,
}

/// What a key block says beside what its key is.
pub struct Says {
    /// Mode of use.
    pub mode: ModeOfUse,
    /// Whether it may leave again.
    pub exportability: Exportability,
    /// `00` if none.
    pub key_version: [u8; 2],
    /// Optional blocks.
    pub blocks: Vec<([u8; 2], String)>,
}

/// What comes of a [`KeyJob`].
pub enum KeyDone {
    /// A key.
    Made(Box<MadeKey>),
    /// A key block, and the check value of its key.
    Written {
        /// The block.
        text: String,
        /// The check value.
        check_value: Vec<u8>,
    },
}

/// A key that was made or brought in.
pub struct MadeKey {
    /// As asked for; of a key block, as its header says.
    pub attributes: Attributes,
    /// Its secret part.
    pub material: Material,
    /// Its check value.
    pub check: (CheckKind, Vec<u8>),
}

/// Random bytes that writing a block takes: padding of the longest key, and a text.
pub const FILL_BYTES: usize = block::KEY_FILL_BYTES + block::TEXT_FILL_BYTES;

/// Random bytes of a symmetric key; `None` for pairs. An HMAC key has as many as its hash.
pub fn drawn_bytes(algorithm: Algorithm) -> Option<usize> {
    use typex_core::key::payment::MacHash;
    Some(match algorithm {
        Algorithm::Tdes2 => 16,
        Algorithm::Tdes3 => 24,
        Algorithm::Aes(bits) => bits.bytes(),
        Algorithm::Hmac(MacHash::Sha224) => 28,
        Algorithm::Hmac(MacHash::Sha256) => 32,
        Algorithm::Hmac(MacHash::Sha384) => 48,
        Algorithm::Hmac(MacHash::Sha512) => 64,
        Algorithm::Rsa(_) | Algorithm::Ec(_) => return None,
    })
}

impl HeldKey {
    fn symmetric(&self) -> Result<&Secret<Vec<u8>>, Error> {
        match &self.material {
            Material::Symmetric(key) => Ok(key),
            _ => Err(Error::KeyUsage),
        }
    }

    fn cipher(&self) -> Result<Key, Error> {
        cipher(self.attributes.algorithm, self.symmetric()?)
    }
}

impl KeyJob {
    /// Whether a grant is for it.
    pub(crate) fn is_covered(&self, grant: &Grant) -> bool {
        let has = |part: Part, held: &HeldKey| {
            let found = |one: &typex_core::policy::PartKey| {
                one.part == part && (one.key, one.version) == held.key && !one.is_wrapped
            };
            grant.parts().iter().any(found)
        };
        match self {
            Self::Complete { .. } => is(grant, Function::CreateKey),
            Self::Generate(_) => {
                is(grant, Function::CreateKey) || is(grant, Function::ImportParameters)
            }
            Self::Unseal { .. } => is(grant, Function::ImportKey),
            Self::Open { under, .. } => {
                grant.action() == Action::Payment(Operation::ImportKey)
                    && has(Part::Protection, under)
            }
            Self::Write { under, key, .. } => {
                grant.action() == Action::Payment(Operation::ExportKey)
                    && has(Part::Protection, under)
                    && has(Part::Exported, key)
            }
        }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        let revoked = |held: &HeldKey| held.revoked.load(Ordering::Acquire);
        match self {
            Self::Open { under, .. } => revoked(under),
            Self::Write { under, key, .. } => revoked(under) || revoked(key),
            _ => false,
        }
    }

    /// Bits of the RSA key that it computes with, or makes.
    pub(crate) fn rsa_bits(&self) -> Option<(u32, bool)> {
        match self {
            Self::Generate(bits) => Some((8 * modulus_bytes(*bits), true)),
            Self::Unseal { cryptogram, .. } => {
                Some((8 * u32::try_from(cryptogram.len()).unwrap_or(u32::MAX), false))
            }
            _ => None,
        }
    }

    /// Does it.
    pub(crate) fn run(&self, reserve: Option<&Reserve>) -> Result<KeyDone, ErrorKind> {
        match self {
            Self::Complete { attributes, drawn, check } => complete(*attributes, drawn, *check),
            Self::Generate(bits) => rsa::generate(*bits, reserve),
            Self::Open { under, text, check } => {
                let opened =
                    lanes::alone(async |lanes| block::open(lanes, under, text.expose()).await);
                let (attributes, key) = opened?;
                made(attributes, key, CheckKind::chosen(*check, attributes.algorithm)?)
            }
            Self::Unseal { attributes, private, hash, cryptogram, check } => {
                let key = rsa::unseal(private, *hash, cryptogram)?;
                if !attributes.algorithm.has_length(key.expose().len()) {
                    return Err(ErrorKind::KeyImport(KeyImport::Material));
                }
                made(*attributes, key, *check)
            }
            Self::Write { under, key, says, fill, check } => {
                let check_value = check_value(key.attributes.algorithm, key.symmetric()?, *check)?;
                let text = lanes::alone(async |lanes| {
                    write(lanes, under, key, says, fill.expose()).await
                })?;
                Ok(KeyDone::Written { text, check_value })
            }
        }
    }
}

fn is(grant: &Grant, function: Function) -> bool {
    grant.action() == Action::PaymentKeys(function)
}

fn modulus_bytes(bits: RsaBits) -> u32 {
    u32::try_from(bits.modulus_bytes()).expect("it is below 1024")
}

/// A weak key is so unlikely that the generator is to blame.
fn complete(
    attributes: Attributes,
    drawn: &Secret<Vec<u8>>,
    check: CheckKind,
) -> Result<KeyDone, ErrorKind> {
    if drawn_bytes(attributes.algorithm) != Some(drawn.expose().len()) {
        return Err(ErrorKind::Internal);
    }
    let mut key = drawn.clone();
    if matches!(attributes.algorithm, Algorithm::Tdes2 | Algorithm::Tdes3) {
        set_odd_parity(key.expose_mut());
    }
    if is_weak_key(attributes.algorithm, &key) {
        return Err(ErrorKind::DeviceFault);
    }
    made(attributes, key, check)
}

/// Whether it is of triple DES and weak, whatever its parity.
fn is_weak_key(algorithm: Algorithm, key: &Secret<Vec<u8>>) -> bool {
    let is_tdes = matches!(algorithm, Algorithm::Tdes2 | Algorithm::Tdes3);
    is_tdes && is_weak_of_any_parity(key.expose())
}

fn made(
    attributes: Attributes,
    key: Secret<Vec<u8>>,
    check: CheckKind,
) -> Result<KeyDone, ErrorKind> {
    if is_weak_key(attributes.algorithm, &key) {
        return Err(ErrorKind::KeyImport(KeyImport::Material));
    }
    let check_value = check_value(attributes.algorithm, &key, check)?;
    let material = Material::Symmetric(key);
    Ok(KeyDone::Made(Box::new(MadeKey { attributes, material, check: (check, check_value) })))
}

fn check_value(
    algorithm: Algorithm,
    key: &Secret<Vec<u8>>,
    check: CheckKind,
) -> Result<Vec<u8>, Error> {
    let kind = match check {
        CheckKind::Zeros => Kind::Legacy,
        CheckKind::Cmac => Kind::Cmac,
        CheckKind::Hmac => {
            let key = HmacKey::new(hash(algorithm)?, key.expose())?;
            return Ok(CheckValue::of_hmac(&key).bytes().to_vec());
        }
        CheckKind::Sha1 => return Err(Error::KeyUsage),
    };
    let key = cipher(algorithm, key)?;
    let value = async |lanes: &Lanes| CheckValue::of(lanes, &key, kind, CHECK_VALUE_BYTES).await;
    lanes::alone(value).map(|value| value.bytes().to_vec())
}

fn cipher(algorithm: Algorithm, key: &Secret<Vec<u8>>) -> Result<Key, Error> {
    match algorithm {
        Algorithm::Tdes2 | Algorithm::Tdes3 => Key::tdes(key.expose()),
        Algorithm::Aes(_) => Key::aes(key.expose()),
        _ => Err(Error::KeyUsage),
    }
}

fn hash(algorithm: Algorithm) -> Result<Hash, Error> {
    use typex_core::key::payment::MacHash;
    match algorithm {
        Algorithm::Hmac(MacHash::Sha224) => Ok(Hash::Sha224),
        Algorithm::Hmac(MacHash::Sha256) => Ok(Hash::Sha256),
        Algorithm::Hmac(MacHash::Sha384) => Ok(Hash::Sha384),
        Algorithm::Hmac(MacHash::Sha512) => Ok(Hash::Sha512),
        _ => Err(Error::KeyUsage),
    }
}
