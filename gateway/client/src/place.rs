//! A place of a pool: a stream on which all keys are open, made when it is needed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::Mutex;
use typex_wire::{Outcome, Record, Status};

use crate::{Client, ClientError, Key, Options, Stream};

/// A connection that several places share.
#[derive(Default)]
pub(crate) struct Shared(Mutex<Option<Arc<Client>>>);

impl Shared {
    async fn client(&self, options: &Options) -> Result<Arc<Client>, ClientError> {
        let mut place = self.0.lock().await;
        if let Some(client) = &*place
            && !client.is_ended()
        {
            return Ok(client.clone());
        }
        let client = Arc::new(Client::connect(options).await?);
        *place = Some(client.clone());
        Ok(client)
    }
}

/// A place for one stream.
#[derive(Default)]
pub(crate) struct Place {
    stream: Mutex<Option<Arc<Opened>>>,
    /// Batches that are on it.
    pub(crate) load: AtomicUsize,
}

impl Place {
    /// Its stream, or a new one if it has none that goes on.
    ///
    /// # Errors
    /// [`ClientError::NotSent`]: no record was sent.
    pub(crate) async fn opened(
        &self,
        connection: &Shared,
        options: &Options,
        keys: &[Key],
    ) -> Result<Arc<Opened>, ClientError> {
        let mut place = self.stream.lock().await;
        if let Some(opened) = &*place
            && !opened.stream.is_ended()
        {
            return Ok(opened.clone());
        }
        let client = connection.client(options).await?;
        let opened = Arc::new(Opened::open(&client, keys).await?);
        // Where a key was refused, it is asked for again with the next batch.
        *place = opened.refused.is_empty().then(|| opened.clone());
        Ok(opened)
    }
}

/// A stream whose handles are the keys of a pool, in their order.
pub(crate) struct Opened {
    stream: Stream,
    pub(crate) refused: BTreeMap<u32, Status>,
}

impl Opened {
    async fn open(client: &Client, keys: &[Key]) -> Result<Self, ClientError> {
        let stream = client.stream().await?;
        let mut refused = BTreeMap::new();
        for (handle, key) in (0..).zip(keys) {
            match stream.open_as(handle, key.credential(), key.name()).await {
                Ok(()) => {}
                Err(ClientError::Refused(status)) => drop(refused.insert(handle, status)),
                Err(error) => return Err(error),
            }
        }
        Ok(Self { stream, refused })
    }

    pub(crate) async fn batch(
        &self,
        records: &[Record<'_>],
        deadline: Option<Duration>,
    ) -> Result<Vec<Outcome>, ClientError> {
        let mut outcomes = self.stream.batch(records, deadline).await?;
        if !self.refused.is_empty() {
            let of: BTreeMap<_, _> = records.iter().map(|one| (one.id, one.handle)).collect();
            explain(&mut outcomes, &self.refused, |id| of.get(&id).copied());
        }
        Ok(outcomes)
    }
}

/// A record whose handle was refused is answered that there is no such handle. It gets the reason
/// instead, as it would if its key had been taken away while the handle was open.
pub(crate) fn explain(
    outcomes: &mut [Outcome],
    refused: &BTreeMap<u32, Status>,
    handle_of: impl Fn(u32) -> Option<u32>,
) {
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.status == Status::NotFound) {
        if let Some(status) = handle_of(outcome.id).and_then(|handle| refused.get(&handle)) {
            outcome.status = *status;
        }
    }
}
