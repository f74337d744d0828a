//! The modes of the card in software: what its answers are held against.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::aead::AeadInOut;
use aes_gcm::{AesGcm, aes};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::consts::{U12, U16};
use cbc::cipher::{
    BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncClosure, BlockCipherEncrypt,
    BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher,
};
use cmac::Mac;
use cmac::digest::InnerInit;
use ctr::Ctr32BE;

/// 16 bytes, in the standards' order.
pub type Block = [u8; 16];

const LENGTH: &str = "a key has 16, 24 or 32 bytes";
const WHOLE: &str = "the data are whole blocks";

/// An AES key. Modes of whole blocks panic over other data.
#[derive(Clone)]
pub struct Key {
    bytes: Vec<u8>,
    cipher: Cipher,
}

#[derive(Clone)]
enum Cipher {
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

impl Key {
    /// A key of 16, 24 or 32 bytes; others panic.
    pub fn new(bytes: &[u8]) -> Self {
        let cipher = match bytes.len() {
            16 => Cipher::Aes128(Aes128::new_from_slice(bytes).expect(LENGTH)),
            24 => Cipher::Aes192(Aes192::new_from_slice(bytes).expect(LENGTH)),
            _ => Cipher::Aes256(Aes256::new_from_slice(bytes).expect(LENGTH)),
        };
        Self { bytes: bytes.to_vec(), cipher }
    }

    /// What it was made of.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// One block.
    pub fn encrypt(&self, block: Block) -> Block {
        let mut block = block.into();
        self.cipher.encrypt_block(&mut block);
        block.into()
    }

    /// One block.
    pub fn decrypt(&self, block: Block) -> Block {
        let mut block = block.into();
        self.cipher.decrypt_block(&mut block);
        block.into()
    }

    /// ECB over whole blocks.
    pub fn ecb(&self, data: &[u8], decrypt: bool) -> Vec<u8> {
        let one = |block: &Block| if decrypt { self.decrypt(*block) } else { self.encrypt(*block) };
        data.as_chunks().0.iter().flat_map(one).collect()
    }

    /// CBC over whole blocks.
    pub fn cbc_encrypt(&self, iv: Block, data: &[u8]) -> Vec<u8> {
        let mode = cbc::Encryptor::inner_iv_init(&self.cipher, &iv.into());
        mode.encrypt_padded_vec::<NoPadding>(data)
    }

    /// CBC over whole blocks.
    pub fn cbc_decrypt(&self, iv: Block, data: &[u8]) -> Vec<u8> {
        let mode = cbc::Decryptor::inner_iv_init(&self.cipher, &iv.into());
        mode.decrypt_padded_vec::<NoPadding>(data).expect(WHOLE)
    }

    /// The last block of CBC with a zero IV, over whole blocks.
    pub fn cbc_mac(&self, data: &[u8]) -> Block {
        *self.cbc_encrypt([0; 16], data).last_chunk().expect("a block at least")
    }

    /// CMAC of any length.
    pub fn cmac(&self, data: &[u8]) -> Block {
        let mac = cmac::Cmac::inner_init(self.cipher.clone());
        mac.chain_update(data).finalize().into_bytes().into()
    }

    /// CTR of any length; the low 32 bits of the first counter block count.
    pub fn ctr(&self, counter: Block, data: &[u8]) -> Vec<u8> {
        let mut output = data.to_vec();
        let core = ctr::CtrCore::inner_iv_init(&self.cipher, &counter.into());
        Ctr32BE::from_core(core).apply_keystream(&mut output);
        output
    }

    /// GCM of any length: ciphertext and tag.
    pub fn gcm_seal(&self, nonce: [u8; 12], aad: &[u8], clear: &[u8]) -> (Vec<u8>, Block) {
        let mut output = clear.to_vec();
        let gcm = AesGcm::<_, U12>::from(&self.cipher);
        let tag = gcm.encrypt_inout_detached(&nonce.into(), aad, output.as_mut_slice().into());
        (output, tag.expect("shorter than GCM's limit").into())
    }

    /// GCM as the card writes it: ciphertext, zeros up to the next block, tag.
    pub fn gcm_output(&self, nonce: [u8; 12], aad: &[u8], clear: &[u8]) -> Vec<u8> {
        let (secret, tag) = self.gcm_seal(nonce, aad, clear);
        [&padded(&secret)[..], &tag].concat()
    }

    /// GCM of any length: clear text, and the tag that the ciphertext must come with.
    pub fn gcm_open(&self, nonce: [u8; 12], aad: &[u8], secret: &[u8]) -> (Vec<u8>, Block) {
        let mut counter = [0; 16];
        counter[..12].copy_from_slice(&nonce);
        counter[15] = 2;
        let clear = self.ctr(counter, secret);
        let (_, tag) = self.gcm_seal(nonce, aad, &clear);
        (clear, tag)
    }
}

impl BlockSizeUser for Cipher {
    type BlockSize = U16;
}

impl BlockCipherEncrypt for Cipher {
    fn encrypt_with_backend(&self, closure: impl BlockCipherEncClosure<BlockSize = U16>) {
        match self {
            Self::Aes128(cipher) => cipher.encrypt_with_backend(closure),
            Self::Aes192(cipher) => cipher.encrypt_with_backend(closure),
            Self::Aes256(cipher) => cipher.encrypt_with_backend(closure),
        }
    }
}

impl BlockCipherDecrypt for Cipher {
    fn decrypt_with_backend(&self, closure: impl BlockCipherDecClosure<BlockSize = U16>) {
        match self {
            Self::Aes128(cipher) => cipher.decrypt_with_backend(closure),
            Self::Aes192(cipher) => cipher.decrypt_with_backend(closure),
            Self::Aes256(cipher) => cipher.decrypt_with_backend(closure),
        }
    }
}

/// Zeros up to the next block.
pub fn padded(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    data.resize(data.len().next_multiple_of(16), 0);
    data
}
