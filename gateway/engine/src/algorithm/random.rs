//! Random bytes of the operating system under continuous tests.
//!
//! The generator is a DRBG over many sources, so the tests of SP 800-90B section 4.4 are run over
//! its output. They find what they are made for: a generator that is stuck or far from uniform.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use typex_core::Secret;

use super::Error;
use crate::limits::{
    RANDOM_PROPORTION_MAX, RANDOM_REPEATS_MAX, RANDOM_START_BYTES, RANDOM_WINDOW_BYTES,
};

/// A source of random bytes that is tested as it is used. Shared by threads. After one failed
/// test it gives nothing more.
pub struct Random {
    source: Box<Source>,
    test: Mutex<RandomTest>,
    failed: AtomicBool,
}

/// Fills what it gets and says whether it could.
type Source = dyn Fn(&mut [u8]) -> bool + Send + Sync;

impl Random {
    /// The operating system's generator, tested over its first bytes.
    ///
    /// # Errors
    /// [`Error::Random`] if it fails a test.
    pub fn start() -> Result<Self, Error> {
        let random = Self::over(|out| aws_lc_rs::rand::fill(out).is_ok());
        random.fill(Secret::new([0; RANDOM_START_BYTES]).expose_mut())?;
        Ok(random)
    }

    /// Another source, which says whether it filled what it got.
    pub fn over(source: impl Fn(&mut [u8]) -> bool + Send + Sync + 'static) -> Self {
        Self {
            source: Box::new(source),
            test: Mutex::new(RandomTest::default()),
            failed: AtomicBool::new(false),
        }
    }

    /// Fills `out` with tested bytes. On failure `out` is zero.
    ///
    /// # Errors
    /// [`Error::Random`] if the source or a test fails, and from then on.
    pub fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        let sound = self.check().and_then(|()| self.draw(out));
        if sound.is_err() {
            self.failed.store(true, Ordering::Release);
            out.fill(0);
        }
        sound
    }

    /// Whether no test failed so far.
    ///
    /// # Errors
    /// [`Error::Random`] if one did.
    pub fn check(&self) -> Result<(), Error> {
        if self.failed.load(Ordering::Acquire) { Err(Error::Random) } else { Ok(()) }
    }

    fn draw(&self, out: &mut [u8]) -> Result<(), Error> {
        if !(self.source)(out) {
            return Err(Error::Random);
        }
        self.test.lock().unwrap_or_else(PoisonError::into_inner).observe(out)
    }
}

/// The repetition count test and the adaptive proportion test, a byte at a time.
#[derive(Default)]
pub struct RandomTest {
    last: u8,
    repeats: usize,
    first: u8,
    occurrences: usize,
    seen: usize,
}

impl RandomTest {
    /// Takes what the source gave.
    ///
    /// # Errors
    /// [`Error::Random`] if the bytes fail a test, together with those before.
    pub fn observe(&mut self, bytes: &[u8]) -> Result<(), Error> {
        // All bytes are looked at, so that the time does not say where a value repeats.
        let failures = bytes.iter().fold(0, |failures, byte| failures | self.take(*byte));
        if failures == 0 { Ok(()) } else { Err(Error::Random) }
    }

    /// Nonzero if a test fails with `byte`.
    fn take(&mut self, byte: u8) -> u8 {
        let again = usize::from(self.repeats > 0) & usize::from(byte == self.last);
        self.repeats = self.repeats * again + 1;
        self.last = byte;
        if self.seen == 0 {
            (self.first, self.occurrences) = (byte, 0);
        }
        self.occurrences += usize::from(byte == self.first);
        self.seen = (self.seen + 1) % RANDOM_WINDOW_BYTES;
        let stuck = self.repeats >= RANDOM_REPEATS_MAX;
        let biased = self.occurrences >= RANDOM_PROPORTION_MAX;
        u8::from(stuck) | u8::from(biased)
    }
}
