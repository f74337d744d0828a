//! What an operator does with instances: in the running gateway, or on the store when none runs.

use typex_core::audit::{Detail, Operator};
use typex_core::op::instance::{InstanceRecord, LogFiles};
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::Store;

use super::registry::files;
use super::{Hems, book, make, stored};
use crate::admin;

/// Makes an instance; a running gateway serves it at once. Blocks, as all functions here.
pub(crate) fn add(store: &Store, hems: Option<&Hems>, name: &str) -> Result<(), Error> {
    let name = name.to_owned();
    let made = store.write(move |tx| {
        let record = make::new(tx, &name)?;
        tx.record(admin::entry(Operator::HemAdd, None, Detail::None));
        Ok(record)
    });
    let record = made.wait()?;
    match hems {
        Some(hems) => hems.admit(record, hems.self_test.run(&hems.random)),
        None => Ok(()),
    }
}

/// Every instance, and whether it serves.
pub(crate) fn list(
    store: &Store,
    hems: Option<&Hems>,
) -> Result<Vec<(InstanceRecord, bool)>, Error> {
    let serves = |record: &InstanceRecord| {
        let running = hems.and_then(|hems| hems.named(record.names.first()?));
        running.is_some_and(|instance| instance.lock().serves)
    };
    let records = stored(store)?.into_iter();
    Ok(records.map(|record| (record.clone(), serves(&record))).collect())
}

/// Removes an instance with its keys and logs.
pub(crate) fn remove(store: &Store, hems: Option<&Hems>, name: &str) -> Result<(), Error> {
    let record = find(store, name)?;
    let running = hems.and_then(|hems| hems.named(name).map(|instance| (hems, instance)));
    let _alone = running.as_ref().map(|(hems, instance)| {
        hems.dismiss(instance);
        let alone = instance.life.blocking_write();
        instance.lock().is_gone = true;
        alone
    });
    let partition = record.partition;
    while store.write(move |tx| tx.remove_keys(partition)).wait()? > 0 {}
    let logs = store.read(move |tx| files(tx, &record)).wait()?;
    for files in logs.files.chunks(book::FILES_AT_ONCE) {
        let files = files.to_vec();
        store.write(move |tx| book::remove_all(tx, partition, &files)).wait()?;
    }
    let removed = store.write(move |tx| {
        tx.delete::<LogFiles>(partition, &[])?;
        tx.delete::<InstanceRecord>(PartitionId::SERVICE, &partition.0)?;
        tx.record(admin::entry(Operator::HemRemove, None, Detail::None));
        Ok(())
    });
    removed.wait()
}

/// Lets an instance serve again that its owner shut down, or that tests put out of service.
pub(crate) fn start(store: &Store, hems: Option<&Hems>, name: &str) -> Result<(), Error> {
    find(store, name)?;
    let Some(hems) = hems else { return Ok(()) };
    let instance = hems.named(name).ok_or(ErrorKind::KeyNotFound)?;
    let is_sound = {
        let state = instance.lock();
        state.serves && state.session.faults == 0
    };
    if is_sound {
        return Ok(());
    }
    let boot = hems.boot(hems.self_test.run(&hems.random))?;
    let booted = store.write(move |tx| {
        instance.lock().reboot(tx, &boot)?;
        tx.record(admin::entry(Operator::HemStart, None, Detail::None));
        Ok(())
    });
    booted.wait()
}

fn find(store: &Store, name: &str) -> Result<InstanceRecord, Error> {
    let mut records = stored(store)?.into_iter();
    let found = records.find(|record| record.names.iter().any(|one| one == name));
    found.ok_or_else(|| Error::new(ErrorKind::KeyNotFound, "no instance with this name"))
}
