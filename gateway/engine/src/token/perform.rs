//! What clients ask of domains, as jobs of the engine.

use std::sync::Arc;

use typex_core::error::ErrorKind;
use typex_core::op::Action;
use typex_core::op::token::Operation;
use typex_core::policy::Grant;
use typex_core::secret::Secret;
use typex_core::token::TokenVersion;
use typex_core::token::vault::Sealed;
use typex_kernels::RoundKeys;

use super::{Drawn, Realm};
use crate::payment::Error;
use crate::payment::cipher::Nonce;
use crate::payment::lanes::{self, Lanes};

/// Ten blocks of AES, a remainder for each, and passing from step to step, in company.
const CROSSING_NS: u64 = 500;

/// Eight tokens drawn, a value sealed under each.
const DRAWING_NS: u64 = 12_000;

/// A value opened.
const OPENING_NS: u64 = 1_500;

type Seed = Secret<[u8; 32]>;

/// A job with the randomness that was drawn at its admission.
pub(crate) type Seeded<'a> = (&'a DomainJob, Option<&'a Seed>);

/// An operation in a domain, with what the gateway has looked up for it.
pub struct DomainJob {
    /// The domain.
    pub realm: Arc<Realm>,
    /// The one in which a value gets another token.
    pub to: Option<Arc<Realm>>,
    /// What to do.
    pub task: DomainTask,
    /// For what is sealed: one for a value that may have to be sealed anew, or as many as tokens
    /// are drawn. No other job has them.
    pub nonces: Vec<Nonce>,
}

/// What to do.
pub enum DomainTask {
    /// Makes a token of a value.
    Tokenize(Secret<Vec<u8>>),
    /// Finds the value of a token.
    Detokenize(Held),
    /// Makes another domain's token of the value of a token.
    Retokenize(Held),
    /// Says whether a text can be a token; not for vaults, which have a look.
    Validate(Vec<u8>),
}

/// A token and what the vault has of it, if there is one and has something.
pub struct Held {
    /// The token.
    pub token: Vec<u8>,
    /// What stands for its value.
    pub sealed: Option<Sealed>,
}

/// What comes of it.
pub struct DomainDone {
    /// What was asked for.
    pub made: Made,
    /// The value sealed under the key that is now for that, if it was under another.
    pub resealed: Option<Sealed>,
}

/// What was asked for.
pub enum Made {
    /// A token.
    Token(Vec<u8>),
    /// Tokens of which a vault has to take one.
    Drawn(Box<Drawn>),
    /// A value.
    Value(Secret<Vec<u8>>),
    /// The version that a text says.
    Version(Option<TokenVersion>),
}

/// Runs jobs side by side, answers in their order.
pub(crate) fn run_jobs(jobs: &[Seeded<'_>]) -> Vec<Result<DomainDone, ErrorKind>> {
    let lanes = Lanes::new();
    let operations = jobs.iter().map(|(job, seed)| Box::pin(job.perform(&lanes, *seed)));
    let answers = lanes.run(operations.collect());
    answers.into_iter().map(|answer| answer.map_err(ErrorKind::from)).collect()
}

/// Runs one job.
pub(crate) fn run_job((job, seed): Seeded<'_>) -> Result<DomainDone, ErrorKind> {
    let done = lanes::alone(async |lanes| job.perform(lanes, seed).await);
    done.map_err(|error: Error| error.into())
}

impl DomainJob {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self.task {
            DomainTask::Tokenize(_) => Operation::Tokenize,
            DomainTask::Detokenize(_) => Operation::Detokenize,
            DomainTask::Retokenize(_) => Operation::Retokenize,
            DomainTask::Validate(_) => Operation::Validate,
        }
    }

    /// What it costs one core, in nanoseconds, by order of magnitude.
    pub fn cost_ns(&self) -> u64 {
        let reading = if self.realm.has_vault() { OPENING_NS } else { CROSSING_NS };
        let making = |realm: &Realm| if realm.has_vault() { DRAWING_NS } else { CROSSING_NS };
        match &self.task {
            DomainTask::Tokenize(_) => making(&self.realm),
            DomainTask::Detokenize(_) | DomainTask::Validate(_) => reading,
            DomainTask::Retokenize(_) => reading + self.to.as_deref().map_or(0, making),
        }
    }

    /// Whether the grant is for this operation in these domains.
    pub(crate) fn is_covered(&self, grant: &Grant) -> bool {
        let Some(token) = grant.token() else { return false };
        let ours = |realm: &Arc<Realm>| realm.record().partition == grant.partition();
        let name = |realm: &Arc<Realm>| realm.record().name.clone();
        grant.action() == Action::Token(self.operation())
            && ours(&self.realm)
            && self.to.iter().all(ours)
            && token.domain.as_ref() == Some(&self.realm.record().name)
            && token.to == self.to.as_ref().map(name)
    }

    /// Whether a key of its domains was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        self.realm.is_revoked() || self.to.as_ref().is_some_and(|to| to.is_revoked())
    }

    /// Whether what it gives is drawn.
    pub(crate) fn draws_random(&self) -> bool {
        self.maker().is_some_and(Realm::has_vault)
    }

    /// The domain that gets a token.
    fn maker(&self) -> Option<&Realm> {
        match self.task {
            DomainTask::Tokenize(_) => Some(&self.realm),
            DomainTask::Retokenize(_) => self.to.as_deref(),
            DomainTask::Detokenize(_) | DomainTask::Validate(_) => None,
        }
    }

    async fn perform(&self, lanes: &Lanes, seed: Option<&Seed>) -> Result<DomainDone, Error> {
        let (made, resealed) = match &self.task {
            DomainTask::Tokenize(value) => (self.make(lanes, value, seed).await?, None),
            DomainTask::Detokenize(held) => {
                let value = self.realm.resolve(lanes, held).await?;
                let resealed = self.realm.reseal(held, &value, self.nonces.first())?;
                (Made::Value(value), resealed)
            }
            DomainTask::Retokenize(held) => {
                let value = self.realm.resolve(lanes, held).await?;
                (self.make(lanes, &value, seed).await?, None)
            }
            DomainTask::Validate(text) => (Made::Version(self.realm.validate(text)?), None),
        };
        Ok(DomainDone { made, resealed })
    }

    async fn make(
        &self,
        lanes: &Lanes,
        value: &Secret<Vec<u8>>,
        seed: Option<&Seed>,
    ) -> Result<Made, Error> {
        let maker = self.maker().ok_or(Error::Internal)?;
        let random = stream(seed, maker.random_bytes(value.expose().len()))?;
        maker.make(lanes, value, &random, &self.nonces).await
    }
}

/// Random bytes of a job, the same whenever it runs.
fn stream(seed: Option<&Seed>, count: usize) -> Result<Secret<Vec<u8>>, Error> {
    let mut bytes = Secret::new(vec![0; count]);
    if count > 0 {
        let seed = seed.ok_or(Error::Internal)?;
        let keys = RoundKeys::boxed(seed.expose()).map_err(|_| Error::Internal)?;
        typex_kernels::ctr(&keys, &[0; 16], bytes.expose_mut());
    }
    Ok(bytes)
}
