//! The word of the portable path, which every machine has.

use super::circuits::boolean;
use super::slice::{self, Order, Slices, Word};

impl Word for u64 {
    const ELEMENTS: usize = 1;

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self & !other
    }

    #[inline(always)]
    fn not(self) -> Self {
        !self
    }

    #[inline(always)]
    fn up<const BITS: i32>(self) -> Self {
        self << BITS
    }

    #[inline(always)]
    fn down<const BITS: i32>(self) -> Self {
        self >> BITS
    }

    #[inline(always)]
    fn splat(self, value: u64) -> Self {
        value
    }

    #[inline(always)]
    fn elements(words: &mut [Self]) -> &mut [u64] {
        words
    }

    #[inline(always)]
    fn substitute<const BOX: usize>(input: [Self; 6]) -> [Self; 4] {
        boolean::substitute::<Self, BOX>(input)
    }

    fn blank(zero: Self, alone: bool) -> Slices<Self> {
        Slices::new(zero, alone)
    }

    #[inline(never)]
    fn crypt(slices: &mut Slices<Self>, order: Order) {
        slice::crypt(slices, order);
    }
}

/// Only tests run ternary gates without the instruction.
#[cfg(test)]
impl slice::Ternary for u64 {
    fn ternary<const FUNCTION: i32>(self, second: Self, third: Self) -> Self {
        let side = |word: u64, set: bool| if set { word } else { !word };
        (0..8).filter(|cell| FUNCTION >> cell & 1 == 1).fold(0, |out, cell| {
            let [one, two, three] = [4, 2, 1].map(|bit| cell & bit != 0);
            out | side(self, one) & side(second, two) & side(third, three)
        })
    }
}
