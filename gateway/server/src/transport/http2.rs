//! HTTP/2 on one connection, its streams in the same task.

use std::cell::RefCell;
use std::convert::Infallible;
use std::error::Error;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::rt::{Executor, Read, Write};
use hyper::server::conn::http2::{Builder, Connection};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::link::Link;
use super::shard::Stage;
use super::supervise::{Conversation, supervise};
use super::{Service, limits};

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Serves HTTP/2 until the connection ends.
pub(super) async fn serve<S, T>(link: Link<S>, io: T)
where
    S: Service,
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let link = Rc::new(link);
    let served = link.clone();
    let service = service_fn(move |request| {
        let link = served.clone();
        async move { Ok::<_, Infallible>(link.exchange(request).await) }
    });
    let begun = Begun::default();
    let connection = builder(&link, begun.clone()).serve_connection(TokioIo::new(io), service);
    let connection =
        Streams { connection: Box::pin(connection), begun, running: Default::default() };
    supervise(&link, pin!(connection)).await;
}

fn builder<S: Service>(link: &Link<S>, begun: Begun) -> Builder<Begun> {
    let mut builder = Builder::new(begun);
    builder
        .max_concurrent_streams(link.limits().streams)
        .max_header_list_size(u32::try_from(link.limits().head_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(limits::H2_PENDING_RESETS)
        .max_local_error_reset_streams(limits::H2_ERROR_RESETS)
        .initial_stream_window_size(limits::H2_STREAM_WINDOW)
        .initial_connection_window_size(limits::H2_WINDOW)
        .max_send_buf_size(limits::H2_SEND_BYTES);
    builder
}

/// Where hyper puts the task of each stream. There are at most as many as streams.
#[derive(Clone, Default)]
struct Begun(Rc<RefCell<Vec<Task>>>);

impl<F: Future<Output = ()> + 'static> Executor<F> for Begun {
    fn execute(&self, future: F) {
        self.0.borrow_mut().push(Box::pin(future));
    }
}

/// A connection and the tasks of its streams.
struct Streams<C> {
    connection: Pin<Box<C>>,
    begun: Begun,
    running: FuturesUnordered<Task>,
}

impl<C> Streams<C> {
    /// Runs the streams as far as they get. What they write wakes the connection.
    fn run(&mut self, cx: &mut Context<'_>) {
        self.running.extend(self.begun.0.borrow_mut().drain(..));
        while let Poll::Ready(Some(())) = Pin::new(&mut self.running).poll_next(cx) {}
    }
}

impl<T, S> Conversation for Streams<Connection<T, S, Begun>>
where
    T: Read + Write + Unpin,
    S: HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    Begun: Http2ServerConnExec<S::Future, Full<Bytes>>,
{
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Poll::Ready(result) = self.connection.as_mut().poll(cx) {
            if let Err(error) = result {
                tracing::debug!(%error, "HTTP/2 connection");
            }
            return Poll::Ready(());
        }
        self.run(cx);
        Poll::Pending
    }

    fn advance(mut self: Pin<&mut Self>, _: Stage) {
        // Sends GOAWAY. Streams that the client opened before it saw that are still answered.
        self.connection.as_mut().graceful_shutdown();
    }
}
