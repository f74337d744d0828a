//! Streams for many tasks, with retries.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use thiserror::Error;
use typex_wire::{Outcome, Record};

use crate::place::{Opened, Place, Shared};
use crate::{ClientError, Key, Options, Retry};

/// How large a pool may become.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Connections; at least 1. One is enough where both ends have processors to spare.
    pub connections: usize,
    /// Streams of each connection; at least 1. The batches of a stream are answered one after the
    /// other, so there should be as many as batches that are to be worked on at once.
    pub streams: usize,
    /// What is asked again.
    pub retry: Retry,
}

impl Default for PoolOptions {
    /// Two connections of four streams.
    fn default() -> Self {
        Self { connections: 2, streams: 4, retry: Retry::default() }
    }
}

/// Streams on which the same keys are open. Many tasks can share it: a batch goes to the stream
/// that has the fewest under way, connections and streams are made when they are needed, and made
/// again when they were lost. The handle of a key is its place in the list.
pub struct Pool {
    options: Options,
    retry: Retry,
    keys: Vec<Key>,
    connections: Vec<Shared>,
    places: Vec<Place>,
}

/// A batch that could not be finished.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct Failed {
    /// Why.
    #[source]
    pub error: ClientError,
    /// Answers that had come before: of records that were not to be sent again when others were.
    pub outcomes: Outcomes,
}

/// Answers that came. They may hold secrets, so `Debug` says how many there are.
#[derive(Default)]
pub struct Outcomes(pub Vec<Outcome>);

impl std::fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} outcomes", self.0.len())
    }
}

impl From<Failed> for ClientError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl Pool {
    /// Connects, and opens the keys on the first stream.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if a key is; [`ClientError`] as of [`Client`](crate::Client).
    pub async fn connect(
        options: &Options,
        size: &PoolOptions,
        keys: Vec<Key>,
    ) -> Result<Self, ClientError> {
        let (connections, streams) = (size.connections.max(1), size.streams.max(1));
        let pool = Self {
            options: options.clone(),
            retry: size.retry.clone(),
            keys,
            connections: (0..connections).map(|_| Shared::default()).collect(),
            places: (0..connections.saturating_mul(streams)).map(|_| Place::default()).collect(),
        };
        let first = pool.opened(0).await?;
        let refused = first.refused.values().next().copied();
        refused.map_or(Ok(pool), |status| Err(ClientError::Refused(status)))
    }

    /// Carries records out and answers them in any order, trying again as [`Retry`] says. Their ids
    /// must differ from each other. The deadline is for all tries together; records that have not
    /// begun by then are answered with [`Status::Timeout`](crate::Status::Timeout).
    ///
    /// A key that was taken away since answers its records with its status; others go on.
    ///
    /// # Errors
    /// [`Failed`] with what cannot be tried again, or was too often.
    pub async fn batch(
        &self,
        records: &[Record<'_>],
        deadline: Option<Duration>,
    ) -> Result<Vec<Outcome>, Failed> {
        let end = deadline.map(|deadline| Instant::now() + deadline);
        let mut left = Cow::Borrowed(records);
        let mut done = Vec::new();
        for tried in 1.. {
            let wait = match self.once(&left, end).await {
                Ok(outcomes) => {
                    let wait = self.busy(&outcomes, tried).filter(|wait| is_before(*wait, end));
                    let Some(wait) = wait else {
                        done.extend(outcomes);
                        break;
                    };
                    let (busy, others): (Vec<_>, _) = outcomes.into_iter().partition(is_busy);
                    let busy: BTreeSet<_> = busy.iter().map(|outcome| outcome.id).collect();
                    let busy = left.iter().filter(|record| busy.contains(&record.id));
                    left = Cow::Owned(busy.copied().collect());
                    done.extend::<Vec<_>>(others);
                    wait
                }
                Err(error) => {
                    let wait = self.retry.wait(&error, tried).filter(|wait| is_before(*wait, end));
                    wait.ok_or_else(|| Failed {
                        error,
                        outcomes: Outcomes(std::mem::take(&mut done)),
                    })?
                }
            };
            tokio::time::sleep(wait).await;
        }
        Ok(done)
    }

    /// One try.
    async fn once(
        &self,
        records: &[Record<'_>],
        end: Option<Instant>,
    ) -> Result<Vec<Outcome>, ClientError> {
        let loads = self.places.iter().map(|place| place.load.load(Ordering::Relaxed));
        // Two that choose at once may choose the same: that is no worse than one behind the other.
        let at = loads.enumerate().min_by_key(|(_, load)| *load).map_or(0, |(at, _)| at);
        let _load = Load::on(&self.places[at].load);
        let opened = self.opened(at).await.map_err(ClientError::unsent)?;
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        opened.batch(records, left).await
    }

    async fn opened(&self, at: usize) -> Result<Arc<Opened>, ClientError> {
        let connection = &self.connections[at % self.connections.len()];
        self.places[at].opened(connection, &self.options, &self.keys).await
    }

    /// When to send again what found no room, if something did and may.
    fn busy(&self, outcomes: &[Outcome], tried: u32) -> Option<Duration> {
        outcomes.iter().any(is_busy).then(|| self.retry.wait_for_room(tried)).flatten()
    }
}

fn is_busy(outcome: &Outcome) -> bool {
    outcome.status.is_retryable()
}

/// Whether a wait is over before the deadline.
fn is_before(wait: Duration, end: Option<Instant>) -> bool {
    end.is_none_or(|end| Instant::now() + wait < end)
}

/// A batch on a place, until it is dropped.
struct Load<'a>(&'a AtomicUsize);

impl<'a> Load<'a> {
    fn on(load: &'a AtomicUsize) -> Self {
        load.fetch_add(1, Ordering::Relaxed);
        Self(load)
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
