//! The vocabulary of the gateway and every decision it takes.
//!
//! Nothing here performs I/O, reads a clock, spawns a task or knows HTTP: time, randomness and
//! stored state arrive as arguments. The path of a request through the other crates is drawn in
//! `ARCHITECTURE.md`; its types are, in order, [`principal::Credential`],
//! [`principal::Principal`], [`key::KeyRecord`], [`policy::Verdict`], [`policy::Grant`] and
//! [`error::Error`].
#![forbid(unsafe_code)]

pub mod audit;
pub mod codec;
pub mod error;
pub mod id;
pub mod key;
pub mod limits;
pub mod op;
pub mod policy;
pub mod principal;
pub mod secret;
pub mod time;
mod tlv;
pub mod token;

pub use error::{Error, ErrorKind};
pub use id::{ClientId, KeyId, PartitionId};
pub use secret::Secret;
pub use time::UnixMs;
