//! One payment operation: judged, begun, settled.

use std::sync::Arc;
use std::time::Instant;

use typex_core::audit::{Detail, Entry, OtherKeys, PanHash};
use typex_core::key::payment::Usage;
use typex_core::op::Action;
use typex_core::op::payment::{
    self, Account, Answered, Call, Cipher, MacMethod, Operation, Part, SeenKey, Task,
};
use typex_core::policy::abuse::Wait;
use typex_core::policy::{self, Grant, Verdict};
use typex_core::{Error, ErrorKind, KeyId};
use typex_engine::payment::cipher::Nonce;
use typex_engine::payment::{JobKey, KeySource, PaymentJob};
use typex_engine::{Done, Job, Pending, Work};
use typex_store::system_clock;

use super::book::Book;
use super::key::use_of;
use super::trial::{Subjects, Trials};
use super::{pairs, pins, subject};
use crate::gateway::Gateway;
use crate::gateway::caller::Asker;
use crate::gateway::core::Inner;
use crate::gateway::keys::Unresolved;
use crate::gateway::record;

/// What the audit log says of an operation beside how it ended.
struct Note {
    action: Option<Action>,
    key: Option<(KeyId, u32)>,
    detail: Detail,
}

/// An operation that policy allows.
pub(super) struct Ready {
    grant: Grant,
    job: PaymentJob,
    subjects: Subjects,
    open: Open,
}

/// One that may not.
pub(super) struct Refused {
    note: Note,
    error: Error,
}

/// What is left to do when the engine has answered.
struct Open {
    note: Note,
    keys: Vec<SeenKey>,
    trials: Trials,
    extracts: bool,
    cost_ns: u64,
}

/// An operation on its way.
pub(super) enum Running {
    /// It never was.
    Refused(Refused),
    /// With the engine, which may have refused it as well.
    Begun(Result<Pending, Error>, Box<OpenCall>),
}

/// What is left to do for one that the engine has.
pub(super) struct OpenCall(Open);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { note: Note { action: None, key: None, detail: Detail::None }, error }
    }
}

impl Refused {
    /// One that nobody looked at further.
    pub(super) fn unseen(operation: Operation, error: Error) -> Self {
        let action = Some(Action::Payment(operation));
        Self { note: Note { action, key: None, detail: Detail::None }, error }
    }
}

impl Ready {
    fn new(grant: Grant, subjects: Subjects, note: Note, job: PaymentJob) -> Self {
        let extracts = matches!(job.task, Task::ReEncrypt { .. });
        let (keys, cost_ns) = (job.keys.iter().map(seen).collect(), job.cost_ns());
        let open = Open { note, keys, trials: Trials::default(), extracts, cost_ns };
        Self { grant, job, subjects, open }
    }

    pub(super) fn cost_ns(&self) -> u64 {
        self.open.cost_ns
    }

    /// Begins what is counted, if nobody has to wait.
    pub(super) fn begin(&mut self, gateway: &Arc<Gateway>) -> Result<(), Wait> {
        self.open.trials = self.subjects.begin(gateway)?;
        Ok(())
    }

    pub(super) fn refused(self, error: Error) -> Refused {
        Refused { note: self.open.note, error }
    }
}

impl Running {
    /// Hands the job, of a request of so much work, to the engine.
    pub(super) fn start(inner: &Inner, ready: Result<Ready, Refused>, request_ns: u64) -> Self {
        let Ready { grant, job, open, .. } = match ready {
            Ok(ready) => ready,
            Err(refused) => return Self::Refused(refused),
        };
        let now = Instant::now();
        let deadline = now + inner.gateway.rules.deadline;
        let job = Job { work: Work::Payment(Box::new(job)), now, deadline, request_ns };
        Self::Begun(inner.shard.submit(grant, job), Box::new(OpenCall(open)))
    }

    pub(super) fn cost_ns(&self) -> u64 {
        match self {
            Self::Refused(_) => 0,
            Self::Begun(_, open) => open.0.cost_ns,
        }
    }
}

impl Inner {
    /// Finds the keys of a call and asks policy.
    pub(super) async fn judge(&self, from: Asker<'_>, call: Call) -> Result<Ready, Refused> {
        let Call { keys, task } = call;
        let note = Note {
            action: Some(Action::Payment(task.operation())),
            key: None,
            detail: self.detail(from, &task),
        };
        let keys = match self.named_keys(from.caller.principal.partition, keys).await {
            Ok(keys) => keys,
            Err(Unresolved { key, error }) => {
                return Err(Refused { note: Note { key, ..note }, error });
            }
        };
        self.judge_keys(from, task, keys, note).await
    }

    /// The same of keys that an object holds.
    pub(super) async fn judge_held(
        &self,
        from: Asker<'_>,
        task: Task,
        keys: Vec<JobKey>,
    ) -> Result<Ready, Refused> {
        let detail = self.detail(from, &task);
        let action = Some(Action::Payment(task.operation()));
        self.judge_keys(from, task, keys, Note { action, key: None, detail }).await
    }

    async fn judge_keys(
        &self,
        from: Asker<'_>,
        mut task: Task,
        keys: Vec<JobKey>,
        mut note: Note,
    ) -> Result<Ready, Refused> {
        note.name(&keys);
        choose_method(&mut task, &keys);
        let action = Action::Payment(task.operation());
        note.action = Some(action);
        let ids = keys.iter().map(|key| key.loaded().record().id);
        if let Err(kind) = from.caller.check(action).and_then(|()| from.caller.check_keys(ids)) {
            return Err(Refused { note, error: kind.into() });
        }
        match self.permit(from, &task, &keys).await {
            Ok((grant, subjects, nonce)) => {
                let mut job = PaymentJob::new(task, keys);
                job.nonce = nonce;
                Ok(Ready::new(grant, subjects, note, job))
            }
            Err(error) => Err(Refused { note, error }),
        }
    }

    async fn permit(
        &self,
        from: Asker<'_>,
        task: &Task,
        keys: &[JobKey],
    ) -> Result<(Grant, Subjects, Option<Nonce>), Error> {
        let operation = task.operation();
        let principal = &from.caller.principal;
        let pairs = self.pairs_if(operation.passage().is_some(), principal.partition).await?;
        let uses: Vec<_> = keys.iter().map(|key| use_of(task, key)).collect();
        let now = system_clock();
        let verdict = policy::payment::authorize(principal, operation, &uses, &pairs, now);
        let grant = match verdict {
            Verdict::Allow(grant) => grant,
            Verdict::Deny(error) => return Err(pairs::told(error, operation, &uses)),
        };
        pins::check(self.pin_rules(), task, keys).map_err(pins::told_ways)?;
        self.count_seal(task, keys).await?;
        let of_task = subject::subject(&self.gateway.payments, &grant, task);
        let of_blocks = subject::of_blocks(&grant).collect();
        let nonce = is_sealed(task).then(|| self.nonces.borrow_mut().draw()).transpose()?;
        Ok((grant, Subjects { of_task, of_blocks }, nonce))
    }

    /// Waits for the engine; counts and records how it ended.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn settle(
        &self,
        from: Asker<'_>,
        running: Running,
        book: &mut Book,
    ) -> Result<Result<Answered, Error>, Error> {
        let (pending, open) = match running {
            Running::Begun(pending, open) => (pending, open.0),
            Running::Refused(Refused { note, error }) => {
                note.entry(from, Err(error.kind)).into_iter().for_each(|one| book.record(one));
                return Ok(Err(error));
            }
        };
        let result = result(pending).await;
        let failure = result.as_ref().err().map(|error| error.kind);
        let (result, counts) = match open.trials.end(failure, open.extracts, book) {
            Ok(counts) => (result, counts),
            Err(wait) => (Err(wait.into()), false),
        };
        let outcome = result.as_ref().map(|_| ()).map_err(|error| error.kind);
        if let Some(entry) = open.note.entry(from, outcome) {
            if counts || self.gateway.rules.strict_audit {
                book.record(entry);
            } else {
                self.note(entry).await?;
            }
        }
        let account = Account::of(from.caller.principal.partition);
        Ok(result.map(|done| Answered { account, keys: open.keys, done }))
    }

    /// The card, where there is one, as the audit log has it.
    fn detail(&self, from: Asker<'_>, task: &Task) -> Detail {
        let partition = from.caller.principal.partition;
        let hash = |pan: &[u8]| self.gateway.payments.pan_hash(partition, pan);
        let pan = subject::pan(task).map(|pan| hash(pan.expose()));
        pan.map_or(Detail::None, |pan| payment_detail(Some(pan), OtherKeys::default()))
    }
}

impl Note {
    /// Names every key, whatever part it has.
    fn name(&mut self, keys: &[JobKey]) {
        let mut keys = keys.iter().map(|key| key.loaded().record());
        let mut next = || keys.next().map(|record| (record.id, record.version));
        self.key = next();
        let pan = match self.detail {
            Detail::Payment { pan, .. } => pan,
            _ => None,
        };
        self.detail = payment_detail(pan, std::array::from_fn(|_| next()));
    }

    /// Nothing is recorded of what never became an operation.
    fn entry(self, from: Asker<'_>, result: Result<(), ErrorKind>) -> Option<Entry> {
        let Self { action, key, detail } = self;
        let entry = record::entry(from.peer, &from.caller.principal, action?, key, result);
        Some(Entry { detail, ..entry })
    }
}

/// Nothing, if there is nothing to tell.
fn payment_detail(pan: Option<PanHash>, others: OtherKeys) -> Detail {
    match (pan, others) {
        (None, [None, ..]) => Detail::None,
        _ => Detail::Payment { pan, others },
    }
}

/// What the engine makes of a job.
async fn result(pending: Result<Pending, Error>) -> Result<payment::Done, Error> {
    match pending?.await? {
        Done::Payment(done) => Ok(*done),
        _ => Err(ErrorKind::Internal.into()),
    }
}

/// Callers have one name for two methods that compute the same: the key says which it is.
fn choose_method(task: &mut Task, keys: &[JobKey]) {
    let (Task::GenerateMac { mac, .. } | Task::VerifyMac { mac, .. }) = task else { return };
    let usage = keys.iter().find(|key| key.part == Part::Mac).and_then(|key| match &key.source {
        KeySource::Stored(key) => key.record().usage.payment().map(|one| one.usage),
        KeySource::Block { .. } => None,
    });
    if mac.method == MacMethod::Iso1 && usage == Some(Usage::MAC_16609) {
        mac.method = MacMethod::Iso16609;
    }
}

/// Whether GCM enciphers in it.
fn is_sealed(task: &Task) -> bool {
    let (Task::Encrypt { cipher, .. } | Task::ReEncrypt { outgoing: cipher, .. }) = task else {
        return false;
    };
    matches!(cipher, Cipher::Gcm { .. })
}

/// What is told of a key that took part.
pub(in crate::gateway) fn seen(key: &JobKey) -> SeenKey {
    let loaded = key.loaded();
    let check_value = loaded.payment().map_or_else(Vec::new, |key| key.check_value().to_vec());
    SeenKey { part: key.part, key: loaded.record().id, check_value }
}
