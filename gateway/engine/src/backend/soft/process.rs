//! `ProcessData` as one chain: check the MAC, decrypt, look inside, operate, encrypt, MAC.
//!
//! A record that fails anywhere runs on to the end as a dummy, so what is computed depends only
//! on lengths, and one bad record changes no other.
// spec: enigma-bridge 2.1, 2.2, 2.4

use arrayvec::ArrayVec;
use bytes::BytesMut;
use subtle::{Choice, ConstantTimeEq};
use typex_core::error::ErrorKind;
use typex_core::op::process_data::{HEADER_BYTES, TAG_BYTES, answer_header};
use typex_core::secret::Secret;
use typex_kernels::{Block, CbcJob, MacJob};
use zeroize::Zeroize;

use super::cipher::{Cbcs, Macs, Tags};
use super::envelope::{self, Envelope};
use super::{answer, cipher, operate};
use crate::key::{ChannelKeys, LoadedKey};
use crate::length;
use crate::limits::BATCH_JOBS_MAX;

/// Short chains that go through all steps before the next ones begin: their keys, some 900 bytes
/// each, stay in the nearest cache from the first step to the last.
const SHORT_GROUP: usize = 16;

/// Ciphertext of a short chain. Longer ones fill lanes, of which there are more.
const SHORT_BYTES: usize = 96;

/// One request on its way through the chain, in its own buffer.
pub(super) struct Chain<'a> {
    pub(super) key: &'a LoadedKey,
    pub(super) channel: &'a ChannelKeys,
    pub(super) sealed: &'a mut BytesMut,
    pub(super) seed: Option<&'a Secret<[u8; 32]>>,
    /// Bytes of data that the operation takes; public, from the length of the ciphertext.
    pub(super) data_bytes: usize,
    /// Bytes of ciphertext: first the request's, then the answer's.
    body: usize,
    envelope: Envelope,
    /// Whether all is right up to and including the length of the data.
    sound: Choice,
    /// What became of the operation, where those of several chains went side by side.
    pub(super) ahead: Option<Result<(), ErrorKind>>,
    operated: Result<(), ErrorKind>,
}

impl<'a> Chain<'a> {
    /// Starts a chain, if its length is one that the key permits.
    #[inline]
    pub(super) fn new(
        key: &'a LoadedKey,
        sealed: &'a mut BytesMut,
        seed: Option<&'a Secret<[u8; 32]>>,
    ) -> Result<Self, ErrorKind> {
        let data_bytes = length::data_bytes(key.record(), sealed.len())?;
        let body = sealed.len() - TAG_BYTES;
        let channel = key.channel()?;
        let (envelope, sound) = (Envelope::unknown(), Choice::from(0));
        let (ahead, operated) = (None, Ok(()));
        Ok(Self { key, channel, sealed, seed, data_bytes, body, envelope, sound, ahead, operated })
    }

    pub(super) fn is_sound(&self) -> Choice {
        let expected = u32::try_from(self.data_bytes).unwrap_or(u32::MAX);
        self.envelope.intact & self.envelope.data_bytes.ct_eq(&expected)
    }

    /// The clear data.
    pub(super) fn data(&mut self) -> &mut [u8] {
        &mut self.sealed[HEADER_BYTES..HEADER_BYTES + self.data_bytes]
    }

    fn body(&self) -> &[u8] {
        &self.sealed[..self.body]
    }

    fn body_mut(&mut self) -> &mut [u8] {
        &mut self.sealed[..self.body]
    }

    /// Looks inside the decrypted request.
    #[inline]
    fn open(&mut self, tag: &Block) {
        let differences = envelope::tag_differences(&self.sealed[self.body..], tag);
        self.envelope = envelope::inspect(self.body(), self.key.object(), differences);
    }

    /// Operates on the data and lays the answer out, ready to be encrypted.
    #[inline]
    fn operate(&mut self) {
        let sound = self.is_sound();
        let operated = operate::run(self, sound);
        let header = answer_header(self.key.object(), self.envelope.nonce);
        self.body = answer::lay_out(self.sealed, &header, operated.bytes);
        self.sound = sound;
        self.operated = operated.result;
    }

    /// Appends the tag, or wipes everything if there is nothing to answer.
    #[inline]
    fn finish(&mut self, tag: &Block) -> Result<(), ErrorKind> {
        self.sealed[self.body..].copy_from_slice(tag);
        let verdict = self.verdict();
        if verdict.is_err() {
            self.sealed.zeroize();
        }
        verdict
    }

    #[inline]
    fn verdict(&self) -> Result<(), ErrorKind> {
        if !bool::from(self.envelope.intact) {
            return Err(ErrorKind::VerifyFailed);
        }
        if !bool::from(self.sound) {
            return Err(length::failure(self.key.record().usage));
        }
        self.operated
    }
}

/// Runs one chain alone.
#[inline]
pub(super) fn run_one(mut chain: Chain<'_>) -> Result<(), ErrorKind> {
    let channel = chain.channel;
    let tag = cipher::cbc_mac(&channel.mac, chain.body())?;
    cipher::cbc_decrypt(&channel.enc, chain.body_mut())?;
    chain.open(&tag);
    chain.operate();
    cipher::cbc_encrypt(&channel.enc, chain.body_mut())?;
    let tag = cipher::cbc_mac(&channel.mac, chain.body())?;
    chain.finish(&tag)
}

/// What became of chains, in their order.
pub(super) type Verdicts = ArrayVec<Result<(), ErrorKind>, BATCH_JOBS_MAX>;

/// Runs chains side by side, at most [`BATCH_JOBS_MAX`].
pub(super) fn run_lanes(chains: &mut [Chain<'_>]) -> Verdicts {
    let is_short = chains.iter().all(|chain| chain.body <= SHORT_BYTES);
    let group = if is_short { SHORT_GROUP } else { BATCH_JOBS_MAX };
    let mut verdicts = Verdicts::new();
    for group in chains.chunks_mut(group) {
        run_group(group, &mut verdicts);
    }
    verdicts
}

fn run_group(chains: &mut [Chain<'_>], verdicts: &mut Verdicts) {
    let mut tags = Tags::new();
    mac(chains, &mut tags);
    each(chains, cipher::cbc_decrypt_lanes);
    for (chain, tag) in chains.iter_mut().zip(&tags) {
        chain.open(tag);
    }
    operate::run_blocks(chains);
    operate::run_private(chains);
    chains.iter_mut().for_each(Chain::operate);
    each(chains, cipher::cbc_encrypt_lanes);
    mac(chains, &mut tags);
    verdicts.extend(chains.iter_mut().zip(&tags).map(|(chain, tag)| chain.finish(tag)));
}

/// Runs chains side by side in their buffers, without an engine: nothing is admitted, checked
/// against a grant or counted. Not for keys whose operation draws randomness. At most
/// [`BATCH_JOBS_MAX`]; what a request is refused with stands in its place.
pub fn run_chains(
    requests: &mut [(&LoadedKey, &mut BytesMut)],
) -> ArrayVec<Result<(), ErrorKind>, BATCH_JOBS_MAX> {
    let mut refusals = ArrayVec::<Option<ErrorKind>, BATCH_JOBS_MAX>::new();
    let mut chains = ArrayVec::<Chain<'_>, BATCH_JOBS_MAX>::new();
    for (key, sealed) in requests.iter_mut().take(BATCH_JOBS_MAX) {
        match Chain::new(key, sealed, None) {
            Ok(chain) => {
                chains.push(chain);
                refusals.push(None);
            }
            Err(kind) => refusals.push(Some(kind)),
        }
    }
    let mut verdicts = run_lanes(&mut chains).into_iter();
    let verdict = |refusal: Option<ErrorKind>| {
        refusal.map_or_else(|| verdicts.next().unwrap_or(Err(ErrorKind::Internal)), Err)
    };
    refusals.into_iter().map(verdict).collect()
}

/// The tags of what the chains hold. Lists are filled where they are: a full one is some kilobytes.
#[inline]
fn mac(chains: &[Chain<'_>], tags: &mut Tags) {
    let mut jobs = Macs::new();
    jobs.extend(chains.iter().map(|chain| {
        MacJob::new(&chain.channel.mac, chain.body())
            .expect("a chain holds whole blocks, at least one")
    }));
    cipher::cbc_mac_lanes(&mut jobs);
    tags.clear();
    tags.extend(jobs.iter().map(MacJob::tag));
}

/// Runs CBC over what the chains hold.
#[inline]
fn each(chains: &mut [Chain<'_>], run: impl FnOnce(&mut [CbcJob<'_>])) {
    let mut jobs = Cbcs::new();
    jobs.extend(chains.iter_mut().map(|chain| {
        let keys = &chain.channel.enc;
        CbcJob::new(keys, [0; 16], &mut chain.sealed[..chain.body])
            .expect("a chain holds whole blocks")
    }));
    run(&mut jobs);
}
