//! Data enciphered, deciphered, and from one key to another.

use typex_core::key::payment::Usage;
use typex_core::op::payment::{
    Cipher, Done, Encrypted, Mode as Asked, Operation, Part, Task, TrackForm,
};
use typex_core::secret::Secret;

use super::chip;
use super::job::{JobKey, PaymentJob};
use super::key::{Keys, OpenKey, Working};
use super::random::Random;
use super::rsa;
use crate::payment::cipher::{self, Mode, Nonce, Segment, ZERO_IV};
use crate::payment::lanes::Lanes;
use crate::payment::reencrypt::{Incoming, KeySource, Opening, Outgoing, Sealing, reencrypt};
use crate::payment::{Algorithm, Error, Key, Track};

/// What GCM binds a message to where the caller names nothing.
fn aad<'a>(given: Option<&'a [u8]>, bound: &'a [u8]) -> &'a [u8] {
    given.unwrap_or(bound)
}

pub(super) async fn perform(
    lanes: &Lanes,
    job: &PaymentJob,
    keys: &Keys<'_>,
    random: Random<'_>,
) -> Result<Done, Error> {
    match &job.task {
        Task::Encrypt { cipher, plaintext } => {
            let side = Side::new(keys, Part::Data, cipher)?;
            side.encrypt(lanes, plaintext, job.nonce.as_ref(), random).await.map(Done::Encrypted)
        }
        Task::Decrypt { cipher, ciphertext } => {
            let side = Side::new(keys, Part::Data, cipher)?;
            side.decrypt(lanes, ciphertext).await.map(Done::Decrypted)
        }
        Task::ReEncrypt { incoming, outgoing, ciphertext, track } => {
            let incoming = Side::new(keys, Part::Incoming, incoming)?;
            let outgoing = Side::new(keys, Part::Outgoing, outgoing)?;
            let way = Way { incoming, outgoing, nonce: job.nonce.as_ref() };
            way.go(lanes, ciphertext, track.map(layout), random).await.map(Done::Encrypted)
        }
        _ => Err(Error::Internal),
    }
}

/// What comes enciphered and goes no further than the caller of this: all of it, or the card number
/// of a track. Under RSA a wrong padding of PKCS#1 v1.5 has a message as well: a domain of texts
/// would take some of those that are padded rightly, and so tell which are.
pub(crate) async fn opened(
    lanes: &Lanes,
    keys: &[JobKey],
    cipher: &Cipher,
    ciphertext: &[u8],
    track: Option<TrackForm>,
) -> Result<Secret<Vec<u8>>, Error> {
    let keys = Keys::open(lanes, Operation::ReEncryptData, keys).await?;
    let side = Side::new(&keys, Part::Incoming, cipher)?;
    let data = match cipher {
        Cipher::Rsa(_) => side.decrypt_unseen(ciphertext)?,
        _ => side.decrypt(lanes, ciphertext).await?,
    };
    match track {
        Some(track) => layout(track).pan(&data).map(|pan| pan.ascii()),
        None => Ok(data),
    }
}

/// Whether keys of that usage work so: a chip's master key only gives session keys, or whoever
/// uses it has those of all cards.
// spec: payments 8, 11.2
fn takes(cipher: &Cipher, usage: Usage) -> bool {
    match cipher {
        Cipher::Block { .. } | Cipher::Gcm { .. } => matches!(usage, Usage::DATA | Usage::BASE),
        Cipher::Rsa(_) => usage == Usage::DATA_PAIR,
        Cipher::Chip { .. } => usage == Usage::CONFIDENTIALITY,
    }
}

/// A key with the way it is used.
struct Side<'a, 'k> {
    key: &'a OpenKey<'k>,
    cipher: &'a Cipher,
    /// What GCM binds its messages to.
    bound: Vec<u8>,
}

/// From one key to another.
struct Way<'a, 'k> {
    incoming: Side<'a, 'k>,
    outgoing: Side<'a, 'k>,
    nonce: Option<&'a Nonce>,
}

impl<'a, 'k> Side<'a, 'k> {
    fn new(keys: &'a Keys<'k>, part: Part, cipher: &'a Cipher) -> Result<Self, Error> {
        let key = keys.find(part)?;
        if !takes(cipher, key.usage()?) {
            return Err(Error::KeyUsage);
        }
        let record = key.job().record();
        let bound = Cipher::bound(record.partition, record.id, record.version);
        Ok(Self { key, cipher, bound })
    }

    async fn encrypt(
        &self,
        lanes: &Lanes,
        plaintext: &Secret<Vec<u8>>,
        nonce: Option<&Nonce>,
        random: Random<'_>,
    ) -> Result<Encrypted, Error> {
        let mut data = plaintext.clone();
        let (mut used, mut tag) = (None, None);
        match self.cipher {
            Cipher::Rsa(padding) => {
                let key = self.key.stored()?.rsa_public()?;
                let ciphertext = rsa::encrypt(key, *padding, plaintext.expose(), random)?;
                return Ok(Encrypted { ciphertext, nonce: None, tag: None });
            }
            Cipher::Gcm { aad: given, .. } => {
                let nonce = nonce.ok_or(Error::Internal)?;
                let key = self.key.data_key(lanes).await?;
                let aad = aad(given.as_deref(), &self.bound);
                let made = cipher::gcm_seal(&key, nonce, aad, data.expose_mut())?;
                (used, tag) = (Some(*nonce.bytes()), Some(made));
            }
            Cipher::Block { mode, iv } | Cipher::Chip { mode, iv, .. } => {
                let key = self.block_key(lanes).await?;
                let mode = mode_of(*mode, iv.as_deref(), &key);
                cipher::encrypt(lanes, &key, &mode, data.expose_mut()).await?;
            }
        }
        Ok(Encrypted { ciphertext: std::mem::take(data.expose_mut()), nonce: used, tag })
    }

    /// The key of a mode of blocks.
    async fn block_key(&self, lanes: &Lanes) -> Result<Working<'_>, Error> {
        let Cipher::Chip { card, derivation, mode, .. } = self.cipher else {
            return self.key.data_key(lanes).await;
        };
        if !matches!(mode, Asked::Ecb | Asked::Cbc) {
            return Err(Error::InvalidInput);
        }
        let key = chip::data_key(lanes, self.key.cipher()?, card, *derivation).await?;
        Ok(Working::Own(key))
    }

    async fn decrypt(&self, lanes: &Lanes, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        let mut data = Secret::new(ciphertext.to_vec());
        match self.cipher {
            Cipher::Rsa(padding) => {
                let key = self.key.stored()?.rsa_private()?;
                return rsa::decrypt(key, *padding, ciphertext);
            }
            Cipher::Gcm { aad: given, nonce, tag } => {
                let key = self.key.data_key(lanes).await?;
                let aad = aad(given.as_deref(), &self.bound);
                let (nonce, tag) = nonce.as_ref().zip(tag.as_ref()).ok_or(Error::InvalidInput)?;
                cipher::gcm_open(&key, nonce, aad, tag, data.expose_mut())?;
            }
            Cipher::Block { mode, iv } | Cipher::Chip { mode, iv, .. } => {
                let key = self.block_key(lanes).await?;
                let mode = mode_of(*mode, iv.as_deref(), &key);
                cipher::decrypt(lanes, &key, &mode, data.expose_mut()).await?;
            }
        }
        Ok(data)
    }
}

impl Side<'_, '_> {
    /// The message under RSA.
    fn decrypt_unseen(&self, ciphertext: &[u8]) -> Result<Secret<Vec<u8>>, Error> {
        let Cipher::Rsa(padding) = self.cipher else { return Err(Error::Internal) };
        let key = self.key.stored()?;
        rsa::decrypt_unseen((key.rsa_private()?, key.substitutes()?), *padding, ciphertext)
    }
}

impl Way<'_, '_> {
    async fn go(
        &self,
        lanes: &Lanes,
        ciphertext: &[u8],
        track: Option<Track>,
        random: Random<'_>,
    ) -> Result<Encrypted, Error> {
        if matches!(self.outgoing.cipher, Cipher::Rsa(_)) {
            return self.go_to_rsa(lanes, ciphertext, track, random).await;
        }
        let to = self.outgoing.key.data_key(lanes).await?;
        let sealing = self.sealing(&to)?;
        if matches!(self.incoming.cipher, Cipher::Rsa(_)) {
            return self.go_from_rsa(lanes, ciphertext, track, &to, sealing).await;
        }
        check_ecb(&sealing, &to, ciphertext.len())?;
        let from = self.incoming.key.data_key(lanes).await?;
        let opening = self.opening(&from)?;
        let incoming = Incoming { key: KeySource::Static(&from), opening, ciphertext };
        let outgoing = Outgoing { key: KeySource::Static(&to), sealing };
        let done = reencrypt(lanes, &incoming, &outgoing, track).await?;
        Ok(Encrypted { ciphertext: done.ciphertext, nonce: self.nonce_of(&sealing), tag: done.tag })
    }

    async fn go_from_rsa(
        &self,
        lanes: &Lanes,
        ciphertext: &[u8],
        track: Option<Track>,
        to: &Key,
        sealing: Sealing<'_>,
    ) -> Result<Encrypted, Error> {
        let mut data = self.incoming.decrypt_unseen(ciphertext)?;
        check_ecb(&sealing, to, data.expose().len())?;
        track.map(|track| track.pan(&data)).transpose()?;
        let tag = match &sealing {
            Sealing::Mode(mode) => {
                cipher::encrypt(lanes, to, mode, data.expose_mut()).await.map(|()| None)?
            }
            Sealing::Gcm { nonce, aad } => {
                Some(cipher::gcm_seal(to, nonce, aad, data.expose_mut())?)
            }
        };
        let ciphertext = std::mem::take(data.expose_mut());
        Ok(Encrypted { ciphertext, nonce: self.nonce_of(&sealing), tag })
    }

    async fn go_to_rsa(
        &self,
        lanes: &Lanes,
        ciphertext: &[u8],
        track: Option<Track>,
        random: Random<'_>,
    ) -> Result<Encrypted, Error> {
        let data = self.incoming.decrypt(lanes, ciphertext).await?;
        track.map(|track| track.pan(&data)).transpose()?;
        self.outgoing.encrypt(lanes, &data, None, random).await
    }

    fn opening(&self, key: &Key) -> Result<Opening<'_>, Error> {
        let Side { cipher, bound, .. } = &self.incoming;
        match cipher {
            Cipher::Block { mode, iv } => Ok(Opening::Mode(mode_of(*mode, iv.as_deref(), key))),
            Cipher::Gcm { aad: given, nonce: Some(nonce), tag: Some(tag) } => {
                Ok(Opening::Gcm { nonce, aad: aad(given.as_deref(), bound), tag })
            }
            _ => Err(Error::InvalidInput),
        }
    }

    fn sealing(&self, key: &Key) -> Result<Sealing<'_>, Error> {
        let Side { cipher, bound, .. } = &self.outgoing;
        match cipher {
            Cipher::Block { mode, iv } => Ok(Sealing::Mode(mode_of(*mode, iv.as_deref(), key))),
            Cipher::Gcm { aad: given, .. } => {
                let nonce = self.nonce.ok_or(Error::Internal)?;
                Ok(Sealing::Gcm { nonce, aad: aad(given.as_deref(), bound) })
            }
            _ => Err(Error::InvalidInput),
        }
    }

    fn nonce_of(&self, sealing: &Sealing<'_>) -> Option<[u8; 12]> {
        let nonce = self.nonce.map(|nonce| *nonce.bytes());
        nonce.filter(|_| matches!(sealing, Sealing::Gcm { .. }))
    }
}

/// Equal blocks stay equal in ECB, so that more than one goes out in no message.
// spec: payments 9
fn check_ecb(sealing: &Sealing<'_>, key: &Key, bytes: usize) -> Result<(), Error> {
    let shows_blocks = matches!(sealing, Sealing::Mode(Mode::Ecb)) && bytes > key.block_bytes();
    if shows_blocks { Err(Error::InvalidInput) } else { Ok(()) }
}

fn mode_of<'a>(mode: Asked, iv: Option<&'a [u8]>, key: &Key) -> Mode<'a> {
    let iv = iv.unwrap_or(&ZERO_IV[..key.block_bytes()]);
    match mode {
        Asked::Ecb => Mode::Ecb,
        Asked::Cbc => Mode::Cbc(iv),
        Asked::Cfb if key.algorithm() == Algorithm::Tdes => Mode::Cfb(Segment::Bits64, iv),
        Asked::Cfb => Mode::Cfb(Segment::Bits128, iv),
        Asked::Cfb1 => Mode::Cfb(Segment::Bits1, iv),
        Asked::Cfb8 => Mode::Cfb(Segment::Bits8, iv),
        Asked::Cfb64 => Mode::Cfb(Segment::Bits64, iv),
        Asked::Cfb128 => Mode::Cfb(Segment::Bits128, iv),
        Asked::Ofb => Mode::Ofb(iv),
        Asked::Ctr => Mode::Ctr(iv),
    }
}

fn layout(track: TrackForm) -> Track {
    match track {
        TrackForm::Ascii => Track::Ascii,
        TrackForm::Packed => Track::Packed,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
    use typex_core::key::payment::{Algorithm, Attributes, ModeOfUse, RsaBits};
    use typex_core::key::{KeyRecord, Material, Usage as KeyUsage};
    use typex_core::op::payment::RsaPadding;
    use typex_core::{KeyId, PartitionId, UnixMs};

    use super::*;
    use crate::LoadedKey;
    use crate::payment::KeySource;
    use crate::payment::lanes::alone;

    const BYTES: usize = 256;

    fn pair() -> Vec<JobKey> {
        let pair = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let algorithm = Algorithm::Rsa(RsaBits::Rsa2048);
        let attributes = Attributes::new(Usage::DATA_PAIR, algorithm, ModeOfUse::Both);
        let usage = KeyUsage::Payment(attributes);
        let record = KeyRecord::first(KeyId([1; 16]), PartitionId([2; 16]), usage, UnixMs(3));
        let material = Material::RsaPrivate(Secret::new(der.as_ref().to_vec()));
        let key = LoadedKey::new(record, None, material, Arc::new(AtomicBool::new(false)));
        let source = KeySource::Stored(Arc::new(key.unwrap()));
        vec![JobKey { part: Part::Incoming, source, dukpt: None }]
    }

    #[test]
    fn what_is_taken_out_unseen_does_not_tell_its_padding() {
        let (keys, cipher) = (pair(), Cipher::Rsa(RsaPadding::Pkcs1));
        let mut lengths = std::collections::BTreeSet::new();
        for seed in 1..=24_u8 {
            // Hardly one is padded as it should be.
            let text = (0..BYTES).map(|at| seed.wrapping_mul(at as u8 | 1) / 2);
            let text: Vec<u8> = text.collect();
            let open = || alone(async |lanes| opened(lanes, &keys, &cipher, &text, None).await);
            let one = open().expect("it is as if it were padded");
            assert_eq!(open().unwrap().expose(), one.expose(), "always the same");
            lengths.insert(one.expose().len());
        }
        assert!(lengths.len() > 8, "lengths are drawn as well: {lengths:?}");
    }
}
