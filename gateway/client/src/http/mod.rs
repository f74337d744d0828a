//! Frames as bodies of HTTP: one request for each frame, in front of a batch the frames that open
//! its handles.
// spec: stream 1, 4

mod http1;
mod http2;
mod opening;
mod signature;
mod target;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::Semaphore;
use typex_wire::{BatchReader, Body, Bye, Frame, Opened, Record, Status};

use self::http1::Http1;
use self::http2::Http2;
pub(crate) use self::opening::Opening;
pub use self::signature::{Signature, Signer};
use self::target::Target;
use crate::driver::LIMITS;
use crate::place::explain;
use crate::request::{Answer, Reply, Request, Wanted};
use crate::{Carrier, ClientError, Options, within};

/// Bytes that the gateway takes as a body.
pub(crate) const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The connections of one client.
pub(crate) enum Lines {
    One(Http1),
    Many(Http2),
}

impl Lines {
    /// Nothing is connected yet.
    pub(crate) fn new(options: &Options) -> Result<Self, ClientError> {
        Ok(match options.carrier {
            Carrier::Http2 => Self::Many(Http2::new(Target::new(options, b"h2")?)),
            _ => Self::One(Http1::new(Target::new(options, b"http/1.1")?, options.connections)),
        })
    }

    async fn post(&self, body: Bytes, signer: Option<&Signer>) -> Result<Bytes, ClientError> {
        match self {
            Self::One(lines) => lines.post(body, signer).await,
            Self::Many(line) => line.post(body, signer).await,
        }
    }
}

/// The way of one stream's frames.
pub(crate) struct HttpLink {
    lines: Arc<Lines>,
    in_flight: Arc<Semaphore>,
    /// How open handles were opened.
    open: Mutex<BTreeMap<u32, Opening>>,
}

impl HttpLink {
    pub(crate) fn new(lines: Arc<Lines>, in_flight: usize) -> Self {
        let in_flight = Arc::new(Semaphore::new(in_flight.clamp(1, Semaphore::MAX_PERMITS)));
        Self { lines, in_flight, open: Mutex::default() }
    }

    /// Remembers how a handle is opened.
    pub(crate) fn opened(&self, handle: u32, opening: Opening) {
        self.open().insert(handle, opening);
    }

    /// Forgets it; whether it was there.
    pub(crate) fn closed(&self, handle: u32) -> Status {
        if self.open().remove(&handle).is_some() { Status::Done } else { Status::NotFound }
    }

    /// Opens the handles that records name, also in their parameters, and says who signs that.
    /// Others are left to the gateway to refuse.
    pub(crate) fn preface(
        &self,
        records: &[Record<'_>],
        out: &mut BytesMut,
    ) -> Result<Option<Arc<Signer>>, ClientError> {
        let mut handles: Vec<_> = records.iter().map(|record| record.handle).collect();
        handles.extend(records.iter().flat_map(|record| opening::named(record.parameters)));
        handles.sort_unstable();
        handles.dedup();
        let open = self.open();
        let mut signers = None;
        for opening in handles.iter().filter_map(|handle| open.get(handle)) {
            out.extend_from_slice(opening.frame());
            if let Some(signer) = opening.signer()
                && signers.get_or_insert_with(|| signer.clone()) != &signer
            {
                return Err(ClientError::Signers);
            }
        }
        Ok(signers)
    }

    /// Sends a request as soon as there is room; its answer comes to who waits for it.
    pub(crate) async fn send(&self, request: Request, patience: Duration) {
        // It is never closed.
        let permit = self.in_flight.clone().acquire_owned().await.ok();
        let lines = self.lines.clone();
        tokio::spawn(async move {
            let Request { id, bytes, signer, mut wanted, waiter } = request;
            let post = lines.post(bytes.clone(), signer.as_deref());
            let answer = match within(patience, post).await {
                Ok(Ok(body)) => read(body, id, bytes, &mut wanted),
                Ok(Err(error)) | Err(error) => Err(error),
            };
            // Nobody may wait for it any more.
            let _ = waiter.send(answer);
            drop(permit);
        });
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u32, Opening>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the answer to the frame with that id in a body.
fn read(body: Bytes, id: u64, sent: Bytes, wanted: &mut Wanted) -> Answer {
    let mut bytes = BytesMut::from(body);
    let mut refused = BTreeMap::new();
    while let Some(frame) = Frame::take(&mut bytes, &LIMITS)? {
        let is_answer = frame.id == id;
        match frame.body()? {
            Body::Bye(Bye { status, text }) => return Err(ClientError::Bye { status, text }),
            body if is_answer => {
                let Some(answer) = wanted.take(body)? else { continue };
                let mut reply = answer?;
                if let Reply::Outcomes(outcomes) = &mut reply
                    && !refused.is_empty()
                {
                    let handles = handles(sent);
                    explain(outcomes, &refused, |id| handles.get(&id).copied());
                }
                return Ok(reply);
            }
            Body::Opened(opened) if opened.status == Status::Done => {}
            Body::Opened(Opened { handle, status }) => drop(refused.insert(handle, status)),
            _ => return Err(ClientError::Unexpected),
        }
    }
    Err(ClientError::Ended)
}

/// Handles of records, for the sake of those that were refused a moment ago.
fn handles(sent: Bytes) -> BTreeMap<u32, u32> {
    let records = batch(sent).into_iter().flatten().flatten();
    records.map(|record| (record.id, record.handle)).collect()
}

/// The batch of a body that was sent.
fn batch(sent: Bytes) -> Option<BatchReader> {
    let mut bytes = BytesMut::from(sent);
    while let Ok(Some(frame)) = Frame::take(&mut bytes, &LIMITS) {
        if let Ok(Body::Batch(batch)) = frame.body() {
            return Some(batch);
        }
    }
    None
}
