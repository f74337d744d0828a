//! A TCP connection whose first bytes were looked at, and which notes when it is slow.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::limits;
use super::opening::Opened;
use super::watch::Watch;

/// The bytes that were read to tell protocols apart, then the rest; notes when writing stalls.
pub(super) struct Socket {
    tcp: TcpStream,
    opened: Opened,
    watch: Rc<Watch>,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream, opened: Opened, watch: Rc<Watch>) -> Self {
        Self { tcp, opened, watch }
    }

    fn wrote<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.watch.writable(result.is_ready());
        result
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.opened.replay(buffer) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.tcp).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.tcp).poll_write_vectored(cx, pieces);
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// The bytes of HTTP, after TLS if there is any. Notes when some come, and reads what a client
/// still sends after it was refused: closing at once would reset the connection, and the client
/// could lose the answer.
pub(super) struct Watched<T> {
    inner: T,
    watch: Rc<Watch>,
    /// What was read and not understood yet, to be read again.
    again: Bytes,
    ended: bool,
    discarded: usize,
}

impl<T> Watched<T> {
    pub(super) fn new(inner: T, watch: Rc<Watch>) -> Self {
        Self { inner, watch, again: Bytes::new(), ended: false, discarded: 0 }
    }

    /// Has `bytes`, which were read last, read again.
    pub(super) fn read_again(&mut self, bytes: Bytes) {
        self.again = bytes;
    }
}

impl<T: AsyncRead + Unpin> Watched<T> {
    /// Waits for more bytes, few of which are read, to be read again. False if no more will come.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut bytes = [0; 256];
        let mut buffer = ReadBuf::new(&mut bytes);
        let known = std::mem::take(&mut self.again);
        let read = Pin::new(&mut *self).poll_read(cx, &mut buffer);
        let more = !buffer.filled().is_empty();
        self.again = match (known.is_empty(), more) {
            (_, false) => known,
            (true, true) => Bytes::copy_from_slice(buffer.filled()),
            (false, true) => [&known, buffer.filled()].concat().into(),
        };
        // Whatever failed fails once more where it is dealt with.
        read.map(|read| read.is_ok() && more)
    }

    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [0; 4096];
        while !self.ended && self.discarded < limits::DISCARD_BYTES {
            let mut buffer = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buffer))?;
            self.ended = buffer.filled().is_empty();
            self.discarded += buffer.filled().len();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.again.is_empty() {
            let count = self.again.len().min(buffer.remaining());
            buffer.put_slice(&self.again.split_to(count));
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.watch.received();
        } else {
            self.ended = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_shutdown(cx))?;
        if !self.watch.unread() {
            return Poll::Ready(Ok(()));
        }
        self.watch.discard();
        self.poll_discard(cx)
    }
}
