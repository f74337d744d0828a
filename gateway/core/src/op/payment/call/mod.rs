//! What a caller asks of a payment operation, in values of no dialect.
//!
//! Nothing is checked here but what the types say: lengths and alphabets are the engine's to judge,
//! so that every dialect is judged alike.

mod answer;
mod card;
mod cipher;
mod pin;
mod task;

pub use answer::{Answer, Answered, Done, Encrypted, SeenKey};
pub use card::{
    Card, ChipCard, ChipScheme, ChipSession, Cryptogram, DerivationOption, DynamicCard, Response,
    ScriptStyle, SessionKey,
};
pub use cipher::{Cipher, Mode, RsaPadding, TrackForm};
pub use pin::{ClaimedRule, Pin3624, PinBlock, PinForm};
pub use task::{Mac, MacPadding, Task};

use std::fmt;

use super::{Operation, Part};
use crate::error::Error;
use crate::id::{KeyId, PartitionId};
use crate::secret::Secret;

/// Digits or bytes that are wiped: PANs, PINs, clear data.
pub type Bytes = Secret<Vec<u8>>;

/// A request.
pub enum Request {
    /// One operation.
    One(Box<Call>),
    /// Several of one kind, each answered in its place; one that could not be read fails alone.
    Batch {
        /// Of which kind.
        operation: Operation,
        /// The operations.
        calls: Vec<Result<Call, Error>>,
    },
}

/// One operation with its keys.
pub struct Call {
    /// The keys, each in its part; see [`Operation::parts`].
    pub keys: Vec<NamedKey>,
    /// What to do.
    pub task: Task,
}

impl Call {
    /// A message that GCM is to seal under a stored key itself.
    pub fn seal(key: KeyId, aad: Option<Vec<u8>>, plaintext: Bytes) -> Self {
        let source = Source::Stored(KeyRef { account: None, name: RefName::Id(key) });
        let keys = vec![NamedKey { part: Part::Data, source, dukpt: None }];
        let cipher = Cipher::Gcm { aad, nonce: None, tag: None };
        Self { keys, task: Task::Encrypt { cipher, plaintext } }
    }

    /// The key of such a call of this account.
    pub fn seals_under(&self, own: Account) -> Option<KeyId> {
        let (Task::Encrypt { cipher, .. }, [NamedKey { part: Part::Data, source, dukpt: None }]) =
            (&self.task, &self.keys[..])
        else {
            return None;
        };
        let Source::Stored(KeyRef { account, name: RefName::Id(key) }) = source else {
            return None;
        };
        let is_plain = matches!(cipher, Cipher::Gcm { nonce: None, tag: None, .. });
        (is_plain && account.is_none_or(|account| account == own)).then_some(*key)
    }
}

/// A key in its part, as the caller named it.
pub struct NamedKey {
    /// What it does.
    pub part: Part,
    /// Where it is.
    pub source: Source,
    /// The transaction, if it is a base key.
    pub dukpt: Option<Dukpt>,
}

/// Where a key is.
pub enum Source {
    /// In the store.
    Stored(KeyRef),
    /// In an object, in the same part; whoever may use the object means no other.
    Object(KeyId),
    /// In a key block of the request.
    Block {
        /// The block.
        text: Bytes,
        /// The stored key that protects it.
        under: KeyRef,
    },
}

/// How a caller names a stored key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// The account that a full name says; it has to be the caller's.
    pub account: Option<Account>,
    /// Which key of it.
    pub name: RefName,
}

/// Which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefName {
    /// By identity.
    Id(KeyId),
    /// By an alias, without `alias/`.
    Alias(String),
}

impl fmt::Display for RefName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Alias(alias) => write!(f, "alias/{alias}"),
        }
    }
}

/// The number of twelve digits by which full names of keys say whose they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account(pub u64);

impl Account {
    const NUMBERS: u64 = 1_000_000_000_000;

    /// That of a partition.
    pub fn of(partition: PartitionId) -> Self {
        let number = u128::from_be_bytes(partition.0) % u128::from(Self::NUMBERS);
        Self(u64::try_from(number).unwrap_or_default())
    }
}

/// A transaction of a DUKPT key.
// spec: payments 3.3
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dukpt {
    /// Key serial number.
    pub ksn: Vec<u8>,
    /// What to derive; `None` is what the base key's algorithm has by itself.
    pub key_type: Option<DukptKeyType>,
    /// For which direction.
    pub direction: Direction,
}

/// What is derived from a DUKPT key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DukptKeyType {
    /// Triple DES with two keys.
    Tdes2,
    /// Triple DES with three keys.
    Tdes3,
    /// AES-128
    Aes128,
    /// AES-192
    Aes192,
    /// AES-256
    Aes256,
}

/// For which direction a working key is derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the terminal.
    Request,
    /// To the terminal.
    Response,
    /// Both.
    #[default]
    Both,
}

impl Request {
    /// Which operation it is.
    pub fn operation(&self) -> Operation {
        match self {
            Self::One(call) => call.task.operation(),
            Self::Batch { operation, .. } => *operation,
        }
    }
}
