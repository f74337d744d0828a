//! A result on its way.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use typex_core::error::{Error, ErrorKind};

use crate::handoff::Tag;
use crate::job::Done;
use crate::shard::Inner;

/// The result of a job, delivered exactly once. Dropping it before cancels the job: it is not
/// computed if it has not begun, and its result goes nowhere.
#[must_use = "a dropped Pending cancels its job"]
pub struct Pending(State);

enum State {
    Ready(Result<Done, ErrorKind>),
    Waiting { shard: Rc<Inner>, tag: Tag },
    Taken,
}

impl Pending {
    pub(crate) fn ready(result: Result<Done, ErrorKind>) -> Self {
        Self(State::Ready(result))
    }

    pub(crate) fn waiting(shard: Rc<Inner>, tag: Tag) -> Self {
        Self(State::Waiting { shard, tag })
    }
}

impl Future for Pending {
    type Output = Result<Done, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = match std::mem::replace(&mut self.0, State::Taken) {
            State::Ready(result) => result,
            State::Waiting { shard, tag } => match shard.take(tag, context.waker()) {
                Some(result) => result,
                None => {
                    self.0 = State::Waiting { shard, tag };
                    return Poll::Pending;
                }
            },
            State::Taken => Err(ErrorKind::Internal),
        };
        Poll::Ready(result.map_err(Error::from))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let State::Waiting { shard, tag } = &self.0 {
            shard.cancel(*tag);
        }
    }
}
