//! HTTP/2: one connection carries all requests side by side.

use bytes::Bytes;
use http::Version;
use http_body_util::Full;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::TokioExecutor;
use tokio::sync::Mutex;

use super::Signer;
use super::target::{Target, frames};
use crate::ClientError;

/// A connection to one gateway, made when it is needed.
pub(crate) struct Http2 {
    target: Target,
    line: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Http2 {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, line: Mutex::default() }
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
        // The connection may have ended unseen: then a new one is tried, once.
        let (mut line, is_new) = self.line().await.map_err(ClientError::unsent)?;
        let request = self.target.request(Version::HTTP_2, body, signer)?;
        let mut sent = line.try_send_request(request).await;
        if !is_new
            && let Err(error) = &mut sent
            && let Some(request) = error.take_message()
        {
            let (mut line, _) = self.line().await.map_err(ClientError::unsent)?;
            sent = line.try_send_request(request).await;
        }
        match sent {
            Ok(response) => frames(response).await,
            Err(error) if error.message().is_some() => {
                Err(ClientError::from(error.into_error()).unsent())
            }
            Err(error) => Err(error.into_error().into()),
        }
    }

    /// The connection, and whether it was made for this.
    async fn line(&self) -> Result<(SendRequest<Full<Bytes>>, bool), ClientError> {
        let mut place = self.line.lock().await;
        if let Some(line) = &*place
            && !line.is_closed()
        {
            return Ok((line.clone(), false));
        }
        let io = self.target.connect().await?;
        let (line, connection) = http2::handshake(TokioExecutor::new(), io).await?;
        // What ends it, requests are told.
        tokio::spawn(async move { drop(connection.await) });
        *place = Some(line.clone());
        Ok((line, true))
    }
}
