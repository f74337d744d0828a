//! Grants for pairs of keys.

use std::time::Duration;

use sha2::{Digest, Sha256};
use typex_core::audit::{Detail, Operator};
use typex_core::codec::Record;
use typex_core::id::CustodianId;
use typex_core::key::payment::Attributes;
use typex_core::key::{KeyName, KeyRecord};
use typex_core::limits::PAIR_GRANTS_MAX;
use typex_core::op::payment::{Operation, Part, fits};
use typex_core::policy::pair::{End, Ends, Pair, PairGrant, Passage};
use typex_core::{Error, ErrorKind, UnixMs};
use typex_store::records::pair_key;
use typex_store::{Store, Tx, system_clock};

use super::super::perform::{Desk, entry, unknown};
use super::access::malformed;
use super::{EndWanted, Listed, PairShown, PairWanted, PaymentAnswer, name as names};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest life of a grant with an end: ten years.
const DAYS_MAX: u32 = 3653;
/// Longest name of a custodian.
const CUSTODIAN_CHARS_MAX: usize = 64;

const PASSAGES: [(&str, Passage); 6] = [
    ("data", Passage::Data),
    ("pin", Passage::Pin),
    ("chip_pin", Passage::ChipPin),
    ("key", Passage::Key),
    ("pin_generation", Passage::Generation),
    ("pin_verification", Passage::Verification),
];

pub(super) fn grant(store: &Store, wanted: PairWanted) -> Result<PaymentAnswer, Error> {
    let (passage, days) = (passage(&wanted.passage)?, wanted.days);
    if days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
        return Err(malformed(format!("a grant ends after 1 to {DAYS_MAX} days, or never")));
    }
    let end = |is_wrapped| move |key: &KeyRecord| End { key: key.id, is_wrapped };
    let ends = (end(wanted.incoming.is_wrapped), end(wanted.outgoing.is_wrapped));
    let (incoming, outgoing) = store.read(move |tx| keys(tx, &wanted)).wait()?;
    let partition = incoming.partition;
    let pair = Pair { passage, incoming: ends.0(&incoming), outgoing: ends.1(&outgoing) };
    let granted = store.write(move |tx| {
        let now = system_clock();
        let now_is = |end: End| tx.key_record(partition, KeyName::Id(end.key));
        let (incoming, record) = (now_is(pair.incoming)?, now_is(pair.outgoing)?);
        check_ends(&pair, &incoming, &record)?;
        let others: Vec<PairGrant> = tx.all(Some(partition))?;
        if others.len() >= PAIR_GRANTS_MAX && !others.iter().any(|one| one.pair == pair) {
            return Err(Error::new(ErrorKind::Quota, "the partition has no room for more pairs"));
        }
        let mut grant = PairGrant::new(partition, pair, record.version, now);
        grant.not_after = days.map(|days| now.after(DAY * days));
        tx.put(&grant)?;
        note(tx, Operator::PairGrant, &grant, None);
        shown(tx, &grant, now)
    });
    Ok(PaymentAnswer::Pairs(vec![granted.wait()?].into()))
}

pub(super) fn approve(store: &Store, id: String, custodian: &str) -> Result<PaymentAnswer, Error> {
    let custodian = custodian_id(custodian)?;
    let found = find(store, id)?;
    let approved = store.write(move |tx| {
        let mut grant = current(tx, &found)?;
        grant.approve(custodian).map_err(|kind| match kind {
            ErrorKind::KeyExists => Error::new(kind, "this custodian has approved already"),
            kind => Error::new(kind, "enough custodians have approved"),
        })?;
        tx.put(&grant)?;
        note(tx, Operator::PairApprove, &grant, Some(custodian));
        shown(tx, &grant, system_clock())
    });
    Ok(PaymentAnswer::Pairs(vec![approved.wait()?].into()))
}

pub(super) fn revoke(desk: &Desk<'_>, id: String) -> Result<PaymentAnswer, Error> {
    let found = find(desk.store, id)?;
    let revoked = desk.store.write(move |tx| {
        let grant = current(tx, &found)?;
        tx.delete::<PairGrant>(grant.partition, &pair_key(&grant.pair))?;
        note(tx, Operator::PairRevoke, &grant, None);
        Ok(())
    });
    revoked.wait()?;
    list(desk, None)
}

pub(super) fn list(desk: &Desk<'_>, partition: Option<String>) -> Result<PaymentAnswer, Error> {
    let rows_max = desk.rows_max;
    let listed = desk.store.read(move |tx| {
        let now = system_clock();
        let partition = partition.map(|text| names::partition(tx, &text)).transpose()?;
        let mut grants: Vec<PairGrant> = tx.select(partition, rows_max.saturating_add(1), Some)?;
        grants.sort_by_key(|grant| (grant.partition, grant.made, grant.pair));
        let rows: Result<_, Error> = grants.iter().map(|grant| shown(tx, grant, now)).collect();
        Ok(Listed::of(rows?, rows_max))
    });
    Ok(PaymentAnswer::Pairs(listed.wait()?))
}

/// Who a name stands for, whatever its case.
pub(super) fn custodian_id(name: &str) -> Result<CustodianId, Error> {
    let name = name.trim().to_lowercase();
    if name.is_empty() || name.chars().count() > CUSTODIAN_CHARS_MAX {
        let text = format!("a custodian's name has 1 to {CUSTODIAN_CHARS_MAX} characters");
        return Err(malformed(text));
    }
    Ok(CustodianId(first(&[b"custodian", name.as_bytes()])))
}

/// The grant of this name. Looks at all grants there are, so it has no place in a write.
fn find(store: &Store, id: String) -> Result<PairGrant, Error> {
    let is_it = move |grant: PairGrant| (name(&grant) == id).then_some(grant);
    let found = store.read(move |tx| tx.select(None, 1, is_it));
    found.wait()?.pop().ok_or_else(|| unknown("pair"))
}

/// What has become of a grant since it was found.
fn current(tx: &Tx<'_>, found: &PairGrant) -> Result<PairGrant, Error> {
    let grant = tx.get(found.partition, &pair_key(&found.pair))?;
    grant.ok_or_else(|| unknown("pair"))
}

/// 32 hex digits that stand for partition and pair.
fn name(grant: &PairGrant) -> String {
    const_hex::encode(first(&[&grant.partition.0, grant.pair.to_bytes().expose()]))
}

/// The beginning of a digest.
pub(super) fn first(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let digest: [u8; 32] = hash.finalize().into();
    *digest.first_chunk().expect("SHA-256 has 32 bytes")
}

fn passage(name: &str) -> Result<Passage, Error> {
    let found = PASSAGES.into_iter().find(|(known, _)| *known == name);
    let known = passage_names().join(", ");
    let error = || malformed(format!("a passage is one of {known}"));
    found.map(|(_, passage)| passage).ok_or_else(error)
}

/// What passages are called.
pub(crate) fn passage_names() -> [&'static str; 6] {
    PASSAGES.map(|(name, _)| name)
}

/// What a passage is called.
pub(crate) fn passage_name(passage: Passage) -> &'static str {
    let found = PASSAGES.into_iter().find(|(_, known)| *known == passage);
    found.map(|(name, _)| name).unwrap_or_default()
}

/// The operations that a passage belongs to, with the parts of its ends.
fn parts(passage: Passage) -> impl Iterator<Item = (Operation, Part, Part)> {
    let export = (Operation::ExportKey, Part::Exported, Part::Protection);
    let of_passage = Operation::all().filter(move |one| Passage::of(*one) == Some(passage));
    let parts = of_passage.filter_map(|one| one.passage().map(|(from, to)| (one, from, to)));
    parts.chain((passage == Passage::Key).then_some(export))
}

/// Both keys; where no partition is named, the incoming one's name says which, or the outgoing's.
fn keys(tx: &Tx<'_>, wanted: &PairWanted) -> Result<(KeyRecord, KeyRecord), Error> {
    let named = wanted.partition.as_ref();
    let partition = named.map(|text| names::partition(tx, text)).transpose()?;
    let (from, to) = (&wanted.incoming.key, &wanted.outgoing.key);
    match names::key(tx, partition, from) {
        Ok(incoming) => {
            let outgoing = names::key(tx, Some(incoming.partition), to)?;
            Ok((incoming, outgoing))
        }
        Err(error) if error.kind == ErrorKind::KeyExists => {
            let outgoing = names::key(tx, None, to)?;
            Ok((names::key(tx, Some(outgoing.partition), from)?, outgoing))
        }
        Err(error) => Err(error),
    }
}

/// A grant for keys that could never play their parts would only mislead.
fn check_ends(pair: &Pair, incoming: &KeyRecord, outgoing: &KeyRecord) -> Result<(), Error> {
    let serves = |record: &KeyRecord, end: End, operation, part| {
        let serves = |attributes: &Attributes| match end.is_wrapped {
            true => attributes.usage.wraps_keys(),
            false => fits(operation, part, attributes),
        };
        record.usage.payment().is_some_and(serves)
    };
    let fit = parts(pair.passage).any(|(operation, from, to)| {
        serves(incoming, pair.incoming, operation, from)
            && serves(outgoing, pair.outgoing, operation, to)
    });
    let text = "usage or mode of a key does not let that pass between them";
    fit.then_some(()).ok_or_else(|| Error::new(ErrorKind::KeyUsage, text))
}

fn note(tx: &mut Tx<'_>, verb: Operator, grant: &PairGrant, custodian: Option<CustodianId>) {
    let outgoing = (grant.pair.outgoing.key, grant.outgoing_version);
    let detail = Detail::Pair { incoming: grant.pair.incoming.key, custodian };
    tx.record(entry(verb, Some(outgoing), detail));
}

fn shown(tx: &Tx<'_>, grant: &PairGrant, now: UnixMs) -> Result<PairShown, Error> {
    let Pair { passage, incoming, outgoing } = grant.pair;
    let view = |end: End| EndWanted { key: end.key.to_string(), is_wrapped: end.is_wrapped };
    Ok(PairShown {
        id: name(grant),
        partition: grant.partition.to_string(),
        passage: passage_name(passage).to_owned(),
        incoming: view(incoming),
        outgoing: view(outgoing),
        outgoing_version: grant.outgoing_version,
        custodians: grant.approvers().iter().map(ToString::to_string).collect(),
        state: state(tx, grant, now)?.to_owned(),
        not_after_ms: grant.not_after.map(|end| end.0),
    })
}

fn state(tx: &Tx<'_>, grant: &PairGrant, now: UnixMs) -> Result<&'static str, Error> {
    let Some(ends) = ends(tx, grant)? else { return Ok("void") };
    Ok(match grant.check(ends, now) {
        Ok(()) => "in force",
        Err(ErrorKind::ApprovalRequired) => "needs approval",
        Err(_) => "void",
    })
}

/// `None` if a key is no longer there.
fn ends(tx: &Tx<'_>, grant: &PairGrant) -> Result<Option<Ends>, Error> {
    let end = |end: End| match tx.key_record(grant.partition, KeyName::Id(end.key)) {
        Ok(record) => Ok(record.usage.payment().map(|one| (record.version, one.entry))),
        Err(error) if error.kind == ErrorKind::KeyNotFound => Ok(None),
        Err(error) => Err(error),
    };
    let ends = end(grant.pair.incoming)?.zip(end(grant.pair.outgoing)?);
    Ok(ends.map(|((_, incoming), (version, outgoing))| Ends { version, incoming, outgoing }))
}
