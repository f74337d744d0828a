//! Whether a principal may do what it asks. Pure: everything it depends on is an argument.

pub mod abuse;
mod grant;
pub mod pair;
pub mod payment;
#[cfg(test)]
mod payment_tests;
pub mod quota;
mod share;
#[cfg(test)]
mod tests;
pub mod token;

pub use grant::{Grant, PartKey, TokenGrant};

use crate::error::{Error, ErrorKind, Unauthenticated};
use crate::key::{KeyRecord, Usage};
use crate::op::Action;
use crate::op::manage::ManageKind;
use crate::principal::{Principal, Proof};
use crate::time::UnixMs;

/// The answer of policy.
pub enum Verdict {
    /// Allowed, with the proof that [`Grant`] is.
    Allow(Grant),
    /// Not allowed, and what to tell the caller.
    Deny(Error),
}

/// Decides.
///
/// `key` is the record the caller named, already looked up in the caller's own partition.
pub fn authorize(
    principal: &Principal,
    action: Action,
    key: Option<&KeyRecord>,
    now: UnixMs,
) -> Verdict {
    let fits = |usage: Usage| match (action, principal.proof) {
        (Action::OpenHandle, Proof::Token) => usage.general().is_some(),
        _ => action.fits(usage),
    };
    match check(principal, action, (key, &fits), now) {
        Ok(()) => Verdict::Allow(Grant::new(principal, action, key)),
        Err(kind) => Verdict::Deny(kind.into()),
    }
}

/// Decides about an operation under a key that `key` agrees upon with another party.
pub fn authorize_agreed(
    principal: &Principal,
    action: Action,
    key: Option<&KeyRecord>,
    now: UnixMs,
) -> Verdict {
    let fits = |usage| action.fits_agreed(usage);
    match check(principal, action, (key, &fits), now) {
        Ok(()) => Verdict::Allow(Grant::new(principal, action, key).for_agreed_key()),
        Err(kind) => Verdict::Deny(kind.into()),
    }
}

fn check(
    principal: &Principal,
    action: Action,
    (key, fits): (Option<&KeyRecord>, &dyn Fn(Usage) -> bool),
    now: UnixMs,
) -> Result<(), ErrorKind> {
    if !proof_suffices(principal.proof, action) {
        return Err(ErrorKind::Unauthenticated(missing_proof(action)));
    }
    if !action.needs_key() {
        return Ok(());
    }
    let key = key.ok_or(ErrorKind::KeyNotFound)?;
    if key.partition != principal.partition {
        return Err(ErrorKind::KeyNotFound);
    }
    if !fits(key.usage) {
        return Err(ErrorKind::KeyUsage);
    }
    if key.is_usable(now) { Ok(()) } else { Err(ErrorKind::KeyState) }
}

/// Which credential a caller without a sufficient one lacks.
fn missing_proof(action: Action) -> Unauthenticated {
    match action {
        Action::Registration(function) if function.accepts(Proof::Password) => {
            Unauthenticated::Client
        }
        _ => Unauthenticated::ApiKey,
    }
}

fn proof_suffices(proof: Proof, action: Action) -> bool {
    match action {
        Action::ProcessData | Action::ImportKeys | Action::NewTemplate | Action::ImportKey => {
            matches!(proof, Proof::ApiKey | Proof::Operator)
        }
        // Of a token the instance has judged what it opens.
        Action::OpenHandle => !matches!(proof, Proof::Anonymous | Proof::Password),
        Action::Payment(_) => {
            matches!(proof, Proof::ApiKey | Proof::Signature | Proof::Operator)
        }
        Action::Token(_) | Action::TokenDomains(_) => {
            matches!(proof, Proof::ApiKey | Proof::Signature | Proof::Operator)
        }
        Action::Transform(function) => {
            function.is_open() || matches!(proof, Proof::ApiKey | Proof::Operator)
        }
        Action::PaymentKeys(_) => matches!(proof, Proof::Signature | Proof::Operator),
        Action::Registration(function) => function.accepts(proof),
        // The instance has judged what the token opens.
        Action::Instance(_) | Action::Manage(ManageKind::Search) => {
            matches!(proof, Proof::Anonymous | Proof::Token | Proof::Operator)
        }
        Action::Manage(_) | Action::Crypto(_) => matches!(proof, Proof::Token | Proof::Operator),
    }
}
