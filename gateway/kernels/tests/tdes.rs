//! Random sets of triple DES jobs on every path against the `des` crate, one block at a time.

#![allow(clippy::unwrap_used)]

use des::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use proptest::prelude::*;
use typex_kernels::tdes::{
    self, Block, CbcJob, DesKey, EcbJob, KeyLength, LengthError, MacJob, Padding, Path, SliceKey,
    TdesKey,
};

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

    /// The padded message in CBC, the last block under `last`.
    fn mac(&self, last: &Self, padding: Padding, data: &[u8]) -> Block {
        let mut padded = if padding == Padding::Length {
            (data.len() as u64 * 8).to_be_bytes().to_vec()
        } else {
            Vec::new()
        };
        padded.extend(data);
        if padding == Padding::OneBit {
            padded.push(0x80);
        }
        let blocks = padded.len().div_ceil(8).max(if data.is_empty() { 1 } else { 0 });
        let blocks = if data.is_empty() && padding == Padding::Length { 2 } else { blocks };
        padded.resize(blocks * 8, 0);
        let (body, end) = padded.split_at(padded.len() - 8);
        let chain = self.cbc(&[0; 8], body);
        last.encrypt(&xor(chain.last_chunk::<8>().unwrap_or(&[0; 8]), end))
    }

    /// SP 800-38B in the words of its section 6.2, with arithmetic on bits.
    fn cmac(&self, data: &[u8]) -> Block {
        let double = |block: Block| {
            let carry = block[0] >> 7;
            let mut out: Block =
                std::array::from_fn(|at| block[at] << 1 | block.get(at + 1).unwrap_or(&0) >> 7);
            out[7] ^= carry * 0x1b;
            out
        };
        let first = double(self.encrypt(&[0; 8]));
        let mut padded = data.to_vec();
        let mut subkey = first;
        if data.is_empty() || !data.len().is_multiple_of(8) {
            subkey = double(first);
            padded.push(0x80);
            padded.resize(padded.len().next_multiple_of(8), 0);
        }
        let last = padded.len() - 8;
        let end = xor(&padded[last..], &subkey);
        padded[last..].copy_from_slice(&end);
        *self.cbc(&[0; 8], &padded).last_chunk().unwrap()
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

    #[test]
    fn each_block_has_its_own_key(messages in messages()) {
        let triple = keys(&messages);
        let single: Vec<_> =
            messages.iter().map(|m| DesKey::new(m.key.first_chunk().unwrap())).collect();
        let ivs: Vec<Block> = messages.iter().map(|m| m.iv).collect();
        let of = |oracle: fn(&Message) -> Oracle| -> Vec<Block> {
            messages.iter().map(|m| oracle(m).encrypt(&m.iv)).collect()
        };
        for path in Path::available() {
            let (mut by_triple, mut by_single) = (ivs.clone(), ivs.clone());
            path.encrypt_each(&triple, &mut by_triple);
            prop_assert_eq!(by_triple, of(|m| Oracle::new(&m.key)), "{}", path);
            path.encrypt_each(&single, &mut by_single);
            prop_assert_eq!(by_single, of(|m| Oracle::new(&m.key[..8])), "{}", path);
        }
    }

    #[test]
    fn a_key_of_two_parts_is_that_of_sixteen_bytes(
        key in any::<[Block; 2]>(),
        block in any::<Block>(),
    ) {
        let whole = TdesKey::new(key.as_flattened()).unwrap();
        let parts = TdesKey::of_two(&key[0], &key[1]);
        prop_assert_eq!(parts.encrypt_block(&block), whole.encrypt_block(&block));
        prop_assert_eq!(parts.key_bits(), 128);
    }

    #[test]
    fn macs_equal_one_by_one(messages in messages()) {
        let keys = keys(&messages);
        let expected = expected(&messages, |des, m| {
            let first = Oracle::new(&m.key[..8]);
            match kind(m) {
                (0, padding) => des.mac(des, padding, &m.data),
                (1, padding) => first.mac(des, padding, &m.data),
                _ => des.cmac(&m.data),
            }
        });
        for path in Path::available() {
            let mut jobs: Vec<_> = keys.iter().zip(&messages).map(mac_job).collect();
            path.mac_lanes(&mut jobs);
            prop_assert_eq!(&jobs.iter().map(MacJob::tag).collect::<Vec<_>>(), &expected);
            // A job that ran may run again.
            path.mac_lanes(&mut jobs);
            prop_assert_eq!(&jobs.iter().map(MacJob::tag).collect::<Vec<_>>(), &expected);
        }
    }

    /// Neither the order of the jobs nor their neighbours matter.
    #[test]
    fn order_and_company_do_not_matter(messages in messages(), turn in 0_usize..150) {
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
            let mut jobs = cbc_jobs(&keys, &messages, &mut turned);
            jobs.rotate_left(middle);
            path.cbc_decrypt_lanes(&mut jobs);
            prop_assert_eq!(&inputs, &turned, "{}", path);
        }
    }

    /// The lowest bit of a key byte is parity.
    #[test]
    fn parity_is_ignored(key in any::<[u8; 24]>(), odd in any::<[u8; 24]>(), block: Block) {
        let other: Vec<_> = key.iter().zip(odd).map(|(byte, odd)| byte ^ (odd & 1)).collect();
        for length in [16, 24] {
            let (a, b) = (&key[..length], &other[..length]);
            let (a, b) = (TdesKey::new(a).unwrap(), TdesKey::new(b).unwrap());
            prop_assert_eq!(a.encrypt_block(&block), b.encrypt_block(&block));
        }
    }
}

/// Which MAC a message gets, by its first IV byte.
fn kind(message: &Message) -> (u8, Padding) {
    let padding = [Padding::Zeros, Padding::OneBit, Padding::Length];
    (message.iv[0] % 3, padding[usize::from(message.iv[1] % 3)])
}

fn mac_job<'a>((key, message): (&'a TdesKey, &'a Message)) -> MacJob<'a> {
    match kind(message) {
        (0, padding) => MacJob::chained(key, padding, &message.data),
        (1, padding) => MacJob::retail(key, padding, &message.data),
        _ => MacJob::cmac(key, &message.data),
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

fn ecb_jobs<'a, K: SliceKey>(keys: &'a [K], data: &'a mut [Vec<u8>]) -> Vec<EcbJob<'a, K>> {
    keys.iter().zip(data).map(|(keys, data)| EcbJob::new(keys, data).unwrap()).collect()
}

/// Every lane count around the widths of the paths, messages of mixed lengths.
#[test]
fn every_lane_count() {
    let keys: Vec<_> = (0..1100_u16)
        .map(|at| TdesKey::new(&at.to_be_bytes().repeat(if at % 2 == 0 { 8 } else { 12 })).unwrap())
        .collect();
    let counts = (0..=3).chain([63, 64, 65, 255, 256, 257, 511, 512, 513, 1025]);
    for count in counts {
        let input: Vec<_> = (0..count).map(|at| vec![at as u8; 8 * (1 + at % 3)]).collect();
        let mut expected = input.clone();
        for (at, data) in expected.iter_mut().enumerate() {
            let width = if at % 2 == 0 { 8 } else { 12 };
            let oracle = Oracle::new(&(at as u16).to_be_bytes().repeat(width));
            *data = oracle.cbc(&[9; 8], data);
        }
        for path in Path::available() {
            let mut data = input.clone();
            path.cbc_encrypt_lanes(&mut same_iv_jobs(&keys, &mut data));
            assert_eq!(data, expected, "{path} {count}");
            path.cbc_decrypt_lanes(&mut same_iv_jobs(&keys, &mut data));
            assert_eq!(data, input, "{path} {count}");
        }
    }
}

fn same_iv_jobs<'a>(keys: &'a [TdesKey], data: &'a mut [Vec<u8>]) -> Vec<CbcJob<'a>> {
    let jobs = keys.iter().zip(data);
    jobs.map(|(keys, data)| CbcJob::new(keys, [9; 8], data).unwrap()).collect()
}

/// Single messages go the same way as lanes of one.
#[test]
fn single_messages() {
    let bytes: Vec<u8> = (0..24).collect();
    let key = TdesKey::new(&bytes).unwrap();
    let oracle = Oracle::new(&bytes);
    for blocks in [0, 1, 2, 65, 600] {
        let plain: Vec<u8> = (0..8 * blocks).map(|at| at as u8).collect();
        let mut data = plain.clone();
        tdes::cbc_encrypt(&key, &[3; 8], &mut data).unwrap();
        assert_eq!(data, oracle.cbc(&[3; 8], &plain));
        tdes::cbc_decrypt(&key, &[3; 8], &mut data).unwrap();
        assert_eq!(data, plain);
        tdes::ecb_encrypt(&key, &mut data).unwrap();
        tdes::ecb_decrypt(&key, &mut data).unwrap();
        assert_eq!(data, plain);
        let retail = Oracle::new(&bytes[..8]).mac(&oracle, Padding::OneBit, &plain);
        assert_eq!(tdes::retail_mac(&key, Padding::OneBit, &plain), retail);
        let chained = oracle.mac(&oracle, Padding::Zeros, &plain);
        assert_eq!(tdes::cbc_mac(&key, Padding::Zeros, &plain), chained);
        assert_eq!(tdes::cmac(&key, &plain), oracle.cmac(&plain));
    }
}

#[test]
fn other_lengths_are_refused_and_leave_the_data_alone() {
    for actual in (0..40).filter(|length| ![16, 24].contains(length)) {
        assert_eq!(TdesKey::new(&vec![7; actual]).err(), Some(KeyLength { actual }));
    }
    let key = TdesKey::new(&[1; 16]).unwrap();
    assert_eq!((key.key_bits(), TdesKey::new(&[1; 24]).unwrap().key_bits()), (128, 192));
    for length in (0..40).filter(|length| length % 8 != 0) {
        let mut data = vec![5; length];
        assert_eq!(CbcJob::new(&key, [0; 8], &mut data).err(), Some(LengthError));
        assert_eq!(EcbJob::new(&key, &mut data).err(), Some(LengthError));
        assert_eq!(tdes::cbc_encrypt(&key, &[0; 8], &mut data), Err(LengthError));
        assert_eq!(tdes::cbc_decrypt(&key, &[0; 8], &mut data), Err(LengthError));
        assert_eq!(tdes::ecb_encrypt(&key, &mut data), Err(LengthError));
        assert_eq!(tdes::ecb_decrypt(&key, &mut data), Err(LengthError));
        assert_eq!(data, vec![5; length]);
    }
}

#[test]
fn paths_end_with_the_portable_one() {
    let names: Vec<_> = Path::available().iter().map(|path| path.name()).collect();
    let lanes: Vec<_> = Path::available().iter().map(|path| path.lanes()).collect();
    assert_eq!((names.last(), lanes.last()), (Some(&"portable"), Some(&64)));
    assert_eq!(Path::detect().name(), names[0]);
    eprintln!("paths run: {names:?}, lanes {lanes:?}");
}
