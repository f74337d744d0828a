//! What the units must agree with.

use typex_card::host;

use super::bench::Block;
use super::random::Random;

/// A key of 16, 24 or 32 bytes.
pub(crate) struct Key(host::Key);

impl Key {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(host::Key::new(bytes))
    }

    pub(crate) fn random(random: &mut Random) -> Self {
        let bytes = 16 + 8 * random.below(3);
        Self::new(&random.bytes(bytes))
    }

    /// As the lanes take it: 0, 1, 2.
    pub(crate) fn length(&self) -> u64 {
        self.0.bytes().len() as u64 / 8 - 2
    }

    pub(crate) fn rounds(&self) -> usize {
        self.0.bytes().len() / 4 + 6
    }

    /// 32 bytes, zeros behind a shorter key.
    pub(crate) fn padded(&self) -> Vec<u8> {
        let mut bytes = self.0.bytes().to_vec();
        bytes.resize(32, 0);
        bytes
    }

    pub(crate) fn encrypt(&self, block: Block) -> Block {
        self.0.encrypt(block)
    }

    pub(crate) fn decrypt(&self, block: Block) -> Block {
        self.0.decrypt(block)
    }
}

/// The product of SP 800-38D 6.3, bit by bit.
pub(crate) fn ghash_product(a: Block, b: Block) -> Block {
    let (a, mut b) = (u128::from_be_bytes(a), u128::from_be_bytes(b));
    let mut product = 0;
    for bit in (0..128).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        b = b >> 1 ^ if b & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product.to_be_bytes()
}
