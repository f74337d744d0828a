//! What operators call partitions and keys: as clients do, or by their ids.
// spec: aws-payment 1.3

use std::ops::ControlFlow;

use typex_core::key::{KeyName, KeyRecord};
use typex_core::op::payment::access::AccessKeyRecord;
use typex_core::op::payment::keys::{Alias, AliasName};
use typex_core::op::payment::{Account, KeyRef, RefName};
use typex_core::op::registration::ApiKeyRecord;
use typex_core::{Error, ErrorKind, KeyId, PartitionId};
use typex_dialect::aws_payment::key_ref;
use typex_store::{StoredRecord, Tx};

use super::super::keys;
use super::super::perform::parse_id;
use super::access::malformed;

/// Digits of an account.
const ACCOUNT_DIGITS: usize = 12;

/// A partition by its id or account.
///
/// # Errors
/// One in which nothing is: it would be a typing error.
pub(in crate::admin) fn partition(tx: &Tx<'_>, text: &str) -> Result<PartitionId, Error> {
    let is_account = text.len() == ACCOUNT_DIGITS && text.bytes().all(|one| one.is_ascii_digit());
    if is_account {
        let account = Account(text.parse().map_err(|_| unknown_partition(text))?);
        return of_account(tx, account, text)?.ok_or_else(|| unknown_partition(text));
    }
    let id: PartitionId = parse_id(text)?;
    if id == PartitionId::SERVICE {
        return Err(Error::new(ErrorKind::Forbidden, "the gateway's own partition has no callers"));
    }
    if is_used(tx, id)? { Ok(id) } else { Err(unknown_partition(text)) }
}

/// A key by its full name, its id or an alias; in that partition, if one is named.
///
/// # Errors
/// One that is not there, and one that several partitions have.
pub(in crate::admin) fn key(
    tx: &Tx<'_>,
    within: Option<PartitionId>,
    text: &str,
) -> Result<KeyRecord, Error> {
    let KeyRef { account, name } = key_ref(text).ok_or_else(|| no_name(text))?;
    let within = match account {
        None => within,
        Some(account) => {
            let found = of_account(tx, account, text)?.ok_or_else(|| unknown_key(text, None))?;
            if within.is_some_and(|within| within != found) {
                let text = format!("{text} is of another partition than the one that is named");
                return Err(malformed(text));
            }
            Some(found)
        }
    };
    match name {
        RefName::Id(id) => by_id(tx, within, id, text),
        RefName::Alias(alias) => by_alias(tx, within, &alias, text),
    }
}

fn by_id(
    tx: &Tx<'_>,
    within: Option<PartitionId>,
    id: KeyId,
    text: &str,
) -> Result<KeyRecord, Error> {
    let Some(partition) = within else {
        return only(keys::of_id(tx, id)?.into_iter(), text);
    };
    tx.key_record(partition, KeyName::Id(id)).map_err(|error| match error.kind {
        ErrorKind::KeyNotFound => unknown_key(text, within),
        _ => error,
    })
}

fn by_alias(
    tx: &Tx<'_>,
    within: Option<PartitionId>,
    alias: &str,
    text: &str,
) -> Result<KeyRecord, Error> {
    let alias = AliasName::new(alias).ok_or_else(|| no_name(text))?;
    let mut named = Vec::new();
    let mut take = |one: Alias| {
        if one.name == alias && within.is_none_or(|within| within == one.partition) {
            named.extend(one.key.map(|key| (one.partition, key)));
        }
        Ok(ControlFlow::Continue(()))
    };
    match within {
        Some(partition) => tx.scan(partition, &mut take)?,
        None => tx.scan_all(&mut take)?,
    }
    let keys = named.into_iter().map(|(partition, key)| tx.key_record(partition, KeyName::Id(key)));
    let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(unknown_key(text, within));
    }
    only(keys.into_iter(), text)
}

fn only(mut found: impl Iterator<Item = KeyRecord>, text: &str) -> Result<KeyRecord, Error> {
    match (found.next(), found.next()) {
        (Some(key), None) => Ok(key),
        (None, _) => Err(unknown_key(text, None)),
        (Some(_), Some(_)) => Err(several(text)),
    }
}

fn several(text: &str) -> Error {
    let text = format!("several partitions have {text}: say which, or use the full name");
    Error::new(ErrorKind::KeyExists, text)
}

/// The partition of an account: one with access keys, or else one with keys, or else a client's.
fn of_account(tx: &Tx<'_>, account: Account, text: &str) -> Result<Option<PartitionId>, Error> {
    let named = (account, text);
    if let Some(found) = owner(tx, named, |record: &AccessKeyRecord| record.partition)? {
        return Ok(Some(found));
    }
    match owner(tx, named, |key: &KeyRecord| key.partition)? {
        None => owner(tx, named, |record: &ApiKeyRecord| record.partition),
        found => Ok(found),
    }
}

/// The one partition of these records that has this account.
fn owner<R: StoredRecord>(
    tx: &Tx<'_>,
    (account, text): (Account, &str),
    partition: impl Fn(&R) -> PartitionId,
) -> Result<Option<PartitionId>, Error> {
    let mut found = None;
    tx.scan_all(|record: R| {
        let one = Some(partition(&record)).filter(|one| Account::of(*one) == account);
        if one.is_some() && found.is_some() && found != one {
            return Err(several(text));
        }
        found = found.or(one);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// Whether a key, an access key or an API key is in it.
fn is_used(tx: &Tx<'_>, partition: PartitionId) -> Result<bool, Error> {
    Ok(!tx.list_keys(Some(partition), 1)?.is_empty()
        || has(tx, |record: &AccessKeyRecord| record.partition == partition)?
        || has(tx, |record: &ApiKeyRecord| record.partition == partition)?)
}

/// Whether there is a record of which `is_it` holds.
fn has<R: StoredRecord>(tx: &Tx<'_>, is_it: impl Fn(&R) -> bool) -> Result<bool, Error> {
    let mut found = false;
    tx.scan_all(|record: R| {
        found |= is_it(&record);
        Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(found)
}

fn unknown_partition(text: &str) -> Error {
    let text = format!(
        "no partition {text}: it has no access key, no client and no key; `typex \
         payments access-key list` shows those that are there, `access-key create --partition new` \
         makes one"
    );
    Error::new(ErrorKind::KeyNotFound, text)
}

fn unknown_key(text: &str, within: Option<PartitionId>) -> Error {
    let option = within.map(|one| format!(" --partition {one}")).unwrap_or_default();
    let text =
        format!("no key {text}: `typex payments key list{option}` shows those that are there");
    Error::new(ErrorKind::KeyNotFound, text)
}

fn no_name(text: &str) -> Error {
    malformed(format!(
        "{text:?} names no key: a name is a full one (arn:aws:...), 32 hex digits, or alias/ and \
         the alias"
    ))
}
