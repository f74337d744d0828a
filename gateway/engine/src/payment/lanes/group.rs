//! Groups of steps through the lanes of the kernels.

use arrayvec::ArrayVec;
use typex_core::Secret;
use typex_kernels::ff1::{self, CardJob};
use typex_kernels::tdes;
use typex_kernels::{CbcJob, CmacJob, CtrJob, EcbJob};

use super::step::{Bytes, Kind, PIECES_MAX, Step, Work};
use crate::limits::BATCH_JOBS_MAX;
use crate::payment::Error;
use crate::payment::key::Schedule::{Aes, Tdes};

/// Steps of one kind, at most one of each operation.
pub(super) type Group<'a> = ArrayVec<&'a mut Step, BATCH_JOBS_MAX>;

/// A job of each step.
type Jobs<J> = ArrayVec<J, BATCH_JOBS_MAX>;

/// Computes a group. A step whose bytes have a length that it does not take is left undone.
pub(super) fn compute(kind: Kind, group: &mut Group<'_>) {
    match kind {
        // Pairs are not steps of bytes.
        Kind::TdesPair | Kind::DesPair => {}
        Kind::TdesEncrypt => tdes::ecb_encrypt_lanes(&mut tdes_blocks(group)),
        Kind::TdesDecrypt => tdes::ecb_decrypt_lanes(&mut tdes_blocks(group)),
        Kind::TdesCbcEncrypt => tdes::cbc_encrypt_lanes(&mut tdes_chains(group)),
        Kind::TdesCbcDecrypt => tdes::cbc_decrypt_lanes(&mut tdes_chains(group)),
        Kind::TdesMac => tdes_macs(group),
        Kind::AesEncrypt => typex_kernels::ecb_encrypt_lanes(&mut aes_blocks(group)),
        Kind::AesDecrypt => typex_kernels::ecb_decrypt_lanes(&mut aes_blocks(group)),
        Kind::AesCbcEncrypt => typex_kernels::cbc_encrypt_lanes(&mut aes_chains(group)),
        Kind::AesCbcDecrypt => typex_kernels::cbc_decrypt_lanes(&mut aes_chains(group)),
        Kind::AesCtr => typex_kernels::ctr_lanes(&mut aes_streams(group)),
        Kind::AesCmac => aes_macs(group),
        Kind::Ff1Encrypt => ff1::encrypt_lanes(&mut cards(group)),
        Kind::Ff1Decrypt => ff1::decrypt_lanes(&mut cards(group)),
    }
}

/// Computes a step on its own.
pub(super) fn compute_alone(mut step: Step) -> Result<Bytes, Error> {
    compute(step.kind, &mut Group::from_iter([&mut step]));
    step.result()
}

/// Jobs that change the bytes of their steps.
fn jobs<'a, J>(
    group: &'a mut Group<'_>,
    job: impl Fn(&'a Work, &'a mut [u8]) -> Option<J>,
) -> Jobs<J> {
    let jobs = group.iter_mut().filter_map(|step| {
        let Step { work, data, done, .. } = &mut **step;
        let job = job(work, data.expose_mut())?;
        *done = true;
        Some(job)
    });
    jobs.collect()
}

fn tdes_blocks<'a>(group: &'a mut Group<'_>) -> Jobs<tdes::EcbJob<'a>> {
    jobs(group, |work, data| match work {
        Work::Encrypt(Tdes(key)) | Work::Decrypt(Tdes(key)) => tdes::EcbJob::new(&**key, data).ok(),
        _ => None,
    })
}

fn aes_blocks<'a>(group: &'a mut Group<'_>) -> Jobs<EcbJob<'a>> {
    jobs(group, |work, data| match work {
        Work::Encrypt(Aes(keys)) | Work::Decrypt(Aes(keys)) => EcbJob::new(keys, data).ok(),
        _ => None,
    })
}

fn tdes_chains<'a>(group: &'a mut Group<'_>) -> Jobs<tdes::CbcJob<'a>> {
    jobs(group, |work, data| match work {
        Work::CbcEncrypt(Tdes(key), iv) | Work::CbcDecrypt(Tdes(key), iv) => {
            tdes::CbcJob::new(key, *iv.first_chunk()?, data).ok()
        }
        _ => None,
    })
}

fn aes_chains<'a>(group: &'a mut Group<'_>) -> Jobs<CbcJob<'a>> {
    jobs(group, |work, data| match work {
        Work::CbcEncrypt(Aes(keys), iv) | Work::CbcDecrypt(Aes(keys), iv) => {
            CbcJob::new(keys, *iv, data).ok()
        }
        _ => None,
    })
}

fn aes_streams<'a>(group: &'a mut Group<'_>) -> Jobs<CtrJob<'a>> {
    jobs(group, |work, data| match work {
        Work::Ctr(keys, counter) => Some(CtrJob::new(keys, *counter, data)),
        _ => None,
    })
}

fn cards<'a>(group: &'a mut Group<'_>) -> Jobs<CardJob<'a>> {
    jobs(group, |work, data| match work {
        Work::Ff1Encrypt(cipher, tweak) | Work::Ff1Decrypt(cipher, tweak) => {
            cipher.job(tweak, data)
        }
        _ => None,
    })
}

/// A job of each message.
type Macs<J> = ArrayVec<J, { PIECES_MAX * BATCH_JOBS_MAX }>;

fn tdes_macs(group: &mut Group<'_>) {
    let jobs = group.iter().flat_map(|step| step.messages().map(|message| (&step.work, message)));
    let jobs = jobs.filter_map(|(work, message)| match work {
        Work::ChainedMac(key, padding) => Some(tdes::MacJob::chained(key, *padding, message)),
        Work::RetailMac(key, padding) => Some(tdes::MacJob::retail(key, *padding, message)),
        Work::Cmac(Tdes(key)) | Work::CmacEach(Tdes(key)) => Some(tdes::MacJob::cmac(key, message)),
        _ => None,
    });
    let mut jobs: Macs<_> = jobs.collect();
    tdes::mac_lanes(&mut jobs);
    let mut tags = Secret::new(Vec::with_capacity(jobs.len() * tdes::BLOCK));
    jobs.iter().for_each(|job| tags.expose_mut().extend_from_slice(&job.tag()));
    drop(jobs);
    put(group, &tags, tdes::BLOCK);
}

fn aes_macs(group: &mut Group<'_>) {
    let jobs = group.iter().flat_map(|step| step.messages().map(|message| (&step.work, message)));
    let jobs = jobs.filter_map(|(work, message)| match work {
        Work::Cmac(Aes(keys)) | Work::CmacEach(Aes(keys)) => Some(CmacJob::new(keys, message)),
        _ => None,
    });
    let mut jobs: Macs<_> = jobs.collect();
    typex_kernels::cmac_lanes(&mut jobs);
    let mut tags = Secret::new(Vec::with_capacity(jobs.len() * typex_kernels::BLOCK));
    jobs.iter().for_each(|job| tags.expose_mut().extend_from_slice(&job.tag()));
    drop(jobs);
    put(group, &tags, typex_kernels::BLOCK);
}

/// Gives every step its MACs, of `bytes` each, in their order.
fn put(group: &mut Group<'_>, tags: &Bytes, bytes: usize) {
    let mut rest = tags.expose().as_slice();
    for step in group.iter_mut() {
        let count = step.messages().count();
        let own = rest.split_off(..count * bytes).filter(|own| !own.is_empty());
        let Some(own) = own else { continue };
        step.data = Secret::new(own.to_vec());
        step.done = true;
    }
}
