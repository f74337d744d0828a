//! One stream: greetings, handles, batches.

use std::time::Duration;

use bytes::BytesMut;
use quinn::{RecvStream, SendStream};
use typex_wire::{
    BatchWriter, Body, Bye, Credential, Frame, Hello, KeyName, Limits, Open, Outcome, Record,
    Status, VERSION, Welcome,
};

use crate::{ClientError, within};

/// Bytes that are read at a time.
const READ_BYTES: usize = 64 * 1024;

/// What the gateway may send: as much as it takes itself, and texts for errors.
const LIMITS: Limits =
    Limits { frame_bytes: typex_wire::FRAME_BYTES_MAX, records: typex_wire::RECORDS_MAX };

/// A stream of a connection, with handles of its own.
pub struct Stream {
    send: SendStream,
    recv: RecvStream,
    patience: Duration,
    bytes: BytesMut,
    out: BytesMut,
    welcome: Welcome,
    id: u64,
    handles: u32,
}

impl Stream {
    pub(crate) async fn begin(
        send: SendStream,
        recv: RecvStream,
        patience: Duration,
    ) -> Result<Self, ClientError> {
        let welcome = Welcome { version: 0, records: 0, frame_bytes: 0, handles: 0 };
        let (bytes, out) = (BytesMut::new(), BytesMut::new());
        let mut stream = Self { send, recv, patience, bytes, out, welcome, id: 0, handles: 0 };
        let id = stream.next_id();
        Hello { least: VERSION, greatest: VERSION }.write(&mut stream.out, id);
        stream.flush().await?;
        match stream.answer(id).await? {
            Body::Welcome(welcome) => Ok(Self { welcome, ..stream }),
            _ => Err(ClientError::Unexpected),
        }
    }

    /// What the gateway accepts.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Opens a handle for the holder of an API key.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the reason; others end the stream.
    pub async fn open(&mut self, api_key: &str, key: KeyName<'_>) -> Result<u32, ClientError> {
        let (id, handle) = (self.next_id(), self.handles);
        Open::write(&mut self.out, id, handle, Credential::ApiKey(api_key), key)?;
        self.flush().await?;
        match self.answer(id).await? {
            Body::Opened(opened) if opened.handle != handle => Err(ClientError::Unexpected),
            Body::Opened(opened) if opened.status != Status::Done => {
                Err(ClientError::Refused(opened.status))
            }
            Body::Opened(_) => {
                self.handles += 1;
                Ok(handle)
            }
            _ => Err(ClientError::Unexpected),
        }
    }

    /// Closes a handle. Its number is not used again.
    ///
    /// # Errors
    /// [`ClientError::Refused`] if it is not open; others end the stream.
    pub async fn close(&mut self, handle: u32) -> Result<(), ClientError> {
        let id = self.next_id();
        Frame::write_close(&mut self.out, id, handle);
        self.flush().await?;
        match self.answer(id).await? {
            Body::Closed(closed) if closed.status == Status::Done => Ok(()),
            Body::Closed(closed) => Err(ClientError::Refused(closed.status)),
            _ => Err(ClientError::Unexpected),
        }
    }

    /// Sends records and waits for all of their answers, which come in any order. Records that
    /// have not begun `deadline` after the gateway has them are answered with
    /// [`Status::Timeout`].
    ///
    /// # Errors
    /// [`ClientError::Overload`] if nothing was done with them; others end the stream.
    pub async fn batch(
        &mut self,
        records: &[Record<'_>],
        deadline: Option<Duration>,
    ) -> Result<Vec<Outcome>, ClientError> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let id = self.next_id();
        let deadline_ms = deadline.map_or(0, |deadline| deadline.as_millis().max(1));
        let deadline_ms = u32::try_from(deadline_ms).unwrap_or(u32::MAX);
        self.write(id, deadline_ms, records)?;
        self.flush().await?;
        let mut outcomes = Vec::with_capacity(records.len());
        while outcomes.len() < records.len() {
            match self.answer(id).await? {
                Body::Results(results) => {
                    for outcome in results {
                        outcomes.push(outcome?);
                    }
                }
                Body::Overload(overload) => {
                    let (status, wait_ms) = (overload.status, overload.wait_ms);
                    return Err(ClientError::Overload { status, wait_ms });
                }
                _ => return Err(ClientError::Unexpected),
            }
        }
        Ok(outcomes)
    }

    fn write(
        &mut self,
        id: u64,
        deadline_ms: u32,
        records: &[Record<'_>],
    ) -> Result<(), ClientError> {
        let mut batch = BatchWriter::begin(&mut self.out, id, deadline_ms);
        let written = records.iter().try_for_each(|record| batch.record(record));
        let is_too_long = batch.frame_bytes() > self.welcome.frame_bytes as usize;
        batch.end();
        if let Err(error) = written {
            self.out.clear();
            return Err(error.into());
        }
        if is_too_long {
            self.out.clear();
            return Err(typex_wire::WriteError::Length("the batch").into());
        }
        Ok(())
    }

    fn next_id(&mut self) -> u64 {
        self.id += 1;
        self.id
    }

    async fn flush(&mut self) -> Result<(), ClientError> {
        let bytes = self.out.split().freeze();
        within(self.patience, self.send.write_chunk(bytes)).await??;
        Ok(())
    }

    /// The next frame, which must answer the one with that id.
    async fn answer(&mut self, id: u64) -> Result<Body, ClientError> {
        let frame = within(self.patience, next(&mut self.recv, &mut self.bytes)).await??;
        let answers = frame.id == id;
        match frame.body()? {
            Body::Bye(Bye { status, text }) => Err(ClientError::Bye { status, text }),
            body if answers => Ok(body),
            _ => Err(ClientError::Unexpected),
        }
    }
}

async fn next(recv: &mut RecvStream, bytes: &mut BytesMut) -> Result<Frame, ClientError> {
    loop {
        if let Some(frame) = Frame::take(bytes, &LIMITS)? {
            return Ok(frame);
        }
        let chunk = recv.read_chunk(READ_BYTES, true).await?;
        let chunk = chunk.ok_or(typex_wire::WireError::Truncated)?;
        bytes.extend_from_slice(&chunk.bytes);
    }
}
