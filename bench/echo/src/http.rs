//! HTTP/1.1 and HTTP/2 by hyper.

use std::convert::Infallible;
use std::net;
use std::rc::Rc;
use std::sync::Arc;

use ::http::{Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio_rustls::TlsAcceptor;

use crate::Failure;
use crate::answer::Body;

/// Accepts for ever. What ends a connection ends only that.
pub(crate) async fn serve(
    listener: net::TcpListener,
    tls: Option<Arc<ServerConfig>>,
    body: Rc<Body>,
) -> Result<(), Failure> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        spawn_local(converse(tcp, tls.clone(), body.clone()));
    }
}

async fn converse(tcp: TcpStream, tls: Option<Arc<ServerConfig>>, body: Rc<Body>) {
    let Some(tls) = tls else { return speak(tcp, false, body).await };
    let Ok(stream) = TlsAcceptor::from(tls).accept(tcp).await else { return };
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    speak(stream, is_h2, body).await;
}

async fn speak(io: impl AsyncRead + AsyncWrite + Unpin + 'static, is_h2: bool, body: Rc<Body>) {
    let service = service_fn(move |request| echo(request, body.clone()));
    let io = TokioIo::new(io);
    // Clients that go away are no failure.
    let _ = if is_h2 {
        http2::Builder::new(Local).serve_connection(io, service).await
    } else {
        http1::Builder::new().header_read_timeout(None).serve_connection(io, service).await
    };
}

async fn echo(
    request: Request<Incoming>,
    body: Rc<Body>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let sent = request.into_body().collect().await;
    let sent = sent.map(|sent| sent.to_bytes()).unwrap_or_default();
    Ok(Body::response(Full::new(body.answer(sent))))
}

/// Streams of HTTP/2 as tasks of this thread.
#[derive(Clone)]
struct Local;

impl<F: Future<Output = ()> + 'static> Executor<F> for Local {
    fn execute(&self, future: F) {
        spawn_local(future);
    }
}
