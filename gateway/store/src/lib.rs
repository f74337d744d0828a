//! The key store on disk: sealed records in an embedded database, and the audit log beside it.
//!
//! One thread owns both. It drains a bounded queue, runs each closure against the records, syncs
//! the log, commits once, and only then answers. `docs/store-format.md` describes every byte.
#![forbid(unsafe_code)]

mod backup;
mod commit;
mod database;
mod directory;
mod error;
mod fsck;
mod header;
mod journal;
mod key_list;
mod keyring;
mod keys;
pub mod limits;
pub mod log;
mod memory;
mod options;
mod payment_keys;
mod payment_names;
mod record;
pub mod records;
mod reply;
mod root;
mod row;
mod scratch;
mod set_digest;
mod signing;
mod store;
mod task;
mod templates;
mod thread;
mod tx;
mod unlock;
mod vault;

pub use backup::{BackupSummary, restore};
pub use error::{StoreError, Tampered};
pub use fsck::{Finding, Report, fsck};
pub use header::{KdfCost, Mark};
pub use journal::{DataLog, Full};
pub use key_list::KeyPage;
pub use keyring::Purpose;
pub use keys::{NewKey, StoredKey};
pub use options::{Clock, Options, system_clock};
pub use payment_keys::PaymentKey;
pub use record::{StoredRecord, Table};
pub use reply::Reply;
pub use signing::{create_signing_key, verify_audit};
pub use store::{NewStore, Store, change_unlock, exists};
pub use templates::OpenTemplate;
pub use tx::Tx;
pub use unlock::{Unlock, create_key_file};
pub use vault::{Candidate, Fill, Inserted, NewToken, Swept};

#[cfg(test)]
mod tests;
