//! The clear text of an answer, in the buffer that the request came in.
// spec: enigma-bridge 2.4

use bytes::BytesMut;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES};
use zeroize::Zeroize;

use crate::padding::{pad, padded_len};

/// Puts header and padding around the `result_bytes` that are in place behind the header, and
/// leaves room for the tag. Returns the length of the padded answer.
#[inline]
pub(super) fn lay_out(
    buffer: &mut BytesMut,
    header: &[u8; HEADER_BYTES],
    result_bytes: usize,
) -> usize {
    let clear = HEADER_BYTES + result_bytes;
    let body = padded_len(clear);
    resize(buffer, body + TAG_BYTES);
    buffer[..HEADER_BYTES].copy_from_slice(header);
    pad(&mut buffer[..body], clear);
    body
}

/// Changes the length without leaving a copy behind: a `BytesMut` that grows frees its old memory
/// as it is, and one that shrinks keeps what was behind the new end.
#[inline]
pub(super) fn resize(buffer: &mut BytesMut, len: usize) {
    if len == buffer.len() {
        return;
    }
    if len < buffer.len() {
        buffer[len..].zeroize();
        buffer.truncate(len);
    } else if len <= buffer.capacity() {
        buffer.resize(len, 0);
    } else {
        let mut grown = BytesMut::with_capacity(len);
        grown.extend_from_slice(buffer);
        grown.resize(len, 0);
        buffer.zeroize();
        *buffer = grown;
    }
}
