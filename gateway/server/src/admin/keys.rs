//! Keys of every kind, as operators see and change them.

use typex_core::audit::{Detail, Operator};
use typex_core::key::{General, KeyName, KeyRecord, KeyState};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_store::{Store, Tx};

use super::perform::{Desk, entry, parse_id, unknown};
use super::{Answer, Change, Key, Listed, payments};

pub(super) fn list(desk: &Desk<'_>, partition: Option<&str>) -> Result<Answer, Error> {
    let partition: Option<PartitionId> = partition.map(parse_id).transpose()?;
    let limit = desk.rows_max.saturating_add(1);
    let records = desk.store.read(move |tx| tx.list_keys(partition, limit)).wait()?;
    Ok(Answer::Keys(Listed::of(records.iter().map(view).collect(), desk.rows_max)))
}

pub(super) fn show(store: &Store, name: String) -> Result<Answer, Error> {
    Ok(Answer::Keys(vec![view(&find(store, name)?)].into()))
}

pub(super) fn change(store: &Store, name: String, change: Change) -> Result<Answer, Error> {
    let (to, verb) = match change {
        Change::Suspend => (KeyState::Suspended, Operator::KeySuspend),
        Change::Resume => (KeyState::Active, Operator::KeyResume),
        Change::Destroy => (KeyState::Destroyed, Operator::KeyDestroy),
    };
    let KeyRecord { partition, id, .. } = find(store, name)?;
    let changed = store.write(move |tx| {
        let record = tx.change_state(partition, KeyName::Id(id), to)?;
        tx.record(entry(verb, Some((record.id, record.version)), Detail::None));
        Ok(())
    });
    changed.wait()?;
    Ok(Answer::Done)
}

/// Up to two keys of this id: it may be that of a public half, and then in several partitions.
/// Looks at all keys there are, so it has no place in a write.
pub(super) fn of_id(tx: &Tx<'_>, id: KeyId) -> Result<Vec<KeyRecord>, Error> {
    tx.select(None, 2, |key: KeyRecord| (key.id == id).then_some(key))
}

/// A key as [`parse`] has it, or a payment key as its clients name it.
fn find(store: &Store, name: String) -> Result<KeyRecord, Error> {
    let found = store.read(move |tx| {
        if name.starts_with("arn:") || name.starts_with("alias/") {
            return payments::find_key(tx, None, &name);
        }
        match parse(&name)? {
            (Some(partition), id) => tx.key_record(partition, KeyName::Id(id)).map_err(named),
            (None, id) => sole(of_id(tx, id)?),
        }
    });
    found.wait()
}

/// `ID` or `PARTITION/ID`.
fn parse(text: &str) -> Result<(Option<PartitionId>, KeyId), Error> {
    match text.split_once('/') {
        None => Ok((None, parse_id(text)?)),
        Some((partition, id)) => Ok((Some(parse_id(partition)?), parse_id(id)?)),
    }
}

fn sole(mut found: Vec<KeyRecord>) -> Result<KeyRecord, Error> {
    let key = found.pop().ok_or_else(|| unknown("key"))?;
    let several = || Error::new(ErrorKind::KeyExists, "several partitions have it: PARTITION/ID");
    found.is_empty().then_some(key).ok_or_else(several)
}

fn named(error: Error) -> Error {
    if error.kind == ErrorKind::KeyNotFound { unknown("key") } else { error }
}

fn view(key: &KeyRecord) -> Key {
    Key {
        id: key.id.to_string(),
        partition: key.partition.to_string(),
        object: key.object.map(|object| format!("{object:08x}")),
        version: key.version,
        usage: key.usage.name().to_owned(),
        modulus_bits: key.usage.modulus_bits(),
        algorithm: key.usage.general().map(algorithm).or_else(|| payments::described(key)),
        label: Some(key.attributes.label.clone()).filter(|label| !label.is_empty()),
        lengths: key.lengths.name().to_owned(),
        length_bytes: key.lengths.bytes(),
        state: key.state.name().to_owned(),
        residency: key.residency.name().to_owned(),
        origin: key.origin.name().to_owned(),
        created_ms: key.created.0,
    }
}

fn algorithm(general: General) -> String {
    let name = general.algorithm.name();
    let half = if general.has_secret { "" } else { " public" };
    match general.purposes.filter(|_| general.algorithm.is_ecdsa()) {
        Some(purposes) => format!("{name}{half} {}", purposes.name()),
        None => format!("{name}{half}"),
    }
}
