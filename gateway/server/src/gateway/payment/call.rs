//! One payment operation: judged, begun, settled.

use std::time::Instant;

use typex_core::audit::{Detail, Entry};
use typex_core::key::payment::Usage;
use typex_core::op::Action;
use typex_core::op::payment::{
    self, Account, Answered, Call, Cipher, MacMethod, Part, SeenKey, Task,
};
use typex_core::policy::abuse::Try;
use typex_core::policy::pair::PairGrants;
use typex_core::policy::{self, Grant, Verdict};
use typex_core::{Error, ErrorKind, KeyId};
use typex_engine::payment::{JobKey, KeySource, PaymentJob};
use typex_engine::{Done, Job, Pending, Work};
use typex_store::system_clock;

use super::book::Book;
use super::key::use_of;
use super::{Asker, pairs, pins, subject};
use crate::gateway::core::Inner;
use crate::gateway::keys::Unresolved;
use crate::gateway::record;

/// What the audit log says of an operation beside how it ended.
struct Note {
    action: Option<Action>,
    key: Option<(KeyId, u32)>,
    detail: Detail,
}

/// An operation that may be done.
pub(super) struct Ready {
    grant: Grant,
    job: PaymentJob,
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
    tried: Option<Try>,
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

impl Ready {
    pub(super) fn cost_ns(&self) -> u64 {
        self.open.cost_ns
    }
}

impl Running {
    /// Hands the job to the engine.
    pub(super) fn start(inner: &Inner, ready: Result<Ready, Refused>) -> Self {
        let Ready { grant, job, open } = match ready {
            Ok(ready) => ready,
            Err(refused) => return Self::Refused(refused),
        };
        let now = Instant::now();
        let deadline = now + inner.gateway.rules.deadline;
        let job = Job { work: Work::Payment(Box::new(job)), now, deadline };
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
        let Call { keys, mut task } = call;
        let mut note = Note {
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
        note.key =
            keys.first().map(|key| (key.loaded().record().id, key.loaded().record().version));
        choose_method(&mut task, &keys);
        let action = Action::Payment(task.operation());
        note.action = Some(action);
        let ids = keys.iter().map(|key| key.loaded().record().id);
        if let Err(kind) = from.caller.check(action).and_then(|()| from.caller.check_keys(ids)) {
            return Err(Refused { note, error: kind.into() });
        }
        match self.permit(from, &task, &keys).await {
            Ok((grant, tried)) => self.ready(grant, tried, note, PaymentJob::new(task, keys)),
            Err(error) => Err(Refused { note, error }),
        }
    }

    async fn permit(
        &self,
        from: Asker<'_>,
        task: &Task,
        keys: &[JobKey],
    ) -> Result<(Grant, Option<Try>), Error> {
        let operation = task.operation();
        let (none, known);
        let pairs = if operation.passage().is_some() {
            known = self.pairs(from.caller.principal.partition).await?;
            &*known
        } else {
            none = PairGrants::default();
            &none
        };
        let uses: Vec<_> = keys.iter().map(|key| use_of(task, key)).collect();
        let now = system_clock();
        let verdict =
            policy::payment::authorize(&from.caller.principal, operation, &uses, pairs, now);
        let grant = match verdict {
            Verdict::Allow(grant) => grant,
            Verdict::Deny(error) => return Err(pairs::told(error, operation, &uses)),
        };
        pins::check(self.pin_rules(), task, keys).map_err(told_ways)?;
        self.count_seal(task, keys).await?;
        let payments = &self.gateway.payments;
        let Some(subject) = subject::subject(payments, &grant, task) else {
            return Ok((grant, None));
        };
        let tried = payments.abuse().begin(subject, now);
        Ok((grant, Some(tried.map_err(|_wait_ms| ErrorKind::Quota)?)))
    }

    fn ready(
        &self,
        grant: Grant,
        tried: Option<Try>,
        note: Note,
        mut job: PaymentJob,
    ) -> Result<Ready, Refused> {
        if is_sealed(&job.task) {
            match self.nonces.borrow_mut().draw() {
                Ok(nonce) => job.nonce = Some(nonce),
                Err(kind) => return Err(Refused { note, error: kind.into() }),
            }
        }
        let extracts = matches!(job.task, Task::ReEncrypt { .. });
        let (keys, cost_ns) = (job.keys.iter().map(seen).collect(), job.cost_ns());
        Ok(Ready { grant, job, open: Open { note, keys, tried, extracts, cost_ns } })
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
                if let Some(entry) = note.entry(from, Err(error.kind)) {
                    book.record(entry);
                }
                return Ok(Err(error));
            }
        };
        let result = result(pending).await;
        let outcome = result.as_ref().map(|_| ()).map_err(|error| error.kind);
        let failed = outcome.is_err_and(|kind| subject::is_failure(open.extracts, kind));
        let failed = self.count(open.tried, failed, book);
        if let Some(entry) = open.note.entry(from, outcome) {
            if failed || self.gateway.rules.strict_audit {
                book.record(entry);
            } else {
                self.note(entry).await?;
            }
        }
        let account = Account::of(from.caller.principal.partition);
        Ok(result.map(|done| Answered { account, keys: open.keys, done }))
    }

    /// Whether a failure was counted.
    fn count(&self, tried: Option<Try>, failed: bool, book: &mut Book) -> bool {
        let Some(tried) = tried else { return false };
        let mut abuse = self.gateway.payments.abuse();
        if failed {
            book.count(abuse.failed(tried, system_clock()));
        } else {
            abuse.passed(tried);
        }
        failed
    }

    /// The card, where there is one, as the audit log has it.
    fn detail(&self, from: Asker<'_>, task: &Task) -> Detail {
        let partition = from.caller.principal.partition;
        let hash = |pan: &[u8]| self.gateway.payments.pan_hash(partition, pan);
        subject::pan(task).map_or(Detail::None, |pan| Detail::Pan(hash(pan.expose())))
    }
}

impl Note {
    /// Nothing is recorded of what never became an operation.
    fn entry(self, from: Asker<'_>, result: Result<(), ErrorKind>) -> Option<Entry> {
        let Self { action, key, detail } = self;
        let entry = record::entry(from.peer, &from.caller.principal, action?, key, result);
        Some(Entry { detail, ..entry })
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

/// Which options the installation would need, where it does not let a PIN take its way.
fn told_ways(kind: ErrorKind) -> Error {
    match kind {
        ErrorKind::Forbidden => Error::new(
            kind,
            "PIN blocks of format 1 come in by the gateway's option payments.format_1 alone, PINs \
             go from format 4 to others by payments.aes_to_tdes alone",
        ),
        kind => kind.into(),
    }
}

/// Whether GCM enciphers in it.
fn is_sealed(task: &Task) -> bool {
    let (Task::Encrypt { cipher, .. } | Task::ReEncrypt { outgoing: cipher, .. }) = task else {
        return false;
    };
    matches!(cipher, Cipher::Gcm { .. })
}

fn seen(key: &JobKey) -> SeenKey {
    let loaded = key.loaded();
    let check_value = loaded.payment().map_or_else(Vec::new, |key| key.check_value().to_vec());
    SeenKey { part: key.part, key: loaded.record().id, check_value }
}
