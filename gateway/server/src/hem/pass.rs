//! Keys of instances for holders of an access token who come by another way than HTTP.
// spec: stream 4

use typex_core::limits::HOST_CHARS_MAX;
use typex_core::op::Action;
use typex_core::op::crypto::{Crypto, CryptoAnswer, CryptoCall};
use typex_core::op::instance::{Answer, Call, Request};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, KeyId, Secret};

use super::admitted;
use super::execute::{admit, execute};
use crate::gateway::Inner;
use crate::transport::Peer;

/// An access token, and the instance that is said to have given it.
pub(crate) struct Pass {
    host: Option<String>,
    token: Secret<String>,
}

/// Longest token that is kept: one for the use of a key has some 600 characters, and what its
/// client wanted to have in it up to 1 KiB.
const TOKEN_CHARS_MAX: usize = 2048;

impl Pass {
    /// A token as it was shown, unless no instance could have given it; without a name it is for
    /// the instance that answers to any.
    pub(crate) fn new(token: &str, host: &str) -> Option<Self> {
        if token.len() > TOKEN_CHARS_MAX || host.len() > HOST_CHARS_MAX {
            return None;
        }
        let host = (!host.is_empty()).then(|| host.to_ascii_lowercase());
        Some(Self { host, token: Secret::new(token.to_owned()) })
    }

    /// Whose keys it is for, though nobody has looked at the token: each use of a key does.
    pub(crate) fn principal(&self, inner: &Inner) -> Option<Principal> {
        let instance = inner.gateway.hems.find(self.host.as_deref())?;
        Some(admitted::holder(&instance))
    }

    /// Whether the token is one of the instance's for the use of a key, whatever the key is.
    ///
    /// # Errors
    /// Those that each use of it would have, recorded.
    pub(crate) async fn check(&self, inner: &Inner, peer: &Peer, key: KeyId) -> Result<(), Error> {
        let mut request = self.request(Crypto { key, peer: None, call: CryptoCall::Encapsulate });
        admit(inner, peer, None, &mut request, Action::OpenHandle).await.map(drop)
    }

    /// Uses a key, as a part of a request of so much work.
    ///
    /// # Errors
    /// As by HTTP, recorded in both logs.
    pub(crate) async fn apply(
        &self,
        inner: &Inner,
        peer: &Peer,
        crypto: Crypto,
        request_ns: u64,
    ) -> Result<CryptoAnswer, Error> {
        let request = self.request(crypto);
        match execute(inner, peer, None, request, request_ns).await? {
            Answer::Crypto { answer, .. } => Ok(answer),
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    fn request(&self, crypto: Crypto) -> Request {
        let (kind, key) = (crypto.call.kind(), Ok(crypto.key));
        let call = Call::Crypto { kind, key, crypto: Ok(Box::new(crypto)) };
        let bearer = Some(self.token.clone());
        Request { host: self.host.clone(), origin: None, bearer, call }
    }
}
