//! A key that serves every operation of an algorithm, as jobs use it.

use std::sync::{Arc, OnceLock};

use typex_core::error::{ErrorKind, InvalidData};
use typex_core::key::{AesBits, Algorithm, General, Material};
use typex_core::secret::Secret;

use crate::cipher::{Cipher, CipherKey, CipherRights};
use crate::rsa::RsaKey;

/// What a card does under such a key; the rest is software's.
const CARD_CIPHERS: [Cipher; 4] =
    [Cipher::EcbEncrypt, Cipher::EcbDecrypt, Cipher::CbcEncrypt, Cipher::CbcDecrypt];

/// The parts of a key that serves every operation of an algorithm.
pub struct GeneralKey {
    general: General,
    secret: Option<Secret<Vec<u8>>>,
    public: Option<Vec<u8>>,
    /// By length: a longer key serves as a shorter one with its first bytes.
    aes: [OnceLock<Arc<CipherKey>>; 3],
    rsa: Option<RsaKey>,
}

impl GeneralKey {
    /// `None` if the material is not of such a key.
    pub(crate) fn new(general: General, material: Material) -> Option<Self> {
        if !general.holds(&material) {
            return None;
        }
        let (secret, public) = match material {
            Material::Symmetric(key) => (Some(key), None),
            Material::Pair { private, public } => (Some(private), Some(public)),
            Material::Public(public) => (None, Some(public)),
            _ => return None,
        };
        let rsa = match (general.algorithm, &public) {
            (Algorithm::Rsa(bits), Some(public)) => {
                Some(RsaKey::new(bits, secret.as_ref(), public)?)
            }
            _ => None,
        };
        Some(Self { general, secret, public, aes: Default::default(), rsa })
    }

    /// What it computes with, and how far.
    pub fn general(&self) -> General {
        self.general
    }

    /// The symmetric key or private half, where it is here.
    pub fn secret(&self) -> Option<&Secret<Vec<u8>>> {
        self.secret.as_ref()
    }

    /// The public half, of a pair.
    pub fn public(&self) -> Option<&[u8]> {
        self.public.as_deref()
    }

    pub(crate) fn rsa(&self) -> Option<&RsaKey> {
        self.rsa.as_ref()
    }

    /// Its first bytes as an AES key for ECB and CBC, which a card can run. Expanded once.
    ///
    /// # Errors
    /// `KeyUsage` for a key of another algorithm; [`InvalidData::Parameter`] for one that is too
    /// short.
    pub fn aes(&self, bits: AesBits) -> Result<Arc<CipherKey>, ErrorKind> {
        let (Algorithm::Aes(_), Some(key)) = (self.general.algorithm, &self.secret) else {
            return Err(ErrorKind::KeyUsage);
        };
        let key = key.expose().get(..bits.bytes());
        let key = key.ok_or(ErrorKind::InvalidData(InvalidData::Parameter))?;
        let place = &self.aes[bits as usize];
        if let Some(expanded) = place.get() {
            return Ok(Arc::clone(expanded));
        }
        let rights = CARD_CIPHERS.into_iter().collect::<CipherRights>();
        let expanded = CipherKey::new(&Secret::new(key.to_vec()), rights);
        let expanded = Arc::new(expanded.map_err(|error| error.kind)?);
        Ok(Arc::clone(place.get_or_init(|| expanded)))
    }
}
