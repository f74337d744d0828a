//! The client's side of `ProcessData`, on aws-lc: another implementation than the gateway's.
// spec: enigma-bridge 2.1 to 2.4

use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext,
    UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;

const REQUEST_MARK: u8 = 0x1f;
const ANSWER_MARK: u8 = 0xf1;
const BLOCK: usize = 16;

/// The keys that protect the messages of an object.
#[derive(Clone)]
pub(crate) struct Channel {
    pub(crate) object: u32,
    pub(crate) enc: [u8; 32],
    pub(crate) mac: [u8; 32],
}

impl Channel {
    /// `ciphertext | tag` of a request.
    pub(crate) fn seal(&self, nonce: u64, data: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut sealed = vec![REQUEST_MARK];
        sealed.extend_from_slice(&self.object.to_be_bytes());
        sealed.extend_from_slice(&nonce.to_be_bytes());
        sealed.extend_from_slice(data);
        let pad = BLOCK - sealed.len() % BLOCK;
        sealed.resize(sealed.len() + pad, pad as u8);
        cbc_encrypt(&self.enc, &mut sealed)?;
        let tag = cbc_mac(&self.mac, &sealed)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// What an answer to the request with this nonce holds.
    pub(crate) fn open(&self, nonce: u64, sealed: &[u8]) -> Result<Vec<u8>, &'static str> {
        let (body, tag) = sealed.split_last_chunk::<BLOCK>().ok_or("it has no tag")?;
        if body.is_empty() || !body.len().is_multiple_of(BLOCK) {
            return Err("it has no whole blocks");
        }
        if cbc_mac(&self.mac, body).map_err(|_| "its tag cannot be computed")? != *tag {
            return Err("its tag does not verify");
        }
        let mut clear = body.to_vec();
        cbc_decrypt(&self.enc, &mut clear).map_err(|_| "it cannot be decrypted")?;
        let pad = clear.last().map_or(0, |last| usize::from(*last));
        let rest = clear.len().checked_sub(pad).filter(|_| (1..=BLOCK).contains(&pad));
        let rest = rest.ok_or("its padding is wrong")?;
        if clear[rest..].iter().any(|byte| usize::from(*byte) != pad) {
            return Err("its padding is wrong");
        }
        clear.truncate(rest);
        let mut head = vec![ANSWER_MARK];
        head.extend_from_slice(&self.object.to_be_bytes());
        head.extend(nonce.to_be_bytes().map(|byte| byte.wrapping_add(1)));
        match clear.strip_prefix(&head[..]) {
            Some(data) => Ok(data.to_vec()),
            None => Err("it is of another object or nonce"),
        }
    }
}

/// Blocks under an AES-128 key, each for itself.
pub(crate) fn encrypt_blocks(key: &[u8; 16], data: &mut [u8]) -> Result<(), Unspecified> {
    let key = EncryptingKey::ecb(UnboundCipherKey::new(&AES_128, key)?)?;
    key.less_safe_encrypt(data, EncryptionContext::None).map(drop)
}

/// The inverse of [`encrypt_blocks`].
pub(crate) fn decrypt_blocks(key: &[u8; 16], data: &mut [u8]) -> Result<(), Unspecified> {
    let key = DecryptingKey::ecb(UnboundCipherKey::new(&AES_128, key)?)?;
    key.decrypt(data, DecryptionContext::None).map(drop)
}

fn cbc_encrypt(key: &[u8; 32], data: &mut [u8]) -> Result<(), Unspecified> {
    let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, key)?)?;
    let iv = EncryptionContext::Iv128(FixedLength::from([0; BLOCK]));
    key.less_safe_encrypt(data, iv).map(drop)
}

fn cbc_decrypt(key: &[u8; 32], data: &mut [u8]) -> Result<(), Unspecified> {
    let key = DecryptingKey::cbc(UnboundCipherKey::new(&AES_256, key)?)?;
    key.decrypt(data, DecryptionContext::Iv128(FixedLength::from([0; BLOCK]))).map(drop)
}

fn cbc_mac(key: &[u8; 32], data: &[u8]) -> Result<[u8; BLOCK], Unspecified> {
    let mut copy = data.to_vec();
    cbc_encrypt(key, &mut copy)?;
    copy.last_chunk().copied().ok_or(Unspecified)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Channel {
        let hex = |text: &str| const_hex::decode_to_array(text).expect("hex");
        Channel {
            object: 0xee01,
            enc: hex("e134567890123456789012345678901234567890123456789012345678901234"),
            mac: hex("e224262820223456789012345678901234567890123456789012345678901234"),
        }
    }

    #[test]
    fn it_seals_and_opens_the_worked_example() {
        // spec: enigma-bridge 2.5
        let data = const_hex::decode("6bc1bee22e409f96e93d7e117393172a").expect("hex");
        let sealed = channel().seal(0xda39_03ed_1894_e307, &data).expect("sealed");
        let published = "a83d7c7200e54ab8c47b81931a675bcf8ebcb9c68aa7b8519e49aefd1bfb3525\
                         b55f531fe5b2d7ab30ed4fdd2c13bd52";
        assert_eq!(const_hex::encode(sealed), published);
        let answer = "b5551a29363147c03a6061427abf53f5dbaa559d6446468c4970ad96feeb575a\
                      9f0bffa7f339c9318c6fbea4f036837e";
        let answer = const_hex::decode(answer).expect("hex");
        let result = const_hex::decode("95c6bb9b6a1c3835f98cc56087a03e82").expect("hex");
        assert_eq!(channel().open(0xda39_03ed_1894_e307, &answer), Ok(result));
    }

    #[test]
    fn every_changed_byte_of_an_answer_is_found() {
        let answer = "b5551a29363147c03a6061427abf53f5dbaa559d6446468c4970ad96feeb575a\
                      9f0bffa7f339c9318c6fbea4f036837e";
        let answer = const_hex::decode(answer).expect("hex");
        for at in 0..answer.len() {
            let mut changed = answer.clone();
            changed[at] ^= 1;
            assert!(channel().open(0xda39_03ed_1894_e307, &changed).is_err(), "byte {at}");
        }
        assert!(channel().open(1, &answer).is_err(), "another nonce");
        assert!(channel().open(1, &[]).is_err(), "nothing");
    }
}
