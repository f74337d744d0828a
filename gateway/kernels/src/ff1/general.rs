//! Any radix, any length: one string at a time.

use zeroize::Zeroizing;

use super::number::LIMBS_MAX;
use super::{Ff1Error, ROUNDS, Shape, first_block};
use crate::limits::{FF1_NUMERALS_MAX, FF1_TWEAK_BYTES_MAX};
use crate::{BLOCK, Block, Path, RoundKeys};

/// Blocks of the longest tweak, of the number of the round and of a half.
const TAIL_BLOCKS_MAX: usize = FF1_NUMERALS_MAX / BLOCK + 2;

/// Encrypts a string of numerals in place.
///
/// Every numeral must be below the radix. It is not looked at here, since where that shows in the
/// time is for the caller to decide; of others the result is a string of no meaning.
///
/// # Errors
/// [`Ff1Error::Length`] for a string that is not of the shape, [`Ff1Error::TweakLength`] above
/// [`FF1_TWEAK_BYTES_MAX`] bytes; the string is then unchanged.
pub fn encrypt(
    keys: &RoundKeys,
    shape: &Shape,
    tweak: &[u8],
    numerals: &mut [u16],
) -> Result<(), Ff1Error> {
    Path::detect().ff1_encrypt(keys, shape, tweak, numerals)
}

/// Decrypts a string of numerals in place; see [`encrypt`].
///
/// # Errors
/// Those of [`encrypt`].
pub fn decrypt(
    keys: &RoundKeys,
    shape: &Shape,
    tweak: &[u8],
    numerals: &mut [u16],
) -> Result<(), Ff1Error> {
    Path::detect().ff1_decrypt(keys, shape, tweak, numerals)
}

impl Path {
    /// [`encrypt`] on this path.
    ///
    /// # Errors
    /// Those of [`encrypt`].
    pub fn ff1_encrypt(
        self,
        keys: &RoundKeys,
        shape: &Shape,
        tweak: &[u8],
        numerals: &mut [u16],
    ) -> Result<(), Ff1Error> {
        let mut rounds = Rounds::new(self, keys, shape, tweak, numerals.len())?;
        (0..ROUNDS).for_each(|round| rounds.apply(round, numerals, false));
        Ok(())
    }

    /// [`decrypt`] on this path.
    ///
    /// # Errors
    /// Those of [`encrypt`].
    pub fn ff1_decrypt(
        self,
        keys: &RoundKeys,
        shape: &Shape,
        tweak: &[u8],
        numerals: &mut [u16],
    ) -> Result<(), Ff1Error> {
        let mut rounds = Rounds::new(self, keys, shape, tweak, numerals.len())?;
        (0..ROUNDS).rev().for_each(|round| rounds.apply(round, numerals, true));
        Ok(())
    }
}

/// What the rounds of one string have in common.
struct Rounds<'a> {
    path: Path,
    keys: &'a RoundKeys,
    shape: &'a Shape,
    /// The CBC-MAC of all blocks that are the same in every round.
    chain: Zeroizing<Block>,
    /// The end of the tweak and zeros, up to the number of the round.
    head: Zeroizing<Block>,
    /// Where the number of the round is.
    at: usize,
    /// Blocks that differ from round to round.
    blocks: usize,
    limbs: Zeroizing<[u32; LIMBS_MAX]>,
    data: Zeroizing<[Block; TAIL_BLOCKS_MAX]>,
}

impl<'a> Rounds<'a> {
    fn new(
        path: Path,
        keys: &'a RoundKeys,
        shape: &'a Shape,
        tweak: &[u8],
        length: usize,
    ) -> Result<Self, Ff1Error> {
        if length != shape.length() {
            return Err(Ff1Error::Length);
        }
        if tweak.len() > FF1_TWEAK_BYTES_MAX {
            return Err(Ff1Error::TweakLength);
        }
        // Step 6i: tweak and zeros end where the round number and the half fill the last block.
        let total = (tweak.len() + 1 + shape.bytes).next_multiple_of(BLOCK);
        let before = total - 1 - shape.bytes;
        let (fixed, at) = (before / BLOCK, before % BLOCK);
        let mut padded = Zeroizing::new([0; FF1_TWEAK_BYTES_MAX + BLOCK]);
        padded[..tweak.len()].copy_from_slice(tweak);
        let mut chain = Zeroizing::new([0; BLOCK]);
        let first = first_block(shape.radix(), length, tweak.len());
        for block in std::iter::once(&first).chain(&padded.as_chunks().0[..fixed]) {
            let mut data = Zeroizing::new([*block]);
            path.0.cbc_encrypt(keys, &chain, &mut *data);
            *chain = data[0];
        }
        let mut head = Zeroizing::new([0; BLOCK]);
        head[..at].copy_from_slice(&padded[fixed * BLOCK..before]);
        let blocks = (total - fixed * BLOCK) / BLOCK;
        let limbs = Zeroizing::new([0; LIMBS_MAX]);
        let data = Zeroizing::new([[0; BLOCK]; TAIL_BLOCKS_MAX]);
        Ok(Self { path, keys, shape, chain, head, at, blocks, limbs, data })
    }

    /// Changes the half whose turn it is by what the other one gives: the halves need not change
    /// places.
    fn apply(&mut self, round: u8, numerals: &mut [u16], takes_away: bool) {
        let (left, right) = numerals.split_at_mut(self.shape.left());
        let (target, source) = if round.is_multiple_of(2) { (left, right) } else { (right, left) };
        self.put(round, source);
        let blocks = &mut self.data[..self.blocks];
        self.path.0.cbc_encrypt(self.keys, &self.chain, blocks);
        self.spread();
        let limbs = &mut self.limbs[..self.shape.mask_bytes() / 4];
        for (limb, bytes) in limbs.iter_mut().rev().zip(self.data.as_flattened().as_chunks().0) {
            *limb = u32::from_be_bytes(*bytes);
        }
        self.shape.radix.add(target, limbs, takes_away);
    }

    /// Step 6i: the round number and the number of a half.
    fn put(&mut self, round: u8, source: &[u16]) {
        let limbs = &mut self.limbs[..self.shape.bytes.div_ceil(4)];
        self.shape.radix.number(source, limbs);
        self.data[0] = *self.head;
        let bytes = &mut self.data[..self.blocks].as_flattened_mut()[self.at..];
        let Some((first, bytes)) = bytes.split_first_mut() else { return };
        *first = round;
        for (limb, place) in limbs.iter().zip(bytes.rchunks_mut(4)) {
            place.iter_mut().rev().zip(limb.to_le_bytes()).for_each(|(byte, own)| *byte = own);
        }
    }

    /// Step 6iii: the last block, and if more is needed, it under the cipher once more with
    /// another number each time.
    fn spread(&mut self) {
        self.data[0] = self.data[self.blocks - 1];
        let last = u128::from_be_bytes(self.data[0]);
        let more = &mut self.data[1..self.shape.mask_bytes().div_ceil(BLOCK)];
        if more.is_empty() {
            return;
        }
        for (block, number) in more.iter_mut().zip(1..) {
            *block = (last ^ number).to_be_bytes();
        }
        self.path.0.encrypt(self.keys, more);
    }
}
