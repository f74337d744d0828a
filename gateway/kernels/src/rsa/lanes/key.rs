//! What the lanes keep of a private key: its CRT half, and constants of Montgomery's arithmetic.

use zeroize::{Zeroize, Zeroizing};

use super::digits::{DIGIT, DIGIT_BITS, Digits, SIDE};
use super::multiply::Modulus;
use super::number::Number;
use crate::rsa::{CrtParts, RsaPublic};

/// The vector of one lane, in which the constants are made.
type One = [u64; 1];

/// A number's digits, least first.
pub(super) type Stored = Zeroizing<Vec<u64>>;

/// A modulus and what multiplication by it needs.
pub(super) struct StoredModulus {
    pub(super) digits: Stored,
    /// The negated inverse of the lowest digit.
    pub(super) factor: u64,
}

impl Drop for StoredModulus {
    fn drop(&mut self) {
        self.factor.zeroize();
    }
}

/// One prime.
pub(super) struct HalfKey {
    pub(super) modulus: StoredModulus,
    /// One in Montgomery form.
    pub(super) one: Stored,
    /// The exponent of this half less one, in words of 64 bits.
    pub(super) exponent: Stored,
    /// Takes a result modulo this prime, in Montgomery form for it, to the number modulo n that
    /// is the same for this prime and zero for the other, in Montgomery form for n.
    pub(super) join: Stored,
}

/// A private key as the lanes need it: 2048, 3072 or 4096 bits with primes of half the size.
///
/// Cleared when dropped. Made without a branch or an index by anything secret.
pub struct LaneKey {
    pub(super) modulus: StoredModulus,
    /// R squared modulo n: the way into Montgomery form.
    pub(super) square: Stored,
    pub(super) halves: [HalfKey; 2],
    /// The public exponent.
    pub(super) exponent: u64,
    bytes: usize,
}

impl LaneKey {
    /// A key from parts that are known to agree: n = p q, e dP = 1 modulo p - 1 and so on, which
    /// is not checked here. A key that does not agree fails its operations. `None` for sizes that
    /// the lanes do not take.
    #[must_use]
    pub fn new(public: &RsaPublic, parts: &CrtParts<'_>) -> Option<Self> {
        let bytes = public.modulus_len();
        let sized = matches!(bytes, 256 | 384 | 512) && public.modulus()[0] >= 0x80;
        let half = bytes / 2;
        // Two numbers of so many bytes whose product has its highest bit have theirs.
        let even = parts.p.len() == half && parts.q.len() == half;
        let rest = [parts.dp, parts.dq, parts.q_inv];
        if !sized || !even || rest.iter().any(|part| part.len() > half) {
            return None;
        }
        let mut exponent = [0; 8];
        exponent.iter_mut().rev().zip(public.exponent().iter().rev()).for_each(|(to, e)| *to = *e);
        let blocks = 2 * blocks_of_half(half);
        let whole = modulus(public.modulus(), blocks);
        let mut square = square(&whole, &mut one(&whole, bytes));
        let [join_p, join_q] = &mut joins(&whole, &square, parts);
        Some(Self {
            halves: [
                HalfKey::new(parts.p, parts.dp, join_p),
                HalfKey::new(parts.q, parts.dq, join_q),
            ],
            square: square.first_lane(),
            modulus: whole.into(),
            exponent: u64::from_be_bytes(exponent),
            bytes,
        })
    }

    /// Bytes of the modulus.
    #[must_use]
    pub fn modulus_len(&self) -> usize {
        self.bytes
    }

    /// Blocks of digits of the modulus: twice those of a prime.
    pub(super) fn blocks(&self) -> usize {
        self.modulus.digits.len() / SIDE
    }
}

impl HalfKey {
    fn new(prime: &[u8], exponent: &[u8], join: &mut Number<One>) -> Self {
        let modulus = modulus(prime, blocks_of_half(prime.len()));
        let mut words = Zeroizing::new(vec![0; prime.len() / 8]);
        for (word, bytes) in words.iter_mut().zip(exponent.rchunks(8)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        // It is odd, since its product with e is one more than a multiple of p - 1.
        words[0] &= !1;
        let one = one(&modulus, prime.len()).first_lane();
        Self { modulus: modulus.into(), one, exponent: words, join: join.first_lane() }
    }
}

impl From<Modulus<One>> for StoredModulus {
    fn from(mut modulus: Modulus<One>) -> Self {
        Self { digits: modulus.digits.first_lane(), factor: modulus.factor[0] }
    }
}

/// Blocks of digits for a prime of so many bytes, at least 16 bits of the last digit free.
fn blocks_of_half(bytes: usize) -> usize {
    (8 * bytes + 16).div_ceil(SIDE * DIGIT_BITS as usize)
}

fn number(bytes: &[u8], blocks: usize) -> Number<One> {
    Number::of_bytes([0], blocks, std::iter::once(bytes))
}

fn modulus(bytes: &[u8], blocks: usize) -> Modulus<One> {
    let digits = number(bytes, blocks);
    let lowest = digits.digits()[0][0];
    // Each step doubles the bits that are right: an odd number is its own inverse modulo 8.
    let inverse = (0..5).fold(lowest, |inverse, _| {
        inverse.wrapping_mul(2_u64.wrapping_sub(lowest.wrapping_mul(inverse)))
    });
    Modulus { digits, factor: [inverse.wrapping_neg() & DIGIT] }
}

/// Twice the number, modulo a number that has a bit to spare.
fn double(number: &mut Number<One>, modulus: &Modulus<One>) {
    let copy = number.copy();
    number.add(&copy);
    number.subtract_once(modulus);
}

/// R modulo a number of so many bytes, all of which it has.
fn one(modulus: &Modulus<One>, bytes: usize) -> Number<One> {
    let (digits, bit) = (modulus.digits.digits().len(), 8 * bytes - 1);
    let mut one = Number::zero([0], digits / SIDE);
    one.digits_mut()[bit / DIGIT_BITS as usize] = [1 << (bit % DIGIT_BITS as usize)];
    (bit..digits * DIGIT_BITS as usize).for_each(|_| double(&mut one, modulus));
    one
}

/// R squared, from R: it is 2^(52 * digits) in Montgomery form.
fn square(modulus: &Modulus<One>, one: &mut Number<One>) -> Number<One> {
    let power = modulus.digits.digits().len() * DIGIT_BITS as usize;
    let doublings = power >> power.trailing_zeros();
    (0..doublings).for_each(|_| double(one, modulus));
    let mut square = one.copy();
    for _ in 0..power.trailing_zeros() {
        One::square(&mut square, &one.copy(), modulus);
        one.digits_mut().copy_from_slice(square.digits());
    }
    square.subtract_once(modulus);
    square
}

/// What takes results modulo p and q to their part modulo n, see [`HalfKey::join`].
///
/// With c = q (1/q mod p), which is 1 modulo p and 0 modulo q, and R' for a prime's R, whose square
/// is R: for p it is c R'^3, since a multiplication takes away R'^2 and the Montgomery form of n
/// has R' more than that of p. For q it is (1 - c) R'^3.
fn joins(whole: &Modulus<One>, square: &Number<One>, parts: &CrtParts<'_>) -> [Number<One>; 2] {
    let blocks = whole.digits.blocks().len();
    let times = |one: &Number<One>, other: &Number<One>| {
        let mut product = Number::zero([0], blocks);
        One::multiply(&mut product, one, other, whole);
        product
    };
    let mut root = Number::zero([0], blocks);
    root.blocks_mut()[blocks / 2][0] = [1];
    let mut first = times(&number(parts.q, blocks), &number(parts.q_inv, blocks));
    for _ in 0..3 {
        first = times(&first, square);
    }
    first = times(&first, &root);
    first.subtract_once(whole);
    let mut cube = times(square, &root);
    cube.subtract_once(whole);
    let mut second = whole.digits.copy();
    second.subtract(&first);
    second.add(&cube);
    second.subtract_once(whole);
    [first, second]
}
