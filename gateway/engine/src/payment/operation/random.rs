//! Random bytes of a job.

use typex_core::secret::Secret;
use typex_kernels::RoundKeys;

use super::Seed;
use crate::payment::pin_block::{FILL_RANDOM_BYTES, Fill, Format};
use crate::payment::{Error, PIN_RANDOM_BYTES, Pin};

/// What a job may draw; it is the same whenever the job runs.
#[derive(Clone, Copy)]
pub(super) struct Random<'a>(Option<&'a Seed>);

impl<'a> Random<'a> {
    pub(super) fn new(seed: Option<&'a Seed>) -> Self {
        Self(seed)
    }

    /// A PIN. It and the fill are of different bytes.
    pub(super) fn pin(self, length: u8) -> Result<Pin, Error> {
        let bytes = self.bytes(PIN_RANDOM_BYTES)?;
        let mut random = Secret::new([0; PIN_RANDOM_BYTES]);
        random.expose_mut().copy_from_slice(bytes.expose());
        Pin::draw(length, &random)
    }

    /// The fill of a PIN block.
    pub(super) fn fill(self, format: Format) -> Result<Fill, Error> {
        let bytes = self.bytes(PIN_RANDOM_BYTES + FILL_RANDOM_BYTES)?;
        let mut random = Secret::new([0; FILL_RANDOM_BYTES]);
        random.expose_mut().copy_from_slice(&bytes.expose()[PIN_RANDOM_BYTES..]);
        Fill::draw(format, &random)
    }

    /// The first bytes, always the same.
    pub(super) fn bytes(self, count: usize) -> Result<Secret<Vec<u8>>, Error> {
        let seed = self.0.ok_or(Error::Internal)?;
        let keys = RoundKeys::boxed(seed.expose()).map_err(|_| Error::Internal)?;
        let mut bytes = Secret::new(vec![0; count]);
        typex_kernels::ctr(&keys, &[0; 16], bytes.expose_mut());
        Ok(bytes)
    }
}
