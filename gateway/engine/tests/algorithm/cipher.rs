//! Hashes, HMAC, AES and key wrap.

use proptest::prelude::*;
use typex_core::key::{AesBits, Hash};
use typex_core::op::crypto::{AesCipher, AesMode};
use typex_engine::algorithm::{Error, Sealed, decrypt, encrypt, mac, unwrap, verify_mac, wrap};

use crate::harness::*;

const BITS: [AesBits; 3] = [AesBits::Aes128, AesBits::Aes192, AesBits::Aes256];
const MODES: [AesMode; 3] = [AesMode::Ecb, AesMode::Cbc, AesMode::Gcm];

fn bits_of(key: &[u8]) -> Option<AesBits> {
    BITS.into_iter().find(|bits| bits.bytes() == key.len())
}

fn opened(cipher: AesCipher, key: &[u8], iv: &[u8; 16], aad: &[u8], sealed: &Sealed) -> Vec<u8> {
    let clear = decrypt(cipher, key, iv, aad, sealed.tag.as_ref(), &sealed.ciphertext);
    clear.unwrap().expose().clone()
}

/// RFC 4231 section 4.7: a key longer than a block.
#[test]
fn macs_of_long_keys_are_those_published() {
    let (key, data) = ([0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
    let published = [
        (Hash::Sha256, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        (
            Hash::Sha384,
            concat!(
                "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6",
                "0c2ef6ab4030fe8296248df163f44952",
            ),
        ),
    ];
    for (hash, expected) in published {
        assert_eq!(const_hex::encode(mac(hash, &key, data)), expected);
    }
}

#[test]
fn a_mac_verifies_whole_and_unchanged_only() {
    for hash in HASHES {
        let sound = mac(hash, b"key", b"message");
        assert_eq!(sound.len(), hash.bytes());
        assert_eq!(verify_mac(hash, b"key", b"message", &sound), Ok(()));
        let mut changed = sound.clone();
        *changed.last_mut().unwrap() ^= 1;
        for wrong in [&changed[..], &sound[1..], &sound[..16], &[]] {
            assert_eq!(verify_mac(hash, b"key", b"message", wrong), Err(Error::Verify));
        }
        assert_eq!(verify_mac(hash, b"kez", b"message", &sound), Err(Error::Verify));
        assert_eq!(verify_mac(hash, b"key", b"massage", &sound), Err(Error::Verify));
    }
}

#[test]
fn published_ciphertexts_are_reproduced_or_refused() {
    let mut checked = 0;
    for record in records(include_str!("../../../../tests/vectors/wycheproof/aes.txt"), "mode") {
        let [key, aad, message, ciphertext] =
            ["key", "aad", "message", "ciphertext"].map(|name| field(&record, name));
        let mode = if text(&record, "mode") == "Gcm" { AesMode::Gcm } else { AesMode::Cbc };
        let cipher = AesCipher { bits: bits_of(&key).unwrap(), mode };
        let iv = field(&record, "iv").try_into().unwrap();
        let tag: Option<[u8; 16]> = field(&record, "tag").try_into().ok();
        let found = decrypt(cipher, &key, &iv, &aad, tag.as_ref(), &ciphertext);
        if text(&record, "result") == "valid" {
            assert_eq!(found.unwrap().expose(), &message, "{record:?}");
            let sealed = encrypt(cipher, &key, &iv, &aad, &message).unwrap();
            assert_eq!((sealed.ciphertext, sealed.tag), (ciphertext, tag), "{record:?}");
        } else {
            assert!(matches!(found.err(), Some(Error::Verify | Error::Length)), "{record:?}");
        }
        checked += 1;
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn what_is_encrypted_opens_with_nothing_changed() {
    let (iv, message) = ([7; 16], [0x42; 32]);
    for (bits, mode) in BITS.into_iter().flat_map(|bits| MODES.map(|mode| (bits, mode))) {
        let (cipher, key) = (AesCipher { bits, mode }, vec![3; bits.bytes()]);
        let sealed = encrypt(cipher, &key, &iv, b"aad", &message).unwrap();
        assert_eq!(sealed.tag.is_some(), mode == AesMode::Gcm);
        assert_eq!(opened(cipher, &key, &iv, b"aad", &sealed), message);
        // A longer key serves with its first bytes, a shorter one not at all.
        let longer = [key.as_slice(), &[9; 8]].concat();
        assert_eq!(opened(cipher, &longer, &iv, b"aad", &sealed), message);
        let short = encrypt(cipher, &key[1..], &iv, b"aad", &message).err();
        assert_eq!(short, Some(Error::TooShort));
        let short = decrypt(cipher, &key[1..], &iv, b"", sealed.tag.as_ref(), &sealed.ciphertext);
        assert_eq!(short.err(), Some(Error::TooShort));
    }
}

#[test]
fn gcm_refuses_every_change() {
    let cipher = AesCipher { bits: AesBits::Aes256, mode: AesMode::Gcm };
    let (key, iv) = ([1; 32], [2; 16]);
    let Sealed { ciphertext, tag } = encrypt(cipher, &key, &iv, b"aad", b"message").unwrap();
    let tag = tag.unwrap();
    let open = |iv: &[u8; 16], aad: &[u8], tag: Option<&[u8; 16]>, data: &[u8]| {
        decrypt(cipher, &key, iv, aad, tag, data).err()
    };
    let (mut other, mut changed) = (tag, ciphertext.clone());
    (other[15], changed[0]) = (other[15] ^ 1, changed[0] ^ 0x80);
    let refused = [
        open(&[3; 16], b"aad", Some(&tag), &ciphertext),
        open(&iv, b"aae", Some(&tag), &ciphertext),
        open(&iv, b"aad", Some(&other), &ciphertext),
        open(&iv, b"aad", Some(&tag), &changed),
        open(&iv, b"aad", Some(&tag), &ciphertext[1..]),
        open(&iv, b"aad", None, &ciphertext),
    ];
    assert_eq!(refused, [Some(Error::Verify); 6]);
    assert_eq!(open(&iv, b"aad", Some(&tag), &ciphertext), None);
}

#[test]
fn whole_blocks_are_asked_for() {
    let key = [1; 16];
    let cipher = |mode| AesCipher { bits: AesBits::Aes128, mode };
    for bytes in [0, 1, 15, 17, 31] {
        let data = vec![5; bytes];
        let found = encrypt(cipher(AesMode::Ecb), &key, &[0; 16], b"", &data).err();
        assert_eq!(found, Some(Error::Length), "{bytes}");
        for mode in [AesMode::Ecb, AesMode::Cbc] {
            let found = decrypt(cipher(mode), &key, &[0; 16], b"", None, &data).err();
            assert_eq!(found, Some(Error::Length), "{bytes}");
        }
    }
}

#[test]
fn any_wrong_padding_is_one_error() {
    let (bits, key, iv) = (AesBits::Aes192, [8; 24], [6; 16]);
    let (plain, padded) =
        (AesCipher { bits, mode: AesMode::Ecb }, AesCipher { bits, mode: AesMode::Cbc });
    for last in 0..=u8::MAX {
        // One block of CBC with an IV is ECB of their difference.
        let mut block = [last; 16];
        block[14] ^= u8::from(last > 1);
        let mixed: Vec<u8> = block.iter().zip(iv).map(|(byte, iv)| byte ^ iv).collect();
        let sealed = encrypt(plain, &key, &iv, b"", &mixed).unwrap();
        let found = decrypt(padded, &key, &iv, b"", None, &sealed.ciphertext);
        match last {
            1 => assert_eq!(found.unwrap().expose(), &block[..15]),
            _ => assert_eq!(found.err(), Some(Error::Verify), "{last}"),
        }
    }
}

#[test]
fn published_wrappings_are_reproduced_or_refused() {
    for record in records(include_str!("../../../../tests/vectors/wycheproof/wrap.txt"), "key") {
        let [key, message, wrapped] =
            ["key", "message", "wrapped"].map(|name| field(&record, name));
        let bits = bits_of(&key).unwrap();
        let found = unwrap(bits, &key, None, &wrapped);
        match text(&record, "result") {
            "valid" => {
                assert_eq!(found.unwrap().expose(), &message, "{record:?}");
                assert_eq!(wrap(bits, &key, None, &message), Ok(wrapped), "{record:?}");
            }
            // Eight bytes: RFC 3394 has none of them.
            "acceptable" => assert_eq!(found.err(), Some(Error::Length), "{record:?}"),
            _ => {
                let refused = matches!(found.err(), Some(Error::Verify | Error::Length));
                assert!(refused, "{record:?}");
            }
        }
    }
}

#[test]
fn another_initial_value_is_another_wrapping() {
    let (key, message) = ([4; 32], [5; 24]);
    for bits in BITS {
        let wrapped = wrap(bits, &key, Some(b"initial!"), &message).unwrap();
        assert_eq!(wrapped.len(), 32);
        let open = |iv| unwrap(bits, &key, iv, &wrapped).map(|clear| clear.expose().clone());
        assert_eq!(open(Some(b"initial!")).unwrap(), message);
        assert_eq!(open(None), Err(Error::Verify));
        assert_eq!(open(Some(b"initials")), Err(Error::Verify));
        let standard = wrap(bits, &key, Some(&[0xa6; 8]), &message);
        assert_eq!(standard, wrap(bits, &key, None, &message));
    }
}

#[test]
fn only_half_blocks_from_two_on_are_wrapped() {
    let key = [4; 32];
    for bytes in [0, 1, 8, 15, 17, 23] {
        let data = vec![0; bytes];
        assert_eq!(wrap(AesBits::Aes256, &key, None, &data), Err(Error::Length), "{bytes}");
    }
    for bytes in [0, 7, 8, 16, 23, 25] {
        let found = unwrap(AesBits::Aes256, &key, None, &vec![0; bytes]).err();
        assert_eq!(found, Some(Error::Length), "{bytes}");
    }
    let short = wrap(AesBits::Aes256, &key[1..], None, &[0; 16]);
    assert_eq!(short, Err(Error::TooShort));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_message_comes_back(
        message in proptest::collection::vec(any::<u8>(), 0..200),
        iv: [u8; 16],
        key: [u8; 32],
        which in 0..9_usize,
    ) {
        let cipher = AesCipher { bits: BITS[which / 3], mode: MODES[which % 3] };
        let mut message = message;
        if cipher.mode == AesMode::Ecb {
            message.resize(message.len() / 16 * 16 + 16, 1);
        }
        let sealed = encrypt(cipher, &key, &iv, b"aad", &message).unwrap();
        let expected = match cipher.mode {
            AesMode::Cbc => message.len() / 16 * 16 + 16,
            _ => message.len(),
        };
        prop_assert_eq!(sealed.ciphertext.len(), expected);
        prop_assert_eq!(opened(cipher, &key, &iv, b"aad", &sealed), message.clone());
        message.resize(message.len() / 8 * 8 + 16, 1);
        let wrapped = wrap(cipher.bits, &key, None, &message).unwrap();
        let found = unwrap(cipher.bits, &key, None, &wrapped).unwrap();
        prop_assert_eq!(found.expose(), &message);
    }

    #[test]
    fn no_ciphertext_panics(
        data in proptest::collection::vec(any::<u8>(), 0..100),
        which in 0..9_usize,
    ) {
        let cipher = AesCipher { bits: BITS[which / 3], mode: MODES[which % 3] };
        let _ = decrypt(cipher, &[0; 32], &[0; 16], b"", Some(&[0; 16]), &data);
        let _ = unwrap(cipher.bits, &[0; 32], None, &data);
    }
}
