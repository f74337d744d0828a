//! Connections, and requests over them.

mod frames;
mod http1;
mod http2;
mod http3;
mod tls;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use typex_client::Signer;

pub(crate) use tls::Trust;

use super::limits::ANSWER_BYTES_MAX;
use super::operation::{Answer, Exchange, Fault};
use super::scenario::{Carrier, Link};

/// Where a link leads, and how.
pub(crate) struct Route {
    pub(crate) address: SocketAddr,
    /// By which the server's certificate knows it; the `host` of requests.
    pub(crate) name: String,
    pub(crate) carrier: Carrier,
    pub(crate) tls: bool,
    pub(crate) trust: Trust,
    pub(crate) patience: Duration,
}

impl Route {
    fn scheme(&self) -> &'static str {
        if self.tls || self.carrier.is_quic() { "https" } else { "http" }
    }

    /// The authority of requests.
    fn authority(&self) -> String {
        format!("{}:{}", self.name, self.address.port())
    }
}

/// Room for one request at a time on a connection.
pub(crate) enum Slot {
    Http1(http1::Slot),
    Http2(http2::Slot),
    Http3(http3::Slot),
    Frames(frames::Slot),
    #[cfg(test)]
    Scripted(Scripted),
}

/// A server of tests: it answers after a millisecond, but not while it stalls.
#[cfg(test)]
pub(crate) struct Scripted {
    pub(crate) stall: (tokio::time::Instant, tokio::time::Instant),
}

#[cfg(test)]
impl Scripted {
    async fn exchange(&self) -> Result<Answer, Fault> {
        let now = tokio::time::Instant::now();
        if (self.stall.0..self.stall.1).contains(&now) {
            tokio::time::sleep_until(self.stall.1).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(Answer::Http { status: 200, body: Bytes::new() })
    }
}

impl Slot {
    /// Opens the connections of a link, and as many slots as it may have requests under way.
    pub(crate) async fn open(link: &Link, route: &Rc<Route>) -> Result<Vec<Self>, Fault> {
        let mut slots = Vec::with_capacity(link.slots());
        for _ in 0..link.connections {
            match link.carrier {
                Carrier::Http1 => slots.push(Self::Http1(http1::Slot::open(route).await?)),
                Carrier::Http2 => {
                    let shared = http2::Slot::open(route, link.streams).await?;
                    slots.extend(shared.into_iter().map(Self::Http2));
                }
                Carrier::Http3 => {
                    let shared = http3::Slot::open(route, link.streams).await?;
                    slots.extend(shared.into_iter().map(Self::Http3));
                }
                Carrier::Typex => {
                    let shared = frames::Slot::open(route, (link.streams, link.pipeline)).await?;
                    slots.extend(shared.into_iter().map(Self::Frames));
                }
            }
        }
        Ok(slots)
    }

    /// Sends a request and waits for its answer. After a fault of the connection there is another
    /// one for the next request.
    pub(crate) async fn exchange(&mut self, exchange: &Exchange) -> Result<Answer, Fault> {
        match self {
            Self::Http1(slot) => slot.exchange(exchange).await,
            Self::Http2(slot) => slot.exchange(exchange).await,
            Self::Http3(slot) => slot.exchange(exchange).await,
            Self::Frames(slot) => slot.exchange(exchange).await,
            #[cfg(test)]
            Self::Scripted(slot) => slot.exchange().await,
        }
    }
}

async fn within<T>(patience: Duration, future: impl Future<Output = T>) -> Result<T, Fault> {
    tokio::time::timeout(patience, future).await.map_err(|_| Fault::Timeout)
}

fn refused(error: impl std::fmt::Display) -> Fault {
    Fault::Connect(error.to_string())
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::Connection(error.to_string())
}

/// A copy of a prepared request in the form of HTTP/2 and /3: with scheme and authority.
fn absolute(
    request: &http::Request<Bytes>,
    (scheme, authority): (&http::uri::Scheme, &http::uri::Authority),
) -> Result<http::request::Parts, Fault> {
    let mut parts = copy(request);
    let mut uri = std::mem::take(&mut parts.uri).into_parts();
    uri.scheme = Some(scheme.clone());
    uri.authority = Some(authority.clone());
    parts.uri = uri.try_into().map_err(|_| Fault::Form("the path makes no address"))?;
    Ok(parts)
}

fn copy(request: &http::Request<Bytes>) -> http::request::Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = request.method().clone();
    parts.uri = request.uri().clone();
    parts.headers = request.headers().clone();
    parts
}

/// Signs a copy of a request, if anybody does, as it goes to this host.
fn sign(
    parts: &mut http::request::Parts,
    (request, signer): (&http::Request<Bytes>, Option<&Signer>),
    host: &str,
) -> Result<(), Fault> {
    let Some(signer) = signer else { return Ok(()) };
    let form = Fault::Form("it cannot be signed");
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.ok_or_else(|| form.clone())?;
    let place = (host, request.uri().path(), media_type);
    let signature = signer.sign(place, request.body(), SystemTime::now());
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| form.clone());
    parts.headers.insert("x-amz-date", value(signature.date)?);
    parts.headers.insert(AUTHORIZATION, value(signature.authorization)?);
    Ok(())
}

fn host(route: &Route) -> Result<HeaderValue, Fault> {
    HeaderValue::try_from(route.authority()).map_err(|_| Fault::Form("the name is no host"))
}

/// The whole body, of at most [`ANSWER_BYTES_MAX`].
async fn collect(response: http::Response<Incoming>) -> Result<Answer, Fault> {
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(broken)?.into_data() else { continue };
        if first.len() + rest.len() + data.len() > ANSWER_BYTES_MAX {
            return Err(Fault::Form("an answer that is too long"));
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if !rest.is_empty() {
        let mut whole = BytesMut::from(&first[..]);
        whole.unsplit(rest);
        first = whole.freeze();
    }
    Ok(Answer::Http { status, body: first })
}
