//! RSA with padding: edges of lengths, and everything that is refused.

use std::sync::LazyLock;

use proptest::prelude::*;
use typex_core::Secret;
use typex_core::op::rsa::{Oaep, Pss, RsaEncryption, RsaHash, RsaSignature, Salt};
use typex_engine::rsa::{Error, PrivateJob, Rejection, Signed, Substitutes, encrypt, verify};
use typex_kernels::rsa::RsaPrivate;

use crate::harness::RANDOM;

const BYTES: usize = 256;

static KEY: LazyLock<RsaPrivate> = LazyLock::new(|| RsaPrivate::generate(2048).unwrap());
static OTHER: LazyLock<RsaPrivate> = LazyLock::new(|| RsaPrivate::generate(2048).unwrap());

fn draw(out: &mut [u8]) -> Result<(), Error> {
    RANDOM.fill(out).map_err(|_| Error::Random)
}

fn oaep(hash: RsaHash, mask: RsaHash, label: &[u8]) -> RsaEncryption {
    RsaEncryption::Oaep(Oaep { hash, mask, label: label.to_vec() })
}

fn bytes(hash: RsaHash) -> usize {
    match hash {
        RsaHash::Sha1 => 20,
        RsaHash::Sha256 => 32,
        RsaHash::Sha384 => 48,
        RsaHash::Sha512 => 64,
    }
}

fn encrypted(padding: &RsaEncryption, message: &[u8]) -> Result<Vec<u8>, Error> {
    encrypt(KEY.public(), padding, message, draw)
}

fn decrypted(padding: &RsaEncryption, text: &[u8]) -> Result<Vec<u8>, Error> {
    let job = PrivateJob::decrypt(&KEY, padding, text, Rejection::Told)?;
    job.run().map(|message| message.expose().clone())
}

/// The ciphertext of a block as it is.
fn raw(block: &[u8]) -> Vec<u8> {
    let mut text = vec![0; BYTES];
    KEY.public().public_raw(block, &mut text).unwrap();
    text
}

/// Every padding of encryption, with the longest message that it takes.
fn paddings() -> Vec<(RsaEncryption, usize)> {
    let pairs = RsaHash::ALL.into_iter().flat_map(|hash| RsaHash::ALL.map(|mask| (hash, mask)));
    let labelled = pairs.flat_map(|(hash, mask)| {
        let room = BYTES - 2 * bytes(hash) - 2;
        [(oaep(hash, mask, b""), room), (oaep(hash, mask, b"a label"), room)]
    });
    labelled.chain([(RsaEncryption::Pkcs1, BYTES - 11)]).collect()
}

#[test]
fn messages_from_none_to_the_longest_come_back() {
    for (padding, room) in paddings() {
        for message in [vec![], vec![0], vec![0; room], vec![1; room - 1], vec![0xff; room]] {
            let text = encrypted(&padding, &message).unwrap();
            assert_eq!(decrypted(&padding, &text), Ok(message), "{padding:?}");
        }
        let refused = encrypted(&padding, &vec![7; room + 1]);
        assert_eq!(refused, Err(Error::Length), "{padding:?}");
    }
}

#[test]
fn a_ciphertext_of_another_length_or_over_the_modulus_does_not_verify() {
    for (padding, _) in paddings() {
        let text = encrypted(&padding, b"message").unwrap();
        let longer = [&[0], &text[..]].concat();
        let over = vec![0xff; BYTES];
        for wrong in [&[][..], &text[1..], &text[..BYTES - 1], &longer, &over] {
            assert_eq!(decrypted(&padding, wrong), Err(Error::Verify), "{padding:?}");
        }
        for block in [0, 1] {
            let tiny = [&[0; BYTES - 1][..], &[block]].concat();
            assert_eq!(decrypted(&padding, &raw(&tiny)), Err(Error::Verify), "{padding:?}");
        }
    }
}

#[test]
fn another_padding_label_hash_or_key_does_not_verify() {
    let text = encrypted(&oaep(RsaHash::Sha256, RsaHash::Sha1, b"label"), b"message").unwrap();
    let wrong = [
        oaep(RsaHash::Sha256, RsaHash::Sha1, b""),
        oaep(RsaHash::Sha256, RsaHash::Sha1, b"labem"),
        oaep(RsaHash::Sha256, RsaHash::Sha256, b"label"),
        oaep(RsaHash::Sha1, RsaHash::Sha1, b"label"),
        RsaEncryption::Pkcs1,
    ];
    for padding in wrong {
        assert_eq!(decrypted(&padding, &text), Err(Error::Verify), "{padding:?}");
    }
    let right = oaep(RsaHash::Sha256, RsaHash::Sha1, b"label");
    let foreign = PrivateJob::decrypt(&OTHER, &right, &text, Rejection::Told);
    // Half of all texts are no number below the modulus of another key.
    assert_eq!(foreign.and_then(PrivateJob::run).err(), Some(Error::Verify));
}

/// 00 02, padding, 00, message; changed at one place.
fn pkcs1(at: usize, byte: u8) -> Vec<u8> {
    let message = b"message";
    let padding = vec![0xa5; BYTES - 3 - message.len()];
    let mut block = [&[0, 2], &padding[..], &[0], &message[..]].concat();
    block[at] = byte;
    block
}

#[test]
fn every_region_of_a_block_of_pkcs_1_counts() {
    let opened = |block: &[u8]| decrypted(&RsaEncryption::Pkcs1, &raw(block));
    let end = BYTES - 8;
    assert_eq!(opened(&pkcs1(10, 0xa5)), Ok(b"message".to_vec()));
    assert_eq!(opened(&pkcs1(10, 0)), Ok(pkcs1(10, 0)[11..].to_vec()), "eight bytes are enough");
    assert_eq!(opened(&pkcs1(BYTES - 1, 0)), Ok(b"messag\0".to_vec()));
    // First, second, the eight bytes; the one behind the padding, of which there is no other.
    let wrong = [(0, 1), (1, 0), (1, 1), (1, 3), (2, 0), (5, 0), (9, 0), (end, 1), (end, 0xff)];
    for (at, byte) in wrong {
        assert_eq!(opened(&pkcs1(at, byte)), Err(Error::Verify), "{at} {byte}");
    }
}

/// A block of OAEP over SHA-256, changed before it is masked: 00, seed, hash of no label, zeros,
/// 01, message.
fn oaep_block(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    use aws_lc_rs::digest::{SHA256, digest};
    let label = digest(&SHA256, b"");
    let zeros = vec![0; BYTES - 66 - 7];
    let mut block = [&[0], &[0x5a; 32][..], label.as_ref(), &zeros, &[1], &b"message"[..]].concat();
    change(&mut block);
    let masked = |seed: &[u8], out: &mut [u8]| {
        for (counter, chunk) in (0_u32..).zip(out.chunks_mut(32)) {
            let mask = digest(&SHA256, &[seed, &counter.to_be_bytes()].concat());
            chunk.iter_mut().zip(mask.as_ref()).for_each(|(byte, mask)| *byte ^= mask);
        }
    };
    let (seed, data) = block[1..].split_at_mut(32);
    masked(seed, data);
    masked(data, seed);
    block
}

#[test]
fn every_region_of_a_block_of_oaep_counts() {
    let padding = oaep(RsaHash::Sha256, RsaHash::Sha256, b"");
    let opened = |change: &dyn Fn(&mut [u8])| decrypted(&padding, &raw(&oaep_block(change)));
    let one = BYTES - 8;
    assert_eq!(opened(&|_| ()), Ok(b"message".to_vec()));
    assert_eq!(opened(&|block| block[1] ^= 1), Ok(b"message".to_vec()), "the seed is free");
    assert_eq!(opened(&|block| block[one - 1] = 1), Ok(b"\x01message".to_vec()));
    assert_eq!(opened(&|block| block[65] = 1).map(|message| message.len()), Ok(BYTES - 66));
    for at in [0, 33, 48, 64, 65, 100, one - 1, one] {
        let wrong = opened(&|block| block[at] ^= 2);
        assert_eq!(wrong, Err(Error::Verify), "{at}");
    }
    assert_eq!(opened(&|block| block[one..].fill(0)), Err(Error::Verify), "no 01 at all");
}

fn rejected(substitutes: &Substitutes, text: &[u8]) -> Vec<u8> {
    let rejection = Rejection::Implicit(substitutes);
    let job = PrivateJob::decrypt(&KEY, &RsaEncryption::Pkcs1, text, rejection).unwrap();
    job.run().unwrap().expose().clone()
}

#[test]
fn an_implicit_rejection_gives_a_message_that_key_and_text_decide() {
    let [one, two] = [b"one", b"two"].map(|private| Substitutes::new(private));
    let wrong = raw(&pkcs1(1, 1));
    let message = rejected(&one, &wrong);
    assert!(message.len() <= BYTES - 11 && message == rejected(&one, &wrong));
    assert_ne!(message, rejected(&two, &wrong));
    assert_ne!(message, rejected(&one, &raw(&pkcs1(1, 3))));
    assert_eq!(rejected(&one, &raw(&pkcs1(10, 0xa5))), b"message", "a right one stays");
    for at in [0, 1, 2, 9, BYTES - 8] {
        let block = pkcs1(at, if at == 0 { 1 } else { u8::from(at > 9) });
        let substitute = rejected(&one, &raw(&block));
        assert!(substitute != b"message" && !block.ends_with(&[&[0], &substitute[..]].concat()));
    }
}

/// Every padding of signatures that 2048 bits have room for.
fn signatures() -> Vec<RsaSignature> {
    let pairs = RsaHash::ALL.into_iter().flat_map(|hash| RsaHash::ALL.map(|mask| (hash, mask)));
    let salts = [Salt::Hash, Salt::Any, Salt::Bytes(0), Salt::Bytes(7)];
    let pss = pairs
        .flat_map(|(hash, mask)| salts.map(|salt| RsaSignature::Pss(Pss { hash, mask, salt })));
    RsaHash::ALL.map(RsaSignature::Pkcs1).into_iter().chain(pss).collect()
}

fn signed(padding: RsaSignature, signed: Signed<'_>) -> Result<Vec<u8>, Error> {
    let job = PrivateJob::sign(&KEY, padding, signed, draw)?;
    job.run().map(|signature| signature.expose().clone())
}

#[test]
fn a_signature_is_of_its_message_padding_and_key() {
    let all = signatures();
    for padding in &all {
        let message = Signed::Message(b"message");
        let signature = signed(*padding, message).unwrap();
        assert_eq!(verify(KEY.public(), *padding, message, &signature), Ok(()), "{padding:?}");
        let refused = |padding, message, signature: &[u8]| {
            let judged = verify(KEY.public(), padding, message, signature);
            assert_eq!(judged, Err(Error::Verify), "{padding:?}");
        };
        refused(*padding, Signed::Message(b"massage"), &signature);
        for at in [0, 1, 100, BYTES - 34, BYTES - 1] {
            let mut changed = signature.clone();
            changed[at] ^= 0x10;
            refused(*padding, message, &changed);
        }
        refused(*padding, message, &signature[1..]);
        refused(*padding, message, &[&[0], &signature[..]].concat());
        refused(*padding, message, &[0xff; BYTES]);
        refused(*padding, message, &[0; BYTES]);
        let foreign = verify(OTHER.public(), *padding, message, &signature);
        assert_eq!(foreign, Err(Error::Verify));
    }
}

#[test]
fn a_signature_verifies_under_no_other_padding() {
    let all = signatures();
    let message = Signed::Message(b"message");
    for made in [all[1], all[4], all[9], all[67]] {
        let signature = signed(made, message).unwrap();
        for other in &all {
            let same = match (made, *other) {
                (RsaSignature::Pss(made), RsaSignature::Pss(other)) => {
                    let hashes = (made.hash, made.mask) == (other.hash, other.mask);
                    hashes && (made.salt == other.salt || other.salt == Salt::Any)
                }
                (made, other) => made == other,
            };
            let judged = verify(KEY.public(), *other, message, &signature);
            assert_eq!(judged.is_ok(), same, "{made:?} {other:?}");
        }
    }
}

#[test]
fn a_digest_stands_for_its_message_and_has_its_length() {
    use aws_lc_rs::digest::{SHA256, digest};
    let digest = digest(&SHA256, b"message");
    let digest = digest.as_ref();
    let pss = Pss { hash: RsaHash::Sha256, mask: RsaHash::Sha256, salt: Salt::Hash };
    for padding in [RsaSignature::Pkcs1(RsaHash::Sha256), RsaSignature::Pss(pss)] {
        let signature = signed(padding, Signed::Digest(digest)).unwrap();
        let message = Signed::Message(b"message");
        assert_eq!(verify(KEY.public(), padding, message, &signature), Ok(()));
        let of_digest = verify(KEY.public(), padding, Signed::Digest(digest), &signature);
        assert_eq!(of_digest, Ok(()));
        for wrong in [&digest[1..], &[digest, &[0]].concat(), b""] {
            assert_eq!(signed(padding, Signed::Digest(wrong)), Err(Error::Length));
            let judged = verify(KEY.public(), padding, Signed::Digest(wrong), &signature);
            assert_eq!(judged, Err(Error::Length));
        }
    }
}

#[test]
fn salt_has_the_length_that_is_asked_for_up_to_what_fits() {
    let (hash, mask) = (RsaHash::Sha512, RsaHash::Sha1);
    let pss = |salt| RsaSignature::Pss(Pss { hash, mask, salt });
    let (message, most) = (Signed::Message(b""), BYTES - 64 - 2);
    let most = u16::try_from(most).unwrap();
    let longest = signed(pss(Salt::Any), message).unwrap();
    assert_eq!(verify(KEY.public(), pss(Salt::Bytes(most)), message, &longest), Ok(()));
    let hash = verify(KEY.public(), pss(Salt::Hash), message, &longest);
    assert_eq!(hash, Err(Error::Verify));
    assert_eq!(signed(pss(Salt::Bytes(most + 1)), message), Err(Error::Length));
    let judged = verify(KEY.public(), pss(Salt::Bytes(most + 1)), message, &longest);
    assert_eq!(judged, Err(Error::Length));
    let failing = PrivateJob::sign(&KEY, pss(Salt::Hash), message, |_| Err(Error::Random));
    assert_eq!(failing.err(), Some(Error::Random));
}

#[test]
fn many_jobs_together_give_what_each_gives_alone() {
    let keys = [&*KEY, &*OTHER];
    let paddings = [RsaEncryption::Pkcs1, oaep(RsaHash::Sha384, RsaHash::Sha1, b"label")];
    let texts: Vec<_> = (0..20_u8)
        .map(|at| {
            let (key, padding) = (keys[usize::from(at % 2)], &paddings[usize::from(at / 2 % 2)]);
            let mut text = encrypt(key.public(), padding, &[at; 9], draw).unwrap();
            // Some are wrong.
            text[BYTES - 1] ^= u8::from(at % 5 == 4);
            (key, padding, text)
        })
        .collect();
    let substitutes = Substitutes::new(b"private");
    let jobs = || {
        let decryptions = texts.iter().enumerate().map(|(at, (key, padding, text))| {
            let implicit = Rejection::Implicit(&substitutes);
            let rejection = if at % 3 == 0 { implicit } else { Rejection::Told };
            PrivateJob::decrypt(key, padding, text, rejection).unwrap()
        });
        let signatures = keys.iter().map(|key| {
            let padding = RsaSignature::Pkcs1(RsaHash::Sha256);
            PrivateJob::sign(key, padding, Signed::Message(b"message"), draw).unwrap()
        });
        decryptions.chain(signatures).collect::<Vec<_>>()
    };
    let shown = |done: Result<Secret<Vec<u8>>, Error>| done.map(|bytes| bytes.expose().clone());
    let together: Vec<_> = PrivateJob::run_many(jobs()).into_iter().map(shown).collect();
    let alone: Vec<_> = jobs().into_iter().map(|job| shown(job.run())).collect();
    assert_eq!(together, alone);
    assert!(
        alone.iter().any(Result::is_err) && alone.iter().filter(|one| one.is_ok()).count() > 15
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_a_changed_one_is_never_the_message(
        which in 0..33_usize,
        at in 0..BYTES,
        bit in 0..8_u8,
        message in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let (padding, _) = &paddings()[which];
        let mut text = encrypted(padding, &message).unwrap();
        prop_assert_eq!(decrypted(padding, &text), Ok(message.clone()));
        text[at] ^= 1 << bit;
        prop_assert_ne!(decrypted(padding, &text), Ok(message));
    }
}
