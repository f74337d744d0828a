//! HTTP/3: QUIC connections on one core, each a task that runs all its requests.

mod quic;
mod session;

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use http::request::Parts;
use http::{Request, Response};
use quinn::crypto::rustls::HandshakeData;
use quinn::{
    Endpoint, EndpointConfig, Incoming, ServerConfig, TokioRuntime, TransportConfig, VarInt,
};
use tokio::task::spawn_local;

pub(super) use self::quic::{Accepted, requests};
pub(super) use self::session::{Ended, Session};
use self::session::{H3, Stream};
use super::assembly::Assembly;
use super::core;
use super::deadline::within;
use super::frames::{self, Frames};
use super::limits::{self, Limits};
use super::link::{Link, Port};
use super::observer::count;
use super::shard::{Member, Stage};
use super::supervise::note;
use super::tls::{Identity, TlsError};
use super::watch::{Alarm, Expiry, Watch};
use super::{Refusal, Service, Transport};

/// H3_NO_ERROR.
// spec: RFC 9114 8.1
pub(super) const NO_ERROR: VarInt = VarInt::from_u32(0x100);

/// What the QUIC endpoints of all cores are made from. They share the keys of their tokens.
#[derive(Clone)]
pub(super) struct Settings {
    server: ServerConfig,
    endpoint: EndpointConfig,
}

/// The settings for all cores.
pub(super) fn settings(identity: &Arc<Identity>, limits: &Limits) -> Result<Settings, TlsError> {
    let mut server = ServerConfig::with_crypto(identity.quic()?);
    server
        .transport_config(Arc::new(transport(limits)))
        .max_incoming(limits::QUIC_INCOMING_MAX)
        .incoming_buffer_size_total(limits::QUIC_INCOMING_BYTES);
    Ok(Settings { server, endpoint: EndpointConfig::default() })
}

fn transport(limits: &Limits) -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(limits.streams.into())
        .max_concurrent_uni_streams(limits::QUIC_UNI_STREAMS.into())
        .stream_receive_window(limits::QUIC_STREAM_WINDOW.into())
        .receive_window(limits::QUIC_WINDOW.into())
        .send_window(limits::QUIC_SEND_WINDOW)
        .max_idle_timeout(limits.idle_time.try_into().ok())
        .datagram_receive_buffer_size(None);
    transport
}

impl Settings {
    /// The endpoint of one core on its own socket.
    pub(super) fn endpoint(&self, udp: UdpSocket) -> io::Result<Endpoint> {
        let server = Some(self.server.clone());
        Endpoint::new(self.endpoint.clone(), server, udp, Arc::new(TokioRuntime))
    }
}

/// Accepts QUIC connections until the end begins, then those that have asked already.
pub(super) async fn accept<S: Service>(port: Port<S>, endpoint: Endpoint, mut ended: core::Ended) {
    loop {
        let incoming = tokio::select! {
            biased;
            incoming = endpoint.accept() => incoming,
            _ = core::begun(&mut ended) => None,
        };
        let Some(incoming) = incoming else { return };
        admit(&port, incoming);
    }
}

fn admit<S: Service>(port: &Port<S>, incoming: Incoming) {
    let shard = &port.shard;
    // Under load, only clients whose address is their own cost more than this packet.
    let busy = shard.handshakes() >= shard.limits().quic_retry_after;
    if busy && incoming.may_retry() && !incoming.remote_address_validated() {
        count(&shard.counters().quic_retries);
        // Fails only for clients that proved their address.
        return drop(incoming.retry());
    }
    let address = incoming.remote_address();
    let Some(member) = shard.join(address) else { return incoming.refuse() };
    count(&shard.counters().connections_quic);
    drop(spawn_local(connect(port.clone(), member, incoming, address)));
}

async fn connect<S: Service>(
    port: Port<S>,
    member: Member,
    incoming: Incoming,
    address: SocketAddr,
) {
    let shard = port.shard.clone();
    let shaking = shard.handshake();
    let begin = async {
        let quic = incoming.await.map_err(|error| {
            tracing::debug!(%error, "QUIC handshake");
            Ended
        })?;
        if speaks_frames(&quic) {
            return Frames::begin(quic).map(Spoken::Frames);
        }
        let h3 = H3::begin(quic, shard.clone()).await?;
        Ok::<_, Ended>(Spoken::H3(Box::new(h3)))
    };
    // In a box, since what a connection needs to begin would be with it until it ends.
    let spoken = within(shard.limits().handshake_time, Box::pin(begin)).await;
    drop(shaking);
    let Some(Ok(spoken)) = spoken else { return count(&shard.counters().handshakes_failed) };
    count(&shard.counters().handshakes);
    let link = |transport| port.link(member, Rc::new(Watch::new()), (transport, true), address);
    match spoken {
        Spoken::H3(session) => {
            let serve = async |mut stream, link: &_| serve(&mut stream, link).await;
            converse(*session, &link(Transport::H3), serve).await;
        }
        Spoken::Frames(session) => {
            converse(session, &link(Transport::Frames), frames::serve).await;
        }
    }
}

/// A connection by what was agreed upon.
enum Spoken {
    H3(Box<H3>),
    Frames(Frames),
}

fn speaks_frames(quic: &quinn::Connection) -> bool {
    let data = quic.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
    data.and_then(|data| data.protocol).is_some_and(|protocol| protocol == frames::ALPN)
}

/// Runs the streams of a connection, all in this task, until it ends or must.
async fn converse<S: Service, C: Session>(
    session: C,
    link: &Link<S>,
    serve: impl AsyncFn(C::Stream, &Link<S>) -> Result<(), Ended>,
) {
    let (tally, most) = (&Tally::default(), link.limits().streams as usize);
    let begin = |stream| serve(stream, link).map(|result| tally.count(&result));
    let mut streams = Streams { session, requests: FuturesUnordered::new(), open: true };
    let (mut alarm, mut seen) = (Alarm::new(), Stage::Serving);
    let mut past = pin!(link.member.past(seen));
    loop {
        let turn = poll_fn(|cx| {
            if !streams.run(cx, most, &begin) || tally.abusive() {
                return Poll::Ready(Turn::Over);
            }
            if seen < Stage::Closing
                && let Poll::Ready(stage) = past.as_mut().poll(cx)
            {
                return Poll::Ready(Turn::Stage(stage));
            }
            alarm.poll(cx, &link.watch, link.limits()).map(Turn::Expired)
        });
        match turn.await {
            Turn::Over => return,
            Turn::Expired(expiry) => return note(link.counters(), expiry),
            Turn::Stage(stage) => {
                seen = stage;
                past.set(link.member.past(seen));
                streams.open &= stage != Stage::Closing;
                let go_away = streams.session.go_away(most);
                within(link.limits().stall_time, go_away).await;
            }
        }
    }
}

/// The streams of a connection.
struct Streams<C, F> {
    session: C,
    requests: FuturesUnordered<F>,
    /// More may come.
    open: bool,
}

impl<C: Session, F: Future<Output = ()>> Streams<C, F> {
    /// Begins whatever has come and continues whatever can go on, so that a wake of the task looks
    /// at the rest once. Quinn bounds what has come while nothing else runs. False when there is
    /// nothing left.
    fn run(&mut self, cx: &mut Context<'_>, most: usize, begin: impl Fn(C::Stream) -> F) -> bool {
        loop {
            while let Poll::Ready(Some(())) = self.requests.poll_next_unpin(cx) {}
            if !self.open || self.requests.len() >= most {
                return self.open || !self.requests.is_empty();
            }
            match self.session.poll_accept(cx) {
                Poll::Ready(Some(stream)) => self.requests.push(begin(stream)),
                Poll::Ready(None) => self.open = false,
                Poll::Pending => return true,
            }
        }
    }
}

/// Why a connection's task stops to run its requests.
enum Turn {
    /// There are no more, or too many were given up.
    Over,
    Stage(Stage),
    Expired(Expiry),
}

/// Requests that a client let finish and that it gave up. Opening and resetting streams costs a
/// client little, and the number of streams at once does not bound it.
#[derive(Default)]
struct Tally {
    finished: Cell<u32>,
    abandoned: Cell<u32>,
}

impl Tally {
    fn abusive(&self) -> bool {
        let most = self.finished.get().saturating_add(limits::H3_ABANDONED_MAX);
        self.abandoned.get() > most
    }

    fn count(&self, result: &Result<(), Ended>) {
        let count = if result.is_ok() { &self.finished } else { &self.abandoned };
        count.set(count.get().saturating_add(1));
    }
}

async fn serve<S: Service>(stream: &mut impl Stream, link: &Link<S>) -> Result<(), Ended> {
    let turn = link.begin();
    let head = within(link.limits().head_time, stream.head()).await.ok_or(Ended)??;
    let mut gone = stream.gone();
    let answer = answer(stream, link, head);
    let response = tokio::select! {
        biased;
        response = answer => response?,
        () = &mut gone => return Err(Ended),
    };
    let respond = stream.respond(link.complete(response));
    match within(link.limits().stall_time, respond).await {
        Some(sent) => sent?,
        None => {
            count(&link.counters().stalled);
            return Err(Ended);
        }
    }
    turn.finish();
    if link.draining() {
        // Closing the connection would throw away what the client has not acknowledged.
        within(link.limits().stall_time, gone).await;
    }
    Ok(())
}

async fn answer<S: Service>(
    stream: &mut impl Stream,
    link: &Link<S>,
    head: Request<()>,
) -> Result<Response<Bytes>, Ended> {
    let (head, ()) = head.into_parts();
    match receive(stream, link, &head).await? {
        Ok(body) => Ok(link.answer(Request::from_parts(head, body)).await),
        Err(refusal) => {
            stream.enough();
            Ok(link.refuse(Some(&head), refusal))
        }
    }
}

async fn receive<S: Service>(
    stream: &mut impl Stream,
    link: &Link<S>,
    head: &Parts,
) -> Result<Result<Bytes, Refusal>, Ended> {
    if link.draining() {
        return Ok(Err(Refusal::ShuttingDown));
    }
    let limits = link.limits();
    let collect = async {
        // The bytes are claimed where they come in, so not once more here.
        let mut assembly = Assembly::new(link.body_bytes(head), None);
        while let Some(piece) = stream.data().await? {
            if let Err(refusal) = assembly.push(piece) {
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(assembly.finish()))
    };
    within(limits.body_time, collect).await.unwrap_or(Ok(Err(Refusal::Timeout)))
}
