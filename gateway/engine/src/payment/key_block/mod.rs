//! Key blocks of TR-31 and X9.143: a header, optional blocks, an encrypted key, a MAC over all.
//!
//! Reading is tolerant of what writers differ in: how far the key is padded, optional blocks that
//! nobody here knows, letters of the header that need not go together. Writing is strict. Every
//! defect of a block is one error, and nothing of the key is looked at before the MAC verified.

mod header;
mod optional;
mod protect;
mod read;
mod stated;
mod write;

pub use header::{Header, KeyAlgorithm, Version};
pub use optional::OptionalBlock;
pub use protect::ProtectionKeys;
pub use read::{KeyBlock, Side, data_key, read};
pub(in crate::payment) use stated::attributes;
pub use stated::stated;
pub use typex_core::key::payment::{Exportability, ModeOfUse, Usage};
pub use write::{Contents, Fill, Form, Writing, fill_bytes, write};
