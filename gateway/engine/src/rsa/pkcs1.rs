//! RSAES-PKCS1-v1_5 and RSASSA-PKCS1-v1_5: RFC 8017, 7.2 and 8.2.

use subtle::{Choice, ConstantTimeEq, ConstantTimeLess};
use typex_core::op::rsa::RsaHash;
use typex_core::secret::Secret;

use super::substitute::Substitute;
use super::unpad::{message, select, select_byte};
use super::{Bytes, Error};

/// 00 02 or 00 01, at least eight bytes, 00.
const OVERHEAD: usize = 11;

/// Bytes that a message may have.
pub(super) fn room(bytes: usize) -> Result<usize, Error> {
    bytes.checked_sub(OVERHEAD).ok_or(Error::Length)
}

/// 00 02, random bytes other than 00, 00, message.
pub(super) fn encryption_block(
    message: &[u8],
    bytes: usize,
    draw: impl FnOnce(&mut [u8]) -> Result<(), Error>,
) -> Result<Bytes, Error> {
    if message.len() > room(bytes)? {
        return Err(Error::Length);
    }
    let padding = bytes - 3 - message.len();
    // One byte in 256 is 00; of twice as many there are enough.
    let mut drawn = Secret::new(vec![0; 2 * bytes]);
    draw(drawn.expose_mut())?;
    let drawn: Bytes = Secret::new(
        drawn.expose().iter().copied().filter(|byte| *byte != 0).take(padding).collect(),
    );
    if drawn.expose().len() < padding {
        return Err(Error::Random);
    }
    let mut block = Secret::new(vec![0; bytes]);
    let out = block.expose_mut();
    out[1] = 2;
    out[2..2 + padding].copy_from_slice(drawn.expose());
    out[bytes - message.len()..].copy_from_slice(message);
    Ok(block)
}

pub(super) fn unpad(block: &Bytes) -> Result<Bytes, Error> {
    let (start, sound) = start(block)?;
    message(block.expose(), start, sound)
}

/// The message, or in place of one that is padded wrongly its substitute.
pub(super) fn unpad_or(mut block: Bytes, other: &Substitute) -> Result<Bytes, Error> {
    let (start, sound) = start(&block)?;
    let bytes = u32::try_from(other.block.expose().len()).map_err(|_| Error::Length)?;
    let its_start = bytes.wrapping_sub(other.length);
    let start = select(its_start, start, sound);
    for (byte, other) in block.expose_mut().iter_mut().zip(other.block.expose()) {
        *byte = select_byte(*other, *byte, sound);
    }
    message(block.expose(), start, Choice::from(1))
}

/// Where the message begins, and whether what is before it is as it should be.
fn start(block: &Bytes) -> Result<(u32, Choice), Error> {
    let [first, second, rest @ ..] = block.expose().as_slice() else { return Err(Error::Length) };
    let mut sound = first.ct_eq(&0) & second.ct_eq(&2);
    let (mut found, mut start) = (Choice::from(0), 0_u32);
    for (at, byte) in (3_u32..).zip(rest.iter()) {
        let ends = !found & byte.ct_eq(&0);
        start = select(start, at, ends);
        found |= ends;
    }
    // Eight bytes and the 00 behind them.
    sound &= found & !start.ct_lt(&(OVERHEAD as u32));
    Ok((start, sound))
}

/// 00 01, ff, 00, DigestInfo.
pub(super) fn signature_block(
    hash: RsaHash,
    digest: &[u8],
    bytes: usize,
) -> Result<Vec<u8>, Error> {
    let info = [prefix(hash), digest].concat();
    if info.len() > room(bytes)? {
        return Err(Error::Length);
    }
    let mut block = vec![0xff; bytes];
    let start = bytes - info.len();
    (block[0], block[1], block[start - 1]) = (0, 1, 0);
    block[start..].copy_from_slice(&info);
    Ok(block)
}

/// DigestInfo up to the digest: RFC 8017, 9.2, note 1.
fn prefix(hash: RsaHash) -> &'static [u8] {
    match hash {
        RsaHash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        RsaHash::Sha256 => {
            b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        RsaHash::Sha384 => {
            b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        RsaHash::Sha512 => {
            b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
    }
}
