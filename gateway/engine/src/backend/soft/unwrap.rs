//! Opens a template that a client filled in and sealed under an import key. Whatever is wrong has
//! one answer, after the same work.
// spec: enigma-bridge 5.3

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use typex_core::error::ErrorKind;
use typex_core::op::process_data::TAG_BYTES;
use typex_core::secret::Secret;
use typex_kernels::RoundKeys;
use zeroize::{Zeroize, Zeroizing};

use super::cipher::{self, Call};
use super::random;
use crate::job::WrappedTemplate;
use crate::key::{LoadedKey, Operation};
use crate::limits::WRAPPED_TEMPLATE_BYTES_MAX;
use crate::padding::is_padded;

/// Object number, encryption key, MAC key.
const KEYS_BYTES: usize = 4 + 32 + 32;

/// The filled template, head and rest.
pub(super) fn run(
    key: &LoadedKey,
    import: &WrappedTemplate,
    seed: &Secret<[u8; 32]>,
) -> Result<Secret<Vec<u8>>, ErrorKind> {
    let shape = Shape::of(import)?;
    let keys = unwrap_keys(key, import, seed)?;
    let (enc, mac) = (round_keys(&keys[4..36])?, round_keys(&keys[36..])?);
    let (sealed, tag) = import.protected.split_at(shape.sealed);
    let mut genuine = keys[..4].ct_eq(&import.object.to_be_bytes());
    genuine &= cipher::cbc_mac(&mac, sealed)?.ct_eq(tag);
    genuine &= has_tail(sealed, shape.tail);
    let mut clear = Secret::new(sealed[..shape.clear].to_vec());
    cipher::cbc_decrypt(&enc, &mut clear.expose_mut()[shape.head..])?;
    genuine &= is_padded(&clear.expose()[shape.head..]);
    let pad = u8::conditional_select(&16, clear.expose().last().unwrap_or(&16), genuine);
    if !bool::from(genuine) {
        return Err(ErrorKind::VerifyFailed);
    }
    let len = shape.clear.saturating_sub(usize::from(pad));
    clear.expose_mut()[len..].zeroize();
    clear.expose_mut().truncate(len);
    Ok(clear)
}

/// Where the parts of a wrapped template are. All of it follows from public lengths.
struct Shape {
    head: usize,
    /// Head and sealed rest.
    clear: usize,
    /// Padding of both together, in clear.
    tail: u8,
    /// All that the MAC covers.
    sealed: usize,
}

impl Shape {
    fn of(import: &WrappedTemplate) -> Result<Self, ErrorKind> {
        let (head, len) = (import.head_bytes, import.protected.len());
        let sealed = len.saturating_sub(TAG_BYTES);
        // The sealed rest is whole blocks, so head and total tell the padding.
        let tail = 16 - head % 16;
        let clear = sealed.saturating_sub(tail);
        let shaped = len <= WRAPPED_TEMPLATE_BYTES_MAX
            && sealed.is_multiple_of(16)
            && clear >= head.saturating_add(16);
        let tail = u8::try_from(tail).map_err(|_| ErrorKind::Internal)?;
        shaped.then_some(Self { head, clear, tail, sealed }).ok_or(ErrorKind::VerifyFailed)
    }
}

/// The client's keys, or others that nobody knows.
fn unwrap_keys(
    key: &LoadedKey,
    import: &WrappedTemplate,
    seed: &Secret<[u8; 32]>,
) -> Result<Zeroizing<[u8; KEYS_BYTES]>, ErrorKind> {
    let Operation::RsaPrivate(rsa) = key.operation() else { return Err(ErrorKind::Internal) };
    let mut substitute = Zeroizing::new([0; KEYS_BYTES]);
    random::expand(seed, &mut *substitute)?;
    cipher::count(Call::RsaPrivate, rsa.modulus_len());
    Ok(rsa.unwrap_fixed(&import.wrapped_keys, &substitute))
}

fn has_tail(sealed: &[u8], tail: u8) -> Choice {
    let start = sealed.len().saturating_sub(usize::from(tail));
    sealed[start..].iter().fold(Choice::from(1), |sound, byte| sound & byte.ct_eq(&tail))
}

fn round_keys(key: &[u8]) -> Result<RoundKeys, ErrorKind> {
    RoundKeys::new(key).map_err(|_| ErrorKind::Internal)
}
