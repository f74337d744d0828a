//! Random bytes as a function of a job's seed.

use typex_core::error::ErrorKind;
use typex_core::secret::Secret;
use typex_kernels::RoundKeys;

/// Fills `out` with the AES-256-CTR key stream of `seed`. A seed serves one job.
pub(super) fn expand(seed: &Secret<[u8; 32]>, out: &mut [u8]) -> Result<(), ErrorKind> {
    let keys = RoundKeys::new(seed.expose()).map_err(|_| ErrorKind::Internal)?;
    out.fill(0);
    typex_kernels::ctr(&keys, &[0; 16], out);
    Ok(())
}
