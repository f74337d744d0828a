//! HTTP/1 on one connection.

use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1::{Builder, Connection};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Service;
use super::link::Link;
use super::shard::Stage;
use super::socket::Watched;
use super::supervise::{Conversation, supervise};

/// Serves HTTP/1 until the connection ends. Pipelined requests are answered in order.
pub(super) async fn serve<S, T>(link: Link<S>, io: T)
where
    S: Service,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let link = Rc::new(link);
    let io = TokioIo::new(Watched::new(io, link.watch.clone()));
    let service = service_fn(|request| {
        let link = link.clone();
        async move { Ok::<_, Infallible>(link.exchange(request).await) }
    });
    let connection = builder(&link).serve_connection(io, service);
    supervise(&link, pin!(connection)).await;
}

fn builder<S: Service>(link: &Link<S>) -> Builder {
    let mut builder = Builder::new();
    // Heads are timed by the watch of the connection, without a timer for each request.
    builder.header_read_timeout(None).max_buf_size(link.limits().head_bytes);
    builder
}

impl<T, S> Conversation for Connection<T, S>
where
    T: Read + Write + Unpin,
    S: HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Future::poll(self, cx).map(|result| {
            if let Err(error) = result {
                tracing::debug!(%error, "HTTP/1 connection");
            }
        })
    }

    fn advance(self: Pin<&mut Self>, stage: Stage) {
        // Before that, a request that was under way is answered, if only by a refusal.
        if stage == Stage::Closing {
            self.graceful_shutdown();
        }
    }
}
