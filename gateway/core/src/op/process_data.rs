//! `ProcessData`: the one operation of a key, on data that is sealed between client and key.
//!
//! Clear text of a request is `0x1f | object | nonce | data`, of an answer
//! `0xf1 | object | stepped nonce | result`, both with PKCS#7 padding, AES-256-CBC under a zero IV
//! and a CBC-MAC over the ciphertext.
// spec: enigma-bridge 2.1, 2.2, 2.4

use bytes::BytesMut;

/// First byte of a request's clear text.
pub const REQUEST: u8 = 0x1f;
/// First byte of an answer's clear text.
pub const ANSWER: u8 = 0xf1;
/// Bytes in front of the data: mark, object number, nonce.
pub const HEADER_BYTES: usize = 13;
/// Bytes of the CBC-MAC.
pub const TAG_BYTES: usize = 16;

/// Sealed data of one request, as it came.
pub struct ProcessData {
    /// Ciphertext, whole blocks, at least one, then the tag of 16 bytes.
    pub sealed: BytesMut,
}

impl ProcessData {
    /// Length of the ciphertext.
    pub fn ciphertext_bytes(&self) -> usize {
        self.sealed.len().saturating_sub(TAG_BYTES)
    }
}

/// The header of the answer to a request with `nonce`: each nonce byte is stepped by one, alone.
///
/// ```
/// use typex_core::op::process_data::answer_header;
/// let header = answer_header(0xee01, [0x00, 0xff, 0x01, 0xfe, 0xff, 0xff, 0x00, 0x10]);
/// assert_eq!(header, [
///     0xf1, 0x00, 0x00, 0xee, 0x01, 0x01, 0x00, 0x02, 0xff, 0x00, 0x00, 0x01, 0x11,
/// ]);
/// ```
// spec: enigma-bridge 2.4
#[inline]
pub fn answer_header(object: u32, nonce: [u8; 8]) -> [u8; HEADER_BYTES] {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let nonce = u64::from_ne_bytes(nonce);
    // No carry leaves the low seven bits of a byte; the high bit is stepped without one.
    let stepped = ((nonce & !HIGH) + ONES) ^ (nonce & HIGH);
    let mut header = [ANSWER; HEADER_BYTES];
    header[1..5].copy_from_slice(&object.to_be_bytes());
    header[5..].copy_from_slice(&stepped.to_ne_bytes());
    header
}
