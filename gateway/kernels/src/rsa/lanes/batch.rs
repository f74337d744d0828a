//! The private operation on as many lanes as a vector has.

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use super::digits::{DIGIT, Digits};
use super::fault::{Place, strike};
use super::key::{HalfKey, LaneKey, Stored, StoredModulus};
use super::multiply::Modulus;
use super::number::Number;
use super::window::{self, Table};
use crate::limits::RSA_MODULUS_BYTES_MAX;
use crate::rsa::RsaError;

/// Fills a buffer with random bytes.
pub(super) type Random<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<(), RsaError>;

/// One operation of those that run side by side.
pub struct Lane<'a> {
    key: &'a LaneKey,
    input: &'a [u8],
    output: &'a mut [u8],
    confirmed: Choice,
}

impl<'a> Lane<'a> {
    /// `input ^ d mod n` for two buffers of the length of the modulus. Of other lengths, and of
    /// inputs that are not below the modulus, nothing comes but a fault.
    pub fn new(key: &'a LaneKey, input: &'a [u8], output: &'a mut [u8]) -> Self {
        Self { key, input, output, confirmed: Choice::from(0) }
    }

    /// Whether the result was confirmed.
    ///
    /// # Errors
    /// [`RsaError::Fault`], with the output cleared, if it was not.
    pub fn outcome(&self) -> Result<(), RsaError> {
        if self.confirmed.into() { Ok(()) } else { Err(RsaError::Fault) }
    }

    /// What lanes that run side by side have in common: modulus size and public exponent.
    pub(super) fn kind(&self) -> (usize, u64) {
        (self.key.modulus_len(), self.key.exponent)
    }

    /// Keeps the output if, raised to the public exponent, it is the input; clears it if not.
    fn confirm(&mut self, raised: &[u8]) {
        self.confirmed = raised.ct_eq(self.input);
        let keep = 0_u8.wrapping_sub(self.confirmed.unwrap_u8());
        self.output.iter_mut().for_each(|byte| *byte &= keep);
    }
}

/// The keys of all lanes.
struct Keys<V: Digits> {
    whole: Modulus<V>,
    /// R squared: the way into Montgomery form.
    square: Number<V>,
    /// One: the way out of it.
    unit: Number<V>,
    halves: [Half<V>; 2],
    exponent: u64,
}

/// One prime of all lanes.
struct Half<V: Digits> {
    modulus: Modulus<V>,
    one: Number<V>,
    unit: Number<V>,
    exponent: Number<V>,
    words: usize,
    join: Number<V>,
}

/// Runs the operations: at least one, at most as many as there are lanes, all of one kind. The
/// lanes that are left over repeat the first ones.
#[inline(always)]
pub(super) fn run<V: Digits>(
    zero: V,
    lanes: &mut [Lane<'_>],
    random: Random<'_>,
) -> Result<(), RsaError> {
    let blocks = lanes[0].key.blocks();
    let keys = Keys::new(zero, lanes);
    let inputs = lanes.iter().map(|lane| lane.input).cycle().take(V::LANES);
    let mut input = Number::of_bytes(zero, blocks, inputs);
    strike(Place::Input, &mut input);
    let (blinded, opening) = keys.blind(&input, random)?;
    let mut table = Table::zero(zero, blocks / 2);
    let mut joined = keys.halves[0].part(&blinded, &keys.whole, &mut table);
    joined.add(&keys.halves[1].part(&blinded, &keys.whole, &mut table));
    strike(Place::Joined, &mut joined);
    let mut result = product(&keys.whole, &joined, &opening);
    strike(Place::Result, &mut result);
    let mut result = keys.leave(&result);
    strike(Place::Released, &mut result);
    for (at, lane) in lanes.iter_mut().enumerate() {
        result.write_bytes(at, lane.output);
    }
    let outputs = lanes.iter().map(|lane| &*lane.output).cycle().take(V::LANES);
    let mut raised = keys.public(&Number::of_bytes(zero, blocks, outputs));
    for (at, lane) in lanes.iter_mut().enumerate() {
        let mut bytes = Zeroizing::new([0; RSA_MODULUS_BYTES_MAX]);
        let bytes = &mut bytes[..lane.key.modulus_len()];
        raised.write_bytes(at, bytes);
        lane.confirm(bytes);
    }
    Ok(())
}

fn product<V: Digits>(modulus: &Modulus<V>, one: &Number<V>, other: &Number<V>) -> Number<V> {
    let mut product = Number::zero(modulus.factor, modulus.digits.blocks().len());
    V::multiply(&mut product, one, other, modulus);
    product
}

impl<V: Digits> Keys<V> {
    #[inline(always)]
    fn new(zero: V, lanes: &[Lane<'_>]) -> Self {
        let (key, blocks) = (lanes[0].key, lanes[0].key.blocks());
        let mut whole = modulus(zero, lanes, |key| &key.modulus);
        strike(Place::Whole, &mut whole.digits);
        let mut square = stored(zero, blocks, lanes, |key| &key.square);
        strike(Place::Square, &mut square);
        let halves = [
            Half::new(zero, lanes, |key| &key.halves[0]),
            Half::new(zero, lanes, |key| &key.halves[1]),
        ];
        let unit = Number::small(zero, blocks, 1);
        Self { whole, square, unit, halves, exponent: key.exponent }
    }

    /// With a number s drawn for each lane: x s^e, and x s^(e-1), which takes the result of the
    /// exponent d - 1 to that of d without s.
    #[inline(always)]
    fn blind(
        &self,
        input: &Number<V>,
        random: Random<'_>,
    ) -> Result<(Number<V>, Number<V>), RsaError> {
        let mut drawn = Number::zero(self.whole.factor, input.blocks().len());
        let digits = V::lanes(drawn.digits_mut());
        let mut bytes = Zeroizing::new(vec![0; 8 * digits.len()]);
        random(&mut bytes)?;
        for (digit, bytes) in digits.iter_mut().zip(bytes.as_chunks().0) {
            *digit = u64::from_le_bytes(*bytes) & DIGIT;
        }
        let mut mask = product(&self.whole, &drawn, &self.square);
        strike(Place::Mask, &mut mask);
        let mut power = self.raise(&mask, self.exponent - 1);
        strike(Place::MaskPower, &mut power);
        let mut entered = product(&self.whole, input, &self.square);
        strike(Place::Entered, &mut entered);
        let mut opening = product(&self.whole, &entered, &power);
        strike(Place::Opening, &mut opening);
        let mut blinded = product(&self.whole, &opening, &mask);
        strike(Place::Blinded, &mut blinded);
        Ok((blinded, opening))
    }

    /// The public operation.
    #[inline(always)]
    fn public(&self, number: &Number<V>) -> Number<V> {
        let entered = product(&self.whole, number, &self.square);
        let mut raised = self.leave(&self.raise(&entered, self.exponent));
        strike(Place::Raised, &mut raised);
        raised
    }

    /// A power with a public exponent, at least 1, in Montgomery form.
    #[inline(always)]
    fn raise(&self, base: &Number<V>, exponent: u64) -> Number<V> {
        let (mut power, mut next) = (base.copy(), base.copy());
        for bit in (0..exponent.ilog2()).rev() {
            V::square(&mut next, &power, &self.whole);
            std::mem::swap(&mut power, &mut next);
            if exponent >> bit & 1 == 1 {
                V::multiply(&mut next, &power, base, &self.whole);
                std::mem::swap(&mut power, &mut next);
            }
        }
        power
    }

    /// The number that a Montgomery form stands for, below the modulus.
    #[inline(always)]
    fn leave(&self, number: &Number<V>) -> Number<V> {
        let mut plain = product(&self.whole, number, &self.unit);
        plain.subtract_once(&self.whole);
        plain
    }
}

impl<V: Digits> Half<V> {
    #[inline(always)]
    fn new(zero: V, lanes: &[Lane<'_>], of: impl Fn(&LaneKey) -> &HalfKey) -> Self {
        let blocks = lanes[0].key.blocks();
        let words = of(lanes[0].key).exponent.len();
        let mut half = Self {
            modulus: modulus(zero, lanes, |key| &of(key).modulus),
            one: stored(zero, blocks / 2, lanes, |key| &of(key).one),
            unit: Number::small(zero, blocks / 2, 1),
            exponent: stored(zero, blocks / 2, lanes, |key| &of(key).exponent),
            words,
            join: stored(zero, blocks, lanes, |key| &of(key).join),
        };
        strike(Place::Prime, &mut half.modulus.digits);
        strike(Place::One, &mut half.one);
        strike(Place::Exponent, &mut half.exponent);
        strike(Place::Join, &mut half.join);
        half
    }

    /// The power of a number in Montgomery form modulo n, as the part of it that this prime has
    /// in the power modulo n.
    #[inline(always)]
    fn part(&self, number: &Number<V>, whole: &Modulus<V>, table: &mut Table<V>) -> Number<V> {
        let blocks = self.one.blocks().len();
        // Modulo p, the low half divided by R' plus the high half is the number divided by R',
        // which makes one Montgomery form the other.
        let mut base = product(&self.modulus, &number.part(0, blocks), &self.unit);
        base.add(&number.part(blocks, blocks));
        strike(Place::Base, &mut base);
        let exponent = &self.exponent.digits()[..self.words];
        let mut power = window::power(&base, exponent, &self.one, &self.modulus, table);
        strike(Place::Power, &mut power);
        let mut part = product(whole, &power.part(0, 2 * blocks), &self.join);
        strike(Place::Part, &mut part);
        part
    }
}

#[inline(always)]
fn stored<V: Digits>(
    zero: V,
    blocks: usize,
    lanes: &[Lane<'_>],
    of: impl for<'k> Fn(&'k LaneKey) -> &'k Stored,
) -> Number<V> {
    let numbers = lanes.iter().map(|lane| of(lane.key).as_slice()).cycle().take(V::LANES);
    Number::of_digits(zero, blocks, numbers)
}

#[inline(always)]
fn modulus<V: Digits>(
    zero: V,
    lanes: &[Lane<'_>],
    of: impl for<'k> Fn(&'k LaneKey) -> &'k StoredModulus,
) -> Modulus<V> {
    let blocks = of(lanes[0].key).digits.len() / super::digits::SIDE;
    let mut factor = zero;
    let factors = lanes.iter().map(|lane| of(lane.key).factor).cycle();
    V::lanes(std::slice::from_mut(&mut factor)).iter_mut().zip(factors).for_each(|(to, f)| *to = f);
    let numbers = lanes.iter().map(|lane| of(lane.key).digits.as_slice()).cycle().take(V::LANES);
    Modulus { digits: Number::of_digits(zero, blocks, numbers), factor }
}
