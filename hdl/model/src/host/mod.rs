//! The host's side by hand: what tests and figures of a card have in common.
//!
//! [`start`] brings up a card out of reset, a [`Root`] wraps keys for it, a [`Ring`] carries raw
//! descriptors and completions, and a [`Key`] says in software what must come of a message. What
//! goes wrong is told, nothing is retried: who drives a card in earnest uses the engine.
//!
//! ```
//! use pcie_sim::{Config, Simulation};
//! use typex_abi::{CardKind, Descriptor, Opcode, Status};
//! use typex_card::host::{Ring, RingShape, Root, start};
//!
//! let device = typex_card::device(CardKind::Model, &Default::default())?;
//! let mut simulation = Simulation::new(Config::default(), device);
//! simulation.reset()?;
//! start(&mut simulation, &Root::new([7; 32]))?;
//! let host = simulation.host();
//! let shape = RingShape { index: 0, log2_entries: 4, long: false, vector: 0 };
//! let memory = host.allocate(shape.bytes())?;
//! let mut ring = Ring::new(&host, &memory, shape);
//! ring.enable(memory.bus()..memory.bus() + memory.len() as u64)?;
//! ring.submit(Descriptor::new(Opcode::Nop))?;
//! ring.tell()?;
//! assert!(simulation.run_until_idle(1_000_000_000));
//! assert_eq!(ring.take()?.map(|done| done.status), Some(Status::Ok));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ring;
mod software;
mod start;

pub use ring::{Ring, RingError, RingShape};
pub use software::{Block, Key, padded};
pub use start::{Root, StartError, Wrapped, control, start};
