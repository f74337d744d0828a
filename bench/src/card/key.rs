//! Keys, and what software does with them: the answers that the card's are held against.

use crate::chance::Chance;
use aes::Aes256;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, array::Array};
use typex_abi::{Algorithm, BLOCK_BYTES, Header, WRAPPED_KEY_BYTES};

pub(crate) type Block = [u8; BLOCK_BYTES];
pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 12;

/// An AES-256 key.
pub(crate) struct Key {
    bytes: [u8; KEY_BYTES],
    aes: Aes256,
    gcm: Aes256Gcm,
}

impl Key {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        Self::from_bytes(chance.array())
    }

    pub(crate) fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        let array = Array::from(bytes);
        Self { bytes, aes: Aes256::new(&array), gcm: Aes256Gcm::new(&array) }
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    pub(crate) fn encrypt(&self, block: Block) -> Block {
        let mut block = aes::Block::from(block);
        self.aes.encrypt_block(&mut block);
        block.into()
    }

    fn decrypt(&self, block: Block) -> Block {
        let mut block = aes::Block::from(block);
        self.aes.decrypt_block(&mut block);
        block.into()
    }

    /// CBC over whole blocks.
    pub(crate) fn cbc_seal(&self, iv: Block, data: &[u8]) -> Vec<u8> {
        let mut chain = iv;
        let mut out = Vec::with_capacity(data.len());
        for block in blocks(data) {
            chain = self.encrypt(xor(chain, block));
            out.extend_from_slice(&chain);
        }
        out
    }

    pub(crate) fn cbc_open(&self, iv: Block, data: &[u8]) -> Vec<u8> {
        let mut chain = iv;
        let mut out = Vec::with_capacity(data.len());
        for block in blocks(data) {
            out.extend_from_slice(&xor(self.decrypt(block), chain));
            chain = block;
        }
        out
    }

    /// CBC-MAC with a zero IV over whole blocks.
    pub(crate) fn mac(&self, data: &[u8]) -> Block {
        blocks(data).fold([0; BLOCK_BYTES], |chain, block| self.encrypt(xor(chain, block)))
    }

    /// The low 32 bits of the counter count.
    pub(crate) fn ctr(&self, first: Block, data: &[u8]) -> Vec<u8> {
        let mut counter = first;
        let mut out = Vec::with_capacity(data.len());
        for chunk in data.chunks(BLOCK_BYTES) {
            let stream = self.encrypt(counter);
            out.extend(chunk.iter().zip(stream).map(|(byte, key)| byte ^ key));
            let low = u32::from_be_bytes([counter[12], counter[13], counter[14], counter[15]]);
            counter[12..].copy_from_slice(&low.wrapping_add(1).to_be_bytes());
        }
        out
    }

    /// Ciphertext, and the tag at the next multiple of 16.
    pub(crate) fn gcm_seal(&self, nonce: [u8; NONCE_BYTES], aad: &[u8], data: &[u8]) -> Vec<u8> {
        let mut out = data.to_vec();
        let sealed =
            self.gcm.encrypt_inout_detached(&Array::from(nonce), aad, out.as_mut_slice().into());
        let tag = sealed.expect("messages are shorter than GCM's limit");
        out.resize(data.len().next_multiple_of(BLOCK_BYTES), 0);
        out.extend_from_slice(&tag);
        out
    }
}

/// The root under which keys travel to the card.
pub(crate) struct Root {
    key: Key,
    count: u64,
}

/// A key as `key_load` wants it.
pub(crate) struct Wrapped {
    pub(crate) bytes: [u8; WRAPPED_KEY_BYTES],
    pub(crate) nonce: [u8; NONCE_BYTES],
    pub(crate) tag: Block,
}

/// What a key may do, and with whom.
#[derive(Clone, Copy)]
pub(crate) struct Rights {
    pub(crate) usage: u16,
    pub(crate) roles: u16,
    pub(crate) id: u64,
    pub(crate) partners: [u64; 3],
}

impl Root {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        Self { key: Key::new(chance), count: 0 }
    }

    /// The words of the transport key's registers.
    pub(crate) fn words(&self) -> impl Iterator<Item = u32> + '_ {
        let words = self.key.bytes.chunks_exact(4);
        words.map(|word| u32::from_be_bytes([word[0], word[1], word[2], word[3]]))
    }

    pub(crate) fn wrap(&mut self, key: &Key, rights: &Rights) -> Wrapped {
        let header = Header {
            algorithm: Algorithm::Aes256,
            usage: rights.usage,
            roles: rights.roles,
            partition: 1,
            word: ENVELOPE_NUMBER,
            key_id: rights.id,
            partners: rights.partners,
        }
        .encode();
        self.count += 1;
        let mut nonce = [0; NONCE_BYTES];
        nonce[4..].copy_from_slice(&self.count.to_be_bytes());
        let sealed = self.key.gcm_seal(nonce, &header, key.bytes());
        let mut bytes = [0; WRAPPED_KEY_BYTES];
        bytes[..header.len()].copy_from_slice(&header);
        bytes[header.len()..].copy_from_slice(&sealed[..KEY_BYTES]);
        let mut tag = [0; BLOCK_BYTES];
        tag.copy_from_slice(&sealed[KEY_BYTES..]);
        Wrapped { bytes, nonce, tag }
    }
}

/// The number that all envelopes here carry.
pub(crate) const ENVELOPE_NUMBER: u32 = 0x0000_0bec;

fn blocks(data: &[u8]) -> impl Iterator<Item = Block> + '_ {
    data.as_chunks().0.iter().copied()
}

fn xor(a: Block, b: Block) -> Block {
    std::array::from_fn(|i| a[i] ^ b[i])
}
