//! The answer to come of a request to the store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::sync::oneshot;
use typex_core::{Error, ErrorKind};

/// Ready once the store has answered: for a write, once it is durable. Needs no particular
/// runtime. Dropping it does not take the request back.
#[must_use = "the answer says whether it is durable"]
pub struct Reply<T>(State<T>);

enum State<T> {
    Refused(ErrorKind),
    Waiting(oneshot::Receiver<Result<T, Error>>),
}

impl<T> Reply<T> {
    pub(crate) fn refused(kind: ErrorKind) -> Self {
        Self(State::Refused(kind))
    }

    pub(crate) fn waiting(receiver: oneshot::Receiver<Result<T, Error>>) -> Self {
        Self(State::Waiting(receiver))
    }

    /// Blocks the thread until the answer is there. Not for a thread that serves others.
    ///
    /// # Errors
    /// As the request's.
    pub fn wait(mut self) -> Result<T, Error> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            match Pin::new(&mut self).poll(&mut context) {
                Poll::Ready(answer) => return answer,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Refused(kind) => Poll::Ready(Err((*kind).into())),
            State::Waiting(receiver) => Pin::new(receiver)
                .poll(context)
                .map(|answer| answer.unwrap_or_else(|_| Err(ErrorKind::ShuttingDown.into()))),
        }
    }
}
