//! One-time passwords, RFC 4226.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::InnerStatus;
use crate::error::ErrorKind;
use crate::limits;
use crate::tlv::BROKEN;

/// Decodes a code: its decimal pairs, most significant first, 16 bits each.
// spec: enigma-bridge 4.4, HOTP code coding
pub(super) fn decode_code(value: &[u8]) -> Result<u64, ErrorKind> {
    let (pairs, odd) = value.as_chunks::<2>();
    if !odd.is_empty() || pairs.is_empty() || pairs.len() > limits::HOTP_CODE_PAIRS_MAX {
        return Err(BROKEN);
    }
    pairs.iter().try_fold(0, |code, pair| match u16::from_be_bytes(*pair) {
        pair @ 0..=99 => Ok(code * 100 + u64::from(pair)),
        _ => Err(BROKEN),
    })
}

/// The counter to accept next after `code`, looking at the window that starts with `counter`.
///
/// Every position is computed and compared, whether or not an earlier one matched.
pub(super) fn next_counter(
    secret: &[u8],
    counter: u64,
    digits: u8,
    code: u64,
) -> Result<u64, InnerStatus> {
    let Some(end) = counter.checked_add(limits::HOTP_WINDOW) else {
        return Err(InnerStatus::CounterOverflow);
    };
    let mut next = 0;
    let mut found = Choice::from(0);
    for position in counter..end {
        let hit = u64::from(value(secret, position, digits)).ct_eq(&code);
        next.conditional_assign(&(position + 1), hit & !found);
        found |= hit;
    }
    if bool::from(found) { Ok(next) } else { Err(InnerStatus::WrongCode) }
}

/// The code of one counter. `digits` is at most 9.
pub(super) fn value(secret: &[u8], counter: u64, digits: u8) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(&counter.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(digest[19] & 0xf);
    let bytes = [digest[offset], digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 10_u32.pow(u32::from(digits))
}
