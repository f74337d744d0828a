//! Keys of an instance: managed and used as any partition's, and told in the instance's log.
// spec: encedo-hem 5, 6

use std::sync::Arc;

use typex_core::op::crypto::{Crypto, CryptoCall, Scheme};
use typex_core::op::instance::{Answer, Event, LogEvent, Outcome};
use typex_core::op::manage::{Manage, ManageKind, Managed};
use typex_core::{Error, ErrorKind, KeyId, Secret};

use super::admitted::Admitted;
use super::change::store;

impl Admitted<'_> {
    pub(super) async fn manage(&self, kind: ManageKind, manage: Manage) -> Result<Answer, Error> {
        let _life = self.instance.life.read().await;
        self.check_boot()?;
        let named = named(&manage);
        if let Manage::Delete(key) = manage {
            self.unpair(key).await?;
        }
        self.recorded.set(true);
        let done = self.inner.manage(self.peer, &self.principal, manage).await;
        if let Some(event) = Event::of_management(kind) {
            let key = match &done {
                Ok(Managed::Made(made)) => Some(*made),
                _ => named,
            };
            self.log_key_event(event, outcome(&done), key).await?;
        }
        done.map(Answer::Managed)
    }

    pub(super) async fn crypto(&self, crypto: Crypto) -> Result<Answer, Error> {
        let (kind, key) = (crypto.call.kind(), crypto.key);
        let event = Event::of_use(kind, is_post_quantum(&crypto.call));
        let random = Secret::new(self.seed()?);
        self.recorded.set(true);
        let drawn = (random, self.request_ns);
        let done = self.inner.crypto(self.peer, &self.principal, crypto, drawn).await;
        self.log_key_event(event, outcome(&done), Some(key)).await?;
        let (algorithm, answer) = done?;
        Ok(Answer::Crypto { algorithm, answer })
    }

    /// An authenticator whose key goes can log in no more.
    async fn unpair(&self, key: KeyId) -> Result<(), Error> {
        if !self.instance.lock().record.is_peer(key) {
            return Ok(());
        }
        let instance = Arc::clone(&self.instance);
        let unpaired = self.hems.store.write(move |tx| {
            let mut state = instance.lock();
            let record = state.record.without_peer(key);
            store(tx, &mut state, record)
        });
        unpaired.await
    }

    async fn log_key_event(
        &self,
        event: Event,
        outcome: Outcome,
        key: Option<KeyId>,
    ) -> Result<(), Error> {
        let extra = key.map_or_else(Vec::new, |key| key.0.to_vec());
        self.log(&LogEvent { event, outcome, subject: self.role(), extra }).await
    }
}

fn is_post_quantum(call: &CryptoCall) -> bool {
    matches!(
        call,
        CryptoCall::Sign { scheme: Scheme::MlDsa, .. }
            | CryptoCall::Verify { scheme: Scheme::MlDsa, .. }
    )
}

/// The key that a request names as the one to change.
fn named(manage: &Manage) -> Option<KeyId> {
    match manage {
        Manage::Delete(key) | Manage::Update { key, .. } => Some(*key),
        _ => None,
    }
}

fn outcome<T>(done: &Result<T, Error>) -> Outcome {
    match done {
        Ok(_) => Outcome::Done,
        Err(error) if matches!(error.kind, ErrorKind::Malformed(_)) => Outcome::Malformed,
        Err(_) => Outcome::Failed,
    }
}
