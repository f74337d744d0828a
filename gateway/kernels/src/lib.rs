//! Multi-lane ciphers and raw RSA: the arithmetic under every job of the gateway.
//!
//! A batch of requests holds a different key per message, so the lane functions take jobs that
//! each carry their own key, state, data and length, and keep the vector unit full across them.
//! Lengths are checked when a job is built; a lane call cannot fail and one job cannot reach
//! another's data. No function of the cipher modules allocates, and the work done depends only on
//! the lengths and key sizes of the jobs.
//!
//! ```
//! use typex_kernels::{CbcJob, RoundKeys, cbc_encrypt_lanes};
//!
//! let (one, two) = (RoundKeys::boxed(&[1; 16])?, RoundKeys::boxed(&[2; 32])?);
//! let (mut short, mut long) = ([0; 16], [0; 256]);
//! let mut jobs = [
//!     CbcJob::new(&one, [0; 16], &mut short)?,
//!     CbcJob::new(&two, [0; 16], &mut long)?,
//! ];
//! cbc_encrypt_lanes(&mut jobs);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `unsafe` lives in the vector code behind [`path`], in one file of [`tdes`], in two of [`rsa`],
//! in one of [`gcm`] and in [`blank`]; `docs/kernels.md` says why.

#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]
#![deny(unsafe_code)]

#[allow(unsafe_code)]
pub mod blank;
mod cmac;
pub mod ff1;
pub mod gcm;
mod job;
mod keys;
pub mod limits;
mod mode;
pub mod path;
pub mod rsa;
pub mod tdes;
#[allow(unsafe_code)]
mod vector;

pub use job::{CbcJob, CmacJob, CtrJob, EcbJob, LengthError, MacJob};
pub use keys::{KeyLength, RoundKeys};
pub use mode::{
    cbc_decrypt, cbc_decrypt_lanes, cbc_encrypt, cbc_encrypt_lanes, cbc_mac, cbc_mac_lanes, cmac,
    cmac_lanes, ctr, ctr_lanes, ecb_decrypt, ecb_decrypt_lanes, ecb_encrypt, ecb_encrypt_lanes,
};
pub use path::Path;

/// Bytes in an AES block.
pub const BLOCK: usize = 16;

/// One AES block.
pub type Block = [u8; BLOCK];
