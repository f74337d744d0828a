//! Registers of the card as a whole.

use super::errors::Errors;
use typex_abi::{
    Configuration, MAGIC, MAJOR, MINOR, Opcode, StepKind, ctrl, error, limits, register, state,
};
use zeroize::Zeroize;

const TIMEOUT_DEFAULT: u32 = 1 << 20;
const TIMEOUT_MAX: u32 = (1 << 24) - 1;
const HOLD_DEFAULT: u16 = 64;
const READ_BYTES_MAX: u32 = 512;

/// What the registers show of the rest of the card.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) idle: bool,
    /// No job is inside.
    pub(crate) empty: bool,
    pub(crate) test_running: bool,
    pub(crate) test_passed: bool,
    pub(crate) test_failed: u8,
    pub(crate) epoch: u8,
}

/// The registers.
pub(crate) struct Registers {
    shape: Configuration,
    ctrl: u32,
    staged: Option<u32>,
    pub(crate) lane_enable: u32,
    pub(crate) read_timeout: u32,
    pub(crate) completion_hold: u16,
    pub(crate) cycle: u64,
    upper: u32,
    locked: bool,
    key: [u8; 32],
    test_start: bool,
}

impl Registers {
    pub(crate) fn new(shape: &Configuration) -> Self {
        Self {
            shape: *shape,
            ctrl: 0,
            staged: None,
            lane_enable: (1 << shape.lanes) - 1,
            read_timeout: TIMEOUT_DEFAULT,
            completion_hold: HOLD_DEFAULT,
            cycle: 0,
            upper: 0,
            locked: false,
            key: [0; 32],
            test_start: false,
        }
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.ctrl & ctrl::ENABLE != 0
    }

    pub(crate) fn is_quiesced(&self) -> bool {
        self.ctrl & ctrl::QUIESCE != 0
    }

    /// A reset of the core is asked for.
    pub(crate) fn asks_reset(&self) -> bool {
        self.ctrl & ctrl::RESET != 0
    }

    /// A self-test is asked for; for one cycle.
    pub(crate) fn starts_test(&self) -> bool {
        self.test_start
    }

    /// The transport key, once it is complete.
    pub(crate) fn transport(&self) -> Option<&[u8; 32]> {
        self.locked.then_some(&self.key)
    }

    /// One cycle: a register write; `loaded`: the key unit has the transport key.
    pub(crate) fn cycle(
        &mut self,
        write: Option<(u32, u32)>,
        empty: bool,
        loaded: bool,
        errors: &mut Errors,
    ) {
        self.cycle += 1;
        self.test_start = false;
        if loaded {
            self.key.zeroize();
        }
        if let Some((offset, value)) = write {
            self.write(offset & !3, value, empty, errors);
        }
    }

    fn write(&mut self, offset: u32, value: u32, empty: bool, errors: &mut Errors) {
        match offset {
            register::CTRL => self.control(value & 7, errors),
            register::ERROR => errors.clear(value),
            register::ERROR_MASK => errors.mask = value & mask(),
            register::LANE_ENABLE => self.lane_enable = value & ((1 << self.shape.lanes) - 1),
            register::READ_TIMEOUT => self.read_timeout = value & TIMEOUT_MAX,
            register::COMPLETION_HOLD => self.completion_hold = value as u16,
            register::TRANSPORT_LOCK => self.locked |= value & 1 != 0,
            register::SELFTEST => self.test_start = value & 1 != 0 && empty,
            _ => self.write_key(offset, value),
        }
    }

    /// Takes effect when written twice in a row with one value.
    fn control(&mut self, value: u32, errors: &mut Errors) {
        match self.staged.take() {
            None => self.staged = Some(value),
            Some(staged) if staged == value => self.ctrl = value,
            Some(_) => errors.report(error::SHADOW, 0, 0),
        }
    }

    fn write_key(&mut self, offset: u32, value: u32) {
        let at = offset.wrapping_sub(register::TRANSPORT_KEY) as usize;
        if !self.locked
            && let Some(word) = self.key.get_mut(at..at.wrapping_add(4))
        {
            word.copy_from_slice(&value.to_be_bytes());
        }
    }

    /// A register; 0 if it is not one of these.
    pub(crate) fn read(&mut self, offset: u32, seen: &Seen, errors: &Errors) -> u32 {
        match offset {
            register::CTRL => self.ctrl,
            register::STATE => self.state(seen, errors),
            register::ERROR => errors.bits,
            register::ERROR_MASK => errors.mask,
            register::ERROR_FIRST => errors.first,
            register::LANE_ENABLE => self.lane_enable,
            register::HEARTBEAT_LO => {
                self.upper = (self.cycle >> 32) as u32;
                self.cycle as u32
            }
            register::HEARTBEAT_HI => self.upper,
            register::SELFTEST => u32::from(seen.test_failed),
            register::READ_TIMEOUT => self.read_timeout,
            register::COMPLETION_HOLD => u32::from(self.completion_hold),
            register::TRANSPORT_LOCK => u32::from(self.locked),
            _ => self.capability(offset),
        }
    }

    fn state(&self, seen: &Seen, errors: &Errors) -> u32 {
        let bit = |on: bool, mask: u32| if on { mask } else { 0 };
        bit(seen.idle, state::IDLE)
            | bit(self.is_quiesced() && seen.empty, state::QUIESCED)
            | bit(errors.is_fatal(), state::FATAL)
            | bit(seen.test_passed, state::SELFTEST_PASSED)
            | bit(seen.test_running, state::SELFTEST_RUNNING)
            | bit(self.locked, state::TRANSPORT_LOCKED)
            | u32::from(seen.epoch) << 8
    }

    fn capability(&self, offset: u32) -> u32 {
        let shape = &self.shape;
        let period = shape.latency() + crate::cluster::FEEDBACK_STAGES;
        match offset {
            register::ID => MAGIC,
            register::VERSION => u32::from(MAJOR) << 16 | u32::from(MINOR),
            register::CONFIGURATION => shape.id,
            register::CAPS_OPCODES => {
                Opcode::ALL.iter().fold(0, |bits, opcode| bits | 1 << *opcode as u32)
            }
            register::CAPS_SHAPE => {
                let programs = (limits::PROGRAMS_MAX as u32) << 24;
                programs
                    | (limits::RING_LOG2_SIZE_MAX as u32) << 16
                    | shape.rings << 8
                    | shape.lanes
            }
            register::CAPS_ROOM => shape.contexts << 16 | shape.key_slots,
            register::CAPS_MESSAGE => {
                (limits::DATA_BYTES_MAX as u32) << 16 | limits::INPUT_BYTES_MAX as u32
            }
            register::CAPS_LANE => {
                let sbox = (shape.sbox as u32) << 24;
                sbox | shape.regs_per_round << 16 | shape.latency() << 8 | period
            }
            register::CAPS_CLOCK_KHZ => shape.clock_khz,
            register::CAPS_DMA => READ_BYTES_MAX << 16 | shape.read_tags,
            register::CAPS_STEPS => {
                StepKind::ALL[1..].iter().fold(0, |bits, kind| bits | 1 << *kind as u32)
            }
            _ => 0,
        }
    }
}

/// Errors that there are.
fn mask() -> u32 {
    typex_abi::ERRORS.iter().fold(0, |mask, (_, bit)| mask | bit)
}
