//! Handles of one connection.
// spec: stream 4

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use typex_core::error::{Malformed, Unauthenticated};
use typex_core::key::KeyName;
use typex_core::op::Action;
use typex_core::principal::{ApiKeyText, Credential};
use typex_core::{Error, ErrorKind, KeyId, Secret};
use typex_dialect::{Candidate, Candidates};
use typex_wire::Open;

use super::HANDLES_MAX;
use crate::gateway::caller::Caller;
use crate::gateway::core::Inner;
use crate::transport::Peer;

/// A key and who asks, as the client named them.
pub(super) struct Handle {
    candidates: Candidates,
    pub(super) key: KeyName,
}

/// What a connection has opened.
#[derive(Default)]
pub(super) struct Handles(RefCell<BTreeMap<u32, Rc<Handle>>>);

impl Handles {
    pub(super) fn find(&self, handle: u32) -> Option<Rc<Handle>> {
        self.0.borrow().get(&handle).cloned()
    }

    /// Whether there was one.
    pub(super) fn close(&self, handle: u32) -> bool {
        self.0.borrow_mut().remove(&handle).is_some()
    }

    /// Opens one if policy lets its caller use its key.
    ///
    /// # Errors
    /// A number that is too large or in use; those of authentication and policy.
    pub(super) async fn open(&self, inner: &Inner, peer: &Peer, open: &Open) -> Result<(), Error> {
        let number = open.handle();
        if number >= HANDLES_MAX || self.0.borrow().contains_key(&number) {
            return Err(ErrorKind::Malformed(Malformed::Value).into());
        }
        let handle = Handle::read(open)?;
        let caller = handle.caller(inner, peer).await?;
        inner.may_process(peer, &caller, handle.key).await?;
        self.0.borrow_mut().insert(number, Rc::new(handle));
        Ok(())
    }
}

impl Handle {
    fn read(open: &Open) -> Result<Self, Error> {
        let typex_wire::Credential::ApiKey(text) = open.credential();
        let unknown = ErrorKind::Unauthenticated(Unauthenticated::ApiKey);
        let text = ApiKeyText::from(text).map_err(|_| unknown)?;
        let key = match open.key() {
            typex_wire::KeyName::Object(number) => KeyName::Object(number),
            typex_wire::KeyName::Id(id) => KeyName::Id(KeyId(id)),
            typex_wire::KeyName::Text(_) => return Err(ErrorKind::Unsupported.into()),
        };
        let credential = Credential::ApiKey(Secret::new(text));
        let candidates = Candidates::one(Candidate { credential, key: Some(key) });
        Ok(Self { candidates, key })
    }

    /// Who asks, if the credential still works.
    pub(super) async fn caller(&self, inner: &Inner, peer: &Peer) -> Result<Caller, Error> {
        let found = inner.authenticate(peer, Action::ProcessData, &self.candidates).await;
        found.map(|(_, caller)| caller)
    }
}
