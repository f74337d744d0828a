//! The portable path: rounds of the `aes` crate, which are constant time on every machine and use
//! the machine's AES instructions where the crate knows them.

use aes::hazmat::{self, Block8};

use super::lanes::{self, widths};
use super::{Functions, Vector, message, side, table};
use crate::Block;

/// An entry of the table: a body from `message` or `lanes` for one of the types below.
macro_rules! baseline {
    ($module:ident::$name:ident::<$($type:ty),*>($($arg:ident),*)) => {
        |$($arg),*| {
            // JUSTIFICATION: one body for this and the vector paths.
            // SAFETY: `One` and `Eight` need no instructions beyond the baseline.
            unsafe { $module::$name::<$($type),*>($($arg),*) }
        }
    };
}

/// The table of the portable path.
pub(crate) static FUNCTIONS: Functions = Functions {
    name: "portable",
    encrypt: baseline!(message::encrypt::<Eight>(keys, data)),
    decrypt: baseline!(message::decrypt::<Eight>(keys, data)),
    cbc_encrypt: baseline!(message::cbc_encrypt::<One>(keys, iv, data)),
    cbc_decrypt: baseline!(message::cbc_decrypt::<Eight>(keys, iv, data)),
    cbc_mac: baseline!(message::cbc_mac::<One>(keys, data)),
    cbc_encrypt_lanes: baseline!(lanes::run::<Eight, _>(jobs)),
    cbc_decrypt_lanes: baseline!(side::cbc_decrypt::<Eight>(jobs)),
    ecb_encrypt_lanes: baseline!(side::ecb_encrypt::<Eight>(jobs)),
    ecb_decrypt_lanes: baseline!(side::ecb_decrypt::<Eight>(jobs)),
    cbc_mac_lanes: baseline!(lanes::run::<Eight, _>(jobs)),
    cmac_body_lanes: baseline!(lanes::run::<Eight, _>(jobs)),
    encrypt_table: baseline!(table::encrypt::<Eight>(table, rounds, count)),
    substitute: baseline!(message::substitute::<One>(block)),
    inverse_mix: baseline!(message::inverse_mix::<One>(blocks)),
};

/// One block.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct One(aes::Block);

/// Eight blocks, each under its own key.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Eight(Block8);

widths!(Eight, alone One, 0; _ => 1 x 8);

// SAFETY: a transparent wrapper of 16 bytes.
unsafe impl Vector for One {
    const LANES: usize = 1;

    unsafe fn zero() -> Self {
        Self(aes::Block::default())
    }

    unsafe fn splat(block: &Block) -> Self {
        Self((*block).into())
    }

    unsafe fn load(from: *const Block, count: usize) -> Self {
        let mut block = [[0; 16]];
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for `count` blocks, of which there is at most one.
        unsafe { copy(from, block.as_mut_ptr(), count.min(1)) };
        Self(block[0].into())
    }

    unsafe fn store(self, to: *mut Block, count: usize) {
        let block: Block = self.0.into();
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for `count` blocks, of which there is at most one.
        unsafe { copy(&block, to, count.min(1)) };
    }

    unsafe fn gather(from: &[*mut Block]) -> Self {
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for one block at each place.
        unsafe { Self::load(from[0], 1) }
    }

    unsafe fn scatter(self, to: &[*mut Block]) {
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for one block at each place.
        unsafe { self.store(to[0], 1) };
    }

    unsafe fn shift_in(self, before: Self) -> Self {
        before
    }

    unsafe fn xor(mut self, other: Self) -> Self {
        add(&mut self.0, &other.0);
        self
    }

    unsafe fn encrypt(mut self, key: Self) -> Self {
        hazmat::cipher_round(&mut self.0, &key.0);
        self
    }

    unsafe fn encrypt_last(mut self, key: Self) -> Self {
        hazmat::cipher_round(&mut self.0, &aes::Block::default());
        hazmat::inv_mix_columns(&mut self.0);
        add(&mut self.0, &key.0);
        self
    }

    unsafe fn decrypt(mut self, key: Self) -> Self {
        hazmat::equiv_inv_cipher_round(&mut self.0, &key.0);
        self
    }

    unsafe fn decrypt_last(mut self, key: Self) -> Self {
        hazmat::equiv_inv_cipher_round(&mut self.0, &aes::Block::default());
        hazmat::mix_columns(&mut self.0);
        add(&mut self.0, &key.0);
        self
    }
}

// SAFETY: a transparent wrapper of an array of eight 16-byte arrays.
unsafe impl Vector for Eight {
    const LANES: usize = 8;

    unsafe fn zero() -> Self {
        Self(Block8::default())
    }

    unsafe fn splat(block: &Block) -> Self {
        Self(Block8::from([(*block).into(); 8]))
    }

    unsafe fn load(from: *const Block, count: usize) -> Self {
        let mut blocks = [[0; 16]; 8];
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for `count` blocks, of which there are at most eight.
        unsafe { copy(from, blocks.as_mut_ptr(), count.min(8)) };
        Self(Block8::from(blocks.map(aes::Block::from)))
    }

    unsafe fn store(self, to: *mut Block, count: usize) {
        let blocks = <[aes::Block; 8]>::from(self.0).map(Block::from);
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for `count` blocks, of which there are at most eight.
        unsafe { copy(blocks.as_ptr(), to, count.min(8)) };
    }

    unsafe fn gather(from: &[*mut Block]) -> Self {
        // JUSTIFICATION: the trait walks messages by pointer.
        // SAFETY: the caller vouches for one block at each place.
        Self(Block8::from_fn(|lane| unsafe { from[lane].read() }.into()))
    }

    unsafe fn scatter(self, to: &[*mut Block]) {
        for (place, block) in to.iter().zip(self.0) {
            // JUSTIFICATION: the trait walks messages by pointer.
            // SAFETY: the caller vouches for one block at each place.
            unsafe { place.write(block.into()) };
        }
    }

    unsafe fn shift_in(self, before: Self) -> Self {
        Self(Block8::from_fn(|lane| if lane == 0 { before.0[7] } else { self.0[lane - 1] }))
    }

    unsafe fn xor(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(block, other)| add(block, other));
        self
    }

    unsafe fn encrypt(mut self, key: Self) -> Self {
        hazmat::cipher_round_par(&mut self.0, &key.0);
        self
    }

    unsafe fn encrypt_last(mut self, key: Self) -> Self {
        hazmat::cipher_round_par(&mut self.0, &Block8::default());
        self.0.iter_mut().for_each(hazmat::inv_mix_columns);
        self.0.iter_mut().zip(&key.0).for_each(|(block, key)| add(block, key));
        self
    }

    unsafe fn decrypt(mut self, key: Self) -> Self {
        hazmat::equiv_inv_cipher_round_par(&mut self.0, &key.0);
        self
    }

    unsafe fn decrypt_last(mut self, key: Self) -> Self {
        hazmat::equiv_inv_cipher_round_par(&mut self.0, &Block8::default());
        self.0.iter_mut().for_each(hazmat::mix_columns);
        self.0.iter_mut().zip(&key.0).for_each(|(block, key)| add(block, key));
        self
    }
}

/// Copies blocks between places that do not overlap.
///
/// # Safety
/// `count` blocks can be read at `from` and written at `to`.
#[inline(always)]
unsafe fn copy(from: *const Block, to: *mut Block, count: usize) {
    // JUSTIFICATION: the trait walks messages by pointer.
    // SAFETY: passed on to the caller; one of the two is always a local array.
    unsafe { std::ptr::copy_nonoverlapping(from, to, count) };
}

#[inline(always)]
fn add(block: &mut aes::Block, other: &aes::Block) {
    block.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}
