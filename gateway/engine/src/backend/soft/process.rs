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

use super::envelope::{self, Envelope};
use super::{answer, cipher, operate};
use crate::key::{ChannelKeys, LoadedKey};
use crate::length;
use crate::limits::BATCH_JOBS_MAX;

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
        Ok(Self { key, channel, sealed, seed, data_bytes, body, envelope, sound, operated: Ok(()) })
    }

    fn is_sound(&self) -> Choice {
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

/// Runs chains side by side; results in their order.
pub(super) fn run_lanes(
    chains: &mut [Chain<'_>],
) -> ArrayVec<Result<(), ErrorKind>, BATCH_JOBS_MAX> {
    let tags = cipher::cbc_mac_lanes(macs(chains));
    cipher::cbc_decrypt_lanes(cbcs(chains));
    for (chain, tag) in chains.iter_mut().zip(&tags) {
        chain.open(tag);
        chain.operate();
    }
    cipher::cbc_encrypt_lanes(cbcs(chains));
    let tags = cipher::cbc_mac_lanes(macs(chains));
    chains.iter_mut().zip(&tags).map(|(chain, tag)| chain.finish(tag)).collect()
}

fn macs<'a>(chains: &'a [Chain<'_>]) -> cipher::Macs<'a> {
    chains
        .iter()
        .map(|chain| {
            MacJob::new(&chain.channel.mac, chain.body())
                .expect("a chain holds whole blocks, at least one")
        })
        .collect()
}

fn cbcs<'a>(chains: &'a mut [Chain<'_>]) -> cipher::Cbcs<'a> {
    chains
        .iter_mut()
        .map(|chain| {
            let keys = &chain.channel.enc;
            CbcJob::new(keys, [0; 16], &mut chain.sealed[..chain.body])
                .expect("a chain holds whole blocks")
        })
        .collect()
}
