//! The words that the slices can be made of, chosen at run time.

use std::fmt;
use std::sync::OnceLock;

use super::slice::{Slices, Word};
#[cfg(target_arch = "x86_64")]
use super::x86;

/// Calls a generic function with the first value of the path's word.
macro_rules! on_path {
    ($path:expr, $zero:ident => $call:expr) => {
        match $path.0 {
            #[cfg(target_arch = "x86_64")]
            crate::tdes::path::Words::Avx512($zero) => $call,
            #[cfg(target_arch = "x86_64")]
            crate::tdes::path::Words::Avx2($zero) => $call,
            crate::tdes::path::Words::Portable($zero) => $call,
        }
    };
}
pub(super) use on_path;

/// A width of slices that this machine is known to run.
///
/// A value exists only for instructions that were detected, so calling through it needs no
/// further check.
#[derive(Clone, Copy)]
pub struct Path(pub(super) Words);

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
        PATHS.get_or_init(|| detected().map(Path).collect())
    }

    /// `avx512`, `avx2` or `portable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Words::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Words::Avx2(_) => "avx2",
            Words::Portable(_) => "portable",
        }
    }

    /// Blocks that run side by side: 512, 256 or 64.
    #[must_use]
    pub fn lanes(self) -> usize {
        on_path!(self, zero => lanes_of(zero))
    }
}

fn lanes_of<W: Word>(_zero: W) -> usize {
    Slices::<W>::LANES
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

/// The word of a path, with a first value where that takes instructions to have.
#[derive(Clone, Copy)]
pub(super) enum Words {
    #[cfg(target_arch = "x86_64")]
    Avx512(x86::Zmm),
    #[cfg(target_arch = "x86_64")]
    Avx2(x86::Ymm),
    Portable(u64),
}

/// The words of this machine, widest first.
fn detected() -> impl Iterator<Item = Words> {
    #[cfg(target_arch = "x86_64")]
    let wide = [x86::Zmm::detected().map(Words::Avx512), x86::Ymm::detected().map(Words::Avx2)];
    #[cfg(not(target_arch = "x86_64"))]
    let wide = [None];
    wide.into_iter().flatten().chain([Words::Portable(0)])
}
