//! The modes: lanes of jobs, on the detected path or on a given one.

use super::path::on_path;
use super::{CbcJob, EcbJob, Path, SliceKey, lanes};

/// Encrypts every block of every job on its own.
pub fn ecb_encrypt_lanes<K: SliceKey>(jobs: &mut [EcbJob<'_, K>]) {
    Path::detect().ecb_encrypt_lanes(jobs);
}

/// Decrypts every block of every job on its own.
pub fn ecb_decrypt_lanes<K: SliceKey>(jobs: &mut [EcbJob<'_, K>]) {
    Path::detect().ecb_decrypt_lanes(jobs);
}

/// Encrypts every job in CBC mode.
pub fn cbc_encrypt_lanes(jobs: &mut [CbcJob<'_>]) {
    Path::detect().cbc_encrypt_lanes(jobs);
}

/// Decrypts every job in CBC mode.
pub fn cbc_decrypt_lanes(jobs: &mut [CbcJob<'_>]) {
    Path::detect().cbc_decrypt_lanes(jobs);
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

    /// [`cbc_encrypt_lanes`] on this path.
    pub fn cbc_encrypt_lanes(self, jobs: &mut [CbcJob<'_>]) {
        on_path!(self, zero => lanes::serial(zero, jobs));
    }

    /// [`cbc_decrypt_lanes`] on this path.
    pub fn cbc_decrypt_lanes(self, jobs: &mut [CbcJob<'_>]) {
        on_path!(self, zero => lanes::parallel(zero, jobs, false));
    }
}
