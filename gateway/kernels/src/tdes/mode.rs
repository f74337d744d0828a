//! The modes: one message at a time, or lanes of jobs.

use super::path::on_path;
use super::slice::Order;
use super::{
    Block, CbcJob, EcbJob, LengthError, MacJob, Padding, Path, SliceKey, TdesKey, lanes, mac,
};

/// Encrypts every block of every job on its own.
pub fn ecb_encrypt_lanes<K: SliceKey>(jobs: &mut [EcbJob<'_, K>]) {
    Path::detect().ecb_encrypt_lanes(jobs);
}

/// Decrypts every block of every job on its own.
pub fn ecb_decrypt_lanes<K: SliceKey>(jobs: &mut [EcbJob<'_, K>]) {
    Path::detect().ecb_decrypt_lanes(jobs);
}

/// Encrypts every block under the key at its place. What has no counterpart is left out.
pub fn encrypt_each<K: SliceKey>(keys: &[K], blocks: &mut [Block]) {
    Path::detect().encrypt_each(keys, blocks);
}

/// Encrypts every job in CBC mode.
pub fn cbc_encrypt_lanes(jobs: &mut [CbcJob<'_>]) {
    Path::detect().cbc_encrypt_lanes(jobs);
}

/// Decrypts every job in CBC mode.
pub fn cbc_decrypt_lanes(jobs: &mut [CbcJob<'_>]) {
    Path::detect().cbc_decrypt_lanes(jobs);
}

/// Computes the MAC of every job; the jobs may be of different kinds.
pub fn mac_lanes(jobs: &mut [MacJob<'_>]) {
    Path::detect().mac_lanes(jobs);
}

/// Encrypts every block on its own, in place.
///
/// # Errors
/// [`LengthError`]; `data` is then unchanged.
pub fn ecb_encrypt<K: SliceKey>(key: &K, data: &mut [u8]) -> Result<(), LengthError> {
    ecb_encrypt_lanes(&mut [EcbJob::new(key, data)?]);
    Ok(())
}

/// Decrypts every block on its own, in place.
///
/// # Errors
/// [`LengthError`]; `data` is then unchanged.
pub fn ecb_decrypt<K: SliceKey>(key: &K, data: &mut [u8]) -> Result<(), LengthError> {
    ecb_decrypt_lanes(&mut [EcbJob::new(key, data)?]);
    Ok(())
}

/// Encrypts one message in CBC mode, in place.
///
/// # Errors
/// [`LengthError`]; `data` is then unchanged.
pub fn cbc_encrypt(key: &TdesKey, iv: &Block, data: &mut [u8]) -> Result<(), LengthError> {
    cbc_encrypt_lanes(&mut [CbcJob::new(key, *iv, data)?]);
    Ok(())
}

/// Decrypts one message in CBC mode, in place.
///
/// # Errors
/// [`LengthError`]; `data` is then unchanged.
pub fn cbc_decrypt(key: &TdesKey, iv: &Block, data: &mut [u8]) -> Result<(), LengthError> {
    cbc_decrypt_lanes(&mut [CbcJob::new(key, *iv, data)?]);
    Ok(())
}

/// The MAC of one message, as [`MacJob::chained`].
#[must_use]
pub fn cbc_mac(key: &TdesKey, padding: Padding, data: &[u8]) -> Block {
    alone(MacJob::chained(key, padding, data))
}

/// The MAC of one message, as [`MacJob::retail`].
#[must_use]
pub fn retail_mac(key: &TdesKey, padding: Padding, data: &[u8]) -> Block {
    alone(MacJob::retail(key, padding, data))
}

/// The MAC of one message, as [`MacJob::cmac`].
#[must_use]
pub fn cmac(key: &TdesKey, data: &[u8]) -> Block {
    alone(MacJob::cmac(key, data))
}

fn alone(job: MacJob<'_>) -> Block {
    let mut jobs = [job];
    mac_lanes(&mut jobs);
    jobs[0].tag()
}

impl Path {
    /// [`ecb_encrypt_lanes`] on this path.
    pub fn ecb_encrypt_lanes<K: SliceKey>(self, jobs: &mut [EcbJob<'_, K>]) {
        on_path!(self, zero => lanes::parallel(zero, jobs, true));
    }

    /// [`ecb_decrypt_lanes`] on this path.
    pub fn ecb_decrypt_lanes<K: SliceKey>(self, jobs: &mut [EcbJob<'_, K>]) {
        on_path!(self, zero => lanes::parallel(zero, jobs, false));
    }

    /// [`encrypt_each`] on this path.
    pub fn encrypt_each<K: SliceKey>(self, keys: &[K], blocks: &mut [Block]) {
        let count = keys.len().min(blocks.len());
        on_path!(self, zero => lanes::each(zero, &keys[..count], &mut blocks[..count], true));
    }

    /// [`cbc_encrypt_lanes`] on this path.
    pub fn cbc_encrypt_lanes(self, jobs: &mut [CbcJob<'_>]) {
        on_path!(self, zero => lanes::serial(zero, jobs, Order::Encrypt));
    }

    /// [`cbc_decrypt_lanes`] on this path.
    pub fn cbc_decrypt_lanes(self, jobs: &mut [CbcJob<'_>]) {
        on_path!(self, zero => lanes::parallel(zero, jobs, false));
    }

    /// [`mac_lanes`] on this path.
    pub fn mac_lanes(self, jobs: &mut [MacJob<'_>]) {
        on_path!(self, zero => mac::run(zero, jobs));
    }
}
