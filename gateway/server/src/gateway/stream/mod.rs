//! The stream protocol: handles that name a key and who asks, batches of records under them.
//!
//! Every record goes the way of a request that came alone: policy, engine, audit log. What is
//! shared is the frame, and that its records are in flight together.

mod batch;
mod handles;
mod sorted;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use bytes::{Bytes, BytesMut};
use http::Response;
use http::request::Parts;
use typex_core::Secret;
use typex_dialect::{aws_payment, stream};
use typex_wire::{
    Body, Bye, Closed, EXPORTER_BYTES, Frame, Hello, Limits, Open, Opened, Status, Welcome,
    WireError,
};

use self::handles::{Binding, Handles};
use super::core::Inner;
use crate::transport::Peer;

/// What the gateway accepts.
const LIMITS: Limits = Limits { frame_bytes: FRAME_BYTES, records: typex_wire::RECORDS_MAX };

/// Bytes of a frame: 4 096 records of a kilobyte.
const FRAME_BYTES: u32 = 4 * 1024 * 1024;

/// Handles of one stream. One takes some 300 bytes, with a token up to 2.5 KiB, and a connection
/// has up to 128 streams.
const HANDLES_MAX: u32 = 1024;

/// What a connection has told the gateway. Whatever carries its frames owns it.
pub struct Session {
    pub(super) peer: Peer,
    binding: Binding,
    handles: Handles,
}

/// Whether more frames can follow.
type Flow = ControlFlow<()>;

impl Session {
    /// One of a stream of a connection that exports this.
    pub(super) fn new(peer: Peer, exporter: Secret<[u8; EXPORTER_BYTES]>) -> Self {
        Self { peer, binding: Binding::Connection(exporter), handles: Handles::default() }
    }

    /// Answers one frame behind what is in `answers`.
    pub(super) async fn answer(&self, inner: &Inner, frame: Frame, answers: &mut BytesMut) -> Flow {
        let id = frame.id;
        match frame.body() {
            Ok(Body::Hello(hello)) => greet(hello, id, answers),
            Ok(Body::Open(open)) => {
                let opened = self.open(inner, &open).await;
                opened.write(answers, id);
                Flow::Continue(())
            }
            Ok(Body::Close(handle)) => {
                let status =
                    if self.handles.close(handle) { Status::Done } else { Status::NotFound };
                Closed { handle, status }.write(answers, id);
                Flow::Continue(())
            }
            Ok(Body::Batch(batch)) => self.batch(inner, id, batch, answers).await,
            Ok(_) => {
                bye(Status::Protocol, "only the gateway sends this kind of frame", id, answers)
            }
            Err(error) => broken(error, id, answers),
        }
    }

    async fn open(&self, inner: &Inner, open: &Open) -> Opened {
        let handle = open.handle();
        let status = match self.handles.open(inner, (&self.peer, &self.binding), open).await {
            Ok(()) => Status::Done,
            Err(error) => stream::status(error.kind),
        };
        Opened { handle, status }
    }
}

impl Inner {
    /// Answers a frame of a stream, or bytes that are none; without an error the gateway goes down.
    /// False if the answer is the last.
    pub(super) async fn answer_frame(
        &self,
        session: &Session,
        frame: Result<Frame, Option<WireError>>,
        has_frames: bool,
    ) -> (Bytes, bool) {
        let mut answers = BytesMut::new();
        let flow = match frame {
            _ if !has_frames => bye(Status::Unsupported, "not on this port", 0, &mut answers),
            Ok(frame) => session.answer(self, frame, &mut answers).await,
            Err(Some(error)) => broken(error, 0, &mut answers),
            Err(None) => bye(Status::ShuttingDown, "the gateway goes down", 0, &mut answers),
        };
        (answers.freeze(), flow.is_continue())
    }

    /// Answers the frames of one body. An access key that is to be used in it signs the request.
    pub(super) async fn frames(&self, peer: Peer, parts: &Parts, body: Bytes) -> Response<Bytes> {
        let signer = match aws_payment::signed(parts, &body) {
            Some(signed) => match self.signer(&signed).await {
                Ok(signer) => signer,
                Err(error) => return stream::refused(error.kind),
            },
            None => None,
        };
        let (binding, handles) = (Binding::Request(signer), Handles::default());
        let session = Session { peer, binding, handles };
        let mut frames = BytesMut::from(body);
        let mut answers = BytesMut::new();
        while !frames.is_empty() {
            let flow = match Frame::take(&mut frames, &LIMITS) {
                Ok(Some(frame)) => session.answer(self, frame, &mut answers).await,
                Ok(None) => broken(WireError::Truncated, 0, &mut answers),
                Err(error) => broken(error, 0, &mut answers),
            };
            if flow.is_break() {
                break;
            }
        }
        stream::response(answers.freeze())
    }
}

fn greet(hello: Hello, id: u64, answers: &mut BytesMut) -> Flow {
    let version = typex_wire::VERSION;
    if !hello.includes(version) {
        return bye(Status::Version, "version 1 is spoken here", id, answers);
    }
    let welcome = Welcome {
        version,
        records: LIMITS.records,
        frame_bytes: LIMITS.frame_bytes,
        handles: HANDLES_MAX,
    };
    welcome.write(answers, id);
    Flow::Continue(())
}

fn broken(error: WireError, id: u64, answers: &mut BytesMut) -> Flow {
    bye(Status::Protocol, &error.to_string(), id, answers)
}

fn bye(status: Status, text: &str, id: u64, answers: &mut BytesMut) -> Flow {
    Bye { status, text: text.to_owned() }.write(answers, id);
    Flow::Break(())
}
