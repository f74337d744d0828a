//! Almost-Montgomery multiplication, every lane under its own modulus.
//!
//! With R = 2^(52 * digits), the product of two numbers is their product divided by R modulo the
//! modulus. "Almost": it is below `one * other / R + modulus` and not below the modulus. All
//! moduli leave at least 16 bits of their highest digit free, so that factors of a few times the
//! modulus give a product below twice the modulus, and nothing is ever subtracted in between.
//!
//! Digits of the product are formed in columns, least first, as with pencil and paper. A column of
//! the lower half also yields a digit of the quotient: the number that, times the modulus, makes
//! the column zero. Columns go in blocks of five, since the products of two blocks of digits need
//! two times five loads for 50 instructions.

use super::digits::{Block, DIGIT, DIGIT_BITS, Digits, SIDE};
use super::number::Number;

/// Columns that the products of two blocks fall into, less one: low and high halves are summed
/// apart, the high halves a column further up.
const COLUMNS: usize = 2 * SIDE - 1;

/// An odd number in every lane, to compute modulo.
pub(super) struct Modulus<V: Digits> {
    pub(super) digits: Number<V>,
    /// The negated inverse of the lowest digit modulo 2^52.
    pub(super) factor: V,
}

/// Sums of halves of products, in the columns of a block and of the next.
struct Sums<V> {
    low: [V; COLUMNS],
    /// One column up.
    high: [V; COLUMNS],
}

impl<V: Digits> Sums<V> {
    /// What earlier columns left in this block, nothing in the next.
    #[inline(always)]
    fn starting(left: Block<V>) -> Self {
        let zero = left[0].splat(0);
        let mut low = [zero; COLUMNS];
        low[..SIDE].copy_from_slice(&left);
        Self { low, high: [zero; COLUMNS] }
    }

    /// Adds the products of all pairs of digits.
    #[inline(always)]
    fn add(&mut self, one: &Block<V>, other: &Block<V>) {
        for (i, one) in one.iter().enumerate() {
            for (j, other) in other.iter().enumerate() {
                self.add_pair(i + j, *one, *other);
            }
        }
    }

    /// Adds the products of different digits of one block, each once.
    #[inline(always)]
    fn add_unequal(&mut self, block: &Block<V>) {
        for i in 0..SIDE {
            for j in i + 1..SIDE {
                self.add_pair(i + j, block[i], block[j]);
            }
        }
    }

    /// Adds the squares of the digits of a block that fall into this block of columns: those of
    /// its `lower` half, or the rest.
    #[inline(always)]
    fn add_squares(&mut self, block: &Block<V>, lower: bool) {
        let [first, second, middle, fourth, fifth] = *block;
        let (low, high) = (&mut self.low, &mut self.high);
        if lower {
            for (at, digit) in [(0, first), (2, second), (4, middle)] {
                low[at] = low[at].add_low(digit, digit);
            }
            for (at, digit) in [(0, first), (2, second)] {
                high[at] = high[at].add_high(digit, digit);
            }
        } else {
            low[0] = low[0].add_high(middle, middle);
            for (at, digit) in [(1, fourth), (3, fifth)] {
                low[at] = low[at].add_low(digit, digit);
                high[at] = high[at].add_high(digit, digit);
            }
        }
    }

    #[inline(always)]
    fn add_pair(&mut self, column: usize, one: V, other: V) {
        self.low[column] = self.low[column].add_low(one, other);
        self.high[column] = self.high[column].add_high(one, other);
    }

    /// The columns of the block.
    #[inline(always)]
    fn block(&self) -> Block<V> {
        let mut block = [self.low[0]; SIDE];
        for (k, sum) in block.iter_mut().enumerate().skip(1) {
            *sum = self.low[k].plus(self.high[k - 1]);
        }
        block
    }

    /// The columns of the next block.
    #[inline(always)]
    fn left(&self) -> Block<V> {
        let mut left = [self.high[COLUMNS - 1]; SIDE];
        for (k, sum) in left.iter_mut().enumerate().take(SIDE - 1) {
            *sum = self.low[SIDE + k].plus(self.high[SIDE + k - 1]);
        }
        left
    }

    /// Adds the multiple of the modulus that makes the columns of the block zero. Gives the digits
    /// of the quotient, and the columns of the next block.
    #[inline(always)]
    fn cancel(mut self, modulus: &Modulus<V>) -> (Block<V>, Block<V>) {
        let digits = &modulus.digits.blocks()[0];
        let zero = modulus.factor.splat(0);
        let mut sums = self.block();
        let mut quotient = [zero; SIDE];
        let mut carry = zero;
        for k in 0..SIDE {
            // Of the sum and what is added, the low bits are zero together: they carry one unless
            // both are zero.
            let sum = sums[k];
            quotient[k] = zero.add_low(sum, modulus.factor);
            carry = sum.plus(zero.splat(DIGIT)).down(DIGIT_BITS);
            let up = carry.add_high(quotient[k], digits[0]);
            if k + 1 < SIDE {
                sums[k + 1] = sums[k + 1].add_low(quotient[k], digits[1]).plus(up);
            }
            for j in 1..SIDE {
                let above = k + j + 1;
                if k + j >= SIDE {
                    self.low[k + j] = self.low[k + j].add_low(quotient[k], digits[j]);
                } else if j > 1 {
                    sums[k + j] = sums[k + j].add_low(quotient[k], digits[j]);
                }
                if above < SIDE {
                    sums[above] = sums[above].add_high(quotient[k], digits[j]);
                } else {
                    self.high[k + j] = self.high[k + j].add_high(quotient[k], digits[j]);
                }
            }
            carry = up;
        }
        let mut left = self.left();
        left[0] = left[0].plus(carry);
        (quotient, left)
    }

    /// The digits of the block, given what is carried into it; and what is carried out.
    #[inline(always)]
    fn digits(&self, mut carry: V) -> (Block<V>, V) {
        let mut digits = self.block();
        for digit in &mut digits {
            let sum = digit.plus(carry);
            *digit = sum.and(sum.splat(DIGIT));
            carry = sum.down(DIGIT_BITS);
        }
        (digits, carry)
    }
}

/// Products by columns.
trait Products<V> {
    /// Adds what belongs to a block of columns. Asked for all blocks in order.
    fn add(&mut self, column: usize, sums: &mut Sums<V>);
}

/// Of two numbers.
struct Different<'a, V>(&'a [Block<V>], &'a [Block<V>]);

impl<V: Digits> Products<V> for Different<'_, V> {
    #[inline(always)]
    fn add(&mut self, column: usize, sums: &mut Sums<V>) {
        let Self(one, other) = *self;
        let first = (column + 1).saturating_sub(one.len());
        let end = one.len().min(column + 1);
        for (one, other) in one[first..end].iter().zip(other[first..end].iter().rev()) {
            sums.add(one, other);
        }
    }
}

/// Of a number and itself: products of different digits are formed once and doubled.
struct Equal<'a, V> {
    number: &'a [Block<V>],
    /// Undoubled sums of the block that comes next.
    left: Block<V>,
}

impl<V: Digits> Products<V> for Equal<'_, V> {
    #[inline(always)]
    fn add(&mut self, column: usize, sums: &mut Sums<V>) {
        let number = self.number;
        let first = (column + 1).saturating_sub(number.len());
        let (below, above) = (&number[first..column.div_ceil(2)], &number[column / 2 + 1..]);
        let mut once = Sums::starting(self.left);
        for (one, other) in below.iter().zip(above[..below.len()].iter().rev()) {
            once.add(one, other);
        }
        let middle = &number[column / 2];
        if column.is_multiple_of(2) {
            once.add_unequal(middle);
        }
        self.left = once.left();
        for (sum, once) in sums.low.iter_mut().zip(once.block()) {
            *sum = sum.plus(once).plus(once);
        }
        sums.add_squares(middle, column.is_multiple_of(2));
    }
}

/// The product. Factors and result may be larger than the modulus, see the module.
#[inline(always)]
pub(super) fn multiply<V: Digits>(
    out: &mut Number<V>,
    one: &Number<V>,
    other: &Number<V>,
    modulus: &Modulus<V>,
) {
    reduced(out, modulus, Different(one.blocks(), other.blocks()));
}

/// The product of a number and itself.
#[inline(always)]
pub(super) fn square<V: Digits>(out: &mut Number<V>, number: &Number<V>, modulus: &Modulus<V>) {
    let left = [modulus.factor.splat(0); SIDE];
    reduced(out, modulus, Equal { number: number.blocks(), left });
}

/// The sums of all columns, divided by R.
#[inline(always)]
fn reduced<V: Digits>(out: &mut Number<V>, modulus: &Modulus<V>, mut products: impl Products<V>) {
    let digits = modulus.digits.blocks();
    let count = digits.len();
    let out = &mut out.blocks_mut()[..count];
    let zero = modulus.factor.splat(0);
    let mut left = [zero; SIDE];
    // The quotient is kept where the result will be: a block of it is used for the last time in
    // the columns before those that give this block of the result.
    for column in 0..count {
        let mut sums = Sums::starting(left);
        products.add(column, &mut sums);
        for (quotient, digits) in out[..column].iter().zip(digits[1..=column].iter().rev()) {
            sums.add(quotient, digits);
        }
        (out[column], left) = sums.cancel(modulus);
    }
    let mut carry = zero;
    for column in 0..count {
        let mut sums = Sums::starting(left);
        products.add(count + column, &mut sums);
        let rest = out[column + 1..].iter().zip(digits[column + 1..].iter().rev());
        for (quotient, digits) in rest {
            sums.add(quotient, digits);
        }
        left = sums.left();
        (out[column], carry) = sums.digits(carry);
    }
}
