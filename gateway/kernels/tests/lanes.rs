//! Random sets of jobs on every path against the `aes` crate, one message at a time.

#![allow(clippy::unwrap_used)]

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use proptest::prelude::*;
use typex_kernels::{Block, CbcJob, CmacJob, CtrJob, EcbJob, LengthError, MacJob, Path, RoundKeys};

/// A message with its key; `data` has any length, whole blocks are a prefix of it.
#[derive(Clone, Debug)]
struct Message {
    key: Vec<u8>,
    iv: Block,
    data: Vec<u8>,
}

impl Message {
    fn whole(&self) -> &[u8] {
        &self.data[..self.data.len() / 16 * 16]
    }
}

fn message() -> impl Strategy<Value = Message> {
    let key = prop_oneof![
        prop::array::uniform16(any::<u8>()).prop_map(|key| key.to_vec()),
        prop::array::uniform24(any::<u8>()).prop_map(|key| key.to_vec()),
        prop::array::uniform32(any::<u8>()).prop_map(|key| key.to_vec()),
    ];
    let length = prop_oneof![3 => 0_usize..100, 2 => Just(256), 1 => 100_usize..1200];
    let iv = prop_oneof![4 => any::<Block>(), 1 => Just([0xff; 16])];
    (key, iv, length, any::<u8>()).prop_map(|(key, iv, length, seed)| {
        let data = (0..length).map(|at| (at as u8).wrapping_mul(31) ^ seed).collect();
        Message { key, iv, data }
    })
}

fn messages() -> impl Strategy<Value = Vec<Message>> {
    prop_oneof![
        1 => prop::collection::vec(message(), 0..4),
        2 => prop::collection::vec(message(), 0..90),
    ]
}

/// One block under the `aes` crate.
enum Oracle {
    Short(aes::Aes128),
    Middle(aes::Aes192),
    Long(aes::Aes256),
}

impl Oracle {
    fn new(key: &[u8]) -> Self {
        match key.len() {
            16 => Self::Short(aes::Aes128::new_from_slice(key).unwrap()),
            24 => Self::Middle(aes::Aes192::new_from_slice(key).unwrap()),
            _ => Self::Long(aes::Aes256::new_from_slice(key).unwrap()),
        }
    }

    fn encrypt(&self, block: &[u8]) -> Block {
        let mut block = aes::Block::try_from(block).unwrap();
        match self {
            Self::Short(cipher) => cipher.encrypt_block(&mut block),
            Self::Middle(cipher) => cipher.encrypt_block(&mut block),
            Self::Long(cipher) => cipher.encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt(&self, block: &[u8]) -> Block {
        let mut block = aes::Block::try_from(block).unwrap();
        match self {
            Self::Short(cipher) => cipher.decrypt_block(&mut block),
            Self::Middle(cipher) => cipher.decrypt_block(&mut block),
            Self::Long(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }

    fn cbc(&self, iv: &Block, data: &[u8]) -> Vec<u8> {
        let mut before = *iv;
        data.chunks(16)
            .flat_map(|block| {
                before = self.encrypt(&xor(&before, block));
                before
            })
            .collect()
    }

    fn cbc_inverse(&self, iv: &Block, data: &[u8]) -> Vec<u8> {
        let mut before = iv.to_vec();
        data.chunks(16)
            .flat_map(|block| {
                let plain = xor(&self.decrypt(block), &before);
                before = block.to_vec();
                plain
            })
            .collect()
    }

    fn ctr(&self, counter: &Block, data: &[u8]) -> Vec<u8> {
        let first = u128::from_be_bytes(*counter);
        data.chunks(16)
            .zip(0..)
            .flat_map(|(chunk, at)| {
                let stream = self.encrypt(&first.wrapping_add(at).to_be_bytes());
                xor(&stream, chunk)
            })
            .collect()
    }

    /// SP 800-38B in the words of its section 6.2, with arithmetic on bits.
    fn cmac(&self, data: &[u8]) -> Block {
        let double = |block: Block| {
            let carry = block[0] >> 7;
            let mut out: Block =
                std::array::from_fn(|at| block[at] << 1 | block.get(at + 1).unwrap_or(&0) >> 7);
            out[15] ^= carry * 0x87;
            out
        };
        let first = double(self.encrypt(&[0; 16]));
        let mut padded = data.to_vec();
        let mut subkey = first;
        if data.is_empty() || !data.len().is_multiple_of(16) {
            subkey = double(first);
            padded.push(0x80);
            padded.resize(padded.len().next_multiple_of(16), 0);
        }
        let last = padded.len() - 16;
        let end = xor(&padded[last..], &subkey);
        padded[last..].copy_from_slice(&end);
        *self.cbc(&[0; 16], &padded).last_chunk().unwrap()
    }
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

fn keys(messages: &[Message]) -> Vec<RoundKeys> {
    messages.iter().map(|message| RoundKeys::new(&message.key).unwrap()).collect()
}

/// What each message becomes under the oracle.
fn expected<T>(messages: &[Message], of: impl Fn(&Oracle, &Message) -> T) -> Vec<T> {
    messages.iter().map(|message| of(&Oracle::new(&message.key), message)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn cbc_equals_one_by_one(messages in messages()) {
        let keys = keys(&messages);
        let encrypted = expected(&messages, |aes, m| aes.cbc(&m.iv, m.whole()));
        let decrypted = expected(&messages, |aes, m| aes.cbc_inverse(&m.iv, m.whole()));
        for path in Path::available() {
            let inputs: Vec<_> = messages.iter().map(|m| m.whole().to_vec()).collect();
            let (mut up, mut down, mut single) = (inputs.clone(), inputs.clone(), inputs);
            path.cbc_encrypt_lanes(&mut cbc_jobs(&keys, &messages, &mut up));
            path.cbc_decrypt_lanes(&mut cbc_jobs(&keys, &messages, &mut down));
            prop_assert_eq!(&up, &encrypted, "{}", path);
            prop_assert_eq!(&down, &decrypted, "{}", path);
            for ((keys, message), data) in keys.iter().zip(&messages).zip(&mut single) {
                path.cbc_encrypt(keys, &message.iv, data).unwrap();
            }
            prop_assert_eq!(&single, &encrypted, "{}", path);
            for ((keys, message), data) in keys.iter().zip(&messages).zip(&mut single) {
                path.cbc_decrypt(keys, &message.iv, data).unwrap();
                prop_assert_eq!(&data[..], message.whole(), "{}", path);
            }
        }
    }

    #[test]
    fn macs_equal_one_by_one(messages in messages()) {
        let whole: Vec<_> =
            messages.iter().filter(|m| !m.whole().is_empty()).cloned().collect();
        let (keys, whole_keys) = (keys(&messages), keys(&whole));
        let cmacs = expected(&messages, |aes, m| aes.cmac(&m.data));
        let macs = expected(&whole, |aes, m| {
            *aes.cbc(&[0; 16], m.whole()).last_chunk::<16>().unwrap()
        });
        for path in Path::available() {
            let mut jobs: Vec<_> =
                keys.iter().zip(&messages).map(|(k, m)| CmacJob::new(k, &m.data)).collect();
            path.cmac_lanes(&mut jobs);
            prop_assert_eq!(jobs.iter().map(CmacJob::tag).collect::<Vec<_>>(), cmacs.clone());
            let mut jobs: Vec<_> = whole_keys
                .iter()
                .zip(&whole)
                .map(|(k, m)| MacJob::new(k, m.whole()).unwrap())
                .collect();
            path.cbc_mac_lanes(&mut jobs);
            prop_assert_eq!(jobs.iter().map(MacJob::tag).collect::<Vec<_>>(), macs.clone());
            for ((keys, message), tag) in keys.iter().zip(&messages).zip(&cmacs) {
                prop_assert_eq!(path.cmac(keys, &message.data), *tag);
            }
            for ((keys, message), tag) in whole_keys.iter().zip(&whole).zip(&macs) {
                prop_assert_eq!(path.cbc_mac(keys, message.whole()).unwrap(), *tag);
            }
        }
    }

    #[test]
    fn ecb_and_ctr_equal_one_by_one(messages in messages()) {
        let keys = keys(&messages);
        let ecb = expected(&messages, |aes, m| -> Vec<u8> {
            m.whole().chunks(16).flat_map(|block| aes.encrypt(block)).collect()
        });
        let ctr = expected(&messages, |aes, m| aes.ctr(&m.iv, &m.data));
        for path in Path::available() {
            let whole: Vec<_> = messages.iter().map(|m| m.whole().to_vec()).collect();
            let mut data = whole.clone();
            path.ecb_encrypt_lanes(&mut ecb_jobs(&keys, &mut data));
            prop_assert_eq!(&data, &ecb, "{}", path);
            path.ecb_decrypt_lanes(&mut ecb_jobs(&keys, &mut data));
            prop_assert_eq!(&data, &whole, "{}", path);
            let mut data: Vec<_> = messages.iter().map(|m| m.data.clone()).collect();
            let mut jobs: Vec<_> = keys
                .iter()
                .zip(&messages)
                .zip(&mut data)
                .map(|((keys, m), data)| CtrJob::new(keys, m.iv, data))
                .collect();
            path.ctr_lanes(&mut jobs);
            prop_assert_eq!(&data, &ctr, "{}", path);
        }
    }

    /// Neither the order of the jobs nor their neighbours matter.
    #[test]
    fn order_and_company_do_not_matter(messages in messages(), turn in 0_usize..90) {
        let keys = keys(&messages);
        for path in Path::available() {
            let inputs: Vec<_> = messages.iter().map(|m| m.whole().to_vec()).collect();
            let (mut straight, mut turned) = (inputs.clone(), inputs.clone());
            path.cbc_encrypt_lanes(&mut cbc_jobs(&keys, &messages, &mut straight));
            let mut jobs = cbc_jobs(&keys, &messages, &mut turned);
            jobs.reverse();
            let middle = turn.min(jobs.len());
            let (first, second) = jobs.split_at_mut(middle);
            path.cbc_encrypt_lanes(second);
            path.cbc_encrypt_lanes(first);
            prop_assert_eq!(&straight, &turned, "{}", path);
        }
    }
}

fn cbc_jobs<'a>(
    keys: &'a [RoundKeys],
    messages: &[Message],
    data: &'a mut [Vec<u8>],
) -> Vec<CbcJob<'a>> {
    let jobs = keys.iter().zip(messages).zip(data);
    jobs.map(|((keys, m), data)| CbcJob::new(keys, m.iv, data).unwrap()).collect()
}

fn ecb_jobs<'a>(keys: &'a [RoundKeys], data: &'a mut [Vec<u8>]) -> Vec<EcbJob<'a>> {
    keys.iter().zip(data).map(|(keys, data)| EcbJob::new(keys, data).unwrap()).collect()
}

/// Every lane count around the widths of the paths, messages of one length each and mixed.
#[test]
fn every_lane_count() {
    let keys: Vec<_> = (0..70_u8).map(|at| RoundKeys::new(&[at; 32]).unwrap()).collect();
    for path in Path::available() {
        for count in 0..=70 {
            let input: Vec<_> = (0..count).map(|at| vec![at as u8; 16 * (1 + at % 7)]).collect();
            let (mut lanes, mut singles) = (input.clone(), input);
            let mut jobs: Vec<_> = keys
                .iter()
                .zip(&mut lanes)
                .map(|(keys, data)| CbcJob::new(keys, [9; 16], data).unwrap())
                .collect();
            path.cbc_encrypt_lanes(&mut jobs);
            for (keys, data) in keys.iter().zip(&mut singles) {
                path.cbc_encrypt(keys, &[9; 16], data).unwrap();
            }
            assert_eq!(lanes, singles, "{path} {count}");
        }
    }
}

/// A slice of one buffer per job: a write beyond a job's own message would hit its neighbour or
/// the gap between them.
#[test]
fn nothing_is_written_outside_a_message() {
    let keys: Vec<_> = (0..40_u8).map(|at| RoundKeys::new(&[at; 16]).unwrap()).collect();
    for path in Path::available() {
        let mut buffer = vec![0xee_u8; 40 * 128];
        let mut jobs: Vec<_> = keys
            .iter()
            .zip(buffer.chunks_mut(128).enumerate())
            .map(|(keys, (at, piece))| {
                CbcJob::new(keys, [0; 16], &mut piece[1..][..16 * (at % 7)]).unwrap()
            })
            .collect();
        path.cbc_encrypt_lanes(&mut jobs);
        path.cbc_decrypt_lanes(&mut jobs);
        assert!(buffer.iter().all(|&byte| byte == 0xee), "{path}");
    }
}

#[test]
fn partial_blocks_are_refused_and_leave_the_data_alone() {
    let keys = RoundKeys::new(&[1; 16]).unwrap();
    for length in (0..70).filter(|length| length % 16 != 0) {
        let mut data = vec![5; length];
        let partial = Some(LengthError::PartialBlock);
        assert_eq!(CbcJob::new(&keys, [0; 16], &mut data).err(), partial);
        assert_eq!(EcbJob::new(&keys, &mut data).err(), partial);
        assert_eq!(MacJob::new(&keys, &data).err(), partial);
        for path in Path::available() {
            assert_eq!(path.cbc_encrypt(&keys, &[0; 16], &mut data).err(), partial);
            assert_eq!(path.cbc_decrypt(&keys, &[0; 16], &mut data).err(), partial);
            assert_eq!(path.ecb_encrypt(&keys, &mut data).err(), partial);
            assert_eq!(path.ecb_decrypt(&keys, &mut data).err(), partial);
            assert_eq!(path.cbc_mac(&keys, &data).err(), partial);
        }
        assert_eq!(data, vec![5; length]);
    }
    assert_eq!(MacJob::new(&keys, &[]).err(), Some(LengthError::Empty));
    assert_eq!(typex_kernels::cbc_mac(&keys, &[]).err(), Some(LengthError::Empty));
}

#[test]
fn paths_end_with_the_portable_one() {
    let names: Vec<_> = Path::available().iter().map(|path| path.name()).collect();
    assert_eq!(names.last(), Some(&"portable"));
    assert_eq!(Path::detect().name(), names[0]);
    eprintln!("paths run: {names:?}");
}
