//! What the units must agree with.

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use pcie_sim::Rng;

use super::bench::Block;

/// A key of 16, 24 or 32 bytes.
pub(crate) struct Key {
    bytes: Vec<u8>,
}

impl Key {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec() }
    }

    pub(crate) fn random(random: &mut Random) -> Self {
        let bytes = [random.block(), random.block()].concat();
        Self::new(&bytes[..16 + 8 * random.below(3) as usize])
    }

    /// As the lanes take it: 0, 1, 2.
    pub(crate) fn length(&self) -> u64 {
        self.bytes.len() as u64 / 8 - 2
    }

    pub(crate) fn rounds(&self) -> usize {
        self.bytes.len() / 4 + 6
    }

    /// 32 bytes, zeros behind a shorter key.
    pub(crate) fn padded(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.resize(32, 0);
        bytes
    }

    pub(crate) fn encrypt(&self, block: Block) -> Block {
        let mut block = Array(block);
        match self.bytes.len() {
            16 => aes::Aes128::new_from_slice(&self.bytes).expect("16").encrypt_block(&mut block),
            24 => aes::Aes192::new_from_slice(&self.bytes).expect("24").encrypt_block(&mut block),
            _ => aes::Aes256::new_from_slice(&self.bytes).expect("32").encrypt_block(&mut block),
        }
        block.0
    }

    pub(crate) fn decrypt(&self, block: Block) -> Block {
        let mut block = Array(block);
        match self.bytes.len() {
            16 => aes::Aes128::new_from_slice(&self.bytes).expect("16").decrypt_block(&mut block),
            24 => aes::Aes192::new_from_slice(&self.bytes).expect("24").decrypt_block(&mut block),
            _ => aes::Aes256::new_from_slice(&self.bytes).expect("32").decrypt_block(&mut block),
        }
        block.0
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

/// Repeatable chance.
pub(crate) struct Random {
    state: Rng,
}

impl Random {
    /// From the variable SEED, or from a fixed one; the seed is printed.
    pub(crate) fn seeded() -> Self {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(197);
        println!("SEED={seed}");
        Self { state: Rng::seeded(seed) }
    }

    fn next(&mut self) -> u64 {
        self.state.word()
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn block(&mut self) -> Block {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }
}
