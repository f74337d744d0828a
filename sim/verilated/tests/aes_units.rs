//! The AES lanes, key expansion and the GHASH multiplier, block by block.
#![cfg(feature = "units")]

#[path = "aes_units/bench.rs"]
mod bench;
#[path = "cluster/random.rs"]
mod random;
#[path = "aes_units/software.rs"]
mod software;

use bench::{Bench, SLOTS};
use random::Random;
use software::{Key, ghash_product};

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    assert_eq!(hex.len(), 2 * N);
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
}

/// Key, plaintext, ciphertext: FIPS-197 appendix B, then C.1 to C.3.
const VECTORS: [(&str, &str, &str); 4] = [
    (
        "2b7e151628aed2a6abf7158809cf4f3c",
        "3243f6a8885a308d313198a2e0370734",
        "3925841d02dc09fbdc118597196a0b32",
    ),
    (
        "000102030405060708090a0b0c0d0e0f",
        "00112233445566778899aabbccddeeff",
        "69c4e0d86a7b0430d8cdb78070b4c55a",
    ),
    (
        "000102030405060708090a0b0c0d0e0f1011121314151617",
        "00112233445566778899aabbccddeeff",
        "dda97ca4864cdfe06eaf70a0ec0d7191",
    ),
    (
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "00112233445566778899aabbccddeeff",
        "8ea2b7ca516745bfeafc49904b496089",
    ),
];

fn key(hex: &str) -> Key {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16);
    Key::new(&digits.map(|pair| byte(pair).expect("hex")).collect::<Vec<_>>())
}

/// Chance from the variable SEED, or from a fixed one; the seed is printed.
fn chance() -> Random {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(197);
    println!("SEED={seed}");
    Random::new(seed)
}

#[test]
fn fips_197_vectors() {
    let mut bench = Bench::new();
    for (slot, (hex, plain, cipher)) in VECTORS.into_iter().enumerate() {
        let (key, slot) = (key(hex), slot as u64);
        bench.expand(&key, slot, slot % 2);
        let (forward, _) = bench.one(slot, key.length(), bytes(plain));
        assert_eq!(forward, bytes(cipher), "encrypt under {hex}");
        let (_, inverse) = bench.one(slot, key.length(), bytes(cipher));
        assert_eq!(inverse, bytes(plain), "decrypt under {hex}");
    }
}

/// FIPS-197 appendix A: the last words of each expansion. The words between are covered by every
/// encryption.
#[test]
fn fips_197_expansions() {
    let cases = [
        ("2b7e151628aed2a6abf7158809cf4f3c", "d014f9a8c9ee2589e13f0cc8b6630ca6", [49, 99]),
        (
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            "e98ba06f448c773c8ecc720401002202",
            [55, 95],
        ),
        (
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            "fe4890d1e6188d0b046df344706c631e",
            [61, 126],
        ),
    ];
    for (hex, last, cycles) in cases {
        let key = key(hex);
        for (expansion, cycles) in cycles.into_iter().enumerate() {
            let mut bench = Bench::new();
            let (words, took) = bench.expand(&key, 0, expansion as u64);
            assert_eq!(words[14], bytes(last));
            assert_eq!(words[0], bytes(&hex[..32]));
            let zeros = 14 - key.rounds();
            assert!(words[1..=zeros].iter().all(|word| *word == [0; 16]), "unused words");
            assert_eq!(took, cycles, "cycles depend on nothing but the length");
        }
    }
}

#[test]
fn random_blocks_each_under_another_key() {
    let mut random = chance();
    let mut bench = Bench::new();
    let keys: Vec<Key> = (0..SLOTS).map(|_| Key::random(&mut random)).collect();
    for (slot, key) in keys.iter().enumerate() {
        bench.expand(key, slot as u64, slot as u64 % 2);
    }
    let mut expected = Vec::new();
    for cycle in 0..3_000 {
        // Gaps for a while, then a full pipeline.
        let gap = cycle < 1_000 && random.below(3) == 0;
        let slot = random.below(SLOTS);
        let (block, key) = (random.block(), &keys[slot]);
        expected.push((!gap).then(|| (key.encrypt(block), key.decrypt(block))));
        bench.offer(!gap, slot as u64, key.length(), block);
        bench.edge();
        for (shape, latency) in bench.shapes() {
            let due = expected.len().checked_sub(latency).and_then(|at| expected[at]);
            let found = bench.forward(shape).zip(bench.inverse(shape));
            assert_eq!(found, due, "shape {shape}, cycle {cycle}");
        }
    }
}

#[test]
fn keys_loaded_while_other_slots_work() {
    let mut random = chance();
    let mut bench = Bench::new();
    let steady = Key::random(&mut random);
    bench.expand(&steady, 0, 0);
    for slot in 1..SLOTS as u64 {
        let key = Key::random(&mut random);
        let block = random.block();
        bench.start(&key, slot, slot % 2);
        for _ in 0..150 {
            bench.offer(true, 0, steady.length(), block);
            bench.edge();
        }
        bench.offer(false, 0, 0, [0; 16]);
        for (shape, _) in bench.shapes() {
            assert_eq!(bench.forward(shape), Some(steady.encrypt(block)));
            assert_eq!(bench.inverse(shape), Some(steady.decrypt(block)));
        }
        bench.drain();
        let (forward, _) = bench.one(slot, key.length(), block);
        assert_eq!(forward, key.encrypt(block));
    }
}

#[test]
fn a_block_may_follow_its_key_as_soon_as_promised() {
    let mut random = chance();
    let mut bench = Bench::new();
    for slot in 0..3 {
        let key = Key::random(&mut random);
        let (words, _) = Bench::new().expand(&key, 0, 0);
        for (word, data) in words.iter().enumerate() {
            bench.write_key(slot, word as u64, *data);
        }
        (0..2).for_each(|_| bench.edge());
        let block = random.block();
        let (forward, inverse) = bench.one(slot, key.length(), block);
        assert_eq!(forward, key.encrypt(block));
        assert_eq!(inverse, key.decrypt(block));
    }
}

#[test]
fn a_wiped_slot_holds_zeros_and_no_other_slot_changes() {
    let mut random = chance();
    let mut bench = Bench::new();
    let keys: Vec<Key> = (0..3).map(|_| Key::random(&mut random)).collect();
    for (slot, key) in keys.iter().enumerate() {
        bench.expand(key, slot as u64, 0);
    }
    // Slot 3 is what a wiped slot must be.
    for word in 0..15 {
        bench.write_key(3, word, [0; 16]);
    }
    bench.wipe(1);
    (0..2).for_each(|_| bench.edge());
    let block = random.block();
    for length in 0..3 {
        let wiped = bench.one(1, length, block);
        assert_eq!(wiped, bench.one(3, length, block), "length {length}");
        assert_ne!(wiped.0, keys[1].encrypt(block));
    }
    for slot in [0, 2] {
        let key = &keys[slot];
        let (forward, _) = bench.one(slot as u64, key.length(), block);
        assert_eq!(forward, key.encrypt(block));
    }
}

/// GCM specification, test case 2: one block of ciphertext, no associated data.
#[test]
fn ghash_of_a_gcm_vector() {
    let hash = bytes("66e94bd4ef8a2c3b884cfa59ca342b2e");
    let cipher = u128::from_be_bytes(bytes("0388dace60b6a392f328c2b971b2fe78"));
    let mut bench = Bench::new();
    let first = bench.multiply(cipher.to_be_bytes(), hash);
    let length = u128::from_be_bytes(first) ^ 128;
    let found = bench.multiply(length.to_be_bytes(), hash);
    assert_eq!(found, bytes("f38cbb1ad69223dcc3457ae5b6b0f885"));
}

#[test]
fn ghash_products_one_per_cycle() {
    let mut random = chance();
    let mut bench = Bench::new();
    let mut expected = Vec::new();
    for cycle in 0..2_000u64 {
        let (a, b) = match cycle {
            // Every bit of the reduction on its own.
            0..128 => (1u128.rotate_right(cycle as u32).to_be_bytes(), [0xff; 16]),
            128..256 => ([0xff; 16], 1u128.rotate_right(cycle as u32).to_be_bytes()),
            _ => (random.block(), random.block()),
        };
        let valid = cycle < 256 || random.below(4) != 0;
        expected.push(valid.then(|| (ghash_product(a, b), cycle & 0xff)));
        bench.offer_product(valid, a, b, cycle & 0xff);
        bench.edge();
        let due = expected.len().checked_sub(bench::GHASH_LATENCY).and_then(|at| expected[at]);
        assert_eq!(bench.product(), due, "cycle {cycle}");
    }
}

#[test]
fn a_delay_line_gives_every_word_in_its_cycle() {
    let mut random = chance();
    let mut bench = Bench::new();
    let mut sent = Vec::new();
    for cycle in 0..500 {
        sent.push(random.below(1 << 16) as u64);
        let found = bench.delay(sent[cycle]);
        if let Some(at) = sent.len().checked_sub(bench::DELAY_DEPTH) {
            assert_eq!(found, sent[at], "cycle {cycle}");
        }
    }
}
