//! The data string of `ProcessData`: an optional label, then hex of a clear part and the sealed
//! part.
// spec: enigma-bridge 2.2

use bytes::BytesMut;
use typex_core::error::Malformed;
use typex_core::op::process_data::{ProcessData, TAG_BYTES};
use typex_core::{ErrorKind, limits};

use super::limits::ANSWER_BYTES_MIN;

/// Cipher block and smallest ciphertext, in bytes.
const BLOCK_BYTES: usize = 16;
/// Hex digits of the clear part's length.
const CLEAR_LEN_DIGITS: usize = 4;
/// Smallest message: length of the clear part, one block, the tag.
const MESSAGE_BYTES_MIN: usize = CLEAR_LEN_DIGITS / 2 + BLOCK_BYTES + TAG_BYTES;

/// Decodes the sealed part into one buffer that also has room for the answer.
///
/// The label says what the client believes the object does and is ignored; so is the clear part,
/// which no MAC covers.
///
/// # Errors
/// `Value` if there is no data or it is not hex, `Length` if it is too short or not of whole
/// blocks, `TooLarge` above the longest message any operation takes.
pub(super) fn decode(text: &str) -> Result<ProcessData, ErrorKind> {
    let payload = text.rfind('_').map_or(text, |at| &text[at + 1..]).as_bytes();
    let sealed = sealed_digits(payload).map_err(|fault| not_hex_or(payload, fault))?;
    let len = sealed.len() / 2;
    let mut buffer = BytesMut::with_capacity(len.max(ANSWER_BYTES_MIN));
    buffer.resize(len, 0);
    const_hex::decode_to_slice(sealed, &mut buffer)
        .map_err(|_| ErrorKind::Malformed(Malformed::Value))?;
    Ok(ProcessData { sealed: buffer })
}

/// The digits of ciphertext and tag.
fn sealed_digits(payload: &[u8]) -> Result<&[u8], ErrorKind> {
    const LENGTH: ErrorKind = ErrorKind::Malformed(Malformed::Length);
    const VALUE: ErrorKind = ErrorKind::Malformed(Malformed::Value);
    if payload.is_empty() || !payload.len().is_multiple_of(2) {
        return Err(VALUE);
    }
    if payload.len() / 2 < MESSAGE_BYTES_MIN {
        return Err(LENGTH);
    }
    let (clear_len, rest) = payload.split_at(CLEAR_LEN_DIGITS);
    let clear_len = const_hex::decode_to_array(clear_len).map_err(|_| VALUE)?;
    let clear_digits = usize::from(u16::from_be_bytes(clear_len)) * 2;
    let (clear, sealed) = rest.split_at_checked(clear_digits).ok_or(LENGTH)?;
    if !const_hex::check_raw(clear) {
        return Err(VALUE);
    }
    let ciphertext_bytes = (sealed.len() / 2).checked_sub(TAG_BYTES).ok_or(LENGTH)?;
    if ciphertext_bytes == 0 || !ciphertext_bytes.is_multiple_of(BLOCK_BYTES) {
        return Err(LENGTH);
    }
    if ciphertext_bytes > limits::SEALED_BYTES_MAX {
        return Err(ErrorKind::TooLarge);
    }
    Ok(sealed)
}

/// What is not hex at all has no length to complain of.
fn not_hex_or(payload: &[u8], fault: ErrorKind) -> ErrorKind {
    if const_hex::check_raw(payload) { fault } else { ErrorKind::Malformed(Malformed::Value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: ErrorKind = ErrorKind::Malformed(Malformed::Value);
    const LENGTH: ErrorKind = ErrorKind::Malformed(Malformed::Length);

    fn sealed(text: &str) -> Result<String, ErrorKind> {
        decode(text).map(|data| const_hex::encode(data.sealed))
    }

    #[test]
    fn label_case_and_clear_part_make_no_difference() {
        let body = "a1b2".repeat(16);
        for text in [
            format!("0000{body}"),
            format!("Packet0_PLAINAES_0000{body}"),
            format!("Packet0_RSA1024DECRYPT_NOPAD_0000{body}"),
            format!("_0000{body}"),
            format!("Packet0_PROCESS_0000{}", body.to_uppercase()),
            format!("0003abcdef{body}"),
        ] {
            assert_eq!(sealed(&text), Ok(body.clone()), "{text}");
        }
    }

    #[test]
    fn faults() {
        let block = "00".repeat(16);
        let large = "00".repeat(limits::SEALED_BYTES_MAX + 16);
        for (text, fault) in [
            (String::new(), VALUE),
            ("Packet0_PLAINAES_".into(), VALUE),
            ("xy".into(), VALUE),
            ("000".into(), VALUE),
            (format!("0000{block}{}zz", &block[2..]), VALUE),
            (format!("0002xx00{block}{block}"), VALUE),
            (format!("{block}{block}0000_"), VALUE),
            ("0000".into(), LENGTH),
            (format!("0000{block}"), LENGTH),
            (format!("0000{block}{block}00"), LENGTH),
            (format!("0001{block}{block}"), LENGTH),
            (format!("ffff{block}{block}"), LENGTH),
            (format!("0010{block}{block}{block}00"), LENGTH),
            (format!("0000{large}{block}"), ErrorKind::TooLarge),
        ] {
            assert_eq!(sealed(&text), Err(fault), "{text}");
        }
    }

    #[test]
    fn the_longest_message_is_accepted() {
        let largest = "5a".repeat(limits::SEALED_BYTES_MAX + TAG_BYTES);
        let data = decode(&format!("0000{largest}")).unwrap();
        assert_eq!(data.ciphertext_bytes(), limits::SEALED_BYTES_MAX);
    }
}
