//! What a host knows of the card: registers, descriptors, completions, and the way to reach it.
//!
//! Everything with a number in it is described once, in `abi.toml`; the RTL and
//! `docs/registers.md` are made of the same file.
#![forbid(unsafe_code)]

mod bytes;
mod capability;
mod completion;
mod configuration;
mod counter;
mod descriptor;
#[rustfmt::skip]
mod generated;
mod header;
mod link;
mod program;

pub use capability::{Capabilities, CapabilityError};
pub use completion::{Completion, CompletionError};
pub use configuration::{Configuration, Sbox};
pub use counter::Counter;
pub use descriptor::{Descriptor, DescriptorError, KeyRef, ProgramFields, Root};
pub use generated::{
    CONFIGURATIONS, COUNTERS, ECP5, ERRORS, MAGIC, MAJOR, MINOR, Opcode, Status, StepKind,
    USP_MODEL, completion_at, counter_at, descriptor_at, error, flag, header_at, limits, register,
    usage,
};
pub use header::{Algorithm, Header, HeaderError};
pub use link::{CardKind, DmaBuffer, Link, LinkError, Wake};
pub use program::{Program, ProgramError, Step};

/// Bits of the register `ctrl`.
pub mod ctrl {
    /// Jobs are taken.
    pub const ENABLE: u32 = 1 << 0;
    /// No descriptor is fetched.
    pub const QUIESCE: u32 = 1 << 1;
    /// Everything is reset, and the keys are wiped.
    pub const RESET: u32 = 1 << 2;
}

/// Bits of the register `state`.
pub mod state {
    /// No job inside.
    pub const IDLE: u32 = 1 << 0;
    /// Quiesced, and no job inside.
    pub const QUIESCED: u32 = 1 << 1;
    /// Stopped until reset.
    pub const FATAL: u32 = 1 << 2;
    /// The self-test has passed.
    pub const SELFTEST_PASSED: u32 = 1 << 3;
    /// The self-test runs.
    pub const SELFTEST_RUNNING: u32 = 1 << 4;
    /// The transport key is complete.
    pub const TRANSPORT_LOCKED: u32 = 1 << 5;

    /// The reset epoch, 7 bits.
    pub fn epoch(state: u32) -> u8 {
        (state >> 8 & 0x7f) as u8
    }
}

/// Bytes of a descriptor.
pub const DESCRIPTOR_BYTES: usize = 64;
/// Bytes of a wrapped key: header and ciphertext.
pub const WRAPPED_KEY_BYTES: usize = 96;
/// Bytes of a wrapped key's header, all of it authenticated.
pub const HEADER_BYTES: usize = 64;
/// Bytes of a block.
pub const BLOCK_BYTES: usize = 16;
