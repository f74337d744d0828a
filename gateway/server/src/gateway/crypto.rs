//! Use of keys that serve more than one operation: one job of the engine.

use std::sync::Arc;

use typex_core::key::{Algorithm, KeyName};
use typex_core::op::Action;
use typex_core::op::crypto::{Crypto, CryptoAnswer, CryptoCall, Party};
use typex_core::policy::{self, Grant};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, Secret};
use typex_engine::{CryptoJob, LoadedKey};
use typex_store::system_clock;

use super::core::Inner;
use super::record;
use crate::transport::Peer;

impl Inner {
    /// Uses a key of the principal's partition, and says of which algorithm it is. The random bytes
    /// serve this operation alone, which is a part of a request of so much work. How it ended is in
    /// the audit log.
    ///
    /// # Errors
    /// What policy and engine refuse; [`ErrorKind::VerifyFailed`] where something does not verify.
    pub(crate) async fn crypto(
        &self,
        peer: &Peer,
        principal: &Principal,
        crypto: Crypto,
        drawn: (Secret<[u8; 32]>, u64),
    ) -> Result<(Algorithm, CryptoAnswer), Error> {
        if !self.gateway.store.is_healthy() {
            // What cannot be recorded is refused, also when the key is in the cache.
            return Err(ErrorKind::Storage.into());
        }
        let Crypto { key: id, peer: party, call } = crypto;
        let action = Action::Crypto(call.kind());
        let key = match self.resolve(principal.partition, KeyName::Id(id)).await {
            Ok(key) => key,
            Err(error) => {
                return self.refused(peer, principal, action, Some((id, 1)), error).await;
            }
        };
        let (record, is_agreed) = (key.record(), party.is_some());
        let version = Some((record.id, record.version));
        let authorize = if is_agreed { policy::authorize_agreed } else { policy::authorize };
        let verdict = authorize(principal, action, Some(record), system_clock());
        let grant = self.granted(peer, principal, (action, Some(record)), verdict).await?;
        let done = self.apply(grant, Arc::clone(&key), party, call, drawn).await;
        let outcome = done.as_ref().map(|_| ()).map_err(|error| error.kind);
        self.note(record::entry(peer, principal, action, version, outcome)).await?;
        done
    }

    async fn apply(
        &self,
        grant: Grant,
        key: Arc<LoadedKey>,
        party: Option<Party>,
        call: CryptoCall,
        (random, request_ns): (Secret<[u8; 32]>, u64),
    ) -> Result<(Algorithm, CryptoAnswer), Error> {
        let algorithm = key.general().ok_or(ErrorKind::KeyUsage)?.general().algorithm;
        let peer = match party {
            Some(party) => Some(self.party(grant.partition(), algorithm, party).await?),
            None => None,
        };
        let (work, rest) = CryptoJob { key, peer, call, random }.plan()?;
        let done = self.submit_part(grant, work, request_ns).await?;
        Ok((algorithm, rest.answer(done)?))
    }
}
