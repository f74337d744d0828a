//! Management of payment keys: one request from its authorization to its answer.

mod certificate;
mod deletion;
mod export;
mod import;
mod make;
mod names;
#[cfg(test)]
mod tests;

pub(crate) use deletion::delete_due_often;
pub(crate) use names::Aliases;

use typex_core::audit::{Entry, Phase};
use typex_core::op::payment::Account;
use typex_core::op::payment::keys::{Answer, KeyView, Next, Request, Step};
use typex_core::op::{Action, Output};
use typex_core::policy::Grant;
use typex_core::{Error, ErrorKind, KeyId, PartitionId, UnixMs};
use typex_store::{PaymentKey, Tx, system_clock};

use crate::gateway::{Caller, Inner, entry};
use crate::transport::Peer;

/// A day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A request that may be carried out.
struct Allowed {
    grant: Grant,
    /// What the audit log will say of it.
    entry: Entry,
    /// The key that it is about.
    key: Option<PaymentKey>,
    /// Whether it makes untrue what cores keep.
    revokes: bool,
}

impl Inner {
    /// Manages the payment keys of the caller's partition. What it did or refused is in the
    /// audit log: of what changes the store before the answer.
    ///
    /// # Errors
    /// What policy, engine and store refuse.
    pub(crate) async fn payment_keys(
        &self,
        peer: &Peer,
        caller: &Caller,
        request: Request,
    ) -> Result<Output, Error> {
        let principal = &caller.principal;
        let function = request.function();
        let (action, revokes) = (Action::PaymentKeys(function), function.revokes());
        let key = match self.keys_of(caller, &request).await {
            Ok(key) => key,
            Err(error) => return self.refused(peer, principal, action, None, error).await,
        };
        let record = key.as_ref().map(|key| &key.record);
        let version = record.map(|record| (record.id, record.version));
        let grant = self.allowed(peer, principal, action, record).await?;
        let entry = entry(peer, principal, action, version, Ok(()));
        let done = match action.is_control() {
            true => self.change_keys(caller, Allowed { grant, entry, key, revokes }, request).await,
            false => {
                let done = self.look_at_keys(caller, key, request).await;
                let result = done.as_ref().map(|_| ()).map_err(|error| error.kind);
                self.note(Entry { phase: Phase::Single { result }, ..entry }).await?;
                return done.map(|answer| Output::PaymentKeys(Box::new(answer)));
            }
        };
        match done {
            Ok(answer) => Ok(Output::PaymentKeys(Box::new(answer))),
            Err(error) => self.refused(peer, principal, action, version, error).await,
        }
    }

    /// The key that a request is about, if the caller's own rules let it use what it names.
    async fn keys_of(
        &self,
        caller: &Caller,
        request: &Request,
    ) -> Result<Option<PaymentKey>, Error> {
        let partition = caller.principal.partition;
        if let Request::Export(export) = request {
            caller.check_keys([self.payment_key_id(partition, &export.under).await?])?;
        }
        let Some(name) = request.key() else { return Ok(None) };
        let id = self.payment_key_id(partition, name).await?;
        caller.check_keys([id])?;
        self.gateway.store.read(move |tx| tx.payment_key(partition, id)).await.map(Some)
    }

    async fn look_at_keys(
        &self,
        caller: &Caller,
        key: Option<PaymentKey>,
        request: Request,
    ) -> Result<Answer, Error> {
        let (store, partition) = (&self.gateway.store, caller.principal.partition);
        let id = key.as_ref().map(|key| key.record.id);
        match request {
            Request::Get(_) => Ok(shown(key.ok_or(ErrorKind::Internal)?)),
            Request::List { state, page } => {
                let Next { items, after } =
                    store.read(move |tx| tx.payment_keys(partition, state, &page)).await?;
                let items = items.into_iter().filter(|key| caller.may_use(key.record.id));
                let items = items.filter_map(view).collect();
                Ok(Answer::Keys(Next { items, after }))
            }
            Request::PublicKeyCertificate(_) => {
                self.public_certificate(partition, id.ok_or(ErrorKind::Internal)?).await
            }
            request => self.look_at_names(caller, id, request).await,
        }
    }

    async fn change_keys(
        &self,
        caller: &Caller,
        allowed: Allowed,
        request: Request,
    ) -> Result<Answer, Error> {
        match request {
            Request::Create(new) => self.create(allowed, new).await,
            Request::Import(import) => self.import_payment_key(allowed, *import).await,
            Request::Export(export) => self.export(allowed, *export).await,
            Request::ImportParameters { bits, may_reuse } => {
                self.import_parameters(allowed, bits, may_reuse).await
            }
            Request::Delete { days, .. } => {
                let now = system_clock();
                let due = UnixMs(now.0.saturating_add(u64::from(days) * DAY_MS));
                self.step(allowed, Step::Delete(due)).await
            }
            Request::Restore(_) => self.step(allowed, Step::Restore).await,
            Request::Start(_) => self.step(allowed, Step::Start).await,
            Request::Stop(_) => self.step(allowed, Step::Stop).await,
            request => self.rename(caller, allowed, request).await,
        }
    }

    /// A key that may not be used any more is out of every cache before the answer.
    async fn step(&self, allowed: Allowed, step: Step) -> Result<Answer, Error> {
        let id = allowed.id()?;
        let key = self.keep_change(allowed, move |tx, partition| {
            tx.step_payment_key(partition, id, step, system_clock())
        });
        key.await.map(shown)
    }

    /// Changes the store and says so in the audit log. Goes on when the client goes away: no core
    /// keeps what is no longer true.
    async fn keep_change<T: Send + 'static>(
        &self,
        allowed: Allowed,
        change: impl FnOnce(&mut Tx<'_>, PartitionId) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let gateway = std::sync::Arc::clone(&self.gateway);
        let kept = tokio::task::spawn_local(async move {
            let Allowed { grant, entry, revokes, .. } = allowed;
            let partition = grant.partition();
            let kept = gateway.store.write(move |tx| {
                let kept = change(tx, partition)?;
                tx.record(entry);
                Ok(kept)
            });
            let kept = kept.await?;
            if revokes {
                gateway.revocations.raise_in(partition);
            }
            Ok(kept)
        });
        kept.await.map_err(|error| Error::from(ErrorKind::Internal).with_source(error))?
    }
}

impl Allowed {
    fn partition(&self) -> PartitionId {
        self.grant.partition()
    }

    /// The key that the request is about.
    fn id(&self) -> Result<KeyId, Error> {
        let key = self.key.as_ref().ok_or(ErrorKind::Internal)?;
        Ok(key.record.id)
    }
}

/// A key as its owner sees it; `None` for one of another kind.
fn view(key: PaymentKey) -> Option<KeyView> {
    let PaymentKey { record, life, standing } = key;
    Some(KeyView {
        account: Account::of(record.partition),
        id: record.id,
        attributes: *record.usage.payment()?,
        check_value: life.check_value,
        check_kind: life.check_kind,
        standing,
        origin: record.origin,
        created: record.created,
        started: life.started,
        stopped: life.stopped,
        deleted: life.deleted,
    })
}

fn shown(key: PaymentKey) -> Answer {
    view(key).map_or(Answer::Done, |view| Answer::Key(Box::new(view)))
}
