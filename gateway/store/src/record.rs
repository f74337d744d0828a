//! What a type needs to be kept in the store.

use typex_core::PartitionId;
use typex_core::codec::Record;

/// A kind of record, by its number in the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(u16);

impl Table {
    /// The table with this number; those in use are listed in [`records`](crate::records).
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// A record that the store can find again by partition and identity.
pub trait StoredRecord: Record {
    /// Where records of this type stand. No two types share one.
    const TABLE: Table;

    /// The tenant it belongs to; [`PartitionId::SERVICE`] for records of the gateway itself.
    fn partition(&self) -> PartitionId;

    /// Its identity within table and partition, at most
    /// [`ID_BYTES_MAX`](crate::limits::ID_BYTES_MAX) bytes.
    fn key(&self) -> Vec<u8>;
}
