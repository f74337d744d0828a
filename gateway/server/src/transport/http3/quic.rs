//! QUIC for the HTTP/3 library, metered.
//!
//! The library buffers frames of any length and remembers every unidirectional stream it ever saw.
//! So what a client sends is counted here, where it comes in, and what is too much ends there.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::{Stream, stream};
use h3::error::Code;
use h3::quic::{
    self, Connection as _, ConnectionErrorIncoming, SendStream as _, StreamErrorIncoming, StreamId,
    WriteBuf,
};
use quinn::{ConnectionError, ReadError, VarInt, WriteError};

use crate::transport::limits;
use crate::transport::shard::{Claim, Shard};

/// Bytes of answers as the library sends them.
type Writing = WriteBuf<Bytes>;

/// Streams that the client opens, in a box of their own: what waits for the next must not be made
/// anew for each poll.
pub(in crate::transport) type Accepted<T> = Pin<Box<dyn Stream<Item = Result<T, ConnectionError>>>>;

/// Completes when the client has given a request up.
pub(super) type Gone = Pin<Box<dyn Future<Output = ()>>>;

/// Where the newest request stream leaves word of how to see that it was given up. The library
/// hands out streams one at a time and hides what is below them.
pub(super) type LastGone = Rc<RefCell<Option<Gone>>>;

/// The bidirectional streams that a client opens.
pub(in crate::transport) fn requests(
    quic: &quinn::Connection,
) -> Accepted<(quinn::SendStream, quinn::RecvStream)> {
    let accept = |quic: quinn::Connection| async { Some((quic.accept_bi().await, quic)) };
    Box::pin(stream::unfold(quic.clone(), accept))
}

/// A QUIC connection.
pub(super) struct Connection {
    quic: quinn::Connection,
    shard: Rc<Shard>,
    requests: Accepted<(quinn::SendStream, quinn::RecvStream)>,
    controls: Accepted<quinn::RecvStream>,
    control_streams: usize,
    control_bytes: Rc<Cell<usize>>,
    last_gone: LastGone,
}

impl Connection {
    pub(super) fn new(quic: quinn::Connection, shard: Rc<Shard>) -> Self {
        let controls =
            stream::unfold(quic.clone(), |quic| async { Some((quic.accept_uni().await, quic)) });
        Self {
            requests: requests(&quic),
            quic,
            shard,
            controls: Box::pin(controls),
            control_streams: 0,
            control_bytes: Rc::new(Cell::new(limits::H3_CONTROL_BYTES)),
            last_gone: LastGone::default(),
        }
    }

    pub(super) fn last_gone(&self) -> LastGone {
        self.last_gone.clone()
    }

    fn request(&self, (send, recv): (quinn::SendStream, quinn::RecvStream)) -> RequestStream {
        let stopped = send.stopped();
        let gone = async move {
            // Ends well when the client has read everything, too; both mean that it waits no more.
            let _ = stopped.await;
        };
        *self.last_gone.borrow_mut() = Some(Box::pin(gone));
        let meter = Meter::request(&self.shard);
        RequestStream { send: SendStream::new(send), recv: RecvStream { stream: recv, meter } }
    }
}

impl quic::Connection<Bytes> for Connection {
    type RecvStream = RecvStream;
    type OpenStreams = Opener;

    fn poll_accept_recv(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<RecvStream, ConnectionErrorIncoming>> {
        loop {
            let mut stream = accepted(ready!(self.controls.as_mut().poll_next(cx)))?;
            if self.control_streams < limits::H3_CONTROL_STREAMS {
                self.control_streams += 1;
                let meter = Meter::Connection { left: self.control_bytes.clone() };
                return Poll::Ready(Ok(RecvStream { stream, meter }));
            }
            let _ = stream.stop(excessive());
        }
    }

    fn poll_accept_bidi(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<RequestStream, ConnectionErrorIncoming>> {
        let streams = accepted(ready!(self.requests.as_mut().poll_next(cx)))?;
        Poll::Ready(Ok(self.request(streams)))
    }

    fn opener(&self) -> Opener {
        Opener { quic: self.quic.clone() }
    }
}

impl quic::OpenStreams<Bytes> for Connection {
    type BidiStream = RequestStream;
    type SendStream = SendStream;

    fn poll_open_bidi(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<RequestStream, StreamErrorIncoming>> {
        self.opener().poll_open_bidi(cx)
    }

    fn poll_open_send(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<SendStream, StreamErrorIncoming>> {
        self.opener().poll_open_send(cx)
    }

    fn close(&mut self, code: Code, reason: &[u8]) {
        self.opener().close(code, reason);
    }
}

/// Opens streams towards the client.
#[derive(Clone)]
pub(super) struct Opener {
    quic: quinn::Connection,
}

impl quic::OpenStreams<Bytes> for Opener {
    type BidiStream = RequestStream;
    type SendStream = SendStream;

    fn poll_open_bidi(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<Result<RequestStream, StreamErrorIncoming>> {
        // spec: RFC 9114 6.1: servers have no bidirectional streams to open.
        Poll::Ready(Err(StreamErrorIncoming::StreamTerminated { error_code: EXCESSIVE_LOAD }))
    }

    fn poll_open_send(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<SendStream, StreamErrorIncoming>> {
        // Opens at once, or fails when the client permits none: HTTP/3 cannot start without them,
        // and a future made anew for each poll would forget that it waits.
        match pin!(self.quic.open_uni()).poll(cx) {
            Poll::Ready(Ok(stream)) => Poll::Ready(Ok(SendStream::new(stream))),
            Poll::Ready(Err(error)) => Poll::Ready(Err(lost(error))),
            Poll::Pending => {
                let refused = StreamErrorIncoming::StreamTerminated { error_code: EXCESSIVE_LOAD };
                Poll::Ready(Err(refused))
            }
        }
    }

    fn close(&mut self, code: Code, reason: &[u8]) {
        self.quic.close(code_of(code.value()), reason);
    }
}

/// One request: its bytes come, its answer goes.
pub(super) struct RequestStream {
    send: SendStream,
    recv: RecvStream,
}

impl quic::RecvStream for RequestStream {
    type Buf = Bytes;

    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, StreamErrorIncoming>> {
        let data = ready!(self.recv.poll_data(cx));
        if let Err(StreamErrorIncoming::StreamTerminated { error_code: EXCESSIVE_LOAD }) = data {
            self.send.reset(EXCESSIVE_LOAD);
        }
        Poll::Ready(data)
    }

    fn stop_sending(&mut self, code: u64) {
        self.recv.stop_sending(code);
    }

    fn recv_id(&self) -> StreamId {
        self.recv.recv_id()
    }
}

impl quic::SendStream<Bytes> for RequestStream {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        self.send.poll_ready(cx)
    }

    fn send_data<T: Into<Writing>>(&mut self, data: T) -> Result<(), StreamErrorIncoming> {
        self.send.send_data(data)
    }

    fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        self.send.poll_finish(cx)
    }

    fn reset(&mut self, code: u64) {
        self.send.reset(code);
    }

    fn send_id(&self) -> StreamId {
        self.send.send_id()
    }
}

/// The sending half of a stream.
pub(super) struct SendStream {
    stream: quinn::SendStream,
    writing: Option<Writing>,
}

impl SendStream {
    fn new(stream: quinn::SendStream) -> Self {
        Self { stream, writing: None }
    }
}

impl quic::SendStream<Bytes> for SendStream {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        while let Some(data) = self.writing.as_mut().filter(|data| data.has_remaining()) {
            let wrote = Pin::new(&mut self.stream).poll_write(cx, data.chunk());
            data.advance(ready!(wrote).map_err(unwritten)?);
        }
        self.writing = None;
        Poll::Ready(Ok(()))
    }

    fn send_data<T: Into<Writing>>(&mut self, data: T) -> Result<(), StreamErrorIncoming> {
        if self.writing.is_some() {
            let connection_error = ConnectionErrorIncoming::InternalError("still writing".into());
            return Err(StreamErrorIncoming::ConnectionErrorIncoming { connection_error });
        }
        self.writing = Some(data.into());
        Ok(())
    }

    fn poll_finish(&mut self, _: &mut Context<'_>) -> Poll<Result<(), StreamErrorIncoming>> {
        let finished = self.stream.finish();
        Poll::Ready(finished.map_err(|error| StreamErrorIncoming::Unknown(Box::new(error))))
    }

    fn reset(&mut self, code: u64) {
        // Fails only when the stream is closed already.
        let _ = self.stream.reset(code_of(code));
    }

    fn send_id(&self) -> StreamId {
        stream_id(self.stream.id())
    }
}

/// The receiving half of a stream.
pub(super) struct RecvStream {
    stream: quinn::RecvStream,
    meter: Meter,
}

impl quic::RecvStream for RecvStream {
    type Buf = Bytes;

    fn poll_data(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, StreamErrorIncoming>> {
        // Reading keeps no state in its future, so a new one for each poll does.
        let chunk = ready!(pin!(self.stream.read_chunk(usize::MAX, true)).poll(cx));
        let Some(chunk) = chunk.map_err(unread)? else { return Poll::Ready(Ok(None)) };
        if self.meter.take(chunk.bytes.len().saturating_add(limits::H3_CHUNK_COST)) {
            return Poll::Ready(Ok(Some(chunk.bytes)));
        }
        self.stop_sending(EXCESSIVE_LOAD);
        let error_code = EXCESSIVE_LOAD;
        Poll::Ready(Err(StreamErrorIncoming::StreamTerminated { error_code }))
    }

    fn stop_sending(&mut self, code: u64) {
        // Fails only when the stream is closed already.
        let _ = self.stream.stop(code_of(code));
    }

    fn recv_id(&self) -> StreamId {
        stream_id(self.stream.id())
    }
}

/// How much more may come.
enum Meter {
    /// On a request stream, charged to the memory of the core as well.
    Request { left: usize, claim: Claim },
    /// On all unidirectional streams of a connection.
    Connection { left: Rc<Cell<usize>> },
}

impl Meter {
    fn request(shard: &Rc<Shard>) -> Self {
        let limits = shard.limits();
        let body_bytes = limits.body_bytes.max(limits::BODY_BYTES_LARGEST);
        let left = limits.head_bytes.saturating_add(body_bytes);
        let left = left.saturating_add(limits::H3_FRAMING_BYTES);
        Self::Request { left, claim: shard.claim() }
    }

    /// Takes `bytes`, unless they are too many.
    fn take(&mut self, bytes: usize) -> bool {
        match self {
            Self::Request { left, claim } => {
                let rest = left.checked_sub(bytes);
                *left = rest.unwrap_or(0);
                rest.is_some() && claim.grow(bytes)
            }
            Self::Connection { left } => {
                let rest = left.get().checked_sub(bytes);
                left.set(rest.unwrap_or(0));
                rest.is_some()
            }
        }
    }
}

/// H3_EXCESSIVE_LOAD.
// spec: RFC 9114 8.1
pub(super) const EXCESSIVE_LOAD: u64 = 0x107;

fn excessive() -> VarInt {
    code_of(EXCESSIVE_LOAD)
}

fn code_of(code: u64) -> VarInt {
    VarInt::from_u64(code).unwrap_or(VarInt::MAX)
}

fn stream_id(id: quinn::StreamId) -> StreamId {
    StreamId::try_from(u64::from(id)).expect("QUIC numbers streams below 2^62, as HTTP/3 does")
}

/// What `accept` gave; its stream never ends.
fn accepted<T>(next: Option<Result<T, ConnectionError>>) -> Result<T, ConnectionErrorIncoming> {
    next.unwrap_or(Err(ConnectionError::LocallyClosed)).map_err(closed)
}

fn closed(error: ConnectionError) -> ConnectionErrorIncoming {
    match error {
        ConnectionError::ApplicationClosed(close) => {
            ConnectionErrorIncoming::ApplicationClose { error_code: close.error_code.into() }
        }
        ConnectionError::TimedOut => ConnectionErrorIncoming::Timeout,
        other => ConnectionErrorIncoming::Undefined(Arc::new(other)),
    }
}

fn lost(error: ConnectionError) -> StreamErrorIncoming {
    StreamErrorIncoming::ConnectionErrorIncoming { connection_error: closed(error) }
}

fn unread(error: ReadError) -> StreamErrorIncoming {
    match error {
        ReadError::Reset(code) => {
            StreamErrorIncoming::StreamTerminated { error_code: code.into_inner() }
        }
        ReadError::ConnectionLost(error) => lost(error),
        other => StreamErrorIncoming::Unknown(Box::new(other)),
    }
}

fn unwritten(error: WriteError) -> StreamErrorIncoming {
    match error {
        WriteError::Stopped(code) => {
            StreamErrorIncoming::StreamTerminated { error_code: code.into_inner() }
        }
        WriteError::ConnectionLost(error) => lost(error),
        other => StreamErrorIncoming::Unknown(Box::new(other)),
    }
}
