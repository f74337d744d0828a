//! RSA keys: made here, or checked when a client brings the parts.
// spec: enigma-bridge 5.5

use typex_core::error::{ErrorKind, KeyImport};
use typex_core::key::Material;
use typex_core::op::RsaPublicKey;
use typex_core::secret::Secret;
use typex_kernels::rsa::{CrtParts, RsaError, RsaPrivate};

use crate::job::{NewKey, Outcome};
use crate::reserve::{self, Reserve};

/// A new key of 1024 or 2048 bits with e = 65537.
pub(super) fn generate(bits: u32, reserve: Option<&Reserve>) -> Result<Outcome, ErrorKind> {
    if !matches!(bits, 1024 | 2048) {
        return Err(ErrorKind::Unsupported);
    }
    outcome(&reserve::key(reserve, bits).map_err(failure)?)
}

/// The key of the five parts, if they make one of this size.
pub(super) fn import(parts: &Secret<Vec<u8>>, modulus_bytes: u16) -> Result<Outcome, ErrorKind> {
    let parts = split(parts.expose()).ok_or(ErrorKind::KeyImport(KeyImport::Material))?;
    let key = RsaPrivate::from_crt(&parts).map_err(failure)?;
    if key.modulus_len() != usize::from(modulus_bytes) {
        return Err(ErrorKind::KeyImport(KeyImport::Material));
    }
    outcome(&key)
}

/// dP, dQ, p, q, qInv, each behind its length; zeros behind them.
fn split(bytes: &[u8]) -> Option<CrtParts<'_>> {
    let mut rest = bytes;
    let mut part = || {
        let (len, behind) = rest.split_first_chunk::<2>()?;
        let (part, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        rest = behind;
        Some(part)
    };
    let parts = CrtParts { dp: part()?, dq: part()?, p: part()?, q: part()?, q_inv: part()? };
    rest.iter().all(|byte| *byte == 0).then_some(parts)
}

fn outcome(key: &RsaPrivate) -> Result<Outcome, ErrorKind> {
    let der = key.to_der().map_err(failure)?;
    let public = key.public();
    Ok(Outcome::Key(Box::new(NewKey {
        material: Material::RsaPrivate(Secret::new(der.to_vec())),
        public: RsaPublicKey {
            modulus: public.modulus().to_vec(),
            exponent: public.exponent().to_vec(),
        },
    })))
}

fn failure(error: RsaError) -> ErrorKind {
    match error {
        RsaError::Fault => ErrorKind::DeviceFault,
        _ => ErrorKind::KeyImport(KeyImport::Material),
    }
}
