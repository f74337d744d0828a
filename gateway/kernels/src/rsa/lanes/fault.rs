//! Where tests flip bits, to see that no wrong result leaves.

use super::digits::Digits;
use super::number::Number;

/// Declares the numbers of the private operation, and a list of them for tests.
macro_rules! places {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A number of the private operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Place {
            $($(#[$doc])* $name,)*
        }

        #[cfg(test)]
        impl Place {
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

places! {
    /// The input, after it was read.
    Input,
    /// The modulus.
    Whole,
    /// The way into Montgomery form.
    Square,
    /// A prime.
    Prime,
    /// One in Montgomery form for a prime.
    One,
    /// The exponent of a half.
    Exponent,
    /// What takes a half's result to its part.
    Join,
    /// The number drawn for blinding.
    Mask,
    /// Its power.
    MaskPower,
    /// The input in Montgomery form.
    Entered,
    /// What takes the blinding away.
    Opening,
    /// The blinded input.
    Blinded,
    /// The blinded input modulo a prime.
    Base,
    /// Its power after the squarings of a window.
    Squared,
    /// The entry of the table that a window asks for.
    Chosen,
    /// Its power.
    Power,
    /// The part of a half.
    Part,
    /// The sum of both parts.
    Joined,
    /// The result in Montgomery form.
    Result,
    /// The result.
    Released,
    /// The result raised to the public exponent.
    Raised,
}

#[cfg(not(test))]
#[inline(always)]
pub(super) fn strike<V: Digits>(_place: Place, _number: &mut Number<V>) {}

#[cfg(test)]
pub(super) use test::strike;

#[cfg(test)]
pub(super) mod test {
    use std::cell::Cell;

    use super::*;

    /// A bit of a number in a lane.
    #[derive(Clone, Copy, Debug)]
    pub(in crate::rsa::lanes) struct Strike {
        pub(in crate::rsa::lanes) place: Place,
        /// How often the place is passed before.
        pub(in crate::rsa::lanes) after: usize,
        pub(in crate::rsa::lanes) digit: usize,
        pub(in crate::rsa::lanes) lane: usize,
        pub(in crate::rsa::lanes) bit: u32,
    }

    thread_local! {
        static AIM: Cell<Option<Strike>> = const { Cell::new(None) };
    }

    /// Flips the bit in what this thread does next. Tells with [`missed`] whether it came to that.
    pub(in crate::rsa::lanes) fn aim(strike: Strike) {
        AIM.set(Some(strike));
    }

    /// Whether the bit has not been flipped; nothing is aimed at any more.
    pub(in crate::rsa::lanes) fn missed() -> bool {
        AIM.take().is_some()
    }

    pub(in crate::rsa::lanes) fn strike<V: Digits>(place: Place, number: &mut Number<V>) {
        let Some(mut aim) = AIM.get().filter(|aim| aim.place == place) else { return };
        if aim.after > 0 {
            aim.after -= 1;
            return AIM.set(Some(aim));
        }
        AIM.set(None);
        let digits = number.digits_mut();
        let count = digits.len();
        let vector = &mut digits[aim.digit % count];
        V::lanes(std::slice::from_mut(vector))[aim.lane] ^= 1 << aim.bit;
    }
}
