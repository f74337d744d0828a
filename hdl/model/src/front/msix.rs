//! The interrupt table, and the writes that interrupts are.

use pcie_sim::WriteBeat;
use typex_abi::register;

const VECTORS: usize = 16;
const WORDS: usize = 4;
const CONTROL: usize = 3;

/// Vectors that are masked after reset.
pub(crate) struct Msix {
    table: [u32; VECTORS * WORDS],
    masked: u32,
    pending: u32,
    pub(crate) beat: Option<WriteBeat>,
}

impl Msix {
    pub(crate) fn new() -> Self {
        let mut table = [0; VECTORS * WORDS];
        table.iter_mut().skip(CONTROL).step_by(WORDS).for_each(|control| *control = 1);
        Self { table, masked: (1 << VECTORS) - 1, pending: 0, beat: None }
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.beat.is_some() || self.pending & !self.masked != 0
    }

    /// One cycle: vectors that fire, a register write, and whether the message left.
    pub(crate) fn cycle(&mut self, fire: u32, write: Option<(u32, u32)>, taken: bool) {
        let ready = self.pending & !self.masked;
        if taken {
            self.beat = None;
        } else if self.beat.is_none() && ready != 0 {
            let vector = ready.trailing_zeros() as usize;
            self.pending &= !(1 << vector);
            self.beat = Some(self.message(vector));
        }
        self.pending |= fire;
        if let Some((offset, value)) = write {
            self.write(offset, value);
        }
    }

    fn message(&self, vector: usize) -> WriteBeat {
        let entry = &self.table[WORDS * vector..WORDS * vector + WORDS];
        let mut data = [0; 64];
        data[..4].copy_from_slice(&entry[2].to_le_bytes());
        let address = u64::from(entry[0]) | u64::from(entry[1]) << 32;
        WriteBeat { address, data, bytes: 4, last: true }
    }

    fn write(&mut self, offset: u32, value: u32) {
        let Some(index) = index(offset) else { return };
        self.table[index] = match index % WORDS {
            0 => value & !3,
            CONTROL => value & 1,
            _ => value,
        };
        if index % WORDS == CONTROL {
            let vector = index / WORDS;
            self.masked = self.masked & !(1 << vector) | (value & 1) << vector;
        }
    }

    /// A register; none if it is not one of these.
    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        if offset == register::MSIX_PENDING {
            return Some(self.pending & self.masked);
        }
        index(offset).map(|index| self.table[index])
    }
}

fn index(offset: u32) -> Option<usize> {
    let at = offset.checked_sub(register::MSIX_TABLE)? as usize / 4;
    (at < VECTORS * WORDS).then_some(at)
}
