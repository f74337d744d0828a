//! The root: one sealed record over all others, written anew by every commit.

use typex_core::PartitionId;
use typex_core::codec::{Corrupt, Decoder, Encoder, Record};

use crate::error::{StoreError, Tampered};
use crate::keyring::{Keyring, Place};
use crate::records::ROOT;
use crate::row::Row;
use crate::set_digest::SetDigest;

/// A restore raises the epoch to the next multiple of this, past anything the store can have
/// reached after the backup was made.
const EPOCHS_PER_RESTORE: u64 = 1 << 40;

/// What must hold of all rows together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Root {
    /// Counts commits; never goes back.
    pub(crate) epoch: u64,
    /// Over every row.
    pub(crate) digest: SetDigest,
    /// How many rows there are.
    pub(crate) rows: u64,
    /// Size and digest of the audit log, in its own form.
    pub(crate) log_head: Vec<u8>,
}

impl Root {
    /// The epoch in which a restored copy starts.
    pub(crate) fn epoch_after_restore(&self) -> u64 {
        (self.epoch / EPOCHS_PER_RESTORE).saturating_add(1).saturating_mul(EPOCHS_PER_RESTORE)
    }

    /// Whether nothing was committed since a restore.
    pub(crate) fn is_restored(&self) -> bool {
        self.epoch > 0 && self.epoch.is_multiple_of(EPOCHS_PER_RESTORE)
    }

    /// Accounts for a row that was replaced, added or removed, by what each adds to the digest.
    pub(crate) fn replace(&mut self, old: Option<[u8; 32]>, new: Option<[u8; 32]>) {
        if let Some(old) = old {
            self.digest.remove(&old);
            self.rows = self.rows.saturating_sub(1);
        }
        if let Some(new) = new {
            self.digest.add(&new);
            self.rows = self.rows.saturating_add(1);
        }
    }

    pub(crate) fn seal(&self, keyring: &Keyring) -> Result<Vec<u8>, StoreError> {
        keyring.seal(&place(), self.epoch, self.to_bytes().expose())
    }

    pub(crate) fn unseal(keyring: &Keyring, sealed: &[u8]) -> Result<Self, StoreError> {
        let row = Row::parse(sealed).map_err(|_| Tampered::Root)?;
        let bytes = keyring.unseal(&place(), &row).map_err(|_| Tampered::Root)?;
        let root = Self::from_bytes(bytes.expose()).map_err(|_| Tampered::Root)?;
        if root.epoch == row.epoch { Ok(root) } else { Err(Tampered::Root.into()) }
    }
}

fn place() -> Place<'static> {
    Place { table: ROOT, partition: PartitionId::SERVICE, id: b"root", binding: &[] }
}

impl Record for Root {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.epoch).raw(&self.digest.to_bytes()).u64(self.rows).bytes(&self.log_head);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            epoch: input.u64()?,
            digest: SetDigest::from_bytes(&input.array()?),
            rows: input.u64()?,
            log_head: input.bytes()?.to_vec(),
        })
    }
}
