//! From a reset to a card that takes jobs.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use typex_abi::{Capabilities, Descriptor, Link, LinkError, ctrl, error, register, state};

use super::errands::Errands;
use super::snapshot::SelfTest;
use super::{CardError, Session, Shared, lock};
use crate::backend::fpga::programs::Which;
use crate::backend::fpga::slots::SlotCache;
use crate::backend::fpga::wrap::TransportRoot;
use crate::limits::CARD_READS_MAX;

/// Errors that interrupt the keeper: those after which a ring or the card stands still.
const LOUD: u32 = error::DOORBELL
    | error::COMPLETION_HEAD
    | error::SHADOW
    | error::ILLEGAL_STATE
    | error::SELFTEST
    | error::RING_CONFIG;

/// Resets the card and makes it ready.
pub(super) fn attach(
    link: &mut dyn Link,
    shared: &Shared,
    incarnation: u32,
) -> Result<(Session, Errands), CardError> {
    link.reset()?;
    shared.release_quarantine();
    let capabilities = Capabilities::read(link)?;
    let slots = usize::from(capabilities.key_slots).min(shared.options.slots_max);
    {
        let mut registers = lock(&shared.registers);
        registers.capabilities = Some(capabilities);
        let rings = registers.rings(&shared.options);
        if rings == 0 {
            return Err(CardError::TooSmall { rings: capabilities.rings.into(), slots });
        }
    }
    let largest = 1_usize << (capabilities.ring_log2_size_max & 0x1f);
    if shared.options.ring_entries > largest {
        return Err(CardError::RingEntries(shared.options.ring_entries, largest));
    }
    let root = lock_transport(link)?;
    configure(link, shared)?;
    selftest(link, shared)?;
    control(link, ctrl::ENABLE)?;
    let mut errands = Errands::open(link, capabilities.rings.saturating_sub(1))?;
    let programs = load_programs(link, &mut errands, &capabilities)?;
    shared.programs.store(programs, Ordering::Relaxed);
    let epoch = state::epoch(link.read(register::STATE)?);
    let session = Session { incarnation, epoch, root, slots: Mutex::new(SlotCache::new(slots)) };
    Ok((session, errands))
}

/// Draws the transport key, gives it to the card and closes it until reset.
fn lock_transport(link: &mut dyn Link) -> Result<TransportRoot, CardError> {
    let (root, bytes) = TransportRoot::draw()?;
    for (offset, word) in (register::TRANSPORT_KEY..).step_by(4).zip(bytes.expose().chunks(4)) {
        let word = word.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        link.write(offset, word)?;
    }
    link.write(register::TRANSPORT_LOCK, 1)?;
    if wait(link, register::STATE, |word| word & state::TRANSPORT_LOCKED != 0)?.is_none() {
        return Err(CardError::Transport);
    }
    Ok(root)
}

fn configure(link: &mut dyn Link, shared: &Shared) -> Result<(), CardError> {
    let options = &shared.options;
    link.write(register::READ_TIMEOUT, options.read_timeout_cycles)?;
    link.write(register::COMPLETION_HOLD, options.completion_hold_cycles)?;
    link.write(register::ERROR, u32::MAX)?;
    link.write(register::ERROR_MASK, LOUD)?;
    Ok(())
}

/// Runs the self-test; the card has to be idle.
pub(super) fn selftest(link: &mut dyn Link, shared: &Shared) -> Result<(), CardError> {
    // Refused while anything is inside; after a reset the card prepares itself for a while.
    if wait(link, register::STATE, |word| word & state::IDLE != 0)?.is_none() {
        return Err(CardError::SelfTestTime);
    }
    link.write(register::SELFTEST, 1)?;
    let ended = |word: u32| word & state::SELFTEST_RUNNING == 0;
    // The first look may come before the test has begun.
    link.read(register::STATE)?;
    let Some(word) = wait(link, register::STATE, ended)? else {
        return Err(CardError::SelfTestTime);
    };
    let test = (link.read(register::SELFTEST)? & 0xff) as u8;
    let passed = word & state::SELFTEST_PASSED != 0 && test == 0;
    lock(&shared.registers).selftest =
        if passed { SelfTest::Passed } else { SelfTest::Failed(test) };
    if passed { Ok(()) } else { Err(CardError::SelfTest(test)) }
}

/// The control register is shadowed: it takes effect when written twice.
fn control(link: &mut dyn Link, bits: u32) -> Result<(), CardError> {
    link.write(register::CTRL, bits)?;
    link.write(register::CTRL, bits)?;
    Ok(())
}

/// Loads the programs whose steps the card has, and gives their set.
fn load_programs(
    link: &mut dyn Link,
    errands: &mut Errands,
    capabilities: &Capabilities,
) -> Result<u16, CardError> {
    let (mut loads, mut loaded) = (Vec::with_capacity(Which::ALL.len()), Vec::new());
    for which in Which::ALL {
        let program = which.program().ok_or(CardError::NoCompletion)?;
        if capabilities.has_steps_of(&program) {
            loads.push(Descriptor::program_load(which as u8, &program));
            loaded.push(which);
        }
    }
    match errands.run(link, loads)? {
        None => Ok(loaded.iter().fold(0, |set, which| set | which.bit())),
        Some((at, status)) => {
            let program = loaded.get(usize::from(at)).map_or(u8::MAX, |which| *which as u8);
            Err(CardError::Program { program, status })
        }
    }
}

/// Sets a ring's registers and enables it: bases of submissions and completions, size, interrupt
/// vector, window.
pub(in super::super) fn open_ring(
    link: &mut dyn Link,
    ring: u8,
    bases: [u64; 2],
    log2: u32,
    vector: u16,
    window: [u64; 2],
) -> Result<(), LinkError> {
    let at = u32::from(ring) * register::RING_STRIDE;
    let mut wide = |offset: u32, value: u64| {
        link.write(at + offset, value as u32)?;
        link.write(at + offset + 4, (value >> 32) as u32)
    };
    wide(register::RING_SQ_BASE, bases[0])?;
    wide(register::RING_CQ_BASE, bases[1])?;
    wide(register::RING_WINDOW_BASE, window[0])?;
    wide(register::RING_WINDOW_LIMIT, window[1])?;
    link.write(at + register::RING_SIZE, log2)?;
    // Bit 0: completions of 32 bytes.
    link.write(at + register::RING_CONFIG, 1 | u32::from(vector) << 8)?;
    link.write(at + register::RING_ENABLE, 1)
}

/// Reads a register until it is as wanted; `None` if it never is.
fn wait(
    link: &mut dyn Link,
    offset: u32,
    wanted: impl Fn(u32) -> bool,
) -> Result<Option<u32>, CardError> {
    for _ in 0..CARD_READS_MAX {
        let word = link.read(offset)?;
        if wanted(word) {
            return Ok(Some(word));
        }
        link.pass(Duration::from_micros(1));
    }
    Ok(None)
}
