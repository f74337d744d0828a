//! DES and triple DES over bit slices, in constant time: many blocks at once, each under its own
//! key.
//!
//! No table is indexed by secrets and no branch depends on them; the work depends on the lengths
//! and the number of the jobs. What a block becomes does not depend on its neighbours. A block on
//! its own costs as much as a whole vector of them, so batches are worth forming.
//!
//! Parity bits of keys are ignored. Weak keys are not told apart.
//!
//! ```
//! use typex_kernels::tdes::{self, EcbJob, TdesKey};
//!
//! let (one, two) = (TdesKey::new(&[1; 16])?, TdesKey::new(&[2; 24])?);
//! let mut blocks = [[7; 8]; 2];
//! let [first, second] = &mut blocks;
//! tdes::ecb_encrypt_lanes(&mut [EcbJob::new(&one, first)?, EcbJob::new(&two, second)?]);
//! assert_eq!(blocks, [one.encrypt_block(&[7; 8]), two.encrypt_block(&[7; 8])]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(test)]
mod boxes;
mod circuits;
mod job;
mod key;
mod lanes;
mod mac;
mod mode;
mod path;
mod slice;
mod word;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86;

pub use job::{CbcJob, EcbJob, LengthError};
pub use key::{DesKey, KeyLength, SliceKey, TdesKey};
pub use mac::{MacJob, Padding};
pub use mode::{
    cbc_decrypt, cbc_decrypt_lanes, cbc_encrypt, cbc_encrypt_lanes, cbc_mac, cmac, ecb_decrypt,
    ecb_decrypt_lanes, ecb_encrypt, ecb_encrypt_lanes, encrypt_each, mac_lanes, retail_mac,
};
pub use path::Path;

/// Bytes in a block of DES.
pub const BLOCK: usize = 8;

/// One block of DES.
pub type Block = [u8; BLOCK];
