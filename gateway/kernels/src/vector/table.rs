//! One block under each of many keys.

use super::Vector;
use super::lanes::load_row;
use crate::ff1::{LANES, Table};

/// Encrypts the first `count` blocks of a table, each under the key at its place; what becomes of
/// the others does not matter.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn encrypt<V: Vector>(table: &mut Table, rounds: usize, count: usize) {
    let mut at = 0;
    while at < count.min(LANES) {
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        at += unsafe {
            match (count - at).div_ceil(V::LANES) {
                0..=1 => columns::<V, 1>(table, rounds, at),
                2 => columns::<V, 2>(table, rounds, at),
                3..=4 => columns::<V, 4>(table, rounds, at),
                _ => columns::<V, 8>(table, rounds, at),
            }
        };
    }
}

/// Encrypts what `N` vectors hold from a place on; gives the number of blocks, none if there are
/// not as many.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
unsafe fn columns<V: Vector, const N: usize>(table: &mut Table, rounds: usize, at: usize) -> usize {
    let width = N * V::LANES;
    let Some((middle, last)) = table.keys[1..=rounds].split_last().map(|(l, m)| (m, l)) else {
        return LANES;
    };
    let place = at..at + width;
    // JUSTIFICATION: vector instructions.
    // SAFETY: instructions as passed on to the caller; a place is `N` whole vectors of a row.
    unsafe {
        let mut state: [V; N] = load_row(&table.blocks[place.clone()]);
        let whitening: [V; N] = load_row(&table.keys[0][place.clone()]);
        for (vector, key) in state.iter_mut().zip(whitening) {
            *vector = vector.xor(key);
        }
        for row in middle {
            let keys: [V; N] = load_row(&row[place.clone()]);
            for (vector, key) in state.iter_mut().zip(keys) {
                *vector = vector.encrypt(key);
            }
        }
        let keys: [V; N] = load_row(&last[place.clone()]);
        for (vector, key) in state.iter_mut().zip(keys) {
            *vector = vector.encrypt_last(key);
        }
        for (vector, blocks) in state.iter().zip(table.blocks[place].chunks_exact_mut(V::LANES)) {
            vector.store(blocks.as_mut_ptr(), V::LANES);
        }
    }
    width
}
