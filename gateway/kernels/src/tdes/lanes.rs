//! Jobs over lanes: independent blocks a lane each, serial messages a lane each.

use std::ops::Range;

use super::slice::{Order, Slices, Word};
use super::{Block, CbcJob, EcbJob, SliceKey, TdesKey};

/// A message whose blocks do not wait for each other.
pub(super) trait Parallel {
    type Key: SliceKey;

    fn key(&self) -> &Self::Key;
    fn blocks(&mut self) -> &mut [Block];
    /// Replaces block `at` by what the cipher made of it. Called from the last block to the first.
    fn put(&mut self, at: usize, block: u64);
}

impl<K: SliceKey> Parallel for EcbJob<'_, K> {
    type Key = K;

    fn key(&self) -> &K {
        self.key
    }

    fn blocks(&mut self) -> &mut [Block] {
        self.data
    }

    fn put(&mut self, at: usize, block: u64) {
        self.data[at] = block.to_be_bytes();
    }
}

/// CBC decryption.
impl Parallel for CbcJob<'_> {
    type Key = TdesKey;

    fn key(&self) -> &TdesKey {
        self.key
    }

    fn blocks(&mut self) -> &mut [Block] {
        self.data
    }

    fn put(&mut self, at: usize, block: u64) {
        // The block before is still ciphertext: its turn comes later.
        let before = at.checked_sub(1).map_or(self.iv, |before| self.data[before]);
        self.data[at] = (block ^ u64::from_be_bytes(before)).to_be_bytes();
    }
}

/// Runs every block of every job, as many at a time as there are lanes.
pub(super) fn parallel<W: Word, J: Parallel>(zero: W, jobs: &mut [J], encrypts: bool) {
    let order = Order::of::<J::Key>(encrypts);
    let alone = jobs.len() == 1 && blocks(jobs, 0) == 1;
    let mut slices = W::blank(zero, alone);
    let mut place = Place { job: 0, left: blocks(jobs, 0) };
    loop {
        let start = place;
        let mut count = 0;
        while count < Slices::<W>::LANES && place.settle(jobs) {
            let job = &mut jobs[place.job];
            slices.set_key(count, job.key());
            slices.blocks()[count] = u64::from_be_bytes(job.blocks()[place.left - 1]);
            place.left -= 1;
            count += 1;
        }
        if count == 0 {
            break;
        }
        W::crypt(&mut slices, order);
        let mut place = start;
        for block in &slices.blocks()[..count] {
            if place.settle(jobs) {
                jobs[place.job].put(place.left - 1, *block);
                place.left -= 1;
            }
        }
    }
    slices.wipe();
}

/// Encrypts or decrypts every block under the key at its place.
pub(super) fn each<W: Word, K: SliceKey>(
    zero: W,
    keys: &[K],
    blocks: &mut [Block],
    encrypts: bool,
) {
    let order = Order::of::<K>(encrypts);
    let mut slices = W::blank(zero, keys.len() == 1);
    let lanes = Slices::<W>::LANES;
    for (keys, blocks) in keys.chunks(lanes).zip(blocks.chunks_mut(lanes)) {
        for (lane, (key, block)) in keys.iter().zip(blocks.iter()).enumerate() {
            slices.set_key(lane, key);
            slices.blocks()[lane] = u64::from_be_bytes(*block);
        }
        W::crypt(&mut slices, order);
        for (block, out) in blocks.iter_mut().zip(slices.blocks()) {
            *block = out.to_be_bytes();
        }
    }
    slices.wipe();
}

/// A walk over the blocks of all jobs, within a job from the last to the first.
#[derive(Clone, Copy)]
struct Place {
    job: usize,
    /// Blocks of this job not yet walked over.
    left: usize,
}

impl Place {
    /// Goes on to a job with blocks left; false at the end.
    fn settle<J: Parallel>(&mut self, jobs: &mut [J]) -> bool {
        while self.left == 0 && self.job < jobs.len() {
            self.job += 1;
            self.left = blocks(jobs, self.job);
        }
        self.job < jobs.len()
    }
}

fn blocks<J: Parallel>(jobs: &mut [J], at: usize) -> usize {
    jobs.get_mut(at).map_or(0, |job| job.blocks().len())
}

/// A message each block of which waits for the one before it.
pub(super) trait Serial {
    fn key(&self) -> &TdesKey;
    /// The steps to take, a block each; none if the job takes no part in this pass.
    fn steps(&self) -> Range<usize>;
    /// The chaining value before the first step.
    fn first(&self) -> u64;
    /// What is encrypted in step `at`, after `chain` came out of the step before.
    fn input(&self, at: usize, chain: u64) -> u64;
    /// Takes what came out of step `at`.
    fn put(&mut self, at: usize, block: u64);
}

/// CBC encryption.
impl Serial for CbcJob<'_> {
    fn key(&self) -> &TdesKey {
        self.key
    }

    fn steps(&self) -> Range<usize> {
        0..self.data.len()
    }

    fn first(&self) -> u64 {
        u64::from_be_bytes(self.iv)
    }

    fn input(&self, at: usize, chain: u64) -> u64 {
        chain ^ u64::from_be_bytes(self.data[at])
    }

    fn put(&mut self, at: usize, block: u64) {
        self.data[at] = block.to_be_bytes();
    }
}

/// Lanes at most, on any path.
const LANES_MAX: usize = 512;

/// A message on its lane.
#[derive(Clone, Copy)]
struct Seat {
    job: usize,
    at: usize,
    end: usize,
}

/// Runs all jobs, a lane each; a lane whose message has ended takes the next one.
pub(super) fn serial<W: Word, J: Serial>(zero: W, jobs: &mut [J], order: Order) {
    let mut slices = W::blank(zero, jobs.len() == 1);
    let mut seats = [Seat { job: 0, at: 0, end: 0 }; LANES_MAX];
    let mut next = 0;
    let lanes = Slices::<W>::LANES.min(jobs.len());
    let Some(seats) = seats.get_mut(..lanes) else { return };
    while board(&mut slices, seats, jobs, &mut next) {
        W::crypt(&mut slices, order);
        for (seat, block) in seats.iter_mut().zip(slices.blocks()) {
            if seat.at < seat.end {
                jobs[seat.job].put(seat.at, *block);
                seat.at += 1;
            }
        }
    }
    slices.wipe();
}

/// Gives every lane its next input; false when no lane has any. A lane without a job runs on
/// with what it holds.
fn board<W: Word, J: Serial>(
    slices: &mut Slices<W>,
    seats: &mut [Seat],
    jobs: &[J],
    next: &mut usize,
) -> bool {
    let mut busy = false;
    for (lane, seat) in seats.iter_mut().enumerate() {
        if seat.at == seat.end {
            let Some(found) = follow(jobs, next) else { continue };
            *seat = found;
            slices.set_key(lane, jobs[found.job].key());
            slices.blocks()[lane] = jobs[found.job].first();
        }
        let block = &mut slices.blocks()[lane];
        *block = jobs[seat.job].input(seat.at, *block);
        busy = true;
    }
    busy
}

/// The next job that has steps to take.
fn follow<J: Serial>(jobs: &[J], next: &mut usize) -> Option<Seat> {
    while let Some(job) = jobs.get(*next) {
        *next += 1;
        let steps = job.steps();
        if !steps.is_empty() {
            return Some(Seat { job: *next - 1, at: steps.start, end: steps.end });
        }
    }
    None
}
