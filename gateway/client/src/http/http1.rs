//! HTTP/1.1: a connection carries one request after the other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::Version;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use tokio::sync::Semaphore;

use super::Signer;
use super::target::{Target, frames};
use crate::ClientError;

/// Connections to one gateway, at most so many at a time.
pub(crate) struct Http1 {
    target: Target,
    room: Semaphore,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Http1 {
    pub(crate) fn new(target: Target, connections: usize) -> Self {
        let room = Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS));
        Self { target, room, idle: Mutex::default() }
    }

    /// The body that answers this one.
    ///
    /// # Errors
    /// [`ClientError::NotSent`] if nothing of it went out.
    pub(crate) async fn post(
        &self,
        body: Bytes,
        signer: Option<&Signer>,
    ) -> Result<Bytes, ClientError> {
        // It is never closed.
        let _room = self.room.acquire().await.ok();
        loop {
            let idle = self.rested().await;
            let is_new = idle.is_none();
            let mut line = match idle {
                Some(line) => line,
                None => self.connect().await.map_err(ClientError::unsent)?,
            };
            let request = self.target.request(Version::HTTP_11, body.clone(), signer)?;
            match line.try_send_request(request).await {
                Ok(response) => {
                    let answer = frames(response).await;
                    self.idle().push(line);
                    return answer;
                }
                // The gateway had closed it. There are only so many idle ones.
                Err(error) if error.message().is_some() && !is_new => {}
                Err(error) if error.message().is_some() => {
                    return Err(ClientError::from(error.into_error()).unsent());
                }
                Err(error) => return Err(error.into_error().into()),
            }
        }
    }

    /// One that was used before and still can be.
    async fn rested(&self) -> Option<SendRequest<Full<Bytes>>> {
        loop {
            let idle = self.idle().pop();
            let mut line = idle?;
            if line.ready().await.is_ok() {
                return Some(line);
            }
        }
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let (line, connection) = http1::handshake(self.target.connect().await?).await?;
        // What ends it, requests are told.
        tokio::spawn(async move { drop(connection.await) });
        Ok(line)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<SendRequest<Full<Bytes>>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
