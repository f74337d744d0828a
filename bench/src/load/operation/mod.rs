//! What can be asked for, and how an answer is judged.
//!
//! Requests are made before the measurement and sent in turns. Each knows what its answer must be.

mod batch;
mod channel;
mod encrypt;
mod http;
mod process;
mod vault;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use typex_client::{Outcome, Signer};

pub use self::http::HttpAsk;
pub(crate) use batch::{Batch, Holder, Name};
pub use encrypt::{EncryptAsk, PaymentKey};
pub use process::{BatchAsk, ProcessAsk};
pub use vault::VaultAsk;

use super::LoadError;
use super::scenario::Carrier;
use crate::chance::Chance;

/// What a scenario asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// ProcessData of Enigma Bridge as JSON over HTTP.
    ProcessData(ProcessAsk),
    /// ProcessData as records of `typex/1`, on a stream or as a body of HTTP.
    ProcessBatch(BatchAsk),
    /// EncryptData in GCM as JSON of the AWS Payment Cryptography dialect.
    EncryptData(EncryptAsk),
    /// The same as records of `typex/1`, on a stream or as a body of HTTP.
    EncryptBatch(EncryptAsk),
    /// `encode` of the Vault dialect.
    VaultEncode(VaultAsk),
    /// Any request of HTTP.
    Http(HttpAsk),
}

impl Ask {
    /// Fails if this carrier cannot carry it, or a field is out of range.
    pub(crate) fn check(&self, carrier: Carrier) -> Result<(), LoadError> {
        let is_batch = matches!(self, Self::ProcessBatch(_) | Self::EncryptBatch(_));
        if carrier == Carrier::Typex && !is_batch {
            let text = "typex carries batches only: process-batch, encrypt-batch".to_owned();
            return Err(LoadError::Scenario(text));
        }
        let checked = match self {
            Self::ProcessData(ask) => ask.check(),
            Self::ProcessBatch(ask) => ask.check(),
            Self::EncryptData(ask) | Self::EncryptBatch(ask) => ask.check(),
            Self::VaultEncode(ask) => ask.check(),
            Self::Http(ask) => ask.check(),
        };
        checked.map_err(LoadError::Scenario)
    }

    /// For people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ProcessData(_) => "process-data",
            Self::ProcessBatch(_) => "process-batch",
            Self::EncryptData(_) => "encrypt-data",
            Self::EncryptBatch(_) => "encrypt-batch",
            Self::VaultEncode(_) => "vault-encode",
            Self::Http(_) => "http",
        }
    }

    /// Makes `count` requests.
    pub(crate) fn prepare(
        &self,
        carrier: Carrier,
        count: usize,
        chance: &mut Chance,
    ) -> Result<Vec<Exchange>, LoadError> {
        let make = |chance: &mut Chance| match self {
            Self::ProcessData(ask) => ask.exchange(chance),
            Self::ProcessBatch(ask) => ask.exchange(carrier, chance),
            Self::EncryptData(ask) => ask.json(chance),
            Self::EncryptBatch(ask) => ask.frames(carrier, chance),
            Self::VaultEncode(ask) => ask.exchange(chance),
            Self::Http(ask) => ask.exchange(),
        };
        (0..count).map(|_| make(chance).map_err(LoadError::Scenario)).collect()
    }
}

/// A request and what must be answered to it.
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) expected: Box<dyn Expected>,
}

/// A request before a carrier has it.
pub(crate) enum Request {
    /// With who signs it, when it is sent.
    Http(::http::Request<Bytes>, Option<Signer>),
    Batch(Batch),
}

/// What came.
pub(crate) enum Answer {
    Http {
        status: u16,
        body: Bytes,
    },
    Outcomes(Vec<Outcome>),
    /// The whole batch was refused, with this status.
    Refused(&'static str),
}

/// Knows the right answer.
pub(crate) trait Expected: Send {
    /// Reads what the answer says of itself, as little as that takes.
    fn judge(&self, answer: &Answer) -> Result<Verdict, Fault>;

    /// Opens the answer, which was judged to be accepted, and compares what is in it.
    fn verify(&self, answer: &Answer) -> Result<(), String>;
}

/// How a request ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Records that were carried out; of a request that is no batch, 1.
    pub(crate) accepted: u64,
    /// Records that were refused for want of room, and the status.
    pub(crate) refused: Vec<(String, u64)>,
}

impl Verdict {
    fn accepted(records: u64) -> Self {
        Self { accepted: records, refused: Vec::new() }
    }

    fn refused(status: &str, records: u64) -> Self {
        Self { accepted: 0, refused: vec![(status.to_owned(), records)] }
    }
}

/// Why there is no answer, or not one that means success or want of room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There was no connection.
    Connect(String),
    /// It ended.
    Connection(String),
    /// No answer in time.
    Timeout,
    /// An answer, but this status.
    Status(String),
    /// What came is no answer.
    Form(&'static str),
}

impl Fault {
    /// By which results count it: few different texts.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Connect(_) => "connect".to_owned(),
            Self::Connection(_) => "connection".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Status(status) => format!("status {status}"),
            Self::Form(what) => format!("form: {what}"),
        }
    }
}
