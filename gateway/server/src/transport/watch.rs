//! When a connection has been quiet, slow or deaf for too long.
//!
//! Requests only note what happens and when. One timer for each connection looks at the notes when
//! it goes off, so a request does not touch the timer.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::limits::{self, Limits};

/// What happens on one connection.
#[derive(Debug)]
pub(super) struct Watch {
    phase: Cell<Phase>,
    active: Cell<u32>,
    stalled: Cell<Option<Instant>>,
    unread: Cell<bool>,
    can_rest: Cell<bool>,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// No request, since.
    Idle(Instant),
    /// Bytes came, and no whole head yet, since.
    Head(Instant),
    /// Requests are being received or answered; each has its own time.
    Busy,
    /// Answered and closed; reading what the client still sends, since.
    Discard(Instant),
}

/// Why the time of a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Not the connection's end: it is to give back what it does not need while it is quiet.
    Rest,
    Idle,
    Head,
    Stalled,
    Discarded,
}

/// A request in progress. Dropping it without [`Busy::done`] means that it was abandoned.
pub(super) struct Busy<'a> {
    watch: &'a Watch,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            phase: Cell::new(Phase::Idle(Instant::now())),
            active: Cell::new(0),
            stalled: Cell::new(None),
            unread: Cell::new(false),
            can_rest: Cell::new(false),
        }
    }

    /// Whether the connection has something to give back when it has been quiet for a while.
    pub(super) fn let_rest(&self, can_rest: bool) {
        self.can_rest.set(can_rest);
    }

    /// Bytes came for a protocol whose heads are timed here.
    pub(super) fn received(&self) {
        if let Phase::Idle(_) = self.phase.get() {
            self.phase.set(Phase::Head(Instant::now()));
        }
    }

    /// Whether a head has begun to come and is not whole.
    pub(super) fn hears(&self) -> bool {
        matches!(self.phase.get(), Phase::Head(_))
    }

    /// The connection is quiet again, as after a handshake.
    pub(super) fn rest(&self) {
        self.phase.set(Phase::Idle(Instant::now()));
    }

    /// A request begins.
    pub(super) fn begin(&self) -> Busy<'_> {
        self.active.set(self.active.get() + 1);
        self.phase.set(Phase::Busy);
        Busy { watch: self }
    }

    /// Whether bytes can be written now.
    pub(super) fn writable(&self, ready: bool) {
        match (ready, self.stalled.get()) {
            (true, Some(_)) => self.stalled.set(None),
            (false, None) => self.stalled.set(Some(Instant::now())),
            _ => {}
        }
    }

    /// The answer was given before the whole request was read.
    pub(super) fn leave_unread(&self) {
        self.unread.set(true);
    }

    /// Whether the client may still be sending when the connection closes.
    pub(super) fn unread(&self) -> bool {
        self.unread.get() || matches!(self.phase.get(), Phase::Head(_) | Phase::Discard(_))
    }

    /// From here on, what the client sends is thrown away.
    pub(super) fn discard(&self) {
        if !matches!(self.phase.get(), Phase::Discard(_)) {
            self.phase.set(Phase::Discard(Instant::now()));
        }
    }

    /// Whether what it can give back holds no bytes that wait for the client.
    fn may_rest(&self) -> bool {
        self.can_rest.get() && !self.unread.get() && self.stalled.get().is_none()
    }

    /// When the time of the connection is over as things are, and why.
    pub(super) fn deadline(&self, limits: &Limits) -> Option<(Instant, Expiry)> {
        let phase = match self.phase.get() {
            Phase::Idle(since) if self.may_rest() => {
                due(since, limits.rest_time.min(limits.idle_time), Expiry::Rest)
            }
            Phase::Idle(since) => due(since, limits.idle_time, Expiry::Idle),
            Phase::Head(since) => due(since, limits.head_time, Expiry::Head),
            Phase::Discard(since) => due(since, limits::DISCARD_TIME, Expiry::Discarded),
            Phase::Busy => None,
        };
        let stalled = self.stalled.get();
        let stalled = stalled.and_then(|since| due(since, limits.stall_time, Expiry::Stalled));
        match (phase, stalled) {
            (Some(phase), Some(stalled)) if phase.0 <= stalled.0 => Some(phase),
            (phase, stalled) => stalled.or(phase),
        }
    }
}

fn due(since: Instant, time: Duration, expiry: Expiry) -> Option<(Instant, Expiry)> {
    since.checked_add(time).map(|due| (due, expiry))
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let active = self.watch.active.get().saturating_sub(1);
        self.watch.active.set(active);
        if active == 0 {
            self.watch.rest();
        }
    }
}

/// The timer of a connection. It is set again only when it goes off or must go off earlier.
pub(super) struct Alarm {
    sleep: Pin<Box<Sleep>>,
    armed: bool,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Self { sleep: Box::pin(sleep_until(Instant::now())), armed: false }
    }

    /// Ready when the deadline of `watch` has passed.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        watch: &Watch,
        limits: &Limits,
    ) -> Poll<Expiry> {
        let Some((deadline, expiry)) = watch.deadline(limits) else { return Poll::Pending };
        loop {
            let early_enough = self.sleep.deadline() <= deadline;
            if self.armed && early_enough && !self.sleep.is_elapsed() {
                return Poll::Pending;
            }
            if deadline <= Instant::now() {
                return Poll::Ready(expiry);
            }
            self.sleep.as_mut().reset(deadline);
            self.armed = self.sleep.as_mut().poll(cx).is_pending();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn expire(watch: &Watch, limits: &Limits) -> (Expiry, Duration) {
        let begun = Instant::now();
        let mut alarm = Alarm::new();
        let expiry = poll_fn(|cx| alarm.poll(cx, watch, limits)).await;
        (expiry, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn quiet_and_slow_connections_expire() {
        let (watch, limits) = (Watch::new(), Limits::default());
        let (expiry, time) = expire(&watch, &limits).await;
        assert_eq!(expiry, Expiry::Idle);
        assert!(time >= limits.idle_time && time < limits.idle_time + SECOND);
        watch.rest();
        watch.received();
        let (expiry, time) = expire(&watch, &limits).await;
        assert_eq!(expiry, Expiry::Head);
        assert!(time >= limits.head_time && time < limits.head_time + SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_do_not_move_the_deadline_of_a_head() {
        let (watch, limits) = (Watch::new(), Limits::default());
        watch.received();
        let first = watch.deadline(&limits);
        advance(SECOND).await;
        watch.received();
        assert_eq!(watch.deadline(&limits), first);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_have_no_deadline_here_until_the_last_ends() {
        let (watch, limits) = (Watch::new(), Limits::default());
        let (one, two) = (watch.begin(), watch.begin());
        assert_eq!(watch.deadline(&limits), None);
        drop(one);
        assert_eq!(watch.deadline(&limits), None);
        advance(SECOND).await;
        drop(two);
        let idle = (Instant::now() + limits.idle_time, Expiry::Idle);
        assert_eq!(watch.deadline(&limits), Some(idle));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deaf_client_expires_in_any_phase() {
        let (watch, limits) = (Watch::new(), Limits::default());
        let _busy = watch.begin();
        watch.writable(false);
        let stalled = (Instant::now() + limits.stall_time, Expiry::Stalled);
        advance(SECOND).await;
        watch.writable(false);
        assert_eq!(watch.deadline(&limits), Some(stalled));
        watch.writable(true);
        assert_eq!(watch.deadline(&limits), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_alarm_follows_deadlines_that_come_nearer_and_go_away() {
        let (watch, limits) = (Watch::new(), Limits::default());
        let mut alarm = Alarm::new();
        let begun = Instant::now();
        let first = poll_fn(|cx| Poll::Ready(alarm.poll(cx, &watch, &limits))).await;
        assert!(first.is_pending());
        watch.received();
        let expiry = poll_fn(|cx| alarm.poll(cx, &watch, &limits)).await;
        assert_eq!((expiry, begun.elapsed()), (Expiry::Head, limits.head_time));
        drop(watch.begin());
        let begun = Instant::now();
        let expiry = poll_fn(|cx| alarm.poll(cx, &watch, &limits)).await;
        assert_eq!((expiry, begun.elapsed()), (Expiry::Idle, limits.idle_time));
    }
}
