//! One batch: its records in flight together, answered as they end.
// spec: stream 5, 6

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::{BufMut, BytesMut};
use futures_util::{StreamExt, stream};
use typex_core::error::Malformed;
use typex_core::op::crypto::Crypto;
use typex_core::op::{Action, Output, payment, token};
use typex_core::{Error, ErrorKind, KeyId};
use typex_dialect::stream::{Asked, Seal, Told, status};
use typex_engine::payment::Message;
use typex_wire::{
    Answer, BatchReader, HEADER_BYTES, Overload, ResultsWriter, Status, WireError, tag,
};

use super::sorted::{Group, Process, Seals, Sorted};
use super::{Flow, Session, broken};
use crate::gateway::caller::{Asker, Caller};
use crate::gateway::core::Inner;
use crate::gateway::payment::{Patience, SEALS_MAX, Sealed};

/// What of a batch is under way at a time. Each use of a security module's key is one, and a queue
/// of signatures that stands has room for 55.
const GROUPS_MAX: usize = 48;

/// When a batch that found no room may come again: by then what fills the queues is done.
const WAIT_MS: u32 = 50;

/// Nonce and tag of GCM, each behind its tag and length.
const SEALED_PARAMETERS_BYTES: usize = 3 + 12 + 3 + 16;

/// Who stands behind each handle of a batch as it begins, or why nobody does.
type Callers = BTreeMap<u32, Result<Rc<Caller>, ErrorKind>>;

impl Session {
    /// Carries out the records and writes their answers, in the order in which they end.
    pub(super) async fn batch(
        &self,
        inner: &Inner,
        id: u64,
        batch: BatchReader,
        answers: &mut BytesMut,
    ) -> Flow {
        let mut patience = inner.patience();
        if batch.deadline_ms != 0 {
            patience = patience.at_most(Duration::from_millis(batch.deadline_ms.into()));
        }
        // An answer is about as long as its record, but for a nonce and a tag.
        let records = batch.len().min(batch.bytes() / HEADER_BYTES);
        answers.reserve(HEADER_BYTES + batch.bytes() + records * SEALED_PARAMETERS_BYTES);
        let (records, wrong) = self.read(batch);
        let callers = self.callers(inner, &records).await;
        let begin = answers.len();
        let results = Results::begin(answers, id);
        let carry_out = CarryOut { session: self, inner, patience, results: &results };
        carry_out.all(records, &callers).await;
        let was_begun = results.end();
        if !was_begun && wrong.is_none() {
            answers.truncate(begin);
            Overload { status: Status::Busy, wait_ms: WAIT_MS }.write(answers, id);
        }
        match wrong {
            Some(error) => broken(error, id, answers),
            None => Flow::Continue(()),
        }
    }

    /// The records, and what is wrong with the rest if something is.
    fn read(&self, batch: BatchReader) -> (Vec<Asked>, Option<WireError>) {
        let (mut records, mut wrong) = (Vec::with_capacity(batch.len()), None);
        for record in batch {
            match record {
                Ok(record) => records.push(self.handles.read(record)),
                Err(error) => wrong = Some(error),
            }
        }
        (records, wrong)
    }

    /// Who stands behind the handles of a batch, asked once for all of its records.
    async fn callers(&self, inner: &Inner, records: &[Asked]) -> Callers {
        let mut callers = Callers::new();
        for number in records.iter().flat_map(|record| &record.handles) {
            if callers.contains_key(number) {
                continue;
            }
            let found = match self.handles.find(*number) {
                None => Err(ErrorKind::KeyNotFound),
                Some(handle) => {
                    let caller = handle.caller(inner, &self.peer).await;
                    caller.map(Rc::new).map_err(|error| error.kind)
                }
            };
            callers.insert(*number, found);
        }
        callers
    }
}

/// The answers of a batch, written as they come.
struct Results<'a> {
    writer: RefCell<ResultsWriter<'a>>,
    was_begun: Cell<bool>,
}

impl<'a> Results<'a> {
    fn begin(answers: &'a mut BytesMut, id: u64) -> Self {
        let writer = RefCell::new(ResultsWriter::begin(answers, id));
        Self { writer, was_begun: Cell::new(false) }
    }

    /// Whether anything was begun, or refused for another reason than want of room.
    fn end(self) -> bool {
        self.writer.into_inner().end();
        self.was_begun.get()
    }

    /// A message that GCM sealed: nonce and tag, and what became of it.
    // spec: stream 8.2
    fn write_sealed(&self, id: u32, message: &Message) {
        self.was_begun.set(true);
        let Message { nonce, tag: mac, data, .. } = message;
        let mut parameters = [0; SEALED_PARAMETERS_BYTES];
        let mut rest = &mut parameters[..];
        for (tag, value) in [(tag::NONCE, &nonce[..]), (tag::TAG, &mac[..])] {
            rest.put_u8(tag);
            rest.put_u16(value.len() as u16);
            rest.put_slice(value);
        }
        let (status, parameters) = (Status::Done, &parameters[..]);
        let answer = Answer { id, status, wait_s: 0, parameters, data };
        // A batch has no more records than an answer can.
        let _ = self.writer.borrow_mut().answer(&answer);
    }

    /// What does not fit, no record can have asked for: its text or its data is cut.
    fn write(&self, id: u32, result: &Result<Told, Error>) {
        let has_room = !result.as_ref().err().is_some_and(|error| error.kind == ErrorKind::Busy);
        self.was_begun.set(self.was_begun.get() || has_room);
        let (parameters, data, status, wait_s) = match result {
            Ok(told) => (told.parameters(), told.data(), Status::Done, 0),
            Err(error) => {
                let wait = error.retry_after_s.unwrap_or(0);
                let wait_s = u32::try_from(wait).unwrap_or(u32::MAX);
                (error.public.as_bytes(), &b""[..], status(error.kind), wait_s)
            }
        };
        let mut results = self.writer.borrow_mut();
        let written = results.answer(&Answer { id, status, wait_s, parameters, data });
        if written.is_err() {
            let fault = Answer { id, status: Status::Fault, wait_s, parameters: b"", data: b"" };
            // A batch has no more records than an answer can.
            let _ = results.answer(&fault);
        }
    }
}

/// What all records of a batch share.
#[derive(Clone, Copy)]
struct CarryOut<'a, 'w> {
    session: &'a Session,
    inner: &'a Inner,
    patience: Patience,
    results: &'a Results<'w>,
}

impl CarryOut<'_, '_> {
    async fn all(self, records: Vec<Asked>, callers: &Callers) {
        let mut sorted = Sorted::default();
        for Asked { id, handles, work } in records {
            match caller(&handles, callers).and_then(|caller| Ok((caller, work?))) {
                Ok((caller, work)) => sorted.add(self.inner, (id, handles[0]), caller, work),
                Err(kind) => self.unread(id, kind),
            }
        }
        let work_ns = sorted.work_ns();
        let (shard, metrics) = (&self.inner.shard, &self.inner.gateway.metrics);
        metrics.batch(shard.route(work_ns));
        let together = Self { patience: self.patience.of_work(work_ns), ..self };
        let groups = sorted.groups().map(|group| together.group(group));
        stream::iter(groups).buffer_unordered(GROUPS_MAX).collect::<()>().await;
    }

    /// Answers a record of which it is not known what it asks, or who does.
    fn unread(self, id: u32, kind: ErrorKind) {
        self.inner.gateway.metrics.not_understood(self.session.peer.transport);
        self.results.write(id, &Err(kind.into()));
    }

    async fn group(self, group: Group) {
        match group {
            Group::Process(records) => self.process(records).await,
            Group::Seals(seals) => self.seals(seals).await,
            // Far larger than the one operation of a key, and fewer.
            Group::Payments(caller, calls) => Box::pin(self.payments(caller, calls)).await,
            Group::Tokens(caller, calls) => Box::pin(self.tokens(caller, calls)).await,
            Group::Crypto(id, handle, crypto) => Box::pin(self.crypto(id, handle, *crypto)).await,
        }
    }

    async fn process(self, records: Process) {
        let Process { subjects, ids, members, .. } = records;
        let peer = &self.session.peer;
        let results = self.inner.process_all(peer, &subjects, members, self.patience).await;
        for (id, result) in ids.into_iter().zip(results) {
            let told = result.and_then(|output| match output {
                Output::Sealed(bytes) => Ok(Told::sealed(bytes)),
                _ => Err(ErrorKind::Internal.into()),
            });
            self.results.write(id, &told);
        }
    }

    async fn seals(self, Seals { caller, key, ids, messages }: Seals) {
        let (mut ids, mut messages) = (&ids[..], messages);
        while !ids.is_empty() {
            let (some, later) = ids.split_at(ids.len().min(SEALS_MAX));
            let rest = messages.split_off(some.len());
            self.seals_of_turn((&caller, key), some, messages).await;
            (ids, messages) = (later, rest);
            if !ids.is_empty() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Between so many and the next, other connections have their turn.
    async fn seals_of_turn(
        self,
        (caller, key): (&Rc<Caller>, KeyId),
        ids: &[u32],
        messages: Vec<Message>,
    ) {
        let started = Instant::now();
        let action = Action::Payment(payment::Operation::EncryptData);
        if self.patience.is_over() {
            ids.iter().for_each(|id| self.finish(*id, action, started, Err(self.patience.late())));
            return;
        }
        match self.inner.seal_all(self.asker(caller), key, messages, self.patience.work_ns()).await
        {
            Sealed::Done(messages) => {
                let alike = (started.elapsed(), ids.len() as u64);
                let transport = self.session.peer.transport;
                self.inner.gateway.metrics.finished_alike(action, transport, None, alike);
                let answers = ids.iter().zip(&messages);
                answers.for_each(|(id, message)| self.results.write_sealed(*id, message));
            }
            Sealed::Refused(error) => {
                ids.iter().for_each(|id| self.finish(*id, action, started, Err(error.shared())));
            }
            Sealed::Alone(messages) => {
                let call = |Message { aad, data, .. }| Box::new(Seal { aad, data }.call(key));
                let calls = ids.iter().copied().zip(messages.into_iter().map(call));
                // Far larger than the rest, and seldom.
                Box::pin(self.payments(Rc::clone(caller), calls.collect())).await;
            }
        }
    }

    async fn payments(self, caller: Rc<Caller>, calls: Vec<(u32, Box<payment::Call>)>) {
        let (started, from) = (Instant::now(), self.asker(&caller));
        let action = |call: &payment::Call| Action::Payment(call.task.operation());
        let ids: Vec<_> = calls.iter().map(|(id, call)| (*id, action(call))).collect();
        let calls = calls.into_iter().map(|(_, call)| *call);
        let answers = self.inner.payment_records(from, calls, self.patience).await;
        let mut answers = Answers::new(answers);
        for (id, action) in ids {
            let told = answers.next().and_then(|answered| Told::payment(answered.done));
            self.finish(id, action, started, told);
        }
    }

    async fn tokens(self, caller: Rc<Caller>, calls: Vec<(u32, Box<token::Call>)>) {
        let (started, from) = (Instant::now(), self.asker(&caller));
        let Some(operation) = calls.first().map(|(_, call)| call.task.operation()) else { return };
        let (ids, calls): (Vec<_>, Vec<_>) =
            calls.into_iter().map(|(id, call)| (id, Ok(*call))).unzip();
        let answers = self.inner.token_records(from, operation, calls, self.patience).await;
        let mut answers = Answers::new(answers);
        for id in ids {
            self.finish(
                id,
                Action::Token(operation),
                started,
                answers.next().and_then(Told::token),
            );
        }
    }

    async fn crypto(self, id: u32, handle: u32, crypto: Crypto) {
        let (started, action) = (Instant::now(), Action::Crypto(crypto.call.kind()));
        let handle = self.session.handles.find(handle);
        let told = match handle.as_ref().and_then(|handle| handle.pass()) {
            Some(_) if self.patience.is_over() => Err(self.patience.late()),
            Some(pass) => {
                let (peer, work_ns) = (&self.session.peer, self.patience.work_ns());
                pass.apply(self.inner, peer, crypto, work_ns).await.and_then(Told::crypto)
            }
            None => Err(ErrorKind::Internal.into()),
        };
        self.finish(id, action, started, told);
    }

    fn asker<'c>(&'c self, caller: &'c Caller) -> Asker<'c> {
        Asker { peer: &self.session.peer, caller }
    }

    /// Counts and answers a record that was carried out or refused.
    fn finish(self, id: u32, action: Action, started: Instant, result: Result<Told, Error>) {
        let kind = result.as_ref().err().map(|error| error.kind);
        let transport = self.session.peer.transport;
        self.inner.gateway.metrics.finished(action, transport, kind, started.elapsed());
        self.results.write(id, &result);
    }
}

/// The answers to some records in their order, or what went wrong with all of them.
enum Answers<T> {
    Each(std::vec::IntoIter<Result<T, Error>>),
    None(ErrorKind),
}

impl<T> Answers<T> {
    fn new(answers: Result<Vec<Result<T, Error>>, Error>) -> Self {
        match answers {
            Ok(answers) => Self::Each(answers.into_iter()),
            Err(error) => Self::None(error.kind),
        }
    }

    fn next(&mut self) -> Result<T, Error> {
        match self {
            Self::Each(answers) => answers.next().unwrap_or(Err(ErrorKind::Internal.into())),
            Self::None(kind) => Err((*kind).into()),
        }
    }
}

/// Who asks: the same behind every handle that a record names.
fn caller(handles: &[u32], callers: &Callers) -> Result<Rc<Caller>, ErrorKind> {
    let mut found = handles.iter().map(|handle| {
        let caller = callers.get(handle).ok_or(ErrorKind::Internal)?;
        caller.as_ref().map_err(|kind| *kind)
    });
    let first = found.next().ok_or(ErrorKind::Malformed(Malformed::Structure))??;
    for other in found {
        if other?.principal != first.principal {
            return Err(ErrorKind::Forbidden);
        }
    }
    Ok(Rc::clone(first))
}
