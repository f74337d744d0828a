//! The top `hdl/tb/aes_units`, driven by its ports.

use super::software::Key;
use verilated::{Port, Unit};

pub(crate) type Block = [u8; 16];

/// Cycles from a block to its result, by shape: 1, 2 and 7 registers per round with the table,
/// then with the composite S-box.
pub(crate) const LATENCIES: [usize; 6] = [15, 29, 99, 15, 29, 99];
pub(crate) const SLOTS: usize = 11;
pub(crate) const GHASH_LATENCY: usize = 4;
pub(crate) const DELAY_DEPTH: usize = 40;

pub(crate) struct Bench {
    unit: Unit,
    shapes: Vec<usize>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let mut unit = Unit::open("aes_units").expect("hdl/tb/aes_units was built");
        unit.reset();
        let port = unit.port("shapes_o");
        let built = unit.value(port);
        let shapes = (0..LATENCIES.len()).filter(|shape| built >> shape & 1 == 1).collect();
        Self { unit, shapes }
    }

    /// The shapes that were built, with their latencies.
    pub(crate) fn shapes(&self) -> Vec<(usize, usize)> {
        self.shapes.iter().map(|&shape| (shape, LATENCIES[shape])).collect()
    }

    fn set(&mut self, port: &str, value: u64) {
        let port = self.unit.port(port);
        self.unit.set(port, value);
    }

    fn set_bytes(&mut self, port: &str, bytes: &[u8]) {
        let port = self.unit.port(port);
        self.unit.set_bytes(port, bytes);
    }

    fn value(&mut self, port: &str) -> u64 {
        let port = self.unit.port(port);
        self.unit.value(port)
    }

    pub(crate) fn edge(&mut self) {
        self.unit.edge();
    }

    /// Offers a block to all lanes for the next edge, or none.
    pub(crate) fn offer(&mut self, valid: bool, slot: u64, length: u64, block: Block) {
        self.set("valid_i", valid.into());
        self.set("slot_i", slot);
        self.set("key_len_i", length);
        self.set_bytes("block_i", &block);
    }

    pub(crate) fn forward(&mut self, shape: usize) -> Option<Block> {
        self.result("forward_valid_o", "forward_block_o", shape)
    }

    pub(crate) fn inverse(&mut self, shape: usize) -> Option<Block> {
        self.result("inverse_valid_o", "inverse_block_o", shape)
    }

    fn result(&mut self, valid: &str, block: &str, shape: usize) -> Option<Block> {
        let valid = self.value(valid) >> shape & 1 == 1;
        let port: Port = self.unit.port(block);
        let blocks = self.unit.bytes(port);
        valid.then(|| blocks[16 * shape..][..16].try_into().expect("16 bytes"))
    }

    /// One block through idle lanes: the result of the forward and of the inverse ones, which all
    /// shapes give in their cycle.
    pub(crate) fn one(&mut self, slot: u64, length: u64, block: Block) -> (Block, Block) {
        self.offer(true, slot, length, block);
        self.edge();
        self.offer(false, 0, 0, [0xaa; 16]);
        let mut found = Vec::new();
        for cycle in 1..=99 {
            for (shape, latency) in self.shapes() {
                let (forward, inverse) = (self.forward(shape), self.inverse(shape));
                assert_eq!(forward.is_some(), cycle == latency, "forward, shape {shape}");
                assert_eq!(inverse.is_some(), cycle == latency, "inverse, shape {shape}");
                found.extend(forward.zip(inverse));
            }
            self.edge();
        }
        assert_eq!(found.len(), self.shapes.len());
        assert!(found.iter().all(|result| *result == found[0]), "shapes agree: {found:x?}");
        found[0]
    }

    /// Cycles until no block is under way.
    pub(crate) fn drain(&mut self) {
        (0..100).for_each(|_| self.edge());
    }

    /// Writes a word of a slot; one edge.
    pub(crate) fn write_key(&mut self, slot: u64, word: u64, data: Block) {
        self.set("kw_valid_i", 1);
        self.set("kw_slot_i", slot);
        self.set("kw_round_i", word);
        self.set_bytes("kw_data_i", &data);
        self.edge();
        self.set("kw_valid_i", 0);
    }

    /// Wipes a slot; one edge.
    pub(crate) fn wipe(&mut self, slot: u64) {
        self.set("zero_valid_i", 1);
        self.set("zero_slot_i", slot);
        self.edge();
        self.set("zero_valid_i", 0);
    }

    /// Starts both expansions, of which one writes into the lanes; one edge.
    pub(crate) fn start(&mut self, key: &Key, slot: u64, expansion: u64) {
        self.set("expand_use_i", expansion);
        self.set("expand_slot_i", slot);
        self.set("expand_len_i", key.length());
        self.set_bytes("expand_key_i", &key.padded());
        self.set("expand_start_i", 1);
        self.edge();
        self.set("expand_start_i", 0);
        self.set_bytes("expand_key_i", &[0; 32]);
    }

    /// Expands a key into a slot: its words, and the cycles from start to the last of them.
    pub(crate) fn expand(&mut self, key: &Key, slot: u64, expansion: u64) -> ([Block; 15], usize) {
        self.start(key, slot, expansion);
        let (mut words, mut next, mut last, mut cycle) = ([[0; 16]; 15], 0, 0, 1);
        while self.value("expand_done_o") >> expansion & 1 == 0 {
            if self.value("expand_valid_o") >> expansion & 1 == 1 {
                let round = self.value("expand_round_o") >> (4 * expansion) & 15;
                assert_eq!(round, next as u64, "words in order");
                let port = self.unit.port("expand_data_o");
                let data = self.unit.bytes(port);
                words[next] = data[16 * (1 - expansion as usize)..][..16].try_into().expect("16");
                (next, last) = (next + 1, cycle);
            }
            self.edge();
            cycle += 1;
            assert!(cycle < 200, "an expansion that does not end");
        }
        assert_eq!(next, 15, "all words");
        while self.value("expand_busy_o") != 0 {
            self.edge();
        }
        (words, last)
    }

    pub(crate) fn offer_product(&mut self, valid: bool, a: Block, b: Block, meta: u64) {
        self.set("ghash_valid_i", valid.into());
        self.set_bytes("ghash_a_i", &a);
        self.set_bytes("ghash_b_i", &b);
        self.set("ghash_meta_i", meta);
    }

    pub(crate) fn product(&mut self) -> Option<(Block, u64)> {
        let (valid, meta) = (self.value("ghash_valid_o") == 1, self.value("ghash_meta_o"));
        let port = self.unit.port("ghash_product_o");
        let product = self.unit.bytes(port);
        valid.then(|| (product.try_into().expect("16 bytes"), meta))
    }

    /// One product through an idle multiplier.
    pub(crate) fn multiply(&mut self, a: Block, b: Block) -> Block {
        self.offer_product(true, a, b, 0);
        self.edge();
        self.offer_product(false, b, a, 1);
        (1..GHASH_LATENCY).for_each(|_| self.edge());
        self.product().expect("a product").0
    }

    /// Puts a word into the delay line; what it shows after the edge.
    pub(crate) fn delay(&mut self, word: u64) -> u64 {
        self.set("delay_i", word);
        self.edge();
        self.value("delay_o")
    }
}
