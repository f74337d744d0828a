//! CMAC (SP 800-38B) around a CBC-MAC: subkeys and the last block.

use crate::{BLOCK, Block};

/// The blocks before the last one, and the last one, which may be short or empty.
pub(crate) fn split(data: &[u8]) -> (&[Block], &[u8]) {
    let body = data.len().saturating_sub(1) / BLOCK * BLOCK;
    let (body, last) = data.split_at(body);
    (body.as_chunks().0, last)
}

/// Adds the last block and its subkey to the running tag (6.2, steps 4 and 6 before the cipher).
pub(crate) fn add_last(tag: &mut Block, last: &[u8], subkeys: &[Block; 2]) {
    let whole = last.len() == BLOCK;
    let subkey = if whole { &subkeys[0] } else { &subkeys[1] };
    for (out, byte) in tag.iter_mut().zip(subkey) {
        *out ^= byte;
    }
    for (out, byte) in tag.iter_mut().zip(last) {
        *out ^= byte;
    }
    if !whole {
        tag[last.len()] ^= 0x80;
    }
}

/// K1 and K2 from the encrypted zero block (6.1).
pub(crate) fn subkeys(zero_encrypted: &Block) -> [Block; 2] {
    let first = double(u128::from_be_bytes(*zero_encrypted));
    [first.to_be_bytes(), double(first).to_be_bytes()]
}

/// Doubling in GF(2^128) without a branch.
fn double(value: u128) -> u128 {
    (value << 1) ^ (0x87 & 0_u128.wrapping_sub(value >> 127))
}
