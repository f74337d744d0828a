//! Random sets of triple DES jobs on every path against the `des` crate, one block at a time.

#![allow(clippy::unwrap_used)]

use des::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use proptest::prelude::*;
use typex_kernels::tdes::{Block, CbcJob, DesKey, EcbJob, Path, TdesKey};

/// A message with its key; `data` has any length, whole blocks are a prefix of it.
#[derive(Clone, Debug)]
struct Message {
    key: Vec<u8>,
    iv: Block,
    data: Vec<u8>,
}

impl Message {
    fn whole(&self) -> &[u8] {
        &self.data[..self.data.len() / 8 * 8]
    }
}

fn message() -> impl Strategy<Value = Message> {
    let key = prop_oneof![
        prop::array::uniform16(any::<u8>()).prop_map(|key| key.to_vec()),
        prop::array::uniform24(any::<u8>()).prop_map(|key| key.to_vec()),
    ];
    let length = prop_oneof![3 => 0_usize..50, 1 => 50_usize..300];
    (key, any::<Block>(), length, any::<u8>()).prop_map(|(key, iv, length, seed)| {
        let data = (0..length).map(|at| (at as u8).wrapping_mul(31) ^ seed).collect();
        Message { key, iv, data }
    })
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    prop_oneof![
        1 => prop::collection::vec(message(), 0..4),
        2 => prop::collection::vec(message(), 0..150),
    ]
}

/// One block under the `des` crate.
enum Oracle {
    One(des::Des),
    Two(des::TdesEde2),
    Three(des::TdesEde3),
}

impl Oracle {
    fn new(key: &[u8]) -> Self {
        match key.len() {
            8 => Self::One(des::Des::new_from_slice(key).unwrap()),
            16 => Self::Two(des::TdesEde2::new_from_slice(key).unwrap()),
            _ => Self::Three(des::TdesEde3::new_from_slice(key).unwrap()),
        }
    }

    fn encrypt(&self, block: &[u8]) -> Block {
        let mut block = block.try_into().unwrap();
        match self {
            Self::One(cipher) => cipher.encrypt_block(&mut block),
            Self::Two(cipher) => cipher.encrypt_block(&mut block),
            Self::Three(cipher) => cipher.encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt(&self, block: &[u8]) -> Block {
        let mut block = block.try_into().unwrap();
        match self {
            Self::One(cipher) => cipher.decrypt_block(&mut block),
            Self::Two(cipher) => cipher.decrypt_block(&mut block),
            Self::Three(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }

    fn cbc(&self, iv: &Block, data: &[u8]) -> Vec<u8> {
        let mut before = *iv;
        data.chunks(8)
            .flat_map(|block| {
                before = self.encrypt(&xor(&before, block));
                before
            })
            .collect()
    }

    fn cbc_inverse(&self, iv: &Block, data: &[u8]) -> Vec<u8> {
        let mut before = iv.to_vec();
        data.chunks(8)
            .flat_map(|block| {
                let plain = xor(&self.decrypt(block), &before);
                before = block.to_vec();
                plain
            })
            .collect()
    }
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

fn keys(messages: &[Message]) -> Vec<TdesKey> {
    messages.iter().map(|message| TdesKey::new(&message.key).unwrap()).collect()
}

/// What each message becomes under the oracle.
fn expected<T>(messages: &[Message], of: impl Fn(&Oracle, &Message) -> T) -> Vec<T> {
    messages.iter().map(|message| of(&Oracle::new(&message.key), message)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn single_blocks(key in any::<[u8; 24]>(), block: Block) {
        let (two, three) = (TdesKey::new(&key[..16]).unwrap(), TdesKey::new(&key).unwrap());
        let one = DesKey::new(key.first_chunk().unwrap());
        prop_assert_eq!(one.encrypt_block(&block), Oracle::new(&key[..8]).encrypt(&block));
        prop_assert_eq!(one.decrypt_block(&block), Oracle::new(&key[..8]).decrypt(&block));
        prop_assert_eq!(two.encrypt_block(&block), Oracle::new(&key[..16]).encrypt(&block));
        prop_assert_eq!(two.decrypt_block(&block), Oracle::new(&key[..16]).decrypt(&block));
        prop_assert_eq!(three.encrypt_block(&block), Oracle::new(&key).encrypt(&block));
        prop_assert_eq!(three.decrypt_block(&block), Oracle::new(&key).decrypt(&block));
    }

    #[test]
    fn cbc_equals_one_by_one(messages in messages()) {
        let keys = keys(&messages);
        let encrypted = expected(&messages, |des, m| des.cbc(&m.iv, m.whole()));
        let decrypted = expected(&messages, |des, m| des.cbc_inverse(&m.iv, m.whole()));
        for path in Path::available() {
            let inputs: Vec<_> = messages.iter().map(|m| m.whole().to_vec()).collect();
            let (mut up, mut down) = (inputs.clone(), inputs);
            path.cbc_encrypt_lanes(&mut cbc_jobs(&keys, &messages, &mut up));
            path.cbc_decrypt_lanes(&mut cbc_jobs(&keys, &messages, &mut down));
            prop_assert_eq!(&up, &encrypted, "{}", path);
            prop_assert_eq!(&down, &decrypted, "{}", path);
        }
    }

    #[test]
    fn ecb_equals_one_by_one(messages in messages()) {
        let triple = keys(&messages);
        let single: Vec<_> =
            messages.iter().map(|m| DesKey::new(m.key.first_chunk().unwrap())).collect();
        let whole: Vec<_> = messages.iter().map(|m| m.whole().to_vec()).collect();
        let ecb = expected(&messages, |des, m| -> Vec<u8> {
            m.whole().chunks(8).flat_map(|block| des.encrypt(block)).collect()
        });
        let ecb_single = expected(&messages, |_, m| -> Vec<u8> {
            let des = Oracle::new(&m.key[..8]);
            m.whole().chunks(8).flat_map(|block| des.encrypt(block)).collect()
        });
        for path in Path::available() {
            let mut data = whole.clone();
            path.ecb_encrypt_lanes(&mut ecb_jobs(&triple, &mut data));
            prop_assert_eq!(&data, &ecb, "{}", path);
            path.ecb_decrypt_lanes(&mut ecb_jobs(&triple, &mut data));
            prop_assert_eq!(&data, &whole, "{}", path);
            path.ecb_encrypt_lanes(&mut ecb_jobs(&single, &mut data));
            prop_assert_eq!(&data, &ecb_single, "{}", path);
            path.ecb_decrypt_lanes(&mut ecb_jobs(&single, &mut data));
            prop_assert_eq!(&data, &whole, "{}", path);
        }
    }
}

fn cbc_jobs<'a>(
    keys: &'a [TdesKey],
    messages: &[Message],
    data: &'a mut [Vec<u8>],
) -> Vec<CbcJob<'a>> {
    let jobs = keys.iter().zip(messages).zip(data);
    jobs.map(|((keys, m), data)| CbcJob::new(keys, m.iv, data).unwrap()).collect()
}

fn ecb_jobs<'a, K: typex_kernels::tdes::SliceKey>(
    keys: &'a [K],
    data: &'a mut [Vec<u8>],
) -> Vec<EcbJob<'a, K>> {
    keys.iter().zip(data).map(|(keys, data)| EcbJob::new(keys, data).unwrap()).collect()
}
