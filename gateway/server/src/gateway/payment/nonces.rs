//! Where nonces of GCM come from: a number that no other process has, and counting.
// spec: payments 7

use typex_core::codec::{Corrupt, Decoder, Encoder, Record};
use typex_core::{Error, ErrorKind, PartitionId};
use typex_store::{Store, StoredRecord, Table};

/// Numbers that are tried: of 2^48, even a billion processes leave most.
const ATTEMPTS_MAX: usize = 64;

/// That a process took a number. Such records are kept for ever, in backups as well.
struct Taken([u8; 6]);

impl Record for Taken {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self(input.array()?))
    }
}

impl StoredRecord for Taken {
    const TABLE: Table = Table::new(42);

    fn partition(&self) -> PartitionId {
        PartitionId::SERVICE
    }

    fn key(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// Takes a number for this process, durably.
pub(super) fn register(store: &Store) -> Result<[u8; 6], Error> {
    let taken = store.write(|tx| {
        for _ in 0..ATTEMPTS_MAX {
            let number = tx.random()?;
            if tx.get::<Taken>(PartitionId::SERVICE, &number)?.is_none() {
                tx.put(&Taken(number))?;
                return Ok(number);
            }
        }
        Err(ErrorKind::Internal.into())
    });
    taken.wait()
}
