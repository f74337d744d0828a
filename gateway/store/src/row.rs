//! The bytes of one row, before any key is used.
//!
//! `epoch:8 | salt:32 | name length:2 | sealed name | sealed record`, under the row name
//! `table:2 | partition tag:8 | name tag:16`.

use crate::error::Tampered;
use crate::record::Table;

pub(crate) const SALT_BYTES: usize = 32;
pub(crate) const TAG_BYTES: usize = 16;
pub(crate) const NAME_BYTES: usize = 26;

/// Under what a row stands in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowName([u8; NAME_BYTES]);

impl RowName {
    pub(crate) fn new(table: Table, partition_tag: [u8; 32], tag: &[u8; 32]) -> Self {
        let mut bytes = [0; NAME_BYTES];
        bytes[..2].copy_from_slice(&table.number().to_be_bytes());
        bytes[2..10].copy_from_slice(&partition_tag[..8]);
        bytes[10..].copy_from_slice(&tag[..16]);
        Self(bytes)
    }

    pub(crate) fn from_bytes(bytes: [u8; NAME_BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; NAME_BYTES] {
        &self.0
    }

    pub(crate) fn table(&self) -> Table {
        Table::new(u16::from_be_bytes([self.0[0], self.0[1]]))
    }

    /// First and last name of a table, or of one partition in it.
    pub(crate) fn bounds(table: Table, partition_tag: Option<[u8; 32]>) -> (Self, Self) {
        let (mut first, mut last) = ([0; NAME_BYTES], [0xff; NAME_BYTES]);
        for bound in [&mut first, &mut last] {
            bound[..2].copy_from_slice(&table.number().to_be_bytes());
            if let Some(tag) = partition_tag {
                bound[2..10].copy_from_slice(&tag[..8]);
            }
        }
        (Self(first), Self(last))
    }
}

/// A row taken apart.
pub(crate) struct Row<'a> {
    pub(crate) epoch: u64,
    pub(crate) salt: &'a [u8; SALT_BYTES],
    pub(crate) name: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl<'a> Row<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Tampered> {
        let (epoch, rest) = bytes.split_first_chunk().ok_or(Tampered::Row)?;
        let (salt, rest) = rest.split_first_chunk().ok_or(Tampered::Row)?;
        let (name_len, rest) = rest.split_first_chunk().ok_or(Tampered::Row)?;
        let name_len = usize::from(u16::from_be_bytes(*name_len));
        let (name, body) = rest.split_at_checked(name_len).ok_or(Tampered::Row)?;
        Ok(Self { epoch: u64::from_be_bytes(*epoch), salt, name, body })
    }
}

/// Puts a row together. The sealed name is far below 64 KiB: identities are bounded.
pub(crate) fn assemble(epoch: u64, salt: &[u8; SALT_BYTES], name: &[u8], body: &[u8]) -> Vec<u8> {
    let name_len = u16::try_from(name.len()).expect("identities are bounded");
    let mut row = Vec::with_capacity(8 + SALT_BYTES + 2 + name.len() + body.len());
    row.extend_from_slice(&epoch.to_be_bytes());
    row.extend_from_slice(salt);
    row.extend_from_slice(&name_len.to_be_bytes());
    row.extend_from_slice(name);
    row.extend_from_slice(body);
    row
}
