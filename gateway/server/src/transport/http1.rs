//! HTTP/1 on one connection.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
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
use super::watch::Expiry;

/// Serves HTTP/1 until the connection ends. Pipelined requests are answered in order. A connection
/// that is quiet has no parser and no buffers until its client says more.
pub(super) async fn serve<S, T>(link: Link<S>, io: T)
where
    S: Service,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let link = Rc::new(link);
    let mut io = Watched::new(io, link.watch.clone());
    let service = service_fn(|request| {
        let link = link.clone();
        // In a box, since hyper keeps room for a request's future as long as the connection lives.
        Box::pin(async move { Ok::<_, Infallible>(link.exchange(request).await) })
    });
    loop {
        link.watch.let_rest(true);
        let connection = builder(&link).serve_connection(TokioIo::new(io), &service);
        let mut connection = Box::pin(connection);
        if supervise(&link, connection.as_mut()).await != Some(Expiry::Rest) {
            return;
        }
        let parts = Pin::into_inner(connection).into_parts();
        io = parts.io.into_inner();
        io.read_again(parts.read_buf);
        link.watch.let_rest(false);
        let mut resting = Resting { io: &mut io, heard: false, closing: false };
        if supervise(&link, Pin::new(&mut resting)).await.is_some() || !resting.heard {
            return;
        }
    }
}

/// A connection whose client is silent.
struct Resting<'a, T> {
    io: &'a mut Watched<T>,
    heard: bool,
    closing: bool,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Conversation for Resting<'_, T> {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let heard = self.io.poll_more(cx);
        if let Poll::Ready(heard) = heard {
            self.heard = heard;
            // As hyper does, when the client says no more.
            self.closing = !heard;
        }
        if self.closing {
            return Pin::new(&mut *self.io).poll_shutdown(cx).map(drop);
        }
        heard.map(drop)
    }

    fn advance(mut self: Pin<&mut Self>, stage: Stage) {
        self.closing = stage == Stage::Closing;
    }
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
