//! The vectors that the lanes can be made of, chosen at run time.

use std::fmt;
use std::sync::OnceLock;

use super::batch::Lane;
use super::digits::Digits;
use super::portable::Portable;
#[cfg(target_arch = "x86_64")]
use super::x86;
use super::{LANES, Operation, run_all};
use crate::rsa::RsaError;

/// A vector that this machine is known to run.
///
/// A value exists only for instructions that were detected, so calling through it needs no
/// further check.
#[derive(Clone, Copy)]
pub struct Path(Vectors);

/// The vector of a path: a first value.
#[derive(Clone, Copy)]
enum Vectors {
    #[cfg(target_arch = "x86_64")]
    Ifma(x86::Zmm),
    Portable(Portable<LANES>),
}

impl Path {
    /// The fastest path of this machine; looked up once.
    #[inline]
    #[must_use]
    pub fn detect() -> Path {
        Path::available()[0]
    }

    /// Every path of this machine, fastest first. The last one is the portable path, which is
    /// slower than one operation after the other: it is there to compare with.
    #[must_use]
    pub fn available() -> &'static [Path] {
        static PATHS: OnceLock<Vec<Path>> = OnceLock::new();
        PATHS.get_or_init(|| detected().map(Path).collect())
    }

    /// `ifma` or `portable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Vectors::Ifma(_) => "ifma",
            Vectors::Portable(_) => "portable",
        }
    }

    /// Whether operations that go together take less time than one after the other.
    pub(super) fn is_wide(self) -> bool {
        !matches!(self.0, Vectors::Portable(_))
    }

    /// As [`private_raw_many`](super::private_raw_many), on this path also where it is no faster.
    pub fn private_raw_many(self, operations: &mut [Operation<'_>]) {
        run_all(Some(self), operations);
    }

    /// Up to eight operations at once.
    ///
    /// # Errors
    /// [`RsaError::Inconsistent`] for none, for more than eight, and for keys of different sizes
    /// or public exponents; [`RsaError::Fault`] if there are no random numbers. Outputs are
    /// unchanged then.
    pub fn private_raw(self, lanes: &mut [Lane<'_>]) -> Result<(), RsaError> {
        let same = lanes.windows(2).all(|pair| pair[0].kind() == pair[1].kind());
        if !same || lanes.is_empty() || lanes.len() > LANES {
            return Err(RsaError::Inconsistent);
        }
        let random =
            &mut |bytes: &mut [u8]| aws_lc_rs::rand::fill(bytes).map_err(|_| RsaError::Fault);
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Vectors::Ifma(zero) => zero.run(lanes, random),
            Vectors::Portable(zero) => zero.run(lanes, random),
        }
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

/// The vectors of this machine, fastest first.
fn detected() -> impl Iterator<Item = Vectors> {
    #[cfg(target_arch = "x86_64")]
    let wide = x86::Zmm::detected().map(Vectors::Ifma);
    #[cfg(not(target_arch = "x86_64"))]
    let wide = None;
    wide.into_iter().chain([Vectors::Portable([0; LANES])])
}
