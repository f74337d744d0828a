//! Access keys.

use typex_core::audit::{Detail, Operator};
use typex_core::error::Malformed;
use typex_core::id::ApiKeyId;
use typex_core::limits::ACCESS_NAME_CHARS_MAX;
use typex_core::op::payment::Account;
use typex_core::op::payment::access::{
    AccessKeyId, AccessKeyRecord, AccessRules, AccessSecret, AccessState,
};
use typex_core::{Error, ErrorKind, PartitionId, Secret};
use typex_store::{Store, Tx, system_clock};

use super::super::perform::{Desk, entry, unknown};
use super::{AccessChange, AccessKey, Listed, PaymentAnswer, name as names};

/// Where all names of operations are.
const HELP: &str = "`typex payments access-key create --help`";

/// Names of operations and of keys.
type Allowed = (Option<Vec<String>>, Option<Vec<String>>);

pub(super) fn add(
    store: &Store,
    partition: Option<String>,
    name: String,
    allowed: Allowed,
) -> Result<PaymentAnswer, Error> {
    if name.chars().count() > ACCESS_NAME_CHARS_MAX {
        return Err(malformed(format!("a name has at most {ACCESS_NAME_CHARS_MAX} characters")));
    }
    let found = store.read(move |tx| {
        let partition = partition.map(|text| names::partition(tx, &text)).transpose()?;
        Ok((partition, rules(tx, partition, allowed)?))
    });
    let (partition, rules) = found.wait()?;
    let added = store.write(move |tx| {
        let partition = partition.map_or_else(|| tx.random().map(PartitionId), Ok)?;
        let record = drawn(tx, partition, name, rules)?;
        tx.put(&record)?;
        tx.record(entry(Operator::AccessKeyAdd, None, Detail::AccessKey(record.api_key)));
        Ok(record)
    });
    let record = added.wait()?;
    Ok(PaymentAnswer::AccessKeyAdded {
        access_key_id: record.id.to_string(),
        secret_access_key: record.secret.expose().iter().map(|byte| char::from(*byte)).collect(),
        partition: record.partition.to_string(),
        account: account(record.partition),
    })
}

fn drawn(
    tx: &Tx<'_>,
    partition: PartitionId,
    name: String,
    rules: AccessRules,
) -> Result<AccessKeyRecord, Error> {
    Ok(AccessKeyRecord {
        id: AccessKeyId::of_random(tx.random()?),
        api_key: ApiKeyId(tx.random()?),
        partition,
        name,
        secret: AccessSecret::of_random(&Secret::new(tx.random()?)),
        state: AccessState::Enabled,
        rules,
        created: system_clock(),
    })
}

pub(super) fn list(desk: &Desk<'_>) -> Result<PaymentAnswer, Error> {
    let shown = |record: AccessKeyRecord| Some(shown(&record));
    let limit = desk.rows_max.saturating_add(1);
    let listed = desk.store.read(move |tx| tx.select(None, limit, shown));
    let mut rows = listed.wait()?;
    rows.sort_by(|one, other| (one.created_ms, &one.id).cmp(&(other.created_ms, &other.id)));
    Ok(PaymentAnswer::AccessKeys(Listed::of(rows, desk.rows_max)))
}

pub(super) fn change(desk: &Desk<'_>, id: &str, to: AccessChange) -> Result<PaymentAnswer, Error> {
    let id: AccessKeyId = id.parse().map_err(|error| malformed(format!("{error}")))?;
    let changed = desk.store.write(move |tx| {
        let found: Option<AccessKeyRecord> = tx.get(PartitionId::SERVICE, id.as_bytes())?;
        let record = found.ok_or_else(|| unknown("access key"))?;
        let detail = Detail::AccessKey(record.api_key);
        let verb = match to {
            AccessChange::Enable => {
                tx.put(&AccessKeyRecord { state: AccessState::Enabled, ..record })?;
                Operator::AccessKeyEnable
            }
            AccessChange::Disable => {
                tx.put(&AccessKeyRecord { state: AccessState::Disabled, ..record })?;
                Operator::AccessKeyDisable
            }
            AccessChange::Delete => {
                tx.delete::<AccessKeyRecord>(PartitionId::SERVICE, id.as_bytes())?;
                Operator::AccessKeyDelete
            }
        };
        tx.record(entry(verb, None, detail));
        Ok(())
    });
    changed.wait()?;
    list(desk)
}

fn rules(
    tx: &Tx<'_>,
    partition: Option<PartitionId>,
    (operations, keys): Allowed,
) -> Result<AccessRules, Error> {
    if partition.is_none() && keys.as_ref().is_some_and(|keys| !keys.is_empty()) {
        return Err(malformed("a new partition has no keys to name".to_owned()));
    }
    let id = |text: &String| names::key(tx, partition, text).map(|key| key.id);
    let keys = keys.map(|keys| keys.iter().map(id).collect()).transpose()?;
    let rules = AccessRules::new(operations.map(|names| names.into_iter().collect()), keys);
    rules.map_err(|error| malformed(format!("{error}: {HELP} has the names")))
}

fn shown(record: &AccessKeyRecord) -> AccessKey {
    let keys = record.rules.keys();
    AccessKey {
        id: record.id.to_string(),
        api_key: record.api_key.to_string(),
        partition: record.partition.to_string(),
        account: account(record.partition),
        name: record.name.clone(),
        state: record.state.name().to_owned(),
        operations: record.rules.operations().map(|names| names.iter().cloned().collect()),
        keys: keys.map(|keys| keys.iter().map(ToString::to_string).collect()),
        created_ms: record.created.0,
    }
}

fn account(partition: PartitionId) -> String {
    format!("{:012}", Account::of(partition).0)
}

pub(in crate::admin) fn malformed(text: String) -> Error {
    Error::new(ErrorKind::Malformed(Malformed::Value), text)
}
