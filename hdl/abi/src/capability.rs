//! What a card says of itself.

use crate::generated::{MAGIC, MAJOR, Opcode, StepKind, register};
use crate::link::{Link, LinkError};
use crate::program::Program;

/// The kinds of steps of version 1.0, whose cards do not list them.
const FIRST_STEPS: u32 = (2 << StepKind::MacSeal as u32) - 2;

/// What a card says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Major version of the interface.
    pub major: u16,
    /// Minor version of the interface.
    pub minor: u16,
    /// First 32 bits of the SHA-256 of the RTL; 0 for the behavioural card.
    pub build: u32,
    /// Id of the configuration.
    pub configuration: u32,
    /// Bit n: opcode n is there.
    pub opcodes: u32,
    /// Lanes.
    pub lanes: u8,
    /// Pairs of rings.
    pub rings: u8,
    /// Log2 of the entries of the largest ring.
    pub ring_log2_size_max: u8,
    /// Programs it stores.
    pub programs: u8,
    /// Key slots.
    pub key_slots: u16,
    /// Messages that one lane holds.
    pub contexts: u16,
    /// Largest input of a job.
    pub input_bytes_max: u16,
    /// Largest data of a job.
    pub data_bytes_max: u16,
    /// Period of the calendar in cycles.
    pub period: u8,
    /// Latency of the pipeline in cycles.
    pub latency: u8,
    /// Registers per round.
    pub regs_per_round: u8,
    /// 0 table, 1 composite.
    pub sbox: u8,
    /// Clock; 0 if the card does not know it.
    pub clock_khz: u32,
    /// Bit n: steps of kind n are there.
    pub steps: u32,
    /// Reads under way at once.
    pub read_tags: u16,
    /// Largest read request.
    pub read_bytes_max: u16,
}

/// Why a card cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// The link failed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The first register does not hold the magic.
    #[error("not a card: {0:#010x}")]
    NotACard(u32),
    /// Another major version.
    #[error("version {0}.{1} of the card's interface")]
    Version(u16, u16),
}

impl Capabilities {
    /// Reads them.
    ///
    /// # Errors
    /// No card, or one of another major version.
    pub fn read(link: &mut dyn Link) -> Result<Self, CapabilityError> {
        let (minor, major) = version(link)?;
        let [lanes, rings, ring_log2_size_max, programs] =
            link.read(register::CAPS_SHAPE)?.to_le_bytes();
        let [period, latency, regs_per_round, sbox] = link.read(register::CAPS_LANE)?.to_le_bytes();
        let (key_slots, contexts) = halves(link.read(register::CAPS_ROOM)?);
        let (input_bytes_max, data_bytes_max) = halves(link.read(register::CAPS_MESSAGE)?);
        let steps = link.read(register::CAPS_STEPS)?;
        let (read_tags, read_bytes_max) = halves(link.read(register::CAPS_DMA)?);
        Ok(Self {
            major,
            minor,
            build: link.read(register::BUILD)?,
            configuration: link.read(register::CONFIGURATION)?,
            opcodes: link.read(register::CAPS_OPCODES)?,
            lanes,
            rings,
            ring_log2_size_max,
            programs,
            key_slots,
            contexts,
            input_bytes_max,
            data_bytes_max,
            period,
            latency,
            regs_per_round,
            sbox,
            clock_khz: link.read(register::CAPS_CLOCK_KHZ)?,
            steps: if steps == 0 { FIRST_STEPS } else { steps },
            read_tags,
            read_bytes_max,
        })
    }

    /// Whether the card has an opcode.
    pub fn has(&self, opcode: Opcode) -> bool {
        self.opcodes >> opcode as u32 & 1 != 0
    }

    /// Whether the card has every step of a program.
    pub fn has_steps_of(&self, program: &Program) -> bool {
        program.steps().iter().all(|step| self.steps >> step.kind as u32 & 1 != 0)
    }
}

/// Minor and major version.
fn version(link: &mut dyn Link) -> Result<(u16, u16), CapabilityError> {
    let magic = link.read(register::ID)?;
    if magic != MAGIC {
        return Err(CapabilityError::NotACard(magic));
    }
    let (minor, major) = halves(link.read(register::VERSION)?);
    if major == MAJOR { Ok((minor, major)) } else { Err(CapabilityError::Version(major, minor)) }
}

/// Lower and upper 16 bits.
fn halves(word: u32) -> (u16, u16) {
    (word as u16, (word >> 16) as u16)
}
