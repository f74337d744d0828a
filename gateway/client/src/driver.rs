//! Carries the frames of one stream of QUIC: writes them as they come, and hands each answer to who
//! waits for it.
//!
//! It is a task of its own so that nobody who gives up in the middle of a frame breaks the stream
//! for others, and so that answers are read while frames are written: each end stops reading when
//! the other does not.
// spec: stream 1, 2

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use quinn::{RecvStream, SendStream};
use tokio::sync::mpsc;
use typex_wire::{FRAME_BYTES_MAX, Frame, Limits, RECORDS_MAX};

use crate::ClientError;
use crate::request::Request;

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// What the gateway may send.
pub(crate) const LIMITS: Limits = Limits { frame_bytes: FRAME_BYTES_MAX, records: RECORDS_MAX };

/// Runs until the stream ends, or until nobody asks any more and all is answered. Leaves word of
/// why it ended.
pub(crate) async fn drive(
    (send, recv): (SendStream, RecvStream),
    requests: mpsc::Receiver<Request>,
    in_flight: usize,
    end: Arc<OnceLock<ClientError>>,
) {
    let (waiting, incoming) = (VecDeque::new(), BytesMut::new());
    let mut driver = Driver { send, recv, requests, next: None, waiting, incoming };
    let why = driver.run(in_flight).await.err().unwrap_or(ClientError::Ended);
    driver.end(end.get_or_init(|| why));
}

struct Driver {
    send: SendStream,
    recv: RecvStream,
    requests: mpsc::Receiver<Request>,
    /// The frame that is to be written; nothing of it was.
    next: Option<Request>,
    /// Those that were written, in part at least, oldest first. The gateway answers in their order,
    /// so who is looked for is at the front.
    waiting: VecDeque<Request>,
    incoming: BytesMut,
}

/// What is still to be written of the newest frame that waits, and whether more can be.
struct Outgoing {
    rest: [Bytes; 1],
    is_open: bool,
}

impl Driver {
    async fn run(&mut self, in_flight: usize) -> Result<(), ClientError> {
        let mut out = Outgoing { rest: [Bytes::new()], is_open: true };
        let mut is_asked = true;
        while is_asked || self.next.is_some() || !self.waiting.is_empty() {
            let is_idle = self.next.is_none() && out.rest[0].is_empty();
            tokio::select! {
                biased;
                read = self.recv.read_chunk(READ_BYTES, true) => {
                    let chunk = read?.ok_or(ClientError::Ended)?;
                    self.incoming.extend_from_slice(&chunk.bytes);
                    self.answer()?;
                }
                wrote = self.send.write_chunks(&mut out.rest), if out.is_open && !is_idle => {
                    // Why the gateway reads no more, it may still say.
                    out.is_open = wrote.is_ok();
                    self.waiting.extend(self.next.take_if(|_| out.is_open));
                }
                request = self.requests.recv(),
                    if is_asked && is_idle && self.waiting.len() < in_flight =>
                {
                    is_asked = request.is_some();
                    if let Some(request) = request {
                        out.rest = [request.bytes.clone()];
                        self.next = Some(request);
                    }
                }
            }
        }
        // What was sent is answered; that the gateway learns of the end is its own matter.
        let _ = self.send.finish();
        Ok(())
    }

    /// Hands out what has come.
    fn answer(&mut self) -> Result<(), ClientError> {
        while let Some(frame) = Frame::take(&mut self.incoming, &LIMITS)? {
            let id = frame.id;
            let body = frame.body()?;
            let Some(at) = self.waiting.iter().position(|request| request.id == id) else {
                // A BYE that answers nobody; other frames must answer somebody.
                return Err(stray(body));
            };
            if let Some(answer) = self.waiting[at].wanted.take(body)?
                && let Some(request) = self.waiting.remove(at)
            {
                request.answer(answer);
            }
        }
        Ok(())
    }

    /// Tells all who wait. What was not begun to be written was not sent.
    fn end(&mut self, why: &ClientError) {
        self.requests.close();
        for request in self.waiting.drain(..) {
            request.answer(Err(why.clone()));
        }
        let unsent = self.next.take().into_iter();
        for request in unsent.chain(std::iter::from_fn(|| self.requests.try_recv().ok())) {
            request.answer(Err(why.clone().unsent()));
        }
    }
}

fn stray(body: typex_wire::Body) -> ClientError {
    match body {
        typex_wire::Body::Bye(bye) => ClientError::Bye { status: bye.status, text: bye.text },
        _ => ClientError::Unexpected,
    }
}
