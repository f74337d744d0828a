//! Codes for values by roles and transformations: what there is of them, and what they come to of
//! operations on tokens, which are judged, counted and recorded as such.

mod change;
mod look;
mod roles;
mod work;

use typex_core::error::Malformed;
use typex_core::op::registration::{ApiKeyIndex, ApiKeyRecord};
use typex_core::op::transform::{
    Answer, CallerView, Function, Health, Mount, MountKind, Request, Task,
};
use typex_core::op::{Action, Output};
use typex_core::principal::Principal;
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::system_clock;

pub(super) use self::roles::Roles;
use super::caller::Caller;
use super::core::Inner;
use super::record;
use crate::transport::Peer;

/// What a tenant is called by clients that think of one above all.
const ROOT: &str = "root";

/// Who asks for what, and from where.
#[derive(Clone, Copy)]
struct Asker<'a> {
    peer: &'a Peer,
    caller: &'a Caller,
    function: Function,
}

impl Asker<'_> {
    fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    fn partition(&self) -> PartitionId {
        self.caller.principal.partition
    }

    fn action(&self) -> Action {
        Action::Transform(self.function)
    }
}

impl Inner {
    /// Carries out a request about codes for values. What it changed or refused is in the audit
    /// log before the answer.
    ///
    /// # Errors
    /// What policy, engine and store refuse.
    pub(super) async fn transform(
        &self,
        peer: &Peer,
        caller: &Caller,
        request: Request,
    ) -> Result<Output, Error> {
        let function = request.function();
        let from = Asker { peer, caller, function };
        let Request { mount, tenant, task } = request;
        if matches!(task, Task::Health) {
            let is_ready = self.gateway.is_ready();
            let health = Health { is_ready, now: system_clock() };
            return Ok(Output::Transform(Box::new(Answer::Health(health))));
        }
        self.allowed(peer, from.principal(), from.action(), None).await?;
        let done = match self.check_place(from, mount.as_ref(), tenant.as_deref()) {
            Ok(()) => self.transformed(from, task).await,
            Err(error) => Err(Failed::Unrecorded(error)),
        };
        match done {
            Ok(answer) => Ok(Output::Transform(Box::new(answer))),
            Err(Failed::Recorded(error)) => Err(error),
            Err(Failed::Unrecorded(error)) => {
                self.refused(peer, from.principal(), from.action(), None, error).await
            }
        }
    }

    async fn transformed(&self, from: Asker<'_>, task: Task) -> Result<Answer, Failed> {
        match task {
            Task::Use(used) => self.use_role(from, *used).await,
            Task::Put(new) => self.put_object(from, *new).await,
            Task::Delete(object) => self.delete_object(from, object).await,
            Task::Rotate(name) => self.rotate(from, name).await,
            Task::Get(object) => Ok(self.seen(from, self.shown(from, object).await?).await?),
            Task::List(kind) => Ok(self.seen(from, self.names(from, kind).await?).await?),
            Task::Caller => Ok(self.seen(from, self.caller_view(from).await?).await?),
            Task::Mounts => {
                let mount = Mount { kind: MountKind::Transform, path: self.mount().to_owned() };
                Ok(self.seen(from, Answer::Mounts(vec![mount])).await?)
            }
            Task::Health => Err(Error::from(ErrorKind::Internal).into()),
        }
    }

    /// Whether it is asked where it answers, and for the tenant whose the credential is.
    // spec: vault 1.2, 3.3
    fn check_place(
        &self,
        from: Asker<'_>,
        mount: Option<&Mount>,
        tenant: Option<&str>,
    ) -> Result<(), Error> {
        let own = from.partition().to_string();
        if tenant.is_some_and(|tenant| tenant != ROOT && tenant != own) {
            let text = "X-Vault-Namespace is not the partition of the token: leave it out";
            return Err(Error::new(ErrorKind::Forbidden, text));
        }
        if mount.is_some_and(|mount| mount.path != self.mount()) {
            let kind = ErrorKind::Malformed(Malformed::Function);
            return Err(Error::new(kind, "no engine is mounted there: sys/mounts lists them"));
        }
        Ok(())
    }

    fn mount(&self) -> &str {
        &self.gateway.rules.transform_mount
    }

    /// An answer that changed nothing, recorded.
    async fn seen(&self, from: Asker<'_>, answer: Answer) -> Result<Answer, Error> {
        self.note(record::entry(from.peer, from.principal(), from.action(), None, Ok(()))).await?;
        Ok(answer)
    }

    // spec: vault 3.2
    async fn caller_view(&self, from: Asker<'_>) -> Result<Answer, Error> {
        let holder = from.principal().api_key.ok_or(ErrorKind::Forbidden)?;
        let rights = self.token_rights(from.principal()).await?;
        let created = self.gateway.store.read(move |tx| {
            let index: Option<ApiKeyIndex> = tx.get(PartitionId::SERVICE, &holder.0)?;
            let Some(index) = index else { return Ok(None) };
            let key: Option<ApiKeyRecord> = tx.get(PartitionId::SERVICE, &index.digest)?;
            Ok(key.map(|key| key.created))
        });
        let (partition, created) = (from.partition(), created.await?);
        let rights = (*rights).clone();
        Ok(Answer::Caller(Box::new(CallerView { partition, holder, created, rights })))
    }
}

/// A failure, and whether the audit log has it.
enum Failed {
    Recorded(Error),
    Unrecorded(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Unrecorded(error)
    }
}

impl From<ErrorKind> for Failed {
    fn from(kind: ErrorKind) -> Self {
        Self::Unrecorded(kind.into())
    }
}
