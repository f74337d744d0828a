//! What is written to the audit log, and when the answer may go out.

use typex_core::audit::{Detail, Entry, Phase, Template, Verb};
use typex_core::key::KeyRecord;
use typex_core::op::{Action, Output};
use typex_core::policy::{self, Grant, Verdict};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, KeyId};
use typex_store::system_clock;

use super::core::Inner;
use crate::transport::Peer;

impl Inner {
    /// The grant that policy gives, or the refusal, recorded.
    pub(crate) async fn allowed(
        &self,
        peer: &Peer,
        principal: &Principal,
        action: Action,
        key: Option<&KeyRecord>,
    ) -> Result<Grant, Error> {
        let verdict = policy::authorize(principal, action, key, system_clock());
        self.granted(peer, principal, (action, key), verdict).await
    }

    /// The grant of a verdict, or the refusal, recorded.
    pub(super) async fn granted(
        &self,
        peer: &Peer,
        principal: &Principal,
        (action, key): (Action, Option<&KeyRecord>),
        verdict: Verdict,
    ) -> Result<Grant, Error> {
        match verdict {
            Verdict::Allow(grant) => Ok(grant),
            Verdict::Deny(error) => {
                let key = key.map(|key| (key.id, key.version));
                self.refused(peer, principal, action, key, error).await
            }
        }
    }

    /// Records a refusal, durably, and hands the error back.
    pub(crate) async fn refused<T>(
        &self,
        peer: &Peer,
        principal: &Principal,
        action: Action,
        key: Option<(KeyId, u32)>,
        error: Error,
    ) -> Result<T, Error> {
        let entry = entry(peer, principal, action, key, Err(error.kind));
        self.gateway.store.record(entry).await?;
        Err(error)
    }

    /// Records how a data operation ended: in bulk, or durably first where the operator wants so.
    ///
    /// # Errors
    /// Those of the store: what cannot be recorded is refused.
    pub(super) async fn data_operation(
        &self,
        peer: &Peer,
        principal: &Principal,
        key: (KeyId, u32),
        result: &Result<(Output, Detail), Error>,
    ) -> Result<(), Error> {
        let outcome = result.as_ref().map(|_| ()).map_err(|error| error.kind);
        let mut entry = entry(peer, principal, Action::ProcessData, Some(key), outcome);
        entry.detail = result.as_ref().map_or(Detail::None, |(_, detail)| detail.clone());
        self.note(entry).await
    }

    /// Records what changed nothing: in bulk, or durably where the operator wants so.
    ///
    /// # Errors
    /// Those of the store: what cannot be recorded is refused.
    pub(crate) async fn note(&self, entry: Entry) -> Result<(), Error> {
        // A log that is behind slows its producers down instead of refusing them.
        if self.gateway.rules.strict_audit || self.log.borrow().room() == 0 {
            self.gateway.store.record(entry).await?;
            return Ok(());
        }
        self.log.borrow_mut().push(entry).map_err(|_| ErrorKind::Internal.into())
    }
}

/// An entry for something done or refused in one step.
pub(crate) fn entry(
    peer: &Peer,
    principal: &Principal,
    action: Action,
    key: Option<(KeyId, u32)>,
    result: Result<(), ErrorKind>,
) -> Entry {
    Entry {
        time: system_clock(),
        principal: principal.clone(),
        peer: Some(peer.address.ip()),
        verb: Verb::Request(action),
        key,
        path: Some(path(action)),
        phase: Phase::Single { result },
        detail: Detail::None,
    }
}

/// The request path of an action, without what the caller put into it.
pub(super) fn path(action: Action) -> Template {
    const OBJECT: Template = Template::new("/1.0/{handle}/{function}/{nonce}");
    const REGISTRATION: Template = Template::new("/api/v1/{resource}");
    const KEYS: Template = Template::new("/api/keymgmt/{function}");
    const CRYPTO: Template = Template::new("/api/crypto/{function}");
    const INSTANCE: Template = Template::new("/api/{resource}/{function}");
    const PAYMENT_KEYS: Template = Template::new("/");
    const PAYMENT: Template = Template::new("/{operation}");
    const TRANSFORM: Template = Template::new("/v1/{mount}/{function}/{name}");
    const TOKENS: Template = Template::new("/{operation}");
    const FRAMES: Template = Template::new("/typex/1");
    const TOKEN_DOMAINS: Template = Template::new("/{domain}");
    match action {
        Action::Transform(_) => TRANSFORM,
        Action::Registration(_) => REGISTRATION,
        Action::Manage(_) => KEYS,
        Action::Crypto(_) => CRYPTO,
        Action::Instance(_) => INSTANCE,
        Action::Payment(_) => PAYMENT,
        Action::PaymentKeys(_) => PAYMENT_KEYS,
        Action::Token(_) => TOKENS,
        Action::TokenDomains(_) => TOKEN_DOMAINS,
        Action::OpenHandle => FRAMES,
        _ => OBJECT,
    }
}
