//! Admits jobs, forms batches per lane, drives backends, completes whoever waits.
//!
//! An [`Engine`] is process-wide; each core has its own [`Shard`] and shares nothing but pools and
//! budgets. `submit` consumes the [`Grant`](typex_core::policy::Grant) of an authorized operation,
//! so work without authorization does not compile. Where a job runs is decided by its estimated
//! cost: on the spot, in a batch on its own core, or on a pool; `docs/engine.md` draws it.
#![forbid(unsafe_code)]

pub mod admit;
pub mod algorithm;
pub mod backend;
mod batch;
mod cipher;
mod cost;
mod counters;
mod crypto;
mod engine;
mod execute;
mod general;
pub mod handoff;
mod job;
mod key;
mod length;
pub mod limits;
mod object;
mod padding;
pub mod payment;
mod pending;
mod platform;
mod pool;
mod reserve;
pub mod rsa;
mod schedule;
mod shard;
mod slot_key;
pub mod token;

pub use backend::{
    Backend, CARD_CAPABILITIES, Card, CardError, CardOptions, CardSnapshot, CardState, FaultKind,
    RingSnapshot, SelfTest, SlotSnapshot,
};
pub use batch::{Batch, Completion, Completions};
pub use cipher::{
    Cipher, CipherJob, CipherKey, CipherRights, OpenMode, ReencryptJob, ReencryptKey, SealMode,
};
pub use cost::{LaneClass, crypto_ns};
pub use counters::{BATCH_BOUNDS, Counters, Refusal, Route};
pub use crypto::{BlocksJob, CryptoJob, Rest};
pub use engine::{Engine, Gauge, Options, StartError, Tuning};
pub use general::GeneralKey;
pub use job::{
    Done, Item, Job, MakeKey, NewKey, ObjectAnswer, ObjectRequest, Opened, Outcome, PasswordCost,
    PasswordJob, Step, Task, UserAuthAnswer, Work, WrappedTemplate,
};
pub use key::LoadedKey;
pub use object::{ObjectKey, check_object};
pub use pending::Pending;
pub use reserve::Reserve;
pub use shard::{Shard, flush_current};
/// For set-up and diagnosis; requests go through a [`Shard`].
pub use typex_kernels::{Path, rsa::RsaPrivate};
