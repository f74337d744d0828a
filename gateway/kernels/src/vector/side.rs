//! The parallel modes over many messages, each under its own key. A message of a vector or less
//! keeps a processor waiting for its rounds, so neighbours of one length and key size go side by
//! side, each in a vector of its own.

use super::{Vector, message};
use crate::{Block, CbcJob, EcbJob, RoundKeys};

/// Messages side by side: as many rounds as a processor has under way.
const SIDE: usize = 8;

/// A message whose blocks do not wait for each other.
trait Parallel {
    fn keys(&self) -> &RoundKeys;
    fn data(&mut self) -> &mut [Block];
}

impl Parallel for CbcJob<'_> {
    #[inline(always)]
    fn keys(&self) -> &RoundKeys {
        self.keys
    }

    #[inline(always)]
    fn data(&mut self) -> &mut [Block] {
        self.data
    }
}

impl Parallel for EcbJob<'_> {
    #[inline(always)]
    fn keys(&self) -> &RoundKeys {
        self.keys
    }

    #[inline(always)]
    fn data(&mut self) -> &mut [Block] {
        self.data
    }
}

/// CBC decryption of every job.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn cbc_decrypt<V: Vector>(jobs: &mut [CbcJob<'_>]) {
    for jobs in jobs.chunks_mut(SIDE) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller; alike jobs have that many blocks.
        unsafe {
            if let Some((jobs, blocks)) = alike::<V, _>(jobs) {
                let mut state = load::<V, _>(jobs, blocks);
                decrypt(&mut state, jobs);
                for at in 0..SIDE {
                    let sealed = V::load(jobs[at].data.as_ptr(), blocks);
                    let before = sealed.shift_in(V::splat(&jobs[at].iv));
                    state[at] = state[at].xor(before);
                }
                store(&state, jobs, blocks);
            } else {
                for job in jobs {
                    message::cbc_decrypt::<V>(job.keys, &job.iv, job.data);
                }
            }
        }
    }
}

/// ECB encryption of every job.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn ecb_encrypt<V: Vector>(jobs: &mut [EcbJob<'_>]) {
    for jobs in jobs.chunks_mut(SIDE) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller; alike jobs have that many blocks.
        unsafe {
            if let Some((jobs, blocks)) = alike::<V, _>(jobs) {
                let mut state = load::<V, _>(jobs, blocks);
                encrypt(&mut state, jobs);
                store(&state, jobs, blocks);
            } else {
                for job in jobs {
                    message::encrypt::<V>(job.keys, job.data);
                }
            }
        }
    }
}

/// ECB decryption of every job.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn ecb_decrypt<V: Vector>(jobs: &mut [EcbJob<'_>]) {
    for jobs in jobs.chunks_mut(SIDE) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller; alike jobs have that many blocks.
        unsafe {
            if let Some((jobs, blocks)) = alike::<V, _>(jobs) {
                let mut state = load::<V, _>(jobs, blocks);
                decrypt(&mut state, jobs);
                store(&state, jobs, blocks);
            } else {
                for job in jobs {
                    message::decrypt::<V>(job.keys, job.data);
                }
            }
        }
    }
}

/// The jobs and how many blocks each has, if they can go side by side: enough of them, one number
/// of rounds, one length of a vector or less.
#[inline(always)]
fn alike<V: Vector, J: Parallel>(jobs: &mut [J]) -> Option<(&mut [J; SIDE], usize)> {
    let jobs: &mut [J; SIDE] = jobs.try_into().ok()?;
    let (rounds, blocks) = (jobs[0].keys().rounds, jobs[0].data().len());
    let is_alike = |job: &mut J| job.keys().rounds == rounds && job.data().len() == blocks;
    let fits = (1..=V::LANES).contains(&blocks) && jobs.iter_mut().all(is_alike);
    fits.then_some((jobs, blocks))
}

/// The messages, each in a vector.
///
/// # Safety
/// The instructions of `V`; every job has so many blocks, of a vector or less.
#[inline(always)]
unsafe fn load<V: Vector, J: Parallel>(jobs: &mut [J; SIDE], blocks: usize) -> [V; SIDE] {
    // JUSTIFICATION: vector instructions.
    // SAFETY: passed on to the caller.
    unsafe {
        let mut state = [V::zero(); SIDE];
        for at in 0..SIDE {
            state[at] = V::load(jobs[at].data().as_ptr(), blocks);
        }
        state
    }
}

/// Puts the messages back.
///
/// # Safety
/// As of [`load`].
#[inline(always)]
unsafe fn store<V: Vector, J: Parallel>(state: &[V; SIDE], jobs: &mut [J; SIDE], blocks: usize) {
    for at in 0..SIDE {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        unsafe { state[at].store(jobs[at].data().as_mut_ptr(), blocks) };
    }
}

/// Enciphers a vector of each job.
///
/// # Safety
/// The instructions of `V`; all keys have one number of rounds.
#[inline(always)]
unsafe fn encrypt<V: Vector, J: Parallel>(state: &mut [V; SIDE], jobs: &[J; SIDE]) {
    let rounds = jobs[0].keys().rounds;
    let mut keys = [std::ptr::null::<Block>(); SIDE];
    for at in 0..SIDE {
        keys[at] = jobs[at].keys().encrypt_schedule().as_ptr();
    }
    // JUSTIFICATION: vector instructions; pointers instead of a bounds check per round.
    // SAFETY: instructions as passed on to the caller. A schedule has one key more than rounds.
    unsafe {
        for at in 0..SIDE {
            state[at] = state[at].xor(V::splat(&*keys[at]));
        }
        for round in 1..rounds {
            for at in 0..SIDE {
                state[at] = state[at].encrypt(V::splat(&*keys[at].add(round)));
            }
        }
        for at in 0..SIDE {
            state[at] = state[at].encrypt_last(V::splat(&*keys[at].add(rounds)));
        }
    }
}

/// Deciphers a vector of each job.
///
/// # Safety
/// As of [`encrypt`].
#[inline(always)]
unsafe fn decrypt<V: Vector, J: Parallel>(state: &mut [V; SIDE], jobs: &[J; SIDE]) {
    let rounds = jobs[0].keys().rounds;
    let mut keys = [std::ptr::null::<Block>(); SIDE];
    for at in 0..SIDE {
        keys[at] = jobs[at].keys().decrypt_schedule().as_ptr();
    }
    // JUSTIFICATION: vector instructions; pointers instead of a bounds check per round.
    // SAFETY: instructions as passed on to the caller. A schedule has one key more than rounds.
    unsafe {
        for at in 0..SIDE {
            state[at] = state[at].xor(V::splat(&*keys[at]));
        }
        for round in 1..rounds {
            for at in 0..SIDE {
                state[at] = state[at].decrypt(V::splat(&*keys[at].add(round)));
            }
        }
        for at in 0..SIDE {
            state[at] = state[at].decrypt_last(V::splat(&*keys[at].add(rounds)));
        }
    }
}
