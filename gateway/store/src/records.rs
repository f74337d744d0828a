//! Which types are kept, each with the number of its table. Numbers are part of the format: they
//! are never changed and never used again.

use sha2::{Digest, Sha256};
use typex_core::PartitionId;
use typex_core::codec::{Corrupt, Record};
use typex_core::key::KeyRecord;
use typex_core::op::instance::{self, InstanceRecord};
use typex_core::op::payment::access::AccessKeyRecord;
use typex_core::op::payment::keys::{self, Alias, Deletion, ImportToken, KeyTags, Life};
use typex_core::op::registration::{
    ApiKeyIndex, ApiKeyRecord, ApprovalRecord, ClientRecord, DomainName, DomainRecord,
    InstallRecord, LogIndex, LogPart, PendingClient, Totals,
};
use typex_core::op::transform::{Alphabet, Owned, Role, TemplateRule, Transformation};
use typex_core::op::user_auth::{Account, ContextEntry, Tally};
use typex_core::policy::abuse::{self, SubjectId};
use typex_core::policy::pair::{Pair, PairGrant};
use typex_core::policy::quota;
use typex_core::policy::token::RightsRecord;
use typex_core::token::vault::{
    CountRecord, ExpiryRecord, FillRecord, IndexRecord, LevelRecord, SweptRecord, TombEndRecord,
    TombRecord, VaultRecord, hour, hour_space, space,
};
use typex_core::token::{DomainName as TokenDomain, domain};

use crate::key_list::ListPart;
use crate::keys::{ObjectName, StoredMaterial};
use crate::record::{StoredRecord, Table};
use crate::vault::level_key;

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
    ClientRecord, 16, |_| PartitionId::SERVICE, |client| client.id.0.to_vec();
    ApiKeyRecord, 17, |_| PartitionId::SERVICE, |key| key.digest.to_vec();
    PendingClient, 18, |_| PartitionId::SERVICE, |pending| pending.id.clone().into_bytes();
    DomainRecord, 19, |_| PartitionId::SERVICE, |domain| domain.api_key.0.to_vec();
    DomainName, 20, |_| PartitionId::SERVICE, |domain| domain.name.clone().into_bytes();
    InstallRecord, 21, |_| PartitionId::SERVICE, |report| report.api_key.0.to_vec();
    ApprovalRecord, 22, |record| record.partition, approval_key;
    LogPart, 23, |_| PartitionId::SERVICE, |part| log_part_key(&part.reference, part.part);
    LogIndex, 24, |_| PartitionId::SERVICE, |_| vec![];
    Totals, 25, |_| PartitionId::SERVICE, |_| vec![];
    ApiKeyIndex, 26, |_| PartitionId::SERVICE, |index| index.id.0.to_vec();
    Account, 4, |account| account.partition(), |account| account.id().0.to_vec();
    ContextEntry, 5, |entry| entry.partition, |entry| entry.digest.0.to_vec();
    Tally, 6, |tally| tally.partition, |_| Vec::new();
    ListPart, 7, |part| part.partition, |part| part.number.to_be_bytes().to_vec();
    InstanceRecord, 8, |_| PartitionId::SERVICE, |instance| instance.partition.0.to_vec();
    instance::LogPart, 9, |part| part.partition, |part| instance_log_key(part.file, part.number);
    instance::LogFiles, 10, |files| files.partition, |_| Vec::new();
    PairGrant, 30, |grant| grant.partition, |grant| pair_key(&grant.pair);
    abuse::Row, 31, |_| PartitionId::SERVICE, |row| abuse_key(&row.id);
    AccessKeyRecord, 32, |_| PartitionId::SERVICE, |key| key.id.as_bytes().to_vec();
    Life, 36, |life| life.partition, |life| life.key.0.to_vec();
    keys::ListPart, 37, |part| part.partition, |part| part.number.to_be_bytes().to_vec();
    Alias, 38, |alias| alias.partition, |alias| alias.name.as_str().as_bytes().to_vec();
    KeyTags, 39, |tags| tags.partition, |tags| tags.key.0.to_vec();
    ImportToken, 40, |token| token.partition, |token| token.id.0.to_vec();
    Deletion, 41, |deletion| deletion.partition, |deletion| deletion.key.0.to_vec();
    domain::DomainRecord, 50, |domain| domain.partition, |domain| name_key(&domain.name);
    VaultRecord, 51, |token| space(token.partition, &token.domain), |token| token.token.clone();
    IndexRecord, 52, |entry| space(entry.partition, &entry.domain), |entry| entry.index.to_vec();
    FillRecord, 53, |fill| space(fill.partition, &fill.domain), |fill| fill.pattern.id();
    LevelRecord, 54, |level| level.0.partition, level_key;
    ExpiryRecord, 55, |over| hour_space(hour(over.expiry)), expiry_id;
    SweptRecord, 56, |_| PartitionId::SERVICE, |_| Vec::new();
    quota::Row, 57, |_| PartitionId::SERVICE, |row| row.id.to_bytes().expose().clone();
    RightsRecord, 58, |rights| rights.partition, |rights| rights.holder.0.to_vec();
    Owned<Alphabet>, 59, |own| own.partition, |own| name_key(&own.item.name);
    Owned<TemplateRule>, 60, |own| own.partition, |own| name_key(&own.item.name);
    Owned<Transformation>, 61, |own| own.partition, |own| name_key(&own.item.name);
    Owned<Role>, 62, |own| own.partition, |own| name_key(&own.item.name);
    CountRecord, 70, count_space, |_| Vec::new();
    TombRecord, 71, |tomb| space(tomb.partition, &tomb.domain), |tomb| tomb.token.clone();
    TombEndRecord, 72, |end| hour_space(hour(end.0.expiry)), |end| expiry_id(&end.0);
}

/// The record that a record of a known table cannot be without, where it is not the key that
/// `fsck` follows by itself: table, partition, identity.
pub(crate) fn reference(
    table: Table,
    bytes: &[u8],
) -> Result<Option<(Table, PartitionId, Vec<u8>)>, Corrupt> {
    Ok(match table {
        ContextEntry::TABLE => {
            let entry = ContextEntry::from_bytes(bytes)?;
            Some((Account::TABLE, entry.partition, entry.account.0.to_vec()))
        }
        ApiKeyRecord::TABLE => {
            let key = ApiKeyRecord::from_bytes(bytes)?;
            Some((ClientRecord::TABLE, PartitionId::SERVICE, key.client.0.to_vec()))
        }
        ApiKeyIndex::TABLE => {
            let index = ApiKeyIndex::from_bytes(bytes)?;
            Some((ApiKeyRecord::TABLE, PartitionId::SERVICE, index.digest.to_vec()))
        }
        Life::TABLE => {
            let life = Life::from_bytes(bytes)?;
            Some((KeyRecord::TABLE, life.partition, life.key.0.to_vec()))
        }
        KeyTags::TABLE => {
            let tags = KeyTags::from_bytes(bytes)?;
            Some((Life::TABLE, tags.partition, tags.key.0.to_vec()))
        }
        Deletion::TABLE => {
            let deletion = Deletion::from_bytes(bytes)?;
            Some((Life::TABLE, deletion.partition, deletion.key.0.to_vec()))
        }
        table => return token_reference(table, bytes),
    })
}

/// The same, of what belongs to tokens.
fn token_reference(
    table: Table,
    bytes: &[u8],
) -> Result<Option<(Table, PartitionId, Vec<u8>)>, Corrupt> {
    Ok(match table {
        IndexRecord::TABLE => {
            let entry = IndexRecord::from_bytes(bytes)?;
            Some((VaultRecord::TABLE, space(entry.partition, &entry.domain), entry.token))
        }
        ExpiryRecord::TABLE => {
            let over = ExpiryRecord::from_bytes(bytes)?;
            Some((VaultRecord::TABLE, space(over.partition, &over.domain), over.token))
        }
        TombEndRecord::TABLE => {
            let TombEndRecord(end) = TombEndRecord::from_bytes(bytes)?;
            Some((TombRecord::TABLE, space(end.partition, &end.domain), end.token))
        }
        VaultRecord::TABLE => {
            let record = VaultRecord::from_bytes(bytes)?;
            let space = space(record.partition, &record.domain);
            record.index.map(|index| (IndexRecord::TABLE, space, index.to_vec()))
        }
        _ => None,
    })
}

fn examine_as<R: StoredRecord>(bytes: &[u8]) -> Examined {
    R::from_bytes(bytes).map(|record| (record.partition(), record.key()))
}

/// Identity of an approval: the API key's id and the dialect's number of the type.
fn approval_key(record: &ApprovalRecord) -> Vec<u8> {
    let number = record.approval.foreign_type.to_be_bytes();
    [record.api_key.0.as_slice(), &number].concat()
}

/// Identity of a domain of tokens, and of what goes by the name of one.
fn name_key(name: &TokenDomain) -> Vec<u8> {
    name.as_str().as_bytes().to_vec()
}

fn count_space(count: &CountRecord) -> PartitionId {
    count.domain.as_ref().map_or(count.partition, |domain| space(count.partition, domain))
}

fn expiry_id(over: &ExpiryRecord) -> Vec<u8> {
    expiry_key(over.partition, &over.domain, &over.token)
}

/// Identity of a token that will be void, within its hour: a digest, since what it is made of may
/// be longer than an identity.
pub(crate) fn expiry_key(partition: PartitionId, domain: &TokenDomain, token: &[u8]) -> Vec<u8> {
    let space = space(partition, domain);
    Sha256::new().chain_update(space.0).chain_update(token).finalize().to_vec()
}

/// Identity of a grant for a pair of keys.
pub fn pair_key(pair: &Pair) -> Vec<u8> {
    pair.to_bytes().expose().clone()
}

/// Identity of what is remembered of one whose failures are counted.
pub fn abuse_key(subject: &SubjectId) -> Vec<u8> {
    subject.to_bytes().expose().clone()
}

/// Identity of a piece of an instance's log.
pub fn instance_log_key(file: u32, number: u32) -> Vec<u8> {
    [file.to_be_bytes(), number.to_be_bytes()].concat()
}

/// Identity of a piece of a log.
pub fn log_part_key(reference: &[u8; 16], part: u16) -> Vec<u8> {
    [reference.as_slice(), &part.to_be_bytes()].concat()
}
