//! The cipher over bit slices: word `n` of a slice holds bit `n` of every lane's block.
//!
//! Permutations, expansions and key schedules only name words, so they cost nothing or a copy. A
//! round is eight circuits between exclusive ors. No word is chosen by data.

use zeroize::optimization_barrier;

use super::key::sealed::Parts;

/// A machine word or vector of 64-bit elements, worked on bit by bit.
///
/// Where the operations need instructions that not every machine has, a first value comes from an
/// unsafe function only, so having a value is the proof that the instructions exist.
pub(super) trait Word: Copy {
    /// 64-bit elements in a word.
    const ELEMENTS: usize;

    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    /// This word without the bits of the other.
    fn sub(self, other: Self) -> Self;
    fn not(self) -> Self;
    /// Each element shifted towards its highest bit.
    fn up<const BITS: i32>(self) -> Self;
    /// Each element shifted towards its lowest bit.
    fn down<const BITS: i32>(self) -> Self;
    /// `value` in every element.
    fn splat(self, value: u64) -> Self;
    /// The elements of some words, in order.
    fn elements(words: &mut [Self]) -> &mut [u64];
    /// S-box `BOX`, from 0, of every lane.
    fn substitute<const BOX: usize>(input: [Self; 6]) -> [Self; 4];
    /// [`Slices::new`], compiled for the instructions of this word.
    fn blank(zero: Self, alone: bool) -> Slices<Self>;
    /// [`crypt`], compiled for the instructions of this word.
    fn crypt(slices: &mut Slices<Self>, order: Order);
}

/// A word with gates of three inputs.
#[cfg(any(target_arch = "x86_64", test))]
pub(super) trait Ternary: Word {
    /// The bit of `FUNCTION` that the three bits select, this word's as the highest.
    fn ternary<const FUNCTION: i32>(self, second: Self, third: Self) -> Self;
}

/// What each of the keys does, in the order of use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Triple DES: encrypt, decrypt, encrypt.
    Encrypt,
    /// The inverse.
    Decrypt,
    /// Single DES under the first key.
    EncryptFirst,
    /// The inverse.
    DecryptFirst,
}

impl Order {
    /// Which key, and whether it encrypts.
    fn stages(self) -> &'static [(usize, bool)] {
        match self {
            Order::Encrypt => &[(0, true), (1, false), (2, true)],
            Order::Decrypt => &[(2, false), (1, true), (0, false)],
            Order::EncryptFirst => &[(0, true)],
            Order::DecryptFirst => &[(0, false)],
        }
    }
}

/// One key of every lane: both halves of 28 bits, twice over, so that a rotated half is a window.
#[derive(Clone, Copy)]
struct Halves<W>([W; 56], [W; 56]);

/// Blocks and keys of all lanes.
#[repr(C, align(64))]
pub(super) struct Slices<W> {
    /// The blocks; transposed while the cipher runs.
    data: [W; 64],
    /// Keys as they are set, lane by lane.
    set: [[W; 64]; 3],
    /// Keys as the rounds use them.
    keys: [Halves<W>; 3],
    /// Where keys are transposed.
    scratch: [W; 64],
    /// Whether a key was set since `keys` was made.
    changed: bool,
    /// Whether a key was set that has a third part of its own.
    third: bool,
    /// Whether only the first lane is in use.
    alone: bool,
    left: [W; 32],
    right: [W; 32],
}

impl<W: Word> Slices<W> {
    /// Lanes side by side.
    pub(super) const LANES: usize = 64 * W::ELEMENTS;

    /// Lanes without keys and blocks; `alone` if only the first will be used.
    #[inline(always)]
    pub(super) fn new(zero: W, alone: bool) -> Self {
        Self {
            data: [zero; 64],
            set: [[zero; 64]; 3],
            keys: [Halves([zero; 56], [zero; 56]); 3],
            scratch: [zero; 64],
            changed: true,
            third: false,
            alone,
            left: [zero; 32],
            right: [zero; 32],
        }
    }

    /// The blocks of all lanes as big-endian numbers.
    #[inline(always)]
    pub(super) fn blocks(&mut self) -> &mut [u64] {
        W::elements(&mut self.data)
    }

    /// Gives a lane its key.
    #[inline(always)]
    pub(super) fn set_key<K: Parts>(&mut self, lane: usize, key: &K) {
        for (set, part) in self.set.iter_mut().zip(key.parts()) {
            W::elements(set)[lane] = *part;
        }
        self.third |= key.count() == 3;
        self.changed = true;
    }

    /// Clears keys and blocks.
    pub(super) fn wipe(&mut self) {
        let Self { data, set, keys, scratch, left, right, .. } = self;
        let halves = keys.each_mut().map(|Halves(one, two)| [&mut one[..], &mut two[..]]);
        let rest = [&mut data[..], set.as_flattened_mut(), scratch, left, right];
        for words in halves.into_iter().flatten().chain(rest) {
            W::elements(words).fill(0);
        }
        optimization_barrier(self);
    }
}

/// Runs the cipher on the block of every lane.
#[inline(always)]
pub(super) fn crypt<W: Word>(slices: &mut Slices<W>, order: Order) {
    let stages = order.stages();
    let Slices { data, set, keys, scratch, changed, third, alone, left, right } = slices;
    if *changed {
        let parts = if *third { 3 } else { stages.len().min(2) };
        for (keys, set) in keys.iter_mut().zip(set).take(parts) {
            *scratch = *set;
            spread(scratch, *alone);
            load_key(keys, scratch);
        }
        *changed = false;
    }
    spread(data, *alone);
    for at in 0..32 {
        left[at] = data[INITIAL[at]];
        right[at] = data[INITIAL[32 + at]];
    }
    // The final permutation of a stage and the initial one of the next cancel out; what stays of
    // them is that the halves change sides.
    let (mut one, mut two) = (left, right);
    for &(part, encrypts) in stages {
        let part = if *third { part } else { part % 2 };
        rounds(one, two, &keys[part], encrypts);
        (one, two) = (two, one);
    }
    for at in 0..32 {
        data[INITIAL[at]] = one[at];
        data[INITIAL[32 + at]] = two[at];
    }
    collect(data, *alone);
}

/// Sixteen rounds.
#[inline(always)]
fn rounds<W: Word>(left: &mut [W; 32], right: &mut [W; 32], keys: &Halves<W>, encrypts: bool) {
    for pair in 0..8 {
        let pair = if encrypts { 2 * pair } else { 15 - 2 * pair };
        let next = if encrypts { pair + 1 } else { pair - 1 };
        round(left, right, keys, ROTATION[pair]);
        round(right, left, keys, ROTATION[next]);
    }
}

/// `to` exclusive or the round function of `from`.
#[inline(always)]
fn round<W: Word>(to: &mut [W; 32], from: &[W; 32], keys: &Halves<W>, rotation: usize) {
    let (Some(left), Some(right)) =
        (keys.0[rotation..].first_chunk(), keys.1[rotation..].first_chunk())
    else {
        return;
    };
    substitute::<W, 0>(to, from, left);
    substitute::<W, 1>(to, from, left);
    substitute::<W, 2>(to, from, left);
    substitute::<W, 3>(to, from, left);
    substitute::<W, 4>(to, from, right);
    substitute::<W, 5>(to, from, right);
    substitute::<W, 6>(to, from, right);
    substitute::<W, 7>(to, from, right);
}

/// One S-box of a round: expansion, key, circuit, permutation. `key` is the rotated half that
/// this box takes its bits from.
#[inline(always)]
fn substitute<W: Word, const BOX: usize>(to: &mut [W; 32], from: &[W; 32], key: &[W; 28]) {
    let mut input = [from[0]; 6];
    for (at, input) in input.iter_mut().enumerate() {
        *input = from[(4 * BOX + at + 31) % 32].xor(key[CHOICE[6 * BOX + at] % 28]);
    }
    let output = W::substitute::<BOX>(input);
    for (at, bit) in output.into_iter().enumerate() {
        to[PERMUTED[4 * BOX + at]] = to[PERMUTED[4 * BOX + at]].xor(bit);
    }
}

/// Lays one key of every lane out for the rounds.
#[inline(always)]
fn load_key<W: Word>(keys: &mut Halves<W>, bits: &[W; 64]) {
    for at in 0..56 {
        keys.0[at] = bits[KEY[at % 28]];
        keys.1[at] = bits[KEY[28 + at % 28]];
    }
}

/// From a lane's block per element to a bit of every lane per word.
#[inline(always)]
fn spread<W: Word>(words: &mut [W; 64], alone: bool) {
    if !alone {
        return transpose(words);
    }
    let elements = W::elements(words);
    let block = elements[0];
    for (bit, element) in elements.iter_mut().step_by(W::ELEMENTS).enumerate() {
        *element = (block >> bit) & 1;
    }
}

/// The way back.
#[inline(always)]
fn collect<W: Word>(words: &mut [W; 64], alone: bool) {
    if !alone {
        return transpose(words);
    }
    let elements = W::elements(words);
    let bits = elements.iter().step_by(W::ELEMENTS).enumerate();
    elements[0] = bits.fold(0, |block, (bit, element)| block | (element & 1) << bit);
}

/// Exchanges bit `b` of element `e` in word `w` with bit `w` of element `e` in word `b`.
#[inline(always)]
fn transpose<W: Word>(words: &mut [W; 64]) {
    exchange::<W, 32>(words, 0x0000_0000_ffff_ffff);
    exchange::<W, 16>(words, 0x0000_ffff_0000_ffff);
    exchange::<W, 8>(words, 0x00ff_00ff_00ff_00ff);
    exchange::<W, 4>(words, 0x0f0f_0f0f_0f0f_0f0f);
    exchange::<W, 2>(words, 0x3333_3333_3333_3333);
    exchange::<W, 1>(words, 0x5555_5555_5555_5555);
}

/// Exchanges the upper fields of `STEP` bits with the lower fields of the word `STEP` further.
#[inline(always)]
fn exchange<W: Word, const STEP: i32>(words: &mut [W; 64], lower: u64) {
    let lower = words[0].splat(lower);
    for pair in words.chunks_exact_mut(2 * STEP as usize) {
        let (first, second) = pair.split_at_mut(STEP as usize);
        for (first, second) in first.iter_mut().zip(second) {
            let change = first.down::<STEP>().xor(*second).and(lower);
            *second = second.xor(change);
            *first = first.xor(change.up::<STEP>());
        }
    }
}

/// Total rotation of the key halves in each round; a full turn is none.
const ROTATION: [usize; 16] = [1, 2, 4, 6, 8, 10, 12, 14, 15, 17, 19, 21, 23, 25, 27, 0];

/// Numbers of FIPS 46-3, where bit 1 is the leftmost of `WIDTH`, as numbers of words.
const fn words<const N: usize>(bits: [u8; N], width: usize) -> [usize; N] {
    let (mut out, mut at) = ([0; N], 0);
    while at < N {
        out[at] = width - bits[at] as usize;
        at += 1;
    }
    out
}

/// IP.
#[rustfmt::skip]
const INITIAL: [usize; 64] = words([
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4,
    62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
    57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3,
    61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
], 64);

/// PC-1.
#[rustfmt::skip]
const KEY: [usize; 56] = words([
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3,
    60, 52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37,
    29, 21, 13, 5, 28, 20, 12, 4,
], 64);

/// PC-2, from 0: the first 24 are of the left half, the others of the right one.
#[rustfmt::skip]
const CHOICE: [usize; 48] = from_zero([
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
]);

/// P.
#[rustfmt::skip]
const PERMUTATION: [usize; 32] = from_zero([
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
    2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25,
]);

/// Where P puts each bit.
const PERMUTED: [usize; 32] = {
    let (mut out, mut at) = ([0; 32], 0);
    while at < 32 {
        out[PERMUTATION[at]] = at;
        at += 1;
    }
    out
};

/// Numbers that start at 1 as numbers that start at 0.
const fn from_zero<const N: usize>(bits: [u8; N]) -> [usize; N] {
    let (mut out, mut at) = ([0; N], 0);
    while at < N {
        out[at] = bits[at] as usize - 1;
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tdes::TdesKey;

    #[test]
    fn wipe_clears_every_word() {
        let mut slices = Slices::<u64>::new(0, false);
        let key = TdesKey::new(&[0xa5; 24]).unwrap();
        for lane in 0..Slices::<u64>::LANES {
            slices.set_key(lane, &key);
            slices.blocks()[lane] = 0x0123_4567_89ab_cdef;
        }
        u64::crypt(&mut slices, Order::Encrypt);
        assert!(
            slices
                .keys
                .iter()
                .all(|Halves(one, two)| one.iter().chain(two).any(|&word| word == u64::MAX))
        );
        slices.wipe();
        let Slices { data, set, keys, scratch, left, right, .. } = &slices;
        let keys = keys.iter().flat_map(|Halves(one, two)| one.iter().chain(two));
        let rest = data.iter().chain(set.as_flattened()).chain(scratch).chain(left).chain(right);
        assert!(keys.chain(rest).all(|&word| word == 0));
    }
}
