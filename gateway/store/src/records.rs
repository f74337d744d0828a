//! Which types are kept, each with the number of its table. Numbers are part of the format: they
//! are never changed and never used again.

use typex_core::PartitionId;
use typex_core::codec::Corrupt;
use typex_core::key::KeyRecord;

use crate::keys::{ObjectName, StoredMaterial};
use crate::record::{StoredRecord, Table};

/// The root of the store; holds no records.
pub(crate) const ROOT: Table = Table::new(0);

/// What a row's clear bytes say about themselves: partition and identity.
type Examined = Result<(PartitionId, Vec<u8>), Corrupt>;

/// Says where records of each type stand: table number, partition, identity.
macro_rules! stored {
    ($($type:ty, $table:literal, $partition:expr, $key:expr;)+) => {
        $(impl StoredRecord for $type {
            const TABLE: Table = Table::new($table);

            fn partition(&self) -> PartitionId {
                let partition: fn(&Self) -> PartitionId = $partition;
                partition(self)
            }

            fn key(&self) -> Vec<u8> {
                let key: fn(&Self) -> Vec<u8> = $key;
                key(self)
            }
        })+

        /// Decodes a record of a known table; `None` for tables of other crates.
        pub(crate) fn examine(table: Table, bytes: &[u8]) -> Option<Examined> {
            match table.number() {
                $($table => Some(examine_as::<$type>(bytes)),)+
                _ => None,
            }
        }
    };
}

stored! {
    KeyRecord, 1, |key| key.partition, |key| key.id.0.to_vec();
    StoredMaterial, 2, |part| part.partition, |part| part.id();
    ObjectName, 3, |name| name.partition, |name| name.object.to_be_bytes().to_vec();
}

fn examine_as<R: StoredRecord>(bytes: &[u8]) -> Examined {
    R::from_bytes(bytes).map(|record| (record.partition(), record.key()))
}
