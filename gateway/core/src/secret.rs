//! Values that are wiped when dropped, never printed, and compared in constant time.

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

/// Owns secret bytes. There is no `Debug`, no `Display` and no `PartialEq`: a secret that reaches
/// a log line or a short-circuiting comparison does not compile.
///
/// ```
/// use typex_core::Secret;
/// let key = Secret::new([7u8; 16]);
/// assert!(bool::from(key.ct_eq(&[7u8; 16])));
/// ```
///
/// ```compile_fail
/// println!("{:?}", typex_core::Secret::new([7u8; 16]));
/// ```
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes ownership of `value`; copies of it elsewhere stay the caller's to wipe.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Borrows the value. Every call is a place to review.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Borrows the value for change in place.
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Zeroize + AsRef<[u8]>> Secret<T> {
    /// Compares with `other` in time that depends on the lengths only.
    pub fn ct_eq(&self, other: &[u8]) -> Choice {
        self.0.as_ref().ct_eq(other)
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// Words of stack that [`wipe_stack`] overwrites, 256 KiB, of the 2 MiB that a thread has: lanes
/// keep the expanded keys of a batch in their frames, and secrets were found 148 KiB deep.
const STACK_WORDS: usize = 32 * 1024;

/// Overwrites the stack below the caller, where calls that returned left copies of what they
/// moved. For threads that handled secrets and are about to wait; takes some microseconds.
#[inline(never)]
pub fn wipe_stack() {
    let mut below = [0_u64; STACK_WORDS];
    below.zeroize();
    std::hint::black_box(&below);
}
