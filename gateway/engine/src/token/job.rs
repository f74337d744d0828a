//! What is done with tokens, as jobs of a batch.

use std::sync::Arc;

use typex_core::token::TokenVersion;

use super::{Domain, Token};
use crate::payment::lanes::Lanes;
use crate::payment::{Error, Pan};

/// Ten blocks of AES, a remainder for each, and passing from step to step, in company.
const CROSSING_NS: u64 = 500;

/// Something to do with the tokens of a domain.
pub struct TokenJob {
    /// Whose tokens they are.
    pub domain: Arc<Domain>,
    /// What to do.
    pub task: TokenTask,
}

/// What to do with a card number or a token.
pub enum TokenTask {
    /// Makes the token of a card number.
    Tokenize(Pan),
    /// Finds the card number of a token.
    Detokenize(Token),
    /// Makes the token of another domain, the card number shown to nobody.
    Retokenize(Token, Arc<Domain>),
    /// Says whether a text can be a token of the domain.
    Validate(Token),
}

/// What comes of it.
pub enum TokenDone {
    /// The token.
    Token(Token),
    /// The card number.
    Pan(Pan),
    /// The version of the token, if the layout has them.
    Version(Option<TokenVersion>),
}

impl TokenJob {
    /// Does it.
    ///
    /// # Errors
    /// Those of [`Domain::tokenize`], [`Domain::detokenize`], [`Domain::retokenize`] and
    /// [`Domain::validate`].
    pub async fn perform(&self, lanes: &Lanes) -> Result<TokenDone, Error> {
        let Self { domain, task } = self;
        match task {
            TokenTask::Tokenize(pan) => domain.tokenize(lanes, pan).await.map(TokenDone::Token),
            TokenTask::Detokenize(token) => {
                domain.detokenize(lanes, token).await.map(TokenDone::Pan)
            }
            TokenTask::Retokenize(token, to) => {
                domain.retokenize(lanes, to, token).await.map(TokenDone::Token)
            }
            TokenTask::Validate(token) => domain.validate(token).map(TokenDone::Version),
        }
    }

    /// What it costs one core, in nanoseconds, by order of magnitude.
    pub fn cost_ns(&self) -> u64 {
        match self.task {
            TokenTask::Tokenize(_) | TokenTask::Detokenize(_) => CROSSING_NS,
            TokenTask::Retokenize(..) => 2 * CROSSING_NS,
            TokenTask::Validate(_) => CROSSING_NS / 10,
        }
    }
}

/// Runs jobs side by side, answers in their order. One that fails changes no other.
pub fn run_lanes(jobs: &[TokenJob]) -> Vec<Result<TokenDone, Error>> {
    let lanes = Lanes::new();
    lanes.run(jobs.iter().map(|job| Box::pin(job.perform(&lanes))).collect())
}
