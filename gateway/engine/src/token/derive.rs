//! Keys of a domain, from master keys (SP 800-108, counter mode, CMAC of AES).

use typex_core::Secret;
use typex_core::token::DomainName;
use typex_kernels::{BLOCK, cmac};
use zeroize::Zeroize;

use crate::payment::{Error, Key, Schedule};

/// What a key is for.
#[derive(Clone, Copy)]
pub(super) enum Label {
    /// Tokens that are encrypted.
    Encrypt,
    /// What random tokens stand for.
    Seal,
    /// Where a value is found again.
    Index,
}

impl Label {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Encrypt => b"typex-fpe-v1",
            Self::Seal => b"typex-vault-seal-v1",
            Self::Index => b"typex-vault-index-v1",
        }
    }
}

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The key, 32 bytes, of a tenant's domain. Each version of a key has a master of its own.
///
/// # Errors
/// [`Error::KeyUsage`] for a master that is not of AES, [`Error::InvalidInput`] for a tenant's name
/// above 65 535 bytes.
// spec: payments 10.2
pub fn derive_key(
    master: &Key,
    tenant: &[u8],
    domain: &DomainName,
) -> Result<Secret<Vec<u8>>, Error> {
    derive(Label::Encrypt, master, tenant, domain)
}

/// A key for one purpose.
pub(super) fn derive(
    label: Label,
    master: &Key,
    tenant: &[u8],
    domain: &DomainName,
) -> Result<Secret<Vec<u8>>, Error> {
    let Schedule::Aes(keys) = master.schedule() else { return Err(Error::KeyUsage) };
    let context = context(tenant, domain)?;
    let mut derived = Secret::new(Vec::with_capacity(KEY_BYTES));
    for counter in 1..=(KEY_BYTES / BLOCK) as u32 {
        let bits = (KEY_BYTES * 8) as u32;
        let (counter, bits) = (counter.to_be_bytes(), bits.to_be_bytes());
        let data = [counter.as_slice(), label.bytes(), &[0], &context, &bits].concat();
        let mut block = cmac(keys, &data);
        derived.expose_mut().extend_from_slice(&block);
        block.zeroize();
    }
    Ok(derived)
}

/// Tenant and domain, each with its length in front, so that no two pairs are the same bytes.
pub(super) fn context(tenant: &[u8], domain: &DomainName) -> Result<Vec<u8>, Error> {
    let mut context = Vec::new();
    for name in [tenant, domain.as_str().as_bytes()] {
        let length = u16::try_from(name.len()).map_err(|_| Error::InvalidInput)?;
        context.extend_from_slice(&length.to_be_bytes());
        context.extend_from_slice(name);
    }
    Ok(context)
}
