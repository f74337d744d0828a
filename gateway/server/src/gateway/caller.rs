//! From a credential to a principal.

use typex_core::error::Unauthenticated;
use typex_core::op::Action;
use typex_core::principal::{ApiKeyText, Credential, Principal};
use typex_core::{Error, ErrorKind, Secret};
use typex_dialect::Candidates;
use typex_store::{Purpose, Tx};

use super::cache::Cache;
use super::core::Inner;
use crate::transport::Peer;

/// API keys that one core remembers; one takes some 200 bytes.
const CALLERS_MAX: usize = 16_384;

/// The API keys that one core saw lately. Each has memory of its own, which is wiped when it goes;
/// the places of a map are not.
pub(super) struct Callers(Cache<Box<ApiKeyText>, Known>);

/// A caller as it was when the revocation count stood at `seen`.
#[derive(Clone)]
struct Known {
    principal: Principal,
    seen: u64,
}

impl Callers {
    pub(super) fn new() -> Self {
        Self(Cache::new(CALLERS_MAX))
    }

    /// Forgets everyone who was seen before the last revocation.
    pub(super) fn forget_before(&mut self, revocations: u64) {
        self.0.retain(|known| known.seen == revocations);
    }
}

impl Inner {
    /// Which candidate proves an identity, and which identity.
    ///
    /// A refusal is recorded before it is answered.
    pub(super) async fn authenticate(
        &self,
        peer: &Peer,
        action: Action,
        candidates: &Candidates,
    ) -> Result<(usize, Principal), Error> {
        for (index, candidate) in candidates.as_slice().iter().enumerate() {
            let principal = match &candidate.credential {
                Credential::None => Some(Principal::ANONYMOUS),
                Credential::ApiKey(text) => self.api_key(text).await?,
                // No access key is known.
                Credential::Signature(_) => None,
                Credential::Password { username, password } => {
                    Some(self.password(peer, action, username, password).await?)
                }
            };
            if let Some(principal) = principal {
                return Ok((index, principal));
            }
        }
        let error = ErrorKind::Unauthenticated(Unauthenticated::ApiKey).into();
        self.refused(peer, &Principal::ANONYMOUS, action, None, error).await
    }

    async fn api_key(&self, text: &Secret<ApiKeyText>) -> Result<Option<Principal>, Error> {
        let now = self.gateway.revocations.count();
        let known = self.callers.borrow_mut().0.find(text.expose(), |known| known.seen == now);
        if let Some(known) = known {
            return Ok(Some(known.principal));
        }
        let owned = text.clone();
        let found = self.gateway.store.read(move |tx| find_api_key(tx, &owned)).await?;
        if let Some(principal) = &found {
            let known = Known { principal: principal.clone(), seen: now };
            self.callers.borrow_mut().0.insert(own(text.expose()), known);
        }
        Ok(found)
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
