//! A frame that was sent, and what answers it.
// spec: stream 6

use bytes::Bytes;
use tokio::sync::oneshot;
use typex_wire::{Body, Bye, Closed, Opened, Outcome, Welcome};

use crate::ClientError;

/// A frame on its way.
pub(crate) struct Request {
    /// Its id.
    pub(crate) id: u64,
    /// The frame; over HTTP behind those that open its handles.
    pub(crate) bytes: Bytes,
    /// What is to come.
    pub(crate) wanted: Wanted,
    /// Who waits. It may have gone.
    pub(crate) waiter: oneshot::Sender<Answer>,
}

/// What a frame was answered.
pub(crate) enum Reply {
    Welcome(Welcome),
    Opened(Opened),
    Closed(Closed),
    Outcomes(Vec<Outcome>),
}

/// A reply, or why there is none.
pub(crate) type Answer = Result<Reply, ClientError>;

impl Request {
    pub(crate) fn answer(self, answer: Answer) {
        // Nobody may wait for it any more.
        let _ = self.waiter.send(answer);
    }
}

/// What is to come of a reply.
pub(crate) struct Wanted {
    /// Records of a batch; 0 of other frames.
    records: usize,
    outcomes: Vec<Outcome>,
}

impl Wanted {
    /// Answers to so many records, or to a frame without.
    pub(crate) fn new(records: usize) -> Self {
        Self { records, outcomes: Vec::with_capacity(records) }
    }

    /// Takes what answers the frame; `None` if more is to come.
    ///
    /// # Errors
    /// What ends the stream. That a batch was refused does not.
    pub(crate) fn take(&mut self, body: Body) -> Result<Option<Answer>, ClientError> {
        let reply = match body {
            Body::Bye(Bye { status, text }) => return Err(ClientError::Bye { status, text }),
            Body::Results(results) if self.records != 0 => {
                for outcome in results {
                    self.outcomes.push(outcome?);
                }
                return self.whole();
            }
            Body::Overload(overload) if self.records != 0 && self.outcomes.is_empty() => {
                let (status, wait_ms) = (overload.status, overload.wait_ms);
                return Ok(Some(Err(ClientError::Overload { status, wait_ms })));
            }
            Body::Welcome(welcome) => Reply::Welcome(welcome),
            Body::Opened(opened) => Reply::Opened(opened),
            Body::Closed(closed) => Reply::Closed(closed),
            _ => return Err(ClientError::Unexpected),
        };
        if self.records == 0 { Ok(Some(Ok(reply))) } else { Err(ClientError::Unexpected) }
    }

    fn whole(&mut self) -> Result<Option<Answer>, ClientError> {
        match self.outcomes.len().cmp(&self.records) {
            std::cmp::Ordering::Less => Ok(None),
            std::cmp::Ordering::Equal => {
                Ok(Some(Ok(Reply::Outcomes(std::mem::take(&mut self.outcomes)))))
            }
            std::cmp::Ordering::Greater => Err(ClientError::Unexpected),
        }
    }
}
