//! Single operations over all lengths around block borders, and what they refuse.

use typex_core::error::{ErrorKind, Malformed};
use typex_engine::limits::CIPHER_DATA_BYTES_MAX;
use typex_engine::{Cipher, CipherRights};

use crate::case::{Case, Random, any, with_rights};
use crate::oracle;
use crate::subject::Subject;

/// Around blocks, lines, chunks of GHASH and the longest message of a card.
pub(crate) const LENGTHS: [usize; 24] = [
    0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512, 1023,
    1040, 4095, 4096,
];

const LENGTH: ErrorKind = ErrorKind::Malformed(Malformed::Length);

/// A check of one kind of operation.
pub(crate) fn lengths(subject: &mut Subject, ciphers: &[Cipher]) {
    let mut random = Random::new(1);
    let mut cases = Vec::new();
    for (at, cipher) in ciphers.iter().cycle().take(ciphers.len() * 3).enumerate() {
        let key = random.bytes([16, 24, 32][at / ciphers.len()]);
        cases.extend(LENGTHS.map(|bytes| of_length(&mut random, *cipher, &key, bytes, 0)));
        if matches!(cipher, Cipher::GcmEncrypt | Cipher::GcmDecrypt) {
            let associated = (0..=33).flat_map(|aad| [0, 1, 16, 40].map(|bytes| (aad, bytes)));
            let associated = associated.chain([(128, 64), (129, 64), (1024, 64)]);
            cases.extend(
                associated.map(|(aad, bytes)| of_length(&mut random, *cipher, &key, bytes, aad)),
            );
        }
    }
    subject.check(&cases);
    refusals(subject, ciphers[0]);
}

/// An operation on `bytes` of clear data.
pub(crate) fn of_length(
    random: &mut Random,
    cipher: Cipher,
    key: &[u8],
    bytes: usize,
    aad: usize,
) -> Case {
    let (iv, aad, data) = (random.array(), random.bytes(aad), random.bytes(bytes));
    let data = match cipher {
        Cipher::GcmDecrypt => oracle::gcm_seal(key, &iv[..12], &aad, &data),
        _ => data,
    };
    let takes = match cipher {
        Cipher::Ctr => bytes > 0,
        Cipher::GcmEncrypt | Cipher::GcmDecrypt | Cipher::Cmac => true,
        _ => bytes > 0 && bytes.is_multiple_of(16),
    };
    let expected = match takes {
        true => oracle::cipher(cipher, key, &iv, &aad, &data),
        false => Err(LENGTH),
    };
    Case::cipher(cipher, &any(key), &iv, &aad, &data, expected)
}

/// The counter wraps within 32 bits and does not carry.
pub(crate) fn counter_wrap(subject: &mut Subject) {
    let mut random = Random::new(2);
    let key = random.bytes(32);
    let wraps = [0_u32, 1, 2, 31].map(|before| {
        let mut iv: [u8; 16] = [0xff; 16];
        iv[12..].copy_from_slice(&(u32::MAX - before).to_be_bytes());
        let data = random.bytes(600);
        let expected = oracle::cipher(Cipher::Ctr, &key, &iv, &[], &data);
        Case::cipher(Cipher::Ctr, &any(&key), &iv, &[], &data, expected)
    });
    subject.check(&wraps);
}

/// Every bit of tag, associated data, IV and ciphertext counts, and no one else's job notices.
pub(crate) fn forgeries(subject: &mut Subject) {
    let mut random = Random::new(3);
    let key = random.bytes(32);
    let (iv, aad, data): ([u8; 16], _, _) = (random.array(), random.bytes(20), random.bytes(37));
    let sealed = oracle::gcm_seal(&key, &iv[..12], &aad, &data);
    let case = |iv: &[u8], aad: &[u8], sealed: &[u8], expected| {
        Case::cipher(Cipher::GcmDecrypt, &any(&key), iv, aad, sealed, expected)
    };
    let mut cases = Vec::new();
    for at in 0..sealed.len() {
        let mut forged = sealed.clone();
        forged[at] ^= 1 << (at % 8);
        cases.push(case(&iv, &aad, &forged, Err(ErrorKind::VerifyFailed)));
        cases.push(case(&iv, &aad, &sealed, Ok(data.clone())));
    }
    for at in 0..aad.len() {
        let mut forged = aad.clone();
        forged[at] ^= 0x80;
        cases.push(case(&iv, &forged, &sealed, Err(ErrorKind::VerifyFailed)));
    }
    let mut other = iv;
    other[11] ^= 1;
    cases.push(case(&other, &aad, &sealed, Err(ErrorKind::VerifyFailed)));
    subject.check(&cases);
}

fn refusals(subject: &mut Subject, cipher: Cipher) {
    let mut random = Random::new(4);
    let key = random.bytes(16);
    let others = Cipher::ALL.into_iter().filter(|other| *other != cipher);
    let forbidden = with_rights(&key, others.collect());
    let mut case = |key, aad: &[u8], bytes: usize, expected| {
        Case::cipher(cipher, key, &[0; 16], aad, &random.bytes(bytes), Err(expected))
    };
    let (all, none) = (any(&key), with_rights(&key, CipherRights::default()));
    let mut cases = vec![
        case(&forbidden, &[], 16, ErrorKind::KeyUsage),
        case(&none, &[], 16, ErrorKind::KeyUsage),
        case(&all, &[], CIPHER_DATA_BYTES_MAX + 32, LENGTH),
        case(&all, &[0; 1025], 16, LENGTH),
    ];
    if !matches!(cipher, Cipher::GcmEncrypt | Cipher::GcmDecrypt) {
        cases.push(case(&all, &[0], 16, LENGTH));
    }
    subject.check(&cases);
}
