//! How fast tokens of a domain may be asked for.

use crate::codec::{Corrupt, Decoder, Encoder, Record};
use crate::error::ErrorKind;
use crate::limits::{
    QUOTA_DETOKENIZE_PER_HOUR, QUOTA_DISTINCT_PER_HOUR, QUOTA_FREE_VALUES, QUOTA_PER_HOUR_MAX,
};

/// How fast each caller may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DomainLimits {
    /// Different values within an hour whose tokens look alike.
    // spec: payments 10.4
    pub distinct: DistinctLimit,
    /// Tokens within an hour whose values are told, masked or not.
    pub detokenize_per_hour: u32,
}

/// How many different values of one pattern a caller may have tokenized within an hour: who sees
/// enough of them knows which value a token stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DistinctLimit {
    /// [`QUOTA_DISTINCT_PER_HOUR`] where tokens have fewer than [`QUOTA_FREE_VALUES`] to choose
    /// from.
    #[default]
    WhereFew,
    /// So many, in every layout.
    PerHour(u32),
    /// Any number: whoever asks knows the values anyway.
    None,
}

impl Default for DomainLimits {
    fn default() -> Self {
        let distinct = DistinctLimit::default();
        Self { distinct, detokenize_per_hour: QUOTA_DETOKENIZE_PER_HOUR }
    }
}

impl DomainLimits {
    /// Whether they are limits.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] above [`QUOTA_PER_HOUR_MAX`].
    pub fn check(&self) -> Result<(), ErrorKind> {
        let distinct = match self.distinct {
            DistinctLimit::PerHour(count) => count,
            DistinctLimit::WhereFew | DistinctLimit::None => 0,
        };
        let sound = distinct.max(self.detokenize_per_hour) <= QUOTA_PER_HOUR_MAX;
        sound.then_some(()).ok_or(ErrorKind::TooLarge)
    }

    /// The quota of a pattern whose tokens have so many values to choose from; see
    /// [`Layout::free_values`](crate::token::Layout::free_values).
    pub fn distinct_per_hour(&self, free_values: u64) -> Option<u32> {
        match self.distinct {
            DistinctLimit::WhereFew => {
                (free_values < QUOTA_FREE_VALUES).then_some(QUOTA_DISTINCT_PER_HOUR)
            }
            DistinctLimit::PerHour(count) => Some(count),
            DistinctLimit::None => None,
        }
    }
}

impl Record for DomainLimits {
    fn encode(&self, out: &mut Encoder) {
        match self.distinct {
            DistinctLimit::WhereFew => out.u8(1),
            DistinctLimit::PerHour(count) => out.u8(2).u32(count),
            DistinctLimit::None => out.u8(3),
        };
        out.u32(self.detokenize_per_hour);
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, Corrupt> {
        let distinct = match input.u8()? {
            1 => DistinctLimit::WhereFew,
            2 => DistinctLimit::PerHour(input.u32()?),
            3 => DistinctLimit::None,
            _ => return Err(Corrupt),
        };
        let limits = Self { distinct, detokenize_per_hour: input.u32()? };
        limits.check().map(|()| limits).map_err(|_| Corrupt)
    }
}
