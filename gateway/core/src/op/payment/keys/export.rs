//! Whether a stored key may leave.

use crate::error::ErrorKind;
use crate::key::KeyRecord;
use crate::policy::pair::{End, Ends, Pair, PairGrants, Passage};
use crate::time::UnixMs;

/// Whether `key` may leave under `protection`, as far as it concerns who knows `protection`.
///
/// Whoever knows the protecting key reads what leaves under it, and with that all that the key
/// that left protects. So where one caller alone may know it, the pair needs a grant of its own,
/// with dual control.
///
/// # Errors
/// [`ErrorKind::Forbidden`] without a grant, [`ErrorKind::ApprovalRequired`] where two custodians
/// have not approved it.
pub fn may_leave(
    key: &KeyRecord,
    protection: &KeyRecord,
    pairs: &PairGrants,
    now: UnixMs,
) -> Result<(), ErrorKind> {
    let wrapping = protection.usage.payment().ok_or(ErrorKind::KeyUsage)?;
    if !wrapping.entry.is_known_to_caller() {
        return Ok(());
    }
    let end = |key: &KeyRecord| End { key: key.id, is_wrapped: false };
    let pair = Pair { passage: Passage::Key, incoming: end(key), outgoing: end(protection) };
    let incoming = key.usage.payment().ok_or(ErrorKind::KeyUsage)?.entry;
    let ends = Ends { version: protection.version, incoming, outgoing: wrapping.entry };
    pairs.check(key.partition, &pair, ends, now)
}
