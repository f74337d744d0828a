//! A top with the ports of `rsa_engine`, and what a host has to load into it.

use num_bigint::BigUint;
use verilated::{Port, Unit};

use super::key::Key;

/// `load_e` of rsa_pkg.
pub(crate) const MESSAGE: u64 = 0;
pub(crate) const KEY: u64 = 1;
pub(crate) const MODULUS: u64 = 2;
pub(crate) const INVERSE: u64 = 3;
pub(crate) const EXPONENT: u64 = 4;
/// `cmd_e`.
pub(crate) const PRIVATE: u64 = 0;
pub(crate) const PUBLIC: u64 = 1;
pub(crate) const ZEROISE: u64 = 2;
/// `answer_e`.
pub(crate) const TAKEN: u64 = 0;
pub(crate) const BUSY: u64 = 1;
pub(crate) const COMMAND: u64 = 2;
pub(crate) const SIZE: u64 = 3;
pub(crate) const EXPONENT_RANGE: u64 = 4;
pub(crate) const BAD_LOAD: u64 = 5;
/// More than any operation here takes.
const CYCLES_MAX: u64 = 20_000_000;

/// A result and the cycle of its last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) message: u64,
    pub(crate) value: BigUint,
    pub(crate) cycle: u64,
}

/// The engine's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) cycles: u64,
    pub(crate) words: u64,
    pub(crate) passes: u64,
    pub(crate) results: u64,
}

pub(crate) struct Bench {
    unit: Unit,
    /// `out_valid_o`, `out_msg_o`, `out_data_o`, `out_last_o`.
    out: [Port; 4],
    words: Vec<u64>,
    found: Vec<Answer>,
    cycle: u64,
    elements: u64,
    digit_bits: u64,
    word_bits: u64,
    pub(crate) messages: u64,
}

impl Bench {
    pub(crate) fn new(top: &str) -> Self {
        let mut unit = Unit::open(top).expect("the top of hdl/tb was built");
        unit.reset();
        let shape = unit.port("shape_o");
        let shape = unit.value(shape);
        let byte = |at: u32| shape >> (8 * at) & 0xff;
        let (elements, digit_bits, word_bits, messages) = (byte(0), byte(1), byte(2), byte(3));
        let out = ["out_valid_o", "out_msg_o", "out_data_o", "out_last_o"];
        let out = out.map(|name| unit.port(name));
        let (words, found) = (Vec::new(), Vec::new());
        let mut bench =
            Self { unit, out, words, found, cycle: 0, elements, digit_bits, word_bits, messages };
        bench.set("out_ready_i", 1);
        bench
    }

    pub(crate) fn set(&mut self, port: &str, value: u64) {
        let port = self.unit.port(port);
        self.unit.set(port, value);
    }

    pub(crate) fn value(&mut self, port: &str) -> u64 {
        let port = self.unit.port(port);
        self.unit.value(port)
    }

    /// One cycle; keeps what comes out.
    pub(crate) fn edge(&mut self) {
        let [valid, message, data, last] = self.out;
        if self.unit.value(valid) == 1 {
            self.words.push(self.unit.value(data));
            if self.unit.value(last) == 1 {
                let value = self.words.drain(..).rev().fold(BigUint::ZERO, |value, word| {
                    value << self.word_bits | BigUint::from(word)
                });
                let message = self.unit.value(message);
                self.found.push(Answer { message, value, cycle: self.cycle });
            }
        }
        self.unit.edge();
        self.cycle += 1;
    }

    /// Waits until an output is 1.
    pub(crate) fn until(&mut self, port: &str) {
        self.unit.settle();
        let start = self.cycle;
        while self.value(port) == 0 {
            assert!(self.cycle - start < CYCLES_MAX, "{port} stays 0");
            self.edge();
        }
    }

    /// Words of a value modulo a number of `bits`, with room for sums inside a product.
    fn words(&self, bits: u64) -> u64 {
        (bits + 3).div_ceil(self.word_bits)
    }

    /// The radix of products modulo a number of `bits`: all digits of all passes.
    fn radix(&self, bits: u64) -> BigUint {
        let pass = self.elements * self.digit_bits;
        BigUint::from(1u32) << ((bits + 4).div_ceil(pass) * pass)
    }

    /// Loads a word as soon as the engine takes it.
    pub(crate) fn load(&mut self, to: u64, message: u64, cell: u64, index: u64, data: u64) {
        self.set("load_to_i", to);
        self.set("load_msg_i", message);
        self.set("load_cell_i", cell);
        self.set("load_index_i", index);
        self.set("load_data_i", data);
        self.set("load_valid_i", 1);
        self.until("load_ready_o");
        self.edge();
        self.set("load_valid_i", 0);
    }

    /// Loads a value in words of `word_bits`.
    fn put(&mut self, (to, message, cell): (u64, u64, u64), value: &BigUint, words: u64) {
        let mask = (BigUint::from(1u32) << self.word_bits) - 1u32;
        for index in 0..words {
            let word: BigUint = (value >> (index * self.word_bits)) & &mask;
            let word = word.try_into().expect("at most 64 bits");
            self.load(to, message, cell, index, word);
        }
    }

    /// Loads a modulus with the number that makes its products divisible.
    fn modulus(&mut self, message: u64, cell: u64, modulus: &BigUint, words: u64) {
        self.put((MODULUS, message, cell), modulus, words);
        let digit = BigUint::from(1u32) << self.digit_bits;
        let inverse = &digit - (modulus % &digit).modinv(&digit).expect("an odd modulus");
        self.load(INVERSE, message, cell, 0, inverse.try_into().expect("one digit"));
    }

    /// Loads a private key for one message.
    pub(crate) fn install(&mut self, message: u64, key: &Key) {
        let half_bits = key.bits() / 2;
        let (half, full) = (self.words(half_bits), self.words(key.bits()));
        let (radix, radix_n) = (self.radix(half_bits), self.radix(key.bits()));
        let low = BigUint::from(1u32) << ((full - half) * self.word_bits);
        for (side, (prime, d)) in [(&key.q, &key.dq), (&key.p, &key.dp)].into_iter().enumerate() {
            let side = side as u64;
            self.modulus(message, 2 + side, prime, half);
            let square = &radix * &radix;
            self.put((KEY, message, side), &(&square % prime), half);
            self.put((KEY, message, 2 + side), &(square * &radix * &low % prime), half);
            for index in 0..half_bits / 16 {
                let windows: BigUint = (d >> (16 * index)) & BigUint::from(0xffffu32);
                let windows = windows.try_into().expect("16 bits");
                self.load(EXPONENT, message, side, index, windows);
            }
        }
        let inverse = key.q.modinv(&key.p).expect("primes that differ");
        let minus = (&key.p - &inverse) * &radix * &radix % &key.p;
        self.put((KEY, message, 4), &inverse, half);
        self.put((KEY, message, 5), &minus, half);
        self.put((KEY, message, 10), &(&key.q * &radix_n % &key.n), full);
        self.install_public(message, &key.n);
    }

    /// Loads what public operations need.
    pub(crate) fn install_public(&mut self, message: u64, n: &BigUint) {
        let (words, radix) = (self.words(n.bits()), self.radix(n.bits()));
        self.modulus(message, 0, n, words);
        self.put((KEY, message, 8), &(&radix * &radix % n), words);
    }

    /// Gives a command; the engine's answer.
    pub(crate) fn ask(&mut self, command: u64, message: u64, bits: u64, exponent: u64) -> u64 {
        self.set("cmd_i", command);
        self.set("cmd_msg_i", message);
        self.set("cmd_bits_i", bits);
        self.set("cmd_exponent_i", exponent);
        self.set("cmd_valid_i", 1);
        self.edge();
        self.set("cmd_valid_i", 0);
        assert_eq!(self.value("answer_valid_o"), 1, "every command is answered");
        self.value("answer_o")
    }

    /// Gives a command until the message is idle; the engine takes it.
    fn command(&mut self, command: u64, message: u64, bits: u64, exponent: u64) {
        let start = self.cycle;
        loop {
            match self.ask(command, message, bits, exponent) {
                BUSY => assert!(self.cycle - start < CYCLES_MAX, "busy for ever"),
                answer => return assert_eq!(answer, TAKEN),
            }
        }
    }

    /// Loads the message of a private operation, in two parts.
    pub(crate) fn message(&mut self, message: u64, bits: u64, value: &BigUint) {
        let (half, full) = (self.words(bits / 2), self.words(bits));
        let low = (full - half) * self.word_bits;
        let mask = (BigUint::from(1u32) << low) - 1u32;
        self.put((MESSAGE, message, 0), &(value & mask), half);
        self.put((MESSAGE, message, 1), &(value >> low), half);
    }

    pub(crate) fn private(&mut self, message: u64, bits: u64) {
        self.command(PRIVATE, message, bits, 0);
    }

    pub(crate) fn public(&mut self, message: u64, bits: u64, value: &BigUint, exponent: u64) {
        let words = self.words(bits);
        self.put((MESSAGE, message, 0), value, words);
        self.command(PUBLIC, message, bits, exponent);
    }

    pub(crate) fn zeroise(&mut self, message: u64) {
        self.command(ZEROISE, message, 0, 0);
    }

    /// Tries to change what the operation under way works on.
    pub(crate) fn is_refused(&mut self, message: u64) {
        for (at, to) in [MESSAGE, KEY, MODULUS, INVERSE, EXPONENT].into_iter().cycle().enumerate() {
            if at == 200 {
                break;
            }
            self.set("load_to_i", to);
            self.set("load_msg_i", message);
            self.set("load_cell_i", at as u64 % 12);
            self.set("load_index_i", at as u64 % 8);
            self.set("load_data_i", 0);
            self.set("load_valid_i", 1);
            self.unit.settle();
            assert_eq!(self.value("load_ready_o"), 0);
            assert_eq!(self.ask(at as u64 % 3, message, 256, 3), BUSY);
        }
        self.set("load_valid_i", 0);
    }

    /// The next `count` results, in the order in which they come.
    pub(crate) fn answers(&mut self, count: usize) -> Vec<Answer> {
        let start = self.cycle;
        while self.found.len() < count {
            assert!(self.cycle - start < CYCLES_MAX, "no result");
            self.edge();
        }
        self.found.drain(..count).collect()
    }

    /// Results that have come.
    pub(crate) fn come(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.found)
    }

    /// Messages that work or are wiped, a bit each.
    pub(crate) fn busy(&mut self) -> u64 {
        self.value("busy_o")
    }

    pub(crate) fn cycle(&self) -> u64 {
        self.cycle
    }

    pub(crate) fn counts(&mut self) -> Counts {
        Counts {
            cycles: self.value("count_cycles_o"),
            words: self.value("count_words_o"),
            passes: self.value("count_passes_o"),
            results: self.value("count_results_o"),
        }
    }

    /// Multipliers of the array: two for each element.
    pub(crate) fn multipliers(&self) -> u64 {
        2 * self.elements
    }
}
