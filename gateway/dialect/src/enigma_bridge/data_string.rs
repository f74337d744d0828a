//! The data string of `ProcessData`: an optional label, then hex of a clear part and the sealed
//! part.
// spec: enigma-bridge 2.2

use bytes::BytesMut;
use typex_core::error::Malformed;
use typex_core::op::process_data::{ProcessData, TAG_BYTES};
use typex_core::{ErrorKind, limits};

use super::limits::ANSWER_BYTES_MIN;
use super::render::Fault;

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
pub(super) fn decode(text: &str) -> Result<ProcessData, Fault> {
    let payload = text.rfind('_').map_or(text, |at| &text[at + 1..]).as_bytes();
    if payload.is_empty() {
        return Err(Fault::new(Malformed::Value, "data is missing"));
    }
    // What is not hex has no length to complain of.
    let sealed = sealed_digits(payload)
        .map_err(|fault| if const_hex::check_raw(payload) { fault } else { not_hex() })?;
    let len = sealed.len() / 2;
    let mut buffer = BytesMut::with_capacity(len.max(ANSWER_BYTES_MIN));
    buffer.resize(len, 0);
    const_hex::decode_to_slice(sealed, &mut buffer).map_err(|_| not_hex())?;
    Ok(ProcessData { sealed: buffer })
}

/// The digits of ciphertext and tag.
fn sealed_digits(payload: &[u8]) -> Result<&[u8], Fault> {
    if !payload.len().is_multiple_of(2) {
        return Err(not_hex());
    }
    if payload.len() / 2 < MESSAGE_BYTES_MIN {
        return Err(too_short());
    }
    let (clear_len, rest) = payload.split_at(CLEAR_LEN_DIGITS);
    let clear_len = const_hex::decode_to_array(clear_len).map_err(|_| not_hex())?;
    let clear_digits = usize::from(u16::from_be_bytes(clear_len)) * 2;
    let (clear, sealed) = rest.split_at_checked(clear_digits).ok_or_else(too_short)?;
    if !const_hex::check_raw(clear) {
        return Err(not_hex());
    }
    match (sealed.len() / 2).checked_sub(TAG_BYTES) {
        None | Some(0) => Err(too_short()),
        Some(ciphertext) if !ciphertext.is_multiple_of(BLOCK_BYTES) => {
            Err(Fault::new(Malformed::Length, "ciphertext must be of whole 16-byte blocks"))
        }
        Some(ciphertext) if ciphertext > limits::SEALED_BYTES_MAX => {
            Err(Fault::new(ErrorKind::TooLarge, "ciphertext must be at most 1056 bytes"))
        }
        Some(_) => Ok(sealed),
    }
}

fn not_hex() -> Fault {
    Fault::new(Malformed::Value, "data must be hex")
}

fn too_short() -> Fault {
    Fault::new(Malformed::Length, "data must hold a length, a 16-byte block and a 16-byte tag")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(text: &str) -> Result<String, u16> {
        decode(text).map(|data| const_hex::encode(data.sealed)).map_err(|fault| fault.status.code())
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
            (String::new(), 0x8039),
            ("Packet0_PLAINAES_".into(), 0x8039),
            ("xy".into(), 0x8039),
            ("000".into(), 0x8039),
            (format!("0000{block}{}zz", &block[2..]), 0x8039),
            (format!("0002xx00{block}{block}"), 0x8039),
            (format!("{block}{block}0000_"), 0x8039),
            ("0000".into(), 0x8049),
            (format!("0000{block}"), 0x8049),
            (format!("0000{block}{block}00"), 0x8049),
            (format!("0001{block}{block}"), 0x8049),
            (format!("ffff{block}{block}"), 0x8049),
            (format!("0010{block}{block}{block}00"), 0x8049),
            (format!("0000{large}{block}"), 0x8031),
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
