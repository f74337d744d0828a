//! The list of a partition's keys that serve more than one operation, in order of creation.
//!
//! Rows stand under keyed names, so their order says nothing, and to unseal each key of a partition
//! for one page of its list would hold up every other request. The list keeps identities and
//! descriptions in parts: a page or a search reads the parts and then the records of one page.

use typex_core::codec::{Corrupt, Decoder, Encoder, Record};
use typex_core::key::{KeyRecord, Usage};
use typex_core::limits::{DESCRIPTION_BYTES_MAX, PAGE_KEYS_MAX, PARTITION_KEYS_MAX};
use typex_core::op::manage::{Needle, Page};
use typex_core::{Error, ErrorKind, KeyId, PartitionId};

use crate::error::{StoreError, Tampered};
use crate::limits::LIST_PART_KEYS;
use crate::tx::Tx;

/// One page of keys.
pub struct KeyPage {
    /// How many there are in all that match.
    pub total: usize,
    /// How many were passed over.
    pub offset: usize,
    /// The page, in order of creation.
    pub keys: Vec<KeyRecord>,
}

/// A part of the list. Neighbours that fit into one part are one part.
pub(crate) struct ListPart {
    pub(crate) partition: PartitionId,
    /// Grows with the age of the list.
    pub(crate) number: u32,
    /// 1 to [`LIST_PART_KEYS`].
    pub(crate) keys: Vec<Listed>,
}

/// A key in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: KeyId,
    pub(crate) description: Vec<u8>,
}

impl Record for ListPart {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0).u32(self.number);
        out.list(&self.keys, |out, one| out.raw(&one.key.0).bytes(&one.description));
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let part = Self {
            partition: PartitionId(input.array()?),
            number: input.u32()?,
            keys: input.list(Listed::decode)?,
        };
        (1..=LIST_PART_KEYS).contains(&part.keys.len()).then_some(part).ok_or(Corrupt)
    }
}

impl Listed {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (key, description) = (KeyId(input.array()?), input.bytes()?.to_vec());
        let listed = Self { key, description };
        (listed.description.len() <= DESCRIPTION_BYTES_MAX).then_some(listed).ok_or(Corrupt)
    }
}

/// Whether a key of this usage stands in the list of its partition.
pub(crate) fn is_listed(usage: Usage) -> bool {
    usage.general().is_some()
}

impl Tx<'_> {
    /// Part of the keys of a partition that serve more than one operation, in order of creation.
    /// Destroyed ones are not among them.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn key_page(&self, partition: PartitionId, page: Page) -> Result<KeyPage, Error> {
        self.page_of(partition, page, |_| true)
    }

    /// The same of those whose description matches.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn search_keys(
        &self,
        partition: PartitionId,
        needle: &Needle,
        page: Page,
    ) -> Result<KeyPage, Error> {
        self.page_of(partition, page, |listed| needle.matches(&listed.description))
    }

    /// How many keys the list has.
    ///
    /// # Errors
    /// `Storage` only.
    pub fn key_count(&self, partition: PartitionId) -> Result<usize, Error> {
        Ok(count(&self.list_parts(partition)?))
    }

    /// Puts a new key at the end.
    pub(crate) fn list_key(&mut self, key: &KeyRecord) -> Result<(), Error> {
        let mut parts = self.list_parts(key.partition)?;
        if count(&parts) >= PARTITION_KEYS_MAX {
            return Err(ErrorKind::Quota.into());
        }
        let listed = Listed { key: key.id, description: key.attributes.description.clone() };
        let last = parts.pop();
        let number = last.as_ref().map_or(Some(0), |part| part.number.checked_add(1));
        let mut part = match last.filter(|part| part.keys.len() < LIST_PART_KEYS) {
            Some(part) => part,
            None => {
                let number = number.ok_or(ErrorKind::Quota)?;
                ListPart { partition: key.partition, number, keys: Vec::new() }
            }
        };
        part.keys.push(listed);
        self.put(&part)
    }

    /// Changes what the list says about a key.
    pub(crate) fn relist_key(&mut self, key: &KeyRecord) -> Result<(), Error> {
        let mut parts = self.list_parts(key.partition)?;
        let (part, place) = find(&parts, key.id)?;
        parts[part].keys[place].description.clone_from(&key.attributes.description);
        self.put(&parts[part])
    }

    /// Takes a key out.
    pub(crate) fn unlist_key(&mut self, partition: PartitionId, key: KeyId) -> Result<(), Error> {
        let mut parts = self.list_parts(partition)?;
        let (at, place) = find(&parts, key)?;
        parts[at].keys.remove(place);
        if parts[at].keys.is_empty() {
            return self.delete_part(&parts[at]);
        }
        let fits = |left: usize| {
            let both = parts.get(left).zip(parts.get(left + 1));
            both.is_some_and(|(one, next)| one.keys.len() + next.keys.len() <= LIST_PART_KEYS)
        };
        let left = at.checked_sub(1).filter(|left| fits(*left)).or(fits(at).then_some(at));
        let Some(left) = left else { return self.put(&parts[at]) };
        let right = parts.remove(left + 1);
        parts[left].keys.extend_from_slice(&right.keys);
        self.delete_part(&right)?;
        self.put(&parts[left])
    }

    /// Takes the first part out. Returns its keys and how many are left.
    pub(crate) fn unlist_first(
        &mut self,
        partition: PartitionId,
    ) -> Result<(Vec<KeyId>, usize), Error> {
        let parts = self.list_parts(partition)?;
        let Some(first) = parts.first() else { return Ok((Vec::new(), 0)) };
        self.delete_part(first)?;
        Ok((first.keys.iter().map(|listed| listed.key).collect(), count(&parts[1..])))
    }

    fn delete_part(&mut self, part: &ListPart) -> Result<(), Error> {
        self.delete::<ListPart>(part.partition, &part.number.to_be_bytes()).map(|_| ())
    }

    fn page_of(
        &self,
        partition: PartitionId,
        page: Page,
        is_in: impl Fn(&Listed) -> bool,
    ) -> Result<KeyPage, Error> {
        let parts = self.list_parts(partition)?;
        let all = || parts.iter().flat_map(|part| &part.keys).filter(|listed| is_in(listed));
        let record = |listed: &Listed| -> Result<KeyRecord, Error> {
            let found = self.get(partition, &listed.key.0)?;
            found.ok_or_else(|| StoreError::from(Tampered::Dangling).into())
        };
        let wanted = all().skip(page.offset).take(page.count.min(PAGE_KEYS_MAX));
        let keys = wanted.map(record).collect::<Result<_, _>>()?;
        Ok(KeyPage { total: all().count(), offset: page.offset, keys })
    }

    fn list_parts(&self, partition: PartitionId) -> Result<Vec<ListPart>, Error> {
        let mut parts: Vec<ListPart> = self.all(Some(partition))?;
        parts.sort_by_key(|part| part.number);
        Ok(parts)
    }
}

fn count(parts: &[ListPart]) -> usize {
    parts.iter().map(|part| part.keys.len()).sum()
}

/// Part and place of a key.
fn find(parts: &[ListPart], key: KeyId) -> Result<(usize, usize), StoreError> {
    let mut parts = parts.iter().enumerate();
    let found = parts.find_map(|(at, part)| {
        let place = part.keys.iter().position(|listed| listed.key == key)?;
        Some((at, place))
    });
    found.ok_or_else(|| Tampered::Dangling.into())
}
