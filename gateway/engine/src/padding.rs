//! PKCS#7 padding to 16 bytes, judged without branching on it.

use subtle::{Choice, ConstantTimeEq};

/// Whether `plain` ends in padding.
pub(crate) fn is_padded(plain: &[u8]) -> Choice {
    differences(plain).ct_eq(&0)
}

/// Zero if `plain` ends in padding.
#[inline]
pub(crate) fn differences(plain: &[u8]) -> u64 {
    let Some(tail) = plain.last_chunk::<16>() else { return 1 };
    let pad = u32::from(tail[15]);
    // Above 16 or zero: the sign bit of either difference.
    let out_of_range = (16_u32.wrapping_sub(pad) | pad.wrapping_sub(1)) >> 31;
    let within = u128::MAX >> (128_u32.wrapping_sub(8 * (pad & 0x1f)) & 0x7f);
    let everywhere = u128::from(pad).wrapping_mul(u128::from_be_bytes([1; 16]));
    let wrong = (u128::from_be_bytes(*tail) ^ everywhere) & within;
    fold(wrong) | u64::from(out_of_range)
}

/// Zero only for zero.
pub(crate) fn fold(wide: u128) -> u64 {
    wide as u64 | (wide >> 64) as u64
}

/// Takes the padding off, if it is right; says whether it was.
pub(crate) fn unpad(data: &mut Vec<u8>) -> bool {
    let right = bool::from(is_padded(data));
    let padding = usize::from(data.last().copied().unwrap_or_default());
    match data.len().checked_sub(padding).filter(|_| right) {
        Some(length) => data.truncate(length),
        None => return false,
    }
    true
}

/// Length of `bytes` behind padding.
pub(crate) fn padded_len(bytes: usize) -> usize {
    bytes / 16 * 16 + 16
}

/// Writes the padding behind the first `bytes` of `buffer`, up to its end.
pub(crate) fn pad(buffer: &mut [u8], bytes: usize) {
    let pad = buffer.len().saturating_sub(bytes);
    if let (Some(tail), Ok(pad)) = (buffer.get_mut(bytes..), u8::try_from(pad)) {
        tail.fill(pad);
    }
}
