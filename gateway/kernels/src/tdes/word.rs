//! The word of the portable path.

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
    fn up<const BITS: u32>(self) -> Self {
        self << BITS
    }

    #[inline(always)]
    fn down<const BITS: u32>(self) -> Self {
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

    #[inline(never)]
    fn crypt(slices: &mut Slices<Self>, order: Order) {
        slice::crypt(slices, order);
    }
}
