//! A connection to a gateway.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crate::http::{HttpLink, Lines};
use crate::link::Link;
use crate::quic::Quic;
use crate::{Carrier, ClientError, Options, Stream};

/// A connection to a gateway; its streams share it. Over HTTP it is what connections are made
/// with, as they are needed.
pub struct Client {
    way: Way,
    versions: RangeInclusive<u16>,
    in_flight: usize,
    patience: Duration,
}

enum Way {
    Quic(Quic),
    Http(Arc<Lines>),
}

impl Client {
    /// Connects; over HTTP that is left to the first stream.
    ///
    /// # Errors
    /// [`ClientError::NotSent`]: no socket, no answer, a certificate that is not trusted.
    pub async fn connect(options: &Options) -> Result<Self, ClientError> {
        let way = match options.carrier {
            Carrier::Quic => Way::Quic(Quic::connect(options).await.map_err(ClientError::unsent)?),
            Carrier::Http1 | Carrier::Http2 => {
                Way::Http(Arc::new(Lines::new(options).map_err(ClientError::unsent)?))
            }
        };
        let (versions, in_flight) = (options.versions.clone(), options.in_flight);
        Ok(Self { way, versions, in_flight, patience: options.patience })
    }

    /// Begins a stream. Handles belong to it.
    ///
    /// # Errors
    /// [`ClientError`]: the connection ended, or no version is spoken by both.
    pub async fn stream(&self) -> Result<Stream, ClientError> {
        let link = match &self.way {
            Way::Quic(quic) => quic.stream(self.patience).await.map_err(ClientError::unsent)?,
            Way::Http(lines) => Link::Http(HttpLink::new(lines.clone(), self.in_flight)),
        };
        Stream::begin(link, &self.versions, self.patience).await
    }

    /// Whether it ended, so that no stream can begin. Over HTTP it does not.
    pub fn is_ended(&self) -> bool {
        match &self.way {
            Way::Quic(quic) => quic.is_ended(),
            Way::Http(_) => false,
        }
    }

    /// Ends at once, also what streams wait for; returns when the gateway knows, or does not say.
    /// Over HTTP, requests that are under way are left to their streams.
    pub async fn close(self) {
        if let Way::Quic(quic) = self.way {
            quic.close(self.patience).await;
        }
    }
}
