//! The answer to come of a request to the store.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

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

    /// Blocks until the answer is there. Not for a thread that runs an async runtime.
    ///
    /// # Errors
    /// As the request's.
    ///
    /// # Panics
    /// On a thread that runs tasks of an async runtime.
    pub fn wait(self) -> Result<T, Error> {
        match self.0 {
            State::Refused(kind) => Err(kind.into()),
            State::Waiting(receiver) => {
                receiver.blocking_recv().unwrap_or_else(|_| Err(ErrorKind::ShuttingDown.into()))
            }
        }
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
