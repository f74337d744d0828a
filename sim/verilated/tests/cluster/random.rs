//! A small generator of repeatable random numbers.

use pcie_sim::Rng;

pub(crate) struct Random(Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Rng::seeded(seed))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0.word()
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }

    pub(crate) fn block(&mut self) -> [u8; 16] {
        std::array::from_fn(|_| self.next() as u8)
    }
}
