//! A stored payment key, expanded.

use typex_core::error::{Error as Failure, ErrorKind};
use typex_core::key::Material;
use typex_core::key::payment::{Algorithm as Stored, Attributes, MacHash};
use typex_core::op::RsaPublicKey;
use typex_kernels::rsa::{RsaPrivate, RsaPublic};

use super::check_value::CheckValue;
use super::key::sha1;
use super::mac::{Hash, HmacKey};
use super::operation::CardPairs;
use super::{Devices, Error, Key, lanes};
use crate::rsa::Substitutes;

/// What a payment key computes with, and what is public of it.
pub struct PaymentKey {
    attributes: Attributes,
    parts: Parts,
    check_value: Vec<u8>,
    pairs: CardPairs,
    devices: Devices,
}

enum Parts {
    Cipher(Key),
    Hmac(HmacKey),
    RsaPrivate(Box<(RsaPrivate, Substitutes)>),
    RsaPublic(Box<RsaPublic>),
    /// Of a curve; no operation here computes with it.
    Curve,
}

impl PaymentKey {
    /// # Errors
    /// [`ErrorKind::Internal`] if the material is not of such a key.
    pub(crate) fn new(attributes: Attributes, material: &Material) -> Result<Self, Failure> {
        if !attributes.holds(material) {
            let what = "material of a payment key is not of its attributes";
            return Err(Failure::from(ErrorKind::Internal).with_source(what));
        }
        let parts = Parts::new(attributes.algorithm, material)?;
        let check_value = parts.check_value()?;
        let (pairs, devices) = (CardPairs::default(), Devices::default());
        Ok(Self { attributes, parts, check_value, pairs, devices })
    }

    /// What it is and may do.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Three bytes that tell it from others: of the kind that is usual for its algorithm; of RSA
    /// SHA-1 of the modulus; none of a curve.
    pub fn check_value(&self) -> &[u8] {
        &self.check_value
    }

    /// Of a base key.
    pub(super) fn devices(&self) -> &Devices {
        &self.devices
    }

    pub(super) fn card_pairs(&self) -> &CardPairs {
        &self.pairs
    }

    pub(super) fn cipher(&self) -> Result<&Key, Error> {
        match &self.parts {
            Parts::Cipher(key) => Ok(key),
            _ => Err(Error::KeyUsage),
        }
    }

    pub(super) fn hmac(&self) -> Result<&HmacKey, Error> {
        match &self.parts {
            Parts::Hmac(key) => Ok(key),
            _ => Err(Error::KeyUsage),
        }
    }

    pub(super) fn rsa_private(&self) -> Result<&RsaPrivate, Error> {
        match &self.parts {
            Parts::RsaPrivate(pair) => Ok(&pair.0),
            _ => Err(Error::KeyUsage),
        }
    }

    /// What stands for messages that are padded wrongly.
    pub(super) fn substitutes(&self) -> Result<&Substitutes, Error> {
        match &self.parts {
            Parts::RsaPrivate(pair) => Ok(&pair.1),
            _ => Err(Error::KeyUsage),
        }
    }

    /// The public half of a private key of RSA.
    pub(crate) fn public_of_private(&self) -> Option<RsaPublicKey> {
        let public = self.rsa_private().ok()?.public();
        let (modulus, exponent) = (public.modulus().to_vec(), public.exponent().to_vec());
        Some(RsaPublicKey { modulus, exponent })
    }

    pub(super) fn rsa_public(&self) -> Result<&RsaPublic, Error> {
        match &self.parts {
            Parts::RsaPrivate(pair) => Ok(pair.0.public()),
            Parts::RsaPublic(key) => Ok(key),
            _ => Err(Error::KeyUsage),
        }
    }
}

impl Parts {
    fn new(algorithm: Stored, material: &Material) -> Result<Self, ErrorKind> {
        Ok(match (algorithm, material) {
            (Stored::Tdes2 | Stored::Tdes3, Material::Symmetric(key)) => {
                Self::Cipher(Key::tdes(key.expose())?)
            }
            (Stored::Aes(_), Material::Symmetric(key)) => Self::Cipher(Key::aes(key.expose())?),
            (Stored::Hmac(hash), Material::Symmetric(key)) => {
                Self::Hmac(HmacKey::new(hash_of(hash), key.expose())?)
            }
            (Stored::Rsa(_), Material::RsaPrivate(der)) => {
                let key = RsaPrivate::from_trusted_der(der.expose());
                let key = key.map_err(|_| ErrorKind::Internal)?;
                Self::RsaPrivate(Box::new((key, Substitutes::new(der.expose()))))
            }
            (Stored::Rsa(_), Material::RsaPublic { modulus, exponent }) => {
                let key = RsaPublic::new(modulus, exponent);
                Self::RsaPublic(Box::new(key.map_err(|_| ErrorKind::Internal)?))
            }
            _ => Self::Curve,
        })
    }

    fn check_value(&self) -> Result<Vec<u8>, Error> {
        let of_modulus =
            |key: &RsaPublic| sha1(key.modulus()).expose().iter().copied().take(3).collect();
        Ok(match self {
            Self::Cipher(key) => {
                let value = lanes::alone(async |lanes| CheckValue::usual(lanes, key).await)?;
                value.bytes().to_vec()
            }
            Self::Hmac(key) => CheckValue::of_hmac(key).bytes().to_vec(),
            Self::RsaPrivate(pair) => of_modulus(pair.0.public()),
            Self::RsaPublic(key) => of_modulus(key),
            Self::Curve => Vec::new(),
        })
    }
}

/// A hash in words of this module.
pub(super) fn hash_of(hash: MacHash) -> Hash {
    match hash {
        MacHash::Sha224 => Hash::Sha224,
        MacHash::Sha256 => Hash::Sha256,
        MacHash::Sha384 => Hash::Sha384,
        MacHash::Sha512 => Hash::Sha512,
    }
}
