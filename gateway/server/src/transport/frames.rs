//! Frames of the stream protocol on QUIC: one frame of a stream after the other, streams side by
//! side.
// spec: stream 1

use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use quinn::{Connection, RecvStream, SendStream, VarInt};
use typex_core::Secret;
use typex_wire::{EXPORTER_BYTES, EXPORTER_LABEL, Frame, Limits, WireError};

use super::Service;
use super::deadline::within;
use super::http3::{Accepted, Ended, Session, requests};
use super::link::Link;
use super::observer::{count, count_bytes};
use super::shard::{Claim, Stage};

/// The application protocol.
pub(super) const ALPN: &[u8] = b"typex/1";

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// A connection whose streams carry frames.
pub(super) struct Frames {
    streams: Accepted<(SendStream, RecvStream)>,
    exporter: Secret<[u8; EXPORTER_BYTES]>,
    /// No more streams begin.
    goes_away: bool,
}

impl Frames {
    /// The handshake is over.
    pub(super) fn begin(quic: Connection) -> Result<Self, Ended> {
        let mut exporter = Secret::new([0; EXPORTER_BYTES]);
        let exported = quic.export_keying_material(exporter.expose_mut(), EXPORTER_LABEL, b"");
        exported.map_err(|_| Ended)?;
        Ok(Self { streams: requests(&quic), exporter, goes_away: false })
    }
}

impl Session for Frames {
    type Stream = Opened;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Stream>> {
        if self.goes_away {
            return Poll::Ready(None);
        }
        let accepted = ready!(self.streams.as_mut().poll_next(cx)).transpose().ok().flatten();
        let opened = |(send, recv)| Opened { send, recv, exporter: self.exporter.clone() };
        Poll::Ready(accepted.map(opened))
    }

    /// Each stream is told for itself. The connection ends with the last of them.
    async fn go_away(&mut self, _more: usize) {
        self.goes_away = true;
    }
}

/// A stream that a client opened, and what the TLS of its connection exports.
pub(super) struct Opened {
    send: SendStream,
    recv: RecvStream,
    exporter: Secret<[u8; EXPORTER_BYTES]>,
}

/// What a client learns of a stream that is given up: it was slow, or there is no memory for it.
// spec: stream 6
const GIVEN_UP: VarInt = VarInt::from_u32(1);

/// Answers the frames of one stream until the client ends it or the gateway does.
pub(super) async fn serve<S: Service>(opened: Opened, link: &Link<S>) -> Result<(), Ended> {
    let Opened { mut send, recv, exporter } = opened;
    let session = link.service.session(link.peer, exporter);
    let served = answer(&mut send, recv, (link, &session)).await;
    if served.is_err() {
        // Else it would end as if all had been said. Fails if the client gave it up before.
        let _ = send.reset(GIVEN_UP);
    }
    served
}

async fn answer<S: Service>(
    send: &mut SendStream,
    recv: RecvStream,
    (link, session): (&Link<S>, &S::Session),
) -> Result<(), Ended> {
    let mut incoming = Incoming { recv, bytes: BytesMut::new(), claim: None, begun: None };
    let mut past = pin!(link.member.past(Stage::Serving).fuse());
    loop {
        let next = tokio::select! {
            biased;
            next = incoming.next(link) => next?,
            _ = &mut past => Some((Err(None), None)),
        };
        let Some((next, claim)) = next else { break };
        let turn = link.begin();
        let answer = link.service.frame(session, next);
        let (answer, goes_on) = within(link.limits().request_time, answer).await.ok_or(Ended)?;
        write(send, link, answer).await?;
        drop(claim);
        turn.finish();
        if !goes_on {
            break;
        }
    }
    send.finish().map_err(|_| Ended)?;
    // What the client has not acknowledged would go with the connection.
    within(link.limits().stall_time, send.stopped()).await;
    Ok(())
}

async fn write<S: Service>(
    send: &mut SendStream,
    link: &Link<S>,
    answer: Bytes,
) -> Result<(), Ended> {
    count_bytes(&link.counters().bytes_out, answer.len());
    match within(link.limits().stall_time, send.write_chunk(answer)).await {
        Some(written) => written.map_err(|_| Ended),
        None => {
            count(&link.counters().stalled);
            Err(Ended)
        }
    }
}

/// What a client sends on one stream.
struct Incoming {
    recv: RecvStream,
    bytes: BytesMut,
    claim: Option<Claim>,
    /// Since when the next frame comes.
    begun: Option<Instant>,
}

/// A frame, or why there is none: what is wrong with the bytes, or that the gateway goes down. Its
/// memory is claimed until it is answered.
type Next = (Result<Frame, Option<WireError>>, Option<Claim>);

impl Incoming {
    /// The next frame; `None` when the client sends no more.
    async fn next<S: Service>(&mut self, link: &Link<S>) -> Result<Option<Next>, Ended> {
        loop {
            match Frame::take(&mut self.bytes, &Limits::default()) {
                Ok(Some(frame)) => {
                    let claim = self.claim.take();
                    self.claim(link, self.bytes.len())?;
                    self.begun = (!self.bytes.is_empty()).then(Instant::now);
                    return Ok(Some((Ok(frame), claim)));
                }
                Ok(None) => {}
                Err(error) => return Ok(Some((Err(Some(error)), None))),
            }
            let read = self.recv.read_chunk(READ_BYTES, true);
            let chunk = match self.begun {
                None => read.await,
                Some(begun) => {
                    let left = link.limits().body_time.saturating_sub(begun.elapsed());
                    within(left, read).await.ok_or(Ended)?
                }
            };
            let Some(chunk) = chunk.map_err(|_| Ended)? else {
                let cut = || (Err(Some(WireError::Truncated)), None);
                return Ok((!self.bytes.is_empty()).then(cut));
            };
            count_bytes(&link.counters().bytes_in, chunk.bytes.len());
            self.claim(link, chunk.bytes.len())?;
            self.begun.get_or_insert_with(Instant::now);
            self.bytes.extend_from_slice(&chunk.bytes);
        }
    }

    /// Accounts for memory, of which a core has so much for what clients send.
    fn claim<S: Service>(&mut self, link: &Link<S>, bytes: usize) -> Result<(), Ended> {
        let claim = self.claim.get_or_insert_with(|| link.member.shard().claim());
        if claim.grow(bytes) { Ok(()) } else { Err(Ended) }
    }
}
