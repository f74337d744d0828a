//! A card behind a simulated link.

use crate::card::{CardOptions, ModelCard};
use crate::link::{ByHand, SimLink, lock};
use pcie_sim::{Config, Device, Fault, Host, Runner, Simulation};
use std::io;
use std::sync::{Arc, Mutex};
use typex_abi::{CardKind, Link};

/// What a board is made of.
#[derive(Clone, Debug, Default)]
pub struct BoardOptions {
    /// Link, latencies and seed.
    pub config: Config,
    /// The behavioural card's shape. The RTL has the one it was built with.
    pub card: CardOptions,
    /// Faults that are armed from the beginning.
    pub faults: Vec<Fault>,
}

/// Why there is no board.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// Built without the feature `cosim`, or the kind is not simulated.
    #[error("no {0} card in this build: it needs the feature `cosim`, and that Verilator")]
    NoCard(&'static str),
    /// The RTL cannot be had.
    #[error("the RTL cannot be had: {0}")]
    Rtl(Box<dyn std::error::Error + Send + Sync>),
    /// The system has no thread to give.
    #[error("no thread for the simulation")]
    Thread(#[from] io::Error),
}

/// A card behind a simulated link, run by its own thread.
///
/// ```
/// use typex_card::{Board, BoardOptions};
/// use typex_abi::Capabilities;
///
/// let board = Board::model(&BoardOptions::default())?;
/// let capabilities = Capabilities::read(board.link().as_mut())?;
/// assert_eq!(capabilities.lanes, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Board {
    runner: Runner,
    kind: CardKind,
}

impl Board {
    /// The behavioural card.
    ///
    /// # Errors
    /// [`BoardError::Thread`]
    pub fn model(options: &BoardOptions) -> Result<Self, BoardError> {
        Self::new(CardKind::Model, options)
    }

    /// The RTL.
    ///
    /// # Errors
    /// [`BoardError::NoCard`], [`BoardError::Rtl`], [`BoardError::Thread`]
    pub fn rtl(options: &BoardOptions) -> Result<Self, BoardError> {
        Self::new(CardKind::Rtl, options)
    }

    /// A card of either kind.
    ///
    /// # Errors
    /// [`BoardError::NoCard`], [`BoardError::Rtl`], [`BoardError::Thread`]
    pub fn new(kind: CardKind, options: &BoardOptions) -> Result<Self, BoardError> {
        let runner = Runner::start(simulation(kind, options)?)?;
        Ok(Self { runner, kind })
    }

    /// A handle for a driver.
    pub fn link(&self) -> Box<dyn Link> {
        Box::new(SimLink::new(self.host(), self.kind, None))
    }

    /// The host's side of the link: faults, trace, statistics, virtual time.
    pub fn host(&self) -> Host {
        self.runner.host()
    }

    /// What kind of card it is.
    pub fn kind(&self) -> CardKind {
        self.kind
    }

    /// Stops the thread and gives the simulation back; none if the card panicked.
    pub fn stop(self) -> Option<Simulation> {
        self.runner.stop()
    }
}

/// A card behind a simulated link that is stepped by hand: every run of one seed is the same.
///
/// Register reads and resets of its links step it until they are answered; writes and what the
/// card makes of them wait for [`Bench::with`].
pub struct Bench {
    simulation: ByHand,
    kind: CardKind,
}

impl Bench {
    /// A card of either kind, out of reset.
    ///
    /// # Errors
    /// [`BoardError::NoCard`], [`BoardError::Rtl`]
    pub fn new(kind: CardKind, options: &BoardOptions) -> Result<Self, BoardError> {
        Ok(Self::of(device(kind, &options.card)?, kind, options))
    }

    /// A device of the caller's, out of reset; `kind` is what its links say.
    pub fn of(device: Box<dyn Device>, kind: CardKind, options: &BoardOptions) -> Self {
        Self { simulation: Arc::new(Mutex::new(started(device, options))), kind }
    }

    /// A handle for a driver.
    pub fn link(&self) -> Box<dyn Link> {
        let simulation = Arc::clone(&self.simulation);
        let host = lock(&simulation).host();
        Box::new(SimLink::new(host, self.kind, Some(simulation)))
    }

    /// The simulation, to step it.
    pub fn with<T>(&self, use_it: impl FnOnce(&mut Simulation) -> T) -> T {
        use_it(&mut lock(&self.simulation))
    }

    /// Steps until nothing is pending; false when that took longer than `limit_ps` of virtual
    /// time.
    pub fn settle(&self, limit_ps: u64) -> bool {
        self.with(|simulation| simulation.run_until_idle(limit_ps))
    }
}

/// The device of a kind.
///
/// # Errors
/// [`BoardError::NoCard`], [`BoardError::Rtl`]
pub fn device(kind: CardKind, options: &CardOptions) -> Result<Box<dyn Device>, BoardError> {
    match kind {
        CardKind::Model => Ok(Box::new(ModelCard::new(options.clone()))),
        CardKind::Rtl => rtl(),
        CardKind::Hardware => Err(BoardError::NoCard(kind.name())),
    }
}

#[cfg(feature = "cosim")]
fn rtl() -> Result<Box<dyn Device>, BoardError> {
    let card = verilated::RtlCard::new().map_err(|error| BoardError::Rtl(error.into()))?;
    Ok(Box::new(card))
}

#[cfg(not(feature = "cosim"))]
fn rtl() -> Result<Box<dyn Device>, BoardError> {
    Err(BoardError::NoCard(CardKind::Rtl.name()))
}

fn simulation(kind: CardKind, options: &BoardOptions) -> Result<Simulation, BoardError> {
    Ok(started(device(kind, &options.card)?, options))
}

fn started(device: Box<dyn Device>, options: &BoardOptions) -> Simulation {
    let mut simulation = Simulation::new(options.config.clone(), device);
    // A simulation that has just begun answers a reset.
    let _ = simulation.reset();
    for fault in &options.faults {
        simulation.inject(fault.clone());
    }
    simulation
}
