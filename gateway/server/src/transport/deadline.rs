//! Bounding a future by time.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

/// The output of `future`, or None if it takes longer than `time`. No timer is made for a future
/// that is ready at once.
pub(super) fn within<F: Future>(time: Duration, future: F) -> Within<F> {
    Within { future, time, sleep: None }
}

pin_project! {
    /// What [`within`] returns. Requests are inside, so it holds them once: an `async fn` would
    /// keep its argument as well as what it waits for.
    #[must_use = "futures do nothing unless polled"]
    pub(super) struct Within<F> {
        #[pin]
        future: F,
        time: Duration,
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl<F: Future> Future for Within<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Some(output));
        }
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep(*this.time)));
        }
        let sleep = this.sleep.as_pin_mut();
        sleep.map_or(Poll::Pending, |sleep| sleep.poll(cx).map(|()| None))
    }
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
