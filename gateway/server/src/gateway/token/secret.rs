//! Operations in which payment keys take part: values that come enciphered, PINs bound to tokens.

use typex_core::op::payment::{KeyRef, NamedKey, Operation, Part, RefName, Source};
use typex_core::op::token::{Done, Task};
use typex_core::policy::Grant;
use typex_core::policy::payment::Use;
use typex_core::{Error, ErrorKind, KeyId};
use typex_engine::payment::JobKey;
use typex_engine::token::{DomainTask, Made};

use super::Note;
use super::call::{Beside, Way};
use crate::gateway::caller::Asker;
use crate::gateway::core::Inner;
use crate::gateway::payment;

/// The keys of a task as policy judges them.
pub(super) fn uses<'a>(task: &'a Task, keys: &'a [JobKey]) -> Vec<Use<'a>> {
    let cipher = match task {
        Task::TokenizeTransport { cipher, .. } => Some(&**cipher),
        _ => None,
    };
    keys.iter().map(|key| payment::used(key, cipher)).collect()
}

/// A refusal by policy, with what is missing if it is a pair of keys.
pub(super) fn told(error: Error, task: &Task, uses: &[Use<'_>]) -> Error {
    match task {
        Task::TranslatePin { .. } => payment::told(error, Operation::TranslatePin, uses),
        _ => error,
    }
}

impl Inner {
    /// The payment keys of a task, which the caller's own rules must let it use.
    pub(super) async fn payment_keys_of(
        &self,
        from: Asker<'_>,
        task: &mut Task,
    ) -> Result<Vec<JobKey>, Error> {
        let named = match task {
            Task::TokenizeTransport { key, .. } => vec![std::mem::replace(&mut **key, taken())],
            Task::TranslatePin { keys, .. } => std::mem::take(keys),
            _ => return Ok(vec![]),
        };
        let partition = from.caller.principal.partition;
        let keys = self.named_keys(partition, named).await.map_err(|one| one.error)?;
        from.caller.check_keys(keys.iter().map(|key| key.loaded().record().id))?;
        Ok(keys)
    }

    /// Whether the installation lets a PIN take its way.
    pub(super) fn check_pins(&self, task: &Task, keys: &[JobKey]) -> Result<(), Error> {
        let Task::TranslatePin { format, outgoing, .. } = task else { return Ok(()) };
        let rules = self.gateway.rules.payments.pin;
        payment::check_translation(rules, (*format, *outgoing), keys)
    }
}

impl Way<'_> {
    /// Carries out what may fail for a secret: such failures are counted as those of payments,
    /// durably before the answer.
    pub(super) async fn perform_secretly(
        &self,
        grant: Grant,
        note: &mut Note,
        task: Task,
        keys: Vec<JobKey>,
    ) -> Result<Done, Error> {
        let gateway = &self.inner.gateway;
        let extracts = matches!(task, Task::TokenizeTransport { .. });
        let subjects = payment::Subjects {
            of_task: payment::of_token(&gateway.payments, &grant, task.token()),
            of_blocks: payment::of_blocks(&grant).collect(),
        };
        self.inner.counted(subjects, extracts, self.with_keys(grant, note, task, keys)).await
    }

    async fn with_keys(
        &self,
        grant: Grant,
        note: &mut Note,
        task: Task,
        keys: Vec<JobKey>,
    ) -> Result<Done, Error> {
        match task {
            Task::TokenizeTransport { cipher, ciphertext, track, .. } => {
                let principal = grant.principal().clone();
                let task = DomainTask::Transport { keys, cipher, ciphertext, track };
                let done = self.job(grant, task).await?;
                self.count_value(&principal, note, &self.realm, done.value.as_ref())?;
                self.keep(&self.realm, Beside::nothing(), done.made).await
            }
            Task::TranslatePin { token, format, block, outgoing, .. } => {
                let seen = keys.iter().map(payment::seen).collect();
                let (held, _) = self.held(token).await?;
                let task = DomainTask::TranslatePin { held, keys, format, block, outgoing };
                match self.job(grant, task).await?.made {
                    Made::PinBlock(block) => Ok(Done::PinBlock { block, keys: seen }),
                    _ => Err(ErrorKind::Internal.into()),
                }
            }
            _ => Err(ErrorKind::Internal.into()),
        }
    }
}

/// What stands where a key was.
fn taken() -> NamedKey {
    let name = KeyRef { account: None, name: RefName::Id(KeyId([0; 16])) };
    NamedKey { part: Part::Incoming, source: Source::Stored(name), dukpt: None }
}
