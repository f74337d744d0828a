//! On whom failures are counted.

use typex_core::error::Payment;
use typex_core::op::payment::{Bytes, Cipher, Part, Task};
use typex_core::policy::Grant;
use typex_core::policy::abuse::Subject;
use typex_core::{ErrorKind, KeyId};

use super::shared::Payments;

/// On whom failures of a task are counted; `None` where they tell nothing about a secret.
pub(super) fn subject(payments: &Payments, grant: &Grant, task: &Task) -> Option<Subject> {
    let part = task.operation().counted_part()?;
    if let Task::ReEncrypt { incoming, track, .. } = task
        && track.is_none()
        && !matches!(incoming, Cipher::Rsa(_))
    {
        return None;
    }
    let key = grant.parts().iter().find(|one| one.part == part)?.key;
    let partition = grant.partition();
    let pan = pan(task).map(|pan| payments.pan_hash(partition, counted(pan.expose())).0);
    Some(Subject { partition, pan, caller: grant.principal().counted_on(), key })
}

/// On whom a key block that does not open is counted: who sent it, and the key that protects it.
pub(super) fn of_block(grant: &Grant, protection: KeyId) -> Subject {
    let caller = grant.principal().counted_on();
    Subject { partition: grant.partition(), pan: None, caller, key: protection }
}

/// Of an operation on tokens: on the token in place of the card, and on who asks.
pub(in crate::gateway) fn of_token(
    payments: &Payments,
    grant: &Grant,
    token: Option<&[u8]>,
) -> Option<Subject> {
    let key = grant.parts().iter().find(|one| one.part == Part::Incoming)?.key;
    let partition = grant.partition();
    let pan = token.map(|token| payments.pan_hash(partition, counted(token)).0);
    Some(Subject { partition, pan, caller: grant.principal().counted_on(), key })
}

/// Those of the key blocks that come with a request.
pub(in crate::gateway) fn of_blocks(grant: &Grant) -> impl Iterator<Item = Subject> {
    let wrapped = grant.parts().iter().filter(|one| one.is_wrapped);
    wrapped.map(|one| of_block(grant, one.key))
}

/// Digits of a PAN that enter PIN blocks and PVVs.
// spec: payments 1.1, 2.2
const COUNTED_DIGITS: usize = 11;

/// What of a PAN is counted: digits that do not enter the result could be varied without end, each
/// variant with tries of its own.
fn counted(pan: &[u8]) -> &[u8] {
    let (_, pan) = pan.split_last().unwrap_or((&0, pan));
    &pan[pan.len().saturating_sub(COUNTED_DIGITS)..]
}

/// The card that a task is about.
pub(super) fn pan(task: &Task) -> Option<&Bytes> {
    match task {
        Task::TranslatePin { incoming, outgoing } => {
            incoming.form.pan.as_ref().or(outgoing.pan.as_ref())
        }
        Task::VerifyPin3624 { pin, .. }
        | Task::GenerateOffset3624 { pin, .. }
        | Task::ChangeChipPin { pin, .. } => pin.form.pan.as_ref(),
        Task::VerifyPinVisa { pan, .. }
        | Task::GenerateValueVisa { pan, .. }
        | Task::GeneratePinVisa { pan, .. } => Some(pan),
        Task::GeneratePin3624 { form, .. } => form.pan.as_ref(),
        Task::GenerateCardValue { card, .. } | Task::VerifyCardValue { card, .. } => {
            Some(&card.pan)
        }
        Task::GenerateDynamicValue { card, .. } | Task::VerifyDynamicValue { card, .. } => {
            Some(&card.pan)
        }
        Task::GenerateCryptogram(asked) => Some(&asked.session.card.pan),
        Task::VerifyCryptogram { cryptogram, .. } => Some(&cryptogram.session.card.pan),
        Task::GenerateMac { mac, .. } | Task::VerifyMac { mac, .. } => {
            mac.chip.as_ref().map(|chip| &chip.card.pan)
        }
        Task::Encrypt { cipher, .. } | Task::Decrypt { cipher, .. } => match cipher {
            Cipher::Chip { card, .. } => Some(&card.pan),
            _ => None,
        },
        Task::ReEncrypt { .. } => None,
    }
}

/// Whether an operation failed for a key block.
pub(super) fn is_block_failure(error: ErrorKind) -> bool {
    error == ErrorKind::Payment(Payment::KeyBlock)
}

/// Whether an operation failed for its secret.
pub(super) fn is_failure(task_extracts: bool, error: ErrorKind) -> bool {
    match error {
        ErrorKind::Payment(what) => matches!(
            what,
            Payment::Pin | Payment::Mac | Payment::ValidationData | Payment::Cryptogram
        ),
        ErrorKind::InvalidData(_) => task_extracts,
        _ => false,
    }
}
