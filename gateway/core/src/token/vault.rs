//! What a vault keeps of random tokens, and how full it may get.
// spec: payments 10.3

mod count;

use std::num::NonZeroU64;

use sha2::{Digest, Sha256};

pub use count::{CountRecord, TombEndRecord, TombRecord};

use super::{DomainName, Metadata, Pattern};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::{KeyId, PartitionId};
use crate::limits::{
    TOKEN_CHARACTERS_MAX, TOKEN_FILL_COUNTED_MAX, TOKEN_FILL_PERMILLE_MAX,
    TOKEN_FILL_PERMILLE_WARN, VAULT_SEALED_BYTES_MAX,
};
use crate::time::UnixMs;

/// Counts forms of [`VaultRecord`].
const FORM: u8 = 1;

/// A value and the key that sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The key.
    pub key: KeyId,
    /// Its version.
    pub version: u32,
    /// As the engine sealed it, bound to partition, domain and token.
    pub bytes: Vec<u8>,
}

/// A token of a vault and what it stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// The domain.
    pub domain: DomainName,
    /// The token.
    pub token: Vec<u8>,
    /// What it stands for.
    pub sealed: Sealed,
    /// Keyed hash of the value, in domains where a value has one token.
    pub index: Option<[u8; 32]>,
    /// What it shows of the value.
    pub pattern: Pattern,
    /// Whether it is counted in how full its pattern is.
    pub counted: bool,
    /// When it was made.
    pub created: UnixMs,
    /// Void from here on.
    pub expiry: Option<UnixMs>,
    /// What stands beside it.
    pub metadata: Metadata,
}

/// The token of a value, under a keyed hash of the value.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// The domain.
    pub domain: DomainName,
    /// The hash.
    pub index: [u8; 32],
    /// The token.
    pub token: Vec<u8>,
}

/// Tokens of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// The domain.
    pub domain: DomainName,
    /// The pattern.
    pub pattern: Pattern,
    /// How many there are.
    pub tokens: u64,
    /// How many there could be.
    pub values: NonZeroU64,
}

/// A pattern that gets full, for operators: a copy of its [`FillRecord`] of when it last passed a
/// whole percent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRecord(pub FillRecord);

/// A token that will be void, under the hour in which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryRecord {
    /// When it is void.
    pub expiry: UnixMs,
    /// The tenant.
    pub partition: PartitionId,
    /// The domain.
    pub domain: DomainName,
    /// The token.
    pub token: Vec<u8>,
}

/// How far void tokens were removed: every hour before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweptRecord {
    /// Hours since 1970.
    pub hour: u64,
}

/// Under which partition the store keeps what belongs to a domain: together, so that it can be
/// walked through. It names no tenant.
pub fn space(partition: PartitionId, domain: &DomainName) -> PartitionId {
    let mut hash = Sha256::new();
    hash.update(b"typex token space 1");
    hash.update(partition.0);
    hash.update(domain.as_str());
    let hash: [u8; 32] = hash.finalize().into();
    PartitionId(std::array::from_fn(|at| hash[at]))
}

/// Milliseconds of an hour.
pub const HOUR_MS: u64 = 60 * 60 * 1000;

/// Hours since 1970.
pub fn hour(time: UnixMs) -> u64 {
    time.0 / HOUR_MS
}

/// Under which partition the store keeps the tokens that are void in an hour.
pub fn hour_space(hour: u64) -> PartitionId {
    let mut id = *b"typex h.\0\0\0\0\0\0\0\0";
    id[8..].copy_from_slice(&hour.to_be_bytes());
    PartitionId(id)
}

/// Whether tokens that have so many values to choose from can ever be too many: no store holds as
/// many as others would need.
pub fn is_counted(values: u64) -> bool {
    values <= TOKEN_FILL_COUNTED_MAX
}

impl VaultRecord {
    /// Whether it means something at `now`.
    pub fn is_live(&self, now: UnixMs) -> bool {
        self.expiry.is_none_or(|end| now < end)
    }
}

impl FillRecord {
    /// How full it is, in thousandths.
    pub fn permille(&self) -> u64 {
        let permille = u128::from(self.tokens) * 1000 / u128::from(self.values.get());
        u64::try_from(permille).unwrap_or(u64::MAX)
    }

    /// Whether another token fits: at most one draw in ten meets one that exists.
    pub fn has_room(&self) -> bool {
        let next = u128::from(self.tokens) + 1;
        next * 1000 <= u128::from(self.values.get()) * u128::from(TOKEN_FILL_PERMILLE_MAX)
    }

    /// Whether operators are to know.
    pub fn is_high(&self) -> bool {
        self.permille() >= TOKEN_FILL_PERMILLE_WARN
    }
}

impl Record for VaultRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u8(FORM).raw(&self.partition.0);
        self.domain.encode(out);
        out.bytes(&self.token);
        self.sealed.encode(out);
        out.option(self.index, |out, index| out.raw(&index));
        self.pattern.encode(out);
        out.u8(u8::from(self.counted)).u64(self.created.0);
        out.option(self.expiry, |out, end| out.u64(end.0));
        self.metadata.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        if input.u8()? != FORM {
            return Err(Corrupt);
        }
        Ok(Self {
            partition: PartitionId(input.array()?),
            domain: DomainName::decode(input)?,
            token: token(input)?,
            sealed: Sealed::decode(input)?,
            index: input.option(Decoder::array)?,
            pattern: Pattern::decode(input)?,
            counted: match input.u8()? {
                0 => false,
                1 => true,
                _ => return Err(Corrupt),
            },
            created: UnixMs(input.u64()?),
            expiry: input.option(Decoder::u64)?.map(UnixMs),
            metadata: Metadata::decode(input)?,
        })
    }
}

impl Record for Sealed {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.key.0).u32(self.version).bytes(&self.bytes);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let (key, version) = (KeyId(input.array()?), input.u32()?);
        let bytes = bounded(input, VAULT_SEALED_BYTES_MAX)?;
        Ok(Self { key, version, bytes })
    }
}

impl Record for IndexRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0);
        self.domain.encode(out);
        out.raw(&self.index).bytes(&self.token);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            domain: DomainName::decode(input)?,
            index: input.array()?,
            token: token(input)?,
        })
    }
}

impl Record for FillRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0);
        self.domain.encode(out);
        self.pattern.encode(out);
        out.u64(self.tokens).u64(self.values.get());
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            domain: DomainName::decode(input)?,
            pattern: Pattern::decode(input)?,
            tokens: input.u64()?,
            values: NonZeroU64::new(input.u64()?).ok_or(Corrupt)?,
        })
    }
}

impl Record for LevelRecord {
    fn encode(&self, out: &mut Encoder) {
        self.0.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        FillRecord::decode(input).map(Self)
    }
}

impl Record for ExpiryRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.expiry.0).raw(&self.partition.0);
        self.domain.encode(out);
        out.bytes(&self.token);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            expiry: UnixMs(input.u64()?),
            partition: PartitionId(input.array()?),
            domain: DomainName::decode(input)?,
            token: token(input)?,
        })
    }
}

impl Record for SweptRecord {
    fn encode(&self, out: &mut Encoder) {
        out.u64(self.hour);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        input.u64().map(|hour| Self { hour })
    }
}

fn token(input: &mut Decoder<'_>) -> Result<Vec<u8>, Corrupt> {
    bounded(input, TOKEN_CHARACTERS_MAX)
}

fn bounded(input: &mut Decoder<'_>, bytes_max: usize) -> Result<Vec<u8>, Corrupt> {
    let bytes = input.bytes()?;
    (1..=bytes_max).contains(&bytes.len()).then(|| bytes.to_vec()).ok_or(Corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{Alphabet, Layout, LuhnMode};

    fn fill(tokens: u64, values: u64) -> FillRecord {
        let layout = Layout::new(8, 4, LuhnMode::Free, Alphabet::Digits).unwrap();
        FillRecord {
            partition: PartitionId([1; 16]),
            domain: DomainName::parse("cards").unwrap(),
            pattern: Pattern::of(&layout, b"4111111111111111").unwrap(),
            tokens,
            values: NonZeroU64::new(values).unwrap(),
        }
    }

    #[test]
    fn a_tenth_of_the_values_is_full_and_half_of_that_is_told() {
        assert!(fill(999, 10_000).has_room() && !fill(1000, 10_000).has_room());
        assert!(fill(0, 10).has_room() && !fill(1, 10).has_room() && !fill(0, 9).has_room());
        assert!(!fill(499, 10_000).is_high() && fill(500, 10_000).is_high());
        assert!(!fill(u64::MAX, u64::MAX).has_room());
    }

    #[test]
    fn records_round_trip_and_truncations_are_corrupt() {
        let FillRecord { partition, domain, pattern, .. } = fill(3, 10_000);
        let record = VaultRecord {
            partition,
            domain: domain.clone(),
            token: b"4111111234561111".to_vec(),
            sealed: Sealed { key: KeyId([7; 16]), version: 3, bytes: vec![8; 44] },
            index: Some([9; 32]),
            pattern,
            counted: true,
            created: UnixMs(5),
            expiry: Some(UnixMs(6)),
            metadata: Metadata::new(vec![("a".into(), "b".into())]).unwrap(),
        };
        assert!(record.is_live(UnixMs(5)) && !record.is_live(UnixMs(6)));
        let bytes = record.to_bytes();
        assert!(VaultRecord::from_bytes(bytes.expose()) == Ok(record));
        for end in 0..bytes.expose().len() {
            assert!(VaultRecord::from_bytes(&bytes.expose()[..end]).is_err());
        }
        let level = LevelRecord(fill(3, 10_000));
        assert_eq!(LevelRecord::from_bytes(level.to_bytes().expose()), Ok(level));
    }

    #[test]
    fn domains_and_hours_stand_apart() {
        let [cards, other] = ["cards", "cardss"].map(|name| DomainName::parse(name).unwrap());
        let [ours, theirs] = [1, 2].map(|id| PartitionId([id; 16]));
        assert_ne!(space(ours, &cards), space(theirs, &cards));
        assert_ne!(space(ours, &cards), space(ours, &other));
        assert_ne!(hour_space(1), hour_space(256));
        assert_eq!(hour(UnixMs(3_600_000)), 1);
    }
}
