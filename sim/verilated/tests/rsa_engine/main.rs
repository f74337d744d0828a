//! The RSA engine against aws-lc and big integers: a small one in breadth, and the one of
//! configuration `usp-model` for its pace. Timing knows neither keys nor messages.
#![cfg(feature = "units")]

mod bench;
mod farm;
mod key;

use bench::{Answer, Bench, Counts};
use key::{Key, number};
use num_bigint::BigUint;
use pcie_sim::Rng;

/// Primes of 48, 128 and 256 bits, smaller than aws-lc takes.
const PRIMES: [(&str, &str); 5] = [
    ("f0c1cb91ce37", "e827e6a16a3b"),
    ("f6f2dbfecd29a36f222282e174daaebf", "e38c254c076e2bba7c5308bf6f92f25f"),
    ("e090d6978b1e3b9dc34b9fbb8d4a75b9", "c4007d5ae88da71926242b40a5cb63a3"),
    (
        "d4e4180cfe9936a362dbc8503c5bf3a75fbbf0b1808389c8657e01c90da23e5d",
        "f4e9573450521700607796a38685abaa7a768555a987b218ff84faef5336723b",
    ),
    (
        "ff87dfc2159152f2a505da9c46e75a2c3f6eed9d23cbe943ca84000350834fef",
        "e0ddc7f12ce3d822d08012b896c56fe7aa604892392612e95b58eb49c9784b53",
    ),
];

/// Chance from the variable SEED, or from a fixed one; the seed is printed.
fn chance() -> Rng {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2048);
    println!("SEED={seed}");
    Rng::seeded(seed)
}

fn below(random: &mut Rng, n: &BigUint) -> BigUint {
    let bytes: Vec<_> = (0..n.bits() / 8 + 8).map(|_| random.word() as u8).collect();
    number(&bytes) % n
}

/// Private operations side by side: message i of the engine under key i.
fn together(bench: &mut Bench, jobs: &[(&Key, BigUint)]) -> Vec<Answer> {
    for (at, (key, value)) in jobs.iter().enumerate() {
        bench.install(at as u64, key);
        bench.message(at as u64, key.bits(), value);
    }
    for (at, (key, _)) in jobs.iter().enumerate() {
        bench.private(at as u64, key.bits());
    }
    let answers = bench.answers(jobs.len());
    for answer in &answers {
        let (key, value) = &jobs[answer.message as usize];
        assert_eq!(answer.value, key.private(value), "{} bits, {value}", key.bits());
    }
    answers
}

/// Share of the multipliers' cycles that 26 x 17 multipliers need for RSA-2048: 2 592 products of
/// 4 880 each an operation.
fn utilisation(bench: &Bench, counts: Counts) -> f64 {
    let useful = 2_592 * 4_880 * counts.results;
    useful as f64 / (bench.multipliers() * counts.cycles) as f64
}

#[test]
fn edges_and_random_messages_of_small_keys() {
    let mut random = chance();
    let mut bench = Bench::new("rsa_small");
    for (p, q) in PRIMES {
        // The second key has the smaller prime first.
        let keys = [Key::small(p, q), Key::small(q, p)];
        let one = BigUint::from(1u32);
        let edges = [BigUint::ZERO, one.clone(), &keys[0].n - &one, BigUint::from(0x1234u32)];
        // Multiples of the primes; a message with leading zeros.
        let short = &keys[0].n >> (keys[0].bits() / 2 - 20);
        let more = [keys[0].p.clone(), &keys[0].q * 2u32, short];
        let chosen = (0..7).map(|_| below(&mut random, &keys[0].n)).collect::<Vec<_>>();
        let messages: Vec<_> = edges.into_iter().chain(more).chain(chosen).collect();
        for pair in messages.chunks(2) {
            together(&mut bench, &[(&keys[0], pair[0].clone()), (&keys[1], pair[1].clone())]);
        }
    }
}

#[test]
fn keys_of_1024_bits_as_aws_lc() {
    let mut random = chance();
    let keys = [Key::generate(1024), Key::generate(1024)];
    let mut bench = Bench::new("rsa_small");
    let jobs = keys.each_ref().map(|key| (key, below(&mut random, &key.n)));
    together(&mut bench, &jobs);
    let jobs = keys.each_ref().map(|key| (key, &key.n - 1u32));
    together(&mut bench, &jobs);
}

#[test]
fn public_operations() {
    let mut random = chance();
    let mut bench = Bench::new("rsa_small");
    for (p, q) in PRIMES {
        let n = Key::small(p, q).n;
        bench.install_public(1, &n);
        for exponent in [2, 3, 5, 17, 65_537, (1 << 33) - 1] {
            for value in [BigUint::ZERO, BigUint::from(1u32), &n - 1u32, below(&mut random, &n)] {
                bench.public(1, n.bits(), &value, exponent);
                let answer = &bench.answers(1)[0];
                assert_eq!(answer.value, value.modpow(&BigUint::from(exponent), &n));
            }
        }
    }
}

/// Keys, exponents and messages of one size: every result comes in the same cycle.
#[test]
fn timing_knows_neither_keys_nor_messages() {
    let mut random = chance();
    let keys = [Key::small(PRIMES[3].0, PRIMES[3].1), Key::small(PRIMES[4].0, PRIMES[4].1)];
    let mut traces = Vec::new();
    for round in 0..4 {
        let mut bench = Bench::new("rsa_small");
        let first = if round == 0 { BigUint::ZERO } else { below(&mut random, &keys[0].n) };
        let keys = [&keys[round % 2], &keys[round / 2]];
        let jobs = [(keys[0], first % &keys[0].n), (keys[1], &keys[1].n - 1u32)];
        let answers = together(&mut bench, &jobs);
        let places = answers.iter().map(|answer| (answer.message, answer.cycle));
        traces.push((places.collect::<Vec<_>>(), bench.counts()));
    }
    assert!(traces.iter().all(|trace| *trace == traces[0]), "{traces:?}");
}

#[test]
fn a_message_is_taken_only_when_its_memory_is_free() {
    let mut random = chance();
    let key = Key::small(PRIMES[1].0, PRIMES[1].1);
    let mut bench = Bench::new("rsa_small");
    let jobs: Vec<_> = (0..6).map(|_| below(&mut random, &key.n)).collect();
    bench.install(0, &key);
    for value in jobs {
        bench.message(0, key.bits(), &value);
        bench.private(0, key.bits());
        bench.is_refused(0);
        assert_eq!(bench.answers(1)[0].value, key.private(&value));
    }
}

#[test]
fn zeroised_keys_are_gone_and_others_are_not() {
    let mut random = chance();
    let key = Key::small(PRIMES[1].0, PRIMES[1].1);
    let mut bench = Bench::new("rsa_small");
    let value = below(&mut random, &key.n);
    together(&mut bench, &[(&key, value.clone()), (&key, value.clone())]);
    bench.zeroise(0);
    for message in [0, 1] {
        bench.message(message, key.bits(), &value);
        bench.private(message, key.bits());
    }
    for answer in bench.answers(2) {
        let wanted = if answer.message == 0 { BigUint::ZERO } else { key.private(&value) };
        assert_eq!(answer.value, wanted, "message {}", answer.message);
    }
}

/// Sizes, exponents, commands and loads that the engine has no place for.
#[test]
fn what_the_engine_cannot_do_is_refused() {
    let mut bench = Bench::new("rsa_small");
    let (small, large) = (96, 1024);
    // After a reset its memories are wiped.
    assert_eq!(bench.ask(bench::PRIVATE, 1, 256, 0), bench::BUSY);
    bench.zeroise(1);
    while bench.busy() != 0 {
        bench.edge();
    }
    for bits in (0..1 << 13).filter(|bits| *bits < small || *bits > large || bits % 32 != 0) {
        assert_eq!(bench.ask(bench::PRIVATE, 1, bits, 0), bench::SIZE, "{bits} bits");
        assert_eq!(bench.ask(bench::PUBLIC, 1, bits, 3), bench::SIZE, "{bits} bits");
    }
    for exponent in [0, 1] {
        assert_eq!(bench.ask(bench::PUBLIC, 1, 256, exponent), bench::EXPONENT_RANGE);
    }
    assert_eq!(bench.ask(3, 1, 256, 3), bench::COMMAND);
    assert_eq!((bench.busy(), bench.counts().passes), (0, 0), "nothing was started");
}

/// Memory, cell and index of loads that have no place.
const BEYOND: [(u64, u64, u64); 16] = [
    (bench::MESSAGE, 0, 128),
    (bench::MESSAGE, 1, 64),
    (bench::MESSAGE, 2, 0),
    (bench::KEY, 0, 64),
    (bench::KEY, 8, 128),
    (bench::KEY, 9, 64),
    (bench::KEY, 12, 0),
    (bench::MODULUS, 0, 128),
    (bench::MODULUS, 2, 64),
    (bench::MODULUS, 4, 0),
    (bench::INVERSE, 2, 1),
    (bench::INVERSE, 4, 0),
    (bench::EXPONENT, 0, 32),
    (bench::EXPONENT, 2, 0),
    (5, 0, 0),
    (7, 0, 0),
];

/// A load beyond its cell would reach another message's memory.
#[test]
fn loads_without_a_place_change_nothing_and_stop_their_message() {
    let mut random = chance();
    let key = Key::small(PRIMES[1].0, PRIMES[1].1);
    let value = below(&mut random, &key.n);
    let mut bench = Bench::new("rsa_small");
    for message in [0, 1] {
        bench.install(message, &key);
        bench.message(message, key.bits(), &value);
    }
    for (to, cell, index) in BEYOND {
        bench.load(to, 0, cell, index, 0xffff);
        assert_eq!(bench.ask(bench::PRIVATE, 0, key.bits(), 0), bench::BAD_LOAD, "{to} {cell}");
        assert_eq!(bench.ask(bench::PUBLIC, 0, key.bits(), 3), bench::BAD_LOAD);
        // The other message works on, and what it has is as it was.
        bench.private(1, key.bits());
        assert_eq!(bench.answers(1)[0].value, key.private(&value), "{to} {cell} {index}");
        bench.zeroise(0);
        together(&mut bench, &[(&key, value.clone())]);
    }
}

/// Random keys and messages, four in flight; more with TEST_SCALE=full.
#[test]
fn fifty_random_operations_as_aws_lc() {
    let mut random = chance();
    let mut bench = Bench::new("rsa_unit");
    let groups: &[(u32, usize)] = if is_full() {
        &[(1024, 50), (2048, 30), (3072, 5), (4096, 5)]
    } else {
        &[(1024, 9), (2048, 4)]
    };
    for (bits, count) in groups {
        for _ in 0..*count {
            let keys = [Key::generate(*bits), Key::generate(*bits)];
            let jobs: Vec<_> =
                (0..4).map(|at| (&keys[at % 2], below(&mut random, &keys[at % 2].n))).collect();
            together(&mut bench, &jobs);
        }
    }
}

/// Whether the long versions are wanted.
fn is_full() -> bool {
    std::env::var("TEST_SCALE").is_ok_and(|scale| scale == "full")
}

/// Cycles of an operation with as many in flight as the engine takes, under two keys; its counts.
fn full_array(bits: u32) -> (u64, Counts, f64) {
    let mut random = chance();
    let keys = [Key::generate(bits), Key::generate(bits)];
    let mut bench = Bench::new("rsa_unit");
    assert_eq!(bench.messages, 4);
    let jobs: Vec<_> =
        (0..4).map(|at| (&keys[at % 2], below(&mut random, &keys[at % 2].n))).collect();
    together(&mut bench, &jobs);
    let counts = bench.counts();
    let cycles = counts.cycles / counts.results;
    println!("RSA-{bits}, 4 in flight: {cycles} cycles each");
    (cycles, counts, utilisation(&bench, counts))
}

/// Four messages of RSA-2048 fill the array of configuration `usp-model`.
#[test]
fn a_full_array_of_61_elements() {
    let (cycles, counts, used) = full_array(2048);
    println!("{:.1} % used", 100.0 * used);
    assert!(cycles <= 170_000 && used >= 0.8, "{cycles} cycles, {used}");
    // 40 words a pass; 79 in both passes of both products of the recombination.
    assert_eq!(counts.words, 40 * counts.passes + 4 * 2 * 2 * (79 - 40));
}

/// The other sizes; the long ones with TEST_SCALE=full.
#[test]
fn a_full_array_at_other_sizes() {
    for (bits, cycles_max) in [(1024, 55_000), (3072, 500_000), (4096, 860_000)] {
        if bits == 1024 || is_full() {
            let cycles = full_array(bits).0;
            assert!(cycles <= cycles_max, "{bits} bits: {cycles}");
        }
    }
}

/// One operation alone at every size: right, and in the same cycles for any key and message.
#[test]
fn one_operation_alone_at_every_size() {
    let mut random = chance();
    for (bits, rounds) in [(1024, 2), (2048, 2), (3072, 1), (4096, 1)] {
        let mut took = Vec::new();
        for round in 0..rounds {
            let key = Key::generate(bits);
            let mut bench = Bench::new("rsa_unit");
            bench.install(0, &key);
            let value = if round == 0 { below(&mut random, &key.n) } else { 1u32.into() };
            bench.message(0, key.bits(), &value);
            let start = bench.cycle();
            bench.private(0, key.bits());
            let answer = &bench.answers(1)[0];
            assert_eq!(answer.value, key.private(&value));
            took.push(answer.cycle - start);
        }
        println!("RSA-{bits} alone: {} cycles", took[0]);
        assert!(took.iter().all(|cycles| *cycles == took[0]), "{took:?}");
    }
}
