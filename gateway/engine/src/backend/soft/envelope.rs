//! What is inside a decrypted request, judged without branching on it.
// spec: enigma-bridge 2.2

use subtle::{Choice, ConstantTimeEq};
use typex_core::op::process_data::{HEADER_BYTES, REQUEST};

use crate::padding;

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

/// Judges `plain`, a whole number of blocks. Time depends on nothing but its length: the
/// differences are gathered in integers, and only whether there is one becomes a `Choice`.
#[inline]
pub(super) fn inspect(plain: &[u8], object: u32, tag_differences: u64) -> Envelope {
    let Some(header) = plain.first_chunk::<HEADER_BYTES>() else { return Envelope::unknown() };
    let [mark, o0, o1, o2, o3, nonce @ ..] = *header;
    let mark = u64::from(mark ^ REQUEST);
    let object = u64::from(u32::from_be_bytes([o0, o1, o2, o3]) ^ object);
    let room = u32::try_from(plain.len() - HEADER_BYTES).unwrap_or_default();
    let pad = u32::from(plain.last().copied().unwrap_or_default());
    // The sign bit tells whether the padding is longer than what follows the header.
    let data_bytes = room.wrapping_sub(pad);
    let overlong = u64::from(data_bytes >> 31);
    let differences = tag_differences | mark | object | padding::differences(plain) | overlong;
    Envelope { intact: differences.ct_eq(&0), data_bytes, nonce }
}

/// Zero if `found` is the tag `expected`.
#[inline]
pub(super) fn tag_differences(found: &[u8], expected: &[u8; 16]) -> u64 {
    let Some(found) = found.first_chunk().filter(|_| found.len() == expected.len()) else {
        return 1;
    };
    padding::fold(u128::from_ne_bytes(*found) ^ u128::from_ne_bytes(*expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::padding::{pad, padded_len};

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
            let found = inspect(&request(0xee01, data), 0xee01, 0);
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
                    let found = inspect(&broken, 0xee01, 0);
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
        assert!(!bool::from(inspect(&sound, 1, 1 << 63).intact));
        let mut all_padding = request(1, 0);
        all_padding[13..].fill(3);
        assert!(bool::from(inspect(&all_padding, 1, 0).intact));
        assert!(!bool::from(inspect(&[16; 16], 0x10101010, 0).intact));
    }
}
