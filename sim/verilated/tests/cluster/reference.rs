//! The modes of the card in software, block by block, as the standards write them.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};

pub(crate) type Block = [u8; 16];

const LENGTH: &str = "a key has 16, 24 or 32 bytes";

/// AES under a key of 16, 24 or 32 bytes.
#[derive(Clone)]
pub(crate) enum Key {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

impl Key {
    pub(crate) fn new(key: &[u8]) -> Self {
        match key.len() {
            16 => Self::Aes128(Aes128::new_from_slice(key).expect(LENGTH)),
            24 => Self::Aes192(Aes192::new_from_slice(key).expect(LENGTH)),
            _ => Self::Aes256(Aes256::new_from_slice(key).expect(LENGTH)),
        }
    }

    pub(crate) fn encrypt(&self, block: Block) -> Block {
        let mut block = block.into();
        match self {
            Self::Aes128(key) => key.encrypt_block(&mut block),
            Self::Aes192(key) => key.encrypt_block(&mut block),
            Self::Aes256(key) => key.encrypt_block(&mut block),
        }
        block.into()
    }

    pub(crate) fn decrypt(&self, block: Block) -> Block {
        let mut block = block.into();
        match self {
            Self::Aes128(key) => key.decrypt_block(&mut block),
            Self::Aes192(key) => key.decrypt_block(&mut block),
            Self::Aes256(key) => key.decrypt_block(&mut block),
        }
        block.into()
    }
}

pub(crate) fn add(a: Block, b: Block) -> Block {
    (u128::from_be_bytes(a) ^ u128::from_be_bytes(b)).to_be_bytes()
}

/// The data in blocks, zeros behind its end.
pub(crate) fn blocks(data: &[u8]) -> Vec<Block> {
    let padded = |chunk: &[u8]| {
        let mut block = [0; 16];
        block[..chunk.len()].copy_from_slice(chunk);
        block
    };
    data.chunks(16).map(padded).collect()
}

pub(crate) fn ecb(key: &Key, data: &[u8], decrypt: bool) -> Vec<u8> {
    let one = |block| if decrypt { key.decrypt(block) } else { key.encrypt(block) };
    blocks(data).into_iter().flat_map(one).collect()
}

pub(crate) fn cbc_encrypt(key: &Key, iv: Block, data: &[u8]) -> Vec<u8> {
    let mut last = iv;
    let mut chain = |block| {
        last = key.encrypt(add(last, block));
        last
    };
    blocks(data).into_iter().flat_map(&mut chain).collect()
}

pub(crate) fn cbc_decrypt(key: &Key, iv: Block, data: &[u8]) -> Vec<u8> {
    let mut last = iv;
    let mut unchain = |block| add(std::mem::replace(&mut last, block), key.decrypt(block));
    blocks(data).into_iter().flat_map(&mut unchain).collect()
}

/// The last block of CBC under a zero IV.
pub(crate) fn cbc_mac(key: &Key, data: &[u8]) -> Block {
    blocks(data).into_iter().fold([0; 16], |mac, block| key.encrypt(add(mac, block)))
}

/// Counter mode of which the low 32 bits count.
pub(crate) fn ctr(key: &Key, counter: Block, data: &[u8]) -> Vec<u8> {
    let counter = u128::from_be_bytes(counter);
    let mask = |index: u32| {
        let low = (counter as u32).wrapping_add(index);
        key.encrypt((counter >> 32 << 32 | u128::from(low)).to_be_bytes())
    };
    let mask = (0..).flat_map(mask);
    data.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

fn double(block: Block) -> Block {
    let value = u128::from_be_bytes(block);
    (value << 1 ^ if value >> 127 == 1 { 0x87 } else { 0 }).to_be_bytes()
}

// SP 800-38B, 6.2.
pub(crate) fn cmac(key: &Key, data: &[u8]) -> Block {
    let first = double(key.encrypt([0; 16]));
    let mut blocks = blocks(data);
    if data.is_empty() {
        blocks.push([0; 16]);
    }
    let last = blocks.last_mut().expect("an empty message has a block");
    if data.is_empty() || !data.len().is_multiple_of(16) {
        last[data.len() % 16] = 0x80;
        *last = add(*last, double(first));
    } else {
        *last = add(*last, first);
    }
    cbc_mac(key, &blocks.concat())
}

// SP 800-38D, 6.3.
fn multiply(x: u128, y: u128) -> u128 {
    let (mut product, mut shifted) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted = shifted >> 1 ^ if shifted & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

/// GCM under an IV of 12 bytes: the output and the tag, which covers the ciphertext.
pub(crate) fn gcm(key: &Key, iv: &[u8], aad: &[u8], data: &[u8], open: bool) -> (Vec<u8>, Block) {
    let mut first = [0; 16];
    first[..12].copy_from_slice(&iv[..12]);
    first[15] = 1;
    let mut counter = first;
    counter[15] = 2;
    let output = ctr(key, counter, data);
    let lengths = ((aad.len() as u128 * 8) << 64) | (data.len() as u128 * 8);
    let mut items = blocks(aad);
    items.extend(blocks(if open { data } else { &output }));
    items.push(lengths.to_be_bytes());
    let h = u128::from_be_bytes(key.encrypt([0; 16]));
    let sum = items.iter().fold(0, |sum, item| multiply(sum ^ u128::from_be_bytes(*item), h));
    (output, add(sum.to_be_bytes(), key.encrypt(first)))
}
