//! The client side of `ProcessData`, on the `aes` crate's block cipher.
// spec: enigma-bridge 2.1 to 2.4

use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// A key of the gateway as a client sees it.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) api_key: &'static str,
    pub(crate) id: u32,
    pub(crate) enc: [u8; 32],
    pub(crate) mac: [u8; 32],
}

impl Object {
    /// A demo object with the channel keys that the documents call A.
    pub(crate) fn demo_a(id: u32) -> Self {
        Self::demo(id, [0xe1, 0xe2])
    }

    /// A demo object with the channel keys that the documents call B.
    pub(crate) fn demo_b(id: u32) -> Self {
        Self::demo(id, [0x12, 0x22])
    }

    fn demo(id: u32, first: [u8; 2]) -> Self {
        let key = |first: u8, rest: &str| {
            let mut key = [0; 32];
            const_hex::decode_to_slice(rest, &mut key[1..]).expect("hex");
            key[0] = first;
            key
        };
        let enc = "34567890123456789012345678901234567890123456789012345678901234";
        let mac = "24262820223456789012345678901234567890123456789012345678901234";
        Self { api_key: "TEST_API", id, enc: key(first[0], enc), mac: key(first[1], mac) }
    }

    /// Path of the request, without payload.
    pub(crate) fn path(&self, nonce: [u8; 8]) -> String {
        let nonce = const_hex::encode(nonce);
        format!("/1.0/{}00{:08x}/ProcessData/{nonce}", self.api_key, self.id)
    }

    /// The data string that carries `data`.
    pub(crate) fn seal(&self, nonce: [u8; 8], data: &[u8]) -> String {
        let mut clear = vec![0x1f];
        clear.extend(self.id.to_be_bytes());
        clear.extend(nonce);
        clear.extend(data);
        self.seal_clear(clear)
    }

    /// The data string of any clear text, also of one that no client would send.
    pub(crate) fn seal_clear(&self, mut clear: Vec<u8>) -> String {
        let pad = 16 - clear.len() % 16;
        clear.resize(clear.len() + pad, u8::try_from(pad).expect("at most 16"));
        let sealed = cbc_encrypt(&self.enc, &clear);
        let tag = cbc_mac(&self.mac, &sealed);
        format!("Packet0_TEST_0000{}{}", const_hex::encode(sealed), const_hex::encode(tag))
    }

    /// Nonce and result of an answer's `result` member; `None` if it does not verify.
    pub(crate) fn open(&self, result: &str) -> Option<([u8; 8], Vec<u8>)> {
        let bytes = const_hex::decode(result.strip_suffix('_')?).ok()?;
        let (sealed, tag) = bytes.strip_prefix(&[0, 0])?.split_last_chunk::<16>()?;
        if cbc_mac(&self.mac, sealed) != *tag {
            return None;
        }
        let clear = cbc_decrypt(&self.enc, sealed);
        let pad = usize::from(*clear.last()?);
        let clear = &clear[..clear.len().checked_sub(pad)?];
        let (header, result) = clear.split_first_chunk::<13>()?;
        if header[0] != 0xf1 || header[1..5] != self.id.to_be_bytes() {
            return None;
        }
        let nonce = std::array::from_fn(|at| header[5 + at].wrapping_sub(1));
        Some((nonce, result.to_vec()))
    }
}

pub(super) fn cbc_encrypt(key: &[u8; 32], clear: &[u8]) -> Vec<u8> {
    let cipher = Aes256::new(key.into());
    let mut chain = Block::<Aes256>::default();
    let mut sealed = Vec::with_capacity(clear.len());
    for block in clear.chunks_exact(16) {
        chain.iter_mut().zip(block).for_each(|(chain, byte)| *chain ^= byte);
        cipher.encrypt_block(&mut chain);
        sealed.extend_from_slice(&chain);
    }
    sealed
}

fn cbc_decrypt(key: &[u8; 32], sealed: &[u8]) -> Vec<u8> {
    let cipher = Aes256::new(key.into());
    let mut chain = [0; 16];
    let mut clear = Vec::with_capacity(sealed.len());
    for block in sealed.chunks_exact(16) {
        let mut state = Block::<Aes256>::try_from(block).expect("whole blocks");
        cipher.decrypt_block(&mut state);
        clear.extend(state.iter().zip(chain).map(|(byte, chain)| byte ^ chain));
        chain.copy_from_slice(block);
    }
    clear
}

pub(super) fn cbc_mac(key: &[u8; 32], data: &[u8]) -> [u8; 16] {
    let sealed = cbc_encrypt(key, data);
    *sealed.last_chunk().expect("at least one block")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_and_opens_the_worked_example() {
        // spec: enigma-bridge 2.5
        let object = Object::demo_a(0xee01);
        let nonce = [0xda, 0x39, 0x03, 0xed, 0x18, 0x94, 0xe3, 0x07];
        let data = const_hex::decode("6bc1bee22e409f96e93d7e117393172a").expect("hex");
        let sealed = "a83d7c7200e54ab8c47b81931a675bcf8ebcb9c68aa7b8519e49aefd1bfb3525\
                      b55f531fe5b2d7ab30ed4fdd2c13bd52";
        assert!(object.seal(nonce, &data).ends_with(sealed));
        let answer = "0000b5551a29363147c03a6061427abf53f5dbaa559d6446468c4970ad96feeb575a\
                      9f0bffa7f339c9318c6fbea4f036837e_";
        let result = const_hex::decode("95c6bb9b6a1c3835f98cc56087a03e82").expect("hex");
        assert_eq!(object.open(answer), Some((nonce, result)));
    }
}
