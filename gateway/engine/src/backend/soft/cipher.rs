//! The kernels as the chains use them. In tests every call is counted, so that a test can show
//! that a failed record costs what a good one does.

use arrayvec::ArrayVec;
use typex_core::error::ErrorKind;
use typex_kernels::{Block, CbcJob, EcbJob, LengthError, MacJob, RoundKeys};

use crate::limits::BATCH_JOBS_MAX;

pub(super) type Macs<'a> = ArrayVec<MacJob<'a>, BATCH_JOBS_MAX>;
pub(super) type Cbcs<'a> = ArrayVec<CbcJob<'a>, BATCH_JOBS_MAX>;
pub(super) type Ecbs<'a> = ArrayVec<EcbJob<'a>, BATCH_JOBS_MAX>;
pub(super) type Tags = ArrayVec<Block, BATCH_JOBS_MAX>;

/// Lengths are checked before a chain starts, so a kernel that refuses one shows a defect.
pub(super) fn defect(_: LengthError) -> ErrorKind {
    ErrorKind::Internal
}

pub(super) fn cbc_mac(keys: &RoundKeys, data: &[u8]) -> Result<Block, ErrorKind> {
    count(Call::Mac, data.len());
    typex_kernels::cbc_mac(keys, data).map_err(defect)
}

pub(super) fn cbc_decrypt(keys: &RoundKeys, data: &mut [u8]) -> Result<(), ErrorKind> {
    cbc_decrypt_from(keys, &[0; 16], data)
}

pub(super) fn cbc_decrypt_from(
    keys: &RoundKeys,
    iv: &Block,
    data: &mut [u8],
) -> Result<(), ErrorKind> {
    count(Call::CbcDecrypt, data.len());
    typex_kernels::cbc_decrypt(keys, iv, data).map_err(defect)
}

pub(super) fn cbc_encrypt(keys: &RoundKeys, data: &mut [u8]) -> Result<(), ErrorKind> {
    cbc_encrypt_from(keys, &[0; 16], data)
}

pub(super) fn cbc_encrypt_from(
    keys: &RoundKeys,
    iv: &Block,
    data: &mut [u8],
) -> Result<(), ErrorKind> {
    count(Call::CbcEncrypt, data.len());
    typex_kernels::cbc_encrypt(keys, iv, data).map_err(defect)
}

pub(super) fn ecb_encrypt(keys: &RoundKeys, data: &mut [u8]) -> Result<(), ErrorKind> {
    count(Call::EcbEncrypt, data.len());
    typex_kernels::ecb_encrypt(keys, data).map_err(defect)
}

pub(super) fn ecb_decrypt(keys: &RoundKeys, data: &mut [u8]) -> Result<(), ErrorKind> {
    count(Call::EcbDecrypt, data.len());
    typex_kernels::ecb_decrypt(keys, data).map_err(defect)
}

pub(super) fn cbc_mac_lanes(jobs: &mut [MacJob<'_>]) {
    count(Call::Mac, jobs.len());
    typex_kernels::cbc_mac_lanes(jobs);
}

pub(super) fn cbc_decrypt_lanes(jobs: &mut [CbcJob<'_>]) {
    count(Call::CbcDecrypt, jobs.len());
    typex_kernels::cbc_decrypt_lanes(jobs);
}

pub(super) fn cbc_encrypt_lanes(jobs: &mut [CbcJob<'_>]) {
    count(Call::CbcEncrypt, jobs.len());
    typex_kernels::cbc_encrypt_lanes(jobs);
}

pub(super) fn ecb_encrypt_lanes(jobs: &mut [EcbJob<'_>]) {
    count(Call::EcbEncrypt, jobs.len());
    typex_kernels::ecb_encrypt_lanes(jobs);
}

pub(super) fn ecb_decrypt_lanes(jobs: &mut [EcbJob<'_>]) {
    count(Call::EcbDecrypt, jobs.len());
    typex_kernels::ecb_decrypt_lanes(jobs);
}

/// A kind of call, for the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Mac,
    CbcDecrypt,
    CbcEncrypt,
    EcbEncrypt,
    EcbDecrypt,
    RsaPrivate,
    RsaPublic,
}

#[cfg(not(test))]
#[inline(always)]
pub(super) fn count(_call: Call, _size: usize) {}

#[cfg(test)]
pub(super) use counted::{count, counted};

#[cfg(test)]
mod counted {
    use std::cell::RefCell;

    use super::Call;

    thread_local! {
        static CALLS: RefCell<Vec<(Call, usize)>> = const { RefCell::new(Vec::new()) };
    }

    pub(in super::super) fn count(call: Call, size: usize) {
        CALLS.with_borrow_mut(|calls| calls.push((call, size)));
    }

    /// The calls that `work` makes.
    pub(in super::super) fn counted<T>(work: impl FnOnce() -> T) -> (T, Vec<(Call, usize)>) {
        CALLS.with_borrow_mut(Vec::clear);
        let result = work();
        (result, CALLS.take())
    }
}
