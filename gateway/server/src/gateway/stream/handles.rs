//! Handles of one stream.
// spec: stream 4

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use typex_core::error::{Malformed, Unauthenticated};
use typex_core::key::KeyName;
use typex_core::op::Action;
use typex_core::op::payment::access::AccessKeyId;
use typex_core::principal::ApiKeyText;
use typex_core::{Error, ErrorKind, KeyId, Secret};
use typex_dialect::stream::{Asked, Name, Target, asked};
use typex_wire::{EXPORTER_BYTES, Open, Possession, Request};

use super::HANDLES_MAX;
use crate::gateway::caller::{Asker, Caller, Holder};
use crate::gateway::core::Inner;
use crate::gateway::keys::Unresolved;
use crate::hem::Pass;
use crate::transport::Peer;

/// To what a client's proof is bound.
pub(super) enum Binding {
    /// To the connection: what TLS exports.
    Connection(Secret<[u8; EXPORTER_BYTES]>),
    /// To a request of HTTP: the access key that signed it, if one did.
    Request(Option<AccessKeyId>),
}

/// What a name stood for when the handle was opened, and who holds it.
pub(super) struct Handle {
    holder: Holder,
    target: Target,
}

/// What a stream has opened.
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

    /// What a record asks for.
    pub(super) fn read(&self, record: Request) -> Asked {
        let handles = self.0.borrow();
        asked(record, &|handle| handles.get(&handle).map(|handle| &handle.target))
    }

    /// Opens one if policy lets its caller use its key.
    ///
    /// # Errors
    /// A number that is too large or in use; those of authentication and policy.
    pub(super) async fn open(
        &self,
        inner: &Inner,
        (peer, binding): (&Peer, &Binding),
        open: &Open,
    ) -> Result<(), Error> {
        let number = open.handle();
        if number >= HANDLES_MAX || self.0.borrow().contains_key(&number) {
            return Err(ErrorKind::Malformed(Malformed::Value).into());
        }
        let holder = holder(inner, (peer, binding), open).await?;
        let caller = inner.holder(peer, &holder).await?;
        let from = Asker { peer, caller: &caller };
        let name = Name::read(open.key())?;
        let target = match &holder {
            Holder::Token(pass) => inner.instance_key(from, pass, name).await?,
            _ => inner.target(from, name).await?,
        };
        self.0.borrow_mut().insert(number, Rc::new(Handle { holder, target }));
        Ok(())
    }
}

impl Handle {
    /// Who asks, if what was shown still works.
    pub(super) async fn caller(&self, inner: &Inner, peer: &Peer) -> Result<Caller, Error> {
        inner.holder(peer, &self.holder).await
    }

    /// The token with which it was opened, if it was.
    pub(super) fn pass(&self) -> Option<&Pass> {
        match &self.holder {
            Holder::Token(pass) => Some(pass),
            _ => None,
        }
    }
}

/// Who opens a handle, as far as the frame alone shows it.
async fn holder(
    inner: &Inner,
    (peer, binding): (&Peer, &Binding),
    open: &Open,
) -> Result<Holder, Error> {
    let (id, proof) = match open.credential() {
        typex_wire::Credential::ApiKey(text) => {
            return match ApiKeyText::from(text) {
                Ok(text) => Ok(Holder::ApiKey(Secret::new(text))),
                Err(_) => inner.no_holder(peer, Unauthenticated::ApiKey).await,
            };
        }
        typex_wire::Credential::Token { token, instance } => {
            return match Pass::new(token, instance) {
                Some(pass) => Ok(Holder::Token(pass)),
                None => inner.no_holder(peer, Unauthenticated::Token).await,
            };
        }
        typex_wire::Credential::AccessKey { id, proof } => (id, proof),
    };
    match (binding, proof) {
        (Binding::Connection(exporter), Some(proof)) => {
            let (exporter, handle, key) = (exporter.expose(), open.handle(), open.key());
            let text = Possession { exporter, handle, key }.bytes();
            inner.possession(peer, id, (&text, proof)).await.map(Holder::AccessKey)
        }
        (Binding::Request(Some(signer)), None) if signer.to_string() == id => {
            Ok(Holder::AccessKey(*signer))
        }
        _ => inner.no_holder(peer, Unauthenticated::Signature).await,
    }
}

impl Inner {
    /// What a name stands for, if the caller may use it at all.
    ///
    /// # Errors
    /// Those that each request with it would have, recorded.
    async fn target(&self, from: Asker<'_>, name: Name) -> Result<Target, Error> {
        let Asker { peer, caller } = from;
        let partition = caller.principal.partition;
        match name {
            Name::Domain(domain) => {
                self.may_open_domain(from, &domain).await?;
                Ok(Target::Domain(domain))
            }
            Name::Payment(name) => match self.payment_key_id(partition, &name).await {
                Ok(id) => self.may_open(from, id).await.map(|()| Target::Payment(id)),
                Err(error) => {
                    let principal = &caller.principal;
                    self.refused(peer, principal, Action::OpenHandle, None, error).await
                }
            },
            Name::Key(KeyName::Id(id)) if !self.is_other_key(from, id).await => {
                self.may_open(from, id).await.map(|()| Target::Payment(id))
            }
            Name::Key(name) => {
                if let Err(kind) = caller.check(Action::ProcessData) {
                    let (principal, error) = (&caller.principal, kind.into());
                    return self.refused(peer, principal, Action::OpenHandle, None, error).await;
                }
                self.may_process(peer, caller, name).await.map(|()| Target::Process(name))
            }
        }
    }

    /// The key of an instance that an access token is for.
    ///
    /// # Errors
    /// Those that each request with it would have, recorded.
    async fn instance_key(
        &self,
        from: Asker<'_>,
        pass: &Pass,
        name: Name,
    ) -> Result<Target, Error> {
        let Name::Key(KeyName::Id(id)) = name else {
            let (action, error) = (Action::OpenHandle, ErrorKind::KeyNotFound.into());
            return self.refused(from.peer, &from.caller.principal, action, None, error).await;
        };
        pass.check(self, from.peer, id).await?;
        self.may_open(from, id).await.map(|()| Target::Instance(id))
    }

    /// Whether there is a key of that name that is no payment key.
    async fn is_other_key(&self, from: Asker<'_>, id: KeyId) -> bool {
        let found = self.resolve(from.caller.principal.partition, KeyName::Id(id)).await;
        found.is_ok_and(|key| key.record().usage.payment().is_none())
    }

    /// Whether the caller may use a key at all, before anything is asked of it.
    async fn may_open(&self, from: Asker<'_>, id: KeyId) -> Result<(), Error> {
        let Asker { peer, caller } = from;
        let (principal, action) = (&caller.principal, Action::OpenHandle);
        let key = match self.find_key(principal.partition, KeyName::Id(id)).await {
            Ok(key) => key,
            Err(Unresolved { key, error }) => {
                return self.refused(peer, principal, action, key, error).await;
            }
        };
        if let Err(kind) = caller.check_keys([id]) {
            let version = Some((id, key.record().version));
            return self.refused(peer, principal, action, version, kind.into()).await;
        }
        self.allowed(peer, principal, action, Some(key.record())).await.map(drop)
    }
}
