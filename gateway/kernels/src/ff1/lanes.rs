//! Many strings of digits side by side, each under its own key.
//!
//! A string takes ten blocks, whatever its digits are, so all lanes of a pass begin and end
//! together. Only the cipher is code of the path; the arithmetic around it is the same for all,
//! and one digit is never told from another.

use zeroize::optimization_barrier;

use super::ROUNDS;
use super::card::{CardJob, MODULI, Modulus};
use crate::keys::ROUND_KEYS;
use crate::vector::Functions;
use crate::{BLOCK, Block};

/// Strings of a pass: what eight of the widest vectors hold.
pub(crate) const LANES: usize = 32;

/// Round keys interleaved, so that a vector of them is one load, and a block under each.
#[repr(C, align(64))]
pub(crate) struct Table {
    pub(crate) keys: [[Block; LANES]; ROUND_KEYS],
    /// Into the cipher and out of it.
    pub(crate) blocks: [Block; LANES],
}

/// The jobs that go together.
#[derive(Clone, Copy)]
struct Set {
    /// Rounds of their keys.
    rounds: usize,
    /// Whether a remainder is of twelve bytes.
    wide: bool,
}

impl Set {
    fn has(self, job: &CardJob<'_>) -> bool {
        job.keys.rounds == self.rounds && job.is_wide() == self.wide
    }
}

/// Encrypts all jobs, or decrypts them.
pub(super) fn run<const BACK: bool>(functions: &Functions, jobs: &mut [CardJob<'_>]) {
    let mut counts = [[0; 2]; 3];
    for job in jobs.iter() {
        counts[job.keys.rounds / 2 - 5][usize::from(job.is_wide())] += 1;
    }
    if jobs.is_empty() {
        return;
    }
    let mut lanes = Lanes::new();
    for (rounds, counts) in [10, 12, 14].into_iter().zip(counts) {
        for (wide, mut left) in [false, true].into_iter().zip(counts) {
            let (set, mut next) = (Set { rounds, wide }, 0);
            while left > 0 {
                lanes.fill(jobs, set, &mut next);
                left -= lanes.count;
                match wide {
                    false => lanes.compute::<false, BACK>(functions, rounds),
                    true => lanes.compute::<true, BACK>(functions, rounds),
                }
                lanes.empty(jobs);
            }
        }
    }
    lanes.wipe();
}

/// What the lanes are working on.
#[repr(C, align(64))]
struct Lanes {
    table: Table,
    /// Of every string the left half and the right one.
    halves: [[u64; LANES]; 2],
    /// What both are remainders of.
    moduli: [[Modulus; LANES]; 2],
    /// Bits of a half in the block, above which the round number is.
    bits: [u32; LANES],
    job: [usize; LANES],
    /// Lanes in use.
    count: usize,
}

impl Lanes {
    fn new() -> Self {
        let none = [[0; BLOCK]; LANES];
        Self {
            table: Table { keys: [none; ROUND_KEYS], blocks: none },
            halves: [[0; LANES]; 2],
            moduli: [[MODULI[0]; LANES]; 2],
            bits: [0; LANES],
            job: [0; LANES],
            count: 0,
        }
    }

    /// Takes the next jobs of a set, as many as there are lanes.
    #[inline(always)]
    fn fill(&mut self, jobs: &[CardJob<'_>], set: Set, next: &mut usize) {
        self.count = 0;
        while let Some(job) = jobs.get(*next).filter(|_| self.count < LANES) {
            if set.has(job) {
                self.take(job, *next);
            }
            *next += 1;
        }
    }

    #[inline(always)]
    fn take(&mut self, job: &CardJob<'_>, at: usize) {
        let lane = self.count;
        for (row, key) in self.table.keys.iter_mut().zip(job.keys.encrypt_schedule()) {
            row[lane] = *key;
        }
        // What every round adds goes in with the first round key.
        let first = &mut self.table.keys[0][lane];
        *first = (u128::from_ne_bytes(*first) ^ u128::from_ne_bytes(job.base)).to_ne_bytes();
        let (numbers, digits) = (job.numbers(), job.halves());
        for half in 0..2 {
            self.halves[half][lane] = numbers[half];
            self.moduli[half][lane] = MODULI[digits[half]];
        }
        self.bits[lane] = job.half_bits();
        self.job[lane] = at;
        self.count += 1;
    }

    /// Ten rounds of all lanes.
    #[inline(always)]
    fn compute<const WIDE: bool, const BACK: bool>(
        &mut self,
        functions: &Functions,
        rounds: usize,
    ) {
        let [left, right] = &mut self.halves;
        let count = self.count;
        for step in 0..ROUNDS {
            let round = if BACK { ROUNDS - 1 - step } else { step };
            // The half whose turn it is changes by the other one; they stay where they are.
            let (target, source, moduli) = if round.is_multiple_of(2) {
                (&mut *left, &*right, &self.moduli[0])
            } else {
                (&mut *right, &*left, &self.moduli[1])
            };
            let blocks = &mut self.table.blocks;
            for ((block, half), bits) in blocks[..count].iter_mut().zip(source).zip(&self.bits) {
                let above = u64::from(round).wrapping_shl(*bits);
                *block = u128::from(above | half).to_be_bytes();
            }
            functions.encrypt_table(&mut self.table, rounds, count);
            let blocks = &self.table.blocks[..count];
            for ((half, block), modulus) in target.iter_mut().zip(blocks).zip(moduli) {
                *half = modulus.mix::<WIDE, BACK>(*half, block);
            }
        }
    }

    /// Puts the halves back where they came from.
    #[inline(always)]
    fn empty(&mut self, jobs: &mut [CardJob<'_>]) {
        for lane in 0..self.count {
            if let Some(job) = jobs.get_mut(self.job[lane]) {
                job.put([self.halves[0][lane], self.halves[1][lane]]);
            }
        }
    }

    /// Clears the round keys, halves and blocks.
    fn wipe(&mut self) {
        self.table.keys.fill([[0; BLOCK]; LANES]);
        self.table.blocks.fill([0; BLOCK]);
        self.halves.fill([0; LANES]);
        optimization_barrier(self);
    }
}
