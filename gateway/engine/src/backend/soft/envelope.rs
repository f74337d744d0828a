//! What is inside a decrypted request, judged without branching on it.
// spec: enigma-bridge 2.2

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use typex_core::op::process_data::{HEADER_BYTES, REQUEST};

/// A decrypted request: what it holds, and whether any of that may be believed.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    /// Tag, padding, mark and object number are right.
    pub(super) intact: Choice,
    /// Bytes of data; meaningless unless intact.
    pub(super) data_bytes: u32,
    /// The request's nonce.
    pub(super) nonce: [u8; 8],
}

impl Envelope {
    /// Nothing is known, so nothing may be believed.
    pub(super) fn unknown() -> Self {
        Self { intact: Choice::from(0), data_bytes: 0, nonce: [0; 8] }
    }
}

/// Judges `plain`, a whole number of blocks. Time depends on nothing but its length.
pub(super) fn inspect(plain: &[u8], object: u32, tag_matches: Choice) -> Envelope {
    let Some(header) = plain.first_chunk::<HEADER_BYTES>() else {
        return Envelope::unknown();
    };
    let pad = plain.last().copied().unwrap_or_default();
    let marked = header[0].ct_eq(&REQUEST) & header[1..5].ct_eq(&object.to_be_bytes());
    let room = u32::try_from(plain.len() - HEADER_BYTES).unwrap_or_default();
    let fits = !u32::from(pad).ct_gt(&room);
    let data_bytes = room.wrapping_sub(u32::from(pad));
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&header[5..]);
    Envelope {
        intact: tag_matches & marked & is_padded(plain) & fits,
        data_bytes: u32::conditional_select(&0, &data_bytes, fits),
        nonce,
    }
}

/// Whether `plain` ends in PKCS#7 padding to 16 bytes.
pub(super) fn is_padded(plain: &[u8]) -> Choice {
    let Some(tail) = plain.last_chunk::<16>() else { return Choice::from(0) };
    let pad = tail[15];
    let mut sound = !pad.ct_eq(&0) & !pad.ct_gt(&16);
    for (from_end, byte) in (1_u8..).zip(tail.iter().rev()) {
        let within = !from_end.ct_gt(&pad);
        sound &= !within | byte.ct_eq(&pad);
    }
    sound
}

/// Length of `bytes` behind PKCS#7 padding to 16.
pub(super) fn padded_len(bytes: usize) -> usize {
    bytes / 16 * 16 + 16
}

/// Writes the padding behind the first `bytes` of `buffer`, up to its end.
pub(super) fn pad(buffer: &mut [u8], bytes: usize) {
    let pad = buffer.len().saturating_sub(bytes);
    if let (Some(tail), Ok(pad)) = (buffer.get_mut(bytes..), u8::try_from(pad)) {
        tail.fill(pad);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(object: u32, data: usize) -> Vec<u8> {
        let mut plain = vec![REQUEST];
        plain.extend_from_slice(&object.to_be_bytes());
        plain.extend_from_slice(&[9; 8]);
        plain.resize(padded_len(13 + data), 7);
        pad(&mut plain, 13 + data);
        plain
    }

    #[test]
    fn every_data_length_is_found() {
        for data in 0..100 {
            let found = inspect(&request(0xee01, data), 0xee01, Choice::from(1));
            assert!(bool::from(found.intact), "{data}");
            assert_eq!((found.data_bytes as usize, found.nonce), (data, [9; 8]));
        }
    }

    #[test]
    fn any_wrong_byte_outside_nonce_and_data_is_noticed() {
        for data in 0..40 {
            let sound = request(0xee01, data);
            for at in (0..5).chain(13 + data..sound.len()) {
                for change in [1, 0x10, 0x80, 0xff] {
                    let mut broken = sound.clone();
                    broken[at] ^= change;
                    let found = inspect(&broken, 0xee01, Choice::from(1));
                    // A shorter padding may come out of the last byte and still be right.
                    let padding = usize::from(broken[broken.len() - 1]);
                    let plain = broken.len() - 13;
                    let right = broken[..5] == sound[..5]
                        && (1..=16.min(plain)).contains(&padding)
                        && broken[broken.len() - padding..]
                            .iter()
                            .all(|b| usize::from(*b) == padding);
                    assert_eq!(bool::from(found.intact), right, "{data} {at} {change}");
                }
            }
        }
    }

    #[test]
    fn a_wrong_tag_and_a_padding_longer_than_the_data_are_noticed() {
        let sound = request(1, 16);
        assert!(!bool::from(inspect(&sound, 1, Choice::from(0)).intact));
        let mut all_padding = request(1, 0);
        all_padding[13..].fill(3);
        assert!(bool::from(inspect(&all_padding, 1, Choice::from(1)).intact));
        assert!(!bool::from(inspect(&[16; 16], 0x10101010, Choice::from(1)).intact));
    }
}
