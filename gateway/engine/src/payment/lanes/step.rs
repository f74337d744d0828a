//! Steps, computed one by one.

use std::sync::Arc;

use typex_core::Secret;
use typex_kernels::RoundKeys;
use typex_kernels::tdes::{self, DesKey, TdesKey};

use crate::payment::Error;
use crate::payment::key::Schedule;

/// What a step changes. On the heap, so that a move leaves nothing behind.
pub(in crate::payment) type Bytes = Secret<Vec<u8>>;

/// One step of an operation.
pub(super) struct Step {
    pub(super) work: Work,
    pub(super) data: Bytes,
}

/// What is computed. An IV of triple DES is the first half of what is here.
pub(super) enum Work {
    Encrypt(Schedule),
    Decrypt(Schedule),
    CbcEncrypt(Schedule, [u8; 16]),
    CbcDecrypt(Schedule, [u8; 16]),
    Ctr(Arc<RoundKeys>, [u8; 16]),
    Des,
    ChainedMac(Arc<TdesKey>, tdes::Padding),
    RetailMac(Arc<TdesKey>, tdes::Padding),
    Cmac(Schedule),
}

impl Step {
    /// The bytes changed, or the MAC over them.
    pub(super) fn compute(mut self) -> Result<Bytes, Error> {
        let Self { work, data } = &mut self;
        let done = match work {
            Work::Encrypt(key) => encrypt(key, data.expose_mut()),
            Work::Decrypt(key) => decrypt(key, data.expose_mut()),
            Work::CbcEncrypt(key, iv) => cbc_encrypt(key, iv, data.expose_mut()),
            Work::CbcDecrypt(key, iv) => cbc_decrypt(key, iv, data.expose_mut()),
            Work::Ctr(keys, counter) => {
                typex_kernels::ctr(keys, counter, data.expose_mut());
                Some(())
            }
            Work::Des => des(data.expose_mut()),
            Work::ChainedMac(key, padding) => {
                return Ok(tag(&tdes::cbc_mac(key, *padding, data.expose())));
            }
            Work::RetailMac(key, padding) => {
                return Ok(tag(&tdes::retail_mac(key, *padding, data.expose())));
            }
            Work::Cmac(Schedule::Tdes(key)) => return Ok(tag(&tdes::cmac(key, data.expose()))),
            Work::Cmac(Schedule::Aes(key)) => {
                return Ok(tag(&typex_kernels::cmac(key, data.expose())));
            }
        };
        done.map(|()| self.data).ok_or(Error::InvalidInput)
    }
}

pub(super) fn tag(bytes: &[u8]) -> Bytes {
    Secret::new(bytes.to_vec())
}

fn encrypt(key: &Schedule, data: &mut [u8]) -> Option<()> {
    match key {
        Schedule::Tdes(key) => tdes::ecb_encrypt(&**key, data).ok(),
        Schedule::Aes(keys) => typex_kernels::ecb_encrypt(keys, data).ok(),
    }
}

fn decrypt(key: &Schedule, data: &mut [u8]) -> Option<()> {
    match key {
        Schedule::Tdes(key) => tdes::ecb_decrypt(&**key, data).ok(),
        Schedule::Aes(keys) => typex_kernels::ecb_decrypt(keys, data).ok(),
    }
}

fn cbc_encrypt(key: &Schedule, iv: &[u8; 16], data: &mut [u8]) -> Option<()> {
    match key {
        Schedule::Tdes(key) => tdes::cbc_encrypt(key, iv.first_chunk()?, data).ok(),
        Schedule::Aes(keys) => typex_kernels::cbc_encrypt(keys, iv, data).ok(),
    }
}

fn cbc_decrypt(key: &Schedule, iv: &[u8; 16], data: &mut [u8]) -> Option<()> {
    match key {
        Schedule::Tdes(key) => tdes::cbc_decrypt(key, iv.first_chunk()?, data).ok(),
        Schedule::Aes(keys) => typex_kernels::cbc_decrypt(keys, iv, data).ok(),
    }
}

fn des(data: &mut [u8]) -> Option<()> {
    let (keys, blocks) = data.split_at_mut(data.len() / 2);
    for (key, block) in keys.as_chunks().0.iter().zip(blocks.as_chunks_mut().0) {
        *block = DesKey::new(key).encrypt_block(block);
    }
    Some(())
}
