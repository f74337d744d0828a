//! A frame that was sent, and what answers it.
// spec: stream 6

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;
use typex_wire::{Body, Bye, Closed, Opened, Outcome, Welcome};

use crate::ClientError;
use crate::http::Signer;

/// A frame on its way.
pub(crate) struct Request {
    /// Its id.
    pub(crate) id: u64,
    /// The frame; over HTTP behind those that open its handles.
    pub(crate) bytes: Bytes,
    /// Who signs it, over HTTP.
    pub(crate) signer: Option<Arc<Signer>>,
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

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use typex_wire::{Answer as Written, Frame, Limits, Overload, ResultsWriter, Status};

    use super::*;

    fn body(write: impl FnOnce(&mut BytesMut)) -> Body {
        let mut stream = BytesMut::new();
        write(&mut stream);
        let frame = Frame::take(&mut stream, &Limits::default()).expect("a frame");
        frame.expect("it is whole").body().expect("its form")
    }

    fn results(ids: std::ops::Range<u32>) -> Body {
        body(|stream| {
            let mut results = ResultsWriter::begin(stream, 1);
            for id in ids {
                let status = Status::Done;
                let answer = Written { id, status, wait_s: 0, parameters: b"", data: b"" };
                results.answer(&answer).expect("there is room");
            }
            results.end();
        })
    }

    fn overload() -> Body {
        body(|stream| Overload { status: Status::Busy, wait_ms: 50 }.write(stream, 1))
    }

    #[test]
    fn answers_come_in_any_number_of_frames() {
        let mut wanted = Wanted::new(5);
        assert!(wanted.take(results(3..5)).expect("some").is_none());
        assert!(wanted.take(results(0..1)).expect("some").is_none());
        let Some(Ok(Reply::Outcomes(outcomes))) = wanted.take(results(1..3)).expect("the rest")
        else {
            panic!("all of them")
        };
        let ids: Vec<_> = outcomes.iter().map(|outcome| outcome.id).collect();
        assert_eq!(ids, [3, 4, 0, 1, 2]);
    }

    #[test]
    fn a_batch_is_refused_whole_or_not_at_all() {
        let refused = Wanted::new(2).take(overload()).expect("it answers");
        assert!(matches!(refused, Some(Err(ClientError::Overload { wait_ms: 50, .. }))));
        let mut wanted = Wanted::new(2);
        assert!(wanted.take(results(0..1)).expect("some").is_none());
        assert!(matches!(wanted.take(overload()), Err(ClientError::Unexpected)));
    }

    #[test]
    fn what_was_not_asked_for_ends_the_stream() {
        assert!(matches!(Wanted::new(1).take(results(0..2)), Err(ClientError::Unexpected)));
        assert!(matches!(Wanted::new(0).take(results(0..1)), Err(ClientError::Unexpected)));
        assert!(matches!(Wanted::new(0).take(overload()), Err(ClientError::Unexpected)));
        let opened = || body(|stream| Opened { handle: 0, status: Status::Done }.write(stream, 1));
        assert!(matches!(Wanted::new(1).take(opened()), Err(ClientError::Unexpected)));
        assert!(matches!(Wanted::new(0).take(opened()), Ok(Some(Ok(Reply::Opened(_))))));
    }
}
