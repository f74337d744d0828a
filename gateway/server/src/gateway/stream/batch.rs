//! One batch: its records in flight together, answered as they end.
// spec: stream 5, 6

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use futures_util::{StreamExt, stream};
use typex_core::op::{Op, Output};
use typex_core::{Error, ErrorKind};
use typex_dialect::stream::{Asked, answer, asked, status};
use typex_wire::{Answer, BatchReader, Overload, ResultsWriter, Status, WireError};

use super::handles::Handle;
use super::{Flow, Session, broken};
use crate::gateway::caller::Caller;
use crate::gateway::core::Inner;

/// Records of a batch that are in flight together: two full batches of the engine. Those behind
/// them begin as these end.
const IN_FLIGHT_MAX: usize = 128;

/// When a batch that found no room may come again: by then what fills the queues is done.
const WAIT_MS: u32 = 50;

/// A handle and who stands behind it as the batch begins.
type Known = Rc<(Rc<Handle>, Caller)>;

impl Session {
    /// Carries out the records and writes their answers, in the order in which they end.
    pub(super) async fn batch(
        &self,
        inner: &Inner,
        id: u64,
        batch: BatchReader,
        answers: &mut BytesMut,
    ) -> Flow {
        let deadline = deadline(batch.deadline_ms);
        let (records, wrong) = read(batch);
        let known = self.known(inner, &records).await;
        let known = &known;
        let carried_out = records.into_iter().map(|asked| async move {
            let id = asked.id;
            (id, self.record(inner, asked, known, deadline).await)
        });
        let mut ended = stream::iter(carried_out).buffer_unordered(IN_FLIGHT_MAX);
        let begin = answers.len();
        let mut results = ResultsWriter::begin(answers, id);
        let mut was_begun = false;
        while let Some((id, result)) = ended.next().await {
            let is_refused = |error: &Error| error.kind == ErrorKind::Busy;
            was_begun |= !result.as_ref().err().is_some_and(is_refused);
            write(&mut results, id, result);
        }
        results.end();
        if !was_begun && wrong.is_none() {
            answers.truncate(begin);
            Overload { status: Status::Busy, wait_ms: WAIT_MS }.write(answers, id);
        }
        match wrong {
            Some(error) => broken(error, id, answers),
            None => Flow::Continue(()),
        }
    }

    /// Who stands behind the handles of a batch, asked once for all of its records.
    async fn known(
        &self,
        inner: &Inner,
        records: &[Asked],
    ) -> BTreeMap<u32, Result<Known, ErrorKind>> {
        let mut known = BTreeMap::new();
        for number in records.iter().map(|record| record.handle) {
            if known.contains_key(&number) {
                continue;
            }
            let found = match self.handles.find(number) {
                None => Err(ErrorKind::KeyNotFound),
                Some(handle) => {
                    let caller = handle.caller(inner, &self.peer).await;
                    caller.map(|caller| Rc::new((handle, caller))).map_err(|error| error.kind)
                }
            };
            known.insert(number, found);
        }
        known
    }

    async fn record(
        &self,
        inner: &Inner,
        asked: Asked,
        known: &BTreeMap<u32, Result<Known, ErrorKind>>,
        deadline: Option<Instant>,
    ) -> Result<BytesMut, Error> {
        let started = Instant::now();
        let action = asked.action();
        let result = if deadline.is_some_and(|deadline| deadline <= started) {
            Err(ErrorKind::Timeout.into())
        } else {
            self.carry_out(inner, asked, known).await
        };
        if let Some(action) = action {
            let kind = result.as_ref().err().map(|error| error.kind);
            inner.gateway.metrics.finished(action, self.peer.transport, kind, started.elapsed());
        }
        result
    }

    async fn carry_out(
        &self,
        inner: &Inner,
        asked: Asked,
        known: &BTreeMap<u32, Result<Known, ErrorKind>>,
    ) -> Result<BytesMut, Error> {
        let found = known.get(&asked.handle).ok_or(ErrorKind::Internal)?;
        let found = found.as_ref().map_err(|kind| *kind)?;
        let (handle, caller) = &**found;
        let output: Output = match asked.op? {
            Op::ProcessData(request) => {
                inner.process(&self.peer, caller, handle.key, request).await?
            }
            _ => return Err(ErrorKind::Unsupported.into()),
        };
        answer(output)
    }
}

/// The records, and what is wrong with the rest if something is.
fn read(batch: BatchReader) -> (Vec<Asked>, Option<WireError>) {
    let (mut records, mut wrong) = (Vec::with_capacity(batch.len()), None);
    for record in batch {
        match record {
            Ok(record) => records.push(asked(record)),
            Err(error) => wrong = Some(error),
        }
    }
    (records, wrong)
}

/// When a record that has not begun is too late.
fn deadline(wait_ms: u32) -> Option<Instant> {
    let wait = Duration::from_millis(wait_ms.into());
    (wait_ms != 0).then(|| Instant::now() + wait)
}

/// What does not fit, no record can have asked for: its text or its data is cut.
fn write(results: &mut ResultsWriter<'_>, id: u32, result: Result<BytesMut, Error>) {
    let (parameters, data, status, wait_s) = match &result {
        Ok(data) => (&b""[..], &data[..], Status::Done, 0),
        Err(error) => {
            let wait = error.retry_after_s.unwrap_or(0);
            let wait_s = u32::try_from(wait).unwrap_or(u32::MAX);
            (error.public.as_bytes(), &b""[..], status(error.kind), wait_s)
        }
    };
    let written = results.answer(&Answer { id, status, wait_s, parameters, data });
    if written.is_err() {
        let fault = Answer { id, status: Status::Fault, wait_s, parameters: b"", data: b"" };
        // A batch has no more records than an answer can.
        let _ = results.answer(&fault);
    }
}
