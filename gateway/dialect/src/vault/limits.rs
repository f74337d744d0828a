//! Bounds of this dialect alone, with their reasons.

/// Parts of a path: the longest that is served has six, and a mount may have a few of its own.
pub(super) const PARTS_MAX: usize = 16;

/// Characters of what a client wants to find again beside an answer of a batch: an identity of its
/// own.
// spec: vault 5.4
pub(super) const REFERENCE_CHARS_MAX: usize = 256;

/// Longest tenant that a client names: an identity of ours has 32 characters.
pub(super) const TENANT_CHARS_MAX: usize = 64;
