//! Where secrets end.

/// A value that the caller learns, by an answer or by an error: the only way from what is secret
/// to a branch, a length or an index.
///
/// With the feature `taint` it is marked as known, for runs in which memcheck reports every
/// other branch and index that depends on a secret (`docs/constant-time.md`).
#[inline(always)]
pub(crate) fn public<T: Copy>(value: T) -> T {
    #[cfg(feature = "taint")]
    let value = known(value);
    value
}

#[cfg(feature = "taint")]
fn known<T: Copy>(mut value: T) -> T {
    use crabgrind::memcheck::{MemState, mark_mem};
    let place = &raw mut value;
    // Outside valgrind there is nothing to mark.
    let _ = mark_mem(place.cast(), size_of::<T>(), MemState::Defined);
    value
}
