//! From a credential to a principal.

use std::sync::Arc;

use typex_core::error::Unauthenticated;
use typex_core::op::Action;
use typex_core::op::payment::access::{
    AccessKeyId, AccessKeyRecord, AccessState, SigningKey, check_possession, check_signature,
};
use typex_core::op::payment::keys::Alias;
use typex_core::principal::{ApiKeyText, Credential, Principal, Signed};
use typex_core::{Error, ErrorKind, KeyId, PartitionId, Secret};
use typex_dialect::Candidates;
use typex_store::{Purpose, Tx, system_clock};

use super::cache::Cache;
use super::core::Inner;
use crate::hem::Pass;
use crate::transport::Peer;

/// API keys that one core remembers; one takes some 200 bytes.
const CALLERS_MAX: usize = 16_384;
/// Access keys that one core remembers; with all that its rules have room for one takes 10 KiB.
const ACCESS_KEYS_MAX: usize = 4096;

/// What a caller is told whose own rules leave an action out, with its name behind.
const NOT_GIVEN: &str = "an operator gave this access key other operations than";

/// The API keys and access keys that one core saw lately. Each has memory of its own, which is
/// wiped when it goes; the places of a map are not.
pub(super) struct Callers {
    api_keys: Cache<Box<ApiKeyText>, Known<Principal>>,
    access_keys: Cache<AccessKeyId, Known<Signer>>,
}

/// A caller as it was when the revocation count stood at `seen`.
#[derive(Clone)]
struct Known<T> {
    who: T,
    seen: u64,
}

/// An access key, and the key that it last signed with.
#[derive(Clone)]
struct Signer {
    access: Arc<AccessKeyRecord>,
    signing: Option<Arc<SigningKey>>,
}

/// Who asks, and what limits it besides policy.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Who asks.
    pub(crate) principal: Principal,
    access: Option<Arc<AccessKeyRecord>>,
}

/// Who asks, and from where.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) peer: &'a Peer,
    pub(super) caller: &'a Caller,
}

/// What somebody showed who holds a handle of the stream protocol.
pub(super) enum Holder {
    /// An API key.
    ApiKey(Secret<ApiKeyText>),
    /// That it has the secret of an access key.
    AccessKey(AccessKeyId),
    /// An access token of an instance, which is looked at with each use of a key.
    Token(Pass),
}

impl Caller {
    /// Whether the caller's own rules let it use these keys, which is asked before policy is.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] if they do not.
    pub(crate) fn check_keys(
        &self,
        keys: impl IntoIterator<Item = KeyId>,
    ) -> Result<(), ErrorKind> {
        self.access.as_ref().map_or(Ok(()), |access| access.rules.check_keys(keys))
    }

    /// Whether the caller's own rules let it use this key.
    pub(crate) fn may_use(&self, key: KeyId) -> bool {
        self.check_keys([key]).is_ok()
    }

    /// Whether the caller's own rules let it see and change a name: of a key that it may use. A
    /// name of no key is for those who may use all.
    pub(crate) fn may_name(&self, alias: &Alias) -> bool {
        let names_keys = self.access.as_ref().is_some_and(|access| access.rules.names_keys());
        !names_keys || alias.key.is_some_and(|key| self.may_use(key))
    }

    /// Whether the caller's own rules let it do this at all.
    ///
    /// # Errors
    /// [`ErrorKind::Forbidden`] if they do not.
    pub(crate) fn check(&self, action: Action) -> Result<(), ErrorKind> {
        self.access.as_ref().map_or(Ok(()), |access| access.rules.check(action))
    }
}

impl From<Principal> for Caller {
    fn from(principal: Principal) -> Self {
        Self { principal, access: None }
    }
}

impl Callers {
    pub(super) fn new() -> Self {
        Self { api_keys: Cache::new(CALLERS_MAX), access_keys: Cache::new(ACCESS_KEYS_MAX) }
    }

    /// Forgets everyone who was seen before the last revocation.
    pub(super) fn forget_before(&mut self, revocations: u64) {
        self.api_keys.retain(|known| known.seen == revocations);
        self.access_keys.retain(|known| known.seen == revocations);
    }
}

impl Inner {
    /// Which candidate proves an identity, and which identity. An access key must also be allowed
    /// the action.
    ///
    /// A refusal is recorded before it is answered.
    pub(super) async fn authenticate(
        &self,
        peer: &Peer,
        action: Action,
        candidates: &Candidates,
    ) -> Result<(usize, Caller), Error> {
        let mut missing = Unauthenticated::ApiKey;
        for (index, candidate) in candidates.as_slice().iter().enumerate() {
            let caller = match &candidate.credential {
                Credential::None => Some(Principal::ANONYMOUS.into()),
                Credential::ApiKey(text) => self.api_key(text).await?.map(Caller::from),
                Credential::Signature(signed) => match self.signature(signed).await? {
                    Ok(caller) => Some(caller),
                    Err(why) => {
                        missing = why;
                        None
                    }
                },
                Credential::Password { username, password } => {
                    let password = self.password(peer, action, username, password);
                    Some(Box::pin(password).await?.into())
                }
            };
            if let Some(caller) = caller {
                return match caller.check(action) {
                    Ok(()) => Ok((index, caller)),
                    Err(kind) => {
                        let error = Error::new(kind, format!("{NOT_GIVEN} {}", action.name()));
                        self.refused(peer, &caller.principal, action, None, error).await
                    }
                };
            }
        }
        let error = ErrorKind::Unauthenticated(missing).into();
        self.refused(peer, &Principal::ANONYMOUS, action, None, error).await
    }

    async fn api_key(&self, text: &Secret<ApiKeyText>) -> Result<Option<Principal>, Error> {
        let now = self.gateway.revocations.count();
        let is_current = |known: &Known<_>| known.seen == now;
        let known = self.callers.borrow_mut().api_keys.find(text.expose(), is_current);
        if let Some(known) = known {
            return Ok(Some(known.who));
        }
        let owned = text.clone();
        let found = self.gateway.store.read(move |tx| find_api_key(tx, &owned)).await?;
        if let Some(principal) = &found {
            let known = Known { who: principal.clone(), seen: now };
            self.callers.borrow_mut().api_keys.insert(own(text.expose()), known);
        }
        Ok(found)
    }

    /// Whoever signed, or what is wrong with the signature.
    async fn signature(&self, signed: &Signed) -> Result<Result<Caller, Unauthenticated>, Error> {
        let signer = match signed.access_key.parse() {
            Ok(id) => self.signer_of(id).await?,
            Err(_) => None,
        };
        let who = signer.as_ref().map(|known| &known.who);
        let (secret, known) =
            (who.map(|who| &who.access.secret), who.and_then(|who| who.signing.as_deref()));
        let checked = check_signature(signed, secret, known, system_clock());
        let Some(Known { who: Signer { access, .. }, seen }) = signer else {
            return Ok(Err(checked.err().unwrap_or(Unauthenticated::Signature)));
        };
        Ok(checked.map(|derived| {
            if let Some(signing) = derived {
                let who = Signer { access: access.clone(), signing: Some(Arc::new(signing)) };
                self.callers.borrow_mut().access_keys.insert(access.id, Known { who, seen });
            }
            Caller { principal: access.principal(), access: Some(access) }
        }))
    }

    /// Who holds a handle, if what was shown still works. A refusal is recorded before it is told.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] if it does not; those of the store.
    pub(super) async fn holder(&self, peer: &Peer, holder: &Holder) -> Result<Caller, Error> {
        let (found, missing) = match holder {
            Holder::ApiKey(text) => {
                (self.api_key(text).await?.map(Caller::from), Unauthenticated::ApiKey)
            }
            Holder::AccessKey(id) => {
                let access = self.access_key(*id).await?;
                let caller = |access: Arc<AccessKeyRecord>| Caller {
                    principal: access.principal(),
                    access: Some(access),
                };
                (access.map(caller), Unauthenticated::Signature)
            }
            Holder::Token(pass) => (pass.principal(self).map(Caller::from), Unauthenticated::Token),
        };
        match found {
            Some(caller) => Ok(caller),
            None => self.no_holder(peer, missing).await,
        }
    }

    /// Refuses a handle to whom nobody knows.
    pub(super) async fn no_holder<T>(
        &self,
        peer: &Peer,
        missing: Unauthenticated,
    ) -> Result<T, Error> {
        let error = ErrorKind::Unauthenticated(missing).into();
        self.refused(peer, &Principal::ANONYMOUS, Action::OpenHandle, None, error).await
    }

    /// The access key whose secret a client has, which authenticated `text` with it. The store is
    /// asked whatever the cache knows, so that time does not tell which access keys there are.
    ///
    /// # Errors
    /// [`Unauthenticated::Signature`], recorded; those of the store.
    pub(super) async fn possession(
        &self,
        peer: &Peer,
        name: &str,
        (text, proof): (&[u8], &[u8; 32]),
    ) -> Result<AccessKeyId, Error> {
        let id = name.parse().unwrap_or(AccessKeyId::of_random([0; 16]));
        let is_meant = |one: &AccessKeyRecord| one.id.to_string() == name;
        let found = self.stored_access_key(id).await?.filter(|one| is_meant(one));
        let secret = found.as_ref().map(|access| &access.secret);
        match check_possession(text, proof, secret) {
            Ok(()) => Ok(id),
            Err(why) => self.no_holder(peer, why).await,
        }
    }

    /// The access key with which a request was signed.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn signer(&self, signed: &Signed) -> Result<Option<AccessKeyId>, Error> {
        let caller = self.signature(signed).await?.ok();
        Ok(caller.and_then(|caller| caller.access).map(|access| access.id))
    }

    /// The access key, if it works.
    async fn access_key(&self, id: AccessKeyId) -> Result<Option<Arc<AccessKeyRecord>>, Error> {
        Ok(self.signer_of(id).await?.map(|known| known.who.access))
    }

    /// The same with what is known of its signatures.
    async fn signer_of(&self, id: AccessKeyId) -> Result<Option<Known<Signer>>, Error> {
        let now = self.gateway.revocations.count();
        let is_current = |known: &Known<_>| known.seen == now;
        if let Some(known) = self.callers.borrow_mut().access_keys.find(&id, is_current) {
            return Ok(Some(known));
        }
        let found = self.stored_access_key(id).await?;
        let known = found.map(|access| Known { who: Signer { access, signing: None }, seen: now });
        if let Some(known) = &known {
            self.callers.borrow_mut().access_keys.insert(id, known.clone());
        }
        Ok(known)
    }

    async fn stored_access_key(
        &self,
        id: AccessKeyId,
    ) -> Result<Option<Arc<AccessKeyRecord>>, Error> {
        let find = move |tx: &Tx| {
            let found: Option<AccessKeyRecord> = tx.get(PartitionId::SERVICE, id.as_bytes())?;
            Ok(found.filter(|one| one.state == AccessState::Enabled).map(Arc::new))
        };
        self.gateway.store.read(find).await
    }
}

/// A copy of the text alone. That of the whole array would keep what was in memory behind the text.
fn own(text: &ApiKeyText) -> Box<ApiKeyText> {
    let mut own = Box::new(ApiKeyText::zero_filled());
    own.clear();
    own.push_str(text);
    own
}

/// The principal of an API key that works and whose client does.
fn find_api_key(tx: &Tx, text: &Secret<ApiKeyText>) -> Result<Option<Principal>, Error> {
    let digest = tx.lookup_digest(Purpose::ApiKey, text.expose().as_bytes());
    let record = crate::registration::working_api_key(tx, &digest)?;
    record.map(|record| record.principal()).transpose()
}

#[cfg(test)]
mod tests;
