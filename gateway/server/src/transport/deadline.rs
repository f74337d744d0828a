//! Bounding a future by time.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

/// The output of `future`, or None if it takes longer than `time`. No timer is made for a future
/// that is ready at once.
pub(super) async fn within<F: Future>(time: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let first = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
    if let Poll::Ready(output) = first {
        return Some(output);
    }
    let mut sleep = pin!(sleep(time));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| None),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ends_with_the_future_or_the_time() {
        let second = Duration::from_secs(1);
        assert_eq!(within(Duration::ZERO, ready(7)).await, Some(7));
        assert_eq!(within(second, pending::<()>()).await, None);
        assert_eq!(within(second, sleep(second / 2)).await, Some(()));
    }
}
