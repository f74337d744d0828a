//! Re-encryption over every pair of modes, and what it refuses.

use proptest::prelude::*;
use typex_engine::payment::cipher::{Mode, Nonce, Segment, decrypt, encrypt, gcm_open, gcm_seal};
use typex_engine::payment::dukpt::{CounterRule, Direction, Dukpt};
use typex_engine::payment::dukpt_aes::KeyType;
use typex_engine::payment::reencrypt::{
    Incoming, KeySource, Opening, Outgoing, Sealing, reencrypt,
};
use typex_engine::payment::{Algorithm, Error, Key, Track};

use crate::harness::{alone, hex};

/// The modes by their names, so that one can be had with an IV.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Name {
    Ecb,
    Cbc,
    Cfb(Segment),
    Ofb,
    Ctr,
    Gcm,
}

const NAMES: [Name; 9] = [
    Name::Ecb,
    Name::Cbc,
    Name::Cfb(Segment::Bits1),
    Name::Cfb(Segment::Bits8),
    Name::Cfb(Segment::Bits64),
    Name::Cfb(Segment::Bits128),
    Name::Ofb,
    Name::Ctr,
    Name::Gcm,
];

const NONCE: [u8; 12] = [0xA5; 12];
const AAD: &[u8] = b"tenant|key|v1";

/// A key and how it is used.
struct With<'a> {
    key: &'a Key,
    name: Name,
    iv: &'a [u8],
}

impl<'a> With<'a> {
    fn of(key: &'a Key, name: Name, iv: &'a [u8; 16]) -> Self {
        Self { key, name, iv: &iv[..key.block_bytes()] }
    }

    fn exists(&self) -> bool {
        let of_aes = matches!(self.name, Name::Ctr | Name::Gcm | Name::Cfb(Segment::Bits128));
        !of_aes || self.key.algorithm() == Algorithm::Aes
    }

    /// None of GCM.
    fn mode(&self) -> Option<Mode<'a>> {
        match self.name {
            Name::Ecb => Some(Mode::Ecb),
            Name::Cbc => Some(Mode::Cbc(self.iv)),
            Name::Cfb(segment) => Some(Mode::Cfb(segment, self.iv)),
            Name::Ofb => Some(Mode::Ofb(self.iv)),
            Name::Ctr => Some(Mode::Ctr(self.iv)),
            Name::Gcm => None,
        }
    }

    fn encrypted(&self, data: &[u8]) -> (Vec<u8>, Option<[u8; 16]>) {
        let mut data = data.to_vec();
        let tag = match self.mode() {
            Some(mode) => alone!(encrypt(self.key, &mode, &mut data)).map(|()| None),
            None => gcm_seal(self.key, &Nonce::reserved(NONCE), AAD, &mut data).map(Some),
        };
        let tag = tag.unwrap();
        (data, tag)
    }

    fn decrypted(&self, data: &[u8], tag: Option<[u8; 16]>) -> Vec<u8> {
        let mut data = data.to_vec();
        match self.mode() {
            Some(mode) => alone!(decrypt(self.key, &mode, &mut data)),
            None => gcm_open(self.key, &NONCE, AAD, &tag.unwrap(), &mut data),
        }
        .unwrap();
        data
    }
}

/// What came out.
#[derive(Debug, PartialEq)]
struct Through {
    ciphertext: Vec<u8>,
    tag: Option<[u8; 16]>,
    pan: Option<Vec<u8>>,
}

/// Re-encrypts `plain`, encrypted in the first way, into the second.
fn through(
    from: &With<'_>,
    source: KeySource<'_>,
    to: &With<'_>,
    plain: &[u8],
    extract: Option<Track>,
) -> Result<Through, Error> {
    let (ciphertext, tag) = from.encrypted(plain);
    let tag = tag.unwrap_or_default();
    let opening = from.mode().map(Opening::Mode);
    let opening = opening.unwrap_or(Opening::Gcm { nonce: &NONCE, aad: AAD, tag: &tag });
    let incoming = Incoming { key: source, opening, ciphertext: &ciphertext };
    let nonce = Nonce::reserved(NONCE);
    let sealing = to.mode().map(Sealing::Mode);
    let sealing = sealing.unwrap_or(Sealing::Gcm { nonce: &nonce, aad: AAD });
    let outgoing = Outgoing { key: KeySource::Static(to.key), sealing };
    let done = alone!(reencrypt(&incoming, &outgoing, extract))?;
    let pan = done.pan.map(|pan| pan.ascii().expose().clone());
    Ok(Through { ciphertext: done.ciphertext, tag: done.tag, pan })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    #[test]
    fn every_pair_of_modes_keeps_the_plaintext(
        blocks in 1_usize..4,
        keys in any::<[[u8; 32]; 2]>(),
        iv in any::<[[u8; 16]; 2]>(),
    ) {
        prop_assume!(keys[0][..16] != keys[1][..16]);
        let plain: Vec<u8> = (0..blocks * 16).map(|at| (at * 7) as u8).collect();
        let [incoming, outgoing] = keys.map(keys_of);
        for (from, to) in pairs() {
            let keys = incoming.iter().flat_map(|one| outgoing.iter().map(move |two| (one, two)));
            let sides = keys.map(|(a, b)| (With::of(a, from, &iv[0]), With::of(b, to, &iv[1])));
            for (from, to) in sides.filter(|(from, to)| from.exists() && to.exists()) {
                let done = through(&from, KeySource::Static(from.key), &to, &plain, None);
                let Through { ciphertext, tag, .. } = done.unwrap();
                prop_assert_eq!(to.decrypted(&ciphertext, tag), plain.clone());
            }
        }
    }
}

/// One of each cipher and another length.
fn keys_of(bytes: [u8; 32]) -> [Key; 3] {
    [Key::tdes(&bytes[..16]), Key::aes(&bytes[..16]), Key::aes(&bytes)].map(Result::unwrap)
}

fn pairs() -> impl Iterator<Item = (Name, Name)> {
    NAMES.into_iter().flat_map(|from| NAMES.map(|to| (from, to)))
}

/// Data of a device under either base key to a key of the gateway.
#[test]
fn data_of_devices_reaches_every_mode() {
    let (tdes, aes) = (Key::tdes(&[7; 16]).unwrap(), Key::aes(&[7; 32]).unwrap());
    let (short, long) = (hex("FFFF9876543210E00005"), hex("123456789012345600000005"));
    let (own, iv) = (Key::aes(&[0x42; 32]).unwrap(), [0; 16]);
    let plain = b";4111111111111111=25122010000000000000?         ";
    for direction in [Direction::Request, Direction::Response, Direction::Both] {
        for (base, ksn, key_type) in [
            (&tdes, &short, KeyType::Tdes2),
            (&aes, &long, KeyType::Tdes3),
            (&aes, &long, KeyType::Aes128),
            (&aes, &long, KeyType::Aes256),
        ] {
            let (rule, devices) = (CounterRule::Strict, None);
            let dukpt = Dukpt { base, ksn, rule, direction, key_type, devices };
            let key = alone!(dukpt.data_key()).unwrap();
            for to in NAMES {
                let (from, to) = (With::of(&key, Name::Cbc, &iv), With::of(&own, to, &iv));
                let source = KeySource::Dukpt(&dukpt);
                let Through { ciphertext, tag, pan } =
                    through(&from, source, &to, plain, Some(Track::Ascii)).unwrap();
                assert_eq!(to.decrypted(&ciphertext, tag), plain);
                assert_eq!(pan.unwrap(), b"4111111111111111");
            }
        }
    }
}

#[test]
fn a_track_without_pan_leaves_nothing() {
    let (from, to) = (Key::aes(&[1; 16]).unwrap(), Key::aes(&[2; 16]).unwrap());
    let iv = [0; 16];
    let (from, to) = (With::of(&from, Name::Cbc, &iv), With::of(&to, Name::Gcm, &iv));
    for track in [Track::Ascii, Track::Packed] {
        let plain = b";4111111111111112=25122010000000000000?         ";
        let done = through(&from, KeySource::Static(from.key), &to, plain, Some(track));
        assert_eq!(done, Err(Error::InvalidInput));
    }
}

#[test]
fn the_same_key_serves_both_sides_only_in_different_modes() {
    let (key, iv) = (Key::aes(&[1; 16]).unwrap(), [0; 16]);
    for (from, to) in pairs() {
        let (one, two) = (With::of(&key, from, &iv), With::of(&key, to, &iv));
        let done = through(&one, KeySource::Static(&key), &two, &[9; 16], None);
        assert_eq!(done.err(), (from == to).then_some(Error::InvalidInput), "{from:?} {to:?}");
    }
}

#[test]
fn lengths_must_fit_both_sides() {
    let (tdes, aes) = (Key::tdes(&[1; 16]).unwrap(), Key::aes(&[2; 16]).unwrap());
    let iv = [0; 16];
    let from = With::of(&tdes, Name::Cbc, &iv);
    for to in NAMES {
        let to = With::of(&aes, to, &iv);
        let done = through(&from, KeySource::Static(&tdes), &to, &[9; 24], None);
        let is_whole = !matches!(to.name, Name::Ecb | Name::Cbc);
        assert_eq!(done.err(), (!is_whole).then_some(Error::InvalidInput), "{:?}", to.name);
    }
}

#[test]
fn every_bit_of_a_sealed_record_counts() {
    let (from, to, iv) = (Key::aes(&[1; 16]).unwrap(), Key::aes(&[2; 16]).unwrap(), [0; 16]);
    let (ciphertext, tag) = With::of(&from, Name::Gcm, &iv).encrypted(&[9; 20]);
    let whole = [ciphertext, tag.unwrap().to_vec(), NONCE.to_vec(), AAD.to_vec()].concat();
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let (ciphertext, rest) = changed.split_at(20);
        let (tag, rest) = rest.split_first_chunk().unwrap();
        let (nonce, aad) = rest.split_first_chunk().unwrap();
        let opening = Opening::Gcm { nonce, aad, tag };
        let incoming = Incoming { key: KeySource::Static(&from), opening, ciphertext };
        let sealing = Sealing::Mode(Mode::Ctr(&iv));
        let outgoing = Outgoing { key: KeySource::Static(&to), sealing };
        let done = alone!(reencrypt(&incoming, &outgoing, None));
        assert_eq!(done.err(), Some(Error::AuthenticationFailed), "{bit}");
    }
}
