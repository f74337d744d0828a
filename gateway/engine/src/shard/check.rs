//! What is checked before a job is admitted.

use typex_core::error::ErrorKind;
use typex_core::key::Usage;
use typex_core::op::Action;
use typex_core::op::crypto::CryptoKind;
use typex_core::op::manage::ManageKind;
use typex_core::policy::Grant;
use typex_core::secret::Secret;

use crate::crypto::BlocksJob;
use crate::job::{Job, MakeKey, Work};
use crate::key::LoadedKey;
use crate::length;

/// Grant, key, length and deadline.
#[inline]
pub(super) fn job(grant: &Grant, job: &Job) -> Result<(), ErrorKind> {
    if !covers(grant, &job.work) {
        return Err(ErrorKind::Internal);
    }
    if job.work.is_revoked() {
        return Err(ErrorKind::KeyState);
    }
    permitted(&job.work)
}

/// Whether the grant is for this work with this key.
#[inline]
fn covers(grant: &Grant, work: &Work) -> bool {
    let names = |key: &LoadedKey| {
        let record = key.record();
        grant.action() == Action::ProcessData && grant.key() == Some((record.id, record.version))
    };
    match work {
        Work::Process { key, .. } => {
            let usage = key.record().usage;
            names(key) && !usage.is_user_auth() && usage.object().is_none()
        }
        Work::OpenObject { key, .. }
        | Work::SealObject { key, .. }
        | Work::SessionKey { key, .. } => names(key) && key.record().usage.object().is_some(),
        Work::OpenUserAuth { key, .. } | Work::SealUserAuth { key, .. } => {
            names(key) && key.record().usage.is_user_auth()
        }
        Work::Unwrap { key, .. } => {
            grant.action() == Action::ImportKey && key.record().usage == Usage::ImportUnwrap
        }
        Work::MakeKey(make) => covers_making(grant, make),
        Work::Crypto(job) => {
            covers_use(grant, &job.key, job.call.kind()) && grant.is_agreed() == job.peer.is_some()
        }
        Work::Payment(job) => job.is_covered(grant),
        Work::Seal(job) => job.is_covered(grant),
        Work::Blocks(job) => covers_blocks(grant, job),
        Work::PaymentKey(job) => job.is_covered(grant),
        Work::Token(job) => job.is_covered(grant),
        Work::GenerateRsa { .. } | Work::ImportRsa { .. } => grant.action() == Action::ImportKey,
    }
}

fn covers_use(grant: &Grant, key: &LoadedKey, kind: CryptoKind) -> bool {
    let named = (key.record().id, key.record().version);
    grant.action() == Action::Crypto(kind) && grant.key() == Some(named)
}

fn covers_blocks(grant: &Grant, job: &BlocksJob) -> bool {
    let kind = job.encrypts().map(|encrypts| match encrypts {
        true => CryptoKind::Encrypt,
        false => CryptoKind::Decrypt,
    });
    !grant.is_agreed() && kind.is_some_and(|kind| covers_use(grant, &job.key, kind))
}

/// An instance imports the public half of an authenticator in its own name.
fn covers_making(grant: &Grant, make: &MakeKey) -> bool {
    match (make, grant.action()) {
        (MakeKey::Complete { .. } | MakeKey::GenerateRsa { .. }, action) => {
            action == Action::Manage(ManageKind::Create)
        }
        (MakeKey::Import { .. }, Action::Instance(_)) => true,
        (MakeKey::Import { .. } | MakeKey::ImportRsa { .. }, action) => {
            action == Action::Manage(ManageKind::Import)
        }
        (MakeKey::Derive { from, .. }, action) => {
            let named = (from.record().id, from.record().version);
            action == Action::Manage(ManageKind::Derive) && grant.key() == Some(named)
        }
    }
}

#[inline]
fn permitted(work: &Work) -> Result<(), ErrorKind> {
    match work {
        Work::Process { key, sealed } => length::data_bytes(key.record(), sealed.len()).map(|_| ()),
        Work::OpenUserAuth { key, sealed } | Work::OpenObject { key, sealed } => {
            length::body_bytes(key.record(), sealed.len()).map(|_| ())
        }
        Work::Seal(job) => job.check(),
        _ => Ok(()),
    }
}

/// Draws the randomness that the work needs, so that a backend need not.
#[inline]
pub(super) fn seed(work: &Work) -> Result<Option<Secret<[u8; 32]>>, ErrorKind> {
    let wanted = match work {
        Work::Process { key, .. } => key.record().usage == Usage::Random,
        Work::Unwrap { .. } => true,
        Work::Payment(job) => job.draws_random(),
        Work::Token(job) => job.draws_random(),
        _ => false,
    };
    if !wanted {
        return Ok(None);
    }
    let mut seed = Secret::new([0; 32]);
    aws_lc_rs::rand::fill(seed.expose_mut()).map_err(|_| ErrorKind::DeviceFault)?;
    Ok(Some(seed))
}
