//! AES keys and the modes of the card, over whole buffers.

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;
use typex_abi::Algorithm;

/// 16 bytes, in the standards' order.
pub(crate) type Block = [u8; 16];

/// A key in the lanes, with what is derived from it.
#[derive(Clone)]
pub(crate) struct LaneKey {
    cipher: Cipher,
    /// E(0).
    zero: Block,
    ghash: GHash,
}

#[derive(Clone)]
enum Cipher {
    Aes128(Box<Aes128>),
    Aes192(Box<Aes192>),
    Aes256(Box<Aes256>),
}

impl LaneKey {
    /// A key; of `key` the first bytes count.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8; 32]) -> Self {
        let [k16, k24] = [16, 24].map(|bytes| &key[..bytes]);
        let cipher = match algorithm {
            Algorithm::Aes128 => Aes128::new_from_slice(k16).map(Box::new).map(Cipher::Aes128),
            Algorithm::Aes192 => Aes192::new_from_slice(k24).map(Box::new).map(Cipher::Aes192),
            Algorithm::Aes256 => Aes256::new_from_slice(key).map(Box::new).map(Cipher::Aes256),
        };
        let cipher = cipher.expect("a key of an algorithm has its length");
        let mut zero = [0; 16];
        cipher.encrypt(&mut zero);
        let ghash = GHash::new(&Array(zero));
        Self { cipher, zero, ghash }
    }

    /// Encrypts whole blocks, each alone.
    pub(crate) fn ecb_encrypt(&self, data: &mut [u8]) {
        each_block(data, |block| self.cipher.encrypt(block));
    }

    /// Decrypts whole blocks, each alone.
    pub(crate) fn ecb_decrypt(&self, data: &mut [u8]) {
        each_block(data, |block| self.cipher.decrypt(block));
    }

    /// Encrypts whole blocks, chained.
    pub(crate) fn cbc_encrypt(&self, iv: &Block, data: &mut [u8]) {
        let mut last = *iv;
        each_block(data, |block| {
            add(block, &last);
            self.cipher.encrypt(block);
            last = *block;
        });
    }

    /// Decrypts whole blocks, chained.
    pub(crate) fn cbc_decrypt(&self, iv: &Block, data: &mut [u8]) {
        let mut last = *iv;
        each_block(data, |block| {
            let next = *block;
            self.cipher.decrypt(block);
            add(block, &last);
            last = next;
        });
    }

    /// CBC-MAC with a zero IV over whole blocks.
    pub(crate) fn cbc_mac(&self, data: &[u8]) -> Block {
        let mut mac = [0; 16];
        for block in data.chunks(16) {
            add(&mut mac, block);
            self.cipher.encrypt(&mut mac);
        }
        mac
    }

    /// CMAC of any length.
    pub(crate) fn cmac(&self, data: &[u8]) -> Block {
        let whole = data.len().saturating_sub(1) / 16 * 16;
        let (head, tail) = data.split_at(whole);
        let mut subkey = double(self.zero);
        let mut last = [0; 16];
        last[..tail.len()].copy_from_slice(tail);
        if let Some(pad) = last.get_mut(tail.len()) {
            *pad = 0x80;
            subkey = double(subkey);
        }
        let mut mac = self.cbc_mac(head);
        add(&mut mac, &last);
        add(&mut mac, &subkey);
        self.cipher.encrypt(&mut mac);
        mac
    }

    /// Adds the key stream; the low 32 bits of the first counter block count on.
    pub(crate) fn ctr(&self, first: &Block, data: &mut [u8]) {
        let mut counter = *first;
        for block in data.chunks_mut(16) {
            let mut stream = counter;
            self.cipher.encrypt(&mut stream);
            add(block, &stream[..block.len()]);
            count(&mut counter);
        }
    }

    /// The tag of GCM over ciphertext; of `iv` the first 12 bytes count.
    pub(crate) fn gcm_tag(&self, iv: &Block, aad: &[u8], data: &[u8]) -> Block {
        let mut hash = self.ghash.clone();
        hash.update_padded(aad);
        hash.update_padded(data);
        let mut lengths = [0; 16];
        lengths[..8].copy_from_slice(&(8 * aad.len() as u64).to_be_bytes());
        lengths[8..].copy_from_slice(&(8 * data.len() as u64).to_be_bytes());
        hash.update(&[Array(lengths)]);
        let mut tag = first_counter(iv);
        self.cipher.encrypt(&mut tag);
        add(&mut tag, &hash.finalize());
        tag
    }

    /// Adds the key stream of GCM.
    pub(crate) fn gcm_stream(&self, iv: &Block, data: &mut [u8]) {
        let mut counter = first_counter(iv);
        count(&mut counter);
        self.ctr(&counter, data);
    }
}

impl Cipher {
    fn encrypt(&self, block: &mut Block) {
        let block = <&mut Array<u8, _>>::from(block);
        match self {
            Self::Aes128(cipher) => cipher.encrypt_block(block),
            Self::Aes192(cipher) => cipher.encrypt_block(block),
            Self::Aes256(cipher) => cipher.encrypt_block(block),
        }
    }

    fn decrypt(&self, block: &mut Block) {
        let block = <&mut Array<u8, _>>::from(block);
        match self {
            Self::Aes128(cipher) => cipher.decrypt_block(block),
            Self::Aes192(cipher) => cipher.decrypt_block(block),
            Self::Aes256(cipher) => cipher.decrypt_block(block),
        }
    }
}

/// J0 of GCM.
fn first_counter(iv: &Block) -> Block {
    let mut block = *iv;
    block[12..].copy_from_slice(&1u32.to_be_bytes());
    block
}

fn count(counter: &mut Block) {
    let low = u32::from_be_bytes([counter[12], counter[13], counter[14], counter[15]]);
    counter[12..].copy_from_slice(&low.wrapping_add(1).to_be_bytes());
}

fn each_block(data: &mut [u8], mut apply: impl FnMut(&mut Block)) {
    data.as_chunks_mut().0.iter_mut().for_each(&mut apply);
}

fn add(block: &mut [u8], other: &[u8]) {
    block.iter_mut().zip(other).for_each(|(byte, other)| *byte ^= other);
}

/// Multiplication by x in the field of CMAC.
fn double(block: Block) -> Block {
    let value = u128::from_be_bytes(block);
    (value << 1 ^ if value >> 127 == 1 { 0x87 } else { 0 }).to_be_bytes()
}
