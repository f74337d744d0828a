//! Re-encryption from AES to AES, as a card runs it: keys derived here, loaded wrapped there.
//!
//! What a card has no program for, and whatever is wrong with a job, is software's.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use typex_core::id::KeyId;
use typex_core::op::payment::{Cipher, Done, Encrypted, Mode, Part, Task};
use typex_core::secret::Secret;

use super::job::{JobKey, KeySource, PaymentJob};
use super::key::Keys;
use crate::cipher::{OpenMode, ReencryptJob, ReencryptKey, SealMode, TAG};
use crate::job::Outcome;
use crate::key::LoadedKey;
use crate::payment::lanes;
use crate::payment::limits::CIPHERTEXT_BYTES_MAX;
use crate::payment::{Algorithm, Error, Key};

/// Pairs that one key remembers: a gateway re-encrypts for a few receivers.
const PAIRS_MAX: usize = 16;

type Modes = (OpenMode, SealMode);

/// The pairs that a stored key opens for, so that a card keeps their keys between jobs.
#[derive(Default)]
pub(crate) struct CardPairs(Mutex<Vec<CardPair>>);

struct CardPair {
    to: (KeyId, u32),
    key: Arc<ReencryptKey>,
    /// Of the outgoing key.
    revoked: Arc<AtomicBool>,
}

impl CardPairs {
    fn find(
        &self,
        to: &LoadedKey,
        modes: Modes,
        make: impl FnOnce() -> Option<ReencryptKey>,
    ) -> Option<Arc<ReencryptKey>> {
        let mut pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.retain(|pair| !pair.revoked.load(Ordering::Acquire));
        let name = (to.record().id, to.record().version);
        let is_it =
            |pair: &&CardPair| pair.to == name && (pair.key.mode(), pair.key.seal_mode()) == modes;
        if let Some(pair) = pairs.iter().find(is_it) {
            return Some(Arc::clone(&pair.key));
        }
        let key = Arc::new(make()?);
        if pairs.len() >= PAIRS_MAX {
            pairs.swap_remove(0);
        }
        let revoked = Arc::clone(to.revoked());
        pairs.push(CardPair { to: name, key: Arc::clone(&key), revoked });
        Some(key)
    }
}

impl PaymentJob {
    /// Makes it ready for a card, if a card has a program for it.
    pub(crate) fn prepare(&mut self) {
        let card = prepared(self).filter(|job| job.check().is_ok());
        self.card = card.map(Box::new);
    }

    /// As a card runs it.
    pub(crate) fn on_card(&self) -> Option<&ReencryptJob> {
        self.card.as_deref()
    }

    /// What a card is given; its result is written over it.
    pub(crate) fn card_data(&mut self) -> Option<&mut BytesMut> {
        self.card.as_mut().map(|job| &mut job.data)
    }

    /// What comes of it, from what the card has made.
    pub(crate) fn card_outcome(&self, mut sealed: BytesMut) -> Outcome {
        let gcm = self.on_card().filter(|job| job.key.seal_mode() == SealMode::Gcm);
        let nonce = gcm.map(ReencryptJob::seal_nonce);
        let tag = gcm
            .and_then(|_| sealed.split_off(sealed.len().saturating_sub(TAG))[..].try_into().ok());
        let ciphertext = sealed.into();
        Outcome::Payment(Box::new(Done::Encrypted(Encrypted { ciphertext, nonce, tag })))
    }
}

fn prepared(job: &PaymentJob) -> Option<ReencryptJob> {
    let Task::ReEncrypt { incoming, outgoing, ciphertext, track: None } = &job.task else {
        return None;
    };
    if ciphertext.len() > CIPHERTEXT_BYTES_MAX {
        return None;
    }
    let find = |part: Part| job.keys.iter().find(|key| key.part == part);
    let (from, to) = (find(Part::Incoming)?, find(Part::Outgoing)?);
    let mut data = BytesMut::from(ciphertext.as_slice());
    if let Cipher::Gcm { tag, .. } = incoming {
        data.extend_from_slice(tag.as_ref()?);
    }
    let (mode, open_iv, open_aad) = opening(incoming, from, ciphertext.len())?;
    let (seal_mode, seal_iv, seal_aad) = sealing(job, outgoing, to, ciphertext.len())?;
    let key = pair(job, (from, to), (mode, seal_mode))?;
    let (open_aad, seal_aad) = (Bytes::from(open_aad), Bytes::from(seal_aad));
    Some(ReencryptJob { key, open_iv, open_aad, seal_iv, seal_aad, data })
}

/// Mode, IV and associated data of what comes.
fn opening(cipher: &Cipher, key: &JobKey, bytes: usize) -> Option<(OpenMode, [u8; 16], Vec<u8>)> {
    match cipher {
        Cipher::Block { mode: Mode::Cbc, iv } => {
            Some((OpenMode::Cbc, block(iv.as_deref())?, vec![]))
        }
        Cipher::Block { mode: Mode::Ctr, iv } => {
            Some((OpenMode::Ctr, counter(iv.as_deref(), bytes)?, vec![]))
        }
        Cipher::Block { mode: Mode::Ecb, .. } => Some((OpenMode::Ecb, [0; 16], vec![])),
        Cipher::Gcm { aad, nonce, .. } => {
            let aad = aad.clone().unwrap_or_else(|| bound(key));
            Some((OpenMode::Gcm, padded(nonce.as_ref()?), aad))
        }
        _ => None,
    }
}

/// The same of what goes.
fn sealing(
    job: &PaymentJob,
    cipher: &Cipher,
    key: &JobKey,
    bytes: usize,
) -> Option<(SealMode, [u8; 16], Vec<u8>)> {
    match cipher {
        Cipher::Block { mode: Mode::Cbc, iv } => {
            Some((SealMode::Cbc, block(iv.as_deref())?, vec![]))
        }
        Cipher::Block { mode: Mode::Ctr, iv } => {
            Some((SealMode::Ctr, counter(iv.as_deref(), bytes)?, vec![]))
        }
        Cipher::Gcm { aad, .. } => {
            let aad = aad.clone().unwrap_or_else(|| bound(key));
            Some((SealMode::Gcm, padded(job.nonce.as_ref()?.bytes()), aad))
        }
        _ => None,
    }
}

/// The two keys; those of a transaction serve one job.
fn pair(
    job: &PaymentJob,
    (from, to): (&JobKey, &JobKey),
    modes: Modes,
) -> Option<Arc<ReencryptKey>> {
    let (KeySource::Stored(open), KeySource::Stored(seal)) = (&from.source, &to.source) else {
        return None;
    };
    let make = || {
        lanes::alone(async |lanes| {
            let keys = Keys::open(lanes, job.task.operation(), &job.keys).await?;
            let open_key = keys.find(Part::Incoming)?.data_key(lanes).await?;
            let seal_key = keys.find(Part::Outgoing)?.data_key(lanes).await?;
            let key = joined(open, (&open_key, &seal_key), modes)?;
            Ok::<_, Error>(key.with_flags(open.revoked(), seal.revoked()))
        })
    };
    if from.dukpt.is_some() || to.dukpt.is_some() {
        return make().ok().map(Arc::new);
    }
    open.payment()?.card_pairs().find(seal, modes, || make().ok())
}

/// From AES to AES, and not from a key to itself in one mode.
fn joined(open: &LoadedKey, (from, to): (&Key, &Key), modes: Modes) -> Result<ReencryptKey, Error> {
    use {OpenMode as From, SealMode as To};
    let same_mode =
        matches!(modes, (From::Cbc, To::Cbc) | (From::Gcm, To::Gcm) | (From::Ctr, To::Ctr));
    let is_aes = [from, to].iter().all(|key| key.algorithm() == Algorithm::Aes);
    if !is_aes || (same_mode && bool::from(from.ct_eq(to))) {
        return Err(Error::InvalidInput);
    }
    let [from, to] = [from, to].map(|key| Secret::new(key.expose().to_vec()));
    ReencryptKey::new(open.record().partition, modes, &from, &to).map_err(|_| Error::Internal)
}

fn bound(key: &JobKey) -> Vec<u8> {
    let record = key.record();
    Cipher::bound(record.partition, record.id, record.version)
}

fn block(iv: Option<&[u8]>) -> Option<[u8; 16]> {
    iv.map_or(Some([0; 16]), |iv| iv.try_into().ok())
}

/// A first counter block. A card counts in its low 32 bits, payments in all of them: `None` where
/// that is not the same.
// spec: payments 7
fn counter(iv: Option<&[u8]>, bytes: usize) -> Option<[u8; 16]> {
    let iv = block(iv)?;
    let low = u32::from_be_bytes(*iv.last_chunk()?);
    let last = u32::try_from(bytes.div_ceil(iv.len()).saturating_sub(1)).ok()?;
    low.checked_add(last).map(|_| iv)
}

fn padded(nonce: &[u8; 12]) -> [u8; 16] {
    let mut block = [0; 16];
    block[..12].copy_from_slice(nonce);
    block
}
