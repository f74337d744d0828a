//! Evidence that the payment operations take a time that depends on nothing secret: records of
//! every kind for the programs `taint`, `disassembly` and `dudect` (`docs/constant-time.md`).
#![forbid(unsafe_code)]

mod block;
pub mod control;
pub mod operation;
mod perform;
mod prepare;
pub mod random;
mod token;

use typex_engine::payment::Error;
use typex_engine::payment::lanes::Lanes;

use crate::operation::Operation;
use crate::random::Random;

/// What is to become of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It verifies.
    Right,
    /// What is encrypted is not what it should be.
    WrongData,
    /// What is compared is not what it should be.
    WrongValue,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Right, Self::WrongData, Self::WrongValue];
}

/// One operation and its input.
pub struct Record {
    /// What is done.
    pub operation: Operation,
    /// Whether it is to succeed.
    pub succeeds: bool,
    /// What nobody may learn from the time it takes.
    pub secrets: Secrets,
    /// What everybody sees: ciphertexts, key blocks, serial numbers, messages.
    pub seen: Vec<u8>,
}

/// Secrets as the operation gets them.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The key of what comes in.
    pub key: Vec<u8>,
    /// The key of what goes out, or by which is verified.
    pub second: Vec<u8>,
    /// Digits in ASCII.
    pub pan: Vec<u8>,
    /// What the computed value is compared with.
    pub claimed: Vec<u8>,
}

impl Record {
    /// A record made of random numbers.
    ///
    /// # Errors
    /// [`Error`] of an operation that prepares it.
    pub fn new(operation: Operation, outcome: Outcome, random: &mut Random) -> Result<Self, Error> {
        prepare::record(operation, outcome, random)
    }

    /// Does what the record says.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn perform(&self, lanes: &Lanes) -> Result<(), Error> {
        perform::perform(lanes, self).await
    }
}

impl Secrets {
    /// All of them.
    pub fn each_mut(&mut self) -> [&mut Vec<u8>; 4] {
        [&mut self.key, &mut self.second, &mut self.pan, &mut self.claimed]
    }
}
