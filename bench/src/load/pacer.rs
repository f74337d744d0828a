//! Waits that end to the microsecond.

use std::io;

use rustix::fd::OwnedFd;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

/// A timer of the operating system: the runtime's own has steps of a millisecond.
pub(crate) struct Pacer(Option<AsyncFd<OwnedFd>>);

impl Pacer {
    /// # Errors
    /// What the operating system says.
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        // Its successor is `unsafe` for the sake of types that close their descriptor meanwhile.
        #[expect(deprecated, reason = "sound for a type that owns its descriptor")]
        let timer = AsyncFd::with_interest(timer, Interest::READABLE)?;
        Ok(Self(Some(timer)))
    }

    /// For time that only the runtime moves.
    #[cfg(test)]
    pub(crate) fn of_runtime() -> Self {
        Self(None)
    }

    /// Returns at `end` or a little later.
    pub(crate) async fn until(&mut self, end: Instant) -> io::Result<()> {
        let Some(timer) = &mut self.0 else {
            tokio::time::sleep_until(end).await;
            return Ok(());
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        let once =
            Itimerspec { it_interval: zero, it_value: left.try_into().map_err(io::Error::other)? };
        timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &once)?;
        loop {
            let mut ready = timer.readable_mut().await?;
            let read = ready
                .try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut [0_u8; 8]).map(drop)?));
            match read {
                Ok(read) => return read,
                Err(_not_yet) => {}
            }
        }
    }
}
