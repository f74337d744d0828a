//! The serial modes over many messages: a lane per message, each under its own key.
//!
//! A lane that finishes its message takes the next one, so messages of any lengths keep all lanes
//! busy and the order of the jobs does not matter. Jobs of one key size go through in one pass.
//! Round keys lie interleaved, `[round][lane]`, so that a vector of them is one aligned load.
//!
//! Taking a lane costs as much as a few blocks. Short messages do without: neighbours of one
//! length and key size go step by step together, each with its round keys where they are, and
//! others alone, which a processor that reorders overlaps by itself.

use zeroize::optimization_barrier;

use super::{Vector, message};
use crate::keys::ROUND_KEYS;
use crate::{BLOCK, Block, CbcJob, CmacJob, MacJob, RoundKeys};

/// A message of a serial mode.
///
/// # Safety
/// From `start`, `blocks` blocks can be read, and written where `WRITES`, for as long as the job
/// is borrowed; neither changes while a pass runs.
pub(super) unsafe trait Serial {
    /// Whether each block of output replaces its block of input.
    const WRITES: bool;

    fn keys(&self) -> &RoundKeys;
    fn blocks(&self) -> usize;
    fn first(&self) -> Block;
    /// The first block of the message; written through only where `WRITES`.
    fn start(&mut self) -> *mut Block;
    /// Called with the last block of output, after the last use of `start`.
    fn finish(&mut self, last: &Block);

    /// Runs this message without a lane.
    ///
    /// # Safety
    /// The instructions of `V`, which has one lane.
    unsafe fn run_alone<V: Vector>(&mut self);
}

// SAFETY: both describe the exclusively borrowed slice `data`.
unsafe impl Serial for CbcJob<'_> {
    const WRITES: bool = true;

    fn keys(&self) -> &RoundKeys {
        self.keys
    }

    fn blocks(&self) -> usize {
        self.data.len()
    }

    fn first(&self) -> Block {
        self.iv
    }

    fn start(&mut self) -> *mut Block {
        self.data.as_mut_ptr()
    }

    fn finish(&mut self, _last: &Block) {}

    #[inline(always)]
    unsafe fn run_alone<V: Vector>(&mut self) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        unsafe { message::cbc_encrypt::<V>(self.keys, &self.iv, self.data) }
    }
}

// SAFETY: both describe the borrowed slice `data`, which is only read.
unsafe impl Serial for MacJob<'_> {
    const WRITES: bool = false;

    fn keys(&self) -> &RoundKeys {
        self.keys
    }

    fn blocks(&self) -> usize {
        self.data.len()
    }

    fn first(&self) -> Block {
        [0; BLOCK]
    }

    fn start(&mut self) -> *mut Block {
        self.data.as_ptr().cast_mut()
    }

    fn finish(&mut self, last: &Block) {
        self.tag = *last;
    }

    #[inline(always)]
    unsafe fn run_alone<V: Vector>(&mut self) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        self.tag = unsafe { message::cbc_mac::<V>(self.keys, self.data) };
    }
}

// SAFETY: both describe the borrowed slice `body`, which is only read.
unsafe impl Serial for CmacJob<'_> {
    const WRITES: bool = false;

    fn keys(&self) -> &RoundKeys {
        self.keys
    }

    fn blocks(&self) -> usize {
        self.body.len()
    }

    fn first(&self) -> Block {
        [0; BLOCK]
    }

    fn start(&mut self) -> *mut Block {
        self.body.as_ptr().cast_mut()
    }

    fn finish(&mut self, last: &Block) {
        self.tag = *last;
    }

    #[inline(always)]
    unsafe fn run_alone<V: Vector>(&mut self) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        self.tag = unsafe { message::cbc_mac::<V>(self.keys, self.body) };
    }
}

/// Implements [`Widths`]: how many vectors to use for up to how many jobs.
macro_rules! widths {
    (
        $vector:ty, alone $one:ty, $alone:literal;
        $($up_to:pat => $vectors:literal x $lanes:literal),*
    ) => {
        impl super::lanes::Widths for $vector {
            type One = $one;
            const ALONE_BLOCKS: usize = $alone;

            #[inline(always)]
            unsafe fn pass<J: super::lanes::Serial>(jobs: &mut [J], rounds: usize, count: usize) {
                // JUSTIFICATION: vector instructions.
                // SAFETY: passed on to the caller.
                unsafe {
                    match count {
                        $($up_to => {
                            super::lanes::pass::<$vector, J, $vectors, $lanes>(jobs, rounds)
                        })*
                    }
                }
            }
        }
    };
}
pub(super) use widths;

/// Chooses the number of lanes.
pub(super) trait Widths: Vector {
    /// The vector of one lane that needs no further instructions.
    type One: Vector;

    /// Messages of up to this many blocks run alone. Measured with AES-NI and wider: at 2 blocks
    /// lanes take 1.7 times as long, at 4 blocks 0.9 times.
    const ALONE_BLOCKS: usize;

    /// Runs the `count` jobs that have this round count.
    ///
    /// # Safety
    /// The instructions of the vector.
    unsafe fn pass<J: Serial>(jobs: &mut [J], rounds: usize, count: usize);
}

/// Messages of up to this many blocks go together if all are alike: their keys are not copied,
/// which at more blocks costs less than wider vectors gain.
const TOGETHER_BLOCKS: usize = 6;

/// Short messages that go together: as many rounds as a processor has under way.
const SHORT: usize = 8;

/// Runs those of a few jobs that have up to `most` blocks, and counts the others by their round
/// counts.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
unsafe fn short<V: Widths, J: Serial>(jobs: &mut [J], most: usize, counts: &mut [usize; 3]) {
    let (blocks, rounds) = jobs.first().map_or((0, 0), |job| (job.blocks(), job.keys().rounds));
    let alike = |job: &J| job.blocks() == blocks && job.keys().rounds == rounds;
    // JUSTIFICATION: vector instructions.
    // SAFETY: passed on to the caller; the jobs that go together are of that length.
    unsafe {
        match <&mut [J; SHORT]>::try_from(&mut *jobs) {
            Ok(jobs) if blocks <= most && jobs.iter().all(alike) => {
                together::<V::One, J>(jobs, rounds, blocks);
            }
            _ => {
                for job in jobs {
                    if job.blocks() <= most {
                        job.run_alone::<V::One>();
                    } else {
                        counts[job.keys().rounds / 2 - 5] += 1;
                    }
                }
            }
        }
    }
}

/// Runs messages of so many blocks, whose keys have so many rounds, step by step together.
///
/// # Safety
/// The instructions of `V`, which has one lane; every job has these blocks and rounds.
#[inline(always)]
unsafe fn together<V: Vector, J: Serial>(jobs: &mut [J; SHORT], rounds: usize, blocks: usize) {
    let keys: [*const Block; SHORT] =
        std::array::from_fn(|at| jobs[at].keys().encrypt_schedule().as_ptr());
    let starts: [*mut Block; SHORT] = std::array::from_fn(|at| jobs[at].start());
    // JUSTIFICATION: vector instructions; pointers instead of a bounds check per round.
    // SAFETY: instructions as passed on to the caller. A schedule has one key more than rounds, and
    // a message has `blocks` blocks by the contract, exclusively borrowed where they are written.
    unsafe {
        let mut state: [V; SHORT] = std::array::from_fn(|at| V::splat(&jobs[at].first()));
        for block in 0..blocks {
            for at in 0..SHORT {
                let input = V::load(starts[at].add(block), 1).xor(V::load(keys[at], 1));
                state[at] = state[at].xor(input);
            }
            for round in 1..rounds {
                for at in 0..SHORT {
                    state[at] = state[at].encrypt(V::load(keys[at].add(round), 1));
                }
            }
            for at in 0..SHORT {
                state[at] = state[at].encrypt_last(V::load(keys[at].add(rounds), 1));
                if J::WRITES {
                    state[at].store(starts[at].add(block), 1);
                }
            }
        }
        for (job, state) in jobs.iter_mut().zip(state) {
            let mut last = [0; BLOCK];
            state.store(&mut last, 1);
            job.finish(&last);
        }
    }
}

/// Runs all jobs.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn run<V: Widths, J: Serial>(jobs: &mut [J]) {
    let mut counts = [0; 3];
    let shape = |job: &J| (job.blocks(), job.keys().rounds);
    let are_alike = jobs.windows(2).all(|pair| shape(&pair[0]) == shape(&pair[1]));
    let most = if are_alike { TOGETHER_BLOCKS } else { V::ALONE_BLOCKS };
    for neighbours in jobs.chunks_mut(SHORT) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        unsafe { short::<V, J>(neighbours, most, &mut counts) };
    }
    for (rounds, count) in [10, 12, 14].into_iter().zip(counts) {
        if count > 0 {
            // JUSTIFICATION: vector instructions.
            // SAFETY: passed on to the caller.
            unsafe { V::pass(jobs, rounds, count) };
        }
    }
}

/// Runs the jobs that have this round count over `N` vectors, which have `LANES` lanes together.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn pass<V: Widths, J: Serial, const N: usize, const LANES: usize>(
    jobs: &mut [J],
    rounds: usize,
) {
    const { assert!(N * V::LANES == LANES, "the vectors hold exactly the lanes") };
    let mut sink = [0; BLOCK];
    let mut lanes = Lanes::<LANES>::new(&mut sink);
    let mut next = 0;
    for lane in 0..LANES {
        lanes.fill::<V, J>(lane, jobs, rounds, &mut next);
    }
    while let Some(steps) = lanes.shortest() {
        // JUSTIFICATION: vector instructions; pointers instead of a bounds check per block.
        // SAFETY: instructions as passed on to the caller. Each lane points at `steps` or more
        // blocks of its job's message or, with stride 0, at `sink`. The messages are exclusively
        // borrowed by `jobs` where they are written, and nothing else touches them meanwhile.
        unsafe { advance::<V, J, N, LANES>(&mut lanes, rounds, steps) };
        lanes.settle::<V, J>(steps, jobs, rounds, &mut next);
    }
    lanes.wipe(rounds);
}

/// What the lanes are working on. A lane without a job reads and writes the sink, stride 0.
#[repr(C, align(64))]
struct Lanes<const LANES: usize> {
    keys: [[Block; LANES]; ROUND_KEYS],
    state: [Block; LANES],
    at: [*mut Block; LANES],
    /// Blocks to move on by after each step: 1, or 0 at the sink.
    stride: [usize; LANES],
    /// Blocks left; `usize::MAX` without a job.
    left: [usize; LANES],
    job: [usize; LANES],
    sink: *mut Block,
}

impl<const LANES: usize> Lanes<LANES> {
    #[inline(always)]
    fn new(sink: *mut Block) -> Self {
        Self {
            keys: [[[0; BLOCK]; LANES]; ROUND_KEYS],
            state: [[0; BLOCK]; LANES],
            at: [sink; LANES],
            stride: [0; LANES],
            left: [usize::MAX; LANES],
            job: [0; LANES],
            sink,
        }
    }

    /// Gives a lane the next job of this pass; without one, the lane idles.
    #[inline(always)]
    fn fill<V: Widths, J: Serial>(
        &mut self,
        lane: usize,
        jobs: &mut [J],
        rounds: usize,
        next: &mut usize,
    ) {
        while let Some(job) = jobs.get_mut(*next) {
            *next += 1;
            if job.keys().rounds != rounds || job.blocks() <= V::ALONE_BLOCKS {
                continue;
            }
            for (row, key) in self.keys.iter_mut().zip(job.keys().encrypt_schedule()) {
                row[lane] = *key;
            }
            self.state[lane] = job.first();
            self.left[lane] = job.blocks();
            self.at[lane] = job.start();
            self.stride[lane] = 1;
            self.job[lane] = *next - 1;
            return;
        }
        self.left[lane] = usize::MAX;
        self.at[lane] = self.sink;
        self.stride[lane] = 0;
    }

    /// Blocks that every lane with a job can take; `None` when no lane has one.
    #[inline(always)]
    fn shortest(&self) -> Option<usize> {
        let least = self.left.iter().fold(usize::MAX, |least, &left| least.min(left));
        (least != usize::MAX).then_some(least)
    }

    /// Counts the steps done, finishes the messages that ended and fills their lanes.
    #[inline(always)]
    fn settle<V: Widths, J: Serial>(
        &mut self,
        steps: usize,
        jobs: &mut [J],
        rounds: usize,
        next: &mut usize,
    ) {
        for lane in 0..LANES {
            if self.left[lane] == usize::MAX {
                continue;
            }
            self.left[lane] -= steps;
            if self.left[lane] == 0 {
                jobs[self.job[lane]].finish(&self.state[lane]);
                self.fill::<V, J>(lane, jobs, rounds, next);
            }
        }
    }

    /// Clears the round keys and states.
    #[inline(always)]
    fn wipe(&mut self, rounds: usize) {
        self.keys[..=rounds].fill([[0; BLOCK]; LANES]);
        self.state.fill([0; BLOCK]);
        optimization_barrier(self);
    }
}

/// Takes every lane `steps` blocks on.
///
/// # Safety
/// The instructions of `V`; every lane points at `steps` blocks, or one with stride 0, that can
/// be read and, where `J::WRITES`, written.
#[inline(always)]
unsafe fn advance<V: Vector, J: Serial, const N: usize, const LANES: usize>(
    lanes: &mut Lanes<LANES>,
    rounds: usize,
    steps: usize,
) {
    let Some((middle, last)) = lanes.keys[1..=rounds].split_last().map(|(l, m)| (m, l)) else {
        return;
    };
    let mut at = lanes.at;
    // JUSTIFICATION: vector instructions; pointers instead of a bounds check per block.
    // SAFETY: instructions as passed on to the caller. Rows of keys and states are `LANES` blocks,
    // that is `N` whole vectors. The messages' pointers are good by the contract, and move on by
    // `wrapping_add`, so one past the end is not used.
    unsafe {
        let mut state: [V; N] = load_row(&lanes.state);
        for _ in 0..steps {
            let whitening: [V; N] = load_row(&lanes.keys[0]);
            for (vector, (key, from)) in
                state.iter_mut().zip(whitening.iter().zip(at.chunks_exact(V::LANES)))
            {
                *vector = vector.xor(V::gather(from).xor(*key));
            }
            for row in middle {
                let keys: [V; N] = load_row(row);
                for (vector, key) in state.iter_mut().zip(keys) {
                    *vector = vector.encrypt(key);
                }
            }
            let keys: [V; N] = load_row(last);
            for (vector, key) in state.iter_mut().zip(keys) {
                *vector = vector.encrypt_last(key);
            }
            if J::WRITES {
                for (vector, to) in state.iter().zip(at.chunks_exact(V::LANES)) {
                    vector.scatter(to);
                }
            }
            for (place, stride) in at.iter_mut().zip(lanes.stride) {
                *place = place.wrapping_add(stride);
            }
        }
        for (vector, blocks) in state.iter().zip(lanes.state.chunks_exact_mut(V::LANES)) {
            vector.store(blocks.as_mut_ptr(), V::LANES);
        }
    }
    lanes.at = at;
}

/// A row of the table as vectors.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn load_row<V: Vector, const N: usize>(row: &[Block]) -> [V; N] {
    // JUSTIFICATION: vector instructions.
    // SAFETY: instructions as passed on to the caller; every piece is one whole vector.
    unsafe {
        let mut vectors = [V::zero(); N];
        for (vector, blocks) in vectors.iter_mut().zip(row.chunks_exact(V::LANES)) {
            *vector = V::load(blocks.as_ptr(), V::LANES);
        }
        vectors
    }
}
