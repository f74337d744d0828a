//! Owner keys of domains: out of certificates, and what they sign.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use typex_core::error::Malformed;
use typex_core::op::RsaPublicKey;
use typex_core::op::registration::{SignedText, owner_fits};
use typex_core::{Error, ErrorKind};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// The RSA key of a certificate. Nothing else of it counts: it is a vehicle for the key.
///
/// # Errors
/// [`Malformed::Value`] if it is no DER certificate of an RSA key that may own a domain.
pub(super) fn owner_key(der: &[u8]) -> Result<RsaPublicKey, Error> {
    let (rest, certificate) =
        X509Certificate::from_der(der).map_err(|_| refused("a DER certificate"))?;
    if !rest.is_empty() {
        return Err(refused("one DER certificate and nothing more"));
    }
    let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed() else {
        return Err(refused("of an RSA key"));
    };
    let owner = RsaPublicKey { modulus: stripped(key.modulus), exponent: stripped(key.exponent) };
    if owner_fits(&owner) { Ok(owner) } else { Err(refused("of a 2048 to 4096-bit RSA key")) }
}

/// Whether `signed` is by `key`: RSASSA-PKCS1-v1_5 with SHA-256 over the text as it travelled.
// spec: enigma-bridge 6
pub(super) fn verify(key: &RsaPublicKey, signed: &SignedText) -> bool {
    let parts = RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent };
    let (text, signature) = (signed.text.expose().as_bytes(), &signed.signature);
    parts.verify(&RSA_PKCS1_2048_8192_SHA256, text, signature).is_ok()
}

fn stripped(number: &[u8]) -> Vec<u8> {
    number.iter().skip_while(|byte| **byte == 0).copied().collect()
}

fn refused(must: &str) -> Error {
    let text = format!("apidata.certificate must be {must}");
    Error::new(ErrorKind::Malformed(Malformed::Value), text)
}
