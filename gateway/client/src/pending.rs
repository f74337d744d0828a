//! A batch that is under way.

use std::time::Duration;

use tokio::sync::oneshot;
use typex_wire::Outcome;

use crate::request::{Answer, Reply};
use crate::{ClientError, within};

/// A batch that was sent. To drop it does not take it back.
#[must_use = "the answers come here"]
pub struct Pending {
    answer: oneshot::Receiver<Answer>,
    patience: Duration,
}

impl Pending {
    pub(crate) fn new(answer: oneshot::Receiver<Answer>, patience: Duration) -> Self {
        Self { answer, patience }
    }

    /// Waits for the answers to all of its records, which are in any order.
    ///
    /// # Errors
    /// [`ClientError::Overload`] if nothing was done with them, [`ClientError::Late`] if the
    /// gateway is slow; others end the stream.
    pub async fn outcomes(self) -> Result<Vec<Outcome>, ClientError> {
        match self.reply().await? {
            Reply::Outcomes(outcomes) => Ok(outcomes),
            _ => Err(ClientError::Unexpected),
        }
    }

    pub(crate) async fn reply(self) -> Answer {
        // Who answers goes without an answer only when the runtime ends.
        within(self.patience, self.answer).await?.unwrap_or(Err(ClientError::Ended))
    }
}
