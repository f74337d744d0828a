//! What clients ask of domains, as jobs of the engine.

use std::sync::Arc;

use typex_core::error::ErrorKind;
use typex_core::op::Action;
use typex_core::op::payment::{Cipher, TrackForm};
use typex_core::op::token::Operation;
use typex_core::policy::Grant;
use typex_core::secret::Secret;
use typex_core::token::TokenVersion;
use typex_core::token::vault::Sealed;
use typex_kernels::RoundKeys;

use super::{Drawn, Realm, Token};
use crate::payment::cipher::Nonce;
use crate::payment::lanes::{self, Lanes};
use crate::payment::operation::{self, TokenWay, translated_by_token};
use crate::payment::{Error, JobKey};

/// Ten blocks of AES, a remainder for each, and passing from step to step, in company.
const CROSSING_NS: u64 = 500;

/// Eight tokens drawn, a value sealed under each.
const DRAWING_NS: u64 = 12_000;

/// Keys of a transaction derived, a PIN taken out of a block and put into another.
const PAYMENT_NS: u64 = 20_000;

/// A block of a cipher.
const BLOCK_NS: u64 = 50;

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
    /// Makes a token of a value that comes enciphered.
    Transport {
        /// The key that deciphers it.
        keys: Vec<JobKey>,
        /// How.
        cipher: Box<Cipher>,
        /// What.
        ciphertext: Vec<u8>,
        /// How the track is written whose card number it is.
        track: Option<TrackForm>,
    },
    /// Binds a PIN block to the card number of the token to which it is bound.
    TranslatePin {
        /// The token.
        held: Held,
        /// The keys from which and to which it goes.
        keys: Vec<JobKey>,
        /// Format in which it comes.
        format: u8,
        /// The block.
        block: Vec<u8>,
        /// Format in which it goes.
        outgoing: u8,
    },
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
    /// A value that nobody named: to be counted, and for no answer.
    pub value: Option<Secret<Vec<u8>>>,
}

/// What was asked for.
pub enum Made {
    /// A token.
    Token(Vec<u8>),
    /// Tokens of which a vault has to take one.
    Drawn(Box<Drawn>),
    /// A value.
    Value(Secret<Vec<u8>>),
    /// A PIN block.
    PinBlock(Vec<u8>),
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

/// What an operation costs one core, in nanoseconds, by order of magnitude, in a domain with a
/// vault or without; a value that gets a token elsewhere gets it in one of the same kind.
pub fn price_ns(operation: Operation, has_vault: bool) -> u64 {
    let (reading, making) = (reading_ns(has_vault), making_ns(has_vault));
    match operation {
        Operation::Tokenize => making,
        Operation::Detokenize | Operation::Validate => reading,
        Operation::Retokenize => reading + making,
        Operation::TokenizeTransport => making + PAYMENT_NS,
        Operation::TranslatePin => reading + PAYMENT_NS,
        Operation::Lookup | Operation::Delete => 0,
    }
}

fn reading_ns(has_vault: bool) -> u64 {
    if has_vault { OPENING_NS } else { CROSSING_NS }
}

fn making_ns(has_vault: bool) -> u64 {
    if has_vault { DRAWING_NS } else { CROSSING_NS }
}

impl DomainJob {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self.task {
            DomainTask::Tokenize(_) => Operation::Tokenize,
            DomainTask::Detokenize(_) => Operation::Detokenize,
            DomainTask::Retokenize(_) => Operation::Retokenize,
            DomainTask::Validate(_) => Operation::Validate,
            DomainTask::Transport { .. } => Operation::TokenizeTransport,
            DomainTask::TranslatePin { .. } => Operation::TranslatePin,
        }
    }

    /// What it costs one core, in nanoseconds, by order of magnitude.
    pub fn cost_ns(&self) -> u64 {
        let has_vault = self.realm.has_vault();
        match &self.task {
            DomainTask::Retokenize(_) => {
                let making = |to: &Realm| making_ns(to.has_vault());
                reading_ns(has_vault) + self.to.as_deref().map_or(0, making)
            }
            DomainTask::Transport { ciphertext, .. } => {
                let blocks = ciphertext.len() as u64 / 16;
                price_ns(self.operation(), has_vault) + BLOCK_NS * blocks
            }
            _ => price_ns(self.operation(), has_vault),
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
            && self.keys().iter().map(JobKey::named).eq(grant.parts().iter().copied())
    }

    /// Whether a key of its domains was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        self.realm.is_revoked()
            || self.to.as_ref().is_some_and(|to| to.is_revoked())
            || self.keys().iter().any(|key| key.loaded().is_revoked())
    }

    /// Whether what it gives is drawn.
    pub(crate) fn draws_random(&self) -> bool {
        let is_pin = matches!(self.task, DomainTask::TranslatePin { .. });
        is_pin || self.maker().is_some_and(Realm::has_vault)
    }

    /// The payment keys.
    fn keys(&self) -> &[JobKey] {
        match &self.task {
            DomainTask::Transport { keys, .. } | DomainTask::TranslatePin { keys, .. } => keys,
            _ => &[],
        }
    }

    /// The domain that gets a token.
    fn maker(&self) -> Option<&Realm> {
        match self.task {
            DomainTask::Tokenize(_) | DomainTask::Transport { .. } => Some(&self.realm),
            DomainTask::Retokenize(_) => self.to.as_deref(),
            _ => None,
        }
    }

    async fn perform(&self, lanes: &Lanes, seed: Option<&Seed>) -> Result<DomainDone, Error> {
        let (mut resealed, mut opened) = (None, None);
        let made = match &self.task {
            DomainTask::Tokenize(value) => self.make(lanes, value, seed).await?,
            DomainTask::Detokenize(held) => {
                let value = self.realm.resolve(lanes, held).await?;
                resealed = self.realm.reseal(held, &value, self.nonces.first())?;
                Made::Value(value)
            }
            DomainTask::Retokenize(held) => {
                let value = self.realm.resolve(lanes, held).await?;
                let made = self.make(lanes, &value, seed).await?;
                opened = Some(value);
                made
            }
            DomainTask::Validate(text) => Made::Version(self.realm.validate(text)?),
            DomainTask::Transport { keys, cipher, ciphertext, track } => {
                let value = operation::opened(lanes, keys, cipher, ciphertext, *track).await?;
                let made = self.make(lanes, &value, seed).await?;
                opened = Some(value);
                made
            }
            DomainTask::TranslatePin { .. } => self.translate(lanes, seed).await?,
        };
        Ok(DomainDone { made, resealed, value: opened })
    }

    /// An answer of the right form without computing anything.
    pub(crate) fn nothing(&self) -> Option<DomainDone> {
        let made = match &self.task {
            DomainTask::Tokenize(value) if !self.realm.has_vault() => {
                Made::Token(vec![b'0'; value.expose().len()])
            }
            _ => return None,
        };
        Some(DomainDone { made, resealed: None, value: None })
    }

    async fn translate(&self, lanes: &Lanes, seed: Option<&Seed>) -> Result<Made, Error> {
        let DomainTask::TranslatePin { held, keys, format, block, outgoing } = &self.task else {
            return Err(Error::Internal);
        };
        let token = Token::parse(&held.token)?;
        let (format, outgoing) = (*format, *outgoing);
        let way = TokenWay { keys, token: &token, format, block, outgoing };
        let resolved = self.realm.resolve_pan(lanes, held);
        translated_by_token(lanes, way, seed, resolved).await.map(Made::PinBlock)
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
