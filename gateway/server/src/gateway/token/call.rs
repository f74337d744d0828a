//! One operation: judged, carried out.

use std::sync::Arc;

use typex_core::audit::Entry;
use typex_core::error::InvalidData;
use typex_core::key::KeyRecord;
use typex_core::op::token::{Call, Done, Mask, Operation, Task};
use typex_core::policy::quota::{Distinct, Row};
use typex_core::policy::token::{Ask, authorize, check_call};
use typex_core::policy::{Grant, Verdict};
use typex_core::principal::Principal;
use typex_core::token::{DomainName, Metadata};
use typex_core::{Error, ErrorKind, PartitionId, Secret, UnixMs};
use typex_engine::Work;
use typex_engine::payment::JobKey;
use typex_engine::token::{DomainDone, DomainJob, DomainTask, Held, Made, Realm};
use typex_store::system_clock;

use super::{Book, Note, secret};
use crate::gateway::caller::Asker;
use crate::gateway::core::Inner;

/// An operation that policy allows, counted.
pub(super) struct Ready {
    pub(super) grant: Grant,
    pub(super) realm: Arc<Realm>,
    pub(super) to: Option<Arc<Realm>>,
    pub(super) task: Task,
    pub(super) keys: Vec<JobKey>,
    pub(super) now: UnixMs,
}

/// What is known of a call once policy has been asked.
pub(super) type Judged = Result<(Note, Ready), (Note, Error)>;

/// How an operation ended, and what the audit log is to say, durably before the answer or not.
pub(super) struct Settled {
    pub(super) result: Result<Done, Error>,
    pub(super) entry: Option<(Entry, bool)>,
    /// What was reserved of quotas meanwhile.
    pub(super) rows: Vec<Row>,
}

/// What stands beside a new token.
pub(super) struct Beside {
    pub(super) ttl_ms: Option<u64>,
    pub(super) metadata: Metadata,
}

impl Inner {
    /// Asks policy and counts. Rights come first: whoever has none learns nothing of what there is.
    pub(super) async fn judge_token(
        &self,
        from: Asker<'_>,
        operation: Operation,
        call: Call,
        book: &mut Book,
    ) -> Judged {
        let mut note = Note::of(operation, &call);
        if call.task.operation() != operation {
            return Err((note, ErrorKind::Internal.into()));
        }
        match self.permitted(from, call, &mut note).await {
            Ok((ready, row)) => {
                row.into_iter().for_each(|row| book.reserve(row));
                Ok((note, ready))
            }
            Err(error) => Err((note, error)),
        }
    }

    async fn permitted(
        &self,
        from: Asker<'_>,
        call: Call,
        note: &mut Note,
    ) -> Result<(Ready, Option<Row>), Error> {
        let (principal, now) = (&from.caller.principal, system_clock());
        let partition = principal.partition;
        let rights = self.token_rights(principal).await?;
        check_call(principal, &rights, &call)?;
        let Call { domain, mut task } = call;
        note.pan = self.known_pan(partition, &task);
        let (realm, to) = self.realms_of(partition, (&domain, &task), now).await?;
        let held = self.payment_keys_of(from, &mut task).await?;
        let keys: Vec<&KeyRecord> =
            realm.keys().chain(to.iter().flat_map(|to| to.keys())).collect();
        let uses = secret::uses(&task, &held);
        let ask = Ask {
            to: to.as_deref().map(Realm::record),
            mask: asked_mask(&task),
            uses: &uses,
            ..Ask::of(task.operation(), realm.record(), &keys)
        };
        let pairs = self.pairs_if(matches!(task, Task::TranslatePin { .. }), partition).await?;
        let grant = match authorize(principal, &rights, &ask, (&pairs, now)) {
            Verdict::Allow(grant) => grant,
            Verdict::Deny(error) => return Err(secret::told(error, &task, &uses)),
        };
        self.check_pins(&task, &held)?;
        note.key = grant.key();
        let row = self.gateway.tokens.charge(principal, &task, realm.record(), now)?;
        Ok((Ready { grant, realm, to, task, keys: held, now }, row))
    }

    /// The domain of a task, and the one in which a value gets another token.
    async fn realms_of(
        &self,
        partition: PartitionId,
        (domain, task): (&DomainName, &Task),
        now: UnixMs,
    ) -> Result<(Arc<Realm>, Option<Arc<Realm>>), Error> {
        let realm = self.realm(partition, domain, now).await?;
        let to = match task {
            Task::Retokenize { to, .. } => Some(self.realm(partition, to, now).await?),
            _ => None,
        };
        Ok((realm, to))
    }

    /// The card, or the token, as the audit log has it.
    fn known_pan(&self, partition: PartitionId, task: &Task) -> Option<typex_core::audit::PanHash> {
        let text = match task {
            Task::Tokenize { value, .. } => Some(value.expose().as_slice()),
            task => task.token(),
        };
        text.map(|text| self.gateway.payments.pan_hash(partition, text))
    }

    /// Carries out what may be, of a request of so much work, and says what to record.
    pub(super) async fn settle_token(
        &self,
        from: Asker<'_>,
        judged: Judged,
        request_ns: u64,
    ) -> Settled {
        let (mut note, Ready { grant, realm, to, task, keys, now }) = match judged {
            Ok(judged) => judged,
            Err((note, error)) => {
                let entry = note.entry(from, Err(error.kind)).map(|entry| (entry, true));
                return Settled { result: Err(error), entry, rows: vec![] };
            }
        };
        let way = Way { inner: self, realm, to, now, request_ns };
        if let Task::Delete { token } = task {
            return way.delete(from, note, token).await;
        }
        let result = match keys.is_empty() {
            true => way.perform(grant, &mut note, task).await,
            false => way.perform_secretly(grant, &mut note, task, keys).await,
        };
        let outcome = result.as_ref().map(|_| ()).map_err(|error| error.kind);
        let strict = self.gateway.rules.strict_audit;
        let entry = note.entry(from, outcome).map(|entry| (entry, strict));
        Settled { result, entry, rows: note.rows }
    }
}

/// How much of a value the caller asks for.
fn asked_mask(task: &Task) -> Mask {
    match task {
        Task::Detokenize { mask, .. } => *mask,
        _ => Mask::FirstSixLastFour,
    }
}

/// One operation on its way.
pub(super) struct Way<'a> {
    pub(super) inner: &'a Inner,
    pub(super) realm: Arc<Realm>,
    pub(super) to: Option<Arc<Realm>>,
    pub(super) now: UnixMs,
    /// Estimated work of the request that the operation is a part of.
    pub(super) request_ns: u64,
}

impl Way<'_> {
    async fn perform(&self, grant: Grant, note: &mut Note, task: Task) -> Result<Done, Error> {
        match task {
            Task::Tokenize { value, ttl_ms, metadata } => {
                let beside = Beside { ttl_ms, metadata };
                beside.check(&self.realm)?;
                let done = self.job(grant, DomainTask::Tokenize(value)).await?;
                self.keep(&self.realm, beside, done.made).await
            }
            Task::Detokenize { token, .. } => self.detokenize(grant, note, token).await,
            Task::Retokenize { token, .. } => {
                let to = self.to.as_ref().ok_or(ErrorKind::Internal)?;
                let principal = grant.principal().clone();
                let (held, _) = self.held(token).await?;
                let done = self.job(grant, DomainTask::Retokenize(held)).await?;
                self.count_value(&principal, note, to, done.value.as_ref())?;
                self.keep(to, Beside::nothing(), done.made).await
            }
            Task::Validate { token } => self.validate(grant, token).await,
            Task::Lookup { token } => self.look_up(token).await,
            Task::Delete { .. } | Task::TokenizeTransport { .. } | Task::TranslatePin { .. } => {
                Err(ErrorKind::Internal.into())
            }
        }
    }

    async fn detokenize(
        &self,
        grant: Grant,
        note: &mut Note,
        token: Vec<u8>,
    ) -> Result<Done, Error> {
        let mask = grant.token().map_or(Mask::FirstSixLastFour, |token| token.mask);
        let (held, record) = self.held(token).await?;
        let DomainDone { made, resealed, .. } =
            self.job(grant, DomainTask::Detokenize(held)).await?;
        let Made::Value(value) = made else { return Err(ErrorKind::Internal.into()) };
        let partition = self.realm.record().partition;
        note.pan = Some(self.inner.gateway.payments.pan_hash(partition, value.expose()));
        if let Some((old, sealed)) = record.zip(resealed) {
            let now = self.now;
            let written =
                self.inner.gateway.store.write(move |tx| tx.vault_reseal(&old, sealed, now));
            written.await?;
        }
        Ok(Done::Value(mask.apply(&value)))
    }

    /// Counts a value that is known only now, before its token is kept or told.
    pub(super) fn count_value(
        &self,
        principal: &Principal,
        note: &mut Note,
        realm: &Realm,
        value: Option<&Secret<Vec<u8>>>,
    ) -> Result<(), Error> {
        let (gateway, domain) = (&self.inner.gateway, realm.record());
        let value = value.ok_or(ErrorKind::Internal)?.expose();
        note.pan = Some(gateway.payments.pan_hash(domain.partition, value));
        let what = Distinct::Value(value);
        let row = gateway.tokens.charge_distinct(principal, domain, what, self.now)?;
        note.rows.extend(row);
        Ok(())
    }

    async fn validate(&self, grant: Grant, token: Vec<u8>) -> Result<Done, Error> {
        if self.realm.has_vault() {
            self.record(token).await?;
            return Ok(Done::Valid { version: self.realm.record().version() });
        }
        match self.job(grant, DomainTask::Validate(token)).await?.made {
            Made::Version(version) => Ok(Done::Valid { version }),
            _ => Err(ErrorKind::Internal.into()),
        }
    }

    /// A token, with what the vault has of it if there is one.
    pub(super) async fn held(
        &self,
        token: Vec<u8>,
    ) -> Result<(Held, Option<typex_core::token::vault::VaultRecord>), Error> {
        if !self.realm.has_vault() {
            return Ok((Held { token, sealed: None }, None));
        }
        let record = self.find(token.clone()).await?;
        let sealed = record.as_ref().map(|record| record.sealed.clone());
        Ok((Held { token, sealed }, record))
    }

    pub(super) async fn job(&self, grant: Grant, task: DomainTask) -> Result<DomainDone, Error> {
        let maker = match &task {
            DomainTask::Tokenize(_) | DomainTask::Transport { .. } => Some(&self.realm),
            DomainTask::Retokenize(_) => self.to.as_ref(),
            _ => None,
        };
        let count = match (maker, &task) {
            (Some(maker), _) if maker.has_vault() => typex_core::limits::TOKEN_DRAWS,
            (None, DomainTask::Detokenize(held)) => usize::from(held.sealed.is_some()),
            _ => 0,
        };
        let nonces = (0..count).map(|_| self.inner.nonces.borrow_mut().draw());
        let nonces = nonces.collect::<Result<_, _>>()?;
        let (realm, to) = (Arc::clone(&self.realm), self.to.clone());
        let job = DomainJob { realm, to, task, nonces };
        let work = Work::Token(Box::new(job));
        match self.inner.submit_part(grant, work, self.request_ns).await? {
            typex_engine::Done::Token(done) => Ok(*done),
            _ => Err(ErrorKind::Internal.into()),
        }
    }
}

impl Beside {
    pub(super) fn nothing() -> Self {
        Self { ttl_ms: None, metadata: Metadata::default() }
    }

    /// Whether it can stand beside tokens of a domain.
    fn check(&self, realm: &Realm) -> Result<(), Error> {
        let is_empty = self.ttl_ms.is_none() && self.metadata == Metadata::default();
        if realm.has_vault() || is_empty {
            return Ok(());
        }
        let text = "a domain without a vault keeps neither time to live nor metadata";
        Err(Error::new(ErrorKind::InvalidData(InvalidData::Parameter), text))
    }
}
