//! The worked examples of `docs/hardware.md` are what a card would take.

use crate::harness::root;

/// The fenced blocks of one language, as bytes.
fn examples(language: &str) -> Vec<Vec<u8>> {
    let page = std::fs::read_to_string(root().join("docs/hardware.md")).expect("a guide");
    let fence = format!("```{language}\n");
    let behind = page.split(&fence).skip(1);
    let bytes = |rest: &str| {
        let text: String =
            rest.split("```").next().unwrap_or_default().split_whitespace().collect();
        const_hex::decode(text).expect("hex")
    };
    behind.map(bytes).collect()
}

/// CRC-32 of IEEE 802.3, bit by bit.
fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}

/// Bytes 12 to 15 are the check of all others.
fn check_is_right(entry: &[u8]) -> bool {
    let others = entry[..12].iter().chain(&entry[16..]).copied();
    entry[12..16] == crc32(others).to_le_bytes()
}

#[test]
fn crc_is_the_published_one() {
    assert_eq!(crc32(b"123456789".iter().copied()), 0xcbf4_3926);
}

#[test]
fn entries_of_the_guide_carry_right_checks() {
    let descriptors = examples("descriptor");
    assert_eq!(descriptors.len(), 5, "the guide has five descriptors");
    for entry in descriptors {
        assert_eq!(entry.len(), 64);
        assert!(check_is_right(&entry), "{entry:02x?}");
    }
    let completions = examples("completion");
    assert_eq!(completions.len(), 1, "the guide has one completion");
    assert!(check_is_right(&completions[0]), "{:02x?}", completions[0]);
}

#[test]
fn the_block_of_the_guide_is_encrypted_as_fips_197_says() {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    let descriptor = examples("descriptor").swap_remove(0);
    let key: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).expect("small"));
    let clear: [u8; 16] = descriptor[48..].try_into().expect("16 bytes");
    let mut state = clear.into();
    aes::Aes128::new(&key.into()).encrypt_block(&mut state);
    assert_eq!(examples("completion")[0][16..], state[..]);
}
