//! Data under RSA: from one key to another, and what is not padded as it should be.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use typex_core::Secret;
use typex_core::error::{ErrorKind, InvalidData};
use typex_core::key::Material;
use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, RsaBits, Usage};
use typex_core::op::payment::{Cipher, Done, Mode, Part, RsaPadding, Task};
use typex_engine::LoadedKey;

use crate::world::{World, job, load, load_of, stored};

const PADDINGS: [RsaPadding; 4] =
    [RsaPadding::Pkcs1, RsaPadding::OaepSha1, RsaPadding::OaepSha256, RsaPadding::OaepSha512];
const MESSAGE: &[u8; 32] = b";4012345678909=29122010000000000";
const BYTES: usize = 256;

struct Keys {
    pair: Arc<LoadedKey>,
    data: Arc<LoadedKey>,
}

/// A fresh pair each time.
fn keys() -> Keys {
    let pair = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let algorithm = Algorithm::Rsa(RsaBits::Rsa2048);
    let attributes = Attributes::new(Usage::DATA_PAIR, algorithm, ModeOfUse::Both);
    let material = Material::RsaPrivate(Secret::new(der.as_ref().to_vec()));
    let pair = load_of(attributes, b"pair", material);
    Keys { pair, data: load(Usage::DATA, ModeOfUse::Both, true, &[7; 16]) }
}

fn block(mode: Mode) -> Cipher {
    Cipher::Block { mode, iv: None }
}

fn sealed(done: Result<Done, ErrorKind>) -> Result<Vec<u8>, ErrorKind> {
    done.map(|done| match done {
        Done::Encrypted(sealed) => sealed.ciphertext,
        Done::Decrypted(clear) => clear.expose().clone(),
        _ => panic!("another result"),
    })
}

impl Keys {
    fn encrypt(&self, world: &World, cipher: Cipher, message: &[u8]) -> Vec<u8> {
        let key = if matches!(cipher, Cipher::Rsa(_)) { &self.pair } else { &self.data };
        let task = Task::Encrypt { cipher, plaintext: Secret::new(message.to_vec()) };
        sealed(world.one(job(task, vec![stored(Part::Data, key)], None))).unwrap()
    }

    fn decrypt(&self, world: &World, cipher: Cipher, text: &[u8]) -> Result<Vec<u8>, ErrorKind> {
        let key = if matches!(cipher, Cipher::Rsa(_)) { &self.pair } else { &self.data };
        let task = Task::Decrypt { cipher, ciphertext: text.to_vec() };
        sealed(world.one(job(task, vec![stored(Part::Data, key)], None)))
    }

    /// From RSA to AES.
    fn reencrypt(
        &self,
        world: &World,
        (padding, mode): (RsaPadding, Mode),
        text: &[u8],
    ) -> Result<Vec<u8>, ErrorKind> {
        let task = Task::ReEncrypt {
            incoming: Cipher::Rsa(padding),
            outgoing: block(mode),
            ciphertext: text.to_vec(),
            track: None,
        };
        let parts = [(Part::Incoming, &self.pair), (Part::Outgoing, &self.data)];
        let keys = parts.map(|(part, key)| stored(part, key)).into();
        sealed(world.one(job(task, keys, None)))
    }
}

#[test]
fn what_comes_under_rsa_goes_on_under_another_key() {
    let (world, keys) = (World::soft(), keys());
    for padding in PADDINGS {
        let text = keys.encrypt(&world, Cipher::Rsa(padding), MESSAGE);
        assert_eq!(text.len(), BYTES);
        assert_eq!(keys.decrypt(&world, Cipher::Rsa(padding), &text).unwrap(), MESSAGE);
        for mode in [Mode::Cbc, Mode::Ctr] {
            let expected = keys.encrypt(&world, block(mode), MESSAGE);
            assert_eq!(keys.reencrypt(&world, (padding, mode), &text), Ok(expected));
        }
    }
}

/// Texts of which hardly one is padded as it should be.
fn wrong() -> impl Iterator<Item = Vec<u8>> {
    (1..=24_u8).map(|seed| (0..BYTES).map(|at| seed.wrapping_mul(at as u8 | 1) / 2).collect())
}

#[test]
fn without_padding_of_pkcs_1_there_is_a_message_as_well() {
    let (world, keys) = (World::soft(), keys());
    let way = (RsaPadding::Pkcs1, Mode::Ctr);
    let mut lengths = std::collections::BTreeSet::new();
    for text in wrong() {
        let one = keys.reencrypt(&world, way, &text).expect("it is as if it were padded");
        assert_eq!(keys.reencrypt(&world, way, &text).as_ref(), Ok(&one), "always the same");
        assert!(one.len() <= BYTES - 11);
        lengths.insert(one.len());
        let shown = keys.decrypt(&world, Cipher::Rsa(RsaPadding::Pkcs1), &text);
        assert_eq!(shown, Err(ErrorKind::InvalidData(InvalidData::Parameter)), "who sees is told");
    }
    assert!(lengths.len() > 8, "lengths are drawn as well: {lengths:?}");
    let text = keys.encrypt(&world, Cipher::Rsa(RsaPadding::Pkcs1), MESSAGE);
    let expected = keys.encrypt(&world, block(Mode::Ctr), MESSAGE);
    assert_eq!(keys.reencrypt(&world, way, &text), Ok(expected), "right ones stay themselves");
}

#[test]
fn of_oaep_every_defect_is_one_error() {
    let (world, keys) = (World::soft(), keys());
    let refused = Err(ErrorKind::InvalidData(InvalidData::Parameter));
    for padding in [RsaPadding::OaepSha1, RsaPadding::OaepSha256, RsaPadding::OaepSha512] {
        let right = keys.encrypt(&world, Cipher::Rsa(padding), MESSAGE);
        let other = keys.encrypt(&world, Cipher::Rsa(RsaPadding::Pkcs1), MESSAGE);
        let mut changed = right.clone();
        changed[BYTES - 1] ^= 1;
        let high = vec![0xFF; BYTES];
        for text in [changed, other, high, right[1..].to_vec(), [&[0], &right[..]].concat()] {
            assert_eq!(keys.reencrypt(&world, (padding, Mode::Ctr), &text), refused);
        }
    }
}
