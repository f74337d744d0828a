//! The way of a stream's frames.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::BytesMut;
use tokio::sync::{mpsc, oneshot};
use typex_wire::{EXPORTER_BYTES, Record, Status};

use crate::http::{HttpLink, Opening, Signer};
use crate::pending::Pending;
use crate::request::{Request, Wanted};
use crate::{ClientError, Credential, within};

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

/// What is sent, beside its bytes.
pub(crate) struct Sent {
    /// The frame's id.
    pub(crate) id: u64,
    /// Who signs the request that carries it.
    pub(crate) signer: Option<Arc<Signer>>,
    /// How many records it has.
    pub(crate) records: usize,
}

impl Sent {
    /// A frame without records that nobody signs.
    pub(crate) fn plain(id: u64) -> Self {
        Self { id, signer: None, records: 0 }
    }
}

impl Link {
    /// Writes what has to be in front of a batch: over HTTP, handles live for one request. Who
    /// signs that.
    // spec: stream 1
    pub(crate) fn preface(
        &self,
        records: &[Record<'_>],
        out: &mut BytesMut,
    ) -> Result<Option<Arc<Signer>>, ClientError> {
        match self {
            Self::Quic { .. } => Ok(None),
            Self::Http(link) => link.preface(records, out),
        }
    }

    /// Bytes that can be sent as one.
    pub(crate) fn bytes_max(&self) -> usize {
        match self {
            Self::Quic { .. } => usize::MAX,
            Self::Http(_) => crate::http::BODY_BYTES_MAX,
        }
    }

    /// Sends a frame; waits while too many are in flight.
    pub(crate) async fn send(
        &self,
        sent: Sent,
        bytes: BytesMut,
        patience: Duration,
    ) -> Result<Pending, ClientError> {
        let (waiter, answer) = oneshot::channel();
        let Sent { id, signer, records } = sent;
        let (bytes, wanted) = (bytes.freeze(), Wanted::new(records));
        let request = Request { id, bytes, signer, wanted, waiter };
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

    /// How a handle is opened again, where that has to be.
    pub(crate) fn opening(&self, frame: &[u8], credential: Credential<'_>) -> Option<Opening> {
        match self {
            Self::Quic { .. } => None,
            Self::Http(_) => Some(Opening::new(frame, credential)),
        }
    }

    /// A handle is open, by that.
    pub(crate) fn opened(&self, handle: u32, opening: Option<Opening>) {
        if let (Self::Http(link), Some(opening)) = (self, opening) {
            link.opened(handle, opening);
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
