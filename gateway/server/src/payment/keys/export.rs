//! Keys let out.

use typex_core::key::KeyRecord;
use typex_core::op::payment::keys::{Answer, CheckKind, Export, Exported, may_leave};
use typex_core::op::payment::{Account, Operation, Part};
use typex_core::policy::pair::{End, Pair, Passage};
use typex_core::policy::payment::{self, Holder, Use};
use typex_core::{Error, ErrorKind, Secret};
use typex_engine::payment::{FILL_BYTES, HeldKey, KeyDone, KeyJob, Says};
use typex_engine::{Done, Work};
use typex_store::{PaymentKey, system_clock};

use super::Allowed;
use super::import::granted;
use super::make::no_random;
use crate::gateway::{Inner, lacking};

impl Inner {
    /// Writes a key block of a stored key. That it left is in the audit log before the answer.
    pub(super) async fn export(&self, allowed: Allowed, export: Export) -> Result<Answer, Error> {
        let Allowed { grant, entry, key, .. } = allowed;
        let PaymentKey { record, life, .. } = key.ok_or(ErrorKind::Internal)?;
        let partition = grant.partition();
        let under = self.payment_key_id(partition, &export.under).await?;
        let (under, protection) = self.held(partition, under).await?;
        let (key, record) = self.held(partition, record.id).await?;
        let now = system_clock();
        let pairs = self.pairs(partition).await?;
        let stored = |part, record| Use { part, holder: Holder::Stored(record), cipher: None };
        let uses = [stored(Part::Exported, &record), stored(Part::Protection, &protection)];
        let writing =
            payment::authorize(grant.principal(), Operation::ExportKey, &uses, &pairs, now);
        let writing = granted(writing)?;
        may_leave(&record, &protection, &pairs, now)
            .map_err(|kind| lacking(kind, &pair(&record, &protection)))?;
        let wanted = export.check.unwrap_or(life.check_kind);
        let check = CheckKind::chosen(Some(wanted), key.attributes.algorithm)?;
        let (says, protection) = (says(&export, &key)?, protection.id);
        let mut fill = Secret::new(vec![0; FILL_BYTES]);
        self.gateway.random.fill(fill.expose_mut()).map_err(no_random)?;
        let job = KeyJob::Write { under, key, says, fill, check };
        let Done::PaymentKey(step) = self.submit(writing, Work::PaymentKey(Box::new(job))).await?
        else {
            return Err(ErrorKind::Internal.into());
        };
        let KeyDone::Written { text: block, check_value } = step.value else {
            return Err(ErrorKind::Internal.into());
        };
        self.gateway.store.record(entry).await?;
        let account = Account::of(partition);
        let exported =
            Exported { account, under: protection, block, check_value, check_kind: check };
        Ok(Answer::Exported(Box::new(exported)))
    }
}

/// What a key and the one that protects it need, where a caller may know that.
fn pair(key: &KeyRecord, protection: &KeyRecord) -> Pair {
    let end = |key: &KeyRecord| End { key: key.id, is_wrapped: false };
    Pair { passage: Passage::Key, incoming: end(key), outgoing: end(protection) }
}

/// What the block says beside what its key is; never more than the key has.
fn says(export: &Export, key: &HeldKey) -> Result<Says, Error> {
    let attributes = &key.attributes;
    let mode = export.mode.unwrap_or(attributes.mode);
    let exportability = export.exportability.unwrap_or(attributes.exportability);
    if !attributes.mode.includes(mode) || exportability > attributes.exportability {
        return Err(ErrorKind::KeyUsage.into());
    }
    let key_version = export.key_version.unwrap_or(*b"00");
    Ok(Says { mode, exportability, key_version, blocks: export.blocks.clone() })
}
