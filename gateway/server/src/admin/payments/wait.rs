//! Who waits after failures.

use typex_core::audit::{Detail, Operator, OtherKeys, PanHash};
use typex_core::codec::Record;
use typex_core::id::ApiKeyId;
use typex_core::key::KeyName;
use typex_core::policy::abuse::{Kind, Standing, SubjectId};
use typex_core::{Error, ErrorKind, KeyId};
use typex_store::{Store, system_clock};

use super::super::perform::{Desk, entry, unknown};
use super::pair::first;
use super::{Listed, PaymentAnswer, WaitShown};
use crate::gateway::Counts;

/// Those who wait, or all who failed.
pub(super) fn list(desk: &Desk<'_>, all: bool) -> Result<PaymentAnswer, Error> {
    let mut standing = with_counts(desk, |counts| Ok(counts.standing()))?;
    let now = system_clock();
    standing.retain(|one| one.failures > 0 && (all || one.closed_until > now));
    standing.sort_by_key(|one| (std::cmp::Reverse(one.closed_until), one.id));
    let shown = |one: &Standing| WaitShown {
        id: name(one.id),
        kind: one.id.kind.name().to_owned(),
        partition: one.id.partition.to_string(),
        subject: const_hex::encode(one.id.id),
        failures: one.failures,
        until_ms: Some(one.closed_until.0).filter(|until_ms| *until_ms > now.0),
    };
    let rows = Listed::of(standing, desk.rows_max);
    let is_cut = rows.is_cut;
    Ok(PaymentAnswer::Waits(Listed { rows: rows.iter().map(shown).collect(), is_cut }))
}

/// Ends one wait: its subject has no failures any more.
pub(super) fn clear(desk: &Desk<'_>, wanted: &str) -> Result<PaymentAnswer, Error> {
    with_counts(desk, |counts| {
        let found = counts.standing().into_iter().find(|one| name(one.id) == wanted);
        let id = found.ok_or_else(|| unknown("wait"))?.id;
        let (key, detail) = told(desk.store, id)?;
        counts.lift(desk.store, id, entry(Operator::WaitClear, key, detail)).wait()
    })?;
    list(desk, false)
}

/// Those of the running gateway, or else what the store has of them.
fn with_counts<T>(
    desk: &Desk<'_>,
    act: impl FnOnce(&Counts) -> Result<T, Error>,
) -> Result<T, Error> {
    match desk.counts {
        Some(counts) => act(counts),
        None => act(&Counts::open(desk.store, desk.payments.abuse)?),
    }
}

/// 32 hex digits that stand for a subject.
fn name(id: SubjectId) -> String {
    const_hex::encode(first(&[id.to_bytes().expose()]))
}

/// How the audit log names a subject.
fn told(store: &Store, id: SubjectId) -> Result<(Option<(KeyId, u32)>, Detail), Error> {
    Ok(match id.kind {
        Kind::Pan => {
            let pan = Some(PanHash(id.id));
            (None, Detail::Payment { pan, others: OtherKeys::default() })
        }
        Kind::Caller => (None, Detail::AccessKey(ApiKeyId(id.id))),
        Kind::Key => {
            let key = KeyId(id.id);
            let record = store.read(move |tx| tx.key_record(id.partition, KeyName::Id(key)));
            match record.wait() {
                Ok(record) => (Some((key, record.version)), Detail::None),
                // It was destroyed in the meantime.
                Err(error) if error.kind == ErrorKind::KeyNotFound => {
                    (Some((key, 0)), Detail::None)
                }
                Err(error) => return Err(error),
            }
        }
    })
}
