//! One connection as its requests see it: receive the body, ask the service, or refuse.

use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use http::header::{ALT_SVC, CONNECTION};
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Incoming};

use super::assembly::Assembly;
use super::deadline::within;
use super::limits::{BODY_BYTES_LARGEST, Limits};
use super::observer::{Counters, count, count_bytes};
use super::shard::{Member, Shard};
use super::watch::{Busy, Watch};
use super::{Exchange, Peer, Refusal, Role, Service, Transport};

/// A connection and the service of its core.
pub(super) struct Link<S> {
    pub(super) service: S,
    pub(super) peer: Peer,
    pub(super) watch: Rc<Watch>,
    pub(super) member: Member,
    /// Value of the Alt-Svc field, for connections that learn of HTTP/3 by it.
    pub(super) alt_svc: Option<HeaderValue>,
}

/// What a listener gives to each of its connections.
#[derive(Clone)]
pub(super) struct Port<S> {
    pub(super) shard: Rc<Shard>,
    pub(super) service: S,
    pub(super) role: Role,
    pub(super) plaintext: bool,
    pub(super) alt_svc: Option<HeaderValue>,
}

impl<S: Service> Port<S> {
    pub(super) fn link(
        &self,
        member: Member,
        watch: Rc<Watch>,
        (transport, secure): (Transport, bool),
        address: SocketAddr,
    ) -> Link<S> {
        let peer = Peer::new(address, self.role, transport, secure);
        let advertise = secure && transport != Transport::H3;
        let alt_svc = self.alt_svc.clone().filter(|_| advertise);
        Link { service: self.service.clone(), peer, watch, member, alt_svc }
    }
}

impl<S: Service> Link<S> {
    pub(super) fn limits(&self) -> &Limits {
        self.member.shard().limits()
    }

    pub(super) fn counters(&self) -> &Counters {
        self.member.shard().counters()
    }

    pub(super) fn draining(&self) -> bool {
        !self.member.shard().admits()
    }

    /// Notes that a request began.
    pub(super) fn begin(&self) -> Turn<'_> {
        count(self.counters().requests(self.peer.transport));
        Turn { counters: self.counters(), finished: false, _busy: self.watch.begin() }
    }

    /// A request over HTTP/1 or HTTP/2, from its head to its response.
    pub(super) async fn exchange(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let turn = self.begin();
        let (head, body) = request.into_parts();
        let response = match self.receive(&head, body).await {
            Ok(body) => self.answer(Request::from_parts(head, body)).await,
            Err(refusal) => {
                self.watch.leave_unread();
                self.refuse(Some(&head), refusal)
            }
        };
        turn.finish();
        self.complete(response).map(Full::new)
    }

    /// Whatever the service says to a whole request.
    pub(super) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        count_bytes(&self.counters().bytes_in, request.body().len());
        let call = self.service.call(Exchange { peer: self.peer, request });
        let response = within(self.limits().request_time, call).await;
        response.unwrap_or_else(|| self.refuse(None, Refusal::Timeout))
    }

    /// The service's words for a refusal.
    pub(super) fn refuse(&self, head: Option<&Parts>, refusal: Refusal) -> Response<Bytes> {
        count(self.counters().refusals(refusal));
        let mut response = self.service.refuse(&self.peer, head, refusal);
        if self.peer.transport == Transport::H1 {
            response.headers_mut().insert(CONNECTION, CLOSE);
        }
        response
    }

    /// Adds to `response` what is the transport's to say.
    pub(super) fn complete(&self, mut response: Response<Bytes>) -> Response<Bytes> {
        count_bytes(&self.counters().bytes_out, response.body().len());
        if let Some(alt_svc) = &self.alt_svc {
            response.headers_mut().insert(ALT_SVC, alt_svc.clone());
        }
        if self.peer.transport == Transport::H1 && self.draining() {
            response.headers_mut().insert(CONNECTION, CLOSE);
        }
        response
    }

    /// Bounds the time in which a body may arrive.
    pub(super) async fn timely<T>(
        &self,
        body: impl Future<Output = Result<T, Refusal>>,
    ) -> Result<T, Refusal> {
        within(self.limits().body_time, body).await.unwrap_or(Err(Refusal::Timeout))
    }

    async fn receive(&self, head: &Parts, body: Incoming) -> Result<Bytes, Refusal> {
        if self.draining() {
            return Err(Refusal::ShuttingDown);
        }
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let bytes_max = self.body_bytes(head);
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(Refusal::BodyTooLarge);
        }
        self.timely(self.collect(body, bytes_max)).await
    }

    /// How long the body of this request may be.
    pub(super) fn body_bytes(&self, head: &Parts) -> usize {
        let own = self.service.body_bytes(&self.peer, head).unwrap_or(0);
        self.limits().body_bytes.max(own.min(BODY_BYTES_LARGEST))
    }

    async fn collect(&self, mut body: Incoming, bytes_max: usize) -> Result<Bytes, Refusal> {
        let Some(first) = piece(&mut body).await? else { return Ok(Bytes::new()) };
        if body.is_end_stream() && first.len() <= bytes_max {
            return Ok(first);
        }
        let claim = self.member.shard().claim();
        let mut assembly = Assembly::new(bytes_max, Some(claim));
        assembly.push(first)?;
        while let Some(next) = piece(&mut body).await? {
            assembly.push(next)?;
        }
        Ok(assembly.finish())
    }
}

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The next data of a body; trailers are of no interest.
async fn piece(body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
    use http_body_util::BodyExt;

    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Malformed)?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// A request in progress; counts as cancelled if it is dropped before [`finish`](Self::finish).
pub(super) struct Turn<'a> {
    counters: &'a Counters,
    finished: bool,
    _busy: Busy<'a>,
}

impl Turn<'_> {
    pub(super) fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.finished {
            count(&self.counters.cancelled);
        }
    }
}
