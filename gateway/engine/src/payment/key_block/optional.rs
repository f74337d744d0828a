//! Optional blocks: two letters, a length, a text.

use crate::payment::limits::OPTIONAL_BLOCKS_MAX;

/// Letters of the block that fills up to the multiple of a cipher block.
pub(super) const PADDING: [u8; 2] = *b"PB";

/// Characters of letters and length.
const OVERHEAD: usize = 4;

/// The same where the length does not fit two digits: 00, the number of pairs of digits, four
/// digits.
const OVERHEAD_LONG: usize = 10;

/// Longest block whose length fits two digits.
const SHORT_MAX: usize = 0xFF;

/// What a key block says of its key besides the header. It is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionalBlock {
    /// What it is.
    pub id: [u8; 2],
    /// Printable ASCII.
    pub data: Vec<u8>,
}

/// Reads `count` blocks; returns them and how many characters they take.
pub(super) fn parse(mut text: &[u8], count: usize) -> Option<(Vec<OptionalBlock>, usize)> {
    let whole = text.len();
    let mut blocks: Vec<OptionalBlock> = Vec::with_capacity(count.min(OPTIONAL_BLOCKS_MAX));
    for _ in 0..count {
        let (id, after) = text.split_first_chunk::<2>()?;
        let (overhead, length) = lengths(after)?;
        let data = text.get(overhead..length)?.to_vec();
        if blocks.iter().any(|other| other.id == *id) {
            return None;
        }
        blocks.push(OptionalBlock { id: *id, data });
        text = &text[length..];
    }
    Some((blocks, whole - text.len()))
}

/// Characters before the data of a block, and of all of it.
fn lengths(text: &[u8]) -> Option<(usize, usize)> {
    let short = hexadecimal(text.get(..2)?)?;
    if short != 0 {
        return Some((OVERHEAD, short));
    }
    let digits = hexadecimal(text.get(2..4)?)?.checked_mul(2).filter(|digits| *digits <= 8)?;
    let length = hexadecimal(text.get(4..4 + digits)?).filter(|_| digits > 0)?;
    Some((2 + OVERHEAD + digits, length))
}

/// All blocks as text, and how many: filled up to `multiple` with a last one, whose text is drawn
/// from random bytes, unless they are of such a length already.
pub(super) fn text(
    blocks: &[OptionalBlock],
    multiple: usize,
    random: &[u8],
) -> Option<(String, usize)> {
    let sound = blocks.iter().enumerate().all(|(at, block)| {
        let is_last = at + 1 == blocks.len();
        let is_new = blocks[..at].iter().all(|other| other.id != block.id);
        block.is_sound() && is_new && (is_last || block.id != PADDING)
    });
    let mut text: String = blocks.iter().flat_map(OptionalBlock::characters).collect();
    let mut count = blocks.len();
    let missing = text.len().next_multiple_of(multiple) - text.len();
    if missing > 0 {
        let missing = if missing < OVERHEAD { missing + multiple } else { missing };
        let data = random.get(..missing - OVERHEAD)?.iter().map(|byte| b'A' + byte % 16).collect();
        text.extend(OptionalBlock { id: PADDING, data }.characters());
        count += 1;
    }
    let has_room = missing == 0 || blocks.iter().all(|block| block.id != PADDING);
    (sound && has_room && count <= OPTIONAL_BLOCKS_MAX).then_some((text, count))
}

impl OptionalBlock {
    fn is_sound(&self) -> bool {
        let is_id =
            self.id.iter().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
        is_id && self.data.iter().all(|character| matches!(character, b' '..=b'~'))
    }

    fn characters(&self) -> Vec<char> {
        let length = OVERHEAD + self.data.len();
        let length = if length <= SHORT_MAX {
            format!("{length:02X}")
        } else {
            format!("0002{:04X}", OVERHEAD_LONG + self.data.len())
        };
        let id = self.id.iter().copied();
        id.chain(length.into_bytes()).chain(self.data.iter().copied()).map(char::from).collect()
    }
}

/// The value of hexadecimal digits of either case, and nothing else.
fn hexadecimal(text: &[u8]) -> Option<usize> {
    text.iter().try_fold(0, |value, character| {
        let digit = char::from(*character).to_digit(16)?;
        Some(value * 16 + usize::try_from(digit).ok()?)
    })
}
