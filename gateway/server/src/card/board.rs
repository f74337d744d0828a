//! The simulated board: the card and the link to it.

use std::sync::Arc;

use pcie_sim::{Config, Fault, FaultKind, Generation, HostError, Latency, Link, Trigger, Width};
use typex_abi::CardKind;
use typex_card::{Board, BoardOptions, COSIM};

use super::trace::Trace;
use crate::config;

/// Why there is no such card.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// The RTL is not part of this build.
    #[error(
        "this build has no RTL: build with `--features cosim`, which needs Verilator, for example \
         `cargo run --release --features cosim -- --backend fpga --card rtl`"
    )]
    NoRtl,
    /// The card could not be made.
    #[error(transparent)]
    Card(#[from] typex_card::BoardError),
    /// The simulation does not answer.
    #[error("the simulated link: {0}")]
    Link(#[from] HostError),
}

/// Whether this build has such a card.
///
/// # Errors
/// [`BoardError::NoRtl`].
pub fn available(kind: config::CardKind) -> Result<(), BoardError> {
    if kind == config::CardKind::Rtl && !COSIM { Err(BoardError::NoRtl) } else { Ok(()) }
}

/// Builds the card and the simulation of its link.
///
/// # Errors
/// [`BoardError::NoRtl`] and [`BoardError::Card`].
pub(super) fn build(card: &config::Card) -> Result<Board, BoardError> {
    available(card.kind)?;
    let options = BoardOptions { config: simulation(card), ..BoardOptions::default() };
    Ok(Board::new(abi_kind(card.kind), &options)?)
}

/// Has the transactions of the link kept.
///
/// # Errors
/// [`BoardError::Link`].
pub(super) fn watch(board: &Board, trace: &Arc<Trace>) -> Result<(), BoardError> {
    let trace = Arc::clone(trace);
    Ok(board.host().trace(Some(Box::new(move |tlp| trace.add(tlp))))?)
}

/// Takes the card away, if the configuration has it absent.
///
/// # Errors
/// [`BoardError::Link`].
pub(super) fn unplug(board: &Board, card: &config::Card) -> Result<(), BoardError> {
    if card.faults.contains(&config::Fault::Absent) {
        board.host().inject(Fault::nth(FaultKind::Removal, 0))?;
    }
    Ok(())
}

/// Arms the faults of the configuration, counted from now.
///
/// # Errors
/// [`BoardError::Link`].
pub(super) fn arm(board: &Board, card: &config::Card) -> Result<(), BoardError> {
    let kinds: Vec<FaultKind> = card.faults.iter().filter_map(|fault| fault_kind(*fault)).collect();
    let interval_ps = card.fault_interval_us.saturating_mul(1_000_000);
    if kinds.is_empty() {
        return Ok(());
    }
    let count = usize::try_from(card.fault_count).unwrap_or(usize::MAX);
    let horizon_ps = interval_ps.saturating_mul(card.fault_count);
    let start_ps = board.host().now_ps().saturating_add(interval_ps);
    for fault in Fault::schedule(card.seed, &kinds, count, horizon_ps.max(1)) {
        board.host().inject(later(fault, start_ps))?;
    }
    Ok(())
}

fn later(fault: Fault, start_ps: u64) -> Fault {
    match fault.trigger {
        Trigger::At(time_ps) => {
            Fault { trigger: Trigger::At(time_ps.saturating_add(start_ps)), ..fault }
        }
        _ => fault,
    }
}

/// Link and latencies, in words.
pub(super) fn name(card: &config::Card) -> String {
    let config = simulation(card);
    format!("{}, {} host", config.link.name(), config.latency.profile.trim_end_matches(" host"))
}

/// The card's kind as links name it.
pub fn abi_kind(kind: config::CardKind) -> CardKind {
    match kind {
        config::CardKind::Model => CardKind::Model,
        config::CardKind::Rtl => CardKind::Rtl,
    }
}

fn simulation(card: &config::Card) -> Config {
    let latency = match card.latency {
        config::Latency::Good => Latency::good(),
        config::Latency::BadHost => Latency::bad_host(),
    };
    Config { latency, ..Config::new(link(card.link), card.seed) }
}

fn link(link: config::Link) -> Link {
    use Generation::{Gen3, Gen4, Gen5};
    let (generation, width) = match link {
        config::Link::Gen3x8 => (Gen3, Width::X8),
        config::Link::Gen3x16 => (Gen3, Width::X16),
        config::Link::Gen4x8 => (Gen4, Width::X8),
        config::Link::Gen4x16 => (Gen4, Width::X16),
        config::Link::Gen5x16 => (Gen5, Width::X16),
    };
    Link::new(generation, width)
}

/// How late what is delayed comes: beyond what the driver waits for by default.
const DELAY_PS: u64 = 20_000_000_000;

/// `None` for what does not strike at some time.
fn fault_kind(fault: config::Fault) -> Option<FaultKind> {
    use config::Fault as F;
    Some(match fault {
        F::Absent => return None,
        F::DropCompletion => FaultKind::DropCompletion,
        F::DelayCompletion => FaultKind::DelayCompletion(DELAY_PS),
        F::DuplicateCompletion => FaultKind::DuplicateCompletion,
        F::TruncateCompletion => FaultKind::TruncateCompletion,
        F::PoisonCompletion => FaultKind::PoisonCompletion,
        F::BadAddress => FaultKind::BadAddress,
        F::LateWrite => FaultKind::LateWrite(DELAY_PS),
        F::LoseInterrupt => FaultKind::LoseInterrupt,
        F::LoseRegisterWrite => FaultKind::LoseRegisterWrite,
        F::Hang => FaultKind::Hang(0),
        F::Removal => FaultKind::Removal,
        F::ResetInBurst => FaultKind::ResetInBurst,
    })
}
