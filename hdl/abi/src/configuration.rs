//! Shapes that a card is built in.

/// How S-boxes are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Sbox {
    /// As a table.
    Table = 0,
    /// As logic over a composite field.
    Composite = 1,
}

/// A shape that a card is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// Its name.
    pub name: &'static str,
    /// Value of the register `configuration`.
    pub id: u32,
    /// Lanes.
    pub lanes: u32,
    /// Registers per round of AES.
    pub regs_per_round: u32,
    /// How S-boxes are made.
    pub sbox: Sbox,
    /// Key slots of users.
    pub key_slots: u32,
    /// Messages that one lane holds.
    pub contexts: u32,
    /// Pairs of rings.
    pub rings: u32,
    /// Reads of host memory under way at once.
    pub read_tags: u32,
    /// Clock in kHz; 0 if the card does not know it.
    pub clock_khz: u32,
}

impl Configuration {
    /// Cycles from a block's entry into a lane to its exit.
    pub fn latency(&self) -> u32 {
        1 + 14 * self.regs_per_round
    }

    /// The configuration with this id.
    pub fn from_id(id: u32) -> Option<&'static Self> {
        crate::CONFIGURATIONS.iter().find(|configuration| configuration.id == id)
    }
}
