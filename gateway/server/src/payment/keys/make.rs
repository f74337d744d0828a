//! New keys.

use typex_core::error::KeyImport;
use typex_core::key::payment::{Algorithm, Attributes};
use typex_core::key::{KeyRecord, KeyState, Origin, Usage};
use typex_core::op::payment::keys::{Answer, CheckKind, Defaults, Life, New, Tags};
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind, KeyId, Secret};
use typex_engine::payment::{KeyDone, KeyJob, MadeKey, drawn_bytes};
use typex_engine::{Done, Work};
use typex_store::{NewKey, system_clock};

use super::{Allowed, shown};
use crate::gateway::Inner;

/// What a key is kept with.
pub(super) struct Kept {
    pub(super) attributes: Attributes,
    pub(super) origin: Origin,
    pub(super) is_enabled: bool,
    pub(super) tags: Tags,
}

impl Inner {
    /// Makes a key.
    pub(super) async fn create(&self, allowed: Allowed, new: New) -> Result<Answer, Error> {
        let New { attributes, is_enabled, check, tags } = new;
        let attributes = self.payment_defaults().created(attributes)?;
        let check = CheckKind::chosen(check, attributes.algorithm)?;
        let job = match attributes.algorithm {
            Algorithm::Rsa(bits) => KeyJob::Generate(bits),
            algorithm => {
                let bytes = drawn_bytes(algorithm).ok_or(ErrorKind::Unsupported)?;
                let mut drawn = Secret::new(vec![0; bytes]);
                self.gateway.random.fill(drawn.expose_mut()).map_err(no_random)?;
                KeyJob::Complete { attributes, drawn, check }
            }
        };
        let Allowed { grant, entry, key, revokes } = allowed;
        let (made, grant) = self.made(grant, job).await?;
        let allowed = Allowed { grant, entry, key, revokes };
        let kept = Kept { attributes, origin: Origin::Service, is_enabled, tags };
        self.keep_key(allowed, kept, made).await
    }

    /// What becomes of a job that makes a key or brings one in.
    pub(super) async fn made(&self, grant: Grant, job: KeyJob) -> Result<(MadeKey, Grant), Error> {
        let done = self.submit(grant, Work::PaymentKey(Box::new(job))).await;
        match done.map_err(explained)? {
            Done::PaymentKey(step) => match step.value {
                KeyDone::Made(made) => Ok((*made, step.grant)),
                KeyDone::Written { .. } => Err(ErrorKind::Internal.into()),
            },
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    /// Stores a new key under a random identity. The grant ends here.
    pub(super) async fn keep_key(
        &self,
        mut allowed: Allowed,
        kept: Kept,
        made: MadeKey,
    ) -> Result<Answer, Error> {
        let Kept { attributes, origin, is_enabled, tags } = kept;
        let mut id = KeyId([0; 16]);
        self.gateway.random.fill(&mut id.0).map_err(no_random)?;
        allowed.entry.key = Some((id, 1));
        let (usage, now) = (Usage::Payment(attributes), system_clock());
        let state = if is_enabled { KeyState::Active } else { KeyState::Suspended };
        let key = self.keep_change(allowed, move |tx, partition| {
            let first = KeyRecord::first(id, partition, usage, now);
            let record = KeyRecord { origin, state, ..first };
            let life = Life::new(partition, id, made.check);
            let life = if is_enabled { life.enabled(true, now) } else { life };
            let new = NewKey { record, channel: None, material: made.material };
            tx.create_payment_key(new, life, tags)
        });
        key.await.map(shown)
    }

    /// What the operator decided about new keys.
    pub(super) fn payment_defaults(&self) -> Defaults {
        let rules = &self.gateway.rules.payments;
        Defaults { brings: rules.brings, pin_rule: rules.pin_rule }
    }
}

/// With what makes bytes no key.
fn explained(error: Error) -> Error {
    match error.kind {
        kind @ ErrorKind::KeyImport(KeyImport::Material) => {
            Error::new(kind, "the key is not as long as its algorithm says, or is weak triple DES")
        }
        _ => error,
    }
}

pub(super) fn no_random(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(ErrorKind::DeviceFault).with_source(error)
}
