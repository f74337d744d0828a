//! Jobs: what the engine is asked to compute, and what comes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use typex_core::error::ErrorKind;
use typex_core::id::PartitionId;
use typex_core::key::payment::RsaBits;
use typex_core::key::{Algorithm, Material, Usage};
use typex_core::op::RsaPublicKey;
use typex_core::op::crypto::CryptoAnswer;
use typex_core::op::object::SessionKey;
use typex_core::op::payment;
use typex_core::op::user_auth::{Answer, Attempt};
use typex_core::policy::Grant;
use typex_core::secret::Secret;

use crate::cipher::{CipherJob, ReencryptJob};
use crate::crypto::{BlocksJob, CryptoJob};
use crate::handoff::Tag;
use crate::key::LoadedKey;
use crate::payment::{KeyDone, KeyJob, Message, PaymentJob, SealJob};
use crate::token::{DomainDone, DomainJob};

/// One operation, with its buffers and the time it may take.
pub struct Job {
    /// What to compute.
    pub work: Work,
    /// The clock as the caller has just read it.
    pub now: Instant,
    /// When the answer stops being wanted: an expired job is dropped uncomputed.
    pub deadline: Instant,
    /// Estimated work of the whole request that it is a part of, ns; 0 of one that came alone.
    pub request_ns: u64,
}

/// What to compute.
pub enum Work {
    /// The one operation of a key on sealed data, as one chain: check the MAC, decrypt, check
    /// what is inside, operate, encrypt, MAC. Not for user authentication keys.
    Process {
        /// The key.
        key: Arc<LoadedKey>,
        /// Ciphertext and tag of the request; the answer's are written over them. With a capacity
        /// of [`LoadedKey::answer_bytes_max`] nothing is allocated.
        sealed: BytesMut,
    },
    /// Opens a request to a user authentication key.
    OpenUserAuth {
        /// The key.
        key: Arc<LoadedKey>,
        /// Ciphertext and tag of the request.
        sealed: BytesMut,
    },
    /// Seals the answer of a user authentication key.
    SealUserAuth {
        /// The key.
        key: Arc<LoadedKey>,
        /// What to seal.
        answer: UserAuthAnswer,
    },
    /// Opens a request to an object whose layout is ours.
    OpenObject {
        /// The object.
        key: Arc<LoadedKey>,
        /// Ciphertext and tag of the request.
        sealed: BytesMut,
    },
    /// Seals the answer of such an object.
    SealObject {
        /// The object.
        key: Arc<LoadedKey>,
        /// What to seal.
        answer: ObjectAnswer,
    },
    /// Derives a key of a terminal's transaction and writes its block, under the object's keys.
    SessionKey {
        /// The object.
        key: Arc<LoadedKey>,
        /// Which key.
        asked: SessionKey,
        /// [`FILL_BYTES`](crate::payment::FILL_BYTES) random bytes.
        fill: Secret<Vec<u8>>,
    },
    /// Opens a template that a client filled and sealed under an import key.
    Unwrap {
        /// The import key.
        key: Arc<LoadedKey>,
        /// What the client sent.
        import: WrappedTemplate,
    },
    /// Makes a key that serves every operation of an algorithm, or checks one.
    MakeKey(MakeKey),
    /// An operation of a key that serves more than one; made by [`CryptoJob::plan`].
    Crypto(Box<CryptoJob>),
    /// ECB or CBC under such a key; made there as well.
    Blocks(BlocksJob),
    /// A payment operation.
    Payment(Box<PaymentJob>),
    /// Messages that GCM seals under one key.
    Seal(SealJob),
    /// Makes a payment key, brings one in or lets one out.
    PaymentKey(Box<KeyJob>),
    /// An operation on tokens.
    Token(Box<DomainJob>),
    /// Makes an RSA key.
    GenerateRsa {
        /// 1024 or 2048.
        bits: u32,
    },
    /// Checks an RSA key that a client brought in and puts it into the store's form.
    ImportRsa {
        /// dP, dQ, p, q, qInv, each `len16 | bytes`; zeros may follow.
        parts: Secret<Vec<u8>>,
        /// 128 or 256.
        modulus_bytes: u16,
    },
}

/// How to make a key that serves every operation of an algorithm.
pub enum MakeKey {
    /// Adds the public half to a secret part, if the algorithm has one.
    Complete {
        /// Of what.
        algorithm: Algorithm,
        /// Drawn by [`algorithm::generate`](crate::algorithm::generate).
        secret: Secret<Vec<u8>>,
    },
    /// Makes an RSA key.
    GenerateRsa {
        /// How long.
        bits: RsaBits,
    },
    /// Checks a private key of RSA that a client brought in.
    ImportRsa {
        /// How long.
        bits: RsaBits,
        /// In PKCS#1 or PKCS#8.
        der: Secret<Vec<u8>>,
    },
    /// Checks a public half that a client brought in.
    Import {
        /// Of what.
        algorithm: Algorithm,
        /// As sent.
        public: Vec<u8>,
    },
    /// Derives a key from an agreed secret.
    Derive {
        /// The key that agrees.
        from: Arc<LoadedKey>,
        /// The other party's public half.
        peer: Vec<u8>,
        /// What it shall be.
        target: Algorithm,
        /// Enters the derivation.
        info: Vec<u8>,
    },
}

/// An opened request of user authentication.
pub struct Opened {
    /// The request's nonce, for the answer.
    pub nonce: [u8; 8],
    /// What is to be decided with the user's stored state.
    pub attempt: Attempt,
}

/// The answer of user authentication, in clear.
pub struct UserAuthAnswer {
    /// The request's nonce.
    pub nonce: [u8; 8],
    /// What was decided.
    pub answer: Answer,
}

/// An opened request to an object whose layout is ours.
pub struct ObjectRequest {
    /// The request's nonce, for the answer.
    pub nonce: [u8; 8],
    /// What follows the length of it.
    pub records: Secret<Vec<u8>>,
}

/// The answer of such an object, in clear.
pub struct ObjectAnswer {
    /// The request's nonce.
    pub nonce: [u8; 8],
    /// Length, records, status.
    pub data: Secret<Vec<u8>>,
}

/// A filled template as it arrived.
// spec: enigma-bridge 5.3
pub struct WrappedTemplate {
    /// Number of the key to be, from the open template.
    pub object: u32,
    /// How many leading bytes of the template travel in clear.
    pub head_bytes: usize,
    /// RSA block of object number, encryption key and MAC key; at most modulus bytes.
    pub wrapped_keys: Bytes,
    /// Head, sealed rest, padding, MAC.
    pub protected: Bytes,
}

/// What comes of a job.
pub enum Done {
    /// Ciphertext and tag of an answer, or the result of [`Work::Blocks`]. The grant is used up.
    Sealed(BytesMut),
    /// Of [`Work::Crypto`]. The grant is used up.
    Crypto(Box<CryptoAnswer>),
    /// Of [`Work::Payment`]. The grant is used up.
    Payment(Box<payment::Done>),
    /// Of [`Work::Seal`]. The grant is used up.
    Messages(Vec<Message>),
    /// Of [`Work::Token`]. The grant is used up.
    Token(Box<DomainDone>),
    /// Of [`Work::OpenUserAuth`].
    Opened(Box<Step<Opened>>),
    /// Of [`Work::OpenObject`].
    Object(Box<Step<ObjectRequest>>),
    /// Of [`Work::SessionKey`]: the block.
    SessionKey(Box<Step<Secret<Vec<u8>>>>),
    /// Of [`Work::Unwrap`]: the whole filled template; nothing of it is checked but that it
    /// verifies.
    Template(Box<Step<Secret<Vec<u8>>>>),
    /// Of [`Work::GenerateRsa`] and [`Work::ImportRsa`].
    Key(Box<Step<NewKey>>),
    /// Of [`Work::MakeKey`].
    Made(Box<Step<Material>>),
    /// Of [`Work::PaymentKey`].
    PaymentKey(Box<Step<KeyDone>>),
    /// Of a [`PasswordJob`] with nothing to compare.
    PasswordHash(Secret<[u8; 32]>),
    /// Of a [`PasswordJob`] with a hash to compare.
    PasswordMatches(bool),
}

/// The result of one step of an operation, with the grant for the next.
pub struct Step<T> {
    /// The result.
    pub value: T,
    /// The grant that the job was submitted with.
    pub grant: Grant,
}

/// An RSA key that was made or checked.
pub struct NewKey {
    /// The private key.
    pub material: Material,
    /// Its public half.
    pub public: RsaPublicKey,
}

/// What argon2id may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes; all computed by one thread.
    pub lanes: u32,
}

/// Password work: part of authentication, so it comes before any grant.
pub struct PasswordJob {
    /// The password.
    pub password: Secret<Vec<u8>>,
    /// 16 random bytes, stored beside the hash.
    pub salt: [u8; 16],
    /// Parameters, stored beside the hash.
    pub cost: PasswordCost,
    /// The hash to compare with; `None` asks for the hash.
    pub expected: Option<Secret<[u8; 32]>>,
    /// The clock as the caller has just read it.
    pub now: Instant,
    /// When the answer stops being wanted.
    pub deadline: Instant,
}

/// An admitted job as backends see it.
pub struct Task {
    /// What to compute.
    pub(crate) work: Computation,
    /// Randomness drawn at admission: a backend is a pure function of its task.
    pub(crate) seed: Option<Secret<[u8; 32]>>,
    /// The key that a cipher's key is part of, where it is part of one.
    pub(crate) owner: Option<Arc<LoadedKey>>,
}

/// Everything a backend may be asked for.
pub(crate) enum Computation {
    Client(Work),
    Password(PasswordJob),
    Cipher(CipherJob),
    Reencrypt(ReencryptJob),
}

/// What a backend makes of a task.
pub enum Outcome {
    /// Ciphertext and tag of an answer; what a cipher made.
    Sealed(BytesMut),
    /// An opened request.
    Opened(Box<Opened>),
    /// An opened request to an object.
    Object(Box<ObjectRequest>),
    /// The block of a session key.
    SessionKey(Secret<Vec<u8>>),
    /// What an operation of a key that serves more than one gives.
    Crypto(Box<CryptoAnswer>),
    /// What a payment operation gives.
    Payment(Box<payment::Done>),
    /// Sealed messages.
    Messages(Vec<Message>),
    /// What an operation on tokens gives.
    Token(Box<DomainDone>),
    /// A filled template.
    Template(Secret<Vec<u8>>),
    /// A key.
    Key(Box<NewKey>),
    /// A key that serves every operation of an algorithm.
    Made(Box<Material>),
    /// A payment key that was made or brought in, or its block.
    PaymentKey(Box<KeyDone>),
    /// An argon2id hash.
    PasswordHash(Secret<[u8; 32]>),
    /// Whether a password is right.
    PasswordMatches(bool),
}

/// Longer than any test of a backend takes.
const ALONE_DEADLINE: Duration = Duration::from_secs(3600);

/// A task in a batch.
pub struct Item {
    /// Names it in its completion.
    pub tag: Tag,
    /// What to compute.
    pub task: Task,
    pub(crate) partition: PartitionId,
    pub(crate) isolate: bool,
    pub(crate) cost_ns: u64,
    pub(crate) admitted: Instant,
    pub(crate) deadline: Instant,
}

impl Item {
    /// A task that nobody waits for, for a backend without an engine.
    pub(crate) fn alone(tag: Tag, task: Task, now: Instant) -> Self {
        Self {
            tag,
            task,
            partition: PartitionId::SERVICE,
            isolate: false,
            cost_ns: 0,
            admitted: now,
            deadline: now + ALONE_DEADLINE,
        }
    }
}

impl Work {
    /// Whether a key that it computes with was revoked.
    pub(crate) fn is_revoked(&self) -> bool {
        match self {
            Self::Payment(job) => job.is_revoked(),
            Self::PaymentKey(job) => job.is_revoked(),
            Self::Token(job) => job.is_revoked(),
            work => work.key().is_some_and(|key| key.is_revoked()),
        }
    }

    /// The key it computes with, if it is one.
    fn key(&self) -> Option<&Arc<LoadedKey>> {
        match self {
            Self::Process { key, .. }
            | Self::OpenUserAuth { key, .. }
            | Self::SealUserAuth { key, .. }
            | Self::OpenObject { key, .. }
            | Self::SealObject { key, .. }
            | Self::SessionKey { key, .. }
            | Self::Unwrap { key, .. }
            | Self::MakeKey(MakeKey::Derive { from: key, .. })
            | Self::Blocks(BlocksJob { key, .. }) => Some(key),
            Self::Crypto(job) => Some(&job.key),
            Self::Seal(job) => Some(&job.key),
            Self::Payment(_)
            | Self::PaymentKey(_)
            | Self::Token(_)
            | Self::MakeKey(_)
            | Self::GenerateRsa { .. }
            | Self::ImportRsa { .. } => None,
        }
    }
}

/// What RSA private operations have in common that go side by side.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PrivateOperation {
    /// Bytes of the modulus.
    pub(crate) modulus_len: usize,
    /// Whether it is the operation of a chain, not one with padding.
    is_raw: bool,
}

impl Task {
    /// One chain of `ProcessData`, to run on a backend without an engine: nothing is admitted,
    /// checked against a grant or counted. Not for keys whose operation draws randomness.
    pub fn process(key: Arc<LoadedKey>, sealed: BytesMut) -> Self {
        Self::of(Computation::Client(Work::Process { key, sealed }))
    }

    /// One operation of a cipher.
    pub fn cipher(job: CipherJob) -> Self {
        Self::of(Computation::Cipher(job))
    }

    /// Re-encryption of one message.
    pub fn reencrypt(job: ReencryptJob) -> Self {
        Self::of(Computation::Reencrypt(job))
    }

    /// Work that draws no randomness.
    pub(crate) fn of(work: Computation) -> Self {
        Self { work, seed: None, owner: None }
    }

    /// Admitted work. ECB and CBC go to backends as a cipher's job.
    pub(crate) fn admitted(work: Work, seed: Option<Secret<[u8; 32]>>) -> Result<Self, ErrorKind> {
        let Work::Blocks(job) = work else {
            return Ok(Self { work: Computation::Client(work), seed, owner: None });
        };
        let owner = Some(Arc::clone(&job.key));
        Ok(Self { work: Computation::Cipher(job.into_cipher_job()?), seed, owner })
    }

    /// Makes it ready for a card, where that takes anything.
    pub(crate) fn prepare(&mut self) {
        if let Computation::Client(Work::Payment(job)) = &mut self.work {
            job.prepare();
        }
    }

    /// Whether its key was revoked since it was admitted.
    pub(crate) fn is_revoked(&self) -> bool {
        match &self.work {
            Computation::Client(work) => work.is_revoked(),
            _ => self.owner.as_ref().is_some_and(|key| key.is_revoked()),
        }
    }

    /// What it is like, if it is one RSA private operation.
    pub(crate) fn private_operation(&self) -> Option<PrivateOperation> {
        let (modulus_len, is_raw) = match &self.work {
            Computation::Client(Work::Process { key, .. }) => match key.record().usage {
                Usage::RsaPrivate { modulus_bytes } => (usize::from(modulus_bytes), true),
                _ => return None,
            },
            Computation::Client(Work::Crypto(job)) => (job.private_modulus_len()?, false),
            _ => return None,
        };
        Some(PrivateOperation { modulus_len, is_raw })
    }

    /// Length of the sealed buffer it carries.
    pub(crate) fn sealed_bytes(&self) -> usize {
        match &self.work {
            Computation::Client(
                Work::Process { sealed, .. }
                | Work::OpenUserAuth { sealed, .. }
                | Work::OpenObject { sealed, .. },
            ) => sealed.len(),
            Computation::Client(Work::Payment(job)) => job.data_bytes(),
            Computation::Client(Work::Seal(job)) => job.data_bytes(),
            Computation::Cipher(job) => job.data.len(),
            Computation::Reencrypt(job) => job.data.len(),
            _ => 0,
        }
    }
}
