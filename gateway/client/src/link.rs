//! The way of a stream's frames.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use typex_wire::{EXPORTER_BYTES, Record, Status};

use crate::http::HttpLink;
use crate::pending::Pending;
use crate::request::{Request, Wanted};
use crate::{ClientError, within};

/// What carries the frames of one stream.
pub(crate) enum Link {
    /// By the task that writes them.
    Quic {
        /// Where they go.
        sender: mpsc::Sender<Request>,
        /// Why the task ended, once it has.
        end: Arc<OnceLock<ClientError>>,
        /// What TLS exports for the connection.
        exporter: [u8; EXPORTER_BYTES],
    },
    /// As requests.
    Http(HttpLink),
}

impl Link {
    /// Writes what has to be in front of a batch: over HTTP, handles live for one request.
    // spec: stream 1
    pub(crate) fn preface(&self, records: &[Record<'_>], out: &mut BytesMut) {
        if let Self::Http(link) = self {
            link.preface(records, out);
        }
    }

    /// Bytes that can be sent as one.
    pub(crate) fn bytes_max(&self) -> usize {
        match self {
            Self::Quic { .. } => usize::MAX,
            Self::Http(_) => crate::http::BODY_BYTES_MAX,
        }
    }

    /// Sends a frame that is answered with answers to so many records; waits while too many are
    /// in flight.
    pub(crate) async fn send(
        &self,
        id: u64,
        bytes: BytesMut,
        records: usize,
        patience: Duration,
    ) -> Result<Pending, ClientError> {
        let (waiter, answer) = oneshot::channel();
        let request = Request { id, bytes: bytes.freeze(), wanted: Wanted::new(records), waiter };
        let sent = match self {
            Self::Quic { sender, end, .. } => within(patience, sender.send(request))
                .await
                .map(|sent| sent.map_err(|_| end.get().cloned().unwrap_or(ClientError::Ended))),
            Self::Http(link) => within(patience, link.send(request, patience)).await.map(Ok),
        };
        sent.and_then(|sent| sent).map_err(ClientError::unsent)?;
        Ok(Pending::new(answer, patience))
    }

    /// What a proof is bound to, if there is a connection to bind it to.
    pub(crate) fn exporter(&self) -> Option<&[u8; EXPORTER_BYTES]> {
        match self {
            Self::Quic { exporter, .. } => Some(exporter),
            Self::Http(_) => None,
        }
    }

    /// A handle is open, by that frame.
    pub(crate) fn opened(&self, handle: u32, frame: Bytes) {
        if let Self::Http(link) = self {
            link.opened(handle, frame);
        }
    }

    /// A handle is to be closed: how that went, if the gateway need not be asked.
    pub(crate) fn closed(&self, handle: u32) -> Option<Status> {
        match self {
            Self::Quic { .. } => None,
            Self::Http(link) => Some(link.closed(handle)),
        }
    }

    /// Whether nothing can be sent any more.
    pub(crate) fn is_ended(&self) -> bool {
        match self {
            Self::Quic { sender, .. } => sender.is_closed(),
            Self::Http(_) => false,
        }
    }
}
