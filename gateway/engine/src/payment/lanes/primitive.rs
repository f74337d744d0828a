//! What an operation can await.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use typex_core::Secret;

use super::Lanes;
use super::group::compute_alone;
use super::pair::{self, Pair, Pairs};
use super::step::{Bytes, Kind, Step, Work};
use crate::payment::Error;
use crate::payment::key::{Key, Schedule};
use crate::payment::mac::Padding;
use crate::token::{TokenCipher, Tweak};

/// A step on its way.
pub(crate) struct Awaited<'a> {
    lanes: &'a Lanes,
    /// None once the lanes have it.
    step: Option<Result<Step, Error>>,
}

impl Future for Awaited<'_> {
    type Output = Result<Bytes, Error>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(step) = self.step.take() else {
            let done = self.lanes.table.borrow_mut().take();
            return done.map_or(Poll::Pending, Poll::Ready);
        };
        match step.and_then(|step| self.lanes.table.borrow_mut().leave(step)) {
            Ok(None) => Poll::Pending,
            Ok(Some(step)) => Poll::Ready(compute_alone(step)),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

/// A pair on its way.
pub(in crate::payment) struct Paired<'a> {
    lanes: &'a Lanes,
    kind: Kind,
    pair: Pair,
    /// Whether the lanes have it.
    is_left: bool,
}

impl Future for Paired<'_> {
    type Output = Result<Secret<[u64; 2]>, Error>;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { lanes, kind, pair, is_left } = &mut *self;
        let mut table = lanes.table.borrow_mut();
        if std::mem::replace(is_left, true) {
            return table.take_pair().map_or(Poll::Pending, |blocks| Poll::Ready(Ok(blocks)));
        }
        match table.leave_pair(*kind, pair) {
            Ok(true) => Poll::Pending,
            Ok(false) => {
                pair::compute(*kind, &mut Pairs::from_iter([&mut *pair]));
                Poll::Ready(Ok(pair.blocks()))
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

/// Each takes bytes and gives them back changed, or a MAC. Lengths that a step does not take are
/// [`Error::InvalidInput`], keys [`Error::KeyUsage`].
impl Lanes {
    /// Blocks encrypted, each alone.
    pub(in crate::payment) fn encrypt(&self, key: &Key, blocks: Bytes) -> Awaited<'_> {
        self.step(Ok(Work::Encrypt(key.schedule().clone())), blocks)
    }

    /// Blocks decrypted, each alone.
    pub(in crate::payment) fn decrypt(&self, key: &Key, blocks: Bytes) -> Awaited<'_> {
        self.step(Ok(Work::Decrypt(key.schedule().clone())), blocks)
    }

    /// One block encrypted with triple DES.
    pub(in crate::payment) fn tdes_block(&self, key: &Key, block: &[u8; 8]) -> Awaited<'_> {
        let work = match key.schedule() {
            Schedule::Tdes(_) => Ok(Work::Encrypt(key.schedule().clone())),
            Schedule::Aes(_) => Err(Error::KeyUsage),
        };
        self.step(work, Bytes::new(block.to_vec()))
    }

    /// A message encrypted in CBC mode.
    pub(in crate::payment) fn cbc_encrypt(&self, key: &Key, iv: &[u8], data: Bytes) -> Awaited<'_> {
        let work = iv_of(iv).map(|iv| Work::CbcEncrypt(key.schedule().clone(), iv));
        self.step(work, data)
    }

    /// A message decrypted in CBC mode.
    pub(in crate::payment) fn cbc_decrypt(&self, key: &Key, iv: &[u8], data: Bytes) -> Awaited<'_> {
        let work = iv_of(iv).map(|iv| Work::CbcDecrypt(key.schedule().clone(), iv));
        self.step(work, data)
    }

    /// A message in counter mode, with AES.
    pub(in crate::payment) fn ctr(&self, key: &Key, counter: &[u8], data: Bytes) -> Awaited<'_> {
        let work = iv_of(counter).and_then(|iv| match key.schedule() {
            Schedule::Aes(keys) => Ok(Work::Ctr(keys.clone(), iv)),
            Schedule::Tdes(_) => Err(Error::KeyUsage),
        });
        self.step(work, data)
    }

    /// Two blocks encrypted with DES, each under its own key.
    pub(in crate::payment) fn des_pair(&self, keys: [u64; 2], blocks: [u64; 2]) -> Paired<'_> {
        let pair = Pair { keys: keys.map(|key| [key, 0]), blocks };
        Paired { lanes: self, kind: Kind::DesPair, pair, is_left: false }
    }

    /// Two blocks encrypted with triple DES, each under its own key of two parts.
    pub(in crate::payment) fn tdes_pair(
        &self,
        keys: [[u64; 2]; 2],
        blocks: [u64; 2],
    ) -> Paired<'_> {
        let pair = Pair { keys, blocks };
        Paired { lanes: self, kind: Kind::TdesPair, pair, is_left: false }
    }

    /// CBC-MAC with triple DES.
    pub(in crate::payment) fn chained_mac(
        &self,
        key: &Key,
        message: &[u8],
        padding: Padding,
    ) -> Awaited<'_> {
        let work = match key.schedule() {
            Schedule::Tdes(key) => Ok(Work::ChainedMac(key.clone(), padding.into())),
            Schedule::Aes(_) => Err(Error::KeyUsage),
        };
        self.step(work, Bytes::new(message.to_vec()))
    }

    /// The retail MAC, under a key of 16 bytes.
    pub(in crate::payment) fn retail_mac(
        &self,
        key: &Key,
        message: &[u8],
        padding: Padding,
    ) -> Awaited<'_> {
        let work = match key.schedule() {
            Schedule::Tdes(own) if key.halves().is_ok() => {
                Ok(Work::RetailMac(own.clone(), padding.into()))
            }
            _ => Err(Error::KeyUsage),
        };
        self.step(work, Bytes::new(message.to_vec()))
    }

    /// CMAC, a block long.
    pub(in crate::payment) fn cmac(&self, key: &Key, message: &[u8]) -> Awaited<'_> {
        self.step(Ok(Work::Cmac(key.schedule().clone())), Bytes::new(message.to_vec()))
    }

    /// CMACs of pieces of 8 bytes, one after the other; at most six.
    pub(in crate::payment) fn cmac_each(&self, key: &Key, pieces: &[u8]) -> Awaited<'_> {
        self.step(Ok(Work::CmacEach(key.schedule().clone())), Bytes::new(pieces.to_vec()))
    }

    /// The digits of a token encrypted or decrypted with FF1.
    pub(crate) fn ff1(
        &self,
        cipher: &Arc<TokenCipher>,
        tweak: Tweak,
        digits: Bytes,
        back: bool,
    ) -> Awaited<'_> {
        let work = if back { Work::Ff1Decrypt } else { Work::Ff1Encrypt };
        self.step(Ok(work(cipher.clone(), tweak)), digits)
    }

    fn step(&self, work: Result<Work, Error>, data: Bytes) -> Awaited<'_> {
        Awaited { lanes: self, step: Some(work.map(|work| Step::new(work, data))) }
    }
}

/// The IV of either cipher, in front.
fn iv_of(iv: &[u8]) -> Result<[u8; 16], Error> {
    let mut whole = [0; 16];
    whole.get_mut(..iv.len()).ok_or(Error::InvalidInput)?.copy_from_slice(iv);
    Ok(whole)
}
