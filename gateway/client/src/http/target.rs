//! Where requests go, and what their answers are.
// spec: stream 1

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use typex_wire::{FRAME_BYTES_MAX, Status, TEXT_BYTES_MAX};

use super::Signer;
use crate::{ClientError, Options, tls};

/// Where the gateway takes frames, and what they are called.
const PATH: &str = "/typex/1";
const MEDIA_TYPE: &str = "application/vnd.typex.batch";

/// When to ask a gateway again that does not say when, in milliseconds.
const WAIT_MS: u32 = 50;

/// A gateway as HTTP reaches it.
pub(crate) struct Target {
    address: SocketAddr,
    name: ServerName<'static>,
    host: String,
    tls: TlsConnector,
}

impl Target {
    /// Nothing is connected yet.
    pub(crate) fn new(options: &Options, protocol: &[u8]) -> Result<Self, ClientError> {
        let tls = TlsConnector::from(Arc::new(tls::config(options, protocol)?));
        let name = ServerName::try_from(options.name.clone());
        let wrong = |_| quinn::ConnectError::InvalidServerName(options.name.clone());
        let host = format!("{}:{}", options.name, options.address.port());
        Ok(Self { address: options.address, name: name.map_err(wrong)?, host, tls })
    }

    pub(crate) async fn connect(&self) -> Result<TokioIo<TlsStream<TcpStream>>, ClientError> {
        let tcp = TcpStream::connect(self.address).await?;
        // A request is written as one; waiting for more would only delay it.
        tcp.set_nodelay(true)?;
        Ok(TokioIo::new(self.tls.connect(self.name.clone(), tcp).await?))
    }

    pub(crate) fn request(
        &self,
        version: Version,
        body: Bytes,
        signer: Option<&Signer>,
    ) -> Result<Request<Full<Bytes>>, ClientError> {
        let request = Request::builder().method(Method::POST).version(version);
        let request = if version == Version::HTTP_2 {
            request.uri(format!("https://{}{PATH}", self.host))
        } else {
            request.uri(PATH).header(HOST, &self.host)
        };
        let request = match signer {
            None => request,
            Some(signer) => {
                let signed = (self.host.as_str(), PATH, MEDIA_TYPE);
                let signature = signer.sign(signed, &body, SystemTime::now());
                let request = request.header("x-amz-date", signature.date);
                request.header(AUTHORIZATION, signature.authorization)
            }
        };
        let request = request.header(CONTENT_TYPE, MEDIA_TYPE).body(Full::new(body));
        // The name was one that certificates have.
        request.map_err(|_| quinn::ConnectError::InvalidServerName(self.host.clone()).into())
    }
}

/// The frames of an answer.
pub(crate) async fn frames(response: Response<Incoming>) -> Result<Bytes, ClientError> {
    let (parts, body) = response.into_parts();
    let body = Limited::new(body, FRAME_BYTES_MAX as usize).collect().await;
    let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
        Ok(error) => ClientError::from(*error),
        Err(_) => typex_wire::WireError::FrameTooLong(FRAME_BYTES_MAX).into(),
    });
    let body = body?.to_bytes();
    let is_frames = parts.headers.get(CONTENT_TYPE).is_some_and(|value| value == MEDIA_TYPE);
    if parts.status == StatusCode::OK && is_frames {
        return Ok(body);
    }
    if let Some(wait_ms) = wait_ms(parts.status, &parts.headers) {
        return Err(ClientError::Overload { status: Status::Busy, wait_ms });
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(TEXT_BYTES_MAX)]).into_owned();
    Err(ClientError::Answer { code: parts.status.as_u16(), text })
}

/// When to ask again, if the request was refused for want of room.
fn wait_ms(status: StatusCode, headers: &HeaderMap) -> Option<u32> {
    if status != StatusCode::SERVICE_UNAVAILABLE {
        return None;
    }
    let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Some(after.map_or(WAIT_MS, |seconds: u32| seconds.saturating_mul(1000)))
}
