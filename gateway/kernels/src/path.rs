//! The instruction sets that the lanes can run on, chosen at run time.

use std::fmt;
use std::sync::OnceLock;

use crate::vector::{self, Functions};

/// A set of vector functions that this machine is known to run.
///
/// A value exists only for instructions that were detected, so calling through it needs no
/// further check.
#[derive(Clone, Copy)]
pub struct Path(pub(crate) &'static Functions);

impl Path {
    /// The fastest path of this machine; looked up once.
    #[inline]
    #[must_use]
    pub fn detect() -> Path {
        Path::available()[0]
    }

    /// Every path of this machine, fastest first. The last one is the portable path.
    #[must_use]
    pub fn available() -> &'static [Path] {
        static PATHS: OnceLock<Vec<Path>> = OnceLock::new();
        PATHS.get_or_init(|| vector::detected().map(Path).collect())
    }

    /// `vaes512`, `vaes256`, `aesni` or `portable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Path {}

impl fmt::Debug for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Path").field(&self.name()).finish()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
