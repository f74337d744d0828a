//! One message under one key: the parallel modes over wide vectors, the serial ones over one lane.

use super::Vector;
use crate::{BLOCK, Block, RoundKeys};

/// Every block encrypted on its own.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn encrypt<V: Vector>(keys: &RoundKeys, data: &mut [Block]) {
    // JUSTIFICATION: vector instructions.
    // SAFETY: passed on to the caller.
    unsafe { each::<V, _>(Encrypt(keys.encrypt_schedule()), data) }
}

/// Every block decrypted on its own.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn decrypt<V: Vector>(keys: &RoundKeys, data: &mut [Block]) {
    // JUSTIFICATION: vector instructions.
    // SAFETY: passed on to the caller.
    unsafe { each::<V, _>(Decrypt(keys.decrypt_schedule()), data) }
}

/// CBC decryption.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn cbc_decrypt<V: Vector>(keys: &RoundKeys, iv: &Block, data: &mut [Block]) {
    // JUSTIFICATION: vector instructions.
    // SAFETY: passed on to the caller.
    unsafe {
        let cipher = Decrypt(keys.decrypt_schedule());
        each::<V, _>(CbcDecrypt { cipher, before: V::splat(iv) }, data);
    }
}

/// CBC encryption; `V` has one lane.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn cbc_encrypt<V: Vector>(keys: &RoundKeys, iv: &Block, data: &mut [Block]) {
    // JUSTIFICATION: vector instructions.
    // SAFETY: instructions as passed on to the caller; every pointer is to one block.
    unsafe {
        let mut cipher = Encrypt(keys.encrypt_schedule());
        let mut state = [V::splat(iv)];
        for block in data {
            state[0] = state[0].xor(V::load(block, 1));
            cipher.apply(&mut state);
            state[0].store(block, 1);
        }
    }
}

/// CBC-MAC with a zero IV; `V` has one lane. Zero for an empty message.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn cbc_mac<V: Vector>(keys: &RoundKeys, data: &[Block]) -> Block {
    let mut tag = [0; BLOCK];
    // JUSTIFICATION: vector instructions.
    // SAFETY: instructions as passed on to the caller; every pointer is to one block.
    unsafe {
        let mut cipher = Encrypt(keys.encrypt_schedule());
        let mut state = [V::zero()];
        for block in data {
            state[0] = state[0].xor(V::load(block, 1));
            cipher.apply(&mut state);
        }
        state[0].store(&mut tag, 1);
    }
    tag
}

/// SubBytes and ShiftRows, which a last round with no key is; `V` has one lane.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn substitute<V: Vector>(block: &mut Block) {
    // JUSTIFICATION: vector instructions.
    // SAFETY: instructions as passed on to the caller; the pointer is to one block.
    unsafe { V::load(block, 1).encrypt_last(V::zero()).store(block, 1) };
}

/// InvMixColumns of every block: an inverse round undoes a substitution first. `V` has one lane.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
pub(super) unsafe fn inverse_mix<V: Vector>(blocks: &mut [Block]) {
    for block in blocks {
        // JUSTIFICATION: vector instructions.
        // SAFETY: instructions as passed on to the caller; every pointer is to one block.
        unsafe {
            let substituted = V::load(block, 1).encrypt_last(V::zero());
            substituted.decrypt(V::zero()).store(block, 1);
        }
    }
}

/// A transformation of blocks in their order.
trait Transform<V: Vector> {
    /// # Safety
    /// The instructions of `V`.
    unsafe fn apply<const N: usize>(&mut self, state: &mut [V; N]);
}

struct Encrypt<'a>(&'a [Block]);

impl<V: Vector> Transform<V> for Encrypt<'_> {
    #[inline(always)]
    unsafe fn apply<const N: usize>(&mut self, state: &mut [V; N]) {
        let [first, middle @ .., last] = self.0 else { return };
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        unsafe {
            let key = V::splat(first);
            state.iter_mut().for_each(|vector| *vector = vector.xor(key));
            for key in middle {
                let key = V::splat(key);
                state.iter_mut().for_each(|vector| *vector = vector.encrypt(key));
            }
            let key = V::splat(last);
            state.iter_mut().for_each(|vector| *vector = vector.encrypt_last(key));
        }
    }
}

struct Decrypt<'a>(&'a [Block]);

impl<V: Vector> Transform<V> for Decrypt<'_> {
    #[inline(always)]
    unsafe fn apply<const N: usize>(&mut self, state: &mut [V; N]) {
        let [first, middle @ .., last] = self.0 else { return };
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        unsafe {
            let key = V::splat(first);
            state.iter_mut().for_each(|vector| *vector = vector.xor(key));
            for key in middle {
                let key = V::splat(key);
                state.iter_mut().for_each(|vector| *vector = vector.decrypt(key));
            }
            let key = V::splat(last);
            state.iter_mut().for_each(|vector| *vector = vector.decrypt_last(key));
        }
    }
}

struct CbcDecrypt<'a, V> {
    cipher: Decrypt<'a>,
    /// Its last lane is the ciphertext block before the next one.
    before: V,
}

impl<V: Vector> Transform<V> for CbcDecrypt<'_, V> {
    #[inline(always)]
    unsafe fn apply<const N: usize>(&mut self, state: &mut [V; N]) {
        let ciphertext = *state;
        // JUSTIFICATION: vector instructions.
        // SAFETY: passed on to the caller.
        unsafe {
            self.cipher.apply(state);
            for (vector, own) in state.iter_mut().zip(ciphertext) {
                *vector = vector.xor(own.shift_in(self.before));
                self.before = own;
            }
        }
    }
}

/// Applies a transform to all blocks, as many at a time as keep the vector unit full.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
unsafe fn each<V: Vector, T: Transform<V>>(mut transform: T, data: &mut [Block]) {
    // JUSTIFICATION: vector instructions.
    // SAFETY: instructions as passed on to the caller; `rest` is shorter than a vector, and all
    // of it is loaded and stored.
    unsafe {
        let rest = strides::<V, T, 8>(&mut transform, data);
        let rest = strides::<V, T, 4>(&mut transform, rest);
        let rest = strides::<V, T, 2>(&mut transform, rest);
        let rest = strides::<V, T, 1>(&mut transform, rest);
        if !rest.is_empty() {
            let mut state = [V::load(rest.as_ptr(), rest.len())];
            transform.apply(&mut state);
            state[0].store(rest.as_mut_ptr(), rest.len());
        }
    }
}

/// Applies a transform `N` vectors at a time and returns the blocks left over.
///
/// # Safety
/// The instructions of `V`.
#[inline(always)]
unsafe fn strides<'a, V: Vector, T: Transform<V>, const N: usize>(
    transform: &mut T,
    data: &'a mut [Block],
) -> &'a mut [Block] {
    let mut chunks = data.chunks_exact_mut(N * V::LANES);
    for chunk in &mut chunks {
        // JUSTIFICATION: vector instructions.
        // SAFETY: instructions as passed on to the caller; a chunk is `N` vectors long, so each
        // of the pieces is one whole vector.
        unsafe {
            let mut state = [V::zero(); N];
            for (vector, blocks) in state.iter_mut().zip(chunk.chunks_exact(V::LANES)) {
                *vector = V::load(blocks.as_ptr(), V::LANES);
            }
            transform.apply(&mut state);
            for (vector, blocks) in state.iter().zip(chunk.chunks_exact_mut(V::LANES)) {
                vector.store(blocks.as_mut_ptr(), V::LANES);
            }
        }
    }
    chunks.into_remainder()
}
