//! One stream: greetings, handles, batches.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use typex_wire::{
    BatchWriter, Frame, HEADER_BYTES, Hello, KeyName, Open, Outcome, Record, Status, VERSION,
    Welcome, WriteError,
};

use crate::handles::Handles;
use crate::http::Opening;
use crate::link::{Link, Sent};
use crate::pending::Pending;
use crate::request::Reply;
use crate::{ClientError, Credential};

/// Bytes of a record without its parts.
const RECORD_BYTES: usize = 16;

/// A stream of a connection, with handles of its own.
///
/// Over QUIC its batches are answered one after the other, streams of a connection side by side;
/// over HTTP every batch is on its own. Its calls can be made from many tasks at once: each answer
/// comes to who asked.
pub struct Stream {
    link: Link,
    patience: Duration,
    welcome: Welcome,
    ids: AtomicU64,
    handles: Mutex<Handles>,
}

impl Stream {
    /// Says which versions are offered, and hears what the gateway accepts.
    // spec: stream 3
    pub(crate) async fn begin(
        link: Link,
        versions: &RangeInclusive<u16>,
        patience: Duration,
    ) -> Result<Self, ClientError> {
        let mut out = BytesMut::new();
        Hello { least: *versions.start(), greatest: *versions.end() }.write(&mut out, 0);
        match link.send(Sent::plain(0), out, patience).await?.reply().await? {
            Reply::Welcome(welcome) if welcome.version != VERSION => {
                Err(ClientError::Version(welcome.version))
            }
            Reply::Welcome(welcome) => {
                let (ids, handles) = (AtomicU64::new(1), Mutex::default());
                Ok(Self { link, patience, welcome, ids, handles })
            }
            _ => Err(ClientError::Unexpected),
        }
    }

    /// What the gateway accepts.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Whether it ended, so that nothing can be sent any more. What stands behind HTTP is asked
    /// anew each time, so it does not end.
    pub fn is_ended(&self) -> bool {
        self.link.is_ended()
    }

    /// Opens a handle for the holder of an API key. Handles are numbered from 0; the number of one
    /// that was closed is used again.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the reason, [`ClientError::NoHandle`] if too many are open;
    /// others end the stream.
    pub async fn open(&self, api_key: &str, key: KeyName<'_>) -> Result<u32, ClientError> {
        self.open_with(Credential::ApiKey(api_key), key).await
    }

    /// The same with a credential of any kind.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(
        &self,
        credential: Credential<'_>,
        key: KeyName<'_>,
    ) -> Result<u32, ClientError> {
        let handle = self.numbers().take(&self.welcome)?;
        let opened = self.open_as(handle, credential, key).await;
        if matches!(opened, Err(ClientError::Refused(_) | ClientError::Unsendable(_))) {
            self.numbers().give_back(handle);
        }
        opened.map(|()| handle)
    }

    /// The same under a number that nobody else uses.
    pub(crate) async fn open_as(
        &self,
        handle: u32,
        credential: Credential<'_>,
        key: KeyName<'_>,
    ) -> Result<(), ClientError> {
        let (id, mut out) = (self.next_id(), BytesMut::new());
        let exporter = self.link.exporter();
        credential.written(exporter, (handle, key), |credential| {
            Open::write(&mut out, id, handle, credential, key)
        })?;
        let opening = self.link.opening(&out, credential);
        let signer = opening.as_ref().and_then(Opening::signer);
        match self
            .link
            .send(Sent { id, signer, records: 0 }, out, self.patience)
            .await?
            .reply()
            .await?
        {
            Reply::Opened(opened) if opened.handle != handle => Err(ClientError::Unexpected),
            Reply::Opened(opened) if opened.status != Status::Done => {
                Err(ClientError::Refused(opened.status))
            }
            Reply::Opened(_) => {
                self.link.opened(handle, opening);
                Ok(())
            }
            _ => Err(ClientError::Unexpected),
        }
    }

    /// Closes a handle. Its records that are under way are answered.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if it is not open; others end the stream.
    pub async fn close(&self, handle: u32) -> Result<(), ClientError> {
        let status = match self.link.closed(handle) {
            Some(status) => status,
            None => self.ask_to_close(handle).await?,
        };
        if status != Status::Done {
            return Err(ClientError::Refused(status));
        }
        self.numbers().give_back(handle);
        Ok(())
    }

    async fn ask_to_close(&self, handle: u32) -> Result<Status, ClientError> {
        let (id, mut out) = (self.next_id(), BytesMut::new());
        Frame::write_close(&mut out, id, handle);
        match self.link.send(Sent::plain(id), out, self.patience).await?.reply().await? {
            Reply::Closed(closed) if closed.handle == handle => Ok(closed.status),
            _ => Err(ClientError::Unexpected),
        }
    }

    /// Sends records and waits for all of their answers, which are in any order. Records that
    /// have not begun `deadline` after the gateway has them are answered with
    /// [`Status::Timeout`].
    ///
    /// # Errors
    /// As [`Self::send`] and [`Pending::outcomes`].
    pub async fn batch(
        &self,
        records: &[Record<'_>],
        deadline: Option<Duration>,
    ) -> Result<Vec<Outcome>, ClientError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        self.send(records, deadline).await?.outcomes().await
    }

    /// Sends records without waiting for their answers, so that several batches are in flight. It
    /// waits only while there are as many as [`Options`](crate::Options) permit.
    ///
    /// # Errors
    /// [`ClientError::Unsendable`] for no record, for too many or for too large a batch, also as a
    /// whole; [`ClientError::NotSent`] if the stream has ended or takes nothing in time.
    pub async fn send(
        &self,
        records: &[Record<'_>],
        deadline: Option<Duration>,
    ) -> Result<Pending, ClientError> {
        if records.is_empty() || records.len() > usize::from(self.welcome.records) {
            return Err(WriteError::Records.into());
        }
        let (id, mut out) = (self.next_id(), BytesMut::new());
        let signer = self.link.preface(records, &mut out)?;
        self.write(id, records, deadline, &mut out)?;
        self.link.send(Sent { id, signer, records: records.len() }, out, self.patience).await
    }

    // spec: stream 5
    fn write(
        &self,
        id: u64,
        records: &[Record<'_>],
        deadline: Option<Duration>,
        out: &mut BytesMut,
    ) -> Result<(), ClientError> {
        let deadline_ms = deadline.map_or(0, |deadline| deadline.as_millis().max(1));
        let deadline_ms = u32::try_from(deadline_ms).unwrap_or(u32::MAX);
        let bytes = records.iter().map(|one| RECORD_BYTES + one.parameters.len() + one.data.len());
        let bytes = bytes.fold(HEADER_BYTES + 4, usize::saturating_add);
        let is_too_long = bytes > self.welcome.frame_bytes as usize;
        if is_too_long || out.len().saturating_add(bytes) > self.link.bytes_max() {
            return Err(WriteError::Length("the batch").into());
        }
        out.reserve(bytes);
        let mut batch = BatchWriter::begin(out, id, deadline_ms);
        for record in records {
            batch.record(record)?;
        }
        batch.end();
        Ok(())
    }

    fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    fn numbers(&self) -> MutexGuard<'_, Handles> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
