//! What can go wrong in the store.

use std::sync::Arc;

use typex_core::codec::Corrupt;
use typex_core::{Error, ErrorKind};

use crate::log::{LogError, WitnessError};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused to read or write.
    #[error("store files: {0}")]
    Io(#[from] std::io::Error),
    /// The database failed or is damaged.
    #[error("store database: {0}")]
    Database(Box<redb::Error>),
    /// Another process has the store open.
    #[error("the store is in use by another process: end that one, or choose another --data")]
    InUse,
    /// There is no store in the directory.
    #[error("no store here; `typex init` makes one")]
    Missing,
    /// The directory holds a store or other files already.
    #[error("the directory is not empty")]
    NotEmpty,
    /// The header is not one of ours, or its bytes were damaged.
    #[error("the store header is damaged")]
    Header,
    /// Made by a version with another format.
    #[error("store format {found} is not supported")]
    Format {
        /// The number found.
        found: u16,
    },
    /// The passphrase or key file does not open this store.
    #[error("wrong passphrase or key file")]
    WrongUnlock,
    /// A passphrase was given where a key file is needed, or the reverse.
    #[error("this store is opened with {0}")]
    UnlockKind(&'static str),
    /// The passphrase is too short, the key file not 32 bytes, or argon2id set too cheap.
    #[error("{0}")]
    WeakUnlock(&'static str),
    /// Production does not open a store made in development.
    #[error("the store was made in development; production refuses it for life")]
    Development,
    /// A record, or the set of records, is not what was written.
    #[error("the store was changed from outside: {0}")]
    Tampered(Tampered),
    /// The audit log failed or refuses to open.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The audit log's signing key cannot be used.
    #[error("audit signing key: {0}")]
    SigningKey(&'static str),
    /// A text in the options does not parse.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// More queues for data operations than a limit.
    #[error("more than {limit} data logs")]
    TooManyDataLogs {
        /// The limit.
        limit: usize,
    },
    /// The file is not a backup, or not as it was written.
    #[error("the backup is damaged or of another store's key")]
    Backup,
    /// A record is larger than a limit.
    #[error("record over the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// One request changes more records than a limit.
    #[error("more than {limit} records changed at once")]
    TooManyChanges {
        /// The limit.
        limit: usize,
    },
    /// One request has more entries for the audit log than a limit.
    #[error("more than {limit} entries for the audit log at once")]
    TooManyEntries {
        /// The limit.
        limit: usize,
    },
    /// An earlier write failed; what is on disk is known only after opening again.
    #[error("the store failed and must be opened again: {cause}")]
    Failed {
        /// What failed first.
        cause: Arc<StoreError>,
    },
    /// The system gave no random bytes.
    #[error("no random bytes")]
    Random,
    /// The store thread is gone.
    #[error("the store is closed")]
    Closed,
}

/// What shows that stored bytes are not those that were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Tampered {
    /// A row is too short or not of its form.
    #[error("a row is malformed")]
    Row,
    /// A row does not unseal where it stands.
    #[error("a row does not unseal")]
    Seal,
    /// A row unseals to another name than it has.
    #[error("a row stands under a wrong name")]
    Name,
    /// A record does not decode.
    #[error("a record does not decode")]
    Record,
    /// The sealed root is missing or does not unseal.
    #[error("the root does not unseal")]
    Root,
    /// The note of who signs the audit log is damaged.
    #[error("the note of who signs the audit log is damaged")]
    Verifier,
    /// The rows are not the set that the root was sealed over.
    #[error("rows are missing, added or old")]
    Set,
    /// A record names another that is not there.
    #[error("a record refers to a missing one")]
    Dangling,
}

impl From<Tampered> for StoreError {
    fn from(what: Tampered) -> Self {
        Self::Tampered(what)
    }
}

impl From<Corrupt> for StoreError {
    fn from(_: Corrupt) -> Self {
        Self::Tampered(Tampered::Record)
    }
}

macro_rules! from_database {
    ($($error:ident),+) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        }
    )+};
}

from_database!(TransactionError, TableError, StorageError, CommitError);

impl From<redb::DatabaseError> for StoreError {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            error => Self::Database(Box::new(error.into())),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::TooLarge { .. }
            | StoreError::TooManyChanges { .. }
            | StoreError::TooManyEntries { .. } => ErrorKind::TooLarge,
            StoreError::Closed => ErrorKind::ShuttingDown,
            _ => ErrorKind::Storage,
        };
        Self::from(kind).with_source(error)
    }
}
