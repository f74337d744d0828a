//! Who may issue a block to the forward lane in a cycle.
//!
//! Slot = cycle mod period. A serial message owns a slot from its first block to its last. A slot
//! without an owner goes to a key that was written, or to the next serial message or the next
//! block of the parallel one, by turns when both wait.

/// Blocks of a message that are issued one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) ctx: u8,
    pub(crate) blocks: u16,
}

/// What is issued in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issue {
    Nothing,
    Init,
    /// Of an owner; `taken` when it has just become one.
    Serial {
        ctx: u8,
        last: bool,
        taken: bool,
    },
    Parallel,
}

/// The calendar.
pub(crate) struct Calendar {
    slot: usize,
    owners: Vec<Turn>,
    prefer_parallel: bool,
}

impl Calendar {
    pub(crate) fn new(period: usize) -> Self {
        Self { slot: 0, owners: vec![Turn::default(); period], prefer_parallel: false }
    }

    /// One cycle in which nothing waits and nobody owns a slot.
    pub(crate) fn pass(&mut self) {
        self.slot = if self.slot + 1 == self.owners.len() { 0 } else { self.slot + 1 };
    }

    /// One cycle.
    pub(crate) fn cycle(&mut self, init: bool, serial: Option<Turn>, parallel: bool) -> Issue {
        let owner = self.owners[self.slot];
        let serial_wins = serial.is_some() && !(parallel && self.prefer_parallel);
        let issue = if owner.blocks != 0 {
            self.serial(owner, false)
        } else if init {
            Issue::Init
        } else if let Some(turn) = serial.filter(|_| serial_wins) {
            self.prefer_parallel = if parallel { true } else { self.prefer_parallel };
            self.serial(turn, true)
        } else if parallel {
            self.prefer_parallel = if serial.is_some() { false } else { self.prefer_parallel };
            Issue::Parallel
        } else {
            Issue::Nothing
        };
        self.pass();
        issue
    }

    fn serial(&mut self, turn: Turn, taken: bool) -> Issue {
        let left = turn.blocks - 1;
        self.owners[self.slot] = Turn { blocks: left, ..turn };
        Issue::Serial { ctx: turn.ctx, last: left == 0, taken }
    }
}
