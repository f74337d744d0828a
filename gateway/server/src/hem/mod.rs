//! Virtual security modules: which there are, what lives since their boot, and how requests to
//! them are carried out.
//!
//! Decisions are [`typex_core::op::instance`]'s. What changes an instance is decided on the
//! store's own thread, in the transaction that stores it, so that two changes never start from the
//! same state and none is lost with its client. No lock is held over a wait.
// spec: encedo-hem 2

mod admitted;
mod attestation;
pub(crate) mod backend;
mod book;
mod boot;
mod change;
mod execute;
mod instance;
mod keys;
mod login;
mod look;
mod make;
mod operator;
mod pass;
mod registry;
mod self_test;
#[cfg(test)]
mod tests;
mod tls;
mod wipe;

pub(crate) use make::{FIRST, first};
pub(crate) use operator::{add, list, remove, start};
pub(crate) use pass::Pass;
pub use registry::{Hems, Options};
pub use self_test::SelfTest;
pub use tls::Tls;

pub(crate) use execute::execute;
use typex_core::op::instance::{InstanceRecord, VersionView};
use typex_core::{Error, ErrorKind};
use typex_store::{Store, Tx};

/// How the product calls itself in logs.
const BANNER: &str = concat!("Typex HEM ", env!("CARGO_PKG_VERSION"));

/// Clients tell families of devices apart by a part of the first text; the second is the firmware
/// whose interface is served. Nothing is signed, so the signatures are zeros.
// spec: encedo-hem 4.1
fn version() -> VersionView {
    VersionView {
        hwv: "Typex-PPA".to_owned(),
        fwv: "1.2.2".to_owned(),
        fwk: [0; 32],
        fws: [0; 64],
        blv: env!("CARGO_PKG_VERSION").to_owned(),
        blk: [0; 32],
        bls: [0; 64],
        uis: [0; 32],
    }
}

/// Every instance in the store.
pub(crate) fn stored(store: &Store) -> Result<Vec<InstanceRecord>, Error> {
    store.read(all).wait()
}

/// Every name that an instance has, for a certificate.
///
/// # Errors
/// [`ErrorKind::Storage`].
pub(crate) fn host_names(store: &Store) -> Result<Vec<String>, Error> {
    let names = stored(store)?.into_iter().flat_map(|record| {
        let configured = record.owner.map(|owner| owner.config.hostname);
        record.names.into_iter().chain(configured)
    });
    Ok(names.collect())
}

fn all(tx: &Tx<'_>) -> Result<Vec<InstanceRecord>, Error> {
    let mut records: Vec<InstanceRecord> = tx.all(None)?;
    records.sort_by(|a, b| a.names.cmp(&b.names));
    Ok(records)
}

fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::from(ErrorKind::Internal).with_source(source)
}
