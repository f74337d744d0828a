//! The way to reach a card.

use std::sync::Arc;
use std::time::Duration;

/// What an interrupt calls. It must not wait.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What kind of card is at the end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardKind {
    /// The behavioural card.
    Model,
    /// The RTL, in simulation.
    Rtl,
    /// A card.
    Hardware,
}

impl CardKind {
    /// `model`, `rtl` or `hardware`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rtl => "rtl",
            Self::Hardware => "hardware",
        }
    }
}

/// Why the link did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The card is gone.
    #[error("the card is gone")]
    Removed,
    /// The card does not answer.
    #[error("the card does not answer")]
    Timeout,
    /// No more memory that the card can reach.
    #[error("no more memory for the card")]
    OutOfMemory,
    /// No such register or vector.
    #[error("no such register")]
    BadOffset,
}

/// A handle to a card: registers, memory, interrupts, reset. Each thread has its own.
pub trait Link: Send {
    /// What kind of card it is.
    fn card(&self) -> CardKind;

    /// Reads a register.
    ///
    /// # Errors
    /// [`LinkError::Removed`], [`LinkError::Timeout`], [`LinkError::BadOffset`]
    fn read(&mut self, offset: u32) -> Result<u32, LinkError>;

    /// Writes a register; posted, in order with the other writes and reads of this handle.
    ///
    /// # Errors
    /// [`LinkError::Removed`], [`LinkError::Timeout`], [`LinkError::BadOffset`]
    fn write(&mut self, offset: u32, value: u32) -> Result<(), LinkError>;

    /// Zeroed memory for host and card, at a bus address that is a multiple of 4096.
    ///
    /// # Errors
    /// [`LinkError::OutOfMemory`]
    fn allocate(&mut self, bytes: usize) -> Result<Box<dyn DmaBuffer>, LinkError>;

    /// The link's clock; virtual in a simulation.
    fn now(&self) -> Duration;

    /// Lets time pass where it does not by itself: a simulation's clock stands while nothing is
    /// pending, and a host that waits for a time-out has to move it. Does not wait.
    fn pass(&mut self, _time: Duration) {}

    /// Sets what an interrupt vector calls; gives the address and the data of its message, as the
    /// card's table of vectors needs them.
    ///
    /// # Errors
    /// [`LinkError::BadOffset`]: no such vector.
    fn interrupt(&mut self, vector: u16, wake: Wake) -> Result<(u64, u32), LinkError>;

    /// Resets the function. When it returns, no write of the time before can land any more.
    ///
    /// # Errors
    /// [`LinkError::Removed`], [`LinkError::Timeout`]
    fn reset(&mut self) -> Result<(), LinkError>;

    /// One more handle to the same card.
    ///
    /// # Errors
    /// [`LinkError::Removed`]
    fn another(&self) -> Result<Box<dyn Link>, LinkError>;
}

/// Memory that host and card share.
///
/// A store and then a register write are seen by the card in this order.
pub trait DmaBuffer: Send {
    /// Bus address of the first byte.
    fn bus(&self) -> u64;

    /// Length in bytes.
    fn len(&self) -> usize;

    /// Whether it has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies out of it. What would lie behind its end is left as it is.
    fn load(&self, at: usize, into: &mut [u8]);

    /// Copies into it. What would lie behind its end is left out.
    fn store(&mut self, at: usize, from: &[u8]);
}
