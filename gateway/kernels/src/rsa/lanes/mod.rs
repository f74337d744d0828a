//! RSA private operations eight at a time, each under its own key.
//!
//! One lane of a vector belongs to one operation, so that eight of them take as many instructions
//! as one; `docs/rsa-lanes.md` explains the arithmetic. Every operation is blinded with a number of
//! its own, and raised to the public exponent again and compared with its input before it is
//! released. No branch and no index depends on a key or a message.

mod batch;
mod digits;
mod fault;
mod key;
mod multiply;
mod number;
mod path;
mod portable;
#[cfg(test)]
mod tests;
mod window;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86;

pub use batch::Lane;
pub use key::LaneKey;
pub use path::Path;

use super::{RsaError, RsaPrivate, check_buffers};

/// Operations that run side by side.
pub const LANES: usize = 8;

/// Operations under a modulus of so many bytes that go together at least; `None` if they never do,
/// for want of vectors or of lanes of that size. Lanes take the same time however many of them are
/// used; where vectors are multiplied in halves, that of four to five and a half operations alone
/// (`docs/kernels.md`), elsewhere less.
#[must_use]
pub fn lanes_min(modulus_len: usize) -> Option<usize> {
    Some(Path::detect()).filter(|path| path.is_wide()).and(least(modulus_len))
}

const fn least(modulus_len: usize) -> Option<usize> {
    match modulus_len {
        256 => Some(4),
        384 => Some(5),
        512 => Some(6),
        _ => None,
    }
}

/// A private operation and, afterwards, its outcome.
pub struct Operation<'a> {
    key: &'a RsaPrivate,
    input: &'a [u8],
    output: &'a mut [u8],
    outcome: Result<(), RsaError>,
}

impl<'a> Operation<'a> {
    /// `input ^ d mod n`; input and output have exactly the length of the modulus.
    ///
    /// # Errors
    /// [`RsaError::InputLength`], [`RsaError::OutputLength`], [`RsaError::InputRange`].
    pub fn new(
        key: &'a RsaPrivate,
        input: &'a [u8],
        output: &'a mut [u8],
    ) -> Result<Self, RsaError> {
        check_buffers(key.public().modulus(), input, output)?;
        Ok(Self { key, input, output, outcome: Err(RsaError::Fault) })
    }

    /// [`RsaError::Fault`], with the output cleared, if the result was not confirmed by the public
    /// exponent, or before the operation was run.
    ///
    /// # Errors
    /// [`RsaError::Fault`].
    pub fn outcome(&self) -> Result<(), RsaError> {
        self.outcome
    }

    fn run_alone(&mut self) {
        self.outcome = self.key.private_raw(self.input, self.output);
    }

    /// What operations that run side by side have in common.
    fn kind(&self) -> (usize, &[u8]) {
        (self.key.modulus_len(), self.key.public().exponent())
    }
}

/// Private operations of any number, sizes and keys. Those of one size and public exponent go side
/// by side when at least [`lanes_min`] of them are left and the machine has AVX-512 IFMA; the rest
/// are done one by one, as by [`RsaPrivate::private_raw`]. A fault in one does not touch others.
pub fn private_raw_many(operations: &mut [Operation<'_>]) {
    run_all(Some(Path::detect()).filter(|path| path.is_wide()), operations);
}

fn run_all(path: Option<Path>, operations: &mut [Operation<'_>]) {
    let mut sorted: Vec<_> = operations.iter_mut().collect();
    sorted.sort_by(|one, other| one.kind().cmp(&other.kind()));
    for same in sorted.chunk_by_mut(|one, other| one.kind() == other.kind()) {
        for batch in same.chunks_mut(LANES) {
            let least = least(batch[0].key.modulus_len());
            match path.filter(|_| least.is_some_and(|least| batch.len() >= least)) {
                Some(path) => run_together(path, batch),
                None => batch.iter_mut().for_each(|operation| operation.run_alone()),
            }
        }
    }
}

/// Runs up to eight operations of one kind side by side if all keys are of the sizes for it.
fn run_together(path: Path, operations: &mut [&mut Operation<'_>]) {
    let lanes = operations.iter_mut().map(|one| {
        let key = one.key.lane_key()?;
        Some(Lane::new(key, one.input, one.output))
    });
    let Some(mut lanes) = lanes.collect::<Option<Vec<_>>>() else {
        return operations.iter_mut().for_each(|operation| operation.run_alone());
    };
    let outcome = path.private_raw(&mut lanes);
    let outcomes: Vec<_> = lanes.iter().map(|lane| outcome.and(lane.outcome())).collect();
    drop(lanes);
    for (operation, outcome) in operations.iter_mut().zip(outcomes) {
        operation.outcome = outcome;
    }
}
