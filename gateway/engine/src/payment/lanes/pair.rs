//! Two blocks under two keys: the step of which derivations are made.
//!
//! There are many for each operation and they are small, so they go no way over the heap.

use arrayvec::ArrayVec;
use typex_core::Secret;
use typex_kernels::tdes::{Block, DesKey, SliceKey, TdesKey, encrypt_each};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::step::Kind;
use crate::limits::BATCH_JOBS_MAX;

/// The most pairs at once.
const BLOCKS_MAX: usize = 2 * BATCH_JOBS_MAX;

/// Keys and blocks as big-endian numbers. It stays where it is: its copies are made in place.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub(super) struct Pair {
    /// Of DES the first part counts.
    pub(super) keys: [[u64; 2]; 2],
    pub(super) blocks: [u64; 2],
}

/// Pairs that are computed together.
pub(super) type Pairs<'a> = ArrayVec<&'a mut Pair, BATCH_JOBS_MAX>;

impl Pair {
    pub(super) fn put(&mut self, other: &Self) {
        (self.keys, self.blocks) = (other.keys, other.blocks);
    }

    pub(super) fn blocks(&self) -> Secret<[u64; 2]> {
        Secret::new(self.blocks)
    }
}

/// Encrypts every block with DES or triple DES, as the kind says.
pub(super) fn compute(kind: Kind, pairs: &mut Pairs<'_>) {
    if kind == Kind::DesPair {
        encrypt(pairs, |[part, _]| DesKey::new(&part.to_be_bytes()));
    } else {
        encrypt(pairs, |[one, two]| TdesKey::of_two(&one.to_be_bytes(), &two.to_be_bytes()));
    }
}

fn encrypt<K: SliceKey>(pairs: &mut Pairs<'_>, key: impl Fn(&[u64; 2]) -> K) {
    let keys: ArrayVec<K, BLOCKS_MAX> = pairs.iter().flat_map(|pair| &pair.keys).map(key).collect();
    let mut blocks: ArrayVec<Block, BLOCKS_MAX> =
        pairs.iter().flat_map(|pair| pair.blocks).map(u64::to_be_bytes).collect();
    encrypt_each(&keys, &mut blocks);
    let places = pairs.iter_mut().flat_map(|pair| &mut pair.blocks);
    for (place, block) in places.zip(&mut blocks) {
        *place = u64::from_be_bytes(*block);
        block.zeroize();
    }
}
