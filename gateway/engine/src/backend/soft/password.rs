//! argon2id.

use argon2::{Algorithm, Argon2, Params, Version};
use typex_core::error::ErrorKind;
use typex_core::secret::Secret;

use crate::job::{Outcome, PasswordJob};
use crate::limits::PASSWORD_MEMORY_KIB_MAX;

/// Hashes, and compares where there is something to compare with.
pub(super) fn run(job: &PasswordJob) -> Result<Outcome, ErrorKind> {
    let cost = job.cost;
    if cost.memory_kib > PASSWORD_MEMORY_KIB_MAX {
        return Err(ErrorKind::Internal);
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
        .map_err(|_| ErrorKind::Internal)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = Secret::new([0; 32]);
    argon2
        .hash_password_into(job.password.expose(), &job.salt, hash.expose_mut())
        .map_err(|_| ErrorKind::Internal)?;
    Ok(match &job.expected {
        None => Outcome::PasswordHash(hash),
        Some(expected) => Outcome::PasswordMatches(bool::from(hash.ct_eq(expected.expose()))),
    })
}
