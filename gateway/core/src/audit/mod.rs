//! The audit log as pure values: what an entry says, how lines are chained, how the tree over
//! them is hashed, what a signed checkpoint looks like. The files are the store's business.
//!
//! Byte for byte in `docs/audit-log.md`.

pub mod chain;
pub mod checkpoint;
pub mod code;
pub mod entry;
pub mod fuzzing;
pub mod line;
pub mod merkle;
mod pan;
mod scan;
mod text;

pub use chain::{Chain, Head};
pub use checkpoint::{Checkpoint, SignedCheckpoint, VerifierKey};
pub use entry::{Detail, Entry, Logged, Operator, Phase, Template, TokenDetail, Verb};
pub use merkle::{Hash, Tree};
pub use pan::{PanHash, PanKey};
pub(crate) use text::civil;
