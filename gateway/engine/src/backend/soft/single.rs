//! Single cipher operations, alone and side by side.

use arrayvec::ArrayVec;
use bytes::BytesMut;
use typex_core::error::ErrorKind;
use typex_kernels::{
    BLOCK, Block, CbcJob, CmacJob, EcbJob, MacJob, RoundKeys, cbc_decrypt_lanes, cbc_encrypt_lanes,
    cbc_mac_lanes, cmac_lanes, ecb_decrypt_lanes, ecb_encrypt_lanes,
};
use zeroize::Zeroize;

use super::{cipher, gcm};
use crate::cipher::{Cipher, CipherJob};
use crate::limits::BATCH_JOBS_MAX;

/// Operations whose lanes gain; the others are as fast alone.
pub(super) const IN_LANES: [Cipher; 6] = [
    Cipher::EcbEncrypt,
    Cipher::EcbDecrypt,
    Cipher::CbcEncrypt,
    Cipher::CbcDecrypt,
    Cipher::Cmac,
    Cipher::CbcMac,
];

type Jobs<'a> = ArrayVec<&'a mut CipherJob, BATCH_JOBS_MAX>;
type Lane<T> = ArrayVec<T, BATCH_JOBS_MAX>;

/// Runs one operation alone.
pub(super) fn run(job: &mut CipherJob) -> Result<BytesMut, ErrorKind> {
    job.check()?;
    let mut data = std::mem::take(&mut job.data);
    let (keys, iv) = (job.key.rounds(), &job.iv);
    let result = match job.cipher {
        Cipher::EcbEncrypt => cipher::ecb_encrypt(keys, &mut data),
        Cipher::EcbDecrypt => cipher::ecb_decrypt(keys, &mut data),
        Cipher::CbcEncrypt => cipher::cbc_encrypt_from(keys, iv, &mut data),
        Cipher::CbcDecrypt => cipher::cbc_decrypt_from(keys, iv, &mut data),
        Cipher::Ctr => {
            ctr(keys, iv, &mut data);
            Ok(())
        }
        Cipher::GcmEncrypt => gcm::seal(job.key.gcm(), job.nonce(), &job.aad, &mut data),
        Cipher::GcmDecrypt => gcm::open(job.key.gcm(), job.nonce(), &job.aad, &mut data),
        Cipher::Cmac => {
            let tag = typex_kernels::cmac(keys, &data);
            replace(&mut data, &tag);
            Ok(())
        }
        Cipher::CbcMac => cipher::cbc_mac(keys, &data).map(|tag| replace(&mut data, &tag)),
    };
    if result.is_err() {
        data.zeroize();
    }
    result.map(|()| data)
}

/// Runs checked jobs of one operation side by side, results in their own buffers.
pub(super) fn run_lanes(which: Cipher, jobs: &mut Jobs<'_>) {
    match which {
        Cipher::EcbEncrypt => ecb_encrypt_lanes(&mut ecb(jobs)),
        Cipher::EcbDecrypt => ecb_decrypt_lanes(&mut ecb(jobs)),
        Cipher::CbcEncrypt => cbc_encrypt_lanes(&mut cbc(jobs)),
        Cipher::CbcDecrypt => cbc_decrypt_lanes(&mut cbc(jobs)),
        Cipher::Cmac => {
            let tags = cmac(jobs);
            replace_all(jobs, &tags);
        }
        Cipher::CbcMac => {
            let tags = cbc_mac(jobs);
            replace_all(jobs, &tags);
        }
        Cipher::Ctr | Cipher::GcmEncrypt | Cipher::GcmDecrypt => {}
    }
}

fn ecb<'a>(jobs: &'a mut Jobs<'_>) -> Lane<EcbJob<'a>> {
    let lane = |job: &'a mut &mut CipherJob| EcbJob::new(job.key.rounds(), &mut job.data);
    jobs.iter_mut().map(|job| lane(job).expect("lengths are checked")).collect()
}

fn cbc<'a>(jobs: &'a mut Jobs<'_>) -> Lane<CbcJob<'a>> {
    let lane = |job: &'a mut &mut CipherJob| CbcJob::new(job.key.rounds(), job.iv, &mut job.data);
    jobs.iter_mut().map(|job| lane(job).expect("lengths are checked")).collect()
}

fn cmac(jobs: &Jobs<'_>) -> Lane<Block> {
    let mut lanes: Lane<CmacJob<'_>> =
        jobs.iter().map(|job| CmacJob::new(job.key.rounds(), &job.data)).collect();
    cmac_lanes(&mut lanes);
    lanes.iter().map(CmacJob::tag).collect()
}

fn cbc_mac(jobs: &Jobs<'_>) -> Lane<Block> {
    let mut lanes: Lane<MacJob<'_>> = jobs
        .iter()
        .map(|job| MacJob::new(job.key.rounds(), &job.data).expect("lengths are checked"))
        .collect();
    cbc_mac_lanes(&mut lanes);
    lanes.iter().map(MacJob::tag).collect()
}

/// The low 32 bits count; the kernels carry beyond them.
pub(super) fn ctr(keys: &RoundKeys, first: &Block, data: &mut [u8]) {
    let (fixed, count) = first.split_at(12);
    let count = count.first_chunk().map_or(0, |count| u32::from_be_bytes(*count));
    let until_wrap = (u64::from(u32::MAX - count) + 1).saturating_mul(BLOCK as u64);
    let until_wrap = usize::try_from(until_wrap).unwrap_or(usize::MAX).min(data.len());
    let (head, tail) = data.split_at_mut(until_wrap);
    typex_kernels::ctr(keys, first, head);
    if !tail.is_empty() {
        let mut zero = [0; BLOCK];
        zero[..12].copy_from_slice(fixed);
        typex_kernels::ctr(keys, &zero, tail);
    }
}

fn replace_all(jobs: &mut Jobs<'_>, tags: &[Block]) {
    for (job, tag) in jobs.iter_mut().zip(tags) {
        replace(&mut job.data, tag);
    }
}

/// Puts `tag` in the place of a message.
fn replace(data: &mut BytesMut, tag: &Block) {
    data.zeroize();
    data.clear();
    data.extend_from_slice(tag);
}
