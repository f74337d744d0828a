//! What the server needs of HTTP/3, and the `h3` crate behind it.
//!
//! The crate calls itself experimental; nothing outside this file and `quic` names it.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use h3::server::{self, RequestResolver};
use http::{Request, Response};

use super::quic::{self, Gone, LastGone};
use crate::transport::shard::Shard;

/// The streams of one connection.
pub(in crate::transport) trait Session {
    /// The requests on it.
    type Stream;

    /// The next request; None when there are no more.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Stream>>;

    /// Tells the client to go elsewhere, after at most `more` requests.
    async fn go_away(&mut self, more: usize);
}

/// One request and its answer.
pub(super) trait Stream {
    /// The head. Called first, once.
    async fn head(&mut self) -> Result<Request<()>, Ended>;

    /// The next piece of the body; None at its end.
    async fn data(&mut self) -> Result<Option<Bytes>, Ended>;

    /// Sends the answer.
    async fn respond(&mut self, response: Response<Bytes>) -> Result<(), Ended>;

    /// Asks the client to send no more, as the answer does not depend on it.
    fn enough(&mut self);

    /// What completes when the client has given the request up or has all of the answer. Can be
    /// had once.
    fn gone(&mut self) -> Gone;
}

/// The stream or the connection has ended, or the client broke the rules and was told so.
#[derive(Debug)]
pub(in crate::transport) struct Ended;

/// [`Session`] by the `h3` crate.
pub(super) struct H3 {
    connection: server::Connection<quic::Connection, Bytes>,
    last_gone: LastGone,
}

impl H3 {
    /// Begins HTTP/3 on `quic`.
    pub(super) async fn begin(quic: quinn::Connection, shard: Rc<Shard>) -> Result<Self, Ended> {
        let head_bytes = shard.limits().head_bytes as u64;
        let quic = quic::Connection::new(quic, shard);
        let last_gone = quic.last_gone();
        let connection = server::builder()
            .max_field_section_size(head_bytes)
            .send_grease(false)
            .build(quic)
            .await
            .map_err(|error| ended(&error))?;
        Ok(Self { connection, last_gone })
    }
}

impl Session for H3 {
    type Stream = H3Stream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Option<H3Stream>> {
        // What waits is in the connection, so a new future for each poll does.
        let accepted = ready!(pin!(self.connection.accept()).poll(cx));
        let accepted = accepted.map_err(|error| ended(&error)).ok().flatten();
        Poll::Ready(accepted.map(|resolver| {
            let gone = self.last_gone.borrow_mut().take();
            H3Stream { state: State::Begun(resolver), gone }
        }))
    }

    async fn go_away(&mut self, more: usize) {
        let _ = self.connection.shutdown(more).await.map_err(|error| ended(&error));
    }
}

/// [`Stream`] by the `h3` crate.
pub(super) struct H3Stream {
    state: State,
    gone: Option<Gone>,
}

enum State {
    Begun(RequestResolver<quic::Connection, Bytes>),
    Open(server::RequestStream<quic::RequestStream, Bytes>),
    Ended,
}

impl H3Stream {
    fn open(&mut self) -> Result<&mut server::RequestStream<quic::RequestStream, Bytes>, Ended> {
        match &mut self.state {
            State::Open(stream) => Ok(stream),
            State::Begun(_) | State::Ended => Err(Ended),
        }
    }
}

impl Stream for H3Stream {
    async fn head(&mut self) -> Result<Request<()>, Ended> {
        let State::Begun(resolver) = std::mem::replace(&mut self.state, State::Ended) else {
            return Err(Ended);
        };
        let (head, stream) = resolver.resolve_request().await.map_err(|error| ended(&error))?;
        self.state = State::Open(stream);
        Ok(head)
    }

    async fn data(&mut self) -> Result<Option<Bytes>, Ended> {
        let data = self.open()?.recv_data().await.map_err(|error| ended(&error))?;
        // The pieces are `Bytes` below the interface, so this does not copy.
        Ok(data.map(|mut data| data.copy_to_bytes(data.remaining())))
    }

    async fn respond(&mut self, response: Response<Bytes>) -> Result<(), Ended> {
        let stream = self.open()?;
        let (head, body) = response.into_parts();
        let send = async {
            stream.send_response(Response::from_parts(head, ())).await?;
            if !body.is_empty() {
                stream.send_data(body).await?;
            }
            stream.finish().await
        };
        send.await.map_err(|error| ended(&error))
    }

    fn enough(&mut self) {
        if let State::Open(stream) = &mut self.state {
            stream.stop_sending(h3::error::Code::H3_NO_ERROR);
        }
    }

    fn gone(&mut self) -> Gone {
        self.gone.take().unwrap_or_else(|| Box::pin(std::future::pending()))
    }
}

fn ended(error: &dyn std::error::Error) -> Ended {
    tracing::debug!(%error, "HTTP/3");
    Ended
}
