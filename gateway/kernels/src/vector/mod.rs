//! The vector code behind the modes: one generic body, four vector types.
//!
//! `unsafe` is needed for two things: to call instructions that not every machine has, and to
//! walk many messages by pointer without a bounds check per block and lane. Both are closed off
//! here: [`Functions`] is the only way in, its methods are safe, and a table is handed out only
//! after its instructions were detected.

mod lanes;
mod message;
mod portable;
mod side;
mod table;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::ff1::Table;
use crate::{Block, CbcJob, CmacJob, EcbJob, MacJob, RoundKeys};

/// The functions of one path.
pub(crate) struct Functions {
    pub(crate) name: &'static str,
    encrypt: unsafe fn(&RoundKeys, &mut [Block]),
    decrypt: unsafe fn(&RoundKeys, &mut [Block]),
    cbc_encrypt: unsafe fn(&RoundKeys, &Block, &mut [Block]),
    cbc_decrypt: unsafe fn(&RoundKeys, &Block, &mut [Block]),
    cbc_mac: unsafe fn(&RoundKeys, &[Block]) -> Block,
    cbc_encrypt_lanes: unsafe fn(&mut [CbcJob<'_>]),
    cbc_decrypt_lanes: unsafe fn(&mut [CbcJob<'_>]),
    ecb_encrypt_lanes: unsafe fn(&mut [EcbJob<'_>]),
    ecb_decrypt_lanes: unsafe fn(&mut [EcbJob<'_>]),
    cbc_mac_lanes: unsafe fn(&mut [MacJob<'_>]),
    cmac_body_lanes: unsafe fn(&mut [CmacJob<'_>]),
    encrypt_table: unsafe fn(&mut Table, usize, usize),
    substitute: unsafe fn(&mut Block),
    inverse_mix: unsafe fn(&mut [Block]),
}

/// Declares the safe way through one entry of the table.
macro_rules! entry {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) $(-> $out:ty)?;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub(crate) fn $name(&self, $($arg: $type),*) $(-> $out)? {
            // JUSTIFICATION: the entry was compiled for instructions beyond the baseline.
            // SAFETY: `detected` hands a table out only when this machine has them; the entries
            // have no other precondition.
            unsafe { (self.$name)($($arg),*) }
        }
    )*};
}

impl Functions {
    entry! {
        /// Encrypts every block on its own.
        encrypt(keys: &RoundKeys, data: &mut [Block]);
        /// Decrypts every block on its own.
        decrypt(keys: &RoundKeys, data: &mut [Block]);
        cbc_encrypt(keys: &RoundKeys, iv: &Block, data: &mut [Block]);
        cbc_decrypt(keys: &RoundKeys, iv: &Block, data: &mut [Block]);
        /// The last block of the CBC encryption with a zero IV; zero for no block.
        cbc_mac(keys: &RoundKeys, data: &[Block]) -> Block;
        cbc_encrypt_lanes(jobs: &mut [CbcJob<'_>]);
        cbc_decrypt_lanes(jobs: &mut [CbcJob<'_>]);
        ecb_encrypt_lanes(jobs: &mut [EcbJob<'_>]);
        ecb_decrypt_lanes(jobs: &mut [EcbJob<'_>]);
        cbc_mac_lanes(jobs: &mut [MacJob<'_>]);
        /// CBC-MAC of all blocks but the last one.
        cmac_body_lanes(jobs: &mut [CmacJob<'_>]);
        /// Encrypts the first blocks of a table under keys of so many rounds.
        encrypt_table(table: &mut Table, rounds: usize, count: usize);
        /// SubBytes and ShiftRows.
        substitute(block: &mut Block);
        /// InvMixColumns of every block.
        inverse_mix(blocks: &mut [Block]);
    }
}

/// The tables that this machine can run, fastest first.
pub(crate) fn detected() -> impl Iterator<Item = &'static Functions> {
    #[cfg(target_arch = "x86_64")]
    let wide = x86::detected();
    #[cfg(not(target_arch = "x86_64"))]
    let wide = std::iter::empty();
    wide.chain(std::iter::once(&portable::FUNCTIONS))
}

/// One or more AES blocks side by side, stored in order without padding.
///
/// # Safety
/// Implementors are exactly `LANES * 16` bytes, every bit pattern of which is valid.
///
/// Every method requires the instructions of its implementor. Where a method takes a pointer and
/// a count, that many whole blocks must be readable or writable there; no alignment is needed.
unsafe trait Vector: Copy {
    /// Blocks in one vector.
    const LANES: usize;

    /// All bits clear.
    unsafe fn zero() -> Self;
    /// The same block in every lane.
    unsafe fn splat(block: &Block) -> Self;
    /// `count` blocks (at most `LANES`) in a row; zero above.
    unsafe fn load(from: *const Block, count: usize) -> Self;
    /// The lowest `count` blocks (at most `LANES`) in a row.
    unsafe fn store(self, to: *mut Block, count: usize);
    /// One block from each of `LANES` places.
    unsafe fn gather(from: &[*mut Block]) -> Self;
    /// One block to each of `LANES` places.
    unsafe fn scatter(self, to: &[*mut Block]);
    /// The lanes moved up by one; the last lane of `before` enters below.
    unsafe fn shift_in(self, before: Self) -> Self;
    /// Exclusive or.
    unsafe fn xor(self, other: Self) -> Self;
    /// A round of the cipher, per lane.
    unsafe fn encrypt(self, key: Self) -> Self;
    /// The last round of the cipher.
    unsafe fn encrypt_last(self, key: Self) -> Self;
    /// A round of the equivalent inverse cipher.
    unsafe fn decrypt(self, key: Self) -> Self;
    /// The last round of the equivalent inverse cipher.
    unsafe fn decrypt_last(self, key: Self) -> Self;
}
