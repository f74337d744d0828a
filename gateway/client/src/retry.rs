//! What may be asked again, and when.

use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::time::Duration;

use quinn::ConnectionError;
use typex_wire::Status;

use crate::ClientError;

/// When to try again where the gateway does not say it: doubled each time.
const WAIT: Duration = Duration::from_millis(50);

/// What is asked again after it failed.
///
/// | what happened | asked again |
/// | --- | --- |
/// | the batch was refused whole ([`ClientError::Overload`]) | yes, when the gateway says |
/// | a record was answered `busy` or `shutting_down` | yes, that record alone |
/// | nothing was sent ([`ClientError::NotSent`]): no connection, or it ended before | yes |
/// | the connection was lost, or the gateway went, after something was sent | if `repeats_lost` |
/// | no answer in time ([`ClientError::Late`]) | no: the gateway may still be at it |
/// | a certificate that is not trusted, another version, frames that make no sense | no |
/// | a record was answered otherwise, also `quota` and `timeout` | no |
///
/// Each wait is twice the one before, up to `wait_max`, never shorter than the gateway says, and
/// up to twice as long at random, so that clients that failed together do not come together.
///
/// ```
/// use std::time::Duration;
/// use typex_client::{ClientError, Retry, Status};
///
/// let retry = Retry::default();
/// let busy = ClientError::Overload { status: Status::Busy, wait_ms: 80 };
/// let wait = retry.wait(&busy, 1).expect("it may come again");
/// assert!((80..160).contains(&wait.as_millis()));
/// assert!(retry.wait(&busy, retry.tries).is_none(), "there is an end");
///
/// let lost = ClientError::Ended;
/// assert!(retry.wait(&lost, 1).is_none(), "it may have been done");
/// assert!(retry.wait(&ClientError::NotSent(Box::new(lost)), 1).is_some());
/// assert!(retry.wait(&ClientError::Refused(Status::Forbidden), 1).is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Retry {
    /// How often something is tried at most, with the first time.
    pub tries: u32,
    /// The longest wait that is the client's own choice, without its random part.
    pub wait_max: Duration,
    /// Whether records are sent again that may have been carried out. Right only where that does
    /// no harm: it may count twice in a quota, and twice in the audit log.
    pub repeats_lost: bool,
}

impl Default for Retry {
    /// Five tries, waits of up to 2 seconds, nothing that may have been carried out.
    fn default() -> Self {
        Self { tries: 5, wait_max: Duration::from_secs(2), repeats_lost: false }
    }
}

impl Retry {
    /// How long to wait before the next try after `tried` of them; `None` if there is none.
    pub fn wait(&self, error: &ClientError, tried: u32) -> Option<Duration> {
        let least = match error {
            ClientError::Overload { wait_ms, .. } => Duration::from_millis((*wait_ms).into()),
            ClientError::NotSent(why) if matches!(**why, ClientError::Late) => WAIT,
            ClientError::NotSent(why) if is_passing(why) => WAIT,
            error if self.repeats_lost && is_passing(error) => WAIT,
            _ => return None,
        };
        self.pause(least, tried)
    }

    /// The same after some records of a batch found no room.
    pub(crate) fn wait_for_room(&self, tried: u32) -> Option<Duration> {
        self.pause(WAIT, tried)
    }

    fn pause(&self, least: Duration, tried: u32) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let doubled = least.saturating_mul(1 << tried.saturating_sub(1).min(16));
        let wait = doubled.min(self.wait_max).max(least);
        // Its keys are random and others each time, which is as much as spreading clients needs.
        let random = (RandomState::new().hash_one(tried) >> 48) as u32;
        Some(wait + wait.mul_f64(f64::from(random) / 65536.0))
    }
}

/// Whether it is the connection that failed, and another one may be better.
fn is_passing(error: &ClientError) -> bool {
    match error {
        // A certificate that is not trusted is among the invalid data.
        ClientError::Socket(error) => error.kind() != ErrorKind::InvalidData,
        ClientError::Connection(error) => matches!(
            error,
            ConnectionError::TimedOut
                | ConnectionError::Reset
                | ConnectionError::ConnectionClosed(_)
                | ConnectionError::ApplicationClosed(_)
        ),
        ClientError::Bye { status, .. } => *status == Status::ShuttingDown,
        ClientError::Write(_)
        | ClientError::Read(_)
        | ClientError::Ended
        | ClientError::Http(_) => true,
        ClientError::NotSent(why) => is_passing(why),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bye(status: Status) -> ClientError {
        ClientError::Bye { status, text: String::new() }
    }

    fn waits(retry: &Retry, error: &ClientError) -> bool {
        retry.wait(error, 1).is_some()
    }

    #[test]
    fn what_was_not_sent_is_sent_again() {
        let retry = Retry::default();
        for why in [ClientError::Ended, ClientError::Late, bye(Status::ShuttingDown)] {
            let error = why.unsent();
            assert!(waits(&retry, &error), "{error}");
            assert!(retry.wait(&error, retry.tries).is_none(), "there is an end");
        }
    }

    #[test]
    fn what_may_have_been_done_is_the_callers_choice() {
        let never = Retry::default();
        let always = Retry { repeats_lost: true, ..Retry::default() };
        let lost = ConnectionError::TimedOut.into();
        for error in [ClientError::Ended, lost, bye(Status::ShuttingDown)] {
            assert!(!waits(&never, &error) && waits(&always, &error), "{error}");
        }
    }

    #[test]
    fn what_another_try_does_not_change_is_not_tried() {
        let always = Retry { repeats_lost: true, ..Retry::default() };
        let not_trusted = std::io::Error::from(ErrorKind::InvalidData).into();
        for error in [
            ClientError::Late,
            ClientError::Refused(Status::Forbidden),
            bye(Status::Protocol),
            bye(Status::Protocol).unsent(),
            ClientError::unsent(not_trusted),
            ClientError::Unexpected,
        ] {
            assert!(!waits(&always, &error), "{error}");
        }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_never_come_too_early() {
        let retry = Retry { tries: 100, wait_max: Duration::from_secs(1), ..Retry::default() };
        let wait = |wait_ms, tried| {
            let error = ClientError::Overload { status: Status::Busy, wait_ms };
            retry.wait(&error, tried).expect("there are tries left").as_millis()
        };
        for (wait_ms, tried, least) in
            [(80, 1, 80), (80, 2, 160), (80, 3, 320), (80, 50, 1000), (5000, 3, 5000)]
        {
            let waits: Vec<_> = (0..64).map(|_| wait(wait_ms, tried)).collect();
            assert!(waits.iter().all(|wait| (least..2 * least).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "at random");
        }
    }
}
