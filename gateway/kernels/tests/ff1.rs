//! FF1: NIST's samples, random strings against another implementation, whole domains, every path.

#![allow(clippy::unwrap_used)]

use aes::{Aes128, Aes192, Aes256};
use fpe::ff1::{FF1, FlexibleNumeralString};
use typex_kernels::ff1::{CardJob, Ff1Error, Opening, Shape};
use typex_kernels::limits::{FF1_NUMERALS_MAX, FF1_TWEAK_BYTES_MAX};
use typex_kernels::{Path, RoundKeys};

const KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94";

/// NIST, examples with intermediate values, FF1: bytes of the key, tweak, radix, both texts.
// spec: payments 10.1
const SAMPLES: [(usize, &str, u32, &str, &str); 9] = [
    (16, "", 10, "0123456789", "2433477484"),
    (16, "39383736353433323130", 10, "0123456789", "6124200773"),
    (16, "3737373770717273373737", 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"),
    (24, "", 10, "0123456789", "2830668132"),
    (24, "39383736353433323130", 10, "0123456789", "2496655549"),
    (24, "3737373770717273373737", 36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"),
    (32, "", 10, "0123456789", "6657667009"),
    (32, "39383736353433323130", 10, "0123456789", "1001623463"),
    (32, "3737373770717273373737", 36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"),
];

/// The same numbers in every run.
struct Random(u64);

impl Random {
    /// Numbers of xorshift64*, multiplied into the range.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((u128::from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)) * u128::from(limit)) >> 64) as u64
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }

    fn numerals(&mut self, radix: u32, count: usize) -> Vec<u16> {
        // Extremes are as frequent as the rest.
        let fixed = match self.below(8) {
            0 => Some(0),
            1 => Some((radix - 1) as u16),
            _ => None,
        };
        let drawn = (0..count).map(|_| self.below(u64::from(radix)) as u16);
        drawn.map(|numeral| fixed.unwrap_or(numeral)).collect()
    }
}

/// Another implementation.
fn other(key: &[u8], radix: u32, tweak: &[u8], text: &[u16], back: bool) -> Vec<u16> {
    let text = FlexibleNumeralString::from(text.to_vec());
    macro_rules! with {
        ($aes:ty) => {{
            let ff1 = FF1::<$aes>::new(key, radix).unwrap();
            if back { ff1.decrypt(tweak, &text) } else { ff1.encrypt(tweak, &text) }
        }};
    }
    let result = match key.len() {
        16 => with!(Aes128),
        24 => with!(Aes192),
        _ => with!(Aes256),
    };
    result.unwrap().into()
}

fn general(path: Path, key: &[u8], radix: u32, tweak: &[u8], text: &[u16], back: bool) -> Vec<u16> {
    let (keys, shape) = (RoundKeys::boxed(key).unwrap(), Shape::new(radix, text.len()).unwrap());
    let mut text = text.to_vec();
    match back {
        false => path.ff1_encrypt(&keys, &shape, tweak, &mut text).unwrap(),
        true => path.ff1_decrypt(&keys, &shape, tweak, &mut text).unwrap(),
    }
    text
}

/// A card number with its key and tweak.
#[derive(Clone)]
struct Card {
    key: Vec<u8>,
    tweak: Vec<u8>,
    digits: Vec<u8>,
}

impl Card {
    fn random(random: &mut Random, length: usize) -> Self {
        let key_bytes = 16 + 8 * random.below(3) as usize;
        let most = [13, 12, 11, 11, 10][[8, 14, 16, 18, 19].partition_point(|at| *at < length)];
        let tweak_bytes = random.below(most + 1) as usize;
        let digits = random.numerals(10, length).iter().map(|numeral| *numeral as u8).collect();
        Self { key: random.bytes(key_bytes), tweak: random.bytes(tweak_bytes), digits }
    }

    fn numerals(&self) -> Vec<u16> {
        self.digits.iter().copied().map(u16::from).collect()
    }

    fn other(&self, back: bool) -> Vec<u8> {
        let numerals = other(&self.key, 10, &self.tweak, &self.numerals(), back);
        numerals.iter().map(|numeral| *numeral as u8).collect()
    }
}

/// All cards in one call.
fn lanes(path: Path, cards: &[Card], back: bool) -> Vec<Vec<u8>> {
    let keys: Vec<_> = cards.iter().map(|card| RoundKeys::boxed(&card.key).unwrap()).collect();
    let mut texts: Vec<_> = cards.iter().map(|card| card.digits.clone()).collect();
    let jobs = texts.iter_mut().zip(cards).zip(&keys);
    let mut jobs: Vec<_> = jobs
        .map(|((digits, card), keys)| {
            let opening = Opening::new(keys, digits.len(), card.tweak.len()).unwrap();
            CardJob::new(keys, &opening, &card.tweak, digits).unwrap()
        })
        .collect();
    match back {
        false => path.ff1_encrypt_lanes(&mut jobs),
        true => path.ff1_decrypt_lanes(&mut jobs),
    }
    texts
}

#[test]
fn the_samples_of_the_standard() {
    let key = const_hex::decode(KEY).unwrap();
    let numerals = |text: &str| -> Vec<u16> {
        text.chars().map(|digit| digit.to_digit(36).unwrap() as u16).collect()
    };
    for (bytes, tweak, radix, plain, cipher) in SAMPLES {
        let (key, tweak) = (&key[..bytes], const_hex::decode(tweak).unwrap());
        let (plain, cipher) = (numerals(plain), numerals(cipher));
        for path in Path::available() {
            assert_eq!(general(*path, key, radix, &tweak, &plain, false), cipher, "{path}");
            assert_eq!(general(*path, key, radix, &tweak, &cipher, true), plain, "{path}");
        }
    }
}

/// 20 000 cards of 12 to 19 digits, or a million with `TEST_SCALE=full`, both directions.
#[test]
fn cards_are_those_of_another_implementation() {
    let full = std::env::var("TEST_SCALE").is_ok_and(|scale| scale == "full");
    let (count, mut random) = (if full { 1_000_000 } else { 20_000 }, Random(0x5eed_0001));
    let cards: Vec<_> = (0..count).map(|at| Card::random(&mut random, 12 + at % 8)).collect();
    for (at, batch) in cards.chunks(100).enumerate() {
        let path = Path::available()[at % Path::available().len()];
        for back in [false, true] {
            let expected: Vec<_> = batch.iter().map(|card| card.other(back)).collect();
            assert_eq!(lanes(path, batch, back), expected, "{path}");
        }
    }
}

#[test]
fn both_ways_agree_on_every_path() {
    let mut random = Random(0x5eed_0002);
    for round in 0..600 {
        let card = Card::random(&mut random, 6 + round % 14);
        for back in [false, true] {
            let expected = card.other(back);
            let numerals: Vec<u16> = expected.iter().copied().map(u16::from).collect();
            for path in Path::available() {
                let alone = lanes(*path, std::slice::from_ref(&card), back);
                assert_eq!(alone[0], expected, "{path}, {} digits", card.digits.len());
                let (key, text) = (&card.key, card.numerals());
                assert_eq!(general(*path, key, 10, &card.tweak, &text, back), numerals, "{path}");
            }
        }
    }
}

#[test]
fn order_and_number_of_lanes_change_nothing() {
    let mut random = Random(0x5eed_0003);
    let cards: Vec<_> = (0..90)
        .map(|_| {
            let length = 6 + random.below(14) as usize;
            Card::random(&mut random, length)
        })
        .collect();
    let expected: Vec<_> = cards.iter().map(|card| card.other(false)).collect();
    for path in Path::available() {
        for count in (0..40).chain([63, 64, 65, 90]) {
            let (batch, mut expected) = (&cards[..count], expected[..count].to_vec());
            let encrypted = lanes(*path, batch, false);
            assert_eq!(encrypted, expected, "{path}, {count}");
            let back = |(card, digits): (&Card, _)| Card { digits, ..card.clone() };
            let others: Vec<_> = batch.iter().zip(encrypted).map(back).collect();
            let plain: Vec<_> = batch.iter().map(|card| card.digits.clone()).collect();
            assert_eq!(lanes(*path, &others, true), plain, "{path}, {count}");
            let reversed: Vec<_> = batch.iter().rev().cloned().collect();
            expected.reverse();
            assert_eq!(lanes(*path, &reversed, false), expected, "{path}, {count}");
        }
    }
}

/// Every string of six digits has another one, and no two the same.
#[test]
fn six_digits_are_permuted() {
    const VALUES: usize = 1_000_000;
    let keys = RoundKeys::boxed(&[0x3c; 32]).unwrap();
    let opening = Opening::new(&keys, 6, 4).unwrap();
    let mut seen = vec![false; VALUES];
    for first in (0..VALUES).step_by(1000) {
        let text =
            |value: usize| format!("{value:06}").into_bytes().iter().map(|b| b - b'0').collect();
        let plain: Vec<Vec<u8>> = (first..first + 1000).map(text).collect();
        let mut texts = plain.clone();
        for path in [Path::ff1_encrypt_lanes, Path::ff1_decrypt_lanes] {
            let jobs = texts.iter_mut().map(|text| CardJob::new(&keys, &opening, b"test", text));
            path(Path::detect(), &mut jobs.collect::<Result<Vec<_>, _>>().unwrap());
            if texts != plain {
                for text in &texts {
                    let value = text.iter().fold(0, |sum, digit| 10 * sum + usize::from(*digit));
                    assert!(!std::mem::replace(&mut seen[value], true), "{value} comes twice");
                }
            }
        }
        assert_eq!(texts, plain);
    }
    assert!(seen.iter().all(|seen| *seen));
}

#[test]
fn any_radix_and_length_as_another_implementation() {
    let mut random = Random(0x5eed_0004);
    for round in 0..1500 {
        let radix = match round % 4 {
            0 => [2, 3, 10, 16, 26, 36, 62, 94, 256, 65_535, 65_536][round / 4 % 11],
            _ => 2 + random.below(1 << (1 + round % 16)) as u32,
        };
        let least = (2..).find(|n| u64::from(radix).saturating_pow(*n) >= 1_000_000).unwrap();
        let spread = if round % 50 == 0 { FF1_NUMERALS_MAX - least as usize } else { 40 };
        let length = least as usize + random.below(spread as u64 + 1) as usize;
        let tweak_bytes = random.below(if round % 10 == 0 { 257 } else { 40 }) as usize;
        let (key, tweak) = (random.bytes(16 + 8 * (round % 3)), random.bytes(tweak_bytes));
        let text = random.numerals(radix, length);
        let path = Path::available()[round % Path::available().len()];
        for back in [false, true] {
            let expected = other(&key, radix, &tweak, &text, back);
            let found = general(path, &key, radix, &tweak, &text, back);
            assert_eq!(found, expected, "radix {radix}, {length} numerals, {path}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let keys = RoundKeys::boxed(&[1; 16]).unwrap();
    let opening = |digits, tweak| Opening::new(&keys, digits, tweak).err();
    assert_eq!(opening(5, 0), Some(Ff1Error::DomainTooSmall));
    assert_eq!(opening(20, 0), Some(Ff1Error::Length));
    for (digits, tweak) in [(6, 13), (8, 13), (9, 12), (14, 12), (15, 11), (18, 11), (19, 10)] {
        assert_eq!(opening(digits, tweak), None, "{digits}");
        assert_eq!(opening(digits, tweak + 1), Some(Ff1Error::TweakLength), "{digits}");
    }
    let opening = Opening::new(&keys, 12, 4).unwrap();
    let card = |tweak: &[u8], mut digits: Vec<u8>| {
        CardJob::new(&keys, &opening, tweak, &mut digits).map(drop).err()
    };
    assert_eq!(card(&[0; 4], vec![1; 11]), Some(Ff1Error::Length));
    assert_eq!(card(&[0; 5], vec![1; 12]), Some(Ff1Error::TweakLength));
    assert_eq!(card(&[0; 4], vec![1; 12]), None);
    let shape = Shape::new(10, 12).unwrap();
    let general = |tweak: &[u8], mut text: Vec<u16>| {
        Path::detect().ff1_encrypt(&keys, &shape, tweak, &mut text).err()
    };
    assert_eq!(general(&[], vec![1; 13]), Some(Ff1Error::Length));
    assert_eq!(general(&[0; FF1_TWEAK_BYTES_MAX + 1], vec![1; 12]), Some(Ff1Error::TweakLength));
    assert_eq!(general(&[0; FF1_TWEAK_BYTES_MAX], vec![1; 12]), None);
}

/// The caller sees to it that digits are digits; of other bytes comes no panic.
#[test]
fn what_is_no_digit_does_no_harm() {
    let mut random = Random(0x5eed_0005);
    for length in 6..=19 {
        for path in Path::available() {
            let mut card = Card::random(&mut random, length);
            card.digits = vec![0xff; length];
            lanes(*path, &[card.clone(), card.clone()], false);
            lanes(*path, &[card.clone(), card], true);
            for radix in [2, 10, 65_535] {
                let length = length.max(20);
                general(*path, &[7; 16], radix, &[], &vec![u16::MAX; length], false);
                general(*path, &[7; 16], radix, &[], &vec![u16::MAX; length], true);
            }
        }
    }
}
