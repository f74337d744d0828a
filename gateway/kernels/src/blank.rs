//! Places that keep nothing of what was in them.
//!
//! The unused bytes of a value, of a variant that is smaller than its neighbours or of an absent
//! one, hold whatever the stack held where it was made, and moving the value moves them too. A
//! table whose places are used again and again would collect such bytes for as long as it lives.

use std::sync::atomic::{Ordering, compiler_fence};

/// Takes what `place` holds and overwrites all of its bytes with zeros, those also that no value
/// uses.
#[inline]
pub fn take<T>(place: &mut Option<T>) -> Option<T> {
    let taken = place.take();
    // JUSTIFICATION: bytes of a variant that is not there cannot be named, so no assignment
    // reaches them.
    // SAFETY: the reference is valid for writes of its size; what it points at is `None`, which
    // owns nothing; a value is written before anyone reads the place.
    unsafe {
        std::ptr::write_bytes(std::ptr::from_mut(place), 0, 1);
        std::ptr::write(place, None);
    }
    compiler_fence(Ordering::SeqCst);
    taken
}
