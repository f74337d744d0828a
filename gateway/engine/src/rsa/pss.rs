//! RSASSA-PSS: RFC 8017, 9.1. A block is masked zeros, 01 and salt, then the hash, then bc.
//!
//! A modulus has whole bytes, so a block has one bit less than the modulus: its first, which is 0.

use aws_lc_rs::digest;
use typex_core::op::rsa::{Pss, Salt};

use super::mgf1::mask;
use super::{Error, algorithm};

const LAST: u8 = 0xbc;

/// Refuses a salt that a modulus of so many bytes has no room for.
pub(super) fn check_fits(pss: Pss, bytes: usize) -> Result<(), Error> {
    salt_bytes(pss, bytes).map(drop)
}

/// The block of a new signature.
pub(super) fn block(
    pss: Pss,
    digest: &[u8],
    bytes: usize,
    draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<Vec<u8>, Error> {
    let mut salt = vec![0; salt_bytes(pss, bytes)?];
    draw(&mut salt)?;
    let mut block = vec![0; bytes];
    let (data, rest) = block.split_at_mut(bytes - 1 - digest.len());
    let (hash, last) = rest.split_at_mut(digest.len());
    hash.copy_from_slice(hash_of(pss, digest, &salt).as_ref());
    last[0] = LAST;
    let start = data.len() - salt.len();
    data[start - 1] = 1;
    data[start..].copy_from_slice(&salt);
    mask(pss.mask, hash, data);
    data[0] &= 0x7f;
    Ok(block)
}

/// Whether the block is of a signature of the digest. Nothing of it is secret.
pub(super) fn verify(pss: Pss, digest: &[u8], block: &mut [u8]) -> Result<(), Error> {
    let (data, rest) = block.split_at_mut(block.len() - 1 - digest.len());
    let (hash, last) = rest.split_at_mut(digest.len());
    if last[0] != LAST || data[0] & 0x80 != 0 {
        return Err(Error::Verify);
    }
    mask(pss.mask, hash, data);
    data[0] &= 0x7f;
    let zeros = data.iter().take_while(|byte| **byte == 0).count();
    let [1, salt @ ..] = &data[zeros..] else { return Err(Error::Verify) };
    let sized = match pss.salt {
        Salt::Any => true,
        Salt::Hash => salt.len() == digest.len(),
        Salt::Bytes(bytes) => salt.len() == usize::from(bytes),
    };
    let same = hash_of(pss, digest, salt).as_ref() == hash;
    if sized && same { Ok(()) } else { Err(Error::Verify) }
}

/// How much salt a new signature has.
fn salt_bytes(pss: Pss, bytes: usize) -> Result<usize, Error> {
    let hash = algorithm(pss.hash).output_len();
    let most = bytes.checked_sub(hash + 2).ok_or(Error::Length)?;
    let wanted = match pss.salt {
        Salt::Hash => hash,
        Salt::Bytes(bytes) => usize::from(bytes),
        Salt::Any => most,
    };
    if wanted <= most { Ok(wanted) } else { Err(Error::Length) }
}

fn hash_of(pss: Pss, digest: &[u8], salt: &[u8]) -> digest::Digest {
    let mut context = digest::Context::new(algorithm(pss.hash));
    context.update(&[0; 8]);
    context.update(digest);
    context.update(salt);
    context.finish()
}
