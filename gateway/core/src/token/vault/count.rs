//! How many tokens there are, and those that are not given out again for some time.

use super::{ExpiryRecord, token};
use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::id::PartitionId;
use crate::time::UnixMs;
use crate::token::{DomainName, Pattern};

/// Tokens in a vault, or in all of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// The domain; `None` is all.
    pub domain: Option<DomainName>,
    /// How many there are.
    pub tokens: u64,
}

/// A token that is gone. Whoever still has it must not come to another value by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TombRecord {
    /// The tenant.
    pub partition: PartitionId,
    /// The domain.
    pub domain: DomainName,
    /// The token.
    pub token: Vec<u8>,
    /// What it showed; it still counts in how full its pattern is.
    pub pattern: Pattern,
    /// Until when.
    pub end: UnixMs,
}

/// When a [`TombRecord`] goes, under that hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TombEndRecord(pub ExpiryRecord);

impl TombRecord {
    /// When it goes.
    pub fn ending(&self) -> TombEndRecord {
        let Self { partition, domain, token, end, .. } = self.clone();
        TombEndRecord(ExpiryRecord { expiry: end, partition, domain, token })
    }
}

impl Record for CountRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0);
        out.option(self.domain.as_ref(), |out, domain| out.text(domain.as_str()));
        out.u64(self.tokens);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            domain: input.option(DomainName::decode)?,
            tokens: input.u64()?,
        })
    }
}

impl Record for TombRecord {
    fn encode(&self, out: &mut Encoder) {
        out.raw(&self.partition.0);
        self.domain.encode(out);
        out.bytes(&self.token);
        self.pattern.encode(out);
        out.u64(self.end.0);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            partition: PartitionId(input.array()?),
            domain: DomainName::decode(input)?,
            token: token(input)?,
            pattern: Pattern::decode(input)?,
            end: UnixMs(input.u64()?),
        })
    }
}

impl Record for TombEndRecord {
    fn encode(&self, out: &mut Encoder) {
        self.0.encode(out);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        ExpiryRecord::decode(input).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{Alphabet, Layout, LuhnMode};

    #[test]
    fn rows_round_trip_and_truncations_are_corrupt() {
        let layout = Layout::new(8, 4, LuhnMode::Free, Alphabet::Digits).unwrap();
        let (partition, token) = (PartitionId([1; 16]), b"4111111112341111".to_vec());
        let domain = DomainName::parse("cards").unwrap();
        let pattern = Pattern::of(&layout, &token).unwrap();
        let tomb = TombRecord { partition, domain, token, pattern, end: UnixMs(7) };
        let bytes = tomb.to_bytes();
        for end in 0..bytes.expose().len() {
            assert!(TombRecord::from_bytes(&bytes.expose()[..end]).is_err());
        }
        let ending = tomb.ending();
        assert_eq!(TombEndRecord::from_bytes(ending.to_bytes().expose()), Ok(ending));
        for domain in [None, Some(tomb.domain.clone())] {
            let count = CountRecord { partition, domain, tokens: 5 };
            assert_eq!(CountRecord::from_bytes(count.to_bytes().expose()), Ok(count));
        }
        assert_eq!(TombRecord::from_bytes(bytes.expose()), Ok(tomb));
    }
}
