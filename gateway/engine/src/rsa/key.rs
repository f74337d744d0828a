//! Keys of RSA with padding, as operations use them, and their encodings.

use typex_core::error::ErrorKind;
use typex_core::key::payment::RsaBits;
use typex_core::secret::Secret;
use typex_kernels::rsa::{RsaError, RsaPrivate, RsaPublic};

use super::{Bytes, Substitutes};
use crate::reserve::{self, Reserve};

/// A key that was parsed.
pub(crate) enum RsaKey {
    Pair(Box<(RsaPrivate, Substitutes)>),
    Public(Box<RsaPublic>),
}

impl RsaKey {
    /// A stored key; `None` if its parts are not of one key of this length.
    pub(crate) fn new(bits: RsaBits, private: Option<&Bytes>, public: &[u8]) -> Option<Self> {
        let Some(private) = private else {
            return decode_public(bits, public).map(Box::new).map(Self::Public);
        };
        let key = RsaPrivate::from_trusted_der(private.expose()).ok()?;
        let is_one =
            key.modulus_len() == bits.modulus_bytes() && encode_public(key.public()) == public;
        is_one.then(|| Self::Pair(Box::new((key, Substitutes::new(private.expose())))))
    }

    pub(super) fn public(&self) -> &RsaPublic {
        match self {
            Self::Pair(pair) => pair.0.public(),
            Self::Public(key) => key,
        }
    }

    pub(super) fn private(&self) -> Result<&(RsaPrivate, Substitutes), ErrorKind> {
        match self {
            Self::Pair(pair) => Ok(pair),
            Self::Public(_) => Err(ErrorKind::KeyUsage),
        }
    }
}

/// Bits of a modulus.
pub(crate) fn modulus_bits(bits: RsaBits) -> u32 {
    8 * bits.modulus_bytes() as u32
}

/// A new private key in PKCS#1, with the public exponent 65537.
pub(crate) fn generate(bits: RsaBits, reserve: Option<&Reserve>) -> Result<Bytes, RsaError> {
    let key = reserve::key(reserve, modulus_bits(bits))?;
    key.to_der().map(|der| Secret::new(der.to_vec()))
}

/// A private key in PKCS#1 or PKCS#8 of any origin, checked, as it is kept: in PKCS#1. Takes as
/// long as the primality of its factors.
pub(crate) fn import(bits: RsaBits, der: &[u8]) -> Result<Bytes, RsaError> {
    let key = RsaPrivate::from_der(der)?;
    if key.modulus_len() != bits.modulus_bytes() {
        return Err(RsaError::ModulusBits { bits: 8 * key.modulus_len() as u32 });
    }
    key.to_der().map(|der| Secret::new(der.to_vec()))
}

/// The public half of a private key that was checked before.
pub(crate) fn public_of(private: &Bytes) -> Result<Vec<u8>, RsaError> {
    RsaPrivate::from_trusted_der(private.expose()).map(|key| encode_public(key.public()))
}

/// rsaEncryption without parameters: RFC 8017, A.1.
const ALGORITHM: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
const INTEGER: u8 = 2;
const BIT_STRING: u8 = 3;
const SEQUENCE: u8 = 0x30;

/// SubjectPublicKeyInfo in DER.
pub(crate) fn encode_public(key: &RsaPublic) -> Vec<u8> {
    let numbers = [key.modulus(), key.exponent()].map(|number| {
        let sign: &[u8] =
            if number.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
        element(INTEGER, &[sign, number])
    });
    let key = element(SEQUENCE, &[&numbers[0], &numbers[1]]);
    element(SEQUENCE, &[ALGORITHM, &element(BIT_STRING, &[&[0], &key])])
}

/// The same read, in that one form.
pub(crate) fn decode_public(bits: RsaBits, der: &[u8]) -> Option<RsaPublic> {
    let info = whole(SEQUENCE, der)?.strip_prefix(ALGORITHM)?;
    let key = whole(SEQUENCE, whole(BIT_STRING, info)?.strip_prefix(&[0])?)?;
    let (modulus, rest) = taken(INTEGER, key)?;
    let key = RsaPublic::new(modulus, whole(INTEGER, rest)?).ok()?;
    (key.modulus_len() == bits.modulus_bytes() && encode_public(&key) == der).then_some(key)
}

fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let [high, low] = (contents.len() as u16).to_be_bytes();
    let head: &[u8] = match contents.len() {
        0..0x80 => &[tag, low],
        0x80..0x100 => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [head, &contents].concat()
}

/// The contents of the first element, and what is behind it.
fn taken(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [0x82, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        [0x81, length, rest @ ..] | [length @ 0..=0x7f, rest @ ..] => (u16::from(*length), rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(length))
}

fn whole(tag: u8, der: &[u8]) -> Option<&[u8]> {
    taken(tag, der).filter(|(_, rest)| rest.is_empty()).map(|(contents, _)| contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_half_has_one_encoding() {
        let private = generate(RsaBits::Rsa2048, None).unwrap();
        let public = public_of(&private).unwrap();
        assert_eq!(public.len(), 294);
        let read = |der: &[u8]| decode_public(RsaBits::Rsa2048, der).map(|key| encode_public(&key));
        assert_eq!(read(&public), Some(public.clone()));
        assert!(decode_public(RsaBits::Rsa3072, &public).is_none());
        for length in 0..public.len() {
            assert_eq!(read(&public[..length]), None, "{length}");
        }
        assert_eq!(read(&[&public[..], &[0]].concat()), None);
        for at in 0..public.len() {
            let mut changed = public.clone();
            changed[at] ^= 0x40;
            // Another modulus or exponent is another key, everything else none.
            assert!(read(&changed).is_none_or(|der| der == changed), "{at}");
        }
        assert!(RsaKey::new(RsaBits::Rsa2048, Some(&private), &public).is_some());
        assert!(RsaKey::new(RsaBits::Rsa3072, Some(&private), &public).is_none());
        let other = public_of(&generate(RsaBits::Rsa2048, None).unwrap()).unwrap();
        assert!(RsaKey::new(RsaBits::Rsa2048, Some(&private), &other).is_none());
        assert!(RsaKey::new(RsaBits::Rsa2048, None, &other).is_some());
    }

    #[test]
    fn a_private_key_comes_in_either_form_and_is_kept_in_one() {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
        let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let kept = import(RsaBits::Rsa2048, pkcs8.as_ref()).unwrap();
        assert!(pkcs8.as_ref().ends_with(kept.expose()));
        let again = import(RsaBits::Rsa2048, kept.expose()).unwrap();
        assert_eq!(again.expose(), kept.expose());
        let sized = import(RsaBits::Rsa4096, kept.expose()).err();
        assert_eq!(sized, Some(RsaError::ModulusBits { bits: 2048 }));
        let cut = import(RsaBits::Rsa2048, &kept.expose()[1..]).err();
        assert_eq!(cut, Some(RsaError::Encoding));
    }
}
