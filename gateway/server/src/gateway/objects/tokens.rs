//! Objects of tokens: the domain is the object's, the right is the caller's.
// spec: enigma-bridge 4.5

use typex_core::op::Output;
use typex_core::op::object::{Answer, Ask, Said, Status};
use typex_core::op::payment::{NamedKey, Part, Source};
use typex_core::op::token::{self, Call, Request, Task};
use typex_core::token::Metadata;
use typex_core::{Error, ErrorKind, KeyId};
use typex_engine::LoadedKey;

use crate::gateway::caller::Caller;
use crate::gateway::core::Inner;
use crate::transport::Peer;

impl Inner {
    /// Carries out what an object of tokens is asked.
    ///
    /// # Errors
    /// Those of the operation on tokens.
    pub(super) async fn token_of_object(
        &self,
        peer: &Peer,
        caller: &Caller,
        key: &LoadedKey,
        ask: Ask,
    ) -> Result<Answer, Error> {
        let settings = key.object_key().ok_or(ErrorKind::Internal)?.settings();
        let domain = settings.domain.clone().ok_or(ErrorKind::Internal)?;
        let task = task(key.record().id, ask).ok_or(ErrorKind::Internal)?;
        let request = Request::One(Box::new(Call { domain, task }));
        let Output::Token(token::Answer::One(done)) = self.token(peer, caller, request).await?
        else {
            return Err(ErrorKind::Internal.into());
        };
        let said = match *done {
            token::Done::Token { token, .. } => Said::Token(token),
            token::Done::Value(value) => Said::Value(value),
            _ => return Err(ErrorKind::Internal.into()),
        };
        Ok(Answer { status: Status::Success, said: vec![said] })
    }
}

/// What an object of this name is asked; `None` for what is not about tokens.
fn task(object: KeyId, ask: Ask) -> Option<Task> {
    Some(match ask {
        Ask::Tokenize { value, ttl_ms } => {
            Task::Tokenize { value, ttl_ms, metadata: Metadata::default() }
        }
        Ask::Detokenize { token, purpose, mask } => Task::Detokenize { token, purpose, mask },
        Ask::TokenizeTransport { cipher, dukpt, ciphertext, track } => {
            let source = Source::Object(object);
            let key = Box::new(NamedKey { part: Part::Incoming, source, dukpt });
            Task::TokenizeTransport { key, cipher: Box::new(cipher), ciphertext, track }
        }
        Ask::Payment { .. } | Ask::SessionKey(_) => return None,
    })
}
