//! Powers with secret exponents: fixed windows, every entry of the table read for each.

use zeroize::optimization_barrier;

use super::digits::{Block, Digits, SIDE};
use super::fault::{Place, strike};
use super::multiply::Modulus;
use super::number::Number;

/// Bits of the exponent that are worked off together. With five, the multiplications that are saved
/// cost less than reading a table of twice the size, which the first cache does not hold.
const WINDOW_BITS: usize = 4;

/// Windows of a word, whole ones.
const WORD_WINDOWS: usize = 64 / WINDOW_BITS;

/// Powers in the table: all that a window can ask for.
pub(super) const ENTRIES: usize = 1 << WINDOW_BITS;

/// One block of digits of every entry, so that reading all of them is walking through memory.
pub(super) type Row<V> = [Block<V>; ENTRIES];

/// The powers of a base; cleared when dropped.
pub(super) struct Table<V: Digits>(Vec<Row<V>>);

impl<V: Digits> Table<V> {
    pub(super) fn zero(zero: V, blocks: usize) -> Self {
        Self(vec![[[zero; SIDE]; ENTRIES]; blocks])
    }

    fn set(&mut self, entry: usize, number: &Number<V>) {
        self.0.iter_mut().zip(number.blocks()).for_each(|(row, block)| row[entry] = *block);
    }

    /// Sets all entries; `one` and the base are in Montgomery form.
    fn fill(&mut self, one: &Number<V>, base: &Number<V>, modulus: &Modulus<V>) {
        let mut number = base.copy();
        let mut next = base.copy();
        self.set(0, one);
        self.set(1, base);
        for entry in 2..ENTRIES {
            V::multiply(&mut next, &number, base, modulus);
            std::mem::swap(&mut number, &mut next);
            self.set(entry, &number);
        }
    }
}

impl<V: Digits> Drop for Table<V> {
    fn drop(&mut self) {
        let Some(zero) = self.0.first().map(|row| row[0][0].splat(0)) else { return };
        self.0.fill([[zero; SIDE]; ENTRIES]);
        optimization_barrier(self.0.as_slice());
    }
}

/// The entry whose number is in `index`, in each lane its own. All entries are read.
#[inline(always)]
pub(super) fn choose<V: Digits>(out: &mut Number<V>, table: &[Row<V>], index: V) {
    let one = index.splat(1);
    for (out, row) in out.blocks_mut().iter_mut().zip(table) {
        let mut chosen = row[0];
        let mut entry = one;
        for block in &row[1..] {
            for k in 0..SIDE {
                chosen[k] = chosen[k].choose(block[k], index, entry);
            }
            entry = entry.plus(one);
        }
        *out = chosen;
    }
}

/// `base` to the power that each lane's words are, least first, in Montgomery form.
#[inline(always)]
pub(super) fn power<V: Digits>(
    base: &Number<V>,
    exponent: &[V],
    one: &Number<V>,
    modulus: &Modulus<V>,
    table: &mut Table<V>,
) -> Number<V> {
    table.fill(one, base, modulus);
    let windows = WORD_WINDOWS * exponent.len();
    let blocks = base.blocks().len();
    let zero = modulus.factor;
    let (mut power, mut next) = (Number::zero(zero, blocks), Number::zero(zero, blocks));
    let mut entry = Number::zero(zero, blocks);
    V::choose_entry(&mut power, &table.0, window(exponent, windows - 1));
    for at in (0..windows - 1).rev() {
        for _ in 0..WINDOW_BITS {
            V::square(&mut next, &power, modulus);
            std::mem::swap(&mut power, &mut next);
        }
        strike(Place::Squared, &mut power);
        V::choose_entry(&mut entry, &table.0, window(exponent, at));
        strike(Place::Chosen, &mut entry);
        V::multiply(&mut next, &power, &entry, modulus);
        std::mem::swap(&mut power, &mut next);
    }
    power
}

/// The bits of a window. Where they are depends on its number only.
#[inline(always)]
fn window<V: Digits>(exponent: &[V], at: usize) -> V {
    let (word, bit) = (at / WORD_WINDOWS, at % WORD_WINDOWS * WINDOW_BITS);
    let bits = exponent[word].down(bit as u32);
    bits.and(bits.splat(ENTRIES as u64 - 1))
}
